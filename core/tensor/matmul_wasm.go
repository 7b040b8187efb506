//go:build goexperiment.simd && wasm

package tensor

import "unsafe"

// A tile of the product is 2 rows by 4 vectors with k unrolled by 8: WebAssembly's compiler keeps
// about 16 vectors in registers, and Go's loop edges are dear.
const (
	blockRows    = 2
	panelCols    = 16
	maxPanelCols = panelCols
)

// kernel computes a tile of blockRows rows by panelCols columns; plus is added if it is not nil:
//
//	for r := range blockRows { for c := range panelCols {
//		sum := 0; for i := range k { sum += a[r*row+i*col] * b[i*panelCols+c] }
//		dst[r*ld+c] = sum + plus[r*ldPlus+c] } }
//
//go:nocheckptr
func kernel(t *tile) {
	var c00, c01, c02, c03, c10, c11, c12, c13 vec
	a, b, row, col := t.a, t.b, 4*t.row, 4*t.col
	i := t.k
	for ; i >= 8; i -= 8 {
		a0, a1 := splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p := load(b)
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 16))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 32))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 48))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 64))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 80))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 96))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 112))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 128))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 144))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 160))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 176))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 192))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 208))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 224))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 240))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 256))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 272))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 288))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 304))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 320))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 336))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 352))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 368))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 384))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 400))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 416))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 432))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		a0, a1 = splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		p = load(unsafe.Add(b, 448))
		c00, c10 = c00.Add(a0.Mul(p)), c10.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 464))
		c01, c11 = c01.Add(a0.Mul(p)), c11.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 480))
		c02, c12 = c02.Add(a0.Mul(p)), c12.Add(a1.Mul(p))
		p = load(unsafe.Add(b, 496))
		c03, c13 = c03.Add(a0.Mul(p)), c13.Add(a1.Mul(p))
		a = unsafe.Add(a, col)
		b = unsafe.Add(b, 512)
	}
	for ; i > 0; i-- {
		a0, a1 := splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		b0, b1, b2, b3 := load(b), load(unsafe.Add(b, 16)), load(unsafe.Add(b, 32)), load(unsafe.Add(b, 48))
		c00, c01, c02, c03 = c00.Add(a0.Mul(b0)), c01.Add(a0.Mul(b1)), c02.Add(a0.Mul(b2)), c03.Add(a0.Mul(b3))
		c10, c11, c12, c13 = c10.Add(a1.Mul(b0)), c11.Add(a1.Mul(b1)), c12.Add(a1.Mul(b2)), c13.Add(a1.Mul(b3))
		a = unsafe.Add(a, col)
		b = unsafe.Add(b, 64)
	}
	if t.plus != nil {
		q0, q1 := t.plus, unsafe.Add(t.plus, 4*t.ldPlus)
		c00, c01 = c00.Add(load(q0)), c01.Add(load(unsafe.Add(q0, 16)))
		c02, c03 = c02.Add(load(unsafe.Add(q0, 32))), c03.Add(load(unsafe.Add(q0, 48)))
		c10, c11 = c10.Add(load(q1)), c11.Add(load(unsafe.Add(q1, 16)))
		c12, c13 = c12.Add(load(unsafe.Add(q1, 32))), c13.Add(load(unsafe.Add(q1, 48)))
	}
	d0, d1 := t.dst, unsafe.Add(t.dst, 4*t.ld)
	store(d0, c00)
	store(unsafe.Add(d0, 16), c01)
	store(unsafe.Add(d0, 32), c02)
	store(unsafe.Add(d0, 48), c03)
	store(d1, c10)
	store(unsafe.Add(d1, 16), c11)
	store(unsafe.Add(d1, 32), c12)
	store(unsafe.Add(d1, 48), c13)
}

// kernelHalf is kernel for a panel of which only the first half holds columns; it adds nothing.
//
//go:nocheckptr
func kernelHalf(t *tile) {
	var c00, c01, c10, c11 vec
	a, b, row, col := t.a, t.b, 4*t.row, 4*t.col
	for i := t.k; i > 0; i-- {
		a0, a1 := splat(*(*float32)(a)), splat(*(*float32)(unsafe.Add(a, row)))
		b0, b1 := load(b), load(unsafe.Add(b, 16))
		c00, c01 = c00.Add(a0.Mul(b0)), c01.Add(a0.Mul(b1))
		c10, c11 = c10.Add(a1.Mul(b0)), c11.Add(a1.Mul(b1))
		a = unsafe.Add(a, col)
		b = unsafe.Add(b, 64)
	}
	d0, d1 := t.dst, unsafe.Add(t.dst, 4*t.ld)
	store(d0, c00)
	store(unsafe.Add(d0, 16), c01)
	store(d1, c10)
	store(unsafe.Add(d1, 16), c11)
}

// kernelRow is kernel for a single row a, not packed.
//
//go:nocheckptr
func kernelRow(dst, a, b unsafe.Pointer, k int, plus unsafe.Pointer) {
	var c0, c1, c2, c3 vec
	i := k
	for ; i >= 4; i -= 4 {
		a0 := splat((*[4]float32)(a)[0])
		c0 = c0.Add(a0.Mul(load(b)))
		c1 = c1.Add(a0.Mul(load(unsafe.Add(b, 16))))
		c2 = c2.Add(a0.Mul(load(unsafe.Add(b, 32))))
		c3 = c3.Add(a0.Mul(load(unsafe.Add(b, 48))))
		a0 = splat((*[4]float32)(a)[1])
		c0 = c0.Add(a0.Mul(load(unsafe.Add(b, 64))))
		c1 = c1.Add(a0.Mul(load(unsafe.Add(b, 80))))
		c2 = c2.Add(a0.Mul(load(unsafe.Add(b, 96))))
		c3 = c3.Add(a0.Mul(load(unsafe.Add(b, 112))))
		a0 = splat((*[4]float32)(a)[2])
		c0 = c0.Add(a0.Mul(load(unsafe.Add(b, 128))))
		c1 = c1.Add(a0.Mul(load(unsafe.Add(b, 144))))
		c2 = c2.Add(a0.Mul(load(unsafe.Add(b, 160))))
		c3 = c3.Add(a0.Mul(load(unsafe.Add(b, 176))))
		a0 = splat((*[4]float32)(a)[3])
		c0 = c0.Add(a0.Mul(load(unsafe.Add(b, 192))))
		c1 = c1.Add(a0.Mul(load(unsafe.Add(b, 208))))
		c2 = c2.Add(a0.Mul(load(unsafe.Add(b, 224))))
		c3 = c3.Add(a0.Mul(load(unsafe.Add(b, 240))))
		a = unsafe.Add(a, 16)
		b = unsafe.Add(b, 256)
	}
	for ; i > 0; i-- {
		a0 := splat(*(*float32)(a))
		c0, c1 = c0.Add(a0.Mul(load(b))), c1.Add(a0.Mul(load(unsafe.Add(b, 16))))
		c2, c3 = c2.Add(a0.Mul(load(unsafe.Add(b, 32)))), c3.Add(a0.Mul(load(unsafe.Add(b, 48))))
		a = unsafe.Add(a, 4)
		b = unsafe.Add(b, 64)
	}
	if plus != nil {
		c0, c1 = c0.Add(load(plus)), c1.Add(load(unsafe.Add(plus, 16)))
		c2, c3 = c2.Add(load(unsafe.Add(plus, 32))), c3.Add(load(unsafe.Add(plus, 48)))
	}
	store(dst, c0)
	store(unsafe.Add(dst, 16), c1)
	store(unsafe.Add(dst, 32), c2)
	store(unsafe.Add(dst, 48), c3)
}
