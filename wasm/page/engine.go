//go:build js && wasm

package page

import (
	"slices"

	"heed/core/json"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// client is what the engine works for: an element, or a lane of one.
type client interface {
	request() protocol.Request
	modelID() string
	progress(p protocol.Loading)
	partial(output string)
	recorded(r *protocol.Result, m bridge.Message)
	fail(message string)
	killed() bool // whether to try again what the engine died of
}

// engine is the page's end of the one engine that all elements share. An element's newer request
// takes the place of its older one at once; those of different elements wait for each other.
type engine struct {
	page     *page
	port     *bridge.Port // nil while there is no engine
	starting bool
	remove   func() // ends the port's Receive

	id       int      // of the last request
	serving  client   // whose request is being worked on
	waiting  []client // those whose turn comes
	answered int      // the run answered last: only its maps can be asked for

	watch   *timer // runs while an answer is due
	loading bool   // the engine fetches a model, which may take any time
}

func newEngine(p *page) *engine {
	g := &engine{page: p}
	g.watch = newTimer(func() { g.died("it has not answered for a long time") })
	return g
}

// ask sees to it that the client's request is run.
func (g *engine) ask(e client) {
	if g.serving == e {
		g.send(e)
		return
	}
	if !slices.Contains(g.waiting, e) {
		g.waiting = append(g.waiting, e)
	}
	g.next()
}

// forget drops a client's request.
func (g *engine) forget(e client) {
	g.waiting = slices.DeleteFunc(g.waiting, func(w client) bool { return w == e })
	if g.serving == e { // its answer will be nobody's
		g.serving = nil
		g.next()
	}
}

func (g *engine) next() {
	switch {
	case g.serving != nil || len(g.waiting) == 0:
	case g.port != nil:
		e := g.waiting[0]
		g.waiting = g.waiting[1:]
		g.send(e)
	case !g.starting:
		g.start()
	}
}

func (g *engine) start() {
	g.starting = true
	go func() {
		port, err := bridge.Spawn()
		g.starting = false
		if err != nil {
			waiting := g.waiting
			g.waiting = nil
			for _, e := range waiting {
				e.fail(sentence(err.Error()) + " Check the connection and try again.")
			}
			return
		}
		g.port, g.remove = port, port.Receive(g.receive)
		g.next()
	}()
}

// wait begins to lose patience with the engine if an answer is due.
func (g *engine) wait(due bool) {
	if due && !g.loading && !g.watch.set {
		g.watch.after(patience)
	}
}

func (g *engine) send(e client) {
	g.id++
	g.serving = e
	r := e.request()
	r.ID = g.id
	g.post(protocol.Run, &r)
}

// want asks for the maps that the element's state needs of the run that it shows. It says whether
// that run is still at hand.
func (g *engine) want(e *element) bool {
	if g.port == nil || g.serving != nil || g.answered != e.shown {
		return false
	}
	w := e.wanting()
	g.post(protocol.Maps, &protocol.Want{ID: w.id, Kind: w.kind, Layer: w.layer, All: w.all, Means: e.means(w.means), Detail: w.detail, Head: w.head, Row: w.row, Lens: w.lens})
	return true
}

// draw asks how likely tokens are to follow the text that the element shows, drawn as its state says.
func (g *engine) draw(e *element) {
	if g.port != nil && g.serving == nil && g.answered == e.shown {
		g.post(protocol.Next, &protocol.Draw{ID: e.shown, Sampling: e.sampling})
	}
}

func (g *engine) post(kind string, header protocol.Header) {
	b, err := json.Write(header.Fields)
	if err == nil {
		err = g.port.Post(bridge.Message{Type: kind, Header: b})
	}
	if err != nil {
		panic("the page cannot reach its engine: " + err.Error())
	}
	g.wait(true)
}

// patience is how long the engine may be silent while an answer is due, in milliseconds: each word that a model
// writes is one, and even 512 tokens take but seconds. Browsers end workers without a word.
const patience = 20000

func (g *engine) receive(m bridge.Message) {
	g.watch.stop()
	g.loading = m.Type == protocol.Progress
	defer func() { g.wait(g.serving != nil) }() // when this answer has been taken
	switch m.Type {
	case protocol.Progress:
		var p protocol.Loading
		json.Read(m.Header, p.Fields)
		if p.Total == 0 { // nothing has come yet
			return
		}
		for _, e := range g.page.elements {
			for _, c := range e.clients() {
				if c.modelID() == p.Model {
					c.progress(p)
				}
			}
		}
	case protocol.Partial:
		var o protocol.Output
		if json.Read(m.Header, o.Fields); o.ID == g.id && g.serving != nil {
			g.serving.partial(o.Output)
		}
	case protocol.Record:
		var r protocol.Result
		if json.Read(m.Header, r.Fields); r.ID == g.id {
			n := len(r.Record.Maps)
			for i := range n {
				r.Record.Maps[i].Weights = m.Buffers[i]
			}
			if c := r.Record.Context; c != nil {
				c.Values, c.States = m.Buffers[n], m.Buffers[n+1]
			}
			if len(r.Pieces) > 0 {
				r.Record.Predictions = protocol.UnpackLens(r.Pieces, m.Buffers[len(m.Buffers)-1])[0].Predictions
			}
			e := g.serving
			g.answered, g.serving = r.ID, nil
			if e != nil {
				e.recorded(&r, m)
			}
			g.next()
			for _, other := range g.page.elements {
				if client(other) != e {
					other.need() // a Want that this run overtook is not answered any more
				}
			}
		}
	case protocol.Maps:
		var r protocol.Result
		json.Read(m.Header, r.Fields)
		for i := range r.Record.Maps {
			r.Record.Maps[i].Weights = m.Buffers[i]
		}
		if d := r.Record.Detail; d != nil {
			for i, b := range protocol.DetailBuffers(d) {
				*b = m.Buffers[i]
			}
		}
		if len(r.Pieces) > 0 {
			r.Record.Lens = protocol.UnpackLens(r.Pieces, m.Buffers[0])
		}
		for _, e := range g.page.elements {
			if e.shown == r.ID {
				e.more(&r)
			}
		}
	case protocol.Next:
		var r protocol.Result
		json.Read(m.Header, r.Fields)
		for _, e := range g.page.elements {
			if e.shown == r.ID {
				e.drawnNext(r.Record.Predictions)
			}
		}
	case protocol.Failed:
		var f protocol.Failure
		if json.Read(m.Header, f.Fields); f.ID == g.id && g.serving != nil {
			e := g.serving
			g.serving = nil
			e.fail(f.Message)
			g.next()
		}
	case "exit":
		var why protocol.Exit
		json.Read(m.Header, why.Fields)
		g.died(why.Error)
	}
}

// died goes on with a new engine. A request that has cost two engines is not tried again.
func (g *engine) died(why string) {
	g.remove()
	g.watch.stop()
	g.port.Close()
	g.port, g.answered, g.loading = nil, 0, false
	bridge.Global().Get("console").Call("warn", "Heed's engine stopped: "+why)
	if e := g.serving; e != nil {
		g.serving = nil
		if e.killed() {
			g.waiting = append([]client{e}, g.waiting...)
		}
	}
	g.next()
	for _, e := range g.page.elements {
		e.need()
	}
}
