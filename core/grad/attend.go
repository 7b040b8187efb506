package grad

import "heed/core/tensor"

// Span says which rows of a batch attend to which: queries Q0 to Q1 of one matrix look at keys K0
// to K1 of another. A batch is a list of spans, one a sequence.
type Span struct{ Q0, Q1, K0, K1 int }

// Map returns the view of one span's and head's map in a matrix that holds those of all: the rows
// of the first span's first head, then of its second head, and so on; then the next span's. A row
// holds its span's keys from column 0 on; the matrix is as wide as the widest span.
func Map(m tensor.Matrix, spans []Span, heads, span, head int) tensor.Matrix {
	row := 0
	for _, s := range spans[:span] {
		row += heads * (s.Q1 - s.Q0)
	}
	s := spans[span]
	n := s.Q1 - s.Q0
	return m.RowRange(row+head*n, row+(head+1)*n).ColRange(0, s.K1-s.K0)
}

func mapsShape(spans []Span, heads int) (rows, cols int) {
	for _, s := range spans {
		rows += heads * (s.Q1 - s.Q0)
		cols = max(cols, s.K1-s.K0)
	}
	return
}

// Scores is the scaled dot product of queries and keys for every head (Vaswani et al. 2017,
// equation 1, before softmax):
//
//	scores[i, j] = scale * q[i]·k[j]
//
// q and k are N×C with the heads side by side. The result is laid out as Map says; what lies beyond a
// span's keys is not written.
func (p *Pass) Scores(q, k Value, spans []Span, heads int, scale float32) Value {
	y := p.value(mapsShape(spans, heads))
	c := q.X.Cols / heads
	row := 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		for h := range heads {
			qh := q.X.RowRange(s.Q0, s.Q1).ColRange(h*c, (h+1)*c)
			kh := k.X.RowRange(s.K0, s.K1).ColRange(h*c, (h+1)*c)
			dst := y.X.RowRange(row, row+n).ColRange(0, m)
			tensor.MatMulT(p.Arena, dst, qh, kh, false)
			for i := range n {
				tensor.Scale(dst.Row(i), scale, dst.Row(i))
			}
			row += n
		}
	}
	if p.Tape != nil {
		p.note(func() {
			row := 0
			for _, s := range spans {
				n, m := s.Q1-s.Q0, s.K1-s.K0
				for h := range heads {
					g := y.G.RowRange(row, row+n).ColRange(0, m)
					for i := range n {
						tensor.Scale(g.Row(i), scale, g.Row(i))
					}
					qs, ks := q.Rows(s.Q0, s.Q1).Cols(h*c, (h+1)*c), k.Rows(s.K0, s.K1).Cols(h*c, (h+1)*c)
					if qs.wants() {
						tensor.MatMul(p.Arena, qs.G, g, ks.X, true)
					}
					if ks.wants() {
						tensor.MatTMul(p.Arena, ks.G, g, qs.X, true)
					}
					row += n
				}
			}
		})
	}
	return y
}

// Softmax turns every row of scores into weights that sum to 1. With causal set, query i of n sees
// only the keys up to its own position, the queries being the last n positions; the weights of
// what it may not see are 0.
func (p *Pass) Softmax(scores Value, spans []Span, heads int, causal bool) Value {
	y := p.value(scores.X.Rows, scores.X.Cols)
	row := 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		for range heads {
			for i := range n {
				out, seen := y.X.Row(row), m
				if causal {
					seen = m - n + i + 1
				}
				tensor.Softmax(out[:seen], scores.X.Row(row)[:seen])
				clear(out[seen:])
				row++
			}
		}
	}
	if p.Tape != nil && scores.wants() {
		p.note(func() {
			// Weights of what is not seen are 0, so whole rows may take part.
			row := 0
			for _, s := range spans {
				m := s.K1 - s.K0
				for range heads * (s.Q1 - s.Q0) {
					tensor.SoftmaxGrad(scores.G.Row(row)[:m], y.G.Row(row)[:m], y.X.Row(row)[:m])
					row++
				}
			}
		})
	}
	return y
}

// Mix is the weighted sum of the values for every head, y[i] = Σ_j weights[i, j] v[j], the heads
// side by side: N×C, the queries in the order of the spans.
func (p *Pass) Mix(weights, v Value, spans []Span, heads int) Value {
	n := 0
	for _, s := range spans {
		n += s.Q1 - s.Q0
	}
	y := p.value(n, v.X.Cols)
	c := v.X.Cols / heads
	row, at := 0, 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		for h := range heads {
			w := weights.X.RowRange(row, row+n).ColRange(0, m)
			vh := v.X.RowRange(s.K0, s.K1).ColRange(h*c, (h+1)*c)
			tensor.MatMul(p.Arena, y.X.RowRange(at, at+n).ColRange(h*c, (h+1)*c), w, vh, false)
			row += n
		}
		at += n
	}
	if p.Tape != nil {
		p.note(func() {
			row, at := 0, 0
			for _, s := range spans {
				n, m := s.Q1-s.Q0, s.K1-s.K0
				for h := range heads {
					w := weights.Rows(row, row+n).Cols(0, m)
					vh := v.Rows(s.K0, s.K1).Cols(h*c, (h+1)*c)
					g := y.G.RowRange(at, at+n).ColRange(h*c, (h+1)*c)
					if w.wants() {
						tensor.MatMulT(p.Arena, w.G, g, vh.X, true)
					}
					if vh.wants() {
						tensor.MatTMul(p.Arena, vh.G, w.X, g, true)
					}
					row += n
				}
				at += n
			}
		})
	}
	return y
}
