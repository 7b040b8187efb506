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

// TestRecordRunAgain: a Record of a model that is here opens with what it was asked; its changes stand in the lab book,
// beside what came without them, and cannot be taken back there; run again, the live model is asked all of it.
func TestRecordRunAgain(t *testing.T) {
	s := one(t, map[string]string{"text": "before", "view": "links"})
	r := ran(&s, 1).Record
	r.Text = "A text that was changed."
	for _, err := range []error{r.Changes.ParseOff("cross.0.0"), r.Changes.ParseReplace("1=word")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.Output, r.Before = "une", record.Outcome{Output: "un", P: 0.5}
	r.Ablation = []record.Ablated{{Part: record.LayerParts, Kind: record.Cross, Head: record.None, Position: record.None, Delta: -1}}
	tell(t, &s, Import{Record: &r, Name: "run.json"})
	book := s.Book()
	if s.View != view.Ablation || s.Ablate != record.LayerParts || !book.Fixed || strings.Count(book.Lines, "\n") != 1 || len(book.Before) != 1 || book.Before[0].Text != "un" || book.After[0].Text != "une" || book.Spoken == "" {
		t.Fatalf("opened: %s %q, %+v", s.View, s.Ablate, book)
	}
	tell(t, &s, Rerun{})
	q := s.Request()
	if s.Imported != nil || s.Banner() != "" || !s.Asked || q.Text != r.Text || !q.Changes.Equal(&r.Changes) || s.Ablate != record.LayerParts {
		t.Errorf("run again: imported %v, asked %v, %+v, %s %q", s.Imported != nil, s.Asked, q, s.View, s.Ablate)
	}
	if again := s.Book(); again.Fixed || again.Lines != book.Lines {
		t.Errorf("the lab book is %+v, and was %+v", again, book)
	}
	// The model may write another output by itself: the file's was given, and is read as the reader's own.
	tell(t, &s, Answered{ran(&s, 2)})
	if q = s.Request(); q.Target == nil || *q.Target != "une" || !s.Own || !s.Asked || !strings.Contains(s.Unknown, s.Record.Output) {
		t.Errorf("another output: own %v, asked %v, %q, %+v", s.Own, s.Asked, s.Unknown, q)
	}
	tell(t, &s, Answered{ran(&s, 3)})
	if s.Asked || s.Repeats != nil {
		t.Error("it is asked once more")
	}
	tell(t, &s, Choose{Pairs: []Pair{{Target, "deux"}}})
	if s.Unknown != "" {
		t.Errorf("still said: %q", s.Unknown)
	}
	s = one(t, map[string]string{"text": "before", "view": "links"})
	tell(t, &s, Answered{ran(&s, 1)})
	same := *ran(&s, 2)
	same.Record.Text = "A text that was changed."
	tell(t, &s, Import{Record: &same.Record, Name: "run.json"})
	tell(t, &s, Rerun{})
	same.ID = 3
	tell(t, &s, Answered{&same})
	if s.Own || s.Asked || s.Unknown != "" {
		t.Errorf("the same output: own %v, asked %v, %q", s.Own, s.Asked, s.Unknown)
	}
	s = one(t, map[string]string{"text": "before", "view": "links"})
	// One of a stranger has nothing that runs it.
	r.Model = "a stranger"
	tell(t, &s, Import{Record: &r, Name: "run.json"})
	if tell(t, &s, Rerun{}); s.Imported == nil {
		t.Error("a Record of no model that is here was run")
	}
}
