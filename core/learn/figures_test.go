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
		"task=reverse":                  {5.52534, 3.73761, 2.73481, 2.59694},
		"task=dates":                    {4.85252, 2.77901, 1.98917, 1.89325},
		"task=induction":                {5.17632, 3.64591, 3.33907, 3.31215},
		"task=sort arch=encoder":        {4.37466, 2.48943, 1.92930, 1.71491},
		"task=toy optimizer=muon":       {5.84390, 4.20791, 2.99877, 2.76304},
		"task=add arch=dot dropout=0.1": {4.89507, 2.91250, 2.24867, 2.18210},
	} {
		n := small(t, options+" steps=100")
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
