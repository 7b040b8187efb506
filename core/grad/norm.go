package grad

import "heed/core/tensor"

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
