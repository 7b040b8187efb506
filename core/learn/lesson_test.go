//go:build goexperiment.simd && !js

// These train for seconds, and so run where that is fastest; TestFigures holds all builds to the same curves.

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
	options, short, long, least, most := "width=32 batch=16 rate=0.01 steps=250", 3, 6, 0.4, 0.1
	if *seeds > 0 { // the lesson's own
		options, short, long, least, most = "width=64 batch=32 rate=0.005 steps=500", 4, 10, 0.85, 0.3
	}
	at := func(arch string) float64 {
		n := small(t, "task=reverse arch="+arch+" "+options)
		steps(t, n, n.Setting.Steps)
		few, many := n.exactAt(short, 200), n.exactAt(long, 200)
		t.Logf("%s: %.3f at %d letters, %.3f at %d", arch, few, short, many, long)
		if few < least {
			t.Errorf("%s: %g of %d letters are right", arch, few, short)
		}
		return many
	}
	fixed, attention := at(Context), at(Additive)
	if attention < 0.9 || fixed > most {
		t.Errorf("of %d letters one context vector reverses %g, attention %g", long, fixed, attention)
	}
}

// An induction head of layer 1 needs a head of layer 0 that looks at the token before: with all heads of layer 0
// switched off its score falls to less than half.
func TestInduction(t *testing.T) {
	n, formed := trained(t, "induction", 1, func(n *Session, _ *Point) bool {
		best, _ := n.Best()
		return best.Prefix > 0.9
	})
	if !formed {
		t.Errorf("no induction head forms in %d steps", n.At())
	}
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
	for head := range n.Setting.Heads {
		off.Changes.Off = append(off.Changes.Off, record.Place{Kind: record.Decoder, Layer: 0, Head: head})
	}
	whole, without := looks(run.Options{}), looks(off)
	t.Logf("%.3f with layer 0, %.3f without", whole, without)
	if whole < 0.9 || without > whole/2 {
		t.Errorf("with the heads of layer 0 the score is %g, without them %g", whole, without)
	}
}
