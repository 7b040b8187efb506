//go:build js && wasm

package page

import (
	"slices"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/model"
	"heed/core/record"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// lanes put the models of a task side by side on the sentence that is being typed.
type lanes struct {
	*dom.BasicHTMLElement
	e   *element
	all []*lane
}

// lane is one of the models: what it makes of the text, and how.
type lane struct {
	*dom.BasicHTMLElement
	e       *element
	entry   *model.Entry
	text    string // that was asked for last
	output  *line
	painter *painter
	record  *record.Record
	asked   bool
}

func newLanes(e *element) *lanes {
	l := &lanes{BasicHTMLElement: create("div", "lanes"), e: e}
	l.SetAttribute("part", "lanes")
	hide(l, true)
	return l
}

// show lays out the lanes of a state, and has them run where the text is new.
func (l *lanes) show(st *state) {
	on := st.view == compare && st.entry != nil
	hide(l, !on)
	if !on {
		return
	}
	index := l.e.index()
	ids := peers(index, st.entry)
	if len(st.compare) > 0 {
		ids = slices.DeleteFunc(ids, func(id string) bool { return id != st.model && !slices.Contains(st.compare, id) })
	}
	if !slices.EqualFunc(l.all, ids, func(lane *lane, id string) bool { return lane.entry.ID == id }) {
		l.release()
		for _, id := range ids {
			lane := newLane(l.e, index.Find(id))
			l.all = append(l.all, lane)
			within(l.BasicHTMLElement, lane)
		}
	}
	for _, lane := range l.all {
		if lane.entry.ID != st.model && (lane.record == nil || lane.text != st.text) {
			lane.text, lane.asked = st.text, true
			l.e.page.engine.ask(lane)
		}
	}
	l.paint()
}

func (l *lanes) release() {
	for _, lane := range l.all {
		l.e.page.engine.forget(lane)
	}
	l.all = nil
	l.Call("replaceChildren")
}

// paint paints all lanes, at the width there is.
func (l *lanes) paint() {
	for _, lane := range l.all {
		if lane.entry.ID == l.e.model && l.e.record != nil && l.e.record.Model == l.e.model {
			lane.take(l.e.record)
		}
		lane.paint()
	}
}

func newLane(e *element, entry *model.Entry) *lane {
	l := &lane{BasicHTMLElement: create("section", "lane"), e: e, entry: entry, output: newLine("p", "sentence"), painter: newPainter()}
	name := newLine("h2", "label")
	_, short, ok := strings.Cut(entry.Title, ", ")
	if !ok {
		short = entry.Title
	}
	name.set(strings.ToUpper(short[:1]) + short[1:])
	l.SetAttribute("aria-label", entry.Title)
	l.output.SetLang(entry.Target)
	l.output.SetDir("auto")
	l.output.SetAttribute("aria-live", "polite")
	picture := create("div", "picture")
	within(picture, l.painter.canvas)
	within(l.BasicHTMLElement, name, l.output, picture)
	return l
}

func (l *lane) modelID() string { return l.entry.ID }

func (l *lane) request() protocol.Request {
	return protocol.Request{Model: l.entry.ID, Text: l.text, Kind: l.entry.Open.Kind, Layer: l.entry.Open.Layer}
}

func (l *lane) progress(p protocol.Loading) {
	if l.record == nil {
		l.output.set("Loading: " + megabytes(p.Done) + " of " + megabytes(p.Total) + " MB")
	}
}

func (l *lane) partial(string) {}

func (l *lane) recorded(r *protocol.Result, _ bridge.Message) {
	l.e.page.stacks[l.entry.ID] = r.Shape
	l.asked = false
	l.take(&r.Record)
	l.paint()
}

func (l *lane) take(r *record.Record) {
	l.record = r
	l.output.set(r.Output)
}

func (l *lane) fail(message string) {
	l.asked = false
	l.output.set(sentence(message))
}

func (l *lane) killed() bool {
	l.fail(fatal)
	return false
}

func (l *lane) paint() {
	r, open := l.record, l.entry.Open
	width := l.Get("clientWidth").Float()
	if r == nil || width == 0 {
		return
	}
	hide(l.painter.canvas, strings.TrimSpace(r.Text) == "")
	s := view.State{View: open.View, Kind: open.Kind, Layer: open.Layer, Heads: []int{open.Head}, Threshold: view.DefaultThreshold,
		HideSpecial: true, Width: width, Height: 0.8 * bridge.Global().Get("innerHeight").Float(), Measure: l.e.page.widths.measure}
	scene, err := view.Build(r, s)
	if err != nil {
		return
	}
	l.painter.palette, l.painter.colors, l.painter.ground = l.e.figure.painter.palette, l.e.figure.painter.colors, l.e.figure.painter.ground
	l.painter.paint(scene, window{width: scene.Width, height: scene.Height, density: min(2, bridge.Global().Get("devicePixelRatio").Float())})
	l.painter.canvas.SetAttribute("aria-hidden", "false")
	l.painter.canvas.SetAttribute("role", "img")
	l.painter.canvas.SetAttribute("aria-label", scene.Title+". "+scene.Caption)
}
