//go:build goexperiment.simd && (amd64 || arm64)

package tensor

import (
	"simd"
	"unsafe"
)

// A tile of the product is 4 rows by 2 vectors: 8 accumulators hide the latency of the fused
// multiply-add, and more would spill.
//
// This file alone uses the portable simd package, whose vectors are as wide as the machine's: 512
// bits double the product's speed. The element-wise kernels do with 256.
const (
	blockRows    = 4
	maxPanelCols = 32
)

var wide, panelCols int

func init() {
	wide = simd.BroadcastFloat32s(0).Len()
	panelCols = 2 * wide
}

// kernel computes a tile of blockRows rows by panelCols columns; plus is added if it is not nil:
//
//	for r := range blockRows { for c := range panelCols {
//		sum := 0; for i := range k { sum += a[r*row+i*col] * b[i*panelCols+c] }
//		dst[r*ld+c] = sum + plus[r*ldPlus+c] } }
//
//go:nocheckptr
func kernel(t *tile) {
	if wide == 16 {
		kernel512(t)
		return
	}
	step := uintptr(wide) * 4
	b, row, col := t.b, 4*t.row, 4*t.col
	p0 := t.a
	p1 := unsafe.Add(p0, row)
	p2 := unsafe.Add(p1, row)
	p3 := unsafe.Add(p2, row)
	var c00, c01, c10, c11, c20, c21, c30, c31 simd.Float32s
	at := 0
	for i := t.k; i > 0; i-- {
		b0, b1 := simd.LoadFloat32s((*[16]float32)(b)[:]), simd.LoadFloat32s((*[16]float32)(unsafe.Add(b, step))[:])
		a0 := simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p0, at)))
		c00, c01 = a0.MulAdd(b0, c00), a0.MulAdd(b1, c01)
		a1 := simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p1, at)))
		c10, c11 = a1.MulAdd(b0, c10), a1.MulAdd(b1, c11)
		a2 := simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p2, at)))
		c20, c21 = a2.MulAdd(b0, c20), a2.MulAdd(b1, c21)
		a3 := simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p3, at)))
		c30, c31 = a3.MulAdd(b0, c30), a3.MulAdd(b1, c31)
		at += col
		b = unsafe.Add(b, 2*step)
	}
	if plus := t.plus; plus != nil {
		ld := 4 * t.ldPlus
		q1 := unsafe.Add(plus, ld)
		q2 := unsafe.Add(q1, ld)
		q3 := unsafe.Add(q2, ld)
		c00, c01 = c00.Add(simd.LoadFloat32s((*[16]float32)(plus)[:])), c01.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(plus, step))[:]))
		c10, c11 = c10.Add(simd.LoadFloat32s((*[16]float32)(q1)[:])), c11.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(q1, step))[:]))
		c20, c21 = c20.Add(simd.LoadFloat32s((*[16]float32)(q2)[:])), c21.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(q2, step))[:]))
		c30, c31 = c30.Add(simd.LoadFloat32s((*[16]float32)(q3)[:])), c31.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(q3, step))[:]))
	}
	d0, ld := t.dst, 4*t.ld
	d1 := unsafe.Add(d0, ld)
	d2 := unsafe.Add(d1, ld)
	d3 := unsafe.Add(d2, ld)
	c00.Store((*[16]float32)(d0)[:])
	c01.Store((*[16]float32)(unsafe.Add(d0, step))[:])
	c10.Store((*[16]float32)(d1)[:])
	c11.Store((*[16]float32)(unsafe.Add(d1, step))[:])
	c20.Store((*[16]float32)(d2)[:])
	c21.Store((*[16]float32)(unsafe.Add(d2, step))[:])
	c30.Store((*[16]float32)(d3)[:])
	c31.Store((*[16]float32)(unsafe.Add(d3, step))[:])
}

// kernelHalf is kernel for a panel of which only the first half holds columns; it adds nothing.
//
//go:nocheckptr
func kernelHalf(t *tile) {
	step := uintptr(wide) * 4
	b, row, col := t.b, 4*t.row, 4*t.col
	p0 := t.a
	p1 := unsafe.Add(p0, row)
	p2 := unsafe.Add(p1, row)
	p3 := unsafe.Add(p2, row)
	var c0, c1, c2, c3 simd.Float32s
	at := 0
	for i := t.k; i > 0; i-- {
		b0 := simd.LoadFloat32s((*[16]float32)(b)[:])
		c0 = simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p0, at))).MulAdd(b0, c0)
		c1 = simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p1, at))).MulAdd(b0, c1)
		c2 = simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p2, at))).MulAdd(b0, c2)
		c3 = simd.BroadcastFloat32s(*(*float32)(unsafe.Add(p3, at))).MulAdd(b0, c3)
		at += col
		b = unsafe.Add(b, 2*step)
	}
	dst, ld := t.dst, 4*t.ld
	c0.Store((*[16]float32)(dst)[:])
	c1.Store((*[16]float32)(unsafe.Add(dst, ld))[:])
	c2.Store((*[16]float32)(unsafe.Add(dst, 2*ld))[:])
	c3.Store((*[16]float32)(unsafe.Add(dst, 3*ld))[:])
}

// kernelRow is kernel for a single row a, not packed.
//
//go:nocheckptr
func kernelRow(dst, a, b unsafe.Pointer, k int, plus unsafe.Pointer) {
	step := uintptr(wide) * 4
	var c0, c1, e0, e1 simd.Float32s
	i := 0
	for ; i+2 <= k; i += 2 {
		r := (*[2]float32)(a)
		a0, a1 := simd.BroadcastFloat32s(r[0]), simd.BroadcastFloat32s(r[1])
		c0, c1 = a0.MulAdd(simd.LoadFloat32s((*[16]float32)(b)[:]), c0), a0.MulAdd(simd.LoadFloat32s((*[16]float32)(unsafe.Add(b, step))[:]), c1)
		e0, e1 = a1.MulAdd(simd.LoadFloat32s((*[16]float32)(unsafe.Add(b, 2*step))[:]), e0), a1.MulAdd(simd.LoadFloat32s((*[16]float32)(unsafe.Add(b, 3*step))[:]), e1)
		a = unsafe.Add(a, 8)
		b = unsafe.Add(b, 4*step)
	}
	if i < k {
		a0 := simd.BroadcastFloat32s(*(*float32)(a))
		c0, c1 = a0.MulAdd(simd.LoadFloat32s((*[16]float32)(b)[:]), c0), a0.MulAdd(simd.LoadFloat32s((*[16]float32)(unsafe.Add(b, step))[:]), c1)
	}
	c0, c1 = c0.Add(e0), c1.Add(e1)
	if plus != nil {
		c0, c1 = c0.Add(simd.LoadFloat32s((*[16]float32)(plus)[:])), c1.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(plus, step))[:]))
	}
	c0.Store((*[16]float32)(dst)[:])
	c1.Store((*[16]float32)(unsafe.Add(dst, step))[:])
}
