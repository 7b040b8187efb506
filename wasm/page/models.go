//go:build js && wasm

package page

import (
	"slices"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
)

// models is the list of models to choose from: what each is and what it weighs.
type models struct {
	*dom.BasicHTMLElement
	e      *element
	choice *choice
	about  *line
	of     *catalog.Index // what is listed
}

func newModels(e *element) *models {
	m := &models{BasicHTMLElement: create("div", "models"), e: e, about: newLine("p", "about")}
	m.SetAttribute("part", "models")
	m.choice = newChoice(e, "model", "Model")
	m.choice.chosen = e.chooseModel
	within(m.BasicHTMLElement, m.choice, m.about)
	hide(m, true)
	return m
}

func (m *models) show(st *state) {
	index := m.e.index()
	if index == nil || st.entry == nil {
		return
	}
	hide(m, len(index.Models) < 2 || m.e.foreign != nil)
	options := m.choice.options
	if m.of != index {
		m.of, options = index, nil
		for _, e := range index.Models {
			options = append(options, option{e.ID, e.Title})
		}
	}
	if before := m.choice.current; before != st.model || m.of != index {
		m.e.figure.later(m.reveal)
	}
	m.choice.set(options, st.model)
	m.about.set(st.entry.About + " " + count(st.entry.Parameters) + "\u00a0weights, " + megabytes(st.entry.Bytes) + "\u00a0MB.")
}

// reveal brings the chosen model into sight, where the list is one line wider than the screen.
func (m *models) reveal() {
	for _, r := range m.choice.inputs {
		if r.Checked() {
			name := r.Get("parentElement")
			m.choice.Set("scrollLeft", name.Get("offsetLeft").Float()-(m.choice.Get("clientWidth").Float()-name.Get("offsetWidth").Float())/2)
		}
	}
}

// chooseModel goes to another model. What was chosen of the old one's views and heads is not asked of
// the new one; a sentence that was only an example gives way to one of the new model's.
func (e *element) chooseModel(id string) {
	was, next := e.entry, e.page.index.Find(id)
	for _, name := range []string{"kind", "layer", "head", "target", "token", "key", "compare", "off", "force", "attention-temperature"} {
		delete(e.settings, name)
	}
	if next == nil {
		e.choose("model", id)
		return
	}
	view := e.settings["view"]
	if !slices.Contains(next.Views, view) && !(view == compare && comparable(e.page.index, next)) {
		delete(e.settings, "view")
	}
	if was != nil && was.Task != next.Task && len(next.Examples) > 0 && (e.text == "" || was.Example(e.text) != nil) {
		e.settings["text"] = next.Examples[0].Text
	}
	if e.writer != nil {
		e.writer.before = nil
	}
	e.choose("model", id)
}
