//go:build js && wasm

package page

import (
	"errors"
	"slices"

	"heed/core/json"
	"heed/core/record"
	"heed/core/run"
	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
	"heed/wasm/protocol"
)

// engine is the page's end of the one engine that all elements share. What is asked for is sent at once: the engine
// has the queue. The engine is heed.wasm's until a request takes lab.wasm's, which then stays in its place.
type engine struct {
	page     *page
	port     *bridge.Port    // nil while there is no engine
	lab      bool            // which is lab.wasm's
	starting map[bool]bool   // an engine, lab.wasm's or heed.wasm's
	remove   func()          // ends the port's Receive
	needs    map[string]bool // the models that the engine of heed.wasm cannot open
	opening  []opening       // models that are brought, and are being opened

	id      int             // of the last request
	asked   []*asked        // what is not answered yet, in the order of asking
	numbers map[who]int     // by which the engine tells those who ask apart
	number  int             // the last of these
	more    int             // how many answers to More and Draw are due
	loading map[string]bool // the models that are on their way, which may take any time
	watch   *bridge.Timer   // runs while an answer is due
	ran     chan error      // where warm waits until nothing more is asked of the engine of heed.wasm
}

// who asks: an element, or one of its lanes.
type who struct {
	e    *element
	lane string // "" the element itself
}

// asked is a request.
type asked struct {
	who
	id      int
	model   string
	lab     bool // which engine is to answer
	started bool
}

func newEngine(p *page) *engine {
	g := &engine{page: p, numbers: map[who]int{}, loading: map[string]bool{}, starting: map[bool]bool{}, needs: map[string]bool{}}
	g.watch = bridge.NewTimer(func() { g.died("it has not answered for a long time") })
	return g
}

// ask sees to it that a request is run, in place of the one before of who asks.
func (g *engine) ask(w who, r protocol.Request) {
	if g.numbers[w] == 0 {
		g.number++
		g.numbers[w] = g.number
	}
	g.id++
	r.ID, r.Client = g.id, g.numbers[w]
	g.drop(w)
	lab := g.lab || r.Lab || g.needs[r.Model]
	g.asked = append(g.asked, &asked{who: w, id: r.ID, model: r.Model, lab: lab})
	if g.port != nil && g.lab == lab {
		g.post(protocol.Run, &r)
	} else {
		g.start(lab)
	}
}

// drop takes a request off the list. It says whether there was one.
func (g *engine) drop(w who) bool {
	n := len(g.asked)
	g.asked = slices.DeleteFunc(g.asked, func(a *asked) bool { return a.who == w })
	g.free()
	return len(g.asked) < n
}

// forget drops what was asked for: its answer will be nobody's.
func (g *engine) forget(w who) {
	if g.drop(w) && g.port != nil {
		g.post(protocol.Drop, &protocol.Request{Client: g.numbers[w]})
	}
	g.wait()
}

// detach drops all that an element has asked for.
func (g *engine) detach(e *element) {
	for w := range g.numbers {
		if w.e == e {
			g.forget(w)
			delete(g.numbers, w)
		}
	}
}

// start brings an engine up, unless it is on its way. What lab.wasm's is to do waits for it; all else goes on, and goes
// on too where lab.wasm does not come.
func (g *engine) start(lab bool) {
	if g.starting[lab] {
		return
	}
	g.starting[lab] = true
	go func() {
		port, err := bridge.Spawn(lab, func(done, total int64) {
			l := state.Loading{Done: done, Total: total, Now: bridge.Now(), Lab: true}
			g.progress(func(a *asked) bool { return a.lab }, l)
			for _, o := range g.opening {
				o.e.apply(state.Coming{ID: o.id, Loading: l})
			}
		})
		if err == nil && lab && g.port != nil {
			err = g.warm(port)
		}
		delete(g.starting, lab)
		switch {
		case err != nil:
			for _, a := range slices.Clone(g.asked) {
				if a.lab == lab {
					g.drop(a.who)
					a.refuse(err.Error())
				}
			}
			if lab {
				g.unopened(err.Error())
			}
		case g.lab && !lab: // which came first
			port.Close()
		default:
			g.leave()
			g.port, g.lab, g.remove = port, lab, port.Receive(g.receive)
			g.handOver()
			g.again()
			g.lost()
		}
	}()
}

// warm has a new engine run once what elements show whose answers the engine before it still gives, and waits until that is done, and
// what was asked of that engine is answered. Else the first key in each would wait until its model is opened again.
func (g *engine) warm(port *bridge.Port) error {
	shown := map[string]protocol.Request{} // one of each model
	for _, e := range g.page.elements {
		r := e.state.Request()
		if _, loaded := g.page.known.Ran[r.Model]; loaded && e.state.ID > 0 && !r.Lab && !g.needs[r.Model] {
			shown[r.Model] = r
		}
	}
	ran, silent := make(chan error, len(shown)+3), false
	limit := bridge.NewTimer(func() {
		silent = true
		ran <- nil
	})
	defer limit.Release()
	remove := port.Receive(func(m bridge.Message) {
		switch limit.After(downloads); m.Type {
		case protocol.Record, protocol.Failed:
			ran <- nil
		case "exit":
			var why protocol.Exit
			json.Read(m.Header, why.Fields)
			ran <- errors.New(why.Error)
		}
	})
	defer remove()
	client := 0
	for _, r := range shown {
		client-- // elements have positive numbers
		r.ID, r.Client = client, client
		b, err := json.Write(r.Fields)
		if err == nil {
			err = port.Post(bridge.Message{Type: protocol.Run, Header: b})
		}
		if err != nil {
			return err
		}
	}
	limit.After(downloads)
	for range shown {
		if err := <-ran; err != nil || silent { // who waits for this one has patience of his own
			return err
		}
	}
	limit.Stop()
	for g.busy() {
		g.ran = ran
		if err := <-ran; err != nil {
			return err
		}
	}
	return nil
}

// busy says whether the engine of heed.wasm is to answer something, and waits for no download.
func (g *engine) busy() bool {
	return slices.ContainsFunc(g.asked, func(a *asked) bool { return !a.lab && !g.loading[a.model] })
}

// free lets the engine of lab.wasm take over, if it waits for that of heed.wasm, which is not busy any more.
func (g *engine) free() {
	if g.ran != nil && !g.busy() {
		g.ran <- nil
		g.ran = nil
	}
}

// leave ends the engine, if there is one.
func (g *engine) leave() {
	if g.port == nil {
		return
	}
	g.remove()
	g.watch.Stop()
	g.port.Close()
	g.port, g.more = nil, 0
	clear(g.loading)
}

// lost tells the elements that what the engine before had answered is not at hand any more.
func (g *engine) lost() {
	for _, e := range g.page.elements {
		e.apply(state.Gone{})
	}
}

// again sends what is not answered yet: first what did not wait for this engine.
func (g *engine) again() {
	all := slices.Clone(g.asked)
	for _, waited := range []bool{!g.lab, g.lab} {
		for _, a := range all {
			if a.lab == waited {
				a.ask()
			}
		}
	}
}

func (w who) ask() {
	if w.lane == "" {
		w.e.page.engine.ask(w, w.e.state.Request())
	} else if w.lane == state.PlainLane {
		w.e.page.engine.ask(w, w.e.state.PlainRequest())
	} else if l := w.e.state.Lane(w.lane); l != nil {
		r := l.Request()
		r.Exact = w.e.state.Exact
		w.e.page.engine.ask(w, r)
	}
}

func (w who) refuse(message string) {
	if w.lane == "" {
		w.e.apply(state.Refused{Message: message})
	} else {
		w.e.apply(state.LaneRefused{ID: w.lane, Message: message})
	}
}

// want asks for more of a run that was answered, draw for what may follow its text, drawn in another way.
func (g *engine) want(id int, w record.Want) {
	if w.Ask != (record.Question{}) {
		g.explain(id, w.Ask)
		return
	}
	g.post(protocol.Maps, &protocol.More{ID: id, Want: w})
	g.more++
}

func (g *engine) draw(id int, how run.Sampling) {
	g.post(protocol.Next, &protocol.Draw{ID: id, Sampling: how})
	g.more++
}

func (g *engine) post(kind string, header protocol.Header) {
	if g.port == nil { // what was answered died with it
		if m, ok := header.(*protocol.More); ok {
			g.gone(m.ID)
		} else if d, ok := header.(*protocol.Draw); ok {
			g.gone(d.ID)
		}
		return
	}
	b, err := json.Write(header.Fields)
	if err == nil {
		err = g.port.Post(bridge.Message{Type: kind, Header: b})
	}
	if err != nil {
		panic("the page cannot reach its engine: " + err.Error())
	}
	if !g.watch.Set() {
		g.wait()
	}
}

// patience is how long the engine may be silent while an answer is due, in milliseconds: each word that a model writes
// is one, and even 512 tokens take but seconds. Browsers end workers without a word. A download is said to be silent
// before its own patience ends. A model that a reader brings is opened in one piece, which with a gigabyte on a slow
// device takes minutes; a worker that ends meanwhile is told by its lock, but where there are none.
const (
	patience  = 20000
	downloads = 30000
	openings  = 300000
)

// wait begins to lose patience with the engine if an answer is due.
func (g *engine) wait() {
	g.watch.Stop()
	if g.port == nil {
		return
	}
	opens := g.lab && len(g.opening) > 0
	due := g.more > 0 || opens
	for _, a := range g.asked {
		if a.lab != g.lab {
			continue
		}
		if due = true; !opens && !g.loading[a.model] {
			g.watch.After(patience)
			return
		}
	}
	if opens {
		g.watch.After(openings)
	} else if due {
		g.watch.After(downloads)
	}
}

// by finds a request, or returns nil.
func (g *engine) by(id int) *asked {
	if i := slices.IndexFunc(g.asked, func(a *asked) bool { return a.id == id }); i >= 0 {
		return g.asked[i]
	}
	return nil
}

// of calls do with each element that shows a run.
func (g *engine) of(id int, do func(e *element)) {
	for _, e := range g.page.elements {
		if e.state.ID == id && id > 0 {
			do(e)
		}
	}
}

func (g *engine) gone(id int) { g.of(id, func(e *element) { e.apply(state.Gone{}) }) }

func (g *engine) receive(m bridge.Message) {
	defer g.wait() // when this answer has been taken
	switch m.Type {
	case protocol.Progress:
		var p protocol.Loading
		json.Read(m.Header, p.Fields)
		g.loading[p.Model] = true
		if g.free(); p.Total == 0 { // nothing has come yet
			return
		}
		g.progress(func(a *asked) bool { return a.model == p.Model }, state.Loading{Done: p.Done, Total: p.Total, Now: bridge.Now(), Silent: p.Silent})
	case protocol.Started:
		var s protocol.Which
		json.Read(m.Header, s.Fields)
		if a := g.by(s.ID); a != nil {
			a.started = true
			delete(g.loading, a.model)
		}
	case protocol.Partial:
		var o protocol.Output
		json.Read(m.Header, o.Fields)
		if a := g.by(o.ID); a != nil && a.lane == "" {
			a.e.apply(state.Partial{Output: o.Output})
		}
	case protocol.Record:
		var r protocol.Result
		json.Read(m.Header, r.Fields)
		a := g.by(r.ID)
		if a == nil {
			return
		}
		r.Unpack(m.Buffers)
		g.drop(a.who)
		g.page.learn(a.model, r.Record.Stacks)
		a.answer(&r, m)
	case protocol.Maps:
		r := g.besides(m)
		g.of(r.ID, func(e *element) { e.apply(state.Added{Result: r}) })
	case protocol.Explaining, protocol.Explained:
		g.explained(m)
	case protocol.Next:
		r := g.besides(m)
		g.of(r.ID, func(e *element) { e.apply(state.Drew{Drawn: r.Record.Drawn}) })
	case protocol.Gone:
		g.more--
		var s protocol.Which
		json.Read(m.Header, s.Fields)
		g.gone(s.ID)
	case protocol.Failed:
		var f protocol.Failure
		json.Read(m.Header, f.Fields)
		a := g.by(f.ID)
		if a == nil { // of what was wanted besides
			g.more--
			g.of(f.ID, func(e *element) { e.apply(state.Lacking{}) })
			return
		}
		delete(g.loading, a.model)
		if f.Lab && !g.lab {
			g.needs[a.model] = true
			a.ask()
			return
		}
		g.drop(a.who)
		a.refuse(f.Message)
	case protocol.Opened:
		var b protocol.Brought
		json.Read(m.Header, b.Fields)
		g.opened(&b)
	case "exit":
		var why protocol.Exit
		json.Read(m.Header, why.Fields)
		g.died(why.Error)
	}
}

// besides takes more of a run that was answered.
func (g *engine) besides(m bridge.Message) *protocol.Result {
	g.more--
	var r protocol.Result
	json.Read(m.Header, r.Fields)
	r.Unpack(m.Buffers)
	return &r
}

// progress tells of a download those who wait for it.
func (g *engine) progress(waits func(*asked) bool, l state.Loading) {
	for _, a := range slices.Clone(g.asked) {
		switch {
		case !waits(a):
		case a.lane != "":
			a.e.apply(state.LaneProgress{ID: a.lane, Loading: l})
		default:
			a.e.apply(state.Progress{Loading: l})
			a.e.dispatch("heed-progress", map[string]any{"done": float64(l.Done), "total": float64(l.Total)})
		}
	}
}

// answer takes an answer.
func (w who) answer(r *protocol.Result, m bridge.Message) {
	if w.lane != "" {
		w.e.apply(state.LaneAnswered{ID: w.lane, Result: r})
		return
	}
	w.e.message, w.e.explain, w.e.millis = m, bridge.Message{}, r.Millis
	w.e.apply(state.Answered{Result: r})
}

// died goes on with a new engine. A request that has cost two engines is not tried again.
func (g *engine) died(why string) {
	bridge.Warn("Heed's engine stopped: " + why)
	waits := slices.DeleteFunc(slices.Clone(g.asked), func(a *asked) bool { return a.lab != g.lab })
	if len(waits) > 0 && !slices.ContainsFunc(waits, func(a *asked) bool { return a.started }) {
		waits[0].started = true // it came first
	}
	g.leave()
	for _, a := range waits {
		if !a.started {
			continue
		}
		if g.drop(a.who); a.lane == "" {
			a.e.apply(state.Died{}) // which asks once more
		} else {
			a.refuse(state.Fatal())
		}
	}
	if g.lab {
		g.unopened(text.Of(text.TooMuchForTab))
	}
	g.lost()
	if slices.ContainsFunc(g.asked, func(a *asked) bool { return a.lab == g.lab }) {
		g.start(g.lab)
	}
}
