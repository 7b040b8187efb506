package run

import (
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/tensor"
)

func TestLooping(t *testing.T) {
	for _, c := range []struct {
		ids    []int
		source int
		want   bool
	}{
		{nil, 1, false},
		{[]int{7}, 1, false},
		{[]int{5, 9, 9, 9, 9, 9}, 1, false}, // 99999
		{[]int{5, 9, 9, 9, 9, 9, 9}, 1, true},
		{[]int{5, 9, 9, 9, 9, 9, 9}, 2, false}, // the source says 99
		{[]int{9, 9, 9, 9, 9, 9, 5}, 1, false}, // it went on
		{[]int{1, 2, 1, 2, 1, 2}, 1, false},    // non, non, non
		{[]int{1, 2, 1, 2, 1, 2, 1, 2}, 1, true},
		{[]int{2, 1, 2, 1, 2, 1, 2, 1}, 1, true},
		{[]int{1, 2, 3, 4, 1, 2, 3, 4}, 1, false},
		{[]int{1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}, 1, true},
		{[]int{1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}, 3, false},
		{[]int{1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3, 4}, 1, false},
	} {
		if got := looping(c.ids, c.source); got != c.want {
			t.Errorf("%v, of a source that repeats itself %d times: %v", c.ids, c.source, got)
		}
	}
	for _, c := range []struct {
		ids  []int
		want int
	}{{nil, 1}, {[]int{1, 2, 3}, 1}, {[]int{1, 2, 2, 3}, 2}, {[]int{4, 1, 2, 1, 2, 1, 2, 5}, 3}} {
		if got := repetitions(c.ids); got != c.want {
			t.Errorf("%v repeats itself %d times, want %d", c.ids, got, c.want)
		}
	}
}

// TestLoopEnds wants a model that repeats itself to be stopped, the reader to be told, and a source that repeats itself
// to be no reason for it.
func TestLoopEnds(t *testing.T) {
	m := modeltest.New(t, model.Translation, "marian")
	// Whatever stands before it, "a" is the most probable token by far.
	a, _ := m.Tokenizer.ID("a")
	for _, p := range m.Net.Weights().List {
		if p.Name == "final_logits_bias" {
			p.Set(func(x tensor.Matrix) { x.Data[a] = 50 })
		}
	}
	for _, beam := range []int{1, 3} {
		r, err := NewSession(m).Run("the cat", Options{Beam: beam})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != "aaaaaa" || len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "repeats itself") {
			t.Errorf("beam %d: %q, %q", beam, r.Output, r.Notices)
		}
		if last := r.Tokens.Target[len(r.Tokens.Target)-1]; !last.Special {
			t.Errorf("beam %d: the last token is %+v", beam, last)
		}
	}
	r, err := NewSession(m).Run("go go go go", Options{})
	if err != nil || len(r.Output) <= 6 {
		t.Errorf("of a source that repeats itself: %q, %v", r.Output, err)
	}
	if r, err := NewSession(m).Run("the cat", Options{MaxTokens: 4}); err != nil || r.Output != "aaaa" || len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "after 4 tokens") {
		t.Errorf("%q, %q, %v", r.Output, r.Notices, err)
	}
	// A reader is told of an output that is empty, as some characters alone have it.
	_, end, _ := m.Net.Special()
	for _, p := range m.Net.Weights().List {
		if p.Name == "final_logits_bias" {
			p.Set(func(x tensor.Matrix) { x.Data[end] = 100 })
		}
	}
	for _, beam := range []int{1, 3} {
		r, err := NewSession(m).Run("the cat", Options{Beam: beam})
		if err != nil || r.Output != "" || len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "writes nothing") {
			t.Errorf("beam %d, nothing written: %q, %q, %v", beam, r.Output, r.Notices, err)
		}
	}
}
