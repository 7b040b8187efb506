// Package protocol is what the page and the engine say to each other: the types of their messages
// and the headers, which cross as JSON. Numbers cross as the buffers of a message.
package protocol

import (
	"slices"

	"heed/core/catalog"
	"heed/core/grad"
	"heed/core/json"
	"heed/core/record"
	"heed/core/run"
)

// From the page to the engine.
const (
	Run  = "run"  // header Request; answered by Progress*, Started, Partial*, then Record or Failed
	Maps = "maps" // header More; answered by Maps with the header Result, or by Gone
	Next = "next" // header Draw; answered by Next with the header Result, or by Gone
	Drop = "drop" // header Request: what its client asked for is not wanted any more
	Open = "open" // header Brought, with files: a model; answered by Opened if Tell is set
)

// From the engine to the page.
const (
	Progress = "progress" // header Loading
	Started  = "started"  // header Which: that request is being worked on
	Partial  = "partial"  // header Output
	Record   = "record"   // header Result
	Gone     = "gone"     // header Which: that run is not at hand any more
	Failed   = "failed"   // header Failure
	Opened   = "opened"   // header Brought
)

// Header is what a message says besides its type.
type Header interface{ Fields(o *json.Object) }

// Request asks for a run. A newer request of a client ends its older one, which is then not answered any more; those
// of several clients are answered one after the other, except that none waits for another's download.
type Request struct {
	ID     int // grows from request to request
	Client int // who asks: an element of the page, or a part of one
	Model  string
	Again  bool // a download that failed or is silent begins anew
	Lab    bool // it takes the engine of lab.wasm; which engine is asked is the page's affair, so this does not cross
	Text   string
	Exact  bool        // products are of float32
	Target *string     // the reader's own target text instead of the model's
	Want   record.Want // to send along

	Write    int          // tokens to write on, of a model that does
	Sampling run.Sampling // how that, and what may follow, is drawn
	Changes  record.Changes
}

func (r *Request) Fields(o *json.Object) {
	o.Member("id").Int(&r.ID)
	o.Member("client").Int(&r.Client)
	o.Member("model").String(&r.Model)
	o.Member("again").Bool(&r.Again)
	o.Member("text").String(&r.Text)
	o.Member("exact").Bool(&r.Exact)
	if target := o.Optional("target", r.Target != nil); target.There() {
		if r.Target == nil {
			r.Target = new(string)
		}
		target.String(r.Target)
	}
	o.Member("want").Object(r.Want.Fields)
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

// Draw asks how likely what may follow the text of a run is when it is drawn in another way: the answer's Record
// holds one prediction and nothing else.
type Draw struct {
	ID       int // of that run
	Sampling run.Sampling
}

func (d *Draw) Fields(o *json.Object) {
	o.Member("id").Int(&d.ID)
	sampling(o, &d.Sampling)
}

// More asks for more of a run that was answered.
type More struct {
	ID   int // of that run
	Want record.Want
}

func (m *More) Fields(o *json.Object) {
	o.Member("id").Int(&m.ID)
	o.Member("want").Object(m.Want.Fields)
}

// Which names a request, or its run.
type Which struct{ ID int }

func (w *Which) Fields(o *json.Object) { o.Member("id").Int(&w.ID) }

// Brought is a model that a reader brings. Requests may name it from then on.
type Brought struct {
	Model   string
	Tell    bool           // the reader wants to know what it is; else it is opened when a request names it
	Entry   *catalog.Entry // what it is,
	Message string         // or why it cannot be opened
}

func (b *Brought) Fields(o *json.Object) {
	o.Member("model").String(&b.Model)
	o.Member("tell").Bool(&b.Tell)
	json.Pointer(o.Optional("entry", b.Entry != nil), &b.Entry)
	o.Member("message").String(&b.Message)
}

// Loading tells how much of a model has arrived. Total is 0 before the first of it has come.
type Loading struct {
	Model  string
	Done   int64
	Total  int64
	Silent bool // nothing has come for a while
}

func (l *Loading) Fields(o *json.Object) {
	o.Member("model").String(&l.Model)
	o.Member("done").Int64(&l.Done)
	o.Member("total").Int64(&l.Total)
	o.Member("silent").Bool(&l.Silent)
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

// Result is a finished run, or more of one. Its numbers cross as buffers: Pack takes them out of the Record, and
// Unpack puts them back.
type Result struct {
	ID     int
	Millis float64
	Record record.Record

	stacks      []record.Stack
	means       record.Want // its Heads, and of the maps in small their kind and tokens
	small, each int         // how many these are, and their Each
	near        []int       // of each map, the means and the small ones among them; nil where all are 0
	predictions []string    // the tokens of the predictions, which cross as one buffer: see PackLens
	lens        []string    // and of the lens
}

func (r *Result) Fields(o *json.Object) {
	o.Member("id").Int(&r.ID)
	o.Member("millis").Float(&r.Millis)
	json.List(o.Member("stacks"), &r.stacks)
	o.Member("means").Object(r.means.Fields)
	o.Optional("near", r.near != nil).Ints(&r.near)
	o.Optional("predictions", len(r.predictions) > 0).Strings(&r.predictions)
	o.Optional("lens", len(r.lens) > 0).Strings(&r.lens)
	json.List(o.Optional("drawn", len(r.Record.Drawn) > 0), &r.Record.Drawn)
	o.Optional("answer", r.Record.Answer != record.Answer{}).Object(r.Record.Answer.Fields)
	o.Member("small").Int(&r.small)
	o.Member("each").Int(&r.each)
	o.Member("record").Object(r.Record.Fields)
}

// Pack takes the numbers out of the Record, of which it makes another: of each map, the means and those in small last,
// its weights; the patterns of those in small; the context's values and states, the numbers of the Detail, the
// predictions and the lens.
func (r *Result) Pack() (buffers [][]float32) {
	from := r.Record
	to := &r.Record
	r.stacks, r.means = from.Stacks, record.Want{Means: len(from.Means.Maps) > 0, Heads: from.Means.Heads}
	to.Maps = make([]record.Map, 0, len(from.Maps)+len(from.Means.Maps))
	var small []record.Map
	var near []int
	if s := from.Small; s != nil {
		small, to.Small = s.Maps, nil
		r.small, r.each, r.means.Small, r.means.HideSpecial = len(small), s.Each, s.Kind, s.HideSpecial
	}
	for _, maps := range [][]record.Map{from.Maps, from.Means.Maps, small} {
		for _, m := range maps {
			buffers = append(buffers, m.Weights)
			near = append(near, m.Near())
			m.Weights, m.Scores, m.Mask = nil, nil, nil // the mask follows from its kind, and from how far it sees
			to.Maps = append(to.Maps, m)
		}
	}
	if r.near = nil; slices.ContainsFunc(near, func(n int) bool { return n > 0 }) {
		r.near = near
	}
	if from.Small != nil {
		buffers = append(buffers, from.Small.Patterns)
	}
	if c := from.Context; c != nil {
		to.Context = &record.Context{Rows: c.Rows, Cols: c.Cols}
		buffers = append(buffers, c.Values, c.States)
	}
	if d := from.Detail; d != nil {
		to.Detail = &record.Detail{Place: d.Place, Score: d.Score, Scale: d.Scale, Mask: d.Mask}
		for _, b := range detailBuffers(d) {
			buffers = append(buffers, *b)
		}
	}
	var numbers []float32
	if to.Predictions = nil; len(from.Predictions) > 0 {
		r.predictions, numbers = PackLens([]record.Lens{{Predictions: from.Predictions}})
		buffers = append(buffers, numbers)
	}
	if to.Lens = nil; len(from.Lens) > 0 {
		r.lens, numbers = PackLens(from.Lens)
		buffers = append(buffers, numbers)
	}
	return buffers
}

// Unpack puts the buffers of Pack back into the Record.
func (r *Result) Unpack(buffers [][]float32) {
	next := func() (b []float32) {
		b, buffers = buffers[0], buffers[1:]
		return b
	}
	to := &r.Record
	to.Stacks = r.stacks
	all := to.Maps
	for i := range all {
		m := &all[i]
		if m.Weights = next(); i < len(r.near) && r.near[i] > 0 {
			if i > 0 && r.near[i-1] == r.near[i] && all[i-1].Rows == m.Rows {
				m.Mask = all[i-1].Mask // of one layer's heads once
			} else {
				m.Mask = record.MaskOf(grad.Mask{Causal: m.Kind == record.Decoder, Near: r.near[i]}, m.Rows)
			}
		}
	}
	if n := len(all) - r.small; r.small > 0 && n >= 0 {
		to.Small = &record.Small{Kind: r.means.Small, Each: r.each, HideSpecial: r.means.HideSpecial, Maps: all[n:], Patterns: next()}
		all = all[:n:n]
		to.Maps = all
	}
	if i := slices.IndexFunc(all, func(m record.Map) bool { return m.Head < 0 }); i >= 0 {
		to.Maps, to.Means = all[:i:i], record.Means{Heads: r.means.Heads, Maps: all[i:]}
	}
	if c := to.Context; c != nil {
		c.Values, c.States = next(), next()
	}
	if d := to.Detail; d != nil {
		for _, b := range detailBuffers(d) {
			*b = next()
		}
	}
	if len(r.predictions) > 0 {
		to.Predictions = UnpackLens(r.predictions, next())[0].Predictions
	}
	if len(r.lens) > 0 {
		to.Lens = UnpackLens(r.lens, next())
	}
}

// detailBuffers are the numbers of a Detail.
func detailBuffers(d *record.Detail) []*[]float32 {
	return []*[]float32{&d.Q, &d.K, &d.V, &d.Vector, &d.Scores, &d.Weights, &d.Output}
}

// PackLens writes a lens as numbers, five for each candidate (layer, position, its place in pieces, id and
// probability), and the texts of the tokens: as JSON, that of 256 tokens would take the page half a second. The
// predictions cross as a lens of one layer.
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

// Failure is why a run has no result: a sentence for the reader that says what to do.
type Failure struct {
	ID      int
	Message string
	Lab     bool // the engine of lab.wasm may have a result
}

func (f *Failure) Fields(o *json.Object) {
	o.Member("id").Int(&f.ID)
	o.Member("message").String(&f.Message)
	o.Member("lab").Bool(&f.Lab)
}

// Exit is what web/heed.js says when the engine's program ended, in a message of type "exit".
type Exit struct{ Error string }

func (e *Exit) Fields(o *json.Object) { o.Member("error").String(&e.Error) }
