package main

// recurrent adds the kernels of the recurrent models: the unit and the additive score, forward and back.
func (m *module) recurrent() {
	m.gru()
	m.gruGrad()
	tangent := func(q, k vec) vec { return q.Add(k).tanh() }
	m.reduce("additive", 3, 0, func(r, x []vec) vec { return r[0].Mul(tangent(r[1], r[2])) })
	// additiveGrad(dv, dq, dk, v, q, k, g, n)
	m.each("additiveGrad", 6, 1, func(a access, at []num, x []vec) {
		t := tangent(a.load(at[4]), a.load(at[5])).keep()
		d := x[0].Mul(a.load(at[3])).Mul(t.f.splat(1).Sub(t.Mul(t))).keep()
		a.store(at[0], x[0].MulAdd(t, a.load(at[0])))
		a.store(at[1], a.load(at[1]).Add(d))
		a.store(at[2], a.load(at[2]).Add(d))
	})
}

// gates are the three pointers to the parts r, z and n of a row of three times h floats.
func gates(p, h num) []num {
	z := p.plus(h.shift(2)).keep()
	return []num{p, z, z.plus(h.shift(2)).keep()}
}

// gru adds gru(y, gates, gi, gh, prev, h).
func (m *module) gru() {
	f := m.function("gru", tNone, types(5, 0)...)
	y, prev, h := f.num(0), f.num(4), f.num(5)
	g, gi, gh := gates(f.num(1), h), gates(f.num(2), h), gates(f.num(3), h)
	all := append(append(append([]num{y, prev}, g...), gi...), gh...)
	f.over(h, all, func(a access, at []num) {
		y, prev, g, gi, gh := at[0], at[1], at[2:5], at[5:8], at[8:11]
		r := a.load(gi[0]).Add(a.load(gh[0])).sigmoid().keep()
		z := a.load(gi[1]).Add(a.load(gh[1])).sigmoid().keep()
		n := r.MulAdd(a.load(gh[2]), a.load(gi[2])).tanh().keep()
		a.store(g[0], r)
		a.store(g[1], z)
		a.store(g[2], n)
		a.store(y, z.MulAdd(a.load(prev).Sub(n), n))
	})
}

// gruGrad adds gruGrad(dgi, dgh, dprev, dy, gates, gh, prev, h).
func (m *module) gruGrad() {
	f := m.function("gruGrad", tNone, types(7, 0)...)
	dprev, dy, prev, h := f.num(2), f.num(3), f.num(6), f.num(7)
	all := append([]num{dprev, dy, prev, gates(f.num(5), h)[2]}, gates(f.num(4), h)...)
	all = append(append(all, gates(f.num(0), h)...), gates(f.num(1), h)...)
	f.over(h, all, func(a access, at []num) {
		dprev, dy, prev, ghn, dgi, dgh := at[0], at[1], at[2], at[3], at[7:10], at[10:13]
		one := f.splat(1)
		e, r, z, n := a.load(dy).keep(), a.load(at[4]).keep(), a.load(at[5]).keep(), a.load(at[6]).keep()
		keep := one.Sub(z).keep()
		dn := e.Mul(keep).Mul(one.Sub(n.Mul(n))).keep()
		dz := e.Mul(a.load(prev).Sub(n)).Mul(z).Mul(keep).keep()
		dr := dn.Mul(a.load(ghn)).Mul(r).Mul(one.Sub(r)).keep()
		for i, d := range []vec{dr, dz, dn} {
			a.store(dgi[i], a.load(dgi[i]).Add(d))
		}
		a.store(dgh[0], a.load(dgh[0]).Add(dr))
		a.store(dgh[1], a.load(dgh[1]).Add(dz))
		a.store(dgh[2], dn.MulAdd(r, a.load(dgh[2])))
		a.store(dprev, e.MulAdd(z, a.load(dprev)))
	})
}
