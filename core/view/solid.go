package view

import (
	"math"

	"github.com/go-gl/mathgl/mgl64"
)

// Camera is how the reader has turned the tower. Its zero value is how it stands at first.
type Camera struct {
	Yaw, Pitch float64 // radians away from that: to the right, and upwards
	Zoom       float64 // magnification, as a power of 2
	X, Y       float64 // where the middle of the picture lies, in halves of its width and height; y upwards
	Columns    int     // how many tokens there is room for, so that the rest stays while some are added; 0: as many as there are
}

// The camera's first place, and the limits within which it can go.
const (
	firstYaw, firstPitch = -0.42, 0.20
	minPitch, maxPitch   = -0.15, 1.45
	minZoom, maxZoom     = -1, 4
)

// Clamp keeps the camera within its limits.
func (c Camera) Clamp() Camera {
	c.Pitch = mgl64.Clamp(c.Pitch, minPitch-firstPitch, maxPitch-firstPitch)
	c.Zoom = mgl64.Clamp(c.Zoom, minZoom, maxZoom)
	far := math.Max(0, math.Exp2(c.Zoom)-0.5)
	c.X, c.Y = mgl64.Clamp(c.X, -far, far), mgl64.Clamp(c.Y, -far, far)
	return c
}

// At zooms by a power of 2 about a point of the picture, in halves of its width and height from its middle.
func (c Camera) At(x, y, zoom float64) Camera {
	to := c
	to.Zoom = mgl64.Clamp(c.Zoom+zoom, minZoom, maxZoom)
	by := math.Exp2(to.Zoom - c.Zoom)
	to.X, to.Y = x+(c.X-x)*by, y+(c.Y-y)*by
	return to.Clamp()
}

// Solid is what of a scene stands in space. Painted from the camera it is what Scene.Marks of a scene
// without a Solid holds: the page gives it to the graphics card as it is.
type Solid struct {
	X, Y, W, H float64     // the part of the scene where it is seen, and where it is cut off
	Camera     [16]float64 // from its space to that part, a matrix by columns: x and y from -1 to 1, y upwards, before division by w
	Near, Far  float64     // w of what is nearest, and of what is furthest: Haze has what that does to ink
	Strokes    []Stroke    // in painting order; the same slice as long as nothing but the camera has changed
}

// Stroke is a cubic Bézier curve in space, painted with a width in pixels; or a disc.
type Stroke struct {
	P     [4]mgl64.Vec3 // ends, and control points between them; of a disc all are its middle
	Width float64       // or the disc's diameter
	Paint Paint
	Disc  bool
}

// haze is how much of the ink of what is furthest is left.
const haze = 0.4

// Haze is the part of its ink that is left of what is at w, since what is far is paler; but for what is
// painted as Focus.
func (s *Solid) Haze(w float64) float64 {
	return 1 - (1-haze)*mgl64.Clamp((w-s.Near)/(s.Far-s.Near), 0, 1)
}

// see projects a point to the scene.
func (s *Solid) see(p mgl64.Vec3) (at mgl64.Vec2, w float64) {
	v := mgl64.Mat4(s.Camera).Mul4x1(p.Vec4(1))
	return mgl64.Vec2{s.X + s.W*(1+v[0]/v[3])/2, s.Y + s.H*(1-v[1]/v[3])/2}, v[3]
}

// flat is what is seen of a stroke; ok is false where it lies outside.
func (s *Solid) flat(k *Stroke) (m Mark, ok bool) {
	var c Curve
	var w float64
	low, high := mgl64.Vec2{math.Inf(1), math.Inf(1)}, mgl64.Vec2{math.Inf(-1), math.Inf(-1)}
	for i, p := range k.P {
		at, depth := s.see(p)
		c.P[i] = at
		w += depth / 4
		for n := range at {
			low[n], high[n] = math.Min(low[n], at[n]), math.Max(high[n], at[n])
		}
	}
	if high[0] < s.X || low[0] > s.X+s.W || high[1] < s.Y || low[1] > s.Y+s.H {
		return nil, false
	}
	c.Width, c.Paint = k.Width, k.Paint
	if k.Paint.Role != Focus {
		c.Paint.Alpha = k.Paint.Opacity() * s.Haze(w)
	}
	if k.Disc {
		return Disc{X: c.P[0][0], Y: c.P[0][1], R: k.Width / 2, Paint: c.Paint}, true
	}
	return c, true
}

// distance is how far away the camera is. A unit at the origin is then a pixel.
func (s *Solid) distance() float64 { return 1.7 * math.Max(s.W, s.H) }

// from is what a camera sees that looks at the origin from some side.
func (s *Solid) from(yaw, pitch float64) mgl64.Mat4 {
	far := s.distance()
	eye := mgl64.Vec3{math.Sin(yaw) * math.Cos(pitch), math.Sin(pitch), math.Cos(yaw) * math.Cos(pitch)}
	return mgl64.Perspective(2*math.Atan(s.H/2/far), s.W/s.H, far/10, 3*far).
		Mul4(mgl64.LookAtV(eye.Mul(far), mgl64.Vec3{}, mgl64.Vec3{0, 1, 0}))
}

func disc(at mgl64.Vec3, width float64, p Paint) Stroke {
	return Stroke{P: [4]mgl64.Vec3{at, at, at, at}, Width: width, Paint: p, Disc: true}
}

func straight(a, b mgl64.Vec3, width float64, p Paint) Stroke {
	d := b.Sub(a).Mul(1. / 3)
	return Stroke{P: [4]mgl64.Vec3{a, a.Add(d), b.Sub(d), b}, Width: width, Paint: p}
}
