package transformer

import (
	"errors"
	"math"
	"math/rand/v2"
	"strconv"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/say"
	"heed/core/tensor"
)

// Model is an encoder–decoder, a decoder or an encoder, with one embedding table for source, target
// and output.
type Model struct {
	Config
	Params    grad.Params
	shared    *grad.Param // V×C
	output    *grad.Param // the logits' own, V×C; shared where there is none
	transform grad.Linear // BERT's, before the logits
	headNorm  *grad.Norm  // after it; nil where there is none
	bias      *grad.Param // of the logits, 1×V; nil in GPT-2
	encoder   stack
	decoder   stack
}

// stack is the encoder or the decoder: positions and blocks.
type stack struct {
	blocks    []*Block
	sinusoids tensor.Matrix
	learned   *grad.Param // instead of sinusoids
	offset    int         // the row of the first position in it
	types     *grad.Param // segments, of which all tokens are in the first; nil but in BERT
	first     *grad.Norm  // of the embeddings; nil but in BERT
	last      *grad.Norm  // pre-norm models end with one
	dropout   float32
}

// New returns a model with zeroed weights, to be loaded or initialised.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &Model{Config: c.filled()}
	n := m.names(m.Spelling)
	u := builder{&m.Params, n, &m.Config}
	m.shared = m.Params.New(n.Table, grad.Table, c.Vocab, c.Width)
	if m.EncoderLayers > 0 {
		m.encoder = u.stack(n.Encoder, m.EncoderLayers, false)
	}
	if m.DecoderLayers > 0 {
		m.decoder = u.stack(n.Decoder, m.DecoderLayers, true)
	}
	m.output = m.shared
	if m.Untied {
		m.output = m.Params.New(n.Output, grad.Output, c.Vocab, c.Width)
	}
	if n.Transform != "" && !m.Headless {
		m.transform = u.linear(n.Transform, c.Width, c.Width, c.NoHeadBias)
		m.headNorm = u.norm(n.HeadNorm, c.Width)
	}
	if n.Bias != "" && !m.Headless {
		m.bias = m.Params.New(n.Bias, grad.Bias, 1, c.Vocab)
		if m.EncoderLayers > 0 && m.DecoderLayers > 0 {
			m.bias.Shape = []int{1, c.Vocab} // final_logits_bias of Marian and BART
		}
	}
	return m, nil
}

func (u builder) stack(name string, layers int, decoder bool) stack {
	var s stack
	c, n := u.c, u.n
	switch {
	case c.LearnedPosition:
		s.learned = u.ps.New(name+n.Positions, grad.Table, c.MaxPositions+c.Positioned, c.Width)
		s.offset = c.Positioned
	case c.fixedPositions():
		s.sinusoids = attention.Sinusoids(c.MaxPositions, c.Width)
	}
	if n.Types != "" {
		s.types = u.ps.New(name+n.Types, grad.Table, c.TypeVocab, c.Width)
	}
	if n.First != "" {
		s.first = u.norm(name+n.First, c.Width)
	}
	rotary := c.Rotary.table(c.positions())
	near := rotary
	if c.Rotary.Local > 0 {
		near = (&Rotary{Width: c.Rotary.Width, Base: c.Rotary.Local, Interleaved: c.Rotary.Interleaved}).table(c.positions())
	}
	for i := range layers {
		r := rotary
		if c.local(i) {
			r = near
		}
		s.blocks = append(s.blocks, u.block(name+n.Blocks+strconv.Itoa(i), i, decoder, r))
	}
	if c.Relative > 0 {
		heads := s.blocks[0].self.Heads
		relative := &attention.Relative{Table: u.ps.New(name+n.Blocks+"0"+n.Self+n.Relative, grad.Table, c.Relative, heads),
			Bidirectional: !decoder, MaxDistance: c.RelativeFar}
		for _, b := range s.blocks {
			b.self.Relative = relative
		}
	}
	if c.PreNorm {
		s.last = u.norm(name+n.Last, c.Width)
	}
	return s
}

// Init draws the weights as the model's family does; biases stay 0 and gains 1.
func (m *Model) Init(r *rand.Rand) {
	f := familyOf(m.ModelType)
	for _, p := range m.Params.List {
		if p.Role == grad.Gain || p.Role == grad.Bias {
			continue
		}
		draw := func() float64 { return 0.02 * r.NormFloat64() }
		if f.Initial != nil {
			draw = f.Initial(m, p, r)
		}
		p.Set(func(x tensor.Matrix) {
			for i := range x.Data {
				x.Data[i] = float32(draw())
			}
		})
	}
}

// SetDropout sets the probability used where a Pass has a source of randomness: on embeddings and
// on every residual branch.
func (m *Model) SetDropout(probability float32) {
	for _, s := range []*stack{&m.encoder, &m.decoder} {
		s.dropout = probability
		for _, b := range s.blocks {
			b.dropout = probability
		}
	}
}

// embed returns the N×C embeddings of ids at the run's positions.
func (m *Model) embed(p *grad.Pass, s *stack, ids []int, r *run) grad.Value {
	scale := float32(1)
	if m.ScaleEmbedding {
		scale = float32(math.Sqrt(float64(m.Width)))
	}
	x := p.Embed(m.shared, ids, scale)
	switch {
	case s.learned != nil:
		rows := r.positions
		if s.offset > 0 {
			rows = r.rows[:0]
			for _, at := range r.positions {
				rows = append(rows, at+s.offset)
			}
			r.rows = rows
		}
		x = p.Add(x, p.Embed(s.learned, rows, 1))
	case s.sinusoids.Data != nil:
		p.AddRows(x, s.sinusoids, r.positions)
	}
	if s.types != nil {
		p.AddRow(x, s.types, 0)
	}
	if s.first != nil {
		x = s.first.Forward(p, x)
	}
	return p.Dropout(x, s.dropout)
}

// forward runs ids at the run's positions through the stack, N×C.
func (m *Model) forward(p *grad.Pass, s *stack, ids []int, r *run) grad.Value {
	x := m.embed(p, s, ids, r)
	r.see(attention.Embedding, r.kind, -1, x)
	for layer, b := range s.blocks {
		x = b.forward(p, x, layer, r)
	}
	if s.last != nil {
		x = s.last.Forward(p, x)
	}
	return x
}

// read adds to dst what each layer of the decoder reads of the encoder's output: nothing in a
// decoder-only model.
func (m *Model) read(dst []memory, p *grad.Pass, encoded grad.Value) []memory {
	for _, b := range m.decoder.blocks {
		if b.cross != nil {
			dst = append(dst, memory{b.cross.Key.Forward(p, encoded), b.cross.Value.Forward(p, encoded)})
		}
	}
	return dst
}

// crossSpans lets each sequence of queries look at the sequence of the same number in keys.
func crossSpans(dst []grad.Span, queries, keys []grad.Span) []grad.Span {
	for i, q := range queries {
		dst = append(dst, grad.Span{Q0: q.Q0, Q1: q.Q1, K0: keys[i].K0, K1: keys[i].K1})
	}
	return dst
}

// Encode returns the encoder's output, N×C. A sequence is at most as long as Limits says. A
// decoder-only model has no encoder and gives the zero Value, whatever the source.
func (m *Model) Encode(p *grad.Pass, source *grad.Sequences, hooks attention.Hooks) grad.Value {
	if m.EncoderLayers == 0 {
		return grad.Value{}
	}
	return m.forward(p, &m.encoder, source.IDs, &run{kind: attention.Self, positions: source.Positions, spans: source.Spans, hooks: hooks})
}

// Decode returns the decoder's output, N×C, for whole target sequences (each beginning with the
// start token) over the encoder's output. A decoder-only model reads neither encoded nor source: they
// may be zero and nil. An encoder-only model has nothing that decodes; Decode panics.
func (m *Model) Decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) grad.Value {
	return m.decode(p, target, encoded, source, hooks, !m.NoMask)
}

// DecodeCausal is Decode where no token sees those behind it, as when the decoder writes: what State computes, of a
// network whose configuration says NoMask too.
func (m *Model) DecodeCausal(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) grad.Value {
	return m.decode(p, target, encoded, source, hooks, true)
}

func (m *Model) decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks, causal bool) grad.Value {
	if m.DecoderLayers == 0 {
		panic("transformer: an encoder does not decode")
	}
	r := run{kind: attention.Decoder, positions: target.Positions, spans: target.Spans, causal: causal, hooks: hooks}
	if m.EncoderLayers > 0 {
		r.encoder = m.read(nil, p, encoded)
		r.cross = crossSpans(nil, target.Spans, source.Spans)
	}
	return m.forward(p, &m.decoder, target.IDs, &r)
}

// Logits returns the scores of every token of the vocabulary, N×V, for any rows of the decoder's
// output, or of the encoder's in an encoder-only model: there they go through the head of the masked
// language model first. It panics where there is no such head: see Predicts.
func (m *Model) Logits(p *grad.Pass, x grad.Value) grad.Value {
	if m.Headless {
		panic("transformer: an encoder without a head has no logits")
	}
	if m.headNorm != nil {
		act, _ := ParseActivation(m.headActivation())
		x = m.headNorm.Forward(p, p.Activate(act, m.transform.Forward(p, x)))
	}
	if m.ScaleOutput {
		x = p.Scale(x, float32(1/math.Sqrt(float64(m.Width))))
	}
	return p.Linear(x, m.output, m.bias)
}

// Predicts says whether the model has logits.
func (m *Model) Predicts() bool { return !m.Headless }

// FirstBad runs a forward pass, without tape and dropout, and names the first place whose numbers are
// not all finite: "the embeddings", "encoder layer 0", "decoder layer 2" (layers count from 0) or
// "the logits". It returns "" where all are finite. A model without an encoder reads target alone, one
// without a decoder source alone.
func (m *Model) FirstBad(p *grad.Pass, source, target *grad.Sequences) (where string) {
	p = &grad.Pass{Arena: p.Arena}
	defer p.Arena.Release(p.Arena.Mark())
	check := func(name string, x grad.Value) {
		for i := 0; where == "" && i < x.X.Rows; i++ {
			if !tensor.Finite(x.X.Row(i)) {
				where = name
			}
		}
	}
	hooks := attention.Hooks{Values: func(v *attention.Values) {
		switch {
		case v.Site == attention.Embedding:
			check("the embeddings", v.X)
		case v.Site == attention.Residual && v.Kind == attention.Self:
			check(say.Text("encoder layer ", v.Layer), v.X)
		case v.Site == attention.Residual:
			check(say.Text("decoder layer ", v.Layer), v.X)
		}
	}}
	x := m.Encode(p, source, hooks)
	if m.DecoderLayers > 0 {
		x = m.Decode(p, target, x, source, hooks)
	}
	if m.Predicts() {
		check("the logits", m.Logits(p, x))
	}
	return where
}

// Final returns what Logits would read if the stack ended with x, N×C, the residual stream after a layer of the
// decoder, or of an encoder alone: x through the norm with which a pre-norm stack ends. Its logits are the logit
// lens (nostalgebraist 2020, "interpreting GPT: the logit lens").
func (m *Model) Final(p *grad.Pass, x grad.Value) grad.Value {
	last := m.decoder.last
	if m.DecoderLayers == 0 {
		last = m.encoder.last
	}
	if last == nil {
		return x
	}
	return last.Forward(p, x)
}

// Parts tells what the model is made of.
func (m *Model) Parts() (encoder, decoder bool) { return m.EncoderLayers > 0, m.DecoderLayers > 0 }

// Layers returns the number of layers of the encoder and of the decoder.
func (m *Model) Layers() (encoder, decoder int) { return m.EncoderLayers, m.DecoderLayers }

// Heads returns how many layers of a kind of attention the model has, and heads in each.
func (m *Model) Heads(kind attention.Kind) (layers, heads int) {
	switch {
	case kind == attention.Self && m.EncoderLayers > 0:
		return m.EncoderLayers, m.EncoderHeads
	case kind == attention.Decoder && m.DecoderLayers > 0, kind == attention.Cross && m.DecoderLayers > 0 && m.EncoderLayers > 0:
		return m.DecoderLayers, m.DecoderHeads
	}
	return 0, 0
}

// Portable says why Python's transformers cannot compute the model; nil where it can.
func (m *Model) Portable() error {
	family := familyOf(m.ModelType)
	if family.Own {
		return errors.New("the Python package transformers has no network like this one; its files open with the packages safetensors and tokenizers")
	}
	if family.Written == nil {
		return say.Error("models of type ", m.ModelType, " are opened and not written: Python's transformers has them already")
	}
	f := family.Defaults
	if m.PreNorm != f.PreNorm || m.LearnedPosition != f.LearnedPosition {
		return say.Error("Python's transformers has models of type ", m.ModelType, " with norms after their branches and fixed positions only, and would compute something else")
	}
	return nil
}

// Weights returns the weights of the model, in a fixed order.
func (m *Model) Weights() *grad.Params { return &m.Params }

// Limits returns the number of tokens that the model knows, and that of the longest sequence.
func (m *Model) Limits() (vocab, positions int) { return m.Vocab, m.positions() }

// Forced returns the token that every output begins with; ok is false where any may.
func (m *Model) Forced() (id int, ok bool) { return m.First, m.Config.Forced }

// Special returns the tokens that fill, end and begin a target.
func (m *Model) Special() (pad, eos, start int) { return m.Pad, m.EOS, m.Start }
