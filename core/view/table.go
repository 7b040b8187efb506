package view

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/stable"
)

// Table is what a view shows most strongly, in words and numbers: for those who do not see the picture, and for
// pages without one.
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]string
	More    int    // rows that were left out, because they are weaker
	Note    string // a sentence about the numbers; "" where there is nothing to say
}

// Caption says what is left out, and the Note; "" where there is neither.
func (t *Table) Caption() string {
	var all []string
	if t.More > 0 {
		all = append(all, "The first "+strconv.Itoa(len(t.Rows))+"; "+strconv.Itoa(t.More)+" weaker ones are left out.")
	}
	if t.Note != "" {
		all = append(all, t.Note)
	}
	return strings.Join(all, " ")
}

// Listed is how many rows a Table beside a picture has at most.
const Listed = 20

// Column is one column of a Table.
type Column struct {
	Name string
	Side Side // whose words stand in it
	Num  bool // it holds numbers
}

// Side tells the language of words: that of the text or that of the output.
type Side uint8

const (
	Neither Side = iota
	Source
	Output
)

// side says on which side a kind's queries, or its keys, are.
func side(r *record.Record, k record.Kind, queries bool) Side {
	if k == record.Rollout && len(r.Tokens.Target) > 0 && !queries {
		return Neither // its keys are both
	}
	if len(r.Tokens.Target) > 0 && (k == record.Decoder || k != record.Self && queries) {
		return Output
	}
	return Source
}

// Strongest lists the n strongest links of what a state shows: of the chosen heads, or of the mean over
// them; of the grid all heads of the kind that the Record holds, of the tower each layer's mean of every kind, of
// the flow the rollout. Of the predictions it lists the most probable tokens. It is nil where there is neither.
func Strongest(r *record.Record, s State, n int) *Table {
	s.settle()
	r = s.merge(r)
	switch {
	case r == nil:
		return nil
	case s.View == Predictions:
		t := probable(r, n)
		if t != nil && s.Drawn != "" {
			t.Note = "What follows the text is as it is drawn, at " + s.Drawn + "; the others are the model’s own probabilities."
		}
		return t
	case s.View == Context:
		s.Kind, s.Layer, s.Heads = record.RNN, 0, nil
	case s.View == Flow:
		s.View, s.Kind, s.Layer, s.Heads = Heatmap, record.Rollout, 0, []int{0}
		if r = s.withRollout(r); r == nil {
			return nil
		}
	case s.View == Tower: // which draws each layer's mean
		if r, _, _ = s.means(r); r == nil {
			return nil
		}
	}
	type found struct {
		link
		f *frame
	}
	var links []found
	all := 0
	take := func(layer int, heads []int) {
		at := s
		at.Layer, at.Heads = layer, heads
		var f *frame
		var sentence string
		var err error
		if m := r.Find(record.Rollout, 0, 0); m != nil && s.Kind == record.Rollout {
			f, sentence, err = frameOf(r, at, m, "rollout")
		} else {
			f, sentence, err = newFrame(r, at)
		}
		if sentence != "" || err != nil {
			return
		}
		top, count, _ := f.heaviest(Ref{}, n)
		all += count
		for _, l := range top {
			if l.w > 0 {
				links = append(links, found{l, f})
			}
		}
	}
	switch {
	case s.View == Tower:
		for i := range r.Maps {
			m := &r.Maps[i]
			s.Kind = m.Kind
			take(m.Layer, nil)
		}
	case s.View == Heads:
		for i := range r.Maps {
			if m := &r.Maps[i]; m.Kind == s.Kind && m.Head >= 0 {
				take(m.Layer, []int{m.Head})
			}
		}
	case len(s.Heads) == 0:
		take(s.Layer, nil)
	default:
		for _, h := range s.Heads {
			take(s.Layer, []int{h})
		}
	}
	if len(links) == 0 {
		return nil
	}
	stable.Sort(links, func(a, b found) int { return cmp.Compare(b.w, a.w) })
	t := &Table{Title: "The strongest links", Columns: []Column{
		{Name: "Query", Side: side(r, s.Kind, true)}, {Name: "looks at key", Side: side(r, s.Kind, false)},
		{Name: "Weight", Num: true}, {Name: "Layer", Num: true}, {Name: "Head", Num: true}}}
	if s.View == Tower {
		t.Columns = append([]Column{{Name: "Attention"}}, t.Columns...)
		t.Columns[1].Side, t.Columns[2].Side = Neither, Neither
	}
	if s.Kind == record.Rollout { // of no layer or head
		t.Columns = t.Columns[:3]
	}
	t.More = all - min(n, len(links))
	for _, l := range links[:min(n, len(links))] {
		heads, head := l.f.State.Heads, "mean"
		var row []string
		if s.View == Tower {
			heads, row = s.Heads, []string{kindNames[l.f.State.Kind]}
		}
		if len(heads) == 1 {
			head = strconv.Itoa(heads[0])
		}
		row = append(row, l.f.q[l.row].text, l.f.k[l.col].text, exact(l.w), strconv.Itoa(l.f.State.Layer), head)
		t.Rows = append(t.Rows, row[:len(t.Columns)])
	}
	return t
}

// withRollout is the Record with the map that the flow view draws; nil where there is none.
func (s *State) withRollout(r *record.Record) *record.Record {
	if r.Find(record.Rollout, 0, 0) != nil {
		return r
	}
	_, m, err := s.Kept.flow(r)
	if err != nil {
		return nil
	}
	with := *r
	with.Maps = append(slices.Clip(r.Maps), *m)
	return &with
}

// probable lists the most probable tokens of each position, as the predictions view names it.
func probable(r *record.Record, n int) *Table {
	const each = 3
	t := &Table{Title: "The most probable tokens", Columns: []Column{
		{Name: "Position", Num: true}, {Name: "After", Side: Source}, {Name: "Expected", Side: Source}, {Name: "Probability", Num: true}}}
	tokens, hidden := r.Tokens.Source, r.Task == record.Fill
	if len(r.Tokens.Target) > 0 {
		tokens = r.Tokens.Target
		t.Columns[1].Side, t.Columns[2].Side = Output, Output
	}
	if hidden {
		t.Columns[1].Name = "In place of"
	}
	for _, p := range r.Predictions {
		if p.Position < 0 || p.Position >= len(tokens) {
			continue
		}
		for i, c := range p.Top[:min(each, len(p.Top))] {
			if len(t.Rows) == n {
				t.More++
				continue
			}
			row := []string{"", "", visible(c.Text), exact(float64(c.P))}
			if i == 0 {
				row[0], row[1] = strconv.Itoa(p.Position), visible(tokens[p.Position].Text)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// CSV writes what a view shows as comma-separated values: one head's map as a matrix, or the mean over all
// heads of the layer; several heads, or a grid of them, as a line a link; context vectors; predictions; how a
// row came about. The numbers are those of the Record, of whole words where the state asks for them: nothing is
// hidden.
func CSV(r *record.Record, s State) ([]byte, error) {
	s.settle()
	r = s.merge(r)
	switch {
	case r == nil:
		return nil, errors.New("there is no record to write")
	case s.View == Context:
		return r.ContextCSV()
	case s.View == Predictions:
		return r.PredictionsCSV(s.Drawn)
	case s.View == Steps:
		return r.DetailCSV()
	case s.View == Flow:
		if r = s.withRollout(r); r == nil {
			return nil, errors.New("there is no flow to write: it takes the maps of all layers")
		}
		return r.CSV(record.Rollout, 0, 0)
	case s.View == Tower:
		return r.LinksCSV("", -1, nil)
	case s.View == Heads:
		return r.LinksCSV(s.Kind, -1, nil)
	case len(s.Heads) > 1:
		return r.LinksCSV(s.Kind, s.Layer, s.Heads)
	case len(s.Heads) == 1:
		return r.CSV(s.Kind, s.Layer, s.Heads[0])
	}
	return r.CSV(s.Kind, s.Layer, -1)
}
