package view_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/record"
	"heed/core/view"
)

// TestSoon: of a Record of many weights a page draws a part at a time, with what it keeps, and in the end what a file has at once.
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
	for _, s := range []view.State{{View: view.Links, Heads: record.Heads(0, 1, 2)}, {View: view.Tower}, {View: view.Heads}} {
		s.Kind = record.Self
		want := build(t, r, s)
		kept, scenes := &view.Kept{}, 0
		for {
			got, err := view.Build(r, s, view.Env{Kept: kept, Work: 1})
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
				t.Errorf("%s is another picture", s.View)
			}
			break
		}
		if scenes < 3 {
			t.Errorf("%s is drawn in %d scenes", s.View, scenes)
		}
		s.Still = true
		if got, _ := view.Build(r, s, view.Env{Kept: &view.Kept{}, Work: 1}); got.More {
			t.Errorf("%s: a file has a part", s.View)
		}
	}
}
