package learn

import (
	"math"

	"heed/core/explain"
	"heed/core/model"
	"heed/core/problem"
	"heed/core/record"
	"heed/core/run"
)

// Head is what one head does on unseen examples.
type Head struct {
	record.Place
	// Previous is the weight on the token before, of a head within one sequence.
	Previous float64
	// Prefix is the prefix-matching score (Olsson et al. 2022): the weight on what came after the query's token before.
	Prefix float64
	// Alignment is, of a head from output to source, the weight on source tokens that are the token being written, over
	// those written tokens that the source has.
	Alignment float64
}

// Probe is all that the network sees in a source, which may be any text, and what it makes of it, with some heads
// switched off.
func (n *Session) Probe(source string, off ...record.Place) (*record.Record, error) {
	return n.probe(n.Model, source, off)
}

// probe runs a model of the session's task. A new run.Session does it: what one keeps is of the weights that were then.
func (n *Session) probe(m *model.Model, source string, off []record.Place) (*record.Record, error) {
	o := run.Options{}
	o.Changes.Off = off
	if m.About.Task != model.Fill {
		o.MaxTokens = n.room(source)
	}
	return run.NewSession(m).Run(n.Reads(source), o)
}

// room is how many tokens a decoder, which goes on until it writes the end, may write for a source: two more than any
// example of that length needs. What it writes before it has learned anything is of no use at any length, and would
// fill the page.
func (n *Session) room(source string) int {
	k, most := n.Model.Tokenizer, 1.0
	for _, e := range n.examples {
		most = max(most, float64(len(encode(k, e.Target)))/float64(len(encode(k, e.Source))))
	}
	return int(math.Ceil(most*float64(len(encode(k, source))))) + 2
}

// Reads is what the network reads of a source. An encoder alone is told how long the target is: as long as the source,
// unless that is an example's.
func (n *Session) Reads(source string) string {
	e := problem.Example{Source: source, Target: source}
	for _, known := range n.examples {
		if known.Source == source {
			e = known
		}
	}
	return reads(n.Model, n.Task, e)
}

// Example is a source that the network has never seen: the same for every seed.
func (n *Session) Example() string { return n.examples[0].Source }

// heads measures what each head does.
func (n *Session) heads() (all []Head) {
	for _, stack := range n.Model.Stacks() {
		for layer := range stack.Layers {
			for head := range stack.Heads {
				all = append(all, Head{Place: record.Place{Kind: stack.Kind, Layer: layer, Head: head}})
			}
		}
	}
	s := run.NewSession(n.Model)
	for _, e := range n.examples[:probeExamples] {
		text, o := reads(n.Model, n.Task, e), run.Options{}
		switch n.Model.About.Task {
		case model.Generation:
			text += e.Target
		case model.Translation:
			o.Target = &e.Target
		}
		r, err := s.Run(text, o)
		if err != nil {
			continue // a text that is longer than the positions tells nothing of heads
		}
		for i := range all {
			h := &all[i]
			m := r.Find(h.Kind, h.Layer, h.Head)
			if m == nil {
				continue
			}
			if h.Kind == record.Cross || h.Kind == record.RNN {
				h.Alignment += alignment(r, m) / probeExamples
				continue
			}
			for _, f := range explain.Patterns(m, r) {
				switch f.Shape {
				case explain.Previous:
					h.Previous += f.Share / probeExamples
				case explain.After:
					h.Prefix += f.Share / probeExamples
				}
			}
		}
	}
	return all
}

// alignment is Head.Alignment in one map.
func alignment(r *record.Record, m *record.Map) float64 {
	queries, keys := r.Queries(m.Kind), r.Keys(m.Kind)
	var sum float64
	rows := 0
	for i := range min(m.Rows, len(queries)) {
		on, there := 0.0, false
		for j := range min(m.Cols, len(keys)) {
			if !keys[j].Special && keys[j].ID == queries[i].ID {
				on, there = on+float64(m.At(i, j)), true
			}
		}
		if there {
			sum, rows = sum+on, rows+1
		}
	}
	if rows == 0 {
		return 0
	}
	return sum / float64(rows)
}

// Best is the head that does most of what heads are there for in this task, by the last point of the curves: of those
// between output and source the one with the best alignment, else the one with the best prefix-matching score. There is
// none in a network without heads.
func (n *Session) Best() (best Head, ok bool) {
	heads := n.Curve[len(n.Curve)-1].Heads
	score := func(h *Head) float64 {
		if h.Kind == record.Cross || h.Kind == record.RNN {
			return 1 + h.Alignment // before any within one sequence
		}
		return h.Prefix
	}
	for i := range heads {
		if h := &heads[i]; !ok || score(h) > score(&best) {
			best, ok = *h, true
		}
	}
	return best, ok
}

// Formed is a moment at which a head had formed.
type Formed struct {
	Step int
	Head
}

// Thresholds from which on a head is said to have formed.
const (
	PrefixFormed    = 0.8
	AlignmentFormed = 0.5
)

// Formed lists the heads that have formed, each at the first point at which its score was above the threshold.
func (n *Session) Formed() (all []Formed) {
	for i := range n.Curve[0].Heads {
		for _, p := range n.Curve {
			if h := p.Heads[i]; h.Prefix > PrefixFormed || h.Alignment > AlignmentFormed {
				all = append(all, Formed{p.Step, h})
				break
			}
		}
	}
	return all
}
