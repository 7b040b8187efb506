package transformer

import (
	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/tensor"
)

// norm is a layer normalisation's gain and bias.
type norm struct {
	gain, bias *grad.Param
	eps        float32
}

func newNorm(ps *grad.Params, name string, c *Config) *norm {
	n := &norm{ps.New(name+".weight", 1, c.Width), ps.New(name+".bias", 1, c.Width), c.NormEps}
	for i := range n.gain.X.Data {
		n.gain.X.Data[i] = 1
	}
	return n
}

func (n *norm) forward(p *grad.Pass, x grad.Value) grad.Value {
	return p.LayerNorm(x, n.gain, n.bias, n.eps)
}

// Block is one layer: self-attention, attention to an encoder where there is one, and a
// feed-forward network, each in a residual branch with a layer norm after it (post-norm: Vaswani et
// al. 2017; Marian, BERT) or before it (pre-norm: GPT-2).
type Block struct {
	self      *attention.MultiHead
	cross     *attention.MultiHead // nil in an encoder and in a decoder-only model
	in, out   attention.Linear
	selfNorm  *norm
	crossNorm *norm
	ffnNorm   *norm
	act       tensor.Activation
	preNorm   bool
	dropout   float32
}

func newBlock(ps *grad.Params, name string, n *names, c *Config, layer int, decoder bool) *Block {
	act, _ := tensor.ParseActivation(c.Activation)
	b := &Block{act: act, preNorm: c.PreNorm}
	heads, ffn, kind := c.EncoderHeads, c.EncoderFFN, record.Self
	if decoder {
		heads, ffn, kind = c.DecoderHeads, c.DecoderFFN, record.Decoder
	}
	linear := func(name string, in, out int) attention.Linear {
		l := attention.NewLinear(ps, name, in, out)
		l.W.Transposed = n.conv1D
		return l
	}
	multiHead := func(name string, kind record.Kind) *attention.MultiHead {
		m := &attention.MultiHead{Kind: kind, Layer: layer, Heads: heads, Causal: kind == record.Decoder}
		if n.fused != "" {
			m.Fused = linear(name+n.fused, c.Width, 3*c.Width)
		} else {
			m.Query = linear(name+n.query, c.Width, c.Width)
			m.Key = linear(name+n.key, c.Width, c.Width)
			m.Value = linear(name+n.value, c.Width, c.Width)
		}
		m.Out = linear(name+n.out, c.Width, c.Width)
		return m
	}
	b.self = multiHead(name+n.self, kind)
	if decoder && c.EncoderLayers > 0 {
		b.cross = multiHead(name+n.cross, record.Cross)
		b.crossNorm = newNorm(ps, name+n.crossNorm, c)
	}
	b.selfNorm = newNorm(ps, name+n.selfNorm, c)
	b.in = linear(name+n.in, c.Width, ffn)
	b.out = linear(name+n.back, ffn, c.Width)
	b.ffnNorm = newNorm(ps, name+n.ffnNorm, c)
	return b
}

// before is what a branch reads.
func (b *Block) before(p *grad.Pass, x grad.Value, n *norm) grad.Value {
	if b.preNorm {
		return n.forward(p, x)
	}
	return x
}

// after joins a branch with the stream it came from.
func (b *Block) after(p *grad.Pass, x, branch grad.Value, n *norm) grad.Value {
	y := p.Add(x, p.Dropout(branch, b.dropout))
	if b.preNorm {
		return y
	}
	return n.forward(p, y)
}

// memory is the keys and values that one layer attends to: of the encoder's output, or of the
// tokens decoded so far.
type memory struct{ k, v grad.Value }

// run is what the blocks of a stack are run over.
type run struct {
	spans   []grad.Span
	cached  []memory // by layer; nil without a cache
	encoder []memory // by layer; empty where nothing is read of an encoder
	cross   []grad.Span
	tap     attention.Tap
	see     func(layer int, x grad.Value) // what each layer gives, the embeddings as layer -1; may be nil
}

// forward runs x[N×C] through the block. Where there is a cache, the new keys and values are written
// to its rows at the end of each span, and attention goes to the cached ones.
func (b *Block) forward(p *grad.Pass, x grad.Value, layer int, r *run) grad.Value {
	h := b.before(p, x, b.selfNorm)
	q, k, v := b.self.Project(p, h, h)
	if r.cached != nil {
		cached := r.cached[layer]
		for _, s := range r.spans {
			n := s.Q1 - s.Q0
			for i := range n {
				copy(cached.k.X.Row(s.K1-n+i), k.X.Row(s.Q0+i))
				copy(cached.v.X.Row(s.K1-n+i), v.X.Row(s.Q0+i))
			}
		}
		k, v = cached.k, cached.v
	}
	x = b.after(p, x, b.self.Attend(p, q, k, v, r.spans, r.tap), b.selfNorm)
	if b.cross != nil {
		q := b.cross.Query.Forward(p, b.before(p, x, b.crossNorm))
		e := r.encoder[layer]
		x = b.after(p, x, b.cross.Attend(p, q, e.k, e.v, r.cross, r.tap), b.crossNorm)
	}
	f := b.out.Forward(p, p.Activate(b.act, b.in.Forward(p, b.before(p, x, b.ffnNorm))))
	return b.after(p, x, f, b.ffnNorm)
}
