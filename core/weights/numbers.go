package weights

import "math"

// fromF16 widens an IEEE 754 half: exact for every value, the payload of a NaN kept.
func fromF16(h uint16) float32 {
	bits := uint32(h&0x7fff) << 13
	// The exponent's bias goes from 15 to 127 by a multiplication, which normalises subnormals too.
	v := math.Float32bits(math.Float32frombits(bits) * 0x1p112)
	if h&0x7c00 == 0x7c00 {
		v = bits | 0x7f800000
	}
	return math.Float32frombits(v | uint32(h&0x8000)<<16)
}

// toF16 rounds to the nearest half, ties to even; from 65520 on that is infinity.
func toF16(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits>>16) & 0x8000
	bits &= 0x7fffffff
	switch {
	case bits > 0x7f800000: // NaN: the top bit keeps it one when the payload is cut
		return sign | 0x7e00 | uint16(bits>>13)&0x3ff
	case bits >= 0x477ff000:
		return sign | 0x7c00
	case bits < 0x38800000:
		// A subnormal half counts steps of 2^-24, which is the last place of 0.5: adding it rounds.
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	bits += 0xfff + bits>>13&1
	return sign | uint16((bits-112<<23)>>13)
}

// fromBF16 widens the upper half of a float32.
func fromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// toBF16 rounds to the nearest, ties to even.
func toBF16(f float32) uint16 {
	bits := math.Float32bits(f)
	if f != f {
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
