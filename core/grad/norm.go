package grad

import (
	"strconv"

	"heed/core/tensor"
)

// Norm is a normalisation of rows: a layer norm, or, without a bias, a root mean square norm. A variant is a field here
// and a case in Forward; which a family has is said in its transformer.Config, and package transformer's Trace computes
// it once more, for the parts of a row.
type Norm struct {
	Gain, Bias *Param // 1×C; Bias is nil in a root mean square norm
	Eps        float32
}

// NewNorm adds the weights of a norm under their names: a layer norm, or, where bias is "", a root mean square norm.
func NewNorm(ps *Params, gain, bias string, width int, eps float32) *Norm {
	n := &Norm{Gain: ps.New(gain, Gain, 1, width), Eps: eps}
	if bias != "" {
		n.Bias = ps.New(bias, Bias, 1, width)
	}
	return n
}

// Centred says whether rows have their mean taken off.
func (n *Norm) Centred() bool { return n.Bias != nil }

// Forward normalises every row of x[N×C].
func (n *Norm) Forward(p *Pass, x Value) Value {
	if n.Centred() {
		return p.LayerNorm(x, n.Gain, n.Bias, n.Eps)
	}
	return p.RMSNorm(x, n.Gain, n.Eps)
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

func checkNorm(op string, x Value, w *Param) {
	if w.Rows != 1 || w.Cols != x.X.Cols {
		fail(op, w.Name, "of", tensor.Shape(w.Rows, w.Cols), "for", shape(x.X))
	}
}

// LayerNorm normalises every row of x[N×C] (Ba et al. 2016, equation 4).
func (p *Pass) LayerNorm(x Value, gain, bias *Param, eps float32) Value {
	checkNorm("LayerNorm", x, gain)
	checkNorm("LayerNorm", x, bias)
	y := p.like(x)
	g, b := gain.row(), bias.row()
	if !p.taped() {
		for i := range y.X.Rows {
			tensor.LayerNorm(y.X.Row(i), x.X.Row(i), g, b, eps)
		}
		return y
	}
	stats := p.Arena.Matrix(x.X.Rows, 2)
	for i := range y.X.Rows {
		s := stats.Row(i)
		s[0], s[1] = tensor.LayerNorm(y.X.Row(i), x.X.Row(i), g, b, eps)
	}
	p.record(func() {
		mark := p.Arena.Mark()
		unused := p.Arena.Zeros(3, x.X.Cols) // takes the gradients of constants
		dgain, dbias := p.Tape.rowGrad(gain, unused.Row(0)), p.Tape.rowGrad(bias, unused.Row(1))
		for i := range y.G.Rows {
			s := stats.Row(i)
			tensor.LayerNormGrad(x.gradRow(i, unused.Row(2)), dgain, dbias, y.G.Row(i), x.X.Row(i), g, s[0], s[1])
		}
		p.Arena.Release(mark)
	})
	return y
}

// RMSNorm normalises every row of x[N×C] by its root mean square (Zhang & Sennrich 2019, equation 4).
func (p *Pass) RMSNorm(x Value, gain *Param, eps float32) Value {
	checkNorm("RMSNorm", x, gain)
	y := p.like(x)
	g := gain.row()
	if !p.taped() {
		for i := range y.X.Rows {
			tensor.RMSNorm(y.X.Row(i), x.X.Row(i), g, eps)
		}
		return y
	}
	scales := p.Arena.Floats(x.X.Rows)
	for i := range y.X.Rows {
		scales[i] = tensor.RMSNorm(y.X.Row(i), x.X.Row(i), g, eps)
	}
	p.record(func() {
		mark := p.Arena.Mark()
		unused := p.Arena.Zeros(2, x.X.Cols)
		dgain := p.Tape.rowGrad(gain, unused.Row(0))
		for i, r := range scales {
			tensor.RMSNormGrad(x.gradRow(i, unused.Row(1)), dgain, y.G.Row(i), x.X.Row(i), g, r)
		}
		p.Arena.Release(mark)
	})
	return y
}
