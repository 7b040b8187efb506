// Package problem makes the small problems on which a network learns to attend while one watches: copy,
// reverse, sort, addition, dates and more. A problem is a generator of examples, so nothing is
// downloaded, and the same seed gives the same examples in every build.
//
// An address and the command line call a problem a task (task=reverse); a task of package model is what a model is for.
//
// Every example is a source and a target. How a network reads them depends on its architecture and
// not on the problem: an encoder–decoder reads the source and writes the target; a decoder alone reads
// Source + Join + Target as one text and is taught the target only; an encoder alone reads the same
// text with the target hidden.
package problem

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"heed/core/say"
)

// Example is one item that a network learns from.
type Example struct{ Source, Target string }

// Problem is a small task that a network can learn in the page. All, Find and Pairs return problems.
type Problem struct {
	Name  string // as in addresses and on the command line: "reverse"
	Title string // for people: "Reverse the letters"
	Look  string // one sentence: what to look for in the attention map
	Join  string // stands between source and target where one network reads both

	// Symbols are the texts of more than one byte that are to be one token each, such as the words of
	// a toy language. Every single byte is a token anyway.
	Symbols []string

	// Min and Max are the lengths that Make understands, in the problem's own unit (letters, digits, syllables;
	// of toy, one more than the adjectives that a noun may have); Train is the largest that training draws, so that
	// lengths beyond it can be tried.
	Min, Max, Train int

	held uint32 // sources whose hash is below it are never trained on
	make func(r *rand.Rand, n int) Example
}

// All lists the problems that make their own examples, in the order of the page's list.
func All() []*Problem { return slices.Clone(all) }

// OwnPairs is the name of the problem that Pairs makes, OwnTitle its title.
const OwnPairs, OwnTitle = "pairs", "Your own pairs"

// Find returns the problem of that name that makes its own examples, or an error that lists the names.
func Find(name string) (*Problem, error) {
	if name == OwnPairs {
		return nil, say.Error("the task ", OwnPairs, " makes no examples of its own; give it lines of a source, a tab, and a target")
	}
	var names []string
	for _, t := range all {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, say.Error("unknown task “", name, "”; the tasks are ", strings.Join(names, ", "), " and ", OwnPairs)
}

// Make draws an example of length n; it may be one that is held out. It panics unless Min ≤ n ≤ Max.
func (p *Problem) Make(r *rand.Rand, n int) Example {
	if n < p.Min || n > p.Max {
		panic("problem: the length is not between Min and Max")
	}
	return p.make(r, n)
}

// Draw draws an example of any length up to Train: one to learn from, or, with unseen, one that
// training never draws. Which is which depends on the source alone.
func (p *Problem) Draw(r *rand.Rand, unseen bool) Example {
	for {
		e := p.make(r, p.Min+r.IntN(p.Train-p.Min+1))
		if p.Unseen(e.Source) == unseen {
			return e
		}
	}
}

// Unseen says whether training never draws an example with this source.
func (p *Problem) Unseen(source string) bool { return hash(source) < p.held }

// hash is what decides on which side a source is.
func hash(source string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(source))
	x := h.Sum32()
	x ^= x >> 15 // FNV's low bits hardly depend on the first characters
	return x * 0x2c1b3c6d
}

// letters draws n of the first k letters of the alphabet.
func letters(r *rand.Rand, n, k int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(k))
	}
	return string(b)
}
