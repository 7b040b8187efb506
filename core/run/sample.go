package run

import (
	"slices"

	"heed/core/record"
	"heed/core/tensor"
)

// Next returns what may follow the text of the last run, most probable first, as o would draw it:
// only the last softmax is computed anew. It is nil where the last run generated nothing.
func (s *Session) Next(o Sampling) ([]record.Candidate, error) {
	if err := o.check(); err != nil || len(s.last.next) == 0 {
		return nil, err
	}
	likely := newDraw(s.last.next, o).first(nextCandidates)
	for i := range likely {
		likely[i].Text = s.Model.Tokenizer.Text(likely[i].ID)
	}
	return likely, nil
}

// draw is the distribution that a token is drawn from. Its tokens are put in order only as far as somebody asks: a few
// of a vocabulary of 50,000, of which to sort all takes longer than the network.
type draw struct {
	prob   []float32          // of each token, before it is divided by sum
	kept   int                // that many tokens may be drawn, the most probable ones,
	sum    float64            // which have this probability together
	likely []record.Candidate // the first of them, most probable first; P is that of prob
	rest   []int32            // the others, a heap with the most probable at its root; nil before one is asked for
}

// newDraw is what the logits of the next token come to. The order of the filters is that of Python's transformers:
// temperature, top-k, and top-p of what that left, renormalised.
func newDraw(logits []float32, o Sampling) *draw {
	if o.Temperature == 0 {
		return &draw{kept: 1, sum: 1, likely: []record.Candidate{{ID: tensor.ArgMax(logits), P: 1}}}
	}
	d := &draw{prob: slices.Clone(logits), kept: len(logits)}
	most := tensor.Max(d.prob)
	for i, v := range d.prob { // the largest stays finite, however small the temperature is
		d.prob[i] = float32(float64(v-most) / o.Temperature)
	}
	tensor.Softmax(d.prob, d.prob)
	for _, p := range d.prob {
		d.sum += float64(p)
	}
	if o.TopK > 0 && o.TopK < d.kept {
		d.keep(o.TopK)
	}
	if o.TopP > 0 {
		var sum float64
		for i := range d.kept {
			if sum += float64(d.at(i).P); sum >= o.TopP {
				d.keep(i + 1)
				break
			}
		}
	}
	return d
}

// keep leaves the n most probable tokens.
func (d *draw) keep(n int) {
	d.kept = n
	d.at(n - 1)
	d.sum = 0
	for _, c := range d.likely[:n] {
		d.sum += float64(c.P)
	}
}

// first returns the n most probable tokens, or all where there are fewer; of equals the first comes first.
func (d *draw) first(n int) []record.Candidate {
	out := make([]record.Candidate, min(n, d.kept))
	for i := range out {
		out[i] = d.at(i)
	}
	return out
}

// sample returns the token at u, in [0, 1).
func (d *draw) sample(u float64) int {
	for i := range d.kept {
		c := d.at(i)
		if u -= float64(c.P); u < 0 {
			return c.ID
		}
	}
	return d.at(0).ID
}

// at returns the token with i more probable ones.
func (d *draw) at(i int) record.Candidate {
	if len(d.likely) <= i && d.rest == nil {
		d.rest = make([]int32, len(d.prob))
		for id := range d.rest {
			d.rest[id] = int32(id)
		}
		for root := len(d.rest)/2 - 1; root >= 0; root-- {
			d.sift(root)
		}
	}
	for len(d.likely) <= i {
		id, last := int(d.rest[0]), len(d.rest)-1
		d.likely = append(d.likely, record.Candidate{ID: id, P: d.prob[id]})
		d.rest[0], d.rest = d.rest[last], d.rest[:last]
		d.sift(0)
	}
	c := d.likely[i]
	c.P = float32(float64(c.P) / d.sum)
	return c
}

// sift moves a token of the heap down to its place.
func (d *draw) sift(at int) {
	for {
		next := 2*at + 1
		if next+1 < len(d.rest) && d.before(d.rest[next+1], d.rest[next]) {
			next++
		}
		if next >= len(d.rest) || !d.before(d.rest[next], d.rest[at]) {
			return
		}
		d.rest[at], d.rest[next] = d.rest[next], d.rest[at]
		at = next
	}
}

func (d *draw) before(a, b int32) bool {
	return d.prob[a] > d.prob[b] || d.prob[a] == d.prob[b] && a < b
}
