package weights

import (
	"math"
	"testing"
)

// naiveF16 is the definition: sign × significand × 2^exponent.
func naiveF16(h uint16) float64 {
	sign := 1 - 2*float64(h>>15)
	exponent, fraction := int(h>>10&31), float64(h&1023)
	switch {
	case exponent == 31 && fraction == 0:
		return sign * math.Inf(1)
	case exponent == 31:
		return math.NaN()
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func TestEveryF16(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		got, want := fromF16(h), naiveF16(h)
		if math.IsNaN(want) {
			if got == got || toF16(got)&0x7c00 != 0x7c00 || toF16(got)&0x3ff == 0 {
				t.Fatalf("%#04x: %v is no NaN, or does not stay one", h, got)
			}
			continue
		}
		if float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want) {
			t.Fatalf("%#04x: %v, want %v", h, got, want)
		}
		if back := toF16(got); back != h {
			t.Fatalf("%#04x came back as %#04x", h, back)
		}
	}
}

// Between two neighbouring halves the nearer one wins, and the even one from the middle.
func TestF16Rounds(t *testing.T) {
	for h := uint16(0); h < 0x7c00; h++ {
		low, high := naiveF16(h), naiveF16(h+1)
		if h+1 == 0x7c00 {
			high = 65536 // where the next half would be
		}
		middle := float32((low + high) / 2)
		even := h + h&1
		for _, c := range []struct {
			v    float32
			want uint16
		}{
			{middle, even},
			{math.Nextafter32(middle, 0), h},
			{math.Nextafter32(middle, 1e9), h + 1},
		} {
			if got := toF16(c.v); got != c.want {
				t.Fatalf("%v became %#04x, want %#04x", c.v, got, c.want)
			}
			if got := toF16(-c.v); got != c.want|0x8000 {
				t.Fatalf("%v became %#04x, want %#04x", -c.v, got, c.want|0x8000)
			}
		}
	}
	for _, v := range []float32{1e9, math.MaxFloat32, float32(math.Inf(1))} {
		if got := toF16(v); got != 0x7c00 {
			t.Errorf("%v became %#04x", v, got)
		}
	}
}

func TestEveryBF16(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		v := fromBF16(h)
		if v != v {
			if w := fromBF16(toBF16(v)); w == w {
				t.Fatalf("the NaN %#04x came back as %v", h, w)
			}
			continue
		}
		if math.Float32bits(v) != uint32(h)<<16 || toBF16(v) != h {
			t.Fatalf("%#04x: %v, %#04x", h, v, toBF16(v))
		}
	}
	for _, c := range []struct{ bits, want uint32 }{
		{0x3f808000, 0x3f80}, // the middle: to even
		{0x3f818000, 0x3f82},
		{0x3f808001, 0x3f81},
		{0x3f807fff, 0x3f80},
		{0x7f7fffff, 0x7f80}, // up to infinity
		{0x7f800001, 0x7fc0}, // a NaN whose payload is cut off stays one
	} {
		if got := toBF16(math.Float32frombits(c.bits)); uint32(got) != c.want {
			t.Errorf("%#08x became %#04x, want %#04x", c.bits, got, c.want)
		}
	}
}
