package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	patterns "heed/core/explain"
	"heed/core/record"
	"heed/core/stable"
	"heed/core/tensor"
	"heed/core/text"
)

// What the flow view draws as a graph at most; beyond it the rollout is a matrix.
const (
	leastPitch   = 15.0    // pixels from word to word
	maxBehind    = 600     // links of the layers behind the paths
	maxFlow      = 1 << 20 // weights of all layers, which each picture looks at
	thinnestFlow = 0.004
)

// flowing is the flow view's graph: the layers as floors, a word's positions above one another, and the
// paths by which the words put in reach one position.
type flowing struct {
	*frame     // of the rollout: rows are the positions on the top floor, columns the words put in
	n      int // of those the words of the text; what follows was put into the decoder
	steps  []mixing
	floors []floor
	base   int  // the decoder's first floor; 0 without a decoder over an encoder
	writes bool // the text goes on after its last token

	s     *Scene
	pitch float64
	left  float64
	scale float64 // pixels of a share of 1
}

// floor is one row of nodes: what a layer gives, or what was put into the first.
type floor struct {
	name   string
	y      float64
	places []int // by position: its column on the screen, or -1
}

// mixing is a step from one floor to another: a share of node (hi, i) that comes from (lo, j).
type mixing struct {
	lo, hi int
	w      tensor.Matrix
	stays  []float32 // by i, from the node below; nil: nothing
	part   []float32 // by i, of the node, what this step gives; nil: all
}

// path is some of what reaches a position.
type path struct {
	step, i, j int
	share      float64
	stays      bool
}

// FlowNeeds says which maps of a Record the flow view draws in so many pixels: all of them, kind "", or,
// where the text is too long for a graph, its Rollout alone, which whoever has the maps can make.
func FlowNeeds(r *record.Record, width float64) record.Kind {
	if most := max(len(r.Tokens.Source), len(r.Tokens.Target)-1); leastPitch*float64(most)+flowMargin(width)+2*pad > width {
		return record.Rollout
	}
	return ""
}

// flowMargin is the room for the floors' names.
func flowMargin(width float64) float64 {
	if width < 560 {
		return 0
	}
	return 84
}

// flow draws the attention rollout: of a text that is not too long as a graph of all layers, else as a
// matrix.
func flow(r *record.Record, s plot) (*Scene, error) {
	if len(r.Tokens.Source) == 0 {
		return say(s, text.Of(text.EmptyText)), nil
	}
	s.Kind = record.Rollout
	m := r.Find(record.Rollout, 0, 0)
	var steps *patterns.Flow
	if graph := FlowNeeds(r, s.Width) == ""; graph || m == nil {
		switch {
		case has(r, record.RNN):
			return say(s, text.Of(text.FlowOneStep)), nil
		case len(r.Maps) == 0:
			return say(s, text.Of(text.FlowNothing)), nil
		case s.asked:
			if _, err := patterns.NewFlow(r); err != nil && m == nil {
				return say(s, err.Error()), nil
			}
			return something, nil
		}
		f, made, err := s.rollout(r)
		if err == errLong && m == nil {
			return say(s, err.Error()), nil
		}
		if err != nil && m == nil {
			return say(s, "The flow takes the maps of all layers and heads, and this record lacks some: "+err.Error()+"."), nil
		}
		if err == nil && made == nil {
			return s.soon(int(100*(1-f.Left())), 100), nil
		}
		if steps = f; err == nil {
			m = made
		}
		if !graph || f != nil && f.Weights() > maxFlow {
			steps = nil
		}
	}
	f, sentence, err := frameOf(r, s, m, "rollout")
	if err != nil || sentence != "" {
		return say(s, sentence), err
	}
	if s.asked {
		return something, nil
	}
	if steps == nil {
		return heatmap(f), nil
	}
	g := &flowing{frame: f, n: len(r.Tokens.Source), writes: r.Task == record.Generation}
	g.build(steps)
	g.draw()
	return g.s, nil
}

// build lays out floors and steps.
func (g *flowing) build(f *patterns.Flow) {
	put := func(from, n int, also func(i int) bool) []int {
		places := make([]int, n)
		at := 0
		for i := range places {
			if places[i] = -1; g.colAt[from+i] >= 0 || also != nil && also(i) {
				places[i], at = at, at+1
			}
		}
		return places
	}
	top := func(i int) bool { return g.rowAt[i] >= 0 }
	name, over := "layer ", f.Output != nil
	if over {
		name = "encoder "
	}
	text := put(0, g.n, nil)
	g.floors = append(g.floors, floor{name: "text", places: text})
	for l, s := range f.Text {
		g.steps = append(g.steps, mixing{lo: l, hi: l + 1, w: s.Matrix, stays: s.Stays})
		g.floors = append(g.floors, floor{name: name + strconv.Itoa(l), places: text})
	}
	if !over {
		return
	}
	g.base = len(g.floors)
	output := put(g.n, g.m.Rows, top)
	g.floors = append(g.floors, floor{name: "output so far", places: output})
	for l, s := range f.Output {
		lo := g.base + l
		cross := f.Cross[l]
		g.steps = append(g.steps,
			mixing{lo: lo, hi: lo + 1, w: s.Matrix, stays: s.Stays, part: cross.Stays},
			mixing{lo: g.base - 1, hi: lo + 1, w: cross.Matrix})
		g.floors = append(g.floors, floor{name: "decoder " + strconv.Itoa(l), places: output})
	}
}

// key is the floor and position of a column of the rollout.
func (g *flowing) key(col int) (floor, at int) {
	if col >= g.n {
		return g.base, col - g.n
	}
	return 0, col
}

// paths are those into a position on the top floor, or out of a word put in, and the shares of all nodes
// in them: of the position, what passes the node; of the word, how much of the node it is.
func (g *flowing) paths(ref Ref) (all []path, shares [][]float64) {
	shares = make([][]float64, len(g.floors))
	for l := range shares {
		shares[l] = make([]float64, len(g.floors[l].places))
	}
	up := ref.Part == Key
	if up {
		l, at := g.key(ref.Col)
		shares[l][at] = 1
	} else {
		shares[len(shares)-1][ref.Row] = 1
	}
	for n := range g.steps {
		if !up { // from the top
			n = len(g.steps) - 1 - n
		}
		s := &g.steps[n]
		lo, hi := shares[s.lo], shares[s.hi]
		along := func(i, j int, w float64, stays bool) {
			if s.part != nil {
				w *= float64(s.part[i])
			}
			if up {
				w *= lo[j]
				hi[i] += w
			} else {
				w *= hi[i]
				lo[j] += w
			}
			if w >= thinnestFlow {
				all = append(all, path{n, i, j, w, stays})
			}
		}
		for i := range s.w.Rows {
			if !up && hi[i] == 0 {
				continue
			}
			for j, w := range s.w.Row(i) {
				if w > 0 {
					along(i, j, float64(w), false)
				}
			}
			if s.stays != nil {
				along(i, i, float64(s.stays[i]), true)
			}
		}
	}
	return all, shares
}

func (g *flowing) x(place int) float64 { return g.left + (float64(place)+0.5)*g.pitch }

// at is the word whose paths are drawn: what is pointed at, or was chosen, or else what a text goes on
// from, or a word that a longer word of the text reaches.
func (g *flowing) at() Ref {
	chosen := g.Chosen
	if chosen.Part == Pair {
		chosen = Ref{Part: Query, Row: chosen.Row}
	}
	switch {
	case g.Focus.Part != Pair && g.shows(g.Focus):
		return g.Focus
	case g.shows(chosen):
		return chosen
	}
	if at, ok := g.telling(g.n); ok && !g.writes {
		return Ref{Part: Query, Row: at.Row}
	}
	return Ref{Part: Query, Row: g.rows[len(g.rows)-1]}
}

func (g *flowing) draw() {
	ref := g.at()
	most := 0
	for _, f := range g.floors {
		n := 0
		for _, p := range f.places {
			n = max(n, p+1)
		}
		most = max(most, n)
	}
	// Labels are level where they fit, else they lean, and then the first and the last want some room.
	font, turn := wordFont, 0.0
	widest := func() (w float64) {
		for _, word := range slices.Concat(g.q, g.k) {
			w = math.Max(w, g.Measure(word.text, font))
		}
		return w
	}
	margin, right := flowMargin(g.Width), 0.0
	pitch := func() float64 { return math.Min(68, (g.Width-2*pad-margin-right)/float64(most)) }
	number := g.Measure("<.005", numberFont) + 6
	long, above := math.Inf(1), 42.0
	if widest() > pitch()-8 {
		font, turn = Font{Size: 14}, -60
		long = math.Min(math.Ceil(widest()/12)*12, 84)
		sin, cos := math.Sincos(-turn * math.Pi / 180)
		for _, j := range g.cols {
			if _, at := g.key(j); at == 0 {
				margin = math.Max(margin, (math.Min(g.Measure(g.k[j].text, font), long)+number)*cos-4)
			}
		}
		right = math.Max(0, (math.Min(g.Measure(g.q[g.rows[len(g.rows)-1]].text, font), long)+number)*cos-8)
		if pitch() < 18 {
			font, turn, margin, right = Font{Size: 12.5}, -90, flowMargin(g.Width), 0
			long, sin = math.Min(math.Ceil(widest()/12)*12, 84), 1
		}
		above = math.Ceil((long+number)*sin + 14) // numbers come and go; the picture stays
	}
	below := above
	g.left, g.pitch = pad+margin, pitch()
	g.scale = math.Min(40, 0.8*g.pitch)
	s := &Scene{Title: "Flow: how much of each word reaches " + map[bool]string{true: "each word of the output", false: "each position"}[g.base > 0] + " through all layers",
		Width: math.Min(g.Width, math.Max(g.left+float64(most)*g.pitch+right+pad, 620))}
	g.s = s
	s.name, s.start = g.spoken, ref
	s.lists = s.listed(3, func(ref Ref) int { // the floors that have words, from the top
		if ref.Part == Query {
			return 0
		}
		if l, _ := g.key(ref.Col); l > 0 {
			return 1
		}
		return 2
	})
	g.lead(s, text.Of(text.FlowLead)+g.asks(" Choose a word."), text.Of(text.FlowLeadShort)+g.asks(" Choose one."), g.asks("Choose a word."))

	gaps := float64(len(g.steps))
	if g.base > 0 {
		gaps = float64(len(g.floors) - 2)
	}
	high := 58.0
	if g.Height > 0 {
		room := g.Height - 170 - above - below
		if g.base > 0 {
			room -= below + 20
		}
		high = math.Max(38, math.Min(70, room/gaps))
	}
	y := 34 + above
	for l := len(g.floors) - 1; l >= 0; l-- {
		g.floors[l].y = math.Round(y)
		y += high
		if g.base > 0 && l == g.base {
			y += below + 20 - high + math.Max(high*0.5, 24)
		}
	}
	bottom := g.floors[0].y + below

	// The floors' names, and the layers as they are for all words.
	names := Font{Size: 12.5, Italic: true}
	for l, f := range g.floors {
		var ticks [][2]mgl64.Vec2
		for _, p := range f.places {
			if p >= 0 {
				ticks = append(ticks, [2]mgl64.Vec2{{g.x(p) - 2, f.y}, {g.x(p) + 2, f.y}})
			}
		}
		s.strokes(ticks, 3, Paint{Role: Hairline})
		if flowMargin(g.Width) > 0 && l != 0 && l != g.base {
			s.text(pad, f.y+4, f.name, names, Left, Muted)
		}
	}
	g.behind()
	shares := g.through(ref)

	// The words: on the top floor those that something reaches, below those that were put in.
	last := len(g.floors) - 1
	label := func(w word, r Ref, place int, y float64, up bool, share float64, numbered bool) {
		x := g.x(place)
		t := g.word(w, x, 0, font, Middle, long)
		n := Text{X: x, Font: numberFont, Text: brief(share), Anchor: Middle, Paint: Paint{Role: Ink}}
		if share < 0.005 {
			n.Paint.Role = Muted
		}
		if r == ref {
			t.point()
		}
		lean := func(t *Text, from float64) { // so far from the node, along the line
			sin, cos := math.Sincos(-turn * math.Pi / 180)
			t.Turn = turn
			if up {
				t.X, t.Y, t.Anchor = x+from*cos+0.3*t.Font.Size*sin, y-10-from*sin+0.3*t.Font.Size*cos, Left
			} else {
				t.X, t.Y, t.Anchor = x-from*cos+0.3*t.Font.Size*sin, y+10+from*sin+0.3*t.Font.Size*cos, Right
			}
		}
		switch {
		case turn != 0 && numbered:
			lean(&n, 0)
			lean(&t, number)
		case turn != 0:
			lean(&t, 0)
		case up:
			t.Y, n.Y = y-12, y-30
		default:
			t.Y, n.Y = y+20, y+36
		}
		s.put(t)
		if numbered {
			s.put(n)
		}
		h := Hit{Ref: r, X: x - g.pitch/2, Y: y - above, W: g.pitch, H: above + 8}
		if !up {
			h.Y, h.H = y-8, below+8
		}
		s.hit(h)
	}
	for _, i := range g.rows {
		if p := g.floors[last].places[i]; p >= 0 {
			label(g.q[i], wordRef(Query, i), p, g.floors[last].y, true, shares[last][i], ref.Part == Key)
		}
	}
	for _, j := range g.cols {
		l, at := g.key(j)
		if p := g.floors[l].places[at]; p >= 0 {
			label(g.k[j], wordRef(Key, j), p, g.floors[l].y, false, shares[l][at], ref.Part == Query && (l == 0 || shares[l][at] > 0))
		}
	}

	var brackets [][2]mgl64.Vec2 // they bind the pieces of one word
	bind := func(ws []word, floor, from int, side float64) {
		f := &g.floors[floor]
		for i := 1; i < len(f.places); i++ {
			if a, b := f.places[i-1], f.places[i]; ws[from+i].joins && a >= 0 && b >= 0 {
				brackets = join(brackets, mgl64.Vec2{g.x(a) - 4, f.y + side}, mgl64.Vec2{g.x(b) + 4, f.y + side})
			}
		}
	}
	bind(g.q, last, 0, -6.5)
	bind(g.k, 0, 0, 6.5)
	if g.base > 0 {
		bind(g.k, g.base, g.n, 6.5)
	}
	s.brackets(brackets)

	g.legend(bottom + 26)
	s.Caption = rolledOut(g.base > 0) + " What is less than " + strconv.FormatFloat(thinnestFlow, 'f', -1, 64) + " is not drawn."
	if flowMargin(g.Width) == 0 {
		s.Caption += " From below: the text, and a row for each layer"
		if g.base > 0 {
			s.Caption += " of the encoder; the output so far, and a row for each layer of the decoder"
		}
		s.Caption += "."
	}
	if g.anyHidden && ref.Part == Query {
		s.Caption += " Special tokens are hidden; " + Format(g.hidden[ref.Row]) + " comes from them."
	}
	g.caption(s, bottom+54)
}

// rolledOut says what a rollout is.
func rolledOut(translated bool) string {
	t := "Attention rollout: in each layer half comes from where its heads look, on average, and half is what the residual connection keeps"
	if translated {
		t += "; a decoder’s layer does so twice, for its own words and for the encoder’s"
	}
	return t + ". Feed-forward networks and norms are left out, so it is an estimate."
}

// legend says what the colours are, and how wide a share is.
func (g *flowing) legend(y float64) {
	x := pad
	stroke := func(width float64, p Paint) {
		g.s.put(Lines{Segments: [][2]mgl64.Vec2{{{x, y - 4.5}, {x + 24, y - 4.5}}}, Width: width, Paint: p})
		x += 24 + 6
	}
	stroke(math.Max(1, 0.2*g.scale), brought)
	x = g.after(g.s, x, y, text.Of(text.FlowBrought), captionFont) + 18
	stroke(math.Max(1, 0.2*g.scale), stayed)
	g.s.text(x, y, g.fit(captionFont, g.s.Width-pad-x, text.Of(text.FlowKept), "kept by the residual", "kept"), captionFont, Left, Muted)
}

// How the two parts of a flow are painted.
var (
	brought = Paint{Role: Weight, Value: 0.72, Alpha: 0.6}
	stayed  = Paint{Role: Muted, Alpha: 0.42}
)

// behind draws the strongest links of all layers, faintly.
func (g *flowing) behind() {
	var all []path
	for n, s := range g.steps {
		for i := range s.w.Rows {
			for j, w := range s.w.Row(i) {
				if w > 0.1 && g.floors[s.hi].places[i] >= 0 && g.floors[s.lo].places[j] >= 0 {
					all = append(all, path{step: n, i: i, j: j, share: float64(w)})
				}
			}
		}
	}
	stable.Sort(all, func(a, b path) int { return int(math.Copysign(1, b.share-a.share)) })
	for _, p := range all[:min(len(all), maxBehind)] {
		s := &g.steps[p.step]
		g.curve(s, g.x(g.floors[s.lo].places[p.j]), g.x(g.floors[s.hi].places[p.i]), 0.6+1.6*p.share, Paint{Role: Hairline, Alpha: 0.7})
	}
}

// curve goes from a node up to another.
func (g *flowing) curve(s *mixing, below, above, width float64, p Paint) {
	a, b := g.floors[s.lo].y-2, g.floors[s.hi].y+2
	bend := math.Min(0.5*(a-b), 44)
	g.s.put(Curve{P: [4]mgl64.Vec2{{below, a}, {below, a - bend}, {above, b + bend}, {above, b}}, Width: width, Paint: p})
}

// through draws the paths of a word: at each node they lie beside one another, as wide as their shares.
func (g *flowing) through(ref Ref) [][]float64 {
	all, shares := g.paths(ref)
	type node struct{ floor, at int }
	width := map[node]float64{}
	ends := make([]struct{ lo, hi float64 }, len(all))
	// stack lays out the ends at the nodes on one side, from the left to the right of where they go.
	stack := func(nodeOf, other func(p path) node, set func(i int, x float64)) {
		order := make([]int, len(all))
		sums := map[node]float64{}
		for i, p := range all {
			order[i] = i
			sums[nodeOf(p)] += p.share
		}
		stable.Sort(order, func(a, b int) int {
			na, nb := other(all[a]), other(all[b])
			return g.floors[na.floor].places[na.at] - g.floors[nb.floor].places[nb.at]
		})
		at := map[node]float64{}
		for _, i := range order {
			n := nodeOf(all[i])
			set(i, g.x(g.floors[n.floor].places[n.at])+(at[n]+all[i].share/2-sums[n]/2)*g.scale)
			at[n] += all[i].share
			width[n] = math.Max(width[n], sums[n])
		}
	}
	lo := func(p path) node { return node{g.steps[p.step].lo, p.j} }
	hi := func(p path) node { return node{g.steps[p.step].hi, p.i} }
	stack(hi, lo, func(i int, x float64) { ends[i].hi = x })
	if ref.Part == Key { // a word may give more than it is: what goes up begins in one place
		for i, p := range all {
			n := lo(p)
			ends[i].lo = g.x(g.floors[n.floor].places[n.at])
		}
	} else {
		stack(lo, hi, func(i int, x float64) { ends[i].lo = x })
	}
	for i, p := range all {
		l, h := lo(p), hi(p)
		if g.floors[l.floor].places[l.at] < 0 || g.floors[h.floor].places[h.at] < 0 {
			continue // through a token that is hidden
		}
		paint := brought
		if p.stays {
			paint = stayed
		}
		g.curve(&g.steps[p.step], ends[i].lo, ends[i].hi, math.Max(p.share*g.scale, 0.4), paint)
	}
	for l, f := range g.floors {
		for at, p := range f.places {
			if w := shares[l][at]; p >= 0 && w >= thinnestFlow {
				w = math.Max(w*g.scale, 3)
				g.s.fill(g.x(p)-w/2, f.y-2, w, 4, Paint{Role: Weight, Value: 1})
			}
		}
	}
	return shares
}
