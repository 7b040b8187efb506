package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"heed/core/model"
)

// Lengths are the numbers of source words at which BLEU is measured against length, as in Bahdanau et
// al. 2014, figure 2.
var Lengths = []int{10, 20, 30, 40, 50, 60}

// LengthCases is how many examples a length has.
const LengthCases = 200

// tries is how many drawn examples in a row may have another length before a file is said to have none of that
// length.
const tries = 1 << 20

// OfLength joins cases into n examples of exactly so many source words, words being what spaces part.
// An example is drawn case by case, each as likely as any other, until it has that many words; one that
// has more by then is thrown away and drawn anew. So sentences are as long as they are in the file,
// and more of them stand in a longer example. Reference k of an example joins the k-th references of
// its cases, of which those with fewer begin again at their first. The same cases give the same
// examples. It is an error when the file's sentences do not add up to the length. Each case has a reference;
// sources without a word are passed over.
func OfLength(cases []Case, words, n int) ([]Case, error) {
	out, err := ofSize(cases, func(c Case) int { return len(strings.Fields(c.Source)) }, words, n)
	if err != nil {
		return nil, fmt.Errorf("the sentences do not add up to %d words", words)
	}
	return out, nil
}

// ofSize is OfLength for any size, of which a joined example has the sum of its parts.
func ofSize(cases []Case, size func(Case) int, want, n int) ([]Case, error) {
	rng := rand.New(rand.NewPCG(1, uint64(want)))
	cases = slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return strings.TrimSpace(c.Source) == "" })
	counts := make([]int, len(cases))
	for i, c := range cases {
		counts[i] = size(c)
	}
	var out []Case
	for try := 0; len(out) < n; try++ {
		if try == tries || len(cases) == 0 {
			return nil, fmt.Errorf("the sentences do not add up to a size of %d", want)
		}
		var drawn []int
		sum := 0
		for sum < want {
			i := rng.IntN(len(cases))
			drawn = append(drawn, i)
			sum += counts[i]
		}
		if sum == want {
			out = append(out, joined(cases, drawn))
			try = 0
		}
	}
	return out, nil
}

// joined returns the cases of these numbers as one.
func joined(cases []Case, which []int) Case {
	most := 0
	sources := make([]string, len(which))
	for i, at := range which {
		sources[i] = cases[at].Source
		most = max(most, len(cases[at].References))
	}
	c := Case{Source: strings.Join(sources, " ")}
	parts := make([]string, len(which))
	for k := range most {
		for i, at := range which {
			parts[i] = cases[at].References[k%len(cases[at].References)]
		}
		c.References = append(c.References, strings.Join(parts, " "))
	}
	return c
}

// LengthScore is the BLEU of examples of one length.
type LengthScore struct {
	Words int     // of each source
	Mean  float64 // words of the sources, on average
	BLEU  float64 // 0 to 100
	N     int     // examples
}

// BLEUByLength measures a model on joined examples of each of Lengths.
func BLEUByLength(m *model.Model, cases []Case, beam int) ([]LengthScore, error) {
	var out []LengthScore
	for _, words := range Lengths {
		examples, err := OfLength(cases, words, LengthCases)
		if err != nil {
			return nil, err
		}
		out = append(out, LengthScore{Words: words, Mean: meanWords(examples), BLEU: BLEU(m, examples, beam).BLEU, N: len(examples)})
	}
	return out, nil
}

func meanWords(cases []Case) float64 {
	n := 0
	for _, c := range cases {
		n += len(strings.Fields(c.Source))
	}
	return float64(n) / float64(len(cases))
}
