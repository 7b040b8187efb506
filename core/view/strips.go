package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
)

// Strips is BertViz's form of links (Vig 2019, "A multiscale visualization of attention in the Transformer
// model", section 3.1): beside each word a strip with a cell for each head of the layer, in the head's colour
// and as dark as the weight that the head gives that word.
const Strips = "strips"

var stripsView = View{
	Name: Strips, title: text.StripsTab,
	Options: "kind layer head words hide-special", Columns: "kind layer words",
	Controls: Kinds | Layers | SeveralHeads | CanMerge | Specials,
	in:       layered, needs: oneLayer, draw: strips,
	table: listed(func(r *record.Record, p plot) []attended { return ofState(r, p.allHeads(r)) }),
	csv:   func(r *record.Record, p plot) ([]byte, error) { return mapCSV(r, p.allHeads(r)) },
	click: func(r *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		if ref.Part != Head {
			return lock(r, s, ref)
		}
		heads := strings.Join(numbered(s.Heads.Toggle(ref.Col).List()), ",")
		if heads == "" {
			heads = "mean"
		}
		return []Setting{{"head", heads}}
	},
	opening: stripsOpening,
}

// allHeads is the plot of links of all heads that a layer has.
func (p plot) allHeads(r *record.Record) plot {
	p.View, p.Heads = Links, record.HeadSet{}
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind == p.Kind && m.Layer == p.Layer && m.Head >= 0 {
			p.Heads = p.Heads.Toggle(m.Head)
		}
	}
	return p
}

// stripsOpening is the word whose links are drawn where none is chosen.
func stripsOpening(r *record.Record, s *State) Ref {
	f, _, _ := newFrame(r, plot{State: *s}.allHeads(r))
	if f == nil {
		return Ref{}
	}
	return f.opens()
}

// opens is that word, of a frame of all heads.
func (f *frame) opens() Ref {
	at, ok := f.telling(len(f.k))
	if !ok {
		at.Row = f.rows[0]
	}
	return Ref{Part: Query, Row: at.Row}
}

// strips draws two columns of words with their strips, and the links of one word to those of the other side.
func strips(r *record.Record, p plot) (*Scene, error) {
	drawn := p.Heads // whose links are drawn; none: all
	p = p.allHeads(r)
	if h := p.Heads.List(); p.asked && len(h) > 1 {
		p.Heads = record.Heads(h[0])
	}
	f, sentence, err := p.frame(r)
	if err != nil || sentence != "" {
		return say(p, sentence), err
	}
	if p.asked {
		return something, nil
	}
	own := f.Focus
	if !f.shows(own) || own.Part == Head {
		own = f.Chosen
	}
	if own.Part == Pair {
		own = Ref{Part: Query, Row: own.Row}
	}
	if !f.shows(own) || own.Part == Head {
		own = f.opens()
	}

	const rowH = 27.0
	n := float64(len(f.each))
	s := &Scene{Title: text.Of(text.StripsTitle, f.name), Width: math.Min(f.Width, 840)}
	f.regions(s)
	f.lead(s, text.Of(text.StripsLead)+f.asks(" "+text.Of(text.StripsLeadChoose)), text.Of(text.StripsLead), text.Of(text.StripsLeadShort))
	cell := mgl64.Clamp(math.Floor(0.14*s.Width/n), 2, 10)
	wide := cell * n // of a strip
	col := math.Min(160, (s.Width-2*wide)/2-70)
	xl, xr := pad+col+8+wide, s.Width-pad-col-8-wide

	// The heads: a square each, filled where the head's links are drawn.
	shows := func(m *record.Map) bool { return drawn == (record.HeadSet{}) || drawn.Has(m.Head) }
	hue := func(m *record.Map, alpha float64) Paint {
		return Paint{Role: Hue, Value: float64(m.Head), Alpha: mgl64.Clamp(alpha, 0.01, 1)}
	}
	y := 46.0
	x := f.after(s, pad, y, text.Of(text.Heads), leadFont) + 12
	for _, m := range f.each {
		name := strconv.Itoa(m.Head)
		step := 18 + f.Measure(name, captionFont) + 14
		if x+step > s.Width && x > 100 {
			x, y = pad, y+26
		}
		square := Rect{X: x, Y: y - 12, W: 14, H: 14, Stroke: hue(m, 1), StrokeWidth: 1.5}
		if shows(m) {
			square.Fill = hue(m, 1)
		}
		s.put(square)
		s.text(x+18, y, name, captionFont, Left, Ink)
		s.hit(Hit{Ref: Ref{Head, m.Layer, m.Head}, X: x - 4, Y: y - 18, W: step - 2, H: 26})
		x += step
	}
	top := y + 46
	s.text(pad+col, top-14, f.fit(leadFont, col, f.kName+", "+text.Of(text.KeyWord), text.Of(text.KeyWord)), leadFont, Right, Muted)
	s.text(s.Width-pad-col, top-14, f.fit(leadFont, col, f.qName+", "+text.Of(text.QueryWord), text.Of(text.QueryWord)), leadFont, Left, Muted)

	// The links of the word, the faint ones first, under the words and their strips.
	yOf := func(place int) float64 { return top + (float64(place)+0.5)*rowH }
	if own.Part != Nowhere {
		var links []link
		f.unmasked(own, func(l link) {
			if shows(f.each[l.head]) && l.w >= 0.02 {
				links = append(links, l)
			}
		})
		for _, heavy := range []bool{false, true} { // over the others
			for _, l := range links[:min(len(links), maxLinks)] {
				if l.w >= 0.3 != heavy {
					continue
				}
				a, b := xr-4, xl+4
				lane := (float64(l.head) - (n-1)/2) * math.Min(2, 16/n) // so that heads lie side by side
				yq, yk := yOf(f.rowAt[l.row])+lane, yOf(f.colAt[l.col])+lane
				s.Marks = append(s.Marks, Curve{Ref: Ref{Pair, l.row, l.col}, P: [4]mgl64.Vec2{{a, yq}, {a + 0.5*(b-a), yq}, {b - 0.5*(b-a), yk}, {b, yk}},
					Width: 1 + 2*l.w, Paint: hue(f.each[l.head], 0.15+0.75*l.w)})
			}
		}
	}

	side := func(ws []word, places []int, part Part, x, words float64, a Anchor) {
		hit, bracket := Hit{W: xl + 4, H: rowH}, x-4.5
		if part == Query {
			hit.X, hit.W, bracket = xr-4, s.Width-xr+4, x+wide+4.5
		}
		for at, i := range places {
			ref, y := wordRef(part, i), yOf(at)
			t := f.word(ws[i], words, y+5, wordFont, a, col)
			if ref == own {
				t.point()
				s.outline(x-2, y-10, wide+4, 20, 1, Paint{Role: Focus})
			}
			s.put(t)
			for h, m := range f.each {
				if w := f.given(m, own, ref); w >= 0.01 {
					s.fill(x+float64(h)*cell, y-8, cell, 16, hue(m, w))
				}
			}
			if part != own.Part {
				s.rule(x, x+wide, y+8.5, Hairline)
			}
			hit.Ref, hit.Y = ref, y-rowH/2
			s.hit(hit)
		}
		s.brackets(joined(ws, places, func(at int) (from, to mgl64.Vec2) {
			return mgl64.Vec2{bracket, yOf(at-1) - 4}, mgl64.Vec2{bracket, yOf(at) + 4}
		}))
	}
	side(f.k, f.cols, Key, xl-wide, pad+col, Right)
	side(f.q, f.rows, Query, xr, s.Width-pad-col, Left)

	s.Caption = text.Of(text.StripsCaption, upper(kindNames[f.Kind]), f.Layer, len(f.each))
	if f.Words {
		s.Caption += text.Of(text.MergedNote)
	}
	if f.anyHidden {
		s.Caption += " " + text.Of(text.SpecialHidden)
	}
	f.caption(s, top+float64(max(len(f.rows), len(f.cols)))*rowH+24)
	return s, nil
}

// given is the weight between a word and one of the other side; 0 for one of its own side.
func (f *frame) given(m *record.Map, own, other Ref) float64 {
	row, col := own.Row, other.Col
	if own.Part == Key {
		row, col = other.Row, own.Col
	}
	if own.Part == other.Part || own.Part == Nowhere || m.Masked(row, col) {
		return 0
	}
	return float64(m.At(row, col))
}
