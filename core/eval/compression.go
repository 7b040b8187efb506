package eval

import (
	"slices"
	"strings"

	"heed/core/data"
	"heed/core/model"
)

// Shortening says how well sentences were made shorter by leaving words out. What is counted are words
// that hold a letter, a digit or the # that stands for one, in the form that the data has them.
type Shortening struct {
	// F1 is the mean over the sentences of the harmonic mean of precision (words kept that the
	// reference keeps, of those kept) and recall (of those that the reference keeps), words as a bag:
	// one that stands twice counts twice. (A word-based F1 is what Filippova et al. 2015 report for data
	// of this kind.)
	F1 float64
	// Ratio is the mean over the sentences of words kept by words of the source.
	Ratio float64
	// Subsequences is the share of outputs whose words, punctuation included, stand in the source in
	// this order.
	Subsequences float64
}

// Shortenings measures outputs, one a pair.
func Shortenings(pairs []data.Pair, outputs []string) (s Shortening) {
	for i, p := range pairs {
		source, kept := spoken(p.Source), spoken(outputs[i])
		s.F1 += overlap(kept, spoken(p.Target))
		s.Ratio += float64(len(kept)) / float64(max(1, len(source)))
		if within(strings.Fields(outputs[i]), strings.Fields(p.Source)) {
			s.Subsequences++
		}
	}
	n := float64(len(pairs))
	return Shortening{s.F1 / n, s.Ratio / n, s.Subsequences / n}
}

// Shorten writes the output of each source, words apart by spaces.
func Shorten(m *model.Model, pairs []data.Pair, beam int) []string {
	sources := make([]string, len(pairs))
	for i, p := range pairs {
		sources[i] = p.Source
	}
	out := Translate(m, sources, beam)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// Leading keeps the first n words of a source: a baseline. A negative n keeps all.
func Leading(pairs []data.Pair, n int) []string {
	out := make([]string, len(pairs))
	for i, p := range pairs {
		if n == 0 {
			continue
		}
		words := strings.Fields(p.Source)
		kept := 0
		for at, w := range words {
			if strings.ContainsFunc(w, counted) {
				kept++
			}
			if kept == n {
				words = words[:at+1]
				break
			}
		}
		out[i] = strings.Join(words, " ")
	}
	return out
}

// References returns the pairs' targets.
func References(pairs []data.Pair) []string {
	out := make([]string, len(pairs))
	for i, p := range pairs {
		out[i] = p.Target
	}
	return out
}

func counted(r rune) bool { return data.Speaks(r) || r == '#' }

// spoken returns the words of a sentence that are counted.
func spoken(s string) []string {
	return slices.DeleteFunc(strings.Fields(s), func(w string) bool { return !strings.ContainsFunc(w, counted) })
}

// overlap is the F1 of two bags of words; two empty ones are alike.
func overlap(got, want []string) float64 {
	if len(got)+len(want) == 0 {
		return 1
	}
	left := map[string]int{}
	for _, w := range want {
		left[w]++
	}
	both := 0
	for _, w := range got {
		if left[w] > 0 {
			left[w]--
			both++
		}
	}
	return 2 * float64(both) / float64(len(got)+len(want))
}

// within reports whether part is a subsequence of whole.
func within(part, whole []string) bool {
	for _, w := range whole {
		if len(part) > 0 && part[0] == w {
			part = part[1:]
		}
	}
	return len(part) == 0
}
