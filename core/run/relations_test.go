package run

import (
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// TestRelations computes the syntactic shares anew, of a model that sees both ways and of one that looks back, from
// words that are cut at spaces; of French they are not measured.
func TestRelations(t *testing.T) {
	for _, r := range relations() {
		if !strings.HasPrefix(r.text[r.firstAt:], r.first+" ") || !strings.HasPrefix(r.text[r.after:], r.second) || strings.Count(r.text[r.firstAt:r.after], " ") < 2 {
			t.Errorf("%q: %q is not at %d, or %q not at %d with words between", r.text, r.first, r.firstAt, r.second, r.after)
		}
	}
	for task, family := range map[string]string{model.Translation: "marian", model.Generation: "gpt2"} {
		m := modeltest.New(t, task, family)
		m.About.Source = "en-GB"
		heads, err := Heads(m, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		kind := record.Self
		if task == model.Generation {
			kind = record.Decoder
		}
		var sum, chance [2]float64
		s := NewSession(m)
		for _, of := range relations() {
			r, err := s.Run(of.text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			within := func(at int, w string) (all []int) {
				for i, tok := range r.Tokens.Source {
					if strings.TrimSpace(tok.Text) != "" && !tok.Special && tok.Start >= at-1 && tok.End <= at+len(w) && tok.End > at {
						all = append(all, i)
					}
				}
				return all
			}
			from, to := within(of.firstAt, of.first), within(of.after, of.second)
			visible := len(r.Tokens.Source)
			if kind == record.Decoder {
				from, to = to, from
				visible = from[len(from)-1] + 1
			}
			at := of.which - record.OnNoun
			for _, k := range to {
				sum[at] += float64(r.Find(kind, 1, 1).At(from[len(from)-1], k))
			}
			chance[at] += float64(len(to)) / float64(visible)
		}
		n := float64(len(relations()) / 2)
		for _, h := range heads {
			if h.Kind == kind && h.Layer == 1 && h.Head == 1 {
				for i, which := range []int{record.OnNoun, record.OnVerb} {
					near(t, "share", h.Shares[which], sum[i]/n, 1e-5)
					near(t, "chance", h.Chance[which], chance[i]/n, 1e-5)
				}
			} else if h.Kind != kind && (h.Shares[record.OnNoun] != 0 || h.Shares[record.OnVerb] != 0) {
				t.Errorf("%s.%d.%d is measured on words that it does not read", h.Kind, h.Layer, h.Head)
			}
		}
		m.About.Source = "fr"
		if heads, err = Heads(m, nil, nil); err != nil || heads[0].Chance[record.OnNoun] != 0 {
			t.Errorf("of French %v, %v", heads[0].Chance, err)
		}
	}
}
