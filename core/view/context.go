package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
)

// What the context view draws at most.
const (
	maxNumbers  = 4096 // of a vector
	maxContexts = 48   // vectors at once
	maxTerms    = 8    // source words by name in a sum
	maxLines    = 6    // of words over and under a fixed context
)

// changed is the difference from which on a number counts as another.
const changed = 0.05

// vectors is what the context view draws from: one vector for all output words, or one for each.
type vectors struct {
	plot
	c       *record.Context
	before  *record.Context // of the run before, where its vectors can be compared
	was     []word          // and its output
	m       *record.Map     // the weights of the sums; nil where they are not known
	soft    bool            // a vector for each output word
	in, out []word
	rows    []int    // the output words to be seen
	at      []int    // by output word: its place among those, or -1
	n       int      // numbers of a vector that are drawn
	most    int      // source words by name in a sum
	also    []int    // and these in any case
	end     float64  // the number at the end of the scale
	heading []string // over the sum that is taken apart; the first that fits
	open    int      // the output word that is taken apart
	exactly bool     // weights and numbers have four decimals wherever they stand, else two beside the picture

	s        *Scene
	from, to int     // those of rows that are drawn
	x, side  float64 // left edge of the vectors, and a number's width
	line     float64 // a number's height; where a sum is taken apart it is big
	big      float64
	per      int           // numbers in a line
	tops     []float64     // by place in rows, less from: where its vector begins
	opened   []float64     // where the vectors of the open sum begin
	ranked   map[int][]int // by output word: the source words, the heaviest first
}

// contexts draws the context vectors.
func contexts(r *record.Record, s plot) (*Scene, error) {
	if len(r.Tokens.Source) == 0 {
		return say(s, text.Of(text.EmptyText)), nil
	}
	v := &vectors{plot: s, c: r.Context, in: words(r.Tokens.Source), most: maxTerms, end: 1}
	var maps []*record.Map
	for i := range r.Maps {
		if r.Maps[i].Kind == record.RNN {
			maps = append(maps, &r.Maps[i])
		}
	}
	switch c := r.Context; {
	case c == nil && len(maps) > 0:
		return say(s, text.Of(text.NoContextHeld)), nil
	case c == nil:
		return say(s, text.Of(text.NoContext)), nil
	case len(r.Tokens.Target) < 2:
		return say(s, text.Of(text.NoOutputForContext)), nil
	}
	if err := r.CheckContext(); err != nil {
		return nil, err
	}
	v.out = words(r.Queries(record.RNN))
	if len(maps) == 1 && r.CheckMap(maps[0]) == nil {
		v.m = maps[0]
	}
	v.soft = len(maps) > 0 || v.c.Rows > 1
	if b := s.Before; b != nil && b != r && b.Context != nil && b.Context.Cols == v.c.Cols && (b.Context.Rows > 1) == (v.c.Rows > 1) &&
		b.CheckContext() == nil && len(b.Tokens.Target) > 1 {
		v.before, v.was = b.Context, words(b.Queries(record.RNN))
	}
	if v.rows, v.at = seen(v.out, s.HideSpecial); len(v.rows) == 0 {
		return say(s, text.Of(text.OnlySpecialOutput)), nil
	}
	if shown, _ := seen(v.in, s.HideSpecial); len(shown) == 0 && !v.soft {
		return say(s, text.Of(text.OnlySpecialSource)), nil
	}
	if s.asked {
		return something, nil
	}
	v.n = min(v.c.Cols, maxNumbers)
	v.open = v.rows[0]
	for _, ref := range []Ref{s.Chosen, s.Focus} {
		if ref.Part != Nowhere && ref.Row >= 0 && ref.Row < len(v.at) && v.at[ref.Row] >= 0 {
			v.open = ref.Row
		}
	}
	v.ranked = map[int][]int{}
	v.s = &Scene{}
	v.s.name = v.spoken
	if v.soft {
		v.drawSoft()
	} else {
		v.drawFixed()
	}
	return v.s, nil
}

// drawFixed draws what the bottleneck is: the words of the text run together into one vector, and
// every word of the output comes out of it.
func (v *vectors) drawFixed() {
	s := v.s
	s.Title = "Context: one vector for the whole sentence"
	s.Width = math.Min(v.Width, 840)
	v.shape(math.Min(s.Width-2*pad, 420), 4)
	v.line = v.side
	wide := v.side * float64(v.per)
	v.x = math.Floor((s.Width - wide) / 2)
	all := "numbers"
	if v.c.Cols > 1 {
		all = "these " + strconv.Itoa(v.c.Cols) + " numbers"
	}
	y := v.lead("All of the sentence must pass through "+all+"; every output word gets the same ones.") + 14

	in, _ := seen(v.in, v.HideSpecial)
	lit := v.shows(v.Focus)
	lines, left := v.flow(v.in, in, s.Width-2*pad)
	y = v.words(v.in, lines, left, y, Key)
	high := math.Max(34, math.Min(56, 0.08*s.Width))
	v.threads(lines, y, y+high, Key, lit)
	y += high
	v.tops = []float64{y}
	v.vector(v.c.Values[:v.n], y, v.line)
	y += v.high(v.line)
	d, n := v.since(0)
	if d != nil {
		v.change(d, y+3, v.line/2)
		y += 3 + v.high(v.line/2) + 16
		s.text(s.Width/2, y, v.fit(leadFont, s.Width-2*pad, v.countChanged(n)...), leadFont, Middle, Muted)
		y += 8
	}
	lines, left = v.flow(v.out, v.rows, s.Width-2*pad)
	v.threads(lines, y+high, y+2, Query, lit)
	y = v.words(v.out, lines, left, y+high+6, Query)
	v.mark(v.tops[0], v.line)

	s.Grid = &Grid{Rows: []string{"the context"}, X: v.x, Y: v.tops[0], Cell: wide / float64(v.n), Height: v.high(v.line)}
	v.columns()
	s.blocks = []block{v.block([]int{0}, v.tops[0], v.line)}
	s.Caption = "The context vector of " + count(v.c.Cols, "number") + v.beyond(d) + "." + v.asks(" Point at one to read it.") + text.Of(text.ContextCounted)
	v.legend(y + 24)
}

// countChanged says how many of the numbers that are drawn have changed, at length and briefly.
func (v *vectors) countChanged(n int) []string {
	some := strconv.Itoa(n) + " of " + strconv.Itoa(v.n) + " numbers"
	if n == 0 {
		some = "no number"
	}
	return []string{"change since the last keystroke: " + some + " by more than " + Format(changed), "change: " + some}
}

// flow sets words in lines, each in the middle, and as many as may be drawn; left is how many are not.
func (v *vectors) flow(ws []word, places []int, width float64) (lines [][]item, left int) {
	lines = v.lines(ws, places, width, 0, 200, func(at int) float64 {
		if i := places[at]; at == 0 || ws[i].joins && places[at-1] == i-1 {
			return 2
		}
		return 13
	})
	if len(lines) > maxLines {
		lines, left = lines[:maxLines], itemsOf(lines[maxLines:])
	}
	for _, line := range lines {
		last := line[len(line)-1]
		shift := math.Floor(pad + (width-last.x-last.w)/2)
		for i := range line {
			line[i].x += shift
		}
	}
	return lines, left
}

// words writes lines of words from y on, and returns where they end.
func (v *vectors) words(ws []word, lines [][]item, left int, y float64, part Part) float64 {
	const high = 26.0
	var under [][2]mgl64.Vec2
	for n, line := range lines {
		base := y + float64(n)*high + 18
		for k, it := range line {
			ref, t := wordRef(part, it.i), v.word(ws[it.i], it.x, base, wordFont, Left, it.w+0.5)
			if v.Focus == ref {
				t.X, t.Anchor = it.x+it.w/2, Middle
				t.point()
			}
			v.s.put(t)
			v.s.hit(Hit{Ref: ref, X: it.x - 6, Y: base - 18, W: it.w + 12, H: high})
			if k > 0 && ws[it.i].joins && line[k-1].i == it.i-1 { // pieces of one word
				under = join(under, mgl64.Vec2{line[k-1].x, base + 5.5}, mgl64.Vec2{it.x + it.w, base + 5.5})
			}
		}
	}
	v.s.brackets(under)
	y += float64(len(lines)) * high
	if left > 0 {
		v.s.text(v.s.Width/2, y+16, "… and "+count(left, "more token")+", not drawn", leadFont, Middle, Muted)
		y += 24
	}
	return y
}

// threads joins words, from y on, with the vector, whose edge is at to. They spread over all of it, and
// keep the words' order from left to right, so that none cross.
func (v *vectors) threads(lines [][]item, y, to float64, part Part, lit bool) {
	wide := v.side * float64(v.per)
	from, end := math.Inf(1), 0.0
	for _, line := range lines {
		first, last := line[0], line[len(line)-1]
		from, end = math.Min(from, first.x+first.w/2), math.Max(end, last.x+last.w/2)
	}
	y0, y1 := y+4, to-3
	if to < y {
		y0, y1 = y-2, to+3
	}
	for pass := range 2 { // what is pointed at lies over the others
		for _, line := range lines {
			for _, it := range line {
				own := v.Focus == wordRef(part, it.i)
				if own != (pass == 1) {
					continue
				}
				a := it.x + it.w/2
				b := v.x + wide/2
				if end > from {
					b = v.x + wide*(0.06+0.88*(a-from)/(end-from))
				}
				c := Curve{P: [4]mgl64.Vec2{{a, y0}, {a, y0 + 0.6*(y1-y0)}, {b, y0 + 0.4*(y1-y0)}, {b, y1}}, Width: 1, Paint: Paint{Role: Muted, Alpha: 0.55}}
				switch {
				case own:
					c.Paint, c.Width = Paint{Role: Focus}, 1.6
				case lit:
					c.Paint.Alpha = 0.3
				}
				v.s.put(c)
			}
		}
	}
}

// drawSoft draws a vector for each output word and the sum that it is, and takes one sum apart.
func (v *vectors) drawSoft() {
	s := v.s
	s.Title = "Context: a vector for each output word"
	s.Width = math.Min(v.Width, 1000)
	narrow := s.Width < 560
	label := 0.0
	if !narrow {
		for _, i := range v.rows {
			label = math.Max(label, v.Measure(v.out[i].text, wordFont))
		}
		label = math.Min(math.Max(math.Ceil((label+14)/16)*16, 144), 0.2*s.Width)
	}
	v.x = pad + label
	room := s.Width - v.x - pad // of the sums
	if narrow {
		v.shape(room, 3)
	} else {
		v.shape(math.Floor(0.62*room), 3)
		room -= v.side*float64(v.per) + 24
	}
	lines := float64((v.n + v.per - 1) / v.per)
	v.line, v.big = math.Max(3, math.Min(16, math.Floor(18/lines))), math.Max(3, math.Min(24, math.Floor(32/lines)))
	right := s.Width - pad - room
	y := v.lead(v.fit(leadFont, s.Width-2*pad,
		text.Of(text.ContextLead),
		text.Of(text.ContextLeadShort), text.Of(text.ContextLeadShortest))) + 12

	if !narrow {
		v.s.text(v.x-10, y+6, v.fit(leadFont, label-10, "output word", "output"), leadFont, Right, Muted)
		v.s.text(v.x, y+6, "its context", leadFont, Left, Muted)
		if v.m != nil {
			v.s.text(right, y+6, "is the sum of", leadFont, Left, Muted)
		}
		s.rule(pad, s.Width-pad, y+14.5, Hairline)
		y += 22
	}
	v.from = v.at[v.open] / maxContexts * maxContexts
	v.to = min(v.from+maxContexts, len(v.rows))
	high := v.high(v.line)
	pitch := 24 + high + 14
	if !narrow {
		long := 1
		for _, i := range v.rows[v.from:v.to] {
			long = max(long, v.sum(i, 0, 0, room, -2))
		}
		pitch = math.Max(high+12, 6+17*float64(long))
	}
	s.Grid = &Grid{X: v.x, Cell: v.side * float64(v.per) / float64(v.n), Height: pitch}
	for place := v.from; place < v.to; place++ {
		i := v.rows[place]
		w := v.out[i]
		ref := Ref{Part: Query, Row: i}
		top := y + math.Floor((pitch-high)/2)
		base := y + pitch/2 + 5
		if narrow {
			top, base = y+24, y+16
		}
		t := v.word(w, v.x-10, base, wordFont, Right, math.Max(label-14, 90))
		if narrow {
			t.X, t.Anchor = pad, Left
		}
		switch {
		case v.shows(v.Focus) && v.Focus.Row == i:
			t.point()
		case i == v.open:
			t.Paint.Role, t.Font.Bold = Ink, true
		}
		s.put(t)
		v.tops = append(v.tops, top)
		v.vector(v.c.Values[i*v.c.Cols:][:v.n], top, v.line)
		if narrow {
			x := pad + math.Max(v.Measure(t.Text, t.Font)+14, 84)
			v.sum(i, x, base, s.Width-pad-x, 1)
		} else {
			v.sum(i, right, y+pitch/2+5, room, 2)
		}
		s.hit(Hit{Ref: ref, Y: y, W: s.Width, H: pitch})
		s.Grid.Rows = append(s.Grid.Rows, w.text)
		if place == v.from {
			s.Grid.Y = top
		}
		y += pitch
	}
	v.columns()
	for place, i := range v.rows {
		b := block{part: Pair, rows: []int{i}, cols: counted(v.n)} // of one that is not drawn
		if place >= v.from && place < v.to {
			b = v.block([]int{i}, v.tops[place-v.from], v.line)
		}
		s.blocks = append(s.blocks, b)
	}
	s.hidden = v.from
	if v.m != nil {
		s.ofRow = func(row int) string { return v.spoken(Ref{Part: Query, Row: v.rows[v.from+row]}) }
	}
	y = v.takeApart(y+18, narrow, label, right)
	for _, top := range v.opened { // more places of numbers that have theirs above
		s.again = append(s.again, v.block([]int{v.open}, top, v.big))
	}
	v.mark(v.tops[v.at[v.open]-v.from], v.line)

	s.Caption = "Soft attention: " + count(v.c.Rows, "context vector") + " of " + count(v.c.Cols, "number") + v.beyond(nil) +
		", one for each word of the output; a number’s place in it is the same everywhere. They are counted from 0, line by line."
	if v.to-v.from < len(v.rows) {
		s.Caption += " Words " + strconv.Itoa(v.from+1) + " to " + strconv.Itoa(v.to) + " of " + strconv.Itoa(len(v.rows)) + " are drawn; walk on to see others."
	}
	if v.m == nil {
		s.Caption += text.Of(text.ContextNoWeights)
	} else if v.HideSpecial {
		s.Caption += text.Of(text.HiddenInSums)
	}
	v.legend(y + 32)
}

// columns names the numbers.
func (v *vectors) columns() {
	for i := range v.n {
		v.s.Grid.Cols = append(v.s.Grid.Cols, "dimension "+strconv.Itoa(i))
	}
}

// beyond says what of the numbers is not drawn as it is.
func (v *vectors) beyond(change []float32) string {
	t := ""
	if v.n < v.c.Cols {
		t = ", of which the first " + strconv.Itoa(v.n) + " are drawn"
	}
	large := func(x float32) bool { return x > 1 || x < -1 }
	if slices.ContainsFunc(v.c.Values, large) || slices.ContainsFunc(change, large) {
		t += " (what is beyond ±1 is painted as ±1)"
	}
	return t
}

// lead writes what is pointed at, or else a sentence, and returns where its lines end.
func (v *vectors) lead(sentence string) float64 {
	room := v.s.Width - 2*pad
	lines := wrap(sentence, leadFont, room, v.Measure)
	font, role := leadFont, Muted
	n := len(lines)
	if v.shows(v.Focus) {
		v.s.Readout = v.spoken(v.Focus)
		if v.Focus.Part == Pair && v.m != nil && len(v.c.States) > 0 {
			v.s.Readout += v.arithmetic(v.Focus)
		}
		font, role = captionFont, Ink
		lines = wrap(v.s.Readout, font, room, v.Measure)
		if len(lines) > n { // the arithmetic stands below too
			lines = wrap(v.spoken(v.Focus), font, room, v.Measure)
		}
		if len(lines) > n {
			lines = append(lines[:n-1:n-1], elide(lines[n-1]+" …", font, room, v.Measure))
		}
	}
	for i, line := range lines {
		v.s.text(pad, 18+float64(i)*20, line, font, Left, role)
	}
	return 18 + float64(n)*20 - 8
}

// legend draws the scale and the caption, which end the scene.
func (v *vectors) legend(y float64) { v.caption(v.s, v.plot.legend(v.s, y, "value", "", true)+38) }

func (v *vectors) shows(ref Ref) bool {
	row := ref.Row >= 0 && ref.Row < len(v.at) && v.at[ref.Row] >= 0
	if !v.soft && ref.Part != Query {
		row = ref.Row == 0
	}
	switch ref.Part {
	case Query:
		return row
	case Pair:
		return row && ref.Col >= 0 && ref.Col < v.n
	case Key:
		if !row || ref.Col < 0 || ref.Col >= len(v.in) {
			return false
		}
		if !v.soft {
			return !v.HideSpecial || !v.in[ref.Col].special
		}
		return len(v.c.States) > 0 && slices.ContainsFunc(v.terms(ref.Row, v.most), func(t term) bool { return t.col == ref.Col })
	}
	return false
}

func (v *vectors) spoken(ref Ref) string {
	if !v.shows(ref) {
		return ""
	}
	switch {
	case ref.Part == Pair && !v.soft:
		t := "dimension " + strconv.Itoa(ref.Col) + " of the context: " + signed(float64(v.c.Values[ref.Col]), 2)
		if d, _ := v.since(0); d != nil && math.Abs(float64(d[ref.Col])) > changed {
			t += ", changed by " + signed(float64(d[ref.Col]), 2)
		}
		return t
	case ref.Part == Pair:
		return "dimension " + strconv.Itoa(ref.Col) + " of the context of “" + v.out[ref.Row].isolate() + "”: " + signed(float64(v.c.Values[ref.Row*v.c.Cols+ref.Col]), 2)
	case ref.Part == Key && v.soft:
		return Format(float64(v.m.At(ref.Row, ref.Col))) + " of “" + v.in[ref.Col].isolate() + "” is in the context of “" + v.out[ref.Row].isolate() + "”"
	case ref.Part == Key:
		return "“" + v.in[ref.Col].isolate() + "” goes into the one context"
	case !v.soft:
		return "“" + v.out[ref.Row].isolate() + "” gets the one context, as every output word does"
	}
	name := "“" + v.out[ref.Row].isolate() + "”"
	var parts []string
	for _, t := range v.terms(ref.Row, v.most) {
		if t.col >= 0 {
			parts = append(parts, Format(t.w)+" of “"+v.in[t.col].isolate()+"”")
		} else {
			parts = append(parts, Format(t.w)+" of "+v.name(t))
		}
	}
	if parts == nil {
		return name + " has a context of its own"
	}
	return name + ": " + text.List(parts)
}

// signed writes a number that may be negative, with a minus sign as long as a plus, and with more
// decimals where those would say nothing.
func signed(v float64, decimals int) string {
	if a := math.Abs(v); a > 0 && a < 0.5*math.Pow(10, -float64(decimals)) {
		if decimals >= 4 && a < 0.5e-6 {
			v = 0
		}
		decimals = max(4, decimals+2)
	}
	t := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	if v < 0 {
		t = "−" + t
	}
	return t
}
