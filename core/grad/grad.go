// Package grad holds every operation of the models once, forward and backward, over package tensor.
//
// Operations are methods of a Pass. With a Tape they record how to go back; without one they are
// plain inference: no closures, and no allocation once the arena has grown to its size. So the
// pretrained models, training, and attributions are one and the same code.
//
// Shapes are checked at the entry of every operation: what does not fit panics, with both shapes.
//
// NaN is not looked for: it goes where package tensor says. So a score that a mask hides may be NaN, but a value that
// it hides may not, because 0 times NaN is NaN; and a loss of logits that hold NaN, or +Inf, is NaN.
//
// Notation: N rows of a batch (tokens of all its sequences, one after the other, no padding), C
// width, H heads, V vocabulary.
package grad

import (
	"math/rand/v2"
	"strconv"

	"heed/core/tensor"
)

// Value is a matrix and, when a tape records, the gradient of the loss with respect to it, of the
// same shape. G.Data is nil when no gradient is computed.
type Value struct {
	X, G tensor.Matrix
}

// Const wraps a matrix that needs no gradient.
func Const(x tensor.Matrix) Value { return Value{X: x} }

// requiresGrad reports whether a value takes a gradient.
func (v Value) requiresGrad() bool { return v.G.Data != nil }

// Rows returns the view of rows lo to hi, gradient included. It panics when they are not all there.
func (v Value) Rows(lo, hi int) Value {
	w := Value{X: v.X.RowRange(lo, hi)}
	if v.requiresGrad() {
		w.G = v.G.RowRange(lo, hi)
	}
	return w
}

// Cols returns the view of columns lo to hi, gradient included. It panics when they are not all there.
func (v Value) Cols(lo, hi int) Value {
	w := Value{X: v.X.ColRange(lo, hi)}
	if v.requiresGrad() {
		w.G = v.G.ColRange(lo, hi)
	}
	return w
}

// reshape returns v's elements, which are contiguous, in another shape.
func (v Value) reshape(rows, cols int) Value {
	w := Value{X: tensor.From(v.X.Data, rows, cols)}
	if v.requiresGrad() {
		w.G = tensor.From(v.G.Data, rows, cols)
	}
	return w
}

// gradRow returns row i of v's gradient, or of unused where v takes none.
func (v Value) gradRow(i int, unused []float32) []float32 {
	if v.requiresGrad() {
		return v.G.Row(i)
	}
	return unused[:v.X.Cols]
}

// Pass carries what one forward pass needs: the arena of its buffers, the tape that records it, and
// the source of dropout. It is not safe for concurrent use.
type Pass struct {
	Arena *tensor.Arena
	Tape  *Tape     // nil for inference
	Rand  *rand.PCG // drives Dropout; nil means no dropout
}

// NewPass returns a Pass for inference with an arena of its own.
func NewPass() *Pass { return &Pass{Arena: new(tensor.Arena)} }

// Empty returns a rows×cols value of unspecified content, for a loop to fill step by step; its gradient
// is zeroed.
func (p *Pass) Empty(rows, cols int) Value {
	v := Value{X: p.Arena.Matrix(rows, cols)}
	if p.taped() {
		v.G = p.Arena.Zeros(rows, cols)
	}
	return v
}

// like returns a value of x's shape, of unspecified content.
func (p *Pass) like(x Value) Value { return p.Empty(x.X.Rows, x.X.Cols) }

func shape(m tensor.Matrix) string { return tensor.Shape(m.Rows, m.Cols) }

// fail panics with what an operation was given.
func fail(op string, what ...string) {
	s := "grad: " + op + ":"
	for _, w := range what {
		s += " " + w
	}
	panic(s)
}

// same panics unless two matrices have one shape.
func same(op string, a, b tensor.Matrix) {
	if a.Rows != b.Rows || a.Cols != b.Cols {
		fail(op, shape(a), "and", shape(b), "must have one shape")
	}
}

// within panics unless every index is of one of n rows; -1 is let pass where nothing is.
func within(op string, rows []int, n int, orNone bool) {
	for _, r := range rows {
		if uint(r) >= uint(n) && !(r < 0 && orNone) {
			fail(op, "row", strconv.Itoa(r), "of", strconv.Itoa(n))
		}
	}
}
