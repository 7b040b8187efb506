package tensor

import (
	"math"
	"strconv"
	"unsafe"
)

// Int8 is the right side of a matrix product, K×N, that takes a byte a number: column j holds integers from
// -127 to 127 times scale[j].
//
// A product rounds each row of its left side to integers of 14 bits, as many as two products of bytes take, times a
// number of its own, and sums up integers, so that all machines agree to the last bit:
//
//	scaleA := max(max |a[i]| / top, 1e-30); q[k] := round(a[i,k] / scaleA)
//	dst[i,j] = float32(Σ q[k]·b[k,j]) · (scaleA·scale[j]) + plus[i,j]
//
// A left side with NaN or infinity gives numbers that are not finite.
type Int8 struct {
	k, n  int
	data  []int8    // panels of int8Cols columns: their heads, then four rows at a time, four bytes a column
	scale []float32 // as many as columns in all panels
	// top is the largest integer of a left side: the largest with which no sum leaves 32 bits.
	top    float32
	number int32 // see numbered
}

// int8Cols is the number of columns in a panel. A panel begins with a 32-bit integer for each, -64 times its sum: a
// kernel that multiplies bytes without a sign adds 64 to those of the left side.
const int8Cols = 8

const int8Head = 4 * int8Cols

// NewInt8 returns the transpose of b, N×K: integers from -127 to 127, row by row, those of row j times scale[j].
func NewInt8(k, n int, b []byte, scale []float32) *Int8 {
	if k < 0 || len(b) != n*k || len(scale) != n {
		panic("tensor: NewInt8: " + strconv.Itoa(len(b)) + " bytes and " + strconv.Itoa(len(scale)) + " scales of " + Shape(k, n))
	}
	p := &Int8{k: k, n: n, number: numbered()}
	columns := (n + int8Cols - 1) / int8Cols * int8Cols
	p.data, p.scale = make([]int8, columns/int8Cols*p.panel()), make([]float32, columns)
	copy(p.scale, scale)
	most := 1
	for j := range n {
		size, sum, place := 0, int32(0), p.rest(j)
		for i, v := range b[j*k : (j+1)*k] {
			q := int8(v)
			place[(i>>2)*4*int8Cols+i&3] = q
			size += int(max(q, -q))
			sum += int32(q)
		}
		*(*int32)(unsafe.Pointer(&p.data[j/int8Cols*p.panel()+j%int8Cols*4])) = -64 * sum
		most = max(most, size)
	}
	p.top = float32(min(1<<13-1, math.MaxInt32/most))
	return p
}

// PackInt8T returns the transpose of b, N×K, if each of its rows is a number times integers from -127 to 127, the
// largest of which in size is 127, and else nil. The numbers stay exactly what they are.
func PackInt8T(b Matrix) *Int8 {
	b.check("PackInt8T")
	q, scale := make([]byte, 0, b.Rows*b.Cols), make([]float32, b.Rows)
	for j := range scale {
		row := b.Row(j)
		if scale[j] = integerScale(row); scale[j] < 0 {
			return nil
		}
		for _, v := range row {
			q = append(q, byte(nearest(v, scale[j])))
		}
	}
	return NewInt8(b.Cols, b.Rows, q, scale)
}

// integerScale returns the number of which all of x are such integers, or -1.
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

// eights is the number of eights of rows, the last one filled up with zeros.
func (p *Int8) eights() int { return (p.k + 7) / 8 }

// panel is the size of a panel.
func (p *Int8) panel() int { return int8Head + p.eights()*8*int8Cols }

// rest is the data from where column j begins, of which the number in row i is at (i/4)·4·int8Cols + i%4.
func (p *Int8) rest(j int) []int8 {
	return p.data[min(j/int8Cols*p.panel()+int8Head+j%int8Cols*4, len(p.data)):]
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
	column, scale := p.rest(j), p.scale[j]
	for i := range dst {
		dst[i] = float32(column[(i>>2)*4*int8Cols+i&3]) * scale
	}
}

func (p *Int8) multiply(ar *Arena, dst, a, plus Matrix) {
	if a.Rows == 0 || p.n == 0 {
		return
	}
	m := ar.Mark()
	defer ar.Release(m)
	// The left side as integers, two to a float's memory.
	width := 8 * p.eights()
	if width > p.k {
		wide := ar.Matrix(a.Rows, width)
		for i := range a.Rows {
			clear(wide.Row(i)[copy(wide.Row(i), a.Row(i)):])
		}
		a = wide
	}
	q, scale := shorts(ar.Floats(a.Rows*width/2)), ar.Floats(a.Rows)
	for i := range a.Rows {
		scale[i] = roundInt8(q[i*width:(i+1)*width], a.Row(i), p.top)
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
	width, at := 8*p.eights(), from/int8Cols*p.panel()
	if withKernels && dst.Cols > 0 {
		var add unsafe.Pointer
		ldPlus := 0
		if plus.Data != nil {
			add, ldPlus = ptr(plus.Data, 0), plus.Stride
		}
		kernelProductInt8(ptr(dst.Data, 0), int32(4*dst.Stride), unsafe.Pointer(unsafe.SliceData(q)), int32(2*width), ptr(scale, 0),
			unsafe.Pointer(&p.data[at]), ptr(p.scale, from),
			int32(dst.Rows), int32(dst.Cols), int32(p.eights()), add, int32(4*ldPlus), number)
		return
	}
	for j := 0; j < dst.Cols; j += int8Cols {
		panel := p.data[at+j/int8Cols*p.panel():][:p.panel()]
		for i := range dst.Rows {
			sums := int8Sums(q[i*width:(i+1)*width], panel[int8Head:])
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

// int8Sums is a row of integers times a panel without its head.
func int8Sums(a []int16, panel []int8) (sums [int8Cols]int32) {
	for i := 0; i < len(a); i += 4 {
		x0, x1, x2, x3 := int32(a[i]), int32(a[i+1]), int32(a[i+2]), int32(a[i+3])
		b := (*[4 * int8Cols]int8)(panel[i*int8Cols:])
		for c := range sums {
			sums[c] += x0*int32(b[4*c]) + x1*int32(b[4*c+1]) + x2*int32(b[4*c+2]) + x3*int32(b[4*c+3])
		}
	}
	return sums
}

// round16 rounds x to integers of at most top and returns what they are to be multiplied by:
//
//	scale := max(max |x| / top, 1e-30); for i := range x { dst[i] = round(x[i] / scale) }
//
// That is no smaller than 1e-30 because that of zeros would have no inverse, and NaN where one of x is. Ties go to the
// even integer. There are whole eights of them.
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
	return max(most/top, 1e-30)
}

// roundInt8 is round16 as a product with an Int8 wants it: a kernel may have the upper and the lower halves of the
// integers apart.
func roundInt8(dst []int16, x []float32, top float32) float32 {
	if withKernels {
		return kernelRoundInt8(unsafe.Pointer(unsafe.SliceData(dst)), ptr(x, 0), top, int32(len(x)))
	}
	return round16(dst, x, top)
}

// shorts is the memory of floats as integers of 16 bits.
func shorts(x []float32) []int16 {
	return unsafe.Slice((*int16)(unsafe.Pointer(unsafe.SliceData(x))), 2*len(x))
}
