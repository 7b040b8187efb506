package run

import (
	"math"
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// The search for other weights.
const (
	adversarySteps = 80
	askedSteps     = 40   // where somebody waits for it
	adversaryRate  = 0.3  // of a step, in the logarithms of weights, at most
	allowedChange  = 0.05 // of the predictions, as total variation distance (Jain & Wallace use 0.05 for answers in words)
)

// Adversary looks for other weights of each row of the last run's soft attention, as far as possible from the true
// ones, with which no prediction of the sentence changes by more than 0.05 in total variation distance, and every token
// of the output stays the most probable. Each row is searched by gradient steps alone, with all others as they are. A
// network without soft attention is an error.
func (s *Session) Adversary(progress Progress) (*record.Adversary, error) {
	return s.adversary(adversarySteps, progress)
}

func (s *Session) adversary(steps int, progress Progress) (*record.Adversary, error) {
	t, err := s.lastTrial()
	if err != nil {
		return nil, err
	}
	r := s.last.record
	m := r.Find(record.RNN, 0, 0)
	if m == nil {
		return nil, say.Error("this model has no soft attention of a recurrent decoder, for which alone this search is made")
	}
	n := len(t.rows)
	a := &record.Adversary{}
	for _, k := range r.Tokens.Source {
		a.Keys = append(a.Keys, k.Text)
	}
	truth, best := distributions(s.logits(grad.NewPass(), []trial{t}, attention.Hooks{}).X)
	logs, force := make([][]float64, n), make([]float64, n)
	for i := range n {
		w := m.Weights[i*m.Cols:][:m.Cols]
		a.Rows = append(a.Rows, record.AdversarialRow{Token: s.Model.Tokenizer.Text(t.labels[i]), Weights: slices.Clone(w), Other: slices.Clone(w)})
		for _, v := range w { // a little towards even weights, where a step has a direction
			logs[i] = append(logs[i], math.Log(0.9*float64(v)+0.1/float64(m.Cols)))
		}
		force[i] = 1
	}
	for k := range steps {
		if err := progress.tell(k, steps); err != nil {
			return nil, err
		}
		trying := make([][]float32, n)
		for i := range n {
			trying[i] = make([]float32, m.Cols)
			for j, v := range logs[i] {
				trying[i][j] = float32(v)
			}
			tensor.Softmax(trying[i], trying[i])
		}
		slopes, logits := s.slopes(t, trying)
		from := 0
		for i := range n {
			row := &a.Rows[i]
			got, stays := distributions(logits.RowRange(from, from+n-i))
			from += n - i
			change := 0.0
			for k := range got {
				change = max(change, distance(got[k], truth[i+k]))
			}
			if far := distance(trying[i], row.Weights); change > allowedChange || !slices.Equal(stays, best[i:]) {
				force[i] *= 1.5
			} else if force[i] *= 0.8; far > row.Distance {
				row.Other, row.Distance, row.Change = trying[i], far, change
			}
			moveAway(logs[i], trying[i], row.Weights, slopes[i], force[i])
		}
	}
	all := s.logits(grad.NewPass(), []trial{t}, attention.Hooks{Map: func(am *attention.Map) {
		if am.Kind == record.RNN {
			copy(am.Weights.Row(0), a.Rows[am.Row].Other)
		}
	}}).X
	_, together := distributions(all)
	a.Same = slices.Equal(together, best)
	return a, progress.tell(steps, steps)
}

// moveAway moves the logarithms of weights away from the true ones and, as strongly as force says, to where the output
// is as probable as before: the gradient of distance + force × log-probability, through the softmax, at a length of its
// own.
func moveAway(logs []float64, weights, truth, slope []float32, force float64) {
	g, mean, most := make([]float64, len(logs)), 0.0, 1e-12
	for j, w := range weights {
		g[j] = force * float64(slope[j])
		if w >= truth[j] {
			g[j] += 0.5
		} else {
			g[j] -= 0.5
		}
		mean += float64(w) * g[j]
	}
	for j, w := range weights {
		g[j] = float64(w) * (g[j] - mean)
		most = max(most, math.Abs(g[j]))
	}
	for j := range logs {
		logs[j] += adversaryRate * g[j] / most
	}
}

// slopes runs a trial once for each of its rows, with other weights in that row, and returns the gradients of the
// output's log-probability with respect to those weights, and the logits of that row and the later ones: earlier ones
// stay as they are.
func (s *Session) slopes(t trial, rows [][]float32) (slopes [][]float32, logits tensor.Matrix) {
	maps := make([]attention.Map, len(rows))
	p := &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(nil)}
	var trials []trial
	var labels []int
	for i := range rows {
		trials = append(trials, trial{source: t.source, target: t.target, rows: t.rows[i:]})
		labels = append(labels, t.labels[i:]...)
	}
	out := s.logits(p, trials, attention.Hooks{Map: func(am *attention.Map) {
		if am.Kind == record.RNN && am.Sequence == am.Row {
			copy(am.Weights.Row(0), rows[am.Row])
			maps[am.Row] = *am
		}
	}})
	logits = tensor.New(out.X.Rows, out.X.Cols)
	copy(logits.Data, flat(out.X))
	p.CrossEntropy(out, labels, 0, -1)
	p.Tape.Backward()
	for _, m := range maps {
		slopes = append(slopes, slices.Clone(m.Gradient.Row(0)))
	}
	return slopes, logits
}

// distributions are the probabilities of each row of logits, which it overwrites, and the most probable tokens.
func distributions(logits tensor.Matrix) (all [][]float32, best []int) {
	for i := range logits.Rows {
		row := logits.Row(i)
		best = append(best, tensor.ArgMax(row))
		tensor.Softmax(row, row)
		all = append(all, row)
	}
	return all, best
}

// distance is the total variation distance of two distributions.
func distance(p, q []float32) (d float64) {
	for i, v := range p {
		d += math.Abs(float64(v)-float64(q[i])) / 2
	}
	return d
}
