package view

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/stable"
)

// What the lens draws at most, and how large.
const (
	maxBands  = 6    // lines of text with their layers
	lensCell  = 62.0 // least width of a cell
	lensHigh  = 24.0
	lensSpace = 18.0 // between two bands
)

// lens is what each layer would have said: the predictions view's text as columns, broken into bands, and a
// row for each layer, the last on top, as the text's tokens are over what was made of them.
type lens struct {
	layers []record.Lens        // from the first layer to the last
	tops   [][]record.Candidate // by layer (place in layers) and token, layers × tokens
	at     int                  // the layer that is chosen, its place in layers
}

// look takes up the lens of a Record; without one there is none.
func (e *expected) look(all []record.Lens) error {
	if len(all) == 0 {
		return nil
	}
	l := &lens{layers: slices.Clone(all)}
	stable.Sort(l.layers, func(a, b record.Lens) int { return a.Layer - b.Layer })
	for n, layer := range l.layers {
		tops := make([][]record.Candidate, len(e.tokens))
		for _, p := range layer.Predictions {
			at := p.Position - e.first
			if at < 0 || at >= len(tops) {
				return errors.New("the lens is of position " + strconv.Itoa(p.Position) + ", which is beyond the text")
			}
			tops[at] = p.Top
		}
		l.tops = append(l.tops, tops...)
		if layer.Layer <= e.Layer || n == 0 {
			l.at = n
		}
	}
	e.lens = l
	if e.Focus.Part == Pair && e.shows(e.Focus) {
		l.at, e.at = l.row(e.Focus.Col), e.Focus.Row-e.first
	}
	return nil
}

func (l *lens) name(n int) string { return "layer " + strconv.Itoa(l.layers[n].Layer) }

// row is the place of a layer, or -1.
func (l *lens) row(layer int) int {
	return slices.IndexFunc(l.layers, func(r record.Lens) bool { return r.Layer == layer })
}

// top lists the candidates of the chosen token, with the lens those of the chosen layer.
func (e *expected) top() []record.Candidate {
	if e.lens == nil {
		return e.tops[e.at]
	}
	return e.lens.tops[e.lens.at*len(e.tokens)+e.at]
}

// layers draws the bands from y on, and returns where they end.
func (e *expected) layers(y float64) float64 {
	s, l := e.s, e.lens
	name := Font{Size: 12.5, Italic: true}
	left := pad + math.Ceil(e.Measure(l.name(len(l.layers)-1), name)) + 10
	per := max(1, int((s.Width-pad-left)/lensCell))
	wide := math.Min((s.Width-pad-left)/float64(per), 110)
	bands := (len(e.places) + per - 1) / per
	chosen := max(slices.Index(e.places, e.at), 0) / per
	from := chosen / maxBands * maxBands
	to := min(from+maxBands, bands)
	if from > 0 {
		s.text(pad, y, "… "+count(from*per, "token")+" before", leadFont, Left, Muted)
		y += 30
	}
	top := y + 10
	var rules [][2]mgl64.Vec2
	for band := from; band < to; band++ {
		places := e.places[band*per : min((band+1)*per, len(e.places))]
		for k, i := range places {
			x := left + float64(k)*wide
			t := e.word(e.words[i], x+4, y, wordFont, Left, wide-8)
			if i == e.at {
				t.Paint.Role = Focus
			}
			s.put(t)
			s.hit(Hit{Ref: Ref{Part: Query, Row: i + e.first}, X: x, Y: y - 18, W: wide, H: 26})
		}
		y += 10
		for n := len(l.layers) - 1; n >= 0; n-- {
			s.text(pad, y+16.5, l.name(n), name, Left, Muted)
			for k, i := range places {
				x := left + float64(k)*wide
				top := l.tops[n*len(e.tokens)+i]
				if len(top) == 0 {
					continue
				}
				c := top[0]
				p := math.Max(0, math.Min(float64(c.P), 1))
				s.fill(x, y, wide-1, lensHigh-1, inked(p))
				font := Font{Size: 13.5, Bold: !e.fill && e.stands(i, c)}
				_, t := e.name(c)
				if _, special := specials[c.Text]; special {
					font.Italic = true
				}
				t = elide(t, font, wide-8, e.Measure)
				s.put(Text{X: x + 4, Y: y + 16.5, Text: t, Font: font, Paint: Paint{Role: Ink}, RTL: rightToLeft(t)})
				if i == e.at && n == l.at {
					s.outline(x-1, y-1, wide+1, lensHigh+1, 2, Paint{Role: Focus})
				}
			}
			y += lensHigh
		}
		rules = append(rules, [2]mgl64.Vec2{{pad, y + 4.5}, {s.Width - pad, y + 4.5}})
		y += lensSpace + 16
	}
	if band := to - from; band > 1 { // between the bands
		s.strokes(rules[:band-1], 1, Paint{Role: Hairline})
	}
	y -= 14
	if to < bands {
		s.text(pad, y+6, "… "+count(len(e.places)-to*per, "token")+" after", leadFont, Left, Muted)
		y += 24
	}
	y += 4
	x := e.after(s, pad, y, "probability", captionFont) + 14
	x = e.after(s, x, y, "0", numberFont) + 6
	for i := range 24 {
		s.fill(x+4*float64(i), y-9, 4, 10, inked(float64(i)/23))
	}
	s.text(x+96+6, y, "1", numberFont, Left, Muted)

	y += 10
	g := &Grid{X: left, Y: top, Cell: wide, Height: lensHigh}
	var positions []int
	for _, i := range e.places {
		positions = append(positions, i+e.first)
	}
	pitch := float64(len(l.layers))*lensHigh + lensSpace + 26 // from band to band
	for n := len(l.layers) - 1; n >= 0; n-- {
		g.Rows = append(g.Rows, l.name(n))
		s.blocks = append(s.blocks, block{part: Pair, turned: true, rows: []int{l.layers[n].Layer}, cols: positions, x: left, y: top + float64(len(l.layers)-1-n)*lensHigh - float64(from)*pitch,
			w: wide, h: lensHigh, right: wide, line: pitch, per: per, from: from * per, to: min(to*per, len(positions))})
	}
	for _, i := range e.places {
		g.Cols = append(g.Cols, e.words[i].text)
	}
	// The rows of elements lie over the first band, however many columns they have.
	g.Cell = math.Min(wide, (s.Width-pad-left)/float64(len(e.places)))
	s.Grid = g
	return y
}

// inked is the paint of a probability that text is written over.
func inked(p float64) Paint { return Paint{Role: Weight, Value: p, Alpha: 0.4} }

// stands says whether a candidate is what stands in the place of a token.
func (e *expected) stands(i int, c record.Candidate) bool {
	return !(e.more && i == len(e.tokens)-1) && c.ID == e.tokens[i].ID && c.Text == e.tokens[i].Text
}

func (e *expected) spokenCell(ref Ref) string {
	i, n := ref.Row-e.first, e.lens.row(ref.Col)
	where := "at " + e.words[i].isolate()
	if e.more && i == len(e.tokens)-1 {
		where = "what follows"
	}
	t := e.lens.name(n) + ", " + where + ": "
	for k, c := range e.lens.tops[n*len(e.tokens)+i] {
		if k == 3 {
			break
		}
		if k > 0 {
			t += ", "
		}
		_, name := e.name(c)
		t += word{text: name, rtl: rightToLeft(name)}.isolate() + " " + Format(float64(c.P))
	}
	return t
}
