//go:build js && wasm

package page

import (
	"slices"

	"heed/core/json"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
	"heed/wasm/protocol"
)

// opening is a model that an element waits for.
type opening struct {
	id string
	e  *element
}

// bring has a model fetched and opened, unless its address is another site's and the reader has not allowed that.
func (e *element) bring(c state.FetchModel) {
	fails := func(err error) { e.apply(state.NotOpened{ID: c.ID, Why: err.Error()}) }
	origin, err := bridge.Origin(c.ID)
	switch {
	case err != nil: // it is no address
		go fails(err)
		return
	case origin != "" && !c.Allowed:
		go e.apply(state.Elsewhere{ID: c.ID, Origin: origin})
		return
	}
	go func() {
		var last state.Loading
		coming := func() { e.apply(state.Coming{ID: c.ID, Loading: last}) }
		err := bridge.Bring(c.ID, func(done, total int64) {
			if now := bridge.Now(); now-last.Now > 250 { // it may be read aloud
				last = state.Loading{Done: done, Total: total, Now: now}
				coming()
			}
		}, func() {
			last.Silent = true
			coming()
		})
		if err != nil {
			fails(err)
			return
		}
		e.page.engine.open(c.ID, e)
	}()
}

// open has the engine of lab.wasm open a model that the loader has the files of.
func (g *engine) open(id string, e *element) {
	waits := slices.ContainsFunc(g.opening, func(o opening) bool { return o.id == id })
	g.opening = append(g.opening, opening{id, e})
	g.needs[id] = true
	switch {
	case waits: // the answer is for all
	case g.port != nil && g.lab:
		g.hand(id, true)
	default:
		g.start(true)
	}
}

// hand hands a model's files to the engine.
func (g *engine) hand(id string, tell bool) {
	b, err := json.Write((&protocol.Brought{Model: id, Tell: tell}).Fields)
	if err == nil {
		err = g.port.Post(bridge.Message{Type: protocol.Open, Header: b, Brought: bridge.Brought(id)})
	}
	if err != nil {
		panic("the page cannot reach its engine: " + err.Error())
	}
	g.wait()
}

// handOver hands a new engine of lab.wasm all models that were brought.
func (g *engine) handOver() {
	for id := range g.needs {
		if g.lab && state.Brought(id) {
			g.hand(id, slices.ContainsFunc(g.opening, func(o opening) bool { return o.id == id }))
		}
	}
}

// opened takes the answer to who waits for a model.
func (g *engine) opened(b *protocol.Brought) {
	waits := g.opening
	g.opening = nil
	if b.Entry != nil {
		bridge.Opened(b.Model, b.Entry.Title, b.Entry.Licence)
		g.page.enter(b.Entry)
	} else {
		bridge.Opened(b.Model, "", "")
	}
	for _, o := range waits {
		switch {
		case o.id != b.Model:
			g.opening = append(g.opening, o)
		case b.Entry != nil:
			o.e.apply(state.Opened{ID: o.id})
		default:
			o.e.apply(state.NotOpened{ID: o.id, Why: b.Message})
		}
	}
}

// unopened tells all who wait for a model that none comes, and why.
func (g *engine) unopened(why string) {
	waits := g.opening
	g.opening = nil
	for _, o := range waits {
		bridge.Opened(o.id, "", "")
		o.e.apply(state.NotOpened{ID: o.id, Why: why})
	}
}
