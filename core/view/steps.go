package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"heed/core/record"
	"heed/core/stable"
	"heed/core/text"
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

	changes record.Changes // what was done by hand
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
	kind, sentence, err := lacks(r, s)
	if err != nil || len(r.Tokens.Source) == 0 {
		return say(s, sentence), err
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
		return say(s, text.Of(text.MeanHasNoSteps)), nil
	case !asked:
		return say(s, "This record does not hold how a weight of "+kind+", layer "+strconv.Itoa(s.Layer)+", came about."), nil
	}
	if err := r.CheckDetail(); err != nil {
		return nil, err
	}
	queries := words(r.Queries(s.Kind))
	if s.Chosen.Part != Nowhere && s.Chosen.Row != d.Row {
		sentence = "This record holds how the weights of “" + queries[d.Row].isolate() + "” came about, and of no other word."
		return say(s, sentence), nil
	}
	if s.asked {
		return something, nil
	}
	e := &steps{plot: s, d: d, of: queries[d.Row], keys: words(r.Keys(s.Kind)), open: -1, changes: r.Changes}
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
	room := maxWide * e.line()
	if e.narrow {
		room = maxNarrow * e.line()
	}
	if len(all) > room || len(all) < len(e.keys) { // one column is of the others
		room--
	}
	if len(all) > room {
		order := func(j int) float64 {
			switch {
			case j == e.open:
				return 2
			case e.d.Masked(j):
				return -1
			}
			return e.weight(j)
		}
		stable.Sort(all, func(a, b int) int { return cmp.Compare(order(b), order(a)) })
		all = all[:room]
		stable.Sort(all, cmp.Compare)
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

// line is how many keys fit into a line.
func (e *steps) line() int {
	return max(2, int((e.s.Width-2*pad-e.label())/columnWidth))
}

func finite(v float64) bool { return v-v == 0 }

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
		e.s.Caption += text.Of(text.HiddenInSums)
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
