package grad

import (
	"slices"
	"strconv"
)

// Sequences holds the token ids of several sequences, one after the other. What a loop over time needs
// to know of them is worked out once and kept, so a Sequences serves one goroutine at a time, and a
// tape must have gone back before the next Reset.
type Sequences struct {
	IDs       []int
	Positions []int  // of each id in its sequence
	Spans     []Span // each sequence over itself

	steps       [2]Steps // forward, backward
	planned     [2]bool
	first, last []int
	cross       []Span
}

// Reset empties s and keeps its memory.
func (s *Sequences) Reset() {
	s.IDs, s.Positions, s.Spans = s.IDs[:0], s.Positions[:0], s.Spans[:0]
	s.first, s.last = s.first[:0], s.last[:0]
	s.planned = [2]bool{}
}

// Add appends a sequence.
func (s *Sequences) Add(ids ...int) {
	n := len(s.IDs)
	s.IDs = append(s.IDs, ids...)
	for i := range ids {
		s.Positions = append(s.Positions, i)
	}
	s.Spans = append(s.Spans, Span{n, len(s.IDs), n, len(s.IDs)})
	if len(ids) == 0 {
		s.first, s.last = append(s.first, -1), append(s.last, -1)
	} else {
		s.first, s.last = append(s.first, n), append(s.last, len(s.IDs)-1)
	}
	s.planned = [2]bool{}
}

// Ends returns the first and the last row of every sequence, -1 for an empty one.
func (s *Sequences) Ends() (first, last []int) { return s.first, s.last }

// Steps returns the order of a loop over time, from the sequences' ends to their beginnings when
// reverse is set.
func (s *Sequences) Steps(reverse bool) *Steps {
	i := 0
	if reverse {
		i = 1
	}
	if !s.planned[i] {
		s.steps[i].Plan(s.Spans, reverse)
		s.planned[i] = true
	}
	return &s.steps[i]
}

// Cross lets every row, in the order of Steps(false), look at the sequence of the same number in
// keys: one span a row. The result lives until the next call; with a tape, as long as it.
func (s *Sequences) Cross(p *Pass, keys *Sequences) []Span {
	if len(s.Spans) != len(keys.Spans) {
		fail("Cross", strconv.Itoa(len(s.Spans)), "sequences over", strconv.Itoa(len(keys.Spans)))
	}
	dst := s.cross[:0]
	if p.taped() {
		dst = nil
	}
	for i, of := range s.Steps(false).Of {
		k := keys.Spans[of]
		dst = append(dst, Span{i, i + 1, k.K0, k.K1})
	}
	if !p.taped() {
		s.cross = dst
	}
	return dst
}

// Steps is the order in which a loop over time goes through the rows of a batch: those of every
// sequence's first step, then of the second, and so on, the longest sequences first. So the rows of
// a step lie together, and those of the step before that they follow from are the first ones there:
// no padding, and no rows to pick inside the loop (PyTorch calls this a PackedSequence).
type Steps struct {
	Order []int // the sequences, longest first
	Start []int // step t has the rows Start[t] to Start[t+1]
	Rows  []int // row i of the loop is row Rows[i] of the batch
	Back  []int // row i of the batch is row Back[i] of the loop
	Of    []int // row i of the loop is of sequence Of[i]
}

// Plan works out the order for sequences that are the queries of spans. It panics unless they fill the
// batch one after the other, without gaps.
func (s *Steps) Plan(spans []Span, reverse bool) {
	at := 0
	for i, span := range spans {
		if span.Q0 != at || span.Q1 < at {
			fail("Plan", "sequence", strconv.Itoa(i), "has rows", strconv.Itoa(span.Q0), "to", strconv.Itoa(span.Q1), "and the next is", strconv.Itoa(at))
		}
		at = span.Q1
	}
	s.Order, s.Start, s.Rows, s.Of = s.Order[:0], s.Start[:0], s.Rows[:0], s.Of[:0]
	for i, span := range spans { // the longest first: each goes among those before it. slices.SortStableFunc is 8 kB of the engine
		s.Order = append(s.Order, i)
		at := i
		for ; at > 0 && spans[s.Order[at-1]].Q1-spans[s.Order[at-1]].Q0 < span.Q1-span.Q0; at-- {
			s.Order[at] = s.Order[at-1]
		}
		s.Order[at] = i
	}
	alive := len(s.Order)
	for t := 0; ; t++ {
		s.Start = append(s.Start, len(s.Rows))
		for alive > 0 && spans[s.Order[alive-1]].Q1-spans[s.Order[alive-1]].Q0 <= t {
			alive--
		}
		if alive == 0 {
			break
		}
		for _, i := range s.Order[:alive] {
			row := spans[i].Q0 + t
			if reverse {
				row = spans[i].Q1 - 1 - t
			}
			s.Rows, s.Of = append(s.Rows, row), append(s.Of, i)
		}
	}
	s.Back = slices.Grow(s.Back[:0], len(s.Rows))[:len(s.Rows)]
	for i, r := range s.Rows {
		s.Back[r] = i
	}
}

// Len returns the number of steps: the length of the longest sequence.
func (s *Steps) Len() int { return len(s.Start) - 1 }

// At returns the rows of step t.
func (s *Steps) At(t int) (lo, hi int) { return s.Start[t], s.Start[t+1] }
