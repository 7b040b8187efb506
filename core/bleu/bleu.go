// Package bleu scores translations as sacreBLEU does by default (13a tokens, mixed case, "exp"
// smoothing), so that the numbers can be compared with published ones: Papineni et al. 2002,
// https://aclanthology.org/P02-1040, and Post 2018, https://aclanthology.org/W18-6319.
package bleu

import (
	"math"
	"strings"
)

const order = 4 // the longest n-grams counted

// Score is the BLEU of a corpus and what it is made of.
type Score struct {
	BLEU       float64        // 0 to 100
	Precisions [order]float64 // of 1-grams to 4-grams, 0 to 100, smoothed
	BP         float64        // brevity penalty, 0 to 1
	HypLen     int            // tokens in the hypotheses
	RefLen     int            // tokens in the references, of each sentence the closest in length
}

// Corpus scores hypotheses, one a sentence, against references: references[i] are those of
// hypothesis i, one or more, and their number may differ from sentence to sentence. An empty string
// is a reference without tokens, not an absent one. N-grams are counted over the whole corpus; a
// precision of 0 is smoothed to half of one match, the next to a quarter and so on, unless nothing
// matches at all.
//
// It panics when the numbers of hypotheses and of reference lists differ, or a list is empty.
func Corpus(hypotheses []string, references [][]string) Score {
	if len(hypotheses) != len(references) {
		panic("bleu: as many lists of references as hypotheses are needed")
	}
	var s Score
	var correct, total [order]int
	for i, h := range hypotheses {
		if len(references[i]) == 0 {
			panic("bleu: every hypothesis needs a reference")
		}
		hyp := Tokenize(h)
		most := map[string]int{} // how often an n-gram occurs in the reference that has it most often
		closest := -1
		for _, r := range references[i] {
			ref := Tokenize(r)
			closest = closer(closest, len(ref), len(hyp))
			for n := 1; n <= order; n++ {
				for gram, count := range ngrams(ref, n) {
					most[gram] = max(most[gram], count)
				}
			}
		}
		s.HypLen += len(hyp)
		s.RefLen += closest
		for n := 1; n <= order; n++ {
			for gram, count := range ngrams(hyp, n) {
				total[n-1] += count
				correct[n-1] += min(count, most[gram])
			}
		}
	}
	s.finish(correct, total)
	return s
}

// closer returns which of two reference lengths is nearer to want, the smaller one of two equally
// near; best is -1 at first.
func closer(best, length, want int) int {
	d, e := abs(length-want), abs(best-want)
	if best == -1 || d < e || d == e && length < best {
		return length
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// ngrams counts the n-grams of a sentence, their tokens joined by spaces.
func ngrams(tokens []string, n int) map[string]int {
	counts := map[string]int{}
	for i := 0; i+n <= len(tokens); i++ {
		counts[strings.Join(tokens[i:i+n], " ")]++
	}
	return counts
}

// finish computes the score from the lengths and the counts of matching and of all n-grams.
func (s *Score) finish(correct, total [order]int) {
	s.BP = 1
	if s.HypLen < s.RefLen {
		s.BP = 0
		if s.HypLen > 0 {
			s.BP = math.Exp(1 - float64(s.RefLen)/float64(s.HypLen))
		}
	}
	if correct == [order]int{} {
		return
	}
	smooth, logs := 1.0, 0.0
	for n := range order {
		if total[n] == 0 {
			return // no sentence is long enough: BLEU is 0, and so are the precisions left
		}
		if correct[n] == 0 {
			smooth *= 2
			s.Precisions[n] = 100 / (smooth * float64(total[n]))
		} else {
			s.Precisions[n] = 100 * float64(correct[n]) / float64(total[n])
		}
		logs += math.Log(s.Precisions[n])
	}
	s.BLEU = s.BP * math.Exp(logs/order)
}
