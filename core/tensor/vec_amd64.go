//go:build goexperiment.simd

package tensor

import (
	"simd/archsimd"
	"unsafe"
)

// vec is a 256-bit vector (AVX2 with fused multiply-add).
type vec = archsimd.Float32x8

const lanes = 8

func init() {
	if !archsimd.X86.AVX2() || !archsimd.X86.FMA() {
		panic("heed: this build needs a processor with AVX2 and FMA; build without GOEXPERIMENT=simd for this one")
	}
}

func load(p unsafe.Pointer) vec { return archsimd.LoadFloat32x8Array((*[8]float32)(p)) }

func store(p unsafe.Pointer, v vec) { v.StoreArray((*[8]float32)(p)) }

func splat(x float32) vec { return archsimd.BroadcastFloat32x8(x) }

// leave is called when vectors are done with. What they leave in the upper halves of the registers slows code of
// SSE instructions down, and math.Exp, which mixes them with AVX, a hundred times.
func leave() { archsimd.ClearAVXUpperBits() }

// exponent returns 2ⁿ for the integer n that t = n + 1.5·2²³ carries in its low bits.
func exponent(t vec) vec {
	return t.ToBits().ShiftAllLeft(23).Add(archsimd.BroadcastUint32x8(0x3f800000)).BitsToFloat32()
}
