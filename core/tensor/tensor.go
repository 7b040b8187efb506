// Package tensor holds dense row-major float32 matrices, the arena that their buffers come from,
// and the kernels under every operation of the project.
//
// Kernels are unexported plain functions over []float32. The vector type vec has one file a
// target: the portable simd package natively (to 512 bits), simd/archsimd for WebAssembly (128
// bits), and a scalar twin of one lane without GOEXPERIMENT=simd; the element-wise kernels are
// written once over it. The matrix product's inner loops are written for each target.
//
// Letters: M N K are the sides of a matrix product, dst[M×N] = a[M×K] · b[K×N].
package tensor

import "strconv"

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

// RowRange returns the view of rows lo to hi. It panics when they are not all there.
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

// ColRange returns the view of columns lo to hi: one head of a matrix of heads. It panics when they
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

// Arena hands out buffers and takes them all back at once, so that a forward pass allocates
// nothing once the arena has grown to its size. It is not safe for concurrent use. The zero value
// is ready.
type Arena struct {
	chunks [][]float32
	at     Mark // what has been handed out
	peak   int  // the most floats that were out at once since the last Reset
}

// Mark is a point that an Arena can return to.
type Mark struct {
	chunk, used int // the chunk in use, and the floats used of it
	total       int // floats handed out in all
}

// arenaChunk is the smallest chunk in floats (1 MiB).
const arenaChunk = 1 << 18

// Floats returns n floats of unspecified content, aligned to 64 bytes.
func (a *Arena) Floats(n int) []float32 {
	size := (n + 15) &^ 15
	for a.at.chunk < len(a.chunks) && a.at.used+size > len(a.chunks[a.at.chunk]) {
		a.at.chunk++
		a.at.used = 0
	}
	if a.at.chunk == len(a.chunks) {
		a.chunks = append(a.chunks, make([]float32, max(size, arenaChunk)))
	}
	s := a.chunks[a.at.chunk][a.at.used : a.at.used+n : a.at.used+size]
	a.at.used += size
	a.at.total += size
	a.peak = max(a.peak, a.at.total)
	return s
}

// Matrix returns a rows×cols matrix of unspecified content.
func (a *Arena) Matrix(rows, cols int) Matrix {
	return Matrix{rows, cols, cols, a.Floats(size(rows, cols))}
}

// Zeros returns a zeroed rows×cols matrix.
func (a *Arena) Zeros(rows, cols int) Matrix {
	m := a.Matrix(rows, cols)
	clear(m.Data)
	return m
}

// Mark notes how much has been handed out.
func (a *Arena) Mark() Mark { return a.at }

// Release takes back all that was handed out since the mark.
func (a *Arena) Release(m Mark) { a.at = m }

// Reset takes back everything. An arena that grew by pieces becomes one piece, in which no room is
// lost between buffers of other sizes than before.
func (a *Arena) Reset() {
	if len(a.chunks) > 1 {
		a.chunks = [][]float32{make([]float32, a.peak)}
	}
	a.at, a.peak = Mark{}, 0
}

// Size returns the bytes that the arena holds.
func (a *Arena) Size() int {
	n := 0
	for _, c := range a.chunks {
		n += 4 * len(c)
	}
	return n
}
