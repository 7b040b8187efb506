package run

import (
	"math"
	"slices"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// TestOptions wants every option that does not apply to a task refused by its name, and the others taken.
func TestOptions(t *testing.T) {
	own := "the cat"
	for _, c := range []struct {
		name  string
		o     Options
		tasks string
	}{
		{"target", Options{Target: &own}, "translation compression"},
		{"beam", Options{Beam: 2}, "translation compression"},
		{"max-tokens", Options{MaxTokens: 3}, "translation compression generation"},
		{"temperature", Options{Sampling: Sampling{Temperature: 1}}, "generation"},
		{"top-k", Options{Sampling: Sampling{TopK: 3}}, "generation"},
		{"top-p", Options{Sampling: Sampling{TopP: 0.5}}, "generation"},
		{"seed", Options{Sampling: Sampling{Seed: 3}}, "generation"},
		{"vectors", Options{Vector: true}, "similarity"},
	} {
		for _, k := range modeltest.Networks {
			_, err := NewSession(modeltest.New(t, k.Task, k.Kind)).Run("the cat", c.o)
			if _, err := NewSession(modeltest.New(t, k.Task, k.Kind)).Run("the cat", c.o.For(k.Task)); err != nil {
				t.Errorf("%s of %s, with what applies only: %v", c.name, k.Task, err)
			}
			if applies := strings.Contains(c.tasks, k.Task); applies != (err == nil) || applies != (Applies(c.name, k.Task) == nil) {
				t.Errorf("%s of %s: %v", c.name, k.Task, err)
			} else if err != nil && !strings.HasPrefix(err.Error(), c.name+" applies to models that ") {
				t.Errorf("%s of %s: the error is %q", c.name, k.Task, err)
			}
		}
	}
	if err := Applies("lens", model.Fill); err != nil {
		t.Errorf("what applies to all is refused: %v", err)
	}
}

// TestOptionsOutOfRange wants an error that names the option for every value that cannot be meant.
func TestOptionsOutOfRange(t *testing.T) {
	nan := math.NaN()
	force := func(w float32) record.Changes {
		return record.Changes{Force: []record.Forced{{Place: record.Place{Kind: record.Decoder}, Weight: w}}}
	}
	s := NewSession(modeltest.New(t, model.Generation, "gpt2"))
	for _, c := range []struct {
		name string
		o    Options
	}{
		{"max-tokens", Options{MaxTokens: -1}},
		{"temperature", Options{Sampling: Sampling{Temperature: -1}}},
		{"temperature", Options{Sampling: Sampling{Temperature: nan}}},
		{"temperature", Options{Sampling: Sampling{Temperature: math.Inf(1)}}},
		{"top-k", Options{Sampling: Sampling{TopK: -1}}},
		{"top-p", Options{Sampling: Sampling{TopP: 1.1}}},
		{"top-p", Options{Sampling: Sampling{TopP: nan}}},
		{"decoder.0.0.0.0", Options{Changes: force(float32(nan))}},
		{"decoder.0.0.0.0", Options{Changes: force(-0.5)}},
		{"temperature of attention", Options{Changes: record.Changes{Temperature: nan}}},
		{"temperature of attention", Options{Changes: record.Changes{Temperature: -1}}},
	} {
		if _, err := s.Run("the cat", c.o); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: the error is %v", c.name, err)
		}
	}
	if _, err := NewSession(modeltest.Small(t)).Run("the cat", Options{Beam: -1}); err == nil || !strings.Contains(err.Error(), "beam") {
		t.Errorf("beam: the error is %v", err)
	}
	if _, err := s.Run("the cat", Options{}); err != nil {
		t.Fatal(err)
	}
	own := "le chat"
	for name, o := range map[string]Options{"beam": {Target: &own, Beam: 3}, "max-tokens": {Target: &own, MaxTokens: 3}} {
		if _, err := NewSession(modeltest.Small(t)).Run("the cat", o); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s beside a target: the error is %v", name, err)
		}
	}
	for _, x := range []float64{-1, nan} {
		if _, err := s.Next(Sampling{Temperature: x}); err == nil || !strings.Contains(err.Error(), "temperature") {
			t.Errorf("what follows at a temperature of %g: %v", x, err)
		}
	}
}

// TestTopPAfterTopK wants the order of Python's transformers: top-p is a share of what top-k left.
func TestTopPAfterTopK(t *testing.T) {
	logits := []float32{float32(math.Log(0.4)), float32(math.Log(0.3)), float32(math.Log(0.3))}
	if got := newDraw(logits, Sampling{Temperature: 1, TopK: 2, TopP: 0.5}).first(3); len(got) != 1 || got[0].ID != 0 || got[0].P != 1 {
		t.Errorf("of .4, .3, .3 top-k 2 and top-p .5 leave %v, want the first", got)
	}
	if got := newDraw(logits, Sampling{Temperature: 1, TopP: 0.5}).first(3); len(got) != 2 {
		t.Errorf("of .4, .3, .3 top-p .5 leaves %v, want two", got)
	}
}

// TestReadingIsOne wants training, evaluation and a session to read a text as the same tokens, with quotes
// straightened by the language of each side, whatever its region.
func TestReadingIsOne(t *testing.T) {
	const typed = "the cat’s “mat” – it sat"
	straight := "the cat's \"mat\" - it sat"
	for _, c := range []struct {
		source, target       string
		straightS, straightT bool
	}{
		{"en", "fr", true, false}, {"en-GB", "fr", true, false}, {"EN_us", "fr-CA", true, false}, {"fr", "en-GB", false, true},
		{"de", "fr", false, false}, {"en", "", true, true}, {"eng", "fr", false, false},
	} {
		m := modeltest.New(t, model.Translation, "marian")
		m.About.Source, m.About.Target = c.source, c.target
		target := typed
		r, err := NewSession(m).Run(typed, Options{Target: &target})
		if err != nil {
			t.Fatal(err)
		}
		of := func(tokens []record.Token) (ids []int) {
			for _, t := range tokens {
				ids = append(ids, t.ID)
			}
			return ids
		}
		for _, x := range []struct {
			side            string
			session, encode []int
			straight        bool
		}{
			{"source", of(r.Tokens.Source), Encode(m, typed), c.straightS},
			{"target", of(r.Tokens.Target[1:]), EncodeTarget(m, typed), c.straightT},
		} {
			read := typed
			if x.straight {
				read = straight
			}
			want := tokenIDs(m.Tokenizer.Encode(read))
			if !slices.Equal(x.session, want) || !slices.Equal(x.encode, want) {
				t.Errorf("%s to %q, the %s: the session reads %v, Encode %v, want %v", c.source, c.target, x.side, x.session, x.encode, want)
			}
		}
	}
	// A compression model reads the words of its data, however they are typed.
	m := modeltest.New(t, model.Compression, "marian")
	if got, want := Encode(m, "The cat sat, 12 times."), tokenIDs(m.Tokenizer.Encode(" the cat sat , ## times .")); !slices.Equal(got, want) {
		t.Errorf("a compression model reads %v, want %v", got, want)
	}
}
