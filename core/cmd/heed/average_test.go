package main

import (
	"math"
	"path/filepath"
	"testing"

	"heed/core/model/modeltest"
	"heed/core/tensor"
)

// TestAverage wants each weight of the mean where it lies between those of the two models.
func TestAverage(t *testing.T) {
	m := modeltest.Small(t)
	a := saved(t, m)
	for _, p := range m.Net.Weights().List {
		p.Set(func(x tensor.Matrix) {
			for i := range x.Data {
				x.Data[i] *= 3
			}
		})
	}
	b, out := saved(t, m), filepath.Join(t.TempDir(), "mean")
	if got := answer(t, "average", "-model", a, "-with", b, "-share", "0.25", "-o", out); got != "" {
		t.Errorf("average says %q", got)
	}
	first, err := openModel(a)
	if err != nil {
		t.Fatal(err)
	}
	mean, err := openModel(out)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range mean.Net.Weights().List {
		largest := 0.0
		for _, v := range p.Values().Data {
			largest = max(largest, math.Abs(float64(v)))
		}
		for j, v := range p.Values().Data {
			if want := 1.5 * float64(first.Net.Weights().List[i].Values().Data[j]); math.Abs(float64(v)-want) > 0.01*largest+1e-7 { // int8 rounds
				t.Fatalf("%s, %d: %g, want %g", p.Name, j, v, want)
			}
		}
	}
	refuse(t, "there is a model in it", "average", "-model", a, "-with", b, "-o", b)
	refuse(t, "name the models", "average", "-model", a, "-with", b)
	refuse(t, "from 0 to 1", "average", "-model", a, "-with", b, "-share", "2", "-o", out)
	refuse(t, "no directory", "average", "-model", a, "-with", "nowhere", "-o", out)
}
