// Package eval measures how good a model is: BLEU of translations, F1 and compression of shortened sentences, bits per
// byte and perplexity of generated text, accuracy of filled words, and how often attention looks where a dictionary of
// the data says. Its functions read a model and texts, and change nothing.
//
// A beam of 1 or less is greedy search.
package eval

import (
	"math"
	"strings"

	"heed/core/bleu"
	"heed/core/data"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/run"
	"heed/core/train"
)

// Case is a source with all its references, of which there is at least one.
type Case struct {
	Source     string
	References []string
}

// Cases brings the references of one source together, in the order in which sources first occur.
func Cases(pairs []data.Pair) []Case {
	var cases []Case
	at := map[string]int{}
	for _, p := range pairs {
		i, ok := at[p.Source]
		if !ok {
			i = len(cases)
			at[p.Source] = i
			cases = append(cases, Case{Source: p.Source})
		}
		cases[i].References = append(cases[i].References, p.Target)
	}
	return cases
}

// AsTyped returns the pairs as people type: the source lower-cased, both sides without their final
// mark, where anything is left without it.
func AsTyped(pairs []data.Pair) []data.Pair {
	out := make([]data.Pair, len(pairs))
	for i, p := range pairs {
		out[i] = p.WithoutFinalMark()
		out[i].Source = strings.ToLower(out[i].Source)
	}
	return out
}

// Translate writes the output of each source, on all cores. A source longer than the model has
// positions for is cut.
func Translate(m *model.Model, sources []string, beam int) []string {
	encoded := make([][]int, len(sources))
	for i, s := range sources {
		encoded[i] = run.Encode(m, s)
	}
	out := make([]string, len(sources))
	train.EachBatch(len(sources), func(i int) int { return len(encoded[i]) }, func(p *grad.Pass, batch []int) {
		ids := make([][]int, len(batch))
		for i, at := range batch {
			ids[i] = encoded[at]
		}
		longest := len(ids[len(ids)-1])
		for i, target := range run.Generate(m, p, ids, beam, 2*longest+20) {
			out[batch[i]] = m.Tokenizer.Decode(target)
		}
	})
	return out
}

// Total adds up scores.
func Total(scores []train.Score) (sum train.Score) {
	for _, s := range scores {
		sum.Add(s)
	}
	return sum
}

// Perplexity is exp of the mean negative log probability of a token; of no tokens it is NaN.
func Perplexity(s train.Score) float64 {
	return min(math.Exp(-s.LogProb/float64(s.Tokens)), math.MaxFloat64) // JSON has no infinity
}

// BitsPerByte returns -Σ log₂ p of all tokens of documents, the end token of each included, divided by
// the bytes of their text in UTF-8, which has no end tokens. Unlike a loss per token it can be compared
// between tokenizers.
func BitsPerByte(scores []train.Score, documents []data.Pair) float64 {
	bytes := 0
	for _, d := range documents {
		bytes += len(d.Target)
	}
	return -Total(scores).LogProb / math.Ln2 / float64(bytes)
}

// Commonest returns the word that stands most often where Score hides words, and its share of them: a
// rule that knows nothing else and always names it is right that often.
func Commonest(m *model.Model, pairs []data.Pair) (word string, share float64) {
	_, positions := m.Net.Limits()
	b := data.NewBuilder(m.About.Task, m.Net, m.Tokenizer, positions)
	counts := map[string]int{}
	all := 0
	for _, p := range pairs {
		for _, e := range b.Examples(p, measuredMask, nil) {
			for from := 0; from < len(e.Word); {
				to := from + 1
				for to < len(e.Word) && e.Word[to] == e.Word[from] {
					to++
				}
				counts[strings.TrimSpace(m.Tokenizer.Decode(e.Target[from:to]))]++
				all++
				from = to
			}
		}
	}
	for w, n := range counts {
		if n > counts[word] || n == counts[word] && w < word {
			word = w
		}
	}
	return word, float64(counts[word]) / float64(max(1, all))
}

// BLEU translates the cases and scores the outputs against all references.
func BLEU(m *model.Model, cases []Case, beam int) bleu.Score {
	return Compare(Translate(m, Sources(cases), beam), cases)
}

// Compare scores outputs, one a case, against all references.
func Compare(outputs []string, cases []Case) bleu.Score {
	references := make([][]string, len(cases))
	for i, c := range cases {
		references[i] = c.References
	}
	return bleu.Corpus(outputs, references)
}

// Sources returns those of cases.
func Sources(cases []Case) []string {
	out := make([]string, len(cases))
	for i, c := range cases {
		out[i] = c.Source
	}
	return out
}

// measuredMask is the share of words that Score hides.
const measuredMask = 0.15

// Score returns the log probability of each pair's target given its source; of a text to write on,
// window by window of as many tokens as the model has positions for; of a text to fill, of the words
// hidden. Sources, and targets of a translation, that are longer are cut; a longer pair of a sentence and a
// shorter one counts nothing. Those are in the form of the data, which training reads too.
func Score(m *model.Model, pairs []data.Pair) []train.Score {
	_, _, start := m.Net.Special()
	_, positions := m.Net.Limits()
	b := data.NewBuilder(m.About.Task, m.Net, m.Tokenizer, positions)
	var examples []train.Example
	var of []int // the pair of each example
	for i, p := range pairs {
		var es []train.Example
		if m.About.Task != model.Translation {
			es = b.Examples(p, measuredMask, nil)
		} else {
			es = []train.Example{{Source: run.Encode(m, p.Source), Target: append([]int{start}, run.Encode(m, p.Target)...)}}
		}
		for _, e := range es {
			examples, of = append(examples, e), append(of, i)
		}
	}
	scores := train.Scores(m.Net, examples)
	out := make([]train.Score, len(pairs))
	for i, s := range scores {
		out[of[i]].Add(s)
	}
	return out
}
