package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestKernels names the form that the other tests of this run are about.
func TestKernels(t *testing.T) { t.Log("kernels:", Kernels()) }

// TestMemoryGrows computes on both sides of a growth of the program's memory, which moves what JavaScript sees
// of it.
func TestMemoryGrows(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 13))
	x, _ := guarded(r, 1000)
	before, after := make([]float32, len(x)), make([]float32, len(x))
	Activate(Sigmoid, before, x)
	grown := make([]float32, 64<<20/4)
	for i := range grown {
		grown[i] = 1
	}
	Activate(Sigmoid, after, x)
	for i := range x {
		if want := reference[Sigmoid](float64(x[i])); before[i] != after[i] || !(math.Abs(float64(before[i])-want) <= 1e-6) {
			t.Fatalf("the sigmoid of %g was %g and is %g, want %g", x[i], before[i], after[i], want)
		}
	}
	if s := Sum(grown[len(grown)-1000:]); s != 1000 {
		t.Errorf("the sum of 1000 ones in the new memory is %g", s)
	}
}
