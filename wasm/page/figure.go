//go:build js && wasm

package page

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/record"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// figure is where the view is, or what stands there while there is none.
type figure struct {
	*dom.BasicHTMLElement
	e *element

	message *dom.BasicHTMLElement // instead of a view, or above one that is not the answer
	said    string                // what message says
	words   *line                 // its text
	bar     *dom.HTMLProgressElement
	began   float64 // when its first bytes came, or 0
	first   int64   // how many those were
	unsay   []func()

	scroll  *dom.BasicHTMLElement
	stage   *dom.BasicHTMLElement // as large as the scene
	caption *line
	heard   *line // what a pointer points at, for those who listen
	read    *line // what is pointed at, where the picture says it out of sight
	painter *painter
	space   *space // what the tower stands in
	scene   *view.Scene
	cursor  *cursor

	room     float64 // the width there is
	tall     float64 // and the height, where that is given
	kept     view.Kept
	window   window  // what the canvas shows
	zoom     float64 // of a heatmap
	touch    *touch
	pointer  view.Ref
	walker   view.Ref // what the keyboard points at
	printing bool
	frame    *timer
	soon     *timer
	refocus  bool     // the focus waits for the cursor
	then     []func() // what waits until after the painting
	removes  []func()
}

func newFigure(e *element) *figure {
	f := &figure{BasicHTMLElement: create("figure", ""), e: e, painter: newPainter(), zoom: 1}
	f.SetAttribute("part", "figure")
	f.message = create("div", "message")
	f.scroll = create("div", "scroll")
	f.stage = create("div", "stage")
	f.stage.SetAttribute("part", "view")
	f.caption = newLine("figcaption", "unseen")
	f.caption.SetID("caption")
	f.heard = newLine("p", "unseen")
	f.heard.SetAttribute("aria-live", "polite")
	f.cursor = newCursor(f)
	within(f.stage, f.painter.canvas, f.cursor.grid, f.cursor.list)
	within(f.scroll, f.stage)
	f.read = newLine("span", "")
	foot := create("p", "read")
	foot.SetAttribute("aria-hidden", "true")
	within(f.BasicHTMLElement, f.message, f.scroll, f.caption, f.heard, within(foot, f.read))
	hide(f.scroll, true)

	f.frame = newTimer(f.paint)
	f.soon = newTimer(f.afterwards)
	f.space = newSpace(f)
	f.touch = newTouch(f)
	for _, event := range []string{"pointermove", "pointerdown"} {
		f.listen(f.stage.Value, event, func(event bridge.Value) {
			if !isTouch(event) || e.drawn.view == view.Tower { // a finger may only be about to scroll
				f.point(event)
			}
		})
	}
	f.listen(f.stage.Value, "click", func(event bridge.Value) {
		if event.Get("detail").Int() > 0 && f.space.clicked() && !f.touch.long { // a key's click is the cursor's affair
			f.point(event)
			if f.pointer.Part != view.Nowhere {
				f.e.selected(f.pointer)
			}
			f.act(f.pointer)
		}
	})
	f.listen(f.stage.Value, "dblclick", func(event bridge.Value) { // which is no pointer's event
		x, y := event.Get("clientX").Float(), event.Get("clientY").Float()
		f.pointTo(x, y)
		if f.space.active() {
			f.space.back()
		} else if f.touch.last && f.zooms() && f.zoom > 1 {
			f.zoomTo(1, x, y)
		} else {
			f.open(f.pointer)
		}
	})
	f.listen(f.stage.Value, "pointerleave", func(event bridge.Value) {
		if event.Get("pointerType").String() != "touch" { // a finger leaves as soon as it is lifted
			f.pointAt(view.Ref{})
		}
	})
	window := bridge.Global()
	f.listen(window, "resize", func(bridge.Value) { f.frame.atFrame() })
	for event, printing := range map[string]bool{"beforeprint": true, "afterprint": false} {
		f.listen(window, event, func(bridge.Value) {
			f.printing = printing
			f.paint()
			f.e.lanes.paint()
		})
	}
	f.listen(window.Call("matchMedia", "(forced-colors: active)"), "change", func(bridge.Value) { f.retheme() })
	onScroll, remove := bridge.Func(func(bridge.Value, []bridge.Value) {
		if f.scene != nil && f.windowNow() != f.window {
			f.frame.atFrame()
		}
	})
	document := window.Get("document")
	document.Call("addEventListener", "scroll", onScroll, true) // of whatever scrolls
	resized, removeResized := bridge.Func(func(_ bridge.Value, args []bridge.Value) {
		box := args[0].Index(0).Get("contentRect")
		room, tall := box.Get("width").Float(), 0.0
		if f.fixed() {
			tall = box.Get("height").Float()
		}
		if (room != f.room || tall != f.tall) && room > 0 {
			f.room, f.tall = room, tall
			f.e.need()
		}
	})
	observer := bridge.New("ResizeObserver", resized)
	observer.Call("observe", f.Value)
	f.removes = append(f.removes, func() {
		document.Call("removeEventListener", "scroll", onScroll, true)
		remove()
		observer.Call("disconnect")
		removeResized()
	})
	f.retheme()
	return f
}

func (f *figure) listen(target bridge.Value, event string, fn func(bridge.Value)) {
	f.removes = append(f.removes, bridge.Listen(target, event, fn))
}

func (f *figure) release() {
	f.say("", "")
	f.frame.release()
	f.soon.release()
	for _, remove := range f.removes {
		remove()
	}
	f.space.release()
}

// retheme takes up the colours anew.
func (f *figure) retheme() {
	dark := f.e.host.Call("matches", ":state(dark)").Bool()
	p := f.painter
	if p.palette = &view.Light; dark {
		p.palette = &view.Dark
	}
	p.ground = matches("(forced-colors: active)") // the paper behind the canvas is not ours then
	computed := bridge.Global().Call("getComputedStyle", f.e.host)
	for role, property := range map[view.Role]string{
		view.Paper: "--heed-paper", view.Ink: "--heed-ink", view.Muted: "--heed-muted",
		view.Hairline: "--heed-hairline", view.Focus: "--heed-focus",
	} {
		p.colors[role] = strings.TrimSpace(computed.Call("getPropertyValue", property).String())
		if p.colors[role] == "" || p.ground { // the style sheet has not come
			p.colors[role] = p.palette.Color(view.Paint{Role: role}).CSS()
		}
	}
	f.space.colors = false
	if f.e.controls != nil {
		f.e.controls.hues()
	}
	f.frame.atFrame()
}

// paint paints what the element shows.
func (f *figure) paint() {
	f.frame.stop()
	e := f.e
	if f.room == 0 {
		if f.room = f.Get("clientWidth").Float(); f.room == 0 {
			return // not laid out; its size will be reported
		}
	}
	f.converse()
	hide(f.scroll, e.record == nil || e.blank() || e.alone())
	d := &e.drawn
	if e.record != nil && e.tools != nil { // also where there is no picture, and so nothing to say of one
		f.later(e.tools.show)
	}
	switch {
	case e.record == nil || d.view == compare && d.against == "": // which the lanes show
		return
	case e.blank(), e.alone():
		f.scene = nil
		f.caption.set("")
		f.later(f.cursor.sync)
		f.painted()
		return
	case !e.has(d) && e.wants > 0: // it will be painted when its maps are there
		return
	}
	shown, s := f.chosen()
	var scene *view.Scene
	var err error
	if d.view != compare {
		scene, err = view.Build(shown, s, f.env())
	} else if scene, err = e.lanes.difference(s); scene == nil && err == nil {
		return // the other sentence has not run
	}
	if err != nil { // not reached with the records that our engine makes
		e.notes.set(complained, []string{sentence(err.Error())})
		return
	}
	if f.scene == nil || f.scene.Width != scene.Width || f.scene.Height != scene.Height {
		style := f.stage.Style()
		style.SetProperty("--wide", px(scene.Width), "")
		style.SetProperty("--high", px(scene.Height), "")
	}
	f.scene = scene
	if w := f.windowNow(); w != f.window {
		f.window = w
		f.painter.canvas.Style().SetProperty("top", px(w.top), "")
	}
	f.space.paint(scene, f.window.density)
	f.painter.paint(scene, f.window)
	f.stage.SetAttribute("data-view", d.view)
	if scene.Solid != nil { // a press gives it the keys that turn it
		f.stage.SetTabIndex(-1)
	} else {
		f.stage.RemoveAttribute("tabindex")
	}
	f.painted()
	f.caption.set(cmp.Or(scene.Caption, scene.Sentence))
	if f.e.surgeon != nil {
		f.e.surgeon.show()
	}
	if f.pointer.Part != view.Nowhere { // what the keyboard points at is read out as it gets the focus
		f.heard.set(scene.Readout)
	}
	f.read.set(f.unseen())
	f.later(f.cursor.sync)
}

// unseen is what is pointed at where its place in the picture, on top, is scrolled out of sight.
func (f *figure) unseen() string {
	if f.focus().Part == view.Nowhere || f.scene.Readout == "" {
		return ""
	}
	const line = 12 // of the readout
	top := 0.0
	if f.fixed() {
		top = f.GetBoundingClientRect().Top()
	}
	if f.stage.GetBoundingClientRect().Top()+line > top && f.scroll.Get("scrollLeft").Float() < line {
		return ""
	}
	return f.scene.Readout
}

// fixed says whether the element has a height of its own, whatever it shows.
func (f *figure) fixed() bool {
	style := bridge.Global().Call("getComputedStyle", f.e.host)
	return !f.e.full && strings.TrimSpace(style.Call("getPropertyValue", "--heed-height").String()) != "auto"
}

// high is the height that a view may take: what the element's own height leaves, else most of the window.
func (f *figure) high() float64 {
	if !f.fixed() {
		return 0.8 * bridge.Global().Get("innerHeight").Float()
	}
	return f.Get("clientHeight").Float()
}

// chosen is what is drawn, and how, as package view takes it.
func (f *figure) chosen() (*record.Record, view.State) {
	e, d := f.e, &f.e.drawn
	s := view.State{View: d.view, Kind: d.kind, Layer: d.layer, Heads: record.Heads(d.heads...), Threshold: d.threshold, HideSpecial: !d.special, Words: d.words, Layout: d.layout, Lens: d.looks(), Zoom: f.zoom,
		Width: f.room, Height: f.high(), Focus: f.focus(), Drawn: e.drawing()}
	if d.view == view.Context || d.view == view.Steps { // as wide as the text
		s.Width = min(s.Width, e.sentences.Get("clientWidth").Float()+8)
	}
	if _, chosen := e.settings["layer"]; s.Lens && !chosen {
		s.Layer = math.MaxInt // the last
	}
	shown := e.record
	switch {
	case d.view == view.Tower:
		s.Indent = max(0, (f.room-e.sentences.Get("clientWidth").Float())/2-4)
		if s.Spatial, s.Camera = true, f.space.turned(); e.whole != nil && e.wholeOf == d.head() {
			shown = e.whole
		}
		if d.token >= 0 && d.key >= 0 {
			s.Chosen = view.Ref{Part: view.Node, Row: d.key, Col: d.token}
		}
	case d.view == view.Steps:
		at := e.place(d)
		s.Heads, s.Chosen = record.Heads(at.Head), view.Ref{Part: view.Query, Row: at.Row}
		if d.key >= 0 {
			s.Chosen = view.Ref{Part: view.Pair, Row: at.Row, Col: d.key}
		}
	default:
		s.Chosen = e.locked(d)
	}
	return shown, s
}

// env is what the page lends to a picture.
func (f *figure) env() view.Env {
	return view.Env{Measure: f.e.page.widths.measure, Kept: &f.kept, Before: f.e.before()}
}

// painted tells those who watch from outside which request is painted, and how long that took
// since the key was pressed.
func (f *figure) painted() {
	id := strconv.Itoa(f.e.shown)
	if f.stage.GetAttribute("data-request") == id {
		return
	}
	f.stage.SetAttribute("data-request", id)
	if f.e.typed > 0 {
		performance := bridge.Global().Get("performance")
		performance.Call("measure", "heed-paint", map[string]any{
			"start": f.e.typed, "end": bridge.Now(), "detail": map[string]any{"id": f.e.shown}})
		f.e.typed = 0
		if f.e.shown%1000 == 0 {
			performance.Call("clearMeasures", "heed-paint")
		}
	}
}

// later does something when the painting is done and the browser has had its turn.
func (f *figure) later(do func()) {
	f.then = append(f.then, do)
	f.soon.after(0)
}

func (f *figure) afterwards() {
	then := f.then
	f.then = nil
	for _, do := range then {
		do()
	}
}

// windowNow is the part of the scene to paint: of a tall one what is to be seen and a screenful above and
// below, in steps; for the printer all of it, unless that would be a canvas larger than browsers like.
func (f *figure) windowNow() window {
	const most = 8e6 // pixels
	global := bridge.Global()
	w := window{width: f.scene.Width, height: f.scene.Height, density: global.Get("devicePixelRatio").Float()}
	step := math.Ceil(global.Get("innerHeight").Float())
	if (w.height <= 3*step || f.printing) && w.width*w.height*w.density*w.density <= most && w.height*w.density <= 8192 {
		return w
	}
	top := -f.stage.GetBoundingClientRect().Top()
	w.top = math.Max(0, math.Min(math.Floor(top/step-0.5)*step, f.scene.Height-3*step))
	w.height = math.Min(3*step, f.scene.Height)
	return w
}

// focus is what is pointed at: by the pointer, else by the keyboard.
func (f *figure) focus() view.Ref {
	if f.pointer.Part != view.Nowhere {
		return f.pointer
	}
	return f.walker
}

func (f *figure) point(event bridge.Value) {
	if f.scene == nil || f.space.dragged(event) {
		return
	}
	f.pointTo(event.Get("clientX").Float(), event.Get("clientY").Float())
}

// origin is where in the window the scene begins, and how large a pixel of it is there: on a slide, for one,
// all is larger or smaller.
func (f *figure) origin() (left, top, scale float64) {
	box := f.stage.GetBoundingClientRect()
	if scale = box.Width() / float64(f.stage.OffsetWidth()); !(scale > 0 && scale < math.Inf(1)) {
		scale = 1
	}
	return box.Left(), box.Top(), scale
}

// inScene is the place in the scene of a point of the window.
func (f *figure) inScene(x, y float64) (float64, float64) {
	left, top, scale := f.origin()
	return (x - left) / scale, (y - top) / scale
}

// pointTo points at what is at a point of the window.
func (f *figure) pointTo(x, y float64) {
	if f.scene == nil {
		return
	}
	hit, _ := f.scene.HitAt(f.inScene(x, y))
	f.pointAt(hit.Ref)
}

func (f *figure) pointAt(ref view.Ref) {
	if ref == f.pointer {
		return
	}
	f.pointer = ref
	f.frame.atFrame()
}

// act does what a click on a part of the view does: it chooses an output word or a position, or takes
// what the model expects there into the text.
func (f *figure) act(ref view.Ref) {
	e := f.e
	f.hold(ref)
	switch v := e.drawn.view; {
	case v == view.Tower:
		f.space.lock(ref)
	case ref.Part == view.Head && v == view.Links: // its name beside its colour
	case ref.Part == view.Head:
		head := "mean"
		if ref.Col >= 0 {
			head = strconv.Itoa(ref.Col)
		}
		e.chooseAll("view", view.Heatmap, "layer", strconv.Itoa(ref.Row), "head", head)
	case v == view.Steps:
		if at, ok := f.scene.Chooses(ref); ok {
			e.chooseAll("key", strconv.Itoa(at.Col), "token", strconv.Itoa(at.Row))
		}
	case v == view.Links || v == view.Heatmap || v == view.Flow:
		f.lock(ref)
	case v != view.Context && v != view.Predictions, ref.Part == view.Nowhere:
	case ref.Part == view.Pair && v == view.Predictions: // of the lens
		e.chooseAll("token", strconv.Itoa(ref.Row), "layer", strconv.Itoa(ref.Col))
	case ref.Part == view.Key && v == view.Predictions:
		e.accept(ref.Row, ref.Col)
	case ref.Part == view.Key: // a source word of the sum that is open already
	case e.token == ref.Row:
		e.unchoose("token")
	default:
		e.choose("token", strconv.Itoa(ref.Row))
	}
}

// hold tells the surgeon which weight is pointed at; a word's is no single one.
func (f *figure) hold(ref view.Ref) {
	if f.e.surgeon != nil && f.e.drawn.view == view.Heatmap && !f.e.drawn.merging() {
		f.e.surgeon.hold(ref)
	}
}

// lock keeps open what was clicked while the text changes, until it is clicked again or something else is.
func (f *figure) lock(ref view.Ref) {
	e := f.e
	if ref == (view.Ref{}) || ref == e.locked(&e.state) {
		e.unchoose("token", "key")
		return
	}
	at := e.pieces(ref)
	delete(e.settings, "token")
	delete(e.settings, "key")
	switch row, col := strconv.Itoa(at.Row), strconv.Itoa(at.Col); at.Part {
	case view.Query:
		e.chooseAll("token", row)
	case view.Key:
		e.chooseAll("key", col)
	case view.Pair:
		e.chooseAll("token", row, "key", col)
	}
	f.pointAt(ref) // it is still pointed at, and said
}

// open shows how a weight came about, or of several heads one alone. It says whether there was something
// to open.
func (f *figure) open(ref view.Ref) bool {
	e := f.e
	switch v := e.drawn.view; {
	case ref.Part == view.Head && v == view.Links:
		e.solo(ref.Col)
	case ref.Part != view.Pair || v != view.Heatmap && v != view.Links || !slices.Contains(e.entry.Views, view.Steps):
		return false
	default:
		at := e.pieces(ref)
		if d := &e.drawn; e.foreign != nil && !e.foreign.explains(d.kind, d.layer, d.heads, at.Row) {
			return false
		}
		e.chooseAll("view", view.Steps, "token", strconv.Itoa(at.Row), "key", strconv.Itoa(at.Col))
	}
	return true
}

// walkTo follows the keyboard.
func (f *figure) walkTo(ref view.Ref) {
	if ref == f.walker && f.pointer.Part == view.Nowhere {
		return
	}
	f.walker, f.pointer = ref, view.Ref{}
	f.frame.atFrame()
	f.space.follow(ref)
	if ref.Part != view.Nowhere {
		f.hold(ref)
		f.e.selected(ref)
	}
}

// converse says what there is to say instead of a view, or above one that is not the answer.
func (f *figure) converse() {
	e := f.e
	switch {
	case e.failed == fatal:
		f.say("problem", e.failed)
	case e.failed != "":
		actions := []action{{"Try again", e.again}}
		if _, asked := e.settings["record"]; asked && e.full {
			actions = append(actions, action{"Go on without the record", e.leave})
		}
		f.say("problem", e.failed, actions...)
	case e.foreign != nil:
		f.say("", "")
	case e.fetching:
		f.say("loading", "Loading the record")
	case strings.TrimSpace(e.text) == "":
		text := "Type a sentence, and see which words the model looks at."
		var tries []action
		if e.entry != nil && len(e.entry.Examples) > 0 && e.editable {
			text += " Or begin with one of these:"
			for i := range e.entry.Examples {
				x := &e.entry.Examples[i]
				tries = append(tries, action{x.Text, func() { e.chooseExample(x) }})
			}
		}
		f.say("invitation", text, tries...)
	case !e.page.ran(e.model):
		f.say("loading", "Loading the model")
	case e.alone():
		f.say("invitation", "Type a second sentence, and see where the attention differs.")
	default:
		f.say("", "")
	}
}

// action is something that the reader may do about a message.
type action struct {
	name string
	do   func()
}

// say puts a message of some kind where the view is.
func (f *figure) say(kind, text string, actions ...action) {
	// Above a picture that is to stay where it is, it lies over it.
	over := func() { f.message.Get("classList").Call("toggle", "over", f.e.stored) }
	if f.said == kind+text {
		over() // and no more: somebody may be at its buttons
		return
	}
	f.said = kind + text
	for _, remove := range f.unsay {
		remove()
	}
	f.unsay, f.bar, f.began = nil, nil, 0
	// Who was at a button of the message by keyboard would be nowhere.
	lost := f.e.sentences != nil && f.message.Call("querySelector", ":focus-visible").Truthy()
	f.message.Call("replaceChildren")
	if lost && f.e.sentences.source != nil {
		f.e.sentences.source.box.Focus()
	} else if lost {
		f.refocus = true
	}
	f.message.SetClass("message " + kind)
	over()
	hide(f.message, text == "")
	f.words = newLine("p", "")
	f.words.set(text)
	within(f.message, f.words)
	switch kind {
	case "problem":
		f.words.SetAttribute("role", "alert")
		f.words.SetAttribute("part", "problem")
	case "loading":
		f.words.SetAttribute("part", "progress")
		f.bar = &dom.HTMLProgressElement{BasicHTMLElement: create("progress", "")}
		f.bar.SetAttribute("aria-label", text)
		within(f.message, f.bar)
	}
	for _, a := range actions {
		b := button("", a.name)
		b.SetDir("auto")
		f.unsay = append(f.unsay, bridge.Listen(b.Underlying(), "click", func(bridge.Value) { a.do() }))
		within(f.message, b)
	}
}

// progress tells how much of the model has come.
func (f *figure) progress(entry *catalog.Entry, p protocol.Loading) {
	if f.bar == nil {
		return
	}
	name, amount := "the model", megabytes(p.Done)
	if entry != nil {
		name, _, _ = strings.Cut(entry.Title, ",")
	}
	left := ""
	if f.began == 0 {
		f.began, f.first = bridge.Now(), p.Done
	}
	if p.Total > 0 {
		left = remaining((bridge.Now()-f.began)/1000, float64(p.Done-f.first), float64(p.Total-f.first))
		amount += " of " + megabytes(p.Total)
		f.bar.SetMax(float64(p.Total))
		f.bar.SetValue(float64(p.Done))
	}
	f.words.set("Loading " + name + ": " + amount + " MB" + left)
}

func px(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + "px" }
