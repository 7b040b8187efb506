package tensor

import (
	"math"
	"strconv"
	"unsafe"
)

// Int8 is the right side of a matrix product, K×N, that takes a byte a number: column j holds integers from
// -127 to 127 times scale[j].
//
// A product rounds each row of its left side to integers of 16 bits times a number of its own, and sums up
// integers, so that all machines agree to the last bit:
//
//	scaleA := max |a[i]| / top; q[k] := round(a[i,k] / scaleA)
//	dst[i,j] = float32(Σ q[k]·b[k,j]) · (scaleA·scale[j]) + plus[i,j]
//
// A left side with NaN or infinity gives numbers that are not finite.
type Int8 struct {
	k, n  int
	data  []int8    // panels of int8Cols columns; in a panel two rows at a time, two bytes a column
	scale []float32 // as many as columns in all panels
	// top is the largest integer of a left side: the largest with which no sum leaves 32 bits.
	top    float32
	number int32 // see numbered
}

// int8Cols is the number of columns in a panel.
const int8Cols = 8

// PackInt8T returns the transpose of b, N×K, if each of its rows is integers from -127 to 127 times a number,
// and else nil. The numbers stay exactly what they are.
func PackInt8T(b Matrix) *Int8 {
	b.check("PackInt8T")
	p := &Int8{k: b.Cols, n: b.Rows, number: numbered()}
	columns := (p.n + int8Cols - 1) / int8Cols * int8Cols
	p.data, p.scale = make([]int8, columns*2*p.pairs()), make([]float32, columns)
	most := 1
	for j := range b.Rows {
		row, scale := b.Row(j), float32(0)
		if scale = integerScale(row); scale < 0 {
			return nil
		}
		p.scale[j] = scale
		sum, at := 0, p.column(j)
		for i, v := range row {
			q := nearest(v, scale)
			p.data[at+i/2*2*int8Cols+i%2] = q
			sum += int(max(q, -q))
		}
		most = max(most, sum)
	}
	p.top = float32(min(math.MaxInt16, math.MaxInt32/most))
	return p
}

// integerScale returns the number of which all of x are integers from -127 to 127, or -1.
func integerScale(x []float32) float32 {
	var most float32
	for _, v := range x {
		if v < 0 {
			v = -v
		}
		if v > most { // faster than max, which looks for NaN: that is found below
			most = v
		}
	}
	if most == 0 {
		most = 1 // of zeros any number will do
	}
	// The largest is 127 times it, rounded: it, or one of its neighbours.
	s := most / 127
	for _, scale := range []float32{s, math.Nextafter32(s, 0), math.Nextafter32(s, 2*s)} {
		exact := true
		for _, v := range x {
			if exact = float32(float32(nearest(v, scale))*scale) == v; !exact {
				break
			}
		}
		if exact {
			return scale
		}
	}
	return -1
}

// nearest is v/scale as an integer.
func nearest(v, scale float32) int8 {
	return int8(math.RoundToEven(float64(v / scale)))
}

// pairs is the number of pairs of rows, the last one filled up with zeros where K is odd.
func (p *Int8) pairs() int { return (p.k + 1) / 2 }

// column is where column j begins: rows 2i and 2i+1 are 2·int8Cols·i further.
func (p *Int8) column(j int) int {
	return j/int8Cols*int8Cols*2*p.pairs() + j%int8Cols*2
}

// Shape returns the sides of the matrix, K×N.
func (p *Int8) Shape() (k, n int) { return p.k, p.n }

// Bytes returns the memory that the packed matrix takes.
func (p *Int8) Bytes() int { return len(p.data) + 4*len(p.scale) }

// Column copies column j to dst, of length K.
func (p *Int8) Column(dst []float32, j int) {
	if j < 0 || j >= p.n || len(dst) != p.k {
		panic("tensor: Column: " + strconv.Itoa(len(dst)) + " numbers of column " + strconv.Itoa(j) + " of " + Shape(p.k, p.n))
	}
	at, scale := p.column(j), p.scale[j]
	for i := range dst {
		dst[i] = float32(p.data[at+i&1]) * scale
		at += i & 1 * 2 * int8Cols
	}
}

func (p *Int8) multiply(ar *Arena, dst, a, plus Matrix) {
	if a.Rows == 0 || p.n == 0 {
		return
	}
	m := ar.Mark()
	defer ar.Release(m)
	// The left side as integers, two to a float's memory.
	pairs := p.pairs()
	q, scale := shorts(ar.Floats(a.Rows*pairs)), ar.Floats(a.Rows)
	for i := range a.Rows {
		row := q[i*2*pairs : (i+1)*2*pairs]
		scale[i] = round16(row, a.Row(i), p.top)
		clear(row[p.k:])
	}
	whole := p.n / int8Cols * int8Cols
	p.panels(dst.ColRange(0, whole), q, scale, 0, plus, p.number)
	if whole < p.n {
		out := ar.Matrix(a.Rows, int8Cols)
		p.panels(out, q, scale, whole, Matrix{}, 0)
		addTo(dst.ColRange(whole, p.n), out, colsFrom(plus, whole))
	}
}

// panels computes whole panels of columns, from a column on.
func (p *Int8) panels(dst Matrix, q []int16, scale []float32, from int, plus Matrix, number int32) {
	pairs := p.pairs()
	if withKernels && dst.Cols > 0 {
		var add unsafe.Pointer
		ldPlus := 0
		if plus.Data != nil {
			add, ldPlus = ptr(plus.Data, 0), plus.Stride
		}
		kernelProductInt8(ptr(dst.Data, 0), int32(4*dst.Stride), unsafe.Pointer(unsafe.SliceData(q)), int32(4*pairs), ptr(scale, 0),
			unsafe.Add(unsafe.Pointer(unsafe.SliceData(p.data)), p.column(from)), ptr(p.scale, from),
			int32(dst.Rows), int32(dst.Cols), int32(pairs), add, int32(4*ldPlus), number)
		return
	}
	for j := 0; j < dst.Cols; j += int8Cols {
		panel := p.data[p.column(from+j):][:int8Cols*2*pairs]
		for i := range dst.Rows {
			sums := int8Sums(q[i*2*pairs:(i+1)*2*pairs], panel)
			row := dst.Row(i)[j : j+int8Cols]
			for c, s := range sums {
				v := float32(float32(s) * float32(scale[i]*p.scale[from+j+c]))
				if plus.Data != nil {
					v += plus.Data[i*plus.Stride+j+c]
				}
				row[c] = v
			}
		}
	}
}

// int8Sums is a row of integers times a panel.
func int8Sums(a []int16, panel []int8) (sums [int8Cols]int32) {
	for i := 0; i < len(a); i += 2 {
		x, y := int32(a[i]), int32(a[i+1])
		b := (*[2 * int8Cols]int8)(panel[i*int8Cols:])
		for c := range sums {
			sums[c] += x*int32(b[2*c]) + y*int32(b[2*c+1])
		}
	}
	return sums
}

// round16 rounds x to integers of at most top and returns what they are to be multiplied by:
//
//	scale := max |x| / top; for i := range x { dst[i] = round(x[i] / scale) }
//
// The scale is NaN where one of x is. Ties go to the even integer.
func round16(dst []int16, x []float32, top float32) float32 {
	if withKernels {
		return kernelRound16(unsafe.Pointer(unsafe.SliceData(dst)), ptr(x, 0), top, int32(len(x)))
	}
	var most float32
	for _, v := range x {
		most = max(most, v, -v)
	}
	inverse := min(top/most, 1e30)
	const shift = 3 << 22 // which leaves a float no bits behind the point
	for i, v := range x {
		dst[i] = int16(float32(float32(v*inverse)+shift) - shift)
	}
	return most / top
}

// shorts is the memory of floats as integers of 16 bits.
func shorts(x []float32) []int16 {
	return unsafe.Slice((*int16)(unsafe.Pointer(unsafe.SliceData(x))), 2*len(x))
}
