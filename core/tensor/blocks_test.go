package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawnBlocks is a matrix in blocks, and its transpose N×K as numbers.
func drawnBlocks(r *rand.Rand, k, n, bits, block int) (*Blocks, Matrix) {
	want := New(n, k)
	b := NewBlocks(k, n, bits, block, func(j int, q []int8, scale, offset []float32) {
		low := 0
		for i := range q {
			if i%block == 0 {
				scale[i/block], offset[i/block] = float32(r.NormFloat64()), float32(r.NormFloat64())
				if low = -1 << (bits - 1); bits == 4 && r.IntN(2) == 0 {
					low = 0 // integers of four bits may have a sign or none
				}
			}
			q[i] = int8(low + r.IntN(1<<bits))
			want.Row(j)[i] = float32(float64(q[i])*float64(scale[i/block]) + float64(offset[i/block]))
		}
	})
	return b, want
}

// TestBlocks wants the products of blocks to be those of the float64 loop up to the rounding of the left side, with and
// without what is added, and nothing to be written beside them.
func TestBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, m := range []int{0, 1, 2, 3, 4, 5, 7, 17} {
		for _, k := range []int{0, 32, 96, 576} {
			for _, n := range []int{0, 1, 7, 8, 16, 27, 128, 200} {
				if k*n > 96*200 && m != 5 {
					continue // the largest once: the plain loop beside them takes long
				}
				for _, form := range [][2]int{{4, 32}, {4, 16}, {8, 32}, {8, 16}} {
					b, w := drawnBlocks(r, k, n, form[0], form[1])
					a, bias := random(r, m, k, 5), random(r, 1, n, 0).Data
					column := make([]float32, k)
					for j := range n {
						b.Column(column, j)
						for i, v := range column {
							if d := math.Abs(float64(v - w.Row(j)[i])); !(d <= 2e-6*(1+math.Abs(float64(v)))) {
								t.Fatalf("%d bits: number %d of column %d is %g, want %g", form[0], i, j, v, w.Row(j)[i])
							}
						}
					}
					var ar Arena
					wide, sum := New(m, n+4), random(r, m, n, 0)
					for i := range wide.Data {
						wide.Data[i] = 7
					}
					before := From(append([]float32{}, sum.Data...), m, n)
					y, plain := wide.ColRange(2, n+2), New(m, n)
					Affine(&ar, y, a, b, bias)
					Affine(&ar, plain, a, b, nil)
					MatMulRight(&ar, sum, a, b, true)
					for i := range m {
						var most, size float64
						for _, v := range a.Row(i) {
							most = max(most, math.Abs(float64(v)))
						}
						for j := range n {
							want := 0.0
							size = 0
							for x, v := range a.Row(i) {
								want += float64(v) * float64(w.Row(j)[x])
								size += math.Abs(float64(w.Row(j)[x]))
							}
							tol := 1e-6*most*float64(k)*20 + most/32767*size/2 + 1e-5
							for what, d := range map[string]float64{"the product": float64(plain.Row(i)[j]) - want,
								"a bias": float64(y.Row(i)[j]) - want - float64(bias[j]), "what was there": float64(sum.Row(i)[j]) - want - float64(before.Row(i)[j])} {
								if !(math.Abs(d) <= tol) {
									t.Fatalf("%d×%d×%d of %d bits in blocks of %d with %s: off by %g at %d, %d", m, k, n, form[0], form[1], what, d, i, j)
								}
							}
						}
						for _, c := range []int{0, 1, n + 2, n + 3} {
							if wide.Row(i)[c] != 7 {
								t.Fatalf("%d×%d×%d: wrote beyond its columns in row %d", m, k, n, i)
							}
						}
					}
				}
			}
		}
	}
}

// TestBlocksExtremes multiplies the largest integers that there can be, very small numbers, and numbers that are not
// finite.
func TestBlocksExtremes(t *testing.T) {
	const k = 4096
	b := NewBlocks(k, 9, 8, 32, func(_ int, q []int8, scale, offset []float32) {
		for i := range q {
			q[i] = -128
		}
		for i := range scale {
			scale[i] = 1
		}
	})
	a, dst := New(2, k), New(2, 9)
	for i := range a.Data {
		a.Data[i] = 1e20
	}
	for i := range a.Row(1) {
		a.Row(1)[i] = 1e-28
	}
	MatMulRight(new(Arena), dst, a, b, false)
	for i, size := range []float64{1e20, 1e-28} {
		for _, v := range dst.Row(i) {
			if want := -128 * size * k; math.Abs(float64(v)-want) > -want*k/(1<<24) { // k additions, each rounded
				t.Fatalf("%g, not %g", v, want)
			}
		}
	}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		a.Row(1)[k/2] = bad
		MatMulRight(new(Arena), dst, a, b, false)
		if Finite(dst.Row(1)[:1]) || !Finite(dst.Row(0)) {
			t.Errorf("of %g come %v", bad, dst.Data)
		}
	}
}

func TestBlocksShapes(t *testing.T) {
	zero := func(int, []int8, []float32, []float32) {}
	b := NewBlocks(64, 5, 4, 32, zero)
	if k, n := b.Shape(); k != 64 || n != 5 || b.Bytes() != 64*8/2+8*2*2*4 {
		t.Errorf("%d×%d of %d bytes", k, n, b.Bytes())
	}
	for what, bad := range map[string]func(){
		"a column that there is not": func() { b.Column(make([]float32, 64), 5) },
		"half a block":               func() { NewBlocks(48, 5, 4, 32, zero) },
		"five bits":                  func() { NewBlocks(64, 5, 5, 32, zero) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(what)
				}
			}()
			bad()
		}()
	}
}

func BenchmarkBlocks(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 16))
	for _, s := range [][3]int{{32, 1536, 576}, {1, 1536, 576}, {1, 49152, 576}} {
		four, w := drawnBlocks(r, s[2], s[1], 4, 32)
		eight, _ := drawnBlocks(r, s[2], s[1], 8, 32)
		x, dst := random(r, s[0], s[2], 0), New(s[0], s[1])
		for name, right := range map[string]Right{"4 bits": four, "8 bits": eight, "int8": PackInt8T(bytesTimes(r, s[1], s[2])), "float32": PackT(w)} {
			b.Run(name+"/"+Shape(s[0], s[2])+"×"+Shape(s[2], s[1]), func(b *testing.B) {
				var ar Arena
				for b.Loop() {
					MatMulRight(&ar, dst, x, right, false)
				}
				b.ReportMetric(2*float64(s[0]*s[1]*s[2])*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "Gop/s")
			})
		}
	}
}
