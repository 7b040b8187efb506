package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	wording "heed/core/say" // say draws a sentence here
	"heed/core/text"
)

// link is one query's look at one key, by one of frame.each.
type link struct {
	head, row, col int
	w              float64
}

// links draws two columns of words: keys on the left, queries on the right, so that a translation
// reads from left to right and so does what attention carries. A curve's width and opacity are its
// weight, on a scale fixed to [0, 1]; several heads have a colour and a lane each.
func links(f *frame) *Scene {
	if found := f.all(f.room); !found.found {
		return f.soon(found.next, len(f.each)*len(f.rows))
	}
	if f.arcs() {
		return arcs(f)
	}
	w := math.Min(f.Width, 840)
	rowH, font := 27.0, wordFont
	if n := max(len(f.rows), len(f.cols)); n > 96 {
		rowH, font.Size = 20, 13
	}
	// The columns do not depend on the words, so that nothing moves sideways while one types.
	numbers := 40.0
	if len(f.each) > 1 {
		numbers = 54 // the head's number stands there too
	}
	gap := 0.27*w + 0.27*math.Max(w-340, 0)
	col := (w-gap)/2 - numbers - pad
	xl, xr := pad+numbers+col, w-pad-numbers-col

	s := &Scene{Title: "Links: " + f.name, Width: w}
	f.regions(s)
	switch f.Kind {
	case record.Decoder:
		f.lead(s, text.Of(text.LinksLeadCausal), text.Of(text.LinksLeadCausalShort))
	case record.Cross, record.RNN:
		f.lead(s, text.Of(text.LinksLeadCross), text.Of(text.LinksLead))
	default:
		f.lead(s, text.Of(text.LinksLead), text.Of(text.LinksLeadShort))
	}

	long := float64(max(len(f.rows), len(f.cols))) * rowH
	above := f.above(74 + long + 30)
	top := 74 + above + f.names(s, w, 42+above)
	// Numbers stand beside the words, in one column.
	beside := func(ws []word, places []int) float64 {
		widest := 0.0
		for _, i := range places {
			widest = math.Max(widest, f.Measure(ws[i].text, font))
		}
		return math.Min(math.Ceil(widest/16)*16, col) + numbers
	}
	numL, numR := xl-beside(f.k, f.cols)+numbers-8, xr+beside(f.q, f.rows)
	hidden := f.anyHidden && f.Focus.Part != Key
	room := col + numbers
	s.text(xl, top-18, f.fit(leadFont, room, f.kName+", key", "key"), leadFont, Right, Muted)
	if hidden {
		// The column's own name has room beside that of the words.
		numR = math.Min(math.Max(numR, xr+f.Measure("query", leadFont)+f.Measure("hidden", leadFont)+12), w-pad)
		s.text(numR, top-18, "hidden", leadFont, Right, Muted)
		room = numR - xr - f.Measure("hidden", leadFont) - 10
	}
	s.text(xr, top-18, f.fit(leadFont, room, f.qName+", query", "query"), leadFont, Left, Muted)
	s.strokes([][2]mgl64.Vec2{{{pad, top - 8.5}, {xl, top - 8.5}}, {{xr, top - 8.5}, {w - pad, top - 8.5}}}, 1, Paint{Role: Hairline})

	yOf := func(place int) float64 { return top + (float64(place)+0.5)*rowH }
	lane := math.Min(3, (rowH-9)/float64(len(f.each))) // heads that draw the same link lie side by side
	lit := f.strands(s, func(l link) [4]mgl64.Vec2 {
		off := (float64(l.head) - float64(len(f.each)-1)/2) * lane
		yq, yk := yOf(f.rowAt[l.row])+off, yOf(f.colAt[l.col])+off
		a, b := xr-9, xl+9
		return [4]mgl64.Vec2{{a, yq}, {a + 0.5*(b-a), yq}, {b - 0.5*(b-a), yk}, {b, yk}}
	})

	side := func(ws []word, places []int, x float64, a Anchor, part Part) {
		h, bracket, number := Hit{W: xl + 8, H: rowH}, xl+5.5, numL
		if part == Query {
			h.X, h.W, bracket, number = xr-8, w-xr+8, xr-5.5, numR
		}
		var locks [][2]mgl64.Vec2
		for at, i := range places {
			ref, y := wordRef(part, i), yOf(at)
			t := f.word(ws[i], x, y+0.32*font.Size, font, a, col)
			t.Paint, t.Font.Bold = f.emphasis(ws[i], f.Focus.has(ref), part == Key && lit.k[i] || part == Query && lit.q[i])
			s.put(t)
			if f.open.has(ref) {
				from, long := x, f.Measure(t.Text, t.Font)
				if a == Right {
					from -= long
				}
				locks = append(locks, [2]mgl64.Vec2{{from, t.Y + 4.5}, {from + long, t.Y + 4.5}})
			}
			h.Ref, h.Y = ref, y-rowH/2
			s.hit(h)
			if l, ok := lit.beside(ref); ok {
				s.text(number, y+0.34*numberFont.Size, f.numbered(l), numberFont, Right, Ink)
			} else if part == Query && hidden {
				s.text(numR, y+0.34*numberFont.Size, brief(f.hidden[i]), numberFont, Right, Muted)
			}
		}
		s.brackets(joined(ws, places, func(at int) (from, to mgl64.Vec2) {
			return mgl64.Vec2{bracket, yOf(at-1) - 0.25*font.Size}, mgl64.Vec2{bracket, yOf(at) + 0.25*font.Size}
		}))
		s.locks(locks)
	}
	side(f.k, f.cols, xl, Right, Key)
	side(f.q, f.rows, xr, Left, Query)

	f.foot(s, top+long+30, above > 0)
	return s
}

// names lists several heads with their colours in lines from y on, and returns the height that takes.
func (f *frame) names(s *Scene, width, y float64) float64 {
	if len(f.each) < 2 {
		return 0
	}
	const long = 18
	x, top := f.after(s, pad, y, "heads", leadFont)+12, y
	left := x
	for h, m := range f.each {
		name := strconv.Itoa(m.Head)
		wide := long + 6 + f.Measure(name, captionFont) + 14
		if x+wide > width && x > left {
			x, y = left, y+24
		}
		p, _ := f.stroke(h, 1)
		p.Alpha = 1
		t := Text{X: x + long + 6, Y: y, Text: name, Font: captionFont, Paint: Paint{Role: Ink}}
		ref := Ref{Head, m.Layer, m.Head}
		switch {
		case f.Focus == ref:
			t.Font.Bold = true
		case f.Focus.Part == Head:
			p.Alpha, t.Paint.Role = 0.3, Muted
		}
		s.put(Curve{P: dash(x, y-4.5, long), Width: 4, Paint: p})
		s.put(t)
		s.hit(Hit{Ref: ref, X: x - 6, Y: y - 17, W: wide - 2, H: 24})
		x += wide
	}
	return y - top + 24
}

// dash is a curve that is a line to the right.
func dash(x, y, long float64) [4]mgl64.Vec2 {
	return [4]mgl64.Vec2{{x, y}, {x + long/3, y}, {x + 2*long/3, y}, {x + long, y}}
}

// ink is how wide and how opaque a link of some weight is drawn.
func ink(w float64) (width, alpha float64) { return 0.6 + 5.4*w, 0.16 + 0.74*w }

// inks is how many kinds of ink there are.
const inks = 64

// stroke is how a weight of one of frame.each is drawn. Its steps are too fine to see, and links of one
// step are painted at once. Several heads share the ink, so that many lines over one another stay apart.
func (f *frame) stroke(head int, w float64) (Paint, float64) {
	w = math.Round(w*inks) / inks
	width, alpha := ink(w)
	p := Paint{Role: Weight, Value: 1, Alpha: alpha}
	if n := len(f.each); n > 1 {
		p = Paint{Role: Hue, Value: float64(f.each[head].Head), Alpha: 1 - math.Pow(1-p.Alpha, 1/math.Sqrt(float64(n)))}
	}
	return p, width
}

// lit is what of the words stands out, and the links whose weights stand beside them.
type lit struct {
	q, k   []bool
	values []link // by the place of the word that they stand beside; of several heads the heaviest
	part   Part   // what those words are
}

// beside is the link whose weight stands beside a word.
func (lit *lit) beside(ref Ref) (link, bool) {
	if ref.Part != lit.part {
		return link{}, false
	}
	at := ref.Row
	if ref.Part == Key {
		at = ref.Col
	}
	return lit.values[at], lit.values[at].w > 0
}

// strands draws the links on the curves that a layout gives them, and finds what they light up.
func (f *frame) strands(s *Scene, curve func(link) [4]mgl64.Vec2) *lit {
	lit := &lit{q: make([]bool, len(f.q)), k: make([]bool, len(f.k))}
	shown := f.all(nil).shown
	switch f.Focus.Part {
	case Query:
		shown, lit.part, lit.values = f.strongest(f.Focus), Key, make([]link, len(f.k))
	case Key:
		shown, lit.part, lit.values = f.strongest(f.Focus), Query, make([]link, len(f.q))
	case Pair: // over the others, and drawn even if they hold the share without it
		shown = slices.Clone(shown)
		for h, m := range f.each {
			shown = append(shown, link{h, f.Focus.Row, f.Focus.Col, float64(m.At(f.Focus.Row, f.Focus.Col))})
		}
	}
	for i, l := range shown {
		c := Curve{P: curve(l), Ref: Ref{Pair, l.row, l.col}}
		c.Paint, c.Width = f.stroke(l.head, l.w)
		own := true
		switch f.Focus.Part {
		case Pair:
			if own = i >= len(shown)-len(f.each); own {
				c.Width = math.Max(c.Width, 1.5)
				c.Paint.Alpha = math.Max(c.Paint.Alpha, 0.8)
				if len(f.each) == 1 {
					c.Paint = Paint{Role: Focus}
				}
			} else {
				c.Paint.Alpha *= 0.35
			}
		case Head:
			if own = f.each[l.head].Head == f.Focus.Col; own {
				_, c.Paint.Alpha = ink(l.w)
			} else {
				c.Paint.Alpha *= 0.2
			}
		case Query:
			lit.values[l.col] = l // the heaviest come last
		case Key:
			lit.values[l.row] = l
		}
		if f.Focus.Part == Query || f.Focus.Part == Key { // so few need not share the ink
			_, c.Paint.Alpha = ink(l.w)
		}
		if own {
			lit.q[l.row], lit.k[l.col] = true, true
		}
		top, bottom := c.P[0][1], c.P[0][1]
		for _, p := range c.P[1:] {
			top, bottom = math.Min(top, p[1]), math.Max(bottom, p[1])
		}
		around := c.Width/2 + reach
		s.hit(Hit{Ref: c.Ref, curve: len(s.Marks) + 1, X: c.P[3][0], Y: top - around, W: c.P[0][0] - c.P[3][0], H: bottom - top + 2*around})
		s.put(c)
	}
	return lit
}

// numbered is the weight of a link, with its head where there are several.
func (f *frame) numbered(l link) string {
	if len(f.each) == 1 {
		return brief(l.w)
	}
	return strconv.Itoa(f.each[l.head].Head) + "·" + brief(l.w)
}

// emphasis is how a word looks beside what is pointed at: whether that is this word, or lights it up.
func (f *frame) emphasis(w word, pointed, lit bool) (p Paint, bold bool) {
	switch {
	case pointed:
		return Paint{Role: Focus}, true
	case f.Focus.Part != Nowhere && !lit:
		return Paint{Role: Muted, Alpha: 0.7}, false
	case w.special:
		return Paint{Role: Muted}, false
	}
	return Paint{Role: Ink}, false
}

// has says whether a word is what a Ref points at, or one of a pair.
func (r Ref) has(word Ref) bool {
	return r == word || r.Part == Pair && (word.Part == Query && word.Row == r.Row || word.Part == Key && word.Col == r.Col)
}

// weights draws on a baseline what three weights look like.
func (f *plot) weights(s *Scene, y float64, look func(w float64) (p Paint, width float64)) {
	x := f.after(s, pad, y, "weight", captionFont) + 14
	for _, v := range []float64{0.1, 0.5, 1} {
		const long = 26
		p, width := look(v)
		s.put(Curve{P: dash(x, y-4.5, long), Width: width, Paint: p})
		s.text(x+long+6, y-0.5, strconv.FormatFloat(v, 'f', -1, 64), numberFont, Left, Muted)
		x += long + 38
	}
}

// foot draws under links, or above them, what their width means, and the caption.
func (f *frame) foot(s *Scene, y float64, above bool) {
	legend := y
	if above {
		legend, y = legendAbove, y-28
	}
	f.weights(s, legend, func(w float64) (Paint, float64) {
		p, width := f.stroke(0, w)
		if len(f.each) > 1 { // of whichever colour
			p.Role = Ink
		}
		return p, width
	})
	all := f.all(nil)
	s.Caption = upper(f.name) + ". Drawn: each word’s strongest links, until they hold " + Percent(f.Threshold) + " of its weight"
	if len(f.each) > 1 {
		s.Caption += " in each head"
	}
	if f.anyHidden {
		s.Caption += " on the words shown"
	}
	s.Caption += " (" + strconv.Itoa(all.picked) + " of " + count(all.total, "link") + ")."
	if all.picked > maxLinks {
		s.Caption += " Of these only the strongest " + strconv.Itoa(maxLinks) + " are drawn."
	}
	if f.Words {
		s.Caption += text.Of(text.MergedNote)
	}
	if f.anyHidden {
		s.Caption += " Special tokens are hidden; the numbers " + map[bool]string{true: "under the words", false: "on the right"}[f.arcs()] + " are the weight on them."
	}
	f.caption(s, y+28)
}

// label is the spoken name of what a Ref points at: for a word, the most that it looks at or is
// looked at by, and if asked for, what the rest comes to.
func (f *frame) label(ref Ref, most int, rest bool) string {
	switch ref.Part {
	case Pair:
		return f.pairLabel(ref.Row, ref.Col)
	case Head:
		return "head " + strconv.Itoa(ref.Col)
	}
	if f.versus != nil {
		return f.versus.label(f, ref)
	}
	top, n, sum := f.heaviest(ref, most)
	several := len(f.each) > 1
	var parts []string
	for _, l := range top {
		if l.w > 0 {
			w := f.k[l.col]
			if ref.Part == Key {
				w = f.q[l.row]
			}
			part := w.isolate() + " " + Format(l.w)
			if several {
				part += " in head " + strconv.Itoa(f.each[l.head].Head)
			}
			parts, n, sum = append(parts, part), n-1, sum-l.w
		}
	}
	name := ""
	switch {
	case ref.Part == Query:
		name = f.q[ref.Row].isolate() + f.looks()
	case f.Kind == record.Rollout:
		name = f.k[ref.Col].isolate() + " reaches "
	case len(parts) == 0:
		return f.k[ref.Col].isolate() + " is not looked at"
	default:
		name = f.k[ref.Col].isolate() + " is looked at by "
	}
	if rest && n > 0 && !several {
		parts = append(parts, count(n, "other")+" "+Format(math.Max(sum, 0)))
	}
	if rest && f.anyHidden && ref.Part == Query {
		parts = append(parts, "hidden tokens "+Format(f.hidden[ref.Row]))
	}
	if len(parts) == 0 {
		parts = []string{"nothing that is shown"}
	}
	said := name + text.List(parts)
	if rest && f.View == Heatmap && ref.Part == Key {
		said += "; it receives " + Format(f.matrix().received[f.colAt[ref.Col]]) + " on average"
	} else if rest && f.View == Heatmap {
		said += "; spread over " + strconv.FormatFloat(f.spread(ref.Row), 'f', 1, 64) + " words"
	}
	return said
}

// fit picks the first text that fits, or shortens the last.
func (f *plot) fit(font Font, room float64, texts ...string) string {
	for _, t := range texts {
		if f.Measure(t, font) <= room {
			return t
		}
	}
	return elide(texts[len(texts)-1], font, room, f.Measure)
}

// lead writes the line above a view: what is pointed at, or else how to read the view, in the
// longest of the sentences that fits.
func (f *frame) lead(s *Scene, sentences ...string) {
	room, y := math.Min(s.Width, f.Width)-2*pad, 18.0
	if !f.shows(f.Focus) {
		s.text(pad, y, f.fit(leadFont, room, sentences...), leadFont, Left, Muted)
		return
	}
	if f.Focus.Part != Pair {
		s.Readout = f.label(f.Focus, 3, true)
		t := f.fit(captionFont, room, s.Readout, f.label(f.Focus, 3, false), f.label(f.Focus, 2, false), f.label(f.Focus, 1, false))
		s.text(pad, y, t, captionFont, Left, Ink)
		return
	}
	q, k := f.q[f.Focus.Row], f.k[f.Focus.Col]
	value := f.value(f.Focus.Row, f.Focus.Col)
	s.Readout = q.text + f.looks() + k.text + ", " + value
	number := Font{Size: 13, Face: Mono, Bold: true}
	if f.m.Masked(f.Focus.Row, f.Focus.Col) {
		s.Readout, value = s.Readout+" (masked)", "masked"
	}
	if f.set(f.Focus.Row, f.Focus.Col) {
		s.Readout += ", set by hand"
		value += " set by hand"
	}
	t := elide(q.isolate()+f.looks()+k.isolate(), captionFont, room-f.Measure(value, number)-12, f.Measure)
	s.text(pad, y, t, captionFont, Left, Ink)
	s.text(pad+f.Measure(t, captionFont)+12, y, value, number, Left, Focus)
}

// caption sets Scene.Caption under the figure and ends the scene there.
func (f *plot) caption(s *Scene, y float64) {
	s.Caption += f.byHand
	for _, line := range wrap(s.Caption, captionFont, math.Min(s.Width, math.Min(f.Width, 620))-2*pad, f.Measure) {
		s.text(pad, y, line, captionFont, Left, Muted)
		y += 20
	}
	s.Height = y - 8
}

func upper(s string) string { return string(s[0]-'a'+'A') + s[1:] }

// Percent writes a share, from 0 to 1, in whole hundredths.
func Percent(v float64) string { return strconv.FormatFloat(math.Round(v*100), 'f', 0, 64) + "%" }

func count(n int, noun string) string { return wording.Count(n, noun) }
