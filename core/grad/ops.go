package grad

import (
	"math"
	"strconv"

	"heed/core/tensor"
)

// Linear is y[N×out] = x[N×in] · wᵀ + b for a weight stored [out, in]; b may be nil.
func (p *Pass) Linear(x Value, w, b *Param) Value {
	checkLinear("Linear", x, w, b)
	y := p.Empty(x.X.Rows, w.Rows)
	var bias []float32
	if b != nil {
		bias = b.row()
	}
	tensor.Affine(p.Arena, y.X, x.X, w.forProduct(), bias)
	if !p.taped() || p.Tape.Frozen() && !x.requiresGrad() {
		return y
	}
	p.record(func() {
		p.linearGrad(y, x, w, b)
		if x.requiresGrad() {
			mark := p.Arena.Mark()
			tensor.MatMul(p.Arena, x.G, y.G, w.valuesIn(p.Arena), true)
			p.Arena.Release(mark)
		}
	})
	return y
}

func checkLinear(op string, x Value, w, b *Param) {
	if x.X.Cols != w.Cols {
		fail(op, shape(x.X), "into", w.Name, "of", tensor.Shape(w.Rows, w.Cols))
	}
	if b != nil && (b.Rows != 1 || b.Cols != w.Rows) {
		fail(op, b.Name, "of", tensor.Shape(b.Rows, b.Cols), "beside", w.Name, "of", tensor.Shape(w.Rows, w.Cols))
	}
}

// linearGrad adds the gradients of the weight and the bias of y = x · wᵀ + b; b may be nil.
func (p *Pass) linearGrad(y, x Value, w, b *Param) {
	if p.Tape.Frozen() {
		return
	}
	tensor.MatTMul(p.Arena, p.Tape.Grad(w), y.G, x.X, true)
	if b != nil {
		g := p.Tape.Grad(b).Data
		for i := range y.G.Rows {
			tensor.Add(g, y.G.Row(i))
		}
	}
}

// Embed is y[i] = scale * w[ids[i]], one row of the table w[V×C] for each id.
func (p *Pass) Embed(w *Param, ids []int, scale float32) Value {
	for _, id := range ids {
		if uint(id) >= uint(w.Rows) {
			fail("Embed", "id", strconv.Itoa(id), "of", w.Name, "of", tensor.Shape(w.Rows, w.Cols))
		}
	}
	y := p.Empty(len(ids), w.Cols)
	table := w.forRows()
	for i, id := range ids {
		out := y.X.Row(i)
		tensor.Scale(out, scale, table.row(id, out))
	}
	watch(p, "Embed", ids)
	if p.taped() && !p.Tape.Frozen() {
		p.record(func() {
			g := p.Tape.Grad(w)
			for i, id := range ids {
				tensor.AddScaled(g.Row(id), scale, y.G.Row(i))
			}
		})
	}
	return y
}

// AddRows adds row at[i] of a fixed table to row i of x, in place: positions.
func (p *Pass) AddRows(x Value, table tensor.Matrix, at []int) {
	if len(at) != x.X.Rows || table.Cols != x.X.Cols {
		fail("AddRows", strconv.Itoa(len(at)), "rows of a table of", shape(table), "to", shape(x.X))
	}
	within("AddRows", at, table.Rows, false)
	for i, r := range at {
		tensor.Add(x.X.Row(i), table.Row(r))
	}
}

// AddRow adds row r of w[K×C] to every row of x[N×C], in place: an embedding that all tokens share.
func (p *Pass) AddRow(x Value, w *Param, r int) {
	if x.X.Cols != w.Cols || uint(r) >= uint(w.Rows) {
		fail("AddRow", "row", strconv.Itoa(r), "of", w.Name, "of", tensor.Shape(w.Rows, w.Cols), "to", shape(x.X))
	}
	mark := p.Arena.Mark()
	row := w.forRows().row(r, p.Arena.Floats(w.Cols))
	for i := range x.X.Rows {
		tensor.Add(x.X.Row(i), row)
	}
	p.Arena.Release(mark)
	if p.taped() && !p.Tape.Frozen() && x.requiresGrad() {
		p.record(func() {
			g := p.Tape.Grad(w).Row(r)
			for i := range x.G.Rows {
				tensor.Add(g, x.G.Row(i))
			}
		})
	}
}

// Add is y = a + b.
func (p *Pass) Add(a, b Value) Value {
	same("Add", a.X, b.X)
	y := p.like(a)
	for i := range y.X.Rows {
		copy(y.X.Row(i), a.X.Row(i))
		tensor.Add(y.X.Row(i), b.X.Row(i))
	}
	if p.taped() && (a.requiresGrad() || b.requiresGrad()) {
		p.record(func() {
			for i := range y.G.Rows {
				if a.requiresGrad() {
					tensor.Add(a.G.Row(i), y.G.Row(i))
				}
				if b.requiresGrad() {
					tensor.Add(b.G.Row(i), y.G.Row(i))
				}
			}
		})
	}
	return y
}

// Mul is y = a * b, element by element: the gate of a gated feed-forward network (Shazeer 2020,
// equation 6).
func (p *Pass) Mul(a, b Value) Value {
	same("Mul", a.X, b.X)
	y := p.like(a)
	for i := range y.X.Rows {
		tensor.Mul(y.X.Row(i), a.X.Row(i), b.X.Row(i))
	}
	if p.taped() && (a.requiresGrad() || b.requiresGrad()) {
		p.record(func() {
			for i := range y.G.Rows {
				if a.requiresGrad() {
					tensor.AddMul(a.G.Row(i), y.G.Row(i), b.X.Row(i))
				}
				if b.requiresGrad() {
					tensor.AddMul(b.G.Row(i), y.G.Row(i), a.X.Row(i))
				}
			}
		})
	}
	return y
}

// Scale is y = s·x.
func (p *Pass) Scale(x Value, s float32) Value {
	y := p.like(x)
	for i := range y.X.Rows {
		tensor.Scale(y.X.Row(i), s, x.X.Row(i))
	}
	if p.taped() && x.requiresGrad() {
		p.record(func() {
			for i := range y.G.Rows {
				tensor.AddScaled(x.G.Row(i), s, y.G.Row(i))
			}
		})
	}
	return y
}

// Activate is y = f(x), element by element.
func (p *Pass) Activate(f tensor.Activation, x Value) Value {
	y := p.like(x)
	for i := range y.X.Rows {
		tensor.Activate(f, y.X.Row(i), x.X.Row(i))
	}
	if p.taped() && x.requiresGrad() {
		p.record(func() {
			for i := range y.G.Rows {
				tensor.ActivateGrad(f, x.G.Row(i), y.G.Row(i), x.X.Row(i))
			}
		})
	}
	return y
}

// Dropout zeroes each element with the given probability and scales the others up, so that the
// expectation stays (Srivastava et al. 2014). Without p.Rand it returns x. It panics at a probability
// that is not below 1.
func (p *Pass) Dropout(x Value, probability float32) Value {
	if p.Rand == nil || probability <= 0 {
		return x
	}
	if !(probability < 1) {
		fail("Dropout", "a probability of", strconv.FormatFloat(float64(probability), 'g', -1, 32), "must be below 1")
	}
	y := p.like(x)
	mask := p.Arena.Matrix(x.X.Rows, x.X.Cols)
	// One random word decides four elements, without a branch, which could not be predicted.
	keep := math.Float32bits(1 / (1 - probability))
	limit := uint64(float64(probability) * (1 << 16))
	var word uint64
	for i := range mask.Data {
		if i&3 == 0 {
			word = p.Rand.Uint64()
		}
		dropped := uint32((word&0xffff - limit) >> 63)
		mask.Data[i] = math.Float32frombits(keep &^ -dropped)
		word >>= 16
	}
	for i := range y.X.Rows {
		tensor.Mul(y.X.Row(i), x.X.Row(i), mask.Row(i))
	}
	if p.taped() && x.requiresGrad() {
		p.record(func() {
			for i := range y.G.Rows {
				tensor.AddMul(x.G.Row(i), y.G.Row(i), mask.Row(i))
			}
		})
	}
	return y
}
