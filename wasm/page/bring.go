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
	e.unbring()
	stop := bridge.New("AbortController")
	e.bringing = stop
	tell := func(m state.Message) {
		if e.bringing.Equal(stop) { // else nobody waits for it any more
			e.apply(m)
		}
	}
	go func() {
		origin, err := bridge.Origin(c.ID)
		if err == nil && origin != "" && !c.Allowed {
			tell(state.Elsewhere{ID: c.ID, Origin: origin})
			return
		}
		var last state.Loading
		coming := func() { tell(state.Coming{ID: c.ID, Loading: last}) }
		if err == nil { // else the loader could not say whose it is
			err = bridge.Bring(c.ID, func(done, total int64) {
				if now := bridge.Now(); now-last.Now > 250 { // it may be read aloud
					last = state.Loading{Done: done, Total: total, Now: now}
					coming()
				}
			}, func() {
				last.Silent = true
				coming()
			}, stop.Get("signal"))
		}
		if err != nil {
			tell(state.NotOpened{ID: c.ID, Why: err.Error()})
		} else if e.bringing.Equal(stop) {
			e.page.engine.open(c.ID, e)
		}
	}()
}

// unbring ends the way of a model that nobody waits for any more.
func (e *element) unbring() {
	if e.bringing.Truthy() {
		e.bringing.Call("abort")
		e.bringing = bridge.Null()
	}
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

// unopened tells all who wait for a model that none comes, and why. Their files need not be at fault, so they stay with the loader.
func (g *engine) unopened(why string) {
	waits := g.opening
	g.opening = nil
	for _, o := range waits {
		o.e.apply(state.NotOpened{ID: o.id, Why: why})
	}
}
