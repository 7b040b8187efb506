package grad

import (
	"strconv"

	"heed/core/tensor"
)

// Put is dst[i] = x[rows[i]], or dst[i] = x[i] where rows is nil; a row of a negative number is 0.
// dst may be a view.
func (p *Pass) Put(dst, x Value, rows []int) {
	if rows == nil {
		same("Put", dst.X, x.X)
	} else if len(rows) != dst.X.Rows || x.X.Cols != dst.X.Cols {
		fail("Put", strconv.Itoa(len(rows)), "rows of", shape(x.X), "into", shape(dst.X))
	}
	within("Put", rows, x.X.Rows, true)
	watch(p, "Put", rows)
	for i := range dst.X.Rows {
		switch {
		case rows == nil:
			copy(dst.X.Row(i), x.X.Row(i))
		case rows[i] < 0:
			clear(dst.X.Row(i))
		default:
			copy(dst.X.Row(i), x.X.Row(rows[i]))
		}
	}
	if p.taped() && x.requiresGrad() && dst.requiresGrad() {
		p.record(func() {
			for i := range dst.G.Rows {
				if rows == nil {
					tensor.Add(x.G.Row(i), dst.G.Row(i))
				} else if rows[i] >= 0 {
					tensor.Add(x.G.Row(rows[i]), dst.G.Row(i))
				}
			}
		})
	}
}

// Gather is y[i] = x[rows[i]]; a row of a negative number is 0.
func (p *Pass) Gather(x Value, rows []int) Value {
	y := p.Empty(len(rows), x.X.Cols)
	if len(rows) > 0 { // Put takes nil for all
		p.Put(y, x, rows)
	}
	return y
}

// Loop is a linear map inside a loop over time: row i of y follows from row i of x, some rows at a
// step. The weight is laid out once for all steps, and its gradient is one product after the last.
// Every row of x must have had its step when the tape runs back.
type Loop struct {
	x, y Value
	w, b *Param
	add  bool
	fwd  tensor.Right
	back *tensor.Packed
}

// Loop prepares y[i] = w·x[i] + b for a weight stored [out, in], or y[i] += w·x[i] + b when add is
// set; b may be nil.
func (p *Pass) Loop(y, x Value, w, b *Param, add bool) Loop {
	checkLinear("Loop", x, w, b)
	if y.X.Rows != x.X.Rows || y.X.Cols != w.Rows {
		fail("Loop", shape(x.X), "into", shape(y.X), "by", w.Name, "of", tensor.Shape(w.Rows, w.Cols))
	}
	l := Loop{x: x, y: y, w: w, b: b, add: add, fwd: w.forProduct()}
	if !p.taped() {
		return l
	}
	if x.requiresGrad() {
		l.back = tensor.Pack(w.Values())
	}
	if !p.Tape.Frozen() {
		p.recordWeights(l)
	}
	return l
}

// recordWeights is apart from Loop, as recordStep is from Step, so that l is moved to the heap only here.
func (p *Pass) recordWeights(l Loop) {
	p.record(func() { p.linearGrad(l.y, l.x, l.w, l.b) })
}

// Step computes the rows lo to hi.
func (l Loop) Step(p *Pass, lo, hi int) {
	y := l.y.X.RowRange(lo, hi)
	if l.b != nil {
		for i := range y.Rows {
			if l.add {
				tensor.Add(y.Row(i), l.b.row())
			} else {
				copy(y.Row(i), l.b.row())
			}
		}
	}
	tensor.MatMulRight(p.Arena, y, l.x.X.RowRange(lo, hi), l.fwd, l.add || l.b != nil)
	if p.taped() && l.x.requiresGrad() {
		p.recordStep(l, lo, hi)
	}
}

func (p *Pass) recordStep(l Loop, lo, hi int) {
	p.record(func() {
		tensor.MatMulRight(p.Arena, l.x.G.RowRange(lo, hi), l.y.G.RowRange(lo, hi), l.back, true)
	})
}
