package view_test

import (
	"slices"
	"strings"
	"testing"

	"heed/core/json"
	"heed/core/record"
	"heed/core/view"
)

// TestPatchedColumns: the columns of the decoder are the words of the run that is patched, whatever the patches that
// are there have made of the output, and of its length.
func TestPatchedColumns(t *testing.T) {
	words := func(all ...string) (tokens []record.Token) {
		for _, w := range all {
			tokens = append(tokens, record.Token{Text: w})
		}
		return tokens
	}
	for _, output := range [][]string{{"<s>", "A", "B", "C"}, {"<s>", "X", "Y"}, {"<s>", "X"}, {"<s>", "X", "Y", "Z", "V", "W"}} {
		r := &record.Record{Format: record.Format, Task: "translation", Text: "a", Output: strings.Join(output[1:], ""),
			Changes: record.Changes{Patched: []record.Place{{Kind: record.Self, Head: record.None}}, From: "b"},
			Tokens:  record.Tokens{Source: words("a"), Target: words(output...)},
			Donor:   &record.Donor{Text: "b", Output: "ABD", Own: "ABC", Target: []string{"<s>", "A", "B", "C"}, Position: 2, Token: "C", Other: "D", Full: 1}}
		for _, kind := range []record.Kind{record.Decoder, record.RNN} {
			for i := range 3 {
				r.Patch = append(r.Patch, record.Patched{Kind: kind, Head: record.None, Position: i, Recovered: 0.5})
			}
		}
		b, err := json.Write(r.Fields)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = record.Parse(b); err != nil {
			t.Fatalf("output %q: the Record is not read: %v", output, err)
		}
		r.Stacks = []record.Stack{{Kind: record.RNN, Layers: 1, Heads: 1}}
		s := build(t, r, view.State{View: view.Patch, Width: 600})
		for col := range 3 {
			for row, want := range []string{r.Donor.Target[col], r.Donor.Target[col+1]} {
				if got := s.Label(view.Ref{Part: view.Pair, Row: row, Col: col}); !strings.Contains(got, "“"+want+"”") {
					t.Errorf("output %q: column %d is %q, want %q", output, col, got, want)
				}
			}
		}
		var said []string
		for _, m := range s.Marks {
			if line, ok := m.(view.Text); ok {
				said = append(said, line.Text)
			}
		}
		for _, want := range []string{"this text’s output", "this text’s output as it is patched now"} {
			if !slices.Contains(said, want) {
				t.Errorf("%q is not among %q", want, said)
			}
		}
		if is := "how much more probable “D” is than “C”: 0.00 nats here, +1.00"; !strings.Contains(s.Caption, is) {
			t.Errorf("the caption %q lacks %q", s.Caption, is)
		}
		r.Donor.Other = ""
		if is := "Both texts give “C”. Compared is its log-probability: 0.00 nats here, +1.00"; !strings.Contains(build(t, r, view.State{View: view.Patch, Width: 600}).Caption, is) {
			t.Errorf("of the same token the caption lacks %q", is)
		}
	}
}

// TestPatchContext: a context vector that all steps read stands at no word of the output; that of a step, and a state,
// at its own.
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

// TestPatchInvites: a text is asked for where one can be typed, of a run without attention too; a picture in a file
// says that it holds nothing.
func TestPatchInvites(t *testing.T) {
	r := &record.Record{Text: "a", Tokens: record.Tokens{Source: []record.Token{{Text: "a"}}, Target: []record.Token{{Text: "<s>"}, {Text: "A"}}}}
	for still, want := range map[bool]string{false: "Type another sentence", true: "This record holds no patching"} {
		if s := build(t, r, view.State{View: view.Patch, Width: 600, Still: still}); !strings.HasPrefix(s.Sentence, want) {
			t.Errorf("still %t: %q, want %q", still, s.Sentence, want)
		}
	}
}
