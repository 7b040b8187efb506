package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStored wants the products of a stored right side to be those of the float64 loop, with and without what is added.
func TestStored(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	drawn := func(rows, cols int) Matrix {
		m := New(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(r.NormFloat64())
		}
		return m
	}
	for _, m := range []int{0, 1, 3, 4, 5, 17} {
		for _, k := range []int{1, 31, 64} {
			for _, n := range []int{1, 7, 16, 127, 128, 300} {
				w, a, bias := drawn(n, k), drawn(m, k), drawn(1, n).Data
				s := NewStored(k, n, 12, func(dst []float32, j int) { copy(dst, w.Row(j)) })
				if got := New(1, k); n > 3 {
					s.Column(got.Data, 3)
					for i, v := range got.Data {
						if v != w.Row(3)[i] {
							t.Fatalf("column 3 has %g at %d, want %g", v, i, w.Row(3)[i])
						}
					}
				}
				var ar Arena
				y, plain, sum := New(m, n), New(m, n), drawn(m, n)
				before := From(append([]float32{}, sum.Data...), m, n)
				Affine(&ar, y, a, s, bias)
				Affine(&ar, plain, a, s, nil)
				MatMulRight(&ar, sum, a, s, true)
				for i := range m {
					for j := range n {
						want := 0.0
						for x, v := range a.Row(i) {
							want += float64(v) * float64(w.Row(j)[x])
						}
						tol := 1e-5 * float64(k)
						for what, d := range map[string]float64{"the product": float64(plain.Row(i)[j]) - want,
							"a bias": float64(y.Row(i)[j]) - want - float64(bias[j]), "what was there": float64(sum.Row(i)[j]) - want - float64(before.Row(i)[j])} {
							if !(math.Abs(d) <= tol) {
								t.Fatalf("%d×%d×%d with %s: off by %g at %d, %d", m, k, n, what, d, i, j)
							}
						}
					}
				}
			}
		}
	}
	if k, n := NewStored(3, 5, 12, nil).Shape(); k != 3 || n != 5 || NewStored(3, 5, 12, nil).Bytes() != 12 {
		t.Error("the shape or the size differs")
	}
	defer func() {
		if recover() == nil {
			t.Error("a column that there is not")
		}
	}()
	NewStored(3, 5, 12, nil).Column(make([]float32, 3), 5)
}
