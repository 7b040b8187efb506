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

// trace is what the residual streams of the last run, or of one like it, are made of, and the hooks of the pass that
// fills it.
func (s *Session) trace(source, target []int) (*transformer.Trace, attention.Hooks, error) {
	net, ok := s.Model.Net.(splittable)
	if !ok {
		return nil, attention.Hooks{}, say.Error("this model has no residual stream that could be split: it is recurrent")
	}
	trace, hooks := net.NewTrace(source, target)
	return trace, hooks, nil
}

// Of a logit's parts, which are float64, the sum lacks what products of bytes and of float32 round off: up to so much,
// in parts of the logit's size, and 1, it is a part of its own where it is more than a ten-thousandth. What is more
// comes of changes, and stays a gap.
const (
	unsaid  = 1e-4
	rounded = 1e-3
)

// direct splits the logit of an output token. Source and Target stay 0: the parts say it all.
func (s *Session) direct(a *record.Attribution, t trial) (*record.Attribution, error) {
	trace, hooks, err := s.trace(t.source, t.target)
	if err != nil {
		return nil, err
	}
	p := grad.NewPass()
	logits := s.logits(p, []trial{t}, hooks).X
	parts, values, err := trace.Logit(p, t.rows[0], t.labels[0])
	if err != nil {
		return nil, err
	}
	logit, total := float64(logits.Row(0)[t.labels[0]]), 0.0
	for i, p := range parts {
		total += values[i]
		a.Parts = append(a.Parts, record.AttributedPart{Name: p.Name, Kind: p.Kind, Layer: p.Layer, Head: p.Head, Value: float32(values[i])})
	}
	if gap := logit - total; math.Abs(gap) > unsaid && math.Abs(gap) <= rounded*(1+math.Abs(logit)) {
		total += gap
		a.Parts = append(a.Parts, record.AttributedPart{Name: "rounding", Layer: record.None, Head: record.None, Value: float32(gap)})
	}
	a.Value, a.Gap = float32(logit), float32(logit-total)
	return a, nil
}

// Why splits the score of the weight at a place of the last run's maps by what the query and the key are made of. A
// place outside the maps is an error, and so are parts that do not sum to the score, because activations were replaced.
func (s *Session) Why(at record.Place, col int) (*record.Why, error) {
	trace, hooks, err := s.trace(s.last.source, s.last.target)
	if err != nil {
		return nil, err
	}
	var score float64
	hooks.Map = func(m *attention.Map) {
		if i := at.Row - m.Row; m.Kind == at.Kind && m.Layer == at.Layer && m.Head == at.Head && i >= 0 && i < m.Scores.Rows && col >= 0 && col < m.Scores.Cols {
			score = float64(m.Scores.Row(i)[col])
		}
	}
	defer s.pass.Arena.Release(s.pass.Arena.Mark())
	if whole := s.last.target; at.Kind != record.Self && at.Row >= 0 && at.Row < len(whole) {
		s.last.target = whole[:at.Row+1] // nothing of a row comes from those behind it
		defer func() { s.last.target = whole }()
	}
	if s.replay(at.Kind != record.Decoder, at.Kind != record.Self, hooks).X.Data == nil { // of cross-attention the keys are the encoder's
		return nil, errNothing
	}
	query, key, values, err := trace.Score(s.pass, at.Kind, at.Layer, at.Head, at.Row, col)
	if err != nil {
		return nil, err
	}
	w := &record.Why{Place: at, Col: col}
	scale := 1.0
	if c := s.last.changes; c.Scales() && at.Kind == record.Cross { // as interventions.change has it
		scale = 1 / c.Temperature
	}
	names := make([]string, len(key))
	for j, k := range key {
		names[j] = k.String()
	}
	total, size := 0.0, 0.0
	for i, q := range query {
		name := q.String()
		for j := range key {
			value := values[i][j] * scale
			total, size = total+value, size+math.Abs(value)
			w.Parts = append(w.Parts, record.WhyPart{Query: name, Key: names[j], Value: float32(value)})
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
