package grad

import (
	"strconv"

	"heed/core/tensor"
)

// GRUStep is the gated recurrent unit (Cho et al. 2014, section 2.3) in the form of PyTorch's
// nn.GRU, for the rows of one step, given what the input and the state before add to the three
// gates r, z and n, which lie side by side in gi and gh, N×3H:
//
//	r = σ(gi_r + gh_r)
//	z = σ(gi_z + gh_z)
//	n = tanh(gi_n + r * gh_n)
//	y = (1 - z) * n + z * prev
//
// (the paper multiplies the state with r before its matrix, so that b_hn would stay out of it).
// prev and y are N×H; y may be a view, which is written over.
func (p *Pass) GRUStep(y, gi, gh, prev Value) {
	h := y.X.Cols
	same("GRUStep", y.X, prev.X)
	same("GRUStep", gi.X, gh.X)
	if gi.X.Rows != y.X.Rows || gi.X.Cols != 3*h {
		fail("GRUStep", "gates of", shape(gi.X), "for states of", shape(y.X))
	}
	if !p.taped() {
		mark := p.Arena.Mark()
		gates := p.Arena.Floats(3 * h)
		for i := range y.X.Rows {
			tensor.GRU(y.X.Row(i), gates, gi.X.Row(i), gh.X.Row(i), prev.X.Row(i))
		}
		p.Arena.Release(mark)
		return
	}
	gates := p.Arena.Matrix(y.X.Rows, 3*h)
	for i := range y.X.Rows {
		tensor.GRU(y.X.Row(i), gates.Row(i), gi.X.Row(i), gh.X.Row(i), prev.X.Row(i))
	}
	p.record(func() {
		mark := p.Arena.Mark()
		unused := p.Arena.Floats(3 * h)
		for i := range y.G.Rows {
			tensor.GRUGrad(gi.gradRow(i, unused), gh.gradRow(i, unused), prev.gradRow(i, unused),
				y.G.Row(i), gates.Row(i), gh.X.Row(i), prev.X.Row(i))
		}
		p.Arena.Release(mark)
	})
}

// GRU runs the unit over whole sequences. gi is N×3H in the order of steps: what the inputs add
// to the gates, the bias b_ih included; w is weight_hh [3H, H] and b bias_hh. The k'th sequence of
// steps.Order starts from row from[k] of start, or from 0 where from is nil. each, which may be nil, is
// called after every step with its rows of the result and may change them: what it leaves there is
// what the next step goes on from. The result, N×H, is in the order of steps.
func (p *Pass) GRU(gi, start Value, from []int, w, b *Param, steps *Steps, each func(t int, states Value)) Value {
	n, h := gi.X.Rows, w.Cols
	if w.Rows != 3*h || gi.X.Cols != 3*h || n != len(steps.Rows) || from != nil && len(from) != len(steps.Order) {
		fail("GRU", w.Name, "of", tensor.Shape(w.Rows, w.Cols), "for gates of", shape(gi.X), "and", strconv.Itoa(len(steps.Rows)), "rows")
	}
	y, prev, gh := p.Empty(n, h), p.Empty(n, h), p.Empty(n, 3*h)
	hidden := p.Loop(gh, prev, w, b, false)
	for t := range steps.Len() {
		lo, hi := steps.At(t)
		p.Before(prev, y, start, from, steps, t)
		hidden.Step(p, lo, hi)
		p.GRUStep(y.Rows(lo, hi), gi.Rows(lo, hi), gh.Rows(lo, hi), prev.Rows(lo, hi))
		if each != nil {
			each(t, y.Rows(lo, hi))
		}
	}
	return y
}

// Before fills the rows of step t in prev with the states before it: those of step t-1 in y, or
// where each sequence starts from, as GRU says. All are N×H in the order of steps.
func (p *Pass) Before(prev, y, start Value, from []int, steps *Steps, t int) {
	lo, hi := steps.At(t)
	dst := prev.Rows(lo, hi)
	switch {
	case t > 0:
		at, _ := steps.At(t - 1)
		p.Put(dst, y.Rows(at, at+hi-lo), nil)
	case from != nil:
		p.Put(dst, start, from[:hi-lo])
	default:
		for i := range dst.X.Rows {
			clear(dst.X.Row(i))
		}
	}
}
