package attention

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"heed/core/grad"
	"heed/core/tensor"
)

// TestSinusoids builds the table as it is published, sines and cosines by turns, and wants the
// sines first: Marian's layout, as transformers has it.
func TestSinusoids(t *testing.T) {
	for _, width := range []int{1, 2, 7, 192} {
		const n = 40
		got := Sinusoids(n, width)
		if got.Rows != n || got.Cols != width {
			t.Fatalf("the table is %d×%d, want %d×%d", got.Rows, got.Cols, n, width)
		}
		for pos := range n {
			var sines, cosines []float64
			for j := range width {
				// PE(pos, 2i) = sin(pos / 10000^(2i/width)), PE(pos, 2i+1) = cos of the same.
				angle := float64(pos) / math.Pow(10000, float64(j-j%2)/float64(width))
				if j%2 == 0 {
					sines = append(sines, math.Sin(angle))
				} else {
					cosines = append(cosines, math.Cos(angle))
				}
			}
			for j, want := range append(sines, cosines...) {
				if v := float64(got.Row(pos)[j]); math.Abs(v-want) > 1e-6 {
					t.Fatalf("width %d, position %d, column %d: got %g, want %g", width, pos, j, v, want)
				}
			}
		}
	}
}

// dense is a matrix in float64, for the reference.
type dense [][]float64

func newDense(rows, cols int) dense {
	d := make(dense, rows)
	for i := range d {
		d[i] = make([]float64, cols)
	}
	return d
}

func toDense(m tensor.Matrix) dense {
	d := newDense(m.Rows, m.Cols)
	for i := range d {
		for j, v := range m.Row(i) {
			d[i][j] = float64(v)
		}
	}
	return d
}

func (x dense) linear(w, b dense) dense {
	y := newDense(len(x), len(w))
	for i := range y {
		for o := range y[i] {
			y[i][o] = b[0][o]
			for k := range x[i] {
				y[i][o] += x[i][k] * w[o][k]
			}
		}
	}
	return y
}

// setting is a MultiHead with a batch of several sequences.
type setting struct {
	m         MultiHead
	ps        grad.Params
	x, memory grad.Value
	spans     []grad.Span
}

const width, heads = 6, 3

func newSetting(causal bool) *setting {
	s := &setting{m: MultiHead{Kind: Cross, Layer: 4, Heads: heads, Mask: grad.Mask{Causal: causal}}}
	s.spans = []grad.Span{{Q0: 0, Q1: 3, K0: 0, K1: 5}, {Q0: 3, Q1: 4, K0: 5, K1: 6}, {Q0: 4, Q1: 9, K0: 6, K1: 8}}
	if causal {
		s.m.Kind = Decoder
		s.spans[2].K1 = 12 // no more queries than keys
	}
	for name, l := range map[string]*grad.Linear{"q": &s.m.Query, "k": &s.m.Key, "v": &s.m.Value, "out": &s.m.Out} {
		*l = grad.NewLinear(&s.ps, name, width, width)
	}
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(x tensor.Matrix) {
		for i := range x.Data {
			x.Data[i] = float32(r.NormFloat64())
		}
	}
	for _, l := range []grad.Linear{s.m.Query, s.m.Key, s.m.Value, s.m.Out} {
		l.W.Set(draw)
		l.B.Set(draw)
	}
	for _, v := range []*grad.Value{&s.x, &s.memory} {
		*v = grad.Value{X: tensor.New(12, width), G: tensor.New(12, width)}
		draw(v.X)
	}
	s.x = s.x.Rows(0, 9)
	return s
}

func (s *setting) forward(p *grad.Pass, hook func(*Map)) grad.Value {
	q, k, v := s.m.Project(p, s.x, s.memory, nil)
	return s.m.Out.Forward(p, s.m.Attend(p, q, k, v, s.spans, Hooks{Map: hook}))
}

// reference computes the same in float64 from the weights and inputs as they stand. see is called
// with each map and may change the weights.
func (s *setting) reference(see func(sequence, head int, scores, weights dense)) dense {
	x, memory := toDense(s.x.X), toDense(s.memory.X)
	project := func(x dense, l grad.Linear) dense { return x.linear(toDense(l.W.Values()), toDense(l.B.Values())) }
	q, k, v := project(x, s.m.Query), project(memory, s.m.Key), project(memory, s.m.Value)
	const c = width / heads
	mixed := newDense(len(x), width)
	for n, span := range s.spans {
		rows, cols := span.Q1-span.Q0, span.K1-span.K0
		for h := range heads {
			scores, weights := newDense(rows, cols), newDense(rows, cols)
			for i := range rows {
				var sum float64
				for j := range cols {
					for d := h * c; d < (h+1)*c; d++ {
						scores[i][j] += q[span.Q0+i][d] * k[span.K0+j][d] / math.Sqrt(c)
					}
					if !s.m.Causal || j <= cols-rows+i {
						weights[i][j] = math.Exp(scores[i][j])
						sum += weights[i][j]
					}
				}
				for j := range cols {
					weights[i][j] /= sum
				}
			}
			see(n, h, scores, weights)
			for i := range rows {
				for j := range cols {
					for d := h * c; d < (h+1)*c; d++ {
						mixed[span.Q0+i][d] += weights[i][j] * v[span.K0+j][d]
					}
				}
			}
		}
	}
	return project(mixed, s.m.Out)
}

func compare(t *testing.T, what string, got tensor.Matrix, want dense, tol float64) {
	t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		t.Fatalf("%s: %d×%d, want %d×%d", what, got.Rows, got.Cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, w := range want[i] {
			if g := float64(got.Row(i)[j]); !(math.Abs(g-w) <= tol*(1+math.Abs(w))) {
				t.Fatalf("%s at (%d, %d): got %g, want %g", what, i, j, g, w)
			}
		}
	}
}

func TestMultiHead(t *testing.T) {
	for _, causal := range []bool{false, true} {
		s := newSetting(causal)
		type place struct{ sequence, head int }
		scores, weights := map[place]dense{}, map[place]dense{}
		want := s.reference(func(sequence, head int, s, w dense) {
			scores[place{sequence, head}], weights[place{sequence, head}] = s, w
		})
		seen := map[place]int{}
		mixed := newDense(9, width) // what the operands come to
		got := s.forward(grad.NewPass(), func(m *Map) {
			at := place{m.Sequence, m.Head}
			seen[at]++
			if m.Kind != s.m.Kind || m.Layer != 4 || m.Causal != causal {
				t.Errorf("the hook saw kind %q, layer %d, causal %v", m.Kind, m.Layer, m.Causal)
			}
			what := fmt.Sprintf("causal %v, sequence %d, head %d", causal, m.Sequence, m.Head)
			compare(t, what+": scores", m.Scores, scores[at], 1e-5)
			compare(t, what+": weights", m.Weights, weights[at], 1e-5)
			if m.Score != ScaledDot || m.Vector != nil {
				t.Errorf("the score function is %q", m.Score)
			}
			const c = width / heads
			made := newDense(m.Q.Rows, m.K.Rows)
			for i := range made {
				for j := range made[i] {
					made[i][j] = float64(m.Scale * tensor.Dot(m.Q.Row(i), m.K.Row(j)))
					for d, v := range m.V.Row(j) {
						mixed[s.spans[m.Sequence].Q0+i][m.Head*c+d] += float64(m.Weights.Row(i)[j] * v)
					}
				}
			}
			compare(t, what+": scores of the operands", m.Scores, made, 1e-5)
			for i := range m.Weights.Rows {
				if causal && i+1 < m.Weights.Rows && m.Weights.Row(i)[m.Weights.Cols-1] != 0 {
					t.Errorf("%s: query %d sees the last key", what, i)
				}
				if sum := tensor.Sum(m.Weights.Row(i)); math.Abs(float64(sum)-1) > 1e-6 {
					t.Errorf("%s: row %d sums to %g", what, i, sum)
				}
			}
		})
		compare(t, "the output", got.X, want, 1e-5)
		compare(t, "the output of the operands", got.X, mixed.linear(toDense(s.m.Out.W.Values()), toDense(s.m.Out.B.Values())), 1e-5)
		compare(t, "the output without a hook", s.forward(grad.NewPass(), nil).X, want, 1e-5)
		for at := range scores {
			if seen[at] != 1 {
				t.Errorf("the hook saw sequence %d, head %d %d times", at.sequence, at.head, seen[at])
			}
		}
	}
}

// TestFused lays the three projections of a self-attention below one another and wants the same
// output and the same gradients.
func TestFused(t *testing.T) {
	run := func(s *setting) (y grad.Value, tape *grad.Tape) {
		s.spans = []grad.Span{{Q0: 0, Q1: 4, K0: 0, K1: 4}, {Q0: 4, Q1: 9, K0: 4, K1: 9}}
		p := grad.NewPass()
		tape = grad.NewTape(&s.ps)
		p.Tape = tape
		q, k, v := s.m.Project(p, s.x, s.x, nil)
		y = s.m.Out.Forward(p, s.m.Attend(p, q, k, v, s.spans, Hooks{}))
		r := rand.New(rand.NewPCG(3, 4))
		for i := range y.G.Data {
			y.G.Data[i] = float32(r.NormFloat64())
		}
		tape.Backward()
		return y, tape
	}
	parts, whole := newSetting(true), newSetting(true)
	whole.m.Fused = grad.NewLinear(&whole.ps, "qkv", width, 3*width)
	for i, l := range []grad.Linear{parts.m.Query, parts.m.Key, parts.m.Value} {
		whole.m.Fused.W.Set(func(x tensor.Matrix) { copy(x.RowRange(i*width, (i+1)*width).Data, l.W.Values().Data) })
		whole.m.Fused.B.Set(func(x tensor.Matrix) { copy(x.ColRange(i*width, (i+1)*width).Data, l.B.Values().Data) })
	}
	want, wantTape := run(parts)
	got, gotTape := run(whole)
	compare(t, "the output", got.X, toDense(want.X), 1e-6)
	compare(t, "the gradient of x", whole.x.G, toDense(parts.x.G), 1e-6)
	for i, l := range []grad.Linear{parts.m.Query, parts.m.Key, parts.m.Value} {
		compare(t, "the gradient of "+l.W.Name, gotTape.Grad(whole.m.Fused.W).RowRange(i*width, (i+1)*width), toDense(wantTape.Grad(l.W)), 1e-6)
		compare(t, "the gradient of "+l.B.Name, gotTape.Grad(whole.m.Fused.B).ColRange(i*width, (i+1)*width), toDense(wantTape.Grad(l.B)), 1e-6)
	}
}

// surgeries are hooks, with what they do to the reference.
var surgeries = []struct {
	name string
	hook func(*Map)
	see  func(sequence, head int, scores, weights dense)
}{
	{"none", func(*Map) {}, func(int, int, dense, dense) {}},
	{"switch a head off", func(m *Map) {
		if m.Head == 1 {
			for i := range m.Weights.Rows {
				clear(m.Weights.Row(i))
			}
		}
	}, func(_, head int, _, weights dense) {
		if head == 1 {
			for i := range weights {
				clear(weights[i])
			}
		}
	}},
	// Here the new weights are again a softmax, of the scores moved by a constant; so the gradient
	// that softmax passes on is the whole one.
	{"look at the first key more", func(m *Map) {
		if m.Sequence != 1 {
			for i := range m.Weights.Rows {
				row := m.Weights.Row(i)
				row[0] *= 3
				tensor.Scale(row, 1/tensor.Sum(row), row)
			}
		}
	}, func(sequence, _ int, _, weights dense) {
		if sequence != 1 {
			for _, row := range weights {
				row[0] *= 3
				var sum float64
				for _, w := range row {
					sum += w
				}
				for j := range row {
					row[j] /= sum
				}
			}
		}
	}},
}

// TestReplacedWeights changes weights by a hook: the output is that of the new weights, and so is the
// gradient, held against central differences of the float64 reference.
func TestReplacedWeights(t *testing.T) {
	for _, causal := range []bool{false, true} {
		for _, surgery := range surgeries {
			s := newSetting(causal)
			what := fmt.Sprintf("%s, causal %v", surgery.name, causal)
			r := rand.New(rand.NewPCG(3, 4))
			p := grad.NewPass()
			p.Tape = grad.NewTape(&s.ps)
			y := s.forward(p, surgery.hook)
			compare(t, what+": the output", y.X, s.reference(surgery.see), 1e-5)
			compare(t, what+": inference", s.forward(grad.NewPass(), surgery.hook).X, s.reference(surgery.see), 1e-5)
			for i := range y.G.Data {
				y.G.Data[i] = float32(r.NormFloat64())
			}
			p.Tape.Backward()
			loss := func() (sum float64) {
				for i, row := range s.reference(surgery.see) {
					for j, v := range row {
						sum += v * float64(y.G.Row(i)[j])
					}
				}
				return
			}
			check := func(name string, x, g tensor.Matrix) {
				const h = 1.0 / 1024 // a power of two, so that x±h is exact enough in float32
				for i := range x.Data {
					v := x.Data[i]
					x.Data[i] = v + h
					up, xUp := loss(), x.Data[i]
					x.Data[i] = v - h
					slope := (up - loss()) / (float64(xUp) - float64(x.Data[i]))
					x.Data[i] = v
					if d := math.Abs(slope - float64(g.Data[i])); d > 1e-4*(1+math.Abs(slope)) {
						t.Errorf("%s: the gradient of %s[%d] is %g, the central difference %g", what, name, i, g.Data[i], slope)
						return
					}
				}
			}
			check("x", s.x.X, s.x.G)
			check("memory", s.memory.X, s.memory.G)
			for _, w := range s.ps.List {
				check(w.Name, w.Values(), p.Tape.Grad(w)) // which the tape keeps in place
			}
		}
	}
}
