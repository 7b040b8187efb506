package run

import (
	"errors"
	"slices"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/transformer"
)

// watch is the hook of the pass that a Record is made of: it keeps every map, and of one row, if it is
// asked for and there, how it came about.
func watch(r *record.Record, at *record.Place) func(*attention.Map) {
	return func(am *attention.Map) {
		r.Maps = capture(r.Maps, am)
		if at == nil {
			return
		}
		if d := detail(am, *at); d != nil {
			r.Detail = d
		}
	}
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
	if am.Causal {
		d.Mask = make([]int8, cols)
		for j := range am.Visible(i) {
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

// Detail returns how a row of a map of r came about, by one more pass over the tokens that r has: nothing
// is written anew. It is nil where r has no such row. r is a Record of this model.
func (s *Session) Detail(r *record.Record, at record.Place) (*record.Detail, error) {
	var found *record.Detail
	hooks := surgery{Changes: r.Changes}.hooks(0, func(am *attention.Map) {
		if d := detail(am, at); d != nil {
			found = d
		}
	})
	there, err := s.again(r)
	if err != nil || !there {
		return nil, err
	}
	var encoded grad.Value
	encoder, _ := s.Model.Net.Parts()
	if encoder {
		encoded = s.Model.Net.Encode(s.pass, &s.source, hooks)
	}
	if len(s.target.IDs) > 0 {
		s.Model.Net.Decode(s.pass, &s.target, encoded, &s.source, hooks)
	}
	return found, nil
}

// lensTop is how many tokens the lens lists.
const lensTop = 5

// Lens returns, layer by layer, what a Transformer would have predicted where r has predictions, had it
// ended there (record.Lens), by one more pass over the tokens that r has. It is nil for a recurrent
// network. r is a Record of this model.
func (s *Session) Lens(r *record.Record) ([]record.Lens, error) {
	net, ok := s.Model.Net.(*transformer.Model)
	if !ok || len(r.Predictions) == 0 {
		return nil, nil
	}
	there, err := s.again(r)
	if err != nil || !there {
		return nil, err
	}
	var at []int
	for _, p := range r.Predictions {
		if n := len(s.source.IDs) + len(s.target.IDs); p.Position < 0 || p.Position >= n || net.DecoderLayers > 0 && p.Position >= len(s.target.IDs) {
			return nil, errors.New("the record has predictions beyond its tokens")
		}
		at = append(at, p.Position)
	}
	var all []record.Lens
	net.Lens(s.pass, &s.source, &s.target, surgery{Changes: r.Changes}.hooks(0, nil), func(layer int, x grad.Value) {
		l := record.Lens{Layer: layer}
		logits := net.Logits(s.pass, s.pass.Gather(x, at)).X
		for i, position := range at {
			p, bad := listed(s.Model, position, logits.Row(i), lensTop)
			if bad != nil {
				err = bad
			}
			l.Predictions = append(l.Predictions, p)
		}
		all = append(all, l)
	})
	return all, err
}

// again puts the tokens of r in once more: what an encoder reads into s.source, what a decoder reads into
// s.target. There is nothing to run where the text is empty.
func (s *Session) again(r *record.Record) (there bool, err error) {
	vocab, positions := s.Model.Net.Limits()
	check := func(tokens []record.Token) (ids []int) {
		for _, t := range tokens {
			if t.ID < 0 || t.ID >= vocab {
				err = errors.New("the record has tokens that the model does not have: they belong to different models")
			}
			ids = append(ids, t.ID)
		}
		if len(ids) > positions {
			err = errors.New("the record has more tokens than the model has positions for: they belong to different models")
		}
		return ids
	}
	source := check(r.Tokens.Source)
	var target []int
	if n := len(r.Tokens.Target); n > 0 {
		target = check(r.Tokens.Target[:n-1])
	}
	if err != nil || len(source) == 0 || strings.TrimSpace(r.Text) == "" { // then it has no maps
		return false, err
	}
	s.pass.Arena.Reset()
	s.source.Reset()
	s.target.Reset()
	encoder, decoder := s.Model.Net.Parts()
	if encoder {
		s.source.Add(source...)
	} else {
		target = source
	}
	if decoder && len(target) > 0 {
		s.target.Add(target...)
	}
	return true, nil
}
