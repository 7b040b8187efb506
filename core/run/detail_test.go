package run

import (
	"math"
	"reflect"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// checkDetail computes a Detail's scores, weights and output again, in float64, and wants its row of the
// map.
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
		if math.Abs(float64(w)-want) > 1e-6 || w != m.At(d.Row, j) {
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
		{model.Fill, "bert", "the __ sat", record.ScaledDot, 1},
		{model.Translation, "additive", "the cat sat", record.Additive, 1},
		{model.Translation, "general", "the cat sat", record.General, 1},
		{model.Translation, "dot", "the cat sat", record.Dot, 1},
		{model.Translation, "scaled_dot", "the cat sat", record.ScaledDot, 1},
	} {
		s := NewSession(modeltest.New(t, c.task, c.kind))
		plain, err := s.Run(c.text, Options{MaxTokens: 4})
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
				r, err := s.Run(c.text, Options{MaxTokens: 4, Detail: &at})
				if err != nil {
					t.Fatal(err)
				}
				if r.Detail == nil || r.Detail.Place != at || r.Detail.Score != c.score {
					t.Fatalf("%s: the detail of %+v is %+v", c.kind, at, r.Detail)
				}
				checkDetail(t, r)
				// The pass that only looks sees the same.
				if d, err := s.Detail(plain, at); err != nil || !reflect.DeepEqual(d, r.Detail) {
					t.Fatalf("%s, %+v: %v\n%+v\nwant\n%+v", c.kind, at, err, d, r.Detail)
				}
				if r.Detail = nil; !reflect.DeepEqual(r, plain) {
					t.Fatalf("%s: to look changed what is seen", c.kind)
				}
			}
			seen[m.Kind] = true
			for _, row := range []int{-1, m.Rows} {
				at := record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Row: row}
				if r, err := s.Run(c.text, Options{MaxTokens: 4, Detail: &at}); err != nil || r.Detail != nil {
					t.Errorf("%s: %v, row %d is %+v", c.kind, err, row, r.Detail)
				}
				if d, err := s.Detail(plain, at); err != nil || d != nil {
					t.Errorf("%s: %v, row %d is %+v", c.kind, err, row, d)
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
	r.Tokens.Source[0].ID = 1 << 20
	if _, err := s.Detail(r, record.Place{Kind: record.RNN}); err == nil {
		t.Error("a token that the model does not have was put in")
	}
	for _, text := range texts {
		for _, k := range modeltest.Networks {
			s := NewSession(modeltest.New(t, k.Task, k.Kind))
			for _, kind := range []record.Kind{record.Self, record.Decoder, record.Cross, record.RNN} {
				r, err := s.Run(text, Options{MaxTokens: 3, Detail: &record.Place{Kind: kind}})
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
		r, err := s.Run(c.text, Options{MaxTokens: 4, Lens: true})
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
				if p.Position != q.Position || len(p.Top) != lensTop {
					t.Errorf("%s: %d candidates at %d, want %d at %d", c.kind, len(p.Top), p.Position, lensTop, q.Position)
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
	// A record of another model is refused.
	s := NewSession(modeltest.New(t, model.Generation, "gpt2"))
	r, err := s.Run("the cat", Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Tokens.Source[1].ID = 1 << 20
	if _, err := s.Lens(r); err == nil {
		t.Error("the lens reads tokens that the model does not have")
	}
	r.Tokens.Source[1].ID, r.Predictions[0].Position = 3, 99
	if _, err := s.Lens(r); err == nil {
		t.Error("the lens is of a position that is not there")
	}
}
