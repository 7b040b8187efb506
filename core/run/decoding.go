package run

import (
	"slices"

	"heed/core/attention"
	"heed/core/decode"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/tensor"
)

// decoding is a decoder at work on one text. It keeps what a Record tells of every token put in: the rows of its
// maps, the prediction of what follows it, and its context vector. So a search that goes token by token and the
// pass that a Record is made of are one.
type decoding struct {
	m           *model.Model
	pass        *grad.Pass
	state       decode.State
	mark        tensor.Mark // what lies behind it in the arena is scratch
	changes     interventions
	maps        []headRows
	shown       int // the map that is likely to be shown next: a pass shows them in one order
	predictions []record.Prediction
	width       int       // of a context vector; 0 where there is none
	contexts    []float32 // of each token put in
}

// newDecoding begins to decode over the encoder's output for one source, both zero of a decoder alone; the text can
// have so many tokens.
func newDecoding(m *model.Model, p *grad.Pass, encoded grad.Value, source *grad.Sequences, room int, changes interventions) *decoding {
	d := &decoding{m: m, pass: p, changes: changes}
	d.state = m.Net.Begin(p, encoded, source, []int{0}, room, changes.hooks(nil, attention.Hooks{}))
	d.mark = p.Arena.Mark()
	return d
}

// put puts tokens in, at least one, and returns the logits of what follows each, N×V. They are in scratch memory:
// the next put overwrites them.
func (d *decoding) put(ids ...int) tensor.Matrix {
	d.pass.Arena.Release(d.mark)
	x := d.state.Step([]int{0}, []int{len(ids)}, ids, d.changes.hooks([]int{d.state.Len(0)}, attention.Hooks{Map: d.see}))
	if c := d.state.Contexts().X; c.Rows > 0 {
		d.width, d.contexts = c.Cols, append(d.contexts, flat(c)...)
	}
	return d.m.Net.Logits(d.pass, x).X
}

// accept lists the predictions that are in the logits of tokens put in, which it overwrites.
func (d *decoding) accept(logits tensor.Matrix) error {
	for i := range logits.Rows {
		n := shownCandidates
		if d.m.About.Task == model.Generation && i+1 == logits.Rows { // it may be the last
			n = nextCandidates
		}
		p, err := predict(d.m, len(d.predictions), logits.Row(i), n)
		if err != nil {
			return err
		}
		d.predictions = append(d.predictions, p)
	}
	return nil
}

// truncate forgets all but the first n tokens put in.
func (d *decoding) truncate(n int) {
	d.state.Truncate(0, n)
	d.predictions = d.predictions[:min(n, len(d.predictions))]
	d.contexts = d.contexts[:min(n*d.width, len(d.contexts))]
	for i := range d.maps {
		d.maps[i].truncate(n)
	}
}

// tell adds what was kept to a Record: all but the maps of layers that are not wanted; nil wants all.
func (d *decoding) tell(r *record.Record, wanted func(kind attention.Kind, layer int) bool) {
	r.Maps = append(r.Maps, d.listed(wanted)...)
	for i, p := range d.predictions {
		if i+1 < len(d.predictions) {
			p.Top = p.Top[:min(len(p.Top), shownCandidates)]
		}
		r.Predictions = append(r.Predictions, p)
	}
}

// listed are the maps of the layers that are wanted.
func (d *decoding) listed(wanted func(kind attention.Kind, layer int) bool) (all []record.Map) {
	var masks masks
	for i := range d.maps {
		if m := &d.maps[i]; wanted == nil || wanted(m.Kind, m.layer) {
			all = append(all, m.record(masks.of(m.Mask, d.state.Len(0))))
		}
	}
	return all
}

// Maps returns the maps of one layer of the last run, of which Options.Maps may have left them out; nil where it has
// none, or its Record holds all.
func (s *Session) Maps(kind attention.Kind, layer int) []record.Map {
	if encoder, _ := s.Model.Net.Parts(); encoder || s.kept.decoding == nil {
		return nil
	}
	return s.kept.listed(func(k attention.Kind, l int) bool { return k == kind && l == layer })
}

// headRows are the rows of one head's map so far.
type headRows struct {
	attention.Kind
	layer, head int
	grad.Mask
	n, keys int       // rows; keys of a row, of a causal map as many as rows
	weights []float32 // row after row; of a causal map row i has i+1
}

// see keeps the rows that a pass shows.
func (d *decoding) see(am *attention.Map) {
	of := func(r headRows) bool { return r.Kind == am.Kind && r.layer == am.Layer && r.head == am.Head }
	at := d.shown
	if at >= len(d.maps) || !of(d.maps[at]) {
		at = slices.IndexFunc(d.maps, of)
	}
	if at < 0 {
		at = len(d.maps)
		d.maps = append(d.maps, headRows{Kind: am.Kind, layer: am.Layer, head: am.Head, Mask: am.Mask})
	}
	d.shown = (at + 1) % len(d.maps)
	r := &d.maps[at]
	r.n, r.keys = r.n+am.Weights.Rows, am.Weights.Cols
	for i := range am.Weights.Rows {
		_, hi := am.Visible(i)
		r.weights = append(r.weights, am.Weights.Row(i)[:hi]...)
	}
}

func (r *headRows) truncate(n int) {
	if n >= r.n {
		return
	}
	r.n = n
	if r.Causal {
		r.keys, r.weights = n, r.weights[:n*(n+1)/2]
	} else {
		r.weights = r.weights[:n*r.keys]
	}
}

// masks are those of a Record's maps: layers of one kind share theirs.
type masks map[grad.Mask][]int8

func (all *masks) of(k grad.Mask, n int) []int8 {
	if *all == nil {
		*all = masks{}
	}
	if _, ok := (*all)[k]; !ok {
		(*all)[k] = record.MaskOf(k, n)
	}
	return (*all)[k]
}

// record returns the map of all rows; mask is that of a causal one.
func (r *headRows) record(mask []int8) record.Map {
	m := record.Map{Kind: r.Kind, Layer: r.layer, Head: r.head, Rows: r.n, Cols: r.keys}
	if !r.Causal {
		m.Weights = slices.Clone(r.weights)
		return m
	}
	m.Weights, m.Mask = make([]float32, r.n*r.keys), mask
	at := 0
	for i := range r.n {
		copy(m.Weights[i*r.keys:], r.weights[at:at+i+1])
		at += i + 1
	}
	return m
}

// capture returns a hook that adds the maps of an encoder to a Record.
func capture(r *record.Record) func(*attention.Map) {
	var masks masks
	return func(am *attention.Map) {
		r.Maps = append(r.Maps, record.Map{Kind: am.Kind, Layer: am.Layer, Head: am.Head,
			Rows: am.Weights.Rows, Cols: am.Weights.Cols, Weights: flat(am.Weights), Mask: masks.of(am.Mask, am.Weights.Cols)})
	}
}

// flat copies a matrix row after row.
func flat(x tensor.Matrix) []float32 {
	out := make([]float32, 0, x.Rows*x.Cols)
	for i := range x.Rows {
		out = append(out, x.Row(i)...)
	}
	return out
}
