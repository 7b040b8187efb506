package view

import (
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
	More          bool   // there is something, but not yet: the next scene of the same State goes on with it
	Marks         []Mark
	Hits          []Hit  // in the order in which keys walk them
	Grid          *Grid  // the cells of a matrix, which are too many for Hits
	Solid         *Solid // what stands in space under the marks, if State.Spatial asks for it; nil else

	regions
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
	colors, low, scale := &p.Weights, 0.0, 255.0
	if c.Signed {
		colors, low, scale = &p.Signs, 1, 127.5
	}
	var pixels [256]uint32
	for level, of := range colors {
		pixels[level] = uint32(of.R) | uint32(of.G)<<8 | uint32(of.B)<<16 | 255<<24
	}
	for row := range c.Rows {
		line, values := to[row*stride:][:c.Cols], c.Values[row*c.Cols:][:c.Cols]
		var skip []bool
		if c.Skip != nil {
			skip = c.Skip[row*c.Cols:][:c.Cols]
		}
		for i, v := range values { // as Level has it, without a call for each
			if skip != nil && skip[i] {
				continue
			}
			level := 0
			if w := (float64(v) + low) * scale; w >= 255 {
				level = 255
			} else if w > 0 {
				level = int(w + 0.5)
			}
			line[i] = pixels[level&255]
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
	Left   Anchor = iota // the text begins at X
	Middle               // its middle is there
	Right                // it ends at X
)
