package run

import (
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
)

// replay puts the tokens of the last run in once more, under its changes and with further hooks, and returns what the
// part that ran last returns: a row for each token of the decoder, or of the encoder where no decoder is asked for or
// there is none. The encoder is run where it is asked for, and where it is needed and its output is gone. The zero
// Value means that there was nothing to run. What it takes of the arena the caller gives back.
//
// It serves what looks at the last run once more; what looks at it many times at once goes through Session.logits, in
// trials.go.
func (s *Session) replay(encoder, decoder bool, hooks attention.Hooks) grad.Value {
	net, last := s.Model.Net, &s.last
	hooks = s.interventions(last).hooks(nil, hooks)
	hasEncoder, hasDecoder := net.Parts()
	if len(last.source)+len(last.target) == 0 {
		return grad.Value{}
	}
	encoded := last.encoded
	if hasEncoder && (encoder || !hasDecoder || !last.fresh) {
		s.sources.Reset()
		s.sources.Add(last.source...)
		encoded = net.Encode(s.pass, &s.sources, hooks)
	}
	if !decoder || !hasDecoder {
		return encoded
	}
	var target grad.Sequences
	target.Add(last.target...)
	return s.decode(s.pass, &target, encoded, &s.sources, hooks)
}

// Detail returns how a row of a map of the last run came about, by one more pass of the part of the network that
// the map is in. It is nil where there is no such row.
func (s *Session) Detail(at record.Place) (found *record.Detail) {
	defer s.pass.Arena.Release(s.pass.Arena.Mark())
	s.replay(at.Kind == record.Self, at.Kind != record.Self, attention.Hooks{Map: func(am *attention.Map) {
		if d := detail(am, at); d != nil {
			found = d
		}
	}})
	return found
}

// detail copies how a row came about, if it is one of am's. A recurrent decoder shows its map row by row.
func detail(am *attention.Map, at record.Place) *record.Detail {
	i, cols := at.Row-am.Row, am.Weights.Cols
	if am.Kind != at.Kind || am.Layer != at.Layer || am.Head != at.Head || i < 0 || i >= am.Weights.Rows {
		return nil
	}
	d := &record.Detail{Place: at, Score: string(am.Score), Scale: am.Scale,
		Q: slices.Clone(am.Q.Row(i)), K: flat(am.K), V: flat(am.V), Vector: slices.Clone(am.Vector),
		Scores: slices.Clone(am.Scores.Row(i)[:cols]), Weights: slices.Clone(am.Weights.Row(i)[:cols]),
		Output: make([]float32, am.V.Cols)}
	if lo, hi := am.Visible(i); am.Mask != (grad.Mask{}) {
		d.Mask = make([]int8, cols)
		for j := lo; j < hi; j++ {
			d.Mask[j] = 1
		}
	}
	for k := range d.Output {
		sum := 0.0
		for j, w := range d.Weights {
			sum += float64(w) * float64(am.V.Row(j)[k])
		}
		d.Output[k] = float32(sum)
	}
	return d
}

// layered is a network whose layers all write to one residual stream.
type layered interface {
	// Final returns what Logits would read if the stack ended with x, the residual stream after a layer.
	Final(p *grad.Pass, x grad.Value) grad.Value
}

// Lens returns, layer by layer, what a Transformer would have predicted where the last run has predictions, had it
// ended there (record.Lens), by one more pass of the decoder, or of an encoder alone. It is nil for a recurrent
// network.
func (s *Session) Lens() (all []record.Lens, err error) {
	net, ok := s.Model.Net.(layered)
	if !ok || len(s.last.positions) == 0 {
		return nil, nil
	}
	p := s.pass
	defer p.Arena.Release(p.Arena.Mark())
	kind := record.Decoder
	if _, decoder := s.Model.Net.Parts(); !decoder {
		kind = record.Self
	}
	s.replay(false, true, attention.Hooks{Values: func(v *attention.Values) {
		if v.Site != attention.Residual || v.Kind != kind {
			return
		}
		defer p.Arena.Release(p.Arena.Mark())
		l := record.Lens{Layer: v.Layer}
		logits := s.Model.Net.Logits(p, p.Gather(net.Final(p, v.X), s.last.positions)).X
		for i, position := range s.last.positions {
			prediction, bad := predict(s.Model, position, logits.Row(i), shownCandidates)
			if bad != nil {
				err = bad
			}
			l.Predictions = append(l.Predictions, prediction)
		}
		all = append(all, l)
	}})
	return all, err
}
