package view_test

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// TestBeside wants all marks of both scenes, the second's to the right of the first, and the scenes themselves
// as they were.
func TestBeside(t *testing.T) {
	one := build(t, small(), view.State{Kind: record.Self, Heads: record.Heads(0), Width: 300})
	two := build(t, translation(), view.State{View: view.Heatmap, Kind: record.Cross, Width: 300})
	before := shown[view.Curve](one)[0].P
	all := view.Beside([]string{"First", "Second"}, []*view.Scene{one, two})
	if len(all.Marks) != len(one.Marks)+len(two.Marks)+2 || all.Width <= one.Width+two.Width || all.Height <= max(one.Height, two.Height) {
		t.Errorf("%d marks of %d and %d, %v × %v", len(all.Marks), len(one.Marks), len(two.Marks), all.Width, all.Height)
	}
	if shown[view.Curve](one)[0].P != before || shown[view.Curve](all)[0].P[0][1] != before[0][1]+34 {
		t.Error("the first scene's links are not moved down, or the scene itself is")
	}
	for _, c := range shown[view.Cells](all) {
		if c.X < one.Width {
			t.Errorf("the second's cells begin at %v", c.X)
		}
	}
	if !strings.Contains(all.Caption, "First: Encoder self-attention") || !strings.Contains(all.Title, "; Second: ") {
		t.Errorf("%q %q", all.Title, all.Caption)
	}
}
