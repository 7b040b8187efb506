package main

// access is how the body of a loop reads and writes: four floats at once, or, for what is left of a row,
// one, with the same formula over it. The other three are then 0 where they are loaded.
type access struct {
	one    bool
	second bool // of two times four floats that one round of the loop takes
}

func (a access) load(p num) vec {
	switch {
	case a.one:
		return p.loadOne(0)
	case a.second:
		return p.load(16)
	}
	return p.load(0)
}

func (a access) store(p num, v vec) {
	if a.one {
		p.storeOne(0, v)
	} else {
		p.store(0, v)
	}
}

// alone returns v with 0 in place of what is computed of those three.
func (a access) alone(v vec) vec {
	if !a.one {
		return v
	}
	return v.shuffle(v.f.splat(0), 0, 4, 4, 4)
}

// over runs the body along rows of n floats at the pointers, four at a time. The pointers are left as they
// are.
func (f *function) over(n num, at []num, body func(a access, at []num)) { f.loops(n, at, body, 4, 1) }

// loops is over with the steps that are given: 8 is two times the body with four.
func (f *function) loops(n num, at []num, body func(a access, at []num), steps ...int) {
	f.within(func() {
		n, at := n.keep(), keepAll(at)
		for _, step := range steps {
			f.when(n.atLeast(step), func() {
				f.repeat(func() num {
					f.within(func() { body(access{one: step == 1}, at) })
					if step == 8 {
						f.within(func() { body(access{second: true}, at) })
					}
					for _, p := range at {
						p.advance(4 * step)
					}
					n.advance(-step)
					return n.atLeast(step)
				})
			})
		}
	})
}

func keepAll(all []num) []num {
	kept := make([]num, len(all))
	for i, n := range all {
		kept[i] = n.keep()
	}
	return kept
}

// each adds a kernel that runs the body along rows: of `rows` pointers, then the numbers that the body
// gets as vectors, then the count.
func (m *module) each(name string, rows, numbers int, body func(a access, at []num, x []vec)) {
	f := m.function(name, tNone, types(rows, numbers)...)
	at := f.nums(rows)
	var x []vec
	for i := range numbers {
		x = append(x, f.float(rows+i).splat().keep())
	}
	f.over(f.num(rows+numbers), at, func(a access, at []num) { body(a, at, x) })
}

// change is each for a kernel that writes the first row: value is of it, as it was, and of the others.
func (m *module) change(name string, rows, numbers int, value func(row, x []vec) vec) {
	m.each(name, rows, numbers, func(a access, at []num, x []vec) {
		row := make([]vec, rows)
		for i := range row {
			row[i] = a.load(at[i])
		}
		a.store(at[0], value(row, x))
	})
}

// reduce adds a kernel that adds up what value is of rows.
func (m *module) reduce(name string, rows, numbers int, value func(row, x []vec) vec) {
	f := m.function(name, tF32, types(rows, numbers)...)
	var x []vec
	for i := range numbers {
		x = append(x, f.float(rows+i).splat().keep())
	}
	f.returns(f.sum(f.num(rows+numbers), f.nums(rows), func(row []vec) vec { return value(row, x) }))
}

// sum adds up what value is along rows, in two sums by turns: one would wait for itself.
func (f *function) sum(n num, at []num, value func(row []vec) vec) float {
	first, second := f.splat(0).keep(), f.splat(0).keep()
	f.loops(n, at, func(a access, at []num) {
		row := make([]vec, len(at))
		for i := range row {
			row[i] = a.load(at[i])
		}
		sum := first
		if a.second {
			sum = second
		}
		sum.set(sum.Add(a.alone(value(row))))
	}, 8, 4, 1)
	return first.Add(second).total()
}

func (m *module) elementwise() {
	m.change("add", 2, 0, func(r, x []vec) vec { return r[0].Add(r[1]) })
	m.change("maxInto", 2, 0, func(r, x []vec) vec { return r[1].Max(r[0]) })
	m.change("addScaled", 2, 1, func(r, x []vec) vec { return x[0].MulAdd(r[1], r[0]) })
	m.change("addMul", 3, 0, func(r, x []vec) vec { return r[1].MulAdd(r[2], r[0]) })
	m.change("mul", 3, 0, func(r, x []vec) vec { return r[1].Mul(r[2]) })
	m.change("scaleAdd", 2, 2, func(r, x []vec) vec { return x[0].MulAdd(r[1], x[1]) })
	m.reduce("sum", 1, 0, func(r, x []vec) vec { return r[0] })
	m.reduce("sumMin", 1, 1, func(r, x []vec) vec { return x[0].Min(r[0]) })
	m.reduce("spread", 1, 0, func(r, x []vec) vec { return r[0].Sub(r[0]) })
	m.reduce("dot", 2, 0, func(r, x []vec) vec { return r[0].Mul(r[1]) })
	m.adam()
}

// adam adds adamStep(x, m, v, gradient, Beta1, Beta2, Epsilon, Scale, Keep, Rate, Second, n).
func (m *module) adam() {
	m.each("adamStep", 4, 7, func(a access, at []num, c []vec) {
		beta1, beta2, epsilon, scale, keep, rate, second := c[0], c[1], c[2], c[3], c[4], c[5], c[6]
		one := beta1.f.splat(1)
		g := a.load(at[3]).Mul(scale).keep()
		first := a.load(at[1]).Mul(beta1).Add(g.Mul(one.Sub(beta1))).keep()
		square := a.load(at[2]).Mul(beta2).Add(g.Mul(g).Mul(one.Sub(beta2))).keep()
		step := first.Mul(rate).Div(square.Mul(second).Sqrt().Add(epsilon))
		a.store(at[0], a.load(at[0]).Mul(keep).Sub(step))
		a.store(at[1], first)
		a.store(at[2], square)
	})
}
