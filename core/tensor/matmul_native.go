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

// kernel computes one blockRows×panelCols tile of dst, whose rows lie ld floats apart, from one
// packed block of rows and one packed panel of columns:
//
//	for r := range blockRows { for c := range panelCols { for i := range k {
//		dst[r*ld+c] += a[i*blockRows+r] * b[i*panelCols+c] } } }
func kernel(dst unsafe.Pointer, ld int, a, b unsafe.Pointer, k int, add bool) {
	step := uintptr(wide) * 4
	var c00, c01, c10, c11, c20, c21, c30, c31 simd.Float32s
	for i := 0; i < k; i++ {
		b0, b1 := simd.LoadFloat32s((*[16]float32)(b)[:]), simd.LoadFloat32s((*[16]float32)(unsafe.Add(b, step))[:])
		r := (*[4]float32)(a)
		a0 := simd.BroadcastFloat32s(r[0])
		c00, c01 = a0.MulAdd(b0, c00), a0.MulAdd(b1, c01)
		a1 := simd.BroadcastFloat32s(r[1])
		c10, c11 = a1.MulAdd(b0, c10), a1.MulAdd(b1, c11)
		a2 := simd.BroadcastFloat32s(r[2])
		c20, c21 = a2.MulAdd(b0, c20), a2.MulAdd(b1, c21)
		a3 := simd.BroadcastFloat32s(r[3])
		c30, c31 = a3.MulAdd(b0, c30), a3.MulAdd(b1, c31)
		a = unsafe.Add(a, 16)
		b = unsafe.Add(b, 2*step)
	}
	d0 := dst
	d1 := unsafe.Add(d0, 4*ld)
	d2 := unsafe.Add(d1, 4*ld)
	d3 := unsafe.Add(d2, 4*ld)
	if add {
		c00, c01 = c00.Add(simd.LoadFloat32s((*[16]float32)(d0)[:])), c01.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(d0, step))[:]))
		c10, c11 = c10.Add(simd.LoadFloat32s((*[16]float32)(d1)[:])), c11.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(d1, step))[:]))
		c20, c21 = c20.Add(simd.LoadFloat32s((*[16]float32)(d2)[:])), c21.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(d2, step))[:]))
		c30, c31 = c30.Add(simd.LoadFloat32s((*[16]float32)(d3)[:])), c31.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(d3, step))[:]))
	}
	c00.Store((*[16]float32)(d0)[:])
	c01.Store((*[16]float32)(unsafe.Add(d0, step))[:])
	c10.Store((*[16]float32)(d1)[:])
	c11.Store((*[16]float32)(unsafe.Add(d1, step))[:])
	c20.Store((*[16]float32)(d2)[:])
	c21.Store((*[16]float32)(unsafe.Add(d2, step))[:])
	c30.Store((*[16]float32)(d3)[:])
	c31.Store((*[16]float32)(unsafe.Add(d3, step))[:])
}

// kernelHalf is kernel for a panel of which only the first half holds columns.
func kernelHalf(dst unsafe.Pointer, ld int, a, b unsafe.Pointer, k int, add bool) {
	step := uintptr(wide) * 4
	var c0, c1, c2, c3 simd.Float32s
	for i := 0; i < k; i++ {
		b0 := simd.LoadFloat32s((*[16]float32)(b)[:])
		r := (*[4]float32)(a)
		c0 = simd.BroadcastFloat32s(r[0]).MulAdd(b0, c0)
		c1 = simd.BroadcastFloat32s(r[1]).MulAdd(b0, c1)
		c2 = simd.BroadcastFloat32s(r[2]).MulAdd(b0, c2)
		c3 = simd.BroadcastFloat32s(r[3]).MulAdd(b0, c3)
		a = unsafe.Add(a, 16)
		b = unsafe.Add(b, 2*step)
	}
	c0.Store((*[16]float32)(dst)[:])
	c1.Store((*[16]float32)(unsafe.Add(dst, 4*ld))[:])
	c2.Store((*[16]float32)(unsafe.Add(dst, 8*ld))[:])
	c3.Store((*[16]float32)(unsafe.Add(dst, 12*ld))[:])
}

// kernelRow is kernel for a single row a, not packed.
func kernelRow(dst, a, b unsafe.Pointer, k int, add bool) {
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
	if add {
		c0, c1 = c0.Add(simd.LoadFloat32s((*[16]float32)(dst)[:])), c1.Add(simd.LoadFloat32s((*[16]float32)(unsafe.Add(dst, step))[:]))
	}
	c0.Store((*[16]float32)(dst)[:])
	c1.Store((*[16]float32)(unsafe.Add(dst, step))[:])
}
