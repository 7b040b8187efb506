package transformer

import (
	"math"
	"math/rand/v2"
	"strconv"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// Model is an encoder–decoder with one embedding table for source, target and output.
type Model struct {
	Config
	Params  grad.Params
	shared  *grad.Param // V×C
	bias    *grad.Param // of the logits, 1×V
	encoder stack
	decoder stack
}

// stack is the encoder or the decoder: positions and blocks.
type stack struct {
	blocks    []*Block
	sinusoids tensor.Matrix
	learned   *grad.Param // instead of sinusoids
	finalNorm *norm       // pre-norm models end with one
	dropout   float32
}

// New returns a model with zeroed weights, to be loaded or initialised.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &Model{Config: c}
	m.shared = m.Params.New("model.shared.weight", c.Vocab, c.Width)
	m.encoder = m.newStack("model.encoder", c.EncoderLayers, false)
	m.decoder = m.newStack("model.decoder", c.DecoderLayers, true)
	m.bias = m.Params.New("final_logits_bias", 1, c.Vocab)
	return m, nil
}

func (m *Model) newStack(name string, layers int, decoder bool) stack {
	var s stack
	if m.LearnedPosition {
		s.learned = m.Params.New(name+".embed_positions.weight", m.MaxPositions, m.Width)
	} else {
		s.sinusoids = attention.Sinusoids(m.MaxPositions, m.Width)
	}
	for i := range layers {
		s.blocks = append(s.blocks, newBlock(&m.Params, name+".layers."+strconv.Itoa(i), &m.Config, i, decoder))
	}
	if m.PreNorm {
		n := newNorm(&m.Params, name+".layer_norm", m.Width)
		s.finalNorm = &n
	}
	return s
}

// Init draws the weights: embeddings from N(0, 1/C), matrices uniformly after Glorot & Bengio 2010;
// biases stay 0 and gains 1.
func (m *Model) Init(r *rand.Rand) {
	for _, p := range m.Params.List {
		switch {
		case p == m.shared || p == m.encoder.learned || p == m.decoder.learned:
			sd := 1 / math.Sqrt(float64(m.Width))
			for i := range p.X.Data {
				p.X.Data[i] = float32(r.NormFloat64() * sd)
			}
		case p.X.Rows > 1:
			limit := math.Sqrt(6 / float64(p.X.Rows+p.X.Cols))
			for i := range p.X.Data {
				p.X.Data[i] = float32((2*r.Float64() - 1) * limit)
			}
		}
		p.Changed()
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

// embed returns the N×C embeddings of ids at their positions.
func (m *Model) embed(p *grad.Pass, s *stack, ids, positions []int) grad.Value {
	scale := float32(1)
	if m.ScaleEmbedding {
		scale = float32(math.Sqrt(float64(m.Width)))
	}
	x := p.Embed(m.shared, ids, scale)
	if s.learned != nil {
		x = p.Add(x, p.Embed(s.learned, positions, 1))
	} else {
		p.AddRows(x, s.sinusoids, positions)
	}
	return p.Dropout(x, s.dropout)
}

func (s *stack) finish(p *grad.Pass, x grad.Value) grad.Value {
	if s.finalNorm != nil {
		return s.finalNorm.forward(p, x)
	}
	return x
}

// crossSpans lets each sequence of queries look at the sequence of the same number in keys.
func crossSpans(dst []grad.Span, queries, keys []grad.Span) []grad.Span {
	for i, q := range queries {
		dst = append(dst, grad.Span{Q0: q.Q0, Q1: q.Q1, K0: keys[i].K0, K1: keys[i].K1})
	}
	return dst
}

// Encode returns the encoder's output, N×C. A sequence is at most Config.MaxPositions long.
func (m *Model) Encode(p *grad.Pass, source *grad.Sequences, tap attention.Tap) grad.Value {
	x := m.embed(p, &m.encoder, source.IDs, source.Positions)
	for _, b := range m.encoder.blocks {
		x = b.forward(p, x, source.Spans, nil, memory{}, nil, tap)
	}
	return m.encoder.finish(p, x)
}

// Decode returns the decoder's output, N×C, for whole target sequences (each beginning with the
// start token) over the encoder's output.
func (m *Model) Decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, tap attention.Tap) grad.Value {
	x := m.embed(p, &m.decoder, target.IDs, target.Positions)
	cross := crossSpans(nil, target.Spans, source.Spans)
	for _, b := range m.decoder.blocks {
		e := memory{b.cross.Key.Forward(p, encoded), b.cross.Value.Forward(p, encoded)}
		x = b.forward(p, x, target.Spans, nil, e, cross, tap)
	}
	return m.decoder.finish(p, x)
}

// Logits returns the scores of every token of the vocabulary, N×V, for the decoder's output.
func (m *Model) Logits(p *grad.Pass, x grad.Value) grad.Value {
	return p.Linear(x, m.shared, m.bias)
}

// Weights returns the weights of the model, in a fixed order.
func (m *Model) Weights() *grad.Params { return &m.Params }

// Limits returns the number of tokens that the model knows, and that of the longest sequence.
func (m *Model) Limits() (vocab, positions int) { return m.Vocab, m.MaxPositions }

// Special returns the tokens that fill, end and begin a target.
func (m *Model) Special() (pad, eos, start int) { return m.Pad, m.EOS, m.Start }
