package run

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/record"
)

// TestAdversary looks for other weights of the soft attention with which the output is the same, and runs the model
// with each row of them that it finds.
func TestAdversary(t *testing.T) {
	m, err := model.Open(os.DirFS("../../web/models/en-fr-attention"))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(m)
	const text = "I like tea."
	r, err := s.Run(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.adversary(12, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.With(&record.Record{Adversary: a}).Validate(); err != nil {
		t.Error(err)
	}
	far := 0.0
	for i, row := range a.Rows {
		sum := 0.0
		var c record.Changes
		for j, w := range row.Other {
			sum += float64(w)
			c.Set(record.Forced{Place: record.Place{Kind: record.RNN, Row: i}, Col: j, Weight: w})
		}
		if math.Abs(sum-1) > 1e-5 || row.Change > 0.05 || row.Distance < 0 || row.Distance > 1 {
			t.Errorf("row %d sums to %g, changes %g, is %g away", i, sum, row.Change, row.Distance)
		}
		other, err := NewSession(s.Model).Run(text, Options{Changes: c})
		if err != nil {
			t.Fatal(err)
		}
		if other.Output != r.Output {
			t.Errorf("with other weights in row %d: %q, not %q", i, other.Output, r.Output)
		}
		if m := other.Find(record.RNN, 0, 0); row.Distance > 0 && slices.Equal(m.Weights[i*m.Cols:][:m.Cols], row.Weights) {
			t.Errorf("row %d is what it was", i)
		}
		far = max(far, row.Distance)
	}
	if far < 0.3 {
		t.Errorf("the farthest row is only %g away", far)
	}
	if _, err := NewSession(m).Adversary(nil); err == nil || !strings.Contains(err.Error(), "nothing to explain") {
		t.Errorf("of a session that has not run: %v", err)
	}
	fixed, _ := drawn(t, model.Translation, "none")
	if _, err := fixed.Adversary(nil); err == nil || !strings.Contains(err.Error(), "no soft attention") {
		t.Errorf("of a run without soft attention: %v", err)
	}
}
