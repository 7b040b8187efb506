package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestRMSNorm holds the norm against its formula in float64, and its gradient against central differences.
func TestRMSNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 1))
	for _, n := range lengths[1:] {
		x, _ := guarded(r, n)
		gain, _ := guarded(r, n)
		dy, _ := guarded(r, n)
		dst, intact := guarded(r, n)
		dx, intact2 := guarded(r, n)
		dgain, intact3 := guarded(r, n)
		before := [2][]float32{append([]float32(nil), dx...), append([]float32(nil), dgain...)}
		scale := RMSNorm(dst, x, gain, 1e-5)
		RMSNormGrad(dx, dgain, dy, x, gain, scale)
		in := make([]float64, n)
		for i, v := range x {
			in[i] = float64(v)
		}
		// norm returns 1/rms, and the loss Σ dy · y.
		norm := func() (r, loss float64) {
			square := 0.0
			for _, v := range in {
				square += v * v
			}
			r = 1 / math.Sqrt(square/float64(n)+1e-5)
			for i, v := range in {
				loss += float64(dy[i]) * v * r * float64(gain[i])
			}
			return r, loss
		}
		want, _ := norm()
		near(t, "1/rms", scale, want, 1e-5)
		for i := range x {
			near(t, fmt.Sprintf("RMSNorm of %d", n), dst[i], in[i]*want*float64(gain[i]), 1e-5)
			near(t, fmt.Sprintf("its gain's gradient, of %d", n), dgain[i], float64(before[1][i])+float64(dy[i])*in[i]*want, 1e-5)
			const h = 1e-5
			v := in[i]
			in[i] = v + h
			_, up := norm()
			in[i] = v - h
			_, down := norm()
			in[i] = v
			near(t, fmt.Sprintf("its gradient, of %d at %d", n, i), dx[i], float64(before[0][i])+(up-down)/(2*h), 2e-4)
		}
		if !intact() || !intact2() || !intact3() {
			t.Errorf("RMSNorm of %d wrote past its slices", n)
		}
	}
}

// TestRotate holds the rotation of pairs against the product of complex numbers, and RotateBack against
// its inverse.
func TestRotate(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for _, n := range lengths {
		for _, interleaved := range []bool{false, true} {
			x, intact := guarded(r, 2*n)
			before := append([]float32(nil), x...)
			cos, sin := make([]float32, n), make([]float32, n)
			for i := range n {
				s, c := math.Sincos(float64(i) - 3)
				cos[i], sin[i] = float32(c), float32(s)
			}
			Rotate(x, cos, sin, interleaved)
			for i := range n {
				a, b := i, n+i
				if interleaved {
					a, b = 2*i, 2*i+1
				}
				want := complex(float64(before[a]), float64(before[b])) * complex(float64(cos[i]), float64(sin[i]))
				near(t, fmt.Sprintf("Rotate of %d pairs, %v, at %d", n, interleaved, a), x[a], real(want), 1e-6)
				near(t, fmt.Sprintf("Rotate of %d pairs, %v, at %d", n, interleaved, b), x[b], imag(want), 1e-6)
			}
			RotateBack(x, cos, sin, interleaved)
			for i, v := range before {
				near(t, fmt.Sprintf("RotateBack of %d pairs, %v, at %d", n, interleaved, i), x[i], float64(v), 1e-6)
			}
			if !intact() {
				t.Errorf("the rotation of %d pairs wrote past its slice", n)
			}
		}
	}
}

// TestColumn takes every column out of a packed matrix.
func TestColumn(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	for _, s := range [][2]int{{1, 1}, {3, 5}, {7, 33}, {20, 64}, {5, 100}} {
		m := random(r, s[0], s[1], 3)
		p := Pack(m)
		if k, n := p.Shape(); k != s[0] || n != s[1] {
			t.Errorf("the packed matrix is %d×%d, want %v", k, n, s)
		}
		column := make([]float32, s[0])
		for j := range s[1] {
			p.Column(column, j)
			for i, v := range column {
				if v != m.Row(i)[j] {
					t.Fatalf("%v: column %d has %g at %d, want %g", s, j, v, i, m.Row(i)[j])
				}
			}
		}
	}
}
