package tensor

import (
	"math"
	"strconv"
	"unsafe"
)

// The loops go over whole vectors, and then over what is left: element by element, or, where the
// formula is long, once over a vector of its own (tail), so that one formula serves both.
//
// What NaN does is said in the comment of the package. Vectors are compared by Greater and chosen by IfElse, never by
// the machines' own minima and maxima, of which each treats NaN in its own way: so all builds agree.

func ptr(x []float32, i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), 4*i)
}

// tail is a vector's worth of memory for the end of a slice.
type tail [lanes]float32

func (r *tail) load(x []float32) vec {
	*r = tail{}
	copy(r[:], x)
	return load(unsafe.Pointer(r))
}

func (r *tail) store(dst []float32, v vec) {
	store(unsafe.Pointer(r), v)
	copy(dst, r[:])
}

func sameLen(a, b int) {
	if a != b {
		panic(unequal{a, b})
	}
}

// unequal is what sameLen panics with. A call that made the message there would keep it from being
// inlined.
type unequal struct{ a, b int }

func (e unequal) Error() string {
	return "tensor: slices of " + strconv.Itoa(e.a) + " and " + strconv.Itoa(e.b) + " numbers, which must be equally long"
}

// Add is
//
//	for i := range dst { dst[i] += x[i] }
func Add(dst, x []float32) {
	sameLen(len(dst), len(x))
	if withKernels {
		kernelAdd(ptr(dst, 0), ptr(x, 0), int32(len(x)))
		return
	}
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, load(d).Add(load(ptr(x, i))))
	}
	leave()
	for ; i < len(dst); i++ {
		dst[i] += x[i]
	}
}

// MaxInto is
//
//	for i := range dst { if x[i] > dst[i] { dst[i] = x[i] } }
//
// so a NaN in x is passed over, and one in dst stays.
func MaxInto(dst, x []float32) {
	sameLen(len(dst), len(x))
	if withKernels {
		kernelMaxInto(ptr(dst, 0), ptr(x, 0), int32(len(x)))
		return
	}
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		d, v := ptr(dst, i), load(ptr(x, i))
		old := load(d)
		store(d, v.IfElse(v.Greater(old), old))
	}
	leave()
	for ; i < len(dst); i++ {
		if x[i] > dst[i] {
			dst[i] = x[i]
		}
	}
}

// AddScaled is
//
//	for i := range dst { dst[i] += s * x[i] }
func AddScaled(dst []float32, s float32, x []float32) {
	sameLen(len(dst), len(x))
	if withKernels {
		kernelAddScaled(ptr(dst, 0), ptr(x, 0), s, int32(len(x)))
		return
	}
	i := 0
	v := splat(s)
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, v.MulAdd(load(ptr(x, i)), load(d)))
	}
	leave()
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
	if withKernels {
		kernelAddMul(ptr(dst, 0), ptr(a, 0), ptr(b, 0), int32(len(a)))
		return
	}
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		d := ptr(dst, i)
		store(d, load(ptr(a, i)).MulAdd(load(ptr(b, i)), load(d)))
	}
	leave()
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
	if withKernels {
		kernelMul(ptr(dst, 0), ptr(a, 0), ptr(b, 0), int32(len(a)))
		return
	}
	i := 0
	for ; i+lanes <= len(dst); i += lanes {
		store(ptr(dst, i), load(ptr(a, i)).Mul(load(ptr(b, i))))
	}
	leave()
	for ; i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

// Scale is
//
//	for i := range dst { dst[i] = s * x[i] }
func Scale(dst []float32, s float32, x []float32) {
	sameLen(len(dst), len(x))
	if withKernels {
		kernelScaleAdd(ptr(dst, 0), ptr(x, 0), s, 0, int32(len(x)))
		return
	}
	i := 0
	v := splat(s)
	for ; i+lanes <= len(dst); i += lanes {
		store(ptr(dst, i), v.Mul(load(ptr(x, i))))
	}
	leave()
	for ; i < len(dst); i++ {
		dst[i] = s * x[i]
	}
}

// ScaleAdd is
//
//	for i := range dst { dst[i] = s*x[i] + c }
func ScaleAdd(dst []float32, s float32, x []float32, c float32) {
	sameLen(len(dst), len(x))
	if withKernels {
		kernelScaleAdd(ptr(dst, 0), ptr(x, 0), s, c, int32(len(x)))
		return
	}
	i := 0
	v, w := splat(s), splat(c)
	for ; i+lanes <= len(dst); i += lanes {
		store(ptr(dst, i), v.MulAdd(load(ptr(x, i)), w))
	}
	leave()
	for ; i < len(dst); i++ {
		dst[i] = s*x[i] + c
	}
}

// What follows is written for vectors, and for twins of one lane:
//
//   - a loop takes whole vectors, and a second one the numbers that are left;
//   - sums go through several vectors at a time where that shortens the chain of additions, and through lanesSum at the end;
//   - leave stands before the numbers that are left. It clears what vectors the function still has, so that those which are
//     needed later are made again;
//   - with the kernel module, as in the browser, none of it runs:
//     what is done there is in core/cmd/kernels.
//
// Reference loops leave the order of a sum open.

// Sum is
//
//	for _, v := range x { s += v }
func Sum(x []float32) float32 {
	if withKernels {
		return kernelSum(ptr(x, 0), int32(len(x)))
	}
	var v0, v1 vec
	i := 0
	for ; i+2*lanes <= len(x); i += 2 * lanes {
		v0 = v0.Add(load(ptr(x, i)))
		v1 = v1.Add(load(ptr(x, i+lanes)))
	}
	s := lanesSum(v0.Add(v1))
	leave()
	for ; i < len(x); i++ {
		s += x[i]
	}
	return s
}

// SumMin is
//
//	for _, v := range x { if v > most { v = most }; s += v }
func SumMin(x []float32, most float32) float32 {
	if withKernels {
		return kernelSumMin(ptr(x, 0), most, int32(len(x)))
	}
	var v0, v1 vec
	limit := splat(most)
	i := 0
	for ; i+2*lanes <= len(x); i += 2 * lanes {
		a, b := load(ptr(x, i)), load(ptr(x, i+lanes))
		v0 = v0.Add(limit.IfElse(a.Greater(limit), a))
		v1 = v1.Add(limit.IfElse(b.Greater(limit), b))
	}
	s := lanesSum(v0.Add(v1))
	leave()
	for ; i < len(x); i++ {
		v := x[i]
		if v > most {
			v = most
		}
		s += v
	}
	return s
}

// Finite reports whether no element of x is NaN or infinite.
func Finite(x []float32) bool {
	if withKernels {
		return kernelSpread(ptr(x, 0), int32(len(x))) == 0
	}
	var v0, v1 vec // sums of v-v, which is 0 for a finite v, and NaN for another
	i := 0
	for ; i+2*lanes <= len(x); i += 2 * lanes {
		a, b := load(ptr(x, i)), load(ptr(x, i+lanes))
		v0, v1 = v0.Add(a.Sub(a)), v1.Add(b.Sub(b))
	}
	s := lanesSum(v0.Add(v1))
	leave()
	for ; i < len(x); i++ {
		s += x[i] - x[i]
	}
	return s == 0
}

// Dot is
//
//	for i := range a { s += a[i] * b[i] }
func Dot(a, b []float32) float32 {
	sameLen(len(a), len(b))
	if withKernels {
		return kernelDot(ptr(a, 0), ptr(b, 0), int32(len(a)))
	}
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
	leave()
	for ; i < len(a); i++ {
		s += a[i] * b[i]
	}
	return s
}

// Max returns the largest element of x. NaN is passed over. It is -Inf where there is no other
// element.
func Max(x []float32) float32 {
	if withKernels {
		return kernelMax(ptr(x, 0), int32(len(x)))
	}
	m := float32(math.Inf(-1))
	v := splat(m)
	i := 0
	for ; i+lanes <= len(x); i += lanes {
		e := load(ptr(x, i))
		v = e.IfElse(e.Greater(v), v)
	}
	var r tail
	store(unsafe.Pointer(&r), v)
	leave()
	for _, y := range r {
		if y > m {
			m = y
		}
	}
	for ; i < len(x); i++ {
		if x[i] > m {
			m = x[i]
		}
	}
	return m
}

// ArgMax returns the index of the first largest element of x. NaN is passed over. It is 0 where there
// is no other element, and -1 for an empty x.
func ArgMax(x []float32) int {
	m := Max(x)
	for i, v := range x {
		if v == m {
			return i
		}
	}
	return min(0, len(x)-1)
}

// expReduce and expPoly are the two halves of eˣ in float32: 2ⁿ·eʳ with |r| ≤ ln2/2 and a polynomial for
// eʳ (the coefficients of Cephes' expf); the relative error is below 2e-7. Below -87.3 it is 0 to
// float32's accuracy (≤ 1.2e-38), above 88.3 it stays at 2.2e38; NaN stays NaN. There are two, so that
// each is short enough to be inlined.
func expReduce(x vec) (r, t vec) {
	low, high := splat(-87.33654), splat(88.37626)
	c := low.IfElse(low.Greater(x), x)
	c = high.IfElse(c.Greater(high), c)
	t = c.MulAdd(splat(1.44269504), splat(12582912)) // n + 1.5·2²³: the addition rounds to an integer
	n := t.Sub(splat(12582912))
	r = n.MulAdd(splat(-0.693359375), c)
	return n.MulAdd(splat(2.12194440e-4), r), t
}

func expPoly(r, t vec) vec {
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
	whole, r := len(x)/lanes*lanes, tail{} // of what is left of x, taken before there are vectors: see leave
	copy(r[:], x[whole:])
	s := splat(shift)
	for i := 0; i < whole; i += lanes {
		e := expPoly(expReduce(load(ptr(x, i)).Sub(s)))
		store(ptr(dst, i), e)
		sum = sum.Add(e)
	}
	if whole < len(x) {
		store(unsafe.Pointer(&r), expPoly(expReduce(load(unsafe.Pointer(&r)).Sub(s))))
	}
	total := lanesSum(sum)
	for i, e := range r[:len(x)-whole] {
		dst[whole+i] = e
		total += e
	}
	return total
}

// Softmax is
//
//	for i := range dst { dst[i] = exp(x[i]) / Σ exp(x[j]) }
//
// computed from the largest element, so that nothing overflows. It returns log Σ exp(x[j]). An
// empty row stays empty and gives -Inf. A row that holds NaN or +Inf, or -Inf alone, has no softmax, as
// in PyTorch: all of dst, and what is returned, is NaN.
func Softmax(dst, x []float32) float32 {
	sameLen(len(dst), len(x))
	if len(x) == 0 {
		return float32(math.Inf(-1))
	}
	if withKernels {
		var m float32
		s := kernelSoftmax(ptr(dst, 0), ptr(x, 0), unsafe.Pointer(&m), int32(len(x)))
		return m + float32(math.Log(float64(s)))
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
	sameLen(len(dy), len(y))
	if withKernels {
		kernelSoftmaxGrad(ptr(dx, 0), ptr(dy, 0), ptr(y, 0), int32(len(y)))
		return
	}
	dot := Dot(y, dy)
	i := 0
	v := splat(dot)
	for ; i+lanes <= len(dx); i += lanes {
		d := ptr(dx, i)
		store(d, load(ptr(y, i)).MulAdd(load(ptr(dy, i)).Sub(v), load(d)))
	}
	leave()
	for ; i < len(dx); i++ {
		dx[i] += y[i] * (dy[i] - dot)
	}
}
