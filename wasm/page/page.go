//go:build js && wasm

// Package page is the window's side: it fills the <heed-view> elements of a document. One element
// is an element (element.go) with its sentences (sentences.go), controls (controls.go) and figure
// (figure.go, which paint.go paints and cursor.go makes walkable); all share one engine (engine.go).
// What an element shows is its state (state.go), which the address holds for the playground.
package page

import (
	"errors"

	"heed/core/catalog"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// Main tells the loader that the page is ready for elements.
func Main() {
	p := &page{elements: map[int]*element{}, stacks: map[string][]protocol.Stack{}, widths: newWidths()}
	p.engine = newEngine(p)
	for _, event := range []string{"hashchange", "popstate"} { // Back may change only what is kept beside an address
		bridge.Listen(bridge.Global(), event, func(bridge.Value) {
			if p.owner != nil {
				p.owner.readAddress()
			}
		})
	}
	bridge.Listen(bridge.Global(), "pagehide", func(bridge.Value) {
		if p.owner != nil {
			p.owner.writeAddress()
		}
	})
	bridge.Ready(bridge.Elements{
		Attach: func(key int, host, root bridge.Value) {
			p.elements[key] = attach(p, host, root)
			p.load()
		},
		Attribute: func(key int, name, value string, present bool) {
			if e := p.elements[key]; e != nil {
				e.attribute(name, value, present)
			}
		},
		Detach: func(key int) {
			if e := p.elements[key]; e != nil {
				delete(p.elements, key)
				e.detach()
			}
		},
		Picture: func(key int, kind string, got func(bridge.Value, string)) {
			if e := p.elements[key]; e != nil {
				e.picture(kind, got)
			}
		},
		Run: func(key int) {
			if e := p.elements[key]; e != nil {
				e.figure.afterwards() // what is still to be told is of the run before
				if !e.asked {
					e.again()
				}
			}
		},
	})
}

// page is what the elements of a document share.
type page struct {
	elements map[int]*element
	owner    *element // the playground, whose state the address holds
	engine   *engine
	index    *catalog.Index
	loading  bool                        // the index is on its way
	stacks   map[string][]protocol.Stack // by model, once it ran
	widths   *widths
}

// load fetches the list of models.
func (p *page) load() {
	if p.index != nil || p.loading {
		return
	}
	p.loading = true
	go func() {
		data, err := bridge.Fetch(bridge.URL("models/index.json"), 0, nil)
		var index *catalog.Index
		if err == nil {
			index, err = catalog.Parse(data)
		}
		if err == nil && len(index.Models) == 0 {
			err = errors.New("The list of models is empty. Put a model into web/models, and its entry into index.json.")
		}
		if p.loading = false; err == nil {
			p.index = index
		}
		for _, e := range p.elements {
			if err != nil {
				e.fail(err.Error())
			} else {
				e.settle()
			}
			e.appear()
		}
	}()
}

// stacksOf lists the kinds of attention of a model: those that it showed, else those that the list of
// models tells.
func (p *page) stacksOf(id string) []protocol.Stack {
	if s, ok := p.stacks[id]; ok || p.index == nil {
		return s
	}
	if e := p.index.Find(id); e != nil {
		return e.Stacks
	}
	return nil
}

// ran says whether a model has run, and so is loaded.
func (p *page) ran(id string) bool {
	_, ok := p.stacks[id]
	return ok
}
