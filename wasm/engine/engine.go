//go:build js && wasm

// Package engine is the worker's side: it opens models and runs sentences through them.
package engine

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"heed/core/catalog"
	"heed/core/explain"
	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/say"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// Main begins to listen to the page.
func Main() {
	e := &engine{page: bridge.Self(), wake: make(chan struct{}, 1)}
	e.page.Receive(e.receive)
	go e.work()
}

// engine works on one request at a time. Callbacks only note what came; work does the rest.
type engine struct {
	page     *bridge.Port
	index    *catalog.Index
	sessions []*run.Session // of the models that are open, the one used last at the end

	wake    chan struct{} // holds one token when something is waiting
	request *protocol.Request
	wants   []protocol.Want
	draw    *protocol.Draw

	done struct { // the run answered last
		id      int
		record  *record.Record
		session *run.Session
	}
}

func (e *engine) receive(m bridge.Message) {
	switch m.Type {
	case protocol.Run:
		var r protocol.Request
		if json.Read(m.Header, r.Fields) == nil {
			e.request = &r
		}
	case protocol.Maps:
		var w protocol.Want
		if json.Read(m.Header, w.Fields) == nil {
			e.wants = append(e.wants, w)
		}
	case protocol.Next:
		var d protocol.Draw
		if json.Read(m.Header, d.Fields) == nil {
			e.draw = &d
		}
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *engine) work() {
	for range e.wake {
		for e.request != nil || len(e.wants) > 0 || e.draw != nil {
			if r := e.request; r != nil {
				e.request = nil
				e.run(r)
				continue
			}
			if d := e.draw; d != nil {
				e.draw = nil
				e.next(d)
				continue
			}
			w := e.wants[0]
			e.wants = e.wants[1:]
			if e.done.record != nil && w.ID == e.done.id {
				e.more(&w)
			}
		}
	}
}

// more answers what is wanted of the run that was answered last.
func (e *engine) more(w *protocol.Want) {
	switch {
	case w.Detail:
		d := e.done.session.Detail(record.Place{Kind: w.Kind, Layer: w.Layer, Head: w.Head, Row: w.Row})
		r := protocol.Result{ID: w.ID}
		var buffers [][]float32
		if d != nil {
			r.Record.Detail = &record.Detail{Place: d.Place, Score: d.Score, Scale: d.Scale, Mask: d.Mask}
			for _, b := range protocol.DetailBuffers(d) {
				buffers = append(buffers, *b)
			}
		}
		e.send(protocol.Maps, &r, buffers)
	case w.Lens:
		r := protocol.Result{ID: w.ID}
		lens, _ := e.done.session.Lens() // it fails where the run itself would have
		var buffers [][]float32
		if len(lens) > 0 {
			buffers = make([][]float32, 1)
			r.Pieces, buffers[0] = protocol.PackLens(lens)
		}
		e.send(protocol.Maps, &r, buffers)
	case w.Means.Wanted:
		e.post(protocol.Maps, protocol.Result{ID: w.ID}, e.done.record, "", 0, w.Means)
	case w.Kind == record.Rollout:
		if f, err := explain.NewFlow(e.done.record); err == nil { // or the model has no layers; then nobody asks
			e.post(protocol.Maps, protocol.Result{ID: w.ID}, &record.Record{Maps: []record.Map{*f.Rollout()}}, w.Kind, 0, w.Means)
		}
	case w.All:
		e.post(protocol.Maps, protocol.Result{ID: w.ID}, e.done.record, w.Kind, allLayers, w.Means)
	default:
		e.post(protocol.Maps, protocol.Result{ID: w.ID}, e.done.record, w.Kind, w.Layer, w.Means)
	}
}

const allLayers = -1

// next answers how likely tokens are to follow: only the last softmax is computed anew.
func (e *engine) next(d *protocol.Draw) {
	if e.done.record == nil || d.ID != e.done.id {
		return
	}
	r := protocol.Result{ID: d.ID}
	r.Record.Predictions = []record.Prediction{e.following(d.Sampling)}
	e.send(protocol.Next, &r, nil)
}

// following is the prediction of what comes after the text of the run answered last, as it is drawn.
func (e *engine) following(how run.Sampling) record.Prediction {
	likely, _ := e.done.session.Next(how) // the page's sliders have no impossible values
	return record.Prediction{Position: len(e.done.record.Predictions) - 1, Top: likely}
}

// errNewer ends a run because a newer request waits.
var errNewer = errors.New("a newer request waits")

func (e *engine) run(r *protocol.Request) {
	s, err := e.open(r.Model)
	if err == nil {
		// What was typed while the model loaded replaces what was asked for before.
		if bridge.Yield(); e.request != nil {
			return
		}
		var rec *record.Record
		begin := bridge.Now()
		o := run.Options{Target: r.Target, MaxTokens: r.Write, Sampling: r.Sampling, Changes: r.Changes, Partial: func(output string) error {
			e.say(protocol.Partial, &protocol.Output{ID: r.ID, Output: output})
			if bridge.Yield(); e.request != nil {
				return errNewer
			}
			return nil
		}}
		rec, err = s.Run(r.Text, o.For(s.Model.About.Task)) // of another model the page may have more options
		if err == nil {
			if !slices.ContainsFunc(s.Model.Stacks(), func(k model.Stack) bool { return k.Kind == r.Kind }) {
				open := e.index.Find(r.Model).Open // who asked did not know the model yet
				r.Kind, r.Layer = open.Kind, open.Layer
			}
			e.done.id, e.done.record, e.done.session = r.ID, rec, s
			shown := *rec
			if n := len(rec.Predictions); n > 0 && rec.Task == record.Generation {
				shown.Predictions = append(slices.Clone(rec.Predictions[:n-1]), e.following(r.Sampling))
			}
			e.post(protocol.Record, protocol.Result{ID: r.ID, Millis: bridge.Now() - begin, Shape: s.Model.Stacks()}, &shown, r.Kind, r.Layer, r.Means)
			return
		}
	}
	if err != errNewer {
		e.say(protocol.Failed, &protocol.Failure{ID: r.ID, Message: err.Error()})
	}
}

// post sends a record with the maps of one kind and layer, or of all, and with the means that are wanted;
// their weights are the buffers.
func (e *engine) post(kind string, result protocol.Result, rec *record.Record, k record.Kind, layer int, means protocol.Means) {
	var buffers, others [][]float32
	if kind == protocol.Record {
		result.Record = *rec
		result.Record.Maps = nil
		if c := rec.Context; c != nil {
			result.Record.Context = &record.Context{Rows: c.Rows, Cols: c.Cols}
			others = [][]float32{c.Values, c.States}
		}
		if len(rec.Predictions) > 0 {
			var numbers []float32
			result.Record.Predictions = nil
			result.Pieces, numbers = protocol.PackLens([]record.Lens{{Predictions: rec.Predictions}})
			others = append(others, numbers)
		}
	}
	result.Means = means
	add := func(m record.Map) {
		buffers = append(buffers, m.Weights)
		m.Weights = nil
		if m.Kind == record.Decoder {
			m.Mask = nil // each token sees those before it, as the page knows
		}
		result.Record.Maps = append(result.Record.Maps, m)
	}
	for _, m := range rec.Maps {
		if m.Kind == k && (m.Layer == layer || layer == allLayers) || k == "" && layer == allLayers {
			add(m)
		}
	}
	if means.Wanted {
		for _, stack := range e.done.session.Model.Stacks() {
			for layer := range stack.Layers {
				if m := rec.Mean(stack.Kind, layer, means.Heads...); m != nil {
					add(*m)
				}
			}
		}
	}
	e.send(kind, &result, append(buffers, others...))
}

func (e *engine) say(kind string, header protocol.Header) { e.send(kind, header, nil) }

func (e *engine) send(kind string, header protocol.Header, buffers [][]float32) {
	b, err := json.Write(header.Fields)
	if err == nil {
		err = e.page.Post(bridge.Message{Type: kind, Header: b, Buffers: buffers})
	}
	if err != nil {
		panic("the engine cannot answer the page: " + err.Error())
	}
}

// open returns the session of a model, loading the model when it is new. A failure is not
// remembered: the next request tries again.
func (e *engine) open(id string) (*run.Session, error) {
	if i := slices.IndexFunc(e.sessions, func(s *run.Session) bool { return s.Model.Name == id }); i >= 0 {
		s := e.sessions[i]
		e.sessions = append(slices.Delete(e.sessions, i, i+1), s)
		return s, nil
	}
	e.say(protocol.Progress, &protocol.Loading{Model: id}) // it may take long
	if e.index == nil {
		data, err := bridge.Fetch(bridge.URL("models/index.json"), 0, nil)
		if err != nil {
			return nil, err
		}
		if e.index, err = catalog.Parse(data); err != nil {
			return nil, err
		}
	}
	entry := e.index.Find(id)
	if entry == nil {
		var names []string
		for _, m := range e.index.Models {
			names = append(names, m.ID)
		}
		return nil, say.Error("There is no model named ", strconv.Quote(id), " here. Choose one of: ", strings.Join(names, ", "), ".")
	}
	if most := 3; len(e.sessions) == most { // as many as are ever side by side; each takes some 40 MB
		e.sessions = slices.Delete(e.sessions, 0, 1)
	}
	files := map[string][]byte{}
	var before int64
	for _, f := range entry.Files {
		data, err := bridge.Fetch(bridge.URL("models/"+id+"/"+f.Name), f.Bytes, func(done, _ int64) {
			e.say(protocol.Progress, &protocol.Loading{Model: id, Done: before + done, Total: entry.Bytes})
		})
		if err != nil {
			return nil, err
		}
		before += f.Bytes
		files[f.Name] = data
	}
	m, err := model.Parse(files)
	if err != nil {
		return nil, say.Error("The model ", id, " did not arrive as it should: ", err, ". Reload the page to fetch it again.")
	}
	m.Name = id
	s := run.NewSession(m)
	e.sessions = append(e.sessions, s)
	return s, nil
}
