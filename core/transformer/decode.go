package transformer

import (
	"heed/core/attention"
	"heed/core/decode"
	"heed/core/grad"
)

// State is a decoder in the middle of its work: the keys and values of the encoder's output, if
// there is one, and those of the tokens decoded so far, for several hypotheses at once. Its buffers
// come from the Pass that Begin was given and live until that arena is reset.
type State struct {
	m       *Model
	p       *grad.Pass
	room    int   // rows of cache a hypothesis has
	length  []int // tokens decoded so far, by hypothesis
	source  []int // which source sequence a hypothesis translates
	sources []grad.Span

	run run // cached: hypothesis h has the rows h*room to (h+1)*room
}

// Begin prepares decoding of hypotheses for the encoded sources; source[h] says which sequence
// hypothesis h translates. No hypothesis can grow past room tokens. A decoder-only model reads of
// source its length alone, the number of hypotheses; encoded may be zero and sources nil.
func (st *State) Begin(m *Model, p *grad.Pass, encoded grad.Value, sources *grad.Sequences, source []int, room int, _ attention.Hooks) {
	room = min(room, m.positions())
	st.m, st.p, st.room = m, p, room
	st.source = append(st.source[:0], source...)
	st.sources = st.sources[:0]
	if m.EncoderLayers > 0 {
		st.sources = append(st.sources, sources.Spans...)
	}
	st.length = st.length[:0]
	for range source {
		st.length = append(st.length, 0)
	}
	st.run.encoder = m.read(st.run.encoder[:0], p, encoded)
	st.run.cached = st.run.cached[:0]
	for _, b := range m.decoder.blocks {
		rows := len(source) * room
		k, v := b.self.CacheWidths()
		st.run.cached = append(st.run.cached, memory{grad.Const(p.Arena.Matrix(rows, k)), grad.Const(p.Arena.Matrix(rows, v))})
	}
}

// Begin returns a State that is ready for its first Step; see model.Net.
func (m *Model) Begin(p *grad.Pass, encoded grad.Value, sources *grad.Sequences, source []int, room int, hooks attention.Hooks) decode.State {
	st := new(State)
	st.Begin(m, p, encoded, sources, source, room, hooks)
	return st
}

// Contexts returns the zero Value: a Transformer has no context vector.
func (st *State) Contexts() grad.Value { return grad.Value{} }

// Len returns the number of tokens that hypothesis h has decoded.
func (st *State) Len(h int) int { return st.length[h] }

// Room returns the number of tokens that a hypothesis can still take.
func (st *State) Room(h int) int { return st.room - st.length[h] }

// Truncate forgets all but the first n tokens of hypothesis h.
func (st *State) Truncate(h, n int) { st.length[h] = min(n, st.length[h]) }

// Copy makes hypothesis dst a copy of src.
func (st *State) Copy(dst, src int) {
	n := st.length[src]
	for _, c := range st.run.cached {
		for i := range n {
			copy(c.k.X.Row(dst*st.room+i), c.k.X.Row(src*st.room+i))
			copy(c.v.X.Row(dst*st.room+i), c.v.X.Row(src*st.room+i))
		}
	}
	st.length[dst], st.source[dst] = n, st.source[src]
}

// Step puts tokens into the decoder, counts[i] of them for hypothesis which[i], one hypothesis
// after the other, and returns the decoder's output for each, len(ids)×C, in scratch memory of the
// Pass. Hooks see the new rows only; sequence i is that of which[i].
func (st *State) Step(which, counts, ids []int, hooks attention.Hooks) grad.Value {
	r := &st.run
	r.kind, r.causal, r.hooks, r.sequence = attention.Decoder, true, hooks, nil
	r.positions, r.spans, r.cross = r.positions[:0], r.spans[:0], r.cross[:0]
	row := 0
	for i, h := range which {
		n := counts[i]
		if n > st.Room(h) {
			panic("transformer: a hypothesis grows past its room")
		}
		for j := range n {
			r.positions = append(r.positions, st.length[h]+j)
		}
		st.length[h] += n
		r.spans = append(r.spans, grad.Span{Q0: row, Q1: row + n, K0: h * st.room, K1: h*st.room + st.length[h]})
		if len(st.sources) > 0 {
			s := st.sources[st.source[h]]
			r.cross = append(r.cross, grad.Span{Q0: row, Q1: row + n, K0: s.K0, K1: s.K1})
		}
		row += n
	}
	return st.m.forward(st.p, &st.m.decoder, ids, r)
}
