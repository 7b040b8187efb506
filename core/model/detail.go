package model

import (
	"errors"
	"slices"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
)

// watch is the tap of the pass that a Record is made of: it keeps every map, and of one row, if it is
// asked for and there, how it came about.
func watch(r *record.Record, at *record.Place) attention.Tap {
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
		for j := range cols - am.Weights.Rows + i + 1 {
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
	if strings.TrimSpace(r.Text) == "" {
		return nil, nil // it has no maps
	}
	vocab, positions := s.Model.Net.Limits()
	check := func(tokens []record.Token) (ids []int, err error) {
		for _, t := range tokens {
			if t.ID < 0 || t.ID >= vocab {
				return nil, errors.New("the record has tokens that the model does not have: they belong to different models")
			}
			ids = append(ids, t.ID)
		}
		if len(ids) > positions {
			return nil, errors.New("the record has more tokens than the model has positions for: they belong to different models")
		}
		return ids, nil
	}
	source, err := check(r.Tokens.Source)
	if err != nil {
		return nil, err
	}
	var target []int
	if n := len(r.Tokens.Target); n > 0 {
		if target, err = check(r.Tokens.Target[:n-1]); err != nil {
			return nil, err
		}
	}
	if len(source) == 0 {
		return nil, nil
	}
	s.pass.Arena.Reset()
	s.source.Reset()
	s.target.Reset()
	var found *record.Detail
	tap := surgery{Changes: r.Changes}.tap(0, func(am *attention.Map) {
		if d := detail(am, at); d != nil {
			found = d
		}
	})
	var encoded grad.Value
	encoder, decoder := Parts(s.Model.Net)
	if encoder {
		s.source.Add(source...)
		encoded = s.Model.Net.Encode(s.pass, &s.source, tap)
	} else {
		target = source
	}
	if decoder && len(target) > 0 {
		s.target.Add(target...)
		s.Model.Net.Decode(s.pass, &s.target, encoded, &s.source, tap)
	}
	return found, nil
}
