package run

import (
	"os"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// TestAblateShares: what ablations share, the encoder's output, the predictions before a token and the passes in which
// outputs are written, changes no number and no output: each is that of a pass, and of a run, of its own. Changes made
// by hand hold beneath them.
func TestAblateShares(t *testing.T) {
	var changes record.Changes
	changes.Off = []record.Place{{Kind: record.Cross, Layer: 0, Head: 1}}
	changes.Force = []record.Forced{{Place: record.Place{Kind: record.Cross, Layer: 1, Row: 2}, Col: 1, Weight: 0.9}}
	try := func(t *testing.T, m *model.Model, text string, c record.Changes, kinds ...string) {
		s := NewSession(m)
		if _, err := s.Run(text, Options{Changes: c}); err != nil {
			t.Fatal(err)
		}
		base, err := s.lastTrial()
		if err != nil {
			t.Fatal(err)
		}
		whole := logProb(s.logits(grad.NewPass(), []trial{base}, attention.Hooks{}).X, base.labels)
		rewritten := 0
		for _, of := range kinds {
			parts, err := s.Ablate(Ablation{Parts: of, Outputs: true})
			if err != nil {
				continue // it has no such parts
			}
			replace := func(part *record.Ablated, v *attention.Values, i int) {
				if from, to, ok := s.cells(part, v, i); ok {
					clear(v.X.X.Row(i)[from:to])
				}
			}
			alone := slices.Clone(parts)
			for i := range alone {
				a := &alone[i]
				logits := s.logits(grad.NewPass(), []trial{base}, attention.Hooks{Values: func(v *attention.Values) {
					for i := range v.X.X.Rows {
						replace(a, v, i)
					}
				}})
				a.Delta, a.Output = float32(logProb(logits.X, base.labels)-whole), ""
			}
			if err := s.rewriteEach(alone, replace, nil); err != nil {
				t.Fatal(err)
			}
			for i, a := range parts {
				near(t, of+"'s change", float64(a.Delta), float64(alone[i].Delta), 1e-5)
				a.Delta, a.Output = alone[i].Delta, strings.TrimSuffix(a.Output, " …") // a run says in a notice that it was cut
				if a != alone[i] {
					t.Errorf("%s: together %+v, alone %+v", of, a, alone[i])
				}
				if a.Changed != (a.Output != "") || a.Output == s.last.record.Output {
					t.Errorf("%s: changed is %v, with the output %q", of, a.Changed, a.Output)
				}
				if a.Output != "" {
					rewritten++
				}
			}
		}
		if rewritten == 0 {
			t.Error("no output was written again")
		}
	}
	all := []string{record.HeadParts, record.LayerParts, record.FFNParts, record.PositionParts}
	for _, n := range modeltest.Networks {
		if n.Task == model.Translation || n.Task == model.Compression {
			t.Run(n.Kind, func(t *testing.T) {
				m := modeltest.New(t, n.Task, n.Kind)
				try(t, m, "the cat sat on a dog", record.Changes{}, all...)
				try(t, m, "the cat sat on a dog", changes, all...)
			})
		}
	}
	m, err := model.Open(os.DirFS("../../web/models/en-fr"))
	if err != nil {
		t.Fatal(err)
	}
	try(t, m, "I see a red car.", changes, record.LayerParts, record.PositionParts)
}
