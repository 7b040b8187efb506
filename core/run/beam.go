package run

import (
	"cmp"
	"math"
	"slices"

	"heed/core/attention"
	"heed/core/decode"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/stable"
	"heed/core/tensor"
)

// Generate writes a target for each source (token ids as Encode returns them) and returns the
// targets' ids, the end token included unless a target was cut at maxTokens ids, of which there is
// at least one.
//
// It is beam search over the sum of log probabilities divided by the length; a beam of 1 or less is
// greedy search. The rules are those of Python's transformers with length_penalty 1 and early_stopping
// False, so that both give the same translations. The arena of p is reset.
func Generate(m *model.Model, p *grad.Pass, sources [][]int, beam, maxTokens int) [][]int {
	return beamSearch(m, p, sources, beam, maxTokens, interventions{})
}

func beamSearch(m *model.Model, p *grad.Pass, sources [][]int, beam, maxTokens int, changes interventions) [][]int {
	p.Arena.Reset()
	net := m.Net
	_, eos, start := net.Special()
	_, positions := net.Limits()
	beam = max(1, beam)
	maxTokens = max(1, min(maxTokens, positions))
	var batch grad.Sequences
	// A source has two sets of slots: the hypotheses of this step, and room for those of the next.
	sets := 2
	if beam == 1 {
		sets = 1
	}
	searches := make([]*search, len(sources))
	var slots []int
	for i, ids := range sources {
		batch.Add(ids...)
		s := &search{beam: beam, max: maxTokens, slot: len(slots), sets: sets, end: eos, constrain: constraintOf(m, ids)}
		s.open = []hypothesis{{next: start, slot: s.slot}}
		searches[i] = s
		for range sets * beam {
			slots = append(slots, i)
		}
	}
	hooks := changes.hooks(0, attention.Hooks{})
	st := net.Begin(p, net.Encode(p, &batch, hooks), &batch, slots, maxTokens, hooks)
	mark := p.Arena.Mark()
	var which, counts, ids []int
	for step := 0; ; step++ {
		which, counts, ids = which[:0], counts[:0], ids[:0]
		for _, s := range searches {
			for _, h := range s.open {
				which, counts, ids = append(which, h.slot), append(counts, 1), append(ids, h.next)
			}
		}
		if len(which) == 0 {
			break
		}
		p.Arena.Release(mark)
		logits := net.Logits(p, st.Step(which, counts, ids, changes.hooks(step, attention.Hooks{}))).X
		scratch := p.Arena.Floats(logits.Cols)
		for _, s := range searches {
			n := len(s.open)
			if n > 0 {
				s.advance(logits.RowRange(0, n), scratch, st)
				logits = logits.RowRange(n, logits.Rows)
			}
		}
	}
	out := make([][]int, len(searches))
	for i, s := range searches {
		out[i] = s.best.ids
	}
	return out
}

// hypothesis is the beginning of a target: its ids without the start token.
type hypothesis struct {
	ids  []int
	sum  float64 // of the log probabilities of ids
	next int     // the id to put in next: the last of ids, or the start token
	slot int     // its place in the decoder's cache
}

// search is the beam of one source.
type search struct {
	beam, max  int
	slot, sets int
	flip       int // which set of slots comes next
	end        int
	constrain  constraint
	open       []hypothesis // none when the search is over
	done       []hypothesis // sum holds the score: the mean log probability
	best       hypothesis
}

// candidate is a hypothesis made longer by one id.
type candidate struct {
	from, id int
	sum      float64
}

// advance takes the logits that follow each open hypothesis and chooses the next ones. scratch has room for a row.
func (s *search) advance(logits tensor.Matrix, scratch []float32, st decode.State) {
	var all []candidate
	for i, h := range s.open {
		row := logits.Row(i)
		logSum := float64(tensor.Softmax(scratch, row))
		s.constrain(row, h.ids)
		for _, id := range largest(row, 2*s.beam) {
			if math.IsInf(float64(row[id]), -1) {
				break // not allowed, as all that follow
			}
			all = append(all, candidate{i, id, h.sum + float64(row[id]) - logSum})
		}
	}
	stable.Sort(all, func(a, b candidate) int { return cmp.Compare(b.sum, a.sum) })
	all = all[:min(len(all), 2*s.beam)]

	if len(all) == 0 { // numbers that overflow, which Run reports
		s.best, s.open = hypothesis{ids: append(slices.Clone(s.open[0].ids), s.end)}, nil
		return
	}
	length := len(s.open[0].ids) + 1
	var next []hypothesis
	for rank, c := range all {
		ids := append(slices.Clone(s.open[c.from].ids), c.id)
		if c.id == s.end {
			if rank < s.beam {
				s.finish(hypothesis{ids: ids, sum: c.sum / float64(length)})
			}
			continue
		}
		if len(next) < s.beam {
			next = append(next, hypothesis{ids: ids, sum: c.sum, next: c.id, slot: s.open[c.from].slot})
		}
	}
	bound := all[0].sum / float64(length)
	switch {
	case length >= s.max:
		for _, h := range next {
			h.sum /= float64(length)
			s.finish(h)
		}
		next = nil
	case len(s.done) >= s.beam && s.done[s.beam-1].sum >= bound:
		next = nil
	}
	s.open = next
	if len(next) == 0 {
		s.best = s.done[0]
		return
	}
	if s.sets == 1 {
		return
	}
	s.flip = 1 - s.flip
	for i := range next {
		to := s.slot + s.flip*s.beam + i
		st.Copy(to, next[i].slot)
		next[i].slot = to
	}
}

// finish keeps the best finished hypotheses, best first.
func (s *search) finish(h hypothesis) {
	s.done = append(s.done, h)
	stable.Sort(s.done, func(a, b hypothesis) int { return cmp.Compare(b.sum, a.sum) })
	s.done = s.done[:min(len(s.done), s.beam)]
}
