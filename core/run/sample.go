package run

import (
	"cmp"
	"slices"

	"heed/core/record"
	"heed/core/stable"
	"heed/core/tensor"
)

// Next returns what may follow the text of the last run, most probable first, as o would draw it:
// only the last softmax is computed anew. It is nil where the last run generated nothing.
func (s *Session) Next(o Sampling) ([]record.Candidate, error) {
	if err := o.check(); err != nil || len(s.last.next) == 0 {
		return nil, err
	}
	likely := candidates(s.last.next, o)
	likely = likely[:min(len(likely), nextCandidates)]
	for i := range likely {
		likely[i].Text = s.Model.Tokenizer.Text(likely[i].ID)
	}
	return likely, nil
}

// candidates returns the tokens that may be drawn and their probabilities, which sum to 1, most probable
// first. The order of the filters is that of Python's transformers: temperature, top-k, and top-p of what that
// left, renormalised.
func candidates(logits []float32, o Sampling) []record.Candidate {
	if o.Temperature == 0 {
		return []record.Candidate{{ID: tensor.ArgMax(logits), P: 1}}
	}
	prob := slices.Clone(logits)
	most := tensor.Max(prob)
	for i, v := range prob { // the largest stays finite, however small the temperature is
		prob[i] = float32(float64(v-most) / o.Temperature)
	}
	tensor.Softmax(prob, prob)
	k := len(prob)
	if o.TopK > 0 {
		k = min(k, o.TopK)
	}
	var likely []record.Candidate
	if k <= 64 {
		for _, id := range top(prob, k) {
			likely = append(likely, record.Candidate{ID: id, P: prob[id]})
		}
	} else {
		for id, v := range prob {
			likely = append(likely, record.Candidate{ID: id, P: v})
		}
		stable.Sort(likely, func(a, b record.Candidate) int { return cmp.Compare(b.P, a.P) })
		likely = likely[:k]
	}
	normalise(likely)
	if o.TopP > 0 {
		var sum float64
		for i, c := range likely {
			if sum += float64(c.P); sum >= o.TopP {
				likely = likely[:i+1]
				break
			}
		}
		normalise(likely)
	}
	return likely
}

// normalise divides the probabilities by their sum.
func normalise(likely []record.Candidate) {
	var sum float64
	for _, c := range likely {
		sum += float64(c.P)
	}
	for i := range likely {
		likely[i].P = float32(float64(likely[i].P) / sum)
	}
}

// sample returns the token at u, in [0, 1), of the distribution.
func sample(likely []record.Candidate, u float64) int {
	for _, c := range likely {
		if u -= float64(c.P); u < 0 {
			return c.ID
		}
	}
	return likely[0].ID
}
