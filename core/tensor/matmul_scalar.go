//go:build !goexperiment.simd || !(amd64 || arm64)

package tensor

import "unsafe"

// A tile of the product is 2 rows by 4 columns: what fits the scalar registers.
const (
	blockRows    = 2
	goPanelCols  = 4
	maxPanelCols = goPanelCols
)

// panelCols is another number while the kernel module computes the products.
var panelCols = goPanelCols

// kernel computes a tile of blockRows rows by panelCols columns; plus is added if it is not nil:
//
//	for r := range blockRows { for c := range panelCols {
//		sum := 0; for i := range k { sum += a[r*row+i*col] * b[i*panelCols+c] }
//		dst[r*ld+c] = sum + plus[r*ldPlus+c] } }
//
//go:nocheckptr
func kernel(t *tile) {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	a, b, row, col := t.a, t.b, 4*t.row, 4*t.col
	for i := t.k; i > 0; i-- {
		p := (*[4]float32)(b)
		a0, a1 := *(*float32)(a), *(*float32)(unsafe.Add(a, row))
		c00 += a0 * p[0]
		c01 += a0 * p[1]
		c02 += a0 * p[2]
		c03 += a0 * p[3]
		c10 += a1 * p[0]
		c11 += a1 * p[1]
		c12 += a1 * p[2]
		c13 += a1 * p[3]
		a = unsafe.Add(a, col)
		b = unsafe.Add(b, 16)
	}
	if t.plus != nil {
		q0, q1 := (*[4]float32)(t.plus), (*[4]float32)(unsafe.Add(t.plus, 4*t.ldPlus))
		c00, c01, c02, c03 = c00+q0[0], c01+q0[1], c02+q0[2], c03+q0[3]
		c10, c11, c12, c13 = c10+q1[0], c11+q1[1], c12+q1[2], c13+q1[3]
	}
	*(*[4]float32)(t.dst) = [4]float32{c00, c01, c02, c03}
	*(*[4]float32)(unsafe.Add(t.dst, 4*t.ld)) = [4]float32{c10, c11, c12, c13}
}

// kernelHalf is kernel: a panel of four columns has no half worth a loop of its own.
//
//go:nocheckptr
func kernelHalf(t *tile) {
	kernel(t)
}

// kernelRow is kernel for a single row a, not packed.
//
//go:nocheckptr
func kernelRow(dst, a, b unsafe.Pointer, k int, plus unsafe.Pointer) {
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
	if plus != nil {
		q := (*[4]float32)(plus)
		c0, c1, c2, c3 = c0+q[0], c1+q[1], c2+q[2], c3+q[3]
	}
	*(*[4]float32)(dst) = [4]float32{c0, c1, c2, c3}
}
