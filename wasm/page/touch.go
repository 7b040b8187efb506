//go:build js && wasm

package page

import (
	"math"

	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// touch is what fingers do on a picture: a tap is a click, a long press shows a value and nothing else, and
// two fingers zoom a heatmap, as the wheel does with Ctrl, and + and - do. One finger scrolls the page.
// The tower has its own ways.
type touch struct {
	f     *figure
	timer *bridge.Timer
	at    [2]float64 // where a finger came down
	last  bool       // what came down last was a finger
	long  bool       // it stays, or there were two: its click is none

	apart float64 // how far two fingers were from each other when the second came, or 0
	from  float64 // the zoom then
}

// How long a press is long, in milliseconds; how far it may move meanwhile.
const (
	longPress = 450
	still     = 10.0
)

func newTouch(f *figure) *touch {
	t := &touch{f: f}
	t.timer = bridge.NewTimer(func() {
		t.long = true
		f.pointTo(t.at[0], t.at[1])
	})
	f.removes = append(f.removes, t.timer.Release)
	f.listen("pointerdown", func(event bridge.Event) {
		if t.last, t.long = event.Touch(), false; !t.last || f.space.active() {
			return
		}
		t.at = [2]float64{event.X(), event.Y()}
		t.timer.After(longPress)
	})
	f.listen("pointermove", func(event bridge.Event) {
		if t.timer.Set() && math.Hypot(event.X()-t.at[0], event.Y()-t.at[1]) > still {
			t.timer.Stop()
		}
	})
	for _, end := range []string{"pointerup", "pointercancel"} {
		f.listen(end, func(bridge.Event) { t.timer.Stop() })
	}
	f.listen("contextmenu", func(event bridge.Event) {
		if t.last { // the value is the answer to a long press
			event.Prevent()
		}
	})
	for _, name := range []string{"touchstart", "touchmove", "touchend", "touchcancel"} {
		f.listen(name, t.two)
	}
	f.listen("wheel", func(event bridge.Event) {
		if event.Ctrl() && f.zooms() { // a trackpad's pinch is this too
			event.Prevent()
			f.zoomTo(f.e.state.Zoom*math.Exp(-event.Wheel()/100), event.X(), event.Y())
		}
	})
	return t
}

// two follows two fingers.
func (t *touch) two(event bridge.Event) {
	touches := event.Touches()
	if len(touches) != 2 || !t.f.zooms() {
		t.apart = 0
		return
	}
	event.Prevent() // or the browser would zoom the page
	t.timer.Stop()
	t.long = true
	a, b := touches[0], touches[1]
	apart := math.Hypot(a[0]-b[0], a[1]-b[1])
	if t.apart == 0 {
		t.apart, t.from = math.Max(apart, 1), t.f.e.state.Zoom
		return
	}
	t.f.zoomTo(t.from*apart/t.apart, (a[0]+b[0])/2, (a[1]+b[1])/2)
}

// zooms says whether what is shown can be zoomed.
func (f *figure) zooms() bool {
	return f.e.state.Shown.Described().Has(view.Zooms) && f.view() != state.Beside && f.scene != nil && f.scene.Grid != nil
}

// zoomTo zooms a heatmap about a point of the window, which stays where it is.
func (f *figure) zoomTo(zoom, x, y float64) {
	if zoom = math.Max(1, math.Min(zoom, state.MaxZoom)); zoom == f.e.state.Zoom {
		return
	}
	// Where the point is in the matrix, from 0 to 1.
	place := func() (left, top, wide, high float64) {
		g := f.scene.Grid
		x, y, scale := f.origin()
		return x + scale*g.X, y + scale*g.Y, scale * g.Cell * float64(len(g.Cols)), scale * g.Height * float64(len(g.Rows))
	}
	left, top, wide, high := place()
	across, down := math.Max(0, math.Min((x-left)/wide, 1)), math.Max(0, math.Min((y-top)/high, 1))
	x, y = left+across*wide, top+down*high
	f.e.apply(state.Zoom{By: zoom})
	f.paint()
	left, top, wide, high = place()
	f.scroll.Set("scrollLeft", f.scroll.Get("scrollLeft").Float()+left+across*wide-x)
	bridge.Global().Call("scrollBy", 0, top+down*high-y)
}
