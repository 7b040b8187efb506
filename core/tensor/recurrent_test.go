package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestGRU holds the unit against its formula, and its gradient against central differences of that.
func TestGRU(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	unit := func(gi, gh [3]float64, prev float64) float64 {
		r, z := sigmoid(gi[0]+gh[0]), sigmoid(gi[1]+gh[1])
		n := math.Tanh(gi[2] + r*gh[2])
		return (1-z)*n + z*prev
	}
	for _, h := range lengths {
		gi, _ := guarded(r, 3*h)
		gh, _ := guarded(r, 3*h)
		prev, _ := guarded(r, h)
		dy, _ := guarded(r, h)
		y, ok1 := guarded(r, h)
		gates, ok2 := guarded(r, 3*h)
		dgi, ok3 := guarded(r, 3*h)
		dgh, ok4 := guarded(r, 3*h)
		dprev, ok5 := guarded(r, h)
		before := [3][]float32{append([]float32(nil), dgi...), append([]float32(nil), dgh...), append([]float32(nil), dprev...)}
		GRU(y, gates, gi, gh, prev)
		GRUGrad(dgi, dgh, dprev, dy, gates, gh, prev)
		for i := range h {
			var a, b [3]float64
			for g := range 3 {
				a[g], b[g] = float64(gi[g*h+i]), float64(gh[g*h+i])
			}
			before2 := float64(prev[i])
			near(t, fmt.Sprintf("GRU of %d", h), y[i], unit(a, b, before2), 1e-6)
			slope := func(x *float64) float64 {
				const d = 1e-5
				v := *x
				*x = v + d
				up := unit(a, b, before2)
				*x = v - d
				down := unit(a, b, before2)
				*x = v
				return float64(dy[i]) * (up - down) / (2 * d)
			}
			for g := range 3 {
				near(t, fmt.Sprintf("GRUGrad of %d, input, gate %d", h, g), dgi[g*h+i], float64(before[0][g*h+i])+slope(&a[g]), 2e-5)
				near(t, fmt.Sprintf("GRUGrad of %d, state, gate %d", h, g), dgh[g*h+i], float64(before[1][g*h+i])+slope(&b[g]), 2e-5)
			}
			near(t, fmt.Sprintf("GRUGrad of %d, state before", h), dprev[i], float64(before[2][i])+slope(&before2), 2e-5)
		}
		if !ok1() || !ok2() || !ok3() || !ok4() || !ok5() {
			t.Errorf("the unit of %d wrote beyond its slices", h)
		}
	}
}

func TestAdditive(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	for _, n := range lengths {
		v, _ := guarded(r, n)
		q, _ := guarded(r, n)
		k, _ := guarded(r, n)
		dv, ok1 := guarded(r, n)
		dq, ok2 := guarded(r, n)
		dk, ok3 := guarded(r, n)
		before := [3][]float32{append([]float32(nil), dv...), append([]float32(nil), dq...), append([]float32(nil), dk...)}
		const g = 0.7
		AdditiveGrad(dv, dq, dk, v, q, k, g)
		want := 0.0
		for i := range n {
			tangent := math.Tanh(float64(q[i]) + float64(k[i]))
			want += float64(v[i]) * tangent
			d := g * float64(v[i]) * (1 - tangent*tangent)
			near(t, fmt.Sprintf("AdditiveGrad of %d, vector", n), dv[i], float64(before[0][i])+g*tangent, 2e-6)
			near(t, fmt.Sprintf("AdditiveGrad of %d, query", n), dq[i], float64(before[1][i])+d, 2e-6)
			near(t, fmt.Sprintf("AdditiveGrad of %d, key", n), dk[i], float64(before[2][i])+d, 2e-6)
		}
		near(t, fmt.Sprintf("Additive of %d", n), Additive(v, q, k), want, 1e-6*float64(n+1))
		if !ok1() || !ok2() || !ok3() {
			t.Errorf("AdditiveGrad of %d wrote beyond its slices", n)
		}
	}
}
