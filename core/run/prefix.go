package run

import (
	"slices"

	"heed/core/attention"
	"heed/core/decode"
	"heed/core/grad"
	"heed/core/record"
)

// reading is what a decoder alone has made of the last text, kept for the next: as no token sees those
// behind it, whatever the two texts begin with has the same keys and values, rows of maps and predictions.
type reading struct {
	pass        *grad.Pass // its arena holds what state keeps; the rest of it is scratch
	state       decode.State
	ids         []int // nil when there is nothing to use again
	maps        []record.Map
	predictions []record.Prediction
}

// read puts the tokens into a decoder alone, those that are new since the last text, and adds maps and
// predictions to r. The state then goes on after the last of them. A run that changes attention, or that
// looks into it, reads all anew, and nothing that was changed is used again.
func (s *Session) read(r *record.Record, all []int, o Options, cut surgery) error {
	net, k := s.Model.Net, &s.kept
	if k.state == nil {
		_, positions := net.Limits()
		k.pass = grad.NewPass()
		k.state = net.Begin(k.pass, grad.Value{}, nil, []int{0}, positions, attention.Hooks{})
	}
	defer k.pass.Arena.Release(k.pass.Arena.Mark())
	same := 0
	if !o.Changes.Any() && o.Detail == nil {
		for same < min(len(k.ids), len(all)-1) && k.ids[same] == all[same] { // the last gives the logits of what follows
			same++
		}
	}
	k.ids = nil
	k.state.Truncate(0, same)
	r.Maps, r.Predictions = nil, nil
	for _, p := range k.predictions[:same] {
		p.Top = p.Top[:min(len(p.Top), predictions)]
		r.Predictions = append(r.Predictions, p)
	}
	see := watch(r, o.Detail)
	if same > 0 {
		mask := record.LowerTriangle(len(all))
		see = func(m *attention.Map) { r.Maps = append(r.Maps, grown(k.maps[len(r.Maps)], m, same, mask)) }
	}
	out := k.state.Step([]int{0}, []int{len(all) - same}, all[same:], cut.hooks(0, see))
	logits := net.Logits(k.pass, out).X
	s.next = append(s.next[:0], logits.Row(logits.Rows-1)...)
	if err := predictAll(s.Model, r, logits, same, nil); err != nil {
		return err
	}
	if !o.Changes.Any() {
		k.ids, k.maps, k.predictions = slices.Clone(all), r.Maps, r.Predictions
	}
	return nil
}

// grown is a map of a decoder that had so many rows before, and has those of m below them.
func grown(before record.Map, m *attention.Map, rows int, mask []int8) record.Map {
	n := m.Weights.Cols
	w := make([]float32, n*n)
	for i := range rows {
		copy(w[i*n:][:i+1], before.Weights[i*before.Cols:])
	}
	for i := range m.Weights.Rows {
		copy(w[(rows+i)*n:], m.Weights.Row(i))
	}
	return record.Map{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Rows: n, Cols: n, Weights: w, Mask: mask}
}
