package tensor

import (
	"math"
	"unsafe"
)

// The loops below go over whole vectors and then once over the rest, which is copied into a
// vector of its own: one formula serves both. ptr and rest keep them short.

func ptr(x []float32, i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), 4*i)
}

// rest is a vector's worth of memory for what is left of a slice.
type rest [lanes]float32

func (r *rest) load(x []float32) vec {
	*r = rest{}
	copy(r[:], x)
	return load(unsafe.Pointer(r))
}

func (r *rest) store(dst []float32, v vec) {
	store(unsafe.Pointer(r), v)
	copy(dst, r[:])
}

func sameLen(a, b int) {
	if a != b {
		panic("tensor: slices of different lengths")
	}
}

// Add is
//
//	for i := range dst { dst[i] += x[i] }
func Add(dst, x []float32) {
	sameLen(len(dst), len(x))
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, load(d).Add(load(ptr(x, i))))
	}
	for ; i < len(dst); i++ {
		dst[i] += x[i]
	}
}

// Most is
//
//	for i := range dst { dst[i] = max(dst[i], x[i]) }
func Most(dst, x []float32) {
	sameLen(len(dst), len(x))
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, load(d).Max(load(ptr(x, i))))
	}
	for ; i < len(dst); i++ {
		dst[i] = max(dst[i], x[i])
	}
}

// AddScaled is
//
//	for i := range dst { dst[i] += s * x[i] }
func AddScaled(dst []float32, s float32, x []float32) {
	sameLen(len(dst), len(x))
	i := 0
	v := splat(s)
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, v.MulAdd(load(ptr(x, i)), load(d)))
	}
	for ; i < len(dst); i++ {
		dst[i] += s * x[i]
	}
}

// AddMul is
//
//	for i := range dst { dst[i] += a[i] * b[i] }
func AddMul(dst, a, b []float32) {
	sameLen(len(dst), len(a))
	sameLen(len(dst), len(b))
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, load(ptr(a, i)).MulAdd(load(ptr(b, i)), load(d)))
	}
	for ; i < len(dst); i++ {
		dst[i] += a[i] * b[i]
	}
}

// Mul is
//
//	for i := range dst { dst[i] = a[i] * b[i] }
func Mul(dst, a, b []float32) {
	sameLen(len(dst), len(a))
	sameLen(len(dst), len(b))
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		store(ptr(dst, i), load(ptr(a, i)).Mul(load(ptr(b, i))))
	}
	for ; i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

// Scale is
//
//	for i := range dst { dst[i] = s * x[i] }
func Scale(dst []float32, s float32, x []float32) {
	sameLen(len(dst), len(x))
	i := 0
	v := splat(s)
	for ; i+lanes <= len(dst); i += lanes {
		store(ptr(dst, i), v.Mul(load(ptr(x, i))))
	}
	for ; i < len(dst); i++ {
		dst[i] = s * x[i]
	}
}

// ScaleAdd is
//
//	for i := range dst { dst[i] = s*x[i] + c }
func ScaleAdd(dst []float32, s float32, x []float32, c float32) {
	sameLen(len(dst), len(x))
	i := 0
	v, w := splat(s), splat(c)
	for ; i+lanes <= len(dst); i += lanes {
		store(ptr(dst, i), v.MulAdd(load(ptr(x, i)), w))
	}
	for ; i < len(dst); i++ {
		dst[i] = s*x[i] + c
	}
}

// lanesSum adds up the lanes of v.
func lanesSum(v vec) float32 {
	var r rest
	store(unsafe.Pointer(&r), v)
	var s float32
	for _, x := range r {
		s += x
	}
	return s
}

// Sum is
//
//	for _, v := range x { s += v }
func Sum(x []float32) float32 {
	var v0, v1 vec
	i := 0
	for ; i+2*lanes <= len(x); i += 2 * lanes {
		v0 = v0.Add(load(ptr(x, i)))
		v1 = v1.Add(load(ptr(x, i+lanes)))
	}
	s := lanesSum(v0.Add(v1))
	for ; i < len(x); i++ {
		s += x[i]
	}
	return s
}

// SumUpTo is
//
//	for _, v := range x { s += min(v, most) }
func SumUpTo(x []float32, most float32) float32 {
	var v0, v1 vec
	cap := splat(most)
	i := 0
	for ; i+2*lanes <= len(x); i += 2 * lanes {
		v0 = v0.Add(load(ptr(x, i)).Min(cap))
		v1 = v1.Add(load(ptr(x, i+lanes)).Min(cap))
	}
	s := lanesSum(v0.Add(v1))
	for ; i < len(x); i++ {
		s += min(x[i], most)
	}
	return s
}

// Dot is
//
//	for i := range a { s += a[i] * b[i] }
func Dot(a, b []float32) float32 {
	sameLen(len(a), len(b))
	var v0, v1, v2, v3 vec
	i := 0
	for ; i+4*lanes <= len(a); i += 4 * lanes {
		p, q := ptr(a, i), ptr(b, i)
		v0 = load(p).MulAdd(load(q), v0)
		v1 = load(unsafe.Add(p, 4*lanes)).MulAdd(load(unsafe.Add(q, 4*lanes)), v1)
		v2 = load(unsafe.Add(p, 8*lanes)).MulAdd(load(unsafe.Add(q, 8*lanes)), v2)
		v3 = load(unsafe.Add(p, 12*lanes)).MulAdd(load(unsafe.Add(q, 12*lanes)), v3)
	}
	for ; i+lanes <= len(a); i += lanes {
		v0 = load(ptr(a, i)).MulAdd(load(ptr(b, i)), v0)
	}
	s := lanesSum(v0.Add(v1).Add(v2.Add(v3)))
	for ; i < len(a); i++ {
		s += a[i] * b[i]
	}
	return s
}

// Max returns the largest element of x, which is -Inf for an empty x.
func Max(x []float32) float32 {
	m := float32(math.Inf(-1))
	i := 0
	if len(x) >= lanes {
		v := load(ptr(x, 0))
		for i = lanes; i+lanes <= len(x); i += lanes {
			v = v.Max(load(ptr(x, i)))
		}
		var r rest
		store(unsafe.Pointer(&r), v)
		for _, y := range r {
			m = max(m, y)
		}
	}
	for ; i < len(x); i++ {
		m = max(m, x[i])
	}
	return m
}

// ArgMax returns the index of the first largest element of x, or -1 for an empty x.
func ArgMax(x []float32) int {
	m := Max(x)
	for i, v := range x {
		if v == m {
			return i
		}
	}
	return min(0, len(x)-1)
}

// expBegin and expEnd are the two halves of eˣ in float32: 2ⁿ·eʳ with |r| ≤ ln2/2 and a polynomial for
// eʳ (the coefficients of Cephes' expf); the relative error is below 2e-7. Below -87.3 it is 0 to
// float32's accuracy (≤ 1.2e-38), above 88.3 it stays at 2.2e38; NaN stays NaN. (Min and Max are
// many instructions each in browsers, and natively lose a NaN.)
func expBegin(x vec) (r, t vec) {
	low, high := splat(-87.33654), splat(88.37626)
	c := low.IfElse(low.Greater(x), x)
	c = high.IfElse(c.Greater(high), c)
	t = c.MulAdd(splat(1.44269504), splat(12582912)) // n + 1.5·2²³: the addition rounds to an integer
	n := t.Sub(splat(12582912))
	r = n.MulAdd(splat(-0.693359375), c)
	return n.MulAdd(splat(2.12194440e-4), r), t
}

func expEnd(r, t vec) vec {
	p := splat(1.9875691500e-4)
	p = p.MulAdd(r, splat(1.3981999507e-3))
	p = p.MulAdd(r, splat(8.3334519073e-3))
	p = p.MulAdd(r, splat(4.1665795894e-2))
	p = p.MulAdd(r, splat(1.6666665459e-1))
	p = p.MulAdd(r, splat(5.0000001201e-1))
	return p.MulAdd(r.Mul(r), r.Add(splat(1))).Mul(exponent(t))
}

// expSum writes e^(x-shift) to dst and returns the sum of what it wrote.
func expSum(dst, x []float32, shift float32) float32 {
	var sum vec
	s := splat(shift)
	i := 0
	for ; i+lanes <= len(x); i += lanes {
		e := expEnd(expBegin(load(ptr(x, i)).Sub(s)))
		store(ptr(dst, i), e)
		sum = sum.Add(e)
	}
	total := lanesSum(sum)
	if i < len(x) {
		var r rest
		r.store(dst[i:], expEnd(expBegin(r.load(x[i:]).Sub(s))))
		for _, e := range dst[i:len(x)] {
			total += e
		}
	}
	return total
}

// Exp is
//
//	for i := range dst { dst[i] = exp(x[i]) }
func Exp(dst, x []float32) {
	sameLen(len(dst), len(x))
	expSum(dst, x, 0)
}

// Softmax is
//
//	for i := range dst { dst[i] = exp(x[i]) / Σ exp(x[j]) }
//
// computed from the largest element, so that nothing overflows. It returns log Σ exp(x[j]). An
// empty row stays empty.
func Softmax(dst, x []float32) float32 {
	sameLen(len(dst), len(x))
	if len(x) == 0 {
		return float32(math.Inf(-1))
	}
	m := Max(x)
	s := expSum(dst, x, m)
	Scale(dst, 1/s, dst)
	return m + float32(math.Log(float64(s)))
}

// SoftmaxGrad is the gradient of Softmax for one row, given its result y:
//
//	for i := range dx { dx[i] += y[i] * (dy[i] - Σ y[j]*dy[j]) }
func SoftmaxGrad(dx, dy, y []float32) {
	sameLen(len(dx), len(y))
	dot := Dot(y, dy)
	i := 0
	v := splat(dot)
	for ; i+lanes <= len(dx); i += lanes {
		d := ptr(dx, i)
		store(d, load(ptr(y, i)).MulAdd(load(ptr(dy, i)).Sub(v), load(d)))
	}
	for ; i < len(dx); i++ {
		dx[i] += y[i] * (dy[i] - dot)
	}
}

// LayerNorm normalises one row (Ba et al. 2016, equation 4):
//
//	dst[i] = (x[i] - mean) * rstd * gain[i] + bias[i],  rstd = 1 / sqrt(variance + eps)
//
// and returns mean and rstd, which its gradient needs.
func LayerNorm(dst, x, gain, bias []float32, eps float32) (mean, rstd float32) {
	n := len(x)
	mean = Sum(x) / float32(n)
	var acc vec
	m := splat(mean)
	i := 0
	for ; i+lanes <= n; i += lanes {
		d := load(ptr(x, i)).Sub(m)
		acc = d.MulAdd(d, acc)
	}
	variance := lanesSum(acc)
	for ; i < n; i++ {
		d := x[i] - mean
		variance += d * d
	}
	rstd = float32(1 / math.Sqrt(float64(variance/float32(n)+eps)))
	s := splat(rstd)
	for i = 0; i+lanes <= n; i += lanes {
		v := load(ptr(x, i)).Sub(m).Mul(s)
		store(ptr(dst, i), v.MulAdd(load(ptr(gain, i)), load(ptr(bias, i))))
	}
	for ; i < n; i++ {
		dst[i] = (x[i]-mean)*rstd*gain[i] + bias[i]
	}
	return mean, rstd
}

// LayerNormGrad adds the gradient of LayerNorm for one row: dx, dgain and dbias are added to.
//
//	x̂ = (x - mean) * rstd,  g = dy * gain
//	dx += rstd * (g - mean(g) - x̂ * mean(g * x̂)),  dgain += dy * x̂,  dbias += dy
func LayerNormGrad(dx, dgain, dbias, dy, x, gain []float32, mean, rstd float32) {
	n := len(x)
	var sg, sgx vec
	m, s := splat(mean), splat(rstd)
	i := 0
	for ; i+lanes <= n; i += lanes {
		xh := load(ptr(x, i)).Sub(m).Mul(s)
		d := load(ptr(dy, i))
		g := d.Mul(load(ptr(gain, i)))
		sg = sg.Add(g)
		sgx = g.MulAdd(xh, sgx)
		dg, db := ptr(dgain, i), ptr(dbias, i)
		store(dg, d.MulAdd(xh, load(dg)))
		store(db, d.Add(load(db)))
	}
	sumG, sumGX := lanesSum(sg), lanesSum(sgx)
	for j := i; j < n; j++ {
		xh := (x[j] - mean) * rstd
		g := dy[j] * gain[j]
		sumG += g
		sumGX += g * xh
		dgain[j] += dy[j] * xh
		dbias[j] += dy[j]
	}
	a, b := sumG/float32(n), sumGX/float32(n)
	va, vb := splat(a), splat(b)
	for i = 0; i+lanes <= n; i += lanes {
		xh := load(ptr(x, i)).Sub(m).Mul(s)
		g := load(ptr(dy, i)).Mul(load(ptr(gain, i)))
		d := ptr(dx, i)
		store(d, g.Sub(va).Sub(xh.Mul(vb)).MulAdd(s, load(d)))
	}
	for ; i < n; i++ {
		xh := (x[i] - mean) * rstd
		dx[i] += rstd * (dy[i]*gain[i] - a - xh*b)
	}
}

// Adam are the numbers of one step of Adam with decoupled weight decay (Loshchilov & Hutter 2019,
// algorithm 2).
type Adam struct {
	Beta1, Beta2, Epsilon float32
	Scale                 float32 // of the gradient
	Keep                  float32 // what the decay leaves of a weight
	Rate                  float32 // learning rate / (1 - β₁ᵗ)
	Second                float32 // 1 / (1 - β₂ᵗ)
}

// AdamStep changes the weights x and their moments m and v:
//
//	for i, g := range gradient {
//		g *= Scale
//		m[i] = Beta1*m[i] + (1-Beta1)*g
//		v[i] = Beta2*v[i] + (1-Beta2)*g*g
//		x[i] = Keep*x[i] - Rate*m[i]/(sqrt(v[i]*Second)+Epsilon)
//	}
func AdamStep(a *Adam, x, m, v, gradient []float32) {
	sameLen(len(x), len(gradient))
	sameLen(len(m), len(gradient))
	sameLen(len(v), len(gradient))
	i := 0
	for ; i+lanes <= len(x); i += lanes {
		px, pm, pv := ptr(x, i), ptr(m, i), ptr(v, i)
		y, first, second := adamVec(a, load(px), load(pm), load(pv), load(ptr(gradient, i)))
		store(px, y)
		store(pm, first)
		store(pv, second)
	}
	if i < len(x) {
		var rx, rm, rv, rg rest
		y, first, second := adamVec(a, rx.load(x[i:]), rm.load(m[i:]), rv.load(v[i:]), rg.load(gradient[i:]))
		rx.store(x[i:], y)
		rm.store(m[i:], first)
		rv.store(v[i:], second)
	}
}

func adamVec(a *Adam, x, m, v, g vec) (y, first, second vec) {
	g = g.Mul(splat(a.Scale))
	m = m.Mul(splat(a.Beta1)).Add(g.Mul(splat(1 - a.Beta1)))
	v = v.Mul(splat(a.Beta2)).Add(g.Mul(g).Mul(splat(1 - a.Beta2)))
	step := m.Mul(splat(a.Rate)).Div(v.Mul(splat(a.Second)).Sqrt().Add(splat(a.Epsilon)))
	return x.Mul(splat(a.Keep)).Sub(step), m, v
}
