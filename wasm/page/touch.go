//go:build js && wasm

package page

import (
	"math"

	"heed/core/view"
	"heed/wasm/bridge"
)

// touch is what fingers do on a picture: a tap is a click, a long press shows a value and nothing else, and
// two fingers zoom a heatmap, as the wheel does with Ctrl, and + and - do. One finger scrolls the page.
// The tower has its own ways.
type touch struct {
	f     *figure
	timer *timer
	at    [2]float64 // where a finger came down
	last  bool       // what came down last was a finger
	long  bool       // it stays, or there were two: its click is none

	apart float64 // how far two fingers were from each other when the second came, or 0
	from  float64 // the zoom then
}

// The largest zoom; how long a press is long, in milliseconds; how far it may move meanwhile.
const (
	maxZoom   = 8.0
	longPress = 450
	still     = 10.0
)

func newTouch(f *figure) *touch {
	t := &touch{f: f}
	t.timer = newTimer(func() {
		t.long = true
		f.pointTo(t.at[0], t.at[1])
	})
	f.removes = append(f.removes, t.timer.release)
	f.listen(f.stage.Value, "pointerdown", func(event bridge.Value) {
		if t.last, t.long = isTouch(event), false; !t.last || f.e.drawn.view == view.Tower {
			return
		}
		t.at = [2]float64{event.Get("clientX").Float(), event.Get("clientY").Float()}
		t.timer.after(longPress)
	})
	f.listen(f.stage.Value, "pointermove", func(event bridge.Value) {
		if t.timer.set && math.Hypot(event.Get("clientX").Float()-t.at[0], event.Get("clientY").Float()-t.at[1]) > still {
			t.timer.stop()
		}
	})
	for _, end := range []string{"pointerup", "pointercancel"} {
		f.listen(f.stage.Value, end, func(bridge.Value) { t.timer.stop() })
	}
	f.listen(f.stage.Value, "contextmenu", func(event bridge.Value) {
		if t.last { // the value is the answer to a long press
			event.Call("preventDefault")
		}
	})
	for _, name := range []string{"touchstart", "touchmove", "touchend", "touchcancel"} {
		f.listen(f.stage.Value, name, t.two)
	}
	f.listen(f.stage.Value, "wheel", func(event bridge.Value) {
		if event.Get("ctrlKey").Bool() && f.zooms() { // a trackpad's pinch is this too
			event.Call("preventDefault")
			f.zoomTo(f.zoom*math.Exp(-event.Get("deltaY").Float()/100), event.Get("clientX").Float(), event.Get("clientY").Float())
		}
	})
	return t
}

func isTouch(event bridge.Value) bool { return event.Get("pointerType").String() == "touch" }

// two follows two fingers.
func (t *touch) two(event bridge.Value) {
	touches := event.Get("touches")
	if touches.Length() != 2 || !t.f.zooms() {
		t.apart = 0
		return
	}
	event.Call("preventDefault") // or the browser would zoom the page
	t.timer.stop()
	t.long = true
	a, b := touches.Index(0), touches.Index(1)
	ax, ay, bx, by := a.Get("clientX").Float(), a.Get("clientY").Float(), b.Get("clientX").Float(), b.Get("clientY").Float()
	apart := math.Hypot(ax-bx, ay-by)
	if t.apart == 0 {
		t.apart, t.from = math.Max(apart, 1), t.f.zoom
		return
	}
	t.f.zoomTo(t.from*apart/t.apart, (ax+bx)/2, (ay+by)/2)
}

// zooms says whether what is shown can be zoomed.
func (f *figure) zooms() bool {
	return f.e.drawn.view == view.Heatmap && f.scene != nil && f.scene.Grid != nil
}

// zoomTo zooms a heatmap about a point of the window, which stays where it is.
func (f *figure) zoomTo(zoom, x, y float64) {
	if zoom = math.Max(1, math.Min(zoom, maxZoom)); zoom == f.zoom {
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
	f.zoom = zoom
	f.paint()
	left, top, wide, high = place()
	f.scroll.Set("scrollLeft", f.scroll.Get("scrollLeft").Float()+left+across*wide-x)
	bridge.Global().Call("scrollBy", 0, top+down*high-y)
}
