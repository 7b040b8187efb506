package run

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/say"
)

// TestExplainPatched: what is explained of a run with patched activations holds, or is refused.
func TestExplainPatched(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	c := record.Changes{From: "a dog"}
	if err := c.ParsePatched("self.0.-.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run("the cat sat", Options{Changes: c}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Why(record.Place{Kind: record.Self, Layer: 1, Row: 1}, 0); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("a score of what was patched is split: %v", err)
	}
	d := s.Detail(record.Place{Kind: record.Self, Layer: 0, Row: 1})
	w, err := s.Why(d.Place, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "a score before what was patched", float64(w.Score), float64(d.Scores[0]), 1e-4)
	for _, method := range []string{GradientInput, IntegratedGradients, AttentionGradient, LeaveOneOut} {
		if _, err := s.Attribute(method, 0); err == nil || !strings.Contains(err.Error(), "without forced weights") {
			t.Errorf("%s: %v", method, err)
		}
	}
	if _, err := s.Run("the cat sat", Options{Changes: parse(t, "", "cross.0.0.0.1=0.9", 0)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Attribute(LeaveOneOut, 0); err == nil || !strings.Contains(err.Error(), "without forced weights") {
		t.Errorf("leave-one-out under a forced weight: %v", err)
	}
}

// TestFailedRun: a run that fails changes nothing of what the last one says.
func TestFailedRun(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	changed := func(from string) Options {
		c := record.Changes{From: from}
		if err := c.ParsePatched("self.0.-.1"); err != nil {
			t.Fatal(err)
		}
		return Options{Changes: c}
	}
	if _, err := s.Run("the cat sat", changed("a dog")); err != nil {
		t.Fatal(err)
	}
	at := record.Place{Kind: record.Self, Layer: 1, Row: 1}
	want := s.Detail(at)
	o := changed("cat mat")
	enough := errors.New("enough")
	o.Partial = func(string) error { return enough }
	if _, err := s.Run("the cat sat", o); err != enough {
		t.Fatalf("the run is not ended: %v", err)
	}
	if got := s.Detail(at); !slices.Equal(got.Scores, want.Scores) {
		t.Errorf("after a run that failed the scores are %v, before it %v", got.Scores, want.Scores)
	}
}

// TestPatchedNowhere: a patch that meets nothing is not listed as done, and a notice says why.
func TestPatchedNowhere(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	for list, want := range map[string]string{
		"self.99.0.0": "no activation self.99.0.0", "rnn.0.0.0": "no activation rnn.0.0.0", "self.0.9.0": "no activation self.0.9.0",
		"self.0.-.8": "text to patch from has no position 8", "self.0.0.1": "",
	} {
		c := record.Changes{From: "a"}
		if err := c.ParsePatched(list); err != nil {
			t.Fatal(err)
		}
		r, err := s.Run("the cat sat on the mat", Options{Changes: c})
		if err != nil {
			t.Fatal(err)
		}
		if notices := strings.Join(r.Notices, " "); (want == "") != (len(r.Changes.Patched) == 1) || !strings.Contains(notices, want) {
			t.Errorf("%s: %v are listed, the notices are %q", list, r.Changes.Patched, notices)
		}
	}
}

// TestAblateNothing: a network without feed-forward networks has none to ablate, and its layers are ablated all the
// same.
func TestAblateNothing(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	net, err := model.NewNet([]byte(say.Text(`{"model_type": "heed", "vocab_size": `, m.Tokenizer.Len(), `, "d_model": 16, "encoder_layers": 0, "decoder_layers": 2, "decoder_heads": 2,
		"decoder_ffn_dim": 0, "bos_token_id": 0, "eos_token_id": 0}`)))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	m.Net = net
	s := NewSession(m)
	_, err = s.Run("the cat sat", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := s.Ablate(Ablation{Parts: record.FFNParts}); err == nil || !strings.Contains(err.Error(), "has no feed-forward networks") {
		t.Errorf("%v, %v", parts, err)
	}
	if parts, err := s.Ablate(Ablation{Parts: record.LayerParts}); err != nil || len(parts) != 2 {
		t.Errorf("layers: %v, %v", parts, err)
	}
}

// TestInductionReads: an encoder reads the repeated tokens as it reads a text, with its special tokens around them.
func TestInductionReads(t *testing.T) {
	s, _ := drawn(t, model.Fill, "bert")
	heads, err := Heads(s.Model, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	vocab, positions := s.Model.Net.Limits()
	n := positions/2 - 1
	class, _ := s.Model.Tokenizer.ID(model.Class)
	separator, _ := s.Model.Tokenizer.ID(model.Separator)
	want := map[record.Place]float64{}
	rng := rand.New(rand.NewPCG(1, 1))
	for range randomTexts {
		source := []int{class}
		for len(source) < 1+n {
			if id := rng.IntN(vocab); len(s.Model.Tokenizer.Bytes(id)) > 0 {
				source = append(source, id)
			}
		}
		source = append(append(source, source[1:]...), separator)
		s.states(grad.NewPass(), []trial{{source: source, rows: []int{0}}}, attention.Hooks{Map: func(m *attention.Map) {
			for i := 1 + n; i < 1+2*n; i++ {
				want[record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head}] += float64(m.Weights.Row(i)[i-n+1]) / float64(n*randomTexts)
			}
		}})
	}
	for _, h := range heads {
		near(t, "induction", h.Shares[record.OnInduction], want[record.Place{Kind: h.Kind, Layer: h.Layer, Head: h.Head}], 1e-6)
	}
}

// TestCutCounts: a notice counts the tokens of the text, not the special ones around them.
func TestCutCounts(t *testing.T) {
	for _, n := range []struct{ task, kind string }{{model.Fill, "bert"}, {model.Generation, "gpt2"}, {model.Translation, "marian"}} {
		m := modeltest.New(t, n.task, n.kind)
		const letters = 60
		text := strings.TrimSpace(strings.Repeat("q ", letters))
		r := run(t, m, text, Options{})
		kept := 0
		for _, k := range r.Tokens.Source {
			if !k.Special {
				kept++
			}
		}
		all := ofText(m.Tokenizer.Encode(text))
		if notice := strings.Join(r.Notices, " "); kept >= all || !strings.Contains(notice, say.Text("has ", all, " tokens")) || !strings.Contains(notice, say.Text(" ", kept, ".")) {
			t.Errorf("%s: %d of %d tokens are read: %q", n.kind, kept, all, notice)
		}
	}
}

// TestClustered: numbers that are the same within their sentence are as many observations as there are sentences.
func TestClustered(t *testing.T) {
	for _, repeats := range []int{1, 2, 7} {
		mean, deviation, ok := clustered([][]float64{slices.Repeat([]float64{1}, repeats), nil, slices.Repeat([]float64{0}, repeats)})
		if !ok || mean != 0.5 || math.Abs(deviation-0.5) > 1e-9 {
			t.Errorf("of %d each: %g ± %g, want 0.5 ± 0.5", repeats, mean, deviation)
		}
	}
	if _, _, ok := clustered([][]float64{nil}); ok {
		t.Error("nothing has a mean")
	}
}

// TestProgress: what is done of one piece of work only grows, of a number that stays, to its end.
func TestProgress(t *testing.T) {
	s, r := drawn(t, model.Translation, "marian")
	texts := []string{"a dog and a cat", "the cat sat", ""}
	if _, err := s.Run(r.Text, Options{}); err != nil { // greedily, so that outputs are written again
		t.Fatal(err)
	}
	for what, work := range map[string]func(Progress) error{
		"heads":   func(p Progress) error { _, err := Heads(s.Model, texts, p); return err },
		"trust":   func(p Progress) error { _, err := Trusted(s.Model, texts, 1, p); return err },
		"outputs": func(p Progress) error { _, err := s.Ablate(Ablation{Outputs: true, Progress: p}); return err },
		"means": func(p Progress) error {
			_, err := s.Ablate(Ablation{Mean: texts, Outputs: true, Progress: p})
			return err
		},
		"attribute": func(p Progress) error {
			_, err := s.Ask(record.Question{Attribute: Attention + "," + LeaveOneOut}, p)
			return err
		},
	} {
		last, all := -1, 0
		if err := work(func(done, of int) error {
			if done < last || all != 0 && of != all {
				t.Errorf("%s: %d of %d comes after %d of %d", what, done, of, last, all)
			}
			last, all = done, of
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if last != all {
			t.Errorf("%s ends with %d of %d", what, last, all)
		}
	}
	g, _ := drawn(t, model.Generation, "gpt2")
	if _, err := g.Run("the cat sat", Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Ablate(Ablation{Outputs: true, Progress: func(_, of int) error {
		if heads := 8; of != heads {
			t.Errorf("of %d heads of a text that is not written again, %d are counted", heads, of)
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
}
