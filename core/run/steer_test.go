package run

import (
	"math"
	"os"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
)

// TestReplaced: a text with words replaced is read as the other text is, while the Record keeps what was typed.
func TestReplaced(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		c := record.Changes{Replace: []record.Replaced{{Word: 1, With: "dog"}, {Word: 40, With: "mat"}}}
		words := record.WordsOf(r.Text)
		other := r.Text[:words[1][0]] + "dog" + r.Text[words[1][1]:]
		want := run(t, s.Model, other, Options{})
		got := run(t, s.Model, r.Text, Options{Changes: c})
		if got.Text != r.Text || got.Changes.ReplaceList() != "1=dog" || !strings.Contains(strings.Join(got.Notices, " "), "no word 40") {
			t.Errorf("text %q, changes %q, notices %q", got.Text, got.Changes.ReplaceList(), got.Notices)
		}
		same(t, "read as another", got, want, 0)
		for i, k := range got.Tokens.Source {
			if k.ID != want.Tokens.Source[i].ID {
				t.Errorf("token %d is %d, want %d", i, k.ID, want.Tokens.Source[i].ID)
			}
		}
		if err := got.Words().Validate(); err != nil {
			t.Error(err)
		}
	})
	s, r := drawn(t, "generation", "gpt2")
	got := run(t, s.Model, r.Text, Options{MaxTokens: 4, Changes: record.Changes{Replace: []record.Replaced{{Word: 0, With: "dog"}}}})
	if got.Text != r.Text+got.Output {
		t.Errorf("written on: %q ends with %q", got.Text, got.Output)
	}
}

// TestSteer: what is added after a layer is the difference of the two texts' mean states there, times the strength, and
// nothing else changes before it.
func TestSteer(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		at := record.Steering{Kind: record.Decoder, Layer: 0, Strength: 3, Toward: "cat cat", Away: "dog"}
		if kind == "bert" || kind != "marian" && kind != "gpt2" {
			at.Kind = record.Self
		}
		residual := func(s *Session) (rows [][]float32) {
			tr := trial{source: s.last.source, target: s.last.target, rows: []int{0}}
			all := map[site]*siteRows{}
			s.states(grad.NewPass(), []trial{tr}, attention.Hooks{Values: func(v *attention.Values) { collect(all, v) }})
			return all[site{attention.Residual, at.Kind, at.Layer}].rows
		}
		mean := func(text string) (sum []float64) {
			other := NewSession(s.Model)
			of, err := other.Run(text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0.0
			for i, row := range residual(other) {
				if of.Queries(at.Kind)[i].Special {
					continue
				}
				n++
				for k, v := range row {
					if sum == nil {
						sum = make([]float64, len(row))
					}
					sum[k] += float64(v)
				}
			}
			for k := range sum {
				sum[k] /= n
			}
			return sum
		}
		o := Options{Changes: record.Changes{Steer: at}}
		if len(r.Tokens.Target) > 0 {
			o.Target = &r.Output
		}
		with := NewSession(s.Model)
		got, err := with.Run(r.Text, o)
		if err != nil {
			t.Fatal(err)
		}
		if got.Changes.Steer != at {
			t.Errorf("the Record has %+v", got.Changes.Steer)
		}
		toward, away, before, after := mean(at.Toward), mean(at.Away), residual(s), residual(with)
		for i, row := range after {
			for k, v := range row {
				near(t, "a state", float64(v), float64(before[i][k])+3*(toward[k]-away[k]), 1e-4)
			}
		}
		for steer, want := range map[record.Steering]string{
			{Kind: at.Kind, Layer: 40, Strength: 1, Toward: "cat", Away: "dog"}: "no layer 40",
			{Kind: at.Kind, Layer: 0, Strength: 1, Toward: "cat", Away: "cat"}:  "the same states",
		} {
			got := run(t, s.Model, r.Text, Options{Changes: record.Changes{Steer: steer}})
			if got.Changes.Any() || !strings.Contains(strings.Join(got.Notices, " "), want) {
				t.Errorf("%+v: %q, %+v", steer, got.Notices, got.Changes)
			}
		}
		at.Away = " "
		if _, err := s.Run(r.Text, Options{Changes: record.Changes{Steer: at}}); err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("without a text to steer away from: %v", err)
		}
	})
}

// TestSteerStories: the story model is steered from a dog toward a cat.
func TestSteerStories(t *testing.T) {
	m, err := model.Open(os.DirFS("../../web/models/stories"))
	if err != nil {
		t.Fatal(err)
	}
	p := func(strength float64, word string) float64 {
		r := run(t, m, "Once upon a time there was a little", Options{Changes: record.Changes{Steer: record.Steering{Kind: record.Decoder, Layer: 2, Strength: strength, Toward: "The cat.", Away: "The dog."}}})
		for _, c := range r.Predictions[len(r.Predictions)-1].Top {
			if c.Text == word {
				return math.Log(float64(c.P))
			}
		}
		return math.Inf(-1)
	}
	t.Log(p(0, " cat"), p(2, " cat"), p(-2, " cat"), p(0, " dog"), p(2, " dog"), p(-2, " dog"))
	if !(p(2, " cat")-p(2, " dog") > p(0, " cat")-p(0, " dog")) {
		t.Error("steering toward a cat makes it no more probable beside a dog")
	}
}
