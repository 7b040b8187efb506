package run

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// TestReadingIsKept edits a text in one session, at its end mostly, writes it on, changes attention and
// looks into it in between, and wants what fresh sessions give.
func TestReadingIsKept(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	s := NewSession(m)
	random := rand.New(rand.NewPCG(5, 6))
	place := record.Place{Kind: record.Decoder, Layer: 1, Head: 2, Row: 1}
	text := []rune("the cat")
	for step := range 150 {
		words := []rune("the cat sat on a mat, dog été ")
		n := 1 + random.IntN(4)
		switch at := random.IntN(len(text) + 1); random.IntN(8) {
		case 0:
			text = slices.Insert(text, at, words[random.IntN(len(words))])
		case 1:
			text = text[:at]
		case 2:
			text = slices.Delete(text, at, min(at+n, len(text)))
		case 3: // the same again
		default:
			from := random.IntN(len(words) - n)
			text = append(text, words[from:from+n]...)
		}
		var o Options
		switch random.IntN(12) {
		case 0:
			o.Changes.Off = []record.Place{{Kind: record.Decoder, Layer: 0, Head: random.IntN(4)}}
		case 1:
			o.Changes.Force = []record.Forced{{Place: place, Col: 0, Weight: 0.9}}
		case 2:
			o.Detail = &place
		case 3, 4:
			o.MaxTokens, o.Sampling = 1+random.IntN(5), Sampling{Temperature: 1, Seed: random.Uint64()}
		}
		got, err := s.Run(string(text), o)
		if err != nil {
			t.Fatal(err)
		}
		fresh := NewSession(m)
		want, err := fresh.Run(string(text), o)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Changes.Any() {
			check(t, got)
		}
		equal(t, got, want)
		likely, _ := fresh.Next(Sampling{Temperature: 1})
		kept, err := s.Next(Sampling{Temperature: 1})
		if err != nil || len(kept) == 0 {
			t.Fatalf("nothing may follow: %v", err)
		}
		for i, c := range kept {
			if d := math.Abs(float64(c.P - likely[i].P)); !(d < 1e-5) {
				t.Errorf("what may follow differs by %g", d)
			}
		}
		if t.Failed() {
			t.Fatalf("step %d, %q, %+v", step, string(text), o)
		}
	}
}

// equal wants two Records to be the same but for rounding.
func equal(t *testing.T, got, want *record.Record) {
	t.Helper()
	if got.Text != want.Text || got.Output != want.Output || !reflect.DeepEqual(got.Tokens, want.Tokens) || !slices.Equal(got.Notices, want.Notices) {
		t.Errorf("the texts are %q and %q, the notices %q and %q", got.Text, want.Text, got.Notices, want.Notices)
		return
	}
	if len(got.Maps) != len(want.Maps) || len(got.Predictions) != len(want.Predictions) || (got.Detail == nil) != (want.Detail == nil) {
		t.Errorf("%d maps and %d predictions, not %d and %d", len(got.Maps), len(got.Predictions), len(want.Maps), len(want.Predictions))
		return
	}
	for i, g := range got.Maps {
		w := want.Maps[i]
		if g.Kind != w.Kind || g.Layer != w.Layer || g.Head != w.Head || g.Rows != w.Rows || g.Cols != w.Cols || !slices.Equal(g.Mask, w.Mask) {
			t.Errorf("map %d is another", i)
		}
		for j := range w.Weights {
			if d := math.Abs(float64(g.Weights[j] - w.Weights[j])); !(d < 1e-5) {
				t.Errorf("map %d differs by %g in row %d", i, d, j/w.Cols)
				return
			}
		}
	}
	for i, g := range got.Predictions {
		w := want.Predictions[i]
		if g.Position != w.Position || len(g.Top) != len(w.Top) {
			t.Errorf("prediction %d is at %d and has %d tokens, not %d and %d", i, g.Position, len(g.Top), w.Position, len(w.Top))
			return
		}
		for j := range w.Top {
			if d := math.Abs(float64(g.Top[j].P - w.Top[j].P)); !(d < 1e-5) {
				t.Errorf("prediction %d differs by %g", i, d)
			}
		}
	}
}

// TestReadingSavesSteps changes all weights between two runs: what the second still has of the first was
// not computed again, and whatever is new was.
func TestReadingSavesSteps(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	s := NewSession(m)
	before, err := s.Run("the cat sat", Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.Net.Init(rand.New(rand.NewPCG(7, 8)))
	after, err := s.Run("the cat sat on", Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := len(before.Tokens.Source)
	for i, b := range before.Maps {
		for row := range n {
			if a := after.Maps[i]; !slices.Equal(a.Weights[row*a.Cols:][:n], b.Weights[row*n:][:n]) {
				t.Fatalf("map %d: row %d was computed again", i, row)
			}
		}
	}
	s.kept.ids = nil
	anew, err := s.Run("the cat sat on", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(anew.Maps[0].Weights, after.Maps[0].Weights) {
		t.Error("other weights change nothing")
	}
}
