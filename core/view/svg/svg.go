// Package svg writes a view.Scene as a picture: an SVG that stands alone, whose text can be
// selected and read aloud, without scripts, styles or ids.
package svg

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"

	"heed/core/view"
)

// Write writes the scene in the palette's colours.
func Write(w io.Writer, s *view.Scene, p view.Palette) error {
	e := &encoder{Buffer: new(bytes.Buffer), s: s, p: &p}
	e.put(`<svg xmlns="http://www.w3.org/2000/svg"`)
	e.num("width", s.Width)
	e.num("height", s.Height)
	e.put(` viewBox="0 0 `, short(s.Width), " ", short(s.Height), `" role="img" aria-label="`, Escape(s.Title), "\">\n<title>", Escape(s.Title), "</title>\n<desc>", Escape(s.Caption))
	if s.Readout != "" {
		e.put(" ", Escape(s.Readout))
	}
	e.put("</desc>\n<rect")
	e.num("width", s.Width)
	e.num("height", s.Height)
	e.paint("fill", view.Paint{Role: view.Paper})
	e.put("/>\n")
	for _, m := range s.Marks {
		switch m := m.(type) {
		case view.Curve:
			e.curve(m)
		case view.Lines:
			e.lines(m)
		case view.Rect:
			e.rect(m)
		case view.Disc:
			e.disc(m)
		case view.Text:
			e.line(m)
		case view.Cells:
			e.cells(m)
		}
	}
	e.put("</svg>\n")
	_, err := w.Write(e.Bytes())
	return err
}

type encoder struct {
	*bytes.Buffer
	s *view.Scene
	p *view.Palette
}

func (e *encoder) put(parts ...string) {
	for _, s := range parts {
		e.WriteString(s)
	}
}

func (e *encoder) attr(name, value string) { e.put(" ", name, `="`, value, `"`) }

func (e *encoder) num(name string, v float64) { e.attr(name, short(v)) }

// paint writes a fill or a stroke.
func (e *encoder) paint(name string, c view.Paint) {
	if c.Role == view.None {
		e.attr(name, "none")
		return
	}
	e.attr(name, e.p.Color(c).CSS())
	if o := c.Opacity(); o < 1 {
		e.attr(name+"-opacity", strconv.FormatFloat(o, 'f', 3, 64))
	}
}

func (e *encoder) curve(m view.Curve) {
	e.put(`<path d="M`, short(m.P[0][0]), " ", short(m.P[0][1]))
	for i, c := range m.P[1:] {
		e.put([]string{"C", " ", " "}[i], short(c[0]), " ", short(c[1]))
	}
	e.put(`" fill="none"`)
	e.paint("stroke", m.Paint)
	e.num("stroke-width", m.Width)
	if m.Ref.Part == view.Nowhere {
		e.put("/>\n")
		return
	}
	e.put("><title>", Escape(e.s.Label(m.Ref)), "</title></path>\n")
}

func (e *encoder) lines(m view.Lines) {
	e.put(`<path d="`)
	for _, l := range m.Segments {
		e.put("M", short(l[0][0]), " ", short(l[0][1]), "L", short(l[1][0]), " ", short(l[1][1]))
	}
	e.put(`" fill="none"`)
	e.paint("stroke", m.Paint)
	e.num("stroke-width", m.Width)
	e.put("/>\n")
}

func (e *encoder) rect(m view.Rect) {
	half := 0.0
	if m.Stroke.Role != view.None {
		half = m.StrokeWidth / 2
	}
	e.put("<rect")
	e.num("x", m.X+half)
	e.num("y", m.Y+half)
	e.num("width", math.Max(0, m.W-2*half))
	e.num("height", math.Max(0, m.H-2*half))
	e.paint("fill", m.Fill)
	if half > 0 {
		e.paint("stroke", m.Stroke)
		e.num("stroke-width", m.StrokeWidth)
	}
	e.put("/>\n")
}

func (e *encoder) disc(m view.Disc) {
	e.put("<circle")
	e.num("cx", m.X)
	e.num("cy", m.Y)
	e.num("r", m.R)
	e.paint("fill", m.Paint)
	e.put("/>\n")
}

func (e *encoder) line(m view.Text) {
	e.put("<text")
	e.num("x", m.X)
	e.num("y", m.Y)
	anchor := m.Anchor
	if m.RTL { // SVG's anchors follow the direction, ours do not
		e.put(` direction="rtl" unicode-bidi="isolate"`)
		anchor = view.Right - anchor
	}
	if anchor != view.Left {
		e.attr("text-anchor", []string{"", "middle", "end"}[anchor])
	}
	if m.Turn != 0 {
		e.attr("transform", "rotate("+short(m.Turn)+" "+short(m.X)+" "+short(m.Y)+")")
	}
	e.attr("font-family", Escape(m.Font.Family()))
	e.num("font-size", m.Font.Size)
	if m.Font.Bold {
		e.put(` font-weight="600"`)
	}
	if m.Font.Italic {
		e.put(` font-style="italic"`)
	}
	e.paint("fill", m.Paint)
	e.put(">", Escape(m.Text), "</text>\n")
}

// cells paints all cells of one colour as one path, so that a matrix is at most 256 paths, each a
// list of the rows' runs.
func (e *encoder) cells(m view.Cells) {
	runs := make([][][3]int, 256) // by level: row, first column, columns
	for row := range m.Rows {
		for col := 0; col < m.Cols; {
			from, level, skip := col, 0, m.Skip != nil && m.Skip[row*m.Cols+col]
			if !skip {
				level = m.Level(row*m.Cols + col)
			}
			for col++; col < m.Cols; col++ {
				at := row*m.Cols + col
				if s := m.Skip != nil && m.Skip[at]; s != skip || !s && m.Level(at) != level {
					break
				}
			}
			if !skip {
				runs[level] = append(runs[level], [3]int{row, from, col - from})
			}
		}
	}
	w, h := m.W/float64(m.Cols), m.H/float64(m.Rows)
	scale := &e.p.Weights
	if m.Signed {
		scale = &e.p.Signs
	}
	e.put("<g shape-rendering=\"crispEdges\">\n")
	for level, rs := range runs {
		if rs == nil {
			continue
		}
		e.put(`<path d="`)
		for _, r := range rs {
			wide := short(float64(r[2]) * w)
			e.put("M", short(m.X+float64(r[1])*w), " ", short(m.Y+float64(r[0])*h), "h", wide, "v", short(h), "h-", wide, "z")
		}
		e.put(`"`)
		e.attr("fill", scale[level].CSS())
		e.put("/>\n")
	}
	e.put("</g>\n")
}

// Escape makes any string text or an attribute's value of XML or HTML; what XML may not hold becomes U+FFFD.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case r < ' ' || r == 0xFFFE || r == 0xFFFF:
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r) // invalid UTF-8 is read as U+FFFD
		}
	}
	return b.String()
}

// short writes a length to a hundredth of a pixel.
func short(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
