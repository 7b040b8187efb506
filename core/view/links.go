package view

import (
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
	w := math.Min(f.Width, 840)
	rowH, font := 27.0, wordFont
	if n := max(len(f.rows), len(f.cols)); n > 96 {
		rowH, font.Size = 20, 13
	}
	// The columns do not depend on the words, so that nothing moves sideways while one types.
	const numbers = 40.0
	gap := 0.27*w + 0.27*math.Max(w-340, 0)
	col := (w-gap)/2 - numbers - pad
	xl, xr := pad+numbers+col, w-pad-numbers-col

	s := &Scene{Title: "Links: " + f.name, Width: w, parts: f}
	switch f.Kind {
	case record.Decoder:
		f.lead(s, "Each word on the right looks at words on the left, never ahead.", "Right looks at left, never ahead.")
	case record.Cross, record.RNN:
		f.lead(s, "Each word on the right looks, while it is being chosen, at words on the left.", "Each word on the right looks at words on the left.")
	default:
		f.lead(s, "Each word on the right looks at words on the left.", "Right looks at left.")
	}

	top := 74.0
	text := func(x, y float64, t string, font Font, a Anchor, role Role) {
		s.Marks = append(s.Marks, Text{X: x, Y: y, Text: t, Font: font, Anchor: a, Paint: Paint{Role: role}})
	}
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
	text(xl, top-18, f.fit(leadFont, room, f.kName+", looked at", "looked at"), leadFont, Right, Muted)
	if hidden {
		// The column's own name has room beside that of the words.
		numR = math.Min(math.Max(numR, xr+f.Measure("looking", leadFont)+f.Measure("hidden", leadFont)+12), w-pad)
		text(numR, top-18, "hidden", leadFont, Right, Muted)
		room = numR - xr - f.Measure("hidden", leadFont) - 10
	}
	text(xr, top-18, f.fit(leadFont, room, f.qName+", looking", "looking"), leadFont, Left, Muted)
	s.Marks = append(s.Marks, Lines{Segments: [][2]mgl64.Vec2{
		{{pad, top - 8.5}, {xl, top - 8.5}}, {{xr, top - 8.5}, {w - pad, top - 8.5}},
	}, Width: 1, Paint: Paint{Role: Hairline}})

	shown, picked, total := f.strongest(Ref{})
	if f.shows(f.Focus) && f.Focus.Part != Pair {
		shown, _, _ = f.strongest(f.Focus)
	}
	pair := f.Focus.Part == Pair && f.shows(f.Focus)
	if pair { // over the others, and drawn even if they hold the share without it
		shown = append(shown, link{f.Focus.Row, f.Focus.Col, f.weight(f.Focus.Row, f.Focus.Col)})
	}

	yOf := func(place int) float64 { return top + (float64(place)+0.5)*rowH }
	litQ, litK := make([]bool, len(f.q)), make([]bool, len(f.k))
	for i, l := range shown {
		yq, yk := yOf(f.rowAt[l.row]), yOf(f.colAt[l.col])
		a, b := xr-9, xl+9
		c := Curve{
			P:     [4]mgl64.Vec2{{a, yq}, {a + 0.5*(b-a), yq}, {b - 0.5*(b-a), yk}, {b, yk}},
			Width: 0.6 + 5.4*l.w,
			Paint: Paint{Role: Weight, Value: 1, Alpha: 0.16 + 0.74*l.w},
			Ref:   Ref{Pair, l.row, l.col},
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
		around := c.Width/2 + reach
		s.Hits = append(s.Hits, Hit{Ref: c.Ref, mark: len(s.Marks), X: b, Y: math.Min(yq, yk) - around, W: a - b, H: math.Abs(yq-yk) + 2*around})
		s.Marks = append(s.Marks, c)
		switch f.Focus.Part {
		case Query:
			text(numL, yk+0.34*numberFont.Size, brief(l.w), numberFont, Right, Ink)
		case Key:
			text(numR, yq+0.34*numberFont.Size, brief(l.w), numberFont, Right, Ink)
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
			y := yOf(at)
			t := Text{X: x, Y: y + 0.32*font.Size, Text: elide(ws[i].text, font, col, f.Measure), Font: font, Anchor: a, RTL: ws[i].rtl}
			switch {
			case f.Focus == ref || pair && (part == Query && f.Focus.Row == i || part == Key && f.Focus.Col == i):
				t.Paint.Role, t.Font.Bold = Focus, true
			case focused && !lit[i]:
				t.Paint = Paint{Role: Muted, Alpha: 0.7}
			case ws[i].special:
				t.Paint.Role = Muted
			default:
				t.Paint.Role = Ink
			}
			s.Marks = append(s.Marks, t)
			h := Hit{Ref: ref, X: 0, Y: y - rowH/2, W: xl + 8, H: rowH}
			bx := xl + 5.5
			if part == Query {
				h.X, h.W, bx = xr-8, w-xr+8, xr-5.5
			}
			s.Hits = append(s.Hits, h)
			if at > 0 && ws[i].joins && places[at-1] == i-1 {
				brackets = join(brackets, mgl64.Vec2{bx, y - rowH - 0.25*font.Size}, mgl64.Vec2{bx, y + 0.25*font.Size})
			}
			if part == Query && hidden {
				text(numR, y+0.34*numberFont.Size, brief(f.hidden[i]), numberFont, Right, Muted)
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
		const long = 26
		s.Marks = append(s.Marks, Curve{
			P:     [4]mgl64.Vec2{{x, y - 4.5}, {x + long/3, y - 4.5}, {x + 2*long/3, y - 4.5}, {x + long, y - 4.5}},
			Width: 0.6 + 5.4*v, Paint: Paint{Role: Weight, Value: 1, Alpha: 0.16 + 0.74*v},
		})
		text(x+long+6, y-0.5, strconv.FormatFloat(v, 'f', -1, 64), numberFont, Left, Muted)
		x += long + 38
	}

	s.Caption = upper(f.name) + ". Drawn: each word’s strongest links, until they hold " + percent(f.Threshold) + " of its weight"
	if f.anyHidden {
		s.Caption += " on the words shown"
	}
	s.Caption += " (" + strconv.Itoa(picked) + " of " + count(total, "link") + ")."
	if picked > maxLinks {
		s.Caption += " Of these only the strongest " + strconv.Itoa(maxLinks) + " are drawn."
	}
	if f.anyHidden {
		s.Caption += " Special tokens are hidden; the numbers on the right are the weight on them."
	}
	f.caption(s, y+28)
	return s
}

// join adds a stroke to strokes that follow each other, as part of the last where they meet.
func join(strokes [][2]mgl64.Vec2, a, b mgl64.Vec2) [][2]mgl64.Vec2 {
	if n := len(strokes) - 1; n >= 0 && a[0] <= strokes[n][1][0] && a[1] <= strokes[n][1][1] {
		strokes[n][1] = b
		return strokes
	}
	return append(strokes, [2]mgl64.Vec2{a, b})
}

// strongest picks the links to draw, the weakest first: for each query (or for the query or key
// that is pointed at) the strongest until they hold State.Threshold of what is to be seen of it. Of
// these it keeps at most maxLinks. Picked is how many there were, total how many could be.
func (f *frame) strongest(focus Ref) (shown []link, picked, total int) {
	rows, cols := f.rows, f.cols
	switch {
	case !f.shows(focus):
	case focus.Part == Query:
		rows = []int{focus.Row}
	case focus.Part == Key:
		rows, cols = []int{focus.Col}, f.rows // the key's column as one row
	}
	// A link is packed as its weight's bits over its place in the map: positive floats sort as
	// their bits do.
	var all, row []uint64
	for _, i := range rows {
		row = row[:0]
		sum := 0.0
		for _, j := range cols {
			i, j := i, j
			if focus.Part == Key {
				i, j = j, i
			}
			if f.masked(i, j) {
				continue
			}
			total++
			if w := f.m.At(i, j); w > 0 {
				sum += float64(w)
				row = append(row, uint64(math.Float32bits(w))<<32|uint64(i*f.m.Cols+j))
			}
		}
		slices.Sort(row)
		held, from := 0.0, len(row)
		for from > 0 && held < f.Threshold*sum-1e-6 {
			from--
			held += float64(math.Float32frombits(uint32(row[from] >> 32)))
		}
		all = append(all, row[from:]...)
	}
	slices.Sort(all)
	picked = len(all)
	all = all[max(0, picked-maxLinks):]
	shown = make([]link, len(all), len(all)+1)
	for n, l := range all {
		place := int(uint32(l))
		shown[n] = link{place / f.m.Cols, place % f.m.Cols, float64(math.Float32frombits(uint32(l >> 32)))}
	}
	return shown, picked, total
}

// label is the spoken name of what a Ref points at: for a word, the most that it looks at or is
// looked at by, and if asked for, what the rest comes to.
func (f *frame) label(ref Ref, most int, rest bool) string {
	if ref.Part == Pair {
		return f.pairLabel(ref.Row, ref.Col)
	}
	top := make([]link, most) // the strongest first
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
			w := f.k[l.col]
			if ref.Part == Key {
				w = f.q[l.row]
			}
			parts, n, sum = append(parts, w.isolate()+" "+Format(l.w)), n-1, sum-l.w
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
	if rest && n > 0 {
		parts = append(parts, count(n, "other")+" "+Format(math.Max(sum, 0)))
	}
	if rest && f.anyHidden && ref.Part == Query {
		parts = append(parts, "hidden tokens "+Format(f.hidden[ref.Row]))
	}
	if len(parts) == 0 {
		parts = []string{"nothing that is shown"}
	}
	return name + list(parts)
}

// fit picks the first text that fits, or shortens the last.
func (f *State) fit(font Font, room float64, texts ...string) string {
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
		s.Marks = append(s.Marks, Text{X: pad, Y: y, Text: f.fit(leadFont, room, sentences...), Font: leadFont, Paint: Paint{Role: Muted}})
		return
	}
	if f.Focus.Part != Pair {
		s.Readout = f.label(f.Focus, 3, true)
		t := f.fit(captionFont, room, s.Readout, f.label(f.Focus, 3, false), f.label(f.Focus, 2, false), f.label(f.Focus, 1, false))
		s.Marks = append(s.Marks, Text{X: pad, Y: y, Text: t, Font: captionFont, Paint: Paint{Role: Ink}})
		return
	}
	q, k := f.q[f.Focus.Row], f.k[f.Focus.Col]
	value := exact(f.weight(f.Focus.Row, f.Focus.Col))
	s.Readout = q.text + f.looks() + k.text + ", " + value
	number := Font{Size: 13, Face: Mono, Bold: true}
	if f.masked(f.Focus.Row, f.Focus.Col) {
		s.Readout, value = s.Readout+" (masked)", "masked"
	}
	if f.set(f.Focus.Row, f.Focus.Col) {
		s.Readout += ", set by hand"
		value += " set by hand"
	}
	t := elide(q.isolate()+f.looks()+k.isolate(), captionFont, room-f.Measure(value, number)-12, f.Measure)
	s.Marks = append(s.Marks,
		Text{X: pad, Y: y, Text: t, Font: captionFont, Paint: Paint{Role: Ink}},
		Text{X: pad + f.Measure(t, captionFont) + 12, Y: y, Text: value, Font: number, Paint: Paint{Role: Focus}})
}

// caption sets Scene.Caption under the figure and ends the scene there.
func (f *State) caption(s *Scene, y float64) {
	s.Caption += f.byHand
	for _, line := range wrap(s.Caption, captionFont, math.Min(s.Width, math.Min(f.Width, 620))-2*pad, f.Measure) {
		s.Marks = append(s.Marks, Text{X: pad, Y: y, Text: line, Font: captionFont, Paint: Paint{Role: Muted}})
		y += 20
	}
	s.Height = y - 8
}

func upper(s string) string { return string(s[0]-'a'+'A') + s[1:] }

func percent(v float64) string { return strconv.FormatFloat(math.Round(v*100), 'f', 0, 64) + "%" }

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
