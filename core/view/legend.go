package view

import (
	"math"

	"github.com/go-gl/mathgl/mgl64"
)

// legendAbove is the baseline of a legend that stands above its picture.
const legendAbove = 44.0

// above is the room that a legend takes above its picture: none, unless below the picture, on a baseline at y, it
// would be out of sight.
func (p *plot) above(y float64) float64 {
	if p.Height > 0 && y > p.Height {
		return 26
	}
	return 0
}

// ramp draws all values of a scale as a bar.
func (s *Scene) ramp(x, y, w, h float64, signed bool) {
	bar := Cells{X: x, Y: y, W: w, H: h, Rows: 1, Cols: 49, Signed: signed}
	for i := range bar.Cols {
		v := float32(i) / float32(bar.Cols-1)
		if signed {
			v = 2*v - 1
		}
		bar.Values = append(bar.Values, v)
	}
	s.put(bar)
}

// after writes a muted text on a baseline, and returns where it ends.
func (p *plot) after(s *Scene, x, y float64, t string, font Font) float64 {
	s.text(x, y, t, font, Left, Muted)
	return x + p.Measure(t, font)
}

// legend draws the scale of the weights, or of what has a sign, with its name, on a baseline, and what hatching
// means if it means something. It returns the baseline.
func (p *plot) legend(s *Scene, y float64, name, hatched string, signed bool) float64 {
	const long = 96
	x, low := p.after(s, pad, y, name, captionFont)+14, "0"
	if signed {
		low = "−1"
	}
	x = p.after(s, x, y, low, numberFont) + 6
	s.ramp(x, y-9, long, 10, signed)
	if signed {
		s.strokes([][2]mgl64.Vec2{{{x + long/2, y + 1}, {x + long/2, y + 4}}}, 1, Paint{Role: Muted})
		s.text(x+long/2, y+14, "0", numberFont, Middle, Muted)
	}
	x = p.after(s, x+long+6, y, "1", numberFont) + 24
	if hatched != "" {
		swatch := Cells{X: x, Y: y - 9, W: 24, H: 10, Rows: 1, Cols: 1, Skip: []bool{true}}
		s.strokes(hatching(swatch), 1, Paint{Role: Hairline})
		s.text(x+swatch.W+8, y, hatched, captionFont, Left, Muted)
	}
	return y
}

// hatching fills the skipped cells with diagonal strokes. They lie on one lattice, and strokes that
// meet are one, so that a masked triangle costs as many strokes as it is wide.
func hatching(c Cells) [][2]mgl64.Vec2 {
	const step = 6.0
	w, h := c.W/float64(c.Cols), c.H/float64(c.Rows)
	first := math.Ceil((c.X + c.Y) / step)
	open := make([][2]float64, int((c.X+c.Y+c.W+c.H)/step-first)+2) // by lattice line x + y = k: the stroke's y from and to
	var strokes [][2]mgl64.Vec2
	end := func(n int) {
		if o := open[n]; o[1] > o[0] {
			k := (first + float64(n)) * step
			strokes = append(strokes, [2]mgl64.Vec2{{k - o[0], o[0]}, {k - o[1], o[1]}})
		}
	}
	for row := range c.Rows {
		y0 := c.Y + float64(row)*h
		for col := c.Cols - 1; col >= 0; col-- { // from the right, as strokes run while y grows
			if !c.Skip[row*c.Cols+col] {
				continue
			}
			to := col
			for col > 0 && c.Skip[row*c.Cols+col-1] {
				col--
			}
			x0, x1 := c.X+float64(col)*w, c.X+float64(to+1)*w
			for n := max(0, int(math.Ceil((x0+y0)/step-first))); n < len(open); n++ {
				k := (first + float64(n)) * step
				if k >= x1+y0+h {
					break
				}
				a, b := math.Max(y0, k-x1), math.Min(y0+h, k-x0)
				if a >= b {
					continue
				}
				if a > open[n][1]+0.01 || open[n][1] == 0 {
					end(n)
					open[n][0] = a
				}
				open[n][1] = b
			}
		}
	}
	for n := range open {
		end(n)
	}
	return strokes
}
