package tensor

import (
	"math"
	"unsafe"
)

// LayerNorm normalises one row (Ba et al. 2016, equation 4):
//
//	dst[i] = (x[i] - mean) * rstd * gain[i] + bias[i],  rstd = 1 / sqrt(variance + eps)
//
// and returns mean and rstd, which its gradient needs. It panics at slices of different lengths.
func LayerNorm(dst, x, gain, bias []float32, eps float32) (mean, rstd float32) {
	n := len(x)
	sameLen(len(dst), n)
	sameLen(len(gain), n)
	sameLen(len(bias), n)
	if withKernels {
		var stats [2]float32
		kernelLayerNorm(ptr(dst, 0), ptr(x, 0), ptr(gain, 0), ptr(bias, 0), unsafe.Pointer(&stats), eps, int32(n))
		return stats[0], stats[1]
	}
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
	leave()
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
	sameLen(len(dx), n)
	sameLen(len(dgain), n)
	sameLen(len(dbias), n)
	sameLen(len(dy), n)
	sameLen(len(gain), n)
	if withKernels {
		kernelLayerNormGrad(ptr(dx, 0), ptr(dgain, 0), ptr(dbias, 0), ptr(dy, 0), ptr(x, 0), ptr(gain, 0), mean, rstd, int32(n))
		return
	}
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
	leave()
	for ; i < n; i++ {
		xh := (x[i] - mean) * rstd
		dx[i] += rstd * (dy[i]*gain[i] - a - xh*b)
	}
}

// RMSNorm normalises one row by its root mean square (Zhang & Sennrich 2019, equation 4):
//
//	dst[i] = x[i] * r * gain[i],  r = 1 / sqrt(mean(x²) + eps)
//
// and returns r, which its gradient needs. It panics at slices of different lengths.
func RMSNorm(dst, x, gain []float32, eps float32) (r float32) {
	sameLen(len(dst), len(x))
	sameLen(len(gain), len(x))
	if withKernels {
		return kernelRMSNorm(ptr(dst, 0), ptr(x, 0), ptr(gain, 0), eps, int32(len(x)))
	}
	r = float32(1 / math.Sqrt(float64(Dot(x, x)/float32(len(x))+eps)))
	i := 0
	s := splat(r)
	for ; i+lanes <= len(x); i += lanes {
		store(ptr(dst, i), load(ptr(x, i)).Mul(s).Mul(load(ptr(gain, i))))
	}
	leave()
	for ; i < len(x); i++ {
		dst[i] = x[i] * r * gain[i]
	}
	return r
}

// RMSNormGrad adds the gradient of RMSNorm for one row: dx and dgain are added to.
//
//	x̂ = x * r,  g = dy * gain
//	dx += r * (g - x̂ * mean(g * x̂)),  dgain += dy * x̂
func RMSNormGrad(dx, dgain, dy, x, gain []float32, r float32) {
	n := len(x)
	sameLen(len(dx), n)
	sameLen(len(dgain), n)
	sameLen(len(dy), n)
	sameLen(len(gain), n)
	if withKernels {
		kernelRMSNormGrad(ptr(dx, 0), ptr(dgain, 0), ptr(dy, 0), ptr(x, 0), ptr(gain, 0), r, int32(n))
		return
	}
	s, sum := splat(r), splat(0)
	i := 0
	for ; i+lanes <= n; i += lanes {
		xh, d := load(ptr(x, i)).Mul(s), load(ptr(dy, i))
		sum = d.Mul(load(ptr(gain, i))).MulAdd(xh, sum)
		dg := ptr(dgain, i)
		store(dg, d.MulAdd(xh, load(dg)))
	}
	mean := lanesSum(sum)
	for j := i; j < n; j++ {
		xh := x[j] * r
		mean += dy[j] * gain[j] * xh
		dgain[j] += dy[j] * xh
	}
	mean /= float32(n)
	m := splat(mean)
	for i = 0; i+lanes <= n; i += lanes {
		g, xh := load(ptr(dy, i)).Mul(load(ptr(gain, i))), load(ptr(x, i)).Mul(s)
		d := ptr(dx, i)
		store(d, g.Sub(xh.Mul(m)).MulAdd(s, load(d)))
	}
	leave()
	for ; i < n; i++ {
		dx[i] += r * (dy[i]*gain[i] - x[i]*r*mean)
	}
}
