package run

import (
	"errors"
	"slices"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// interventions are what a run's Changes ask for, as hooks. A further kind of intervention is a file of its own
// that makes hooks and passes them to Session.logits (trials.go) or Session.replay, or, to act while an output is
// written, a member of record.Changes and a case in hooks below.
type interventions struct {
	record.Changes
	donor *donor // of Patched
	heads func(record.Kind) (layers, heads int)
}

// donor is the run of another text that activations are taken from.
type donor struct {
	text  string
	taken map[site]*taken
}

// interventions are those of changes.
func (s *Session) interventions(c record.Changes) interventions {
	return interventions{c, s.donor, s.Model.Net.Heads}
}

// prepare runs the text that activations are taken from, unless it did before.
func (s *Session) prepare(c *record.Changes) error {
	if len(c.Patched) == 0 || s.donor != nil && s.donor.text == c.From {
		return nil
	}
	other := NewSession(s.Model)
	if strings.TrimSpace(c.From) == "" {
		return errors.New("activations are to be patched from another text, which is missing")
	}
	if _, err := other.Run(c.From, Options{}); err != nil {
		return say.Error("the text to patch from: ", err)
	}
	t, err := other.base()
	if err != nil {
		return say.Error("the text to patch from: ", err)
	}
	d := &donor{c.From, map[site]*taken{}}
	other.logits(grad.NewPass(), []trial{t}, attention.Hooks{Values: func(v *attention.Values) { keep(d.taken, v) }})
	s.donor = d
	return nil
}

// hooks returns hooks that change each map and activation of a pass and then call more. Of each sequence so many
// tokens came before those of the pass, from which maps count their rows; activations say their positions in the
// whole sequence. Where nothing is changed they are more itself.
func (iv interventions) hooks(before int, more attention.Hooks) attention.Hooks {
	if iv.Any() {
		see := more.Map
		more.Map = func(m *attention.Map) {
			iv.change(m, before+m.Row)
			if see != nil {
				see(m)
			}
		}
	}
	if len(iv.Patched) > 0 {
		see := more.Values
		more.Values = func(v *attention.Values) {
			iv.patch(v)
			if see != nil {
				see(v)
			}
		}
	}
	return more
}

// patch puts the donor's activations in the place of those that are patched.
func (iv interventions) patch(v *attention.Values) {
	from := iv.donor.taken[siteOf(v)]
	for i := range v.X.X.Rows {
		for _, p := range iv.Patched {
			at := record.Patched{Kind: p.Kind, Layer: p.Layer, Head: p.Head, Position: p.Row}
			begin, end, ok := patched(&at, v, i, iv.heads)
			if row := from.row(v.Position[i]); ok && row != nil {
				copy(v.X.X.Row(i)[begin:end], row[begin:end])
			}
		}
	}
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
			row := m.Weights.Row(i)[:m.Visible(i)]
			var here []record.Forced
			for _, f := range forced {
				if f.Row == first+i && f.Col < len(row) {
					here = append(here, f)
				}
			}
			if here != nil {
				force(row, here)
			}
		}
	}
	if off { // after all else: what is off is off
		for i := range m.Weights.Rows {
			clear(m.Weights.Row(i))
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

// applied are the changes that met something in the maps of a Record; notices say which did not.
func applied(r *record.Record, c record.Changes) (done record.Changes, notices []string) {
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
