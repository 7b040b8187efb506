//go:build goexperiment.simd

package tensor

import (
	"simd/archsimd"
	"unsafe"
)

// load512 and store512 move a vector of 512 bits.
func load512(p unsafe.Pointer) archsimd.Float32x16 {
	return archsimd.LoadFloat32x16Array((*[16]float32)(p))
}

func store512(p unsafe.Pointer, v archsimd.Float32x16) { v.StoreArray((*[16]float32)(p)) }

// kernel512 is kernel with this architecture's own vectors of 512 bits. The compiler leaves a no-op in
// the loop for every call that it inlines, and the portable package's are many: without them the kernel
// is a tenth faster.
//
//go:nocheckptr
func kernel512(t *tile) {
	b, row, col := t.b, 4*t.row, 4*t.col
	p0 := t.a
	p1 := unsafe.Add(p0, row)
	p2 := unsafe.Add(p1, row)
	p3 := unsafe.Add(p2, row)
	var c00, c01, c10, c11, c20, c21, c30, c31 archsimd.Float32x16
	at := 0
	for i := t.k; i > 0; i-- {
		b0, b1 := load512(b), load512(unsafe.Add(b, 64))
		a0 := archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(p0, at)))
		c00, c01 = a0.MulAdd(b0, c00), a0.MulAdd(b1, c01)
		a1 := archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(p1, at)))
		c10, c11 = a1.MulAdd(b0, c10), a1.MulAdd(b1, c11)
		a2 := archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(p2, at)))
		c20, c21 = a2.MulAdd(b0, c20), a2.MulAdd(b1, c21)
		a3 := archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(p3, at)))
		c30, c31 = a3.MulAdd(b0, c30), a3.MulAdd(b1, c31)
		at += col
		b = unsafe.Add(b, 128)
	}
	if plus := t.plus; plus != nil {
		ld := 4 * t.ldPlus
		q1 := unsafe.Add(plus, ld)
		q2 := unsafe.Add(q1, ld)
		q3 := unsafe.Add(q2, ld)
		c00, c01 = c00.Add(load512(plus)), c01.Add(load512(unsafe.Add(plus, 64)))
		c10, c11 = c10.Add(load512(q1)), c11.Add(load512(unsafe.Add(q1, 64)))
		c20, c21 = c20.Add(load512(q2)), c21.Add(load512(unsafe.Add(q2, 64)))
		c30, c31 = c30.Add(load512(q3)), c31.Add(load512(unsafe.Add(q3, 64)))
	}
	d0, ld := t.dst, 4*t.ld
	d1 := unsafe.Add(d0, ld)
	d2 := unsafe.Add(d1, ld)
	d3 := unsafe.Add(d2, ld)
	store512(d0, c00)
	store512(unsafe.Add(d0, 64), c01)
	store512(d1, c10)
	store512(unsafe.Add(d1, 64), c11)
	store512(d2, c20)
	store512(unsafe.Add(d2, 64), c21)
	store512(d3, c30)
	store512(unsafe.Add(d3, 64), c31)
}
