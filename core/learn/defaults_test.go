//go:build goexperiment.simd && !js

// These train for seconds, and so run where that is fastest; TestFigures holds all builds to the same curves.

package learn

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"

	"heed/core/train"
)

var seeds = flag.Int("seeds", 0, "train the default settings to their aims, and the lesson's networks whole, with so many seeds; 0: what takes seconds")

// exactAt is the share of so many unseen examples of one length that are exactly right.
func (n *Session) exactAt(length, count int) float64 {
	r := rand.New(rand.NewPCG(5, 6))
	var examples []train.Example
	for len(examples) < count {
		if e := n.Task.Make(r, length); n.Task.Unseen(e.Source) {
			examples = append(examples, example(n.Model, n.Task, e))
		}
	}
	return n.Figures(examples).Exact
}

// trained is a session of a default setting that was stepped until it reached its aim, and whether it did.
func trained(t *testing.T, task string, seed int, reached func(*Session, *Point) bool) (*Session, bool) {
	s, _, err := Given{"task": task, "seed": strconv.Itoa(seed)}.Setting("")
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	for !n.Done() {
		steps(t, n, 1)
		if p := &n.Curve[len(n.Curve)-1]; p.Step == n.At() && reached(n, p) {
			return n, true
		}
	}
	return n, false
}

// Every default setting reaches its aim within its steps, with at least 9 of 10 seeds:
//
//	go test ./core/learn -run TestDefaults -v -seeds 10 -timeout 2h
//
// Induction, the quickest, is held to it by TestInduction too, which always trains.
func TestDefaults(t *testing.T) {
	if *seeds == 0 {
		t.Skip("takes minutes: ask for it by -seeds")
	}
	right := func(share float64, length int) func(*Session, *Point) bool {
		return func(n *Session, p *Point) bool { return p.Unseen.Exact >= 0.98 && n.exactAt(length, 500) >= share }
	}
	for _, c := range []struct {
		task, aim string
		reached   func(n *Session, p *Point) bool
	}{
		{"induction", "a prefix-matching score above 0.8", func(n *Session, p *Point) bool {
			best, _ := n.Best()
			return best.Prefix > PrefixFormed
		}},
		{"reverse", "10 letters, 99 % exactly right", right(0.99, 10)},
		{"sort", "10 letters, 99 % exactly right", right(0.99, 10)},
		{"dates", "98 % exactly right", right(0.98, 1)},
		{"copy", "10 letters, 99 % exactly right", right(0.99, 10)},
		{"add", "3 digits, 98 % exactly right", right(0.98, 3)},
		{"morse", "5 letters, 98 % exactly right", right(0.98, 5)},
		{"plural", "3 syllables, 98 % exactly right", right(0.98, 3)},
		{"brackets", "12 brackets, 98 % exactly right", right(0.98, 12)},
		{"toy", "2 adjectives, 98 % exactly right", right(0.98, 3)},
		{"modular", "98 % exactly right of sums that are never trained on", func(n *Session, p *Point) bool { return p.Unseen.Exact >= 0.98 }},
	} {
		t.Run(c.task, func(t *testing.T) {
			reached := 0
			for seed := 1; seed <= *seeds; seed++ {
				n, done := trained(t, c.task, seed, c.reached)
				if done {
					reached++
				}
				t.Logf("seed %d: %v at step %d of %d", seed, done, n.At(), n.Setting.Steps)
			}
			if reached*10 < *seeds*9 {
				t.Errorf("%d of %d seeds reach %s", reached, *seeds, c.aim)
			}
		})
	}
}
