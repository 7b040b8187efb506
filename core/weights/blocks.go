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
	decode   func(out []float32, b []byte) // one block, or many of one element; nil: not as numbers
}

// blocks are the types by their number in a GGUF file.
var blocks = map[uint32]*block{
	0: {F32, 1, 4, decodeF32},
	1: {F16, 1, 2, decodeF16},
	2: {Q4_0, 32, 18, decodeQ4_0},
	3: {Q4_1, 32, 20, decodeQ4_1},
	6: {Q5_0, 32, 22, decodeQ5_0},
	7: {Q5_1, 32, 24, decodeQ5_1},
	8: {Q8_0, 32, 34, decodeQ8_0},

	10: {"Q2_K", 256, 84, nil},
	11: {"Q3_K", 256, 110, nil},
	12: {Q4_K, 256, 144, decodeQ4_K},
	13: {Q5_K, 256, 176, decodeQ5_K},
	14: {Q6_K, 256, 210, decodeQ6_K},

	24: {"I8", 1, 1, nil},
	25: {"I16", 1, 2, nil},
	26: {"I32", 1, 4, nil},
	27: {"I64", 1, 8, nil},
	28: {"F64", 1, 8, nil},
	30: {BF16, 1, 2, decodeBF16},
}

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

// Products are rounded before they are added, as in the reference: float32() keeps compilers from
// fusing the two.

func decodeQ4_0(out []float32, b []byte) {
	d := half(b)
	var value [16]float32
	for q := range value {
		value[q] = d * float32(q-8)
	}
	nibbles((*[32]float32)(out), (*[16]byte)(b[2:]), &value)
}

func decodeQ4_1(out []float32, b []byte) {
	d, m := half(b), half(b[2:])
	var value [16]float32
	for q := range value {
		value[q] = float32(d*float32(q)) + m
	}
	nibbles((*[32]float32)(out), (*[16]byte)(b[4:]), &value)
}

// nibbles looks up the lower halves of 16 bytes, and then the upper ones.
func nibbles(out *[32]float32, b *[16]byte, value *[16]float32) {
	for i, q := range b {
		out[i] = value[q&15]
		out[i+16] = value[q>>4]
	}
}

func decodeQ5_0(out []float32, b []byte) {
	d, high, out := half(b), binary.LittleEndian.Uint32(b[2:]), out[:32]
	for i, q := range b[6:22] {
		out[i] = d * float32(int(q&15)|int(high>>i&1)<<4-16)
		out[i+16] = d * float32(int(q>>4)|int(high>>(i+16)&1)<<4-16)
	}
}

func decodeQ5_1(out []float32, b []byte) {
	d, m, high, out := half(b), half(b[2:]), binary.LittleEndian.Uint32(b[4:]), out[:32]
	for i, q := range b[8:24] {
		out[i] = float32(d*float32(int(q&15)|int(high>>i&1)<<4)) + m
		out[i+16] = float32(d*float32(int(q>>4)|int(high>>(i+16)&1)<<4)) + m
	}
}

func decodeQ8_0(out []float32, b []byte) {
	d, out := half(b), out[:32]
	for i, q := range b[2:34] {
		out[i] = d * float32(int8(q))
	}
}

// scales returns scale and minimum i of the eight that a block of Q4_K or Q5_K packs into 12 bytes.
func scales(b []byte, i int) (scale, minimum float32) {
	if i < 4 {
		return float32(b[i] & 63), float32(b[i+4] & 63)
	}
	return float32(b[i+4]&15 | b[i-4]>>6<<4), float32(b[i+4]>>4 | b[i]>>6<<4)
}

func decodeQ4_K(out []float32, b []byte) {
	d, m, packed, q := half(b), half(b[2:]), b[4:16], b[16:144]
	for i := range 8 {
		s, t := scales(packed, i)
		s, t = d*s, m*t
		for j, q := range q[i/2*32:][:32] {
			out[i*32+j] = float32(s*float32(q>>(i%2*4)&15)) - t
		}
	}
}

func decodeQ5_K(out []float32, b []byte) {
	d, m, packed, high, q := half(b), half(b[2:]), b[4:16], b[16:48], b[48:176]
	for i := range 8 {
		s, t := scales(packed, i)
		s, t = d*s, m*t
		for j, q := range q[i/2*32:][:32] {
			out[i*32+j] = float32(s*float32(q>>(i%2*4)&15|high[j]>>i&1<<4)) - t
		}
	}
}

func decodeQ6_K(out []float32, b []byte) {
	low, high, scale, d := b[:128], b[128:192], b[192:208], half(b[208:])
	for i := range 256 {
		// Halves of 128; in each the low bits of 64 bytes are first the lower, then the upper four, and the
		// high bits of 32 bytes are two for each quarter.
		n, j, quarter := i/128, i%32, i%128/32
		q := low[n*64+i%64] >> (quarter / 2 * 4) & 15
		q |= high[n*32+j] >> (quarter * 2) & 3 << 4
		out[i] = float32(d*float32(int8(scale[i/16]))) * float32(int(q)-32)
	}
}
