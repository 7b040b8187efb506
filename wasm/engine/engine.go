//go:build js && wasm

// Package engine is the worker's side: it opens models and runs sentences through them. Models are downloaded beside
// the queue of requests (load.go), so that none waits for another's download.
package engine

import (
	"errors"
	"slices"

	"heed/core/attention"
	"heed/core/catalog"
	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/say"
	"heed/core/tensor"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// Main begins to listen to the page.
func Main() {
	e := &engine{page: bridge.Self(), wake: make(chan struct{}, 1), loads: map[string]*load{}, brought: map[string]bridge.Files{}}
	e.page.Receive(e.receive)
	go e.work()
}

// engine works on one request at a time, but for runs while it explains. Callbacks only note what came; work does the rest.
type engine struct {
	page     *bridge.Port
	index    *catalog.Index
	sessions []*run.Session // of the models that are open, the one used last at the end
	loads    map[string]*load
	brought  map[string]bridge.Files // of models that a reader brought, by id

	wake     chan struct{} // holds one token when something is waiting
	requests []*protocol.Request
	wants    []protocol.More
	draws    []protocol.Draw
	current  *protocol.Request // that is being worked on
	stop     bool              // it is not wanted any more

	done      []done // the runs answered last, the newest at the end
	questions questions
}

// done is a run that was answered.
type done struct {
	id, client int
	record     *record.Record
	session    *run.Session
	how        run.Options
	old        bool // the session has run another text since, and says no more of this one
	some       bool // the Record has only some of the maps; the session has the others
	exact      bool // with products of float32
}

func (e *engine) receive(m bridge.Message) {
	switch m.Type {
	case protocol.Run, protocol.Drop:
		var r protocol.Request
		if json.Read(m.Header, r.Fields) != nil {
			break
		}
		e.requests = slices.DeleteFunc(e.requests, func(other *protocol.Request) bool { return other.Client == r.Client })
		if m.Type == protocol.Run {
			e.requests = append(e.requests, &r)
		}
		if e.current != nil && e.current.Client == r.Client {
			e.stop = true
		}
		e.questions.end(r.Client)
	case protocol.Open:
		var b protocol.Brought
		if json.Read(m.Header, b.Fields) == nil {
			e.bring(b, m.Files)
		}
	case protocol.Ask:
		var a protocol.Asking
		if json.Read(m.Header, a.Fields) == nil {
			e.questions.receive(e, a)
		}
	case protocol.Maps:
		var w protocol.More
		if json.Read(m.Header, w.Fields) == nil {
			e.wants = append(e.wants, w)
		}
	case protocol.Next:
		var d protocol.Draw
		if json.Read(m.Header, d.Fields) == nil {
			e.draws = append(e.draws, d)
		}
	}
	e.look()
}

// look has the engine look for something to do.
func (e *engine) look() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *engine) work() {
	for range e.wake {
		for e.step() {
		}
	}
}

// step does one thing of those that wait. It says whether there was one.
func (e *engine) step() bool {
	e.load()
	if i := e.ready(); i >= 0 {
		e.take(i)
		return true
	}
	if len(e.draws) > 0 {
		d := e.draws[0]
		e.draws = e.draws[1:]
		if of := e.find(d.ID, true); of != nil {
			r := protocol.Result{ID: d.ID, Record: record.Record{Drawn: of.following(d.Sampling)}}
			e.send(protocol.Next, &r, r.Pack())
		}
		return true
	}
	if len(e.wants) > 0 {
		w := e.wants[0]
		e.wants = e.wants[1:]
		if of := e.find(w.ID, w.Want.Detail || w.Want.Lens); of != nil {
			e.more(of, &w.Want)
		}
		return true
	}
	if len(e.questions.wait) > 0 {
		explains(e)
		return true
	}
	return false
}

// ready is the index of the first request whose model is open, -1 without. The weights that an explanation reads are not rounded in
// another way while it goes on.
func (e *engine) ready() int {
	of := e.questions.current
	return slices.IndexFunc(e.requests, func(r *protocol.Request) bool {
		return e.session(r.Model) != nil && (of == nil || of.exact == r.Exact || of.session.Model.Name != r.Model)
	})
}

// take runs a request.
func (e *engine) take(i int) {
	r := e.requests[i]
	e.requests = slices.Delete(e.requests, i, i+1)
	e.run(r, e.session(r.Model))
}

// find returns a run that was answered, or says that it is not at hand any more: its Record, and, where it is needed,
// its session's memory of it.
func (e *engine) find(id int, session bool) *done {
	if i := slices.IndexFunc(e.done, func(d done) bool { return d.id == id }); i >= 0 && !((session || e.done[i].some) && e.done[i].old) {
		return &e.done[i]
	}
	e.send(protocol.Gone, &protocol.Which{ID: id}, nil)
	return nil
}

// keep notes a run, in place of the client's one before. Few are kept, and no more than memory is meant for.
func (e *engine) keep(d done) {
	const few, most = 6, 12 << 20 // runs; numbers in their maps
	e.done = slices.DeleteFunc(e.done, func(other done) bool { return other.client == d.client })
	e.done = append(e.done, d)
	size := 0
	for i := len(e.done) - 1; i >= 0; i-- {
		for _, m := range e.done[i].record.Maps {
			size += len(m.Weights)
		}
		if i < len(e.done)-1 && (size > most || len(e.done)-i > few) {
			e.done = slices.Delete(e.done, 0, i+1)
			break
		}
	}
}

// more answers what is wanted of a run that was answered.
func (e *engine) more(of *done, w *record.Want) {
	result := protocol.Result{ID: of.id, Record: *of.part(w)}
	e.send(protocol.Maps, &result, result.Pack())
}

// following are the candidates for what comes after the text of a run, as they are drawn: only the last softmax is
// computed anew.
func (d *done) following(how run.Sampling) []record.Candidate {
	likely, _ := d.session.Next(how) // the page's sliders have no impossible values
	return likely
}

// long is the length of texts, in bytes, of which all maps are not made at every key.
const long = 600

// errNewer ends a run that is not wanted any more.
var errNewer = errors.New("a newer request waits")

func (e *engine) run(r *protocol.Request, s *run.Session) {
	e.current, e.stop = r, false
	defer func() { e.current = nil }()
	e.send(protocol.Started, &protocol.Which{ID: r.ID}, nil)
	if bridge.Yield(); e.stop { // what was typed meanwhile replaces what was asked for
		return
	}
	e.age(s)
	s = e.exact(s, r.Exact)
	begin := bridge.Now()
	o := run.Options{Target: r.Target, MaxTokens: r.Write, Sampling: r.Sampling, Changes: r.Changes, Vector: true, Partial: func(output string) error {
		e.send(protocol.Partial, &protocol.Output{ID: r.ID, Output: output}, nil)
		if bridge.Yield(); e.stop {
			return errNewer
		}
		return nil
	}}
	some := len(r.Text) > long && !o.Changes.Any()
	if some {
		o.Maps = func(kind attention.Kind, layer int) bool { return r.Want.Names(&record.Map{Kind: kind, Layer: layer}) }
	}
	o = o.For(s.Model.About.Task) // of another model the page may have more options
	rec, err := s.Run(r.Text, o)
	if err != nil {
		if err != errNewer {
			e.fail(r, err)
		}
		return
	}
	stacks := s.Model.Stacks()
	if !slices.ContainsFunc(stacks, func(k model.Stack) bool { return k.Kind == r.Want.Kind }) && e.index != nil {
		// Who asked did not know the model yet; one that a reader brought is not in the index.
		if entry := e.index.Find(r.Model); entry != nil {
			r.Want.Kind, r.Want.Layer = entry.Open.Kind, entry.Open.Layer
		} else if len(stacks) > 0 {
			r.Want.Kind, r.Want.Layer = stacks[0].Kind, 0
		}
	}
	o.Partial, o.Maps, o.MaxTokens = nil, nil, 0 // to run the whole text again
	d := done{id: r.ID, client: r.Client, record: rec, session: s, how: o, some: some, exact: r.Exact}
	e.keep(d)
	part, shown := d.part(&r.Want), *rec
	shown.Maps, shown.Means, shown.Small, shown.Detail, shown.Lens, shown.Stacks = part.Maps, part.Means, part.Small, part.Detail, part.Lens, stacks
	if rec.Task == record.Generation {
		shown.Drawn = d.following(r.Sampling)
	}
	result := protocol.Result{ID: r.ID, Millis: bridge.Now() - begin, Record: shown}
	e.send(protocol.Record, &result, result.Pack())
}

// exact returns the session of a model whose products are of float32, or of integers: that one, or another in its
// place.
func (e *engine) exact(s *run.Session, yes bool) *run.Session {
	if _, other := e.brought[s.Model.Name]; other { // whose weights stay as they came
		return s
	}
	if weights := s.Model.Net.Weights(); weights.Compact(!yes && tensor.Kernels() != tensor.GoKernels) {
		for i := range e.done {
			e.done[i].old = e.done[i].old || e.done[i].session.Model == s.Model
		}
		other := run.NewSession(s.Model)
		e.swap(s, other)
		tensor.Forget()
		return other
	}
	return s
}

// fail says why a request has no answer.
func (e *engine) fail(r *protocol.Request, err error) {
	e.send(protocol.Failed, &protocol.Failure{ID: r.ID, Message: err.Error(), Lab: errors.Is(err, say.ErrLab)}, nil)
}

func (e *engine) send(kind string, header protocol.Header, buffers [][]float32) {
	b, err := json.Write(header.Fields)
	if err == nil {
		err = e.page.Post(bridge.Message{Type: kind, Header: b, Buffers: buffers})
	}
	if err != nil {
		panic("the engine cannot answer the page: " + err.Error())
	}
}
