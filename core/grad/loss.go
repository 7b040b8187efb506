package grad

import (
	"strconv"

	"heed/core/tensor"
)

// CrossEntropy returns the summed loss of logits[N×V] against one target id a row, in nats, with
// label smoothing ε (Szegedy et al. 2016, section 7; the target distribution is (1-ε) on the target
// and ε/V on every token), and the plain negative log likelihood. With a tape the gradient of
// weight·loss is added to the logits' gradient.
func (p *Pass) CrossEntropy(logits Value, targets []int, smoothing, weight float32) (loss, nll float64) {
	v := logits.X.Cols
	if len(targets) != logits.X.Rows {
		fail("CrossEntropy", strconv.Itoa(len(targets)), "targets for logits of", shape(logits.X))
	}
	if !(smoothing >= 0 && smoothing <= 1) {
		fail("CrossEntropy", "a label smoothing of", strconv.FormatFloat(float64(smoothing), 'g', -1, 32), "must be from 0 to 1")
	}
	for _, t := range targets {
		if uint(t) >= uint(v) {
			fail("CrossEntropy", "target", strconv.Itoa(t), "of", strconv.Itoa(v), "tokens")
		}
	}
	mark := p.Arena.Mark()
	prob := p.Arena.Floats(v)
	spread := smoothing / float32(v)
	for i, target := range targets {
		row := logits.X.Row(i)
		logSum := float64(tensor.Softmax(prob, row))
		n := logSum - float64(row[target])
		nll += n
		loss += n
		if smoothing > 0 {
			mean := logSum - float64(tensor.Sum(row))/float64(v)
			loss += float64(smoothing) * (mean - n)
		}
		if p.taped() && logits.requiresGrad() {
			// d loss / d logits = probabilities - target distribution.
			g := logits.G.Row(i)
			tensor.ScaleAdd(prob, weight, prob, -weight*spread)
			tensor.Add(g, prob)
			g[target] -= weight * (1 - smoothing)
		}
	}
	p.Arena.Release(mark)
	return loss, nll
}
