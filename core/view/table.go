package view

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/stable"
	"heed/core/text"
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
	Neither Side = iota // a language of its own, or none
	Source              // the text's
	Output              // the output's
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
func Strongest(r *record.Record, s State, env Env, n int) *Table {
	r, p := newPlot(r, s, env)
	v := Find(p.View)
	if v == nil {
		return nil
	}
	return v.table(r, p, n)
}

// attended is the attention of one head, or of the mean over several, whose links a Table lists.
type attended struct {
	kind  record.Kind
	layer int
	heads record.HeadSet
	m     *record.Map // where it is known already
}

// ofState is the attention that a State names: each of its heads, or the mean over all of the layer.
func ofState(_ *record.Record, s plot) (all []attended) {
	for _, h := range s.Heads.List() {
		all = append(all, attended{s.Kind, s.Layer, record.Heads(h), nil})
	}
	if all == nil {
		all = []attended{{s.Kind, s.Layer, record.HeadSet{}, nil}}
	}
	return all
}

// listed makes the table of a view of links of what lists them.
func listed(of func(*record.Record, plot) []attended) func(*record.Record, plot, int) *Table {
	return func(r *record.Record, p plot, n int) *Table { return strongest(r, p, of(r, p), n, 1, 6) }
}

// strongest lists the strongest links of all that is attended, in some of six columns.
func strongest(r *record.Record, p plot, of []attended, n, from, to int) *Table {
	type found struct {
		link
		f *frame
	}
	var links []found
	all, kind := 0, record.Kind("")
	for _, a := range of {
		at := p
		at.Kind, at.Layer, at.Heads = a.kind, a.layer, a.heads
		var f *frame
		if a.m != nil {
			f, _, _ = frameOf(r, at, a.m, "")
		} else {
			f, _, _ = newFrame(r, at)
		}
		if f == nil {
			continue
		}
		kind = a.kind
		top, count, _ := f.heaviest(Ref{}, n)
		all += count
		for _, l := range top {
			if l.w > 0 {
				links = append(links, found{l, f})
			}
		}
	}
	if len(links) == 0 {
		return nil
	}
	stable.Sort(links, func(a, b found) int { return cmp.Compare(b.w, a.w) })
	columns := []Column{{Name: "Attention"}, {Name: "Query"}, {Name: "looks at key"}, {Name: "Weight", Num: true}, {Name: "Layer", Num: true}, {Name: "Head", Num: true}}
	if from > 0 { // else they are of several kinds
		columns[1].Side, columns[2].Side = side(r, kind, true), side(r, kind, false)
	}
	t := &Table{Title: text.Of(text.StrongestTitle), Columns: columns[from:to], More: all - min(n, len(links))}
	for _, l := range links[:min(n, len(links))] {
		row := []string{kindNames[l.f.Kind], l.f.q[l.row].text, l.f.k[l.col].text, exact(l.w), strconv.Itoa(l.f.Layer), oneHead(l.f.Heads)}
		t.Rows = append(t.Rows, row[from:to])
	}
	return t
}

// oneHead is the number of a head, or of several their mean.
func oneHead(heads record.HeadSet) string {
	if h, one := heads.One(); one {
		return strconv.Itoa(h)
	}
	return "mean"
}

// withRollout is the Record with the map that the flow view draws; nil where there is none.
func (s *plot) withRollout(r *record.Record) *record.Record {
	if r.Find(record.Rollout, 0, 0) != nil {
		return r
	}
	_, m, err := s.rollout(r)
	if err != nil || m == nil {
		return nil
	}
	return r.With(&record.Record{Maps: []record.Map{*m}})
}

// probable lists the most probable tokens of each position, as the predictions view names it.
func probable(r *record.Record, p plot, n int) *Table {
	const each = 3
	t := &Table{Title: text.Of(text.ProbableTitle), Columns: []Column{
		{Name: "Position", Num: true}, {Name: "After", Side: Source}, {Name: "Expected", Side: Source}, {Name: "Probability", Num: true}}}
	tokens, hidden := r.Tokens.Source, r.Task == record.Fill
	if len(r.Tokens.Target) > 0 {
		tokens = r.Tokens.Target
		t.Columns[1].Side, t.Columns[2].Side = Output, Output
	}
	if hidden {
		t.Columns[1].Name = "In place of"
	}
	for at, p := range r.Predictions {
		if p.Position < 0 || p.Position >= len(tokens) {
			continue
		}
		top := r.Candidates(at)
		for i, c := range top[:min(each, len(top))] {
			if len(t.Rows) == n {
				t.More++
				continue
			}
			row := []string{"", "", Visible(c.Text), exact(float64(c.P))}
			if i == 0 {
				row[0], row[1] = strconv.Itoa(p.Position), Visible(tokens[p.Position].Text)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	if p.Drawn != "" {
		t.Note = "What follows the text is as it is drawn, at " + p.Drawn + "; the others are the model’s own probabilities."
	}
	return t
}

// CSV writes what a view shows as comma-separated values: one head's map as a matrix, or the mean over all
// heads of the layer; several heads, or a grid of them, as a line a link; context vectors; predictions; how a
// row came about. The numbers are those of the Record, of whole words where the state asks for them: nothing is
// hidden.
func CSV(r *record.Record, s State, env Env) ([]byte, error) {
	v := Find(s.View)
	switch {
	case r == nil:
		return nil, errors.New("there is no record to write")
	case v == nil:
		return nil, noView(s.View)
	}
	return v.csv(newPlot(r, s, env))
}

// mapCSV writes what links and heatmaps show.
func mapCSV(r *record.Record, p plot) ([]byte, error) {
	head, one := p.Heads.One()
	switch {
	case one:
	case p.Heads != record.HeadSet{}:
		return r.LinksCSV(p.Kind, p.Layer, p.Heads.List())
	default:
		head = -1
	}
	return r.CSV(p.Kind, p.Layer, head)
}
