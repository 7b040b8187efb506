//go:build js && wasm

package page

import (
	"math"

	"heed/wasm/bridge"
)

// window is the part of a scene that a canvas shows, in CSS pixels, and the pixels to each.
type window struct{ top, width, height, density float64 }

// windowNow is the part of the scene to paint: of a tall one what is to be seen and a screenful above and below. For a
// key it is an eighth of a screenful, because browsers that draw without a graphics card copy the whole canvas each
// time. A window stays until what is to be seen comes near its edge. For the printer it is all, unless that would be a
// canvas larger than browsers like.
func (f *figure) windowNow() window {
	const most = 8e6 // pixels
	w := window{width: f.scene.Width, height: f.scene.Height, density: f.e.density()}
	screen := math.Ceil(bridge.WindowHeight())
	fits := (w.height <= 3*screen || f.printing) && w.width*w.height*w.density*w.density <= most && w.height*w.density <= 8192
	if fits && f.printing {
		return w
	}
	top := math.Floor(-f.stage.GetBoundingClientRect().Top())
	from := math.Max(0, math.Min(top, w.height))
	to := math.Max(from, math.Min(top+screen, w.height))
	around := func(margin float64) (top, bottom float64) {
		return math.Max(0, math.Floor(from-margin)), math.Min(w.height, math.Ceil(to+margin)) // whole pixels are sharp
	}
	margin := screen
	if f.e.typed > 0 {
		margin = screen / 8
	} else if old := f.window; old.height > 0 && old.density == w.density && old.top+old.height <= w.height {
		if top, bottom := around(screen / 16); old.top <= top && bottom <= old.top+old.height {
			w.top, w.height = old.top, old.height
			return w
		}
	}
	if fits && f.e.typed == 0 {
		return w
	}
	top, bottom := around(margin)
	w.top, w.height = top, bottom-top
	return w
}
