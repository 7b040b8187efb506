package run_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/run"
	"heed/core/token"
)

func bare(t *testing.T) *model.Model {
	t.Helper()
	dir := t.TempDir()
	for name, data := range modeltest.Bare(t) {
		if err := os.WriteFile(dir+"/"+name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSimilarity wants the vector of a text to be the mean of its tokens', or the first one's, as long as it is said;
// and what needs predictions to be an error.
func TestSimilarity(t *testing.T) {
	m := bare(t)
	s := run.NewSession(m)
	const text = "the cat sat"
	var sources grad.Sequences
	sources.Add(run.Encode(m, text)...)
	states := m.Net.Encode(grad.NewPass(), &sources, attention.Hooks{}).X
	for _, p := range []model.Pooling{{}, {Long: true}, {First: true}, {First: true, Long: true}} {
		m.Pooling = p
		r, err := s.Run(text, run.Options{Vector: true})
		if err != nil {
			t.Fatal(err)
		}
		want, length := make([]float64, states.Cols), 0.0
		for j := range want {
			for i := range states.Rows {
				if i == 0 || !p.First {
					want[j] += float64(states.Row(i)[j])
				}
			}
			if !p.First {
				want[j] /= float64(states.Rows)
			}
			length += want[j] * want[j]
		}
		for j := range want {
			if !p.Long {
				want[j] /= math.Sqrt(length)
			}
			if d := math.Abs(want[j] - float64(r.Vector[j])); !(d < 1e-5) {
				t.Fatalf("%+v: number %d is off by %g", p, j, d)
			}
		}
		if w, err := s.Why(record.Place{Kind: record.Self, Layer: 1, Head: 1, Row: 2}, 0); err != nil || len(w.Parts) == 0 {
			t.Error("a score of a model that predicts nothing has parts too: ", err)
		}
		if len(r.Maps) != 8 || len(r.Predictions) > 0 || r.Output != "" {
			t.Errorf("%d maps, %d predictions, the output %q", len(r.Maps), len(r.Predictions), r.Output)
		}
		b, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := record.Parse(b); err != nil || len(back.Vector) != len(r.Vector) || back.Vector[1] != r.Vector[1] {
			t.Errorf("the vector does not come back: %v", err)
		}
	}
	if r, err := s.Run(text, run.Options{}); err != nil || r.Vector != nil {
		t.Errorf("a vector that nobody asked for: %v, %v", r.Vector, err)
	}
	if r, err := s.Run(" ", run.Options{Vector: true}); err != nil || r.Vector != nil {
		t.Errorf("the vector of nothing: %v, %v", r.Vector, err)
	}
	s.Run(text, run.Options{})
	if _, err := s.Ablate(run.Ablation{}); err == nil {
		t.Error("nothing is predicted, and heads are ablated")
	}
	if lens, err := s.Lens(); err != nil || lens != nil {
		t.Errorf("a lens without predictions: %v, %v", lens, err)
	}
	fill := run.NewSession(modeltest.New(t, model.Fill, "bert"))
	if _, err := fill.Run(text, run.Options{Vector: true}); err == nil || !strings.HasPrefix(err.Error(), "vectors applies to") {
		t.Errorf("a vector of a model that finds words: %v", err)
	}
}

func TestCosine(t *testing.T) {
	for _, c := range []struct {
		a, b []float32
		want float64
	}{{[]float32{3, 0}, []float32{5, 0}, 1}, {[]float32{1, 0}, []float32{0, 2}, 0}, {[]float32{1, 1}, []float32{-2, -2}, -1}, {[]float32{1, 1}, []float32{0, 0}, 0}} {
		if got := run.Cosine(c.a, c.b); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("the cosine of %v and %v is %g, want %g", c.a, c.b, got, c.want)
		}
	}
}

// TestHeadsBare measures the heads of an encoder that predicts nothing: the separator's share is what the Record has.
func TestHeadsBare(t *testing.T) {
	m := bare(t)
	const text = "a dog and a cat"
	heads, err := run.Heads(m, []string{text}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.NewSession(m).Run(text, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		am := r.Find(record.Self, h.Layer, h.Head)
		sum := 0.0
		for i := 1; i < am.Rows-1; i++ {
			sum += float64(am.At(i, am.Cols-1))
		}
		if want := sum / float64(am.Rows-2); math.Abs(h.Shares[record.OnSeparator]-want) > 1e-6 || math.Abs(h.Chance[record.OnSeparator]-1/float64(am.Cols)) > 1e-6 {
			t.Errorf("head %d.%d: separator %g (chance %g), want %g", h.Layer, h.Head, h.Shares[record.OnSeparator], h.Chance[record.OnSeparator], want)
		}
	}
}

// TestNoBeginning reads and writes with a tokenizer that puts nothing before a text, as GPT-2's own: the first token is
// the text's, an empty text is the start token, and a text that is too long loses its first tokens.
func TestNoBeginning(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	data, err := m.Tokenizer.JSON()
	if err != nil {
		t.Fatal(err)
	}
	data = []byte(strings.Replace(string(data), `"post_processor":`, `"post_processor":null,"ignored":`, 1))
	if m.Tokenizer, err = token.Parse(data); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := m.Save(dir, "F32"); err != nil {
		t.Fatal(err)
	}
	if m, err = model.Open(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s := run.NewSession(m)
	r, err := s.Run("the cat", run.Options{MaxTokens: 3})
	if err != nil {
		t.Fatal(err)
	}
	if k := r.Tokens.Source; k[0].Special || k[0].Start != 0 || len(r.Predictions) != len(k) || !strings.HasPrefix(r.Text, "the cat") {
		t.Errorf("%q: %+v, %d predictions", r.Text, k, len(r.Predictions))
	}
	if r, err = s.Run("", run.Options{MaxTokens: 3}); err != nil || !r.Tokens.Source[0].Special || len(r.Predictions) != len(r.Tokens.Source) {
		t.Errorf("an empty text: %v, %+v", err, r)
	}
	long := strings.Repeat("cat ", 100)
	r, err = s.Run(long, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, most := m.Net.Limits()
	if k := r.Tokens.Source; len(k) != most || k[most-1].End != len(long) || len(r.Notices) != 1 {
		t.Errorf("a long text: %d tokens of at most %d, %v", len(k), most, r.Notices)
	}
}
