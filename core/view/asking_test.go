package view_test

import (
	"slices"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// words are the texts of a scene.
func words(s *view.Scene) (all []string) {
	for _, m := range s.Marks {
		if t, ok := m.(view.Text); ok {
			all = append(all, t.Text)
		}
	}
	return all
}

// saidBy wants texts in a scene, and others not in it.
func saidBy(t *testing.T, s *view.Scene, want, not []string) {
	t.Helper()
	all := words(s)
	for _, w := range want {
		if !slices.Contains(all, w) {
			t.Errorf("%q is not among %q", w, all)
		}
	}
	for _, n := range not {
		if strings.Contains(strings.Join(all, "\n"), n) {
			t.Errorf("%q is shown to people: %q", n, all)
		}
	}
}

// translated is a Record of two words and what was written of them.
func translated() *record.Record {
	return &record.Record{Task: "translation", Text: "a b", Output: "A B", Tokens: record.Tokens{Source: []record.Token{{Text: "a"}, {Text: " b"}},
		Target: []record.Token{{Text: "<s>", Special: true, Word: -1}, {Text: "A"}, {Text: " B"}}}}
}

// TestAttributionWords: methods are named in words, above the bars and in the table, the text is told from the output,
// and a part of the network has its whole name on a narrow screen too. Comma-separated values have the names of the
// Record.
func TestAttributionWords(t *testing.T) {
	r := translated()
	r.Attribution = &record.Attribution{Method: "integrated-gradients", Position: 1, Token: " B", Source: []float32{1, 2}, Target: []float32{0.5, 1, 0},
		Beside: &record.Attribution{Method: "leave-one-out", Position: 1, Token: " B", Source: []float32{1, 3}, Target: []float32{0, 1, 0}}}
	at := view.State{View: view.Attribution, Width: 600}
	s := build(t, r, at)
	saidBy(t, s, []string{"integrated gradients", "leave one out", "the text", "the output"}, []string{"integrated-gradients", "leave-one-out"})
	if got := s.Label(view.Ref{Part: view.Key, Col: 1}); got != "b, +2.0000 by integrated gradients, +3.0000 by leave one out" {
		t.Errorf("a bar is called %q", got)
	}
	// What leave-one-out did not leave out was not measured.
	if got := s.Label(view.Ref{Part: view.Key, Col: 2}); got != "<s>, +0.5000 by integrated gradients, not left out by leave one out" || !slices.Contains(words(s), "–") {
		t.Errorf("a special token's bar is called %q", got)
	}
	if csv, err := view.CSV(r, at, view.Env{}); err != nil || !strings.Contains(string(csv), "\n<s>,0.5,\n") {
		t.Errorf("its line is in %q (%v)", csv, err)
	}
	table := view.Strongest(r, at, view.Env{}, 9)
	if got := strings.Join(table.Rows[2], " "); got != "<s> +0.5000 –" {
		t.Errorf("its row is %q", got)
	}
	if len(table.Columns) != 3 || table.Columns[1].Name != "integrated gradients" || table.Columns[2].Name != "leave one out" {
		t.Errorf("the table: %+v", table)
	}
	r.Attribution = &record.Attribution{Method: "direct", Position: 1, Token: " B", Value: 3,
		Parts: []record.AttributedPart{{Name: "ffn", Layer: 2, Head: record.None, Value: 2}, {Name: "head", Kind: record.Decoder, Layer: 1, Head: 3, Value: 1}}}
	for _, width := range []float64{600, 300} {
		at.Width = width
		saidBy(t, build(t, r, at), []string{"feed-forward network, layer 2", "decoder self-attention, layer 1, head 3"}, []string{"…", "each word"})
	}
}

// TestAttributionCaption: what numbers sum to and should sum to; that methods are compared by sizes alone, and where
// the largest have opposite signs; that parts of the network are not compared with words.
func TestAttributionCaption(t *testing.T) {
	r := translated()
	r.Tokens.Source = append(r.Tokens.Source, record.Token{Text: " c"}, record.Token{Text: "</s>", Special: true})
	left := &record.Attribution{Method: "leave-one-out", Source: []float32{-4, 0.5, 0.25, 0}, Target: []float32{0, 0, 0}}
	r.Attribution = &record.Attribution{Method: "integrated-gradients", Steps: 9, Gap: -0.25, Source: []float32{4, 1, 0.5, 0}, Target: []float32{1, 0, 0}, Beside: left}
	caption := func(has bool, sentences ...string) {
		t.Helper()
		s := build(t, r, view.State{View: view.Attribution, Width: 600})
		for _, says := range sentences {
			if strings.Contains(s.Caption, says) != has {
				t.Errorf("%q in the caption: %v, want %v: %q", says, !has, has, s.Caption)
			}
		}
	}
	opposite := "“a”, the largest of the two together, has opposite signs."
	caption(true, "in 9 steps: the numbers sum to +6.5000 nats, and should sum to +6.2500.", "is 1.00, of the sizes of their numbers, without sign, over the 3 tokens of the text.", opposite)
	left.Source[0], left.Source[1] = 4, -0.5
	caption(false, opposite)
	apart := "not words: “leave one out” cannot stand beside it."
	caption(false, apart)
	r.Attribution = &record.Attribution{Method: "direct", Parts: []record.AttributedPart{{Name: "bias", Layer: record.None, Head: record.None}}, Beside: left}
	caption(true, apart)
	r.Attribution, left.Beside, r.Attribution.Beside = left, r.Attribution, nil
	caption(true, apart)
}

// TestWhyWords: what a score is made of is said in words.
func TestWhyWords(t *testing.T) {
	r := translated()
	r.Why = &record.Why{Place: record.Place{Kind: record.Cross, Row: 1}, Score: 3, Parts: []record.WhyPart{{Query: "ffn.1", Key: "self.2.5", Value: 2}, {Query: "cross.1.3", Key: "bias", Value: 1},
		{Query: "decoder.0.1", Key: "embedding", Value: 0.5}}}
	s := view.State{View: view.Why, Width: 600, Kind: record.Cross}
	saidBy(t, build(t, r, s), []string{"feed-forward 1 × encoder 2.5", "cross 1.3 × bias", "decoder 0.1 × embedding"}, []string{"ffn", "self."})
	r.Tokens.Target, s.Kind = nil, record.Self // an encoder alone
	r.Why.Kind = record.Self
	saidBy(t, build(t, r, s), []string{"feed-forward 1 × head 2.5"}, []string{"ffn", "self."})
}

// TestChoosable: of the words of a row only those that can be chosen, and the chosen one, stand out.
func TestChoosable(t *testing.T) {
	r := &record.Record{Task: "generation", Text: "a b c", Tokens: record.Tokens{Source: []record.Token{{Text: "a"}, {Text: " b"}, {Text: " c"}}},
		Why: &record.Why{Place: record.Place{Kind: record.Decoder, Row: 1}, Col: 0, Score: 1, Parts: []record.WhyPart{{Query: "bias", Key: "bias", Value: 1}}}}
	roles := map[string][]view.Role{}
	for _, m := range build(t, r, view.State{View: view.Why, Width: 600, Kind: record.Decoder}).Marks {
		if line, ok := m.(view.Text); ok {
			roles[line.Text] = append(roles[line.Text], line.Paint.Role)
		}
	}
	for word, want := range map[string][]view.Role{"a": {view.Ink, view.Focus}, "b": {view.Focus, view.Ink}, "c": {view.Ink, view.Muted}} {
		if !slices.Equal(roles[word], want) {
			t.Errorf("%q is painted as %v, want %v", word, roles[word], want)
		}
	}
}

// TestAblationDots: a dot is where the output changes, in cells in a colour that is seen, and is explained where there
// is one.
func TestAblationDots(t *testing.T) {
	r := translated()
	dots := func() (all []view.Role) {
		s := build(t, r, view.State{View: view.Ablation, Width: 600})
		for _, m := range s.Marks {
			if d, ok := m.(view.Disc); ok {
				all = append(all, d.Paint.Role)
			}
		}
		if explained := strings.Contains(s.Caption, "A dot:"); explained != (len(all) > 0) {
			t.Errorf("%d dots; the caption says %q", len(all), s.Caption)
		}
		return all
	}
	for i, delta := range []float32{-2, -0.1, 0.5} {
		r.Ablation = append(r.Ablation, record.Ablated{Part: record.HeadParts, Kind: record.Cross, Head: i, Position: record.None, Delta: delta, Changed: i < 2})
	}
	if got := dots(); !slices.Equal(got, []view.Role{view.Paper, view.Ink}) {
		t.Errorf("dots on cells are %v", got)
	}
	r.Ablation = []record.Ablated{{Part: record.PositionParts, Kind: record.Self, Layer: record.None, Head: record.None, Delta: -2, Changed: true},
		{Part: record.PositionParts, Kind: record.Decoder, Layer: record.None, Head: record.None, Delta: -1}}
	if got := dots(); !slices.Equal(got, []view.Role{view.Ink}) {
		t.Errorf("dots beside bars are %v", got)
	}
	r.Ablation[0].Output = "A"
	saidBy(t, build(t, r, view.State{View: view.Ablation, Width: 600}), []string{"the text", "the output", "Without “a” of the text:"}, nil)
	if got := build(t, r, view.State{View: view.Ablation, Width: 600}); !strings.Contains(got.Caption, "A dot: greedy search writes another output.") {
		t.Errorf("which output is another is not said: %q", got.Caption)
	}
	r.Ablation[1].Output = "B"
	saidBy(t, build(t, r, view.State{View: view.Ablation, Width: 600}), []string{"Without “a” of the text:", "Without “<s>” of the output:"}, nil)
	r.Ablation = r.Ablation[1:]
	r.Ablation[0].Output = ""
	if got := dots(); got != nil {
		t.Errorf("without a change there are dots: %v", got)
	}
}
