//go:build goexperiment.simd && !js

// These train for a minute, and so run where that is fastest; TestFigures holds all builds to the same curves.

package learn

import (
	"testing"

	"heed/core/record"
	"heed/core/run"
)

// What the lesson "Watch it learn" says of its two experiments.

// Of the letters to reverse, a network with one context vector loses the long ones first, while one that may look back
// is right at all the lengths that it has seen.
func TestBottleneck(t *testing.T) {
	at := func(arch string, length int) float64 {
		s, _, err := Said{"task": "reverse", "arch": arch, "steps": "500"}.Setting("")
		if err != nil {
			t.Fatal(err)
		}
		n, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		steps(t, n, s.Steps)
		short, long := n.exactAt(4, 200), n.exactAt(length, 200)
		t.Logf("%s: %.3f at 4 letters, %.3f at %d", arch, short, long, length)
		if short < 0.85 {
			t.Errorf("%s: %g of 4 letters are right", arch, short)
		}
		return long
	}
	fixed, attention := at(Context, 10), at(Additive, 10)
	if attention < 0.9 || fixed > 0.3 {
		t.Errorf("of 10 letters one context vector reverses %g, attention %g", fixed, attention)
	}
}

// An induction head of layer 1 needs a head of layer 0 that looks at the token before: with all heads of layer 0
// switched off its score falls to less than half.
func TestInduction(t *testing.T) {
	s, _, err := Said{"task": "induction", "steps": "400"}.Setting("")
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	steps(t, n, s.Steps)
	best, _ := n.Best()
	if best.Layer != 1 || best.Prefix < PrefixFormed {
		t.Fatalf("the best head is %+v", best)
	}
	previous := 0.0
	for _, h := range n.Curve[len(n.Curve)-1].Heads {
		if h.Layer == 0 {
			previous = max(previous, h.Previous)
		}
	}
	if previous < 0.4 {
		t.Errorf("the heads of layer 0 give the token before %g at most", previous)
	}
	e := n.examples[0]
	looks := func(o run.Options) (share float64) {
		r, err := run.NewSession(n.Model).Run(e.Source+e.Target, o)
		if err != nil {
			t.Fatal(err)
		}
		m, letters := r.Find(best.Kind, best.Layer, best.Place.Head), len(e.Source)
		for i := range letters - 1 {
			share += float64(m.At(1+letters+i, 2+i)) / float64(letters-1)
		}
		return share
	}
	off := run.Options{}
	for head := range s.Heads {
		off.Changes.Off = append(off.Changes.Off, record.Place{Kind: record.Decoder, Layer: 0, Head: head})
	}
	whole, without := looks(run.Options{}), looks(off)
	t.Logf("%.3f with layer 0, %.3f without", whole, without)
	if whole < 0.9 || without > whole/2 {
		t.Errorf("with the heads of layer 0 the score is %g, without them %g", whole, without)
	}
}
