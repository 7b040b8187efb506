package main

// The formulas of package tensor's activations, over code in place of numbers: see there for their
// sources and errors.

// exp is e to the power of v.
func (v vec) exp() vec {
	f := v.f
	c := f.splat(88.37626).Min(f.splat(-87.33654).Max(v)).keep()
	t := c.MulAdd(f.splat(1.44269504), f.splat(12582912)).keep()
	n := t.Sub(f.splat(12582912)).keep()
	r := n.MulAdd(f.splat(-0.693359375), c).keep()
	r.set(n.MulAdd(f.splat(2.12194440e-4), r))
	p := f.polynomial(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
	return p.MulAdd(r.Mul(r), r.Add(f.splat(1))).Mul(t.exponent())
}

// polynomial is c[0]·xⁿ + ... + c[n].
func (f *function) polynomial(x vec, c ...float32) vec {
	p := f.splat(c[0])
	for _, next := range c[1:] {
		p = p.MulAdd(x, f.splat(next))
	}
	return p
}

func (v vec) negative() vec { return v.f.splat(0).Sub(v) }

func (v vec) sigmoid() vec {
	one := v.f.splat(1)
	return one.Div(one.Add(v.negative().exp()))
}

func (v vec) tanh() vec {
	f := v.f
	v = v.keep()
	e := v.Add(v).exp()
	big := f.splat(1).Sub(f.splat(2).Div(e.Add(f.splat(1))))
	square := v.Mul(v).keep()
	small := f.polynomial(square, -17.0/315, 2.0/15, -1.0/3).Mul(square).MulAdd(v, v)
	return big.IfElse(square.Greater(f.splat(0.04)), small)
}

const (
	invSqrt2  = 0.70710678
	invSqrt2π = 0.39894228
	geluC     = 2 * 0.79788456 // 2·√(2/π)
	geluA     = 0.044715
)

// gauss is e^(-v²/2).
func (v vec) gauss() vec { return v.Mul(v).Mul(v.f.splat(-0.5)).exp() }

// beyond is what a normal variable has beyond |v|, for e = v.gauss().
func (v vec) beyond(e vec) vec {
	f := v.f
	t := f.splat(1).Div(v.Abs().MulAdd(f.splat(0.3275911*invSqrt2), f.splat(1))).keep()
	p := f.polynomial(t, 0.5*1.061405429, 0.5*-1.453152027, 0.5*1.421413741, 0.5*-0.284496736, 0.5*0.254829592)
	return p.Mul(t).Mul(e)
}

// ½(1 + tanh u) is the sigmoid of 2u.
func (v vec) geluSigmoid() vec {
	f := v.f
	return v.Mul(v).MulAdd(f.splat(geluC*geluA), f.splat(geluC)).Mul(v).sigmoid()
}

// activations adds, for f as package tensor counts its activations,
//
//	activate(dst, x, f, n): dst[i] = f(x[i])
//	slope(dx, dy, x, f, n): dx[i] += dy[i] * f'(x[i])
//
// for all but the identity.
func (m *module) activations() {
	value := m.function("activate", tNone, types(3, 0)...)
	slope := m.function("slope", tNone, types(4, 0)...)
	for i, a := range []struct{ value, slope func(v vec) vec }{
		{relu, reluSlope}, {silu, siluSlope}, {gelu, geluSlope}, {geluTanh, geluTanhSlope}, {vec.tanh, tanhSlope}, {vec.sigmoid, sigmoidSlope},
	} {
		value.when(value.num(2).equals(i+1), func() {
			value.over(value.num(3), value.nums(2), func(ac access, at []num) {
				ac.store(at[0], a.value(ac.load(at[1]).keep()))
			})
		})
		slope.when(slope.num(3).equals(i+1), func() {
			slope.over(slope.num(4), slope.nums(3), func(ac access, at []num) {
				s := a.slope(ac.load(at[2]).keep())
				ac.store(at[0], s.MulAdd(ac.load(at[1]), ac.load(at[0])))
			})
		})
	}
}

func relu(v vec) vec      { return v.f.splat(0).Max(v) }
func reluSlope(v vec) vec { return v.f.splat(1).IfElse(v.Greater(v.f.splat(0)), v.f.splat(0)) }

func silu(v vec) vec { return v.sigmoid().Mul(v) }
func siluSlope(v vec) vec {
	s := v.sigmoid().keep()
	return s.Mul(v.f.splat(1).Sub(s)).MulAdd(v, s)
}

func gelu(v vec) vec {
	return v.f.splat(0).Max(v).Sub(v.Abs().Mul(v.beyond(v.gauss())))
}
func geluSlope(v vec) vec {
	e := v.gauss().keep()
	q := v.beyond(e).keep()
	q.set(v.f.splat(1).Sub(q).IfElse(v.Greater(v.f.splat(0)), q))
	return v.Mul(e).MulAdd(v.f.splat(invSqrt2π), q)
}

func geluTanh(v vec) vec { return v.geluSigmoid().Mul(v) }
func geluTanhSlope(v vec) vec {
	s := v.geluSigmoid().keep()
	inner := v.Mul(v).MulAdd(v.f.splat(3*geluC*geluA), v.f.splat(geluC))
	return s.Mul(v.f.splat(1).Sub(s)).Mul(inner).MulAdd(v, s)
}

func tanhSlope(v vec) vec {
	t := v.tanh().keep()
	return v.f.splat(1).Sub(t.Mul(t))
}
func sigmoidSlope(v vec) vec {
	s := v.sigmoid().keep()
	return s.Mul(v.f.splat(1).Sub(s))
}
