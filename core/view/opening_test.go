package view_test

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// TestStepsOpen: the steps open at the pair of longer words with the most weight, not at “a” beside “a”, at
// punctuation or at a special token; a choice goes before.
func TestStepsOpen(t *testing.T) {
	r := &record.Record{Tokens: record.Tokens{
		Source: []record.Token{{Text: "a", ID: 1}, {Text: " cathedral", Word: 1}, {Text: "."}, {Text: "</s>", Special: true, Word: -1}},
		Target: []record.Token{{Text: "<pad>", Special: true, Word: -1}, {Text: "a", ID: 1}, {Text: " cathédrale", Word: 1}, {Text: "."}},
	}, Maps: []record.Map{
		{Kind: record.Cross, Rows: 3, Cols: 4, Weights: []float32{0.9, 0.1, 0, 0, 0.05, 0.45, 0.1, 0.4, 0, 0, 0.8, 0.2}},
		{Kind: record.Cross, Head: 1, Rows: 3, Cols: 4, Weights: []float32{0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
	}}
	v := view.Find(view.Steps)
	s := view.State{View: view.Steps, Kind: record.Cross, Heads: record.Heads(0)}
	if got := v.Opening(r, s); got != pair(1, 1) {
		t.Errorf("it opens at %v", got)
	}
	if got := v.Chosen(r, s, -1, -1); got != pair(1, 1) {
		t.Errorf("where nothing is chosen it takes %v", got)
	}
	if got := v.Chosen(r, s, 2, -1); got != query(2) {
		t.Errorf("the chosen word is %v", got)
	}
	if got := v.Chosen(r, s, 9, 3); got != pair(2, 3) {
		t.Errorf("a word that is not there is %v", got)
	}
	if got := v.Needs(r, s); got != (record.Want{Kind: record.Cross, Detail: true, Row: record.Place{Kind: record.Cross, Row: 1}}) {
		t.Errorf("it needs %+v", got)
	}
	s.Heads = record.Heads(1) // which looks at nothing that tells anything
	if got := v.Opening(r, s); got != query(1) {
		t.Errorf("it opens at %v", got)
	}
	if got := v.Opening(&record.Record{}, s); got != query(0) {
		t.Errorf("of nothing it opens at %v", got)
	}
}

// TestFlowBrackets: brackets are level strokes over pieces of one word, each on its own floor.
func TestFlowBrackets(t *testing.T) {
	r := square(12)
	for i := range r.Tokens.Source {
		r.Tokens.Source[i].Word = i
	}
	for _, i := range []int{2, 3, 10} {
		r.Tokens.Source[i].Word = r.Tokens.Source[i-1].Word
	}
	s := build(t, r, view.State{View: view.Flow, Width: 1000})
	level := 0
	for _, m := range shown[view.Lines](s) {
		if m.Paint.Role != view.Muted || m.Paint.Alpha != 0.7 {
			continue
		}
		for _, l := range m.Segments {
			if l[0][1] != l[1][1] {
				t.Errorf("a bracket goes from %v to %v", l[0], l[1])
			}
			level++
		}
	}
	if level != 4 {
		t.Errorf("%d brackets, want two words above and two below", level)
	}
}

// TestViews holds the descriptors against what they say of each other.
func TestViews(t *testing.T) {
	var names []string
	for _, v := range view.All() {
		names = append(names, v.Name)
		if v.Title() == "" || view.Find(v.Name) != v {
			t.Errorf("%q is not found by its name", v.Name)
		}
		if s := build(t, small(), view.State{View: v.Name}); len(s.Marks) == 0 {
			t.Errorf("%s draws nothing", v.Name)
		}
	}
	if view.Find("") != view.Find(view.Links) || view.Find("nothing") != nil {
		t.Error("a view is found that is none")
	}
	of := func(stacks ...record.Stack) string {
		var all []string
		for _, v := range view.Of(stacks, true) {
			all = append(all, v.Name)
		}
		return strings.Join(all, " ")
	}
	if got := of(record.Stack{Kind: record.Cross, Layers: 1, Heads: 1}); got != "links strips heatmap grid tower steps flow predictions ablation patch attribution why" {
		t.Errorf("a Transformer has %s", got)
	}
	if got := of(record.Stack{Kind: record.RNN, Layers: 1, Heads: 1}); got != "links heatmap grid tower steps context predictions ablation patch attribution adversary" {
		t.Errorf("soft attention has %s", got)
	}
	if got := of(); got != "context predictions ablation patch attribution" {
		t.Errorf("a fixed context has %s", got)
	}
	if _, err := view.Build(small(), view.State{View: "nothing"}, view.Env{}); err == nil || !strings.Contains(err.Error(), strings.Join(names[:len(names)-1], ", ")+" and "+names[len(names)-1]) {
		t.Errorf("%v", err)
	}
}

// TestClicks: what a click sets, and that a second one takes it back.
func TestClicks(t *testing.T) {
	r := small()
	type set = []view.Setting
	for _, c := range []struct {
		view    string
		chosen  view.Ref
		clicked view.Ref
		want    set
	}{
		{view.Links, view.Ref{}, pair(1, 2), set{{"token", "1"}, {"key", "2"}}},
		{view.Heatmap, view.Ref{}, key(2), set{{"token", ""}, {"key", "2"}}},
		{view.Links, query(1), query(1), set{{"token", ""}, {"key", ""}}},
		{view.Links, query(1), head(0, 1), nil},
		{view.Heads, view.Ref{}, head(2, -1), set{{"view", "heatmap"}, {"layer", "2"}, {"head", "mean"}}},
		{view.Tower, view.Ref{}, node(3, 1), set{{"token", "1"}, {"key", "3"}}},
		{view.Tower, node(3, 1), node(3, 1), set{{"token", ""}, {"key", ""}}},
		{view.Context, view.Ref{}, query(2), set{{"token", "2"}}},
		{view.Context, query(2), query(2), set{{"token", ""}}},
		{view.Context, query(2), key(1), nil},
		{view.Predictions, view.Ref{}, pair(2, 1), set{{"token", "2"}, {"layer", "1"}}},
	} {
		v := view.Find(c.view)
		got := v.Click(r, view.State{View: c.view, Chosen: c.chosen}, &view.Scene{}, c.clicked)
		if len(got) != len(c.want) {
			t.Errorf("%s, %v: %v, want %v", c.view, c.clicked, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s, %v: %v, want %v", c.view, c.clicked, got, c.want)
			}
		}
	}
	// Of words the settings count pieces, and back.
	s := view.State{Words: true, Kind: record.Self}
	v := view.Find(view.Links)
	if ref := v.Chosen(r, s, 2, -1); ref.Part != view.Query || ref.Row != record.Word(r.Queries(record.Self), 2) {
		t.Errorf("piece 2 is %v", ref)
	}
}
