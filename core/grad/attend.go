package grad

import (
	"strconv"

	"heed/core/tensor"
)

// Span says which rows of a batch attend to which: queries Q0 to Q1 of one matrix look at keys K0
// to K1 of another. A batch is a list of spans, one a sequence.
type Span struct{ Q0, Q1, K0, K1 int }

// Mask says which keys a query sees. The zero value is all. Otherwise the queries are the last n positions of the keys.
type Mask struct {
	Causal bool // none behind its own position
	Near   int  // so many to either side at most, its own included; 0: as many as there are
}

// Seen returns the keys that query i of n sees of m keys: j with lo ≤ j < hi.
func (k Mask) Seen(n, m, i int) (lo, hi int) {
	lo, hi = 0, m
	own := m - n + i
	if k.Near > 0 {
		lo, hi = max(0, own+1-k.Near), min(m, own+k.Near)
	}
	if k.Causal {
		hi = own + 1
	}
	return lo, hi
}

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

// checkMaps panics unless m is laid out for the spans' maps.
func checkMaps(op string, m tensor.Matrix, spans []Span, heads int) {
	if rows, cols := mapsShape(spans, heads); m.Rows != rows || m.Cols != cols {
		fail(op, "maps of", shape(m), "for spans of", tensor.Shape(rows, cols))
	}
}

// checkSpans panics unless the spans lie in so many queries and keys.
func checkSpans(op string, spans []Span, queries, keys int) {
	for i, s := range spans {
		if s.Q0 < 0 || s.Q1 < s.Q0 || s.Q1 > queries || s.K0 < 0 || s.K1 < s.K0 || s.K1 > keys {
			n := strconv.Itoa
			fail(op, "span", n(i), "looks from", n(s.Q0), "to", n(s.Q1), "of", n(queries), "queries at", n(s.K0), "to", n(s.K1), "of", n(keys), "keys")
		}
	}
}

// headWidth returns the width of one of x's heads, which lie side by side.
func headWidth(op string, x tensor.Matrix, heads int) int {
	if heads < 1 || x.Cols%heads != 0 {
		fail(op, shape(x), "has no", strconv.Itoa(heads), "heads of one width")
	}
	return x.Cols / heads
}

// checkGroups panics unless every key–value head serves as many heads.
func checkGroups(op string, heads, kv int) {
	if kv < 1 || heads%kv != 0 {
		fail(op, strconv.Itoa(kv), "key–value heads for", strconv.Itoa(heads), "heads")
	}
}

// Scores is the scaled dot product of queries and keys for every head (Vaswani et al. 2017,
// equation 1, before softmax):
//
//	scores[i, j] = scale * q[i]·k[j]
//
// q is N×(heads·width) and k M×(kv·width), the heads side by side; each key–value head serves
// heads/kv heads, one after the other (grouped-query attention: Ainslie et al. 2023). The result is
// laid out as Map says; what lies past a span's keys is not written.
func (p *Pass) Scores(q, k Value, spans []Span, heads, kv int, scale float32) Value {
	checkGroups("Scores", heads, kv)
	c := headWidth("Scores", q.X, heads)
	if headWidth("Scores", k.X, kv) != c {
		fail("Scores", strconv.Itoa(heads), "heads of", shape(q.X), "and", strconv.Itoa(kv), "of", shape(k.X))
	}
	checkSpans("Scores", spans, q.X.Rows, k.X.Rows)
	watch(p, "Scores", spans)
	y := p.Empty(mapsShape(spans, heads))
	group := heads / kv
	row := 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		for h := range heads {
			qh := q.X.RowRange(s.Q0, s.Q1).ColRange(h*c, (h+1)*c)
			kh := k.X.RowRange(s.K0, s.K1).ColRange(h/group*c, (h/group+1)*c)
			dst := y.X.RowRange(row, row+n).ColRange(0, m)
			tensor.MatMulT(p.Arena, dst, qh, kh, false)
			for i := range n {
				tensor.Scale(dst.Row(i), scale, dst.Row(i))
			}
			row += n
		}
	}
	if p.taped() && (q.requiresGrad() || k.requiresGrad()) {
		p.record(func() {
			row := 0
			for _, s := range spans {
				n, m := s.Q1-s.Q0, s.K1-s.K0
				for h := range heads {
					g := y.G.RowRange(row, row+n).ColRange(0, m)
					for i := range n {
						tensor.Scale(g.Row(i), scale, g.Row(i))
					}
					qs, ks := q.Rows(s.Q0, s.Q1).Cols(h*c, (h+1)*c), k.Rows(s.K0, s.K1).Cols(h/group*c, (h/group+1)*c)
					if qs.requiresGrad() {
						tensor.MatMul(p.Arena, qs.G, g, ks.X, true)
					}
					if ks.requiresGrad() {
						tensor.MatTMul(p.Arena, ks.G, g, qs.X, true)
					}
					row += n
				}
			}
		})
	}
	return y
}

// ScoreBias adds to every score of query i and key j of head h the number table[bucket(i, j), h], in
// place, where i and j are positions in the span's keys and the queries are the last of them (relative
// positions: Raffel et al. 2020, section 2.1). table is B×heads.
func (p *Pass) ScoreBias(scores Value, table *Param, spans []Span, heads int, bucket func(query, key int) int) {
	checkMaps("ScoreBias", scores.X, spans, heads)
	watch(p, "ScoreBias", spans)
	if table.Cols != heads {
		fail("ScoreBias", table.Name, "of", tensor.Shape(table.Rows, table.Cols), "for", strconv.Itoa(heads), "heads")
	}
	x := table.Values()
	row := 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		for h := range heads {
			for i := range n {
				out := scores.X.Row(row)[:m]
				for j := range out {
					out[j] += x.Row(bucket(m-n+i, j))[h]
				}
				row++
			}
		}
	}
	if p.taped() && !p.Tape.Frozen() && scores.requiresGrad() {
		p.record(func() {
			g := p.Tape.Grad(table)
			row := 0
			for _, s := range spans {
				n, m := s.Q1-s.Q0, s.K1-s.K0
				for h := range heads {
					for i := range n {
						for j, d := range scores.G.Row(row)[:m] {
							g.Row(bucket(m-n+i, j))[h] += d
						}
						row++
					}
				}
			}
		})
	}
}

// Softmax turns every row of scores into weights that sum to 1, of what the mask lets its query see; the
// other weights are 0. What tensor.Softmax says of NaN and infinity holds here.
func (p *Pass) Softmax(scores Value, spans []Span, heads int, mask Mask) Value {
	checkMaps("Softmax", scores.X, spans, heads)
	watch(p, "Softmax", spans)
	y := p.like(scores)
	row := 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		if mask != (Mask{}) && n > m {
			fail("Softmax", strconv.Itoa(n), "masked queries of", strconv.Itoa(m), "keys")
		}
		for range heads {
			for i := range n {
				out := y.X.Row(row)
				lo, hi := mask.Seen(n, m, i)
				clear(out[:lo])
				tensor.Softmax(out[lo:hi], scores.X.Row(row)[lo:hi])
				clear(out[hi:])
				row++
			}
		}
	}
	if p.taped() && scores.requiresGrad() {
		p.record(func() {
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
// side by side: N×(heads·width), the queries in the order of the spans. v is M×(kv·width), as Scores
// says.
func (p *Pass) Mix(weights, v Value, spans []Span, heads, kv int) Value {
	checkGroups("Mix", heads, kv)
	checkMaps("Mix", weights.X, spans, heads)
	watch(p, "Mix", spans)
	c := headWidth("Mix", v.X, kv)
	n := 0
	for _, s := range spans {
		n += s.Q1 - s.Q0
	}
	checkSpans("Mix", spans, maxQuery(spans), v.X.Rows)
	y := p.Empty(n, heads*c)
	group := heads / kv
	row, at := 0, 0
	for _, s := range spans {
		n, m := s.Q1-s.Q0, s.K1-s.K0
		for h := range heads {
			w := weights.X.RowRange(row, row+n).ColRange(0, m)
			vh := v.X.RowRange(s.K0, s.K1).ColRange(h/group*c, (h/group+1)*c)
			tensor.MatMul(p.Arena, y.X.RowRange(at, at+n).ColRange(h*c, (h+1)*c), w, vh, false)
			row += n
		}
		at += n
	}
	if p.taped() && (weights.requiresGrad() || v.requiresGrad()) {
		p.record(func() {
			row, at := 0, 0
			for _, s := range spans {
				n, m := s.Q1-s.Q0, s.K1-s.K0
				for h := range heads {
					w := weights.Rows(row, row+n).Cols(0, m)
					vh := v.Rows(s.K0, s.K1).Cols(h/group*c, (h/group+1)*c)
					g := y.G.RowRange(at, at+n).ColRange(h*c, (h+1)*c)
					if w.requiresGrad() {
						tensor.MatMulT(p.Arena, w.G, g, vh.X, true)
					}
					if vh.requiresGrad() {
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

func maxQuery(spans []Span) int {
	n := 0
	for _, s := range spans {
		n = max(n, s.Q1)
	}
	return n
}

// Rotate turns the queries or keys of every head by angles that grow with their positions, in place:
// rotary positions (Su et al. 2021, section 3.2). x is N×(heads·width). Row at[i] of cos and sin, which
// are P×n, holds the cosines and sines of row i's angles; the first 2n numbers of a head are turned,
// in pairs as tensor.Rotate has them, and the others stay.
func (p *Pass) Rotate(x Value, cos, sin tensor.Matrix, at []int, heads int, interleaved bool) {
	c, n := headWidth("Rotate", x.X, heads), cos.Cols
	same("Rotate", cos, sin)
	if len(at) != x.X.Rows || 2*n > c {
		fail("Rotate", strconv.Itoa(len(at)), "positions and", strconv.Itoa(n), "angles for", strconv.Itoa(heads), "heads of", shape(x.X))
	}
	within("Rotate", at, cos.Rows, false)
	watch(p, "Rotate", at)
	for i, r := range at {
		for h := range heads {
			tensor.Rotate(x.X.Row(i)[h*c:h*c+2*n], cos.Row(r), sin.Row(r), interleaved)
		}
	}
	if p.taped() && x.requiresGrad() {
		p.record(func() {
			for i, r := range at {
				for h := range heads {
					tensor.RotateBack(x.G.Row(i)[h*c:h*c+2*n], cos.Row(r), sin.Row(r), interleaved)
				}
			}
		})
	}
}
