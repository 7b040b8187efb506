package view

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/stable"
	"heed/core/text"
)

// term is a part of a sum: one source word, or (with col -1) n others.
type term struct {
	col, n int
	w      float64
}

// terms is the sum of an output word: the source words with the largest weights, until they hold the
// share that is to be named, and the others as one.
func (v *vectors) terms(row, most int) []term {
	if v.m == nil {
		return nil
	}
	weights := v.m.Weights[row*v.m.Cols:][:v.m.Cols]
	others := term{col: -1}
	total := 0.0
	for j, w := range weights {
		total += float64(w)
		if v.HideSpecial && v.in[j].special {
			others.n++
			others.w += float64(w)
		}
	}
	all := v.ranked[row]
	if all == nil {
		for j, w := range v.in {
			if !v.HideSpecial || !w.special {
				all = append(all, j)
			}
		}
		stable.Sort(all, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
		v.ranked[row] = all
	}
	var ts []term
	held := 0.0
	for k, j := range all {
		w := float64(weights[j])
		if len(ts) < most && held < v.Threshold*total-1e-6 || slices.Contains(v.also, j) || len(all)-k == 1 && others.n == 0 && len(ts) <= most {
			ts, held = append(ts, term{j, 1, w}), held+w
		} else {
			others.n++
			others.w += w
		}
	}
	if others.n > 0 {
		ts = append(ts, others)
	}
	return ts
}

// name is how a term is called in a sum.
func (v *vectors) name(t term) string {
	if t.col >= 0 {
		return v.in[t.col].text
	}
	return count(t.n, "other")
}

// sum writes the sum that the context of an output word is, at x and about the line y, in as many
// terms as have room, and returns how many lines that took. With negative lines it only counts.
func (v *vectors) sum(row int, x, y, room float64, lines int) int {
	type run struct {
		line  int
		x     float64
		text  string
		font  Font
		paint Paint
		rtl   bool
	}
	const small, gap = 5.0, 22.0 // after a number, and around a plus
	plus := v.Measure("+", captionFont)
	for most := v.most; most >= 0; most-- {
		ts := v.terms(row, most)
		var runs []run
		line, at := 0, 0.0
		for n, t := range ts {
			number, name := brief(t.w), elide(v.name(t), captionFont, math.Min(room-60, 130), v.Measure)
			font, paint, rtl := leadFont, Paint{Role: Muted}, false
			if t.col >= 0 {
				if font, rtl = captionFont, v.in[t.col].rtl; !v.in[t.col].special {
					paint.Role = Ink
				}
			}
			wn := v.Measure(number, numberFont)
			w := wn + small + v.Measure(name, font)
			if n > 0 {
				if at+gap+w > room {
					line, at = line+1, -gap/2+plus/2
				}
				runs = append(runs, run{line, at + (gap-plus)/2, "+", captionFont, Paint{Role: Muted}, false})
				at += gap
			}
			runs = append(runs, run{line, at, number, numberFont, Paint{Role: Ink}, false}, run{line, at + wn + small, name, font, paint, rtl})
			at += w
		}
		if line >= max(lines, -lines) && most > 0 {
			continue
		}
		if lines < 0 {
			return line + 1
		}
		y -= float64(line) * 9
		for _, r := range runs {
			v.s.put(Text{X: x + r.x, Y: y + float64(r.line)*18, Text: r.text, Font: r.font, Paint: r.paint, RTL: r.rtl})
		}
		return line + 1
	}
	return 1
}

// takeApart draws the sum of the open output word: the state of each source word, as much of it as
// its weight lets through, and below the rule what they come to.
func (v *vectors) takeApart(y float64, narrow bool, label, right float64) float64 {
	s, c := v.s, v.c
	name := v.out[v.open].isolate()
	switch {
	case v.m == nil:
		return y
	case len(c.States) == 0:
		v.s.text(pad, y+6, v.fit(leadFont, s.Width-2*pad, "The record does not hold the states of the source words, so no sum can be taken apart.", "The states are not in this record."), leadFont, Left, Muted)
		return y + 20
	}
	heading := v.heading
	if heading == nil {
		heading = []string{"The context of “" + name + "”, taken apart: the states of the source words, each as strong as its weight",
			"The context of “" + name + "”, taken apart", name}
	}
	v.s.text(pad, y+6, v.fit(leadFont, s.Width-2*pad, heading...), leadFont, Left, Muted)
	s.rule(pad, s.Width-pad, y+14.5, Hairline)
	y += 22
	high := v.high(v.big)
	pitch := math.Max(high+10, 26)
	if narrow {
		pitch = 22 + high + 10
	}
	at := -1 // the number that is pointed at
	if v.Focus.Part == Pair && v.shows(v.Focus) {
		at = v.Focus.Col
	}
	numbers := numberFont
	numbers.Size = 12.5
	column := 52.0 // of the weights
	if v.exactly {
		column = 64
	}
	line := func(number, name, state, value string, t Text, values []float32) {
		top, base := y+math.Floor((pitch-high)/2), y+pitch/2+4.5
		if narrow {
			top, base = y+22, y+15
		}
		v.s.text(pad+column, base, number, numbers, Right, Ink)
		t.X, t.Y, t.Text, t.Anchor = pad+column+8, base, elide(name, t.Font, math.Max(label-column-22, 150), v.Measure), Left
		if !narrow {
			t.X, t.Anchor, t.Text = v.x-10, Right, elide(name, t.Font, label-column-20, v.Measure)
		}
		s.put(t)
		end := s.Width - pad
		if !narrow {
			end = math.Min(end, right+160)
		}
		if value != "" {
			equals := end - v.Measure("−0.0000", numbers) - 6
			v.s.text(equals-v.Measure("=", numbers)-6, base, state, numbers, Right, Muted)
			v.s.text(equals, base, "=", numbers, Right, Ink)
			v.s.text(end, base, value, numbers, Right, Ink)
		}
		v.opened = append(v.opened, top)
		v.vector(values, top, v.big)
		if at >= 0 {
			v.mark(top, v.big)
		}
		y += pitch
	}
	if at < 0 && !narrow && !v.Still {
		v.s.text(right, y+pitch/2+4.5, v.fit(leadFont, s.Width-pad-right, text.Of(text.PointForSum), text.Of(text.PointAtNumber)), leadFont, Left, Muted)
	}
	ts := v.terms(v.open, v.most)
	for _, t := range ts {
		values := v.scaled(v.open, t, ts)
		state, value := "", ""
		if at >= 0 {
			value = signed(float64(values[at]), 4)
			if t.col >= 0 {
				state = signed(float64(c.States[t.col*c.Cols+at]), 4)
			}
		}
		text := Text{Font: leadFont, Paint: Paint{Role: Muted}}
		if t.col >= 0 {
			ref := Ref{Part: Key, Row: v.open, Col: t.col}
			s.Hits = append([]Hit{{Ref: ref, Y: y, W: s.Width, H: pitch}}, s.Hits...)
			if text = v.word(v.in[t.col], 0, 0, captionFont, Left, math.Inf(1)); v.Focus == ref {
				text.point()
			}
		}
		number := brief(t.w)
		if v.exactly {
			number = four(t.w)
		}
		line(number+" ×", v.name(t), state, value, text, values)
	}
	s.rule(pad, s.Width-pad, y+2.5, Muted)
	y += 6
	value := ""
	if at >= 0 {
		value = signed(float64(c.Values[v.open*c.Cols+at]), 4)
	}
	w := v.out[v.open]
	line("=", w.text, "", value, Text{Font: Font{Size: captionFont.Size, Bold: true}, RTL: w.rtl, Paint: Paint{Role: Ink}}, c.Values[v.open*c.Cols:][:v.n])
	if d, n := v.since(v.open); d != nil {
		v.change(d, y+4, v.big/2)
		y += 4 + v.high(v.big/2) + 16
		v.s.text(v.x, y, v.fit(leadFont, s.Width-v.x-pad, v.countChanged(n)...), leadFont, Left, Muted)
		y += 8
	}
	return y
}

// scaled is what a term brings to the vector of an output word; the others bring theirs together.
func (v *vectors) scaled(row int, t term, all []term) []float32 {
	sum := make([]float64, v.n)
	add := func(col int) {
		w := float64(v.m.At(row, col))
		for d, x := range v.c.States[col*v.c.Cols:][:v.n] {
			sum[d] += w * float64(x)
		}
	}
	if t.col >= 0 {
		add(t.col)
	} else {
		named := make([]bool, len(v.in))
		for _, t := range all {
			if t.col >= 0 {
				named[t.col] = true
			}
		}
		for j := range v.in {
			if !named[j] {
				add(j)
			}
		}
	}
	out := make([]float32, v.n)
	for d := range out {
		out[d] = float32(sum[d])
	}
	return out
}

// shape finds how a vector is broken into lines so that its numbers are at least so many pixels wide.
func (v *vectors) shape(room, least float64) {
	v.per = v.n
	for v.per > 8 && room/float64(v.per) < least {
		v.per = (v.per + 1) / 2
	}
	v.side = math.Max(1, math.Min(12, math.Floor(room/float64(v.per))))
}

// high is how high a vector is whose lines are so high.
func (v *vectors) high(line float64) float64 { return float64((v.n+v.per-1)/v.per) * line }

// vector draws numbers line by line, each as high as said.
func (v *vectors) vector(values []float32, top, high float64) {
	lines := (v.n + v.per - 1) / v.per
	if v.end != 1 {
		values = slices.Clone(values)
		for i := range values {
			values[i] = float32(float64(values[i]) / v.end)
		}
	}
	c := Cells{X: v.x, Y: top, W: v.side * float64(v.per), H: high * float64(lines), Rows: lines, Cols: v.per, Values: values, Signed: true}
	if rest := lines*v.per - v.n; rest > 0 {
		c.Values = append(slices.Clone(values), make([]float32, rest)...)
		c.Skip = make([]bool, lines*v.per)
		for i := v.n; i < len(c.Skip); i++ {
			c.Skip[i] = true
		}
	}
	v.s.put(c)
}

// since is the change of a vector since the run before, and how many of its numbers changed; nil where
// there is none to compare.
func (v *vectors) since(row int) (d []float32, n int) {
	if v.before == nil || row >= v.before.Rows || v.soft && (row >= len(v.was) || v.was[row].text != v.out[row].text) {
		return nil, 0
	}
	d = make([]float32, v.n)
	for i := range d {
		d[i] = v.c.Values[row*v.c.Cols+i] - v.before.Values[row*v.c.Cols+i]
		if math.Abs(float64(d[i])) > changed {
			n++
		}
	}
	return d, n
}

// change draws a change, its lines as high as said; what has not changed is left out.
func (v *vectors) change(d []float32, top, high float64) {
	v.vector(d, top, high)
	c := v.s.Marks[len(v.s.Marks)-1].(Cells)
	if c.Skip == nil {
		c.Skip = make([]bool, len(c.Values))
	}
	for i, x := range c.Values {
		c.Skip[i] = c.Skip[i] || math.Abs(float64(x)) <= changed
	}
	v.s.Marks[len(v.s.Marks)-1] = c
	v.s.strokes([][2]mgl64.Vec2{{{c.X, c.Y + c.H + 1.5}, {c.X + c.W, c.Y + c.H + 1.5}}}, 1, Paint{Role: Hairline})
}

// mark frames the number that is pointed at, in the vector that begins at top.
func (v *vectors) mark(top, high float64) {
	if v.Focus.Part != Pair || !v.shows(v.Focus) {
		return
	}
	x, y := v.x+float64(v.Focus.Col%v.per)*v.side, top+float64(v.Focus.Col/v.per)*high
	v.s.outline(x-2, y-2, v.side+4, high+4, 2, Paint{Role: Focus})
}

// arithmetic writes how a number came about: " = 0.81 × −0.52 + 0.12 × 0.03 + 0.01".
func (v *vectors) arithmetic(ref Ref) string {
	text, weigh, decimals := " =", Format, 2
	if v.exactly {
		weigh, decimals = four, 4
	}
	ts := v.terms(ref.Row, v.most)
	for i, t := range ts {
		if i > 0 {
			text += " +"
		}
		if t.col >= 0 {
			text += " " + weigh(t.w) + " × " + signed(float64(v.c.States[t.col*v.c.Cols+ref.Col]), decimals)
		} else {
			text += " " + signed(float64(v.scaled(ref.Row, t, ts)[ref.Col]), decimals) + " (" + v.name(t) + ")"
		}
	}
	return text
}

// block is where the numbers of a vector are.
func (v *vectors) block(rows []int, top, high float64) block {
	return block{part: Pair, rows: rows, cols: counted(v.n), x: v.x, y: top, w: v.side, h: high, right: v.side, line: high, per: v.per}
}
