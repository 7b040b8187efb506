package view_test

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// TestAdversaryView: both maps are there, cell by cell, and what they do not prove; a Record without them says so.
func TestAdversaryView(t *testing.T) {
	r := &record.Record{Task: "translation", Text: "a b", Output: "A",
		Tokens: record.Tokens{Source: []record.Token{{Text: "a"}, {Text: " b"}}, Target: []record.Token{{Text: "<s>", Special: true}, {Text: "A"}}},
		Adversary: &record.Adversary{Keys: []string{"a", " b"}, Rows: []record.AdversarialRow{{Token: "A", Weights: []float32{0.75, 0.25}, Other: []float32{0.125, 0.875}, Distance: 0.625, Change: 0.03},
			{Token: "</s>", Weights: []float32{0.5, 0.5}, Other: []float32{0.25, 0.75}, Distance: 0.25, Change: 0.0494}}}}
	s := build(t, r, view.State{View: view.Adversary, Width: 600, Kind: record.RNN})
	for row, want := range []string{"“A” looks at “b”: 0.250, and 0.875 in the other map", "“</s>” looks at “b”: 0.500, and 0.750 in the other map", "“A” looks at “b”: 0.250, and 0.875 in the other map"} {
		if got := s.Label(view.Ref{Part: view.Pair, Row: row, Col: 1}); got != want {
			t.Errorf("row %d is called %q, want %q", row, got, want)
		}
	}
	if !strings.Contains(s.Caption, "0.62 of its weight") && !strings.Contains(s.Caption, "0.63 of its weight") || !strings.Contains(s.Caption, "does not prove") {
		t.Errorf("the caption says %q", s.Caption)
	}
	if !strings.Contains(s.Caption, "No prediction changes by more than 0.0494.") { // that of the farthest row does by less
		t.Errorf("the largest change is not said: %q", s.Caption)
	}
	r.Adversary = nil
	if s = build(t, r, view.State{View: view.Adversary, Width: 600}); !strings.Contains(s.Sentence, "no other weights") {
		t.Errorf("of a Record without other weights: %q", s.Sentence)
	}
}

// TestGridRoles: heads are called what they do over a corpus, with the chance level, where that is asked for.
func TestGridRoles(t *testing.T) {
	r := &record.Record{Text: "a b", Tokens: record.Tokens{Source: []record.Token{{Text: "a"}, {Text: " b", Word: 1}}}}
	roles := &record.Roles{Corpus: "3 lines"}
	for h := range 2 {
		r.Maps = append(r.Maps, record.Map{Kind: record.Self, Head: h, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0, 1}})
		roles.Heads = append(roles.Heads, record.HeadScores{Kind: record.Self, Head: h, Chance: record.Shares{record.OnPrevious: 0.25, record.OnFirst: 0.25}})
	}
	roles.Heads[0].Shares[record.OnPrevious], roles.Heads[0].Shares[record.OnFirst] = 0.875, 0.5
	roles.Heads[1].Shares[record.OnFirst] = 0.3
	r.Roles = roles
	s := view.State{View: view.Heads, Kind: record.Self, Width: 600, Ask: record.Question{Roles: true}}
	got := build(t, r, s)
	for h, want := range []string{"layer 0 head 0: previous place: 0.88 of the weight, 0.25 by chance", "layer 0 head 1: no share of its weight is far above chance"} {
		if name := got.Label(head(0, h)); name != want {
			t.Errorf("head %d is called %q, want %q", h, name, want)
		}
	}
	if !strings.Contains(got.Caption, "what the head does, measured over 3 lines") {
		t.Errorf("the caption says %q", got.Caption)
	}
	// Between two texts a place is no token of the query's own text.
	for h := range r.Maps {
		r.Maps[h].Kind, roles.Heads[h].Kind = record.Cross, record.Cross
	}
	r.Tokens.Target = []record.Token{{Text: "<s>"}, {Text: "A"}, {Text: " B", Word: 1}}
	roles.Heads[1].Shares[record.OnSame] = 0.875
	s.Kind = record.Cross
	got = build(t, r, s)
	for h, want := range []string{"layer 0 head 0: previous place: 0.88 of the weight, 0.25 by chance", "layer 0 head 1: same place: 0.88 of the weight, 0.00 by chance"} {
		if name := got.Label(head(0, h)); name != want {
			t.Errorf("head %d of cross-attention is called %q, want %q", h, name, want)
		}
	}
	// What a dictionary says is of words, not of weight, and is said of cross-attention alone.
	if strings.Contains(got.Caption, "dictionary") {
		t.Errorf("the caption tells of a dictionary that was not asked: %q", got.Caption)
	}
	roles.Translate(&record.Translations{Pairs: "9 words", Chance: 0.125, Heads: []record.HeadRate{{Kind: record.Cross, Head: 1, Rate: 0.9375}, {Kind: record.Cross, Head: 7, Rate: 1}}})
	got = build(t, r, s)
	for h, want := range []string{"layer 0 head 0: previous place: 0.88 of the weight, 0.25 by chance", "layer 0 head 1: translation: of 0.94 of the words, 0.12 by chance"} {
		if name := got.Label(head(0, h)); name != want {
			t.Errorf("head %d beside a dictionary is called %q, want %q", h, name, want)
		}
	}
	if !strings.Contains(got.Caption, "as their translation by a dictionary is written (9 words).") {
		t.Errorf("the caption does not tell of the dictionary: %q", got.Caption)
	}
	s.Ask.Roles = false
	if got = build(t, r, s); strings.Contains(got.Label(head(0, 0)), "chance") {
		t.Errorf("named by a corpus though nobody asked: %q", got.Label(head(0, 0)))
	}
}
