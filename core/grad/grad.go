// Package grad holds every operation of the models once, forward and backward, over package tensor.
//
// Operations are methods of a Pass. With a Tape they note how to go back; without one they are
// plain inference: no closures, and no allocation once the arena has grown to its size. So the
// pretrained models, training, and attributions are one and the same code.
//
// Letters: N rows of a batch (tokens of all its sequences, one after the other, no padding), C
// width, H heads, V vocabulary.
package grad

import (
	"math/rand/v2"
	"sync"

	"heed/core/tensor"
)

// Value is a matrix and, when a tape records, the gradient of the loss with respect to it, of the
// same shape. G.Data is nil when no gradient is wanted.
type Value struct {
	X, G tensor.Matrix
}

// Const wraps a matrix that needs no gradient.
func Const(x tensor.Matrix) Value { return Value{X: x} }

// Param is a named weight of a model. A weight matrix is stored [out, in], a bias or gain as one
// row. Transposed says of a weight matrix that files store it [in, out] (GPT-2's Conv1D).
type Param struct {
	Name       string
	X          tensor.Matrix
	Transposed bool
	index      int

	mu     sync.Mutex // several cores may ask for packed at once
	packed *tensor.Packed
	stale  bool // packed holds older values
}

// Params are the weights of a model in a fixed order.
type Params struct {
	List []*Param
}

// New adds a zeroed rows×cols weight.
func (ps *Params) New(name string, rows, cols int) *Param {
	p := &Param{Name: name, X: tensor.New(rows, cols), index: len(ps.List)}
	ps.List = append(ps.List, p)
	return p
}

// Count returns the number of weights, counted one by one.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.List {
		n += len(p.X.Data)
	}
	return n
}

// Changed must be called after the weight's values were changed: a copy of them is kept, laid out
// for the matrix product.
func (p *Param) Changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stale = true
}

// Pack lays out the weight, unless it is a bias or a gain, ahead of its first use: several cores can
// then share the work, which otherwise the first to come does.
func (p *Param) Pack() {
	if p.X.Rows > 1 {
		p.packT()
	}
}

// packT returns the transpose of a weight matrix, packed.
func (p *Param) packT() *tensor.Packed {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.packed == nil:
		p.packed, p.stale = tensor.PackT(p.X), false
	case p.stale:
		p.packed.SetT(p.X)
		p.stale = false
	}
	return p.packed
}

// Tape notes the operations of one forward pass and holds the gradients of the weights. What an
// operation was given (ids, spans) must stay as it is until Backward, which may change the gradients
// of values on its way. Several
// tapes over the same Params serve several cores.
type Tape struct {
	back  []func()
	grads []tensor.Matrix
}

// NewTape returns a tape with zeroed gradients for the weights.
func NewTape(ps *Params) *Tape {
	t := &Tape{}
	for _, p := range ps.List {
		t.grads = append(t.grads, tensor.New(p.X.Rows, p.X.Cols))
	}
	return t
}

// Grad returns the gradient of a weight, which Backward adds to.
func (t *Tape) Grad(p *Param) tensor.Matrix { return t.grads[p.index] }

// Backward runs the noted operations in reverse and forgets them.
func (t *Tape) Backward() {
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
	clear(t.back)
	t.back = t.back[:0]
}

// Pass is one forward pass: where buffers come from, and whether it is noted. It is not safe for
// concurrent use.
type Pass struct {
	Arena *tensor.Arena
	Tape  *Tape     // nil for inference
	Rand  *rand.PCG // drives Dropout; nil means no dropout
}

// NewPass returns a Pass for inference with an arena of its own.
func NewPass() *Pass { return &Pass{Arena: new(tensor.Arena)} }

// value returns a rows×cols value of unspecified content; its gradient is zeroed.
func (p *Pass) value(rows, cols int) Value {
	v := Value{X: p.Arena.Matrix(rows, cols)}
	if p.Tape != nil {
		v.G = p.Arena.Zeros(rows, cols)
	}
	return v
}

// note adds a step to the tape. Callers ask for p.Tape first, so that inference makes no closure.
func (p *Pass) note(f func()) { p.Tape.back = append(p.Tape.back, f) }

// wants reports whether a value takes a gradient.
func (v Value) wants() bool { return v.G.Data != nil }

// Rows returns the view of rows lo to hi, gradient included.
func (v Value) Rows(lo, hi int) Value {
	w := Value{X: v.X.RowRange(lo, hi)}
	if v.wants() {
		w.G = v.G.RowRange(lo, hi)
	}
	return w
}

// Cols returns the view of columns lo to hi, gradient included.
func (v Value) Cols(lo, hi int) Value {
	w := Value{X: v.X.ColRange(lo, hi)}
	if v.wants() {
		w.G = v.G.ColRange(lo, hi)
	}
	return w
}
