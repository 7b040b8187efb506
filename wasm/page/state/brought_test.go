package state

import (
	"slices"
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/record"
	"heed/wasm/protocol"
)

// A model that is named by its address is asked for, waits for the reader where it is another site's, and is shown once
// it is in the list; one that fails leaves the text, and a way on.
func TestBrought(t *testing.T) {
	const id = "https://host/tiny/"
	s := one(t, map[string]string{"model": id, "text": "A cat."})
	if s.Model != id || s.Asked || len(s.Complaints) > 0 || s.Brings.ID != id {
		t.Fatalf("it is asked for as %+v, with %q", s.Brings, s.Complaints)
	}
	tell(t, &s, Elsewhere{id, "https://host"})
	if says := s.Says(); says.Kind != "invitation" || !strings.Contains(says.Text, "https://host") || len(says.Actions) != 2 {
		t.Errorf("the reader is asked by %+v", says)
	}
	tell(t, &s, Bring{id})
	tell(t, &s, NotOpened{id, "it is damaged."})
	if says := s.Says(); says.Kind != "problem" || !strings.Contains(says.Text, "it is damaged") || s.Text != "A cat." {
		t.Errorf("a failure says %+v", says)
	}
	tell(t, &s, Bring{id})
	known := s.Known.WithEntry(&catalog.Entry{ID: id, Title: "tiny", Task: "fill", Foreign: true, Views: []string{"links"}, Stacks: []record.Stack{{Kind: record.Self, Layers: 1, Heads: 1}},
		Open: catalog.Opening{View: "links", Kind: record.Self}})
	tell(t, &s, Learned{known})
	tell(t, &s, Opened{id})
	if !s.Asked || s.Model != id || !s.Request().Lab || s.Text != "A cat." {
		t.Errorf("once it is there: asked %v, of %s", s.Asked, s.Model)
	}
}

// A password that stands in an address is in no sentence.
func TestNameOf(t *testing.T) {
	for _, c := range [][2]string{
		{"file:a@b", "a@b"}, {"https://host/a@b/", "https://host/a@b/"}, {"models/a@b/", "models/a@b/"}, {"https://host/?a:b@c/", "https://host/?a:b@c/"},
		{"https://user:secret@host/m/", "https://host/m/"}, {"HTTP:user:secret@host/", "HTTP:host/"}, {`http:\\\user:se@cret@host\m/`, `http:\\\host\m/`}, {"", ""},
	} {
		if got := nameOf(c[0]); got != c[1] {
			t.Errorf("%q is called %q, want %q", c[0], got, c[1])
		}
	}
}

// Models of one title are told apart in the list.
func TestTitles(t *testing.T) {
	got := Titles(&catalog.Index{Models: []catalog.Entry{{ID: "en-fr", Title: "English"}, {ID: "file:tiny", Title: "GPT"},
		{ID: "https://host/tiny/", Title: "GPT", Foreign: true}, {ID: "file:small", Title: "English", Foreign: true}, {ID: "file:b", Title: "B", Foreign: true}}})
	if want := []string{"English", "GPT", "GPT (https://host/tiny/)", "English (small)", "B"}; !slices.Equal(got, want) {
		t.Errorf("they are called %q, want %q", got, want)
	}
}

// A script that has the element run may not allow what the reader is asked; his own Try again does.
func TestScriptAllowsNothing(t *testing.T) {
	const id = "https://host/tiny/"
	for _, scripted := range []bool{true, false} {
		s := one(t, map[string]string{"model": id, "text": "A cat."})
		tell(t, &s, NotOpened{id, "the line is dead."})
		next, commands := Update(s, Again{Scripted: scripted})
		allowed := slices.Contains(commands, Command(FetchModel{id, true}))
		if allowed == scripted || !allowed && !slices.Contains(commands, Command(FetchModel{id, false})) {
			t.Errorf("scripted %v: %v", scripted, commands)
		}
		tell(t, &next, Elsewhere{id, "https://host"})
		if _, commands = Update(next, Again{Scripted: true}); slices.Contains(commands, Command(FetchModel{id, true})) {
			t.Errorf("while the reader is asked, a script has it fetched: %v", commands)
		}
	}
}

// Who goes to another model meanwhile, or wants none, is not led to the one on its way when that has come.
func TestCalledOff(t *testing.T) {
	const id = "https://host/tiny/"
	for what, m := range map[string]Message{"another model": ChooseModel{"stories"}, "cancelled": Cancel{}, "an address": Address{Hash: "#model=stories"}} {
		s := one(t, map[string]string{"model": "en-fr", "text": "A cat."})
		tell(t, &s, Bring{id})
		tell(t, &s, m)
		model := s.Model
		tell(t, &s, Coming{ID: id, Loading: Loading{Done: 1, Total: 2, Now: 1}})
		tell(t, &s, Learned{s.Known.WithEntry(&catalog.Entry{ID: id, Title: "tiny", Task: "fill", Foreign: true, Views: []string{"links"}})})
		tell(t, &s, Opened{id})
		if s.Brings.ID != "" || s.Model != model || s.Loading != (Loading{}) {
			t.Errorf("%s: it shows %s, and waits for %q", what, s.Model, s.Brings.ID)
		}
	}
}

// The cosine is of the two sentences that stand there.
func TestNearness(t *testing.T) {
	s := one(t, map[string]string{"model": "en-fr", "text": "One.", "view": "compare", "compare": "text:Two."})
	vector := func(text string, v ...float32) *protocol.Result {
		return &protocol.Result{Record: record.Record{Model: "en-fr", Text: text, Vector: v}}
	}
	tell(t, &s, Answered{vector("One.", 1, 0)})
	second := s.Lanes.All[1].ID
	tell(t, &s, LaneAnswered{second, vector("Two.", 0.6, 0.8)})
	if said := s.nearness(); !strings.Contains(said, "0.60") {
		t.Errorf("it says %q", said)
	}
	tell(t, &s, Choose{Pairs: []Pair{{Compare, "text:Three."}}})
	if said := s.nearness(); said != "" {
		t.Errorf("of a sentence that has not run it says %q", said)
	}
}
