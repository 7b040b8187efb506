package view

import (
	"math"
	"slices"

	"github.com/go-gl/mathgl/mgl64"
)

// Scene is one view, ready to be painted: the marks in painting order, the places that answer a
// pointer, and the words for those who listen.
type Scene struct {
	Width, Height float64
	Title         string // the view's spoken name
	Caption       string // what stands under the figure
	Readout       string // what is pointed at, with its value; "" without focus
	Sentence      string // why there is nothing to draw; "" when there is
	Marks         []Mark
	Hits          []Hit  // in the order in which keys walk them
	Grid          *Grid  // the cells of a matrix, which are too many for Hits
	Solid         *Solid // what stands in space under the marks, if State.Spatial asks for it; nil else

	parts parts
}

// parts is what a view knows of the parts of its scene.
type parts interface {
	shows(Ref) bool
	spoken(Ref) string                           // its name and value
	spokenRow(row int) string                    // of the grid's row; "" where its cells say it all
	under(g *Grid, x, y float64) (Ref, bool)     // the cell at a point
	cell(g *Grid, ref Ref) (x, y, w, h float64)  // where a cell is
	index(ref Ref) (row, col int)                // of a cell among those shown
	walk(s *Scene, from Ref, rows, cols int) Ref // as Scene.Move says
}

// Mark is something to paint: a Curve, Lines, a Rect, a Disc, a Text or Cells.
type Mark interface{ mark() }

// Curve is one cubic Bézier curve with butt caps. P holds its ends and, between them, its control
// points.
type Curve struct {
	P     [4]mgl64.Vec2
	Width float64
	Paint Paint
	Ref   Ref // the link that it draws; Nowhere for decoration
}

// Lines are straight strokes with butt caps, painted alike.
type Lines struct {
	Segments [][2]mgl64.Vec2
	Width    float64
	Paint    Paint
}

// Rect is filled, stroked (just inside its edges) or both.
type Rect struct {
	X, Y, W, H  float64
	Fill        Paint
	Stroke      Paint
	StrokeWidth float64
}

// Disc is filled.
type Disc struct {
	X, Y, R float64
	Paint   Paint
}

// Text is one line. X is its left edge, middle or right edge, as Anchor says; Y is its baseline.
// It is turned by Turn degrees, clockwise, about (X, Y). It holds no control characters. RTL texts
// are to be laid out in a right-to-left paragraph of their own; Anchor keeps its meaning.
type Text struct {
	X, Y   float64
	Text   string
	Font   Font
	Anchor Anchor
	Turn   float64
	Paint  Paint
	RTL    bool
}

// Cells is a matrix of values in [0, 1], each painted in the colour of Paint{Weight, value}; or of
// values in [-1, 1], painted in a diverging scale. Palette.Cell has the colours.
type Cells struct {
	X, Y, W, H float64 // of the whole matrix
	Rows, Cols int
	Values     []float32 // row-major
	Skip       []bool    // cells left unpainted; nil: none
	Signed     bool      // the values have a sign, and 0 is in the middle of the scale
}

// Level is the place of cell i's value in the palette's scale, Palette.Weights or Palette.Signs.
func (c *Cells) Level(i int) int {
	if c.Signed {
		return Level((float64(c.Values[i]) + 1) / 2)
	}
	return Level(float64(c.Values[i]))
}

// Pixels writes the colours of the cells, in the bytes of each number from the lowest on: red, green, blue and
// opacity, which is left alone where a cell is skipped. A row is that many numbers after the one above.
func (c *Cells) Pixels(p *Palette, to []uint32, stride int) {
	colors, low, high := &p.Weights, 0.0, 1.0
	if c.Signed {
		colors, low, high = &p.Signs, 1, 2
	}
	var pixels [256]uint32
	for level, of := range colors {
		pixels[level] = uint32(of.R) | uint32(of.G)<<8 | uint32(of.B)<<16 | 255<<24
	}
	for row := range c.Rows {
		line, values := to[row*stride:][:c.Cols], c.Values[row*c.Cols:][:c.Cols]
		for i, v := range values { // as Level has it, without a call for each
			if c.Skip != nil && c.Skip[row*c.Cols+i] {
				continue
			}
			level := 0
			if w := (float64(v) + low) / high; w >= 1 {
				level = 255
			} else if w > 0 {
				level = int(w*255 + 0.5)
			}
			line[i] = pixels[level]
		}
	}
}

// Alike says whether two matrices have the same pixels: of large ones, whether they are in the same memory.
func (c *Cells) Alike(d *Cells) bool {
	return c.Cols == d.Cols && c.Signed == d.Signed && alike(c.Values, d.Values) && alike(c.Skip, d.Skip)
}

func alike[T comparable](a, b []T) bool {
	const few = 4096 // are compared
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || len(a) <= few && slices.Equal(a, b))
}

func (Curve) mark() {}
func (Lines) mark() {}
func (Rect) mark()  {}
func (Disc) mark()  {}
func (Text) mark()  {}
func (Cells) mark() {}

// Anchor says which point of a text its X is. It is physical: it does not turn around for
// right-to-left text.
type Anchor uint8

const (
	Left Anchor = iota
	Middle
	Right
)

// Hit is a place that answers a pointer. A link's place is its curve, the others' a rectangle.
// Scene.Label has what is said there.
type Hit struct {
	Ref        Ref
	X, Y, W, H float64 // the rectangle, or the one around the curve
	mark       int     // a link's place in Scene.Marks
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

// reach is how far from a link's edge a pointer still means it.
const reach = 4.0

// HitAt finds what is at a point: a cell or a word, else the nearest link within reach.
func (s *Scene) HitAt(x, y float64) (hit Hit, ok bool) {
	if g := s.Grid; g != nil {
		if ref, ok := s.parts.under(g, x, y); ok {
			return s.cell(ref), true
		}
	}
	best := math.Inf(1)
	for _, h := range s.Hits {
		if x < h.X || y < h.Y || x >= h.X+h.W || y >= h.Y+h.H {
			continue
		}
		if h.Ref.Part != Pair {
			return h, true
		}
		c := s.Marks[h.mark].(Curve)
		// Of two curves under the pointer the one painted later, so the heavier, is meant.
		if d := c.distance(mgl64.Vec2{x, y}, c.Width/2+reach); d <= best+1 {
			best, hit = d, h
		}
	}
	return hit, !math.IsInf(best, 1)
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

// cell is the Hit of a grid's cell.
func (s *Scene) cell(ref Ref) Hit {
	h := Hit{Ref: ref}
	h.X, h.Y, h.W, h.H = s.parts.cell(s.Grid, ref)
	return h
}

// Chooses is what a click on a part of the view is to put into State.Chosen, where that is not the part
// itself: in the steps view, the weight of a key.
func (s *Scene) Chooses(ref Ref) (chosen Ref, ok bool) {
	if c, can := s.parts.(interface{ chooses(Ref) (Ref, bool) }); can {
		return c.chooses(ref)
	}
	return Ref{}, false
}

// cell tells whether it points at a cell of a grid, where there is one.
func (r Ref) cell() bool { return r.Part == Pair || r.Part == Head || r.Part == Node }

// Label is the spoken name of what a Ref points at, "chat looks at cat, 0.8102" for a pair; "" when
// the scene does not show it.
func (s *Scene) Label(ref Ref) string {
	if s.parts == nil || !s.parts.shows(ref) {
		return ""
	}
	return s.parts.spoken(ref)
}

// RowLabel is the spoken name of a grid's row where its cells do not say it all, such as "chat, hidden
// tokens 0.24" in a heatmap that does not show all of its weight; "" where they do.
func (s *Scene) RowLabel(row int) string {
	if s.Grid == nil || row < 0 || row >= len(s.Grid.Rows) {
		return ""
	}
	return s.parts.spokenRow(row)
}

// Index is the row and the column of a grid's cell, among those that are shown.
func (s *Scene) Index(ref Ref) (row, col int, ok bool) {
	if s.Grid == nil || !ref.cell() || !s.parts.shows(ref) {
		return 0, 0, false
	}
	row, col = s.parts.index(ref)
	return row, col, true
}

// Place is where a Ref is, so that a focus ring can be drawn or scrolled to.
func (s *Scene) Place(ref Ref) (x, y, w, h float64, ok bool) {
	if s.parts == nil || !s.parts.shows(ref) {
		return 0, 0, 0, 0, false
	}
	if s.Grid != nil && ref.cell() {
		c := s.cell(ref)
		return c.X, c.Y, c.W, c.H, c.W > 0
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
	if s.parts == nil {
		return Ref{}
	}
	return s.parts.walk(s, ref, rows, cols)
}

func (f *frame) spoken(ref Ref) string { return f.label(ref, 3, true) }

func (f *frame) spokenRow(row int) string {
	if !f.anyHidden {
		return ""
	}
	row = f.rows[row]
	return f.q[row].text + ", hidden tokens " + Format(f.hidden[row])
}

func (f *frame) under(g *Grid, x, y float64) (Ref, bool) {
	row, col := int(math.Floor((y-g.Y)/g.Cell)), int(math.Floor((x-g.X)/g.Cell))
	if row < 0 || row >= len(f.rows) || col < 0 || col >= len(f.cols) {
		return Ref{}, false
	}
	return Ref{Pair, f.rows[row], f.cols[col]}, true
}

func (f *frame) cell(g *Grid, ref Ref) (x, y, w, h float64) {
	row, col := f.index(ref)
	return g.X + float64(col)*g.Cell, g.Y + float64(row)*g.Cell, g.Cell, g.Cell
}

func (f *frame) index(ref Ref) (row, col int) { return f.rowAt[ref.Row], f.colAt[ref.Col] }

func (f *frame) walk(s *Scene, ref Ref, rows, cols int) Ref {
	if s.Grid != nil {
		if ref.Part != Pair || !f.shows(ref) {
			return Ref{Pair, f.rows[0], f.cols[0]}
		}
		return Ref{Pair, f.rows[step(f.rowAt[ref.Row], rows, len(f.rows))], f.cols[step(f.colAt[ref.Col], cols, len(f.cols))]}
	}
	if ref.Part == Pair {
		ref = Ref{Part: Query, Row: ref.Row}
	}
	if ref.Part == Nowhere || ref.Part == Head || !f.shows(ref) {
		return Ref{Part: Query, Row: f.rows[0]}
	}
	at := 0
	if ref.Part == Key {
		at = f.colAt[ref.Col]
	} else {
		at = f.rowAt[ref.Row]
	}
	if f.arcs() { // the words are one line
		return Ref{Part: Query, Row: f.rows[step(at, rows+cols, len(f.rows))]}
	}
	if cols < 0 || cols == 0 && ref.Part == Key {
		return Ref{Part: Key, Col: f.cols[step(min(at, len(f.cols)-1), rows, len(f.cols))]}
	}
	return Ref{Part: Query, Row: f.rows[step(min(at, len(f.rows)-1), rows, len(f.rows))]}
}

// step moves by d from a place, and stays within n places.
func step(from, d, n int) int { return max(0, min(from+d, n-1)) }

// shows says whether what a Ref points at is to be seen.
func (f *frame) shows(ref Ref) bool {
	row := ref.Row >= 0 && ref.Row < len(f.rowAt) && f.rowAt[ref.Row] >= 0
	col := ref.Col >= 0 && ref.Col < len(f.colAt) && f.colAt[ref.Col] >= 0
	switch ref.Part {
	case Query:
		return row
	case Key:
		return col
	case Pair:
		return row && col
	case Head:
		return len(f.each) > 1 && ref.Row == f.Layer && f.Heads.Has(ref.Col)
	}
	return false
}
