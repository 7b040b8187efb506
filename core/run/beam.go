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
	all := make([]unwritten, len(sources))
	for i, ids := range sources {
		all[i].source = ids
	}
	out, _ := beamSearch(m, p, all, beam, maxTokens, noHooks, nil) // numbers that overflow end a target, and a Run reports them
	return out
}

// unwritten is a source whose target is to be written, and what the target begins with.
type unwritten struct{ source, begin []int }

// passHooks makes the hooks of a pass of several sequences: of each there is the number of its source, and how many
// tokens earlier passes have read.
type passHooks func(of, before []int) attention.Hooks

func noHooks(of, before []int) attention.Hooks { return attention.Hooks{} }

// beamSearch is Generate of targets that begin with tokens, with hooks. Before each pass it calls tell, which may be
// nil, whose error ends it. Where numbers overflow, it returns errOverflow beside what was written.
func beamSearch(m *model.Model, p *grad.Pass, all []unwritten, beam, maxTokens int, hooks passHooks, tell func() error) ([][]int, error) {
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
	searches := make([]*search, len(all))
	var slots, each []int // the source of each slot; each source
	for i, u := range all {
		batch.Add(u.source...)
		s := &search{beam: beam, max: maxTokens, slot: len(slots), sets: sets, end: eos, constrain: constraintOf(m, u.source)}
		begin := u.begin[:min(len(u.begin), maxTokens-1)]
		s.open = []hypothesis{{ids: append([]int{start}, begin...), slot: s.slot}}
		searches[i], each = s, append(each, i)
		for range sets * beam {
			slots = append(slots, i)
		}
	}
	first := hooks(each, make([]int, len(each)))
	st := net.Begin(p, net.Encode(p, &batch, first), &batch, slots, maxTokens, first)
	mark := p.Arena.Mark()
	overflow := false
	for {
		var which, counts, ids, last, of, before []int
		for i, s := range searches {
			for _, h := range s.open {
				read := st.Len(h.slot)
				which, counts, ids = append(which, h.slot), append(counts, len(h.ids)-read), append(ids, h.ids[read:]...)
				last, of, before = append(last, len(ids)-1), append(of, i), append(before, read)
			}
		}
		if len(which) == 0 {
			break
		}
		if tell != nil {
			if err := tell(); err != nil {
				return nil, err
			}
		}
		p.Arena.Release(mark)
		logits := net.Logits(p, p.Gather(st.Step(which, counts, ids, hooks(of, before)), last)).X
		scratch := p.Arena.Floats(logits.Cols)
		for _, s := range searches {
			n := len(s.open)
			if n > 0 {
				overflow = !s.advance(logits.RowRange(0, n), scratch, st) || overflow
				logits = logits.RowRange(n, logits.Rows)
			}
		}
	}
	out := make([][]int, len(searches))
	for i, s := range searches {
		out[i] = s.best.ids[1:]
	}
	if overflow {
		return out, errOverflow
	}
	return out, nil
}

// hypothesis is the beginning of a target.
type hypothesis struct {
	ids  []int   // the start token first
	sum  float64 // of the log probabilities of what was written
	slot int     // its place in the decoder's cache, which has not read the last of ids
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

// advance takes the logits that follow each open hypothesis and chooses the next ones; if numbers overflow, it ends the
// search and returns false. scratch has room for a row.
func (s *search) advance(logits tensor.Matrix, scratch []float32, st decode.State) bool {
	var all []candidate
	for i, h := range s.open {
		row := logits.Row(i)
		if !tensor.Finite(row) {
			all = nil
			break
		}
		logSum := float64(tensor.Softmax(scratch, row))
		s.constrain(row, h.ids[1:])
		for _, id := range largest(row, 2*s.beam) {
			if math.IsInf(float64(row[id]), -1) {
				break // not allowed, as all that follow
			}
			all = append(all, candidate{i, id, h.sum + float64(row[id]) - logSum})
		}
	}
	stable.Sort(all, func(a, b candidate) int { return cmp.Compare(b.sum, a.sum) })
	all = all[:min(len(all), 2*s.beam)]

	if len(all) == 0 {
		s.best, s.open = hypothesis{ids: append(slices.Clone(s.open[0].ids), s.end)}, nil
		return false
	}
	length := len(s.open[0].ids) // of a target with one more
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
			next = append(next, hypothesis{ids: ids, sum: c.sum, slot: s.open[c.from].slot})
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
		return true
	}
	if s.sets == 1 {
		return true
	}
	s.flip = 1 - s.flip
	for i := range next {
		to := s.slot + s.flip*s.beam + i
		st.Copy(to, next[i].slot)
		next[i].slot = to
	}
	return true
}

// finish keeps the best finished hypotheses, best first.
func (s *search) finish(h hypothesis) {
	s.done = append(s.done, h)
	stable.Sort(s.done, func(a, b hypothesis) int { return cmp.Compare(b.sum, a.sum) })
	s.done = s.done[:min(len(s.done), s.beam)]
}
