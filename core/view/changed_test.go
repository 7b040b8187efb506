package view

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/text"
)

// TestByHand wants every view to say that a run was changed, and the heatmap to mark the weight that was
// set, and only there.
func TestByHand(t *testing.T) {
	tokens := []record.Token{{Text: "a", Word: 0}, {Text: "b", Word: 1}, {Text: "c", Word: 2}}
	r := &record.Record{Tokens: record.Tokens{Source: tokens}}
	for h := range 2 {
		r.Maps = append(r.Maps, record.Map{Kind: record.Self, Head: h, Rows: 3, Cols: 3, Weights: make([]float32, 9)})
	}
	r.Maps[1].Weights = []float32{1, 0, 0, 0.1, 0.2, 0.7, 0, 0, 1}
	build := func(s State) *Scene {
		t.Helper()
		sc, err := Build(r, s, Env{})
		if err != nil {
			t.Fatal(err)
		}
		return sc
	}
	dots := func(sc *Scene) (n int) {
		for _, m := range sc.Marks {
			if rect, ok := m.(Rect); ok && rect.Fill.Role == Focus {
				n++
			}
		}
		return n
	}
	plain := build(State{View: Heatmap, Heads: record.Heads(1)})
	if strings.Contains(plain.Caption, "hand") || dots(plain) > 0 {
		t.Errorf("nothing was changed, but: %s", plain.Caption)
	}
	if err := r.Changes.ParseOff("self.0.0"); err != nil {
		t.Fatal(err)
	}
	if err := r.Changes.ParseForce("self.0.1.1.2=0.7"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{Links, Heatmap, Heads} {
		for _, h := range []int{0, 1} {
			if sc := build(State{View: v, Heads: record.Heads(h)}); !strings.HasSuffix(sc.Caption, "Changed by hand: self.0.0 off, self.0.1.1.2=0.7 set.") {
				t.Errorf("%s, head %d: %s", v, h, sc.Caption)
			} else if v != Heads && strings.Contains(sc.Title, "switched off") != (h == 0) {
				t.Errorf("%s, head %d: %s", v, h, sc.Title)
			}
		}
	}
	set := build(State{View: Heatmap, Heads: record.Heads(1)})
	if n := dots(set); n != 1 {
		t.Errorf("%d cells are marked", n)
	}
	if got := set.Label(Ref{Pair, 1, 2}); !strings.HasSuffix(got, ", set by hand") {
		t.Errorf("the cell is called %q", got)
	}
	if got := set.Label(Ref{Pair, 1, 1}); strings.Contains(got, "hand") {
		t.Errorf("another cell is called %q", got)
	}
	if n := dots(build(State{View: Heatmap, Heads: record.Heads(0)})); n != 0 {
		t.Errorf("%d cells of another head are marked", n)
	}
	if got := build(State{View: Heads}).Label(Ref{Head, 0, 0}); got != "layer 0 head 0: switched off" {
		t.Errorf("the head is called %q", got)
	}
	// Nothing says that the weights of a head that is off sum to 1, nor of what holds it; all heads off are no short
	// text.
	for says, s := range map[string]State{text.Of(text.HeatmapLeadZero): {Heads: record.Heads(0)}, text.Of(text.HeatmapLeadShort): {}, text.Of(text.HeatmapLead): {Heads: record.Heads(1)}} {
		s.View, s.Width = Heatmap, 900
		lead, bars := "", false
		for _, m := range build(s).Marks {
			if t, ok := m.(Text); ok && t.Y == 18 {
				lead = t.Text
			} else if ok && t.Text == "0.01" {
				bars = true
			}
		}
		if lead != says || bars {
			t.Errorf("it says %q, not %q, or has bars on a scale to 0.01: %v", lead, says, bars)
		}
	}
	if err := r.Changes.ParseOff("self.0.0,self.0.1"); err != nil {
		t.Fatal(err)
	}
	if got := build(State{View: Heads, Width: 900}).Label(Ref{Head, 0, -1}); got != "layer 0 mean: switched off" {
		t.Errorf("the mean of heads that are off is called %q", got)
	}
}

// TestChangesNamed: a few changes are named under a picture, many are counted.
func TestChangesNamed(t *testing.T) {
	r := &record.Record{Text: "a red car", Tokens: record.Tokens{Source: []record.Token{{Text: "a"}, {Text: " red"}, {Text: " car"}}}}
	c := &r.Changes
	if got := byHand(r); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	for _, err := range []error{c.ParseOff("cross.2.1,self.0.1"), c.ParseForce("cross.2.4.3.0=0.9"), c.ParsePatched("self.1.-.1"), c.ParseReplace("1=green")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c.From, c.Temperature = "a blue car", 2
	want := " Changed by hand: cross.2.1 and self.0.1 off, cross.2.4.3.0=0.9 set, encoder, layer 1 at “red” patched from “a blue car”, the word “red” is read as “green”, scores divided by 2."
	if got := byHand(r); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	r.Changes = record.Changes{}
	if err := c.ParseOff("self.0.0,self.0.1,self.0.2,self.0.3"); err != nil {
		t.Fatal(err)
	}
	if got := byHand(r); got != " Changed by hand: 4 heads off." {
		t.Errorf("it says %q", got)
	}
}
