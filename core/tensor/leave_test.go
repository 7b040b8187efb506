package tensor

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// TestLeave wants math.Exp to be as fast after vectors as before them: see leave.
func TestLeave(t *testing.T) {
	const n = 100
	f := func() []float32 { x := make([]float32, n); x[0] = 1; return x }
	x, y, z, v, d, r := f(), f(), f(), f(), f(), make([]float32, 2*n)
	g3, i3, h3 := make([]float32, 3*n), make([]float32, 3*n), make([]float32, 3*n)
	var ar Arena
	right := PackT(From(f(), 10, 10))
	adam := &Adam{Epsilon: 1e-8}
	functions := map[string]func(){
		"none": func() {}, "Add": func() { Add(y, x) }, "MaxInto": func() { MaxInto(y, x) }, "AddScaled": func() { AddScaled(y, 2, x) },
		"AddMul": func() { AddMul(y, x, z) }, "Mul": func() { Mul(y, x, z) }, "Scale": func() { Scale(y, 2, x) }, "ScaleAdd": func() { ScaleAdd(y, 2, x, 1) },
		"Sum": func() { Sum(x) }, "SumMin": func() { SumMin(x, 1) }, "Finite": func() { Finite(x) }, "Dot": func() { Dot(x, z) }, "Max": func() { Max(x) },
		"Exp": func() { Exp(y, x) }, "Softmax": func() { Softmax(y, x) }, "SoftmaxGrad": func() { SoftmaxGrad(y, x, z) },
		"LayerNorm": func() { LayerNorm(y, x, z, v, 1e-5) }, "LayerNormGrad": func() { LayerNormGrad(y, v, d, x, x, z, 0, 1) },
		"RMSNorm": func() { RMSNorm(y, x, z, 1e-5) }, "RMSNormGrad": func() { RMSNormGrad(y, v, d, x, z, 1) },
		"GRU": func() { GRU(y, g3, i3, h3, x) }, "GRUGrad": func() { GRUGrad(i3, h3, v, y, g3, h3, x) },
		"Additive": func() { Additive(x, y, z) }, "AdditiveGrad": func() { AdditiveGrad(y, v, d, x, z, x, 1) },
		"Rotate": func() { Rotate(r, x, z, false) }, "RotateBack": func() { RotateBack(r, x, z, false) },
		"AdamStep": func() { AdamStep(adam, y, v, d, x) }, "Affine": func() { Affine(&ar, From(y, 10, 10), From(x, 10, 10), right, nil) },
		"Affine of a row": func() { Affine(&ar, From(y[:10], 1, 10), From(x[:10], 1, 10), right, nil) },
	}
	for a := range activations {
		functions[fmt.Sprint("activation ", a)] = func() { Activate(a, y, x) }
		functions[fmt.Sprint("gradient of activation ", a)] = func() { ActivateGrad(a, y, x, z) }
	}
	var sum float64
	fastest := func(f func()) time.Duration { // of 20 rounds, since others use the machine too
		best := time.Hour
		for range 20 {
			f()
			start := time.Now()
			for i := range 500 {
				sum += math.Exp(float64(i) * 1e-3)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	alone := fastest(functions["none"])
	for name, f := range functions {
		if got := fastest(f); got > 10*alone+10*time.Microsecond {
			t.Errorf("after %s 500 exponentials take %v, alone %v", name, got, alone)
		}
	}
	if math.IsNaN(sum) {
		t.Error(sum)
	}
}
