package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// random returns a matrix of N(0,1) values as a view of a wider one, so that strides are tested.
func random(r *rand.Rand, rows, cols, extra int) Matrix {
	wide := New(rows, cols+extra)
	for i := range wide.Data {
		wide.Data[i] = float32(r.NormFloat64())
	}
	return wide.ColRange(extra/2, extra/2+cols)
}

// naive is the reference loop in float64: dst = a · b.
func naive(a, b func(i, k int) float32, m, n, k int) []float64 {
	out := make([]float64, m*n)
	for i := range m {
		for j := range n {
			for x := range k {
				out[i*n+j] += float64(a(i, x)) * float64(b(x, j))
			}
		}
	}
	return out
}

func at(m Matrix) func(i, j int) float32 {
	return func(i, j int) float32 { return m.Data[i*m.Stride+j] }
}
func atT(m Matrix) func(i, j int) float32 {
	return func(i, j int) float32 { return m.Data[j*m.Stride+i] }
}

func checkProduct(t *testing.T, m, n, k int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(m*10007+n*101+k), 1))
	var ar Arena
	forms := []struct {
		name string
		run  func(dst Matrix, add bool) []float64
	}{
		{"MatMul", func(dst Matrix, add bool) []float64 {
			a, b := random(r, m, k, 3), random(r, k, n, 5)
			MatMul(&ar, dst, a, b, add)
			return naive(at(a), at(b), m, n, k)
		}},
		{"MatMulT", func(dst Matrix, add bool) []float64 {
			a, b := random(r, m, k, 3), random(r, n, k, 5)
			MatMulT(&ar, dst, a, b, add)
			return naive(at(a), atT(b), m, n, k)
		}},
		{"MatTMul", func(dst Matrix, add bool) []float64 {
			a, b := random(r, k, m, 3), random(r, k, n, 5)
			MatTMul(&ar, dst, a, b, add)
			return naive(atT(a), at(b), m, n, k)
		}},
		{"MatMulRight", func(dst Matrix, add bool) []float64 {
			a, b := random(r, m, k, 0), random(r, k, n, 0)
			MatMulRight(&ar, dst, a, Pack(b), add)
			return naive(at(a), at(b), m, n, k)
		}},
	}
	{
		a, b, bias := random(r, m, k, 3), random(r, k, n, 0), random(r, 1, n, 0).Data
		dst := New(m, n)
		for _, bias := range [][]float32{nil, bias} {
			Affine(&ar, dst, a, Pack(b), bias)
			want := naive(at(a), at(b), m, n, k)
			for i, got := range dst.Data {
				if bias != nil {
					want[i] += float64(bias[i%n])
				}
				if d := math.Abs(float64(got) - want[i]); !(d <= 1e-6*(float64(k)+8)) {
					t.Fatalf("Affine %d×%d×%d: off by %g", m, n, k, d)
				}
			}
		}
	}
	for _, f := range forms {
		for _, add := range []bool{false, true} {
			wide := New(m, n+4)
			for i := range wide.Data {
				wide.Data[i] = 7 // guards beside the view, and what is added to
			}
			dst := wide.ColRange(2, 2+n)
			want := f.run(dst, add)
			tol := 1e-6 * (float64(k) + 8)
			for i := range m {
				for j := range n {
					w := want[i*n+j]
					if add {
						w += 7
					}
					if d := math.Abs(float64(dst.Data[i*dst.Stride+j]) - w); !(d <= tol) {
						t.Fatalf("%s %d×%d×%d add=%v (%d,%d): off by %g", f.name, m, n, k, add, i, j, d)
					}
				}
				for _, c := range []int{0, 1, n + 2, n + 3} {
					if wide.Data[i*wide.Stride+c] != 7 {
						t.Fatalf("%s %d×%d×%d add=%v: wrote beyond its columns in row %d", f.name, m, n, k, add, i)
					}
				}
			}
		}
	}
}

func TestProductSmall(t *testing.T) {
	for m := range 10 {
		for n := range 18 {
			for k := range 10 {
				checkProduct(t, m, n, k)
			}
		}
	}
	for s := range 18 {
		checkProduct(t, s, s, s)
		checkProduct(t, 1, s, 17)
		checkProduct(t, 17, 33, s)
	}
}

func TestProductReal(t *testing.T) {
	for _, s := range [][3]int{{96, 384, 129}, {5, 768, 192}, {1, 1000, 192}, {9, 40, 2100}, {1, 33, 2100}, {33, 65, 31}, {7, 47, 300}, {64, 64, 64}} {
		checkProduct(t, s[0], s[1], s[2])
	}
}

// TestProductFuzz holds every form against the naive loop at sizes, distances of rows and places in memory
// drawn by chance, and looks at all of the memory around what it writes.
func TestProductFuzz(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 13))
	size := func() int { return []int{1, 2, 1 + r.IntN(9), 1 + r.IntN(40), 1 + r.IntN(130)}[r.IntN(5)] }
	var ar Arena
	for range 120 {
		m, n, k := size(), size(), size()
		a, b := random(r, m, k, r.IntN(7)), random(r, k, n, r.IntN(7))
		aT, bT := New(k, m), New(n, k)
		Transpose(aT, a)
		Transpose(bT, b)
		bias := random(r, 1, n, 3).Data[:n]
		want := naive(at(a), at(b), m, n, k)
		for name, product := range map[string]func(dst Matrix, add bool){
			"MatMul":      func(dst Matrix, add bool) { MatMul(&ar, dst, a, b, add) },
			"MatMulT":     func(dst Matrix, add bool) { MatMulT(&ar, dst, a, bT, add) },
			"MatTMul":     func(dst Matrix, add bool) { MatTMul(&ar, dst, aT, b, add) },
			"MatMulRight": func(dst Matrix, add bool) { MatMulRight(&ar, dst, a, PackT(bT), add) },
			"Affine":      func(dst Matrix, _ bool) { Affine(&ar, dst, a, Pack(b), bias) },
		} {
			add := r.IntN(2) == 1
			stride, from := n+r.IntN(5), 16+r.IntN(4)
			memory := make([]float32, from+m*stride+16)
			for i := range memory {
				memory[i] = 7
			}
			product(Matrix{m, n, stride, memory[from:][:(m-1)*stride+n]}, add)
			for i, got := range memory {
				row, col := (i-from)/stride, (i-from)%stride
				if i < from || row >= m || col >= n {
					if got != 7 {
						t.Fatalf("%s %d×%d×%d wrote %d floats from where its result begins", name, m, n, k, i-from)
					}
					continue
				}
				w := want[row*n+col]
				if name == "Affine" {
					w += float64(bias[col])
				} else if add {
					w += 7
				}
				if d := math.Abs(float64(got) - w); !(d <= 1e-6*(float64(k)+8)) {
					t.Fatalf("%s %d×%d×%d add=%v (%d,%d): off by %g", name, m, n, k, add, row, col, d)
				}
			}
		}
	}
}

// TestTranspose looks at every element, and around them.
func TestTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 13))
	for range 200 {
		src := random(r, 1+r.IntN(20), 1+r.IntN(20), r.IntN(5))
		wide := New(src.Cols, src.Rows+4)
		dst := wide.ColRange(2, 2+src.Rows)
		Transpose(dst, src)
		for i := range wide.Rows {
			for j, got := range wide.Row(i) {
				want := float32(0)
				if j >= 2 && j < 2+src.Rows {
					want = src.Row(j - 2)[i]
				}
				if got != want {
					t.Fatalf("%d×%d: (%d,%d) is %g, not %g", src.Rows, src.Cols, i, j-2, got, want)
				}
			}
		}
	}
}

func TestProductShapes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a product of shapes that do not fit did not panic")
		}
	}()
	var ar Arena
	MatMul(&ar, New(2, 2), New(2, 3), New(2, 2), false)
}

func TestProductAllocs(t *testing.T) {
	var ar Arena
	a, b, dst := New(30, 40), New(40, 50), New(30, 50)
	if n := testing.AllocsPerRun(10, func() { ar.Reset(); MatMul(&ar, dst, a, b, false) }); n != 0 {
		t.Errorf("a product allocates %v times", n)
	}
}

func BenchmarkMatMul(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{96, 1536, 384}, {768, 192, 192}, {768, 768, 192}, {768, 6000, 192}, {12, 192, 192}, {1, 768, 192}, {1, 6000, 192}} {
		m, n, k := s[0], s[1], s[2]
		x, w, dst := random(r, m, k, 0), random(r, k, n, 0), New(m, n)
		wt := random(r, n, k, 0)
		g := random(r, m, n, 0)
		p := Pack(w)
		var ar Arena
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, m, k, n), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
		run("packed", func() { MatMulRight(&ar, dst, x, p, false) })
		if m > 1 {
			dx := New(m, k)
			dw := New(n, k)
			run("T", func() { MatMulT(&ar, dst, x, wt, false) })
			run("dx", func() { MatMul(&ar, dx, g, wt, false) })
			run("dw", func() { MatTMul(&ar, dw, g, x, true) })
		}
		if m == 96 {
			run("naive", func() { naiveInto(dst, x, w) })
		}
	}
}

// naiveInto is the plain Go loop that the kernels are timed against.
func naiveInto(dst, a, b Matrix) {
	for i := range a.Rows {
		for j := range b.Cols {
			var s float32
			for k := range a.Cols {
				s += a.Data[i*a.Stride+k] * b.Data[k*b.Stride+j]
			}
			dst.Data[i*dst.Stride+j] = s
		}
	}
}
