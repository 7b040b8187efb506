//go:build !goexperiment.simd || !(amd64 || arm64)

package tensor

import (
	"math"
	"unsafe"
)

// vec is a vector of one lane, with the methods of the simd types that the kernels use.
type vec float32

const lanes = 1

func load(p unsafe.Pointer) vec { return vec(*(*float32)(p)) }

func store(p unsafe.Pointer, v vec) { *(*float32)(p) = float32(v) }

func splat(x float32) vec { return vec(x) }

func leave() {}

// exponent returns 2ⁿ for the integer n that t = n + 1.5·2²³ carries in its low bits.
func exponent(t vec) vec {
	return vec(math.Float32frombits(math.Float32bits(float32(t))<<23 + 0x3f800000))
}

func (x vec) Add(y vec) vec       { return x + y }
func (x vec) Sub(y vec) vec       { return x - y }
func (x vec) Mul(y vec) vec       { return x * y }
func (x vec) Div(y vec) vec       { return x / y }
func (x vec) MulAdd(y, z vec) vec { return vec(float32(x*y) + float32(z)) }
func (x vec) Sqrt() vec           { return vec(math.Sqrt(float64(x))) }
func (x vec) Abs() vec            { return vec(math.Float32frombits(math.Float32bits(float32(x)) &^ (1 << 31))) }

func (x vec) Greater(y vec) bool { return x > y }

func (x vec) IfElse(mask bool, y vec) vec {
	if mask {
		return x
	}
	return y
}
