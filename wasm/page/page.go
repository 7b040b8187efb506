//go:build js && wasm

// Package page is the window's side: it fills the <heed-view> elements of a document. What an element is, is a value
// of package state; element.apply takes what changes of it to the page. The parts of an element are its sentences
// (sentences.go), controls (controls.go), figure (figure.go, which paint.go paints and cursor.go makes walkable) and
// so on; all elements share one engine (engine.go).
package page

import (
	"heed/core/catalog"
	"heed/core/record"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// Main tells the loader that the page is ready for elements.
func Main() {
	p := &page{elements: map[int]*element{}, known: &state.Known{}, widths: newWidths()}
	p.engine = newEngine(p)
	for _, event := range []string{"hashchange", "popstate"} { // Back may change only what is kept beside an address
		bridge.Listen(bridge.Global(), event, func(bridge.Event) {
			if p.owner != nil {
				p.owner.readAddress()
			}
		})
	}
	bridge.Listen(bridge.Global(), "pagehide", func(bridge.Event) {
		if p.owner != nil {
			p.owner.writeAddress()
		}
	})
	at := func(do func(e *element)) func(int) {
		return func(key int) {
			if e := p.elements[key]; e != nil {
				do(e)
			}
		}
	}
	bridge.Ready(bridge.Elements{
		Attach: func(key int, host, root bridge.Value) {
			p.elements[key] = attach(p, host, root)
			p.load()
		},
		Attribute: func(key int, name, value string, present bool) {
			at(func(e *element) { e.attribute(name, value, present) })(key)
		},
		Detach: func(key int) {
			at((*element).detach)(key)
			delete(p.elements, key)
		},
		Picture: func(key int, kind string, got func(bridge.Value, string)) {
			at(func(e *element) { e.picture(kind, got) })(key)
		},
		Run: at(func(e *element) {
			e.figure.afterwards() // what is still to be told is of the run before
			if !e.state.Asked {
				e.apply(state.Again{Scripted: true})
			}
		}),
	})
}

// page is what the elements of a document share.
type page struct {
	elements map[int]*element
	owner    *element // the playground, whose state the address holds
	engine   *engine
	known    *state.Known
	loading  bool // the list of models is on its way
	widths   *widths
}

// load fetches the list of models.
func (p *page) load() {
	if p.known.Index != nil || p.loading {
		return
	}
	p.loading = true
	go func() {
		data, err := bridge.Fetch(bridge.URL("models/index.json"))
		var index *catalog.Index
		if err == nil {
			index, err = catalog.Parse(data)
		}
		problem := ""
		if err != nil {
			problem = err.Error()
		} else if len(index.Models) == 0 {
			problem = "The list of models is empty. Put a model into web/models, and its entry into index.json."
		}
		p.loading = false
		var m state.Message = state.Refused{Message: problem}
		if problem == "" {
			next := *p.known
			next.Index = index
			p.known = &next
			m = state.Learned{Known: p.known}
		}
		for _, e := range p.elements {
			e.apply(m)
			e.appear()
		}
	}()
}

// enter puts a model that was brought into the list of models.
func (p *page) enter(entry *catalog.Entry) {
	p.known = p.known.WithEntry(entry)
	for _, e := range p.elements {
		e.apply(state.Learned{Known: p.known})
	}
}

// learn notes that a model has run, and so is loaded: it is then known which layers and heads there are.
func (p *page) learn(id string, stacks []record.Stack) {
	if _, ran := p.known.Ran[id]; ran {
		return
	}
	p.known = p.known.With(id, stacks)
	for _, e := range p.elements {
		e.apply(state.Learned{Known: p.known})
	}
}
