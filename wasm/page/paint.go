//go:build js && wasm

package page

import (
	"math"

	"honnef.co/go/js/dom/v2"

	"heed/core/view"
	"heed/wasm/bridge"
)

// painter paints scenes on a canvas.
type painter struct {
	canvas  *dom.HTMLCanvasElement
	c       *dom.CanvasRenderingContext2D
	palette *view.Palette
	colors  [view.Weight]string // by role; the author of a document may have chosen others than the palette
	ground  bool                // paint the paper too

	// What the context is set to: setting it again would cost more than looking here.
	fill, stroke, font string
	align              view.Anchor
	rtl                bool
	width, alpha       float64

	path []float32 // of curves that are painted alike

	tile, small *dom.HTMLCanvasElement // where a matrix is painted, one pixel a cell: a large one, others
	of          *view.Cells            // what is on the tile, in which theme
	dark        bool
}

func newCanvas() *dom.HTMLCanvasElement {
	return &dom.HTMLCanvasElement{BasicHTMLElement: create("canvas", "")}
}

func newPainter() *painter {
	p := &painter{canvas: newCanvas(), tile: newCanvas(), small: newCanvas()}
	p.canvas.SetAttribute("aria-hidden", "true")
	p.c = &dom.CanvasRenderingContext2D{Value: p.canvas.GetContext("2d")}
	return p
}

// window is the part of a scene that a canvas shows, in CSS pixels, and the pixels to each.
type window struct{ top, width, height, density float64 }

// paint paints what of a scene is in the window.
func (p *painter) paint(s *view.Scene, w window) {
	width, height := int(math.Ceil(w.width*w.density)), int(math.Ceil(w.height*w.density))
	if width != p.canvas.Width() || height != p.canvas.Height() { // which clears it, and forgets all settings
		p.canvas.SetWidth(width)
		p.canvas.SetHeight(height)
		style := p.canvas.Style()
		style.SetProperty("width", px(w.width), "")
		style.SetProperty("height", px(w.height), "")
	} else {
		p.c.ResetTransform()
		p.c.ClearRect(0, 0, float64(width), float64(height))
	}
	p.fill, p.stroke, p.font, p.align, p.rtl, p.width, p.alpha = "", "", "", 255, false, 0, 0
	p.c.SetTransform(w.density, 0, 0, w.density, 0, -w.top*w.density)
	p.c.Set("direction", "ltr")
	if p.ground {
		p.fillWith(view.Paint{Role: view.Paper})
		if so := s.Solid; so != nil { // which has a ground of its own
			p.c.FillRect(0, 0, w.width, so.Y)
			p.c.FillRect(0, so.Y+so.H, w.width, s.Height)
		} else {
			p.c.FillRect(0, w.top, w.width, w.height)
		}
	}
	const room = 24 // what a text may stick out
	from, to := w.top-room, w.top+w.height+room
	for i, m := range s.Marks {
		switch m := m.(type) {
		case view.Curve:
			if i == 0 || !like(m, s.Marks[i-1]) {
				p.strokeWith(m.Paint, m.Width)
				p.c.BeginPath()
			}
			top, bottom := m.P[0][1], m.P[0][1]
			for _, at := range m.P[1:] {
				top, bottom = math.Min(top, at[1]), math.Max(bottom, at[1])
			}
			if bottom >= from && top <= to {
				for _, at := range m.P {
					p.path = append(p.path, float32(at[0]), float32(at[1]))
				}
			}
			if i+1 == len(s.Marks) || !like(m, s.Marks[i+1]) {
				bridge.Curves(p.c.Value, p.path)
				p.path = p.path[:0]
				p.c.Stroke()
			}
		case view.Lines:
			p.lines(m, from, to)
		case view.Rect:
			p.rect(m)
		case view.Disc:
			p.disc(m)
		case view.Text:
			if m.Turn != 0 || m.Y >= from && m.Y <= to {
				p.text(m, w)
			}
		case view.Cells:
			p.cells(m)
		}
	}
}

func (p *painter) color(c view.Paint) string {
	if c.Role >= view.Weight {
		return p.palette.Color(c).CSS()
	}
	return p.colors[c.Role]
}

func (p *painter) opacity(c view.Paint) {
	if o := c.Opacity(); o != p.alpha {
		p.alpha = o
		p.c.SetGlobalAlpha(o)
	}
}

func (p *painter) fillWith(c view.Paint) {
	p.opacity(c)
	if color := p.color(c); color != p.fill {
		p.fill = color
		p.c.SetFillStyle(color)
	}
}

func (p *painter) strokeWith(c view.Paint, width float64) {
	p.opacity(c)
	if color := p.color(c); color != p.stroke {
		p.stroke = color
		p.c.SetStrokeStyle(color)
	}
	if width != p.width {
		p.width = width
		p.c.Set("lineWidth", width) // dom's SetLineWidth takes whole numbers only
	}
}

// like says whether a mark is a curve painted as another, so that one stroke paints both.
func like(c view.Curve, m view.Mark) bool {
	other, ok := m.(view.Curve)
	return ok && other.Paint == c.Paint && other.Width == c.Width
}

func (p *painter) lines(m view.Lines, from, to float64) {
	p.strokeWith(m.Paint, m.Width)
	p.c.BeginPath()
	for _, l := range m.Segments {
		if math.Max(l[0][1], l[1][1]) >= from && math.Min(l[0][1], l[1][1]) <= to {
			p.c.MoveTo(l[0][0], l[0][1])
			p.c.LineTo(l[1][0], l[1][1])
		}
	}
	p.c.Stroke()
}

func (p *painter) rect(m view.Rect) {
	if m.Fill.Role != view.None {
		p.fillWith(m.Fill)
		p.c.FillRect(m.X, m.Y, m.W, m.H)
	}
	if m.Stroke.Role != view.None {
		p.strokeWith(m.Stroke, m.StrokeWidth)
		half := m.StrokeWidth / 2
		p.c.StrokeRect(m.X+half, m.Y+half, m.W-m.StrokeWidth, m.H-m.StrokeWidth)
	}
}

func (p *painter) disc(m view.Disc) {
	p.fillWith(m.Paint)
	p.c.BeginPath()
	p.c.Call("arc", m.X, m.Y, m.R, 0, 2*math.Pi)
	p.c.Fill()
}

func (p *painter) text(m view.Text, w window) {
	p.fillWith(m.Paint)
	if font := m.Font.CSS(); font != p.font {
		p.font = font
		p.c.SetFont(font)
	}
	if m.Anchor != p.align {
		p.align = m.Anchor
		p.c.SetTextAlign([...]string{view.Left: "left", view.Middle: "center", view.Right: "right"}[m.Anchor])
	}
	if m.RTL != p.rtl {
		p.rtl = m.RTL
		p.c.Set("direction", map[bool]string{false: "ltr", true: "rtl"}[m.RTL])
	}
	if m.Turn == 0 {
		p.c.FillText(m.Text, m.X, m.Y, -1)
		return
	}
	sin, cos := math.Sincos(m.Turn * math.Pi / 180)
	d := w.density
	p.c.SetTransform(d*cos, d*sin, -d*sin, d*cos, d*m.X, d*(m.Y-w.top))
	p.c.FillText(m.Text, 0, 0, -1)
	p.c.SetTransform(d, 0, 0, d, 0, -w.top*d)
}

// cells paints a matrix one pixel a cell, and stretches it. What is on the tile already, as while a pointer
// goes over it, is not painted there again.
func (p *painter) cells(m view.Cells) {
	tile := p.tile
	if last := p.of; last == nil || !m.Alike(last) || p.dark != p.palette.Dark {
		clamped := bridge.New("Uint8ClampedArray", bridge.BytesToJS(m.Pixels(p.palette)).Get("buffer"))
		if len(m.Values) < 4096 { // the large one keeps its own
			tile = p.small
		} else {
			p.of, p.dark = &m, p.palette.Dark
		}
		if tile.Width() != m.Cols || tile.Height() != m.Rows {
			tile.SetWidth(m.Cols)
			tile.SetHeight(m.Rows)
		}
		tile.GetContext("2d").Call("putImageData", bridge.New("ImageData", clamped, m.Cols, m.Rows), 0, 0)
	}
	p.opacity(view.Paint{})
	p.c.Set("imageSmoothingEnabled", false)
	p.c.Call("drawImage", tile.Underlying(), m.X, m.Y, m.W, m.H)
}

// widths measures texts, and remembers.
type widths struct {
	c    bridge.Value
	font string
	of   map[measured]float64
}

type measured struct {
	text string
	font view.Font
}

func newWidths() *widths {
	return &widths{c: newCanvas().GetContext("2d"), of: map[measured]float64{}}
}

func (w *widths) measure(text string, f view.Font) float64 {
	key := measured{text, f}
	if v, ok := w.of[key]; ok {
		return v
	}
	if font := f.CSS(); font != w.font {
		w.font = font
		w.c.Set("font", font)
	}
	v := w.c.Call("measureText", text).Get("width").Float()
	if len(w.of) > 20000 {
		clear(w.of)
	}
	w.of[key] = v
	return v
}
