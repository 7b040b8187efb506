package train

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"heed/core/bleu"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
)

// Case is a source with all its references.
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
		if s, t := WithoutFinalMark(p.Source), WithoutFinalMark(p.Target); s != "" && t != "" {
			p = Pair{s, t}
		}
		out[i] = Pair{strings.ToLower(p.Source), p.Target}
	}
	return out
}

// evalBatch is how many sources are translated side by side.
const evalBatch = 32

// Translate writes the output of each source, on all cores. A source longer than the model has
// positions for is cut.
func Translate(m *model.Model, sources []string, beam int) []string {
	encoded := make([][]int, len(sources))
	order := make([]int, len(sources))
	for i, s := range sources {
		order[i] = i
		encoded[i] = m.Encode(s)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(encoded[a]), len(encoded[b])) })
	out := make([]string, len(sources))
	eachBatch(order, func(p *grad.Pass, batch []int) {
		ids := make([][]int, len(batch))
		for i, at := range batch {
			ids[i] = encoded[at]
		}
		longest := len(ids[len(ids)-1])
		for i, target := range m.Generate(p, ids, beam, 2*longest+20) {
			out[batch[i]] = m.Tokenizer.Decode(target)
		}
	})
	return out
}

// eachBatch cuts order into batches and calls f with each, on all cores, with a pass of its own.
func eachBatch(order []int, f func(p *grad.Pass, batch []int)) {
	batches := slices.Collect(slices.Chunk(order, evalBatch))
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

// BLEU translates the cases and scores the outputs against all references.
func BLEU(m *model.Model, cases []Case, beam int) bleu.Score {
	sources, references := make([]string, len(cases)), make([][]string, len(cases))
	for i, c := range cases {
		sources[i], references[i] = c.Source, c.References
	}
	return bleu.Corpus(Translate(m, sources, beam), references)
}

// LineScore is how probable a model finds a target.
type LineScore struct {
	LogProb float64 `json:"log_prob"` // of the whole target given its source, nats
	Tokens  int     `json:"tokens"`   // of the target, the end token included
}

// Score returns the log probability of each pair's target given its source. Pairs longer than the
// model has positions for are cut.
func Score(m *model.Model, pairs []Pair) []LineScore {
	encoded := make([]example, len(pairs))
	order := make([]int, len(pairs))
	for i, p := range pairs {
		order[i] = i
		encoded[i] = example{m.Encode(p.Source), m.Encode(p.Target)}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(len(encoded[a].target)+len(encoded[a].source), len(encoded[b].target)+len(encoded[b].source))
	})
	out := make([]LineScore, len(pairs))
	eachBatch(order, func(p *grad.Pass, batch []int) {
		p.Arena.Reset()
		var source, target grad.Sequences
		for _, at := range batch {
			e := encoded[at]
			source.Add(e.source...)
			target.Add(append([]int{m.Net.Start}, e.target[:len(e.target)-1]...)...)
		}
		logits := m.Net.Logits(p, m.Net.Decode(p, &target, m.Net.Encode(p, &source, nil), &source, nil)).X
		row := 0
		for _, at := range batch {
			e := encoded[at]
			out[at].Tokens = len(e.target)
			for _, id := range e.target {
				x := logits.Row(row)
				logit := x[id]
				out[at].LogProb += float64(logit) - float64(tensor.Softmax(x, x))
				row++
			}
		}
	})
	return out
}
