package learn

import (
	"math"
	"testing"
)

// TestFigures: the same setting gives the same curves wherever it is trained, natively with SIMD and without, and in
// WebAssembly, where these tests run in Node.js. The losses are those of unseen examples after 25, 50, 75 and 100
// steps, computed natively with SIMD.
func TestFigures(t *testing.T) {
	for options, want := range map[string][4]float64{
		"task=reverse":                  {5.60584, 3.88255, 2.83840, 2.68187},
		"task=dates":                    {4.91994, 2.90088, 2.05818, 1.95493},
		"task=induction":                {5.28616, 3.71080, 3.35754, 3.32492},
		"task=sort arch=encoder":        {4.40863, 2.56312, 2.09552, 1.91077},
		"task=toy optimizer=muon":       {5.89547, 4.39239, 3.20328, 2.95625},
		"task=add arch=dot dropout=0.1": {5.01110, 3.02739, 2.36591, 2.29521},
	} {
		n := small(t, options+" batch=4 steps=100")
		steps(t, n, 100)
		var got [4]float64
		for i := range got {
			got[i] = n.Curve[1+i].Unseen.Loss
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-3 {
				t.Errorf("%s: %.5f, want %.5f", options, got, want)
				break
			}
		}
	}
}
