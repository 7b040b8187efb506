package run

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/tensor"
	"heed/core/transformer"
	"heed/core/weights"
)

// TestOpenBroken changes bytes at random: a file gives an error, or a model that runs.
func TestOpenBroken(t *testing.T) {
	m := modeltest.Small(t)
	rng := rand.New(rand.NewPCG(7, 7))
	opened := 0
	for _, dtype := range []weights.DType{weights.I8, weights.F32} {
		good := modeltest.Saved(t, m, dtype)
		for i := range 300 {
			name := model.Files[i%len(model.Files)]
			b := bytes.Clone(good[name])
			for range 1 + rng.IntN(3) {
				at := rng.IntN(len(b))
				if name == "model.safetensors" && i%2 == 0 {
					at = rng.IntN(min(len(b), 6000)) // the header is less than all of it
				}
				b[at] = byte(rng.UintN(256))
				if name != "model.safetensors" {
					b[at] = "0123456789-,:{}[]\"x"[rng.IntN(19)]
				}
			}
			files := map[string][]byte{}
			for k, v := range good {
				files[k] = v
			}
			files[name] = b
			broken, err := model.Parse(files)
			if err != nil {
				continue
			}
			opened++
			for _, o := range []Options{{MaxTokens: 5}, {Beam: 2, MaxTokens: 5}} {
				if r, err := NewSession(broken).Run("the cat sat", o); err == nil {
					check(t, r)
				}
			}
		}
	}
	if opened == 0 {
		t.Error("no changed file opened, so nothing ran")
	}
}

// TestOverflow runs a model of finite weights whose products are not.
func TestOverflow(t *testing.T) {
	m := modeltest.Small(t)
	for _, p := range m.Net.Weights().List {
		p.Set(func(x tensor.Matrix) { tensor.Scale(x.Data, 1e25, x.Data) })
	}
	s := NewSession(m)
	own := "le chat"
	for _, o := range []Options{{}, {Beam: 3}, {Target: &own}} {
		if _, err := s.Run("the cat sat", o); err == nil || !strings.Contains(err.Error(), "overflow") {
			t.Errorf("the error is %v", err)
		}
	}
}

// with returns the small model with another configuration.
func with(t *testing.T, change func(*transformer.Config)) *model.Model {
	t.Helper()
	m := modeltest.Small(t)
	c := m.Net.(*transformer.Model).Config
	change(&c)
	net, err := transformer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(3, 3)))
	m.Net = net
	return m
}

// TestOnePosition runs a model that has room for the end token and nothing else.
func TestOnePosition(t *testing.T) {
	m := with(t, func(c *transformer.Config) { c.MaxPositions = 1 })
	s := NewSession(m)
	own, none := "le chat", ""
	for _, o := range []Options{{}, {Beam: 3}, {Target: &own}, {Target: &none}} {
		r, err := s.Run("the cat sat", o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if len(r.Tokens.Source) != 1 || len(r.Tokens.Target) != 2 || len(r.Notices) == 0 {
			t.Errorf("%d source tokens, %d target tokens, notices %q", len(r.Tokens.Source), len(r.Tokens.Target), r.Notices)
		}
	}
}

// TestPadEnds runs a model that pads with its end token, and starts with it: it must be able to end.
func TestPadEnds(t *testing.T) {
	m := with(t, func(c *transformer.Config) { c.Pad, c.Start = c.EOS, c.EOS })
	bias := m.Net.Weights().List[len(m.Net.Weights().List)-1]
	bias.Set(func(x tensor.Matrix) { x.Data[m.Net.(*transformer.Model).EOS] = 100 })
	for _, o := range []Options{{}, {Beam: 3}} {
		r, err := NewSession(m).Run("the cat sat", o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != "" || len(r.Tokens.Target) != 2 {
			t.Errorf("the output is %q in %d tokens, want its end alone", r.Output, len(r.Tokens.Target)-1)
		}
	}
}

// TestUnwritten runs a model that has more ids than its tokenizer has pieces, and prefers those.
func TestUnwritten(t *testing.T) {
	m := with(t, func(c *transformer.Config) { c.Vocab += 9 })
	bias := m.Net.Weights().List[len(m.Net.Weights().List)-1]
	bias.Set(func(x tensor.Matrix) { x.Data[m.Net.(*transformer.Model).Vocab-1] = 100 })
	for _, o := range []Options{{MaxTokens: 4}, {MaxTokens: 4, Beam: 3}} {
		r, err := NewSession(m).Run("the cat sat", o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if r.Output != "" || len(r.Tokens.Target) != 5 {
			t.Errorf("the output is %q in %d tokens", r.Output, len(r.Tokens.Target)-1)
		}
	}
}

// TestBeamSession mixes searches in one session: none sees anything of the others.
func TestBeamSession(t *testing.T) {
	m := modeltest.Small(t)
	s := NewSession(m)
	own := "un chat"
	called := false
	for i, o := range []Options{{}, {Beam: 4}, {}, {Target: &own}, {MaxTokens: 3}, {Beam: 2, MaxTokens: 3}, {}} {
		text := []string{"the cat sat", "the cat sat on"}[i%2]
		want, err := NewSession(m).Run(text, o)
		if err != nil {
			t.Fatal(err)
		}
		o.Partial = func(string) error { called = true; return nil }
		if o.Beam > 1 {
			o.Partial = func(string) error { return errors.New("a beam has no partial output") }
		}
		got, err := s.Run(text, o)
		if err != nil {
			t.Fatal(err)
		}
		if got.Output != want.Output || !cmp.Equal(got.Tokens, want.Tokens) {
			t.Errorf("run %d: the session says %q, a fresh one %q", i, got.Output, want.Output)
		}
		if o.Beam > 1 {
			source := tokenIDs(m.Tokenizer.Encode(text))
			direct := Generate(m, grad.NewPass(), [][]int{source}, o.Beam, maxOutput(m, len(source), o.MaxTokens))[0]
			if _, spelled := spell(m.Tokenizer, direct); spelled != got.Output {
				t.Errorf("run %d: Generate says %q, the session %q", i, spelled, got.Output)
			}
		}
	}
	if !called {
		t.Error("greedy search gave no partial output")
	}
}

// TestAtOnce runs several sessions of one model at once; the race detector has more to say here.
func TestAtOnce(t *testing.T) {
	m, err := model.Parse(modeltest.Saved(t, modeltest.Small(t), weights.I8))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"the cat", "a dog and a cat", "où est l'été ?", "the mat sat on the dog"}
	outputs := make([]string, len(texts))
	var wg sync.WaitGroup
	for i, text := range texts {
		wg.Go(func() {
			s := NewSession(m)
			for range 3 {
				r, err := s.Run(text, Options{Beam: 1 + i%2})
				if err != nil {
					t.Error(err)
					return
				}
				outputs[i] = r.Output
			}
		})
	}
	wg.Wait()
	for i, text := range texts {
		r, err := NewSession(m).Run(text, Options{Beam: 1 + i%2})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != outputs[i] {
			t.Errorf("%q: %q alone, %q beside others", text, r.Output, outputs[i])
		}
	}
}
