//go:build goexperiment.simd

package tensor

import (
	"simd/archsimd"
	"unsafe"
)

// vec is a 128-bit vector.
type vec = archsimd.Float32x4

const lanes = 4

func load(p unsafe.Pointer) vec { return archsimd.LoadFloat32x4Array((*[4]float32)(p)) }

func store(p unsafe.Pointer, v vec) { v.StoreArray((*[4]float32)(p)) }

func splat(x float32) vec { return archsimd.BroadcastFloat32x4(x) }

func leave() {}

// exponent returns 2ⁿ for the integer n that t = n + 1.5·2²³ carries in its low bits.
func exponent(t vec) vec {
	return t.ToBits().ShiftAllLeft(23).Add(archsimd.BroadcastUint32x4(0x3f800000)).BitsToFloat32()
}
