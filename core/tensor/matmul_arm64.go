//go:build goexperiment.simd

package tensor

// kernel512 is not asked for where vectors have 128 bits.
func kernel512(*tile) {}
