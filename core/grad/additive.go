package grad

import "heed/core/tensor"

// Additive is the score function of Bahdanau et al. 2014 (appendix A.1.2), for queries and keys that
// are already multiplied with their matrices, N×A:
//
//	scores[i, j] = v · tanh(q[i] + k[j])
//
// The result is laid out as Map says for one head; what lies past a span's keys is not written.
func (p *Pass) Additive(q, k Value, v *Param, spans []Span) Value {
	if q.X.Cols != k.X.Cols || v.Rows != 1 || v.Cols != q.X.Cols {
		fail("Additive", "queries of", shape(q.X), "keys of", shape(k.X), "and", v.Name, "of", tensor.Shape(v.Rows, v.Cols))
	}
	checkSpans("Additive", spans, q.X.Rows, k.X.Rows)
	watch(p, "Additive", spans)
	vector := v.row()
	y := p.Empty(mapsShape(spans, 1))
	row := 0
	for _, s := range spans {
		for i := s.Q0; i < s.Q1; i++ {
			out := y.X.Row(row)
			for j := range s.K1 - s.K0 {
				out[j] = tensor.Additive(vector, q.X.Row(i), k.X.Row(s.K0+j))
			}
			row++
		}
	}
	if p.taped() {
		p.record(func() {
			mark := p.Arena.Mark()
			unused := p.Arena.Zeros(2, q.X.Cols)
			dv := p.Tape.rowGrad(v, unused.Row(0))
			row := 0
			for _, s := range spans {
				for i := s.Q0; i < s.Q1; i++ {
					for j, g := range y.G.Row(row)[:s.K1-s.K0] {
						j += s.K0
						tensor.AdditiveGrad(dv, q.gradRow(i, unused.Row(1)), k.gradRow(j, unused.Row(1)), vector, q.X.Row(i), k.X.Row(j), g)
					}
					row++
				}
			}
			p.Arena.Release(mark)
		})
	}
	return y
}
