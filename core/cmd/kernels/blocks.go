package main

import "math"

// blocksProducts adds the product with a right side in blocks of 4 or 8 bits,
//
//	productBlocks(dst, ldDst, a, ldA, scaleA, sums, ldSums, b, scaleB, m, n, blocks, sixteens, bits, plus, ldPlus)
//
// for whole panels of columns, which tensor.Blocks describes. a holds rows of 16-bit integers, sums a row's sums over
// each of its blocks, which have 16 times sixteens numbers.
func (m *module) blocksProducts() {
	const most = 4
	tiles := map[int][]*function{}
	for _, bits := range []int{4, 8} {
		for rows := 1; rows <= most; rows++ {
			tiles[bits] = append(tiles[bits], m.blocksTile(rows, bits))
		}
	}
	f := m.function("productBlocks", tNone, types(15, 0)...)
	p := f.nums(16)
	dst, ldDst, a, ldA, scaleA, sums, ldSums, b := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]
	scaleB, height, n, blocks, sixteens, bits, plus, ldPlus := p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]
	four := f.constant(4).keep()
	f.repeat(func() num {
		f.blocks(most, height, []num{dst, a, scaleA, sums, plus}, []num{ldDst, ldA, four, ldSums, ldPlus}, func(rows int, at []num) {
			for _, of := range []int{4, 8} {
				f.when(bits.equals(of), func() {
					f.call(tiles[of][rows-1], at[0], ldDst, at[1], ldA, at[2], at[3], ldSums, b, scaleB, blocks, sixteens, at[4], ldPlus)
				})
			}
		})
		dst.advance(4 * panelCols)
		f.when(plus, func() { plus.advance(4 * panelCols) })
		b.set(b.plus(blocks.times(sixteens).times(bits).shift(4))) // eight numbers in each of 16·sixteens·blocks rows
		scaleB.set(scaleB.plus(blocks.shift(6)))
		n.advance(-panelCols)
		return n.atLeast(1)
	})
}

// blocksTile adds the function of one tile, rows by one panel. The integers of a block are summed up as such, and then
// the blocks as floats.
func (m *module) blocksTile(rows, bits int) *function {
	f := m.function("", tNone, types(12, 0)...)
	p := f.nums(13)
	dst, ldDst, a, ldA, scaleA, sums, ldSums, b, scaleB, blocks, sixteens, plus, ldPlus := p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12]
	at, sumsAt := []num{a}, []num{sums}
	for r := 1; r < rows; r++ {
		at, sumsAt = append(at, at[r-1].plus(ldA).keep()), append(sumsAt, sumsAt[r-1].plus(ldSums).keep())
	}
	total, sum := make([][2]vec, rows), make([][2]vec, rows)
	for r := range rows {
		total[r] = [2]vec{f.splat(0).keep(), f.splat(0).keep()}
		sum[r] = [2]vec{f.splat(0).keep(), f.splat(0).keep()}
	}
	var part [4]vec // two rows of columns 0 to 3 and of 4 to 7, and the two rows below
	for i := range part {
		part[i] = f.splat(0).keep()
	}
	x, left := f.splat(0).keep(), f.constant(0).keep()
	nibble := f.splat(math.Float32frombits(0x000f000f)).keep()
	f.repeat(func() num {
		for r := range rows {
			for c := range 2 {
				sum[r][c].set(f.splat(0))
			}
		}
		left.set(sixteens)
		f.repeat(func() num {
			for i := range 4 { // four rows each
				if bits == 4 {
					x.set(b.load(16 * i))
					for t := range part {
						v := x.shiftShorts(4 * t)
						if t < 3 {
							v = v.and(nibble)
						}
						part[t].set(v)
					}
				} else {
					for t := range part {
						part[t].set(b.loadBytes(32*i + 8*t))
					}
				}
				for r := range rows {
					for pair := range 2 {
						x.set(at[r].loadAll(8*i + 4*pair))
						for c := range 2 {
							sum[r][c].set(x.dot(part[2*pair+c]).addIntegers(sum[r][c]))
						}
					}
				}
			}
			b.advance(4 * 4 * bits)
			for r := range rows {
				at[r].advance(2 * 16)
			}
			left.advance(-1)
			return left
		})
		for r := range rows {
			x.set(sumsAt[r].loadAll(0))
			for c := range 2 {
				total[r][c].set(x.MulAdd(scaleB.load(4*panelCols+16*c), sum[r][c].floats().MulAdd(scaleB.load(16*c), total[r][c])))
			}
			sumsAt[r].advance(4)
		}
		scaleB.advance(2 * 4 * panelCols)
		blocks.advance(-1)
		return blocks
	})
	for r := range rows {
		x.set(scaleA.loadAll(4 * r))
		for c := range 2 {
			total[r][c].set(total[r][c].Mul(x))
		}
	}
	f.storeTile(rows, 1, total, dst, ldDst, plus, ldPlus)
	return f
}
