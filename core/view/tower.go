package view

import (
	"math"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
)

// maxArcs is how many arcs the tower draws at most; beyond it the strongest are, and the caption says so.
const maxArcs = 6000

// maxPlaces is how many tokens, over all floors, a tower has at most: 30 floors of 512 fit. More would keep the page
// busy for longer than 200 ms, and nobody could tell them apart.
const maxPlaces = 16_000

// faint is the least product of weights that makes a path of the token that is pointed at.
const faint = 0.04

// tower is what the view draws from.
type tower struct {
	plot
	floors  []storey // from the ground up, the encoder's first; no floor looks at one after it
	columns int
	heads   string  // in words
	cut     float64 // the weight from which arcs are drawn, if they are too many
	drawn   int     // how many arcs are drawn
	picked  int     // of how many that hold the share that is asked for
	total   int     // of all
	anyHide bool
	ready   int      // floors whose arcs are found
	whole   bool     // all are
	heavy   []uint64 // theirs until then, as sortLinks takes them
	opening Ref      // the word that is lit where none is chosen
	told    int      // floors, from the top, among whose words it was looked for
	telling telling  // what was found of the next

	room        int     // how many tokens there is room for
	space, unit float64 // between tokens, and between floors of one stack
	depth       float64 // from the tower's middle to that of a stack
	solid       Solid
	lit         [][]float64 // by floor and token: the largest product of weights on a way to the token that is pointed at; nil without one
	of          strokesOf   // what solid.Strokes are of
}

// strokesOf is what strokes depend on, besides the tower.
type strokesOf struct {
	w, h  float64
	room  int
	focus Ref
}

// towers draws all layers of a model at once: its tokens as columns, its layers as floors, and attention
// as arcs that go up from the token looked at to the one that looks.
func towers(r *record.Record, s plot) (*Scene, error) {
	t, sentence, err := stacked(r, s)
	if err != nil {
		return nil, err
	}
	if sentence != "" {
		return say(s, sentence), nil
	}
	if s.asked {
		return something, nil
	}
	if !t.whole {
		return s.soon(t.ready+t.told, 2*len(t.floors)), nil
	}
	return t.scene(), nil
}

// paths is, for each token of each floor, the largest product of weights on a way to the token at, upwards
// or downwards, where what a column hands on to its next floor by itself counts 1.
func (t *tower) paths(at Ref) (up, down [][]float64) {
	up, down = make([][]float64, len(t.floors)), make([][]float64, len(t.floors))
	for i := range t.floors {
		up[i], down[i] = make([]float64, len(t.floors[i].words)), make([]float64, len(t.floors[i].words))
	}
	up[at.Row][at.Col], down[at.Row][at.Col] = 1, 1
	for i := at.Row + 1; i < len(t.floors); i++ {
		f := &t.floors[i]
		if f.below >= 0 {
			copy(up[i], up[f.below])
		}
		for _, l := range f.links {
			up[i][l.row] = math.Max(up[i][l.row], l.w*up[f.from][l.col])
		}
	}
	for i := at.Row; i >= 0; i-- {
		f := &t.floors[i]
		if f.below >= 0 {
			for c, v := range down[i] {
				down[f.below][c] = math.Max(down[f.below][c], v)
			}
		}
		for _, l := range f.links {
			down[f.from][l.col] = math.Max(down[f.from][l.col], l.w*down[i][l.row])
		}
	}
	return up, down
}

// lay says where floors and tokens are: about the origin, in pixels of how it is seen at first. What is
// seen then fills the picture, whatever its shape; wide and tall stretch it to that.
func (t *tower) lay(wide, tall float64) {
	w, h := t.solid.W, t.solid.H
	t.room = max(t.Camera.Columns, t.columns)
	t.depth = 0
	if t.floors[len(t.floors)-1].back {
		t.depth = math.Min(0.15*w, 150)
	}
	t.space = math.Min(wide*w/math.Max(float64(t.room-1), 1), 0.14*w)
	up := 0.0
	for i := range t.floors {
		f := &t.floors[i]
		switch {
		case i == 0:
		case f.under == nil: // the foot of the decoder
			up += 0.5
		case f.under.Kind == record.Cross:
			up += 0.7
		default:
			up++
		}
		f.y, f.z = up, t.depth
		if f.back {
			f.z = -t.depth
		}
	}
	t.unit = math.Min(tall*h/math.Max(up, 1), 0.28*w)
	for i := range t.floors {
		t.floors[i].y = (t.floors[i].y - up/2) * t.unit
	}
}

// point is where a token is on a floor.
func (t *tower) point(floor, token int) mgl64.Vec3 {
	f := &t.floors[floor]
	return mgl64.Vec3{(float64(token) - float64(t.room-1)/2) * t.space, f.y, f.z}
}

// look puts the tower and the camera in their places. The tower stays as it is laid when it is turned, and while words
// are added that there is room for; the camera goes back only where it would not see all of it.
func (t *tower) look() {
	c, s := t.Camera.Clamp(), &t.solid
	// Room for the words above and below, upright or turned, and for the names of the floors on the left.
	left, right := 104.0, 30.0
	if s.W < 600 {
		left, right = 34, 16
	}
	wide, tall := 0.9, 0.7
	var fit [2]float64
	var below, above float64
	var middle mgl64.Vec2
	fits := func(camera mgl64.Mat4) { // how much larger what a camera sees could be, and where its middle is
		seen := *s
		seen.Camera = camera
		low, high := mgl64.Vec2{math.Inf(1), math.Inf(1)}, mgl64.Vec2{math.Inf(-1), math.Inf(-1)}
		for i := range t.floors {
			for _, token := range []int{0, t.room - 1} {
				at, _ := seen.see(t.point(i, token))
				for n := range at {
					low[n], high[n] = math.Min(low[n], at[n]), math.Max(high[n], at[n])
				}
			}
		}
		fit[0], fit[1] = (s.W-left-right)/math.Max(high[0]-low[0], 1), (s.H-below-above)/math.Max(high[1]-low[1], 1)
		middle = low.Add(high).Mul(0.5).Sub(mgl64.Vec2{s.X + s.W/2, s.Y + s.H/2})
	}
	for range 3 {
		t.lay(wide, tall)
		if below, above = 42, 42; t.turned() {
			below, above = t.slope(), t.slope()
		}
		if !t.floors[len(t.floors)-1].back { // no words above
			above = 20
		}
		fits(s.from(firstYaw, firstPitch))
		wide, tall = wide*fit[0], tall*fit[1]
	}
	scale := math.Min(1, math.Min(fit[0], fit[1]))
	fits(s.from(firstYaw+c.Yaw, firstPitch+c.Pitch))
	scale = math.Min(scale, math.Min(fit[0], fit[1]))
	dx, dy := ((left-right)/2-scale*middle[0])/s.W*2, (scale*middle[1]+(below-above)/2)/s.H*2

	zoom := math.Exp2(c.Zoom)
	s.Camera = mgl64.Translate3D(zoom*dx+c.X, zoom*dy+c.Y, 0).Mul4(mgl64.Scale3D(zoom*scale, zoom*scale, 1)).
		Mul4(s.from(firstYaw+c.Yaw, firstPitch+c.Pitch))
	reach := mgl64.Vec2{t.space * float64(t.room-1) / 2, t.depth}.Len()
	s.Near, s.Far = s.distance()-reach, s.distance()+reach
}

// slope is the height of words that are turned.
func (t *tower) slope() float64 { return mgl64.Clamp(0.17*t.solid.H, 42, 84) }

// turned says whether words may need to be turned, so near are the columns.
func (t *tower) turned() bool { return t.space < 70 }

// ink is how a weight is painted, on a scale fixed to [0, 1]: as in the links, but thinner where columns or
// floors are near.
func (t *tower) ink(w float64) (p Paint, width float64) {
	width, alpha := ink(w)
	return Paint{Role: Weight, Value: 1, Alpha: alpha}, width * mgl64.Clamp(0.35+math.Min(t.space/80, t.unit/60), 0.45, 1)
}

// strokes draws what stands in space, with the paths of a token before the rest where one is pointed at.
func (t *tower) strokes(focus Ref) []Stroke {
	var all []Stroke
	line := func(a, b mgl64.Vec3, width float64, p Paint) { all = append(all, straight(a, b, width, p)) }
	const edge = 14.0 // of a floor around its tokens, in depth
	for i := range t.floors {
		f := &t.floors[i]
		a, b := t.point(i, f.shown[0]), t.point(i, f.shown[len(f.shown)-1])
		margin := math.Min(0.5*t.space, 24)
		a[0], b[0] = a[0]-margin, b[0]+margin
		back, front := mgl64.Vec3{0, 0, -edge}, mgl64.Vec3{0, 0, edge}
		p := Paint{Role: Hairline}
		line(a.Add(back), b.Add(back), 1, p)
		line(a.Add(front), b.Add(front), 1, p)
		line(a.Add(back), a.Add(front), 1, p)
		line(b.Add(back), b.Add(front), 1, p)
		if f.below < 0 || t.space < 5 {
			continue
		}
		for _, c := range f.shown {
			if t.floors[f.below].at[c] >= 0 {
				line(t.point(f.below, c), t.point(i, c), 1, Paint{Role: Hairline})
			}
		}
	}

	pale := 1.0
	var up, down [][]float64
	t.lit = nil
	if focus.Part == Node {
		pale = 0.1
		up, down = t.paths(focus)
		for i := range up {
			t.lit = append(t.lit, make([]float64, len(up[i])))
			for c := range up[i] {
				t.lit[i][c] = math.Max(up[i][c], down[i][c])
			}
		}
	}
	var lit []Stroke
	for i := range t.floors {
		f := &t.floors[i]
		if focus.Part == Node && f.below >= 0 {
			for _, c := range f.shown {
				// What a column hands on by itself.
				if v := math.Max(math.Min(up[f.below][c], up[i][c]), math.Min(down[f.below][c], down[i][c])); v >= faint {
					p, _ := t.ink(v)
					lit = append(lit, straight(t.point(f.below, c), t.point(i, c), 1, p))
				}
			}
		}
		for _, l := range f.links {
			if focus.Part == Node {
				if v := l.w * math.Max(up[f.from][l.col], down[i][l.row]); v >= faint {
					lit = append(lit, t.arc(i, l, v, 1))
					continue
				}
			}
			if l.w >= t.cut {
				all = append(all, t.arc(i, l, l.w, pale))
			}
		}
	}
	all = append(all, lit...)
	if t.space >= 7 { // there is room for them
		for i := range t.floors {
			for _, c := range t.floors[i].shown {
				p, wide := Paint{Role: Muted}, 3.5
				if focus.Part == Node {
					if v := t.lit[i][c]; v >= faint {
						p = Paint{Role: Weight, Value: 1, Alpha: 0.4 + 0.6*v}
						wide += 2 * v
					} else {
						p.Alpha = 0.35
					}
				}
				all = append(all, disc(t.point(i, c), wide, p))
			}
		}
	}
	if focus.Part == Node {
		all = append(all, disc(t.point(focus.Row, focus.Col), 9, Paint{Role: Focus}))
	}
	return all
}

// arc goes from the token looked at up to the one that looks, painted as a weight is. Within a stack it
// leaves the stack's plane, the more the further it goes; between the stacks it crosses the room between.
func (t *tower) arc(floor int, l link, w, pale float64) Stroke {
	f := &t.floors[floor]
	a, b := t.point(f.from, l.col), t.point(floor, l.row)
	rise := b[1] - a[1]
	k := Stroke{P: [4]mgl64.Vec3{a, a, b, b}}
	k.Paint, k.Width = t.ink(w)
	k.Paint.Alpha *= pale
	if f.z != t.floors[f.from].z {
		k.P[1][1] += 0.35*rise + 0.3*t.depth
		k.P[2][2] += 1.1 * t.depth
		return k
	}
	out := 0.3 * math.Min(math.Abs(b[0]-a[0]), 3*rise)
	if f.back {
		out = -out
	}
	k.P[1] = k.P[1].Add(mgl64.Vec3{0, 0.5 * rise, out})
	k.P[2] = k.P[2].Add(mgl64.Vec3{0, -0.5 * rise, out})
	return k
}

// scene is what is seen of the tower.
func (t *tower) scene() *Scene {
	w := t.Width
	high := t.Height
	if high == 0 {
		high = 0.7 * w
	}
	high = mgl64.Clamp(high-64, 240, math.Max(0.62*w, 400))
	what := "all layers, " + t.heads
	if f := t.floors[len(t.floors)-1].under; f != nil && f.Kind == record.RNN { // which has one of each
		what = kindNames[record.RNN]
	}
	s := &Scene{Title: "Tower: " + what, Width: w}
	s.name = t.spoken
	so := &t.solid
	so.X, so.Y, so.W, so.H = 0, 30, w, high
	focus := t.Focus
	if !t.shows(focus) {
		focus = t.Chosen
	}
	pointed := focus
	if !t.shows(focus) {
		pointed, focus = Ref{}, Ref{}
		if t.Chosen.Part == Nowhere {
			focus = t.opening
		}
	}
	t.look()
	if of := (strokesOf{so.W, so.H, t.room, focus}); so.Strokes == nil || of != t.of {
		t.of, so.Strokes = of, t.strokes(focus)
	}
	if t.Spatial {
		copied := *so
		s.Solid = &copied
	} else {
		for i := range so.Strokes {
			if m, ok := so.flat(&so.Strokes[i]); ok {
				s.put(m)
			}
		}
	}
	t.labels(s, focus)
	begin := len(s.Marks)
	t.lead(s, pointed)
	s.Grid = &Grid{X: so.X, Y: so.Y, Cell: so.W / float64(t.columns), Height: so.H / float64(len(t.floors))}
	for i := len(t.floors) - 1; i >= 0; i-- {
		f := &t.floors[i]
		s.Grid.Rows, s.Grid.Lengths = append(s.Grid.Rows, f.name), append(s.Grid.Lengths, len(f.shown))
		s.blocks = append(s.blocks, block{part: Node, rows: []int{i}, cols: f.shown, w: 24, h: 24, point: func(_, col int) mgl64.Vec2 {
			at, _ := so.see(t.point(i, f.shown[col]))
			return at
		}})
		if len(f.shown) > len(s.Grid.Cols) {
			s.Grid.Cols = nil
			for _, c := range f.shown {
				s.Grid.Cols = append(s.Grid.Cols, f.words[c].text)
			}
		}
	}

	y := so.Y + so.H + 26
	t.weights(s, y, t.ink)
	s.Caption = upper(what) + ". Drawn: each word’s strongest, until they hold " + Percent(t.Threshold) + " of its weight"
	if t.anyHide {
		s.Caption += " on the words shown"
	}
	s.Caption += " (" + strconv.Itoa(t.picked) + " of " + count(t.total, "arc") + ")."
	if t.drawn < t.picked {
		s.Caption += " Of these only the strongest " + strconv.Itoa(t.drawn) + " are drawn."
	}
	if focus.Part == Node {
		s.Caption += text.Of(text.TowerLit)
	}
	switch {
	case t.Spatial && w < 600:
		s.Caption += text.Of(text.TowerTouch)
	case t.Spatial:
		s.Caption += text.Of(text.TowerKeys)
	}
	if t.Words {
		s.Caption += text.Of(text.MergedNote)
	}
	t.caption(s, y+28)
	for i, m := range s.Marks[begin:] { // the text around the tower stands in the text's column
		s.Marks[begin+i] = moved(m, mgl64.Vec2{t.Indent, 0})
	}
	return s
}

// lead is the line above the view.
func (t *tower) lead(s *Scene, focus Ref) {
	room, y := s.Width-2*t.Indent-2*pad, 18.0
	if focus.Part != Node {
		how := []string{text.Of(text.TowerLead),
			text.Of(text.TowerLeadShort), text.Of(text.TowerLeadShortest)}
		if t.Spatial {
			how = []string{how[0] + text.Of(text.TowerDrag), how[1] + text.Of(text.TowerDrag), how[2] + " Drag to turn.", "Drag to turn."}
		}
		s.text(pad, y, t.fit(leadFont, room, how...), leadFont, Left, Muted)
		return
	}
	s.Readout = t.spoken(focus)
	s.text(pad, y, t.fit(captionFont, room, s.Readout, t.says(focus, 2, false), t.says(focus, 1, false)), captionFont, Left, Ink)
}

// says names a token on its floor, and what it looks at there; at the foot of a stack, what looks at it.
func (t *tower) says(ref Ref, most int, rest bool) string {
	f := &t.floors[ref.Row]
	if f.under != nil {
		return f.name + ": " + f.under.label(Ref{Part: Query, Row: ref.Col}, most, rest)
	}
	for i := range t.floors {
		if above := &t.floors[i]; above.under != nil && above.from == ref.Row {
			return f.name + ": " + above.under.label(Ref{Part: Key, Col: ref.Col}, most, rest)
		}
	}
	return f.name + ": " + f.words[ref.Col].isolate()
}

// labels writes the words at the feet and the tops of the stacks, and the floors' names.
func (t *tower) labels(s *Scene, focus Ref) {
	so := &t.solid
	top := make([]bool, len(t.floors)) // whether nothing of its stack is above
	for i := range t.floors {
		top[i] = i+1 == len(t.floors) || t.floors[i+1].below != i
	}
	name := Font{Size: 12.5, Italic: true}
	last := mgl64.Vec2{math.Inf(-1), math.Inf(-1)}
	for i := range t.floors {
		f := &t.floors[i]
		end, _ := so.see(t.point(i, f.shown[0]).Sub(mgl64.Vec3{math.Min(0.5*t.space, 24) + 8, 0, 0}))
		if end[1] > so.Y+8 && end[1] < so.Y+so.H-4 && end[0] > 24 {
			role := Muted
			if focus.Part == Node && focus.Row == i {
				role = Focus
			}
			if text := f.short(); t.Measure(text, name) <= end[0]-pad && (end.Sub(last).Len() > 11 || role == Focus) {
				last = end
				s.text(end[0], end[1]+4, text, name, Right, role)
			}
		}
		if f.under == nil && !(f.back && so.W < 600) { // which are those above, a place further
			t.words(s, i, false, focus)
		}
		if top[i] && f.back && f.under != nil {
			t.words(s, i, true, focus)
		}
	}
	if focus.Part == Node {
		t.numbers(s, focus)
		f := &t.floors[focus.Row]
		at, _ := so.see(t.point(focus.Row, focus.Col))
		font := Font{Size: 15, Bold: true}
		word := elide(f.words[focus.Col].text, font, 160, t.Measure)
		wide := t.Measure(word, font)
		x := mgl64.Clamp(at[0]+9, pad, s.Width-wide-pad)
		s.Marks = append(s.Marks, Rect{X: x - 3, Y: at[1] - 19, W: wide + 6, H: 20, Fill: Paint{Role: Paper, Alpha: 0.85}},
			Text{X: x, Y: at[1] - 4, Text: word, Font: font, Paint: Paint{Role: Focus}, RTL: f.words[focus.Col].rtl})
	}
}

// numbers writes the heaviest weights of the token that is pointed at beside those that it looks at.
func (t *tower) numbers(s *Scene, focus Ref) {
	f := &t.floors[focus.Row]
	left := 3
	for n := len(f.links) - 1; n >= 0 && left > 0; n-- {
		if l := f.links[n]; l.row == focus.Col && l.w >= 0.1 {
			left--
			at, _ := t.solid.see(t.point(f.from, l.col))
			text := brief(l.w)
			wide := t.Measure(text, numberFont)
			s.fill(at[0]+7, at[1]-9, wide+4, 14, Paint{Role: Paper, Alpha: 0.8})
			s.text(at[0]+9, at[1]+2, text, numberFont, Left, Ink)
		}
	}
}

// short is the floor's name beside it.
func (f *storey) short() string {
	if f.under == nil {
		return f.name
	}
	switch f.under.Kind {
	case record.RNN:
		return ""
	case record.Cross:
		return "cross"
	}
	return "layer " + strconv.Itoa(f.under.Layer)
}

// words writes a floor's words, under it or above.
func (t *tower) words(s *Scene, floor int, above bool, focus Ref) {
	f, so := &t.floors[floor], &t.solid
	font := Font{Size: 14}
	at := make([]mgl64.Vec2, len(f.shown))
	apart, widest := math.Inf(1), 0.0
	for n, c := range f.shown {
		at[n], _ = so.see(t.point(floor, c))
		widest = math.Max(widest, math.Min(t.Measure(f.words[c].text, font), 130))
		if n > 0 {
			apart = math.Min(apart, math.Abs(at[n][0]-at[n-1][0]))
		}
	}
	turn, every, long := 0.0, 1, 130.0
	if widest+8 > apart {
		turn = -50
		long = (t.slope() - 18) / math.Sin(50*math.Pi/180) * 1.5 // most are shorter, and may reach out of their room
		every = max(1, int(math.Ceil(17/math.Max(apart, 0.5))))
	}
	for n, c := range f.shown {
		p := at[n]
		lit := focus.Part == Node && focus.Col == c && focus.Row == floor
		if n%every != 0 || p[0] < so.X || p[0] > so.X+so.W || p[1] < so.Y || p[1] > so.Y+so.H || lit {
			continue
		}
		m := Text{Text: elide(f.words[c].text, font, long, t.Measure), Font: font, RTL: f.words[c].rtl, Paint: Paint{Role: Ink}}
		switch {
		case t.lit != nil && t.lit[floor][c] < faint:
			m.Paint = Paint{Role: Muted, Alpha: 0.6}
		case f.words[c].special || f.back && !above || t.lit != nil && t.lit[floor][c] < 0.3:
			m.Paint.Role = Muted
		}
		switch {
		case turn == 0 && above:
			m.X, m.Y, m.Anchor = p[0], p[1]-10, Middle
		case turn == 0:
			m.X, m.Y, m.Anchor = p[0], p[1]+20, Middle
		case above:
			m.X, m.Y, m.Turn = p[0]+3, p[1]-8, turn
		default:
			m.X, m.Y, m.Turn, m.Anchor = p[0]+6, p[1]+14, turn, Right
		}
		s.put(m)
	}
}

func (t *tower) shows(ref Ref) bool {
	return ref.Part == Node && ref.Row >= 0 && ref.Row < len(t.floors) && ref.Col >= 0 && ref.Col < len(t.floors[ref.Row].words) && t.floors[ref.Row].at[ref.Col] >= 0
}

func (t *tower) spoken(ref Ref) string {
	if !t.shows(ref) {
		return ""
	}
	return t.says(ref, 3, true)
}
