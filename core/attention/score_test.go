package attention

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"heed/core/grad"
	"heed/core/tensor"
)

// TestScorer holds every score function against its formula in float64, a query at a time as a
// recurrent decoder asks, over two sequences of different lengths.
func TestScorer(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	draw := func(m tensor.Matrix) {
		for i := range m.Data {
			m.Data[i] = float32(r.NormFloat64())
		}
	}
	const h, width = 6, 5
	spans := []grad.Span{{Q0: 0, Q1: 1, K0: 0, K1: 3}, {Q0: 1, Q1: 2, K0: 3, K1: 7}}
	for _, score := range Scores {
		c := 4
		if score == Dot || score == ScaledDot {
			c = h
		}
		var ps grad.Params
		s := NewScorer(&ps, "attention", score, h, c, width)
		for _, p := range ps.List {
			p.Set(draw)
		}
		states, memory := tensor.New(2, h), tensor.New(7, c)
		draw(states)
		draw(memory)
		p := grad.NewPass()
		q := s.Queries(p, grad.Const(states))
		q.Step(p, 0, 1)
		q.Step(p, 1, 2)
		got := s.Scores(p, q.Value, s.Keys(p, grad.Const(memory)), spans)

		// by is w·x, in float64.
		by := func(w *grad.Param, x []float64) []float64 {
			y := make([]float64, w.Rows)
			for i := range y {
				for j, v := range w.Values().Row(i) {
					y[i] += float64(v) * x[j]
				}
			}
			return y
		}
		dot := func(a, b []float64) (sum float64) {
			for i := range a {
				sum += a[i] * b[i]
			}
			return
		}
		ds, dm := toDense(states), toDense(memory)
		for i, span := range spans {
			for j := span.K0; j < span.K1; j++ {
				var want float64
				switch score {
				case Additive:
					wq, uk := by(s.Query, ds[i]), by(s.Key, dm[j])
					for a := range width {
						want += float64(s.Vector.Values().Data[a]) * math.Tanh(wq[a]+uk[a]+float64(s.Bias.Values().Data[a]))
					}
				case Dot:
					want = dot(ds[i], dm[j])
				case General:
					want = dot(ds[i], by(s.Key, dm[j]))
				case ScaledDot:
					want = dot(ds[i], dm[j]) / math.Sqrt(h)
				}
				if v := float64(grad.Map(got.X, spans, 1, i, 0).Row(0)[j-span.K0]); math.Abs(v-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("%s: query %d, key %d: got %g, want %g", score, i, j, v, want)
				}
			}
		}
	}
}

func TestParseScore(t *testing.T) {
	for _, s := range Scores {
		if got, ok := ParseScore(string(s)); !ok || got != s {
			t.Errorf("%q: got %q, %v", s, got, ok)
		}
	}
	for _, name := range []string{"", "none", "Additive"} {
		if _, ok := ParseScore(name); ok {
			t.Errorf("%q is a score function", name)
		}
	}
}

// TestScorerUnknown: a score function that is not known is no dot product.
func TestScorerUnknown(t *testing.T) {
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "additive, dot, general or scaled_dot") {
			t.Errorf("a score function of the name typo: %q", message)
		}
	}()
	NewScorer(new(grad.Params), "attention", "typo", 4, 4, 0)
}

func TestScorerWidths(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a dot product of different widths did not panic")
		}
	}()
	NewScorer(new(grad.Params), "attention", Dot, 3, 4, 0)
}
