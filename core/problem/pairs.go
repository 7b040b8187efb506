package problem

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"heed/core/say"
)

// Bounds of the reader's own pairs.
const (
	MaxBytes  = 2_000_000 // of the whole text
	MaxSide   = 200       // characters of a source or a target
	FewestOwn = 10        // examples, so that some can be kept unseen
)

// symbols is how many characters of more than one byte become tokens of their own, the most frequent
// first. Rarer ones are read byte by byte.
const symbols = 256

// Pairs makes a problem of lines "source<TAB>target". Empty lines are passed over. An error about one line names it,
// counted from 1. An eighth of the sources, at least one, is kept unseen.
func Pairs(text string) (*Problem, error) {
	if len(text) > MaxBytes {
		return nil, say.Error("the pairs have ", len(text), " bytes; at most ", MaxBytes, " are read")
	}
	var examples []Example
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if !utf8.ValidString(line) {
			return nil, say.Error("line ", n, " is not UTF-8 text")
		}
		source, target, tab := strings.Cut(line, "\t")
		if !tab {
			return nil, say.Error("line ", n, " has one column; write source, a tab, and target")
		}
		target, _, _ = strings.Cut(target, "\t") // further columns are passed over
		source, target = strings.TrimSpace(source), strings.TrimSpace(target)
		for _, side := range []struct{ name, text string }{{"source", source}, {"target", target}} {
			if side.text == "" {
				return nil, say.Error("line ", n, " has an empty ", side.name)
			}
			if c := utf8.RuneCountInString(side.text); c > MaxSide {
				return nil, say.Error("line ", n, ": the ", side.name, " has ", c, " characters; at most ", MaxSide, " are read")
			}
		}
		examples = append(examples, Example{source, target})
	}
	if len(examples) < FewestOwn {
		return nil, say.Error(say.Count(len(examples), "pair"), " found; at least ", FewestOwn, " are needed, so that some can be kept unseen")
	}
	var hashes []uint32
	for _, e := range examples {
		hashes = append(hashes, hash(e.Source))
	}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	if len(hashes) < 2 {
		return nil, say.Error("all ", len(examples), " pairs have the same source; different sources are needed, so that some can be kept unseen")
	}
	p := &Problem{Name: OwnPairs, Title: OwnTitle, Join: "\t", Min: 1, Max: 1, Train: 1, held: hashes[max(1, len(hashes)/8)],
		Look:    "Which places of the input each output letter looks at, and whether that is what you would have looked at.",
		Symbols: frequent(examples)}
	var unseen, seen []Example
	for _, e := range examples {
		if p.Unseen(e.Source) {
			unseen = append(unseen, e)
		} else {
			seen = append(seen, e)
		}
	}
	p.make = func(r *rand.Rand, _ int) Example {
		if r.IntN(2) == 0 { // Draw takes what it needs; both sides must come up soon
			return unseen[r.IntN(len(unseen))]
		}
		return seen[r.IntN(len(seen))]
	}
	return p, nil
}

// frequent lists the most frequent characters of more than one byte.
func frequent(examples []Example) []string {
	counts := map[rune]int{}
	for _, e := range examples {
		for _, c := range e.Source + e.Target {
			if c >= utf8.RuneSelf {
				counts[c]++
			}
		}
	}
	all := make([]rune, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b rune) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return int(a - b)
	})
	var out []string
	for _, c := range all[:min(symbols, len(all))] {
		out = append(out, string(c))
	}
	return out
}
