package state

import (
	"strings"
	"testing"
)

const someSteps = `[
	{"say": "One.", "model": "en-fr", "layer": 0, "head": 1, "words": true},
	{"say": "Two.", "note": "More.", "text": "Another.", "view": "heatmap", "mark": [[0, 1], [2, 2]]},
	{"say": "Three.", "model": "stories", "text": "Once"}]`

func TestParseSteps(t *testing.T) {
	steps, err := ParseSteps(someSteps)
	if err != nil || len(steps) != 3 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	for n, want := range map[Setting]string{Model: "en-fr", Layer: "0", Head: "1", Words: "1"} {
		if got, said := steps[0].Settings.Get(n); got != want || !said {
			t.Errorf("%s is %q, want %q", n, got, want)
		}
	}
	if s := steps[1]; s.Say != "Two." || s.Note != "More." || len(s.Mark) != 2 || s.Mark[1][0] != 2 {
		t.Errorf("%+v", s)
	}
	for list, want := range map[string]string{
		`{}`:                       "not an array",
		`[{"say": 1}]`:             "steps[0].say",
		`[{"sai": "x"}]`:           "steps[0].sai is not a setting of a step",
		`[{"step": "0"}]`:          "steps[0].step is not a setting of a step",
		`[{"mark": [[1]]}]`:        "is not a cell: write [row, column]",
		`[{"say": "One."},]`:       "line 1",
		`[{"text": ["a", "b"]}]`:   "steps[0].text",
		`[{"say": "One."}], "a":1`: "",
	} {
		if _, err := ParseSteps(list); want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", list, err, want)
		}
	}
}

// TestTour goes through steps, leaves them, and comes back; an address keeps the step, and what was changed meanwhile.
func TestTour(t *testing.T) {
	s := one(t, map[string]string{"model": "en-fr", "text": "A text.", "layer": "1"})
	s.Steps, _ = ParseSteps(someSteps)
	if g := s.Guide(); g.Offer == "" || g.Begin != 0 || g.Say != "" {
		t.Errorf("at first %+v", g)
	}
	said := func(what, want string) {
		t.Helper()
		var got []string
		for _, p := range s.Pairs() {
			got = append(got, p[0]+"="+p[1])
		}
		if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
			t.Errorf("%s: %q lacks %q", what, got, want)
		}
	}
	if does := tell(t, &s, GoTo{0}); !strings.Contains(does, "step") {
		t.Errorf("the first step does %s", does)
	}
	said("the first step", "layer=0 head=1")
	said("the first step", "step=0")
	tell(t, &s, GoTo{1})
	said("the second step", "text=Another. view=heatmap kind=cross layer=1") // not the first's layer, but the author's
	if g := s.Guide(); g.Say != "Two." || g.Note != "More." || g.At != 1 || g.Count != 3 {
		t.Errorf("the second step says %+v", g)
	}
	tell(t, &s, Type{Text: "My own.", At: 1})
	said("a text of one’s own", "text=My own. view=heatmap kind=cross layer=1")
	said("a text of one’s own", "step=1")
	address := Hash(s.Pairs())

	tell(t, &s, Choose{Pairs: []Pair{{Present, "1"}}})
	tell(t, &s, GoTo{1})
	said("a presentation goes on", "present=1 step=1")
	tell(t, &s, Address{Hash: address})

	tell(t, &s, GoTo{-1})
	if g := s.Guide(); g.Begin != 1 || s.Stage != 0 || s.Text != "My own." || !strings.Contains(g.Offer, "step 2 of 3") {
		t.Errorf("left: %+v of %q", g, s.Text)
	}
	tell(t, &s, Address{Hash: address})
	if s.Stage != 2 || s.Text != "My own." || s.View != "heatmap" {
		t.Errorf("its address shows step %d, %q, %s", s.Stage-1, s.Text, s.View)
	}
	tell(t, &s, Address{Hash: "#step=2"})
	if s.Model != "stories" || s.Text != "Once" {
		t.Errorf("the address of a step alone shows %s, %q", s.Model, s.Text)
	}
	tell(t, &s, Address{Hash: "#step=3"})
	if s.Stage != 0 || !strings.Contains(s.Complaints, "There is no step “3”: this element has 3 steps") {
		t.Errorf("no such step: %d, %q", s.Stage, s.Complaints)
	}
	tell(t, &s, Attribute{Setting: Step, Value: "0", There: true})
	if s.Stage != 1 || s.Layer != 0 {
		t.Errorf("the attribute shows step %d, layer %d", s.Stage-1, s.Layer)
	}
	tell(t, &s, Attribute{Setting: Step})
	if s.Stage != 0 {
		t.Errorf("without it step %d", s.Stage-1)
	}
}
