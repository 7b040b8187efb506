//go:build goexperiment.simd && !js

// These train for a minute, and so run where that is fastest; TestFigures holds all builds to the same curves.

package learn

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"

	"heed/core/train"
)

var seeds = flag.Int("seeds", 1, "how many seeds TestDefaults tries")

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

// Every default setting reaches its aim within its steps, with at least 9 of 10 seeds:
//
//	go test ./core/learn -run TestDefaults -v -seeds 10 -timeout 2h
func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		task, aim string
		reached   func(n *Session, p *Point) bool
	}{
		{"reverse", "10 letters, 99 % exactly right", func(n *Session, p *Point) bool { return p.Unseen.Exact >= 0.98 && n.exactAt(10, 500) >= 0.99 }},
		{"sort", "10 letters, 99 % exactly right", func(n *Session, p *Point) bool { return p.Unseen.Exact >= 0.98 && n.exactAt(10, 500) >= 0.99 }},
		{"dates", "98 % exactly right", func(n *Session, p *Point) bool { return p.Unseen.Exact >= 0.98 && n.exactAt(1, 500) >= 0.98 }},
		{"induction", "a prefix-matching score above 0.8", func(n *Session, p *Point) bool {
			best, _ := n.Best()
			return best.Prefix > PrefixFormed
		}},
	} {
		reached := 0
		for seed := range *seeds {
			said := Said{"task": c.task, "seed": strconv.Itoa(1 + seed)}
			s, _, err := said.Setting("")
			if err != nil {
				t.Fatal(err)
			}
			n, err := New(s)
			if err != nil {
				t.Fatal(err)
			}
			done := false
			for !done && !n.Done() {
				if _, err := n.Step(); err != nil {
					t.Fatal(err)
				}
				if p := &n.Curve[len(n.Curve)-1]; p.Step == n.At() {
					done = c.reached(n, p)
				}
			}
			if done {
				reached++
			}
			t.Logf("%s, seed %d: %v at step %d of %d", c.task, s.Seed, done, n.At(), s.Steps)
		}
		if reached*10 < *seeds*9 {
			t.Errorf("%s: %d of %d seeds reach %s", c.task, reached, *seeds, c.aim)
		}
	}
}
