package view_test

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// TestSmall draws the grid of a long text from maps in small, and wants the pictures and patterns that the maps
// themselves give.
func TestSmall(t *testing.T) {
	for _, kind := range []record.Kind{record.Self, record.Decoder} {
		for _, hide := range []bool{false, true} {
			whole := stack(kind, 2, 3, 299, 0)
			whole.Stacks = []record.Stack{{Kind: kind, Layers: 2, Heads: 3}}
			layers := 0
			small := view.Small(whole, whole.Stacks[0], hide, func(layer int) []record.Map {
				layers++
				return whole.Maps[3*layer : 3*layer+3]
			})
			if small.Each != 3 || len(small.Maps) != 8 || len(small.Patterns) != 16 || layers != 2 {
				t.Fatalf("%s: %d cells to one, %d maps, %d numbers of patterns, %d layers", kind, small.Each, len(small.Maps), len(small.Patterns), layers)
			}
			part := *whole
			part.Maps = nil
			s := view.State{View: view.Heads, Kind: kind, Width: 400, HideSpecial: hide}
			want, err := view.Build(whole, s, view.Env{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := view.Build(part.With(&record.Record{Small: small}), s, view.Env{})
			if err != nil {
				t.Fatal(err)
			}
			for layer := range 2 {
				for head := -1; head < 3; head++ {
					ref := view.Ref{Part: view.Head, Row: layer, Col: head}
					if got.Label(ref) != want.Label(ref) || !strings.Contains(got.Label(ref), ",") {
						t.Errorf("%s, special tokens hidden %t: %q, of the whole maps %q", kind, hide, got.Label(ref), want.Label(ref))
					}
				}
			}
			if !strings.Contains(got.Caption, " cells.") {
				t.Errorf("the caption does not say what a dot is: %s", got.Caption)
			}
			for i, p := range pictures(got) {
				var most float32
				for at, v := range p.Values {
					most = max(most, v)
					if row, col := at/p.Cols, at%p.Cols; kind == record.Decoder && p.Skip != nil && p.Skip[at] != (col > row) {
						t.Fatalf("picture %d: the dot %d, %d is left out: %t", i, row, col, p.Skip[at])
					}
				}
				if most < 0.8 {
					t.Errorf("picture %d: the largest dot is %g", i, most)
				}
			}
		}
	}
}

// TestGridNeeds asks for small maps where all would be much.
func TestGridNeeds(t *testing.T) {
	grid := view.Find(view.Heads)
	s := view.State{Kind: record.Self, HideSpecial: true}
	r := stack(record.Self, 0, 0, 511, 0)
	r.Stacks = []record.Stack{{Kind: record.Self, Layers: 12, Heads: 12}}
	if got, want := grid.Needs(r, s), (record.Want{Small: record.Self, HideSpecial: true}); got != want {
		t.Errorf("of 512 tokens %+v, want %+v", got, want)
	}
	r.Tokens.Source = r.Tokens.Source[:100]
	if got, want := grid.Needs(r, s), (record.Want{Kind: record.Self, All: true}); got != want {
		t.Errorf("of 100 tokens %+v, want %+v", got, want)
	}
}
