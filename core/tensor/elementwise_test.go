package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// lengths cover the empty slice, every tail, and the sizes of real rows.
var lengths = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 33, 64, 95, 192, 1000}

// guarded returns n values of N(0, 2²) that begin at any multiple of 4 bytes, with a vector of guards on
// each side, and a check of the guards.
func guarded(r *rand.Rand, n int) (x []float32, intact func() bool) {
	const wide = 16
	from := wide + r.IntN(4)
	b := make([]float32, from+n+wide)
	for i := range b {
		b[i] = 123
	}
	x = b[from : from+n : from+n]
	for i := range x {
		x[i] = float32(2 * r.NormFloat64())
	}
	return x, func() bool {
		for _, guards := range [][]float32{b[:from], b[from+n:]} {
			for _, g := range guards {
				if g != 123 {
					return false
				}
			}
		}
		return true
	}
}

func near(t *testing.T, what string, got float32, want, tol float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= tol*(1+math.Abs(want))) {
		t.Errorf("%s: got %g, want %g", what, got, want)
	}
}

func TestElementwise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range lengths {
		ops := []struct {
			name string
			run  func(dst, a, b []float32)
			want func(d, a, b float64) float64
		}{
			{"Add", func(dst, a, b []float32) { Add(dst, a) }, func(d, a, b float64) float64 { return d + a }},
			{"AddScaled", func(dst, a, b []float32) { AddScaled(dst, 3, a) }, func(d, a, b float64) float64 { return d + 3*a }},
			{"AddMul", AddMul, func(d, a, b float64) float64 { return d + a*b }},
			{"Mul", Mul, func(d, a, b float64) float64 { return a * b }},
			{"Scale", func(dst, a, b []float32) { Scale(dst, 3, a) }, func(d, a, b float64) float64 { return 3 * a }},
			{"ScaleAdd", func(dst, a, b []float32) { ScaleAdd(dst, 3, a, 0.5) }, func(d, a, b float64) float64 { return 3*a + 0.5 }},
		}
		for _, op := range ops {
			dst, intact := guarded(r, n)
			a, _ := guarded(r, n)
			b, _ := guarded(r, n)
			before := append([]float32(nil), dst...)
			op.run(dst, a, b)
			for i := range dst {
				near(t, fmt.Sprintf("%s of %d at %d", op.name, n, i), dst[i], op.want(float64(before[i]), float64(a[i]), float64(b[i])), 1e-6)
			}
			if !intact() {
				t.Errorf("%s of %d wrote beyond its slice", op.name, n)
			}
		}
	}
}

func TestReductions(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, n := range lengths {
		a, _ := guarded(r, n)
		b, _ := guarded(r, n)
		var sum, dot, upTo float64
		largest, arg := math.Inf(-1), -1
		for i := range a {
			sum += float64(a[i])
			upTo += math.Min(float64(a[i]), 0.25)
			dot += float64(a[i]) * float64(b[i])
			if float64(a[i]) > largest {
				largest, arg = float64(a[i]), i
			}
		}
		near(t, "Sum", Sum(a), sum, 1e-5*float64(n+1))
		most := slices.Clone(a)
		MaxInto(most, b)
		for i := range most {
			if most[i] != max(a[i], b[i]) {
				t.Fatalf("MaxInto of %d at %d: %g of %g and %g", n, i, most[i], a[i], b[i])
			}
		}
		near(t, "SumMin", SumMin(a, 0.25), upTo, 1e-5*float64(n+1))
		near(t, "Dot", Dot(a, b), dot, 1e-5*float64(n+1))
		if float64(Max(a)) != largest {
			t.Errorf("Max of %d: %g, want %g", n, Max(a), largest)
		}
		if ArgMax(a) != arg {
			t.Errorf("ArgMax of %d: %d, want %d", n, ArgMax(a), arg)
		}
	}
}

// TestExpRange holds the exponential that others are made of against math.Exp, relatively: where it is small in
// Softmax, whose last number is 1 over the sum, and where it is large in Sigmoid.
func TestExpRange(t *testing.T) {
	var x []float32
	for v := -87.0; v < 0; v += 0.0137 {
		x = append(x, float32(v))
	}
	x = append(x, 0)
	small, large := make([]float32, len(x)), make([]float32, len(x))
	Softmax(small, x)
	Activate(Sigmoid, large, x)
	for i, v := range x {
		e := math.Exp(float64(v))
		for what, c := range map[string][2]float64{
			"small": {float64(small[i]) / float64(small[len(x)-1]), e},
			"large": {float64(large[i]), e / (1 + e)},
		} {
			const least = 1e-43 // numbers below 1e-38 have fewer bits
			if d := math.Abs(c[0] - c[1]); !(d <= 4e-7*c[1]+least) {
				t.Fatalf("where it is %s, of %g: %g, want %g", what, v, c[0], c[1])
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, n := range lengths {
		for _, offset := range []float32{0, 1e4, -1e4} {
			x, _ := guarded(r, n)
			for i := range x {
				x[i] += offset
			}
			dst, intact := guarded(r, n)
			lse := Softmax(dst, x)
			var total, sum float64
			for _, v := range x {
				total += math.Exp(float64(v) - float64(offset))
			}
			for i := range x {
				near(t, fmt.Sprintf("softmax of %d", n), dst[i], math.Exp(float64(x[i])-float64(offset))/total, 1e-6)
				sum += float64(dst[i])
			}
			if n > 0 {
				near(t, "its sum", float32(sum), 1, 1e-6)
				near(t, "log Σ exp", lse, math.Log(total)+float64(offset), 1e-6)
			}
			if !intact() {
				t.Errorf("softmax of %d wrote beyond its slice", n)
			}
		}
	}
}

func TestSoftmaxGrad(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for _, n := range lengths {
		y, _ := guarded(r, n)
		dy, _ := guarded(r, n)
		dx, intact := guarded(r, n)
		before := append([]float32(nil), dx...)
		SoftmaxGrad(dx, dy, y)
		var dot float64
		for i := range y {
			dot += float64(y[i]) * float64(dy[i])
		}
		for i := range y {
			near(t, fmt.Sprintf("SoftmaxGrad of %d", n), dx[i], float64(before[i])+float64(y[i])*(float64(dy[i])-dot), 1e-4)
		}
		if !intact() {
			t.Errorf("SoftmaxGrad of %d wrote beyond its slice", n)
		}
	}
}

func TestAdamStep(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	a := Adam{0.9, 0.98, 1e-2, 0.5, 0.999, 0.01, 3} // an epsilon that shows
	for _, n := range lengths {
		x, intact := guarded(r, n)
		m, intact2 := guarded(r, n)
		v, intact3 := guarded(r, n)
		g, _ := guarded(r, n)
		var want [3][]float64
		for i := range x {
			v[i] *= v[i]
			d := 0.5 * float64(g[i])
			first, second := 0.9*float64(m[i])+0.1*d, 0.98*float64(v[i])+0.02*d*d
			want[0] = append(want[0], 0.999*float64(x[i])-0.01*first/(math.Sqrt(3*second)+1e-2))
			want[1], want[2] = append(want[1], first), append(want[2], second)
		}
		AdamStep(&a, x, m, v, g)
		for k, got := range [][]float32{x, m, v} {
			for i := range got {
				near(t, fmt.Sprintf("AdamStep of %d, result %d", n, k), got[i], want[k][i], 1e-6)
			}
		}
		if !intact() || !intact2() || !intact3() {
			t.Errorf("AdamStep of %d wrote beyond its slices", n)
		}
	}
}

func TestLayerNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for _, n := range lengths[1:] {
		x, _ := guarded(r, n)
		gain, _ := guarded(r, n)
		bias, _ := guarded(r, n)
		dst, intact := guarded(r, n)
		mean, rstd := LayerNorm(dst, x, gain, bias, 1e-5)
		var m, v float64
		for _, e := range x {
			m += float64(e) / float64(n)
		}
		for _, e := range x {
			v += (float64(e) - m) * (float64(e) - m) / float64(n)
		}
		near(t, "mean", mean, m, 1e-5)
		near(t, "rstd", rstd, 1/math.Sqrt(v+1e-5), 1e-4)
		for i := range x {
			want := (float64(x[i])-m)/math.Sqrt(v+1e-5)*float64(gain[i]) + float64(bias[i])
			near(t, fmt.Sprintf("LayerNorm of %d", n), dst[i], want, 1e-4)
		}
		if !intact() {
			t.Errorf("LayerNorm of %d wrote beyond its slice", n)
		}
	}
}

// reference holds each activation in float64.
var reference = map[Activation]func(float64) float64{
	Identity: func(x float64) float64 { return x },
	ReLU:     func(x float64) float64 { return math.Max(x, 0) },
	SiLU:     func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	GELU:     func(x float64) float64 { return x * 0.5 * (1 + math.Erf(x/math.Sqrt2)) },
	GELUTanh: func(x float64) float64 {
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	},
	Tanh:    math.Tanh,
	Sigmoid: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
}

func TestActivations(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for a, f := range reference {
		for _, n := range lengths {
			x, _ := guarded(r, n)
			dy, _ := guarded(r, n)
			dst, intact := guarded(r, n)
			Activate(a, dst, x)
			for i := range x {
				near(t, fmt.Sprintf("activation %d at %g", a, x[i]), dst[i], f(float64(x[i])), 1e-6)
			}
			dx, intact2 := guarded(r, n)
			before := append([]float32(nil), dx...)
			ActivateGrad(a, dx, dy, x)
			const h = 1e-5
			for i, v := range x {
				slope := (f(float64(v)+h) - f(float64(v)-h)) / (2 * h)
				near(t, fmt.Sprintf("slope %d at %g", a, v), dx[i], float64(before[i])+float64(dy[i])*slope, 2e-5)
			}
			if !intact() || !intact2() {
				t.Errorf("activation %d of %d wrote beyond its slice", a, n)
			}
		}
	}
}

func TestActivationExtremes(t *testing.T) {
	for a, f := range reference {
		for _, v := range []float32{-200, -30, -10, -0.2, -1e-3, -1e-8, 0, 1e-8, 1e-3, 0.2, 10, 30, 200} {
			got := make([]float32, 1)
			Activate(a, got, []float32{v})
			near(t, fmt.Sprintf("activation %d at %g", a, v), got[0], f(float64(v)), 1e-6)
		}
	}
}

func TestArena(t *testing.T) {
	var ar Arena
	a := ar.Matrix(3, 5)
	m := ar.Mark()
	b := ar.Matrix(1000, 1000)
	for i := range a.Data {
		a.Data[i] = 1
	}
	for i := range b.Data {
		b.Data[i] = 2
	}
	if Sum(a.Data) != 15 {
		t.Error("two matrices of one arena overlap")
	}
	ar.Release(m)
	if c := ar.Matrix(1000, 1000); &c.Data[0] != &b.Data[0] {
		t.Error("a released buffer was not handed out again")
	}
	ar.Reset() // joins the pieces
	ar.Matrix(3, 5)
	ar.Zeros(1000, 1000)
	size := ar.Size()
	if size > 4*(1000*1000+64) {
		t.Errorf("the arena holds %d bytes, more than was ever out", size)
	}
	if n := testing.AllocsPerRun(5, func() { ar.Reset(); ar.Matrix(3, 5); ar.Zeros(1000, 1000) }); n != 0 || ar.Size() != size {
		t.Errorf("the steady state allocates %v times; %d bytes became %d", n, size, ar.Size())
	}
}

func BenchmarkElementwise(b *testing.B) {
	const n = 768 * 64
	x, y, z := New(1, n).Data, New(1, n).Data, New(1, n).Data
	for i := range x {
		x[i] = float32(i%17)*0.3 - 2
	}
	ones := New(1, 192).Data
	for i := range ones {
		ones[i] = 1
	}
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/n, "ns/elem")
		})
	}
	run("add", func() { Add(y, x) })
	run("dot", func() { Dot(y, x) })
	run("softmax", func() { Softmax(y, x) })
	run("layernorm", func() {
		for i := 0; i+192 <= n; i += 192 {
			LayerNorm(y[i:i+192], x[i:i+192], ones, ones, 1e-5)
		}
	})
	for _, a := range []Activation{ReLU, SiLU, GELU, GELUTanh, Tanh} {
		run(fmt.Sprint("activate ", a), func() { Activate(a, y, x) })
		run(fmt.Sprint("slope ", a), func() { ActivateGrad(a, z, y, x) })
	}
}
