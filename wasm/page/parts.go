//go:build js && wasm

package page

import (
	"slices"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// models is the list of models to choose from: what each is and what it weighs.
type models struct {
	el
	e      *element
	choice *choice
	about  *line
	of     *catalog.Index // what is listed
}

func newModels(e *element) *models {
	m := &models{el: create("div", "models", "part", "models"), e: e, about: newLine("p", "about")}
	m.choice = newChoice(e, "model", text.Of(text.ModelName), func(id string) state.Message { return state.ChooseModel{ID: id} })
	open := button("open-model", text.Of(text.OpenModel))
	open.SetAttribute("aria-haspopup", "dialog")
	remove := func() {}
	e.listen(open, "click", func(bridge.Event) {
		remove() // the dialog before is closed
		remove = bridge.ChooseModel(e.root, func(id string) { e.apply(state.Bring{ID: id}) }, func(why string) { e.apply(state.ImportFailed{Why: why}) })
	})
	e.removes = append(e.removes, func() { remove() })
	within(m.el, m.choice, open, m.about)
	hide(m, true)
	return m
}

func (m *models) show(s *state.State) {
	index := s.Index()
	if index == nil {
		return
	}
	hide(m, len(index.Models) < 2 || s.Imported != nil)
	options := m.choice.options
	if m.of != index {
		options = nil
		titles := state.Titles(index)
		for i, e := range index.Models {
			title := titles[i]
			if e.Foreign && !state.Brought(e.ID) { // it may be large, which is said before it is downloaded
				title += ", " + state.Megabytes(e.Bytes) + " MB"
			}
			options = append(options, state.Option{Value: e.ID, Text: title})
		}
	}
	if m.choice.current != s.Model || m.of != index {
		m.e.figure.later(m.reveal)
	}
	m.of = index
	m.choice.set(options, s.Model)
	if s.Entry == nil { // it is on its way
		m.about.set("")
		return
	}
	m.about.set(s.About())
}

// reveal brings the chosen model into sight, where the list is one line wider than the screen.
func (m *models) reveal() {
	if r := m.choice.Call("querySelector", ":checked"); r.Truthy() {
		name := r.Get("parentElement")
		m.choice.Set("scrollLeft", name.Get("offsetLeft").Float()-(m.choice.Get("clientWidth").Float()-name.Get("offsetWidth").Float())/2)
	}
}

// notes are sentences for the reader.
type notes struct {
	el
	shown  []state.Note
	coming *line // of a model on its way,
	cancel node  // and beside it
}

func newNotes(e *element) *notes {
	cancel := button("beside", text.Of(text.StopExplaining))
	e.listen(cancel, "click", func(bridge.Event) {
		if e.apply(state.Cancel{}); e.sentences.source != nil {
			e.sentences.source.box.Focus()
		}
	})
	return &notes{el: create("div", "notes", "part", "notes", "aria-live", "polite"), coming: newLine("span", ""), cancel: cancel}
}

func (n *notes) show(s *state.State) {
	all := s.Notes()
	alike := slices.EqualFunc(all, n.shown, func(a, b state.Note) bool {
		if a.Stops && b.Stops { // somebody may be at its button
			n.coming.set(a.Text)
			return true
		}
		return a == b
	})
	n.shown = all
	if alike {
		return
	}
	empty(n)
	for _, note := range all {
		class := ""
		if note.OfRun {
			class = "of-run"
		}
		p := words("p", class, note.Text)
		if note.Stops {
			n.coming.set(note.Text)
			p = within(create("p", ""), n.coming, n.cancel)
		}
		within(n.el, p)
	}
}

// banner says that a Record is shown which no model here is running, and has the way back.
type banner struct {
	el
	says *line
	run  *dom.HTMLButtonElement
}

func newBanner(e *element) *banner {
	b := &banner{create("div", "banner", "part", "banner"), newLine("span", ""), button("", text.Of(text.RunRecord))}
	back := button("", text.Of(text.BackToLive))
	for _, does := range []struct {
		button *dom.HTMLButtonElement
		state.Message
	}{{b.run, state.Rerun{}}, {back, state.Leave{}}} {
		e.listen(does.button, "click", func(bridge.Event) {
			if e.apply(does.Message); e.sentences.source != nil {
				e.sentences.source.box.Focus()
			}
		})
	}
	within(b.el, b.says, b.run, back)
	return b
}

func (b *banner) show(s *state.State) {
	says := s.Banner()
	hide(b, says == "")
	if says != "" {
		says += " "
	}
	b.says.set(says)
	hide(b.run, s.Imported == nil || !s.Imported.Ours)
}

// back goes from a head to the grid that it was chosen in, where there are no controls.
type back struct {
	*dom.HTMLButtonElement
}

func newBack(e *element) back {
	b := back{button("back", text.Of(text.AllHeads))}
	e.listen(b, "click", func(bridge.Event) {
		e.figure.refocus = true // the word for it goes
		e.apply(state.Regrid{})
	})
	return b
}

func (b back) show(s *state.State) {
	begun, _ := s.Attributes.Get(state.View)
	hide(b, begun != view.Heads || s.View == view.Heads)
}

// footer says what runs here.
type footer struct {
	el
	e           *element
	facts, time *line
	promise     *line
	card        el
	address     string
	brought     node // in its place, for the card that came with a model
	of          *catalog.Entry
}

func newFooter(e *element) *footer {
	f := &footer{el: create("footer", "", "part", "footer"), e: e, facts: newLine("span", ""), time: newLine("span", "time"), promise: newLine("span", "")}
	f.card = words("a", "", text.Of(text.ModelCard))
	brought := button("brought", text.Of(text.ModelCard))
	brought.SetAttribute("aria-haspopup", "dialog")
	e.listen(brought, "click", func(bridge.Event) { bridge.ShowCard(e.root, f.of.ID) })
	f.brought = brought
	within(f.el, f.facts, f.time, f.card, f.brought, f.promise)
	hide(f.card, true)
	hide(f.brought, true)
	return f
}

func (f *footer) show(s *state.State) {
	facts, promise, card := s.Footer()
	f.facts.set(facts)
	f.promise.set(promise)
	hide(f.card, card == "")
	hide(f.time, card == "")
	if f.of != s.Entry {
		f.of = s.Entry
		hide(f.brought, f.of == nil || !state.Brought(f.of.ID) || !bridge.HasCard(f.of.ID))
	}
	if card != "" && card != f.address {
		f.address = card
		f.card.Set("href", bridge.URL(card))
	}
	took := "" // its place stays
	if s.Record != nil && !s.Blank() && !s.Stored && s.Imported == nil {
		took = text.Of(map[bool]text.Key{false: text.Took, true: text.TookExact}[s.Exact], int(max(1, f.e.millis)+0.5))
	}
	f.time.set(took)
}
