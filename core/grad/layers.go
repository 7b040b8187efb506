package grad

import "heed/core/tensor"

// Linear is a linear layer: a weight stored [out, in] and its bias, which may be nil.
type Linear struct{ W, B *Param }

// NewLinear adds NAME.weight and NAME.bias to the weights.
func NewLinear(ps *Params, name string, in, out int) Linear {
	return Linear{ps.New(name+".weight", Matrix, out, in), ps.New(name+".bias", Bias, 1, out)}
}

// Forward is x[N×in] · Wᵀ + b.
func (l Linear) Forward(p *Pass, x Value) Value { return p.Linear(x, l.W, l.B) }

// StoreOrder says that files store output i of the layer as their output order[i].
func (l Linear) StoreOrder(order []int) {
	if len(order) != l.W.Rows {
		fail("StoreOrder", tensor.Shape(len(order), 1), "for", l.W.Name, "of", tensor.Shape(l.W.Rows, l.W.Cols))
	}
	l.W.Order = order
	if l.B != nil {
		l.B.Order = order
	}
}
