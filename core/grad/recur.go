package grad

import (
	"slices"

	"heed/core/tensor"
)

// Sequences are token ids of several sequences, one after the other. What a loop over time needs
// to know of them is worked out once and kept, so a Sequences serves one goroutine at a time, and a
// tape is run back before the next Reset.
type Sequences struct {
	IDs       []int
	Positions []int  // of each id in its sequence
	Spans     []Span // each sequence over itself

	steps       [2]Steps // forward, backward
	planned     [2]bool
	first, last []int
	cross       []Span
}

// Reset empties s and keeps its memory.
func (s *Sequences) Reset() {
	s.IDs, s.Positions, s.Spans = s.IDs[:0], s.Positions[:0], s.Spans[:0]
	s.first, s.last = s.first[:0], s.last[:0]
	s.planned = [2]bool{}
}

// Add appends a sequence.
func (s *Sequences) Add(ids ...int) {
	n := len(s.IDs)
	s.IDs = append(s.IDs, ids...)
	for i := range ids {
		s.Positions = append(s.Positions, i)
	}
	s.Spans = append(s.Spans, Span{n, len(s.IDs), n, len(s.IDs)})
	if len(ids) == 0 {
		s.first, s.last = append(s.first, -1), append(s.last, -1)
	} else {
		s.first, s.last = append(s.first, n), append(s.last, len(s.IDs)-1)
	}
	s.planned = [2]bool{}
}

// Ends returns the first and the last row of every sequence, -1 for an empty one.
func (s *Sequences) Ends() (first, last []int) { return s.first, s.last }

// Steps returns the order of a loop over time, from the sequences' ends to their beginnings when
// reverse is set.
func (s *Sequences) Steps(reverse bool) *Steps {
	i := 0
	if reverse {
		i = 1
	}
	if !s.planned[i] {
		s.steps[i].Plan(s.Spans, reverse)
		s.planned[i] = true
	}
	return &s.steps[i]
}

// Cross lets every row, in the order of Steps(false), look at the sequence of the same number in
// keys: one span a row. The result lives until the next call; with a tape, as long as it.
func (s *Sequences) Cross(p *Pass, keys *Sequences) []Span {
	dst := s.cross[:0]
	if p.Tape != nil {
		dst = nil
	}
	for i, of := range s.Steps(false).Of {
		k := keys.Spans[of]
		dst = append(dst, Span{i, i + 1, k.K0, k.K1})
	}
	if p.Tape == nil {
		s.cross = dst
	}
	return dst
}

// Steps is the order in which a loop over time goes through the rows of a batch: those of every
// sequence's first step, then of the second, and so on, the longest sequences first. So the rows of
// a step lie together, and those of the step before that they follow from are the first ones there:
// no padding, and no rows to pick inside the loop (PyTorch calls this a PackedSequence).
type Steps struct {
	Order []int // the sequences, longest first
	Start []int // step t has the rows Start[t] to Start[t+1]
	Rows  []int // row i of the loop is row Rows[i] of the batch
	Back  []int // row i of the batch is row Back[i] of the loop
	Of    []int // row i of the loop is of sequence Of[i]
}

// Plan works out the order for sequences that are the queries of spans and fill the batch without
// gaps.
func (s *Steps) Plan(spans []Span, reverse bool) {
	s.Order, s.Start, s.Rows, s.Of = s.Order[:0], s.Start[:0], s.Rows[:0], s.Of[:0]
	for i := range spans {
		s.Order = append(s.Order, i)
	}
	slices.SortStableFunc(s.Order, func(a, b int) int {
		return spans[b].Q1 - spans[b].Q0 - (spans[a].Q1 - spans[a].Q0)
	})
	alive := len(s.Order)
	for t := 0; ; t++ {
		s.Start = append(s.Start, len(s.Rows))
		for alive > 0 && spans[s.Order[alive-1]].Q1-spans[s.Order[alive-1]].Q0 <= t {
			alive--
		}
		if alive == 0 {
			break
		}
		for _, i := range s.Order[:alive] {
			row := spans[i].Q0 + t
			if reverse {
				row = spans[i].Q1 - 1 - t
			}
			s.Rows, s.Of = append(s.Rows, row), append(s.Of, i)
		}
	}
	s.Back = slices.Grow(s.Back[:0], len(s.Rows))[:len(s.Rows)]
	for i, r := range s.Rows {
		s.Back[r] = i
	}
}

// Len returns the number of steps: the length of the longest sequence.
func (s *Steps) Len() int { return len(s.Start) - 1 }

// At returns the rows of step t.
func (s *Steps) At(t int) (lo, hi int) { return s.Start[t], s.Start[t+1] }

// Room returns a rows×cols value of unspecified content, which a loop fills step by step.
func (p *Pass) Room(rows, cols int) Value { return p.value(rows, cols) }

// Put is dst[i] = x[rows[i]], or dst[i] = x[i] where rows is nil; a row of a negative number is 0.
// dst may be a view.
func (p *Pass) Put(dst, x Value, rows []int) {
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
	if p.Tape != nil && x.wants() {
		p.note(func() {
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
	y := p.value(len(rows), x.X.Cols)
	p.Put(y, x, rows)
	return y
}

// Loop is a linear map inside a loop over time: row i of y follows from row i of x, some rows at a
// step. The weight is laid out once for all steps, and its gradient is one product after the last.
// Every row of x must have had its step when the tape runs back.
type Loop struct {
	x, y      Value
	w, b      *Param
	add       bool
	fwd, back *tensor.Packed
}

// Loop prepares y[i] = w·x[i] + b for a weight stored [out, in], or y[i] += w·x[i] + b when add is
// set; b may be nil.
func (p *Pass) Loop(y, x Value, w, b *Param, add bool) Loop {
	l := Loop{x: x, y: y, w: w, b: b, add: add, fwd: w.packT()}
	if p.Tape == nil {
		return l
	}
	if x.wants() {
		l.back = tensor.Pack(w.X)
	}
	p.noteWeights(l)
	return l
}

// noteWeights stands apart from Loop, as noteStep from Step, so that l goes to the heap only here.
func (p *Pass) noteWeights(l Loop) {
	p.note(func() { p.linearGrad(l.y, l.x, l.w, l.b) })
}

// Step computes the rows lo to hi.
func (l Loop) Step(p *Pass, lo, hi int) {
	y := l.y.X.RowRange(lo, hi)
	if l.b != nil {
		for i := range y.Rows {
			if l.add {
				tensor.Add(y.Row(i), l.b.X.Data)
			} else {
				copy(y.Row(i), l.b.X.Data)
			}
		}
	}
	tensor.MatMulPacked(p.Arena, y, l.x.X.RowRange(lo, hi), l.fwd, l.add || l.b != nil)
	if p.Tape != nil && l.x.wants() {
		p.noteStep(l, lo, hi)
	}
}

func (p *Pass) noteStep(l Loop, lo, hi int) {
	p.note(func() {
		tensor.MatMulPacked(p.Arena, l.x.G.RowRange(lo, hi), l.y.G.RowRange(lo, hi), l.back, true)
	})
}

// GRUStep is the gated recurrent unit (Cho et al. 2014, section 2.3) in the form of PyTorch's
// nn.GRU, for the rows of one step, given what the input and the state before bring to the three
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
	if p.Tape == nil {
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
	p.note(func() {
		mark := p.Arena.Mark()
		unused := p.Arena.Floats(3 * h)
		for i := range y.G.Rows {
			tensor.GRUGrad(gi.gradRow(i, unused), gh.gradRow(i, unused), prev.gradRow(i, unused), y.G.Row(i), gates.Row(i), gh.X.Row(i), prev.X.Row(i))
		}
		p.Arena.Release(mark)
	})
}

// gradRow returns row i of v's gradient, or of unused where v takes none.
func (v Value) gradRow(i int, unused []float32) []float32 {
	if v.wants() {
		return v.G.Row(i)
	}
	return unused[:v.X.Cols]
}

// GRU runs the unit over whole sequences. gi is N×3H in the order of steps: what the inputs bring
// to the gates, the bias b_ih included; w is weight_hh [3H, H] and b bias_hh. The k'th sequence of
// steps.Order starts from row from[k] of start, or from 0 where from is nil. The result, N×H, is in
// the order of steps.
func (p *Pass) GRU(gi, start Value, from []int, w, b *Param, steps *Steps) Value {
	n, h := gi.X.Rows, w.X.Cols
	y, prev, gh := p.value(n, h), p.value(n, h), p.value(n, 3*h)
	hidden := p.Loop(gh, prev, w, b, false)
	for t := range steps.Len() {
		lo, hi := steps.At(t)
		p.Before(prev, y, start, from, steps, t)
		hidden.Step(p, lo, hi)
		p.GRUStep(y.Rows(lo, hi), gi.Rows(lo, hi), gh.Rows(lo, hi), prev.Rows(lo, hi))
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

// Additive is the score function of Bahdanau et al. 2014 (appendix A.1.2), for queries and keys that
// are already multiplied with their matrices, N×A:
//
//	scores[i, j] = v · tanh(q[i] + k[j])
//
// The result is laid out as Map says for one head; what lies beyond a span's keys is not written.
func (p *Pass) Additive(q, k Value, v *Param, spans []Span) Value {
	y := p.value(mapsShape(spans, 1))
	row := 0
	for _, s := range spans {
		for i := s.Q0; i < s.Q1; i++ {
			out := y.X.Row(row)
			for j := range s.K1 - s.K0 {
				out[j] = tensor.Additive(v.X.Data, q.X.Row(i), k.X.Row(s.K0+j))
			}
			row++
		}
	}
	if p.Tape != nil {
		p.note(func() {
			mark := p.Arena.Mark()
			unused := p.Arena.Floats(q.X.Cols)
			dv := p.Tape.Grad(v).Data
			row := 0
			for _, s := range spans {
				for i := s.Q0; i < s.Q1; i++ {
					for j, g := range y.G.Row(row)[:s.K1-s.K0] {
						j += s.K0
						tensor.AdditiveGrad(dv, q.gradRow(i, unused), k.gradRow(j, unused), v.X.Data, q.X.Row(i), k.X.Row(j), g)
					}
					row++
				}
			}
			p.Arena.Release(mark)
		})
	}
	return y
}
