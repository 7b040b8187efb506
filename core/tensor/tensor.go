// Package tensor holds dense row-major float32 matrices, the arena that their buffers come from,
// and the kernels under every operation of the project.
//
// Kernels are unexported plain functions over []float32. The vector type vec has one file a target: simd/archsimd's of
// 256 bits on amd64 and of 128 on arm64, and a scalar twin of one lane elsewhere and without GOEXPERIMENT=simd; the
// element-wise kernels are written once over it. The matrix product's inner loops are written for each target. In
// WebAssembly a module of kernels (core/cmd/kernels) takes the place of some of them where the page has bound it; a
// kernel needs no twin there.
//
// What does not fit panics at the entry of every exported function, with both shapes, before anything
// is read or written.
//
// NaN, in all builds: every number that depends on a NaN is NaN, also where the NaN is multiplied by 0. Max, ArgMax and
// MaxInto pass over NaN, as gonum's floats.MaxIdx does; the gradient of ReLU is 0 where x is NaN; and a product with a
// right side in Int8 or Blocks gives numbers that are not finite where a row of its left side has NaN or infinity.
//
// Notation: M N K are the sides of a matrix product, dst[M×N] = a[M×K] · b[K×N].
package tensor

import "strconv"

// GoKernels is what Kernels says where no kernel module runs, but Go's own loops.
const GoKernels = "Go"

// Matrix is a dense row-major matrix of float32: element (i, j) is Data[i*Stride+j]. Stride is
// Cols, or more for a view of some columns of a wider matrix.
type Matrix struct {
	Rows, Cols, Stride int
	Data               []float32
}

// Shape writes the shape of a matrix as messages have it: "3×5".
func Shape(rows, cols int) string { return strconv.Itoa(rows) + "×" + strconv.Itoa(cols) }

func (m Matrix) shape() string { return Shape(m.Rows, m.Cols) }

// check panics unless the data holds the matrix. The kernels, which do not check what they read and
// write, rely on it.
func (m Matrix) check(what string) {
	if m.Rows < 0 || m.Cols < 0 || m.Stride < m.Cols && m.Rows > 1 || m.Rows > 0 && (m.Rows-1)*m.Stride+m.Cols > len(m.Data) {
		panic("tensor: " + what + ": " + m.shape() + " with stride " + strconv.Itoa(m.Stride) + " in " + strconv.Itoa(len(m.Data)) + " numbers")
	}
}

// New returns a zeroed matrix on the heap. It panics when a side is negative.
func New(rows, cols int) Matrix {
	return Matrix{rows, cols, cols, make([]float32, size(rows, cols))}
}

// size returns the number of elements of a matrix.
func size(rows, cols int) int {
	if rows < 0 || cols < 0 {
		panic("tensor: a matrix of " + Shape(rows, cols))
	}
	return rows * cols
}

// From returns a rows×cols matrix over data, which it does not copy. It panics when data has
// another length.
func From(data []float32, rows, cols int) Matrix {
	if len(data) != size(rows, cols) {
		panic("tensor: From: " + strconv.Itoa(len(data)) + " numbers for " + Shape(rows, cols))
	}
	return Matrix{rows, cols, cols, data}
}

// Row returns row i. It panics when there is none.
func (m Matrix) Row(i int) []float32 {
	if uint(i) >= uint(m.Rows) {
		panic(outside{"rows", i, i + 1, m.Rows, m.Cols})
	}
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

// outside is what the views panic with. A call that made the message there would keep them from being
// inlined.
type outside struct {
	what               string
	lo, hi, rows, cols int
}

func (e outside) Error() string {
	return "tensor: " + e.what + " " + strconv.Itoa(e.lo) + " to " + strconv.Itoa(e.hi) + " of " + Shape(e.rows, e.cols)
}

// RowRange returns the view of rows lo to hi-1. It panics when they are not all there.
func (m Matrix) RowRange(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.Rows {
		panic(outside{"rows", lo, hi, m.Rows, m.Cols})
	}
	v := Matrix{Rows: hi - lo, Cols: m.Cols, Stride: m.Stride}
	if hi > lo {
		end := (hi-1)*m.Stride + m.Cols
		v.Data = m.Data[lo*m.Stride : end : end]
	}
	return v
}

// ColRange returns the view of columns lo to hi-1: one head of a matrix of heads. It panics when they
// are not all there.
func (m Matrix) ColRange(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.Cols {
		panic(outside{"columns", lo, hi, m.Rows, m.Cols})
	}
	v := Matrix{Rows: m.Rows, Cols: hi - lo, Stride: m.Stride}
	if m.Rows > 0 {
		end := (m.Rows-1)*m.Stride + hi
		v.Data = m.Data[lo:end:end]
	}
	return v
}

// Contiguous reports whether the rows follow one another without gaps.
func (m Matrix) Contiguous() bool { return m.Stride == m.Cols || m.Rows <= 1 }
