package run

import (
	"math"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
)

// TestPatched: a run whose activation is patched is the one that Patch told of, and the change is listed, written, read
// and taken back as others are.
func TestPatched(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		var from string
		var out *Patches
		var err error
		for _, from = range []string{"a dog ___ a cat", "the dog", "cat cat dog"} { // both may give the same output
			if out, err = s.Patch(Patching{Other: from}); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		best := out.List[0]
		for _, p := range out.List {
			if math.Abs(float64(p.Recovered)) > math.Abs(float64(best.Recovered)) {
				best = p
			}
		}
		_, own, _, a, b := against(t, s, from)
		var c record.Changes
		c.Patch(record.Place{Kind: best.Kind, Layer: best.Layer, Head: best.Head, Row: best.Position}, from)
		o := Options{Changes: c}
		if r.Output != "" && len(r.Tokens.Target) > 0 {
			o.Target = &r.Output
		}
		again := NewSession(s.Model)
		with, err := again.Run(r.Text, o)
		if err != nil {
			t.Fatal(err)
		}
		if with.Changes.PatchedList() != c.PatchedList() || with.Changes.From != from {
			t.Errorf("the Record has %+v, want %+v", with.Changes, c)
		}
		logits := again.logits(grad.NewPass(), []trial{own}, attention.Hooks{}).X
		got := float64(logits.Row(0)[b]) - float64(logits.Row(0)[a])
		if a == b {
			got = logProb(logits, []int{a})
		}
		near(t, "the difference of the two tokens", got, float64(out.Base)+float64(out.Full-out.Base)*float64(best.Recovered), 1e-3)

		if part, err := again.Ask(record.Question{Patch: from}, nil); err != nil || len(part.Patch) != len(out.List) {
			t.Errorf("asked of the patched run: %v, %v", part, err)
		} else { // what is patched by hand is not half of the answer
			for i, p := range part.Patch {
				near(t, "recovered under the change", float64(p.Recovered), float64(out.List[i].Recovered), 1e-3)
			}
		}
		c.Patch(c.Patched[0], from)
		if c.Any() {
			t.Errorf("left of the changes: %+v", c)
		}
	})
	s, r := drawn(t, "translation", "marian")
	for list, want := range map[string]string{"self.-.-.40": "no position 40", "cross.0.9.1": "", "self.0.-.0": ""} {
		c := record.Changes{From: "a dog"}
		if err := c.ParsePatched(list); err != nil {
			t.Fatal(err)
		}
		got, err := s.Run(r.Text, Options{Changes: c})
		if err != nil || !strings.Contains(strings.Join(got.Notices, " "), want) {
			t.Errorf("%s: %v, %v", list, got.Notices, err)
		}
	}
	c := record.Changes{Patched: []record.Place{{Kind: record.Self, Layer: record.None, Head: record.None}}}
	if _, err := s.Run(r.Text, Options{Changes: c}); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("without a text to patch from: %v", err)
	}
}
