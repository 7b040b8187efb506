package run

import (
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// TestPatch: all of the other run's embeddings bring all of the difference, an own activation none.
func TestPatch(t *testing.T) {
	same := 0 // texts that give the same next token
	for _, n := range modeltest.Networks {
		if n.Task == model.Compression {
			continue
		}
		t.Run(n.Kind, func(t *testing.T) {
			s, _ := drawn(t, n.Task, n.Kind)
			text, others := "the cat sat on a dog", []string{"a dog sat on the cat", "the mat and a tapis", "où est l'été", "chat", "le tapis est sur"}
			if n.Task == model.Fill {
				text, others = "the cat ___ on a dog", []string{"a dog ___ on the cat", "___ est", "où ___ l'été", "on ___ a mat and a mat"}
			}
			r, err := s.Run(text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []string{"heads", "residual"} {
				var out *Patches
				other := ""
				for _, other = range others { // until one of them has another output
					if out, err = s.Patch(Patching{Other: other, At: at}); err == nil && out.Other != "" {
						break
					} else if err == nil {
						same++
						checkPatches(t, s, r, other, at, out)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(out.List) == 0 && !(n.Kind == "none" && at == "heads") {
					t.Fatal("nothing was patched")
				}
				if same, err := s.Patch(Patching{Other: text, At: at}); err == nil {
					t.Errorf("a text patched from itself gives %v", same.List)
				}
				checkPatches(t, s, r, other, at, out)
			}
		})
	}
	if same == 0 {
		t.Error("no two texts give the same next token")
	}
	s, _ := drawn(t, model.Translation, "marian")
	if _, err := s.Patch(Patching{Other: "a dog", At: "neurons"}); err == nil || !strings.Contains(err.Error(), "neurons") {
		t.Errorf("unknown place: %v", err)
	}
	if _, err := s.Patch(Patching{Other: "  "}); err == nil {
		t.Error("an empty text is patched from")
	}
}

// against runs another text in a session of its own, and returns that, what both sessions run as far as their outputs
// agree, and the two tokens that they would write next.
func against(t *testing.T, s *Session, text string) (other *Session, own, donor trial, a, b int) {
	t.Helper()
	other = NewSession(s.Model)
	if _, err := other.Run(text, Options{}); err != nil {
		t.Fatal(err)
	}
	own, _ = s.lastTrial()
	donor, _ = other.lastTrial()
	a, b, err := s.diverge(&own, &donor, other, &Patches{})
	if err != nil {
		t.Fatal(err)
	}
	return other, own, donor, a, b
}

// checkPatches computes a few patches anew, one at a time.
func checkPatches(t *testing.T, s *Session, r *record.Record, text, at string, out *Patches) {
	t.Helper()
	other, own, donor, a, b := against(t, s, text)
	kept := map[site]*siteRows{}
	other.logits(grad.NewPass(), []trial{donor}, attention.Hooks{Values: func(v *attention.Values) {
		collect(kept, v)
		if stream := v.Site == attention.Embedding || v.Site == attention.Residual; at == record.AtResidual && stream && v.Kind != record.RNN &&
			!slices.ContainsFunc(out.List, func(p record.Patched) bool { return p.Kind == v.Kind && p.Layer == v.Layer }) {
			t.Errorf("the residual stream after %s layer %d is not patched", v.Kind, v.Layer)
		}
	}})
	step := max(1, len(out.List)/7)
	for k := 0; k < len(out.List); k += step {
		p := out.List[k]
		logits := s.logits(grad.NewPass(), []trial{own}, attention.Hooks{Values: func(v *attention.Values) {
			for i := range v.X.X.Rows {
				if from, to, ok := patched(&p, v, i, s.Model.Net.Heads); ok {
					copy(v.X.X.Row(i)[from:to], kept[siteOf(v)].row(v.Position[i])[from:to])
				}
			}
		}}).X
		got := float64(logits.Row(0)[b] - logits.Row(0)[a])
		if a == b {
			got = logProb(logits, []int{a})
		}
		near(t, "recovered", float64(p.Recovered), (got-float64(out.Base))/float64(out.Full-out.Base), 1e-3)
	}
}

// TestPatchAll: of two texts that differ in one token, that token's embedding brings all of the difference.
func TestPatchAll(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	tried := 0
	words := []string{"a", "b", "c", "d", "e", "f", "g", "h"} // a token each
	for _, word := range words {
		if _, err := s.Run(word, Options{}); err != nil {
			t.Fatal(err)
		}
		for _, other := range words {
			out, err := s.Patch(Patching{Other: other})
			if err != nil { // one output
				continue
			}
			tried++
			most := float32(0)
			for _, p := range out.List {
				if p.Kind == record.Self && p.Layer == record.None {
					most = max(most, p.Recovered)
				}
			}
			near(t, "the embedding of the only other token", float64(most), 1, 2e-3)
		}
	}
	if tried == 0 {
		t.Error("no two texts could be compared")
	}
}
