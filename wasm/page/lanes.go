//go:build js && wasm

package page

import (
	"slices"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/record"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// lanes put pictures side by side: of the models of a task on the sentence that is being typed, of two
// sentences on one model, or of two heads. Of the latter two the figure then shows the difference.
type lanes struct {
	*dom.BasicHTMLElement
	e     *element
	field *field // of the second sentence; nil where nothing can be edited
	row   *dom.BasicHTMLElement
	all   []*lane
	bars  float64            // what the bars of all heatmaps must hold
	then  []func(why string) // what waits for all lanes; why is what keeps them from coming
}

// lane is one of them: what a model makes of a text, and how.
type lane struct {
	*dom.BasicHTMLElement
	e       *element
	entry   *catalog.Entry
	name    *line
	output  *line
	painter *painter

	laneOf
	record *record.Record
	asked  laneOf // what was asked for last
}

// laneOf is what a lane is of.
type laneOf struct {
	id    string // what makes it another lane
	own   bool   // it runs by itself; else it shows the element's record
	title string
	text  string
	view  string
	kind  record.Kind
	layer int
	heads []int
	bare  bool // without special tokens
	words bool
}

func newLanes(e *element) *lanes {
	l := &lanes{BasicHTMLElement: create("div", "side"), e: e, row: create("div", "")}
	l.SetAttribute("part", "lanes")
	if e.editable {
		l.field = newField(e, "second", func(v string) { e.choose("compare", ofSentence+v) })
		within(l.BasicHTMLElement, l.field)
	}
	within(l.BasicHTMLElement, l.row)
	hide(l, true)
	return l
}

// lanesOf lists what a state puts side by side.
func (l *lanes) lanesOf(st *state) (all []laneOf) {
	switch st.against {
	case sentencePair:
		of := laneOf{view: view.Heatmap, kind: st.kind, layer: st.layer, heads: st.heads, bare: !st.special, words: st.words}
		for i, text := range []string{st.text, st.second} {
			of.id, of.own, of.title, of.text = sentencePair+st.model+placeName([2]int{i, 0}), i == 1, []string{"First sentence", "Second sentence"}[i], text
			if l.field == nil {
				of.title = text
			}
			all = append(all, of)
		}
	case headPair:
		for i, p := range st.pair {
			all = append(all, laneOf{id: headPair + st.model + placeName([2]int{i, 0}), title: upper(placeWords(p)), text: st.text,
				view: view.Heatmap, kind: st.kind, layer: p[0], heads: []int{p[1]}, bare: !st.special, words: st.words})
		}
	default:
		index := l.e.index()
		for _, id := range peers(index, st.entry) {
			if len(st.compare) > 0 && id != st.model && !slices.Contains(st.compare, id) {
				continue
			}
			entry := index.Find(id)
			_, short, ok := strings.Cut(entry.Title, ", ")
			if !ok {
				short = entry.Title
			}
			o := entry.Open
			all = append(all, laneOf{id: id, own: id != st.model, title: upper(short), text: st.text, view: o.View, kind: o.Kind, layer: o.Layer, heads: []int{o.Head}, bare: !st.special})
		}
	}
	return all
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// show lays out the lanes of a state, and has them run where the text is new.
func (l *lanes) show(st *state) {
	on := st.view == compare && st.entry != nil
	hide(l, !on)
	if !on {
		l.come(another)
		return
	}
	of := l.lanesOf(st)
	if !slices.EqualFunc(l.all, of, func(lane *lane, of laneOf) bool { return lane.id == of.id }) {
		l.release()
		for _, of := range of {
			entry := st.entry
			if st.against == "" {
				entry = l.e.index().Find(of.id)
			}
			lane := newLane(l.e, entry)
			l.all = append(l.all, lane)
			within(l.row, lane)
		}
	}
	l.row.SetClass(map[bool]string{true: "lanes", false: "lanes pair"}[st.against == ""])
	if l.field != nil {
		hide(l.field, st.against != sentencePair)
		l.field.show("The second sentence", st.entry.Source, st.second)
	}
	for i, lane := range l.all {
		lane.laneOf = of[i]
		lane.name.set(lane.title)
		if st.against == "" {
			lane.SetAttribute("aria-label", lane.entry.Title)
		} else {
			lane.SetAttribute("aria-label", lane.title)
		}
		if lane.own && (lane.asked.text != lane.text || lane.asked.kind != lane.kind || lane.asked.layer != lane.layer) {
			lane.asked = lane.laneOf
			l.e.page.engine.ask(lane)
		}
	}
	l.paint()
	if st.against != "" {
		l.e.figure.frame.atFrame() // it shows the difference
	}
}

// another is why a picture does not come of which something else took the place.
const another = "There is no picture to take any more: this heed-view shows something else now."

// come tells those who wait that all lanes are there, or why they are not.
func (l *lanes) come(why string) {
	then := l.then
	l.then = nil
	for _, do := range then {
		do(why)
	}
}

func (l *lanes) release() {
	l.come(another)
	for _, lane := range l.all {
		l.e.page.engine.forget(lane)
		lane.Remove()
	}
	l.all = nil
}

// paint paints all lanes, at the width there is.
func (l *lanes) paint() {
	for _, lane := range l.all {
		if !lane.own && l.e.record != nil && l.e.record.Model == l.e.model {
			lane.take(l.e.record)
		}
	}
	l.scale()
	l.wide(false)
	fits := true
	for _, lane := range l.all {
		fits = lane.paint() && fits
	}
	if !fits && l.e.state.against != "" {
		l.wide(true)
		for _, lane := range l.all {
			lane.paint()
		}
	}
}

// wide has two heatmaps take as much room as one alone may: more than the text.
func (l *lanes) wide(yes bool) { l.row.Get("classList").Call("toggle", "wide", yes) }

// scale finds the scale of the bars of all heatmaps, and says whether it is another than before.
func (l *lanes) scale() bool {
	before := l.bars
	l.bars = 0
	for _, lane := range l.all {
		if lane.record != nil && lane.view == view.Heatmap {
			l.bars = max(l.bars, view.Received(lane.record, lane.chosen(), lane.env()))
		}
	}
	return l.bars != before
}

// other is the Record of the second lane, if it has one of its own.
func (l *lanes) other() *record.Record {
	if len(l.all) == 2 && l.all[1].own {
		return l.all[1].record
	}
	return nil
}

// difference is the scene of what the second lane has more or less than the first; nil where one of them
// has not run yet, or not with the maps that are to be shown.
func (l *lanes) difference(s view.State) (*view.Scene, error) {
	sides := l.compared()
	if sides == nil {
		return nil, nil
	}
	return view.Difference(sides[0], sides[1], s, l.e.figure.env())
}

// compared are the two maps whose difference is shown.
func (l *lanes) compared() []view.Compared {
	e := l.e
	of := l.lanesOf(&e.drawn)
	if len(of) != 2 || len(l.all) != 2 || e.record == nil || e.record.Model != e.model {
		return nil
	}
	var sides [2]view.Compared
	for i, of := range of {
		c := view.Compared{Record: e.record, Layer: of.layer, Heads: record.Heads(of.heads...), Name: []string{"the first sentence", "the second sentence"}[i]}
		if e.drawn.against == headPair {
			c.Name = placeWords(e.drawn.pair[i])
		}
		if of.own {
			c.Record = l.all[i].record
			if c.Record == nil || c.Record.Find(of.kind, of.layer, 0) == nil && len(c.Record.Maps) > 0 {
				return nil
			}
		}
		sides[i] = c
	}
	return sides[:]
}

func newLane(e *element, entry *catalog.Entry) *lane {
	l := &lane{BasicHTMLElement: create("section", "lane"), e: e, entry: entry, name: newLine("h2", "label"), output: newLine("p", "sentence"), painter: newPainter()}
	l.SetAttribute("data-waits", "") // for its first picture
	l.output.SetLang(entry.Target)
	l.output.SetDir("auto")
	l.output.SetAttribute("aria-live", "polite")
	picture := create("div", "picture")
	within(picture, l.painter.canvas)
	within(l.BasicHTMLElement, l.name, l.output, picture)
	return l
}

func (l *lane) modelID() string { return l.entry.ID }

func (l *lane) request() protocol.Request {
	return protocol.Request{Model: l.entry.ID, Text: l.text, Kind: l.kind, Layer: l.layer}
}

func (l *lane) progress(p protocol.Loading) {
	if l.record == nil {
		l.output.set("Loading: " + megabytes(p.Done) + " of " + megabytes(p.Total) + " MB")
	}
}

func (l *lane) partial(string) {}

func (l *lane) recorded(r *protocol.Result, _ bridge.Message) {
	l.e.page.stacks[l.entry.ID] = r.Shape
	l.take(&r.Record)
	if l.e.lanes.scale() || l.e.against != "" {
		l.e.lanes.paint()
	} else {
		l.paint()
	}
	if l.e.against != "" {
		l.e.figure.frame.atFrame()
	}
	if l.e.lanes.ran() {
		l.e.lanes.come("")
	}
}

func (l *lane) take(r *record.Record) {
	l.record = r
	l.output.set(r.Output)
	hide(l.output, r.Output == "" && l.e.against != "" || l.e.view == compare && l.e.against == headPair)
}

func (l *lane) fail(message string) {
	l.asked = laneOf{}
	l.RemoveAttribute("data-waits")
	hide(l.output, false)
	l.output.set(sentence(message))
	l.e.lanes.come(sentence(message))
}

func (l *lane) killed() bool {
	l.fail(fatal)
	return false
}

// chosen is what is drawn, as package view takes it.
func (l *lane) chosen() view.State {
	return view.State{Still: true, View: l.view, Kind: l.kind, Layer: l.layer, Heads: record.Heads(l.heads...), HideSpecial: l.bare, Words: l.words, Bars: l.e.lanes.bars,
		Width: l.Get("clientWidth").Float(), Height: 0.8 * bridge.Global().Get("innerHeight").Float()}
}

// env is what the page lends to its picture.
func (l *lane) env() view.Env { return view.Env{Measure: l.e.page.widths.measure} }

// paint says whether the picture has room.
func (l *lane) paint() bool {
	r := l.record
	if r == nil || l.Get("clientWidth").Float() == 0 {
		return true
	}
	hide(l.painter.canvas, strings.TrimSpace(r.Text) == "")
	scene, err := view.Build(r, l.chosen(), l.env())
	if err != nil {
		return true
	}
	l.painter.palette, l.painter.colors, l.painter.ground = l.e.figure.painter.palette, l.e.figure.painter.colors, l.e.figure.painter.ground
	l.painter.paint(scene, window{width: scene.Width, height: scene.Height, density: min(2, bridge.Global().Get("devicePixelRatio").Float())})
	l.RemoveAttribute("data-waits")
	l.painter.canvas.SetAttribute("aria-hidden", "false")
	l.painter.canvas.SetAttribute("role", "img")
	l.painter.canvas.SetAttribute("aria-label", scene.Title+". "+scene.Caption)
	return scene.Width <= l.Get("clientWidth").Float()
}
