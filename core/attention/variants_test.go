package attention

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"heed/core/grad"
	"heed/core/tensor"
)

// variant is a MultiHead as Llama, Qwen or T5 have it: fewer heads of keys and values, heads that are
// not as wide as a share of the network, no biases, norms of queries and keys, rotary positions, a bias
// by distance.
type variant struct {
	name                           string
	fused, norms, rotary, relative bool
	scale                          float32
	heads, kv, headWidth           int
	in                             int
	ps                             grad.Params
	m                              MultiHead
	positions                      []int
	spans                          []grad.Span
	frequencies                    []float64
	x                              grad.Value
	loss                           dense
}

func (v *variant) build() {
	r := rand.New(rand.NewPCG(7, 8))
	draw := func(x tensor.Matrix) {
		for i := range x.Data {
			x.Data[i] = float32(r.NormFloat64())
		}
	}
	q, kv := v.heads*v.headWidth, v.kv*v.headWidth
	v.m = MultiHead{Kind: Decoder, Heads: v.heads, KVHeads: v.kv, Mask: grad.Mask{Causal: true}, Scale: v.scale}
	matrix := func(name string, out, in int) grad.Linear {
		return grad.Linear{W: v.ps.New(name, grad.Matrix, out, in)}
	}
	if v.fused {
		v.m.Fused = matrix("fused", q+2*kv, v.in)
	} else {
		v.m.Query, v.m.Key, v.m.Value = matrix("query", q, v.in), matrix("key", kv, v.in), matrix("value", kv, v.in)
	}
	v.m.Out = matrix("out", v.in, q)
	if v.norms {
		v.m.QueryNorm, v.m.KeyNorm = grad.NewNorm(&v.ps, "query.weight", "", v.headWidth, 1e-5), grad.NewNorm(&v.ps, "key.weight", "", v.headWidth, 1e-5)
	}
	v.frequencies = Frequencies(4, 100)
	if v.rotary {
		v.m.Rotary = NewRotary(9, v.frequencies, false)
	}
	if v.relative {
		v.m.Relative = &Relative{Table: v.ps.New("relative", grad.Table, 4, v.heads), MaxDistance: 8}
	}
	for _, p := range v.ps.List {
		p.Set(draw)
	}
	v.positions = []int{0, 1, 2, 3, 0, 1, 5}
	v.spans = []grad.Span{{Q0: 0, Q1: 4, K0: 0, K1: 4}, {Q0: 4, Q1: 6, K0: 4, K1: 6}, {Q0: 6, Q1: 7, K0: 3, K1: 7}}
	v.x = grad.Value{X: tensor.New(7, v.in), G: tensor.New(7, v.in)}
	draw(v.x.X)
	v.loss = newDense(7, v.in)
	for i := range v.loss {
		for j := range v.loss[i] {
			v.loss[i][j] = r.NormFloat64()
		}
	}
}

// reference computes the attention, head by head and query by query, from float64 copies of x and the
// weights.
func (v *variant) reference(x dense, weights map[string]dense) dense {
	multiply := func(x []float64, w dense) []float64 {
		y := make([]float64, len(w))
		for o, row := range w {
			for i, f := range row {
				y[o] += f * x[i]
			}
		}
		return y
	}
	q, kv := v.heads*v.headWidth, v.kv*v.headWidth
	wq, wk, wv := weights["query"], weights["key"], weights["value"]
	if v.fused {
		f := weights["fused"]
		wq, wk, wv = f[:q], f[q:q+kv], f[q+kv:]
	}
	// head returns a head's part of a projection, normalised and turned.
	head := func(x []float64, w dense, h, position int, norm dense, turn bool) []float64 {
		y := multiply(x, w[h*v.headWidth:(h+1)*v.headWidth])
		if norm != nil {
			square := 0.0
			for _, a := range y {
				square += a * a / float64(len(y))
			}
			for i := range y {
				y[i] *= norm[0][i] / math.Sqrt(square+1e-5)
			}
		}
		if turn && v.rotary {
			n := len(v.frequencies)
			for j, f := range v.frequencies {
				s, c := math.Sincos(f * float64(position))
				y[j], y[n+j] = y[j]*c-y[n+j]*s, y[j]*s+y[n+j]*c
			}
		}
		return y
	}
	scale := 1 / math.Sqrt(float64(v.headWidth))
	if v.scale != 0 {
		scale = float64(v.scale)
	}
	out := newDense(len(x), v.in)
	for _, s := range v.spans {
		for i := s.Q0; i < s.Q1; i++ {
			var mixed []float64
			for h := range v.heads {
				g := h * v.kv / v.heads
				query := head(x[i], wq, h, v.positions[i], weights["query.weight"], true)
				last := s.K1 - (s.Q1 - i) // the key at the query's own position
				var exps []float64
				sum := 0.0
				for j := s.K0; j <= last; j++ {
					score := 0.0
					for d, k := range head(x[j], wk, g, v.positions[j], weights["key.weight"], true) {
						score += scale * query[d] * k
					}
					if v.relative { // of 4 buckets: 0, 1, 2 to 3, and the rest
						score += weights["relative"][[]int{0, 1, 2, 2}[last-j]][h]
					}
					exps = append(exps, math.Exp(score))
					sum += exps[len(exps)-1]
				}
				z := make([]float64, v.headWidth)
				for j, e := range exps {
					for d, a := range head(x[s.K0+j], wv, g, 0, nil, false) {
						z[d] += e / sum * a
					}
				}
				mixed = append(mixed, z...)
			}
			copy(out[i], multiply(mixed, weights["out"]))
		}
	}
	return out
}

// TestVariants holds attention with everything that families add to it against the reference, and its
// gradients against central differences of that.
func TestVariants(t *testing.T) {
	for _, v := range []*variant{
		{name: "grouped heads of another width", heads: 4, kv: 2, headWidth: 5, in: 6},
		{name: "one head of keys and values, a scale", heads: 3, kv: 1, headWidth: 4, in: 6, scale: 0.3},
		{name: "rotary", heads: 2, kv: 2, headWidth: 5, in: 6, rotary: true},
		{name: "fused, with norms and rotary, grouped", heads: 4, kv: 2, headWidth: 4, in: 6, fused: true, norms: true, rotary: true},
		{name: "T5", heads: 3, kv: 3, headWidth: 4, in: 6, relative: true, scale: 1},
	} {
		t.Run(v.name, func(t *testing.T) {
			v.build()
			p := grad.NewPass()
			p.Tape = grad.NewTape(&v.ps)
			q, k, value := v.m.Project(p, v.x, v.x, v.positions)
			seen := 0
			y := v.m.Out.Forward(p, v.m.Attend(p, q, k, value, v.spans, Hooks{Map: func(m *Map) {
				seen++
				for i := range m.Weights.Rows {
					for j := range upTo(m, i) {
						want := m.Scale * tensor.Dot(m.Q.Row(i), m.K.Row(j))
						if d := math.Abs(float64(want - m.Scores.Row(i)[j])); d > 1e-5 && !v.relative {
							t.Errorf("head %d: the score (%d, %d) is %g, its operands give %g", m.Head, i, j, m.Scores.Row(i)[j], want)
						}
					}
				}
			}}))
			if want := v.heads * len(v.spans); seen != want {
				t.Errorf("the hook saw %d maps, want %d", seen, want)
			}
			weights := map[string]dense{}
			for _, w := range v.ps.List {
				weights[w.Name] = toDense(w.Values())
			}
			x := toDense(v.x.X)
			compare(t, "the output", y.X, v.reference(x, weights), 1e-5)
			for i := range v.loss {
				for j, g := range v.loss[i] {
					y.G.Row(i)[j] = float32(g)
				}
			}
			p.Tape.Backward()
			slopes := func(of dense) dense {
				d := newDense(len(of), len(of[0]))
				for i := range of {
					for j, was := range of[i] {
						var ends [2]float64
						for e, h := range []float64{1e-5, -1e-5} {
							of[i][j] = was + h
							for r, row := range v.reference(x, weights) {
								for c, a := range row {
									ends[e] += a * v.loss[r][c]
								}
							}
						}
						of[i][j] = was
						d[i][j] = (ends[0] - ends[1]) / 2e-5
					}
				}
				return d
			}
			compare(t, "the gradient of x", v.x.G, slopes(x), 1e-4)
			for _, w := range v.ps.List {
				compare(t, "the gradient of "+w.Name, p.Tape.Grad(w), slopes(weights[w.Name]), 1e-4)
			}
		})
	}
}

// TestRelative wants the buckets that T5's own function gives: those of 32, half of them for either
// direction, or all for the past, with distances from 128 on in one.
func TestRelative(t *testing.T) {
	var ps grad.Params
	both := &Relative{Table: ps.New("table", grad.Table, 32, 1), Bidirectional: true, MaxDistance: 128}
	past := &Relative{Table: both.Table, MaxDistance: 128}
	// Made by that function's formula, in Python.
	for _, c := range []struct{ query, key, both, past int }{
		{5, 5, 0, 0}, {5, 4, 1, 1}, {9, 2, 7, 7}, {9, 1, 8, 8}, {20, 9, 8, 11}, {20, 8, 9, 12}, {20, 4, 10, 16}, {40, 19, 10, 18}, {16, 0, 10, 16}, {32, 0, 12, 21}, {64, 0, 14, 26}, {100, 0, 15, 30},
		{200, 72, 15, 31}, {1000, 0, 15, 31}, {4, 5, 17, 0}, {0, 7, 23, 0}, {0, 8, 24, 0}, {0, 12, 25, 0}, {0, 1000, 31, 0},
	} {
		if got := both.Bucket(c.query, c.key); got != c.both {
			t.Errorf("both ways, query %d, key %d: bucket %d, want %d", c.query, c.key, got, c.both)
		}
		if got := past.Bucket(c.query, c.key); got != c.past {
			t.Errorf("the past, query %d, key %d: bucket %d, want %d", c.query, c.key, got, c.past)
		}
	}
}

// TestBucketsOfSmallTables wants buckets that are in the table where it is so small, or MaxDistance so near, that
// no distance is left for buckets that grow.
func TestBucketsOfSmallTables(t *testing.T) {
	for rows := 1; rows <= 9; rows++ {
		for _, most := range []int{0, 1, rows / 4, rows / 2, rows} {
			for _, both := range []bool{false, true} {
				var ps grad.Params
				r := &Relative{Table: ps.New("table", grad.Table, rows, 1), Bidirectional: both, MaxDistance: most}
				for query := range 12 {
					for key := range 12 {
						if b := r.Bucket(query, key); b < 0 || b >= rows {
							t.Fatalf("%d buckets, up to distance %d, both ways %v: query %d, key %d are in bucket %d", rows, most, both, query, key, b)
						}
					}
				}
				if past := r.Bucket(12, 0); past != r.Bucket(11, 0) {
					t.Errorf("%d buckets, up to distance %d: distances 11 and 12 are apart", rows, most)
				}
			}
		}
	}
}

// TestScoresHook replaces scores before softmax: the weights are those of the new scores.
func TestScoresHook(t *testing.T) {
	s := newSetting(true)
	q, k, v := s.m.Project(grad.NewPass(), s.x, s.memory, nil)
	var order []string
	s.m.Attend(grad.NewPass(), q, k, v, s.spans, Hooks{
		Scores: func(m *Map) {
			order = append(order, fmt.Sprint("scores ", m.Sequence, m.Head))
			if m.Weights.Data != nil {
				t.Error("weights are shown before softmax")
			}
			for i := range m.Scores.Rows {
				for j := range m.Scores.Row(i) {
					m.Scores.Row(i)[j] = float32(j) // the same for all queries
				}
			}
		},
		Map: func(m *Map) {
			order = append(order, fmt.Sprint("map ", m.Sequence, m.Head))
			for i := range m.Weights.Rows {
				n := upTo(m, i)
				want := make([]float32, n)
				for j := range want {
					want[j] = float32(j)
				}
				tensor.Softmax(want, want)
				for j, w := range m.Weights.Row(i) {
					if j < n && math.Abs(float64(w-want[j])) > 1e-6 || j >= n && w != 0 {
						t.Fatalf("weights %g, want %g and then 0", m.Weights.Row(i), want)
					}
				}
			}
		}})
	if len(order) != 2*heads*len(s.spans) || order[0] != "scores 0 0" || order[heads*len(s.spans)] != "map 0 0" {
		t.Errorf("hooks were called in the order %q", order)
	}
}

// TestGradientOfWeights wants a map's gradient, once the tape has gone back, to be the slope of the loss
// along each weight: by central differences of runs in which a hook moves that weight.
func TestGradientOfWeights(t *testing.T) {
	s := newSetting(false)
	loss := func(y tensor.Matrix) (sum float64) {
		for i := range y.Rows {
			for j, v := range y.Row(i) {
				sum += float64(v) * math.Sin(float64(i*y.Cols+j))
			}
		}
		return
	}
	p := grad.NewPass()
	p.Tape = grad.NewTape(nil)
	var maps []*Map
	y := s.forward(p, func(m *Map) { maps = append(maps, m) })
	for i := range y.G.Rows {
		for j := range y.G.Row(i) {
			y.G.Row(i)[j] = float32(math.Sin(float64(i*y.G.Cols + j)))
		}
	}
	p.Tape.Backward()
	if len(maps) != heads*len(s.spans) {
		t.Fatalf("%d maps", len(maps))
	}
	for _, m := range maps {
		for i := range m.Gradient.Rows {
			for j, got := range m.Gradient.Row(i) {
				const h = 1.0 / 64
				moved := func(by float32) float64 {
					return loss(s.forward(grad.NewPass(), func(n *Map) {
						if n.Sequence == m.Sequence && n.Head == m.Head {
							n.Weights.Row(i)[j] += by
						}
					}).X)
				}
				if want := (moved(h) - moved(-h)) / (2 * h); math.Abs(want-float64(got)) > 1e-3*(1+math.Abs(want)) {
					t.Fatalf("sequence %d, head %d, weight (%d, %d): gradient %g, want %g", m.Sequence, m.Head, i, j, got, want)
				}
			}
		}
	}
}

// upTo is how many keys query i may look at, from the first on.
func upTo(m *Map, i int) int {
	_, hi := m.Visible(i)
	return hi
}
