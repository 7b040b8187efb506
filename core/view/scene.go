package view

import (
	"math"

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
	Hits          []Hit // in the order in which keys walk them
	Grid          *Grid // the heatmap's cells, which are too many for Hits

	frame *frame
}

// Mark is something to paint: a Curve, Lines, a Rect, a Text or Cells.
type Mark interface{ mark() }

// Curve is one cubic Bézier curve, stroked with round caps... P holds its ends and, between them,
// its control points.
type Curve struct {
	P     [4]mgl64.Vec2
	Width float64
	Paint Paint
	Label string // spoken name
}

// Lines are straight strokes with butt caps, painted alike.
type Lines struct {
	Segments [][2]mgl64.Vec2
	Width    float64
	Paint    Paint
}

// Rect is filled, stroked (inside its edge, one pixel wide or as told) or both.
type Rect struct {
	X, Y, W, H  float64
	Fill        Paint
	Stroke      Paint
	StrokeWidth float64
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

// Cells is a matrix of values in [0, 1], each painted in the colour of Paint{Weight, value}.
type Cells struct {
	X, Y, W, H float64 // of the whole matrix
	Rows, Cols int
	Values     []float32 // row-major
	Skip       []bool    // cells left unpainted; nil: none
}

func (Curve) mark() {}
func (Lines) mark() {}
func (Rect) mark()  {}
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
type Hit struct {
	Ref        Ref
	Label      string  // spoken name: "chat looks at cat, 0.81"
	X, Y, W, H float64 // the rectangle, or the one around the curve
	Link       bool
	p          [4]mgl64.Vec2
	reach      float64 // how far from the curve's middle line it is still hit
}

// Grid is the semantics of a matrix: what a role=grid needs to name and walk its cells.
type Grid struct {
	Rows, Cols []string // spoken names of the rows and columns that are shown
	X, Y, Cell float64  // the first cell's corner, and a cell's side
}

// curvePoints is how many points stand for a curve when a pointer looks for it.
const curvePoints = 24

// HitAt finds what is at a point: a word or a cell, else the nearest link within reach.
func (s *Scene) HitAt(x, y float64) (Hit, bool) {
	if g := s.Grid; g != nil {
		row, col := int(math.Floor((y-g.Y)/g.Cell)), int(math.Floor((x-g.X)/g.Cell))
		if row >= 0 && row < len(g.Rows) && col >= 0 && col < len(g.Cols) {
			return s.hit(Ref{Pair, s.frame.rows[row], s.frame.cols[col]}), true
		}
	}
	best, found, at := math.Inf(1), Hit{}, mgl64.Vec2{x, y}
	for _, h := range s.Hits {
		if x < h.X || y < h.Y || x >= h.X+h.W || y >= h.Y+h.H {
			continue
		}
		if !h.Link {
			return h, true
		}
		d := distance(at, mgl64.MakeBezierCurve2D(curvePoints, h.p[:]))
		// Of two curves under the pointer the one painted later, so the heavier, is meant.
		if d <= h.reach && d <= best+1 {
			best, found = d, h
		}
	}
	return found, !math.IsInf(best, 1)
}

// distance is how far a point is from a line through points.
func distance(p mgl64.Vec2, line []mgl64.Vec2) float64 {
	best := math.Inf(1)
	for i := 1; i < len(line); i++ {
		a, d := line[i-1], line[i].Sub(line[i-1])
		t := 0.0
		if dd := d.Dot(d); dd > 0 {
			t = mgl64.Clamp(p.Sub(a).Dot(d)/dd, 0, 1)
		}
		best = math.Min(best, p.Sub(a.Add(d.Mul(t))).Len())
	}
	return best
}

// hit makes the Hit of a Ref, with the rectangle of its cell.
func (s *Scene) hit(ref Ref) Hit {
	h := Hit{Ref: ref, Label: s.Label(ref)}
	if g := s.Grid; g != nil {
		f := s.frame
		h.X, h.Y = g.X+float64(index(f.cols, ref.Col))*g.Cell, g.Y+float64(index(f.rows, ref.Row))*g.Cell
		h.W, h.H = g.Cell, g.Cell
	}
	return h
}

// Label is the spoken name of what a Ref points at; "" when the scene does not show it.
func (s *Scene) Label(ref Ref) string {
	if s.frame == nil || !s.frame.shows(ref) {
		return ""
	}
	return s.frame.label(ref)
}

// Place is where a Ref is, so that a focus ring can be drawn or scrolled to.
func (s *Scene) Place(ref Ref) (x, y, w, h float64, ok bool) {
	if s.frame == nil || !s.frame.shows(ref) {
		return 0, 0, 0, 0, false
	}
	if s.Grid != nil && ref.Part == Pair {
		c := s.hit(ref)
		return c.X, c.Y, c.W, c.H, true
	}
	for _, c := range s.Hits {
		if c.Ref == ref {
			return c.X, c.Y, c.W, c.H, true
		}
	}
	return 0, 0, 0, 0, false
}

// Move walks from ref by rows and columns, as arrow keys do, and stops at the edges: from cell to
// cell in a heatmap; in the links along a column of words, or (cols ±1) to the other column. From
// Nowhere, or from something that is not shown, it goes to the first.
func (s *Scene) Move(ref Ref, rows, cols int) Ref {
	f := s.frame
	if f == nil {
		return Ref{}
	}
	if s.Grid != nil {
		if ref.Part != Pair || !f.shows(ref) {
			return Ref{Pair, f.rows[0], f.cols[0]}
		}
		return Ref{Pair, step(f.rows, ref.Row, rows), step(f.cols, ref.Col, cols)}
	}
	if ref.Part == Pair {
		ref = Ref{Part: Query, Row: ref.Row}
	}
	if ref.Part == Nowhere || !f.shows(ref) {
		return Ref{Part: Query, Row: f.rows[0]}
	}
	at := index(f.rows, ref.Row)
	if ref.Part == Key {
		at = index(f.cols, ref.Col)
	}
	if cols < 0 || cols == 0 && ref.Part == Key {
		return Ref{Part: Key, Col: step(f.cols, f.cols[min(at, len(f.cols)-1)], rows)}
	}
	return Ref{Part: Query, Row: step(f.rows, f.rows[min(at, len(f.rows)-1)], rows)}
}

// step moves by d places within sorted indices.
func step(all []int, from, d int) int {
	return all[max(0, min(index(all, from)+d, len(all)-1))]
}

// index finds i in sorted indices, or -1.
func index(all []int, i int) int {
	for at, v := range all {
		if v == i {
			return at
		}
	}
	return -1
}

// shows says whether what a Ref points at is to be seen.
func (f *frame) shows(ref Ref) bool {
	row, col := index(f.rows, ref.Row) >= 0, index(f.cols, ref.Col) >= 0
	switch ref.Part {
	case Query:
		return row
	case Key:
		return col
	case Pair:
		return row && col
	}
	return false
}
