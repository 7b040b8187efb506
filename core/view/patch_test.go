package view_test

import (
	"slices"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// TestPatchContext: a context vector that all steps read stands at no word of the output; that of a step, and a state, at its own.
func TestPatchContext(t *testing.T) {
	r := &record.Record{Task: "translation", Text: "a", Output: "A B",
		Tokens: record.Tokens{Source: []record.Token{{Text: "a"}}, Target: []record.Token{{Text: "<s>", Special: true}, {Text: "A"}, {Text: " B"}}},
		Donor:  &record.Donor{Text: "b", Output: "A C", Position: 1, Token: " B", Other: " C", Full: 1},
		Patch: []record.Patched{{Kind: record.Decoder, Head: record.None, Position: 1, Recovered: 0.5},
			{Kind: record.RNN, Head: record.None, Recovered: 1}}}
	for _, of := range []struct {
		stacks  []record.Stack
		context string
		at      string
	}{{nil, "context vector", "every step"}, {[]record.Stack{{Kind: record.RNN, Layers: 1, Heads: 1}}, "context vector at “A”", "A"}} {
		r.Stacks = of.stacks
		s := build(t, r, view.State{View: view.Patch, Width: 600})
		for row, want := range []string{"decoder, layer 0 at “A”: +0.5000 of the difference comes back", of.context + ": +1.0000 of the difference comes back"} {
			if got := s.Label(view.Ref{Part: view.Pair, Row: row, Col: 1 - row}); got != want {
				t.Errorf("a cell is called %q, want %q", got, want)
			}
		}
		if got := view.PatchedName(r, record.Place{Kind: record.RNN, Head: record.None}); got != of.context {
			t.Errorf("the change is called %q, want %q", got, of.context)
		}
		var said []string
		for _, m := range s.Marks {
			if line, ok := m.(view.Text); ok {
				said = append(said, line.Text)
			}
		}
		for _, want := range []string{"Decoder", "Context vector", of.at} {
			if !slices.Contains(said, want) {
				t.Errorf("%q is not among %q", want, said)
			}
		}
	}
}
