package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
)

// lead writes what the story is of, and below what is pointed at.
func (e *steps) lead() float64 {
	s, room := e.s, e.s.Width-2*pad
	number := Font{Size: 17, Face: Mono, Bold: true}
	heading := Font{Size: 20}
	if e.narrow {
		heading.Size = 18
	}
	w := four(e.weight(e.open))
	wide := e.Measure(w, number)
	t := e.fit(heading, room-wide-10, "How “"+e.of.isolate()+"” came to give “"+e.key().isolate()+"”", "How “"+e.of.isolate()+"” gave “"+e.key().isolate()+"”")
	e.s.text(pad, 24, t, heading, Left, Ink)
	e.s.text(pad+e.Measure(t, heading)+10, 24, w, number, Left, Focus)
	lines := 1 // of what is pointed at
	if e.narrow {
		lines = 2
	}
	if e.shows(e.Focus) {
		s.Readout = e.readout(e.Focus)
		all := wrap(s.Readout, captionFont, room, e.Measure)
		for i, line := range all[:min(lines, len(all))] {
			if i == lines-1 && len(all) > lines {
				line = elide(line+" …", captionFont, room, e.Measure)
			}
			e.s.text(pad, 48+20*float64(i), line, captionFont, Left, Ink)
		}
	} else if !e.Still {
		var hint []string
		for _, t := range []string{text.Of(text.StepsLead),
			text.Of(text.StepsLeadShort), text.Of(text.PointAtNumber)} {
			if hint = wrap(t, leadFont, room, e.Measure); len(hint) <= lines {
				break
			}
		}
		for i, line := range hint[:min(lines, len(hint))] {
			e.s.text(pad, 48+20*float64(i), line, leadFont, Left, Muted)
		}
	}
	return 58 + 20*float64(lines)
}

// head writes the heading of a part, with a rule below it and the scale of its strips.
func (e *steps) head(y, end float64, texts ...string) {
	room := e.s.Width - 2*pad
	if !e.narrow {
		room -= e.scale(y, end) + 20
	}
	e.s.text(pad, y, e.fit(leadFont, room, texts...), leadFont, Left, Muted)
	e.s.rule(pad, e.s.Width-pad, y+8.5, Hairline)
}

// scale draws the scale of strips at the right edge, from −end to end, and returns how wide it is; an end
// of 0 leaves the numbers out.
func (e *steps) scale(y, end float64) float64 {
	const wide = 72
	low, high := "−", "+"
	if end > 0 {
		low, high = "−"+plain(end), plain(end)
	}
	x := e.s.Width - pad
	e.s.text(x, y, high, numberFont, Right, Muted)
	from := math.Floor(x - e.Measure(high, numberFont) - 6 - wide)
	e.s.ramp(from, y-8, wide, 8, true)
	e.s.text(from-6, y, low, numberFont, Right, Muted)
	return x - from + 6 + e.Measure(low, numberFont)
}

// tabular is the font of numbers that stand below one another.
var tabular = Font{Size: 12.5, Face: Mono}

// run is a piece of a formula.
type run struct {
	text string
	font Font
	role Role
}

func number(v float64) run  { return run{signed(v, 4), tabular, Ink} }
func said(text string) run  { return run{text, captionFont, Ink} }
func muted(text string) run { return run{text, captionFont, Muted} }
func final(v float64) run {
	return run{signed(v, 4), Font{Size: 12.5, Face: Mono, Bold: true}, Focus}
}

// formula writes runs from the gutter on, in as many lines as it takes, and returns where they end.
func (e *steps) formula(y float64, runs ...run) float64 {
	left := e.gutter
	if e.narrow {
		left = pad
	}
	x := left
	for _, r := range runs {
		t := elide(r.text, r.font, e.s.Width-pad-left, e.Measure)
		w := e.Measure(t, r.font)
		if x > left && x+w > e.s.Width-pad {
			x, y = left, y+20
		}
		e.s.text(x, y, t, r.font, Left, r.role)
		x += w + 7
	}
	return y
}

// compare draws the query and the key, number by number, and the score that they come to.
func (e *steps) compare(y float64) float64 {
	v := e.score
	title := []string{text.Of(text.QueryTimesKey), text.Of(text.QueryTimesKeyShort)}
	if e.additive() {
		title = []string{text.Of(text.AdditiveSum), text.Of(text.AdditiveSumShort)}
	}
	end := v.end
	if e.additive() { // each strip says its own
		end = 0
	}
	e.head(y, end, title...)
	y += 16
	high := v.high(v.big)
	pitch := math.Max(high+8, 26)
	if e.narrow {
		pitch = 20 + high + 8
	}
	at := -1
	if row, col := e.Focus.Row, e.Focus.Col; e.shows(e.Focus) && row < len(e.strips) {
		at = col
	}
	if at < 0 && !e.narrow && !e.Still {
		x := e.from
		if e.additive() {
			x += 40
		}
		e.s.text(x, y+pitch/2+4.5, e.fit(leadFont, e.s.Width-pad-x, text.Of(text.PointAtNumber)), leadFont, Left, Muted)
	}
	for i := range e.strips {
		t := &e.strips[i]
		last := i == len(e.strips)-1
		if last {
			e.s.rule(pad, e.s.Width-pad, y+2.5, Hairline)
			y += 5
		}
		top, base := y+math.Floor((pitch-high)/2), y+pitch/2+4.5
		font := captionFont
		font.Bold = last
		if e.narrow {
			top, base = y+20, y+14
			label := elide(t.label, font, 0.5*e.s.Width, e.Measure)
			e.s.text(pad, base, label, font, Left, Ink)
			if e.additive() {
				e.s.text(pad+e.Measure(label, font)+10, base-0.5, "±"+plain(t.end), numberFont, Left, Muted)
			}
		} else {
			e.s.text(v.x-12, base, elide(t.label, font, v.x-12-pad, e.Measure), font, Right, Ink)
		}
		t.top = top
		kept := v.end
		v.end = t.end
		v.vector(t.values[:v.n], top, v.big)
		v.end = kept
		if e.additive() && !e.narrow {
			e.s.text(v.x+v.side*float64(v.per)+8, base-0.5, "±"+plain(t.end), numberFont, Left, Muted)
		}
		if at >= 0 {
			number := signed(float64(t.values[at]), 4)
			e.s.text(e.right, base, number, tabular, Right, Ink)
			e.s.text(e.right-e.Measure("−00.0000", tabular)-4, base, t.sign, captionFont, Right, Muted)
			v.Focus = Ref{Part: Pair, Col: at}
			v.mark(top, v.big)
			v.Focus = Ref{}
		}
		y += pitch
	}
	y += 16
	d := e.d
	sum := 0.0
	for _, p := range e.products {
		sum += p
	}
	runs := []run{muted("the products sum to")}
	switch {
	case d.Scale == 1:
		runs = []run{muted("the products sum to the score,"), final(e.scored(e.open))}
	default:
		width := strconv.Itoa(len(d.Q))
		runs = append(runs, number(sum), muted("× the scale, 1/√"+width+" ="), number(float64(d.Scale)), muted("="), final(e.scored(e.open)), said("the score"))
		if math.Abs(float64(d.Scale)*math.Sqrt(float64(len(d.Q)))-1) > 1e-4 {
			runs[2].text = "× the scale"
			if e.changes.Scales() && (d.Kind == record.Cross || d.Kind == record.RNN) {
				runs[2].text = "× the scale, divided by the temperature"
			}
		}
	}
	return e.formula(y, runs...)
}

// keyed draws the row: a column for each key, with its score, what exp makes of that, and its weight.
func (e *steps) keyed(y float64) float64 {
	s, d := e.s, e.d
	end := 0.0
	for j := range e.keys {
		if !d.Masked(j) || finite(e.scored(j)) {
			end = math.Max(end, math.Abs(e.scored(j)))
		}
	}
	end = roundUp(end)
	name := e.of.isolate()
	e.head(y, end, "All scores of “"+name+"”, and the softmax that makes weights of them", "All scores, and their softmax", "The scores and their softmax")
	y += 30
	n := len(e.shown)
	if e.others > 0 {
		n++
	}
	left := pad + e.label()
	room := s.Width - pad - left
	lines := (n + e.line() - 1) / e.line()
	per := (n + lines - 1) / lines
	wide := math.Floor(math.Min(room/float64(per), 76))
	hover := -1
	if col, ok := e.keyOf(e.Focus); ok {
		hover = col
	}
	e.columns = block{part: Pair, rows: []int{len(e.strips)}, cols: e.shown, x: left, y: y - 17, w: wide, h: 112, right: wide, line: 122, per: per}
	for from := 0; from < n; from += per {
		to := min(from+per, n)
		x0 := left
		cells := func(top, high float64, signed bool) *Cells {
			c := Cells{X: x0, Y: top, W: wide * float64(to-from), H: high, Rows: 1, Cols: to - from, Signed: signed, Skip: make([]bool, to-from), Values: make([]float32, to-from)}
			return &c
		}
		scores, weights := cells(y+8, 12, true), cells(y+62, 12, false)
		for i := from; i < to; i++ {
			x := x0 + (float64(i-from)+0.5)*wide
			if i == len(e.shown) {
				w, exp := 0.0, 0.0
				for j := range e.keys {
					if !slices.Contains(e.shown, j) {
						w, exp = w+e.weight(j), exp+e.exps[j]
					}
				}
				scores.Skip[i-from] = true
				weights.Values[i-from] = float32(w)
				e.s.text(x, y, e.fit(leadFont, wide-2, count(e.others, "other"), "+"+strconv.Itoa(e.others)), leadFont, Middle, Muted)
				e.s.text(x, y+52, four(exp), numberFont, Middle, Muted)
				e.s.text(x, y+88, four(w), numberFont, Middle, Muted)
				continue
			}
			j := e.shown[i]
			w := e.keys[j]
			font, role := captionFont, Ink
			font.Bold = j == e.open
			t := e.word(w, x, y, font, Middle, wide-4)
			switch {
			case j == e.open:
				t.point()
			case d.Masked(j):
				t.Paint.Role = Muted
			}
			s.put(t)
			scores.Values[i-from], weights.Values[i-from] = float32(e.scored(j)/end), d.Weights[j]
			score, exp := signed(e.scored(j), 4), four(e.exps[j])
			if d.Masked(j) {
				scores.Skip[i-from], weights.Skip[i-from] = true, true
				role, exp = Muted, "–"
				if !finite(e.scored(j)) {
					score = "–"
				}
			}
			font = numberFont
			font.Bold = j == e.open
			e.s.text(x, y+34, e.fit(font, wide-2, score, signed(e.scored(j), 3), signed(e.scored(j), 2), plain(math.Round(e.scored(j)))), font, Middle, role)
			e.s.text(x, y+52, exp, font, Middle, role)
			e.s.text(x, y+88, four(e.weight(j)), font, Middle, role)
		}
		for _, c := range []*Cells{scores, weights} {
			s.put(*c)
			masked := *c
			masked.Skip = slices.Clone(c.Skip)
			if to-from > 0 && e.others > 0 && to == n {
				masked.Skip[to-from-1] = false // what many share has no score, but is not masked
			}
			if slices.Contains(masked.Skip, true) {
				s.strokes(hatching(masked), 1, Paint{Role: Hairline})
			}
			var gaps [][2]mgl64.Vec2
			for i := 1; i < to-from; i++ {
				x := c.X + float64(i)*wide
				gaps = append(gaps, [2]mgl64.Vec2{{x - 0.5, c.Y}, {x - 0.5, c.Y + c.H}})
			}
			if gaps != nil {
				s.strokes(gaps, 2, Paint{Role: Paper})
			}
		}
		place := func(base float64, long, short string) {
			if e.narrow {
				e.s.text(pad, base, short, leadFont, Left, Muted)
			} else {
				e.s.text(left-12, base, e.fit(leadFont, left-12-pad, long, short), leadFont, Right, Muted)
			}
		}
		place(y+34, "score", "score")
		sign, most := less(e.most)
		place(y+52, "exp(score "+sign+" "+signed(most, 4)+")", "exp")
		place(y+88, "weight", "weight")
		y += 122
	}
	for i, j := range e.shown {
		x, top, w, h := e.columns.place(0, i)
		switch j {
		case e.open:
			s.outline(x+1, top, w-2, h, 1.5, Paint{Role: Focus})
		case hover:
			s.outline(x+1, top, w-2, h, 1, Paint{Role: Focus, Alpha: 0.6})
		}
	}
	if d.Masked(e.open) {
		return e.formula(y, said("“"+name+"” may not look at “"+e.key().isolate()+"”:"), muted("the mask sets the score to −∞, so the weight is"), run{"0", final(0).font, Focus})
	}
	sign, most := less(e.most)
	if math.Abs(e.exps[e.open]/e.all-e.weight(e.open)) < 1e-5 {
		return e.formula(y, muted("exp("), number(e.scored(e.open)), run{sign, tabular, Muted}, number(most), muted(") ="), number(e.exps[e.open]),
			muted("÷ the sum of all"), number(e.all), muted("="), final(e.exps[e.open]/e.all), said("the weight"))
	}
	how := "after the change by hand of another weight:"
	switch off, forced := e.changes.Of(d.Kind, d.Layer, d.Head); {
	case off:
		how = "but the head is switched off:"
	case slices.ContainsFunc(forced, func(f record.Forced) bool { return f.Row == d.Row && f.Col == e.open }):
		how = "but it was set by hand:"
		if score, _, ok := e.changes.ScoreOf(d, e.open); ok && finite(score) {
			return e.formula(y, muted("softmax gives"), number(e.exps[e.open]/e.all), muted("but it was set by hand, as a score of"), run{signed(score, 2), tabular, Ink}, muted("would make it:"), final(e.weight(e.open)))
		}
	}
	return e.formula(y, muted("softmax gives"), number(e.exps[e.open]/e.all), muted(how), final(e.weight(e.open)))
}

// less is how a number is taken away: the sign, and its amount.
func less(v float64) (sign string, amount float64) {
	if v < 0 {
		return "+", -v
	}
	return "−", v
}

// values draws the sum of the values, which the context view takes apart in the same way.
func (e *steps) values(y, label float64) float64 {
	v := e.sum
	what := "values"
	if e.Kind == record.RNN {
		what = "encoder’s states"
	}
	name := e.of.isolate()
	v.heading = []string{"The " + what + ", each as strong as its weight, sum to what “" + name + "” gets", "What “" + name + "” gets: " + what + " by weight", "The " + what + " by weight"}
	if !e.narrow {
		w := e.scale(y+6, v.end)
		v.heading = []string{e.fit(leadFont, e.s.Width-2*pad-w-20, v.heading...)}
	}
	v.Focus = Ref{Part: Key, Col: e.open}
	if col, ok := e.keyOf(e.Focus); ok {
		v.Focus.Col = col
	} else if e.shows(e.Focus) && e.Focus.Row > len(e.strips) {
		v.Focus = Ref{Part: Pair, Col: e.Focus.Col}
	}
	kept := e.s.Hits
	e.s.Hits = nil
	y = v.takeApart(y, e.narrow, label, e.from)
	for _, h := range e.s.Hits { // the lines of the sum: which key they are of
		if h.Ref = (Ref{Pair, len(e.strips), h.Ref.Col}); e.shows(h.Ref) {
			if !e.narrow {
				h.W = e.gutter - h.X
			}
			kept = append(kept, h)
		}
	}
	e.s.Hits = kept
	return y
}
