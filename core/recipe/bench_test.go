package recipe

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/core/data"
)

// invented returns pairs of short sentences in two invented languages of 8,000 words each, few of
// them frequent, as in a real language.
func invented(n int) []data.Pair {
	r := rand.New(rand.NewPCG(3, 5))
	const words = 8000
	word := func() string {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			b.WriteByte("bcdfghjklmnprstvwz"[r.IntN(18)])
			b.WriteByte("aeiou"[r.IntN(5)])
		}
		return b.String()
	}
	var names [2][words]string
	for side := range names {
		for i := range words {
			names[side][i] = word()
		}
	}
	var pairs []data.Pair
	for range n {
		var source, target []string
		for range 3 + r.IntN(8) {
			w := int(math.Pow(words, r.Float64())) - 1
			source, target = append(source, names[0][w]), append(target, names[1][w])
		}
		slices.Reverse(target)
		pairs = append(pairs, data.Pair{Source: strings.Join(source, " ") + ".", Target: strings.Join(target, " ") + "."})
	}
	return pairs
}

// BenchmarkStep trains the recipe en-fr, without its changes of sentences, on invented ones: tokens of source and
// target a second, on all cores.
func BenchmarkStep(b *testing.B) {
	r, err := Read("en-fr")
	if err != nil {
		b.Fatal(err)
	}
	r.Mix, r.Slots, r.Augment = nil, Slots{}, Augment{} // whose texts are not there
	tr := start(b, r, invented(20000))
	steps(b, tr, 2)
	tokens, began := 0, time.Now()
	for b.Loop() {
		p, err := tr.Step()
		if err != nil {
			b.Fatal(err)
		}
		tokens += p.Tokens
	}
	b.ReportMetric(float64(tokens)/time.Since(began).Seconds(), "tokens/s")
	b.ReportMetric(float64(tokens)/float64(b.N), "tokens/step")
}
