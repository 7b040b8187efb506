package tensor

import (
	"strconv"
	"unsafe"
)

// Right is the right side of a matrix product, K×N, in the form in which it is stored. Packed is float32
// as the kernel reads it; another form (a byte a number, blocks of 4 bits) is another type with these
// methods, and no caller changes.
type Right interface {
	Shape() (k, n int)
	Bytes() int // memory that it takes
	// Column copies column j to dst, of length K: row j of a weight that is stored [out, in].
	Column(dst []float32, j int)
	// multiply is dst = a · b + plus. plus has dst's shape and may be dst itself, or it is one row that is
	// added to all (Stride 0), or it holds nothing. The shapes have been checked.
	multiply(ar *Arena, dst, a, plus Matrix)
}

// Packed is the right side of a matrix product laid out as the kernel reads it: panels of panelCols
// columns, each panel K rows of panelCols contiguous floats, the last one filled up with zeros.
type Packed struct {
	k, n   int
	data   []float32
	number int32 // see numbered
}

// Shape returns the sides of the matrix, K×N.
func (p *Packed) Shape() (k, n int) { return p.k, p.n }

// Bytes returns the memory that the packed matrix takes.
func (p *Packed) Bytes() int { return 4 * len(p.data) }

// Column copies column j to dst, of length K.
func (p *Packed) Column(dst []float32, j int) {
	if j < 0 || j >= p.n || len(dst) != p.k {
		panic("tensor: Column: " + strconv.Itoa(len(dst)) + " numbers of column " + strconv.Itoa(j) + " of " + Shape(p.k, p.n))
	}
	at := j/panelCols*panelCols*p.k + j%panelCols
	for i := range dst {
		dst[i] = p.data[at]
		at += panelCols
	}
}

// packedLen is the number of floats that a packed K×N matrix takes.
func packedLen(k, n int) int { return (n + panelCols - 1) / panelCols * panelCols * k }

// Pack returns b, K×N, packed on the heap.
func Pack(b Matrix) *Packed {
	b.check("Pack")
	p := &Packed{b.Rows, b.Cols, make([]float32, packedLen(b.Rows, b.Cols)), numbered()}
	pack(p.data, b)
	return p
}

// PackT returns the transpose of b, which is N×K, packed on the heap: the form of a weight matrix
// that is stored [out, in].
func PackT(b Matrix) *Packed {
	b.check("PackT")
	p := &Packed{b.Cols, b.Rows, make([]float32, packedLen(b.Cols, b.Rows)), numbered()}
	packT(p.data, b)
	return p
}

// SetT is PackT into the memory that p has. It panics when b has another shape than before.
func (p *Packed) SetT(b Matrix) {
	b.check("SetT")
	if b.Rows != p.n || b.Cols != p.k {
		panic("tensor: SetT: the transpose of " + b.shape() + " into " + Shape(p.k, p.n))
	}
	packT(p.data, b)
	p.number = numbered()
}

// pack lays out b, K×N, in panels.
func pack(dst []float32, b Matrix) {
	k := b.Rows
	for j := 0; j < b.Cols; j += panelCols {
		w := min(panelCols, b.Cols-j)
		panel := dst[j*k : j*k+panelCols*k]
		for r := range k {
			row := panel[r*panelCols : (r+1)*panelCols]
			copy(row, b.Data[r*b.Stride+j:r*b.Stride+j+w])
			clear(row[w:])
		}
	}
}

// packT lays out the transpose of b, N×K, in panels.
func packT(dst []float32, b Matrix) {
	k := b.Cols
	for j := 0; j < b.Rows; j += panelCols {
		w := min(panelCols, b.Rows-j)
		panel := dst[j*k : j*k+panelCols*k]
		if w < panelCols {
			clear(panel)
		}
		transposeInto(panel, panelCols, b.RowRange(j, j+w))
	}
}

// Transpose sets dst, N×M, to the transpose of src, M×N: dst[j,i] = src[i,j]. The two share no memory. It
// panics when the shapes do not fit.
func Transpose(dst, src Matrix) {
	dst.check("Transpose")
	src.check("Transpose")
	if dst.Rows != src.Cols || dst.Cols != src.Rows {
		panic("tensor: Transpose: " + src.shape() + " into " + dst.shape())
	}
	transposeInto(dst.Data, dst.Stride, src)
}

// transposeInto writes src's transpose to dst, whose rows lie ld apart, in square blocks that stay
// in cache.
func transposeInto(dst []float32, ld int, src Matrix) {
	if withKernels && src.Cols > 0 {
		whole := src.Rows / panelCols * panelCols
		for r := 0; r < whole; r += panelCols {
			kernelTranspose(ptr(dst, r), int32(4*ld), ptr(src.Data, r*src.Stride), int32(4*src.Stride), int32(src.Cols))
		}
		if whole == src.Rows {
			return
		}
		dst, src = dst[whole:], src.RowRange(whole, src.Rows)
	}
	const block = 16
	for c := 0; c < src.Cols; c += block {
		ce := min(c+block, src.Cols)
		for r := range src.Rows {
			row := src.Data[r*src.Stride+c : r*src.Stride+ce]
			at := c*ld + r
			for _, v := range row {
				dst[at] = v
				at += ld
			}
		}
	}
}

// left is the left side of a product as the kernel reads it: rows in blocks of blockRows, element
// (r, k) of block n being data[n*block+r*row+k*col]. The last block, when it is not full, is laid
// out apart, filled up with zeros.
type left struct {
	data            []float32
	block, row, col int
	last            []float32 // (r, k) is last[k*blockRows+r]
}

// rowsOf returns a, M×K, as a left side that is read in place.
func rowsOf(ar *Arena, a Matrix) left {
	l := left{data: a.Data, block: blockRows * a.Stride, row: a.Stride, col: 1}
	if h := a.Rows % blockRows; h > 0 {
		l.last = ar.Floats(blockRows * a.Cols)
		clear(l.last)
		for r := range h {
			at := r
			for _, v := range a.Row(a.Rows - h + r) {
				l.last[at] = v
				at += blockRows
			}
		}
	}
	return l
}

// colsOf returns the transpose of a, which is K×M, as a left side. It is copied, since the kernel
// would jump from row to row.
func colsOf(ar *Arena, a Matrix) left {
	k := a.Rows
	data := ar.Floats((a.Cols + blockRows - 1) / blockRows * blockRows * k)
	l := left{data: data, block: blockRows * k, row: 1, col: blockRows}
	full := a.Cols / blockRows * blockRows
	// One line of cache of each row at a time.
	const strip = 16
	for c := 0; c < full; c += strip {
		e := min(c+strip, full)
		for r := range k {
			row := a.Data[r*a.Stride : r*a.Stride+e]
			at := c*k + r*blockRows
			for i := c; i < e; i += blockRows {
				*(*[blockRows]float32)(data[at:]) = *(*[blockRows]float32)(row[i:])
				at += blockRows * k
			}
		}
	}
	if full < a.Cols {
		l.last = data[full*k:]
		clear(l.last)
		for r := range k {
			copy(l.last[r*blockRows:], a.Row(r)[full:])
		}
	}
	return l
}

// MatMul is dst = a · b, or dst += a · b when add is set:
//
//	for i := range M { for j := range N { for k := range K { dst[i,j] += a[i,k] * b[k,j] } } }
//
// Scratch comes from ar and is given back. dst shares no memory with a or b, in this and the other products. It panics
// when the shapes do not fit.
func MatMul(ar *Arena, dst, a, b Matrix, add bool) {
	b.check("MatMul")
	fits("MatMul", dst, a, a.Rows, a.Cols, b.Rows, b.Cols)
	if withKernels {
		inPlace(ar, dst, a, b, addend(dst, add))
		return
	}
	if a.Rows == 1 { // b is read once: not worth packing, here and below
		y := dst.Row(0)
		if !add {
			clear(y)
		}
		for k, s := range a.Row(0) {
			AddScaled(y, s, b.Row(k))
		}
		return
	}
	m := ar.Mark()
	p := Packed{k: b.Rows, n: b.Cols, data: ar.Floats(packedLen(b.Rows, b.Cols))}
	pack(p.data, b)
	product(dst, rowsOf(ar, a), &p, addend(dst, add))
	ar.Release(m)
}

// MatMulT is dst = a · bᵀ (+ dst when add is set): a is M×K, b is N×K.
func MatMulT(ar *Arena, dst, a, b Matrix, add bool) {
	b.check("MatMulT")
	fits("MatMulT", dst, a, a.Rows, a.Cols, b.Cols, b.Rows)
	if a.Rows == 1 && !withKernels {
		x, y := a.Row(0), dst.Row(0)
		if !add {
			clear(y)
		}
		for j := range y {
			y[j] += Dot(x, b.Row(j))
		}
		return
	}
	m := ar.Mark()
	p := Packed{k: b.Cols, n: b.Rows, data: ar.Floats(packedLen(b.Cols, b.Rows))}
	packT(p.data, b)
	p.multiply(ar, dst, a, addend(dst, add))
	ar.Release(m)
}

// MatTMul is dst = aᵀ · b (+ dst when add is set): a is K×M, b is K×N. It is the form of a weight's
// gradient.
func MatTMul(ar *Arena, dst, a, b Matrix, add bool) {
	b.check("MatTMul")
	fits("MatTMul", dst, a, a.Cols, a.Rows, b.Rows, b.Cols)
	if withKernels {
		m := ar.Mark()
		t := ar.Matrix(a.Cols, a.Rows)
		transposeInto(t.Data, t.Stride, a)
		inPlace(ar, dst, t, b, addend(dst, add))
		ar.Release(m)
		return
	}
	if a.Rows == 1 {
		x := b.Row(0)
		for i, s := range a.Row(0) {
			if add {
				AddScaled(dst.Row(i), s, x)
			} else {
				Scale(dst.Row(i), s, x)
			}
		}
		return
	}
	m := ar.Mark()
	p := Packed{k: b.Rows, n: b.Cols, data: ar.Floats(packedLen(b.Rows, b.Cols))}
	pack(p.data, b)
	product(dst, colsOf(ar, a), &p, addend(dst, add))
	ar.Release(m)
}

// MatMulRight is dst = a · b (+ dst when add is set) for a right side that is stored.
func MatMulRight(ar *Arena, dst, a Matrix, b Right, add bool) {
	k, n := b.Shape()
	fits("MatMulRight", dst, a, a.Rows, a.Cols, k, n)
	b.multiply(ar, dst, a, addend(dst, add))
}

// Affine is dst = a · b + bias, the bias being added to every row; it may be nil.
func Affine(ar *Arena, dst, a Matrix, b Right, bias []float32) {
	k, n := b.Shape()
	fits("Affine", dst, a, a.Rows, a.Cols, k, n)
	if bias != nil && len(bias) != n {
		panic("tensor: Affine: a bias of " + strconv.Itoa(len(bias)) + " numbers for " + dst.shape())
	}
	b.multiply(ar, dst, a, Matrix{Rows: dst.Rows, Cols: n, Data: bias})
}

// fits panics unless dst can hold the product of a left side rows×k, which a holds, and a right side
// kb×cols.
func fits(what string, dst, a Matrix, rows, k, kb, cols int) {
	dst.check(what)
	a.check(what)
	if k != kb || dst.Rows != rows || dst.Cols != cols {
		panic("tensor: " + what + ": " + Shape(rows, k) + " times " + Shape(kb, cols) + " into " + dst.shape())
	}
}

// addend returns what is added to a product: dst or nothing.
func addend(dst Matrix, add bool) Matrix {
	if !add {
		dst.Data = nil
	}
	return dst
}

func (p *Packed) multiply(ar *Arena, dst, a, plus Matrix) {
	if withKernels {
		inPanels(ar, dst, a, p, plus)
		return
	}
	if a.Rows == 1 && p.k > 0 {
		productRow(dst.Row(0), a.Row(0), p, plus.Data)
		return
	}
	m := ar.Mark()
	product(dst, rowsOf(ar, a), p, plus)
	ar.Release(m)
}

// tile is one task of the kernel. Rows of dst lie ld floats apart, those of plus ldPlus; element (r, i)
// of the left side is a[r*row+i*col], and (i, c) of the panel b[i*panelCols+c]. A kernel's pointers step
// once past the last element, unused: so it is marked nocheckptr, for tests under the race detector.
type tile struct {
	dst, a, b, plus         unsafe.Pointer
	ld, row, col, k, ldPlus int
}

// product runs the kernel over blocks of rows and panels of columns, and adds plus, unless it holds
// nothing. A panel stays in a near cache while the rows pass by; a deep one is taken in pieces.
func product(dst Matrix, a left, b *Packed, plus Matrix) {
	const depth = 1024
	var edge [blockRows * maxPanelCols]float32
	for from := 0; from == 0 || from < b.k; from += depth {
		t := tile{k: min(depth, b.k-from)}
		for j := 0; j < b.n; j += panelCols {
			t.b = ptr(b.data, j*b.k+from*panelCols)
			w := min(panelCols, b.n-j)
			for i := 0; i < dst.Rows; i += blockRows {
				h := min(blockRows, dst.Rows-i)
				if h == blockRows {
					t.a, t.row, t.col = ptr(a.data, i/blockRows*a.block+from*a.col), a.row, a.col
				} else {
					t.a, t.row, t.col = ptr(a.last, from*blockRows), 1, blockRows
				}
				if h == blockRows && w == panelCols {
					t.dst, t.ld = ptr(dst.Data, i*dst.Stride+j), dst.Stride
					if plus.Data != nil {
						t.plus, t.ldPlus = ptr(plus.Data, i*plus.Stride+j), plus.Stride
					}
					kernel(&t)
					continue
				}
				t.dst, t.ld, t.plus = unsafe.Pointer(&edge[0]), panelCols, nil
				if w <= panelCols/2 {
					kernelHalf(&t)
				} else {
					kernel(&t)
				}
				leave()
				for r := range h {
					got := edge[r*panelCols : r*panelCols+w]
					if plus.Data != nil {
						Add(got, plus.Data[(i+r)*plus.Stride+j:][:w])
					}
					copy(dst.Data[(i+r)*dst.Stride+j:][:w], got)
				}
			}
		}
		plus = dst
	}
	leave()
}

// productRow is the product for one row, as in decoding: the time goes into reading b once.
func productRow(dst, a []float32, b *Packed, plus []float32) {
	var edge [maxPanelCols]float32
	for j := 0; j < b.n; j += panelCols {
		panel := ptr(b.data, j*b.k)
		if w := b.n - j; w < panelCols {
			kernelRow(unsafe.Pointer(&edge[0]), ptr(a, 0), panel, b.k, nil)
			leave()
			if plus != nil {
				Add(edge[:w], plus[j:j+w])
			}
			copy(dst[j:], edge[:w])
			continue
		}
		var add unsafe.Pointer
		if plus != nil {
			add = ptr(plus, j)
		}
		kernelRow(ptr(dst, j), ptr(a, 0), panel, b.k, add)
	}
	leave()
}
