package view

import "github.com/go-gl/mathgl/mgl64"

// What marks are made with everywhere: a line of text, a rule, strokes painted alike, brackets.

// put paints a mark over those that are there.
func (s *Scene) put(m Mark) { s.Marks = append(s.Marks, m) }

// hit adds a place that answers a pointer.
func (s *Scene) hit(h Hit) { s.Hits = append(s.Hits, h) }

// fill paints a rectangle.
func (s *Scene) fill(x, y, w, h float64, p Paint) { s.put(Rect{X: x, Y: y, W: w, H: h, Fill: p}) }

// outline paints the edge of a rectangle, inside it.
func (s *Scene) outline(x, y, w, h, width float64, p Paint) {
	s.put(Rect{X: x, Y: y, W: w, H: h, Stroke: p, StrokeWidth: width})
}

// text writes a line; of nothing there is no mark.
func (s *Scene) text(x, y float64, t string, font Font, a Anchor, r Role) {
	if t != "" {
		s.Marks = append(s.Marks, Text{X: x, Y: y, Text: t, Font: font, Anchor: a, Paint: Paint{Role: r}})
	}
}

// rule draws a level hairline, or one in another role.
func (s *Scene) rule(from, to, y float64, r Role) {
	s.strokes([][2]mgl64.Vec2{{{from, y}, {to, y}}}, 1, Paint{Role: r})
}

// strokes draws strokes that are painted alike; of none there is no mark.
func (s *Scene) strokes(all [][2]mgl64.Vec2, width float64, p Paint) {
	if len(all) > 0 {
		s.Marks = append(s.Marks, Lines{Segments: all, Width: width, Paint: p})
	}
}

// brackets bind the pieces of one word.
func (s *Scene) brackets(all [][2]mgl64.Vec2) { s.strokes(all, 1, Paint{Role: Muted, Alpha: 0.7}) }

// locks underline what was chosen and stays.
func (s *Scene) locks(all [][2]mgl64.Vec2) { s.strokes(all, 1.5, Paint{Role: Focus}) }
