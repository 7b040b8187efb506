package run

import (
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// The methods of attribution, as questions and Records name them. Attribute says what they are.
const (
	GradientInput       = "gradient-input"
	IntegratedGradients = "integrated-gradients"
	AttentionGradient   = "attention-gradient"
	LeaveOneOut         = "leave-one-out"
	Direct              = "direct"
	Attention           = "attention"
	Rollout             = "rollout"
)

// Attribute says how much each token that the last run read contributes to its output token at a
// position, counted as record.Prediction counts them. Methods, of the log-probability f in nats:
//
//   - gradient-input: the gradient of f with respect to a token's embedding, times the embedding (Shrikumar et
//     al. 2016; Denil et al. 2014).
//   - integrated-gradients: the same, averaged over the straight path from embeddings of zeros (Sundararajan et al. 2017,
//     "Axiomatic Attribution for Deep Networks", equation 1), at AttributionSteps points at most, where f changes. The numbers
//     sum to the difference of f at the two ends, except for Gap.
//   - attention-gradient: weight times gradient, summed over all heads and layers, of the row of the position
//     (after Chefer et al. 2021, "Generic Attention-model Explainability", without their rollout).
//   - leave-one-out: what f loses when the token is taken out of the text (Li et al. 2016, "Understanding Neural
//     Networks through Representation Erasure"); special tokens stay and have 0.
//   - direct: what each part of a Transformer adds to the logit of the token; see transformer.Trace.Logit.
//   - attention, rollout: the row of the position in the mean over all heads that look at the text, and in their rollout
//     through all layers (Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers"). These numbers are weights, to compare.
//
// A position that was not predicted, a method that the network does not have, and one that does not hold for a run with
// changes such as the last one's are errors.
func (s *Session) Attribute(method string, position int) (*record.Attribution, error) {
	return s.attribute(method, position, nil)
}

func (s *Session) attribute(method string, position int, progress Progress) (*record.Attribution, error) {
	a, t, f, err := s.prediction(method, position)
	if err != nil {
		return nil, err
	}
	c := &s.last.changes
	switch method {
	case GradientInput, IntegratedGradients, AttentionGradient:
		if c.Scales() || len(c.Force) > 0 || len(c.Patched) > 0 {
			return nil, say.Error(method, " needs a run without forced weights, patched activations and an attention temperature: gradients do not pass through what they put in place")
		}
	case LeaveOneOut:
		if len(c.Force) > 0 || len(c.Patched) > 0 {
			return nil, say.Error(method, " needs a run without forced weights and patched activations: those behind a token that is taken out would be at other places")
		}
	}
	switch method {
	case GradientInput:
		end, err := s.path(a, t, 1)
		if err != nil {
			return nil, err
		}
		copy(a.Source, end[0].source)
		copy(a.Target, end[0].target)
	case IntegratedGradients:
		if err := s.integrate(a, t, AttributionGap, progress); err != nil {
			return nil, err
		}
	case AttentionGradient:
		s.attentionGradient(a, t)
	case LeaveOneOut:
		s.leaveOneOut(a, t, f)
	case Direct:
		return s.direct(a, t)
	case Attention:
		if copy(a.Source, meanAttention(s.last.record, position)) == 0 {
			return nil, say.Error("this model has no attention to read")
		}
	case Rollout:
		m := rolloutOf(s.last.record)
		if m == nil || position >= m.Rows {
			return nil, say.Error("this model has no layers for a rollout")
		}
		row := m.Weights[position*m.Cols:][:m.Cols]
		copy(a.Target, row[copy(a.Source, row):])
	default:
		return nil, noMethod(method)
	}
	return a, nil
}

func noMethod(method string) error {
	return say.Error("“", say.Cut(method, 40), "” is no method of attribution; choose ", GradientInput, ", ", IntegratedGradients, ", ",
		AttentionGradient, ", ", LeaveOneOut, ", ", Direct, ", ", Attention, " or ", Rollout)
}

// prediction is what the last run predicted at a position, as a trial of its own, with its log-probability, and
// an attribution of it that is still 0.
func (s *Session) prediction(method string, position int) (a *record.Attribution, t trial, f float64, err error) {
	if t, err = s.lastTrial(); err != nil {
		return nil, t, 0, err
	}
	if len(s.last.next) > 0 { // what follows a text that a decoder alone has read: its most probable token
		t.rows, t.labels = append(t.rows, len(t.target)-1), append(slices.Clone(t.labels), tensor.ArgMax(s.last.next))
	}
	at := slices.Index(t.rows, position)
	if at < 0 {
		return nil, t, 0, say.Error("position ", position, " was not predicted; positions are ", t.rows[0], " to ", t.rows[len(t.rows)-1])
	}
	t.rows, t.labels = t.rows[at:at+1], t.labels[at:at+1]
	a = &record.Attribution{Method: method, Position: position, ID: t.labels[0], Token: s.Model.Tokenizer.Text(t.labels[0]),
		Source: make([]float32, len(t.source))}
	if encoder, decoder := s.Model.Net.Parts(); encoder && decoder {
		a.Target = make([]float32, len(t.target)+1) // as many as Tokens.Target
	} else if decoder {
		a.Source = make([]float32, len(t.target))
	}
	if _, decoder := s.Model.Net.Parts(); decoder {
		t.target = t.target[:t.rows[0]+1] // what follows says nothing of it
	}
	f = logProb(s.logits(grad.NewPass(), []trial{t}, attention.Hooks{}).X, t.labels)
	a.Value = float32(f)
	return a, t, f, nil
}

func totalOf(a *record.Attribution) (total float64) {
	for _, v := range a.Source {
		total += float64(v)
	}
	for _, v := range a.Target {
		total += float64(v)
	}
	return total
}

// tokenScores is where the number of a token stands: of an encoder's input, or a decoder's.
func tokenScores(a *record.Attribution, kind attention.Kind) []float32 {
	if kind != attention.Self && a.Target != nil {
		return a.Target
	}
	return a.Source
}

// attentionGradient sums weight times gradient over the maps that the position's row reads.
func (s *Session) attentionGradient(a *record.Attribution, t trial) {
	var all []attention.Map
	s.backward([]trial{t}, attention.Hooks{Map: func(m *attention.Map) { all = append(all, *m) }})
	encoder, decoder := s.Model.Net.Parts()
	for _, m := range all {
		if m.Kind == attention.Self && encoder && decoder {
			continue // an encoder's own rows are not the output's
		}
		row := t.rows[0] - m.Row
		if row < 0 || row >= m.Weights.Rows {
			continue
		}
		to := a.Source
		if m.Kind == attention.Decoder {
			to = tokenScores(a, m.Kind)
		}
		lo, hi := m.Visible(row)
		for j := lo; j < hi; j++ {
			to[j] += m.Weights.Row(row)[j] * m.Gradient.Row(row)[j]
		}
	}
}

// leaveOneOut takes one token after the other out of what was read.
func (s *Session) leaveOneOut(a *record.Attribution, t trial, f float64) {
	special := s.Model.Tokenizer.IsSpecial
	var trials []trial
	var place []*float32
	for i, id := range t.source {
		// A hidden word is asked for at its own place, so it stays, and those behind it move.
		if special(id) || a.Target == nil && i == t.rows[0] {
			continue
		}
		u := t
		u.source = slices.Delete(slices.Clone(t.source), i, i+1)
		if a.Target == nil && i < t.rows[0] {
			u.rows = []int{t.rows[0] - 1}
		}
		trials, place = append(trials, u), append(place, &a.Source[i])
	}
	to := tokenScores(a, attention.Decoder)
	for i, id := range t.target {
		if special(id) || i > t.rows[0] || len(t.target) < 2 || t.rows[0] == 0 {
			continue
		}
		u := t
		u.target = slices.Delete(slices.Clone(t.target), i, i+1)
		u.rows = []int{t.rows[0] - 1}
		trials, place = append(trials, u), append(place, &to[i])
	}
	for first := 0; first < len(trials); first += variants {
		batch := trials[first:min(first+variants, len(trials))]
		logits := s.logits(grad.NewPass(), batch, attention.Hooks{}).X
		for i, u := range batch {
			without := logProb(logits.RowRange(i, i+1), u.labels)
			*place[first+i] = float32(f - without)
		}
	}
}
