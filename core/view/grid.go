package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	patterns "heed/core/explain"
	"heed/core/record"
	"heed/core/stable"
	"heed/core/text"
)

// What the grid of heads draws at most, and the sizes of its pictures.
const (
	maxPictures  = 4096
	minPicture   = 58.0 // wide enough for a pattern's name
	smallPicture = 44.0 // of many heads: for its brief name
	gutter       = 14.0 // between pictures
	largestCell  = 20.0
)

// picture is one head, as small as it must be.
type picture struct {
	m     *record.Map // in small, where the Record holds it so; nil where it does not hold it
	fit   patterns.Fit
	off   bool               // switched off by hand
	role  *record.HeadScores // what it does over a corpus; nil where that is not shown
	cells Cells
}

// pictures is what the grid view draws from: every head of one kind.
type pictures struct {
	plot
	r             *record.Record
	kind          string
	layers, heads []int // their numbers: those that the Record holds or that its run has
	mean          bool  // a column more, of the mean over heads
	rows, cols    []int
	all           [][]picture   // by layer and head, the mean last
	each          int           // cells of a side that one dot stands for
	small         *record.Small // the maps in small, of which rows and columns then are; nil where they are as they are

	s           *Scene
	per         int // pictures in a line
	x, pitch    float64
	box         float64 // a picture's largest width
	side        float64 // the width of a dot
	wide, tall  float64 // of a picture
	under1      float64 // height of what stands under one
	tops        [][]float64
	oneLine     bool
	brief       bool // their names are
	patternFont Font
}

// heads draws every head of a kind as a picture of its map.
func heads(r *record.Record, s plot) (*Scene, error) {
	kind, sentence, err := lacks(r, s)
	if err != nil {
		return nil, err
	}
	if sentence != "" {
		return say(s, sentence), nil
	}
	g := &pictures{plot: s, r: r, kind: kind, patternFont: Font{Size: 12.5}}
	for _, stack := range r.Stacks {
		if stack.Kind == s.Kind {
			g.layers, g.heads = counted(stack.Layers), counted(stack.Heads)
		}
	}
	q, k := words(r.Queries(s.Kind)), words(r.Keys(s.Kind))
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind != s.Kind {
			continue
		}
		if err := r.CheckMap(m); err != nil {
			return nil, err
		}
		g.layers, g.heads = append(g.layers, m.Layer), append(g.heads, m.Head)
	}
	for _, all := range []*[]int{&g.layers, &g.heads} {
		stable.Sort(*all, cmp.Compare)
		*all = slices.Compact(*all)
	}
	if len(g.layers) == 0 || len(g.heads) == 0 { // else those that are not held are still to come
		return say(s, holdsNone(r, s)), nil
	}
	g.rows, _ = seen(q, s.HideSpecial)
	g.cols, _ = seen(k, s.HideSpecial)
	if len(g.rows) == 0 || len(g.cols) == 0 {
		return say(s, text.Of(text.OnlySpecial)), nil
	}
	if s.asked {
		return something, nil
	}
	hidden := len(g.rows) < len(q) || len(g.cols) < len(k)
	if s := r.Small; s != nil && s.Kind == g.Kind && s.HideSpecial == g.HideSpecial && len(s.Maps) > 0 && !g.Words {
		g.small, g.rows, g.cols = s, counted(s.Maps[0].Rows), counted(s.Maps[0].Cols)
	}
	held := len(g.layers)
	g.layers = g.layers[:min(held, max(1, maxPictures/len(g.heads)))]
	g.s = &Scene{Title: "All heads: " + kind}
	g.s.name = g.spoken
	g.lay()
	if made := g.look(); !made.more(g) {
		return s.soon(made.ready, len(g.layers)*g.columns()), nil
	}
	g.draw(held, hidden)
	return g.s, nil
}

// lay says how many pictures stand in a line, and how large they are: a line is a layer where that leaves
// them their least width, else a layer takes several lines.
func (g *pictures) lay() {
	room := g.Width - 2*pad
	name := math.Ceil(g.Measure("layer "+strconv.Itoa(max(g.layers[len(g.layers)-1], 10)), leadFont)/4)*4 + 16
	n := len(g.heads)
	fits := func(n int) bool {
		least := minPicture
		if len(g.heads) > 8 { // so many are to be compared more than to be read
			least = smallPicture
		}
		return (room-name+gutter)/float64(n) >= least+gutter
	}
	if g.mean = n > 1; g.mean && fits(n+1) {
		n++
	} else if g.mean = false; !fits(n) {
		g.per = max(1, int((room+gutter)/(minPicture+gutter)))
		lines := (n + g.per - 1) / g.per
		if n > 1 && n+1 <= lines*g.per {
			g.mean = true
			n++
		}
		g.per = (n + lines - 1) / lines
		g.x, g.pitch = pad, math.Floor((room+gutter)/float64(g.per))
	}
	if g.per == 0 {
		g.per, g.x = n, pad+name
		g.pitch = math.Floor((room - name + gutter) / float64(n))
	}
	g.pitch = math.Min(g.pitch, map[bool]float64{true: 148, false: 224}[n > 4]+gutter)
	g.box = math.Max(g.pitch-gutter, 1)

	nr, nc := float64(len(g.rows)), float64(len(g.cols))
	most := math.Floor(1.3 * g.box)
	if g.each = max(1, int(math.Ceil(math.Max(nc/g.box, nr/most)))); g.each > 1 {
		nr, nc = math.Ceil(nr/float64(g.each)), math.Ceil(nc/float64(g.each))
	}
	g.side = math.Max(1, math.Floor(math.Min(largestCell, math.Min(g.box/nc, most/nr))))
	g.wide, g.tall = nc*g.side, nr*g.side
}

// made are pictures, of which some may still be to be made.
type made struct {
	all    [][]picture
	ready  int              // how many are made, layer by layer
	tokens *patterns.Tokens // what patterns are looked for in
}

// look finds the pictures kept, or begins them.
func (g *pictures) look() *made {
	of := State{Kind: g.Kind, HideSpecial: g.HideSpecial, Width: g.wide, Height: g.tall, Lens: g.mean, Ask: record.Question{Roles: g.roles() != nil}}
	made := g.Kept.pictures.get(g.r, of, g.make).(*made)
	g.all = made.all
	return made
}

func (g *pictures) make() any {
	all := make([][]picture, len(g.layers))
	for l := range all {
		all[l] = make([]picture, g.columns())
	}
	if g.small != nil {
		for i := range g.small.Maps {
			m := &g.small.Maps[i]
			layer, held := slices.BinarySearch(g.layers, m.Layer)
			at, there := slices.BinarySearch(g.heads, m.Head)
			if mean := m.Head < 0; mean {
				at, there = len(g.heads), g.mean
			}
			if held && there {
				fit := patterns.Fit{Shape: patterns.Shape(g.small.Patterns[2*i]), Share: float64(g.small.Patterns[2*i+1])}
				all[layer][at] = picture{m: m, fit: fit, off: m.Head >= 0 && off(g.r, m), cells: g.picture(m)}
				if m.Head >= 0 && g.roles() != nil {
					all[layer][at].role = g.roles().Of(m.Kind, m.Layer, m.Head)
				}
			}
		}
		return &made{all: all, ready: len(all) * g.columns()}
	}
	for i := range g.r.Maps {
		if m := &g.r.Maps[i]; m.Kind == g.Kind {
			if layer, held := slices.BinarySearch(g.layers, m.Layer); held {
				head, _ := slices.BinarySearch(g.heads, m.Head)
				all[layer][head].m = m
			}
		}
	}
	return &made{all: all}
}

// more makes the pictures that are to come and measures their patterns, as far as there is room for it, and says
// whether that is all.
func (made *made) more(g *pictures) bool {
	for ; made.ready < len(g.layers)*g.columns(); made.ready++ {
		l, i := made.ready/g.columns(), made.ready%g.columns()
		line := made.all[l]
		p, mean := &line[i], i == len(g.heads)
		if mean && slices.ContainsFunc(line[:i], func(p picture) bool { return p.m == nil }) || !mean && p.m == nil {
			continue
		}
		of := p.m
		if mean {
			of = line[0].m
		}
		work := of.Rows * of.Cols
		if g.roles() != nil {
			work += len(g.roles().Heads)
		}
		if !takes(g.room, work) {
			return false
		}
		if mean {
			p.m = g.r.Mean(g.Kind, g.layers[l])
			p.off = !slices.ContainsFunc(line[:i], func(p picture) bool { return !off(g.r, p.m) })
		} else {
			p.off = off(g.r, p.m)
			if g.roles() != nil {
				p.role = g.roles().Of(p.m.Kind, p.m.Layer, p.m.Head)
			}
		}
		if made.tokens == nil {
			made.tokens = patterns.Read(p.m, g.r)
		}
		p.fit = made.tokens.Pattern(p.m)
		p.cells = g.picture(p.m)
	}
	return true
}

// roles are what the heads do over a corpus, if that is to be shown.
func (g *pictures) roles() *record.Roles {
	if !g.Ask.Roles || g.r.Answer.Refusal != "" && g.r.Answer.To.Roles {
		return nil
	}
	return g.r.Roles
}

// label is what stands under a picture: its name, a shorter one, and the number beside it, "" for none.
func (p *picture) label() (long, brief, number string) {
	if p.role == nil {
		if p.fit.Share > 0 {
			number = fixed(p.fit.Share, 2)
		}
		return p.fit.Shape.String(), p.fit.Shape.Brief(), number
	}
	if role, ok := p.role.Role(); ok {
		name := text.Of(text.RolePrevious + text.Key(role.Which))
		first, _, _ := strings.Cut(name, " ")
		return name, first, fixed(role.Share, 2)
	}
	return text.Of(text.RoleNone), "—", ""
}

// says is what is spoken of a picture.
func (p *picture) says() string {
	switch {
	case p.role != nil:
		role, ok := p.role.Role()
		if !ok {
			return text.Of(text.RoleSaysNone)
		}
		says := text.RoleSays
		if role.Which == record.OnTranslation {
			says = text.RoleSaysWords
		}
		return text.Of(says, text.Of(text.RolePrevious+text.Key(role.Which)), fixed(role.Share, 2), fixed(role.Chance, 2))
	case p.fit.Share == 0:
		return p.fit.Shape.Says()
	}
	return p.fit.Shape.Says() + ", " + fixed(p.fit.Share, 2)
}

// columns counts the mean too.
func (g *pictures) columns() int {
	if g.mean {
		return len(g.heads) + 1
	}
	return len(g.heads)
}

// picture is the map itself, or for each of its blocks the largest weight. Masked cells are left out.
func (g *pictures) picture(m *record.Map) Cells {
	c := Cells{W: g.wide, H: g.tall, Rows: (len(g.rows) + g.each - 1) / g.each, Cols: (len(g.cols) + g.each - 1) / g.each}
	if g.each == 1 && m.Mask == nil && m.Kind != record.Decoder && len(g.rows) == m.Rows && len(g.cols) == m.Cols {
		c.Values = m.Weights
		return c
	}
	c.Values, c.Skip = blocksOf(m, g.rows, g.cols, g.each)
	return c
}

// place is a picture's left edge and its top.
func (g *pictures) place(layer, i int) (x, y float64) {
	return g.x + float64(i%g.per)*g.pitch, g.tops[layer][i/g.per]
}

func (g *pictures) draw(held int, hidden bool) {
	s := g.s
	columns := g.columns()
	lines := (columns + g.per - 1) / g.per
	s.Width = math.Max(math.Min(g.Width, 620), g.x+float64(g.per)*g.pitch-gutter+pad)
	right := g.x + float64(g.per)*g.pitch - gutter

	_, _, focused := g.index(g.Focus)
	choose := g.asks(text.Of(text.GridChoose))
	s.Readout = g.spoken(g.Focus)
	g.head(s, text.Of(text.GridLead)+choose, text.Of(text.GridLeadShort)+choose, text.Of(text.GridLeadShortest)+choose)

	// What stands under a picture is one line where all fit, else two.
	g.oneLine = true
	for _, line := range g.all {
		for _, p := range line {
			name, _, _ := p.label()
			long := g.Measure(name, g.patternFont)
			g.brief = g.brief || long > g.pitch-4
			g.oneLine = g.oneLine && long+6+g.Measure("0.00", numberFont) <= g.box
		}
	}
	if g.under1 = 20; !g.oneLine {
		g.under1 = 35
	}

	// The chosen head's name stands out, and so does its frame.
	header := func(i, layer int, x, y float64) {
		role, font := Muted, leadFont
		font.Size = 13
		if focused && g.Focus.Col == g.number(i) && (layer < 0 || g.Focus.Row == layer) {
			role = Focus
		}
		s.text(x, y, g.fit(font, g.box, g.column(i), strconv.Itoa(g.number(i))), font, Left, role)
	}
	y := 46.0
	if lines == 1 {
		for i := range columns {
			header(i, -1, g.x+float64(i)*g.pitch, y)
		}
		y += 8.5
	} else {
		y -= 18
	}
	s.Grid = &Grid{X: g.x, Y: y, Cell: (right - g.x) / float64(columns)}
	for i := range columns {
		s.Grid.Cols = append(s.Grid.Cols, g.column(i))
	}
	missing, masked, broad := false, false, false
	for at, all := range g.all {
		layer := g.layers[at]
		role, name := Muted, "layer "+strconv.Itoa(layer)
		s.Grid.Rows = append(s.Grid.Rows, name)
		if meant := !g.mean && len(g.heads) > 1 && layer == g.Layer && g.Heads == (record.HeadSet{}); meant || focused && g.Focus.Row == layer {
			if role = Focus; meant && lines > 1 {
				name += ", its mean"
			}
		}
		var tops []float64
		if lines == 1 {
			s.rule(pad, right, y, Hairline)
			y += 11.5
			s.text(pad, y+10, name, leadFont, Left, role)
		} else {
			y += 18
			s.text(pad, y, name, leadFont, Left, role)
			y += 7.5
			s.rule(pad, right, y, Hairline)
			y += 0.5
		}
		for line := range lines {
			if lines > 1 {
				y += 18
				for i := line * g.per; i < min(columns, (line+1)*g.per); i++ {
					header(i, layer, g.x+float64(i%g.per)*g.pitch, y)
				}
				y += 9
			}
			tops = append(tops, y)
			y += g.tall + g.under1
			if lines > 1 {
				y += 6
			}
		}
		g.tops = append(g.tops, tops)
		y += 10
		if lines == 1 {
			y = math.Floor(y) + 0.5
		} else {
			y = math.Floor(y)
		}
		for i := range all {
			p := &all[i]
			g.one(at, i, p)
			missing = missing || p.m == nil && i < len(g.heads)
			masked = masked || p.cells.Skip != nil
			broad = broad || p.fit.Shape == patterns.Broad
		}
	}
	s.Grid.Height = (y - s.Grid.Y) / float64(len(g.layers))
	cols := slices.Clone(g.heads)
	if g.mean {
		cols = append(cols, -1)
	}
	for layer, tops := range g.tops {
		b := block{part: Head, rows: []int{g.layers[layer]}, cols: cols, x: g.x, y: tops[0], w: g.box, h: g.tall + g.under1, right: g.pitch, per: g.per}
		if lines > 1 {
			b.line = tops[1] - tops[0]
		}
		s.blocks = append(s.blocks, b)
	}

	y = g.legend(s, y+16, "weight", "", false)
	s.Caption = upper(g.kind)
	if roles := g.roles(); roles != nil {
		s.Caption += text.Of(text.GridRoles, roles.Corpus)
		if across := g.Kind == record.Cross || g.Kind == record.RNN; across && roles.Pairs != "" {
			s.Caption += text.Of(text.GridTranslations, roles.Pairs)
		}
	} else {
		s.Caption += text.Of(text.GridNote)
	}
	if broad && g.roles() == nil {
		s.Caption += text.Of(text.GridBroad)
	}
	each := g.each
	if g.small != nil {
		each *= g.small.Each
	}
	if each > 1 {
		s.Caption += " Each dot is the largest weight of " + strconv.Itoa(each) + "×" + strconv.Itoa(each) + " cells."
	}
	if masked {
		s.Caption += text.Of(text.GridBlank)
	}
	if hidden {
		s.Caption += text.Of(text.GridHidden)
	}
	if g.Words {
		s.Caption += text.Of(text.MergedNote)
	}
	if missing {
		s.Caption += " … marks heads that are " + g.absent() + "."
	}
	if n := len(g.layers); held > n {
		s.Caption += " Only the first " + strconv.Itoa(n) + " of " + strconv.Itoa(held) + " layers are drawn."
	}
	g.caption(s, y+28)
}

// one draws a picture, what stands under it, and its frames.
func (g *pictures) one(at, i int, p *picture) {
	x, y := g.place(at, i)
	s, layer := g.s, g.layers[at]
	ref := Ref{Part: Head, Row: layer, Col: g.number(i)}
	chosen := layer == g.Layer && (g.Heads == (record.HeadSet{}) && (ref.Col < 0 || len(g.heads) == 1) || g.Heads.Has(ref.Col))
	focused := g.Focus == ref
	if p.m == nil {
		s.Marks = append(s.Marks, Rect{X: x, Y: y, W: g.wide, H: g.tall, Stroke: Paint{Role: Hairline}, StrokeWidth: 1},
			Text{X: x + g.wide/2, Y: y + g.tall/2 + 4, Text: "…", Font: captionFont, Anchor: Middle, Paint: Paint{Role: Muted}})
	} else {
		c := p.cells
		c.X, c.Y = x, y
		s.put(c)
	}
	frame := func(out, width float64) {
		s.outline(x-out, y-out, g.wide+2*out, g.tall+2*out, width, Paint{Role: Focus})
	}
	if chosen {
		frame(4, 2)
	} else if focused {
		frame(3, 1)
	}
	if p.m == nil {
		return
	}
	paint := Paint{Role: Ink}
	name, brief, number := p.label()
	switch {
	case focused || chosen:
		paint.Role = Focus
	case number == "":
		paint.Role = Muted
	}
	base := y + g.tall + 16
	if g.brief {
		name = g.fit(g.patternFont, g.pitch-4, brief)
	}
	if p.off {
		name = g.fit(g.patternFont, g.pitch-4, "switched off", "off")
	}
	s.put(Text{X: x, Y: base, Text: name, Font: g.patternFont, Paint: paint})
	if number == "" {
		return
	}
	if paint.Role == Ink {
		paint.Role = Muted
	}
	t := Text{X: x + g.Measure(name, g.patternFont) + 6, Y: base, Text: number, Font: numberFont, Paint: paint}
	if !g.oneLine {
		t.X, t.Y = x, base+15
	}
	s.put(t)
}

// number is a column's head, -1 for the mean.
func (g *pictures) number(i int) int {
	if i == len(g.heads) {
		return -1
	}
	return g.heads[i]
}

// column is its name.
func (g *pictures) column(i int) string {
	if i == len(g.heads) {
		return "mean"
	}
	return "head " + strconv.Itoa(g.heads[i])
}

// index is the place of a picture.
func (g *pictures) index(ref Ref) (layer, i int, ok bool) {
	layer, ok = slices.BinarySearch(g.layers, ref.Row)
	if i = len(g.heads); ref.Col != -1 || !g.mean {
		var held bool
		i, held = slices.BinarySearch(g.heads, ref.Col)
		ok = ok && held
	}
	return layer, i, ok && ref.Part == Head
}

// absent says where a head is that has no picture: on its way, or, where the Record has no Stacks, nowhere.
func (g *pictures) absent() string {
	if len(g.r.Stacks) == 0 {
		return "not in this record"
	}
	return "not here yet"
}

func (g *pictures) spoken(ref Ref) string {
	layer, i, ok := g.index(ref)
	if !ok {
		return ""
	}
	p := &g.all[layer][i]
	says := ""
	switch {
	case p.m == nil:
		says = g.absent()
	case p.off:
		says = "switched off"
	default:
		says = p.says()
	}
	return "layer " + strconv.Itoa(ref.Row) + " " + g.column(i) + ": " + says
}
