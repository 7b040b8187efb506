package view_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

func TestLinksHoldTheirShare(t *testing.T) {
	for _, c := range []struct {
		share float64
		want  int
	}{
		{0, 1 + 3 + 1 + 4}, // 0.8: 0.81 | 0.50+0.25+0.125 | 0.90 | all four
		{0.5, 1 + 1 + 1 + 2},
		{0.81, 1 + 3 + 1 + 4},
		{0.82, 2 + 3 + 1 + 4},
		{1, 16},
	} {
		s := build(t, small(), view.State{Heads: record.Heads(0), Threshold: c.share})
		if got := len(curves(s)); got != c.want {
			t.Errorf("share %v: %d links, want %d", c.share, got, c.want)
		}
		if want := "(" + strconv.Itoa(c.want) + " of 16 links)"; !strings.Contains(s.Caption, want) {
			t.Errorf("share %v: the caption %q lacks %q", c.share, s.Caption, want)
		}
	}
}

func TestLinksShowWeight(t *testing.T) {
	s := build(t, small(), view.State{Heads: record.Heads(0), Threshold: 1})
	links := curves(s)
	for i := 1; i < len(links); i++ {
		if a, b := links[i-1], links[i]; a.Width > b.Width || a.Paint.Opacity() > b.Paint.Opacity() {
			t.Fatalf("link %d is heavier than the one painted after it", i-1)
		}
	}
	last := links[len(links)-1]
	if last.Ref != pair(2, 3) || last.P[0][0] < last.P[3][0] {
		t.Errorf("the heaviest link is %v from %v to %v; queries should be on the right", last.Ref, last.P[0], last.P[3])
	}
	word, _ := text(s, "ing")
	if y := last.P[0][1]; math.Abs(y-word.Y) > 10 {
		t.Errorf("the link of %q starts at y %v, the word stands at %v", "ing", y, word.Y)
	}
}

func TestFocusShowsOnlyItsOwn(t *testing.T) {
	s := build(t, small(), view.State{Heads: record.Heads(0), Focus: query(1)})
	if links := curves(s); len(links) != 3 {
		t.Errorf("%d links of a query, want 3", len(links))
	}
	for _, c := range curves(s) {
		if c.Ref.Row != 1 {
			t.Errorf("a link of query %d is shown", c.Ref.Row)
		}
	}
	for _, number := range []string{"0.50", "0.25", "0.12"} {
		if _, ok := text(s, number); !ok {
			t.Errorf("no weight %s is written", number)
		}
	}
	if want := "sleep looks at Cats 0.50, sleep 0.25, ing 0.13 and 1 other 0.13"; s.Readout != want && s.Readout != strings.ReplaceAll(want, "0.13", "0.12") {
		t.Errorf("readout %q", s.Readout)
	}

	s = build(t, small(), view.State{Heads: record.Heads(0), Threshold: 1, Focus: key(0)})
	if links := curves(s); len(links) != 4 || links[3].Ref != pair(0, 0) {
		t.Errorf("links of a key: %v", links)
	}
	if want := "Cats is looked at by Cats 0.81, sleep 0.50, </s> 0.25 and 1 other 0.0042"; s.Readout != want {
		t.Errorf("readout %q, want %q", s.Readout, want)
	}

	// A pair stands out before the others, even one that the share leaves out.
	s = build(t, small(), view.State{Heads: record.Heads(0), Focus: pair(0, 3)})
	links := curves(s)
	if last := links[len(links)-1]; len(links) != 10 || last.Ref != pair(0, 3) || last.Paint.Role != view.Focus {
		t.Errorf("%d links, the last %v", len(links), last)
	}
	if s.Readout != "Cats looks at </s>, 0.0400" {
		t.Errorf("readout %q", s.Readout)
	}
}

func TestLinkUnderPointer(t *testing.T) {
	s := build(t, small(), view.State{Heads: record.Heads(0), Width: 600})
	for _, c := range curves(s) {
		// The middle of a link between two rows is half way between them, by symmetry.
		x, y := (c.P[0][0]+c.P[3][0])/2, (c.P[0][1]+c.P[3][1])/2
		h, ok := s.HitAt(x, y)
		if !ok || h.Ref.Part != view.Pair {
			t.Fatalf("nothing in the middle of %v", c.Ref)
		}
		other := h.Ref.Row+h.Ref.Col == c.Ref.Row+c.Ref.Col // links that cross there
		if h.Ref != c.Ref && !other {
			t.Errorf("in the middle of %v is %v", c.Ref, h.Ref)
		}
		// Close to its end only its own query's links pass.
		if h, ok = s.HitAt(c.P[0][0]-1, c.P[0][1]); !ok || h.Ref.Row != c.Ref.Row {
			t.Errorf("at the start of %v is %v", c.Ref, h.Ref)
		}
	}
	if got, want := s.Label(pair(2, 3)), "ing looks at </s>, 0.9000"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
	if h, ok := s.HitAt(300, 5); ok {
		t.Errorf("%v above the view", h)
	}
	word, _ := text(s, "Cats")
	if h, ok := s.HitAt(word.X-3, word.Y-3); !ok || h.Ref != key(0) {
		t.Errorf("on the left word is %v", h.Ref)
	}
	if h, ok := s.HitAt(s.Width-5, word.Y); !ok || h.Ref != query(0) {
		t.Errorf("right of the right word is %v", h.Ref)
	}
}
