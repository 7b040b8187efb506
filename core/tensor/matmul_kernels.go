package tensor

import "unsafe"

// The products as the kernel module computes them, which takes whole panels: panelCols columns of the right
// side, packed or as they lie. What is left over is computed apart and copied.

// inPlace is dst = a · b + plus with b as it lies; plus is nothing where its Data is nil.
func inPlace(ar *Arena, dst, a, b, plus Matrix) {
	whole := b.Cols / panelCols * panelCols
	panels(dst.ColRange(0, whole), a, ptr(b.Data, 0), b.Stride, panelCols, plus, 0)
	if whole < b.Cols {
		m := ar.Mark()
		panel := ar.Floats(packedLen(b.Rows, b.Cols-whole))
		pack(panel, b.ColRange(whole, b.Cols))
		lastPanel(ar, dst.ColRange(whole, b.Cols), a, panel, colsFrom(plus, whole))
		ar.Release(m)
	}
}

// inPanels is dst = a · b + plus with b packed.
func inPanels(ar *Arena, dst, a Matrix, b *Packed, plus Matrix) {
	whole := b.n / panelCols * panelCols
	panels(dst.ColRange(0, whole), a, ptr(b.data, 0), panelCols, panelCols*b.k, plus, b.number)
	if whole < b.n {
		lastPanel(ar, dst.ColRange(whole, b.n), a, b.data[whole*b.k:], colsFrom(plus, whole))
	}
}

// colsFrom is the view of plus from a column on.
func colsFrom(plus Matrix, col int) Matrix {
	if plus.Data != nil {
		plus.Data = plus.Data[col:]
	}
	return plus
}

// panels computes the columns of whole panels. The rows of b lie ld floats apart, and the first ones of two
// panels panel floats.
func panels(dst, a Matrix, b unsafe.Pointer, ld, panel int, plus Matrix, number int32) {
	if dst.Rows == 0 || dst.Cols == 0 {
		return
	}
	var add unsafe.Pointer
	ldPlus := 0
	if plus.Data != nil {
		add, ldPlus = ptr(plus.Data, 0), plus.Stride
	}
	kernelProduct(ptr(dst.Data, 0), int32(4*dst.Stride), ptr(a.Data, 0), int32(4*a.Stride), b, int32(4*ld), int32(4*panel),
		int32(dst.Rows), int32(dst.Cols), int32(a.Cols), add, int32(4*ldPlus), number)
}

// lastPanel computes fewer columns than a panel has.
func lastPanel(ar *Arena, dst, a Matrix, panel []float32, plus Matrix) {
	m := ar.Mark()
	out := ar.Matrix(dst.Rows, panelCols)
	panels(out, a, ptr(panel, 0), panelCols, 0, Matrix{}, 0)
	addTo(dst, out, plus)
	ar.Release(m)
}

// addTo is dst = sums + plus, for as many columns as dst has.
func addTo(dst, sums, plus Matrix) {
	for i := range dst.Rows {
		row, from := dst.Row(i), sums.Row(i)
		for j := range row {
			v := from[j]
			if plus.Data != nil {
				v += plus.Data[i*plus.Stride+j]
			}
			row[j] = v
		}
	}
}
