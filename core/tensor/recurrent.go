package tensor

import "math"

// The kernels of the recurrent models: they go over a row once, where the operations that they are
// made of would go over it many times.

// GRU is the gated recurrent unit for one row, in the form of PyTorch's nn.GRU: gi and gh are what the
// input and the state before add to the gates r, z and n, which lie side by side.
//
//	r = σ(gi_r + gh_r),  z = σ(gi_z + gh_z),  n = tanh(gi_n + r*gh_n)
//	y = (1 - z)*n + z*prev
//
// It keeps r, z and n in gates, for GRUGrad.
func GRU(y, gates, gi, gh, prev []float32) {
	h := len(y)
	sameLen(len(prev), h)
	sameLen(len(gates), 3*h)
	sameLen(len(gi), 3*h)
	sameLen(len(gh), 3*h)
	if withKernels {
		kernelGRU(ptr(y, 0), ptr(gates, 0), ptr(gi, 0), ptr(gh, 0), ptr(prev, 0), int32(h))
		return
	}
	zero := splat(0)
	i := 0
	for ; i+lanes <= h; i += lanes {
		r := sigmoidOf(expPoly(expReduce(zero.Sub(load(ptr(gi, i)).Add(load(ptr(gh, i)))))))
		z := sigmoidOf(expPoly(expReduce(zero.Sub(load(ptr(gi, h+i)).Add(load(ptr(gh, h+i)))))))
		x := r.MulAdd(load(ptr(gh, 2*h+i)), load(ptr(gi, 2*h+i)))
		n := tanhOf(x, expPoly(expReduce(x.Add(x))))
		store(ptr(gates, i), r)
		store(ptr(gates, h+i), z)
		store(ptr(gates, 2*h+i), n)
		store(ptr(y, i), z.MulAdd(load(ptr(prev, i)).Sub(n), n))
	}
	leave()
	for ; i < h; i++ {
		r := 1 / (1 + math.Exp(-float64(gi[i]+gh[i])))
		z := 1 / (1 + math.Exp(-float64(gi[h+i]+gh[h+i])))
		n := math.Tanh(float64(gi[2*h+i]) + r*float64(gh[2*h+i]))
		gates[i], gates[h+i], gates[2*h+i] = float32(r), float32(z), float32(n)
		y[i] = float32(n + z*(float64(prev[i])-n))
	}
}

// GRUGrad is the gradient of GRU for one row, given the gates it kept: dgi, dgh and dprev are added to.
//
//	d_n = dy * (1 - z) * (1 - n²)
//	d_z = dy * (prev - n) * z * (1 - z)
//	d_r = d_n * gh_n * r * (1 - r)
//	dgi += d_r, d_z, d_n;  dgh += d_r, d_z, d_n*r;  dprev += dy*z
func GRUGrad(dgi, dgh, dprev, dy, gates, gh, prev []float32) {
	h := len(dy)
	sameLen(len(prev), h)
	sameLen(len(dprev), h)
	sameLen(len(gates), 3*h)
	sameLen(len(gh), 3*h)
	sameLen(len(dgi), 3*h)
	sameLen(len(dgh), 3*h)
	if withKernels {
		kernelGRUGrad(ptr(dgi, 0), ptr(dgh, 0), ptr(dprev, 0), ptr(dy, 0), ptr(gates, 0), ptr(gh, 0), ptr(prev, 0), int32(h))
		return
	}
	one := splat(1)
	i := 0
	for ; i+lanes <= h; i += lanes {
		e, r, z, n := load(ptr(dy, i)), load(ptr(gates, i)), load(ptr(gates, h+i)), load(ptr(gates, 2*h+i))
		keep := one.Sub(z)
		dn := e.Mul(keep).Mul(one.Sub(n.Mul(n)))
		dz := e.Mul(load(ptr(prev, i)).Sub(n)).Mul(z).Mul(keep)
		dr := dn.Mul(load(ptr(gh, 2*h+i))).Mul(r).Mul(one.Sub(r))
		p := ptr(dgi, i)
		store(p, load(p).Add(dr))
		p = ptr(dgi, h+i)
		store(p, load(p).Add(dz))
		p = ptr(dgi, 2*h+i)
		store(p, load(p).Add(dn))
		p = ptr(dgh, i)
		store(p, load(p).Add(dr))
		p = ptr(dgh, h+i)
		store(p, load(p).Add(dz))
		p = ptr(dgh, 2*h+i)
		store(p, dn.MulAdd(r, load(p)))
		p = ptr(dprev, i)
		store(p, e.MulAdd(z, load(p)))
	}
	leave()
	for ; i < h; i++ {
		e, r, z, n := dy[i], gates[i], gates[h+i], gates[2*h+i]
		dn := e * (1 - z) * (1 - n*n)
		dz := e * (prev[i] - n) * z * (1 - z)
		dr := dn * gh[2*h+i] * r * (1 - r)
		dgi[i] += dr
		dgi[h+i] += dz
		dgi[2*h+i] += dn
		dgh[i] += dr
		dgh[h+i] += dz
		dgh[2*h+i] += dn * r
		dprev[i] += e * z
	}
}

// Additive is the additive score of one query and one key (Bahdanau et al. 2014, appendix A.1.2):
//
//	for i := range v { s += v[i] * tanh(q[i]+k[i]) }
func Additive(v, q, k []float32) float32 {
	sameLen(len(q), len(v))
	sameLen(len(k), len(v))
	if withKernels {
		return kernelAdditive(ptr(v, 0), ptr(q, 0), ptr(k, 0), int32(len(v)))
	}
	sum := splat(0)
	i := 0
	for ; i+lanes <= len(v); i += lanes {
		x := load(ptr(q, i)).Add(load(ptr(k, i)))
		sum = load(ptr(v, i)).MulAdd(tanhOf(x, expPoly(expReduce(x.Add(x)))), sum)
	}
	s := lanesSum(sum)
	leave()
	for ; i < len(v); i++ {
		s += v[i] * float32(math.Tanh(float64(q[i]+k[i])))
	}
	return s
}

// AdditiveGrad is the gradient of Additive, times g: dv, dq and dk are added to.
//
//	for i := range v { t := tanh(q[i]+k[i]); d := g*v[i]*(1-t*t); dv[i] += g*t; dq[i] += d; dk[i] += d }
//
// The hyperbolic tangents are computed again: to keep them would take as many floats as all keys have,
// for every query.
func AdditiveGrad(dv, dq, dk, v, q, k []float32, g float32) {
	for _, x := range [][]float32{dv, dq, dk, q, k} {
		sameLen(len(x), len(v))
	}
	if withKernels {
		kernelAdditiveGrad(ptr(dv, 0), ptr(dq, 0), ptr(dk, 0), ptr(v, 0), ptr(q, 0), ptr(k, 0), g, int32(len(v)))
		return
	}
	one, scale := splat(1), splat(g)
	i := 0
	for ; i+lanes <= len(v); i += lanes {
		x := load(ptr(q, i)).Add(load(ptr(k, i)))
		t := tanhOf(x, expPoly(expReduce(x.Add(x))))
		d := scale.Mul(load(ptr(v, i))).Mul(one.Sub(t.Mul(t)))
		p := ptr(dv, i)
		store(p, scale.MulAdd(t, load(p)))
		p = ptr(dq, i)
		store(p, load(p).Add(d))
		p = ptr(dk, i)
		store(p, load(p).Add(d))
	}
	leave()
	for ; i < len(v); i++ {
		t := float32(math.Tanh(float64(q[i] + k[i])))
		d := g * v[i] * (1 - t*t)
		dv[i] += g * t
		dq[i] += d
		dk[i] += d
	}
}
