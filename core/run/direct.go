package run

import (
	"math"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
	"heed/core/transformer"
)

// splittable is a network whose residual streams can be split into what each part adds.
type splittable interface {
	NewTrace(source, target []int) (*transformer.Trace, attention.Hooks)
}

// trace runs a trial once and returns what its residual streams are made of, and what its logits are computed of. see, when not
// nil, is shown the maps.
func (s *Session) trace(p *grad.Pass, t trial, see func(*attention.Map)) (*transformer.Trace, grad.Value, error) {
	net, ok := s.Model.Net.(splittable)
	if !ok {
		return nil, grad.Value{}, say.Error(s.Model.Name, " has no residual stream that could be split: it is recurrent")
	}
	trace, hooks := net.NewTrace(t.source, t.target)
	hooks.Map = see
	return trace, s.states(p, []trial{t}, hooks), nil
}

// direct splits the logit of an output token. Source and Target stay 0: the parts say it all.
func (s *Session) direct(a *record.Attribution, t trial) (*record.Attribution, error) {
	p := grad.NewPass()
	trace, x, err := s.trace(p, t, nil)
	if err != nil {
		return nil, err
	}
	logits := s.Model.Net.Logits(p, x).X
	parts, values, err := trace.Logit(t.rows[0], t.labels[0])
	if err != nil {
		return nil, err
	}
	logit, total := float64(logits.Row(0)[t.labels[0]]), 0.0
	for i, p := range parts {
		total += values[i]
		a.Parts = append(a.Parts, record.AttributedPart{Name: p.Name, Kind: p.Kind, Layer: p.Layer, Head: p.Head, Value: float32(values[i])})
	}
	a.Value, a.Gap = float32(logit), float32(logit-total)
	return a, nil
}

// Why splits the score of the weight at a place of the last run's maps by what the query and the key are made of.
// A place outside the maps is an error, and so are parts that do not sum to the score, because activations were replaced.
func (s *Session) Why(at record.Place, col int) (*record.Why, error) {
	t := trial{source: s.last.source, target: s.last.target, rows: []int{0}} // a score is there without a prediction
	if len(t.source)+len(t.target) == 0 {
		return nil, errNothing
	}
	var score float64
	trace, _, err := s.trace(grad.NewPass(), t, func(m *attention.Map) {
		if i := at.Row - m.Row; m.Kind == at.Kind && m.Layer == at.Layer && m.Head == at.Head && i >= 0 && i < m.Scores.Rows && col >= 0 && col < m.Scores.Cols {
			score = float64(m.Scores.Row(i)[col])
		}
	})
	if err != nil {
		return nil, err
	}
	query, key, values, err := trace.Score(at.Kind, at.Layer, at.Head, at.Row, col)
	if err != nil {
		return nil, err
	}
	w := &record.Why{Place: at, Col: col}
	scale := 1.0
	if c := s.last.changes; c.Scales() && at.Kind == record.Cross { // as interventions.change has it
		scale = 1 / c.Temperature
	}
	total, size := 0.0, 0.0
	for i, q := range query {
		for j, k := range key {
			value := values[i][j] * scale
			total, size = total+value, size+math.Abs(value)
			w.Parts = append(w.Parts, record.WhyPart{Query: q.String(), Key: k.String(), Value: float32(value)})
		}
	}
	if math.IsNaN(total) || math.IsInf(total, 0) {
		return nil, errOverflow
	}
	if gap := score - total; math.Abs(gap) > 1e-3*(1+math.Abs(score))+1e-5*size {
		return nil, say.Error("the score is ", float32(score), ", and its parts come to ", float32(total),
			": activations of this run were replaced by others, or steered; take those changes back, and ask again")
	}
	w.Score = float32(total)
	return w, nil
}
