package grad

import (
	"math"

	"heed/core/tensor"
)

// Linear is y[N×out] = x[N×in] · wᵀ + b for a weight stored [out, in]; b may be nil.
func (p *Pass) Linear(x Value, w, b *Param) Value {
	y := p.value(x.X.Rows, w.X.Rows)
	var bias []float32
	if b != nil {
		bias = b.X.Data
	}
	tensor.Affine(p.Arena, y.X, x.X, w.packT(), bias)
	if p.Tape == nil {
		return y
	}
	p.note(func() {
		p.linearGrad(y, x, w, b)
		if x.wants() {
			tensor.MatMul(p.Arena, x.G, y.G, w.X, true)
		}
	})
	return y
}

// linearGrad adds the gradients of the weight and the bias of y = x · wᵀ + b; b may be nil.
func (p *Pass) linearGrad(y, x Value, w, b *Param) {
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
	y := p.value(len(ids), w.X.Cols)
	for i, id := range ids {
		tensor.Scale(y.X.Row(i), scale, w.X.Row(id))
	}
	if p.Tape != nil {
		p.note(func() {
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
	for i, r := range at {
		tensor.Add(x.X.Row(i), table.Row(r))
	}
}

// AddRow adds row r of w[K×C] to every row of x[N×C], in place: an embedding that all tokens share.
func (p *Pass) AddRow(x Value, w *Param, r int) {
	for i := range x.X.Rows {
		tensor.Add(x.X.Row(i), w.X.Row(r))
	}
	if p.Tape != nil && x.wants() {
		p.note(func() {
			g := p.Tape.Grad(w).Row(r)
			for i := range x.G.Rows {
				tensor.Add(g, x.G.Row(i))
			}
		})
	}
}

// Add is y = a + b.
func (p *Pass) Add(a, b Value) Value {
	y := p.value(a.X.Rows, a.X.Cols)
	for i := range y.X.Rows {
		copy(y.X.Row(i), a.X.Row(i))
		tensor.Add(y.X.Row(i), b.X.Row(i))
	}
	if p.Tape != nil {
		p.note(func() {
			for i := range y.G.Rows {
				if a.wants() {
					tensor.Add(a.G.Row(i), y.G.Row(i))
				}
				if b.wants() {
					tensor.Add(b.G.Row(i), y.G.Row(i))
				}
			}
		})
	}
	return y
}

// Activate is y = f(x), element by element.
func (p *Pass) Activate(f tensor.Activation, x Value) Value {
	y := p.value(x.X.Rows, x.X.Cols)
	for i := range y.X.Rows {
		tensor.Activate(f, y.X.Row(i), x.X.Row(i))
	}
	if p.Tape != nil && x.wants() {
		p.note(func() {
			for i := range y.G.Rows {
				tensor.ActivateGrad(f, x.G.Row(i), y.G.Row(i), x.X.Row(i))
			}
		})
	}
	return y
}

// LayerNorm normalises every row of x (Ba et al. 2016).
func (p *Pass) LayerNorm(x Value, gain, bias *Param, eps float32) Value {
	y := p.value(x.X.Rows, x.X.Cols)
	if p.Tape == nil {
		for i := range y.X.Rows {
			tensor.LayerNorm(y.X.Row(i), x.X.Row(i), gain.X.Data, bias.X.Data, eps)
		}
		return y
	}
	stats := p.Arena.Matrix(x.X.Rows, 2)
	var unused []float32 // takes the gradient of a constant
	if !x.wants() {
		unused = p.Arena.Floats(x.X.Cols)
	}
	for i := range y.X.Rows {
		s := stats.Row(i)
		s[0], s[1] = tensor.LayerNorm(y.X.Row(i), x.X.Row(i), gain.X.Data, bias.X.Data, eps)
	}
	p.note(func() {
		dgain, dbias := p.Tape.Grad(gain).Data, p.Tape.Grad(bias).Data
		for i := range y.G.Rows {
			s := stats.Row(i)
			dx := unused
			if x.wants() {
				dx = x.G.Row(i)
			}
			tensor.LayerNormGrad(dx, dgain, dbias, y.G.Row(i), x.X.Row(i), gain.X.Data, s[0], s[1])
		}
	})
	return y
}

// Dropout zeroes each element with the given probability and scales the others up, so that the
// expectation stays (Srivastava et al. 2014). Without p.Rand it returns x.
func (p *Pass) Dropout(x Value, probability float32) Value {
	if p.Rand == nil || probability <= 0 {
		return x
	}
	y := p.value(x.X.Rows, x.X.Cols)
	mask := p.Arena.Matrix(x.X.Rows, x.X.Cols)
	// One random word decides four elements, without a branch, which nobody could foretell.
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
	if p.Tape != nil && x.wants() {
		p.note(func() {
			for i := range y.G.Rows {
				tensor.AddMul(x.G.Row(i), y.G.Row(i), mask.Row(i))
			}
		})
	}
	return y
}

// CrossEntropy returns the summed loss of logits[N×V] against one target id a row, in nats, with
// label smoothing ε (Szegedy et al. 2016, section 7; the target distribution is (1-ε) on the target
// and ε/V on every token), and the plain negative log likelihood. With a tape the gradient of
// weight·loss is written to the logits' gradient, over what stands there.
func (p *Pass) CrossEntropy(logits Value, targets []int, smoothing, weight float32) (loss, nll float64) {
	v := logits.X.Cols
	back := p.Tape != nil && logits.wants()
	var scratch []float32
	if !back {
		scratch = p.Arena.Floats(v)
	}
	spread := smoothing / float32(v)
	for i, target := range targets {
		row := logits.X.Row(i)
		prob := scratch
		if back {
			prob = logits.G.Row(i)
		}
		logSum := float64(tensor.Softmax(prob, row))
		n := logSum - float64(row[target])
		nll += n
		loss += n
		if smoothing > 0 {
			mean := logSum - float64(tensor.Sum(row))/float64(v)
			loss += float64(smoothing) * (mean - n)
		}
		if back {
			// d loss / d logits = probabilities - target distribution.
			tensor.ScaleAdd(prob, weight, prob, -weight*spread)
			prob[target] -= weight * (1 - smoothing)
		}
	}
	return loss, nll
}
