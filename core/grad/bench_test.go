package grad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"heed/core/tensor"
)

// dense is a matrix in float64, for the reference loops. NaN in a result means that the operation
// leaves that element unspecified.
type dense [][]float64

func newDense(rows, cols int) dense {
	d := make(dense, rows)
	for i := range d {
		d[i] = make([]float64, cols)
	}
	return d
}

func unspecified(rows, cols int) dense {
	d := newDense(rows, cols)
	for i := range d {
		for j := range d[i] {
			d[i][j] = math.NaN()
		}
	}
	return d
}

func toDense(m tensor.Matrix) dense {
	d := newDense(m.Rows, m.Cols)
	for i := range d {
		for j, v := range m.Row(i) {
			d[i][j] = float64(v)
		}
	}
	return d
}

// size is rows and columns.
type size [2]int

// op is one operation with its reference: run may use inputs and weights of the shapes given.
type op struct {
	name string
	in   []size
	w    []size
	run  func(p *Pass, in []Value, w []*Param) Value
	want func(in, w []dense) dense
}

// bench holds an operation's inputs, as views of wider matrices, and its weights.
type bench struct {
	op
	inputs  []Value
	wide    []tensor.Matrix // the gradients that the inputs' are views of
	weights Params
	loss    dense // the loss is the sum of result × loss
}

// before stands in every gradient before it is added to, and beside it.
const before = 0.25

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// role is one that a weight of this size can have.
func role(s size) Role {
	if s[0] == 1 {
		return Bias
	}
	return Matrix
}

func newBench(o op) *bench {
	r := rand.New(rand.NewPCG(11, 12))
	draw := func(x []float32) {
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
	}
	b := &bench{op: o}
	for _, s := range o.in {
		x, g := tensor.New(s[0], s[1]+3), tensor.New(s[0], s[1]+3)
		draw(x.Data)
		b.inputs = append(b.inputs, Value{x.ColRange(1, 1+s[1]), g.ColRange(1, 1+s[1])})
		b.wide = append(b.wide, g)
	}
	for i, s := range o.w {
		b.weights.New(fmt.Sprint("w", i), role(s), s[0], s[1]).Set(func(x tensor.Matrix) { draw(x.Data) })
	}
	y := b.reference()
	b.loss = newDense(len(y), len(y[0]))
	for i := range y {
		for j := range y[i] {
			if y[i][j] == y[i][j] {
				b.loss[i][j] = r.NormFloat64()
			}
		}
	}
	return b
}

// poisoned returns a pass whose arena hands out NaN.
func poisoned() *Pass {
	p := NewPass()
	fill(p.Arena.Floats(1<<18), float32(math.NaN()))
	p.Arena.Reset()
	return p
}

// backward runs the operation on a tape with some inputs constant, and the loss's gradient back
// into those that are not and into the weights.
func (b *bench) backward(constant func(i int) bool) (y Value, tape *Tape) {
	tape = NewTape(&b.weights)
	for _, w := range b.weights.List {
		fill(tape.Grad(w).Data, before)
	}
	return b.backwardOn(tape, constant)
}

func (b *bench) backwardOn(tape *Tape, constant func(i int) bool) (Value, *Tape) {
	in := make([]Value, len(b.inputs))
	for i, v := range b.inputs {
		fill(b.wide[i].Data, before)
		if in[i] = v; constant(i) {
			in[i] = Const(v.X)
		}
	}
	p := poisoned()
	p.Tape = tape
	y := b.run(p, in, b.weights.List)
	for i := range b.loss {
		for j, v := range b.loss[i] {
			y.G.Row(i)[j] += float32(v)
		}
	}
	tape.Backward()
	return y, tape
}

func (b *bench) reference() dense {
	in, w := make([]dense, len(b.inputs)), make([]dense, len(b.weights.List))
	for i, v := range b.inputs {
		in[i] = toDense(v.X)
	}
	for i, p := range b.weights.List {
		w[i] = toDense(p.Values())
	}
	return b.want(in, w)
}

// slopes returns the central differences of the reference's loss, for every element of an input.
func (b *bench) slopes(input int) dense { return b.differences(input, -1) }

// weightSlopes is slopes for a weight.
func (b *bench) weightSlopes(weight int) dense { return b.differences(-1, weight) }

func (b *bench) differences(input, weight int) dense {
	in, w := make([]dense, len(b.inputs)), make([]dense, len(b.weights.List))
	var changed dense
	for i, v := range b.inputs {
		if in[i] = toDense(v.X); i == input {
			changed = in[i]
		}
	}
	for i, p := range b.weights.List {
		if w[i] = toDense(p.Values()); i == weight {
			changed = w[i]
		}
	}
	loss := func() float64 {
		var sum float64
		for i, row := range b.want(in, w) {
			for j, v := range row {
				if v == v {
					sum += v * b.loss[i][j]
				}
			}
		}
		return sum
	}
	const h = 1e-5
	s := newDense(len(changed), len(changed[0]))
	for i := range s {
		for j := range s[i] {
			v := changed[i][j]
			changed[i][j] = v + h
			up := loss()
			changed[i][j] = v - h
			s[i][j] = (up - loss()) / (2 * h)
			changed[i][j] = v
		}
	}
	return s
}

func compare(t *testing.T, what string, got tensor.Matrix, want dense, offset float64) {
	t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, w := range want[i] {
			g := float64(got.Row(i)[j]) - offset
			if w == w && !(math.Abs(g-w) <= 2e-5*(1+math.Abs(w))) {
				t.Errorf("%s at (%d, %d): got %g, want %g", what, i, j, g, w)
				return
			}
		}
	}
}
