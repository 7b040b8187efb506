package recurrent

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/say"
	"heed/core/tensor"
)

// Model is an encoder–decoder.
type Model struct {
	Config
	Params         grad.Params
	source, target *grad.Param // tables of embeddings, V×E; one where they are shared
	head           *grad.Param // V×E, of the logits; target where tied
	bias           *grad.Param // of the logits, 1×V
	encoder        [][]cell    // by layer: forward, and backward where there is one
	decoder        cell
	scorer         *attention.Scorer // nil for a fixed context

	// A plain decoder has nothing of these.
	context *grad.Param // what the context adds to the decoder's gates, 3H×C
	initial grad.Linear // the decoder's first state, H×C
	// The output layer reads the state, the embedding put in, and the context.
	outState                 grad.Linear // E×H
	outEmbedding, outContext *grad.Param // E×E, E×C

	dropout float32
}

// cell is the weights of a gated recurrent unit, named and laid out as PyTorch's nn.GRU has them:
// the gates r, z and n one below the other.
type cell struct {
	input  grad.Linear // weight_ih [3H, in], bias_ih
	hidden grad.Linear // weight_hh [3H, H], bias_hh
}

func newCell(ps *grad.Params, name, suffix string, in, hidden int) cell {
	return cell{
		grad.Linear{W: ps.New(name+".weight_ih"+suffix, grad.Matrix, 3*hidden, in), B: ps.New(name+".bias_ih"+suffix, grad.Bias, 1, 3*hidden)},
		grad.Linear{W: ps.New(name+".weight_hh"+suffix, grad.Matrix, 3*hidden, hidden), B: ps.New(name+".bias_hh"+suffix, grad.Bias, 1, 3*hidden)},
	}
}

// New returns a model with zeroed weights, to be loaded or initialised.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &Model{Config: c}
	ps := &m.Params
	if c.Separate {
		m.source = ps.New("encoder.embed_tokens.weight", grad.Table, c.Vocab, c.Width)
		m.target = ps.New("decoder.embed_tokens.weight", grad.Table, c.Vocab, c.Width)
	} else {
		m.source = ps.New("shared.weight", grad.Table, c.Vocab, c.Width)
		m.target = m.source
	}
	in := c.Width
	for l := range c.EncoderLayers {
		suffix := say.Text("_l", l)
		layer := []cell{newCell(ps, "encoder", suffix, in, c.EncoderHidden)}
		if c.Bidirectional {
			layer = append(layer, newCell(ps, "encoder", suffix+"_reverse", in, c.EncoderHidden))
		}
		m.encoder = append(m.encoder, layer)
		in = c.Context()
	}
	if !c.Plain {
		m.initial = grad.NewLinear(ps, "decoder.initial", c.Context(), c.DecoderHidden)
	}
	m.decoder = newCell(ps, "decoder", "", c.Width, c.DecoderHidden)
	if !c.Plain {
		m.context = ps.New("decoder.weight_ch", grad.Matrix, 3*c.DecoderHidden, c.Context())
	}
	if score, ok := attention.ParseScore(c.Attention); ok {
		m.scorer = attention.NewScorer(ps, "attention", score, c.DecoderHidden, c.Context(), c.attentionWidth())
	}
	if !c.Plain {
		m.outState = grad.NewLinear(ps, "output.state", c.DecoderHidden, c.Width)
		m.outEmbedding = ps.New("output.embedding.weight", grad.Matrix, c.Width, c.Width)
		m.outContext = ps.New("output.context.weight", grad.Matrix, c.Width, c.Context())
	}
	m.head = m.target
	if !c.Tied {
		m.head = ps.New("lm_head.weight", grad.Output, c.Vocab, c.Width)
	}
	m.bias = ps.New("final_logits_bias", grad.Bias, 1, c.Vocab)
	m.bias.Shape = []int{1, c.Vocab}
	return m, nil
}

// Init draws the weights: tables from N(0, 1/E), each gate's weight_hh orthogonal (Bahdanau et al.
// 2014, appendix B.1), other matrices and the vector of additive attention uniformly after Glorot
// & Bengio 2010 (Bahdanau et al. start the vector from 0); biases stay 0.
func (m *Model) Init(r *rand.Rand) {
	var recurrent []*grad.Param
	for _, layer := range append(m.encoder[:len(m.encoder):len(m.encoder)], []cell{m.decoder}) {
		for _, c := range layer {
			recurrent = append(recurrent, c.hidden.W)
		}
	}
	for _, p := range m.Params.List {
		p.Set(func(x tensor.Matrix) {
			switch {
			case p.Role == grad.Table || p.Role == grad.Output:
				sd := 1 / math.Sqrt(float64(m.Width))
				for i := range x.Data {
					x.Data[i] = float32(r.NormFloat64() * sd)
				}
			case slices.Contains(recurrent, p):
				h := x.Cols
				for gate := range 3 {
					orthogonal(x.RowRange(gate*h, (gate+1)*h), r)
				}
			case p.Role == grad.Matrix || p.Role == grad.Vector:
				limit := math.Sqrt(6 / float64(x.Rows+x.Cols))
				for i := range x.Data {
					x.Data[i] = float32((2*r.Float64() - 1) * limit)
				}
			}
		})
	}
}

// orthogonal draws a square matrix whose rows are orthonormal, by Gram and Schmidt's method.
func orthogonal(x tensor.Matrix, r *rand.Rand) {
	for i := range x.Rows {
		row := x.Row(i)
		for j := range row {
			row[j] = float32(r.NormFloat64())
		}
		for range 2 { // once more, for what rounding left
			for k := range i {
				tensor.AddScaled(row, -tensor.Dot(row, x.Row(k)), x.Row(k))
			}
			tensor.Scale(row, float32(1/math.Sqrt(float64(tensor.Dot(row, row)))), row)
		}
	}
}

// SetDropout sets the probability used where a Pass has a source of randomness: on embeddings, on
// what every encoder layer but the last hands on, and on the output layer.
func (m *Model) SetDropout(probability float32) { m.dropout = probability }

// embed returns the N×E embeddings of ids in a table.
func (m *Model) embed(p *grad.Pass, table *grad.Param, ids []int) grad.Value {
	scale := float32(1)
	if m.ScaleEmbedding {
		scale = float32(math.Sqrt(float64(m.Width)))
	}
	return p.Dropout(p.Embed(table, ids, scale), m.dropout)
}

// Encode returns the encoder's states, N×C: the last layer's, with forward and backward side by
// side. Hooks see the embeddings and every layer's states.
func (m *Model) Encode(p *grad.Pass, source *grad.Sequences, hooks attention.Hooks) grad.Value {
	var sequence []int
	if hooks.Values != nil {
		sequence = sequences(source.Spans)
	}
	see := func(site attention.Site, layer int, x grad.Value) {
		if hooks.Values != nil {
			hooks.Values(&attention.Values{Site: site, Kind: attention.Self, Layer: layer, X: x, Sequence: sequence, Position: source.Positions})
		}
	}
	x := m.embed(p, m.source, source.IDs)
	see(attention.Embedding, -1, x)
	for l := range m.encoder {
		if l > 0 {
			x = p.Dropout(x, m.dropout)
		}
		x = m.encode(p, x, l, source)
		see(attention.Residual, l, x)
	}
	return x
}

// sequences returns the sequence of each row of a batch.
func sequences(spans []grad.Span) (of []int) {
	for i, s := range spans {
		for range s.Q1 - s.Q0 {
			of = append(of, i)
		}
	}
	return of
}

// encode returns what layer l of the encoder makes of x, N×C.
func (m *Model) encode(p *grad.Pass, x grad.Value, l int, source *grad.Sequences) grad.Value {
	h := m.EncoderHidden
	y := p.Empty(len(source.IDs), m.Context())
	for d, c := range m.encoder[l] {
		steps := source.Steps(d == 1)
		gi := c.input.Forward(p, p.Gather(x, steps.Rows))
		p.Put(y.Cols(d*h, (d+1)*h), p.GRU(gi, grad.Value{}, nil, c.hidden.W, c.hidden.B, steps, nil), steps.Back)
	}
	return y
}

// memory is what the decoder reads of the source.
type memory struct {
	states  grad.Value // the encoder's, M×C
	context grad.Value // S×C, its last states: where each direction has read the whole sequence
	start   grad.Value // the decoder's first states, S×H
	// With attention:
	keys grad.Value // M×A or M×H
	// Without, where the context is the same at every step:
	gates grad.Value // what it adds to the gates, S×3H
	out   grad.Value // and to the output layer, S×E
}

// read prepares the encoder's states for the decoder. The first state is tanh(W c + b) of the last
// states c (Cho et al. 2014, appendix A.2, without the layer between h and c; Bahdanau et al. 2014,
// appendix A.2.2, take the backward direction's alone); a plain decoder starts from c itself.
func (m *Model) read(p *grad.Pass, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) memory {
	first, last := source.Ends()
	h := m.EncoderHidden
	mem := memory{states: encoded, context: p.Empty(len(last), m.Context())}
	p.Put(mem.context.Cols(0, h), encoded.Cols(0, h), last)
	if m.Bidirectional {
		p.Put(mem.context.Cols(h, 2*h), encoded.Cols(h, 2*h), first)
	}
	if m.scorer == nil && hooks.Values != nil {
		v := attention.Values{Site: attention.Context, Kind: attention.RNN, X: mem.context, Position: make([]int, len(last))}
		for i := range last {
			v.Sequence = append(v.Sequence, i)
		}
		hooks.Values(&v)
	}
	if m.Plain {
		mem.start = mem.context
		return mem
	}
	mem.start = p.Activate(tensor.Tanh, m.initial.Forward(p, mem.context))
	if m.scorer != nil {
		mem.keys = m.scorer.Keys(p, encoded)
	} else {
		mem.gates = p.Linear(mem.context, m.context, nil)
		mem.out = p.Linear(mem.context, m.outContext, nil)
	}
	return mem
}

// walk is one run of the decoder: its inputs and its results.
type walk struct {
	steps  *grad.Steps
	start  grad.Value  // row from[k] is the state from which the k'th sequence of steps.Order goes on
	from   []int       //
	of     []int       // the source sequence of each row, in the order of steps
	before []int       // the tokens that each sequence had before; nil where it had none
	cross  []grad.Span // one a row: the keys it looks at; only with attention
	hooks  attention.Hooks

	states   grad.Value // N×H, in the order of steps
	context  grad.Value // N×C, in the order of steps; only with attention
	position []int      // of each row, in the order of steps; only where hooks.Values is asked
}

// see shows rows lo to hi, in the order of steps, to the hook of activations, if there is one.
func (w *walk) see(site attention.Site, x grad.Value, lo, hi, layer int) {
	if w.hooks.Values == nil {
		return
	}
	if w.position == nil {
		for t := range w.steps.Len() {
			lo, hi := w.steps.At(t)
			for _, of := range w.steps.Of[lo:hi] {
				at := t
				if w.before != nil {
					at += w.before[of]
				}
				w.position = append(w.position, at)
			}
		}
	}
	w.hooks.Values(&attention.Values{Site: site, Kind: attention.RNN, Layer: layer, X: x, Sequence: w.steps.Of[lo:hi], Position: w.position[lo:hi]})
}

// run decodes ids[N] and returns the output layer, N×E, in the order of the ids:
//
//	tanh(W s + U e + Z c + b)
//
// of the state s, the embedding e that was put in, and the context c. It stands for the maxout layer
// of Cho et al. 2014 (appendix A.2) and Bahdanau et al. 2014 (appendix A.2.2; there s is the state
// before). Of a plain decoder it is the state.
func (m *Model) run(p *grad.Pass, w *walk, ids []int, mem memory) grad.Value {
	w.position = nil
	e := p.Gather(m.embed(p, m.target, ids), w.steps.Rows)
	w.see(attention.Embedding, e, 0, len(ids), -1)
	gi := m.decoder.input.Forward(p, e)
	var fromContext grad.Value
	if m.scorer == nil {
		if !m.Plain {
			gi = p.Add(gi, p.Gather(mem.gates, w.of))
		}
		var each func(t int, states grad.Value)
		if w.hooks.Values != nil {
			each = func(t int, states grad.Value) {
				lo, hi := w.steps.At(t)
				w.see(attention.States, states, lo, hi, 0)
			}
		}
		w.states = p.GRU(gi, w.start, w.from, m.decoder.hidden.W, m.decoder.hidden.B, w.steps, each)
		if m.Plain {
			return p.Dropout(p.Gather(w.states, w.steps.Back), m.dropout)
		}
		fromContext = p.Gather(mem.out, w.of)
	} else {
		m.attend(p, w, gi, mem)
		fromContext = p.Linear(w.context, m.outContext, nil)
	}
	y := p.Add(p.Add(m.outState.Forward(p, w.states), p.Linear(e, m.outEmbedding, nil)), fromContext)
	return p.Dropout(p.Gather(p.Activate(tensor.Tanh, y), w.steps.Back), m.dropout)
}

// attend is the loop of a decoder with soft attention (Bahdanau et al. 2014, section 3.1): the state
// before is the query, the weighted sum of the encoder's states is the context, and the unit reads
// the embedding and the context. gi holds what the embeddings add to the gates; what the contexts add
// is added to it.
func (m *Model) attend(p *grad.Pass, w *walk, gi grad.Value, mem memory) {
	n, h := gi.X.Rows, m.DecoderHidden
	w.states, w.context = p.Empty(n, h), p.Empty(n, m.Context())
	prev, gh := p.Empty(n, h), p.Empty(n, 3*h)
	hidden := p.Loop(gh, prev, m.decoder.hidden.W, m.decoder.hidden.B, false)
	context := p.Loop(gi, w.context, m.context, nil, true)
	q := m.scorer.Queries(p, prev)
	for t := range w.steps.Len() {
		lo, hi := w.steps.At(t)
		p.Before(prev, w.states, w.start, w.from, w.steps, t)
		q.Step(p, lo, hi)
		spans := w.cross[lo:hi]
		scores := m.scorer.Scores(p, q.Value, mem.keys, spans)
		if w.hooks.Scores != nil {
			m.show(w.hooks.Scores, w, t, q.Value, scores, grad.Value{}, mem)
		}
		weights := p.Softmax(scores, spans, 1, grad.Mask{})
		if w.hooks.Map != nil {
			m.show(w.hooks.Map, w, t, q.Value, scores, weights, mem)
		}
		p.Put(w.context.Rows(lo, hi), p.Mix(weights, mem.states, spans, 1, 1), nil)
		w.see(attention.Context, w.context.Rows(lo, hi), lo, hi, 0)
		context.Step(p, lo, hi)
		hidden.Step(p, lo, hi)
		p.GRUStep(w.states.Rows(lo, hi), gi.Rows(lo, hi), gh.Rows(lo, hi), prev.Rows(lo, hi))
		w.see(attention.States, w.states.Rows(lo, hi), lo, hi, 0)
	}
}

// show calls a hook for every row of step t.
func (m *Model) show(hook func(*attention.Map), w *walk, t int, q, scores, weights grad.Value, mem memory) {
	lo, hi := w.steps.At(t)
	spans := w.cross[lo:hi]
	for i, span := range spans {
		am := attention.Map{Kind: attention.RNN, Sequence: w.steps.Of[lo+i], Row: t,
			Scores: grad.Map(scores.X, spans, 1, i, 0), Score: m.scorer.Score, Scale: m.scorer.Scale,
			Q: q.X.RowRange(span.Q0, span.Q1), K: mem.keys.X.RowRange(span.K0, span.K1), V: mem.states.X.RowRange(span.K0, span.K1)}
		if weights.X.Data != nil {
			am.Weights = grad.Map(weights.X, spans, 1, i, 0)
		}
		if weights.G.Data != nil {
			am.Gradient = grad.Map(weights.G, spans, 1, i, 0)
		}
		if m.scorer.Vector != nil {
			am.Vector = m.scorer.Vector.Values().Data
		}
		hook(&am)
	}
}

// contexts returns the context of each row in the order of the ids, N×C.
func (m *Model) contexts(p *grad.Pass, w *walk, mem memory) grad.Value {
	c := w.context
	if m.scorer == nil {
		c = p.Gather(mem.context, w.of)
	}
	return p.Gather(c, w.steps.Back)
}

// Decode returns the output layer, N×E, for whole target sequences (each beginning with the start
// token) over the encoder's states of the sources of the same numbers. With attention, hooks see
// every step of every sequence when it is made: a map of one row, of kind attention.RNN, layer 0 and
// head 0; the k'th map of a sequence is that of its k'th token. What a hook leaves there is what this
// step and all after it go on with.
func (m *Model) Decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) grad.Value {
	w, mem := m.begin(p, target, encoded, source, hooks)
	return m.run(p, &w, target.IDs, mem)
}

// begin lays out whole target sequences.
func (m *Model) begin(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) (walk, memory) {
	mem := m.read(p, encoded, source, hooks)
	steps := target.Steps(false)
	w := walk{steps: steps, start: mem.start, from: steps.Order, of: steps.Of, hooks: hooks}
	if m.scorer != nil {
		w.cross = target.Cross(p, source)
	}
	return w, mem
}

// Logits returns the scores of every token of the vocabulary, N×V, for what Decode returned.
func (m *Model) Logits(p *grad.Pass, x grad.Value) grad.Value {
	return p.Linear(x, m.head, m.bias)
}

// FirstBad runs a forward pass, without tape and dropout, and names the first part whose output is not
// all finite: "the embeddings", "encoder layer 0" (layers count from 0), "the decoder" or "the logits".
// It returns "" where all are finite.
func (m *Model) FirstBad(p *grad.Pass, source, target *grad.Sequences) string {
	p = &grad.Pass{Arena: p.Arena}
	defer p.Arena.Release(p.Arena.Mark())
	bad := func(v grad.Value) bool {
		for i := range v.X.Rows {
			if !tensor.Finite(v.X.Row(i)) {
				return true
			}
		}
		return false
	}
	x := m.embed(p, m.source, source.IDs)
	if bad(x) || bad(m.embed(p, m.target, target.IDs)) {
		return "the embeddings"
	}
	for l := range m.encoder {
		if x = m.encode(p, x, l, source); bad(x) {
			return say.Text("encoder layer ", l)
		}
	}
	if x = m.Decode(p, target, x, source, attention.Hooks{}); bad(x) {
		return "the decoder"
	}
	if bad(m.Logits(p, x)) {
		return "the logits"
	}
	return ""
}

// Predicts says that the model has logits.
func (m *Model) Predicts() bool { return true }

// Parts tells what the model is made of: an encoder and a decoder.
func (m *Model) Parts() (encoder, decoder bool) { return true, true }

// Layers returns the number of layers of the encoder, and of the decoder, which has one.
func (m *Model) Layers() (encoder, decoder int) { return m.EncoderLayers, 1 }

// Heads returns one layer of one head of soft attention, of a model that has it.
func (m *Model) Heads(kind attention.Kind) (layers, heads int) {
	if kind == attention.RNN && m.Attention != NoAttention {
		return 1, 1
	}
	return 0, 0
}

// Portable says that Python's transformers has no such network.
func (m *Model) Portable() error {
	return errors.New("the Python package transformers has no network like this one; its files open with the packages safetensors and tokenizers")
}

// Weights returns the weights of the model, in a fixed order.
func (m *Model) Weights() *grad.Params { return &m.Params }

// Limits returns the number of tokens that the model knows, and that of the longest sequence.
func (m *Model) Limits() (vocab, positions int) { return m.Vocab, m.MaxPositions }

// Special returns the tokens that fill, end and begin a target.
func (m *Model) Special() (pad, eos, start int) { return m.Pad, m.EOS, m.Start }
