package transformer

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// Part is what one part of the network adds to the residual stream of one token.
type Part struct {
	Name        string // "embedding", "position", "bias", "head" or "ffn"
	Kind        attention.Kind
	Layer, Head int // -1 where the part has none
	X           []float64
}

// String names the part as records do: embedding, position, bias, KIND.LAYER.HEAD, ffn.LAYER.
func (p *Part) String() string {
	switch p.Name {
	case "head":
		return string(p.Kind) + "." + strconv.Itoa(p.Layer) + "." + strconv.Itoa(p.Head)
	case "ffn":
		return "ffn." + strconv.Itoa(p.Layer)
	}
	return p.Name
}

// Trace keeps of one pass over one sequence what its residual streams are made of.
type Trace struct {
	m              *Model
	source, target []int // token ids
	values         map[traced]tensor.Matrix
}

type traced struct {
	attention.Site
	kind  attention.Kind
	layer int
}

// NewTrace returns a Trace for one source and one target, either empty where the model has no such part,
// and the hooks of the pass that fills it.
func (m *Model) NewTrace(source, target []int) (*Trace, attention.Hooks) {
	t := &Trace{m, source, target, map[traced]tensor.Matrix{}}
	return t, attention.Hooks{Values: func(v *attention.Values) {
		if v.Site == attention.Heads || v.Site == attention.FeedForward {
			c := tensor.New(v.X.X.Rows, v.X.X.Cols)
			for i := range c.Rows {
				copy(c.Row(i), v.X.X.Row(i))
			}
			t.values[traced{v.Site, v.Kind, v.Layer}] = c
		}
	}}
}

// stream is the residual stream of one token, split. Norms are taken as the linear maps that they are once
// their statistics are fixed to those of the whole: mean(x) is linear in the parts, and the deviation is a
// number (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits", the section on layer norm).
type stream struct {
	parts []Part
	width int
}

// part returns the sum of all that one part adds.
func (s *stream) part(name string, kind attention.Kind, layer, head int) []float64 {
	for i := range s.parts {
		if p := &s.parts[i]; p.Name == name && p.Kind == kind && p.Layer == layer && p.Head == head {
			return p.X
		}
	}
	s.parts = append(s.parts, Part{name, kind, layer, head, make([]float64, s.width)})
	return s.parts[len(s.parts)-1].X
}

func (s *stream) add(x []float64, row []float32, scale float64) {
	for i, v := range row {
		x[i] += scale * float64(v)
	}
}

func (s *stream) bias() []float64 { return s.part("bias", "", -1, -1) }

// whole is the sum of the parts.
func (s *stream) whole() []float64 {
	sum := make([]float64, s.width)
	for _, p := range s.parts {
		for i, v := range p.X {
			sum[i] += v
		}
	}
	return sum
}

// norm normalises every part with the statistics of the whole; nil leaves them.
func (s *stream) norm(n *grad.Norm) {
	if n == nil {
		return
	}
	mean := func(x []float64) (m float64) {
		if !n.Centred() {
			return 0
		}
		for _, v := range x {
			m += v
		}
		return m / float64(len(x))
	}
	y := s.whole()
	m, square := mean(y), 0.0
	for _, v := range y {
		square += (v - m) * (v - m)
	}
	inverse := 1 / math.Sqrt(square/float64(len(y))+float64(n.Eps))
	gain := n.Gain.Values().Data
	for _, p := range s.parts {
		m := mean(p.X)
		for i, v := range p.X {
			p.X[i] = (v - m) * inverse * float64(gain[i])
		}
	}
	if n.Bias != nil {
		s.add(s.bias(), n.Bias.Values().Data, 1)
	}
}

// join adds the parts of another stream.
func (s *stream) join(other *stream) {
	for _, p := range other.parts {
		x := s.part(p.Name, p.Kind, p.Layer, p.Head)
		for i, v := range p.X {
			x[i] += v
		}
	}
}

// heads adds what each head of a layer's attention brings through the output projection, and the norm after it.
func (s *stream) heads(p *grad.Pass, m *attention.MultiHead, mixed []float32, after *grad.Norm) {
	if after != nil {
		branch := &stream{width: s.width}
		branch.heads(p, m, mixed, nil)
		branch.norm(after)
		s.join(branch)
		return
	}
	width := len(mixed) / m.Heads
	x := grad.Value{X: p.Arena.Zeros(m.Heads, len(mixed))} // a row for each head, with zeros where the others stand
	for h := range m.Heads {
		copy(x.X.Row(h)[h*width:(h+1)*width], mixed[h*width:])
	}
	y := p.Linear(x, m.Out.W, nil).X
	for h := range m.Heads {
		s.add(s.part("head", m.Kind, m.Layer, h), y.Row(h), 1)
	}
	if m.Out.B != nil {
		s.add(s.bias(), m.Out.B.Values().Data, 1)
	}
}

// end says where a walk through a stack stops: at what the self-attention or the cross-attention of a
// layer reads, or, at layer len(blocks), at the stack's output.
type end struct {
	layer int
	cross bool
}

// walk splits the residual stream of one token of a stack.
func (t *Trace) walk(p *grad.Pass, s *stack, kind attention.Kind, ids []int, row int, until end) *stream {
	m := t.m
	x := &stream{width: m.Width}
	scale := 1.0
	if m.ScaleEmbedding {
		scale = math.Sqrt(float64(m.Width))
	}
	x.add(x.part("embedding", "", -1, -1), m.shared.RowRange(ids[row], ids[row]+1).Row(0), scale)
	position := x.part("position", "", -1, -1)
	switch {
	case s.learned != nil:
		x.add(position, s.learned.RowRange(row+s.offset, row+s.offset+1).Row(0), 1)
	case s.sinusoids.Data != nil:
		x.add(position, s.sinusoids.Row(row), 1)
	}
	if s.types != nil {
		x.add(x.bias(), s.types.RowRange(0, 1).Row(0), 1)
	}
	if s.first != nil {
		x.norm(s.first)
	}
	before := func(b *Block, n *grad.Norm) *stream {
		if b.preNorm {
			x.norm(n)
		}
		return x
	}
	for layer, b := range s.blocks {
		if until == (end{layer, false}) {
			return before(b, b.selfNorm)
		}
		if b.bare {
			x.parts = nil
		}
		x.heads(p, b.self, t.values[traced{attention.Heads, b.self.Kind, layer}].Row(row), b.selfAfter)
		if !b.preNorm {
			x.norm(b.selfNorm)
		}
		if b.cross != nil {
			if until == (end{layer, true}) {
				return before(b, b.crossNorm)
			}
			if b.bare {
				x.parts = nil
			}
			x.heads(p, b.cross, t.values[traced{attention.Heads, attention.Cross, layer}].Row(row), nil)
			if !b.preNorm {
				x.norm(b.crossNorm)
			}
		}
		if b.in.W == nil {
			continue
		}
		if b.bare {
			x.parts = nil
		}
		x.add(x.part("ffn", "", layer, -1), t.values[traced{attention.FeedForward, kind, layer}].Row(row), 1)
		if !b.preNorm {
			x.norm(b.ffnNorm)
		}
	}
	if s.last != nil {
		x.norm(s.last)
	}
	return x
}

// side returns the stack of an encoder or a decoder, and what it read.
func (t *Trace) side(kind attention.Kind) (*stack, attention.Kind, []int) {
	if kind == attention.Self {
		return &t.m.encoder, attention.Self, t.source
	}
	return &t.m.decoder, attention.Decoder, t.target
}

// Logit splits the logit of a token at a row of the decoder by the parts of the network (direct logit
// attribution; Elhage et al. 2021). The values sum to the logit: with the norms' statistics fixed, the way from each
// part to the logit is linear. An encoder with a head that is not linear (BERT's) is an error. p serves the products.
func (t *Trace) Logit(p *grad.Pass, row, id int) (parts []Part, values []float64, err error) {
	m := t.m
	if m.DecoderLayers == 0 {
		return nil, nil, errors.New("direct logit attribution needs a decoder: between an encoder's residual stream and its logits stands a layer that is not linear")
	}
	x := t.walk(p, &m.decoder, attention.Decoder, t.target, row, end{layer: len(m.decoder.blocks)})
	table, scale := m.output.RowRange(id, id+1).Row(0), 1.0
	if m.ScaleOutput {
		scale /= math.Sqrt(float64(m.Width))
	}
	if m.bias != nil {
		x.bias() // is there
	}
	for _, p := range x.parts {
		sum := 0.0
		for i, v := range p.X {
			sum += scale * v * float64(table[i])
		}
		if p.Name == "bias" && m.bias != nil {
			sum += float64(m.bias.Values().Data[id])
		}
		parts, values = append(parts, p), append(values, sum)
	}
	return parts, values, nil
}

// Score splits the score of a query row and a key column, before softmax, by what the query and the key are made of:
// values[i][j] is what part i of the query and part j of the key bring, and all sum to the score. A turn by the
// position, which is linear, is made in every part; a bias by the distance is what the two positions bring. p serves
// the products.
func (t *Trace) Score(p *grad.Pass, kind attention.Kind, layer, head, row, col int) (query, key []Part, values [][]float64, err error) {
	s, own, ids := t.side(kind)
	if layer < 0 || layer >= len(s.blocks) {
		return nil, nil, nil, errors.New("there is no layer " + strconv.Itoa(layer) + " of this kind of attention")
	}
	b := s.blocks[layer]
	m := b.self
	if kind == attention.Cross {
		m = b.cross
	}
	if m == nil || m.Kind != kind || head < 0 || head >= m.Heads {
		return nil, nil, nil, errors.New("there is no head " + strconv.Itoa(head) + " of this kind of attention")
	}
	keys := ids
	if kind == attention.Cross {
		keys = t.source
	}
	lo, hi := m.Seen(len(ids), len(keys), row)
	if row < 0 || row >= len(ids) || col < 0 || col >= len(keys) || col < lo || col >= hi {
		return nil, nil, nil, errors.New("row " + strconv.Itoa(row) + " and column " + strconv.Itoa(col) +
			" are outside this text's map of " + strconv.Itoa(len(ids)) + " rows and " + strconv.Itoa(len(keys)) + " columns, counted from 0, or masked")
	}
	q := t.walk(p, s, own, ids, row, end{layer, kind == attention.Cross})
	var k *stream
	if kind == attention.Cross {
		k = t.walk(p, &t.m.encoder, attention.Self, t.source, col, end{layer: len(t.m.encoder.blocks)})
	} else {
		k = t.walk(p, s, own, ids, col, end{layer: layer})
	}
	width := m.HeadWidth()
	group := head / (m.Heads / m.KV())
	wq, wk, qRow, kRow := m.Query, m.Key, head*width, group*width
	if m.Fused.W != nil {
		wq, wk, kRow = m.Fused, m.Fused, (m.Heads+group)*width
	}
	scale := float64(m.ScoreScale(width))
	q.project(p, wq, qRow, width)
	k.project(p, wk, kRow, width)
	q.norm(m.QueryNorm)
	k.norm(m.KeyNorm)
	if m.Rotary != nil {
		q.rotate(m.Rotary, row)
		k.rotate(m.Rotary, col)
	}
	for _, a := range q.parts {
		var line []float64
		for _, b := range k.parts {
			sum := 0.0
			for i, v := range a.X {
				sum += v * b.X[i]
			}
			line = append(line, sum*scale)
		}
		values = append(values, line)
	}
	if m.Relative != nil { // which no part of either brings
		at := slices.IndexFunc(q.parts, func(p Part) bool { return p.Name == "position" })
		other := slices.IndexFunc(k.parts, func(p Part) bool { return p.Name == "position" })
		values[at][other] += float64(m.Relative.Table.Values().Row(m.Relative.Bucket(row, col))[head])
	}
	return q.parts, k.parts, values, nil
}

// rotate turns every part by the position of the token.
func (s *stream) rotate(r *attention.Rotary, at int) {
	for _, p := range s.parts {
		r.Turn(p.X, at)
	}
}

// project maps every part by rows first to first+width of a linear layer; its bias is the part "bias"'s.
func (s *stream) project(p *grad.Pass, l grad.Linear, first, width int) {
	s.bias() // is there
	x, y := p.Arena.Matrix(len(s.parts), s.width), p.Arena.Matrix(len(s.parts), width)
	for n, part := range s.parts {
		for i, v := range part.X {
			x.Row(n)[i] = float32(v)
		}
	}
	tensor.MatMulRight(p.Arena, y, x, tensor.PackT(l.W.RowRange(first, first+width)), false)
	s.width = width
	for n := range s.parts {
		part := make([]float64, width)
		s.add(part, y.Row(n), 1)
		s.parts[n].X = part
	}
	if l.B != nil {
		s.add(s.bias(), l.B.Values().Data[first:first+width], 1)
	}
}
