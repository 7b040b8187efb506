package run

import (
	"slices"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
)

// replacer replaces row i of an activation where it is of the part.
type replacer func(part *record.Ablated, v *attention.Values, i int)

// rewrite writes the output without each part that changes it; kept says how many tokens of the output are the most
// probable ones without the part too.
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

// rewriteTogether writes outputs of the last run's source by greedy search, one without each part, a token of each in
// one pass. So many tokens of the run's own output as are right stand at the beginning of each.
func (s *Session) rewriteTogether(parts []*record.Ablated, right []int, limit int, replace replacer, tell func() error) error {
	source, own := s.last.source, s.last.target[1:] // without the start token
	all := make([]unwritten, len(parts))
	for i := range parts {
		all[i] = unwritten{source, own[:min(right[i], len(own))]}
	}
	iv := s.interventions(&s.last)
	outputs, err := beamSearch(s.Model, grad.NewPass(), all, 1, limit, func(of, before []int) attention.Hooks {
		return iv.hooks(before, attention.Hooks{Values: func(v *attention.Values) {
			for i := range v.X.X.Rows {
				replace(parts[of[v.Sequence[i]]], v, i)
			}
		}})
	}, tell)
	if err != nil {
		return err
	}
	text := s.last.changes.Read(s.last.record.Text).Text
	_, eos, _ := s.Model.Net.Special()
	_, words, _ := readText(s.Model, text, sourceSide)
	for i, a := range parts {
		output, _ := spelled(s.Model, text, words, source, outputs[i])
		s.wrote(a, output, looped(s.Model, outputs[i], source) || !slices.Contains(outputs[i], eos))
	}
	return nil
}

// wrote takes in what is written without a part, which may be what was written with it: not every token may follow the
// words of a text that is shortened, however probable it is. Of one that did not end by itself the end says so.
func (s *Session) wrote(a *record.Ablated, output string, cut bool) {
	if a.Changed = output != s.last.record.Output; !a.Changed {
		return
	}
	if a.Output = output; strings.TrimSpace(output) == "" {
		a.Output = "(nothing)"
	}
	if cut {
		a.Output += " …"
	}
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
		s.wrote(a, without.Output, false)
	}
	return progress.tell(len(parts), len(parts))
}
