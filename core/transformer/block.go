package transformer

import (
	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// Block is one layer: self-attention, attention to an encoder where there is one, and a
// feed-forward network, each in a residual branch with a layer norm after it (post-norm: Vaswani et
// al. 2017; Marian, BERT) or before it (pre-norm: GPT-2).
type Block struct {
	self      *attention.MultiHead
	cross     *attention.MultiHead // nil in an encoder and in a decoder-only model
	in, out   grad.Linear
	selfNorm  *grad.Norm
	crossNorm *grad.Norm
	ffnNorm   *grad.Norm
	act       tensor.Activation
	preNorm   bool
	dropout   float32
}

func newBlock(ps *grad.Params, name string, n *names, c *Config, layer int, decoder bool) *Block {
	act, _ := ParseActivation(c.Activation)
	b := &Block{act: act, preNorm: c.PreNorm}
	heads, ffn, kind := c.EncoderHeads, c.EncoderFFN, attention.Self
	if decoder {
		heads, ffn, kind = c.DecoderHeads, c.DecoderFFN, attention.Decoder
	}
	linear := func(name string, in, out int) grad.Linear {
		l := grad.NewLinear(ps, name, in, out)
		if n.conv1D {
			l.W.StoreTransposed()
		}
		return l
	}
	multiHead := func(name string, kind attention.Kind) *attention.MultiHead {
		m := &attention.MultiHead{Kind: kind, Layer: layer, Heads: heads, Causal: kind == attention.Decoder}
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
	norm := func(name string) *grad.Norm { return grad.NewNorm(ps, name, c.Width, c.NormEps) }
	b.self = multiHead(name+n.self, kind)
	if decoder && c.EncoderLayers > 0 {
		b.cross = multiHead(name+n.cross, attention.Cross)
		b.crossNorm = norm(name + n.crossNorm)
	}
	b.selfNorm = norm(name + n.selfNorm)
	b.in = linear(name+n.in, c.Width, ffn)
	b.out = linear(name+n.back, ffn, c.Width)
	b.ffnNorm = norm(name + n.ffnNorm)
	return b
}

// before is what a branch reads.
func (b *Block) before(p *grad.Pass, x grad.Value, n *grad.Norm) grad.Value {
	if b.preNorm {
		return n.Forward(p, x)
	}
	return x
}

// after joins a branch with the stream it came from.
func (b *Block) after(p *grad.Pass, x, branch grad.Value, n *grad.Norm) grad.Value {
	y := p.Add(x, p.Dropout(branch, b.dropout))
	if b.preNorm {
		return y
	}
	return n.Forward(p, y)
}

// memory is the keys and values that one layer attends to: of the encoder's output, or of the
// tokens decoded so far.
type memory struct{ k, v grad.Value }

// run is what the blocks of a stack are run over.
type run struct {
	kind      attention.Kind // Self in the encoder, Decoder in the decoder
	positions []int          // of each row in its sequence
	spans     []grad.Span
	cached    []memory // by layer; nil without a cache
	encoder   []memory // by layer; empty where nothing is read of an encoder
	cross     []grad.Span
	hooks     attention.Hooks
	sequence  []int // of each row; only where hooks.Values is asked
}

// see shows x to the hook of activations, if there is one.
func (r *run) see(site attention.Site, kind attention.Kind, layer int, x grad.Value) {
	if r.hooks.Values == nil {
		return
	}
	if r.sequence == nil {
		for i, s := range r.spans {
			for range s.Q1 - s.Q0 {
				r.sequence = append(r.sequence, i)
			}
		}
	}
	r.hooks.Values(&attention.Values{Site: site, Kind: kind, Layer: layer, X: x, Sequence: r.sequence, Position: r.positions})
}

// forward runs x[N×C] through the block. Where there is a cache, the new keys and values are written
// to its rows at the end of each span, and attention goes to the cached ones.
func (b *Block) forward(p *grad.Pass, x grad.Value, layer int, r *run) grad.Value {
	h := b.before(p, x, b.selfNorm)
	q, k, v := b.self.Project(p, h, h, r.positions)
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
	x = b.after(p, x, b.attend(p, b.self, q, k, v, r.spans, r), b.selfNorm)
	if b.cross != nil {
		q := b.cross.Query.Forward(p, b.before(p, x, b.crossNorm))
		e := r.encoder[layer]
		x = b.after(p, x, b.attend(p, b.cross, q, e.k, e.v, r.cross, r), b.crossNorm)
	}
	f := b.out.Forward(p, p.Activate(b.act, b.in.Forward(p, b.before(p, x, b.ffnNorm))))
	r.see(attention.FeedForward, r.kind, layer, f)
	x = b.after(p, x, f, b.ffnNorm)
	r.see(attention.Residual, r.kind, layer, x)
	return x
}

// attend is what attention adds to the residual stream.
func (b *Block) attend(p *grad.Pass, m *attention.MultiHead, q, k, v grad.Value, spans []grad.Span, r *run) grad.Value {
	heads := m.Attend(p, q, k, v, spans, r.hooks)
	r.see(attention.Heads, m.Kind, m.Layer, heads)
	y := m.Out.Forward(p, heads)
	r.see(attention.Attended, m.Kind, m.Layer, y)
	return y
}
