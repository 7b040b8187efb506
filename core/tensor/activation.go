package tensor

// Activation is a function applied to every element.
type Activation uint8

const (
	Identity Activation = iota
	ReLU                // max(x, 0)
	SiLU                // x · sigmoid(x) (Hendrycks & Gimpel 2016; "swish")
	GELU                // x · Φ(x) with the error function (Hendrycks & Gimpel 2016; BERT's "gelu")
	GELUTanh            // the tanh form of GELU (GPT-2's "gelu_new")
	Tanh
	Sigmoid
)

// ParseActivation maps the names that Hugging Face configurations use; ok is false for others.
func ParseActivation(name string) (a Activation, ok bool) {
	switch name {
	case "relu":
		return ReLU, true
	case "silu", "swish":
		return SiLU, true
	case "gelu":
		return GELU, true
	case "gelu_new":
		return GELUTanh, true
	case "tanh":
		return Tanh, true
	}
	return Identity, false
}

func sigmoidVec(x vec) vec {
	return splat(1).Div(splat(1).Add(expVec(splat(0).Sub(x))))
}

// tanhVec is tanh(x) = 1 - 2/(e²ˣ+1); near 0, where that cancels, the series to x⁷ serves.
func tanhVec(x vec) vec {
	big := splat(1).Sub(splat(2).Div(expVec(x.Add(x)).Add(splat(1))))
	x2 := x.Mul(x)
	p := splat(-17.0 / 315)
	p = p.MulAdd(x2, splat(2.0/15))
	p = p.MulAdd(x2, splat(-1.0/3))
	small := p.Mul(x2).MulAdd(x, x)
	return big.IfElse(x2.Greater(splat(0.04)), small)
}

// erfVec is the error function by Abramowitz & Stegun 7.1.26, absolute error ≤ 1.5e-7; e is
// exp(-x²), which a caller has at hand.
func erfVec(x, e vec) vec {
	t := splat(1).Div(x.Abs().MulAdd(splat(0.3275911), splat(1)))
	p := splat(1.061405429)
	p = p.MulAdd(t, splat(-1.453152027))
	p = p.MulAdd(t, splat(1.421413741))
	p = p.MulAdd(t, splat(-0.284496736))
	p = p.MulAdd(t, splat(0.254829592))
	y := splat(1).Sub(p.Mul(t).Mul(e))
	return y.IfElse(x.Greater(splat(0)), splat(0).Sub(y))
}

const (
	invSqrt2  = 0.70710678
	invSqrt2π = 0.39894228
	geluC     = 0.79788456 // √(2/π)
	geluA     = 0.044715
)

// activate is f(x).
func activate(a Activation, x vec) vec {
	switch a {
	case ReLU:
		return x.Max(splat(0))
	case SiLU:
		return x.Mul(sigmoidVec(x))
	case GELU:
		z := x.Mul(splat(invSqrt2))
		return x.Mul(splat(0.5)).Mul(splat(1).Add(erfVec(z, expVec(splat(0).Sub(z.Mul(z))))))
	case GELUTanh:
		u := x.Mul(x).Mul(x).MulAdd(splat(geluA), x).Mul(splat(geluC))
		return x.Mul(splat(0.5)).Mul(splat(1).Add(tanhVec(u)))
	case Tanh:
		return tanhVec(x)
	case Sigmoid:
		return sigmoidVec(x)
	}
	return x
}

// slope is f'(x).
func slope(a Activation, x vec) vec {
	one := splat(1)
	switch a {
	case ReLU:
		return one.IfElse(x.Greater(splat(0)), splat(0))
	case SiLU:
		s := sigmoidVec(x)
		return s.Mul(one.Add(x.Mul(one.Sub(s))))
	case GELU:
		z := x.Mul(splat(invSqrt2))
		e := expVec(splat(0).Sub(z.Mul(z)))
		return splat(0.5).Mul(one.Add(erfVec(z, e))).Add(x.Mul(e).Mul(splat(invSqrt2π)))
	case GELUTanh:
		x2 := x.Mul(x)
		t := tanhVec(x2.Mul(x).MulAdd(splat(geluA), x).Mul(splat(geluC)))
		du := x2.MulAdd(splat(3*geluA), one).Mul(splat(geluC))
		return splat(0.5).Mul(one.Add(t)).Add(splat(0.5).Mul(x).Mul(one.Sub(t.Mul(t))).Mul(du))
	case Tanh:
		t := tanhVec(x)
		return one.Sub(t.Mul(t))
	case Sigmoid:
		s := sigmoidVec(x)
		return s.Mul(one.Sub(s))
	}
	return one
}

// Activate is
//
//	for i := range dst { dst[i] = f(x[i]) }
func Activate(a Activation, dst, x []float32) {
	sameLen(len(dst), len(x))
	i := 0
	for ; i+lanes <= len(x); i += lanes {
		store(ptr(dst, i), activate(a, load(ptr(x, i))))
	}
	if i < len(x) {
		var r rest
		r.store(dst[i:], activate(a, r.load(x[i:])))
	}
}

// ActivateGrad is
//
//	for i := range dx { dx[i] += dy[i] * f'(x[i]) }
func ActivateGrad(a Activation, dx, dy, x []float32) {
	sameLen(len(dx), len(x))
	sameLen(len(dy), len(x))
	i := 0
	for ; i+lanes <= len(x); i += lanes {
		d := ptr(dx, i)
		store(d, slope(a, load(ptr(x, i))).MulAdd(load(ptr(dy, i)), load(d)))
	}
	if i < len(x) {
		var r rest
		s := slope(a, r.load(x[i:]))
		g := r.load(dy[i:]).Mul(s)
		r.store(dx[i:], g.Add(r.load(dx[i:])))
	}
}
