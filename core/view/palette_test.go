package view_test

import (
	"math"
	"testing"

	"heed/core/view"
)

// linear undoes sRGB's gamma.
func linear(c uint8) float64 {
	v := float64(c) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// lightness is OKLab's L of a colour.
func lightness(c view.Color) float64 {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s
}

// contrast is WCAG's ratio of two colours.
func contrast(a, b view.Color) float64 {
	y := func(c view.Color) float64 { return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05 }
	return math.Max(y(a)/y(b), y(b)/y(a))
}

// lacking are the matrices by which linear colours are seen without one kind of cones: Machado,
// Oliveira & Fernandes 2009, severity 1.
var lacking = map[string][9]float64{
	"red":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	"green": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	"blue":  {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
}

// see is a colour in OKLab as it is seen through a matrix.
func see(m [9]float64, c view.Color) [3]float64 {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	r, g, b = m[0]*r+m[1]*g+m[2]*b, m[3]*r+m[4]*g+m[5]*b, m[6]*r+m[7]*g+m[8]*b
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	k := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{0.2104542553*l + 0.7936177850*k - 0.0040720468*s, 1.9779984951*l - 2.4285922050*k + 0.4505937099*s, 0.0259040371*l + 0.7827717662*k - 0.8086757660*s}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

func TestPalettes(t *testing.T) {
	for name, p := range map[string]view.Palette{"light": view.Light, "dark": view.Dark} {
		for role, c := range map[string]view.Color{"ink": p.Ink, "muted": p.Muted, "focus": p.Focus} {
			if r := contrast(c, p.Paper); r < 4.5 {
				t.Errorf("%s: %s on paper has contrast %.2f", name, role, r)
			}
		}
		// The scale leads from the paper towards the ink, in even steps.
		first, last := lightness(p.Weights[0]), lightness(p.Weights[255])
		if paper := lightness(p.Paper); (paper > first) != (first > last) || math.Abs(paper-first) > 0.06 {
			t.Errorf("%s: lightness of the paper %.3f, of weight 0 %.3f, of weight 1 %.3f", name, paper, first, last)
		}
		for i := range p.Weights {
			even := first + (last-first)*float64(i)/255
			if l := lightness(p.Weights[i]); math.Abs(l-even) > 0.006 {
				t.Errorf("%s: weight %d/255 has lightness %.4f, even would be %.4f", name, i, l, even)
			}
		}
		// Signs diverge from near the paper, both arms in the same even steps.
		middle, end := lightness(p.Signs[127]), lightness(p.Signs[255])
		if paper := lightness(p.Paper); math.Abs(paper-middle) > 0.08 || (paper > middle) != (middle > end) {
			t.Errorf("%s: lightness of the paper %.3f, of 0 %.3f, of 1 %.3f", name, paper, middle, end)
		}
		for i := range 128 {
			even := middle + (end-middle)*float64(2*i+1)/255
			if a, b := lightness(p.Signs[127-i]), lightness(p.Signs[128+i]); math.Abs(a-even) > 0.012 || math.Abs(b-even) > 0.012 {
				t.Errorf("%s: ±%d/128 have lightness %.4f and %.4f, even would be %.4f", name, i, a, b, even)
			}
		}
		// Whoever lacks red, green or blue cones tells the signs apart, from a third on.
		for without, m := range lacking {
			for _, i := range []int{42, 85, 127} {
				if d := distance(see(m, p.Signs[127-i]), see(m, p.Signs[128+i])); d < 0.05 {
					t.Errorf("%s, without %s: ±%d/128 differ by %.3f", name, without, i, d)
				}
			}
		}
		// Heads stand out from the paper and from each other, whichever cones look.
		lacking := map[string][9]float64{"no cones": {1, 0, 0, 0, 1, 0, 0, 0, 1}, "red": lacking["red"], "green": lacking["green"], "blue": lacking["blue"]}
		for i, a := range p.Heads {
			if r := contrast(a, p.Paper); r < 2.95 {
				t.Errorf("%s: head %d on paper has contrast %.2f", name, i, r)
			}
			for without, m := range lacking {
				for j, b := range p.Heads[:i] {
					if d, least := distance(see(m, a), see(m, b)), map[bool]float64{true: 0.073, false: 0.055}[i < 8]; d < least {
						t.Errorf("%s, without %s: heads %d and %d differ by %.3f", name, without, j, i, d)
					}
				}
			}
		}
		if !p.Dark { // the first six are told apart in grey
			for i, a := range p.Heads[:6] {
				for j, b := range p.Heads[:i] {
					if d := math.Abs(lightness(a) - lightness(b)); d < 0.055 {
						t.Errorf("%s: heads %d and %d differ in lightness by %.3f", name, j, i, d)
					}
				}
			}
		}
		if r := contrast(p.Signs[255], p.Paper); r < 4.5 {
			t.Errorf("%s: 1 on paper has contrast %.2f", name, r)
		}
		if r := contrast(p.Signs[0], p.Paper); r < 4.5 {
			t.Errorf("%s: -1 on paper has contrast %.2f", name, r)
		}
		if r := contrast(p.Weights[255], p.Paper); r < 7 {
			t.Errorf("%s: weight 1 on paper has contrast %.2f", name, r)
		}
	}
	if got := (view.Color{R: 1, G: 171, B: 255}).CSS(); got != "#01abff" {
		t.Error(got)
	}
	signs := view.Cells{Values: []float32{-1, -0.001, 0.001, 1, 9}, Signed: true}
	for i, want := range []int{0, 127, 128, 255, 255} {
		if got := signs.Level(i); got != want || view.Light.Cell(&signs, i) != view.Light.Signs[want] {
			t.Errorf("level of %v is %d, want %d", signs.Values[i], got, want)
		}
	}
	many := view.Cells{Rows: 1, Cols: 6, Values: []float32{-1, 0, 0.0019, 0.5, 1, float32(math.NaN())}, Skip: []bool{false, true, false, false, false, false}}
	for _, many.Signed = range []bool{false, true} {
		pixels := make([]uint32, len(many.Values))
		many.Pixels(&view.Dark, pixels, many.Cols)
		for i := range many.Values {
			c, got := view.Dark.Cell(&many, i), pixels[i]
			if many.Skip[i] && got != 0 || !many.Skip[i] && got != uint32(c.R)|uint32(c.G)<<8|uint32(c.B)<<16|255<<24 {
				t.Errorf("the pixel of %v is %x, want %v", many.Values[i], got, c)
			}
		}
	}
	for w, want := range map[float64]int{-1: 0, 0: 0, 0.5: 128, 1: 255, 7: 255, math.NaN(): 0} {
		if got := view.Level(w); got != want {
			t.Errorf("level of %v is %d", w, got)
		}
	}
}
