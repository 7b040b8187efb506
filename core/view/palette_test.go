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
		if r := contrast(p.Weights[255], p.Paper); r < 7 {
			t.Errorf("%s: weight 1 on paper has contrast %.2f", name, r)
		}
	}
	if got := (view.Color{R: 1, G: 171, B: 255}).CSS(); got != "#01abff" {
		t.Error(got)
	}
	for w, want := range map[float64]int{-1: 0, 0: 0, 0.5: 128, 1: 255, 7: 255, math.NaN(): 0} {
		if got := view.Level(w); got != want {
			t.Errorf("level of %v is %d", w, got)
		}
	}
}
