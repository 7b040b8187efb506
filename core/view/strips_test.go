package view_test

import (
	"math"
	"testing"

	"heed/core/record"
	keyed "heed/core/text"
	"heed/core/view"
)

// cells are the cells of strips by head: how dark each is.
func cells(s *view.Scene) map[int][]float64 {
	all := map[int][]float64{}
	for _, m := range shown[view.Rect](s) {
		if m.Fill.Role == view.Hue && m.H == 16 {
			all[int(m.Fill.Value)] = append(all[int(m.Fill.Value)], m.Fill.Alpha)
		}
	}
	return all
}

// TestStrips: beside each word a cell for each head, as dark as the weight that it gives; the lines are those of
// the heads that are chosen.
func TestStrips(t *testing.T) {
	r := several(5, 4)
	n := len(r.Tokens.Source)
	s := build(t, r, view.State{View: view.Strips, Width: 800, Focus: query(2)})
	got := cells(s)
	for h := range 4 {
		m := r.Find(record.Self, 0, h)
		var want []float64
		for j := range n {
			if w := float64(m.At(2, j)); w >= 0.01 {
				want = append(want, w)
			}
		}
		if len(got[h]) != len(want) {
			t.Fatalf("head %d has %d cells, want %d", h, len(got[h]), len(want))
		}
		for i, w := range want {
			if math.Abs(got[h][i]-w) > 1e-6 {
				t.Errorf("head %d: a cell is %v dark, the weight is %v", h, got[h][i], w)
			}
		}
	}
	// Of a key, what each word gives it.
	m, sum := r.Find(record.Self, 0, 1), 0.0
	for i := range n {
		if w := float64(m.At(i, 3)); w >= 0.01 {
			sum += w
		}
	}
	for _, w := range cells(build(t, r, view.State{View: view.Strips, Focus: key(3)}))[1] {
		sum -= w
	}
	if math.Abs(sum) > 1e-5 {
		t.Errorf("the cells of a key are %v off", sum)
	}
	// One head's lines, but the strips of all.
	one := build(t, r, view.State{View: view.Strips, Focus: query(2), Heads: record.Heads(1)})
	for _, c := range curves(one) {
		if c.Paint.Value != 1 {
			t.Errorf("a line of head %v", c.Paint.Value)
		}
	}
	if len(curves(one)) == 0 || len(curves(one)) >= len(curves(s)) || len(cells(one)) != 4 {
		t.Errorf("%d lines of one head, %d of all, strips of %d heads", len(curves(one)), len(curves(s)), len(cells(one)))
	}
	// What answers a pointer is what is said and where keys lead; a click on a head toggles it.
	for _, ref := range []view.Ref{query(0), key(n - 1), head(0, 3)} {
		x, y, w, h, ok := s.Place(ref)
		if hit, there := s.HitAt(x+w/2, y+h/2); !ok || !there || hit.Ref != ref || s.Label(ref) == "" {
			t.Errorf("%v is not where it is: %v, %q", ref, hit.Ref, s.Label(ref))
		}
	}
	if s.Move(query(2), 1, 0) != query(3) || s.Move(query(2), 0, -1) != key(2) {
		t.Error("keys do not walk along the words")
	}
	v := view.Find(view.Strips)
	for _, c := range []struct {
		heads record.HeadSet
		want  string
	}{{record.Heads(), "2"}, {record.Heads(1), "1,2"}, {record.Heads(1, 2), "1"}, {record.Heads(2), "mean"}} {
		if got := v.Click(r, view.State{View: view.Strips, Heads: c.heads}, s, head(0, 2)); len(got) != 1 || got[0] != (view.Setting{Name: "head", Value: c.want}) {
			t.Errorf("a click sets %v, want %s", got, c.want)
		}
	}
	if got := v.Click(r, view.State{View: view.Strips}, s, query(1)); len(got) != 2 || got[0].Value != "1" {
		t.Errorf("a click on a word sets %v", got)
	}
	// Nothing chosen: it opens at a word. What is lacking is said.
	if open := build(t, r, view.State{View: view.Strips}); len(cells(open)) != 4 || open.Readout != "" {
		t.Errorf("it opens with the strips of %d heads, and says %q", len(cells(open)), open.Readout)
	}
	if s := build(t, nil, view.State{View: view.Strips}); s.Sentence != keyed.Of(keyed.EmptyText) {
		t.Errorf("%q", s.Sentence)
	}
	if b, err := view.CSV(r, view.State{View: view.Strips, Kind: record.Self}, view.Env{}); err != nil || len(b) == 0 {
		t.Errorf("%v", err)
	}
	if got := view.Strongest(r, view.State{View: view.Strips, Kind: record.Self}, view.Env{}, 5); got == nil || len(got.Rows) != 5 {
		t.Errorf("%v", got)
	}
}
