package recurrent

import (
	"heed/core/attention"
	"heed/core/decode"
	"heed/core/grad"
)

// State is a decoder in the middle of its work, for several hypotheses at once: what it reads of
// the sources, and its states after every token so far, so that tokens can be taken back. Its
// buffers come from the Pass that Begin was given, which has no tape, and live until that arena is
// reset.
type State struct {
	m       *Model
	p       *grad.Pass
	room    int   // tokens a hypothesis can have
	length  []int // tokens decoded so far, by hypothesis
	source  []int // which source sequence a hypothesis translates
	sources []grad.Span
	memory  memory
	states  grad.Value // hypothesis h after n tokens has the row h*(room+1) + n; ×H

	spans []grad.Span
	steps grad.Steps
	walk  walk
}

// Begin prepares decoding of hypotheses for the encoded sources; source[h] says which sequence
// hypothesis h translates. No hypothesis can grow past room tokens. Hooks see the fixed context, where
// there is one.
func (st *State) Begin(m *Model, p *grad.Pass, encoded grad.Value, sources *grad.Sequences, source []int, room int, hooks attention.Hooks) {
	room = min(room, m.MaxPositions)
	st.m, st.p, st.room = m, p, room
	st.source = append(st.source[:0], source...)
	st.sources = append(st.sources[:0], sources.Spans...)
	st.memory = m.read(p, encoded, sources, hooks)
	st.states = grad.Const(p.Arena.Matrix(len(source)*(room+1), m.DecoderHidden))
	st.length = st.length[:0]
	for h, s := range source {
		st.length = append(st.length, 0)
		copy(st.states.X.Row(h*(room+1)), st.memory.start.X.Row(s))
	}
}

// Begin returns a State that is ready for its first Step; see State.Begin.
func (m *Model) Begin(p *grad.Pass, encoded grad.Value, sources *grad.Sequences, source []int, room int, hooks attention.Hooks) decode.State {
	st := new(State)
	st.Begin(m, p, encoded, sources, source, room, hooks)
	return st
}

// Len returns the number of tokens that hypothesis h has decoded.
func (st *State) Len(h int) int { return st.length[h] }

// Room returns the number of tokens that a hypothesis can still take.
func (st *State) Room(h int) int { return st.room - st.length[h] }

// Truncate forgets all but the first n tokens of hypothesis h.
func (st *State) Truncate(h, n int) { st.length[h] = min(n, st.length[h]) }

// Copy makes hypothesis dst a copy of src.
func (st *State) Copy(dst, src int) {
	n := st.length[src]
	for i := range n + 1 {
		copy(st.states.X.Row(dst*(st.room+1)+i), st.states.X.Row(src*(st.room+1)+i))
	}
	st.length[dst], st.source[dst] = n, st.source[src]
}

// Step puts tokens into the decoder, counts[i] of them for hypothesis which[i], one hypothesis
// after the other, and returns the output layer for each, len(ids)×E, in scratch memory of the
// Pass. Hooks see the new rows only, as Decode says; sequence i is that of which[i].
func (st *State) Step(which, counts, ids []int, hooks attention.Hooks) grad.Value {
	m, w := st.m, &st.walk
	w.hooks = hooks
	st.spans = st.spans[:0]
	row := 0
	for i, h := range which {
		if counts[i] > st.Room(h) {
			panic("recurrent: a hypothesis grows past its room")
		}
		st.spans = append(st.spans, grad.Span{Q0: row, Q1: row + counts[i]})
		row += counts[i]
	}
	st.steps.Plan(st.spans, false)
	w.steps, w.start = &st.steps, st.states
	w.from, w.of, w.cross, w.before = w.from[:0], w.of[:0], w.cross[:0], w.before[:0]
	for _, h := range which {
		w.before = append(w.before, st.length[h])
	}
	for _, i := range st.steps.Order {
		h := which[i]
		w.from = append(w.from, h*(st.room+1)+st.length[h])
	}
	for i, seq := range st.steps.Of {
		s := st.source[which[seq]]
		w.of = append(w.of, s)
		w.cross = append(w.cross, grad.Span{Q0: i, Q1: i + 1, K0: st.sources[s].K0, K1: st.sources[s].K1})
	}
	out := m.run(st.p, w, ids, st.memory)
	for i, h := range which {
		for r := st.spans[i].Q0; r < st.spans[i].Q1; r++ {
			st.length[h]++
			copy(st.states.X.Row(h*(st.room+1)+st.length[h]), w.states.X.Row(st.steps.Back[r]))
		}
	}
	return out
}

// Contexts returns the contexts of the rows of the last Step, len(ids)×C, in scratch memory of the
// Pass.
func (st *State) Contexts() grad.Value { return st.m.contexts(st.p, &st.walk, st.memory) }
