package state

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// TestEffect wants it to be said what came of a head that was switched off.
func TestEffect(t *testing.T) {
	s := one(t, map[string]string{"text": "x", "view": "links"})
	likely := func(p float32) *record.Record {
		r := ran(&s, 1).Record
		for i := range r.Tokens.Target {
			r.Tokens.Target[i].ID = i
		}
		for i := range 2 {
			r.Predictions = append(r.Predictions, record.Prediction{Position: i, Top: []record.Candidate{{ID: i + 1, P: p}}})
		}
		return &r
	}
	answer := func(p float32, output string) {
		result := ran(&s, 1)
		result.Record = *likely(p)
		result.Record.Output, result.Record.Changes = output, s.Changes()
		tell(t, &s, Answered{result})
	}
	answer(0.5, "A B")
	want(t, "before", s.Book().Spoken, "")
	tell(t, &s, SwitchHead{})
	want(t, "what is off", s.Off, "cross.1.0")
	answer(0.25, "A B")
	want(t, "the same output", s.Book().Spoken, "The output stays the same. Its probability per token went from 0.500 to 0.250.")
	want(t, "its numbers", s.Book().Was+", "+s.Book().Is, "0.500 per token, 0.250 per token")
	answer(0.25, "C")
	want(t, "numbers of two outputs", s.Book().Was+s.Book().Is, "")
	if got := s.Book().Spoken; !strings.Contains(got, "“A B”") {
		t.Errorf("of another output: %q", got)
	}
	tell(t, &s, PutBack{At: 0})
	answer(0.5, "A B")
	want(t, "undone", s.Book().Spoken, "")
}

// TestReplaceAndSteer: a word is read as another and a direction is added, both stand in the lab book and in the
// address, and are taken back one by one.
func TestReplaceAndSteer(t *testing.T) {
	s := one(t, map[string]string{"model": "stories", "text": "A dog ran.", "view": "predictions"})
	if e := s.Edits(); e.Words != nil || len(e.Layers) != 1 || e.Steer.Name == "" || e.Steered == "" {
		t.Errorf("offered in predictions: %+v", e)
	}
	tell(t, &s, PickWord{1})
	tell(t, &s, SetWord{" cat, "})
	tell(t, &s, Choose{Pairs: []Pair{{Toward, "happy"}}})
	tell(t, &s, SetSteer{2})
	want(t, "with one text missing", s.Request().Changes.Steer.String(), "")
	tell(t, &s, Choose{Pairs: []Pair{{Away, "sad"}}})
	r := s.Request()
	want(t, "what is asked for", r.Changes.ReplaceList()+" "+r.Changes.Steer.String()+" "+r.Changes.Steer.Toward+" "+r.Changes.Steer.Away, "1=cat decoder.0=2 happy sad")
	if !r.Lab {
		t.Error("steering is not asked of lab.wasm")
	}
	want(t, "the lab book", s.Book().Lines, "the word “dog” is read as “cat”\ntoward “happy”, away from “sad”: 2 times their difference after layer 0")
	said := map[string]string{}
	for _, p := range s.Pairs() {
		said[p[0]] = p[1]
	}
	want(t, "the address", said["replace"]+" "+said["steer"]+" "+said["toward"]+" "+said["away"], "1=cat decoder.0=2 happy sad")
	again := one(t, said)
	want(t, "what the address asks for", again.Book().Lines, s.Book().Lines)
	tell(t, &s, PutBack{0})
	want(t, "without the word", s.Book().Lines, "toward “happy”, away from “sad”: 2 times their difference after layer 0")
	tell(t, &s, PutBack{0})
	want(t, "without either", s.Book().Lines, "")
	for asked, left := range map[string]string{"direct,rollout": "attention rollout", "rollout,direct": "attention rollout", "rollout,attention": ""} {
		if s := one(t, map[string]string{"text": "A dog.", "attribute": asked}); left == "" && s.Complaints != "" || left != "" && !strings.Contains(s.Complaints, "“"+left+"” cannot stand beside") {
			t.Errorf("attribute=%s: %q", asked, s.Complaints)
		}
	}
	for at, notes := range map[string]int{"1": 0, "2": 1} { // two words follow the one that the output begins with
		s := one(t, map[string]string{"text": "x", "view": "attribution", "token": at})
		tell(t, &s, Answered{ran(&s, 1)})
		if got := s.Notes(); len(got) != notes || notes > 0 && got[0].Text != "There is no token 2 here: they go from 0 to 1." {
			t.Errorf("token=%s: %+v", at, got)
		}
	}
	for name, wrong := range map[string]string{"replace": "dog", "steer": "decoder.0=99"} {
		if s := one(t, map[string]string{"text": "A dog.", name: wrong}); !strings.Contains(s.Complaints, wrong) || s.Changed() {
			t.Errorf("%s=%s: %q", name, wrong, s.Complaints)
		}
	}
}

// TestChangesThatMetNothing: a change of which the run says that it did not do it stands in the lab book as not done,
// and can be taken back. Those of one model are not made in another, which is said; a replaced word is of the text.
func TestChangesThatMetNothing(t *testing.T) {
	s := one(t, map[string]string{"text": "x y", "head": "mean", "off": "cross.1.0,cross.9.9", "replace": "1=z"})
	if s.View = view.Why; len(s.Notes()) != 1 || !strings.Contains(s.Notes()[0].Text, "no score of its own. The picture is of head 0") {
		t.Errorf("of a mean: %+v", s.Notes())
	}
	result := ran(&s, 1)
	result.Record.Changes = s.Changes()
	result.Record.Changes.Off = result.Record.Changes.Off[:1]
	before := s.Book().Lines
	tell(t, &s, Answered{result})
	lines := strings.Split(s.Book().Lines, "\n")
	if strings.Contains(before, "not done") || len(lines) != 3 || strings.Contains(lines[0]+lines[2], "not done") || !strings.Contains(lines[1], "(not done") {
		t.Errorf("before %q, now %q", before, lines)
	}
	tell(t, &s, ChooseModel{ID: "stories"})
	if notes := s.Notes(); s.Off != "" || s.Replace != "1=z" || len(notes) == 0 || !strings.Contains(notes[0].Text, "is not changed here") {
		t.Errorf("another model: off %q, replaced %q, %+v", s.Off, s.Replace, notes)
	}
	tell(t, &s, ChooseModel{ID: "en-fr"})
	if s.Replace != "1=z" || strings.Contains(s.Unknown, "not changed here") {
		t.Errorf("of a word alone: %q", s.Unknown)
	}
}
