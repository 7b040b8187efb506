package tensor

import "unsafe"

// Packed is the right side of a matrix product, K×N, laid out as the kernel reads it: panels of
// panelCols columns, each panel K rows of panelCols contiguous floats, the last one filled up with
// zeros. Weights are packed once for inference.
type Packed struct {
	K, N int
	data []float32
}

// packedLen is the number of floats that a packed K×N matrix takes.
func packedLen(k, n int) int { return (n + panelCols - 1) / panelCols * panelCols * k }

// Pack returns b, K×N, packed on the heap.
func Pack(b Matrix) *Packed {
	p := &Packed{b.Rows, b.Cols, make([]float32, packedLen(b.Rows, b.Cols))}
	pack(p.data, b)
	return p
}

// PackT returns the transpose of b, which is N×K, packed on the heap: the form of a weight matrix
// that is stored [out, in].
func PackT(b Matrix) *Packed {
	p := &Packed{b.Cols, b.Rows, make([]float32, packedLen(b.Cols, b.Rows))}
	packT(p.data, b)
	return p
}

// Bytes returns the memory that the packed matrix takes.
func (p *Packed) Bytes() int { return 4 * len(p.data) }

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

// transposeInto writes src's transpose to dst, whose rows lie ld apart, in square blocks that stay
// in cache.
func transposeInto(dst []float32, ld int, src Matrix) {
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

// packRows lays out a, M×K, as the kernel reads it: blocks of blockRows rows, each block K groups
// of blockRows floats, the last one filled up with zeros.
func packRows(dst []float32, a Matrix) {
	k := a.Cols
	for i := 0; i < a.Rows; i += blockRows {
		block := dst[i*k : i*k+blockRows*k]
		h := min(blockRows, a.Rows-i)
		if h < blockRows {
			clear(block)
		}
		for r := range h {
			at := r
			for _, v := range a.Data[(i+r)*a.Stride : (i+r)*a.Stride+k] {
				block[at] = v
				at += blockRows
			}
		}
	}
}

// packRowsT lays out the transpose of a, K×M, in such blocks.
func packRowsT(dst []float32, a Matrix) {
	k := a.Rows
	for i := 0; i < a.Cols; i += blockRows {
		block := dst[i*k : i*k+blockRows*k]
		h := min(blockRows, a.Cols-i)
		if h < blockRows {
			clear(block)
		}
		at := 0
		for r := range k {
			copy(block[at:at+h], a.Data[r*a.Stride+i:r*a.Stride+i+h])
			at += blockRows
		}
	}
}

// MatMul is dst = a · b, or dst += a · b when add is set:
//
//	for i := range M { for j := range N { for k := range K { dst[i,j] += a[i,k] * b[k,j] } } }
//
// Scratch comes from ar and is given back. It panics when the shapes do not fit.
func MatMul(ar *Arena, dst, a, b Matrix, add bool) {
	m := ar.Mark()
	p := Packed{b.Rows, b.Cols, ar.Floats(packedLen(b.Rows, b.Cols))}
	pack(p.data, b)
	MatMulPacked(ar, dst, a, &p, add)
	ar.Release(m)
}

// MatMulT is dst = a · bᵀ (+ dst when add is set): a is M×K, b is N×K.
func MatMulT(ar *Arena, dst, a, b Matrix, add bool) {
	m := ar.Mark()
	p := Packed{b.Cols, b.Rows, ar.Floats(packedLen(b.Cols, b.Rows))}
	packT(p.data, b)
	MatMulPacked(ar, dst, a, &p, add)
	ar.Release(m)
}

// MatTMul is dst = aᵀ · b (+ dst when add is set): a is K×M, b is K×N. It is the form of a weight's
// gradient.
func MatTMul(ar *Arena, dst, a, b Matrix, add bool) {
	if a.Rows != b.Rows || dst.Rows != a.Cols || dst.Cols != b.Cols {
		panic("tensor: MatTMul: the shapes do not fit")
	}
	m := ar.Mark()
	p := Packed{b.Rows, b.Cols, ar.Floats(packedLen(b.Rows, b.Cols))}
	pack(p.data, b)
	rows := (a.Cols + blockRows - 1) / blockRows * blockRows
	pa := ar.Floats(rows * a.Rows)
	packRowsT(pa, a)
	product(dst, pa, &p, add)
	ar.Release(m)
}

// MatMulPacked is dst = a · b (+ dst when add is set) with b packed already.
func MatMulPacked(ar *Arena, dst, a Matrix, b *Packed, add bool) {
	if a.Cols != b.K || dst.Rows != a.Rows || dst.Cols != b.N {
		panic("tensor: MatMul: the shapes do not fit")
	}
	if a.Rows == 1 && b.K > 0 {
		productRow(dst.Row(0), a.Row(0), b, add)
		return
	}
	m := ar.Mark()
	rows := (a.Rows + blockRows - 1) / blockRows * blockRows
	pa := ar.Floats(rows * a.Cols)
	packRows(pa, a)
	product(dst, pa, b, add)
	ar.Release(m)
}

// product runs the kernel over blocks of rows and panels of columns. A panel stays in the nearest
// cache while the rows pass by.
func product(dst Matrix, a []float32, b *Packed, add bool) {
	if dst.Rows == 0 || dst.Cols == 0 {
		return
	}
	k := b.K
	if k == 0 {
		if !add {
			for i := range dst.Rows {
				clear(dst.Row(i))
			}
		}
		return
	}
	var edge [blockRows * maxPanelCols]float32
	for j := 0; j < b.N; j += panelCols {
		panel := unsafe.Pointer(&b.data[j*k])
		w := min(panelCols, b.N-j)
		for i := 0; i < dst.Rows; i += blockRows {
			h := min(blockRows, dst.Rows-i)
			at := i*dst.Stride + j
			if h == blockRows && w == panelCols {
				kernel(unsafe.Pointer(&dst.Data[at]), dst.Stride, unsafe.Pointer(&a[i*k]), panel, k, add)
				continue
			}
			tile := kernel
			if w <= panelCols/2 {
				tile = kernelHalf
			}
			tile(unsafe.Pointer(&edge[0]), panelCols, unsafe.Pointer(&a[i*k]), panel, k, false)
			for r := range h {
				out := dst.Data[at+r*dst.Stride : at+r*dst.Stride+w]
				if add {
					for c, v := range edge[r*panelCols : r*panelCols+w] {
						out[c] += v
					}
				} else {
					copy(out, edge[r*panelCols:r*panelCols+w])
				}
			}
		}
	}
}

// productRow is the product for one row, as in decoding: the time goes into reading b once.
func productRow(dst, a []float32, b *Packed, add bool) {
	var edge [maxPanelCols]float32
	for j := 0; j < b.N; j += panelCols {
		panel := unsafe.Pointer(&b.data[j*b.K])
		if w := b.N - j; w < panelCols {
			kernelRow(unsafe.Pointer(&edge[0]), unsafe.Pointer(&a[0]), panel, b.K, false)
			if add {
				for c, v := range edge[:w] {
					dst[j+c] += v
				}
			} else {
				copy(dst[j:], edge[:w])
			}
			continue
		}
		kernelRow(unsafe.Pointer(&dst[j]), unsafe.Pointer(&a[0]), panel, b.K, add)
	}
}
