package run

import (
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/tensor"
)

// replacer replaces row i of an activation where it is of the part.
type replacer func(part *record.Ablated, v *attention.Values, i int)

// rewrite writes the output without each part that changes it; kept says how many tokens of the output are the most probable ones without
// the part too.
func (s *Session) rewrite(parts []record.Ablated, kept []int, replace replacer, progress Progress) error {
	task := s.Model.About.Task
	if task != model.Translation && task != model.Compression {
		return s.rewriteEach(parts, replace, progress)
	}
	limit := maxOutput(s.Model, len(s.last.source), 0)
	together := max(1, min(variants, 2048/limit)) // which keeps the memory of what was decoded small
	var some []*record.Ablated
	var right []int
	for i := range parts {
		if parts[i].Changed {
			some, right = append(some, &parts[i]), append(right, kept[i])
		}
		if n := len(some); n == together || n > 0 && i+1 == len(parts) {
			tell := func() error { return progress.tell(i+1-n, len(parts)) }
			if err := s.rewriteTogether(some, right, limit, replace, tell); err != nil {
				return err
			}
			some, right = some[:0], right[:0]
		}
	}
	return progress.tell(len(parts), len(parts))
}

// rewriteTogether writes outputs of the last run's source by greedy search, one without each part, a token of each in one pass. So many
// tokens of the run's own output as are right stand at the beginning of each.
func (s *Session) rewriteTogether(parts []*record.Ablated, right []int, limit int, replace replacer, tell func() error) error {
	m, source := s.Model, s.last.source
	net := m.Net
	_, eos, _ := net.Special()
	iv := s.interventions(&s.last)
	var which, before []int // of each sequence of a pass: its part, and how many tokens were read before
	hooks := iv.hooks(0, attention.Hooks{Values: func(v *attention.Values) {
		for i := range v.X.X.Rows {
			replace(parts[which[v.Sequence[i]]], v, i)
		}
	}})
	if iv.Any() {
		hooks.Map = func(am *attention.Map) { iv.change(am, before[am.Sequence]+am.Row) }
	}
	var sources grad.Sequences
	var slots, counts, ids []int
	outputs := make([][]int, len(parts))
	for h := range parts {
		sources.Add(source...)
		slots = append(slots, h)
		n := min(right[h]+1, len(s.last.target), limit)
		outputs[h] = s.last.target[1:n:n]
		counts, ids = append(counts, n), append(ids, s.last.target[:n]...)
	}
	which, before = slots, make([]int, len(parts))
	p := grad.NewPass()
	st := net.Begin(p, net.Encode(p, &sources, hooks), &sources, slots, limit, hooks)
	mark := p.Arena.Mark()
	scratch := make([]float32, 0)
	constrain := constraintOf(m, source)
	for len(which) > 0 {
		if err := tell(); err != nil {
			return err
		}
		p.Arena.Release(mark)
		x := st.Step(which, counts, ids, hooks)
		var last []int
		row := 0
		for _, n := range counts {
			row += n
			last = append(last, row-1)
		}
		logits := net.Logits(p, p.Gather(x, last)).X
		var open []int
		ids, counts = ids[:0], counts[:0]
		for i, h := range which {
			scratch = append(scratch[:0], logits.Row(i)...)
			if !tensor.Finite(scratch) {
				return errOverflow
			}
			constrain(scratch, outputs[h])
			id := tensor.ArgMax(scratch)
			if outputs[h] = append(outputs[h], id); id != eos && len(outputs[h]) < limit {
				open, ids, counts = append(open, h), append(ids, id), append(counts, 1)
			}
		}
		which, before = open, before[:0]
		for _, h := range open {
			before = append(before, st.Len(h))
		}
	}
	text := s.last.changes.Read(s.last.record.Text).Text
	_, words, _ := readText(m, text, sourceSide)
	for h, a := range parts {
		output, _ := spelled(m, text, words, source, outputs[h])
		a.Output = written(output)
	}
	return nil
}

// written is an output as it stands in a list.
func written(output string) string {
	if strings.TrimSpace(output) == "" {
		return "(nothing)"
	}
	return output
}

// rewriteEach runs the text again without each part that changes the output, one after the other.
func (s *Session) rewriteEach(parts []record.Ablated, replace replacer, progress Progress) error {
	other := NewSession(s.Model)
	other.last.donated = s.last.donated // what the changes of this run take from other texts is not computed again
	for i := range parts {
		a := &parts[i]
		if !a.Changed {
			continue
		}
		if err := progress.tell(i, len(parts)); err != nil {
			return err
		}
		other.last.donated.replace = func(v *attention.Values) {
			for i := range v.X.X.Rows {
				replace(a, v, i)
			}
		}
		without, err := other.Run(s.last.record.Text, Options{Changes: s.last.changes})
		if err != nil {
			return err
		}
		a.Output = written(without.Output)
	}
	return progress.tell(len(parts), len(parts))
}
