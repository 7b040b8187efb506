package tensor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// bytesTimes is a matrix whose rows are integers from -127 to 127 times a number each.
func bytesTimes(r *rand.Rand, rows, cols int) Matrix {
	m := random(r, rows, cols, 3)
	for i := range rows {
		scale, row := float32(math.Exp(3*r.NormFloat64())), m.Row(i)
		for j := range row {
			row[j] = float32(r.IntN(255)-127) * scale
		}
		if cols > 0 {
			row[r.IntN(cols)] = 127 * scale
		}
	}
	return m
}

// plainInt8 is the documented product, number by number: each as round16 and the kernels must have it.
func plainInt8(dst, a, bT, plus Matrix, top float32) {
	for i := range a.Rows {
		var most float32
		for _, v := range a.Row(i) {
			most = max(most, float32(math.Abs(float64(v))))
		}
		inverse := min(top/most, 1e30)
		for j := range bT.Rows {
			scale := integerScale(bT.Row(j))
			sum := int64(0)
			for k, v := range a.Row(i) {
				w := int64(0)
				if scale > 0 {
					w = int64(math.RoundToEven(float64(bT.Row(j)[k] / scale)))
				}
				sum += int64(math.RoundToEven(float64(float32(v*inverse)))) * w
			}
			if sum != int64(int32(sum)) {
				panic("a sum leaves 32 bits")
			}
			scaleA := max(most/top, 1e-30)
			v := float32(float32(sum) * float32(scaleA*scale)) // rounded before the sum: some machines have one instruction for both
			if plus.Data != nil {
				v += plus.Data[i*plus.Stride+j]
			}
			dst.Row(i)[j] = v
		}
	}
}

func TestInt8(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 16))
	var ar Arena
	sizes := [][3]int{{96, 48, 64}, {1, 250, 192}, {5, 31, 1537}, {1, 8, 6000}, {13, 64, 33}}
	for m := range 10 {
		for n := range 19 {
			sizes = append(sizes, [3]int{m, n, r.IntN(40)})
		}
	}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		a, bT := random(r, m, k, 5), bytesTimes(r, n, k)
		if m > 1 && k > 1 {
			clear(a.Row(1))     // zeros
			a.Row(0)[0] = 1e-38 // beside which others are huge
		}
		if m > 2 {
			for i := range a.Row(2) {
				a.Row(2)[i] *= 1e-28 // of which 1e-30 is the scale
			}
		}
		p := PackInt8T(bT)
		if p == nil {
			t.Fatalf("%d×%d is not taken", k, n)
		}
		for j := range n {
			column := make([]float32, k)
			p.Column(column, j)
			for i, v := range column {
				if v != bT.Row(j)[i] {
					t.Fatalf("%d×%d: (%d,%d) is %g, was %g", k, n, i, j, v, bT.Row(j)[i])
				}
			}
		}
		bias := random(r, 1, n, 0).Data
		for _, form := range []string{"alone", "added", "bias"} {
			wide, want := New(m, n+4), New(m, n)
			for i := range wide.Data {
				wide.Data[i] = 7
			}
			dst := wide.ColRange(2, 2+n)
			switch form {
			case "bias":
				plainInt8(want, a, bT, Matrix{Rows: m, Cols: n, Data: bias}, p.top)
				Affine(&ar, dst, a, p, bias)
			case "added":
				for i := range want.Data {
					want.Data[i] = 7
				}
				plainInt8(want, a, bT, want, p.top)
				MatMulRight(&ar, dst, a, p, true)
			default:
				plainInt8(want, a, bT, Matrix{}, p.top)
				MatMulRight(&ar, dst, a, p, false)
			}
			for i := range m {
				for j, got := range dst.Row(i) {
					if w := want.Row(i)[j]; got != w && !(n == 0 || k == 0 && got == w) {
						t.Fatalf("%d×%d×%d %s (%d,%d): %g, the plain loop has %g", m, n, k, form, i, j, got, w)
					}
				}
				for _, c := range []int{0, 1, n + 2, n + 3} {
					if wide.Data[i*wide.Stride+c] != 7 {
						t.Fatalf("%d×%d×%d: wrote beyond its columns in row %d", m, n, k, i)
					}
				}
			}
		}
		// And beside the product of the numbers themselves.
		dst := New(m, n)
		MatMulRight(&ar, dst, a, p, false)
		exact := naive(at(a), atT(bT), m, n, k)
		for i := range m {
			for j := range n {
				var most, size float64
				for x := range k {
					most = max(most, math.Abs(float64(a.Row(i)[x])))
					size += math.Abs(float64(bT.Row(j)[x]))
				}
				if d := math.Abs(float64(dst.Row(i)[j]) - exact[i*n+j]); !(d <= 1e-6*most*size+max(most/float64(p.top), 1e-30)*size/2) {
					t.Fatalf("%d×%d×%d (%d,%d): off by %g", m, n, k, i, j, d)
				}
			}
		}
	}
}

// TestInt8Extremes sums up the largest integers that there can be.
func TestInt8Extremes(t *testing.T) {
	const k = 8192
	a, bT, dst := New(2, k), New(9, k), New(2, 9)
	for i := range a.Data {
		a.Data[i] = 1e20
	}
	for i := range bT.Data {
		bT.Data[i] = 127
	}
	p := PackInt8T(bT)
	MatMulRight(new(Arena), dst, a, p, false)
	for _, v := range dst.Data {
		if want := 127e20 * float64(k); math.Abs(float64(v)-want) > 1e-6*want {
			t.Fatalf("%g, not %g", v, want)
		}
	}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		a.Row(1)[k/2] = bad
		MatMulRight(new(Arena), dst, a, p, false)
		if Finite(dst.Row(1)[:1]) || !Finite(dst.Row(0)) {
			t.Errorf("of %g come %v", bad, dst.Data)
		}
	}
}

func TestInt8Refuses(t *testing.T) {
	for _, x := range []float32{0.1234, float32(math.NaN()), float32(math.Inf(1)), 1e-40} {
		if PackInt8T(From([]float32{127, 64, x, 1}, 1, 4)) != nil {
			t.Errorf("127, 64, %g, 1 are taken for integers times a number", x)
		}
	}
}

func BenchmarkInt8(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 16))
	for _, s := range [][3]int{{96, 1536, 384}, {1, 6000, 192}} {
		x, w, dst := random(r, s[0], s[2], 0), bytesTimes(r, s[1], s[2]), New(s[0], s[1])
		for name, right := range map[string]Right{"int8": PackInt8T(w), "float32": PackT(w)} {
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
