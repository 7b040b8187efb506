package transformer

import (
	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/tensor"
)

const normEps = 1e-5

// norm is a layer normalisation's gain and bias.
type norm struct{ gain, bias *grad.Param }

func newNorm(ps *grad.Params, name string, width int) norm {
	n := norm{ps.New(name+".weight", 1, width), ps.New(name+".bias", 1, width)}
	for i := range n.gain.X.Data {
		n.gain.X.Data[i] = 1
	}
	return n
}

func (n norm) forward(p *grad.Pass, x grad.Value) grad.Value {
	return p.LayerNorm(x, n.gain, n.bias, normEps)
}

// Block is one layer: self-attention, attention to an encoder where there is one, and a
// feed-forward network, each in a residual branch with a layer norm after it (post-norm: Vaswani et
// al. 2017; Marian, BERT) or before it (pre-norm: GPT-2).
type Block struct {
	self      *attention.MultiHead
	cross     *attention.MultiHead // nil in an encoder and in a decoder-only model
	in, out   attention.Linear
	selfNorm  norm
	crossNorm norm
	ffnNorm   norm
	act       tensor.Activation
	preNorm   bool
	dropout   float32
}

func newBlock(ps *grad.Params, name string, c *Config, layer int, decoder bool) *Block {
	act, _ := tensor.ParseActivation(c.Activation)
	b := &Block{act: act, preNorm: c.PreNorm}
	heads, ffn := c.EncoderHeads, c.EncoderFFN
	if decoder {
		heads, ffn = c.DecoderHeads, c.DecoderFFN
	}
	multiHead := func(name string, kind record.Kind) *attention.MultiHead {
		return &attention.MultiHead{
			Kind: kind, Layer: layer, Heads: heads, Causal: kind == record.Decoder,
			Query: attention.NewLinear(ps, name+".q_proj", c.Width, c.Width),
			Key:   attention.NewLinear(ps, name+".k_proj", c.Width, c.Width),
			Value: attention.NewLinear(ps, name+".v_proj", c.Width, c.Width),
			Out:   attention.NewLinear(ps, name+".out_proj", c.Width, c.Width),
		}
	}
	if decoder {
		b.self = multiHead(name+".self_attn", record.Decoder)
		b.cross = multiHead(name+".encoder_attn", record.Cross)
		b.crossNorm = newNorm(ps, name+".encoder_attn_layer_norm", c.Width)
	} else {
		b.self = multiHead(name+".self_attn", record.Self)
	}
	b.selfNorm = newNorm(ps, name+".self_attn_layer_norm", c.Width)
	b.in = attention.NewLinear(ps, name+".fc1", c.Width, ffn)
	b.out = attention.NewLinear(ps, name+".fc2", ffn, c.Width)
	b.ffnNorm = newNorm(ps, name+".final_layer_norm", c.Width)
	return b
}

// before is what a branch reads.
func (b *Block) before(p *grad.Pass, x grad.Value, n norm) grad.Value {
	if b.preNorm {
		return n.forward(p, x)
	}
	return x
}

// after joins a branch with the stream it came from.
func (b *Block) after(p *grad.Pass, x, branch grad.Value, n norm) grad.Value {
	y := p.Add(x, p.Dropout(branch, b.dropout))
	if b.preNorm {
		return y
	}
	return n.forward(p, y)
}

// memory is the keys and values that one layer attends to: of the encoder's output, or of the
// tokens decoded so far.
type memory struct{ k, v grad.Value }

// forward runs x[N×C] through the block. Where cached is not nil, the new keys and values are
// written to its rows at the end of each span, and attention goes to the cached ones.
func (b *Block) forward(p *grad.Pass, x grad.Value, spans []grad.Span, cached *memory, encoder memory, crossSpans []grad.Span, tap attention.Tap) grad.Value {
	h := b.before(p, x, b.selfNorm)
	q, k, v := b.self.Project(p, h, h)
	if cached != nil {
		for _, s := range spans {
			n := s.Q1 - s.Q0
			for i := range n {
				copy(cached.k.X.Row(s.K1-n+i), k.X.Row(s.Q0+i))
				copy(cached.v.X.Row(s.K1-n+i), v.X.Row(s.Q0+i))
			}
		}
		k, v = cached.k, cached.v
	}
	x = b.after(p, x, b.self.Attend(p, q, k, v, spans, tap), b.selfNorm)
	if b.cross != nil {
		q := b.cross.Query.Forward(p, b.before(p, x, b.crossNorm))
		x = b.after(p, x, b.cross.Attend(p, q, encoder.k, encoder.v, crossSpans, tap), b.crossNorm)
	}
	f := b.out.Forward(p, p.Activate(b.act, b.in.Forward(p, b.before(p, x, b.ffnNorm))))
	return b.after(p, x, f, b.ffnNorm)
}
