//go:build js && wasm && kernels

package tensor

import (
	"math"
	"unsafe"
)

// kernelPanelCols is the width of the panels that the kernels take.
const kernelPanelCols = 8

// withKernels is whether the kernel module computes in the place of Go's own loops.
var withKernels bool

var kernels = GoKernels

// Kernels names the form of the kernel module that runs: "relaxed SIMD, products of bytes", "relaxed SIMD", "SIMD", or
// GoKernels.
func Kernels() string { return kernels }

// init takes the fastest form that this machine runs, and that computes what Go's loops compute:
// relaxed instructions may differ from one machine to another.
func init() {
	for form := int32(3); form > 0; form-- {
		module, name := relaxedKernels, [...]string{1: "SIMD", 2: "relaxed SIMD", 3: "relaxed SIMD, products of bytes"}[form]
		if form == 1 {
			module = plainKernels
		}
		if loadKernels(form, unsafe.Pointer(unsafe.StringData(module)), int32(len(module))) == 0 {
			continue
		}
		if agrees() {
			kernels = name
			useKernels(true)
			return
		}
		println("heed: the kernels in", name, "compute something else than they should on this machine: slower ones take their place")
	}
}

// useKernels sets what computes. What was packed before must not be used after.
func useKernels(yes bool) {
	withKernels, panelCols = yes, goPanelCols
	if yes {
		panelCols = kernelPanelCols
	}
}

// number is that of the stored right side that was numbered last.
var number int32

// numbered returns the number of a stored right side, by which the threads that take part in products know what they
// have a copy of: one with other values has another number. A right side that is not stored has 0, and is computed by
// one thread.
func numbered() int32 {
	number++
	return number
}

// Forget frees the memory of copies of right sides that other threads have. What is still in use is copied again.
func Forget() { forget() }

//go:wasmimport kernels forget
//go:noescape
func forget()

// agrees runs what most of the time goes into with the module that was just loaded, and compares it with
// what Go's loops compute.
func agrees() bool {
	defer useKernels(false)
	const m, k, n = 7, 9, 10
	run := func(with bool) []float32 {
		useKernels(with)
		var ar Arena
		all, whole := New(1, 3*m*n+k).Data, New(n, k)
		for i := range whole.Data {
			whole.Data[i] = float32(i%k*31-127) / 127
		}
		a, b := From(all[:m*k], m, k), From(all[m*n:m*n+k*n], k, n)
		for i := range all {
			all[i] = float32(i%13)/8 - 0.75
		}
		dst := From(all[len(all)-m*n:], m, n)
		MatMulRight(&ar, dst, a, Pack(b), true)
		MatMulRight(&ar, dst, a, PackInt8T(whole), true)
		LayerNorm(dst.Row(1), dst.Row(2), dst.Row(3), dst.Row(4), 1e-5)
		Activate(GELU, dst.Row(2), dst.Row(3))
		Softmax(dst.Row(0), dst.Row(0))
		return dst.Data
	}
	want, got := run(false), run(true)
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-4) {
			return false
		}
	}
	return true
}

// loadKernels makes the module of those bytes the one that the functions below call; products with an Int8 are those of
// bytes in form 3 alone. It returns 0 where the machine does not take it, or is slower with it than with another.
//
//go:wasmimport kernels load
//go:noescape
func loadKernels(form int32, module unsafe.Pointer, size int32) int32

//go:wasmimport kernels product
//go:noescape
func kernelProduct(dst unsafe.Pointer, ldDst int32, a unsafe.Pointer, ldA int32, b unsafe.Pointer, ldB, panel, m, n, k int32, plus unsafe.Pointer, ldPlus, right int32)

//go:wasmimport kernels productInt8
//go:noescape
func kernelProductInt8(dst unsafe.Pointer, ldDst int32, a unsafe.Pointer, ldA int32, scaleA, b, scaleB unsafe.Pointer, m, n, eights int32, plus unsafe.Pointer, ldPlus, right int32)

//go:wasmimport kernels productBlocks
//go:noescape
func kernelProductBlocks(dst unsafe.Pointer, ldDst int32, a unsafe.Pointer, ldA int32, scaleA, sums unsafe.Pointer, ldSums int32, b, scaleB unsafe.Pointer, m, n, blocks, sixteens, bits int32, plus unsafe.Pointer, ldPlus, right int32)

//go:wasmimport kernels round16
//go:noescape
func kernelRound16(dst, x unsafe.Pointer, top float32, n int32) float32

//go:wasmimport kernels roundInt8
//go:noescape
func kernelRoundInt8(dst, x unsafe.Pointer, top float32, n int32) float32

//go:wasmimport kernels spread
//go:noescape
func kernelSpread(x unsafe.Pointer, n int32) float32

//go:wasmimport kernels transpose
//go:noescape
func kernelTranspose(dst unsafe.Pointer, ldDst int32, src unsafe.Pointer, ldSrc, n int32)

//go:wasmimport kernels add
//go:noescape
func kernelAdd(dst, x unsafe.Pointer, n int32)

//go:wasmimport kernels maxInto
//go:noescape
func kernelMaxInto(dst, x unsafe.Pointer, n int32)

//go:wasmimport kernels addScaled
//go:noescape
func kernelAddScaled(dst, x unsafe.Pointer, s float32, n int32)

//go:wasmimport kernels addMul
//go:noescape
func kernelAddMul(dst, a, b unsafe.Pointer, n int32)

//go:wasmimport kernels mul
//go:noescape
func kernelMul(dst, a, b unsafe.Pointer, n int32)

//go:wasmimport kernels scaleAdd
//go:noescape
func kernelScaleAdd(dst, x unsafe.Pointer, s, c float32, n int32)

//go:wasmimport kernels sum
//go:noescape
func kernelSum(x unsafe.Pointer, n int32) float32

//go:wasmimport kernels sumMin
//go:noescape
func kernelSumMin(x unsafe.Pointer, most float32, n int32) float32

//go:wasmimport kernels dot
//go:noescape
func kernelDot(a, b unsafe.Pointer, n int32) float32

//go:wasmimport kernels max
//go:noescape
func kernelMax(x unsafe.Pointer, n int32) float32

//go:wasmimport kernels softmax
//go:noescape
func kernelSoftmax(dst, x, max unsafe.Pointer, n int32) float32

//go:wasmimport kernels softmaxGrad
//go:noescape
func kernelSoftmaxGrad(dx, dy, y unsafe.Pointer, n int32)

//go:wasmimport kernels layerNorm
//go:noescape
func kernelLayerNorm(dst, x, gain, bias, stats unsafe.Pointer, eps float32, n int32)

//go:wasmimport kernels layerNormGrad
//go:noescape
func kernelLayerNormGrad(dx, dgain, dbias, dy, x, gain unsafe.Pointer, mean, rstd float32, n int32)

//go:wasmimport kernels rmsNorm
//go:noescape
func kernelRMSNorm(dst, x, gain unsafe.Pointer, eps float32, n int32) float32

//go:wasmimport kernels rmsNormGrad
//go:noescape
func kernelRMSNormGrad(dx, dgain, dy, x, gain unsafe.Pointer, r float32, n int32)

//go:wasmimport kernels adamStep
//go:noescape
func kernelAdamStep(x, m, v, gradient unsafe.Pointer, beta1, beta2, epsilon, scale, keep, rate, second float32, n int32)

//go:wasmimport kernels activate
//go:noescape
func kernelActivate(dst, x unsafe.Pointer, f, n int32)

//go:wasmimport kernels slope
//go:noescape
func kernelSlope(dx, dy, x unsafe.Pointer, f, n int32)

//go:wasmimport kernels gru
//go:noescape
func kernelGRU(y, gates, gi, gh, prev unsafe.Pointer, h int32)

//go:wasmimport kernels gruGrad
//go:noescape
func kernelGRUGrad(dgi, dgh, dprev, dy, gates, gh, prev unsafe.Pointer, h int32)

//go:wasmimport kernels additive
//go:noescape
func kernelAdditive(v, q, k unsafe.Pointer, n int32) float32

//go:wasmimport kernels additiveGrad
//go:noescape
func kernelAdditiveGrad(dv, dq, dk, v, q, k unsafe.Pointer, g float32, n int32)
