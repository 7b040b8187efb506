//go:build js && wasm

package page

import (
	"math"
	"strconv"

	"honnef.co/go/js/dom/v2"

	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// space paints what of a scene stands in space, by WebGL 2, on a canvas of its own under the other; and
// holds the camera, which pointers, the wheel and keys move.
type space struct {
	f      *figure
	canvas *dom.HTMLCanvasElement // nil until it is asked for
	gl     bridge.Value           // null without WebGL
	lost   bool                   // the graphics card took it back, and did not return it in time
	wait   *bridge.Timer

	uniforms map[string]bridge.Value
	strokes  *view.Stroke // the first of those that the card holds
	count    int
	colors   bool  // are the card's the figure's?
	shown    shown // what is on the canvas

	fingers map[int][2]float64
	far     float64 // how far the pointers have gone since the first came
	engaged bool    // the wheel turns the tower, not the page
}

// shown is what a painting depends on, besides the colours.
type shown struct {
	x, y, w, h, near, far, density float64
	camera                         [16]float64
	strokes                        *view.Stroke
}

// vertex places the corners of a strip along a curve, or of a square around a disc. A curve is flattened
// first, as Solid's flat does, and then followed, so that both draw the same.
var vertex = `#version 300 es
uniform mat4 camera;
uniform vec2 size;
uniform vec2 range;
uniform float density, pieces, faded, focus;
uniform vec3 colors[` + strconv.Itoa(int(view.Weight)+1) + `];
in vec3 p0, p1, p2, p3;
in vec4 style;
out vec4 ink;
out vec2 at;
flat out float radius, disc;
void main() {
	float t = float(gl_VertexID / 2) / pieces, side = float(gl_VertexID % 2) * 2. - 1., u = 1. - t;
	vec4 c0 = camera * vec4(p0, 1), c1 = camera * vec4(p1, 1), c2 = camera * vec4(p2, 1), c3 = camera * vec4(p3, 1);
	vec2 a = size * c0.xy / c0.w, b = size * c1.xy / c1.w, c = size * c2.xy / c2.w, d = size * c3.xy / c3.w;
	radius = style.x / 2.;
	disc = style.w;
	float wide = radius + 1. / density;
	vec2 to;
	if (disc > 0.) {
		at = vec2(2. * t - 1., side) * wide;
		to = a + at;
	} else {
		vec2 along = u * u * (b - a) + 2. * u * t * (c - b) + t * t * (d - c);
		if (dot(along, along) < 1e-9) along = d - a + vec2(0, 1e-6);
		along = normalize(along);
		at = vec2(0, side * wide);
		to = u * u * u * a + 3. * u * u * t * b + 3. * u * t * t * c + t * t * t * d + vec2(-along.y, along.x) * at.y;
	}
	gl_Position = vec4(to / size, 0, 1);
	float w = (c0.w + c1.w + c2.w + c3.w) / 4.;
	ink = vec4(colors[int(style.z)], style.y * (1. - (style.z == focus ? 0. : faded) * clamp((w - range.x) / (range.y - range.x), 0., 1.)));
}`

// fragment paints with soft edges, a pixel wide.
const fragment = `#version 300 es
precision highp float;
uniform float density;
in vec4 ink;
in vec2 at;
flat in float radius, disc;
out vec4 color;
void main() {
	float d = disc > 0. ? length(at) : abs(at.y);
	float alpha = ink.a * clamp((radius - d) * density + .5, 0., 1.);
	color = vec4(ink.rgb * alpha, alpha);
}`

// pieces is how many straight pieces a curve is painted as: fewer where there are many, and so short ones.
func pieces(strokes int) int {
	if strokes > 2500 {
		return 12
	}
	return 24
}

// floats is how many numbers a stroke is on the card: four points, and width, opacity, colour, disc.
const floats = 16

func newSpace(f *figure) *space {
	s := &space{f: f, gl: bridge.Null(), fingers: map[int][2]float64{}}
	s.wait = bridge.NewTimer(func() {
		s.lost = true
		f.e.apply(state.Flatten{Yes: true})
	})
	f.listen("pointerdown", s.down)
	for _, event := range []string{"pointerup", "pointercancel"} {
		f.listen(event, s.up)
	}
	f.listen("pointerleave", func(bridge.Event) { s.engaged = false })
	f.listen("wheel", s.wheel)
	return s
}

// there says whether there is WebGL, and takes it when it is asked for the first time.
func (s *space) there() bool {
	if s.canvas == nil {
		s.canvas = canvas()
		s.canvas.SetAttribute("aria-hidden", "true")
		s.canvas.SetClass("space")
		s.f.stage.Call("prepend", s.canvas.Underlying())
		s.gl = s.canvas.Call("getContext", "webgl2", map[string]any{"antialias": false, "depth": false})
		on := func(event string, do func(bridge.Event)) {
			s.f.removes = append(s.f.removes, bridge.Listen(s.canvas.Underlying(), event, do))
		}
		on("webglcontextlost", func(event bridge.Event) {
			event.Prevent() // so that it may come back
			const patience = 2000
			s.strokes = nil
			s.wait.After(patience)
		})
		on("webglcontextrestored", func(bridge.Event) {
			s.wait.Stop()
			s.lost = false
			s.prepare()
			s.f.e.apply(state.Flatten{})
			s.f.again()
		})
		if s.gl.Truthy() {
			s.prepare()
		}
	}
	return s.gl.Truthy() && !s.lost
}

// prepare gives the card its program and the place for strokes.
func (s *space) prepare() {
	gl := s.gl
	program := gl.Call("createProgram")
	for kind, source := range map[string]string{"VERTEX_SHADER": vertex, "FRAGMENT_SHADER": fragment} {
		shader := gl.Call("createShader", gl.Get(kind))
		gl.Call("shaderSource", shader, source)
		gl.Call("compileShader", shader)
		gl.Call("attachShader", program, shader)
	}
	for i, name := range []string{"p0", "p1", "p2", "p3", "style"} {
		gl.Call("bindAttribLocation", program, i, name)
	}
	gl.Call("linkProgram", program)
	gl.Call("useProgram", program)
	s.uniforms = map[string]bridge.Value{}
	for _, name := range []string{"camera", "size", "range", "density", "pieces", "faded", "focus", "colors"} {
		s.uniforms[name] = gl.Call("getUniformLocation", program, name)
	}
	gl.Call("bindBuffer", gl.Get("ARRAY_BUFFER"), gl.Call("createBuffer"))
	for i := range 5 {
		gl.Call("enableVertexAttribArray", i)
		gl.Call("vertexAttribPointer", i, min(3+i/4, 4), gl.Get("FLOAT"), false, 4*floats, 4*3*i)
		gl.Call("vertexAttribDivisor", i, 1)
	}
	gl.Call("uniform1f", s.uniforms["focus"], int(view.Focus))
	gl.Call("enable", gl.Get("BLEND"))
	gl.Call("blendFunc", gl.Get("ONE"), gl.Get("ONE_MINUS_SRC_ALPHA"))
	s.strokes, s.colors, s.shown = nil, false, shown{}
}

// paint paints a scene's solid, or clears the place of one that is gone.
func (s *space) paint(scene *view.Scene, density float64) {
	if s.canvas == nil {
		return
	}
	so := scene.Solid
	hide(s.canvas, so == nil)
	if so == nil || s.gl.Call("isContextLost").Bool() || len(so.Strokes) == 0 {
		s.shown = shown{}
		return
	}
	now := shown{so.X, so.Y, so.W, so.H, so.Near, so.Far, density, so.Camera, &so.Strokes[0]}
	if s.colors && now == s.shown {
		return
	}
	s.shown = now
	gl, p := s.gl, s.f.painter
	width, height := int(math.Ceil(so.W*density)), int(math.Ceil(so.H*density))
	if width != s.canvas.Width() || height != s.canvas.Height() {
		s.canvas.SetWidth(width)
		s.canvas.SetHeight(height)
		gl.Call("viewport", 0, 0, width, height)
	}
	for _, at := range []struct {
		property string
		v        float64
	}{{"left", so.X}, {"top", so.Y}, {"width", so.W}, {"height", so.H}} {
		style(s.canvas.BasicHTMLElement, at.property, px(at.v))
	}
	if !s.colors {
		s.colors = true
		var all []float32
		for role := view.Role(0); role <= view.Weight; role++ {
			all = append(all, p.rgb(view.Paint{Role: role, Value: 1})...)
		}
		gl.Call("uniform3fv", s.uniforms["colors"], bridge.New("Float32Array", bridge.NumbersToJS(all)))
		paper := p.rgb(view.Paint{Role: view.Paper})
		if p.ground {
			gl.Call("clearColor", paper[0], paper[1], paper[2], 1)
		} else {
			gl.Call("clearColor", 0, 0, 0, 0)
		}
	}
	if s.strokes != now.strokes {
		s.strokes, s.count = now.strokes, len(so.Strokes)
		all := make([]float32, 0, floats*s.count)
		for i := range so.Strokes {
			k := &so.Strokes[i]
			for _, at := range k.P {
				all = append(all, float32(at[0]), float32(at[1]), float32(at[2]))
			}
			disc := float32(0)
			if k.Disc {
				disc = 1
			}
			all = append(all, float32(k.Width), float32(k.Paint.Opacity()), float32(k.Paint.Role), disc)
		}
		gl.Call("uniform1f", s.uniforms["pieces"], pieces(s.count))
		gl.Call("bufferData", gl.Get("ARRAY_BUFFER"), bridge.NumbersToJS(all), gl.Get("DYNAMIC_DRAW"))
	}
	camera := make([]float32, 16)
	for i, v := range so.Camera {
		camera[i] = float32(v)
	}
	gl.Call("uniformMatrix4fv", s.uniforms["camera"], false, bridge.New("Float32Array", bridge.NumbersToJS(camera)))
	gl.Call("uniform2f", s.uniforms["size"], so.W/2, so.H/2)
	gl.Call("uniform2f", s.uniforms["range"], so.Near, so.Far)
	gl.Call("uniform1f", s.uniforms["density"], density)
	gl.Call("uniform1f", s.uniforms["faded"], 1-so.Haze(so.Far))
	gl.Call("clear", gl.Get("COLOR_BUFFER_BIT"))
	gl.Call("drawArraysInstanced", gl.Get("TRIANGLE_STRIP"), 0, 2*(pieces(s.count)+1), s.count)
}

// active says whether the tower is on the screen.
func (s *space) active() bool {
	return s.f.scene != nil && s.f.scene.Solid != nil
}

func (s *space) camera() view.Camera { return s.f.e.state.Camera }

func (s *space) move(to view.Camera) { s.f.e.apply(state.Turn{Camera: to}) }

// follow keeps what the keyboard points at in the picture of a tower that is nearer than at first.
func (s *space) follow(ref view.Ref) {
	if !s.active() || s.camera().Zoom <= 0 {
		return
	}
	const edge = 48
	so := s.f.scene.Solid
	if x, y, w, h, ok := s.f.scene.Place(ref); ok {
		x, y = x+w/2, y+h/2
		c := s.camera()
		c.X += 2 * (max(so.X+edge, min(x, so.X+so.W-edge)) - x) / so.W
		c.Y -= 2 * (max(so.Y+edge, min(y, so.Y+so.H-edge)) - y) / so.H
		s.move(c)
	}
}

// at is where an event happened, in halves of the picture from its middle.
func (s *space) at(event bridge.Event) (x, y float64) {
	so := s.f.scene.Solid
	x, y = s.f.inScene(event.X(), event.Y())
	return 2*(x-so.X)/so.W - 1, 1 - 2*(y-so.Y)/so.H
}

func (s *space) down(event bridge.Event) {
	if !s.active() {
		return
	}
	s.engaged = true
	if len(s.fingers) == 0 {
		s.far = 0
	}
	s.fingers[event.Pointer()] = [2]float64{event.X(), event.Y()}
}

func (s *space) up(event bridge.Event) { delete(s.fingers, event.Pointer()) }

// dragged follows a pointer that is down: one turns the tower, or with Shift shifts it; two shift and zoom.
// It says whether the pointer does that, and so does not point.
func (s *space) dragged(event bridge.Event) bool {
	id := event.Pointer()
	from, down := s.fingers[id]
	if !down || !s.active() {
		return false
	}
	if !event.Down() { // it was let go elsewhere
		s.up(event)
		return false
	}
	to := [2]float64{event.X(), event.Y()}
	dx, dy := to[0]-from[0], to[1]-from[1]
	s.fingers[id] = to
	if s.far += math.Hypot(dx, dy); s.far < 4 {
		return false
	}
	if s.far-math.Hypot(dx, dy) < 4 {
		s.f.stage.Call("setPointerCapture", id)
		s.f.pointAt(view.Ref{})
	}
	c, so := s.camera(), s.f.scene.Solid
	switch {
	case len(s.fingers) == 2:
		for other, at := range s.fingers {
			if other != id {
				if was, is := math.Hypot(from[0]-at[0], from[1]-at[1]), math.Hypot(to[0]-at[0], to[1]-at[1]); was > 0 && is > 0 {
					x, y := s.at(event)
					c = c.At(x-dx/so.W, y+dy/so.H, math.Log2(is/was))
				}
			}
		}
		c.X, c.Y = c.X+dx/so.W, c.Y-dy/so.H
	case event.Shift():
		c.X, c.Y = c.X+2*dx/so.W, c.Y-2*dy/so.H
	default:
		const slow = 0.006 // radians to a pixel
		c.Yaw, c.Pitch = c.Yaw-slow*dx, c.Pitch+slow*dy
	}
	s.move(c)
	return true
}

// clicked says whether a click is one, and not the end of a drag.
func (s *space) clicked() bool { return s.far < 4 || !s.active() }

// wheel zooms, of a tower that was pressed, or with Ctrl, which is what a pinch on a trackpad says; else the
// page scrolls.
func (s *space) wheel(event bridge.Event) {
	if !s.active() || !s.engaged && !event.Ctrl() && !event.Meta() {
		return
	}
	event.Prevent()
	by := -event.Wheel()
	x, y := s.at(event)
	s.move(s.camera().At(x, y, math.Max(-0.5, math.Min(by/300, 0.5))))
}

// back puts the tower back as it stood at first.
func (s *space) back() { s.move(view.Camera{Columns: s.camera().Columns}) }

// key turns the tower by Shift and arrows, zooms by + and -, puts it back by 0, and lets go of a word by
// Escape. It says whether the key was for that.
func (s *space) key(event bridge.Event) bool {
	if !s.active() || event.Ctrl() {
		return false
	}
	const turn, zoom = 0.12, 0.25
	c := s.camera()
	switch key := event.Key(); {
	case key == "+" || key == "=":
		c = c.At(0, 0, zoom)
	case key == "-" || key == "_":
		c = c.At(0, 0, -zoom)
	case key == "0":
		event.Prevent()
		s.back()
		return true
	case key == "Escape":
		return s.free()
	case !event.Shift():
		return false
	case key == "ArrowLeft":
		c.Yaw -= turn
	case key == "ArrowRight":
		c.Yaw += turn
	case key == "ArrowUp":
		c.Pitch += turn
	case key == "ArrowDown":
		c.Pitch -= turn
	default:
		return false
	}
	event.Prevent()
	s.move(c)
	return true
}

// free lets go of a token. It says whether one was locked.
func (s *space) free() bool {
	if s.f.e.state.Token < 0 {
		return false
	}
	s.f.e.apply(state.Release{})
	return true
}

func (s *space) release() {
	s.wait.Release()
	if s.gl.Truthy() { // browsers keep only so many
		if lose := s.gl.Call("getExtension", "WEBGL_lose_context"); lose.Truthy() {
			lose.Call("loseContext")
		}
	}
}

// rgb is a colour as the card wants it. The author of a document may have written it in any of CSS's ways.
func (p *painter) rgb(c view.Paint) []float32 {
	rgba := bridge.RGBA(p.color(c))
	return []float32{float32(rgba[0]) / 255, float32(rgba[1]) / 255, float32(rgba[2]) / 255}
}
