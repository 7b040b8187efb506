package state

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// The name of a Record's model can neither turn the text around it nor hide.
func TestNameOfRecord(t *testing.T) {
	for name, want := range map[string]string{"": "A record", "My model": "My model", "a\u202eb\u200b": "a‹U+202E›b‹U+200B›"} {
		if got := Describe(&record.Record{Model: name}, nil, func() {}).Entry.Title; got != want {
			t.Errorf("%q is called %q, not %q", name, got, want)
		}
	}
	s := State{Run: Run{Imported: &Imported{Record: &record.Record{Model: "a\u202eb"}, From: "c\u2066d.json"}}}
	if got := s.Banner(); !strings.Contains(got, "a‹U+202E›b") || !strings.Contains(got, "c‹U+2066›d.json") {
		t.Errorf("the banner says %q", got)
	}
}

// TestRecordWithoutModel: of a Record whose model is not here it is said that it can only be read, nothing is offered
// that would change a run or ask about it, what is asked for all the same changes nothing, and the text stays.
func TestRecordWithoutModel(t *testing.T) {
	s := one(t, map[string]string{"text": "x", "view": "links"})
	r := ran(&s, 1).Record
	r.Model, r.Text = "a stranger", "A text that stays."
	if err := r.Changes.ParseOff("cross.0.0"); err != nil {
		t.Fatal(err)
	}
	r.Ablation = []record.Ablated{{Part: record.HeadParts, Kind: record.Cross, Position: record.None, Delta: -1}} // which its views show
	tell(t, &s, Import{Record: &r, Name: "run.json"})
	keeps := func(after string) {
		t.Helper()
		if got := s.Banner(); !strings.Contains(got, "Saved run of a stranger from run.json") || !strings.Contains(got, "read-only: the model is not here") {
			t.Errorf("%s: the banner says %q", after, got)
		}
		if say := s.Sentences(func(code, otherwise string) string { return otherwise }); !say.ReadOnly || say.Text != r.Text {
			t.Errorf("%s: the text is %q, to be read only: %v", after, say.Text, say.ReadOnly)
		}
		if e := s.Edits(); e.Switch != "" || e.Words != nil || e.Layers != nil || e.Heat.Name != "" {
			t.Errorf("%s: offered are %+v", after, e)
		}
		if a := s.Asking(); a.Parts != nil || a.With != nil || a.Patch || a.At != nil || len(a.Methods[0])+len(a.Methods[1]) > 0 {
			t.Errorf("%s: asked can be %+v", after, a)
		}
		if s.Asked || s.Record != &r || r.Changes.OffList() != "cross.0.0" {
			t.Errorf("%s: something runs (%v), or the Record is another", after, s.Asked)
		}
	}
	keeps("opened")
	for _, v := range []string{view.Ablation, view.Patch, view.Attribution, view.Why, view.Adversary, view.Heatmap} {
		tell(t, &s, Choose{Pairs: []Pair{{View, v}}})
		if v == view.Ablation && s.View != v {
			t.Errorf("what the Record holds of a question is not shown, but %s", s.View)
		}
		keeps("in " + v)
	}
	tell(t, &s, SwitchHead{})
	keeps("a head is switched")
	tell(t, &s, PickWord{0})
	tell(t, &s, SetWord{"other"})
	keeps("a word is set")
	tell(t, &s, SetSteer{2})
	keeps("steered")
}
