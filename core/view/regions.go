package view

import (
	"math"
	"slices"

	"github.com/go-gl/mathgl/mgl64"
)

// Hit is a place that answers a pointer. A link's place is its curve, the others' a rectangle.
// Scene.Label has what is said there.
type Hit struct {
	Ref        Ref
	X, Y, W, H float64 // the rectangle, or the one around the curve
	curve      int     // of a link: one more than its place in Scene.Marks
}

// Grid is the semantics of a matrix: what a role=grid needs to name and walk its cells. In a heatmap
// the cells lie as the matrix does, all of one size. In the context view a row is a vector, which is
// broken into lines, and in the grid of heads a layer, which may be: Cell and Height then only share out
// the room that the rows take; Scene.Place has the place of each cell, and Scene.Index its row and column.
type Grid struct {
	Rows, Cols []string // spoken names of the rows and columns that are shown
	X, Y       float64  // the first cell's corner
	Cell       float64  // a cell's width
	Height     float64  // from row to row
	Lengths    []int    // by row: how many cells it has, where they differ; nil: as many as there are columns
}

// regions are what of a scene answers a pointer and the keyboard. All that a reader can do at a place follows
// from them: what is under a pointer, where a focus ring goes, and where arrow keys lead.
type regions struct {
	blocks []block          // the cells of the Grid, in the order of its rows
	again  []block          // other places of the same cells
	hidden int              // how many rows of those come before the first of Grid.Rows
	lists  func() [][]Ref   // without a Grid: what is walked as lists
	down   bool             // a list goes from top to bottom, and the next is beside it; else it is a line
	start  Ref              // of the lists: where keys begin
	name   func(Ref) string // what is said of a Ref; "" where the scene does not show it
	ofRow  func(row int) string
	opens  func(Ref) (Ref, bool)
}

// block is some rows of cells, which are all of one size. A row may be broken into lines.
type block struct {
	part       Part
	rows, cols []int // the Row and the Col of the Refs
	turned     bool  // or the other way round

	x, y, w, h float64
	right      float64 // from cell to cell
	next, line float64 // from row to row, and from line to line of a row
	per        int     // cells in a line; 0: all
	from, to   int     // the cells in sight, if not all

	point func(row, col int) mgl64.Vec2 // the middle of a cell, where they lie in no order
}

// near is how far from a point a pointer still means it.
const near = 22.0

func (b *block) ref(row, col int) Ref {
	if b.turned {
		return Ref{b.part, b.cols[col], b.rows[row]}
	}
	return Ref{b.part, b.rows[row], b.cols[col]}
}

func (b *block) find(ref Ref) (row, col int, ok bool) {
	if ref.Part != b.part {
		return 0, 0, false
	}
	if b.turned {
		ref.Row, ref.Col = ref.Col, ref.Row
	}
	if row = slices.Index(b.rows, ref.Row); row >= 0 {
		col = slices.Index(b.cols, ref.Col)
	}
	return row, col, row >= 0 && col >= 0
}

// width is how many cells are in a line.
func (b *block) width() int {
	if b.per == 0 {
		return len(b.cols)
	}
	return b.per
}

// seen says whether a cell is in sight.
func (b *block) seen(col int) bool { return b.to == 0 || col >= b.from && col < b.to }

func (b *block) place(row, col int) (x, y, w, h float64) {
	if b.point != nil {
		p := b.point(row, col)
		return p[0] - b.w/2, p[1] - b.h/2, b.w, b.h
	}
	if !b.seen(col) || b.w == 0 {
		return 0, 0, 0, 0
	}
	per := b.width()
	return b.x + float64(col%per)*b.right, b.y + float64(row)*b.next + float64(col/per)*b.line, b.w, b.h
}

// under finds the cell at a point; between cells the nearer one's gap is its own.
func (b *block) under(x, y float64) (row, col int, ok bool) {
	per := b.width()
	in := int(math.Floor((x - b.x + (b.right-b.w)/2) / b.right))
	if in < 0 || in >= per {
		return 0, 0, false
	}
	if row = 0; len(b.rows) > 1 {
		row = int(math.Floor((y - b.y) / b.next))
	}
	if row < 0 || row >= len(b.rows) {
		return 0, 0, false
	}
	y -= b.y + float64(row)*b.next
	line := 0
	if b.line > 0 {
		line = int(math.Floor(y / b.line))
	}
	col = line*per + in
	return row, col, y >= 0 && y-float64(line)*b.line < b.h && col < len(b.cols) && b.seen(col)
}

// counted lists the first n numbers.
func counted(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// locate finds the block of a cell, its row and column there, and the number of that row.
func (s *regions) locate(ref Ref) (b *block, row, col, at int, ok bool) {
	for i := range s.blocks {
		b := &s.blocks[i]
		if row, col, ok := b.find(ref); ok {
			return b, row, col, at + row, true
		}
		at += len(b.rows)
	}
	return nil, 0, 0, 0, false
}

// row is the block that has a row, by the row's number, its place there, and how many rows there are in all.
func (s *regions) row(at int) (b *block, row, n int) {
	for i := range s.blocks {
		if at >= n && at < n+len(s.blocks[i].rows) {
			b, row = &s.blocks[i], at-n
		}
		n += len(s.blocks[i].rows)
	}
	return b, row, n
}

// reach is how far from a link's edge a pointer still means it.
const reach = 4.0

// HitAt finds what is at a point: a cell or a word, else the nearest link within reach.
func (s *Scene) HitAt(x, y float64) (hit Hit, ok bool) {
	best := near
	all := append(s.blocks[:len(s.blocks):len(s.blocks)], s.again...)
	for i := range all {
		b := &all[i]
		if b.point == nil {
			if row, col, ok := b.under(x, y); ok {
				return s.cell(b, row, col), true
			}
			continue
		}
		if g := s.Grid; x < g.X || y < g.Y || x > g.X+s.Width || y > g.Y+g.Height*float64(len(g.Rows)) {
			continue
		}
		for row := range b.rows {
			for col := range b.cols {
				if d := b.point(row, col).Sub(mgl64.Vec2{x, y}).Len(); d < best {
					best, hit, ok = d, s.cell(b, row, col), true
				}
			}
		}
	}
	if ok {
		return hit, true
	}
	best = math.Inf(1)
	for _, h := range s.Hits {
		if x < h.X || y < h.Y || x >= h.X+h.W || y >= h.Y+h.H {
			continue
		}
		if h.curve == 0 {
			return h, true
		}
		c := s.Marks[h.curve-1].(Curve)
		// Of two curves under the pointer the one painted later, so the heavier, is meant.
		if d := c.distance(mgl64.Vec2{x, y}, c.Width/2+reach); d <= best+1 {
			best, hit = d, h
		}
	}
	return hit, !math.IsInf(best, 1)
}

// cell is the Hit of a grid's cell.
func (s *Scene) cell(b *block, row, col int) Hit {
	h := Hit{Ref: b.ref(row, col)}
	h.X, h.Y, h.W, h.H = b.place(row, col)
	return h
}

// distance is how far a point is from the middle line of a curve whose x only falls, taken as 24
// straight pieces; +Inf when it is further than within.
func (c *Curve) distance(p mgl64.Vec2, within float64) float64 {
	const pieces = 24
	at := func(i int) mgl64.Vec2 {
		return mgl64.CubicBezierCurve2D(float64(i)/pieces, c.P[0], c.P[1], c.P[2], c.P[3])
	}
	lo, hi := 0, pieces // the first piece that is not wholly to the right of what is near
	for lo < hi-1 {
		if mid := (lo + hi) / 2; at(mid)[0] > p[0]+within {
			lo = mid
		} else {
			hi = mid
		}
	}
	best, a := math.Inf(1), at(lo)
	for i := lo + 1; i <= pieces && a[0] >= p[0]-within; i++ {
		b := at(i)
		d, t := b.Sub(a), 0.0
		if dd := d.Dot(d); dd > 0 {
			t = mgl64.Clamp(p.Sub(a).Dot(d)/dd, 0, 1)
		}
		if far := p.Sub(a.Add(d.Mul(t))).Len(); far <= within {
			best = math.Min(best, far)
		}
		a = b
	}
	return best
}

// Chooses is what a click on a part of the view is to put into State.Chosen, where that is not the part
// itself: in the steps view, the weight of a key.
func (s *Scene) Chooses(ref Ref) (chosen Ref, ok bool) {
	if s.opens == nil {
		return Ref{}, false
	}
	return s.opens(ref)
}

// Label is the spoken name of what a Ref points at, "chat attends to cat, 0.8102" for a pair; "" when
// the scene does not show it.
func (s *Scene) Label(ref Ref) string {
	if s.name == nil {
		return ""
	}
	return s.name(ref)
}

// RowLabel is the spoken name of a grid's row where its cells do not say it all, such as "chat, hidden
// tokens 0.24" in a heatmap that does not show all of its weight; "" where they do.
func (s *Scene) RowLabel(row int) string {
	if s.ofRow == nil || s.Grid == nil || row < 0 || row >= len(s.Grid.Rows) {
		return ""
	}
	return s.ofRow(row)
}

// Index is the row and the column of a grid's cell, among those that are shown.
func (s *Scene) Index(ref Ref) (row, col int, ok bool) {
	_, _, col, row, ok = s.locate(ref)
	return row - s.hidden, col, ok
}

// Place is where a Ref is, so that a focus ring can be drawn or scrolled to.
func (s *Scene) Place(ref Ref) (x, y, w, h float64, ok bool) {
	if b, row, col, _, found := s.locate(ref); found {
		x, y, w, h = b.place(row, col)
		return x, y, w, h, w > 0
	}
	for _, c := range s.Hits {
		if c.Ref == ref {
			return c.X, c.Y, c.W, c.H, true
		}
	}
	return 0, 0, 0, 0, false
}

// Move walks from ref by rows and columns, as arrow keys do, and stops at the edges: from cell to
// cell in a grid; in the links along a column of words, or (cols ±1) to the other column; in the
// predictions along the tokens, down into the candidates and up again. From Nowhere, or from
// something that is not shown, it goes to the first.
func (s *Scene) Move(ref Ref, rows, cols int) Ref {
	if s.lists != nil {
		return s.along(ref, rows, cols)
	}
	if len(s.blocks) == 0 {
		return Ref{}
	}
	b, _, col, at, ok := s.locate(ref)
	if !ok {
		at, col, rows, cols = s.hidden, 0, 0, 0
		for i, n := 0, 0; ref.Part == Query && i < len(s.blocks); i++ { // a word whose row this is
			if row := slices.Index(s.blocks[i].rows, ref.Row); row >= 0 && !s.blocks[i].turned {
				at = n + row
			}
			n += len(s.blocks[i].rows)
		}
		b, _, _ = s.row(at)
	}
	_, _, n := s.row(-1)
	if per := b.width(); n == 1 && per < len(b.cols) { // one row in lines, which are walked as rows are
		if rows != 0 {
			col = min(step(col/per, rows, (len(b.cols)+per-1)/per)*per+col%per, len(b.cols)-1)
		}
		return b.ref(0, step(col, cols, len(b.cols)))
	}
	b, row, _ := s.row(step(at, rows, n))
	return b.ref(row, step(min(col, len(b.cols)-1), cols, len(b.cols)))
}

// along walks over lists.
func (s *regions) along(ref Ref, rows, cols int) Ref {
	lists := slices.DeleteFunc(s.lists(), func(l []Ref) bool { return len(l) == 0 })
	if ref.Part == Pair {
		ref = Ref{Part: Query, Row: ref.Row}
	}
	if s.down {
		rows, cols = cols, rows // from list to list, and along one
	}
	if len(lists) == 1 {
		rows, cols = 0, rows+cols
	}
	for n, line := range lists {
		if i := slices.Index(line, ref); i >= 0 {
			line = lists[step(n, rows, len(lists))]
			return line[step(min(i, len(line)-1), cols, len(line))]
		}
	}
	for _, line := range lists {
		if slices.Contains(line, s.start) {
			return s.start
		}
	}
	if len(lists) > 0 { // what a Record explains may be nothing that can be chosen
		return lists[0][0]
	}
	return Ref{}
}

// listed sorts the places of a scene into lists.
func (s *Scene) listed(n int, of func(Ref) int) func() [][]Ref {
	return func() [][]Ref {
		lists := make([][]Ref, n)
		for _, h := range s.Hits {
			if at := of(h.Ref); at >= 0 {
				lists[at] = append(lists[at], h.Ref)
			}
		}
		return lists
	}
}

// inOrder has a list for each of some parts.
func inOrder(parts ...Part) func(Ref) int {
	return func(ref Ref) int { return slices.Index(parts, ref.Part) }
}

// step moves by d from a place, and stays within n places.
func step(from, d, n int) int { return max(0, min(from+d, n-1)) }
