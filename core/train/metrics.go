package train

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"heed/core/bleu"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/run"
	"heed/core/tensor"
)

// Case is a source with all its references, of which there is at least one.
type Case struct {
	Source     string
	References []string
}

// Cases brings the references of one source together, in the order in which sources first occur.
func Cases(pairs []Pair) []Case {
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
func AsTyped(pairs []Pair) []Pair {
	out := make([]Pair, len(pairs))
	for i, p := range pairs {
		out[i] = p.withoutFinalMark()
		out[i].Source = strings.ToLower(out[i].Source)
	}
	return out
}

// A pass measures at most evalBatch sources side by side, and about evalTokens tokens.
const (
	evalBatch  = 32
	evalTokens = 4096
)

// Translate writes the output of each source, on all cores. A source longer than the model has
// positions for is cut.
func Translate(m *model.Model, sources []string, beam int) []string {
	encoded := make([][]int, len(sources))
	for i, s := range sources {
		encoded[i] = run.Encode(m, s)
	}
	out := make([]string, len(sources))
	eachBatch(len(sources), func(i int) int { return len(encoded[i]) }, func(p *grad.Pass, batch []int) {
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

// eachBatch puts 0 to n-1 in order of their sizes, in tokens, cuts that into batches, and calls f with each, on
// all cores, with a pass of its own.
func eachBatch(n int, size func(i int) int, f func(p *grad.Pass, batch []int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size(a), size(b)) })
	var batches [][]int
	from, tokens := 0, 0
	for at, i := range order {
		n := size(i)
		if at > from && (at-from == evalBatch || tokens+n > evalTokens) {
			batches = append(batches, order[from:at])
			from, tokens = at, 0
		}
		tokens += n
	}
	if from < len(order) {
		batches = append(batches, order[from:])
	}
	var passes sync.Pool
	inParallel(len(batches), func(i int) {
		p, _ := passes.Get().(*grad.Pass)
		if p == nil {
			p = grad.NewPass()
		}
		defer passes.Put(p)
		f(p, batches[i])
	})
}

// Total adds up scores.
func Total(scores []LineScore) (sum LineScore) {
	for _, s := range scores {
		sum.add(s)
	}
	return sum
}

func (s *LineScore) add(other LineScore) {
	s.LogProb += other.LogProb
	s.Tokens += other.Tokens
	s.Words += other.Words
	s.Right += other.Right
}

// Perplexity is exp of the mean negative log probability of a token; of no tokens it is NaN.
func (s LineScore) Perplexity() float64 {
	return min(math.Exp(-s.LogProb/float64(s.Tokens)), math.MaxFloat64) // JSON has no infinity
}

// BitsPerByte returns -Σ log₂ p of all tokens of documents, the end token of each included, divided by
// the bytes of their text in UTF-8, which has no end tokens. Unlike a loss per token it can be compared
// between tokenizers.
func BitsPerByte(scores []LineScore, documents []Pair) float64 {
	bytes := 0
	for _, d := range documents {
		bytes += len(d.Target)
	}
	return -Total(scores).LogProb / math.Ln2 / float64(bytes)
}

// Commonest returns the word that stands most often where Score hides words, and its share of them: a
// rule that knows nothing else and always names it is right that often.
func Commonest(m *model.Model, pairs []Pair) (word string, share float64) {
	_, positions := m.Net.Limits()
	b := newBuilder(m.About.Task, m.Net, m.Tokenizer, positions)
	counts := map[string]int{}
	all := 0
	for _, p := range pairs {
		for _, e := range b.examples(p, measuredMask, nil) {
			for from := 0; from < len(e.word); {
				to := from + 1
				for to < len(e.word) && e.word[to] == e.word[from] {
					to++
				}
				counts[strings.TrimSpace(m.Tokenizer.Decode(e.target[from:to]))]++
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
	sources, references := make([]string, len(cases)), make([][]string, len(cases))
	for i, c := range cases {
		sources[i], references[i] = c.Source, c.References
	}
	return bleu.Corpus(Translate(m, sources, beam), references)
}

// LineScore is how probable a model finds what it should write.
type LineScore struct {
	LogProb float64 `json:"log_prob"` // of the whole target given its source, nats
	Tokens  int     `json:"tokens"`   // of the target, the end token included; of a text to fill, the hidden ones
	// Of a text to fill: its hidden words, and how many of them are the most probable ones in all their
	// tokens.
	Words int `json:"words,omitempty"`
	Right int `json:"right,omitempty"`
}

// measuredMask is the share of words that Score hides.
const measuredMask = 0.15

// Score returns the log probability of each pair's target given its source; of a text to write on,
// window by window of as many tokens as the model has positions for; of a text to fill, of the words
// hidden. Sources, and targets of a translation, that are longer are cut.
func Score(m *model.Model, pairs []Pair) []LineScore {
	_, positions := m.Net.Limits()
	b := newBuilder(m.About.Task, m.Net, m.Tokenizer, positions)
	var examples []example
	var of []int // the pair of each example
	for i, p := range pairs {
		var es []example
		if b.task == model.Generation || b.task == model.Fill {
			es = b.examples(p, measuredMask, nil)
		} else {
			es = []example{{source: run.Encode(m, p.Source), target: append([]int{b.start}, run.Encode(m, p.Target)...)}}
		}
		for _, e := range es {
			examples, of = append(examples, e), append(of, i)
		}
	}
	scores := make([]LineScore, len(examples))
	eachBatch(len(examples), func(i int) int { return examples[i].size() }, func(p *grad.Pass, at []int) {
		p.Arena.Reset()
		var b batch
		for _, i := range at {
			b.add(examples[i])
		}
		logits := b.logits(p, m.Net).X
		row := 0
		for _, i := range at {
			e, s := examples[i], &scores[i]
			s.Tokens = e.labels()
			right := false
			for j := range s.Tokens {
				id, x := b.labels[row], logits.Row(row)
				row++
				if e.hidden != nil {
					first := j == 0 || e.word[j] != e.word[j-1]
					last := j+1 == len(e.word) || e.word[j] != e.word[j+1]
					right = (first || right) && tensor.ArgMax(x) == id
					if last {
						s.Words++
					}
					if last && right {
						s.Right++
					}
				}
				logit := x[id]
				s.LogProb += float64(logit) - float64(tensor.Softmax(x, x))
			}
		}
	})
	out := make([]LineScore, len(pairs))
	for i, s := range scores {
		out[of[i]].add(s)
	}
	return out
}
