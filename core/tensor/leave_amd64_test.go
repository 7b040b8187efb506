//go:build goexperiment.simd

package tensor

import (
	"fmt"
	"testing"

	"heed/core/tensor/avxtest"
)

// TestLeave holds that every function that uses vectors clears the upper halves of the registers when it is done: see
// leave.
func TestLeave(t *testing.T) {
	const n = 100
	f := func() []float32 { x := make([]float32, n); x[0] = 1; return x }
	x, y, z, v, d, r := f(), f(), f(), f(), f(), make([]float32, 2*n)
	g3, i3, h3 := make([]float32, 3*n), make([]float32, 3*n), make([]float32, 3*n)
	var ar Arena
	right := PackT(From(f(), 10, 10))
	adam := &Adam{Epsilon: 1e-8}
	functions := map[string]func(){
		"Add": func() { Add(y, x) }, "MaxInto": func() { MaxInto(y, x) }, "AddScaled": func() { AddScaled(y, 2, x) },
		"AddMul": func() { AddMul(y, x, z) }, "Mul": func() { Mul(y, x, z) }, "Scale": func() { Scale(y, 2, x) }, "ScaleAdd": func() { ScaleAdd(y, 2, x, 1) },
		"Sum": func() { Sum(x) }, "SumMin": func() { SumMin(x, 1) }, "Finite": func() { Finite(x) }, "Dot": func() { Dot(x, z) }, "Max": func() { Max(x) },
		"Softmax": func() { Softmax(y, x) }, "SoftmaxGrad": func() { SoftmaxGrad(y, x, z) },
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
	if !avxtest.Known() {
		t.Skip("this processor does not tell whether the upper halves are in use")
	}
	// left tells whether the upper halves are in use after f. What else runs on this thread meanwhile may use them, so
	// that it takes several tries to say so.
	left := func(f func()) bool {
		for range 10 {
			avxtest.Clear()
			f()
			if !avxtest.InUse() {
				return false
			}
		}
		return true
	}
	if left(func() {}) || !left(avxtest.Use) {
		t.Skip("the upper halves are not told apart here")
	}
	for name, f := range functions {
		if left(f) {
			t.Errorf("after %s the upper halves of the registers are in use", name)
		}
	}
}
