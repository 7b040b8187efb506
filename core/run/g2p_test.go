package run_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"heed/core/attention"
	_ "heed/core/foreign"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/run"
)

// TestG2P holds a recurrent model of other people's against their own code, of which testdata/g2p.py wrote what it
// computes: the phonemes of each word, the vector that the word passes through, and the logits of each step.
func TestG2P(t *testing.T) {
	const dir = public + "g2p"
	if _, err := os.Stat(dir + "/model.safetensors"); err != nil {
		t.Skip("not run: ./build.sh models fetches the model")
	}
	m, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Cases []struct {
			Word    string
			Says    []string
			Context []float64
			Logits  [][]float64
		}
	}
	reference(t, "g2p.json", &want)
	s := run.NewSession(m)
	var contexts, logits float64
	for _, w := range want.Cases {
		says := strings.Join(w.Says, " ")
		r, err := s.Run(w.Word, run.Options{MaxTokens: 20})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != says {
			t.Errorf("%q: %q, want %q", w.Word, r.Output, says)
		}
		if r.Context == nil || r.Context.Cols != len(w.Context) {
			t.Fatalf("%q: the Record has no context of %d numbers", w.Word, len(w.Context))
		}
		for i, v := range w.Context {
			contexts = max(contexts, math.Abs(float64(r.Context.Values[i])-v))
		}
		// The phonemes, read back out of the text, lead to the logits.
		_, _, start := m.Net.Special()
		ids := []int{start}
		for _, p := range m.Tokenizer.EncodePlain(says) {
			ids = append(ids, p.ID)
		}
		if len(ids) != len(w.Logits) {
			t.Fatalf("%q is read as %v, which are not %d phonemes", says, ids[1:], len(w.Says))
		}
		p := grad.NewPass()
		var source, target grad.Sequences
		source.Add(run.Encode(m, w.Word)...)
		target.Add(ids...)
		x := m.Net.Logits(p, m.Net.Decode(p, &target, m.Net.Encode(p, &source, attention.Hooks{}), &source, attention.Hooks{})).X
		for i, row := range w.Logits {
			for j, v := range row {
				logits = max(logits, math.Abs(float64(x.Row(i)[j])-v))
			}
			for _, letter := range x.Row(i)[len(row):] {
				if letter > -1000 {
					t.Errorf("%q: a letter may be written, of logit %g", w.Word, letter)
				}
			}
		}
	}
	t.Logf("g2p-en against its own code: largest error of the context %.1e, of logits %.1e", contexts, logits)
	if !(contexts <= 1e-4 && logits <= 1e-4) {
		t.Error("more than 1e-4")
	}
}
