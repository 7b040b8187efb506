package view_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/record"
	"heed/core/view"
)

// TestSoon: of a Record of many weights a page draws a part at a time, with what it keeps, and in the end what a file
// has at once.
func TestSoon(t *testing.T) {
	r := square(40)
	for layer := range 3 {
		for head := range 4 {
			m := r.Maps[0]
			m.Layer, m.Head = layer, head
			r.Maps = append(r.Maps, m)
		}
	}
	r.Maps = r.Maps[1:]
	for _, s := range []view.State{{View: view.Links, Heads: record.Heads(0, 1, 2)}, {View: view.Tower}, {View: view.Heads}, {View: view.Flow, Width: 900}, {View: view.Flow, Width: 400}} {
		s.Kind = record.Self
		want := build(t, r, s)
		kept, scenes := &view.Kept{}, 0
		for {
			got, err := view.Build(r, s, view.Env{Kept: kept, Work: 1600})
			if err != nil {
				t.Fatal(err)
			}
			if scenes++; got.More {
				if got.Sentence == "" || scenes > 20 {
					t.Fatalf("%s: scene %d says %q", s.View, scenes, got.Sentence)
				}
				continue
			}
			if got.Caption != want.Caption || !cmp.Equal(got.Marks, want.Marks) {
				t.Errorf("%s, %v wide, is another picture", s.View, s.Width)
			}
			break
		}
		if scenes < 3 {
			t.Errorf("%s, %v wide, is drawn in %d scenes", s.View, s.Width, scenes)
		}
		s.Still = true
		if got, _ := view.Build(r, s, view.Env{Kept: &view.Kept{}, Work: 1}); got.More {
			t.Errorf("%s: a file has a part", s.View)
		}
	}
}

// TestFlowWork counts what the flow of a Record as large as may be looks at for one scene: it goes by the room that the
// page gives, not by the Record; and what follows of a flow that is under way waits, but for a file.
func TestFlowWork(t *testing.T) {
	r := square(64)
	for layer := 1; layer < 1000; layer++ {
		m := r.Maps[0]
		m.Layer = layer
		r.Maps = append(r.Maps, m)
	}
	s := view.State{View: view.Flow, Width: 600}
	env := view.Env{Kept: &view.Kept{}, Work: 1 << 21}
	scenes := 0
	for {
		got, err := view.Build(r, s, env)
		if err != nil {
			t.Fatal(err)
		}
		if scenes++; !got.More {
			break
		}
		if table := view.Strongest(r, s, view.Env{Kept: env.Kept, Work: 1}, 10); table != nil {
			t.Fatal("a flow that is under way has a table")
		}
	}
	if scenes < 3 || scenes > 40 { // 4 million weights to average, and 262 million multiplications
		t.Errorf("it is drawn in %d scenes", scenes)
	}
	if b, err := view.CSV(r, s, view.Env{Kept: &view.Kept{}, Work: 1}); err != nil || len(b) < 1000 {
		t.Errorf("a file has %d bytes: %v", len(b), err)
	}
}

// TestFlowGraphBounded: of a short text over very many layers the flow is a matrix, for each picture of a graph looks
// at all of it.
func TestFlowGraphBounded(t *testing.T) {
	r := square(40)
	for layer := 1; layer < 700; layer++ {
		m := r.Maps[0]
		m.Layer = layer
		r.Maps = append(r.Maps, m)
	}
	if s := build(t, r, view.State{View: view.Flow, Width: 1200}); s.Grid == nil || len(s.Grid.Rows) != 40 || len(s.Marks) > 20_000 {
		t.Errorf("it has %d marks", len(s.Marks))
	}
}

// TestSoonDifference: the difference of two maps is made a part at a time too, and is then kept while something is
// pointed at.
func TestSoonDifference(t *testing.T) {
	r := square(40)
	m := r.Maps[0]
	m.Head, m.Weights = 1, slices.Clone(m.Weights)
	slices.Reverse(m.Weights)
	r.Maps = append(r.Maps, m)
	a, b := view.Compared{Record: r, Heads: record.Heads(0), Name: "one"}, view.Compared{Record: r, Heads: record.Heads(1), Name: "other"}
	s := view.State{Kind: record.Self}
	want, err := view.Difference(a, b, s, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	env := view.Env{Kept: &view.Kept{}, Work: 400}
	for scenes := 1; ; scenes++ {
		got, err := view.Difference(a, b, s, env)
		if err != nil || scenes > 20 {
			t.Fatalf("scene %d: %v", scenes, err)
		}
		if got.More {
			continue
		}
		if scenes < 4 || got.Caption != want.Caption || !cmp.Equal(got.Marks, want.Marks) {
			t.Errorf("scene %d is another picture, or the first", scenes)
		}
		break
	}
	s.Focus = view.Ref{Part: view.Pair, Row: 3, Col: 4}
	if got, err := view.Difference(a, b, s, env); err != nil || got.More || got.Readout == "" {
		t.Errorf("pointed at, it is made anew, or says nothing: %v", err)
	}
}
