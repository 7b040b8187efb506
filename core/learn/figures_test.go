package learn

import (
	"math"
	"testing"
)

// TestFigures: the same setting gives the same curves wherever it is trained, natively with SIMD and without, and in
// WebAssembly, where these tests run in Node.js. The losses are those of unseen examples after 25 and 50 of 100
// steps, computed natively with SIMD.
func TestFigures(t *testing.T) {
	for options, want := range map[string][2]float64{
		"task=reverse":                  {5.60584, 3.88255},
		"task=dates":                    {4.91994, 2.90088},
		"task=induction":                {5.28616, 3.71080},
		"task=sort arch=encoder":        {4.40863, 2.56312},
		"task=toy optimizer=muon":       {5.89547, 4.39239},
		"task=add arch=dot dropout=0.1": {4.97145, 3.03182},
	} {
		n := small(t, options+" batch=4 steps=100")
		steps(t, n, 50)
		var got [2]float64
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
