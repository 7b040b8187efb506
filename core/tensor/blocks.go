package tensor

import (
	"slices"
	"strconv"
	"unsafe"
)

// Blocks is the right side of a matrix product, K×N, in the blocks of a GGUF file: each column is cut into blocks of
// the same length, and a number is an integer of 4 or 8 bits times its block's scale, plus the block's offset.
//
// In the browser products read them so. As in Int8, each row of the left side is rounded to integers times a number,
// here of 16 bits:
//
//	dst[i,j] = scaleA · Σ over blocks (scale · Σ q[k]·b[k,j] + offset · Σ q[k]) + plus[i,j]
//
// Elsewhere columns are decoded whenever a product reads them, which gives what the product of the decoded numbers
// would give.
type Blocks struct {
	k, n, bits, block int
	// data holds panels of int8Cols columns, in a panel four rows at a time: see place.
	data []byte
	// scale holds of each panel, and in it of each block, the scales of the columns and then their offsets.
	scale  []float32
	number int32 // see numbered
}

// NewBlocks returns a K×N right side. split writes the integers of column j to q, of length K, and scale and offset
// of each of its blocks; integers of 4 bits are 0 to 15, or, in a block, -8 to 7. It panics unless bits is 4 or 8,
// block 16 or 32, and K so many whole blocks.
func NewBlocks(k, n, bits, block int, split func(j int, q []int8, scale, offset []float32)) *Blocks {
	size(k, n)
	if bits != 4 && bits != 8 || block != 16 && block != 32 || k%block != 0 {
		panic("tensor: NewBlocks: " + strconv.Itoa(bits) + " bits in blocks of " + strconv.Itoa(block) + " of columns of " + strconv.Itoa(k))
	}
	b := &Blocks{k: k, n: n, bits: bits, block: block, number: numbered()}
	columns := (n + int8Cols - 1) / int8Cols * int8Cols
	b.data, b.scale = make([]byte, columns*k*bits/8), make([]float32, columns*k/block*2)
	q, scale, offset := make([]int8, k), make([]float32, k/block), make([]float32, k/block)
	for j := range n {
		split(j, q, scale, offset)
		for i := range scale {
			part := q[i*block:][:block]
			if bits == 4 && slices.Min(part) < 0 {
				for x := range part {
					part[x] += 8
				}
				offset[i] -= 8 * scale[i]
			}
			at := b.scales(j, i)
			b.scale[at], b.scale[at+int8Cols] = scale[i], offset[i]
		}
		at, shift := b.place(j)
		for i := 0; i < k; at += 2 * int8Cols {
			if bits == 8 {
				two := b.data[at:][:2]
				two[0], two[1] = byte(q[i]), byte(q[i+1])
				i += 2
				continue
			}
			four := b.data[at:][:4]
			four[0] |= byte(q[i]) << shift
			four[2] |= byte(q[i+1]) << shift
			four[1] |= byte(q[i+2]) << shift
			four[3] |= byte(q[i+3]) << shift
			i += 4
		}
	}
	return b
}

// place is where column j begins: the byte, and the bits below it there. Its next numbers are 2·int8Cols bytes further.
// Eight bits are as Int8 has them: two numbers are neighbours. Of four bits, 16 bytes are eight integers of 16 bits,
// each with a number of columns 0 to 3, of 4 to 7, and the same of two rows further: so what one shift and one mask
// give is what the product of pairs takes. Of four neighbouring bytes of a column the first and the third hold numbers
// 0 and 1, the others 2 and 3.
func (b *Blocks) place(j int) (at int, shift uint) {
	panel, c := j/int8Cols*int8Cols*b.k*b.bits/8, j%int8Cols
	if b.bits == 8 {
		return panel + 2*c, 0
	}
	return panel + 4*(c%4), uint(4 * (c / 4))
}

// scales is where the scale of block i of column j is; its offset is int8Cols further.
func (b *Blocks) scales(j, i int) int {
	return (j/int8Cols*(b.k/b.block)+i)*2*int8Cols + j%int8Cols
}

// Shape returns the sides of the matrix, K×N.
func (b *Blocks) Shape() (k, n int) { return b.k, b.n }

// Bytes returns the memory that the matrix takes.
func (b *Blocks) Bytes() int { return len(b.data) + 4*len(b.scale) }

// Column copies column j to dst, of length K.
func (b *Blocks) Column(dst []float32, j int) {
	if j < 0 || j >= b.n || len(dst) != b.k {
		panic("tensor: Column: " + strconv.Itoa(len(dst)) + " numbers of column " + strconv.Itoa(j) + " of " + Shape(b.k, b.n))
	}
	at, shift := b.place(j)
	for from := 0; from < b.k; from += b.block {
		s := b.scales(j, from/b.block)
		scale, offset := b.scale[s], b.scale[s+int8Cols]
		for part := dst[from : from+b.block]; len(part) > 0; at += 2 * int8Cols {
			if b.bits == 8 {
				two := b.data[at:][:2]
				part[0] = float32(float32(int8(two[0]))*scale) + offset
				part[1] = float32(float32(int8(two[1]))*scale) + offset
				part = part[2:]
				continue
			}
			four := b.data[at:][:4]
			part[0] = float32(float32(four[0]>>shift&15)*scale) + offset
			part[1] = float32(float32(four[2]>>shift&15)*scale) + offset
			part[2] = float32(float32(four[1]>>shift&15)*scale) + offset
			part[3] = float32(float32(four[3]>>shift&15)*scale) + offset
			part = part[4:]
		}
	}
}

const (
	decodedPanels = 8 // together
	fewRows       = 4 // of a left side: up to here a decoded column is multiplied as it is
)

func (b *Blocks) multiply(ar *Arena, dst, a, plus Matrix) {
	if a.Rows == 0 || b.n == 0 {
		return
	}
	defer ar.Release(ar.Mark())
	if withKernels && b.k > 0 {
		b.multiplyIntegers(ar, dst, a, plus)
		return
	}
	if a.Rows <= fewRows {
		column := ar.Floats(b.k)
		for j := range b.n {
			b.Column(column, j)
			for i := range a.Rows {
				sum := Dot(a.Row(i), column)
				if plus.Data != nil {
					sum += plus.Data[i*plus.Stride+j]
				}
				dst.Row(i)[j] = sum
			}
		}
		return
	}
	together := decodedPanels * panelCols
	columns, panels := ar.Matrix(together, b.k), ar.Floats(packedLen(b.k, together))
	for j := 0; j < b.n; j += together {
		w := min(together, b.n-j)
		for c := range w {
			b.Column(columns.Row(c), j+c)
		}
		packT(panels, columns.RowRange(0, w))
		part := Packed{k: b.k, n: w, data: panels[:packedLen(b.k, w)]}
		part.multiply(ar, dst.ColRange(j, j+w), a, colsFrom(plus, j))
	}
}

// multiplyIntegers is multiply by the kernel module.
func (b *Blocks) multiplyIntegers(ar *Arena, dst, a, plus Matrix) {
	blocks := b.k / b.block
	q, scale, sums := shorts(ar.Floats(a.Rows*b.k/2)), ar.Floats(a.Rows), ar.Matrix(a.Rows, blocks)
	for i := range a.Rows {
		row := q[i*b.k : (i+1)*b.k]
		const top = 32767
		scale[i] = round16(row, a.Row(i), top)
		for n := range blocks {
			sum := int32(0)
			for _, v := range row[n*b.block:][:b.block] {
				sum += int32(v)
			}
			sums.Row(i)[n] = float32(sum)
		}
	}
	product := func(dst Matrix, from int, plus Matrix, number int32) {
		if dst.Cols == 0 {
			return
		}
		var add unsafe.Pointer
		ldPlus := 0
		if plus.Data != nil {
			add, ldPlus = ptr(plus.Data, 0), plus.Stride
		}
		at, _ := b.place(from)
		kernelProductBlocks(ptr(dst.Data, 0), int32(4*dst.Stride), unsafe.Pointer(unsafe.SliceData(q)), int32(2*b.k), ptr(scale, 0),
			ptr(sums.Data, 0), int32(4*sums.Stride), unsafe.Pointer(&b.data[at]), ptr(b.scale, b.scales(from, 0)),
			int32(dst.Rows), int32(dst.Cols), int32(blocks), int32(b.block/16), int32(b.bits), add, int32(4*ldPlus), number)
	}
	whole := b.n / int8Cols * int8Cols
	product(dst.ColRange(0, whole), 0, plus, b.number)
	if whole < b.n {
		out := ar.Matrix(a.Rows, int8Cols)
		product(out, whole, Matrix{}, 0)
		addTo(dst.ColRange(whole, b.n), out, colsFrom(plus, whole))
	}
}
