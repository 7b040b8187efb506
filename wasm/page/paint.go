//go:build js && wasm

package page

import (
	"math"
	"slices"

	"honnef.co/go/js/dom/v2"

	"heed/core/view"
	"heed/wasm/bridge"
)

// painter paints scenes on a canvas. It writes down what there is to paint and hands that over once: each call
// from Go to the browser costs more than what it paints.
type painter struct {
	canvas  *dom.HTMLCanvasElement
	c       *dom.CanvasRenderingContext2D
	palette *view.Palette
	colors  [view.Weight]string // by role; the author of a document may have chosen others than the palette
	ground  bool                // paint the paper too

	list bridge.Painting

	// What the context is set to by the list so far.
	fill, stroke, font string
	align              view.Anchor
	rtl                bool
	width, alpha       float64
	turn               float64

	tile   *dom.HTMLCanvasElement // where matrices are painted, one pixel a cell, side by side
	on     []view.Cells           // what is on the tile, in which theme
	dark   bool
	pixels []uint32 // of the tile, kept for the next
}

func newPainter() *painter {
	p := &painter{canvas: canvas(), tile: canvas()}
	p.canvas.SetAttribute("aria-hidden", "true")
	p.c = &dom.CanvasRenderingContext2D{Value: p.canvas.GetContext("2d")}
	return p
}

// paint paints what of a scene is in the window.
func (p *painter) paint(s *view.Scene, w window) {
	width, height := int(math.Ceil(w.width*w.density)), int(math.Ceil(w.height*w.density))
	style := p.canvas.Style()
	if width != p.canvas.Width() {
		p.canvas.SetWidth(width)
		style.SetProperty("width", px(w.width), "")
	}
	if height != p.canvas.Height() {
		p.canvas.SetHeight(height)
		style.SetProperty("height", px(w.height), "")
	}
	p.list.Begin()
	p.fill, p.stroke, p.font, p.align, p.rtl, p.width, p.alpha = "", "", "", 255, false, 0, 0
	p.turn = math.NaN()
	p.list.Do(bridge.Transform, 1, 0, 0, 1, 0, 0)
	p.list.Do(bridge.Clear, 0, 0, float64(width), float64(height))
	p.turned(0, w)
	p.list.Write(bridge.Direction, "ltr")
	if p.ground {
		p.fillWith(view.Paint{Role: view.Paper})
		if so := s.Solid; so != nil { // which has a ground of its own
			p.list.Do(bridge.FillRect, 0, 0, w.width, so.Y)
			p.list.Do(bridge.FillRect, 0, so.Y+so.H, w.width, s.Height)
		} else {
			p.list.Do(bridge.FillRect, 0, w.top, w.width, w.height)
		}
	}
	cells, places := p.spread(s, w)
	const room = 24 // what a text may stick out
	from, to := w.top-room, w.top+w.height+room
	for i, m := range s.Marks {
		text, _ := m.(view.Text)
		p.turned(text.Turn, w)
		switch m := m.(type) {
		case view.Curve:
			if i == 0 || !like(m, s.Marks[i-1]) {
				p.strokeWith(m.Paint, m.Width)
				p.list.Do(bridge.BeginPath)
			}
			top, bottom := m.P[0][1], m.P[0][1]
			for _, at := range m.P[1:] {
				top, bottom = math.Min(top, at[1]), math.Max(bottom, at[1])
			}
			if bottom >= from && top <= to {
				p.list.Do(bridge.Curve, m.P[0][0], m.P[0][1], m.P[1][0], m.P[1][1], m.P[2][0], m.P[2][1], m.P[3][0], m.P[3][1])
			}
			if i+1 == len(s.Marks) || !like(m, s.Marks[i+1]) {
				p.list.Do(bridge.Stroke)
			}
		case view.Lines:
			p.strokeWith(m.Paint, m.Width)
			p.list.Do(bridge.BeginPath)
			for _, l := range m.Segments {
				if math.Max(l[0][1], l[1][1]) >= from && math.Min(l[0][1], l[1][1]) <= to {
					p.list.Do(bridge.Line, l[0][0], l[0][1], l[1][0], l[1][1])
				}
			}
			p.list.Do(bridge.Stroke)
		case view.Rect:
			if m.Fill.Role != view.None {
				p.fillWith(m.Fill)
				p.list.Do(bridge.FillRect, m.X, m.Y, m.W, m.H)
			}
			if m.Stroke.Role != view.None {
				p.strokeWith(m.Stroke, m.StrokeWidth)
				half := m.StrokeWidth / 2
				p.list.Do(bridge.StrokeRect, m.X+half, m.Y+half, m.W-m.StrokeWidth, m.H-m.StrokeWidth)
			}
		case view.Disc:
			p.fillWith(m.Paint)
			p.list.Do(bridge.Disc, m.X, m.Y, m.R)
		case view.Text:
			if m.Turn != 0 || m.Y >= from && m.Y <= to {
				p.text(m)
			}
		case view.Cells:
			p.opacity(view.Paint{})
			m, at := cells[0], places[0]
			p.list.Do(bridge.Tile, float64(at[0]), float64(at[1]), float64(m.Cols), float64(m.Rows), m.X, m.Y, m.W, m.H)
			cells, places = cells[1:], places[1:]
		}
	}
	p.list.Paint(p.c.Value, p.tile.Value)
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
		p.list.Do(bridge.Alpha, o)
	}
}

func (p *painter) fillWith(c view.Paint) {
	p.opacity(c)
	if color := p.color(c); color != p.fill {
		p.fill = color
		p.list.Write(bridge.FillStyle, color)
	}
}

func (p *painter) strokeWith(c view.Paint, width float64) {
	p.opacity(c)
	if color := p.color(c); color != p.stroke {
		p.stroke = color
		p.list.Write(bridge.StrokeStyle, color)
	}
	if width != p.width {
		p.width = width
		p.list.Do(bridge.LineWidth, width)
	}
}

// like says whether a mark is a curve painted as another, so that one stroke paints both.
func like(c view.Curve, m view.Mark) bool {
	other, ok := m.(view.Curve)
	return ok && other.Paint == c.Paint && other.Width == c.Width
}

func (p *painter) text(m view.Text) {
	p.fillWith(m.Paint)
	if font := m.Font.CSS(); font != p.font {
		p.font = font
		p.list.Write(bridge.Font, font)
	}
	if m.Anchor != p.align {
		p.align = m.Anchor
		p.list.Write(bridge.Align, [...]string{view.Left: "left", view.Middle: "center", view.Right: "right"}[m.Anchor])
	}
	if m.RTL != p.rtl {
		p.rtl = m.RTL
		p.list.Write(bridge.Direction, map[bool]string{false: "ltr", true: "rtl"}[m.RTL])
	}
	sin, cos := math.Sincos(m.Turn * math.Pi / 180)
	p.list.Write(bridge.FillText, m.Text, cos*m.X+sin*m.Y, cos*m.Y-sin*m.X)
}

// turned makes what follows be drawn turned by so many degrees about the scene's origin. The labels of an axis share an
// angle, so that it is set once for all of them: a canvas takes 10 µs for it.
func (p *painter) turned(degrees float64, w window) {
	if degrees == p.turn {
		return
	}
	p.turn = degrees
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	d := w.density
	p.list.Do(bridge.Transform, d*cos, d*sin, -d*sin, d*cos, 0, -w.top*d)
}

// spread paints the matrices of a scene on the tile, and says where each begins. What is there already, as
// while a pointer goes over them, is not painted there again. Of a large one it is the rows that are in the window.
func (p *painter) spread(s *view.Scene, w window) (all []view.Cells, places [][2]int) {
	const most = 4096 // rows; what is more goes beside
	cols := 0
	for _, m := range s.Marks {
		if m, ok := m.(view.Cells); ok {
			if len(m.Values) > work/8 {
				high := m.H / float64(m.Rows)
				from := max(0, min(int((w.top-m.Y)/high), m.Rows-1))
				to := max(from+1, min(int((w.top+w.height-m.Y)/high)+1, m.Rows))
				m.Y, m.H, m.Rows, m.Values = m.Y+float64(from)*high, float64(to-from)*high, to-from, m.Values[from*m.Cols:to*m.Cols]
				if m.Skip != nil {
					m.Skip = m.Skip[from*m.Cols : to*m.Cols]
				}
			}
			all, cols = append(all, m), max(cols, m.Cols)
		}
	}
	width, height, y := cols, 0, 0
	for _, m := range all {
		if y > 0 && y+m.Rows > most {
			width, y = width+cols, 0
		}
		places = append(places, [2]int{width - cols, y})
		y += m.Rows
		height = max(height, y)
	}
	if len(all) == 0 || p.dark == p.palette.Dark && slices.EqualFunc(all, p.on, func(a, b view.Cells) bool { return a.Alike(&b) }) {
		return all, places
	}
	p.on, p.dark = all, p.palette.Dark
	p.pixels = slices.Grow(p.pixels[:0], width*height)[:width*height]
	clear(p.pixels)
	for i, m := range all {
		m.Pixels(p.palette, p.pixels[places[i][1]*width+places[i][0]:], width)
	}
	if p.tile.Width() != width || p.tile.Height() != height {
		p.tile.SetWidth(width)
		p.tile.SetHeight(height)
	}
	clamped := bridge.New("Uint8ClampedArray", bridge.NumbersToJS(p.pixels))
	p.tile.GetContext("2d").Call("putImageData", bridge.New("ImageData", clamped, width, height), 0, 0)
	return all, places
}

// widths measures texts, and remembers those that were measured last: what is shown is measured over and over, and
// what was typed long ago is not kept.
type widths struct {
	c        bridge.Value
	font     string
	now, old map[measured]float64
}

type measured struct {
	text string
	font view.Font
}

func newWidths() *widths {
	return &widths{c: canvas().GetContext("2d"), now: map[measured]float64{}}
}

func (w *widths) measure(text string, f view.Font) float64 {
	const many = 600 // texts, which are more than a picture has
	key := measured{text, f}
	v, ok := w.now[key]
	if ok {
		return v
	}
	if v, ok = w.old[key]; !ok {
		if font := f.CSS(); font != w.font {
			w.font = font
			w.c.Set("font", font)
		}
		v = w.c.Call("measureText", text).Get("width").Float()
	}
	if len(w.now) >= many {
		w.now, w.old = make(map[measured]float64, many), w.now
	}
	w.now[key] = v
	return v
}
