//go:build js && wasm

package page

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/view"
	"heed/wasm/bridge"
)

// foreign is a Record that no model of ours is running: it came from a file, or from an address.
type foreign struct {
	record  *record.Record
	address string // the URL; "" of a file
	entry   *catalog.Entry
	index   *catalog.Index // of that entry alone
	ours    bool           // it is of a model of ours
	before  settings       // to which the reader may go back
}

// newForeign describes a Record as the list of models would its model: its views are those that it can fill.
func newForeign(r *record.Record, known *catalog.Index) *foreign {
	e := &catalog.Entry{ID: cmp.Or(r.Model, "record"), Title: cmp.Or(r.Model, "A record"), Task: r.Task, Open: catalog.Opening{View: view.Links}}
	var ours *catalog.Entry // its languages hold for the Record too
	if known != nil {
		if ours = known.Find(r.Model); ours != nil {
			e.Title, e.Source, e.Target = ours.Title, ours.Source, ours.Target
		}
	}
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind == record.Rollout {
			continue
		}
		at := slices.IndexFunc(e.Stacks, func(s model.Stack) bool { return s.Kind == m.Kind })
		if at < 0 {
			at = len(e.Stacks)
			e.Stacks = append(e.Stacks, model.Stack{Kind: m.Kind})
		}
		s := &e.Stacks[at]
		s.Layers, s.Heads = max(s.Layers, m.Layer+1), max(s.Heads, m.Head+1)
	}
	if len(e.Stacks) > 0 { // the last layer of what there is, cross-attention first, which says most
		s := e.Stacks[0]
		for _, other := range e.Stacks {
			if other.Kind == record.Cross || other.Kind == record.RNN {
				s = other
			}
		}
		e.Open.Kind, e.Open.Layer = s.Kind, s.Layers-1
		e.Open.Head = firstHead(r, s.Kind, e.Open.Layer)
		if ours != nil && r.Find(ours.Open.Kind, ours.Open.Layer, ours.Open.Head) != nil {
			e.Open.Kind, e.Open.Layer, e.Open.Head = ours.Open.Kind, ours.Open.Layer, ours.Open.Head
		}
	}
	for _, v := range []string{view.Links, view.Heatmap, view.Heads, view.Tower, view.Steps, view.Context, view.Flow, view.Predictions} {
		s := view.State{View: v, Kind: e.Open.Kind, Layer: e.Open.Layer, Heads: record.Heads(e.Open.Head), Spatial: true}
		if v == view.Steps && r.Detail != nil {
			s.Kind, s.Layer, s.Heads = r.Detail.Kind, r.Detail.Layer, record.Heads(r.Detail.Head)
		}
		if scene, err := view.Build(r, s, view.Env{}); err == nil && scene.Sentence == "" {
			e.Views = append(e.Views, v)
		}
	}
	if len(e.Views) == 0 { // which then says what is lacking
		e.Views = []string{view.Links}
	}
	if !slices.Contains(e.Views, e.Open.View) {
		e.Open.View = e.Views[0]
	}
	return &foreign{record: r, entry: e, ours: ours != nil, index: &catalog.Index{Models: []catalog.Entry{*e}}}
}

// firstHead is the first head of a layer that a Record holds.
func firstHead(r *record.Record, k record.Kind, layer int) int {
	head := -1
	for _, m := range r.Maps {
		if m.Kind == k && m.Layer == layer && (head < 0 || m.Head < head) {
			head = m.Head
		}
	}
	return max(head, 0)
}

// holds says whether a Record has a map of a layer, or of one of its heads, or, where it is no foreign one,
// can have it.
func (f *foreign) holds(k record.Kind, layer, head int) bool {
	return f == nil || slices.ContainsFunc(f.record.Maps, func(m record.Map) bool {
		return m.Kind == k && m.Layer == layer && (head < 0 || m.Head == head)
	})
}

// settings are the element's, with the Record's model and text in place of any other.
func (f *foreign) settings(s settings) settings {
	s = maps.Clone(s)
	for _, name := range []string{"target", "off", "force", "attention-temperature"} {
		delete(s, name)
	}
	if _, _, err := placesOf(s["compare"]); err != nil { // of one run there are only heads to compare
		delete(s, "compare")
	}
	s["model"], s["text"] = f.entry.ID, f.record.Text
	if d := f.record.Detail; s["view"] == view.Steps && d != nil { // the only row that it takes apart
		s["kind"], s["layer"], s["head"], s["token"] = string(d.Kind), strconv.Itoa(d.Layer), strconv.Itoa(d.Head), strconv.Itoa(d.Row)
	}
	return s
}

// fit has a state look at a head that the Record holds, unless the settings ask for one.
func (f *foreign) fit(st *state, s settings) {
	if _, asked := s["head"]; !asked && len(st.heads) == 1 && !f.holds(st.kind, st.layer, st.heads[0]) {
		if _, asked := s["layer"]; !asked && !f.holds(st.kind, st.layer, -1) {
			for layer := range st.layer { // the last there is; the model's last may be beyond this kind's
				if f.holds(st.kind, layer, -1) {
					st.layer = layer
				}
			}
		}
		st.heads = []int{firstHead(f.record, st.kind, st.layer)}
	}
}

// explains says whether a Record holds how the weights of a row came about, of one head.
func (f *foreign) explains(k record.Kind, layer int, heads []int, row int) bool {
	d := f.record.Detail
	return d != nil && d.Kind == k && d.Layer == layer && d.Row == row && slices.Equal(heads, []int{d.Head})
}

// index lists the models that the element may show: ours, or the one that a foreign Record is of.
func (e *element) index() *catalog.Index {
	if e.foreign != nil {
		return e.foreign.index
	}
	return e.page.index
}

// stacksOf lists the kinds of attention of a model.
func (e *element) stacksOf(id string) []model.Stack {
	if e.foreign != nil {
		return e.foreign.entry.Stacks
	}
	return e.page.stacksOf(id)
}

// adopt shows a foreign Record in place of a model.
func (e *element) adopt(r *record.Record, address, from string) {
	f := newForeign(r, e.page.index)
	f.address, f.before = address, maps.Clone(e.settings)
	if e.foreign != nil {
		f.before = e.foreign.before
	}
	e.page.engine.forget(e)
	e.foreign, e.stored = f, false
	e.whole = nil
	e.record, e.previous, e.shown, e.asked, e.failed, e.wants, e.wanted = r, nil, 0, false, "", 0, wanted{}
	if address == "" {
		for _, name := range []string{"view", "kind", "layer", "head", "token", "key", "record"} {
			delete(e.settings, name)
		}
	}
	e.unknown = nil
	e.settle()
	e.sentences.final(r.Output)
	e.notes.set(recorded, r.Notices)
	e.notes.set(imported, nil)
	if e.banner != nil {
		e.banner.show(from, f)
	}
	e.status()
	e.need()
	data, err := masked(r).JSON()
	if err == nil {
		e.figure.later(func() {
			e.dispatch("heed-record", bridge.Global().Get("JSON").Call("parse", string(data)))
		})
	}
}

// leave goes back to the live model.
func (e *element) leave() {
	f := e.foreign
	e.sought, e.fetching = "", false
	if f == nil {
		delete(e.settings, "record")
		e.failed = ""
		e.settle()
		e.ask()
		e.save()
		return
	}
	e.drop()
	e.settings = maps.Clone(f.before)
	delete(e.settings, "record")
	e.fresh = true
	e.settle()
	e.ask()
	e.save()
	if e.sentences.source != nil {
		e.sentences.source.box.Focus()
	}
}

// drop forgets a foreign Record.
func (e *element) drop() {
	if e.foreign == nil {
		return
	}
	e.foreign, e.record, e.previous, e.sought = nil, nil, nil, ""
	e.state = state{}
	e.notes.set(recorded, nil)
	if e.banner != nil {
		e.banner.show("", nil)
	}
}

// fetchRecord shows the Record at an address.
func (e *element) fetchRecord(address string) {
	e.sought, e.fetching = address, true
	e.status()
	go func() {
		data, err := bridge.Fetch(address, 0, nil)
		if e.sought != address || e.foreign != nil {
			return // another was asked for meanwhile, or none
		}
		e.fetching = false
		var r *record.Record
		if err == nil {
			r, err = record.Parse(data)
		}
		if err != nil {
			e.fail("The record " + say.Quote(address) + " cannot be shown: " + strings.TrimPrefix(err.Error(), "record: "))
			return
		}
		e.adopt(r, address, address)
	}()
}

// banner says that a foreign Record is shown, and has the way back.
type banner struct {
	*dom.BasicHTMLElement
	says *line
}

func newBanner(e *element) *banner {
	b := &banner{create("div", "banner"), newLine("span", "")}
	b.SetAttribute("part", "banner")
	back := button("", "Back to the live model")
	e.listen(back.Underlying(), "click", func(bridge.Value) { e.leave() })
	within(b.BasicHTMLElement, b.says, back)
	hide(b, true)
	return b
}

func (b *banner) show(from string, f *foreign) {
	hide(b, f == nil)
	if f == nil {
		b.says.set("")
		return
	}
	saw := view.Holds(f.record)
	if saw != "" {
		saw = ": " + saw
	}
	why := ", for its model is not here"
	if f.ours {
		why = ": it is one run, as it was"
	}
	b.says.set(say.Text("A record, ", say.Cut(from, 80), ": what ", cmp.Or(say.Cut(f.record.Model, 80), "a model"), " saw in this text", saw,
		". It cannot be edited", why, ". "))
}

// choose has the reader choose a file.
func (t *tools) choose() {
	picker := input("file", "")
	picker.SetAttribute("accept", ".json,application/json")
	var remove func()
	remove = bridge.Listen(picker.Underlying(), "change", func(bridge.Value) {
		remove()
		t.importFile(picker.Get("files").Index(0))
	})
	picker.Call("click")
}

// drops takes files that are dropped on the page.
func (t *tools) drops() {
	e := t.e
	document := bridge.Global().Get("document")
	files := func(event bridge.Value) bool {
		data := event.Get("dataTransfer")
		return e.page.owner == e && data.Truthy() && data.Get("types").Call("includes", "Files").Bool()
	}
	mark := func(yes bool) { e.frame.Get("classList").Call("toggle", "dropping", yes) }
	e.listen(document, "dragover", func(event bridge.Value) {
		if files(event) {
			event.Call("preventDefault")
			mark(true)
		}
	})
	e.listen(document, "dragleave", func(event bridge.Value) {
		if event.Get("relatedTarget").IsNull() {
			mark(false)
		}
	})
	e.listen(document, "drop", func(event bridge.Value) {
		if mark(false); files(event) {
			event.Call("preventDefault")
			t.importFile(event.Get("dataTransfer").Get("files").Index(0))
		}
	})
}

// importFile shows the Record of a file, or says what is wrong with it; then nothing else changes.
func (t *tools) importFile(file bridge.Value) {
	const most = 200 << 20
	if !file.Truthy() {
		return
	}
	e, name := t.e, file.Get("name").String()
	refuse := func(why string) {
		why = sentence("“" + say.Cut(name, 60) + "” cannot be shown: " + strings.TrimPrefix(why, "record: "))
		e.notes.set(imported, []string{why})
		t.tell(why)
	}
	if file.Get("size").Float() > most {
		refuse("it is larger than 200 MB. Write a Record of fewer layers, or of a shorter text.")
		return
	}
	t.tell("Reading “", say.Cut(name, 60), "” …")
	go func() {
		buffer, err := bridge.Await(file.Call("arrayBuffer"))
		var r *record.Record
		if err == nil {
			r, err = record.Parse(bridge.BytesFromJS(buffer))
		}
		switch {
		case err != nil:
			refuse(err.Error())
		case len(r.Tokens.Source) == 0:
			refuse("it holds no tokens, so there is nothing to draw.")
		default:
			e.adopt(r, "", name)
			t.tell("The record is shown.")
		}
	}()
}

// pairs lists the state as the address does. A Record from an address stands for its model and its text.
func (e *element) pairs() [][2]string {
	all := e.state.pairs()
	if f := e.foreign; f != nil && f.address != "" {
		all = slices.DeleteFunc(all, func(p [2]string) bool { return p[0] == "model" || p[0] == "text" })
		all = append([][2]string{{"record", f.address}}, all...)
	}
	return all
}
