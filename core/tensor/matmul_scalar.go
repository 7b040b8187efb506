//go:build !goexperiment.simd || !(amd64 || arm64 || wasm)

package tensor

import "unsafe"

// A tile of the product is 2 rows by 4 columns: what fits the scalar registers.
const (
	blockRows    = 2
	panelCols    = 4
	maxPanelCols = panelCols
)

// kernel computes one blockRows×panelCols tile of dst, whose rows lie ld floats apart, from one
// packed block of rows and one packed panel of columns:
//
//	for r := range blockRows { for c := range panelCols { for i := range k {
//		dst[r*ld+c] += a[i*blockRows+r] * b[i*panelCols+c] } } }
func kernel(dst unsafe.Pointer, ld int, a, b unsafe.Pointer, k int, add bool) {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	for i := 0; i < k; i++ {
		r := (*[2]float32)(a)
		p := (*[4]float32)(b)
		a0, a1 := r[0], r[1]
		c00 += a0 * p[0]
		c01 += a0 * p[1]
		c02 += a0 * p[2]
		c03 += a0 * p[3]
		c10 += a1 * p[0]
		c11 += a1 * p[1]
		c12 += a1 * p[2]
		c13 += a1 * p[3]
		a = unsafe.Add(a, 8)
		b = unsafe.Add(b, 16)
	}
	d0, d1 := (*[4]float32)(dst), (*[4]float32)(unsafe.Add(dst, 4*ld))
	if add {
		c00, c01, c02, c03 = c00+d0[0], c01+d0[1], c02+d0[2], c03+d0[3]
		c10, c11, c12, c13 = c10+d1[0], c11+d1[1], c12+d1[2], c13+d1[3]
	}
	*d0 = [4]float32{c00, c01, c02, c03}
	*d1 = [4]float32{c10, c11, c12, c13}
}

// kernelHalf is kernel: a panel of four columns has no half worth a loop of its own.
func kernelHalf(dst unsafe.Pointer, ld int, a, b unsafe.Pointer, k int, add bool) {
	kernel(dst, ld, a, b, k, add)
}

// kernelRow is kernel for a single row a, not packed.
func kernelRow(dst, a, b unsafe.Pointer, k int, add bool) {
	var c0, c1, c2, c3 float32
	for i := 0; i < k; i++ {
		a0 := *(*float32)(a)
		p := (*[4]float32)(b)
		c0 += a0 * p[0]
		c1 += a0 * p[1]
		c2 += a0 * p[2]
		c3 += a0 * p[3]
		a = unsafe.Add(a, 4)
		b = unsafe.Add(b, 16)
	}
	d := (*[4]float32)(dst)
	if add {
		c0, c1, c2, c3 = c0+d[0], c1+d[1], c2+d[2], c3+d[3]
	}
	*d = [4]float32{c0, c1, c2, c3}
}
