package main

// bytesProducts adds the product with a right side of bytes,
//
//	productShorts(dst, ldDst, a, ldA, scaleA, b, scaleB, m, n, eights, plus, ldPlus)
//
// for whole panels of columns, which tensor.Int8 describes: sums of integers, then dst = sum · (scaleA · scaleB) +
// plus. a holds rows as round16 writes them, eights of numbers; ldA is in bytes.
//
// The relaxed form has productBytes too, for rows as roundBytes writes them. It multiplies bytes and adds four products
// up in one instruction, which it does for the upper and for the lower seven bits of the numbers of a. The sums are the
// same.
func (m *module) bytesProducts() {
	m.bytesProduct("productShorts", 3, m.shortsTile)
	if m.relaxed {
		m.bytesProduct("productBytes", 3, m.bytesTile)
		m.slowBytes()
	}
}

func (m *module) bytesProduct(name string, most int, tile func(rows int) *function) {
	var tiles []*function
	for rows := 1; rows <= most; rows++ {
		tiles = append(tiles, tile(rows))
	}
	f := m.function(name, tNone, types(11, 0)...)
	p := f.nums(12)
	dst, ldDst, a, ldA, scaleA, b, scaleB, height, n, eights, plus, ldPlus := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11]
	four := f.constant(4).keep()
	f.repeat(func() num {
		f.blocks(most, height, []num{dst, a, scaleA, plus}, []num{ldDst, ldA, four, ldPlus}, func(rows int, at []num) {
			f.call(tiles[rows-1], at[0], ldDst, at[1], ldA, at[2], b, scaleB, eights, at[3], ldPlus)
		})
		dst.advance(4 * panelCols)
		f.when(plus, func() { plus.advance(4 * panelCols) })
		b.set(b.plus(eights.shift(6)).add(panelHead))
		scaleB.advance(4 * panelCols)
		n.advance(-panelCols)
		return n.atLeast(1)
	})
}

// panelHead is the size of what a panel begins with, of each column -64 times its sum, and panelFour that of four rows.
const panelHead, panelFour = 4 * panelCols, 4 * panelCols

// tileOfBytes begins the function of one tile, rows by one panel. loop runs the body for each eight numbers of k, of
// which the rows of a are at at.
func (m *module) tileOfBytes(rows int) (f *function, at []num, b num, loop func(body func()), store func(sum [][2]vec)) {
	f = m.function("", tNone, types(9, 0)...)
	p := f.nums(10)
	dst, ldDst, a, ldA, scaleA, scaleB, eights, plus, ldPlus := p[0], p[1], p[2], p[3], p[4], p[6], p[7], p[8], p[9]
	b = p[5]
	at = []num{a}
	for r := 1; r < rows; r++ {
		at = append(at, at[r-1].plus(ldA).keep())
	}
	loop = func(body func()) {
		b.advance(panelHead)
		f.when(eights, func() {
			f.repeat(func() num {
				body()
				for r := range rows {
					at[r].advance(16)
				}
				b.advance(2 * panelFour)
				eights.advance(-1)
				return eights
			})
		})
	}
	store = func(sum [][2]vec) {
		for r := range rows {
			for c, s := range sum[r] {
				s.set(s.floats().Mul(scaleA.loadAll(4 * r).Mul(scaleB.load(16 * c))))
			}
		}
		f.storeTile(rows, 1, sum, dst, ldDst, plus, ldPlus)
	}
	return f, at, b, loop, store
}

// shortsTile multiplies numbers of 16 bits. Each of the four sums of a row has two columns, in two parts each.
func (m *module) shortsTile(rows int) *function {
	f, at, b, loop, store := m.tileOfBytes(rows)
	sum := make([][4]vec, rows)
	for r := range sum {
		for i := range sum[r] {
			sum[r][i] = f.splat(0).keep()
		}
	}
	y := f.splat(0).keep()
	loop(func() {
		for four := range 2 {
			for i := range 4 {
				y.set(b.loadBytes(panelFour*four + 8*i))
				for r := range rows {
					sum[r][i].set(at[r].loadTwice(8 * four).dot(y).addIntegers(sum[r][i]))
				}
			}
		}
	})
	whole := make([][2]vec, rows)
	for r, s := range sum {
		for c := range 2 {
			v, w := s[2*c], s[2*c+1]
			whole[r][c] = v.shuffle(w, 0, 2, 4, 6).addIntegers(v.shuffle(w, 1, 3, 5, 7)).keep()
		}
	}
	store(whole)
	return f
}

// bytesTile multiplies bytes. roundBytes adds 8192 to a number, for bytes that have no sign: the head of a panel is
// what the upper ones' sums begin with for that.
func (m *module) bytesTile(rows int) *function {
	f, at, b, loop, store := m.tileOfBytes(rows)
	sets := 1
	if rows == 1 {
		sets = 2 // one sum would wait for itself
	}
	upper, lower := make([][2]vec, rows*sets), make([][2]vec, rows*sets)
	for i := range upper {
		for c := range 2 {
			upper[i][c], lower[i][c] = f.splat(0).keep(), f.splat(0).keep()
			if i < rows {
				upper[i][c].set(b.load(16 * c))
			}
		}
	}
	x, y := f.splat(0).keep(), [2]vec{f.splat(0).keep(), f.splat(0).keep()}
	loop(func() {
		for four := range 2 {
			for c := range 2 {
				y[c].set(b.load(panelFour*four + 16*c))
			}
			for r := range rows {
				for half, sum := range [][][2]vec{upper, lower} {
					s := sum[four%sets*rows+r]
					x.set(at[r].loadAll(8*half + 4*four))
					for c := range 2 {
						s[c].set(y[c].dotBytes(x, s[c]))
					}
				}
			}
		}
	})
	for r := range rows {
		for c := range 2 {
			s := upper[r][c]
			if sets > 1 {
				s.set(s.addIntegers(upper[rows+r][c]))
				lower[r][c].set(lower[r][c].addIntegers(lower[rows+r][c]))
			}
			s.set(s.shiftIntegers(7).addIntegers(lower[r][c]))
		}
	}
	store(upper[:rows])
	return f
}

// slowBytes adds slow(), which says whether the machine makes several instructions of dotBytes. It tells them by what
// comes of bytes that have a sign where none is expected: the sum of two products, 64,770, does not fit into their 16
// bits.
func (m *module) slowBytes() {
	f := m.function("slow", tI32)
	sum := f.bytes(127).dotBytes(f.bytes(-1), f.splat(0))
	f.emit(sum.integer(0).equals(2 * (1<<15 - 1)).code)
}

// round16 adds round16(dst, x, top, n), which writes n numbers, whole eights, as 16-bit integers of at most top, and
// returns what they are to be multiplied by; and roundBytes of the relaxed form, which writes eight upper bytes, and
// then eight lower ones. It has integers of 14 bits, to which it adds 8192.
func (m *module) round16() {
	m.round("round16", 0, func(v vec) vec { return v })
	if m.relaxed {
		m.round("roundBytes", 1<<13, func(v vec) vec { return v.shiftShorts(7).narrowBytes(v.and(v.f.shorts(127))) })
	}
}

func (m *module) round(name string, plus int, written func(eight vec) vec) {
	f := m.function(name, tF32, types(2, 1)...)
	dst, x, top, n := f.num(0), f.num(1), f.float(2), f.num(3)
	four := f.splat(0).keep()
	f.over(n, []num{x}, func(a access, at []num) { four.set(four.maxAbs(a.load(at[0]))) })
	four.set(four.maxAbs(four.shuffle(four, 2, 3, 0, 1)))
	most := four.maxAbs(four.shuffle(four, 1, 0, 3, 2)).lane(0).keep()
	inverse := top.over(most).min(f.scalar(1e30)).splat().keep()
	f.loops(n, []num{x}, func(a access, at []num) {
		if a.second {
			return
		}
		part := func(i int) vec { return at[0].load(16 * i).Mul(inverse).plusIntegers(plus) }
		dst.store(0, written(part(0).narrow(part(1)).keep()))
		dst.advance(16)
	}, 8)
	f.returns(most.over(top).max(f.scalar(1e-30)))
}
