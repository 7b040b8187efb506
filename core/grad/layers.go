package grad

import (
	"strconv"

	"heed/core/tensor"
)

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
	l.W.Order = order
	if l.B != nil {
		l.B.Order = order
	}
}

// Norm is a normalisation of rows: a layer norm, or, without a bias, a root mean square norm.
type Norm struct {
	Gain, Bias *Param // 1×C; Bias is nil in a root mean square norm
	Eps        float32
}

// NewNorm adds NAME.weight and NAME.bias to the weights: those of a layer norm.
func NewNorm(ps *Params, name string, width int, eps float32) *Norm {
	return &Norm{ps.New(name+".weight", Gain, 1, width), ps.New(name+".bias", Bias, 1, width), eps}
}

// NewRMSNorm adds NAME.weight to the weights: that of a root mean square norm.
func NewRMSNorm(ps *Params, name string, width int, eps float32) *Norm {
	return &Norm{Gain: ps.New(name+".weight", Gain, 1, width), Eps: eps}
}

// Forward normalises every row of x[N×C].
func (n *Norm) Forward(p *Pass, x Value) Value {
	if n.Bias == nil {
		return p.RMSNorm(x, n.Gain, n.Eps)
	}
	return p.LayerNorm(x, n.Gain, n.Bias, n.Eps)
}

// ForwardHeads normalises each head of x[N×(heads·width)] on its own; the norm is as wide as a head.
func (n *Norm) ForwardHeads(p *Pass, x Value, heads int) Value {
	width := n.Gain.Cols
	if x.X.Cols != heads*width {
		fail("ForwardHeads", n.Gain.Name, "of", tensor.Shape(1, width), "for", strconv.Itoa(heads), "heads of", shape(x.X))
	}
	if !x.X.Contiguous() || !x.G.Contiguous() { // a view of columns
		y := p.like(x)
		p.Put(y, x, nil)
		x = y
	}
	return n.Forward(p, x.reshape(x.X.Rows*heads, width)).reshape(x.X.Rows, x.X.Cols)
}
