package explain_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/explain"
	"heed/core/record"
)

func rollout(t *testing.T, r *record.Record) *record.Map {
	t.Helper()
	f, err := explain.NewFlow(r)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Rollout()
	if m.Kind != record.Rollout || m.Rows != len(r.Queries(record.Rollout)) || m.Cols != len(r.Keys(record.Rollout)) || len(m.Weights) != m.Rows*m.Cols {
		t.Fatalf("%s %d × %d with %d weights", m.Kind, m.Rows, m.Cols, len(m.Weights))
	}
	if again := f.Rollout(); !cmp.Equal(again, m) {
		t.Error("asked again, the rollout is another")
	}
	return m
}

func TestRollout(t *testing.T) {
	// Two layers of two heads, by hand. The means are [[1 0] [.5 .5]] and [[1 0] [.8 .2]];
	// A(0) = [[1 0] [.25 .75]] and A(1) = [[1 0] [.4 .6]]; their product has the row .4+.6×.25, .6×.75.
	r := text("a b", "")
	r.Maps = []record.Map{
		{Kind: record.Decoder, Layer: 1, Head: 0, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0.9, 0.1}},
		{Kind: record.Decoder, Layer: 0, Head: 1, Rows: 2, Cols: 2, Weights: []float32{1, 0, 1, 0}},
		{Kind: record.Decoder, Layer: 0, Head: 0, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0, 1}},
		{Kind: record.Decoder, Layer: 1, Head: 1, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0.7, 0.3}},
	}
	want := func(m *record.Map, values ...float64) {
		t.Helper()
		for i, v := range values {
			if math.Abs(float64(m.Weights[i])-v) > 1e-6 {
				t.Fatalf("%v, want %v", m.Weights, values)
			}
		}
	}
	want(rollout(t, r), 1, 0, 0.55, 0.45)
	if r.Maps[0].Weights[2] != 0.9 || r.Maps[2].Weights[3] != 1 {
		t.Error("the maps were changed")
	}
	// A mean that a Record holds beside the heads is none of them.
	mean := *r.Mean(record.Decoder, 0)
	mean.Weights = []float32{1, 0, 0, 1}
	r.Maps = append(r.Maps, mean)
	want(rollout(t, r), 1, 0, 0.55, 0.45)
	r.Maps = r.Maps[:4]
	// Without its second layer; and with the first layer's heads switched off, which leaves all as it is.
	r.Maps = r.Maps[1:3]
	want(rollout(t, r), 1, 0, 0.25, 0.75)
	clear(r.Maps[0].Weights)
	clear(r.Maps[1].Weights)
	want(rollout(t, r), 1, 0, 0, 1)

	// An encoder and a decoder of a layer each, two tokens each. E = [[.5+.5×.6 .5×.4] [.5 .5]] =
	// [[.8 .2] [.5 .5]]; the decoder's A = [[1 0] [.25 .75]]; b = .5 and B = .5 [[1 0] [.2 .8]], so that
	// B E = [[.4 .1] [.28 .22]] and Y = .5 A.
	r = text("a b", "<s> c d")
	r.Maps = []record.Map{
		{Kind: record.Self, Rows: 2, Cols: 2, Weights: []float32{0.6, 0.4, 1, 0}},
		{Kind: record.Decoder, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0.5, 0.5}},
		{Kind: record.Cross, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0.2, 0.8}},
	}
	want(rollout(t, r), 0.4, 0.1, 0.5, 0, 0.28, 0.22, 0.125, 0.375)
	// The same layer of the decoder again: X = b A X + B E, Y = b A Y.
	for _, m := range r.Maps[1:3] {
		m.Layer = 1
		r.Maps = append(r.Maps, m)
	}
	want(rollout(t, r), 0.2+0.4, 0.05+0.1, 0.25, 0, 0.5*(0.25*0.4+0.75*0.28)+0.28, 0.5*(0.25*0.1+0.75*0.22)+0.22, 0.5*(0.25*0.5+0.75*0.125), 0.5*0.75*0.375)

	bad := func(change func(r *record.Record)) error {
		c := *r
		c.Maps = append([]record.Map{}, r.Maps...)
		change(&c)
		_, err := explain.NewFlow(&c)
		return err
	}
	for want, err := range map[string]error{
		"no map of the kind self":                     bad(func(r *record.Record) { r.Maps = r.Maps[1:] }),
		"no map of the kind decoder":                  bad(func(r *record.Record) { r.Maps = nil }),
		"no map of the kind cross":                    bad(func(r *record.Record) { r.Maps = r.Maps[:2] }),
		"of the kind cross of layer 0":                bad(func(r *record.Record) { r.Maps[2].Layer = 1; r.Maps = append(r.Maps[:3], r.Maps[3]) }),
		"2 layers of decoder self-attention and 1 of": bad(func(r *record.Record) { r.Maps = r.Maps[:4] }),
		"decoder map of layer 0, head 0 is 1 × 2":     bad(func(r *record.Record) { r.Maps[1].Rows = 1 }),
		"needs 4 numbers and has 3 weights":           bad(func(r *record.Record) { r.Maps[0].Weights = r.Maps[0].Weights[1:] }),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// Rows sum to 1, nothing comes from a token that is not there yet, and neither the order of maps nor the
// heads' numbers matter.
func TestRolloutProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 7, 13} {
		words := strings.Repeat("w ", n)
		for _, kinds := range [][]record.Kind{{record.Self}, {record.Decoder}, {record.Self, record.Decoder, record.Cross}} {
			r := text(words, "")
			if len(kinds) > 1 {
				r = text(words, "<s> "+words+"v")
			}
			for layer := range 3 {
				for h := range 5 {
					for _, kind := range kinds {
						m := head(r, kind, 0, to())
						for i := range m.Rows {
							row, sum := m.Weights[i*m.Cols:][:m.Cols], float32(0)
							for j := range row {
								if row[j] > 0 {
									row[j] = float32(math.Exp(4 * rng.NormFloat64()))
									sum += row[j]
								}
							}
							for j := range row {
								row[j] /= sum
							}
						}
						m.Layer, m.Head = layer, h
						r.Maps = append(r.Maps, *m)
					}
				}
			}
			a := rollout(t, r)
			for i := range a.Rows {
				sum := 0.0
				for j := range a.Cols {
					w := a.At(i, j)
					sum += float64(w)
					if causal := kinds[0] == record.Decoder || len(kinds) > 1; w < 0 || causal && j-(a.Cols-a.Rows) > i && w != 0 {
						t.Errorf("%v %d: %v at %d, %d", kinds, n, w, i, j)
					}
				}
				if math.Abs(sum-1) > 1e-5 {
					t.Errorf("%v %d: row %d sums to %v", kinds, n, i, sum)
				}
			}
			rng.Shuffle(len(r.Maps), func(i, j int) { r.Maps[i], r.Maps[j] = r.Maps[j], r.Maps[i] })
			for i := range r.Maps {
				r.Maps[i].Head = 4 - r.Maps[i].Head
			}
			b := rollout(t, r)
			for i := range a.Weights {
				if math.Abs(float64(a.Weights[i]-b.Weights[i])) > 1e-6 {
					t.Fatalf("%v %d: the order of heads matters", kinds, n)
				}
			}
		}
	}
}
