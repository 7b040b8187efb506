package record

import (
	"math"
	"slices"

	"heed/core/json"
)

// Outcome is what a run came to, in short. The zero value says nothing.
type Outcome struct {
	Output string  // of a decoder alone: the token that it expects next
	P      float64 // the geometric mean of its tokens' probabilities; 0 where it is not known
}

// Outcome is what the run came to.
func (r *Record) Outcome() (o Outcome) {
	o.Output = r.Output
	alone := r.Task == Generation
	sum, n := 0.0, 0
	for at, p := range r.Predictions {
		i := 0
		if alone {
			if at+1 < len(r.Predictions) || len(p.Top) == 0 {
				continue
			}
			o.Output = p.Top[0].Text
		} else if p.Position+1 >= len(r.Tokens.Target) {
			continue
		} else if i = slices.IndexFunc(p.Top, func(c Candidate) bool { return c.ID == r.Tokens.Target[p.Position+1].ID }); i < 0 {
			return o
		}
		sum += math.Log(float64(p.Top[i].P))
		n++
	}
	if n > 0 {
		o.P = math.Exp(sum / float64(n))
	}
	return o
}

// fields are output and p.
func (b *Outcome) fields(o *json.Object) {
	o.Member("output").String(&b.Output)
	o.Optional("p", b.P > 0).Float(&b.P)
}

// WroteOtherwise says whether a run has another output than a Record of the same text and model: that one's was given,
// or found by another search.
func (r *Record) WroteOtherwise(than *Record) bool {
	return than.Model == r.Model && len(than.Tokens.Target) > 0 && len(r.Tokens.Target) > 0 && than.Output != r.Output
}
