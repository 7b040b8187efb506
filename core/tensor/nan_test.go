package tensor

import (
	"math"
	"testing"
)

// TestNaNReaches puts a NaN into each place of each input of the functions that TestNaN leaves out, and wants it in
// every number that depends on it, and in no other, in all builds.
func TestNaNReaches(t *testing.T) {
	nan := float32(math.NaN())
	adam := &Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Scale: 1, Keep: 0.9, Rate: 0.1, Second: 1}
	there := func(k, at, o, i, n int) bool { return i == at }
	pair := func(k, at, o, i, n int) bool { return i%n == at%n }
	neighbours := func(k, at, o, i, n int) bool { return k == 0 && i/2 == at/2 || k > 0 && i/2 == at }
	for _, c := range []struct {
		name  string
		sizes []int // of the inputs, in rows of n numbers
		run   func(in [][]float32) (out [][]float32)
		// reaches says whether a NaN in number at of input k is one in number i of output o.
		reaches func(k, at, o, i, n int) bool
	}{
		{"Add", []int{1, 1}, func(in [][]float32) [][]float32 { Add(in[0], in[1]); return in[:1] }, there},
		{"AddScaled", []int{1, 1}, func(in [][]float32) [][]float32 { AddScaled(in[0], 0, in[1]); return in[:1] }, there},
		{"AddMul", []int{1, 1, 1}, func(in [][]float32) [][]float32 { AddMul(in[0], in[1], in[2]); return in[:1] }, there},
		{"Mul", []int{1, 1}, func(in [][]float32) [][]float32 { Mul(in[0], in[0], in[1]); return in[:1] }, there},
		{"Scale", []int{1}, func(in [][]float32) [][]float32 { Scale(in[0], 0, in[0]); return in }, there},
		{"ScaleAdd", []int{1}, func(in [][]float32) [][]float32 { ScaleAdd(in[0], 0, in[0], 1); return in }, there},
		{"SoftmaxGrad", []int{1, 1, 1}, func(in [][]float32) [][]float32 { SoftmaxGrad(in[0], in[1], in[2]); return in[:1] },
			func(k, at, o, i, n int) bool { return i == at || k > 0 }},
		{"LayerNormGrad", []int{1, 1, 1, 1, 1, 1}, func(in [][]float32) [][]float32 {
			LayerNormGrad(in[0], in[1], in[2], in[3], in[4], in[5], 0.5, 2)
			return in[:3]
		}, func(k, at, o, i, n int) bool {
			return k == o && i == at || k >= 3 && o == 0 || k == 3 && i == at || k == 4 && o == 1 && i == at
		}},
		{"RMSNormGrad", []int{1, 1, 1, 1, 1}, func(in [][]float32) [][]float32 {
			RMSNormGrad(in[0], in[1], in[2], in[3], in[4], 2)
			return in[:2]
		}, func(k, at, o, i, n int) bool {
			return k == o && i == at || k >= 2 && o == 0 || (k == 2 || k == 3) && i == at
		}},
		{"GRU", []int{3, 3, 1}, func(in [][]float32) [][]float32 {
			y := make([]float32, len(in[2]))
			GRU(y, make([]float32, len(in[0])), in[0], in[1], in[2])
			return [][]float32{y}
		}, func(k, at, o, i, n int) bool { return i == at%n }},
		{"GRUGrad", []int{1, 3, 3, 1}, func(in [][]float32) [][]float32 {
			dgi, dgh, dprev := make([]float32, len(in[1])), make([]float32, len(in[1])), make([]float32, len(in[0]))
			GRUGrad(dgi, dgh, dprev, in[0], in[1], in[2], in[3])
			return [][]float32{dgi, dgh, dprev}
		}, func(k, at, o, i, n int) bool {
			const r, z, g = 0, 1, 2 // the gates; g is n in GRU
			from, to, state := at/n, i/n, o == 2
			switch {
			case i%n != at%n:
				return false
			case k == 0, k == 1 && from == z:
				return true
			case state:
				return false
			case k == 1 && from == r:
				return to == r || o == 1 && to == g
			case k == 1:
				return true
			case k == 2:
				return from == g && to == r
			}
			return to == z
		}},
		{"Additive", []int{1, 1, 1}, func(in [][]float32) [][]float32 { return [][]float32{{Additive(in[0], in[1], in[2])}} },
			func(k, at, o, i, n int) bool { return true }},
		{"AdditiveGrad", []int{1, 1, 1, 1, 1, 1}, func(in [][]float32) [][]float32 {
			AdditiveGrad(in[0], in[1], in[2], in[3], in[4], in[5], 1)
			return in[:3]
		}, func(k, at, o, i, n int) bool { return i == at && (k == o || k == 3 && o > 0 || k > 3) }},
		{"Rotate", []int{2, 1, 1}, func(in [][]float32) [][]float32 { Rotate(in[0], in[1], in[2], false); return in[:1] }, pair},
		{"Rotate, interleaved", []int{2, 1, 1}, func(in [][]float32) [][]float32 { Rotate(in[0], in[1], in[2], true); return in[:1] }, neighbours},
		{"RotateBack", []int{2, 1, 1}, func(in [][]float32) [][]float32 { RotateBack(in[0], in[1], in[2], false); return in[:1] }, pair},
		{"RotateBack, interleaved", []int{2, 1, 1}, func(in [][]float32) [][]float32 { RotateBack(in[0], in[1], in[2], true); return in[:1] }, neighbours},
		{"AdamStep", []int{1, 1, 1, 1}, func(in [][]float32) [][]float32 { AdamStep(adam, in[0], in[1], in[2], in[3]); return in[:3] },
			func(k, at, o, i, n int) bool { return i == at && (k == o || o == 0 || k == 3) }},
	} {
		for _, n := range []int{1, 2, 3, 4, 5, 8, 9, 17} {
			for k, size := range c.sizes {
				for at := range size * n {
					in := make([][]float32, len(c.sizes))
					for j, size := range c.sizes {
						in[j] = make([]float32, size*n)
						for i := range in[j] {
							in[j][i] = 0.25 + 0.5*float32((i*5+j*3)%7)/7
						}
					}
					in[k][at] = nan
					for o, out := range c.run(in) {
						for i, v := range out {
							if want := c.reaches(k, at, o, i, n); (v != v) != want {
								t.Fatalf("%s of %d, NaN at %d of input %d: %g at %d of output %d", c.name, n, at, k, v, i, o)
							}
						}
					}
				}
			}
		}
	}
}
