package tensor

import (
	"strconv"
	"unsafe"
)

// Activation is a function applied to every element.
type Activation uint8

const (
	Identity    Activation = iota // x
	ReLU                          // max(x, 0)
	SiLU                          // x · sigmoid(x) (Hendrycks & Gimpel 2016; "swish")
	GELU                          // x · Φ(x) with the error function (Hendrycks & Gimpel 2016; BERT's "gelu")
	GELUTanh                      // the tanh form of GELU (GPT-2's "gelu_new")
	Tanh                          // tanh(x)
	Sigmoid                       // 1 / (1 + e^-x)
	activations                   // how many there are
)

func (a Activation) check() {
	if a >= activations {
		panic("tensor: the activation " + strconv.Itoa(int(a)) + " is not known")
	}
}

// Calls are expensive in WebAssembly, so every activation has its own loop, and what a loop calls is
// short enough for the compiler to inline: that is why the exponential comes in two halves.

// sigmoidOf is 1/(1+e): the sigmoid of x for e = exp(-x).
func sigmoidOf(e vec) vec { return splat(1).Div(splat(1).Add(e)) }

// tanhOf is tanh(x) = 1 - 2/(e+1) for e = exp(2x); near 0, where that cancels, the series to x⁷ serves.
func tanhOf(x, e vec) vec {
	big := splat(1).Sub(splat(2).Div(e.Add(splat(1))))
	x2 := x.Mul(x)
	p := splat(-17.0 / 315)
	p = p.MulAdd(x2, splat(2.0/15))
	p = p.MulAdd(x2, splat(-1.0/3))
	small := p.Mul(x2).MulAdd(x, x)
	return big.IfElse(x2.Greater(splat(0.04)), small)
}

// normalTail is Φ(-|x|), the upper tail probability of the normal distribution at |x|, for
// e = exp(-x²/2): by Abramowitz & Stegun 7.1.26, absolute error ≤ 7.5e-8.
func normalTail(x, e vec) vec {
	t := splat(1).Div(x.Abs().MulAdd(splat(0.3275911*invSqrt2), splat(1)))
	p := splat(0.5 * 1.061405429)
	p = p.MulAdd(t, splat(0.5*-1.453152027))
	p = p.MulAdd(t, splat(0.5*1.421413741))
	p = p.MulAdd(t, splat(0.5*-0.284496736))
	p = p.MulAdd(t, splat(0.5*0.254829592))
	return p.Mul(t).Mul(e)
}

const (
	invSqrt2  = 0.70710678
	invSqrt2π = 0.39894228
	geluC     = 2 * 0.79788456 // 2·√(2/π)
	geluA     = 0.044715
)

// activate writes f of n vectors at x to dst.
func activate(a Activation, dst, x unsafe.Pointer, n int) {
	const step = 4 * lanes
	end := n * step
	zero := splat(0) // in a loop, Go 1.27 makes it with an SSE instruction that waits for the last round
	switch a {
	case Identity:
		for i := 0; i < end; i += step {
			store(unsafe.Add(dst, i), load(unsafe.Add(x, i)))
		}
	case ReLU:
		for i := 0; i < end; i += step {
			v := load(unsafe.Add(x, i))
			store(unsafe.Add(dst, i), zero.IfElse(zero.Greater(v), v))
		}
	case SiLU:
		for i := 0; i < end; i += step {
			v := load(unsafe.Add(x, i))
			store(unsafe.Add(dst, i), v.Mul(sigmoidOf(expPoly(expReduce(zero.Sub(v))))))
		}
	case GELU: // x·Φ(x), from the side where nothing cancels
		for i := 0; i < end; i += step {
			v := load(unsafe.Add(x, i))
			q := normalTail(v, expPoly(expReduce(v.Mul(v).Mul(splat(-0.5)))))
			store(unsafe.Add(dst, i), v.IfElse(v.Greater(zero), zero).Sub(v.Abs().Mul(q)))
		}
	case GELUTanh: // ½(1 + tanh u) is the sigmoid of 2u
		for i := 0; i < end; i += step {
			v := load(unsafe.Add(x, i))
			u := v.Mul(v).MulAdd(splat(-geluC*geluA), splat(-geluC)).Mul(v)
			store(unsafe.Add(dst, i), v.Mul(sigmoidOf(expPoly(expReduce(u)))))
		}
	case Tanh:
		for i := 0; i < end; i += step {
			v := load(unsafe.Add(x, i))
			store(unsafe.Add(dst, i), tanhOf(v, expPoly(expReduce(v.Add(v)))))
		}
	case Sigmoid:
		for i := 0; i < end; i += step {
			store(unsafe.Add(dst, i), sigmoidOf(expPoly(expReduce(zero.Sub(load(unsafe.Add(x, i)))))))
		}
	}
	leave()
}

// activateGrad adds dy·f'(x) of n vectors to dx.
func activateGrad(a Activation, dx, dy, x unsafe.Pointer, n int) {
	const step = 4 * lanes
	end := n * step
	zero := splat(0)
	switch a {
	case Identity:
		for i := 0; i < end; i += step {
			d := unsafe.Add(dx, i)
			store(d, load(d).Add(load(unsafe.Add(dy, i))))
		}
	case ReLU:
		for i := 0; i < end; i += step {
			d := unsafe.Add(dx, i)
			g := load(unsafe.Add(dy, i)).IfElse(load(unsafe.Add(x, i)).Greater(zero), zero)
			store(d, load(d).Add(g))
		}
	case SiLU:
		for i := 0; i < end; i += step {
			d, v := unsafe.Add(dx, i), load(unsafe.Add(x, i))
			s := sigmoidOf(expPoly(expReduce(zero.Sub(v))))
			f := s.Mul(splat(1).Sub(s)).MulAdd(v, s)
			store(d, f.MulAdd(load(unsafe.Add(dy, i)), load(d)))
		}
	case GELU:
		for i := 0; i < end; i += step {
			d, v := unsafe.Add(dx, i), load(unsafe.Add(x, i))
			e := expPoly(expReduce(v.Mul(v).Mul(splat(-0.5))))
			q := normalTail(v, e)
			q = splat(1).Sub(q).IfElse(v.Greater(zero), q)
			f := v.Mul(e).MulAdd(splat(invSqrt2π), q)
			store(d, f.MulAdd(load(unsafe.Add(dy, i)), load(d)))
		}
	case GELUTanh:
		for i := 0; i < end; i += step {
			d, v := unsafe.Add(dx, i), load(unsafe.Add(x, i))
			v2 := v.Mul(v)
			s := sigmoidOf(expPoly(expReduce(v2.MulAdd(splat(-geluC*geluA), splat(-geluC)).Mul(v))))
			du := v2.MulAdd(splat(3*geluC*geluA), splat(geluC))
			f := s.Mul(splat(1).Sub(s)).Mul(du).MulAdd(v, s)
			store(d, f.MulAdd(load(unsafe.Add(dy, i)), load(d)))
		}
	case Tanh:
		for i := 0; i < end; i += step {
			d, v := unsafe.Add(dx, i), load(unsafe.Add(x, i))
			t := tanhOf(v, expPoly(expReduce(v.Add(v))))
			store(d, splat(1).Sub(t.Mul(t)).MulAdd(load(unsafe.Add(dy, i)), load(d)))
		}
	case Sigmoid:
		for i := 0; i < end; i += step {
			d := unsafe.Add(dx, i)
			s := sigmoidOf(expPoly(expReduce(zero.Sub(load(unsafe.Add(x, i))))))
			store(d, s.Mul(splat(1).Sub(s)).MulAdd(load(unsafe.Add(dy, i)), load(d)))
		}
	}
	leave()
}

// Activate is
//
//	for i := range dst { dst[i] = f(x[i]) }
//
// It panics at slices of different lengths, and at an unknown function.
func Activate(a Activation, dst, x []float32) {
	a.check()
	sameLen(len(dst), len(x))
	if withKernels && a != Identity {
		kernelActivate(ptr(dst, 0), ptr(x, 0), int32(a), int32(len(x)))
		return
	}
	n := len(x) / lanes
	activate(a, ptr(dst, 0), ptr(x, 0), n)
	if i := n * lanes; i < len(x) {
		var r tail
		copy(r[:], x[i:])
		activate(a, unsafe.Pointer(&r), unsafe.Pointer(&r), 1)
		copy(dst[i:], r[:])
	}
}

// ActivateGrad is
//
//	for i := range dx { dx[i] += dy[i] * f'(x[i]) }
//
// ReLU's slope at 0, and at NaN, is 0. It panics as Activate does.
func ActivateGrad(a Activation, dx, dy, x []float32) {
	a.check()
	sameLen(len(dx), len(x))
	sameLen(len(dy), len(x))
	if withKernels && a != Identity {
		kernelSlope(ptr(dx, 0), ptr(dy, 0), ptr(x, 0), int32(a), int32(len(x)))
		return
	}
	n := len(x) / lanes
	activateGrad(a, ptr(dx, 0), ptr(dy, 0), ptr(x, 0), n)
	if i := n * lanes; i < len(x) {
		var rx, ry, rd tail
		copy(rx[:], x[i:])
		copy(ry[:], dy[i:])
		copy(rd[:], dx[i:])
		activateGrad(a, unsafe.Pointer(&rd), unsafe.Pointer(&ry), unsafe.Pointer(&rx), 1)
		copy(dx[i:], rd[:])
	}
}
