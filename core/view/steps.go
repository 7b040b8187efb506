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

// What the steps view draws at most.
const (
	maxSummed = 4 // values by name in their sum
	maxWide   = 2 // lines of keys, and on a narrow page
	maxNarrow = 3
)

// steps is what the view draws from: one row of a map, and the key whose weight is taken apart.
//
// Its parts are the rows of a grid, from top to bottom: the strips of what is multiplied, the keys, and
// the strips of the sum of values. A Ref is a Pair: the part, and the number, or the key, in it.
type steps struct {
	plot
	d      *record.Detail
	name   string // "cross-attention, layer 2, head 3"
	of     word   // the query
	keys   []word
	shown  []int // the keys that have a column of their own
	others int   // how many share one
	open   int   // the key whose weight is taken apart

	s       *Scene
	narrow  bool
	gutter  float64  // the first number's left edge
	from    float64  // beside the strips: where words begin
	right   float64  // and where numbers end
	score   *vectors // the geometry of the first strips
	strips  []strip  // which they are
	sum     *vectors // the values, and what they come to
	terms   []term   // of the sum
	columns block    // where the keys are

	products []float64 // what each number of query and key brings to the score
	exps     []float64 // by key: exp(score − most)
	most     float64   // the largest score that is let through
	all      float64   // the sum of exps

	off     bool // the head was switched off by hand
	warm    bool // its scores were divided by a temperature
	changes record.Changes
	forced  []record.Forced // and its weights that were set
}

// strip is a vector of the first part of the story.
type strip struct {
	label  string // beside it
	sign   string // before its number: "×"
	values []float32
	end    float64 // the number at the end of its scale
	top    float64
}

// explain draws how one weight came about.
func explain(r *record.Record, s plot) (*Scene, error) {
	kind, ok := kindNames[s.Kind]
	if !ok {
		return nil, errors.New("there is no attention of kind " + strconv.Quote(string(s.Kind)) + "; the kinds are self, decoder, cross and rnn")
	}
	if r == nil || len(r.Tokens.Source) == 0 {
		return say(s, "Nothing to show yet: the text is empty."), nil
	}
	d := r.Detail
	head, one := s.Heads.One()
	one = one || s.Kind == record.RNN
	asked := d != nil && d.Kind == s.Kind && d.Layer == s.Layer && (s.Heads == (record.HeadSet{}) || d.Head == head)
	if !asked || !one {
		if len(r.Maps) > 0 || len(r.Tokens.Target) < 2 && (s.Kind == record.Cross || s.Kind == record.RNN) {
			if m, _, sentence, err := choose(r, s); err != nil || sentence != "" {
				return say(s, sentence), err
			} else if s.Heads == (record.HeadSet{}) && m.Head >= 0 {
				one = true
			}
		}
	}
	switch {
	case !one:
		return say(s, "A mean over heads has no steps of its own. Choose one head to see how its weights came about."), nil
	case !asked:
		return say(s, "This record does not hold how a weight of "+kind+", layer "+strconv.Itoa(s.Layer)+", came about."), nil
	}
	if err := r.CheckDetail(); err != nil {
		return nil, err
	}
	queries := words(r.Queries(s.Kind))
	if s.Chosen.Part != Nowhere && s.Chosen.Row != d.Row {
		sentence := "This record holds how the weights of “" + queries[d.Row].isolate() + "” came about, and of no other word."
		return say(s, sentence), nil
	}
	e := &steps{plot: s, d: d, of: queries[d.Row], keys: words(r.Keys(s.Kind)), open: -1}
	e.warm = r.Changes.Scales() && (d.Kind == record.Cross || d.Kind == record.RNN)
	e.changes = r.Changes
	e.off, e.forced = r.Changes.Of(d.Kind, d.Layer, d.Head)
	e.name = kind + ", layer " + strconv.Itoa(d.Layer) + ", head " + strconv.Itoa(d.Head)
	if s.Kind == record.RNN {
		e.name = kind
	}
	if c := s.Chosen; c.Part != Nowhere && c.Part != Query && c.Col >= 0 && c.Col < len(e.keys) {
		e.open = c.Col
	}
	if e.open < 0 {
		e.open = 0
		for j, w := range d.Weights {
			if w > d.Weights[e.open] {
				e.open = j
			}
		}
	}
	e.products = d.Terms(e.open)
	e.softmax()
	e.s = &Scene{Title: "Steps: how “" + e.of.isolate() + "” came to give “" + e.key().isolate() + "” " + four(e.weight(e.open)), Width: math.Min(s.Width, 860)}
	e.draw()
	e.s.name, e.s.opens = e.spoken, e.chooses
	e.s.ofRow = func(row int) string {
		if row == len(e.strips) {
			return "keys: choose one to see how its weight came about"
		}
		return e.rowName(row)
	}
	return e.s, nil
}

func (e *steps) key() word              { return e.keys[e.open] }
func (e *steps) weight(col int) float64 { return float64(e.d.Weights[col]) }
func (e *steps) scored(col int) float64 { return float64(e.d.Scores[col]) }
func (e *steps) additive() bool         { return e.d.Score == record.Additive }
func (e *steps) sumOfProducts() (s float64) {
	for _, p := range e.products {
		s += p
	}
	return s
}

// softmax computes what lies between the scores and the weights. The largest score is taken from all,
// as every implementation does: it changes no weight, and exp stays in bounds.
func (e *steps) softmax() {
	e.most = math.Inf(-1)
	for j := range e.keys {
		if !e.d.Masked(j) {
			e.most = math.Max(e.most, e.scored(j))
		}
	}
	e.exps = make([]float64, len(e.keys))
	for j := range e.keys {
		if !e.d.Masked(j) {
			e.exps[j] = math.Exp(e.scored(j) - e.most)
			e.all += e.exps[j]
		}
	}
}

// draw tells the story from top to bottom.
func (e *steps) draw() {
	s := e.s
	e.narrow = s.Width < 560
	e.gutter, e.right = pad, s.Width-pad
	label, room := 0.0, s.Width-2*pad
	if !e.narrow {
		label = 162
		e.gutter += label
		room = s.Width - pad - 184 - e.gutter
	}
	lay := func(n int) *vectors {
		v := &vectors{plot: e.plot, s: s, n: min(n, maxNumbers), soft: true, rows: []int{0}, at: []int{0}, x: e.gutter, most: maxSummed, ranked: map[int][]int{}}
		v.Focus, v.Before = Ref{}, nil
		v.shape(room, 3)
		v.side = math.Min(v.side, 14)
		v.big = math.Max(3, math.Min(16, math.Floor(32/v.high(1))))
		return v
	}
	e.score, e.sum = lay(len(e.d.Q)), lay(len(e.d.Output))
	e.sum.in, e.sum.out = e.keys, []word{e.of}
	e.sum.c = &record.Context{Rows: 1, Cols: len(e.d.Output), Values: e.d.Output, States: e.d.V}
	e.sum.m = &record.Map{Rows: 1, Cols: len(e.keys), Weights: e.d.Weights}
	e.sum.also, e.sum.exactly = []int{e.open}, true
	e.terms = e.sum.terms(0, maxSummed)
	e.cut()
	e.score.end, e.sum.end = e.ends()
	e.named()
	e.from = e.gutter + math.Max(e.score.side*float64(e.score.per), e.sum.side*float64(e.sum.per)) + 24
	if !e.narrow {
		e.right = math.Min(e.right, e.from+160)
	}

	y := e.lead()
	y = e.compare(y)
	y = e.keyed(y + 30)
	y = e.values(y+34, label)
	e.grid()
	e.foot(y + 30)
}

// named lists the strips of the first part.
func (e *steps) named() {
	d := e.d
	products := make([]float32, len(e.products))
	for i, p := range e.products {
		products[i] = float32(p)
	}
	q, k := "“"+e.of.isolate()+"”", "“"+e.key().isolate()+"”"
	if !e.additive() {
		e.strips = []strip{
			{label: "query of " + q, values: d.Q, end: e.score.end},
			{label: "key of " + k, sign: "×", values: d.Key(e.open), end: e.score.end},
			{label: "their product", sign: "=", values: products, end: e.score.end},
		}
		return
	}
	v := roundUp(largest(d.Vector)) // which the products do not go beyond either
	bent := make([]float32, len(d.Q))
	for i, k := range d.Key(e.open) {
		bent[i] = float32(math.Tanh(float64(d.Q[i] + k)))
	}
	e.strips = []strip{
		{label: "W s before " + q, values: d.Q, end: e.score.end},
		{label: "U h + b of " + k, sign: "+", values: d.Key(e.open), end: e.score.end},
		{label: "tanh of their sum", sign: "tanh =", values: bent, end: 1},
		{label: "the vector v", sign: "×", values: d.Vector, end: v},
		{label: "their product", sign: "=", values: products, end: v},
	}
}

// ends are the numbers at the ends of the scales, of the first strips and of the values. They are of the
// row, not of the key, so that a story can be compared with the next.
func (e *steps) ends() (score, sum float64) {
	score = math.Max(largest(e.d.Q), largest(e.d.K))
	for j, w := range e.d.Weights {
		for _, x := range e.d.Value(j) {
			sum = math.Max(sum, math.Abs(float64(w*x)))
		}
	}
	return roundUp(score), roundUp(math.Max(sum, largest(e.d.Output)))
}

// largest is the largest amount among numbers.
func largest(all []float32) (most float64) {
	for _, x := range all {
		most = math.Max(most, math.Abs(float64(x)))
	}
	return most
}

// roundUp returns the next of 1, 1.5, 2, 3, 4, 5, 6, 8, of their tens, and so on; of nothing 1.
func roundUp(v float64) float64 {
	if !(v > 1e-6) { // all are 0, as of a head that is off
		return 1
	}
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8} {
		if v <= f*ten*1.0001 {
			return f * ten
		}
	}
	return 10 * ten
}

func plain(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// cut chooses the keys that have a column of their own: all, if there is room, else those that weigh
// most, and the one that is open.
func (e *steps) cut() {
	var all []int
	for j, w := range e.keys {
		if !e.HideSpecial || !w.special || j == e.open {
			all = append(all, j)
		}
	}
	room := e.across()
	if len(all) > room || len(all) < len(e.keys) { // one column is of the others
		room--
	}
	if len(all) > room {
		stable.Sort(all, func(a, b int) int {
			switch {
			case a == e.open:
				return -1
			case b == e.open:
				return 1
			case e.d.Masked(a) != e.d.Masked(b):
				if e.d.Masked(b) {
					return -1
				}
				return 1
			case e.d.Weights[a] != e.d.Weights[b]:
				if e.d.Weights[a] > e.d.Weights[b] {
					return -1
				}
				return 1
			}
			return a - b
		})
		all = all[:room]
		slices.Sort(all)
	}
	e.shown, e.others = all, len(e.keys)-len(all)
}

const columnWidth = 54.0 // of a key, at least

// label is the room for the names of the lines of keys.
func (e *steps) label() float64 {
	if e.narrow {
		return 52
	}
	return e.gutter - pad
}

// across is how many columns the keys may have.
func (e *steps) across() int {
	lines := maxWide
	if e.narrow {
		lines = maxNarrow
	}
	return lines * e.line()
}

// line is how many of them fit into a line.
func (e *steps) line() int {
	return max(2, int((e.s.Width-2*pad-e.label())/columnWidth))
}

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
	e.text(pad, 24, t, heading, Left, Ink)
	e.text(pad+e.Measure(t, heading)+10, 24, w, number, Left, Focus)
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
			e.text(pad, 48+20*float64(i), line, captionFont, Left, Ink)
		}
	} else if !e.Still {
		var hint []string
		for _, t := range []string{"Point at a number to read it and what it is made of. Choose another word below to see how its weight came about.",
			"Point at a number to read what it is made of. Choose another word to see its weight.", "Point at a number."} {
			if hint = wrap(t, leadFont, room, e.Measure); len(hint) <= lines {
				break
			}
		}
		for i, line := range hint[:min(lines, len(hint))] {
			e.text(pad, 48+20*float64(i), line, leadFont, Left, Muted)
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
	e.text(pad, y, e.fit(leadFont, room, texts...), leadFont, Left, Muted)
	e.rule(y+8.5, Hairline)
}

// scale draws the scale of strips at the right edge, from −end to end, and returns how wide it is; an end
// of 0 leaves the numbers out.
func (e *steps) scale(y, end float64) float64 {
	bar := Cells{W: 72, H: 8, Y: y - 8, Rows: 1, Cols: 49, Signed: true}
	low, high := "−", "+"
	if end > 0 {
		low, high = "−"+plain(end), plain(end)
	}
	for i := range bar.Cols {
		bar.Values = append(bar.Values, float32(i)/24-1)
	}
	x := e.s.Width - pad
	e.text(x, y, high, numberFont, Right, Muted)
	bar.X = math.Floor(x - e.Measure(high, numberFont) - 6 - bar.W)
	e.s.Marks = append(e.s.Marks, bar)
	e.text(bar.X-6, y, low, numberFont, Right, Muted)
	return x - bar.X + 6 + e.Measure(low, numberFont)
}

func (e *steps) rule(y float64, r Role) {
	e.s.Marks = append(e.s.Marks, Lines{Segments: [][2]mgl64.Vec2{{{pad, y}, {e.s.Width - pad, y}}}, Width: 1, Paint: Paint{Role: r}})
}

func (e *steps) text(x, y float64, t string, font Font, a Anchor, r Role) {
	if t != "" {
		e.s.Marks = append(e.s.Marks, Text{X: x, Y: y, Text: t, Font: font, Anchor: a, Paint: Paint{Role: r}})
	}
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
		e.text(x, y, t, r.font, Left, r.role)
		x += w + 7
	}
	return y
}

// compare draws the query and the key, number by number, and the score that they come to.
func (e *steps) compare(y float64) float64 {
	v := e.score
	title := []string{"The query and the key, multiplied number by number", "Query × key, number by number"}
	if e.additive() {
		title = []string{"What the decoder asks, W s, and what the word answers, U h + b, number by number", "W s and U h + b, number by number"}
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
		e.text(x, y+pitch/2+4.5, e.fit(leadFont, e.s.Width-pad-x, "Point at a number."), leadFont, Left, Muted)
	}
	for i := range e.strips {
		t := &e.strips[i]
		last := i == len(e.strips)-1
		if last {
			e.rule(y+2.5, Hairline)
			y += 5
		}
		top, base := y+math.Floor((pitch-high)/2), y+pitch/2+4.5
		font := captionFont
		font.Bold = last
		if e.narrow {
			top, base = y+20, y+14
			label := elide(t.label, font, 0.5*e.s.Width, e.Measure)
			e.text(pad, base, label, font, Left, Ink)
			if e.additive() {
				e.text(pad+e.Measure(label, font)+10, base-0.5, "±"+plain(t.end), numberFont, Left, Muted)
			}
		} else {
			e.text(v.x-12, base, elide(t.label, font, v.x-12-pad, e.Measure), font, Right, Ink)
		}
		t.top = top
		kept := v.end
		v.end = t.end
		v.vector(t.values[:v.n], top, v.big)
		v.end = kept
		if e.additive() && !e.narrow {
			e.text(v.x+v.side*float64(v.per)+8, base-0.5, "±"+plain(t.end), numberFont, Left, Muted)
		}
		if at >= 0 {
			number := signed(float64(t.values[at]), 4)
			e.text(e.right, base, number, tabular, Right, Ink)
			e.text(e.right-e.Measure("−00.0000", tabular)-4, base, t.sign, captionFont, Right, Muted)
			v.Focus = Ref{Part: Pair, Col: at}
			v.mark(top, v.big)
			v.Focus = Ref{}
		}
		y += pitch
	}
	y += 16
	d := e.d
	sum := e.sumOfProducts()
	runs := []run{muted("the products sum to")}
	switch {
	case d.Scale == 1:
		runs = []run{muted("the products sum to the score,"), final(e.scored(e.open))}
	default:
		width := strconv.Itoa(len(d.Q))
		runs = append(runs, number(sum), muted("× the scale, 1/√"+width+" ="), number(float64(d.Scale)), muted("="), final(e.scored(e.open)), said("the score"))
		if math.Abs(float64(d.Scale)*math.Sqrt(float64(len(d.Q)))-1) > 1e-4 {
			runs[2].text = "× the scale"
			if e.warm {
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
				e.text(x, y, e.fit(leadFont, wide-2, count(e.others, "other"), "+"+strconv.Itoa(e.others)), leadFont, Middle, Muted)
				e.text(x, y+52, four(exp), numberFont, Middle, Muted)
				e.text(x, y+88, four(w), numberFont, Middle, Muted)
				continue
			}
			j := e.shown[i]
			w := e.keys[j]
			t := Text{X: x, Y: y, Text: elide(w.text, captionFont, wide-4, e.Measure), Font: captionFont, Anchor: Middle, RTL: w.rtl, Paint: Paint{Role: Ink}}
			role := Ink
			switch {
			case j == e.open:
				t.Paint.Role, t.Font.Bold = Focus, true
				t.Text = elide(w.text, t.Font, wide-4, e.Measure)
			case w.special, d.Masked(j):
				t.Paint.Role = Muted
			}
			s.Marks = append(s.Marks, t)
			scores.Values[i-from], weights.Values[i-from] = float32(e.scored(j)/end), d.Weights[j]
			score, exp := signed(e.scored(j), 4), four(e.exps[j])
			if d.Masked(j) {
				scores.Skip[i-from], weights.Skip[i-from] = true, true
				role, exp = Muted, "–"
				if !finite(e.scored(j)) {
					score = "–"
				}
			}
			font := numberFont
			font.Bold = j == e.open
			e.text(x, y+34, e.fit(font, wide-2, score, signed(e.scored(j), 3), signed(e.scored(j), 2), plain(math.Round(e.scored(j)))), font, Middle, role)
			e.text(x, y+52, exp, font, Middle, role)
			e.text(x, y+88, four(e.weight(j)), font, Middle, role)
		}
		for _, c := range []*Cells{scores, weights} {
			s.Marks = append(s.Marks, *c)
			masked := *c
			masked.Skip = slices.Clone(c.Skip)
			if to-from > 0 && e.others > 0 && to == n {
				masked.Skip[to-from-1] = false // what many share has no score, but is not masked
			}
			if slices.Contains(masked.Skip, true) {
				s.Marks = append(s.Marks, Lines{Segments: hatching(masked), Width: 1, Paint: Paint{Role: Hairline}})
			}
			var gaps [][2]mgl64.Vec2
			for i := 1; i < to-from; i++ {
				x := c.X + float64(i)*wide
				gaps = append(gaps, [2]mgl64.Vec2{{x - 0.5, c.Y}, {x - 0.5, c.Y + c.H}})
			}
			if gaps != nil {
				s.Marks = append(s.Marks, Lines{Segments: gaps, Width: 2, Paint: Paint{Role: Paper}})
			}
		}
		place := func(base float64, long, short string) {
			if e.narrow {
				e.text(pad, base, short, leadFont, Left, Muted)
			} else {
				e.text(left-12, base, e.fit(leadFont, left-12-pad, long, short), leadFont, Right, Muted)
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
			s.Marks = append(s.Marks, Rect{X: x + 1, Y: top, W: w - 2, H: h, Stroke: Paint{Role: Focus}, StrokeWidth: 1.5})
		case hover:
			s.Marks = append(s.Marks, Rect{X: x + 1, Y: top, W: w - 2, H: h, Stroke: Paint{Role: Focus, Alpha: 0.6}, StrokeWidth: 1})
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
	switch {
	case e.off:
		how = "but the head is switched off:"
	case slices.ContainsFunc(e.forced, func(f record.Forced) bool { return f.Row == d.Row && f.Col == e.open }):
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

func finite(v float64) bool { return v-v == 0 }

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

// grid is the semantics of all that can be pointed at.
func (e *steps) grid() {
	top, last := e.strips[0].top, e.sum.opened[len(e.sum.opened)-1]
	g := &Grid{X: e.gutter, Y: top, Height: (last + e.sum.high(e.sum.big) - top) / float64(e.count())}
	wide := 0
	for row := range e.count() {
		g.Rows = append(g.Rows, e.rowName(row))
		g.Lengths = append(g.Lengths, e.length(row))
		wide = max(wide, e.length(row))
	}
	for i := range wide {
		g.Cols = append(g.Cols, "dimension "+strconv.Itoa(i))
	}
	g.Cell = math.Max(e.score.side*float64(e.score.per), e.sum.side*float64(e.sum.per)) / float64(wide)
	e.s.Grid = g
	for i, t := range e.strips {
		b := e.score.block([]int{i}, t.top, e.score.big)
		e.s.blocks = append(e.s.blocks, b)
	}
	e.s.blocks = append(e.s.blocks, e.columns)
	for i, top := range e.sum.opened {
		b := e.sum.block([]int{len(e.strips) + 1 + i}, top, e.sum.big)
		e.s.blocks = append(e.s.blocks, b)
	}
}

// foot writes what stands under the figure.
func (e *steps) foot(y float64) {
	d := e.d
	width := count(len(d.Q), "number")
	e.s.Caption = upper(e.name) + "."
	switch d.Score {
	case record.Additive:
		e.s.Caption += " Additive score, v · tanh(W s + U h + b), of " + width + ": s is the decoder’s state before the word, h the encoder’s at the key."
	case record.General:
		e.s.Caption += " General score, s · W h, of " + width + ": the query s is the decoder’s state before the word, the key W h made of the encoder’s."
	case record.Dot:
		e.s.Caption += " Dot product of " + width + ": the decoder’s state before the word, and the encoder’s."
	default:
		e.s.Caption += " Scaled dot product of " + width + "."
	}
	// The scales are those of the whole row, and said.
	scales := "from −" + plain(e.score.end) + " to " + plain(e.score.end)
	if e.additive() {
		scales = "on the scales that stand beside them"
	}
	e.s.Caption += " The first strips are painted " + scales + ", the last from −" + plain(e.sum.end) + " to " + plain(e.sum.end) + ", for all words of this row alike"
	beyond := largest(d.Output) > e.sum.end*1.001
	for _, t := range e.strips {
		beyond = beyond || largest(t.values) > t.end*1.001
	}
	if beyond {
		e.s.Caption += "; what is beyond is painted as the end"
	}
	e.s.Caption += "."
	hidden := 0
	for j, w := range e.keys {
		if e.HideSpecial && w.special && j != e.open {
			hidden++
		}
	}
	if hidden > 0 {
		e.s.Caption += " Special tokens are hidden, but stay in the sums, among the others."
	}
	if e.others > hidden {
		e.s.Caption += " Of " + count(len(e.keys), "key") + " the " + strconv.Itoa(len(e.shown)) + " that weigh most have a column; the others share one."
	}
	if n := len(d.Q); e.score.n < n {
		e.s.Caption += " The first " + strconv.Itoa(e.score.n) + " numbers are drawn."
	}
	e.plot.caption(e.s, y)
}

// count is how many parts there are: the strips, the keys, the parts of the sum and the sum.
func (e *steps) count() int { return len(e.strips) + 1 + len(e.terms) + 1 }

// length is how many numbers or keys a part has.
func (e *steps) length(row int) int {
	switch n := len(e.strips); {
	case row < n:
		return e.score.n
	case row == n:
		return len(e.shown)
	}
	return e.sum.n
}

func (e *steps) rowName(row int) string {
	switch n := len(e.strips); {
	case row < n:
		return e.strips[row].label
	case row == n:
		return "keys"
	case row == e.count()-1:
		return "sum"
	default:
		t := e.terms[row-n-1]
		return four(t.w) + " of " + e.sum.name(t)
	}
}

// keyOf is the key that a Ref points at.
func (e *steps) keyOf(ref Ref) (col int, ok bool) {
	return ref.Col, ref.Part == Pair && ref.Row == len(e.strips) && e.shows(ref)
}

// chooses says what a click on a part of the view is to put into State.Chosen: the same query with
// another key.
func (e *steps) chooses(ref Ref) (Ref, bool) {
	col, ok := e.keyOf(ref)
	return Ref{Part: Pair, Row: e.d.Row, Col: col}, ok
}

func (e *steps) shows(ref Ref) bool {
	switch {
	case ref.Part != Pair || ref.Row < 0 || ref.Row >= e.count() || ref.Col < 0:
		return false
	case ref.Row == len(e.strips):
		return slices.Contains(e.shown, ref.Col)
	}
	return ref.Col < e.length(ref.Row)
}

func (e *steps) spoken(ref Ref) string {
	if !e.shows(ref) {
		return ""
	}
	at, n := "dimension "+strconv.Itoa(ref.Col), len(e.strips)
	if col, ok := e.keyOf(ref); ok {
		t := "“" + e.keys[col].isolate() + "”: "
		if e.d.Masked(col) {
			return t + "masked, weight 0"
		}
		t += "score " + signed(e.scored(col), 4) + ", exp " + exact(e.exps[col]) + ", weight " + exact(e.weight(col))
		if col == e.open {
			t += ", the one taken apart here"
		}
		return t
	}
	if ref.Row < n {
		t := e.strips[ref.Row]
		if ref.Row == n-1 {
			return e.product(ref.Col)
		}
		return at + " of " + t.label + ": " + signed(float64(t.values[ref.Col]), 4)
	}
	if ref.Row == e.count()-1 {
		return at + " of the sum: " + signed(float64(e.d.Output[ref.Col]), 4)
	}
	t := e.terms[ref.Row-n-1]
	got := signed(float64(e.sum.scaled(0, t, e.terms)[ref.Col]), 4)
	if t.col < 0 {
		return at + " of " + e.sum.name(t) + ", weighted: " + got
	}
	return at + " of “" + e.keys[t.col].isolate() + "”: " + four(t.w) + " × " + signed(float64(e.d.Value(t.col)[ref.Col]), 4) + " = " + got
}

// product is a number of the product and what it is made of.
func (e *steps) product(i int) string {
	q, k, p := float64(e.d.Q[i]), float64(e.d.Key(e.open)[i]), e.products[i]
	t := "dimension " + strconv.Itoa(i) + ": "
	if e.additive() {
		v := float64(e.d.Vector[i])
		return t + signed(v, 4) + " × tanh(" + signed(q, 4) + " + " + signed(k, 4) + ") = " + signed(v, 4) + " × " + signed(math.Tanh(q+k), 4) + " = " + signed(p, 4)
	}
	return t + signed(q, 4) + " × " + signed(k, 4) + " = " + signed(p, 4)
}

// readout is what is said of what is pointed at, with its operands.
func (e *steps) readout(ref Ref) string {
	switch n := len(e.strips); {
	case ref.Row < n:
		return e.product(ref.Col)
	case ref.Row == e.count()-1:
		return e.spoken(ref) + e.sum.arithmetic(Ref{Part: Pair, Col: ref.Col})
	}
	return e.spoken(ref)
}
