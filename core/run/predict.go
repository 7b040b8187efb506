package run

import (
	"errors"

	"heed/core/model"
	"heed/core/record"
	"heed/core/tensor"
)

// errOverflow is of numbers that are not finite.
var errOverflow = errors.New("the model's numbers overflow: its weights are damaged, or belong to another model")

// How many tokens a Record lists for a position; of what follows a text, and of a hidden word, it lists
// nextCandidates. The probabilities are the network's own, before a search excludes tokens, so padding and other
// tokens that it never writes may be among them.
const (
	shownCandidates = 5
	nextCandidates  = 12
)

// predict is the prediction of one position, with its n most probable tokens; it overwrites the logits.
func predict(m *model.Model, position int, logits []float32, n int) (record.Prediction, error) {
	p := record.Prediction{Position: position}
	if !tensor.Finite(logits) {
		return p, errOverflow
	}
	tensor.Softmax(logits, logits)
	for _, id := range largest(logits, n) {
		p.Top = append(p.Top, record.Candidate{Text: m.Tokenizer.Text(id), ID: id, P: logits[id]})
	}
	return p, nil
}

// largest returns the indices of the n largest values, largest first; of equals the first comes first.
func largest(x []float32, n int) []int {
	n = min(n, len(x))
	best := make([]int, 0, n+1)
	for i, v := range x {
		if len(best) == n && !(v > x[best[n-1]]) {
			continue
		}
		at := len(best)
		for at > 0 && v > x[best[at-1]] {
			at--
		}
		best = append(best, i)
		copy(best[at+1:], best[at:])
		best[at] = i
		best = best[:min(len(best), n)]
	}
	return best
}
