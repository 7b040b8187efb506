package run

import (
	"heed/core/attention"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// surgery does what a run's Changes ask for, by hooks. Its zero value does nothing.
type surgery struct {
	record.Changes
	off, force []bool // which of them have met what they are about
}

func newSurgery(c record.Changes) surgery {
	return surgery{c, make([]bool, len(c.Off)), make([]bool, len(c.Force))}
}

// hooks returns hooks that change each map and then show it to see, which may be nil. Of each sequence so
// many tokens came before those of the pass. Where there is nothing to change they show it alone.
func (s surgery) hooks(before int, see func(*attention.Map)) attention.Hooks {
	if !s.Any() {
		return attention.Hooks{Map: see}
	}
	return attention.Hooks{Map: func(m *attention.Map) {
		s.change(m, before+m.Row)
		if see != nil {
			see(m)
		}
	}}
}

// change changes a map whose first row is that row of the sequence.
func (s surgery) change(m *attention.Map, first int) {
	if s.Warms() && (m.Kind == record.Cross || m.Kind == record.RNN) {
		cool := float32(1 / s.Temperature)
		m.Scale *= cool
		for i := range m.Scores.Rows {
			tensor.Scale(m.Scores.Row(i), cool, m.Scores.Row(i))
			tensor.Softmax(m.Weights.Row(i), m.Scores.Row(i))
		}
	}
	here := func(p record.Place) bool { return p.Kind == m.Kind && p.Layer == m.Layer && p.Head == m.Head }
	for i := range m.Weights.Rows {
		row := m.Weights.Row(i)[:m.Visible(i)]
		var forced []record.Forced
		for n, f := range s.Force {
			if here(f.Place) && f.Row == first+i && f.Col < len(row) {
				forced = append(forced, f)
				met(s.force, n)
			}
		}
		if forced != nil {
			force(row, forced)
		}
	}
	for n, p := range s.Off { // after all else: what is off is off
		if here(p) {
			met(s.off, n)
			for i := range m.Weights.Rows {
				clear(m.Weights.Row(i))
			}
		}
	}
}

// force sets weights of a row, which lies in its map, and scales the others, as record.Changes says.
func force(row []float32, forced []record.Forced) {
	given, rest := 0.0, 0.0
	fixed := make([]bool, len(row))
	for _, f := range forced {
		fixed[f.Col] = true
		given += float64(f.Weight)
	}
	free := len(row) - len(forced)
	if free == 0 && given == 0 {
		return // there is nobody to take the weight
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

func met(all []bool, n int) {
	if n < len(all) {
		all[n] = true
	}
}

// done are the changes that were made.
func (s surgery) done() record.Changes {
	c := record.Changes{Temperature: s.Temperature}
	for n, p := range s.Off {
		if s.off[n] {
			c.Off = append(c.Off, p)
		}
	}
	for n, f := range s.Force {
		if s.force[n] {
			c.Force = append(c.Force, f)
		}
	}
	return c
}

// unmet says which changes found nothing to change.
func (s surgery) unmet() (sentences []string) {
	for n, p := range s.Off {
		if !s.off[n] {
			sentences = append(sentences, say.Text("There is no head ", p.HeadName(), " in this model to switch off."))
		}
	}
	for n, f := range s.Force {
		if !s.force[n] {
			sentences = append(sentences, say.Text("There is no weight ", f.String(), " in this text to force, or it may not be looked at."))
		}
	}
	return sentences
}
