package learn

import (
	"heed/core/explain"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/task"
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

// Probe is all that the network sees in a text, which may be any: of a decoder it is what it writes on too.
func (n *Session) Probe(text string) (*record.Record, error) { return probe(n.Model, n.Task, text) }

func probe(m *model.Model, t *task.Task, text string) (*record.Record, error) {
	o := run.Options{}
	if m.About.Task == model.Generation {
		_, o.MaxTokens = m.Net.Limits()
	}
	return run.NewSession(m).Run(text, o) // a new one: what a session keeps is of other weights
}

// Example is a text that the network has never seen, as Probe takes it: the same for every seed.
func (n *Session) Example() string { return Text(n.Model, n.Task, n.examples[0]) }

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
		text, o := Text(n.Model, n.Task, e), run.Options{}
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
