//go:build !(js && wasm && kernels)

package tensor

import "unsafe"

// withKernels is whether the kernel module is there: never in this build, so that the compiler leaves out
// what asks for it.
const withKernels = false

// Kernels names what computes: GoKernels in this build.
func Kernels() string { return GoKernels }

func numbered() int32 { return 0 }

// Forget frees the memory of copies of right sides that other threads have: none in this build.
func Forget() {}

// Nobody calls these, which stand in for the module's functions of kernels_wasm.go.

func kernelProduct(dst unsafe.Pointer, ldDst int32, a unsafe.Pointer, ldA int32, b unsafe.Pointer, ldB, panel, m, n, k int32, plus unsafe.Pointer, ldPlus, right int32) {
	panic(noKernels)
}
func kernelProductInt8(dst unsafe.Pointer, ldDst int32, a unsafe.Pointer, ldA int32, scaleA, b, scaleB unsafe.Pointer, m, n, eights int32, plus unsafe.Pointer, ldPlus, right int32) {
	panic(noKernels)
}
func kernelProductBlocks(dst unsafe.Pointer, ldDst int32, a unsafe.Pointer, ldA int32, scaleA, sums unsafe.Pointer, ldSums int32, b, scaleB unsafe.Pointer, m, n, blocks, sixteens, bits int32, plus unsafe.Pointer, ldPlus, right int32) {
	panic(noKernels)
}
func kernelRound16(dst, x unsafe.Pointer, top float32, n int32) float32   { panic(noKernels) }
func kernelRoundInt8(dst, x unsafe.Pointer, top float32, n int32) float32 { panic(noKernels) }
func kernelSpread(x unsafe.Pointer, n int32) float32                      { panic(noKernels) }
func kernelTranspose(dst unsafe.Pointer, ldDst int32, src unsafe.Pointer, ldSrc, n int32) {
	panic(noKernels)
}
func kernelAdd(dst, x unsafe.Pointer, n int32)                     { panic(noKernels) }
func kernelMaxInto(dst, x unsafe.Pointer, n int32)                 { panic(noKernels) }
func kernelAddScaled(dst, x unsafe.Pointer, s float32, n int32)    { panic(noKernels) }
func kernelAddMul(dst, a, b unsafe.Pointer, n int32)               { panic(noKernels) }
func kernelMul(dst, a, b unsafe.Pointer, n int32)                  { panic(noKernels) }
func kernelScaleAdd(dst, x unsafe.Pointer, s, c float32, n int32)  { panic(noKernels) }
func kernelSum(x unsafe.Pointer, n int32) float32                  { panic(noKernels) }
func kernelSumMin(x unsafe.Pointer, most float32, n int32) float32 { panic(noKernels) }
func kernelDot(a, b unsafe.Pointer, n int32) float32               { panic(noKernels) }
func kernelMax(x unsafe.Pointer, n int32) float32                  { panic(noKernels) }
func kernelSoftmax(dst, x, max unsafe.Pointer, n int32) float32    { panic(noKernels) }
func kernelSoftmaxGrad(dx, dy, y unsafe.Pointer, n int32)          { panic(noKernels) }
func kernelLayerNorm(dst, x, gain, bias, stats unsafe.Pointer, eps float32, n int32) {
	panic(noKernels)
}
func kernelLayerNormGrad(dx, dgain, dbias, dy, x, gain unsafe.Pointer, mean, rstd float32, n int32) {
	panic(noKernels)
}
func kernelRMSNorm(dst, x, gain unsafe.Pointer, eps float32, n int32) float32     { panic(noKernels) }
func kernelRMSNormGrad(dx, dgain, dy, x, gain unsafe.Pointer, r float32, n int32) { panic(noKernels) }
func kernelAdamStep(x, m, v, gradient unsafe.Pointer, beta1, beta2, epsilon, scale, keep, rate, second float32, n int32) {
	panic(noKernels)
}
func kernelActivate(dst, x unsafe.Pointer, f, n int32)                           { panic(noKernels) }
func kernelSlope(dx, dy, x unsafe.Pointer, f, n int32)                           { panic(noKernels) }
func kernelGRU(y, gates, gi, gh, prev unsafe.Pointer, h int32)                   { panic(noKernels) }
func kernelGRUGrad(dgi, dgh, dprev, dy, gates, gh, prev unsafe.Pointer, h int32) { panic(noKernels) }
func kernelAdditive(v, q, k unsafe.Pointer, n int32) float32                     { panic(noKernels) }
func kernelAdditiveGrad(dv, dq, dk, v, q, k unsafe.Pointer, g float32, n int32)  { panic(noKernels) }

const noKernels = "tensor: this build has no kernel module"
