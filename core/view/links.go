package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
)

// link is one query's look at one key.
type link struct {
	row, col int
	w        float64
}

// links draws two columns of words: keys on the left, queries on the right, so that a translation
// reads from left to right and so does what attention carries. A curve's width and opacity are its
// weight, on a scale fixed to [0, 1].
func links(f *frame) *Scene {
	w := math.Min(f.Width, 880)
	rowH, font := 27.0, wordFont
	if n := max(len(f.rows), len(f.cols)); n > 96 {
		rowH, font.Size = 20, 13
	}
	// The columns do not depend on the words, so that nothing moves sideways while one types.
	const numbers = 40.0
	gap := math.Min(0.27*w+0.1*(w-240), 380)
	col := (w-gap)/2 - numbers - pad
	xl, xr := pad+numbers+col, w-pad-numbers-col

	s := &Scene{Title: "Links: " + f.name, Width: w, frame: f}
	lead := "Each word on the right looks at words on the left."
	if f.Kind == record.Decoder {
		lead = "Each word on the right looks at words on the left, never ahead."
	}
	f.lead(s, lead)

	top := 72.0
	text := func(x, y float64, t string, font Font, a Anchor, role Role) {
		s.Marks = append(s.Marks, Text{X: x, Y: y, Text: t, Font: font, Anchor: a, Paint: Paint{Role: role}})
	}
	room := col + numbers
	text(xl, top-16, elide(f.kName+", looked at", leadFont, room, f.Measure), leadFont, Right, Muted)
	text(xr, top-16, elide(f.qName+", looking", leadFont, room, f.Measure), leadFont, Left, Muted)
	if f.anyHidden && f.Focus.Part != Key {
		text(w-pad, top-16, "hidden", leadFont, Right, Muted)
	}
	s.Marks = append(s.Marks, Lines{Segments: [][2]mgl64.Vec2{
		{{pad, top - 7.5}, {xl, top - 7.5}}, {{xr, top - 7.5}, {w - pad, top - 7.5}},
	}, Width: 1, Paint: Paint{Role: Hairline}})

	all, total := f.strongest(Ref{})
	shown := all
	if f.Focus.Part == Query || f.Focus.Part == Key {
		shown, _ = f.strongest(f.Focus)
	}
	cut := len(shown) - maxLinks
	if cut > 0 {
		shown = shown[cut:]
	}
	pair := f.Focus.Part == Pair && f.shows(f.Focus)
	if pair { // over the others, and drawn even if they hold the share without it
		shown = append(slices.Clone(shown), link{f.Focus.Row, f.Focus.Col, f.weight(f.Focus.Row, f.Focus.Col)})
	}

	yOf := func(places []int, of int) float64 { return top + (float64(index(places, of))+0.5)*rowH }
	litQ, litK := make([]bool, len(f.q)), make([]bool, len(f.k))
	for i, l := range shown {
		yq, yk := yOf(f.rows, l.row), yOf(f.cols, l.col)
		a, b := xr-9, xl+9
		c := Curve{
			P:     [4]mgl64.Vec2{{a, yq}, {a + 0.5*(b-a), yq}, {b - 0.5*(b-a), yk}, {b, yk}},
			Width: 0.6 + 5.4*l.w,
			Paint: Paint{Role: Weight, Value: 1, Alpha: 0.16 + 0.74*l.w},
			Label: f.pairLabel(l.row, l.col),
		}
		last := pair && i == len(shown)-1
		if last {
			c.Paint, c.Width = Paint{Role: Focus}, math.Max(c.Width, 1.5)
		} else if pair {
			c.Paint.Alpha *= 0.35
		}
		if last || !pair {
			litQ[l.row], litK[l.col] = true, true
		}
		s.Marks = append(s.Marks, c)
		s.Hits = append(s.Hits, Hit{
			Ref: Ref{Pair, l.row, l.col}, Label: c.Label, Link: true, p: c.P, reach: math.Max(c.Width/2+1, 5),
			X: b, Y: math.Min(yq, yk) - 7, W: a - b, H: math.Abs(yq-yk) + 14,
		})
		switch f.Focus.Part {
		case Query:
			text(pad+numbers-8, yk+0.34*numberFont.Size, brief(l.w), numberFont, Right, Ink)
		case Key:
			text(w-pad, yq+0.34*numberFont.Size, brief(l.w), numberFont, Right, Ink)
		}
	}

	focused := f.shows(f.Focus)
	side := func(ws []word, places []int, x float64, a Anchor, part Part, lit []bool) {
		var brackets [][2]mgl64.Vec2
		for at, i := range places {
			ref := Ref{Part: part, Row: i}
			if part == Key {
				ref = Ref{Part: part, Col: i}
			}
			y := top + (float64(at)+0.5)*rowH
			t := Text{X: x, Y: y + 0.32*font.Size, Text: elide(ws[i].text, font, col, f.Measure), Font: font, Anchor: a, RTL: ws[i].rtl}
			switch {
			case f.Focus == ref || pair && (part == Query && f.Focus.Row == i || part == Key && f.Focus.Col == i):
				t.Paint.Role, t.Font.Bold = Focus, true
			case focused && !lit[i]:
				t.Paint = Paint{Role: Muted, Alpha: 0.55}
			case ws[i].special:
				t.Paint.Role = Muted
			default:
				t.Paint.Role = Ink
			}
			s.Marks = append(s.Marks, t)
			h := Hit{Ref: ref, Label: f.label(ref), X: 0, Y: y - rowH/2, W: xl + 8, H: rowH}
			bx := xl + 5.5
			if part == Query {
				h.X, h.W, bx = xr-8, w-xr+8, xr-5.5
			}
			s.Hits = append(s.Hits, h)
			if at > 0 && ws[i].joins && places[at-1] == i-1 {
				brackets = append(brackets, [2]mgl64.Vec2{{bx, y - rowH - 0.25*font.Size}, {bx, y + 0.25*font.Size}})
			}
			if part == Query && f.anyHidden && f.Focus.Part != Key {
				text(w-pad, y+0.34*numberFont.Size, brief(f.hidden[i]), numberFont, Right, Muted)
			}
		}
		if brackets != nil { // they bind the pieces of one word
			s.Marks = append(s.Marks, Lines{Segments: brackets, Width: 1, Paint: Paint{Role: Muted, Alpha: 0.7}})
		}
	}
	side(f.k, f.cols, xl, Right, Key, litK)
	side(f.q, f.rows, xr, Left, Query, litQ)

	y := top + float64(max(len(f.rows), len(f.cols)))*rowH + 30
	x := pad
	text(x, y, "weight", captionFont, Left, Muted)
	x += f.Measure("weight", captionFont) + 14
	for _, v := range []float64{0.1, 0.5, 1} {
		const long = 30
		s.Marks = append(s.Marks, Curve{
			P:     [4]mgl64.Vec2{{x, y - 4.5}, {x + long/3, y - 4.5}, {x + 2*long/3, y - 4.5}, {x + long, y - 4.5}},
			Width: 0.6 + 5.4*v, Paint: Paint{Role: Weight, Value: 1, Alpha: 0.16 + 0.74*v},
		})
		text(x+long+7, y-0.5, strconv.FormatFloat(v, 'f', -1, 64), numberFont, Left, Muted)
		x += long + 42
	}

	s.Caption = upper(f.name) + ". Each word's strongest links, until they hold " + percent(f.Share) + " of its weight"
	if f.anyHidden {
		s.Caption += " on the words shown"
	}
	s.Caption += ": " + count(len(all), "link") + " of " + strconv.Itoa(total) + "."
	if len(all) > maxLinks {
		s.Caption += " Only the strongest " + strconv.Itoa(maxLinks) + " are drawn."
	}
	if f.anyHidden {
		s.Caption += " Special tokens are hidden; the numbers on the right are the weight on them."
	}
	f.caption(s, y+28)
	return s
}

// strongest picks the links to draw, the weakest first: for each query (or for the query or key
// that is pointed at) the strongest until they hold State.Share of what is to be seen of it. Total
// is how many links there are.
func (f *frame) strongest(focus Ref) (shown []link, total int) {
	rows, cols := f.rows, f.cols
	byRow := true
	switch {
	case !f.shows(focus):
	case focus.Part == Query:
		rows = []int{focus.Row}
	case focus.Part == Key:
		rows, cols, byRow = cols[index(cols, focus.Col):][:1], rows, false
	}
	packed := make([]uint64, 0, len(cols)) // weights' bits over places: positive floats sort as their bits do
	for _, i := range rows {
		packed = packed[:0]
		sum := 0.0
		for at, j := range cols {
			row, col := i, j
			if !byRow {
				row, col = j, i
			}
			if f.masked(row, col) {
				continue
			}
			total++
			if w := f.m.At(row, col); w > 0 {
				sum += float64(w)
				packed = append(packed, uint64(math.Float32bits(w))<<32|uint64(at))
			}
		}
		slices.Sort(packed)
		held := 0.0
		for n := len(packed) - 1; n >= 0 && held < f.Share*sum-1e-6; n-- {
			l := link{i, cols[uint32(packed[n])], float64(math.Float32frombits(uint32(packed[n] >> 32)))}
			if !byRow {
				l.row, l.col = l.col, l.row
			}
			held += l.w
			shown = append(shown, l)
		}
	}
	slices.SortStableFunc(shown, func(a, b link) int { return cmp.Compare(a.w, b.w) })
	return shown, total
}

// label is the spoken name of what a Ref points at.
func (f *frame) label(ref Ref) string {
	if ref.Part == Pair {
		return f.pairLabel(ref.Row, ref.Col)
	}
	var top [3]link // the strongest first
	n, sum := 0, 0.0
	consider := func(row, col int) {
		if f.masked(row, col) {
			return
		}
		l := link{row, col, f.weight(row, col)}
		n, sum = n+1, sum+l.w
		for i := range top {
			if l.w > top[i].w {
				l, top[i] = top[i], l
			}
		}
	}
	if ref.Part == Query {
		for _, j := range f.cols {
			consider(ref.Row, j)
		}
	} else {
		for _, i := range f.rows {
			consider(i, ref.Col)
		}
	}
	var parts []string
	for _, l := range top {
		if l.w > 0 {
			t := f.k[l.col].text
			if ref.Part == Key {
				t = f.q[l.row].text
			}
			parts, n, sum = append(parts, t+" "+Format(l.w)), n-1, sum-l.w
		}
	}
	if ref.Part == Key {
		if len(parts) == 0 {
			return f.k[ref.Col].text + " is not looked at"
		}
		if n > 0 {
			parts = append(parts, count(n, "other"))
		}
		return f.k[ref.Col].text + " is looked at by " + list(parts)
	}
	if n > 0 {
		parts = append(parts, count(n, "other")+" "+Format(math.Max(sum, 0)))
	}
	if f.anyHidden {
		parts = append(parts, "hidden tokens "+Format(f.hidden[ref.Row]))
	}
	return f.q[ref.Row].text + " looks at " + list(parts)
}

// lead writes the line above a view: what is pointed at, or else how to read the view.
func (f *frame) lead(s *Scene, sentence string) {
	room, y := s.Width-2*pad, 18.0
	if !f.shows(f.Focus) {
		s.Marks = append(s.Marks, Text{X: pad, Y: y, Text: elide(sentence, leadFont, room, f.Measure), Font: leadFont, Paint: Paint{Role: Muted}})
		return
	}
	if f.Focus.Part != Pair {
		s.Readout = f.label(f.Focus)
		s.Marks = append(s.Marks, Text{X: pad, Y: y, Text: elide(s.Readout, captionFont, room, f.Measure), Font: captionFont, Paint: Paint{Role: Ink}})
		return
	}
	q, k := f.q[f.Focus.Row], f.k[f.Focus.Col]
	value := exact(f.weight(f.Focus.Row, f.Focus.Col))
	s.Readout = q.text + " looks at " + k.text + ", " + value
	number := Font{Size: 13, Face: Mono, Bold: true}
	if f.masked(f.Focus.Row, f.Focus.Col) {
		s.Readout, value = s.Readout+" (masked)", "masked"
	}
	t := elide(q.isolate()+" looks at "+k.isolate(), captionFont, room-f.Measure(value, number)-12, f.Measure)
	s.Marks = append(s.Marks,
		Text{X: pad, Y: y, Text: t, Font: captionFont, Paint: Paint{Role: Ink}},
		Text{X: pad + f.Measure(t, captionFont) + 12, Y: y, Text: value, Font: number, Paint: Paint{Role: Focus}})
}

// caption sets Scene.Caption under the figure and ends the scene there.
func (f *frame) caption(s *Scene, y float64) {
	for _, line := range wrap(s.Caption, captionFont, math.Min(s.Width, math.Min(f.Width, 620))-2*pad, f.Measure) {
		s.Marks = append(s.Marks, Text{X: pad, Y: y, Text: line, Font: captionFont, Paint: Paint{Role: Muted}})
		y += 20
	}
	s.Height = y - 8
}

func upper(s string) string { return string(s[0]-'a'+'A') + s[1:] }

func percent(v float64) string { return strconv.FormatFloat(math.Round(v*100), 'f', 0, 64) + " %" }

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
