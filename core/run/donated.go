//go:build !inference

package run

import (
	"errors"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// donated is what other texts bring to the changes of a run: the activations that are patched, and the direction that
// is added.
type donated struct {
	from      string // of taken
	taken     map[site]*siteRows
	steer     record.Steering // of direction; its Strength means nothing
	direction []float32       // nil where the network has no such layer

	replace func(v *attention.Values) // what is done to each activation besides; it serves Session.rewrite
}

// replaces says whether activations are replaced besides what a run's Changes say.
func (d *donated) replaces() bool { return d != nil && d.replace != nil }

// prepare runs the texts that activations are taken from, unless d has what came of them.
func (s *Session) prepare(c *record.Changes, d *donated) (err error) {
	if len(c.Patched) > 0 && (d.taken == nil || d.from != c.From) {
		if strings.TrimSpace(c.From) == "" {
			return errors.New("activations are to be patched from another text, which is missing")
		}
		if _, d.taken, err = s.donor(c.From); err != nil {
			return say.Error("the text to patch from: ", err)
		}
		d.from = c.From
	}
	at := c.Steer
	if at.Strength = 0; !c.Steer.Any() || at == d.steer {
		return nil
	}
	if strings.TrimSpace(at.Toward) == "" || strings.TrimSpace(at.Away) == "" {
		return errors.New("steering needs two words or texts, one to steer toward and one to steer away from; one is missing")
	}
	toward, err := s.state(&at, at.Toward)
	if err != nil {
		return say.Error("the text to steer toward: ", err)
	}
	away, err := s.state(&at, at.Away)
	if err != nil {
		return say.Error("the text to steer away from: ", err)
	}
	for i := range toward {
		toward[i] -= away[i]
	}
	d.steer, d.direction = at, toward
	return nil
}

// donor runs a text by itself, and returns its Record and the activations of all its positions.
func (s *Session) donor(text string) (*record.Record, map[site]*siteRows, error) {
	other := NewSession(s.Model)
	r, err := other.Run(text, Options{})
	if err != nil {
		return nil, nil, err
	}
	t := trial{source: other.last.source, target: other.last.target, rows: []int{0}}
	if len(t.source)+len(t.target) == 0 {
		return nil, nil, errNothing
	}
	all := map[site]*siteRows{}
	other.states(grad.NewPass(), []trial{t}, attention.Hooks{Values: func(v *attention.Values) { collect(all, v) }})
	return r, all, nil
}

// state is the mean of what stands after a layer over the tokens of a text that are not special, or over all where
// there are no others; nil where there is no such layer.
func (s *Session) state(at *record.Steering, text string) ([]float32, error) {
	r, all, err := s.donor(text)
	if err != nil {
		return nil, err
	}
	found := all[site{attention.Residual, at.Kind, at.Layer}]
	if found == nil {
		return nil, nil
	}
	tokens := r.Queries(at.Kind)
	var rows [][]float32
	for i, row := range found.rows {
		if i < len(tokens) && !tokens[i].Special {
			rows = append(rows, row)
		}
	}
	if rows == nil {
		rows = found.rows
	}
	sum := make([]float32, len(rows[0]))
	for _, row := range rows {
		tensor.Add(sum, row)
	}
	tensor.Scale(sum, 1/float32(len(rows)), sum)
	return sum, nil
}

// unsteered says why nothing was added; "" where it was.
func (d *donated) unsteered(at *record.Steering) string {
	for _, v := range d.direction {
		if v != 0 {
			return ""
		}
	}
	if d.direction == nil {
		return say.Text("This model has no layer ", at.Layer, " of the kind ", string(at.Kind), "; nothing was steered.")
	}
	return say.Text("“", say.Cut(at.Toward, 40), "” and “", say.Cut(at.Away, 40), "” have the same states; nothing was steered.")
}

// unpatched says why nothing was put in a place; "" where something was.
func (d *donated) unpatched(p record.Place, heads func(record.Kind) (layers, heads int)) string {
	at := record.Patched{Kind: p.Kind, Layer: p.Layer, Head: p.Head, Position: p.Row}
	there := false
	for s, all := range d.taken {
		v := attention.Values{Site: s.Site, Kind: s.kind, Layer: s.layer, Position: []int{p.Row}}
		if _, _, ok := patched(&at, &v, 0, heads); !ok {
			continue
		}
		if there = true; all.row(p.Row) != nil {
			return ""
		}
	}
	if !there {
		return say.Text("This model has no activation ", p.PatchName(), "; nothing was patched there.")
	}
	return say.Text("The text to patch from has no position ", p.Row, "; nothing was patched there.")
}

// values puts the activations of another text in the place of those that are patched, and adds the direction.
func (iv interventions) values(v *attention.Values) {
	d := iv.donated
	if len(iv.Patched) > 0 {
		from := d.taken[siteOf(v)]
		for i := range v.X.X.Rows {
			for _, p := range iv.Patched {
				at := record.Patched{Kind: p.Kind, Layer: p.Layer, Head: p.Head, Position: p.Row}
				begin, end, ok := patched(&at, v, i, iv.heads)
				if row := from.row(v.Position[i]); ok && row != nil {
					copy(v.X.X.Row(i)[begin:end], row[begin:end])
				}
			}
		}
	}
	if at := iv.Steer; at.Any() && v.Site == attention.Residual && v.Kind == at.Kind && v.Layer == at.Layer && d.direction != nil {
		for i := range v.X.X.Rows {
			row := v.X.X.Row(i)
			for k, step := range d.direction {
				row[k] += float32(at.Strength) * step
			}
		}
	}
	if d.replaces() { // after all else, as heads that are off
		d.replace(v)
	}
}
