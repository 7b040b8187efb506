package weights

import (
	"encoding/binary"
	"math"
)

// The types of GGUF files (ggml's) beside those of safetensors. A block of them is some elements with
// what scales them (https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c): d and m are halves,
// and an element is d·q, d·q + m, or, of the K types, which have scales of 6 bits for each 16 or 32
// elements, d·s·q − m·t.
const (
	Q4_0 DType = "Q4_0"
	Q4_1 DType = "Q4_1"
	Q5_0 DType = "Q5_0"
	Q5_1 DType = "Q5_1"
	Q8_0 DType = "Q8_0"
	Q4_K DType = "Q4_K"
	Q5_K DType = "Q5_K"
	Q6_K DType = "Q6_K"
)

// block is the form of a stored type: so many elements in so many bytes.
type block struct {
	dtype    DType
	elements int
	bytes    int
	decode   func(out []float32, b []byte) // of types that have no blocks; nil of others
	// split writes the integers of one block to q, and a scale and an offset for each of its parts: 8 bits wide at
	// most, or 4.
	split func(q []int8, scale, offset []float32, b []byte)
	part  int // elements that have one scale
	bits  int
}

// blocks are the types by their number in a GGUF file. Those that have neither decode nor split are not read as
// numbers. Another type is a row here; products read it as tensor.Blocks if its split gives integers of 4 or 8 bits in
// parts of 16 or 32, else it needs a tensor.Right of its own and a case in inBlocks of package model.
var blocks = map[uint32]*block{
	0: {dtype: F32, elements: 1, bytes: 4, decode: decodeF32},
	1: {dtype: F16, elements: 1, bytes: 2, decode: decodeF16},
	2: {Q4_0, 32, 18, nil, splitQ4_0, 32, 4},
	3: {Q4_1, 32, 20, nil, splitQ4_1, 32, 4},
	6: {Q5_0, 32, 22, nil, splitQ5_0, 32, 8},
	7: {Q5_1, 32, 24, nil, splitQ5_1, 32, 8},
	8: {Q8_0, 32, 34, nil, splitQ8_0, 32, 8},

	10: {dtype: "Q2_K", elements: 256, bytes: 84},
	11: {dtype: "Q3_K", elements: 256, bytes: 110},
	12: {Q4_K, 256, 144, nil, splitQ4_K, 32, 4},
	13: {Q5_K, 256, 176, nil, splitQ5_K, 32, 8},
	14: {Q6_K, 256, 210, nil, splitQ6_K, 16, 8},

	24: {dtype: "I8", elements: 1, bytes: 1},
	25: {dtype: "I16", elements: 1, bytes: 2},
	26: {dtype: "I32", elements: 1, bytes: 4},
	27: {dtype: "I64", elements: 1, bytes: 8},
	28: {dtype: "F64", elements: 1, bytes: 8},
	30: {dtype: BF16, elements: 1, bytes: 2, decode: decodeBF16},

	// Named, so that an error can say what a file has.
	16: {dtype: "IQ2_XXS", elements: 256, bytes: 66},
	17: {dtype: "IQ2_XS", elements: 256, bytes: 74},
	18: {dtype: "IQ3_XXS", elements: 256, bytes: 98},
	19: {dtype: "IQ1_S", elements: 256, bytes: 50},
	20: {dtype: "IQ4_NL", elements: 32, bytes: 18},
	21: {dtype: "IQ3_S", elements: 256, bytes: 110},
	22: {dtype: "IQ2_S", elements: 256, bytes: 82},
	23: {dtype: "IQ4_XS", elements: 256, bytes: 136},
	29: {dtype: "IQ1_M", elements: 256, bytes: 56},
	34: {dtype: "TQ1_0", elements: 256, bytes: 54},
	35: {dtype: "TQ2_0", elements: 256, bytes: 66},
	39: {dtype: "MXFP4", elements: 32, bytes: 17},
}

// numbers says whether the type holds numbers that are read.
func (b *block) numbers() bool { return b.decode != nil || b.split != nil }

// elementsOf decodes whole blocks. Products are rounded before they are added, as in the reference: float32() keeps
// compilers from fusing the two.
func (b *block) elementsOf(out []float32, raw []byte) {
	if b.decode != nil {
		b.decode(out, raw)
		return
	}
	var q [256]int8
	var scale, offset [16]float32
	for from := 0; from < len(out); from += b.elements {
		b.split(q[:b.elements], scale[:], offset[:], raw[from/b.elements*b.bytes:])
		for i, v := range q[:b.elements] {
			out[from+i] = float32(scale[i/b.part]*float32(v)) + offset[i/b.part]
		}
	}
}

// none is the offset of numbers that have none: what is added to it stays what it is, a zero with a sign too.
var none = float32(math.Copysign(0, -1))

func half(b []byte) float32 { return fromF16(binary.LittleEndian.Uint16(b)) }

func decodeF32(out []float32, b []byte) {
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

func decodeF16(out []float32, b []byte) {
	for i := range out {
		out[i] = half(b[2*i:])
	}
}

func decodeBF16(out []float32, b []byte) {
	for i := range out {
		out[i] = fromBF16(binary.LittleEndian.Uint16(b[2*i:]))
	}
}

func splitQ4_0(q []int8, scale, offset []float32, b []byte) {
	scale[0], offset[0] = half(b), none
	nibbles(q, b[2:18])
	for i := range q[:32] {
		q[i] -= 8
	}
}

func splitQ4_1(q []int8, scale, offset []float32, b []byte) {
	scale[0], offset[0] = half(b), half(b[2:])
	nibbles(q, b[4:20])
}

// nibbles writes the lower halves of 16 bytes, and then the upper ones.
func nibbles(q []int8, b []byte) {
	low, high := q[:16], q[16:32]
	for i, v := range b {
		low[i], high[i] = int8(v&15), int8(v>>4)
	}
}

// fifth adds a fifth bit to each of 32 numbers.
func fifth(q []int8, b []byte) {
	high := binary.LittleEndian.Uint32(b)
	for i := range q[:32] {
		q[i] |= int8(high >> i & 1 << 4)
	}
}

func splitQ5_0(q []int8, scale, offset []float32, b []byte) {
	scale[0], offset[0] = half(b), none
	nibbles(q, b[6:22])
	fifth(q, b[2:])
	for i := range q[:32] {
		q[i] -= 16
	}
}

func splitQ5_1(q []int8, scale, offset []float32, b []byte) {
	scale[0], offset[0] = half(b), half(b[2:])
	nibbles(q, b[8:24])
	fifth(q, b[4:])
}

func splitQ8_0(q []int8, scale, offset []float32, b []byte) {
	scale[0], offset[0] = half(b), none
	for i, v := range b[2:34] {
		q[i] = int8(v)
	}
}

// scales writes what a block of Q4_K or Q5_K says of its eight parts.
func scales(scale, offset []float32, b []byte) {
	d, m, packed := half(b), half(b[2:]), b[4:16]
	for i := range 8 {
		s, t := packed[i%4]&63, packed[i%4+4]&63
		if i >= 4 {
			s, t = packed[i+4]&15|packed[i-4]>>6<<4, packed[i+4]>>4|packed[i]>>6<<4
		}
		scale[i], offset[i] = d*float32(s), -(m * float32(t))
	}
}

func splitQ4_K(q []int8, scale, offset []float32, b []byte) {
	scales(scale, offset, b)
	halves(q, b[16:144])
}

// halves writes of each 32 of 128 bytes the lower halves, and then the upper ones.
func halves(q []int8, b []byte) {
	for i := range 4 {
		part := q[64*i:][:64]
		for j, v := range b[32*i:][:32] {
			part[j], part[32+j] = int8(v&15), int8(v>>4)
		}
	}
}

func splitQ5_K(q []int8, scale, offset []float32, b []byte) {
	scales(scale, offset, b)
	halves(q, b[48:176])
	for i := range 8 {
		for j, high := range b[16:48] {
			q[32*i+j] |= int8(high >> i & 1 << 4)
		}
	}
}

func splitQ6_K(q []int8, scale, offset []float32, b []byte) {
	low, high, d := b[:128], b[128:192], half(b[208:])
	for i, s := range b[192:208] {
		scale[i], offset[i] = d*float32(int8(s)), none
	}
	for i := range 256 {
		// Halves of 128; in each the low bits of 64 bytes are first the lower, then the upper four, and the
		// high bits of 32 bytes are two for each quarter.
		n, j, quarter := i/128, i%32, i%128/32
		v := low[n*64+i%64] >> (quarter / 2 * 4) & 15
		q[i] = int8(v|high[n*32+j]>>(quarter*2)&3<<4) - 32
	}
}
