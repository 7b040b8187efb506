package main

// bytesProducts adds the product with a right side of bytes,
//
//	productInt8(dst, ldDst, a, ldA, scaleA, b, scaleB, m, n, pairs, plus, ldPlus)
//
// for whole panels of columns, which tensor.Int8 describes: sums of integers, then dst = sum · (scaleA · scaleB) + plus.
// a holds rows of 16-bit integers, pairs of them; ldA is in bytes.
func (m *module) bytesProducts() {
	const most = 5
	var tiles []*function
	for rows := 1; rows <= most; rows++ {
		tiles = append(tiles, m.bytesTile(rows))
	}
	f := m.function("productInt8", tNone, types(11, 0)...)
	p := f.nums(12)
	dst, ldDst, a, ldA, scaleA, b, scaleB, height, n, pairs, plus, ldPlus := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11]
	four := f.constant(4).keep()
	f.repeat(func() num {
		f.blocks(most, height, []num{dst, a, scaleA, plus}, []num{ldDst, ldA, four, ldPlus}, func(rows int, at []num) {
			f.call(tiles[rows-1], at[0], ldDst, at[1], ldA, at[2], b, scaleB, pairs, at[3], ldPlus)
		})
		dst.advance(4 * panelCols)
		f.when(plus, func() { plus.advance(4 * panelCols) })
		b.set(b.plus(pairs.shift(4)))
		scaleB.advance(4 * panelCols)
		n.advance(-panelCols)
		return n.atLeast(1)
	})
}

// bytesTile adds the function of one tile, rows by one panel.
func (m *module) bytesTile(rows int) *function {
	f := m.function("", tNone, types(9, 0)...)
	p := f.nums(10)
	dst, ldDst, a, ldA, scaleA, b, scaleB, pairs, plus, ldPlus := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9]
	at := []num{a}
	for r := 1; r < rows; r++ {
		at = append(at, at[r-1].plus(ldA).keep())
	}
	unroll, sums := 2, 1
	if rows == 1 {
		unroll, sums = 4, 4 // one sum would wait for itself
	}
	sum := make([][2]vec, rows*sums)
	for i := range sum {
		sum[i] = [2]vec{f.splat(0).keep(), f.splat(0).keep()}
	}
	b0, b1, x := f.splat(0).keep(), f.splat(0).keep(), f.splat(0).keep()
	round := func(steps int) {
		f.when(pairs.atLeast(steps), func() {
			f.repeat(func() num {
				for i := range steps {
					b0.set(b.loadBytes(16 * i))
					b1.set(b.loadBytes(16*i + 8))
					for r := range rows {
						s := sum[r*sums+i%sums]
						x.set(at[r].loadAll(4 * i))
						s[0].set(x.dot(b0).addIntegers(s[0]))
						s[1].set(x.dot(b1).addIntegers(s[1]))
					}
				}
				for r := range rows {
					at[r].advance(4 * steps)
				}
				b.advance(16 * steps)
				pairs.advance(-steps)
				return pairs.atLeast(steps)
			})
		})
	}
	round(unroll)
	round(1)
	for r := range rows {
		for c := range 2 {
			s := sum[r*sums][c]
			for i := 1; i < sums; i++ {
				s.set(s.addIntegers(sum[r*sums+i][c]))
			}
			s.set(s.floats().Mul(scaleA.loadAll(4 * r).Mul(scaleB.load(16 * c))))
		}
	}
	f.storeTile(rows, sums, sum, dst, ldDst, plus, ldPlus)
	return f
}

// round16 adds round16(dst, x, top, n), which writes n numbers as 16-bit integers of at most top, and returns what
// they are to be multiplied by.
func (m *module) round16() {
	f := m.function("round16", tF32, types(2, 1)...)
	dst, x, top, n := f.num(0), f.num(1), f.float(2), f.num(3)
	four := f.splat(0).keep()
	f.over(n, []num{x}, func(a access, at []num) { four.set(four.maxAbs(a.load(at[0]))) })
	four.set(four.maxAbs(four.shuffle(four, 2, 3, 0, 1)))
	most := four.maxAbs(four.shuffle(four, 1, 0, 3, 2)).lane(0).keep()
	inverse := top.over(most).min(f.scalar(1e30)).splat().keep()
	f.loops(n, []num{x}, func(a access, at []num) {
		v := at[0].load(0)
		switch {
		case a.one:
			v = at[0].loadOne(0)
		case a.second:
			return
		}
		v = v.Mul(inverse).integers()
		if a.one {
			v = v.keep()
			dst.storeShort(0, v.narrow(v))
			dst.advance(2)
		} else {
			dst.store(0, v.narrow(at[0].load(16).Mul(inverse).integers()))
			dst.advance(16)
		}
	}, 8, 1)
	f.returns(most.over(top))
}
