package run

import (
	"testing"

	"heed/core/model"
	"heed/core/record"
)

// TestOutcome: what a generated text is measured by is what was written, or the token that comes next: never what the
// reader typed.
func TestOutcome(t *testing.T) {
	s, r := drawn(t, model.Generation, "gpt2")
	next := r.Predictions[len(r.Predictions)-1].Top[0].ID
	for _, c := range []struct {
		text    string
		written int
	}{{r.Text, 0}, {r.Text, 3}, {"a", 0}} {
		r, err := s.Run(c.text, Options{MaxTokens: c.written})
		if err != nil {
			t.Fatal(err)
		}
		tr, err := s.outcome()
		if err != nil {
			t.Fatal(err)
		}
		all := r.Tokens.Source
		read := len(all) - c.written
		if len(tr.labels) != max(1, c.written) || len(tr.rows) != len(tr.labels) || tr.rows[0] != read-1 {
			t.Fatalf("%q, %d written: rows %v, labels %v", c.text, c.written, tr.rows, tr.labels)
		}
		for i, id := range tr.labels {
			if c.written > 0 && id != all[read+i].ID || c.text == r.Text && c.written == 0 && len(all) > 1 && id != next {
				t.Errorf("%q, %d written: label %d is %d", c.text, c.written, i, id)
			}
		}
		if _, err := s.Ablate(Ablation{Parts: record.PositionParts}); err != nil {
			t.Errorf("%q, %d written: %v", c.text, c.written, err)
		}
		if _, err := s.Attribute(GradientInput, len(all)-1); err != nil {
			t.Errorf("%q, %d written: %v", c.text, c.written, err)
		}
	}
}
