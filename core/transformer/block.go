package transformer

import (
	"cmp"
	"math"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// Block is one layer: self-attention, attention to an encoder where there is one, and a
// feed-forward network, each in a residual branch with a norm after it (post-norm: Vaswani et
// al. 2017; Marian, BERT) or before it (pre-norm: GPT-2, Llama). The branches follow each other, or, of a block
// that is parallel, read the same stream (GPT-NeoX).
type Block struct {
	self      *attention.MultiHead
	whole     *attention.MultiHead // self of a run that is not causal: the same, or one without a mask
	cross     *attention.MultiHead // nil in an encoder and in a decoder-only model
	gate      grad.Linear          // nothing where the feed-forward network is not gated
	in, out   grad.Linear          // nothing where there is none
	gateFirst bool                 // in has the gate too
	selfNorm  *grad.Norm           // the norms are nil where there are none
	crossNorm *grad.Norm
	ffnNorm   *grad.Norm
	selfAfter *grad.Norm // of what a branch adds; nil where there are none
	ffnAfter  *grad.Norm
	act       tensor.Activation
	preNorm   bool
	parallel  bool
	bare      bool // without residual connections
	dropout   float32
}

// builder adds the weights of a model, by the names of its family.
type builder struct {
	ps *grad.Params
	n  *Names
	c  *Config
}

// norm returns nil where the configuration has no norms.
func (u builder) norm(name string, width int) *grad.Norm {
	if u.c.NoNorms {
		return nil
	}
	bias := ""
	if !u.c.RMSNorm {
		bias = name + cmp.Or(u.n.Shift, ".bias")
	}
	if u.c.NoNormBias {
		bias = ""
	}
	norm := grad.NewNorm(u.ps, name+u.n.gain(), bias, width, u.c.NormEps)
	if u.n.GainLess {
		norm.Gain.Less = 1
	}
	if u.c.NoNormBias {
		norm.Bias = new(grad.Params).New("no bias", grad.Bias, 1, width)
	}
	return norm
}

func (u builder) linear(name string, in, out int, bare bool) grad.Linear {
	l := grad.Linear{W: u.ps.New(name+".weight", grad.Matrix, out, in)}
	if !bare {
		l.B = u.ps.New(name+".bias", grad.Bias, 1, out)
	}
	if u.n.Conv1D {
		l.W.StoreTransposed()
	}
	return l
}

// attention adds the weights of an attention of so many heads.
func (u builder) attention(name string, kind attention.Kind, layer, heads int, rotary *attention.Rotary) *attention.MultiHead {
	n, c := u.n, u.c
	m := &attention.MultiHead{Kind: kind, Layer: layer, Heads: heads, KVHeads: c.KVHeads, Mask: grad.Mask{Causal: kind == attention.Decoder}, Rotary: rotary}
	if c.NoScale {
		m.Scale = 1
	}
	if c.ScaleWidth > 0 {
		m.Scale = float32(1 / math.Sqrt(float64(c.ScaleWidth)))
	}
	if kind != attention.Cross && c.local(layer) {
		m.Near = c.Window
	}
	head, kv := c.headWidth(heads), heads
	if c.KVHeads > 0 {
		kv = c.KVHeads
	}
	if n.Fused != "" {
		m.Fused = u.linear(name+n.Fused, c.Width, (heads+2*kv)*head, c.NoQKVBias)
		if n.ByHead {
			m.Fused.StoreOrder(byHead(heads, head))
		}
	} else {
		m.Query = u.linear(name+n.Query, c.Width, heads*head, c.NoQKVBias)
		m.Key = u.linear(name+n.Key, c.Width, kv*head, c.NoQKVBias)
		m.Value = u.linear(name+n.Value, c.Width, kv*head, c.NoQKVBias)
	}
	if c.QKNorm {
		m.QueryNorm, m.KeyNorm = u.norm(name+n.QueryNorm, head), u.norm(name+n.KeyNorm, head)
	}
	m.Out = u.linear(name+n.Out, heads*head, c.Width, c.NoOutBias)
	return m
}

// byHead tells where a file that has query, key and value of each head together has the rows of all queries, of all
// keys and of all values.
func byHead(heads, width int) []int {
	var order []int
	for part := range 3 {
		for h := range heads {
			for i := range width {
				order = append(order, (3*h+part)*width+i)
			}
		}
	}
	return order
}

func (u builder) block(name string, layer int, decoder bool, rotary *attention.Rotary) *Block {
	n, c := u.n, u.c
	act, _ := ParseActivation(c.Activation)
	b := &Block{act: act, preNorm: c.PreNorm, parallel: c.Parallel, bare: c.NoResiduals}
	heads, ffn, kind, attentions := c.EncoderHeads, c.EncoderFFN, attention.Self, "1"
	if decoder {
		heads, ffn, kind = c.DecoderHeads, c.DecoderFFN, attention.Decoder
	}
	b.self = u.attention(name+n.Self, kind, layer, heads, rotary)
	b.whole = b.self
	if c.NoMask {
		open := *b.self
		open.Causal, b.whole = false, &open
	}
	if decoder && c.EncoderLayers > 0 {
		attentions = "2"
		b.cross = u.attention(name+n.Cross, attention.Cross, layer, heads, nil)
		b.crossNorm = u.norm(name+n.CrossNorm, c.Width)
	}
	at := func(part string) string { return name + strings.ReplaceAll(part, "$", attentions) }
	if layer > 0 || !n.BareFirst {
		b.selfNorm = u.norm(name+n.SelfNorm, c.Width)
	}
	if n.SelfAfter != "" {
		b.selfAfter, b.ffnAfter = u.norm(name+n.SelfAfter, c.Width), u.norm(name+n.FFNAfter, c.Width)
	}
	if ffn == 0 {
		return b
	}
	in := ffn
	if c.Gated && n.GateFirst {
		b.gateFirst = true
		in = 2 * ffn
	} else if c.Gated {
		b.gate = u.linear(at(n.Gate), c.Width, ffn, c.NoFFNBias)
	}
	b.in = u.linear(at(n.In), c.Width, in, c.NoFFNBias)
	b.out = u.linear(at(n.Back), ffn, c.Width, c.NoFFNBias)
	b.ffnNorm = u.norm(at(n.FFNNorm), c.Width)
	return b
}

// before is what a branch reads.
func (b *Block) before(p *grad.Pass, x grad.Value, n *grad.Norm) grad.Value {
	if b.preNorm && n != nil {
		return n.Forward(p, x)
	}
	return x
}

// after joins a branch with the stream it came from.
func (b *Block) after(p *grad.Pass, x, branch grad.Value, n *grad.Norm) grad.Value {
	y := p.Dropout(branch, b.dropout)
	if !b.bare {
		y = p.Add(x, y)
	}
	if b.preNorm || n == nil {
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
	causal    bool     // no row sees those behind it, whatever Config.NoMask says
	encoder   []memory // by layer; empty where nothing is read of an encoder
	cross     []grad.Span
	hooks     attention.Hooks
	sequence  []int // of each row; only where hooks.Values is asked
	rows      []int // of the table of positions, where that does not begin at the first
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
	h, self := b.before(p, x, b.selfNorm), b.whole
	if r.causal {
		self = b.self
	}
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
	a := b.attend(p, self, q, k, v, r.spans, b.selfAfter, r)
	if b.parallel {
		f := b.feedForward(p, x, layer, r)
		x = p.Add(p.Add(x, p.Dropout(a, b.dropout)), p.Dropout(f, b.dropout))
		r.see(attention.Residual, r.kind, layer, x)
		return x
	}
	x = b.after(p, x, a, b.selfNorm)
	if b.cross != nil {
		q := b.cross.Query.Forward(p, b.before(p, x, b.crossNorm))
		e := r.encoder[layer]
		x = b.after(p, x, b.attend(p, b.cross, q, e.k, e.v, r.cross, nil, r), b.crossNorm)
	}
	if b.in.W != nil {
		x = b.after(p, x, b.feedForward(p, x, layer, r), b.ffnNorm)
	}
	r.see(attention.Residual, r.kind, layer, x)
	return x
}

// feedForward is what the feed-forward network adds to the residual stream.
func (b *Block) feedForward(p *grad.Pass, x grad.Value, layer int, r *run) grad.Value {
	x = b.before(p, x, b.ffnNorm)
	h := b.in.Forward(p, x)
	if b.gateFirst {
		ffn := b.out.W.Cols
		h = p.Mul(p.Activate(b.act, h.Cols(0, ffn)), h.Cols(ffn, 2*ffn))
	} else if b.gate.W != nil {
		h = p.Mul(p.Activate(b.act, b.gate.Forward(p, x)), h)
	} else {
		h = p.Activate(b.act, h)
	}
	f := b.out.Forward(p, h)
	if b.ffnAfter != nil {
		f = b.ffnAfter.Forward(p, f)
	}
	r.see(attention.FeedForward, r.kind, layer, f)
	return f
}

// attend is what attention adds to the residual stream, through the norm after it, if there is one.
func (b *Block) attend(p *grad.Pass, m *attention.MultiHead, q, k, v grad.Value, spans []grad.Span, after *grad.Norm, r *run) grad.Value {
	heads := m.Attend(p, q, k, v, spans, r.hooks)
	r.see(attention.Heads, m.Kind, m.Layer, heads)
	y := m.Out.Forward(p, heads)
	if after != nil {
		y = after.Forward(p, y)
	}
	r.see(attention.Attended, m.Kind, m.Layer, y)
	return y
}
