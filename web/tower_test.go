//go:build !js

package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	heed "heed/core/run"
	"heed/core/view"
)

const (
	stage  = root + `.querySelector("[part=view]")`
	space  = root + `.querySelector("canvas.space")`
	garden = "The little girl is playing with her dog in the garden."
	loses  = `globalThis.gl = ` + space + `.getContext("webgl2"); globalThis.taker = gl.getExtension("WEBGL_lose_context")`
)

// tower is the view of a text, in a window that is high enough for all of it.
type tower struct {
	*tab
	r     *record.Record // as it is outside the browser
	scene *view.Scene    // the same
	x, y  float64        // where it is in the window
}

func showTower(t *testing.T, id, text string, parts ...string) *tower {
	t.Helper()
	tab := newTab(t, events)
	tab.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1200, Height: 1500, DeviceScaleFactor: 1}),
		chromedp.Navigate(site+"#"+address(append(parts, "model", id, "text", text, "view", "tower")...)))
	tab.until(ready)
	tab.until(space + `?.hidden === false`)
	w := &tower{tab: tab, r: nativeOf(t, id, text, heed.Options{})}
	w.look(view.State{})
	return w
}

// look is what the page draws, as it is drawn outside the browser.
func (w *tower) look(s view.State) {
	w.t.Helper()
	box := get(w.tab, chromedp.Evaluate[[]float64](`(() => { const b = `+stage+`.getBoundingClientRect(); return [b.x, b.y, b.width, innerHeight]; })()`))
	w.x, w.y = box[0], box[1]
	s.View, s.Width, s.Height, s.Spatial = view.Tower, box[2], 0.8*box[3], true
	var err error
	if w.scene, err = view.Build(w.r, s, view.Env{}); err != nil {
		w.t.Fatal(err)
	}
}

// at is where a token is in the window.
func (w *tower) at(ref view.Ref) (x, y float64) {
	w.t.Helper()
	left, top, wide, high, ok := w.scene.Place(ref)
	if !ok {
		w.t.Fatalf("%v is not in the tower", ref)
	}
	return w.x + left + wide/2, w.y + top + high/2
}

func (w *tower) mouse(kind input.DispatchMouseEventType, x, y float64, buttons int64) {
	w.t.Helper()
	p := input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Buttons: buttons, ClickCount: 1}
	if kind != input.DispatchMouseEventTypeMouseMoved {
		p.Button = input.MouseButtonLeft
	}
	w.do(call(input.DispatchMouseEvent, p))
}

// seen is what is on the screen when all that was asked for has been painted.
func (w *tower) seen() picture {
	w.t.Helper()
	get(w.tab, chromedp.Evaluate[bool](`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))`, chromedp.EvalAwaitPromise))
	img, err := png.Decode(bytes.NewReader(get(w.tab, chromedp.CaptureScreenshot())))
	if err != nil {
		w.t.Fatal(err)
	}
	so := w.scene.Solid
	return picture{img, image.Rect(int(w.x), int(w.y+so.Y), int(w.x+so.W), int(w.y+so.Y+so.H))}
}

// picture is a part of a screenshot.
type picture struct {
	image.Image
	part image.Rectangle
}

// differs is in how many pixels two pictures do.
func (p picture) differs(from picture) (n int) {
	for y := p.part.Min.Y; y < p.part.Max.Y; y++ {
		for x := p.part.Min.X; x < p.part.Max.X; x++ {
			if p.At(x, y) != from.At(x, y) {
				n++
			}
		}
	}
	return n
}

// reddish says whether something in it is painted as what is pointed at.
func (p picture) reddish() bool {
	for y := p.part.Min.Y; y < p.part.Max.Y; y++ {
		for x := p.part.Min.X; x < p.part.Max.X; x++ {
			if r, g, b, _ := p.At(x, y).RGBA(); r > 0xb000 && g < 0x5000 && b < 0x4000 {
				return true
			}
		}
	}
	return false
}

// ink is how dark it is, on light paper, in whole black pixels.
func (p picture) ink() (sum float64) {
	for y := p.part.Min.Y; y < p.part.Max.Y; y++ {
		for x := p.part.Min.X; x < p.part.Max.X; x++ {
			sum += 1 - float64(color.GrayModel.Convert(p.At(x, y)).(color.Gray).Y)/255
		}
	}
	return sum
}

// darkest is the darkest pixel near a point, from 0 to 1.
func (p picture) darkest(x, y float64) (most float64) {
	for dy := -2.0; dy <= 2; dy++ {
		for dx := -2.0; dx <= 2; dx++ {
			c := color.GrayModel.Convert(p.At(int(x+dx), int(y+dy))).(color.Gray)
			most = math.Max(most, 1-float64(c.Y)/255)
		}
	}
	return most
}

// TestTower points at a word of the tower: its paths stand out and the rest fades, and its weights are
// said as the model gives them outside the browser. It is turned by mouse, and a click keeps the paths.
func TestTower(t *testing.T) {
	t.Parallel()
	// A token on a floor that is not there lights nothing, where the tower would open with one word lit.
	w := showTower(t, "en-fr", garden, "head", "mean", "token", "0", "key", "99")
	w.look(view.State{Chosen: view.Ref{Part: view.Node, Row: 99}})
	last := len(w.scene.Grid.Rows) - 1
	chien := view.Ref{Part: view.Node, Row: last, Col: 6}
	plain := w.seen()
	if plain.ink() < 2000 {
		t.Fatalf("the tower is painted with the ink of %.0f pixels", plain.ink())
	}
	// Where the terminal draws its heaviest arcs, the page does.
	n := 0
	for _, k := range w.scene.Solid.Strokes {
		if k.Paint.Role != view.Weight || k.Width < 3 {
			continue
		}
		so := w.scene.Solid
		middle := k.P[0].Add(k.P[1].Mul(3)).Add(k.P[2].Mul(3)).Add(k.P[3]).Mul(1. / 8)
		v := mgl64.Mat4(so.Camera).Mul4x1(middle.Vec4(1))
		x, y := w.x+so.X+so.W*(1+v[0]/v[3])/2, w.y+so.Y+so.H*(1-v[1]/v[3])/2
		if d := plain.darkest(x, y); d < 0.25 {
			t.Errorf("at %.0f, %.0f, in the middle of an arc %.1f wide, it is only %.2f dark", x, y, k.Width, d)
		}
		n++
	}
	if n < 5 {
		t.Errorf("only %d heavy arcs", n)
	}

	x, y := w.at(chien)
	w.mouse(input.DispatchMouseEventTypeMouseMoved, x, y, 0)
	heard := root + `.querySelector("figure [aria-live]").textContent`
	w.until(heard + `.includes("looks at")`)
	alike(t, "what is pointed at", w.said(heard), w.scene.Label(chien))
	if label := w.said(heard); !strings.Contains(label, "cross-attention: chien looks at dog 0.") {
		t.Errorf("it is said that %s", label)
	}
	lit := w.seen()
	if lit.ink() > 0.6*plain.ink() {
		t.Errorf("all has the ink of %.0f pixels, the paths of a word %.0f", plain.ink(), lit.ink())
	}
	if d := lit.darkest(w.at(view.Ref{Part: view.Node, Row: 3, Col: 7})); d < 0.4 { // the dog on the encoder's top
		t.Errorf("the word that it looks at is only %.2f dark", d)
	}

	w.mouse(input.DispatchMouseEventTypeMousePressed, x, y, 1)
	w.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, 0)
	w.until(`location.hash.includes("token=6&key=` + strconv.Itoa(last) + `")`)
	w.mouse(input.DispatchMouseEventTypeMouseMoved, 5, 5, 0)
	if locked := w.seen(); locked.ink() > 0.6*plain.ink() {
		t.Error("a click does not keep the paths")
	}
	w.mouse(input.DispatchMouseEventTypeMousePressed, x, y, 1)
	w.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, 0)
	w.until(`!location.hash.includes("token=")`)

	// Drag.
	w.mouse(input.DispatchMouseEventTypeMouseMoved, 5, 5, 0)
	before := w.seen()
	x, y = w.x+200, w.y+w.scene.Solid.Y+40
	w.mouse(input.DispatchMouseEventTypeMouseMoved, x, y, 0)
	w.mouse(input.DispatchMouseEventTypeMousePressed, x, y, 1)
	for i := range 5 {
		w.mouse(input.DispatchMouseEventTypeMouseMoved, x+float64(20*i), y+float64(5*i), 1)
	}
	w.mouse(input.DispatchMouseEventTypeMouseReleased, x+80, y+20, 0)
	turned := w.seen()
	if n := turned.differs(before); n < 5000 {
		t.Errorf("a drag changes %d pixels", n)
	}
	if strings.Contains(w.said("location.hash"), "token=") {
		t.Error("the end of a drag is taken for a click")
	}

	// The press gave it the keys: 0 puts it back, and a double click does too.
	again := func(how string) {
		w.mouse(input.DispatchMouseEventTypeMouseMoved, 5, 5, 0)
		if n := w.seen().differs(before); n > 0 {
			t.Errorf("after %s it is seen from another place: %d pixels differ", how, n)
		}
	}
	w.press("0")
	again("0")
	w.press(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift))
	turned = w.seen()
	if n := turned.differs(before); n < 5000 {
		t.Errorf("Shift and an arrow change %d pixels of a tower that was pressed", n)
	}
	w.run(root + `.querySelector(".stage").dispatchEvent(new MouseEvent("dblclick", { bubbles: true }))`)
	again("a double click")
	turned = w.seen()

	// The wheel zooms with Ctrl; by itself it scrolls the page, unless the tower was pressed.
	wheel := func(modifiers int64) {
		w.do(call(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: x, Y: y, DeltaX: 0.01, DeltaY: -100, Modifiers: modifiers}))
	}
	w.mouse(input.DispatchMouseEventTypeMouseMoved, 5, 5, 0)
	w.mouse(input.DispatchMouseEventTypeMouseMoved, x, y, 0)
	wheel(0)
	if n := w.seen().differs(turned); n > 0 {
		t.Errorf("the wheel, which is to scroll the page, changes %d pixels of the tower", n)
	}
	const ctrl = 2
	wheel(ctrl)
	zoomed := w.seen()
	if n := zoomed.differs(turned); n < 5000 {
		t.Errorf("the wheel with Ctrl changes %d pixels", n)
	}
	turned = zoomed

	// It stays as it was turned while the text changes.
	w.set("text", "The little girl is playing with her dog")
	w.until(ready + ` && ` + output + `.endsWith("chien")`)
	other := w.seen()
	w.set("text", garden)
	w.until(ready + ` && ` + output + `.endsWith("jardin.")`)
	w.mouse(input.DispatchMouseEventTypeMouseMoved, 5, 5, 0)
	// A color may differ in its last bit: an output that was kept is computed in one pass, and rounding is otherwise then.
	if back := w.seen(); back.differs(turned) > 100 || other.differs(turned) < 1000 {
		t.Errorf("after the text has come back %d pixels differ; before it did, %d", back.differs(turned), other.differs(turned))
	}
}

// TestTowerKeyboard walks and turns the tower by keys alone.
func TestTowerKeyboard(t *testing.T) {
	t.Parallel()
	w := showTower(t, "en-fr", garden, "head", "2")
	w.look(view.State{Heads: record.Heads(2)})
	label := `(` + root + `.activeElement?.ariaLabel ?? "")`
	w.until(root + `.querySelector("[role=gridcell][tabindex='0']")?.ariaLabel`)
	equal(t, "tab stops", get(w.tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=grid] [tabindex='0']").length`)), 1)
	w.run(root + `.querySelector("[role=gridcell][tabindex='0']").focus()`)
	last := len(w.scene.Grid.Rows) - 1
	at := view.Ref{Part: view.Node, Row: last}
	for _, c := range []struct {
		key      string
		row, col int
	}{{"", last, 0}, {kb.ArrowRight, last, 1}, {kb.ArrowDown, last - 1, 1}, {kb.End, last - 1, 11}, {kb.ArrowLeft, last - 1, 10}, {kb.PageDown, 0, 10}, {kb.Home, 0, 0}, {kb.ArrowUp, 1, 0}} {
		if c.key != "" {
			w.press(c.key)
		}
		at.Row, at.Col = c.row, c.col
		alike(t, fmt.Sprint("after ", c), w.said(label), w.scene.Label(at))
	}
	before := w.seen()
	w.press(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift))
	w.press(kb.ArrowUp, chromedp.KeyModifiers(chromedp.ModifierShift))
	turned := w.seen()
	if n := turned.differs(before); n < 5000 {
		t.Errorf("Shift and arrows change %d pixels", n)
	}
	alike(t, "after turning", w.said(label), w.scene.Label(at))
	w.press("+")
	if n := w.seen().differs(turned); n < 5000 {
		t.Errorf("+ changes %d pixels", n)
	}
	for range 8 {
		w.press("+")
	}
	w.seen()
	w.press(kb.End)
	if d := w.seen(); !d.reddish() {
		t.Error("the word that the keys went to is not in the picture")
	}
	w.press(kb.Home)
	w.press("0")
	if n := w.seen().differs(before); n > 0 {
		t.Errorf("after 0 it is seen from another place: %d pixels differ", n)
	}
	w.press(kb.Enter)
	w.until(`location.hash.includes("token=0&key=1")`)
	w.press(kb.Escape)
	w.until(`!location.hash.includes("token=")`)
}

// TestTowerTouch turns it by one finger, and zooms by two.
func TestTowerTouch(t *testing.T) {
	t.Parallel()
	w := showTower(t, "en-fr-attention", "She bought a red car last week.")
	touch := func(kind input.DispatchTouchEventType, at ...float64) {
		p := input.DispatchTouchEventParams{Type: kind, TouchPoints: []*input.TouchPoint{}}
		for i := 0; i < len(at); i += 2 {
			id := float64(i)
			p.TouchPoints = append(p.TouchPoints, &input.TouchPoint{X: w.x + at[i], Y: w.y + at[i+1], ID: &id})
		}
		w.do(call(input.DispatchTouchEvent, p))
	}
	plain := w.seen()
	touch(input.DispatchTouchEventTypeTouchStart, 100, 200)
	for i := range 6 {
		touch(input.DispatchTouchEventTypeTouchMove, 100+20*float64(i), 200)
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	turned := w.seen()
	if n := turned.differs(plain); n < 2000 {
		t.Errorf("a finger changes %d pixels", n)
	}
	touch(input.DispatchTouchEventTypeTouchStart, 200, 200, 300, 200)
	for i := range 6 {
		touch(input.DispatchTouchEventTypeTouchMove, 200-10*float64(i), 200, 300+10*float64(i), 200)
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	if n := w.seen().differs(turned); n < 2000 {
		t.Errorf("two fingers change %d pixels", n)
	}
}

// TestTowerWithout is what is there without WebGL: a sentence, and the grid of heads. So it is when the
// graphics card takes its context back, unless it gives another in time.
// lines says whether the tower's lines are painted on the figure's own canvas, where else its words stand alone.
const lines = `(() => {
	const c = ` + stage + `.querySelector("canvas:not(.space)"), all = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	let inked = 0;
	for (let i = 3; i < all.length; i += 4) if (all[i]) inked++;
	return inked > 0.03 * c.width * c.height;
})()`

// TestTowerPrints: a printer does not get what WebGL painted, so for it the tower is painted as a file has it.
func TestTowerPrints(t *testing.T) {
	t.Parallel()
	w := showTower(t, "en-fr", cats)
	screen := w.seen()
	if get(w.tab, chromedp.Evaluate[bool](lines)) {
		t.Fatal("the lines are painted twice")
	}
	w.run(`dispatchEvent(new Event("beforeprint"))`)
	if !get(w.tab, chromedp.Evaluate[bool](space+`.hidden && `+lines)) {
		t.Error("the tower is printed without its lines")
	}
	w.run(`dispatchEvent(new Event("afterprint"))`)
	if n := w.seen().differs(screen); n > 0 {
		t.Errorf("after printing %d pixels differ", n)
	}
}

// TestTowerWithout: a tower without WebGL, or of which the browser took it back, as it does from the first of many, is
// the tower nevertheless.
func TestTowerWithout(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `const get = HTMLCanvasElement.prototype.getContext;
		HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return kind === "webgl2" ? null : get.call(this, kind, ...more); };`)
	tab.do(chromedp.Navigate(site + "#" + address("text", cats, "view", "tower")))
	tab.until(ready + ` && ` + lines)

	w := showTower(t, "en-fr", cats)
	plain := w.seen()
	w.run(loses + `; taker.loseContext(); setTimeout(() => taker.restoreContext(), 100)`)
	w.until(`!gl.isContextLost()`)
	if n := w.seen().differs(plain); n > 0 {
		t.Errorf("after the context has come back %d pixels differ", n)
	}
	w.run(`taker.loseContext()`)
	w.until(lines)
	w.run(`taker.restoreContext()`)
	w.until(space + `.hidden === false && !` + lines)
}

// BenchmarkTower turns the tower by dragging, and measures what a frame takes of the main thread: from the
// pointer's event on, all that the page's script does. WebGL is painted by the processor here, in another
// process, and waited for apart: how long until what the script asked for is painted.
func BenchmarkTower(b *testing.B) {
	for _, c := range []struct {
		model  string
		tokens int
	}{{"en-fr", 32}, {"stories", 32}, {"stories", 256}, {"en-fr", 256}} {
		tab := newTab(b, `globalThis.spent = []; const frame = requestAnimationFrame;
			globalThis.requestAnimationFrame = (f) => frame((now) => { const begin = performance.now(); f(now); spent.push(performance.now() - begin); });
			globalThis.plainFrame = frame;`)
		text := strings.Repeat("the dog and the cat play in the garden ", 40)
		words := strings.Fields(text)[:c.tokens-2]
		tab.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1440, Height: 1000, DeviceScaleFactor: 1}),
			chromedp.Navigate(site+"#"+address("model", c.model, "view", "tower", "head", "mean", "text", strings.Join(words, " "))))
		tab.until(ready + ` && ` + space + `?.hidden === false`)
		times := get(tab, chromedp.Evaluate[[][]float64](`(async () => {
			const stage = `+stage+`, box = stage.getBoundingClientRect(), script = [], raster = [];
			const gl = `+space+`.getContext("webgl2"), pixel = new Uint8Array(4);
			const fire = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, buttons: 1, bubbles: true }));
			stage.setPointerCapture = () => {};
			fire("pointerdown", box.x + 300, box.y + 300);
			for (let i = 0; i < 70; i++) {
				spent.length = 0;
				const begin = performance.now();
				fire("pointermove", box.x + 300 + 100 * Math.sin(i / 10), box.y + 300 + 30 * Math.cos(i / 10));
				const moved = performance.now() - begin;
				await new Promise((done) => plainFrame(done));
				const asked = performance.now();
				gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
				if (i < 10) continue;
				script.push(moved + spent.reduce((a, b) => a + b, 0));
				raster.push(performance.now() - asked);
				await new Promise((done) => setTimeout(done));
			}
			fire("pointerup", box.x, box.y);
			return [script, raster];
		})()`, chromedp.EvalAwaitPromise))
		for i, what := range []string{"script on the main thread", "painting, by the processor"} {
			slices.Sort(times[i])
			at := func(share float64) float64 { return times[i][int(share*float64(len(times[i])-1))] }
			fmt.Printf("tower of %s, %d tokens, dragged: %s p50 %.1f ms, p95 %.1f ms\n", c.model, c.tokens, what, at(0.5), at(0.95))
		}
	}
	b.ReportMetric(0, "ns/op")
}
