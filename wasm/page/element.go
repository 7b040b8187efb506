//go:build js && wasm

package page

import (
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// element is one <heed-view>. All that changes of it is its state; apply is the one way to change that, and to have
// the page follow.
type element struct {
	page *page
	host bridge.Value
	root bridge.Value // the shadow root

	state state.State
	parts []part // what is inside, in its order
	frame el     // holds all

	sentences *sentences
	figure    *figure
	lanes     *lanes
	tools     *tools // nil where there are none
	edits     *edits

	coming   *bridge.Download // of the Record at an address
	bringing bridge.Value     // the AbortController of a model on its way
	saving   *bridge.Timer
	message  bridge.Message     // the last answer, as it came
	explain  bridge.Message     // and what explains it, if something does
	millis   float64            // how long it took
	typed    float64            // when the reader asked for it, or 0
	waits    []func(why string) // what waits for all maps of the run, or for all lanes; why is what keeps them from coming
	forget   func()             // lets go of the last Record that other scripts were told of
	removes  releases
	away     bool // it was taken out of the document
}

// part is something inside an element, which shows what the state says of it.
type part interface {
	node
	show(s *state.State)
}

func attach(p *page, host, root bridge.Value) *element {
	e := &element{page: p, host: host, root: root, forget: func() {}}
	e.saving = bridge.NewTimer(e.writeAddress)
	e.state = state.New(p.known, e.can())
	for _, name := range state.Names() {
		if v := host.Call("getAttribute", name); !v.IsNull() {
			n, _ := state.Named(name)
			e.state.Attributes.Set(n, v.String())
		}
	}
	if _, said := e.state.Attributes.Get(state.Text); !said {
		e.state.Attributes.Set(state.Text, e.content())
	}
	e.steps()
	e.build()
	e.readAddress()
	return e
}

// content is the text that the author wrote into the element.
func (e *element) content() string { return e.host.Get("text").String() }

// can is what the element may do, by its attributes. The first with all controls has the address.
func (e *element) can() state.Can {
	controls := e.host.Call("getAttribute", "controls").String() // "<null>" without
	can := e.state.Can
	can.Full, can.Bare = controls == "full", controls == "none"
	can.Editable = e.host.Call("hasAttribute", "editable").Bool()
	can.Language = ""
	if l := e.host.Call("getAttribute", "lang"); l.Truthy() {
		can.Language = l.String()
	}
	if can.Full && e.page.owner == nil {
		e.page.owner = e
	} else if !can.Full {
		e.disown()
	}
	can.Owner = e.page.owner == e
	return can
}

// build makes what is inside the element, by what it may do.
func (e *element) build() {
	can := e.state.Can
	// Labels and pictures are laid out for English; a sentence has its own direction. A page's translator is kept out:
	// it would translate what the model reads and writes.
	e.frame = create("div", "heed folded", "lang", "en", "dir", "ltr", "part", "frame", "translate", "no")
	e.sentences = newSentences(e)
	e.figure, e.lanes = newFigure(e), newLanes(e)
	add := func(parts ...part) {
		for _, p := range parts {
			e.parts = append(e.parts, p)
			within(e.frame, p)
		}
	}
	if can.Full {
		add(newModels(e), newBanner(e))
	}
	if len(e.state.Steps) > 0 {
		add(newTour(e))
	}
	add(e.sentences)
	if can.Editable {
		add(newWriter(e))
	}
	add(newNotes(e), newFold(e))
	if !can.Bare {
		add(newControls(e), newAsking(e))
	} else {
		add(newBack(e))
	}
	add(e.lanes, e.figure)
	if !can.Bare {
		e.tools, e.edits = newTools(e), newEdits(e)
		within(e.frame, e.tools.hint)
		add(e.edits, e.tools)
	}
	if can.Full {
		add(newFooter(e))
	}
	e.appear()
}

// appear shows the element instead of the author's text, once it is known what there is to choose from:
// controls that grow would push aside what is below them.
func (e *element) appear() {
	if (e.state.Known.Index != nil || e.state.Failed != "") && e.frame.Get("parentNode").IsNull() {
		e.root.Call("append", e.frame.Underlying())
		e.root.Call("querySelector", "slot").Call("setAttribute", "data-behind", "")
		if loading := e.root.Call("querySelector", "[part=loading]"); loading.Truthy() { // the loader's
			loading.Call("remove")
		}
	}
}

// drawn says to the style sheet that there is a picture. (What a rule finds out by :has is found out anew at every
// key.)
func (e *element) drawn() { attribute(e.frame, "data-drawn", "") }

// unbuild takes it away again.
func (e *element) unbuild() {
	e.figure.release()
	e.removes.run()
	e.parts, e.tools, e.edits = nil, nil, nil
	e.frame.Remove()
}

func (e *element) detach() {
	e.away = true
	e.page.engine.detach(e)
	e.unfetch()
	e.unbring()
	e.disown()
	e.unbuild()
	e.forget()
	e.saving.Release()
}

// disown leaves the address to another element.
func (e *element) disown() {
	if e.page.owner == e {
		e.writeAddress()
		e.page.owner = nil
	}
}

// listen answers an event until the element is built anew or taken away.
func (e *element) listen(target node, event string, f func(bridge.Event)) {
	e.removes = append(e.removes, bridge.Listen(target.Underlying(), event, f))
}

// on has a click on a part of the element be a message.
func (e *element) on(target node, m func() state.Message) {
	e.listen(target, "click", func(bridge.Event) { e.apply(m()) })
}

// apply makes the next state, and takes what is different in it to the page: what is to be run is asked for, the parts
// are shown if anything but what is pointed at changed, what is painted follows, and other scripts are told.
func (e *element) apply(m state.Message) {
	if e.away {
		return
	}
	before := e.state
	next, commands := state.Update(before, m)
	if next.View == view.Tower && !next.Flat && !e.figure.space.there() {
		var more []state.Command
		next, more = state.Update(next, state.Flatten{Yes: true})
		commands = append(commands, more...)
	}
	e.state = next
	if !next.Fetching {
		e.unfetch()
	}
	if next.Brings.ID == "" {
		e.unbring()
	}
	for _, c := range commands {
		e.do(c)
	}
	e.show(&before)
	for _, c := range commands {
		if t, ok := c.(state.Tell); ok {
			e.tell(t.Event)
		}
	}
}

// show has the page follow the state from the one before on.
func (e *element) show(before *state.State) {
	s := &e.state
	if s.Step != before.Step {
		attribute(e.frame, "data-task", s.Task())
		attribute(e.frame, "data-state", s.Status())
		for _, p := range e.parts {
			p.show(s)
		}
	} else if s.Flow != before.Flow {
		e.sentences.show(s)
		e.figure.say()
	}
	e.figure.follow(before)
	e.settle()
}

// do does what a change of the state asks for.
func (e *element) do(c state.Command) {
	g, self := e.page.engine, who{e: e}
	switch c := c.(type) {
	case state.Ask:
		self.ask()
	case state.AskLane:
		who{e, c.ID}.ask()
	case state.Forget:
		g.forget(who{e, c.ID})
	case state.More:
		g.want(e.state.ID, c.Want)
	case state.Unask:
		g.unask(e.state.ID)
	case state.Draw:
		g.draw(e.state.ID, c.Sampling)
	case state.LoadModels:
		e.page.load()
	case state.Save:
		const pause = 300 // browsers do not like the address to change at every keystroke
		e.saving.After(pause)
	case state.FetchRecord:
		e.unfetch()
		d := &bridge.Download{Address: c.Address}
		d.Progress = func(done, _ int64) {
			if d == e.coming {
				e.figure.says.words.set(text.Of(text.LoadingBytes, text.Of(text.LoadingRecord), state.Megabytes(done)))
			}
		}
		e.coming = d
		go func() {
			r, err := fetchRecord(d)
			came := state.RecordCame{Address: c.Address, Record: r, Err: err}
			if err == nil {
				came.Described = state.Describe(r, e.state.Known.Index, bridge.Pausing())
			}
			e.apply(came)
		}()
	case state.FetchModel:
		e.bring(c)
	case state.FetchExample:
		go func() {
			if r, err := fetchRecord(&bridge.Download{Address: exampleOf(c.Model)}); err == nil { // else the model is on its way anyway
				e.apply(state.ExampleCame{Model: c.Model, Record: r})
			}
		}()
	}
}

// unfetch ends the download of a Record that nobody waits for any more: of a server that never ends, for one.
func (e *element) unfetch() {
	if e.coming != nil {
		e.coming.Cancel()
		e.coming = nil
	}
}

// mostOfRecord is how many bytes a Record may have, from a file or from an address.
const mostOfRecord = 200 << 20

func fetchRecord(d *bridge.Download) (*record.Record, error) {
	d.Most = mostOfRecord
	data, err := d.Fetch()
	if err != nil {
		return nil, err
	}
	return record.ParsePausing(data, bridge.Pausing())
}

// tell tells other scripts of an event, once what it is about is to be seen.
func (e *element) tell(event state.Event) {
	switch event {
	case state.Selected:
		e.dispatch("heed-select", detail(&e.state.Told))
	case state.Loaded:
		model := e.state.Record.Model
		e.figure.later(func() { e.dispatch("heed-load", map[string]any{"model": model}) })
	case state.Answers:
		m, more, imported := e.message, e.explain, e.state.Imported
		e.figure.later(func() {
			e.forget()
			if imported == nil {
				e.dispatch("heed-record", recordToJS(m, more))
				return
			}
			e.forget = bridge.DispatchLater(e.host, "heed-record", func() bridge.Value {
				data, err := masked(imported.Record).JSON()
				if err != nil { // not reached with what was read
					return bridge.Null()
				}
				return bridge.Parse(bridge.ValueOf(string(data)))
			})
		})
	case state.Stepped:
		at := e.state.Stage - 1
		e.figure.later(func() { e.dispatch("heed-step", map[string]any{"step": at, "steps": len(e.state.Steps)}) })
	case state.Fails:
		e.dispatch("heed-error", map[string]any{"message": e.state.Failed})
	}
}

// detail is what a selection is to other scripts.
func detail(t *state.Selection) map[string]any {
	d := map[string]any{"view": t.View, "kind": t.Kind, "layer": t.Layer, "head": t.Head}
	if t.Part == view.Query || t.Part == view.Pair {
		d["row"] = t.Row
	}
	if t.Part == view.Key || t.Part == view.Pair {
		d["column"] = t.Col
	}
	if t.Part == view.Node {
		d["floor"], d["column"] = t.Row, t.Col
	}
	return d
}

func (e *element) dispatch(event string, detail any) { bridge.Dispatch(e.host, event, detail) }

// attribute follows a change of an attribute.
func (e *element) attribute(name, value string, present bool) {
	switch name {
	case "controls", "editable":
		can := e.can()
		e.unbuild()
		e.state.Can = can
		e.build()
		e.apply(state.Started{})
		e.show(&state.State{Run: state.Run{Shown: &state.Shown{}}})
		return
	case "theme":
		e.figure.retheme()
		return
	case "lang":
		e.apply(state.Allow{Can: e.can()})
		return
	}
	if !present && name == "text" {
		value, present = e.content(), true
	}
	if n, ok := state.Named(name); ok {
		e.apply(state.Attribute{Setting: n, Value: value, There: present})
	}
}

// readAddress begins with the attributes, over which the playground's address wins.
func (e *element) readAddress() {
	m := state.Address{}
	if e.page.owner == e {
		m.Hash, m.Beside = bridge.Hash(), state.Lengthy(bridge.Kept)
	}
	e.apply(m)
}

// writeAddress has the address say what is shown.
func (e *element) writeAddress() {
	s := &e.state
	if e.saving.Stop(); !s.Acted || e.page.owner != e || s.Imported != nil && s.Imported.Address == "" {
		return
	}
	short, beside := state.Fitting(s.Pairs())
	bridge.SetHash(state.Hash(short), s.Fresh, beside) // refused too often for this browser: the next will do
	e.apply(state.Saved{})
}

// choose follows a choice of the reader.
func (e *element) choose(n state.Setting, value string) {
	e.apply(state.Choose{Pairs: []state.Pair{{Setting: n, Value: value}}, At: bridge.Now()})
}

// example chooses the text of a sentence to compare with.
func (e *element) pair(p state.Pair) {
	e.apply(state.Choose{Pairs: []state.Pair{p}, At: bridge.Now()})
}

// entire does something once the Record holds all maps of its run, and all lanes have run.
func (e *element) entire(do func(why string)) {
	e.waits = append(e.waits, do)
	e.apply(state.WantAll{Yes: true})
	e.settle()
}

// settle has what waits for all maps go on, if they are there, or told why they will not come.
func (e *element) settle() {
	s := &e.state
	if len(e.waits) == 0 || s.Asked {
		return
	}
	why := s.Failed
	if s.View == state.Beside {
		if why = s.LaneFailed(); why == "" && !s.LanesRan() {
			return
		}
	}
	if why == "" && !s.All() && !s.Models() {
		return
	}
	waits := e.waits
	e.waits = nil
	e.apply(state.WantAll{})
	for _, do := range waits {
		do(why)
	}
}

// recordToJS makes the message's Record an object like the JSON of a Record, with what explains it. Its numbers, of
// which there may be millions, become lists when somebody reads them.
func recordToJS(m, explanation bridge.Message) bridge.Value {
	result := bridge.Parse(m.Text)
	r := result.Get("record")
	maps := r.Get("maps")
	n := maps.Length()
	if c := r.Get("context"); c.Truthy() {
		bridge.Numbers(c, "values", m.Buffers[n])
		bridge.Numbers(c, "states", m.Buffers[n+1])
	}
	if pieces := result.Get("predictions"); pieces.Truthy() {
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
	if explanation.Type != "" {
		part := bridge.Parse(explanation.Text).Get("record")
		for _, name := range []string{"ablation", "ablatedWith", "patch", "donor", "attribution", "why", "adversary", "heads"} {
			if v := part.Get(name); v.Truthy() {
				r.Set(name, v)
			}
		}
	}
	return r
}
