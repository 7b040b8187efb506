package view

import "math"

// Role says what a colour means; a Palette says which colour that is.
type Role uint8

const (
	None     Role = iota // not painted
	Paper                // the background
	Ink                  // text
	Muted                // text that stands back
	Hairline             // rules, brackets and hatching
	Focus                // what is pointed at
	Weight               // an attention weight; Paint.Value is the weight
	Hue                  // one head among several; Paint.Value is its number
)

// Paint is a role, with its value where the role has one. Alpha is its opacity, and 0 stands for 1.
type Paint struct {
	Role  Role
	Value float64
	Alpha float64
}

// Opacity is Alpha with its zero value read.
func (p Paint) Opacity() float64 {
	if p.Alpha == 0 {
		return 1
	}
	return p.Alpha
}

// Color is an opaque sRGB colour.
type Color struct{ R, G, B uint8 }

// CSS writes the colour as #rrggbb.
func (c Color) CSS() string {
	const hex = "0123456789abcdef"
	return string([]byte{'#', hex[c.R>>4], hex[c.R&15], hex[c.G>>4], hex[c.G&15], hex[c.B>>4], hex[c.B&15]})
}

// Palette gives the roles their colours in one theme.
type Palette struct {
	Dark                               bool
	Paper, Ink, Muted, Hairline, Focus Color
	Weights                            [256]Color // of the weights 0 to 1
	Signs                              [256]Color // of values from -1 to 1: orange, through almost the paper, to blue
	Heads                              [16]Color  // of heads shown together, by their number; from 16 on they begin anew
}

// Cell is the colour of a cell.
func (p *Palette) Cell(c *Cells, i int) Color {
	if c.Signed {
		return p.Signs[c.Level(i)]
	}
	return p.Weights[c.Level(i)]
}

// Color is the colour of a paint, before its opacity.
func (p *Palette) Color(c Paint) Color {
	switch c.Role {
	case Ink:
		return p.Ink
	case Muted:
		return p.Muted
	case Hairline:
		return p.Hairline
	case Focus:
		return p.Focus
	case Weight:
		return p.Weights[Level(c.Value)]
	case Hue:
		return p.Heads[int(c.Value)%len(p.Heads)]
	}
	return p.Paper
}

// Level is the place of a weight in Palette.Weights.
func Level(w float64) int {
	if !(w > 0) {
		return 0
	}
	return int(math.Min(w, 1)*255 + 0.5)
}

// Light and Dark are the palettes. Every colour is chosen in OKLCH. Weights keep one hue (blue,
// which the common colour-blindnesses leave alone) and change lightness in equal steps from just
// off the paper towards the ink, so that more weight is more ink in both themes and the scale also
// reads in grey.
//
// Signs diverge about 0, which is just off the paper: positive values go to blue, negative ones to
// orange (hues 262 and 55), the pair that people without red, green or blue cones tell apart. Both
// arms take equal steps of lightness, the same ones, so that equal amounts weigh the same; in grey
// the amount remains and the sign is lost.
//
// Heads are a qualitative scale. The first eight have the hues of Okabe & Ito's "Color Universal Design"
// (2008), blue, vermilion, yellow, grey (their black), purple, sky blue, orange and green, moved in
// lightness so that all stand out from the paper (3:1 at least, in either theme; theirs do not) and from
// each other; the next eight are those that lie furthest from all before them. Of any two the
// distance in OKLab is 0.055 at least, seen with all cones or without red, green or blue ones (Machado,
// Oliveira & Fernandes 2009); on light paper the first six differ in lightness too, so that a print in grey keeps
// them apart. A test holds it. A number stands beside a colour wherever it means something.
var (
	Light = Palette{
		Paper:    oklch(0.985, 0.006, 85),
		Ink:      oklch(0.24, 0.015, 270),
		Muted:    oklch(0.50, 0.015, 270),
		Hairline: oklch(0.86, 0.008, 85),
		Focus:    oklch(0.53, 0.19, 30),
		Weights:  ramp([3]float64{0.955, 0.010, 262}, 0.098, [3]float64{0.320, 0.130, 262}),
		Signs:    diverging([3]float64{0.955, 0.010, 55}, [2]float64{0.120, 0.090}, [3]float64{0.955, 0.010, 262}, [2]float64{0.100, 0.160}, 0.410),
		Heads:    qualitative(1),
	}
	Dark = Palette{
		Dark:     true,
		Paper:    oklch(0.19, 0.010, 265),
		Ink:      oklch(0.93, 0.008, 85),
		Muted:    oklch(0.71, 0.012, 265),
		Hairline: oklch(0.34, 0.012, 265),
		Focus:    oklch(0.77, 0.14, 50),
		Weights:  ramp([3]float64{0.235, 0.024, 256}, 0.100, [3]float64{0.910, 0.050, 256}),
		Signs:    diverging([3]float64{0.255, 0.012, 60}, [2]float64{0.090, 0.110}, [3]float64{0.255, 0.018, 256}, [2]float64{0.100, 0.100}, 0.830),
		Heads:    qualitative(3),
	}
)

// headColors are the colours of heads, by number: a hue, and the lightness and chroma in Light and in Dark.
var headColors = [16][5]float64{
	{252, 0.481, 0.156, 0.55, 0.16}, {36, 0.348, 0.168, 0.52, 0.16}, {96, 0.544, 0.182, 0.79, 0.16}, {264, 0.28, 0.078, 0.85, 0.06},
	{336, 0.41, 0.123, 0.52, 0.11}, {228, 0.628, 0.095, 0.64, 0.11}, {84, 0.659, 0.096, 0.61, 0.11}, {156, 0.439, 0.085, 0.73, 0.11},
	{192, 0.352, 0.103, 0.94, 0.06}, {0, 0.644, 0.172, 0.64, 0.16}, {300, 0.64, 0.2, 0.73, 0.16}, {288, 0.363, 0.199, 0.64, 0.2},
	{24, 0.572, 0.112, 0.58, 0.11}, {48, 0.457, 0.14, 0.73, 0.16}, {300, 0.326, 0.147, 0.79, 0.11}, {276, 0.569, 0.095, 0.52, 0.11},
}

// qualitative makes the colours of heads of one theme, which begins at one of the columns of headColors.
func qualitative(column int) (colors [16]Color) {
	for i, c := range headColors {
		colors[i] = oklch(c[column], c[column+1], c[0])
	}
	return colors
}

// ramp goes from one colour to another (lightness, chroma, hue) in even steps of lightness; its
// chroma is a parabola with the given value in the middle, where sRGB has room for it.
func ramp(from [3]float64, middle float64, to [3]float64) (colors [256]Color) {
	bump := middle - (from[1]+to[1])/2
	for i := range colors {
		t := float64(i) / 255
		colors[i] = oklch(from[0]+t*(to[0]-from[0]), from[1]+t*(to[1]-from[1])+4*t*(1-t)*bump, from[2]+t*(to[2]-from[2]))
	}
	return colors
}

// diverging goes from a lightness through that of 0 back to it: on the left the arm of the negative
// values, on the right that of the positive ones. An arm is its colour at 0, and its chroma in the
// middle and at the end.
func diverging(negative [3]float64, n [2]float64, positive [3]float64, p [2]float64, end float64) (colors [256]Color) {
	left := ramp(negative, n[0], [3]float64{end, n[1], negative[2]})
	right := ramp(positive, p[0], [3]float64{end, p[1], positive[2]})
	for i := range 128 {
		colors[127-i], colors[128+i] = left[1+2*i], right[1+2*i]
	}
	return colors
}

// oklch is the sRGB colour of a lightness in [0, 1], a chroma, and a hue in degrees, after
// https://bottosson.github.io/posts/oklab/. A chroma outside sRGB is lowered until it is inside.
func oklch(l, c, hue float64) Color {
	for ; ; c -= 0.002 {
		sin, cos := math.Sincos(hue * math.Pi / 180)
		a, b := c*cos, c*sin
		x := l + 0.3963377774*a + 0.2158037573*b
		y := l - 0.1055613458*a - 0.0638541728*b
		z := l - 0.0894841775*a - 1.2914855480*b
		x, y, z = x*x*x, y*y*y, z*z*z
		rgb := [3]float64{
			4.0767416621*x - 3.3077115913*y + 0.2309699292*z,
			-1.2684380046*x + 2.6097574011*y - 0.3413193965*z,
			-0.0041960863*x - 0.7034186147*y + 1.7076147010*z,
		}
		inside := true
		for _, v := range rgb {
			inside = inside && v >= -0.0005 && v <= 1.0005
		}
		if inside || c <= 0 {
			return Color{gamma(rgb[0]), gamma(rgb[1]), gamma(rgb[2])}
		}
	}
}

// gamma encodes a linear channel as sRGB does.
func gamma(v float64) uint8 {
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return uint8(math.Max(0, math.Min(1, v))*255 + 0.5)
}
