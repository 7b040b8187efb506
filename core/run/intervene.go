package run

import (
	"slices"

	"heed/core/attention"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// interventions are what a run's Changes ask for, as hooks. A further kind of intervention is a file of its own
// that makes hooks and passes them to Session.logits (trials.go) or Session.replay, or, to act while an output is
// written, a member of record.Changes and a case in hooks below.
type interventions struct {
	record.Changes
	donated *donated
	heads   func(record.Kind) (layers, heads int)
}

// interventions are those of a run.
func (s *Session) interventions(of *finished) interventions {
	return interventions{of.changes, &of.donated, s.Model.Net.Heads}
}

// hooks returns hooks that change each map and activation of a pass and then call more. before is the number of tokens
// of each sequence that earlier passes have read, nil for a first pass: rows of maps are counted from there, positions
// of activations from the beginning of the sequence. Where nothing is changed, it returns more itself.
func (iv interventions) hooks(before []int, more attention.Hooks) attention.Hooks {
	if iv.Any() {
		see := more.Map
		more.Map = func(m *attention.Map) {
			first := m.Row
			if before != nil {
				first += before[m.Sequence]
			}
			iv.change(m, first)
			if see != nil {
				see(m)
			}
		}
	}
	if len(iv.Patched) > 0 || iv.Steer.Any() || iv.donated.replaces() {
		see := more.Values
		more.Values = func(v *attention.Values) {
			iv.values(v)
			if see != nil {
				see(v)
			}
		}
	}
	return more
}

// pass are the hooks of a pass of a search.
func (iv interventions) pass(_, before []int) attention.Hooks {
	return iv.hooks(before, attention.Hooks{})
}

// change changes a map whose first row is that row of the sequence.
func (iv interventions) change(m *attention.Map, first int) {
	if iv.Scales() && (m.Kind == record.Cross || m.Kind == record.RNN) {
		scale := float32(1 / iv.Temperature)
		m.Scale *= scale
		for i := range m.Scores.Rows {
			tensor.Scale(m.Scores.Row(i), scale, m.Scores.Row(i))
			tensor.Softmax(m.Weights.Row(i), m.Scores.Row(i))
		}
	}
	off, forced := iv.Of(m.Kind, m.Layer, m.Head)
	if forced != nil {
		for i := range m.Weights.Rows {
			lo, hi := m.Visible(i)
			row := m.Weights.Row(i)[lo:hi]
			var here []record.Forced
			for _, f := range forced {
				if f.Col -= lo; f.Row == first+i && f.Col >= 0 && f.Col < len(row) {
					here = append(here, f)
				}
			}
			if here != nil {
				applyForced(row, here)
			}
		}
	}
	if off { // after all else: what is off is off
		for i := range m.Weights.Rows {
			clear(m.Weights.Row(i))
		}
	}
}

// applyForced sets weights of a row, which lies in its map, and scales the others, as record.Changes says.
func applyForced(row []float32, forced []record.Forced) {
	given, rest := 0.0, 0.0
	fixed := make([]bool, len(row))
	for _, f := range forced {
		fixed[f.Col] = true
		given += float64(f.Weight)
	}
	free := len(row) - len(forced)
	if free == 0 && given == 0 {
		return // no key is left to take the weight
	}
	for j, w := range row {
		if !fixed[j] {
			rest += float64(w)
		}
	}
	scale, left := 1.0, max(0, 1-given)
	if given > 1 || free == 0 {
		scale = 1 / given
	}
	for j := range row {
		switch {
		case fixed[j]:
		case rest > 0:
			row[j] = float32(float64(row[j]) * left / rest)
		default:
			row[j] = float32(left / float64(free))
		}
	}
	for _, f := range forced {
		row[f.Col] = float32(float64(f.Weight) * scale)
	}
}

// applied are the changes that met something in a run; notices say which did not. The text lacks the missing words.
func (s *Session) applied(r *record.Record, c record.Changes, missing []record.Replaced) (done record.Changes, notices []string) {
	done.Replace = slices.DeleteFunc(slices.Clone(c.Replace), func(p record.Replaced) bool { return slices.Contains(missing, p) })
	for _, p := range missing {
		notices = append(notices, say.Text("This text has no word ", p.Word, "; none was replaced by “", p.With, "”."))
	}
	if c.Steer.Any() {
		if notice := s.last.donated.unsteered(&c.Steer); notice != "" {
			notices = append(notices, notice)
		} else {
			done.Steer = c.Steer
		}
	}
	if looks := func(m record.Map) bool { return m.Kind == record.Cross || m.Kind == record.RNN }; !c.Scales() || slices.ContainsFunc(r.Maps, looks) {
		done.Temperature = c.Temperature
	} else {
		notices = append(notices, "This model has no attention from its output to the text; the temperature of attention changed nothing.")
	}
	done.From = c.From
	for _, p := range c.Patched {
		tokens := r.Tokens.Source
		if p.Kind != record.Self && len(r.Tokens.Target) > 0 {
			tokens = r.Tokens.Target
		}
		if p.Row >= len(tokens) {
			notices = append(notices, say.Text("This text has no position ", p.Row, "; nothing was patched there."))
			continue
		}
		if notice := s.last.donated.unpatched(p, s.Model.Net.Heads); notice != "" {
			notices = append(notices, notice)
			continue
		}
		done.Patched = append(done.Patched, p)
	}
	for _, p := range c.Off {
		if r.Find(p.Kind, p.Layer, p.Head) == nil {
			notices = append(notices, say.Text("This model has no head ", p.HeadName(), "; none was switched off."))
			continue
		}
		done.Off = append(done.Off, p)
	}
	for _, f := range c.Force {
		m := r.Find(f.Kind, f.Layer, f.Head)
		if m == nil || f.Row >= m.Rows || f.Col >= m.Cols || m.Masked(f.Row, f.Col) {
			notices = append(notices, say.Text("The weight ", f.String(), " is outside this text's map, or masked; it was not forced."))
			continue
		}
		done.Force = append(done.Force, f)
	}
	return done, notices
}
