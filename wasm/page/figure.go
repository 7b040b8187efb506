//go:build js && wasm

package page

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/grad"
	"heed/core/record"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// figure is where the view is, or what stands there while there is none.
type figure struct {
	el
	e *element

	says    *says
	scroll  el
	stage   el // as large as the scene
	caption *line
	heard   *line // what a pointer points at, for those who listen
	read    *line // what is pointed at, where the picture says it out of sight
	painter *painter
	space   *space // what the tower stands in
	cursor  *cursor
	touch   *touch

	scene   *view.Scene // what is painted
	of      paintedOf   // and of what
	kept    view.Kept
	theme   int     // of the colours: how often they were taken up
	window  window  // what the canvas shows
	tall    float64 // the height, where that is given
	text    float64 // the width of the text above; 0: not known yet
	pressed bool    // by a pointer: the focus that this brings walks nowhere

	printing bool
	frame    *bridge.Timer
	soon     *bridge.Timer
	settled  *bridge.Timer
	refocus  bool     // the focus waits for the cursor
	then     []func() // what waits until after the painting
	removes  releases
	marks    []el // of cells that a step points out
}

// paintedOf is all that a painting depends on.
type paintedOf struct {
	look   view.State
	record *record.Record
	lanes  *state.Lanes
	window window
	theme  int
}

func newFigure(e *element) *figure {
	f := &figure{el: create("figure", "", "part", "figure"), e: e, painter: newPainter()}
	f.says = newSays(f)
	f.scroll = create("div", "scroll")
	f.stage = create("div", "stage", "part", "view")
	f.caption = newLine("figcaption", "unseen", "id", "caption")
	f.heard = newLine("p", "unseen", "aria-live", "polite")
	f.frame, f.soon, f.settled = bridge.NewTimer(f.paint), bridge.NewTimer(f.afterwards), bridge.NewTimer(f.settle)
	f.cursor = newCursor(f)
	within(f.stage, f.painter.canvas, f.cursor.grid, f.cursor.list)
	within(f.scroll, f.stage)
	f.read = newLine("span", "")
	foot := create("p", "read", "aria-hidden", "true")
	within(f.el, f.says, f.scroll, f.caption, f.heard, within(foot, f.read))
	hide(f.scroll, true)

	f.space = newSpace(f)
	f.touch = newTouch(f)
	f.pointers()
	window := bridge.Global()
	f.removes = append(f.removes,
		bridge.Listen(window, "resize", func(bridge.Event) { f.again() }),
		bridge.Listen(window, "beforeprint", func(bridge.Event) { f.print(true) }),
		bridge.Listen(window, "afterprint", func(bridge.Event) { f.print(false) }),
		bridge.OnMedia("(forced-colors: active)", f.retheme),
		bridge.ListenAll(bridge.Document(), "scroll", func(bridge.Event) { // of whatever scrolls
			if f.scene != nil && f.windowNow() != f.window {
				f.frame.AtFrame()
			}
		}),
		bridge.OnResize(f.Value, func(width, height float64) {
			tall := 0.0
			if f.fixed() {
				tall = height
			}
			if (width != e.state.Room || tall != f.tall) && width > 0 {
				f.tall = tall
				e.apply(state.Resize{Room: width})
				f.frame.AtFrame()
			}
		}),
		bridge.OnResize(e.sentences.Value, func(float64, float64) {
			if text := e.sentences.Get("clientWidth").Float(); text != f.text {
				f.text = text
				f.frame.AtFrame()
			}
		}))
	f.colors()
	return f
}

// pointers follows what pointers do on the picture.
func (f *figure) pointers() {
	e := f.e
	for _, event := range []string{"pointermove", "pointerdown"} {
		f.listen(event, func(event bridge.Event) {
			if (!event.Touch() || f.space.active()) && f.scene != nil && !f.space.dragged(event) { // a finger may only be about to scroll
				f.pointTo(event.X(), event.Y())
			}
		})
	}
	f.listen("pointerdown", func(bridge.Event) { f.pressed = true })
	for _, event := range []string{"pointerup", "pointercancel"} {
		f.listen(event, func(bridge.Event) { f.later(func() { f.pressed = false }) })
	}
	f.listen("click", func(event bridge.Event) {
		if event.Clicks() > 0 && f.space.clicked() && !f.touch.long { // a key's click is the cursor's affair
			f.pointTo(event.X(), event.Y())
			f.click(e.state.Pointer)
		}
	})
	f.listen("dblclick", func(event bridge.Event) { // which is no pointer's event
		f.pointTo(event.X(), event.Y())
		if f.space.active() {
			f.space.back()
		} else if f.touch.last && f.zooms() && e.state.Zoom > 1 {
			f.zoomTo(1, event.X(), event.Y())
		} else {
			e.apply(state.Open{Ref: e.state.Pointer})
		}
	})
	f.listen("pointerleave", func(event bridge.Event) {
		if !event.Touch() { // a finger leaves as soon as it is lifted
			f.pointAt(view.Ref{})
		}
	})
}

func (f *figure) listen(event string, fn func(bridge.Event)) {
	f.removes = append(f.removes, bridge.Listen(f.stage.Value, event, fn))
}

func (f *figure) release() {
	f.says.removes.run()
	f.frame.Release()
	f.soon.Release()
	f.settled.Release()
	f.removes.run()
	f.space.release()
}

// view is the view that is painted.
func (f *figure) view() string { return f.e.state.Shown.View }

// again paints what is there once more, before the next frame.
func (f *figure) again() {
	f.of = paintedOf{}
	f.frame.AtFrame()
}

func (f *figure) print(begins bool) {
	f.printing = begins
	f.of = paintedOf{}
	f.paint()
	f.e.lanes.paint()
}

// retheme takes up the colours anew.
func (f *figure) retheme() {
	f.colors()
	for _, part := range f.e.parts {
		if c, ok := part.(*controls); ok {
			c.hues()
		}
	}
	f.e.lanes.frame.AtFrame()
	f.frame.AtFrame()
}

func (f *figure) colors() {
	dark := f.e.host.Call("matches", ":state(dark)").Bool()
	p := f.painter
	if p.palette = &view.Light; dark {
		p.palette = &view.Dark
	}
	p.ground = bridge.Matches("(forced-colors: active)") // the paper behind the canvas is not ours then
	for role, property := range map[view.Role]string{
		view.Paper: "--heed-paper", view.Ink: "--heed-ink", view.Muted: "--heed-muted",
		view.Hairline: "--heed-hairline", view.Focus: "--heed-focus",
	} {
		p.colors[role] = strings.TrimSpace(bridge.Property(f.e.host, property))
		if p.colors[role] == "" || p.ground { // the style sheet has not come
			p.colors[role] = p.palette.Color(view.Paint{Role: role}).CSS()
		}
	}
	f.space.colors = false
	f.theme++
}

// show shows what there is to say, and whether there is a picture.
func (f *figure) show(s *state.State) {
	hide(f, s.Models())
	hide(f.scroll, s.Record == nil || s.Blank() || s.Alone())
	f.say()
}

func (f *figure) say() { f.says.show(&f.e.state) }

// follow paints what changed: another answer or view at once, what is pointed at before the next frame.
func (f *figure) follow(before *state.State) {
	s := &f.e.state
	switch {
	case s.Shown != before.Shown, s.Lanes != before.Lanes && s.View == state.Beside, s.Blank() != before.Blank(), s.Alone() != before.Alone():
		f.paint()
	case s.Screen != before.Screen, s.Flat != before.Flat:
		f.frame.AtFrame()
	}
	if s.Record != before.Record {
		f.heard.set("") // it was about the record before
	}
}

// canvas is the room that a picture has. The width of the text is the one that the browser told: to ask for it between
// a change and the painting would have all laid out twice.
func (f *figure) canvas() state.Canvas {
	if f.text == 0 {
		f.text = f.e.sentences.Get("clientWidth").Float()
	}
	return state.Canvas{Text: f.text, High: f.high(), Paper: f.printing}
}

// work is how many weights of a Record are looked at, about, before other things have their turn: some 50 ms, and for
// some pictures of some Records, which no run here makes, four times that.
const work = 1 << 21

// env is what the page lends to a picture.
func (f *figure) env() view.Env {
	return view.Env{Measure: f.e.page.widths.measure, Kept: &f.kept, Work: work, Before: f.e.state.Shown.Before}
}

// paint paints what the element shows, unless that is on the screen already.
func (f *figure) paint() {
	f.frame.Stop()
	e := f.e
	if e.state.Room == 0 {
		width := f.Get("clientWidth").Float()
		if width == 0 {
			return // not laid out; its size will be reported
		}
		e.apply(state.Resize{Room: width})
	}
	s := &e.state
	d := s.Shown
	switch {
	case s.Record == nil || d.Record == nil && !s.Blank() && !s.Alone() || d.Models(): // which the lanes show
		return
	case s.Blank(), s.Alone():
		f.scene, f.of = nil, paintedOf{}
		f.caption.set("")
		f.painted()
		f.settled.After(0)
		return
	case d.View == state.Beside && e.lanes.waits && !f.printing: // one large picture a turn
		f.again()
		return
	}
	of := paintedOf{look: s.Look(f.canvas()), record: d.Record, window: f.window, theme: f.theme}
	if d.View == state.Beside {
		of.lanes = s.Lanes
	}
	if f.scene != nil {
		if of.window = f.windowNow(); of == f.of {
			f.painted()
			f.later(f.mark) // a step may have come or gone
			return
		}
	}
	var scene *view.Scene
	var err error
	if d.View != state.Beside {
		scene, err = view.Build(d.Record, of.look, f.env())
	} else if sides, ok := s.Compared(); ok {
		scene, err = view.Difference(sides[0], sides[1], of.look, f.env())
	} else {
		return // the other sentence has not run
	}
	if err != nil { // not reached with the Records that our engine makes
		e.apply(state.ImportFailed{Why: state.Sentence(err.Error())})
		return
	}
	if f.scene == nil || f.scene.Width != scene.Width || f.scene.Height != scene.Height {
		style(f.stage, "--wide", px(scene.Width))
		style(f.stage, "--high", px(scene.Height))
	}
	f.scene = scene
	if w := f.windowNow(); w != f.window {
		f.window = w
		f.painter.canvas.Style().SetProperty("top", px(w.top), "")
	}
	of.window = f.window
	f.of = of
	f.space.paint(scene, f.window.density)
	f.painter.paint(scene, f.window)
	attribute(f.stage, "data-view", d.View)
	if scene.Solid != nil { // a press gives it the keys that turn it
		f.stage.SetTabIndex(-1)
	} else {
		f.stage.RemoveAttribute("tabindex")
	}
	pause := 0.0
	if e.typed > 0 {
		pause = typing
	}
	f.painted()
	f.caption.set(cmp.Or(scene.Caption, scene.Sentence))
	if s.Pointer.Part != view.Nowhere { // what the keyboard points at is read out as it gets the focus
		f.heard.set(scene.Readout)
	}
	f.read.set(f.unseen())
	f.settled.After(pause)
	if scene.More {
		f.again()
	}
}

// typing is how many milliseconds may pass between two keys of who types fast: what stands around a picture waits so
// long, so that not every key has the page laid out once more.
const typing = 150

// settle brings what stands around a picture in line with it.
func (f *figure) settle() {
	if f.e.tools != nil {
		f.e.tools.follow()
	}
	f.cursor.sync()
	f.mark()
}

// mark puts a frame around each cell that the step of a tour points out.
func (f *figure) mark() {
	for _, m := range f.marks {
		m.Remove()
	}
	if f.marks = nil; f.scene == nil {
		return
	}
	for _, at := range f.e.state.Marked() {
		x, y, w, h, ok := f.scene.Place(view.Ref{Part: view.Pair, Row: at[0], Col: at[1]})
		if !ok {
			continue
		}
		m := create("div", "mark")
		f.cursor.place(m, [4]float64{x, y, w, h})
		f.marks = append(f.marks, m)
		within(f.stage, m)
	}
}

// unseen is what is pointed at where its place in the picture, on top, is scrolled out of sight.
func (f *figure) unseen() string {
	if f.e.state.Focus().Part == view.Nowhere || f.scene.Readout == "" {
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
	return !f.e.state.Full && strings.TrimSpace(bridge.Property(f.e.host, "--heed-height")) != "auto"
}

// high is the height that a view may take: what the element's own height leaves, else most of the window.
func (f *figure) high() float64 {
	if !f.fixed() {
		return 0.8 * bridge.WindowHeight()
	}
	return f.Get("clientHeight").Float()
}

// painted tells those who watch from outside which request is painted, and how long that took
// since the key was pressed.
func (f *figure) painted() {
	id := f.e.state.Shown.ID
	if f.stage.GetAttribute("data-request") == strconv.Itoa(id) {
		return
	}
	f.stage.SetAttribute("data-request", strconv.Itoa(id))
	f.e.drawn()
	if f.e.typed > 0 {
		bridge.Measure("heed-paint", f.e.typed, id)
		f.e.typed = 0
	}
}

// later does something when the painting is done and the browser has had its turn.
func (f *figure) later(do func()) {
	f.then = append(f.then, do)
	f.soon.After(0)
}

func (f *figure) afterwards() {
	then := f.then
	f.then = nil
	for _, do := range then {
		do()
	}
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
	if ref != f.e.state.Pointer {
		f.e.apply(state.Point{Ref: ref})
	}
}

// click does what a click on a part of the view does.
func (f *figure) click(ref view.Ref) {
	m := state.Click{Ref: ref}
	if d := f.e.state.Shown; f.scene != nil && d.View != state.Beside {
		m.Sets = d.Described().Click(d.Record, f.of.look, f.scene, ref)
	}
	f.e.apply(m)
}

// says is what stands where the view is, instead of it or above one that is not the answer.
type says struct {
	el
	f       *figure
	now     state.Says
	words   *line
	bar     *dom.HTMLProgressElement
	removes releases
}

func newSays(f *figure) *says {
	return &says{el: create("div", "message"), f: f, words: newLine("p", "")}
}

func (m *says) show(s *state.State) {
	now := s.Says()
	if !alike(now, m.now) { // or somebody may be at its buttons
		m.build(now)
	}
	toggle(m, "over", s.Stored) // above a picture that is to stay where it is, it lies over it
	if m.bar == nil {
		return
	}
	if arriving := s.Arriving(); arriving != "" {
		m.words.set(arriving)
	}
	if l := s.Loading; l.Total > 0 {
		m.bar.SetMax(float64(l.Total))
		m.bar.SetValue(float64(l.Done))
	}
}

func alike(a, b state.Says) bool {
	return a.Kind == b.Kind && a.Text == b.Text && len(a.Actions) == len(b.Actions)
}

// build makes the message anew.
func (m *says) build(now state.Says) {
	m.removes.run()
	m.now, m.bar = now, nil
	// Who was at a button of the message by keyboard would be nowhere.
	lost := m.f.e.sentences != nil && m.Call("querySelector", ":focus-visible").Truthy()
	empty(m)
	if lost && m.f.e.sentences.source != nil {
		m.f.e.sentences.source.box.Focus()
	} else if lost {
		m.f.refocus = true
	}
	m.SetClass("message " + now.Kind)
	hide(m, now.Text == "")
	m.words = newLine("p", "")
	m.words.set(now.Text)
	within(m.el, m.words)
	switch now.Kind {
	case "problem":
		m.words.SetAttribute("role", "alert")
		m.words.SetAttribute("part", "problem")
	case "loading":
		m.words.SetAttribute("part", "progress")
		m.bar = &dom.HTMLProgressElement{BasicHTMLElement: create("progress", "", "aria-label", now.Text)}
		within(m.el, m.bar)
	}
	for _, a := range now.Actions {
		b := button("", a.Name)
		b.SetDir("auto")
		m.removes = append(m.removes, bridge.Listen(b.Underlying(), "click", func(bridge.Event) { m.f.e.apply(a.Do) }))
		within(m.el, b)
	}
}

// masked is a Record with the masks of a decoder, which the engine does not send, and without what is computed of the
// others.
func masked(r *record.Record) *record.Record {
	with := *r
	with.Maps = nil
	for _, m := range r.Maps {
		if m.Kind == record.Rollout || m.Head < 0 {
			continue
		}
		if m.Kind == record.Decoder && m.Mask == nil {
			m.Mask = record.MaskOf(grad.Mask{Causal: true}, m.Rows)
		}
		with.Maps = append(with.Maps, m)
	}
	if with.Maps == nil {
		with.Maps = []record.Map{}
	}
	return &with
}
