package tensor

// Adam holds the numbers of one step of Adam with decoupled weight decay (Loshchilov & Hutter 2019,
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
	if withKernels {
		kernelAdamStep(ptr(x, 0), ptr(m, 0), ptr(v, 0), ptr(gradient, 0), a.Beta1, a.Beta2, a.Epsilon, a.Scale, a.Keep, a.Rate, a.Second, int32(len(x)))
		return
	}
	i := 0
	for ; i+lanes <= len(x); i += lanes {
		px, pm, pv := ptr(x, i), ptr(m, i), ptr(v, i)
		y, first, second := adamVec(a, load(px), load(pm), load(pv), load(ptr(gradient, i)))
		store(px, y)
		store(pm, first)
		store(pv, second)
	}
	if i < len(x) {
		var rx, rm, rv, rg tail
		y, first, second := adamVec(a, rx.load(x[i:]), rm.load(m[i:]), rv.load(v[i:]), rg.load(gradient[i:]))
		rx.store(x[i:], y)
		rm.store(m[i:], first)
		rv.store(v[i:], second)
	}
	leave()
}

func adamVec(a *Adam, x, m, v, g vec) (y, first, second vec) {
	g = g.Mul(splat(a.Scale))
	m = m.Mul(splat(a.Beta1)).Add(g.Mul(splat(1 - a.Beta1)))
	v = v.Mul(splat(a.Beta2)).Add(g.Mul(g).Mul(splat(1 - a.Beta2)))
	step := m.Mul(splat(a.Rate)).Div(v.Mul(splat(a.Second)).Sqrt().Add(splat(a.Epsilon)))
	return x.Mul(splat(a.Keep)).Sub(step), m, v
}
