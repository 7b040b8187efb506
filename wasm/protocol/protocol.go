// Package protocol is what the page and the engine say to each other: the types of their messages
// and the headers, which cross as JSON. Numbers cross as the buffers of a message.
package protocol

import (
	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
)

// From the page to the engine.
const (
	Run  = "run"  // header Request; answered by Progress*, Partial*, then Record or Failed
	Maps = "maps" // header Want; answered by Maps with the header Result
	Next = "next" // header Draw; answered by Next with the header Result
)

// From the engine to the page.
const (
	Progress = "progress" // header Loading
	Partial  = "partial"  // header Output
	Record   = "record"   // header Result; one buffer of weights for each map, in order, then the context's values and states, then the predictions
	Failed   = "failed"   // header Failure
)

// Header is what a message says besides its type.
type Header interface{ Fields(o *json.Object) }

// Request asks for a run. A newer request ends an older one, which is then not answered any more.
type Request struct {
	ID     int // grows from request to request
	Model  string
	Text   string
	Target *string     // the reader's own target text instead of the model's
	Kind   record.Kind // the maps to send along: every head of this layer
	Layer  int
	Means  Means // and these

	Write    int          // tokens to write on, of a model that does
	Sampling run.Sampling // how that, and what may follow, is drawn
	Changes  record.Changes
}

func (r *Request) Fields(o *json.Object) {
	o.Member("id").Int(&r.ID)
	o.Member("model").String(&r.Model)
	o.Member("text").String(&r.Text)
	if target := o.Optional("target", r.Target != nil); target.There() {
		if r.Target == nil {
			r.Target = new(string)
		}
		target.String(r.Target)
	}
	o.Member("kind").String((*string)(&r.Kind))
	o.Member("layer").Int(&r.Layer)
	o.Member("means").Object(r.Means.Fields)
	o.Member("write").Int(&r.Write)
	sampling(o, &r.Sampling)
	o.Optional("changes", r.Changes.Any()).Object(r.Changes.Fields)
}

func sampling(o *json.Object, s *run.Sampling) {
	seed := int(s.Seed)
	o.Member("temperature").Float(&s.Temperature)
	o.Member("top-k").Int(&s.TopK)
	o.Member("top-p").Float(&s.TopP)
	o.Member("seed").Int(&seed)
	s.Seed = uint64(seed)
}

// Draw asks how likely what may follow the text of the run answered last is when it is drawn in
// another way: the answer's Record holds one prediction and nothing else.
type Draw struct {
	ID       int // of that run
	Sampling run.Sampling
}

func (d *Draw) Fields(o *json.Object) {
	o.Member("id").Int(&d.ID)
	sampling(o, &d.Sampling)
}

// Means asks, if they are wanted, for one map of every layer of every kind: the mean over some heads,
// none being all, as a map of Head -1. All that a text of 512 tokens looks at in nine layers is then 9 MB
// and not 57; a view of the whole stack shows no more.
type Means struct {
	Wanted bool
	Heads  []int
}

func (m *Means) Fields(o *json.Object) {
	o.Member("wanted").Bool(&m.Wanted)
	o.Member("heads").Ints(&m.Heads)
}

// Want asks for more of the run that was answered last: the maps of a layer, or of all layers, or of all
// layers of all kinds (kind ""), or the rollout (kind rollout), or means, or how a row of a map came about,
// or what each layer would have predicted.
type Want struct {
	ID    int // of that run
	Kind  record.Kind
	Layer int
	All   bool  // maps of all layers
	Means Means // instead of maps

	Detail    bool // how a row came about, instead of maps
	Head, Row int

	Lens bool // what each layer would have predicted, instead of maps
}

func (w *Want) Fields(o *json.Object) {
	o.Member("id").Int(&w.ID)
	o.Member("kind").String((*string)(&w.Kind))
	o.Member("layer").Int(&w.Layer)
	o.Member("all").Bool(&w.All)
	o.Member("means").Object(w.Means.Fields)
	o.Member("detail").Bool(&w.Detail)
	o.Member("head").Int(&w.Head)
	o.Member("row").Int(&w.Row)
	o.Member("lens").Bool(&w.Lens)
}

// DetailBuffers are the numbers of a Detail, which are the last buffers of a message, in this order.
func DetailBuffers(d *record.Detail) []*[]float32 {
	return []*[]float32{&d.Q, &d.K, &d.V, &d.Vector, &d.Scores, &d.Weights, &d.Output}
}

// Loading tells how much of a model has arrived. Total is 0 before the first of it has come.
type Loading struct {
	Model string
	Done  int64
	Total int64
}

func (l *Loading) Fields(o *json.Object) {
	o.Member("model").String(&l.Model)
	o.Member("done").Int64(&l.Done)
	o.Member("total").Int64(&l.Total)
}

// Output is what the model has written so far.
type Output struct {
	ID     int
	Output string
}

func (out *Output) Fields(o *json.Object) {
	o.Member("id").Int(&out.ID)
	o.Member("output").String(&out.Output)
}

// Result is a finished run: the Record, its maps without their weights, which are the buffers. In
// the answer to Want the Record holds maps only, or a Detail without its numbers.
type Result struct {
	ID     int
	Shape  []Stack // which maps the model has
	Millis float64
	Means  Means    // those among the maps, of Head -1
	Pieces []string // the tokens of the predictions or of the lens, which cross as one buffer: see PackLens
	Record record.Record
}

func (r *Result) Fields(o *json.Object) {
	o.Member("id").Int(&r.ID)
	json.List(o.Member("shape"), &r.Shape)
	o.Member("millis").Float(&r.Millis)
	o.Member("means").Object(r.Means.Fields)
	o.Optional("pieces", len(r.Pieces) > 0).Strings(&r.Pieces)
	o.Member("record").Object(r.Record.Fields)
}

// PackLens writes a lens as numbers, five for each candidate (layer, position, its place in pieces, id and
// probability), and the texts of the tokens: as JSON, that of 256 tokens would take the page half a second. The predictions cross as a lens of one layer.
func PackLens(all []record.Lens) (pieces []string, numbers []float32) {
	places := map[int]int{} // by id
	for _, l := range all {
		for _, p := range l.Predictions {
			for _, c := range p.Top {
				at, ok := places[c.ID]
				if !ok {
					at = len(pieces)
					places[c.ID], pieces = at, append(pieces, c.Text)
				}
				numbers = append(numbers, float32(l.Layer), float32(p.Position), float32(at), float32(c.ID), c.P)
			}
		}
	}
	return pieces, numbers
}

// UnpackLens reads what PackLens wrote.
func UnpackLens(pieces []string, numbers []float32) (all []record.Lens) {
	for ; len(numbers) >= 5; numbers = numbers[5:] {
		layer, position := int(numbers[0]), int(numbers[1])
		if n := len(all); n == 0 || all[n-1].Layer != layer {
			all = append(all, record.Lens{Layer: layer})
		}
		l := &all[len(all)-1]
		if n := len(l.Predictions); n == 0 || l.Predictions[n-1].Position != position {
			l.Predictions = append(l.Predictions, record.Prediction{Position: position})
		}
		p := &l.Predictions[len(l.Predictions)-1]
		p.Top = append(p.Top, record.Candidate{Text: pieces[int(numbers[2])], ID: int(numbers[3]), P: numbers[4]})
	}
	return all
}

// Stack tells how many layers and heads of a kind a model has.
type Stack = model.Stack

// Failure is why a run has no result: a sentence for the reader that says what to do.
type Failure struct {
	ID      int
	Message string
}

func (f *Failure) Fields(o *json.Object) {
	o.Member("id").Int(&f.ID)
	o.Member("message").String(&f.Message)
}

// Exit is what web/heed.js says when the engine's program ended, in a message of type "exit".
type Exit struct{ Error string }

func (e *Exit) Fields(o *json.Object) { o.Member("error").String(&e.Error) }
