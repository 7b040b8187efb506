//go:build js && wasm

package page

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/say"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// element is one <heed-view>.
type element struct {
	page *page
	host bridge.Value
	root bridge.Value // the shadow root

	full, bare, editable bool // what the attributes controls and editable say

	attributes settings // and the element's own text
	settings   settings // with what the address and the reader say
	unknown    []string // what the address says that nobody understands, in sentences
	complaints []string // what the settings ask for in vain, in sentences
	acted      bool     // the reader has changed something, so the address is to follow
	state

	// The run.
	asked    bool           // a request waits or is being worked on
	typed    float64        // when the reader asked for it, or 0
	record   *record.Record // the last answer; nil before the first
	previous *record.Record // the one before
	shown    int            // the ID of that run
	drawnBy  run.Sampling   // how what may follow was drawn in the run asked for last
	whole    *record.Record // that run with the means over some heads of all its layers for maps; nil: they are not here
	wholeOf  string         // which heads
	wanted   wanted         // the maps asked for last, besides those that came with it
	wants    int            // how often that was asked and not answered yet
	drawn    state          // what is painted: the state, or the one before while its maps are on their way
	failed   string         // why there is no answer
	deadly   state          // what the engine died of last
	deaths   int            // how often, one after the other
	foreign  *foreign       // a Record of a model that is not here, shown in place of one
	sought   string         // the address that such a Record was asked for from last
	fetching bool           // and it is on its way
	stored   bool           // the record is the model's first example, shown until the model itself is there
	tried    string         // the model whose example was asked for
	wholes   []func()       // what waits for all maps of the run
	revived  bool           // the engine was started again, which the reader is told until he goes on

	frame     *dom.BasicHTMLElement // holds all
	models    *models               // of the playground
	sentences *sentences
	writer    *writer // of what can be edited
	holes     *holes
	controls  *controls
	lanes     *lanes
	surgeon   *surgeon // nil where there are no controls
	notes     *notes
	figure    *figure
	footer    *footer
	tools     *tools
	banner    *banner
	back      *dom.HTMLButtonElement // from a head to the grid that it was chosen in; nil where there are controls
	examples  *examples
	saving    *timer
	changed   float64 // when the reader last typed
	fresh     bool    // what the address will say next is a new step
	told      string  // what other scripts were told of what the reader does now
	removes   []func()
}

// wanted is what a state takes of a run.
type wanted struct {
	id     int
	kind   record.Kind
	layer  int
	all    bool // the maps of all layers; of all kinds, where kind is ""
	means  bool // the means of all layers and kinds
	heads  string
	detail bool // how a row came about
	head   int
	row    int
	lens   bool // what each layer would have predicted
}

// wanting is what the element's state takes of the run that it shows.
func (e *element) wanting() wanted {
	w := wanted{id: e.shown, kind: e.kind, layer: e.layer}
	if len(e.wholes) > 0 && !e.all() {
		w.kind, w.all = "", true
		return w
	}
	switch e.view {
	case view.Heads:
		w.all = true
	case compare:
		w.all = e.against == headPair
	case view.Tower:
		w.means, w.heads = true, e.head()
	case view.Flow:
		w.all, w.kind = true, view.FlowNeeds(e.record, e.figure.room)
	case view.Steps:
		at := e.place(&e.state)
		w.detail, w.head, w.row = true, at.Head, at.Row
	case view.Predictions:
		w.lens = e.lens
	}
	return w
}

// place is the row of a map that the steps view takes apart: of the chosen head, or of the first, and
// of the chosen word, or of the second.
func (e *element) place(st *state) record.Place {
	at := record.Place{Kind: st.kind, Layer: st.layer, Row: 1}
	if len(st.heads) > 0 {
		at.Head = st.heads[0]
	}
	if st.token >= 0 {
		at.Row = st.token
	}
	at.Row = max(0, min(at.Row, len(e.record.Queries(st.kind))-1))
	return at
}

func attach(p *page, host, root bridge.Value) *element {
	e := &element{page: p, host: host, root: root, attributes: settings{}}
	e.saving = newTimer(e.writeAddress)
	for _, name := range names {
		if v := host.Call("getAttribute", name); !v.IsNull() {
			e.attributes[name] = v.String()
		}
	}
	if _, ok := e.attributes["text"]; !ok {
		e.attributes["text"] = host.Get("text").String()
	}
	e.build()
	e.readAddress()
	return e
}

// build makes what is inside the element, by what it is allowed to do.
func (e *element) build() {
	controls := e.host.Call("getAttribute", "controls").String() // "<null>" without
	e.full, e.bare = controls == "full", controls == "none"
	if e.full && e.page.owner == nil {
		e.page.owner = e
	} else if !e.full {
		e.disown()
	}
	e.editable = e.host.Call("hasAttribute", "editable").Bool()

	e.frame = create("div", "heed")
	e.frame.SetLang("en")
	e.frame.SetDir("ltr") // labels and pictures are laid out for English; a sentence has its own direction
	e.frame.SetAttribute("part", "frame")
	e.sentences = newSentences(e)
	e.notes = newNotes()
	e.figure = newFigure(e)
	e.lanes = newLanes(e)
	if e.full {
		e.models, e.banner = newModels(e), newBanner(e)
		within(e.frame, e.models, e.banner)
	}
	within(e.frame, e.sentences)
	if e.editable {
		e.writer = newWriter(e)
		within(e.frame, e.writer)
	}
	within(e.frame, e.notes)
	if !e.bare {
		e.controls = newControls(e)
		within(e.frame, e.controls)
	} else {
		e.back = button("back", "All heads")
		hide(e.back, true)
		e.listen(e.back.Underlying(), "click", func(bridge.Value) { e.regrid() })
		within(e.frame, e.back)
	}
	for _, event := range []string{"pointerdown", "keydown"} {
		e.listen(e.frame.Underlying(), event, func(bridge.Value) { e.told = "" })
	}
	within(e.frame, e.lanes, e.figure)
	if !e.bare {
		e.tools = newTools(e)
		within(e.frame, e.tools.hint)
		e.surgeon = newSurgeon(e)
		within(e.frame, e.surgeon, e.tools)
	}
	if e.full {
		e.footer = newFooter()
		within(e.frame, e.footer)
	}
	e.appear()
}

// appear shows the element instead of the author's text, once it is known what there is to choose from:
// controls that grow would push aside what is below them.
func (e *element) appear() {
	if (e.page.index != nil || e.failed != "") && e.frame.Get("parentNode").IsNull() {
		e.root.Call("append", e.frame.Underlying())
	}
}

// unbuild takes it away again.
func (e *element) unbuild() {
	e.figure.release()
	e.lanes.release()
	if e.surgeon != nil {
		e.surgeon.release()
	}
	for _, remove := range e.removes {
		remove()
	}
	e.removes, e.models, e.writer, e.holes, e.controls, e.surgeon, e.footer, e.back = nil, nil, nil, nil, nil, nil, nil, nil
	e.frame.Remove()
}

// rebuild makes it anew after a change of what it is allowed to do.
func (e *element) rebuild() {
	e.unbuild()
	e.build()
	e.settle()
	e.status()
	if e.record != nil {
		e.sentences.final(e.record.Output)
		e.notes.set(recorded, e.record.Notices)
		e.need()
	}
}

func (e *element) detach() {
	e.page.engine.forget(e)
	e.sought = ""
	e.disown()
	e.unbuild()
	e.saving.release()
}

// disown leaves the address to another element.
func (e *element) disown() {
	if e.page.owner == e {
		e.writeAddress()
		e.page.owner = nil
	}
}

// listen answers an event until the element is built anew or taken away.
func (e *element) listen(target bridge.Value, event string, f func(bridge.Value)) {
	e.removes = append(e.removes, bridge.Listen(target, event, f))
}

// attribute follows a change of an attribute.
func (e *element) attribute(name, value string, present bool) {
	switch name {
	case "controls", "editable":
		e.rebuild()
		return
	case "theme":
		e.figure.retheme()
		return
	case "lang":
		e.sentences.show(&e.state)
		return
	}
	if !present && name == "text" {
		value, present = e.host.Get("text").String(), true
	}
	for _, s := range []settings{e.attributes, e.settings} {
		if present {
			s[name] = value
		} else {
			delete(s, name)
		}
	}
	e.settle()
	e.save()
}

// readAddress begins with the attributes, over which the playground's address wins.
func (e *element) readAddress() {
	e.settings, e.unknown = maps.Clone(e.attributes), nil
	if f := e.foreign; f != nil && f.address == "" { // Back leads away from a file's Record
		e.drop()
	}
	if e.page.owner == e {
		hash := strings.TrimPrefix(bridge.Global().Get("location").Get("hash").String(), "#")
		if strings.Contains(hash, "=") {
			pairs := bridge.Global().Get("Array").Call("from", bridge.New("URLSearchParams", hash))
			for i := range pairs.Length() {
				name, value := pairs.Index(i).Index(0).String(), pairs.Index(i).Index(1).String()
				if name == "share" { // its name in addresses of before
					name = "threshold"
				}
				if slices.Contains(names, name) {
					e.settings[name] = value
				} else {
					e.unknown = append(e.unknown, say.Text("The address says something about “", name, "”, which Heed does not know."))
				}
			}
			for _, name := range lengthy {
				if beside := bridge.Global().Get("history").Get("state"); beside.Truthy() && beside.Get(name).Truthy() {
					e.settings[name] = beside.Get(name).String()
				}
			}
		}
	}
	e.settle()
}

// save lets the address follow, once the reader pauses: browsers do not like it to change at every keystroke.
func (e *element) save() {
	const pause = 300
	if e.page.owner == e {
		e.acted = true
		e.saving.after(pause)
	}
}

// step begins a new entry in the browser's history, so that Back undoes what a person would call a step:
// a choice, or what was typed without a pause.
func (e *element) step(name string) {
	const pause = 1000
	switch now := bridge.Now(); name {
	case "text", "target", "compare":
		e.fresh = e.fresh || e.changed == 0 || now-e.changed > pause
		e.changed = now
	case "threshold", "temperature", "top-k", "top-p", "force", "attention-temperature": // a slider's way is many small steps
	default:
		e.fresh = true
	}
}

func (e *element) writeAddress() {
	if e.saving.stop(); !e.acted || e.page.owner != e || e.foreign != nil && e.foreign.address == "" {
		return
	}
	method := "replaceState"
	if e.fresh {
		method, e.fresh = "pushState", false
	}
	pairs, beside := fitting(e.pairs())
	var err error
	func() {
		defer bridge.Catch(&err) // too long, or too often for this browser: the next will do
		bridge.Global().Get("history").Call(method, beside, "", hash(pairs))
	}()
}

// lengthy are the settings that may be too long for an address.
var lengthy = []string{"text", "target", "compare"}

// fitting leaves out of an address what would make it so long that mail and chat cut it. The browser keeps
// that beside the address, for Back and for loading the page anew; nobody else gets it.
func fitting(pairs [][2]string) (short [][2]string, beside map[string]any) {
	const most = 8000 // characters, as an address writes them
	beside = map[string]any{}
	for _, p := range pairs {
		if slices.Contains(lengthy, p[0]) && len(p[1]) > most/3 && len(hash([][2]string{p})) > most {
			beside[p[0]] = p[1]
		} else {
			short = append(short, p)
		}
	}
	return short, beside
}

// hash writes settings as the end of an address.
func hash(pairs [][2]string) string {
	params := bridge.New("URLSearchParams")
	for _, p := range pairs {
		params.Call("append", p[0], p[1])
	}
	return "#" + params.Call("toString").String()
}

// choose follows the reader.
func (e *element) choose(name, value string) {
	if e.settings[name] == value {
		if _, there := e.settings[name]; there {
			return
		}
	}
	e.chooseAll(name, value)
}

// chooseAll follows a choice that changes several settings, given as names and values in turn.
func (e *element) chooseAll(pairs ...string) {
	name := pairs[0]
	if name == "view" && (pairs[1] == view.Tower) != (e.view == view.Tower) { // which counts floors, not rows
		delete(e.settings, "token")
		delete(e.settings, "key")
	}
	for i := 0; i < len(pairs); i += 2 {
		e.settings[pairs[i]] = pairs[i+1]
	}
	if e.examples != nil && name == "view" { // who looks elsewhere seeks no text
		e.examples.set(false)
	}
	e.step(name)
	e.unknown, e.revived = nil, false
	before := e.state
	e.settle()
	if !e.sameView(&before) {
		e.selected(e.locked(&e.state))
	}
	e.save()
}

// unchoose takes back what the reader chose.
func (e *element) unchoose(names ...string) {
	for _, name := range names {
		delete(e.settings, name)
	}
	e.settle()
	e.save()
}

// regrid goes back to the heads that one was chosen from.
func (e *element) regrid() {
	e.figure.refocus = true // the word for it goes
	for _, name := range []string{"view", "layer", "head"} {
		if v, said := e.attributes[name]; said {
			e.settings[name] = v
		} else {
			delete(e.settings, name)
		}
	}
	e.unchoose("token", "key")
	e.selected(e.locked(&e.state))
}

// merging says whether a state shows words where the model has pieces.
func (st *state) merging() bool {
	return st.words && (st.view == view.Links || st.view == view.Heatmap)
}

// locked is what the reader has locked, as the view counts it. The state counts pieces, so that it means
// the same in every view.
func (e *element) locked(st *state) view.Ref {
	ref := st.ref()
	if e.record != nil && st.merging() {
		ref.Row = record.Word(e.record.Queries(st.kind), ref.Row)
		ref.Col = record.Word(e.record.Keys(st.kind), ref.Col)
	}
	return ref
}

// pieces is what a Ref of the view points at, as the model counts: of a word the first piece.
func (e *element) pieces(ref view.Ref) view.Ref {
	if e.drawn.merging() {
		ref.Row = record.Piece(e.record.Queries(e.drawn.kind), ref.Row)
		ref.Col = record.Piece(e.record.Keys(e.drawn.kind), ref.Col)
	}
	return ref
}

// toggle shows a head of several, or leaves it out; value may be mean or all. There is always something
// shown: without a head it is their mean.
func (e *element) toggle(value string) {
	n := e.stack(&e.state)[1]
	heads := slices.Clone(e.heads)
	switch h, err := strconv.Atoi(value); {
	case value == "all" && len(heads) < n:
		heads = heads[:0]
		for h := range n {
			if e.foreign.holds(e.kind, e.layer, h) {
				heads = append(heads, h)
			}
		}
	case err != nil:
		heads = nil
	case slices.Contains(heads, h):
		heads = slices.DeleteFunc(heads, func(other int) bool { return other == h })
	default:
		heads = append(heads, h)
		slices.Sort(heads)
	}
	e.choose("head", headNames(heads))
}

// solo shows one head alone, or all of them where it is alone already.
func (e *element) solo(head int) {
	if len(e.heads) == 1 && e.heads[0] == head {
		e.toggle("all")
	} else {
		e.choose("head", strconv.Itoa(head))
	}
}

// settle finds the state anew, and does what its changes ask for.
func (e *element) settle() {
	before, s := e.state, e.settings
	if address := s["record"]; e.foreign != nil && e.foreign.address != address { // another is asked for, or none
		e.drop()
	}
	if s["record"] == "" {
		e.sought, e.fetching = "", false
	}
	if address := s["record"]; address != "" && e.foreign == nil && e.sought != address {
		e.fetchRecord(address)
	}
	if e.foreign != nil {
		s = e.foreign.settings(s)
	}
	next, complaints := s.resolve(e.index(), e.stacksOf)
	if e.foreign != nil {
		e.foreign.fit(&next, s)
	}
	if own := e.ownExample(&next); own != "" {
		e.settings["text"], next.text = own, own
	}
	if next.view == view.Tower && !e.figure.space.there() {
		next.view = view.Heads
		complaints = append(complaints, "The tower needs WebGL 2, which this browser does not offer at the moment. Here is the grid of heads instead.")
	}
	e.state = next
	if !e.sameRun(&before) || !e.sameView(&before) {
		e.figure.pointer = view.Ref{} // what it pointed at is not there any more
		e.figure.heard.set("")
	}
	e.complaints = complaints
	e.complain()
	e.sentences.show(&e.state)
	e.describe()
	switch {
	case e.foreign != nil:
		e.need()
	case !e.sameRun(&before) && e.model != "":
		e.ask()
	case !e.sameView(&before):
		e.need()
	case e.sampling != before.sampling:
		e.page.engine.draw(e)
	}
	if e.asked && e.record == nil {
		e.showStored()
	}
	e.lanes.show(&e.state)
	hide(e.figure, e.view == compare && e.against == "")
}

// complain tells what the settings ask for in vain.
func (e *element) complain() {
	e.notes.set(complained, slices.Concat(e.unknown, e.complaints, e.beyond()))
}

// beyond says which words the address asks for that the text does not have. What the reader locked may lie
// beyond the text while he types: it comes back.
func (e *element) beyond() (all []string) {
	if e.acted || e.record == nil || e.stored || e.record.Model != e.model || e.record.Text != e.text || !mapped(e.view) {
		return nil
	}
	for _, asked := range []struct {
		name string
		at   int
		of   []record.Token
	}{{"token", e.token, e.record.Queries(e.kind)}, {"key", e.key, e.record.Keys(e.kind)}} {
		if n := len(asked.of); asked.at >= n && n > 0 {
			all = append(all, say.Text("There is no ", asked.name, " ", asked.at, " here: they go from 0 to ", n-1, "."))
		}
	}
	return all
}

// ownExample is the example to begin with where the address asks for another model than the document
// does, but for no text: the document's sentence is for its own model.
func (e *element) ownExample(st *state) string {
	text, given := e.settings["text"]
	if e.page.owner != e || st.entry == nil || len(st.entry.Examples) == 0 || given && text != e.attributes["text"] || e.acted {
		return ""
	}
	if at := e.page.index.Find(e.attributes["model"]); at == nil || at.Task == st.entry.Task || at.Example(e.attributes["text"]) == nil {
		return ""
	}
	return st.entry.Examples[0].Text
}

// describe shows what belongs to the state besides the sentences.
func (e *element) describe() {
	e.frame.SetAttribute("data-task", e.task())
	if e.models != nil {
		e.models.show(&e.state)
	}
	if e.examples != nil {
		e.examples.show(&e.state)
	}
	if e.writer != nil {
		e.writer.show(&e.state)
		e.holes.show(&e.state)
	}
	if e.controls != nil {
		e.controls.show(&e.state, e.stacksOf(e.model))
	}
	if e.surgeon != nil {
		e.surgeon.show()
	}
	if e.back != nil {
		hide(e.back, e.attributes["view"] != view.Heads || e.view == view.Heads)
	}
	if e.footer != nil {
		e.footer.show(e.entry)
	}
	var news []string
	if e.revived {
		news = []string{"The engine stopped because of an error of its own and was started again."}
	}
	e.notes.set(revived, news)
}

// ask has the state run.
func (e *element) ask() {
	if e.deaths > 1 && e.deadly.sameRun(&e.state) {
		e.fail(fatal)
		return
	}
	if e.settings["record"] != "" || e.foreign != nil {
		return
	}
	e.asked, e.failed = true, ""
	e.status()
	e.page.engine.ask(e)
	e.showStored()
}

// again tries once more what failed.
func (e *element) again() {
	e.deaths = 0
	e.page.load()
	if address := e.settings["record"]; address != "" {
		e.failed = ""
		e.fetchRecord(address)
	}
	e.ask()
}

func (e *element) request() protocol.Request {
	r := protocol.Request{Model: e.model, Text: e.text, Target: e.target, Kind: e.kind, Layer: e.layer, Means: e.means(e.view == view.Tower), Changes: e.changes}
	if _, ok := e.settings["kind"]; !ok && e.entry == nil {
		r.Kind = "" // the engine knows sooner what the model opens with
	}
	r.Sampling, e.drawnBy = e.sampling, e.sampling
	if e.writer != nil && e.writer.writing {
		r.Write, r.Sampling.Seed = atOnce, e.writer.seed
	}
	return r
}

// means asks for the means over the heads that are looked at, if they are wanted.
func (e *element) means(wanted bool) protocol.Means {
	return protocol.Means{Wanted: wanted, Heads: e.heads}
}

// take takes the means out of the maps that came.
func (e *element) take(r *protocol.Result) {
	if !r.Means.Wanted {
		return
	}
	whole := *e.record
	whole.Maps = nil
	r.Record.Maps = slices.DeleteFunc(r.Record.Maps, func(m record.Map) bool {
		if m.Head < 0 {
			whole.Maps = append(whole.Maps, m)
		}
		return m.Head < 0
	})
	e.whole, e.wholeOf = &whole, (&state{heads: r.Means.Heads}).head()
}

func (e *element) modelID() string { return e.model }

// clients are the element and its lanes.
func (e *element) clients() []client {
	all := []client{e}
	for _, l := range e.lanes.all {
		all = append(all, l)
	}
	return all
}

// status says where things stand, for the style sheet and for whoever watches from outside.
func (e *element) status() {
	status := "ready"
	switch {
	case e.failed != "":
		status = "failed"
	case e.record == nil, e.fetching, e.stored && e.record.Text == e.text:
		status = "loading"
	case e.asked || e.wants > 0:
		status = "running"
	}
	e.frame.SetAttribute("data-state", status)
	e.sentences.busy(e.asked)
	e.figure.converse()
}

func (e *element) progress(p protocol.Loading) {
	e.figure.progress(e.entry, p)
	e.dispatch("heed-progress", map[string]any{"done": float64(p.Done), "total": float64(p.Total)})
}

func (e *element) partial(output string) {
	if e.writer != nil && e.writer.writing {
		e.writer.partial(output)
	} else if e.full || e.record != nil { // in a document the first comes with its picture, and nothing moves before
		e.sentences.partial(output)
	}
}

// recorded shows an answer.
func (e *element) recorded(r *protocol.Result, m bridge.Message) {
	first := !e.page.ran(e.model)
	was := e.record
	if e.stored {
		was = nil
	}
	e.page.stacks[e.model], r.Record.Stacks = r.Shape, r.Shape
	loaded := was == nil
	e.previous, e.stored = was, false
	e.record, e.shown, e.asked, e.failed, e.deaths, e.wants = &r.Record, r.ID, false, "", 0, 0
	e.whole = nil
	e.take(r)
	if e.writer != nil && e.writer.writing {
		e.writer.end(&r.Record)
	}
	e.sentences.final(r.Record.Output)
	e.figure.heard.set("") // it was about the record before
	e.notes.set(recorded, r.Record.Notices)
	e.complain()
	if e.footer != nil {
		e.footer.took(r.Millis, strings.TrimSpace(r.Record.Text) != "")
	}
	if first {
		for _, other := range e.page.elements {
			if other.model == e.model {
				other.settle() // now that it is known which layers and heads there are
			}
		}
	}
	if e.sampling != e.drawnBy {
		e.page.engine.draw(e)
	}
	e.lanes.paint()
	e.status()
	e.need()
	e.figure.later(func() {
		if loaded {
			e.dispatch("heed-load", map[string]any{"model": e.model})
		}
		e.dispatch("heed-record", recordToJS(m))
	})
}

// has says whether the maps that a state shows are at hand.
func (e *element) has(st *state) bool {
	if len(e.wholes) > 0 && !e.all() {
		return false
	}
	if st.view == view.Predictions {
		return !st.looks() || len(e.record.Lens) > 0 || len(e.record.Predictions) == 0 || e.foreign != nil
	}
	if len(e.stacksOf(e.model)) == 0 || e.foreign != nil {
		return true
	}
	if st.view == view.Tower {
		return e.whole != nil && e.wholeOf == st.head() || e.all()
	}
	if st.view == view.Flow {
		if view.FlowNeeds(e.record, e.figure.room) == record.Rollout {
			return e.record.Find(record.Rollout, 0, 0) != nil
		}
		return e.all()
	}
	if st.view == compare && st.against == headPair {
		return e.record.Find(st.kind, st.pair[0][0], st.pair[0][1]) != nil && e.record.Find(st.kind, st.pair[1][0], st.pair[1][1]) != nil
	}
	layers := 0
	for _, m := range e.record.Maps {
		if m.Kind == st.kind && m.Head == 0 && (m.Layer == st.layer || st.view == view.Heads) {
			layers++
		}
	}
	switch st.view {
	case view.Heads:
		return layers == e.stack(st)[0]
	case view.Steps:
		return layers > 0 && e.record.Detail != nil && e.record.Detail.Place == e.place(st)
	}
	return layers > 0
}

// all says whether the record has the maps of all heads.
func (e *element) all() bool {
	if e.foreign != nil { // which has no more
		return true
	}
	n := 0
	for _, s := range e.stacksOf(e.model) {
		n += s.Layers * s.Heads
	}
	for _, m := range e.record.Maps {
		if m.Kind != record.Rollout && m.Head >= 0 {
			n--
		}
	}
	return n <= 0
}

// stack is how many layers and heads the state's kind of attention has.
func (e *element) stack(st *state) [2]int {
	for _, s := range e.stacksOf(st.model) {
		if s.Kind == st.kind {
			return [2]int{s.Layers, s.Heads}
		}
	}
	return [2]int{}
}

// blank says whether there is an answer, and it is one to an empty text.
func (e *element) blank() bool { return e.record != nil && strings.TrimSpace(e.record.Text) == "" }

// alone says whether a sentence waits for another to be compared with.
func (e *element) alone() bool {
	return e.view == compare && e.against == sentencePair && strings.TrimSpace(e.second) == ""
}

// need paints what the state shows, or asks for the maps that it takes. Until they come, what was
// painted last stays.
func (e *element) need() {
	if e.record == nil {
		return
	}
	if e.wants > 0 && e.page.engine.answered != e.shown {
		e.wants, e.wanted = 0, wanted{} // another run came before; what was wanted will not be answered
	}
	now := e.wanting()
	switch {
	case e.record.Model != e.model && e.asked: // the answer of another model shows nothing of this one
	case e.has(&e.state), e.blank(), e.wants == 0 && e.wanted == now:
		e.drawn = e.state
		e.figure.paint()
		e.lanes.paint()
		if e.all() && !e.asked {
			wholes := e.wholes
			e.wholes = nil
			for _, do := range wholes {
				do()
			}
		}
	case e.asked || e.wanted == now: // the answer that comes brings them along, or is followed by this again
	case e.page.engine.want(e):
		e.wanted = now
		e.wants++
		e.status()
	default:
		e.ask()
	}
}

// more adds maps to the answer that is shown.
func (e *element) more(r *protocol.Result) {
	e.wants--
	e.take(r)
	e.record = e.record.With(&r.Record) // another record, so that what is said of it is said anew
	e.status()
	e.need()
}

// fail tells the reader why there is no answer. What is on the screen stays.
func (e *element) fail(message string) {
	e.asked, e.failed = false, sentence(message)
	e.status()
	e.dispatch("heed-error", map[string]any{"message": e.failed})
}

// fatal is said of a text that has cost two engines. It waits for an edit.
const fatal = "This text makes the engine fail. Change the text, and Heed goes on."

// killed says whether to try again what the engine died of.
func (e *element) killed() bool {
	if !e.deadly.sameRun(&e.state) {
		e.deaths = 0
	}
	if e.deaths++; e.deaths > 1 {
		e.fail(fatal)
		return false
	}
	e.deadly, e.revived = e.state, true
	e.describe()
	return true
}

// before is the run before, where it was of the same model and another text.
func (e *element) before() *record.Record {
	if p := e.previous; p != nil && p.Model == e.record.Model && p.Text != e.record.Text {
		return p
	}
	return nil
}

// drawing says how a story's next token is drawn.
func (e *element) drawing() string {
	if e.task() != model.Generation || e.foreign != nil { // a Record has them as they are
		return ""
	}
	how := "temperature " + number(e.sampling.Temperature)
	if e.sampling.TopK > 0 {
		how += ", top-k " + strconv.Itoa(e.sampling.TopK)
	}
	if p := e.sampling.TopP; p > 0 && p < 1 {
		how += ", top-p " + number(p)
	}
	return how
}

// selected tells other scripts what is chosen and pointed at, once for all that one click or key does.
func (e *element) selected(ref view.Ref) {
	detail := map[string]any{"view": e.state.view, "kind": string(e.kind), "layer": e.layer, "head": e.head()}
	ref = e.pieces(ref)
	if ref.Part == view.Query || ref.Part == view.Pair {
		detail["row"] = ref.Row
	}
	if ref.Part == view.Key || ref.Part == view.Pair {
		detail["column"] = ref.Col
	}
	if ref.Part == view.Node {
		detail["floor"], detail["column"] = ref.Row, ref.Col
	}
	told := say.Text(e.state.view, " ", string(e.kind), " ", e.layer, " ", e.head(), " ", int(ref.Part), " ", ref.Row, " ", ref.Col)
	if told == e.told {
		return
	}
	e.told = told
	e.dispatch("heed-select", detail)
}

func (e *element) dispatch(event string, detail any) {
	e.host.Call("dispatchEvent", bridge.New("CustomEvent", event, map[string]any{
		"bubbles": true, "composed": true, "detail": detail}))
}

// recordToJS makes the message's record an object like the JSON of a Record. Its numbers, of which there may be
// millions, become lists when somebody reads them.
func recordToJS(m bridge.Message) bridge.Value {
	result := bridge.Global().Get("JSON").Call("parse", m.Text)
	r := result.Get("record")
	maps := r.Get("maps")
	n := maps.Length()
	if c := r.Get("context"); c.Truthy() {
		bridge.Numbers(c, "values", m.Buffers[n])
		bridge.Numbers(c, "states", m.Buffers[n+1])
	}
	if pieces := result.Get("pieces"); pieces.Truthy() {
		bridge.Predictions(r, pieces, m.Buffers[len(m.Buffers)-1])
	}
	for i, weights := range m.Buffers[:n] {
		of := maps.Index(i)
		if of.Get("head").Int() < 0 { // a mean, which come last; a Record has the heads themselves
			maps.Set("length", i)
			break
		}
		if of.Get("kind").String() == string(record.Decoder) { // the engine does not send its mask
			bridge.Causal(of, of.Get("rows").Int(), of.Get("cols").Int())
		}
		bridge.Numbers(of, "weights", weights)
	}
	return r
}

// sentence makes a message one: some begin in lower case or lack their full stop. A file's name keeps
// its form.
func sentence(message string) string {
	first, _, _ := strings.Cut(message, " ")
	if c := first[:min(1, len(first))]; c >= "a" && c <= "z" && !strings.Contains(first, ".") {
		message = strings.ToUpper(c) + message[1:]
	}
	if message != "" && !strings.ContainsAny(message[len(message)-1:], ".!?") {
		message += "."
	}
	return message
}

// notes are sentences for the reader, by what they come from.
type notes struct {
	*dom.BasicHTMLElement
	by    [4][]string
	shown []string
}

const (
	complained = iota // settings that ask for what is not there
	revived           // the engine
	recorded          // the run
	imported          // a file that cannot be shown
)

func newNotes() *notes {
	n := &notes{BasicHTMLElement: create("div", "notes")}
	n.SetAttribute("part", "notes")
	n.SetAttribute("aria-live", "polite")
	return n
}

func (n *notes) set(from int, sentences []string) {
	n.by[from] = sentences
	all := slices.Concat(n.by[:]...)
	if slices.Equal(all, n.shown) {
		return
	}
	n.shown = all
	n.Call("replaceChildren")
	for from, all := range n.by {
		for _, s := range all {
			p := create("p", map[bool]string{true: "of-run"}[from == recorded])
			p.SetTextContent(s)
			within(n.BasicHTMLElement, p)
		}
	}
}

// footer says what runs here.
type footer struct {
	*dom.BasicHTMLElement
	facts, time *line
	promise     *line
	card        *dom.HTMLAnchorElement
}

func newFooter() *footer {
	f := &footer{BasicHTMLElement: create("footer", ""), facts: newLine("span", ""), time: newLine("span", "time"), promise: newLine("span", "")}
	f.SetAttribute("part", "footer")
	f.card = &dom.HTMLAnchorElement{BasicHTMLElement: create("a", "")}
	f.card.SetTextContent("Model card")
	within(f.BasicHTMLElement, f.facts, f.time, f.card, f.promise)
	hide(f.card, true)
	return f
}

func (f *footer) show(entry *catalog.Entry) {
	if entry == nil {
		return
	}
	if hide(f.card, entry.Bytes == 0); entry.Bytes == 0 { // of a model that is not here
		f.facts.set(entry.Title + " · a record of a run elsewhere")
		hide(f.time, true)
		f.promise.set("Drawn on this page; nothing leaves your device")
		return
	}
	hide(f.time, false)
	f.promise.set("Runs on this page; nothing leaves your device")
	f.facts.set(say.Text(entry.Title, " · ", count(entry.Parameters), "\u00a0weights · ", megabytes(entry.Bytes), "\u00a0MB"))
	if address := bridge.URL("models/" + entry.ID + "/MODEL_CARD.md"); f.card.BasicHTMLElement.Get("href").String() != address {
		f.card.BasicHTMLElement.Set("href", address)
	}
}

func (f *footer) took(milliseconds float64, something bool) {
	took := "" // its place stays
	if something {
		took = strconv.FormatFloat(max(1, milliseconds), 'f', 0, 64) + " ms for this text"
	}
	f.time.set(took)
}

// count writes a large number in words.
func count(n int) string {
	switch {
	case n >= 1e9:
		return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + "\u00a0billion"
	case n >= 1e6:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + "\u00a0million"
	}
	return strconv.Itoa(n)
}
