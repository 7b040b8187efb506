package main

// panelCols is the number of columns in a panel of a packed matrix, two vectors: as in package tensor.
const panelCols = 8

// products adds the matrix product
//
//	product(dst, ldDst, a, ldA, b, ldB, panel, m, n, k, plus, ldPlus)
//
// for whole panels of columns: the n columns of b are taken panelCols at a time, the next ones lying
// panel bytes further. So b is packed (a panel holds k rows of its own) or lies as it is (ldB is a
// whole row). What plus says is added, unless it is 0; it may be dst.
//
// A tile of some rows by one panel is summed up in registers. More than 12 vectors of sums do not stay
// there; where the product and the sum are two instructions, 8.
//
// Weights that are larger than the caches come from memory, for which the first tile of a panel would wait while
// the others would not. So each tile, as it goes, touches its part of the next panel: that takes a sixth off
// the product of 16 rows by the 42 MB of a MiniLM, and adds nothing where all is in the caches.
func (m *module) products() {
	most, unroll := 4, 4
	if m.relaxed {
		most, unroll = 6, 2
	}
	var tiles []*function
	for rows := 1; rows <= most; rows++ {
		if rows == 1 {
			tiles = append(tiles, m.tile(rows, 4, 4))
		} else {
			tiles = append(tiles, m.tile(rows, unroll, 1))
		}
	}
	f := m.function("product", tNone, types(11, 0)...)
	p := f.nums(12)
	dst, ldDst, a, ldA, b, ldB, panel, height, n, k, plus, ldPlus := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11]
	f.when(height.atLeast(1), func() {
		count := height.add(most - 1).over(f.constant(most))
		touch := f.constant(4 * panelCols * unroll).over(count).keep() // bytes a round
		next := f.constant(0).keep()
		f.repeat(func() num {
			next.set(b) // of the last panel, itself
			f.when(n.atLeast(panelCols+1), func() { next.set(b.plus(panel)) })
			f.blocks(most, height, []num{dst, a, plus}, []num{ldDst, ldA, ldPlus}, func(rows int, at []num) {
				f.call(tiles[rows-1], at[0], ldDst, at[1], ldA, b, ldB, k, at[2], ldPlus, next, touch)
				next.set(next.plus(touch.times(k.over(f.constant(unroll)))))
			})
			dst.advance(4 * panelCols)
			f.when(plus, func() { plus.advance(4 * panelCols) })
			b.set(b.plus(panel))
			n.advance(-panelCols)
			return n.atLeast(1)
		})
	})
}

// blocks runs the body over blocks of rows, at most so many, with what points to the block's first row: as few
// blocks as can be, which share the rows evenly. The next row lies ld bytes further.
func (f *function) blocks(most int, height num, first, ld []num, body func(rows int, at []num)) {
	f.within(func() {
		left, at, rows, count := height.keep(), keepAll(first), f.constant(0).keep(), f.constant(0).keep()
		f.repeat(func() num {
			count.set(left.add(most - 1).over(f.constant(most)))
			rows.set(left.add(-1).over(count).add(1))
			for i := range most {
				f.when(rows.equals(i+1), func() { body(i+1, at) })
			}
			for i, p := range at {
				p.set(p.plus(rows.times(ld[i])))
			}
			left.set(left.minus(rows))
			return left
		})
	})
}

// tile adds the function of one tile, rows by one panel. The loop over k takes unroll of them a round,
// each of which has its own sums where there are several: one sum would wait for itself. It touches what is at
// next, and in each round touch bytes further; one row has no time for that.
func (m *module) tile(rows, unroll, sums int) *function {
	f := m.function("", tNone, types(10, 0)...)
	p := f.nums(11)
	dst, ldDst, a, ldA, b, ldB, k, plus, ldPlus, next, touch := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]
	at := []num{a}
	for r := 1; r < rows; r++ {
		at = append(at, at[r-1].plus(ldA).keep())
	}
	sum := make([][2]vec, rows*sums)
	for i := range sum {
		sum[i] = [2]vec{f.splat(0).keep(), f.splat(0).keep()}
	}
	b0, b1, x := f.splat(0).keep(), f.splat(0).keep(), f.splat(0).keep()
	step := func(i int) {
		b0.set(b.load(0))
		b1.set(b.load(16))
		b.set(b.plus(ldB))
		for r := range rows {
			s := sum[r*sums+i%sums]
			x.set(at[r].loadAll(4 * i))
			s[0].set(x.MulAdd(b0, s[0]))
			s[1].set(x.MulAdd(b1, s[1]))
		}
	}
	round := func(steps int) {
		f.when(k.atLeast(steps), func() {
			f.repeat(func() num {
				if rows > 1 && steps > 1 {
					next.touch()
					next.set(next.plus(touch))
				}
				for i := range steps {
					step(i)
				}
				for r := range rows {
					at[r].advance(4 * steps)
				}
				k.advance(-steps)
				return k.atLeast(steps)
			})
		})
	}
	round(unroll)
	if unroll > 1 {
		round(1)
	}
	for r := range rows {
		for i := 1; i < sums; i++ {
			for c := range 2 {
				sum[r*sums][c].set(sum[r*sums][c].Add(sum[r*sums+i][c]))
			}
		}
	}
	f.storeTile(rows, sums, sum, dst, ldDst, plus, ldPlus)
	return f
}

// storeTile stores the first of the sums of each row, one row below the other, with what is to be added to them.
func (f *function) storeTile(rows, sums int, sum [][2]vec, dst, ldDst, plus, ldPlus num) {
	f.when(plus, func() {
		for r := range rows {
			for c, s := range sum[r*sums] {
				s.set(s.Add(plus.load(16 * c)))
			}
			plus.set(plus.plus(ldPlus))
		}
	})
	for r := range rows {
		for c, s := range sum[r*sums] {
			dst.store(16*c, s)
		}
		dst.set(dst.plus(ldDst))
	}
}

// transpose adds transpose(dst, ldDst, src, ldSrc, n), which writes panelCols rows of n floats as columns.
func (m *module) transpose() {
	f := m.function("transpose", tNone, types(4, 0)...)
	dst, ldDst, src, ldSrc, n := f.num(0), f.num(1), f.num(2), f.num(3), f.num(4)
	at := []num{src}
	for r := 1; r < panelCols; r++ {
		at = append(at, at[r-1].plus(ldSrc).keep())
	}
	round := func(step int, body func()) {
		f.when(n.atLeast(step), func() {
			f.repeat(func() num {
				body()
				for _, p := range at {
					p.advance(4 * step)
				}
				n.advance(-step)
				return n.atLeast(step)
			})
		})
	}
	round(4, func() {
		var halves [2][4]vec
		for h := range halves {
			halves[h] = transposed(at[4*h].load(0).keep(), at[4*h+1].load(0).keep(), at[4*h+2].load(0).keep(), at[4*h+3].load(0).keep())
		}
		for i := range 4 {
			dst.store(0, halves[0][i])
			dst.store(16, halves[1][i])
			dst.set(dst.plus(ldDst))
		}
	})
	round(1, func() {
		for r, p := range at {
			dst.storeFloat(4*r, p.loadFloat(0))
		}
		dst.set(dst.plus(ldDst))
	})
}

// transposed returns the columns of four rows.
func transposed(a, b, c, d vec) [4]vec {
	ab, cd := a.shuffle(b, 0, 4, 1, 5).keep(), c.shuffle(d, 0, 4, 1, 5).keep()
	ab2, cd2 := a.shuffle(b, 2, 6, 3, 7).keep(), c.shuffle(d, 2, 6, 3, 7).keep()
	return [4]vec{ab.shuffle(cd, 0, 1, 4, 5), ab.shuffle(cd, 2, 3, 6, 7), ab2.shuffle(cd2, 0, 1, 4, 5), ab2.shuffle(cd2, 2, 3, 6, 7)}
}
