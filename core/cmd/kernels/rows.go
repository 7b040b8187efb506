package main

import "math"

// rows adds the kernels that go over a row several times.
func (m *module) rows() {
	f := m.function("max", tF32, types(1, 0)...)
	f.returns(f.most(f.num(1), f.num(0)))
	m.softmax()
	m.softmaxGrad()
	m.layerNorm()
	m.layerNormGrad()
	m.rmsNorm()
	m.rmsNormGrad()
}

// most is the largest of n floats.
func (f *function) most(n, at num) float {
	most := f.splat(float32(math.Inf(-1))).keep()
	f.over(n, []num{at}, func(a access, at []num) {
		x := a.load(at[0])
		if a.one {
			x = at[0].loadAll(0)
		}
		most.set(x.Max(most))
	})
	most.set(most.Max(most.shuffle(most, 2, 3, 0, 1)))
	return most.Max(most.shuffle(most, 1, 0, 3, 2)).lane(0)
}

// softmax adds softmax(dst, x, max, n), which returns the sum of e^(x-max) and writes max.
func (m *module) softmax() {
	f := m.function("softmax", tF32, types(3, 0)...)
	dst, x, max, n := f.num(0), f.num(1), f.num(2), f.num(3)
	shift := f.most(n, x).keep()
	max.storeFloat(0, shift)
	least, total := shift.splat().keep(), f.splat(0).keep()
	f.over(n, []num{dst, x}, func(a access, at []num) {
		e := a.load(at[1]).Sub(least).exp().keep()
		a.store(at[0], e)
		total.set(total.Add(a.alone(e)))
	})
	sum := total.total().keep()
	share := f.scalar(1).over(sum).splat().keep()
	f.over(n, []num{dst}, func(a access, at []num) { a.store(at[0], a.load(at[0]).Mul(share)) })
	f.returns(sum)
}

// softmaxGrad adds softmaxGrad(dx, dy, y, n).
func (m *module) softmaxGrad() {
	f := m.function("softmaxGrad", tNone, types(3, 0)...)
	dx, dy, y, n := f.num(0), f.num(1), f.num(2), f.num(3)
	dot := f.sum(n, []num{y, dy}, func(r []vec) vec { return r[0].Mul(r[1]) }).splat().keep()
	f.over(n, []num{dx, dy, y}, func(a access, at []num) {
		a.store(at[0], a.load(at[2]).MulAdd(a.load(at[1]).Sub(dot), a.load(at[0])))
	})
}

// layerNorm adds layerNorm(dst, x, gain, bias, stats, eps, n), which writes the mean and the reciprocal of
// the deviation to stats.
func (m *module) layerNorm() {
	f := m.function("layerNorm", tNone, types(5, 1)...)
	dst, x, gain, bias, stats, eps, n := f.num(0), f.num(1), f.num(2), f.num(3), f.num(4), f.float(5), f.num(6)
	mean := f.sum(n, []num{x}, func(r []vec) vec { return r[0] }).over(n.float()).keep()
	middle := mean.splat().keep()
	squares := f.sum(n, []num{x}, func(r []vec) vec {
		d := r[0].Sub(middle).keep()
		return d.Mul(d)
	})
	rstd := f.scalar(1).over(squares.over(n.float()).plus(eps).sqrt()).keep()
	stats.storeFloat(0, mean)
	stats.storeFloat(4, rstd)
	scale := rstd.splat().keep()
	f.over(n, []num{dst, x, gain, bias}, func(a access, at []num) {
		a.store(at[0], a.load(at[1]).Sub(middle).Mul(scale).MulAdd(a.load(at[2]), a.load(at[3])))
	})
}

// layerNormGrad adds layerNormGrad(dx, dgain, dbias, dy, x, gain, mean, rstd, n).
func (m *module) layerNormGrad() {
	f := m.function("layerNormGrad", tNone, types(6, 2)...)
	p := f.nums(6)
	dx, dgain, dbias, dy, x, gain := p[0], p[1], p[2], p[3], p[4], p[5]
	n := f.num(8)
	mean, rstd := f.float(6).splat().keep(), f.float(7).splat().keep()
	normal := func(x vec) vec { return x.Sub(mean).Mul(rstd) }
	g, gx := f.splat(0).keep(), f.splat(0).keep()
	f.over(n, []num{dgain, dbias, dy, x, gain}, func(a access, at []num) {
		d, xh := a.load(at[2]).keep(), normal(a.load(at[3])).keep()
		a.store(at[0], d.MulAdd(xh, a.load(at[0])))
		a.store(at[1], d.Add(a.load(at[1])))
		d.set(d.Mul(a.load(at[4])))
		g.set(g.Add(a.alone(d)))
		gx.set(gx.Add(a.alone(d.Mul(xh))))
	})
	meanG := g.total().over(n.float()).splat().keep()
	meanGX := gx.total().over(n.float()).splat().keep()
	f.over(n, []num{dx, dy, x, gain}, func(a access, at []num) {
		g := a.load(at[1]).Mul(a.load(at[3])).Sub(meanG)
		a.store(at[0], g.Sub(normal(a.load(at[2])).Mul(meanGX)).MulAdd(rstd, a.load(at[0])))
	})
}

// rmsNorm adds rmsNorm(dst, x, gain, eps, n), which returns the reciprocal of the root mean square.
func (m *module) rmsNorm() {
	f := m.function("rmsNorm", tF32, types(3, 1)...)
	dst, x, gain, eps, n := f.num(0), f.num(1), f.num(2), f.float(3), f.num(4)
	squares := f.sum(n, []num{x, x}, func(r []vec) vec { return r[0].Mul(r[1]) })
	root := f.scalar(1).over(squares.over(n.float()).plus(eps).sqrt()).keep()
	scale := root.splat().keep()
	f.over(n, []num{dst, x, gain}, func(a access, at []num) {
		a.store(at[0], a.load(at[1]).Mul(scale).Mul(a.load(at[2])))
	})
	f.returns(root)
}

// rmsNormGrad adds rmsNormGrad(dx, dgain, dy, x, gain, r, n).
func (m *module) rmsNormGrad() {
	f := m.function("rmsNormGrad", tNone, types(5, 1)...)
	p := f.nums(5)
	dx, dgain, dy, x, gain := p[0], p[1], p[2], p[3], p[4]
	root, n := f.float(5).splat().keep(), f.num(6)
	sum := f.splat(0).keep()
	f.over(n, []num{dgain, dy, x, gain}, func(a access, at []num) {
		d, xh := a.load(at[1]).keep(), a.load(at[2]).Mul(root).keep()
		a.store(at[0], d.MulAdd(xh, a.load(at[0])))
		sum.set(sum.Add(a.alone(d.Mul(a.load(at[3])).Mul(xh))))
	})
	mean := sum.total().over(n.float()).splat().keep()
	f.over(n, []num{dx, dy, x, gain}, func(a access, at []num) {
		g := a.load(at[1]).Mul(a.load(at[3]))
		a.store(at[0], g.Sub(a.load(at[2]).Mul(root).Mul(mean)).MulAdd(root, a.load(at[0])))
	})
}
