package run

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// checkDetail computes a Detail's scores, weights and output again, in float64, and wants its row of the
// map, which comes from another pass: the last digits may differ.
func checkDetail(t *testing.T, r *record.Record) {
	t.Helper()
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	d := r.Detail
	m := r.Find(d.Kind, d.Layer, d.Head)
	width, wide, sum := len(d.Q), len(d.Output), 0.0
	output := make([]float64, wide)
	for j := range d.Scores {
		var s, size float64
		for i, q := range d.Q {
			k := d.K[j*width+i]
			x := float64(q) * float64(k)
			if d.Score == record.Additive {
				x = float64(d.Vector[i]) * math.Tanh(float64(q)+float64(k))
			}
			s, size = s+x, size+math.Abs(x)
		}
		if got, want := float64(d.Scores[j]), s*float64(d.Scale); math.Abs(got-want) > 1e-5*(size*float64(d.Scale)+1e-6) {
			t.Fatalf("%+v, key %d: the score is %g, its parts come to %g", d.Place, j, got, want)
		}
		if (m.Mask != nil && m.Mask[d.Row*m.Cols+j] == 0) != d.Masked(j) {
			t.Fatalf("%+v, key %d: masked is %v", d.Place, j, d.Masked(j))
		}
		if !d.Masked(j) {
			sum += math.Exp(float64(d.Scores[j]))
		}
		for i := range output {
			output[i] += float64(d.Weights[j]) * float64(d.V[j*wide+i])
		}
	}
	for j, w := range d.Weights {
		want := math.Exp(float64(d.Scores[j])) / sum
		if d.Masked(j) {
			want = 0
		}
		if math.Abs(float64(w)-want) > 1e-6 || math.Abs(float64(w-m.At(d.Row, j))) > 1e-6 {
			t.Fatalf("%+v, key %d: the weight is %g, softmax gives %g, the map %g", d.Place, j, w, want, m.At(d.Row, j))
		}
	}
	for i, v := range d.Output {
		if math.Abs(float64(v)-output[i]) > 1e-5 {
			t.Fatalf("%+v: the output is %g at %d, its parts come to %g", d.Place, v, i, output[i])
		}
		if c := r.Context; c != nil && math.Abs(float64(v-c.Values[d.Row*c.Cols+i])) > 1e-5 {
			t.Fatalf("%+v: the output is %g at %d, the context %g", d.Place, v, i, c.Values[d.Row*c.Cols+i])
		}
	}
}

// TestDetail wants every row of every map to come about as its Detail says, in all kinds of networks.
func TestDetail(t *testing.T) {
	for _, c := range []struct {
		task, kind, text string
		score            string
		kinds            int
	}{
		{model.Translation, "marian", "the cat sat", record.ScaledDot, 3},
		{model.Generation, "gpt2", "the cat sat", record.ScaledDot, 1},
		{model.Generation, "unmasked", "the cat sat", record.ScaledDot, 1},
		{model.Fill, "bert", "the __ sat", record.ScaledDot, 1},
		{model.Translation, "additive", "the cat sat", record.Additive, 1},
		{model.Translation, "general", "the cat sat", record.General, 1},
		{model.Translation, "dot", "the cat sat", record.Dot, 1},
		{model.Translation, "scaled_dot", "the cat sat", record.ScaledDot, 1},
	} {
		s := NewSession(modeltest.New(t, c.task, c.kind))
		plain, err := s.Run(c.text, atMost(c.task, 4))
		if err != nil {
			t.Fatal(err)
		}
		if plain.Detail != nil {
			t.Errorf("%s: a detail that nobody asked for", c.kind)
		}
		seen := map[record.Kind]bool{}
		for _, m := range plain.Maps {
			for row := range m.Rows {
				at := record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Row: row}
				o := atMost(c.task, 4)
				o.Detail = &at
				r, err := s.Run(c.text, o)
				if err != nil {
					t.Fatal(err)
				}
				if r.Detail == nil || r.Detail.Place != at || r.Detail.Score != c.score {
					t.Fatalf("%s: the detail of %+v is %+v", c.kind, at, r.Detail)
				}
				checkDetail(t, r)
				// Asked for later it is the same.
				if d := cmp.Diff(r.Detail, s.Detail(at)); d != "" {
					t.Fatalf("%s, %+v is another (-of the run +asked later):\n%s", c.kind, at, d)
				}
				r.Detail = nil
				if equal(t, r, plain, 1e-5); t.Failed() {
					t.Fatalf("%s: to look changed what is seen", c.kind)
				}
			}
			seen[m.Kind] = true
			for _, row := range []int{-1, m.Rows} {
				at := record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Row: row}
				o := atMost(c.task, 4)
				o.Detail = &at
				if r, err := s.Run(c.text, o); err != nil || r.Detail != nil {
					t.Errorf("%s: %v, row %d is %+v", c.kind, err, row, r.Detail)
				}
				if d := s.Detail(at); d != nil {
					t.Errorf("%s: row %d is %+v", c.kind, row, d)
				}
			}
		}
		if len(seen) != c.kinds {
			t.Errorf("%s: attention of the kinds %v", c.kind, seen)
		}
	}
	// What a model does not have, and what is not its own.
	s := NewSession(modeltest.New(t, model.Translation, "none"))
	r, err := s.Run("the cat", Options{MaxTokens: 4, Detail: &record.Place{Kind: record.RNN}})
	if err != nil || r.Detail != nil {
		t.Errorf("%v, %+v", err, r.Detail)
	}
	for _, text := range texts {
		for _, k := range modeltest.Networks {
			s := NewSession(modeltest.New(t, k.Task, k.Kind))
			for _, kind := range []record.Kind{record.Self, record.Decoder, record.Cross, record.RNN} {
				o := atMost(k.Task, 3)
				o.Detail = &record.Place{Kind: kind}
				r, err := s.Run(text, o)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Validate(); err != nil {
					t.Fatalf("%s, %q: %v", k.Kind, text, err)
				}
				if (r.Detail != nil) != (r.Find(kind, 0, 0) != nil) {
					t.Errorf("%s, %q: a detail of %s is there: %v", k.Kind, text, kind, r.Detail != nil)
				}
			}
		}
	}
}

// TestLensOf wants the last layer's lens to be the predictions, those of the layers before it to be
// probabilities of the same positions, and none where nobody asked or there are no layers.
func TestLensOf(t *testing.T) {
	for _, c := range []struct {
		task, kind, text string
		layers           int
	}{
		{model.Translation, "marian", "the cat sat", 2},
		{model.Generation, "gpt2", "the cat sat", 2},
		{model.Fill, "bert", "the __ sat on the __", 2},
		{model.Fill, "bert", "the cat sat", 0}, // hides nothing
		{model.Translation, "additive", "the cat sat", 0},
	} {
		s := NewSession(modeltest.New(t, c.task, c.kind))
		o := atMost(c.task, 4)
		o.Lens = true
		r, err := s.Run(c.text, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		if len(r.Lens) != c.layers {
			t.Fatalf("%s, %q: the lens has %d layers, want %d", c.kind, c.text, len(r.Lens), c.layers)
		}
		for layer, l := range r.Lens {
			if l.Layer != layer || len(l.Predictions) != len(r.Predictions) {
				t.Fatalf("%s: the lens of layer %d says %d, of %d positions; want %d", c.kind, layer, l.Layer, len(l.Predictions), len(r.Predictions))
			}
			same := true
			for i, p := range l.Predictions {
				q := r.Predictions[i]
				if p.Position != q.Position || len(p.Top) != shownCandidates {
					t.Errorf("%s: %d candidates at %d, want %d at %d", c.kind, len(p.Top), p.Position, shownCandidates, q.Position)
				}
				for k := range min(len(p.Top), len(q.Top)) {
					same = same && p.Top[k].ID == q.Top[k].ID && math.Abs(float64(p.Top[k].P-q.Top[k].P)) < 1e-5
				}
			}
			if last := layer == c.layers-1; last && !same || !last && same && c.kind != "bert" { // whose tiny layers are all alike
				t.Errorf("%s: layer %d says what the model says: %v", c.kind, layer, same)
			}
		}
		if plain, err := s.Run(c.text, Options{}); err != nil || plain.Lens != nil {
			t.Errorf("%s: a lens that nobody asked for: %v, %v", c.kind, plain.Lens, err)
		}
	}
}

// atMost limits what a model writes, if it does.
func atMost(task string, n int) Options {
	if task == model.Fill {
		return Options{}
	}
	return Options{MaxTokens: n}
}

// TestReplayAfterFailure wants the last run that gave a Record to be there after one that was ended.
func TestReplayAfterFailure(t *testing.T) {
	for _, c := range []struct{ task, kind, text string }{
		{model.Translation, "marian", "the cat sat"}, {model.Translation, "additive", "the cat sat"}, {model.Generation, "gpt2", "the cat sat"},
	} {
		s := NewSession(modeltest.New(t, c.task, c.kind))
		at := record.Place{Kind: record.Cross, Layer: 1, Row: 2}
		if c.task == model.Generation {
			at.Kind = record.Decoder
		}
		if c.kind == "additive" {
			at = record.Place{Kind: record.RNN, Row: 2}
		}
		r, err := s.Run(c.text, Options{MaxTokens: 5, Detail: &at, Lens: true})
		if err != nil || r.Detail == nil {
			t.Fatalf("%s: %v, detail %v", c.kind, err, r.Detail)
		}
		follows, err := s.Next(Sampling{Temperature: 1})
		if err != nil {
			t.Fatal(err)
		}
		stop := errors.New("newer")
		if _, err := s.Run("a dog and a cat", Options{MaxTokens: 9, Partial: func(string) error { return stop }}); err != stop {
			t.Fatalf("%s: the run ended with %v", c.kind, err)
		}
		if next, err := s.Next(Sampling{Temperature: 1}); err != nil || !slices.Equal(next, follows) {
			t.Errorf("%s: after it, what follows is another: %v (-before +after)\n%s", c.kind, err, cmp.Diff(follows, next))
		}
		for range 2 {
			if d := cmp.Diff(r.Detail, s.Detail(at)); d != "" {
				t.Errorf("%s: the detail is another (-before +after):\n%s", c.kind, d)
			}
			if l, err := s.Lens(); err != nil || !cmp.Equal(l, r.Lens) {
				t.Errorf("%s: the lens is another: %v (-before +after)\n%s", c.kind, err, cmp.Diff(r.Lens, l))
			}
		}
	}
}
