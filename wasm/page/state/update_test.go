package state

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/record"
	"heed/core/view"
	"heed/wasm/protocol"
)

// one is an element of which the list of models is known, told of a text.
func one(t *testing.T, values map[string]string) State {
	t.Helper()
	index := &catalog.Index{Models: []catalog.Entry{
		{ID: "en-fr", Title: "English to French", Task: "translation", Source: "en", Target: "fr", Bytes: 4e6, Views: []string{"links", "heatmap", "grid", "tower", "steps", "predictions", "attribution"},
			Stacks: []record.Stack{{Kind: record.Cross, Layers: 2, Heads: 2}, {Kind: record.Self, Layers: 2, Heads: 2}},
			Open:   catalog.Opening{View: "links", Kind: record.Cross, Layer: 1, Head: 0}, Examples: []catalog.Example{{Text: "Stored."}}},
		{ID: "stories", Title: "Stories", Task: "generation", Views: []string{"links", "predictions"}, Stacks: []record.Stack{{Kind: record.Decoder, Layers: 1, Heads: 1}},
			Open: catalog.Opening{View: "links", Kind: record.Decoder}},
	}}
	s := New(&Known{Index: index}, Can{Full: true, Editable: true, Owner: true})
	s.Attributes = said(values)
	s, _ = Update(s, Address{})
	return s
}

// ran is what a run of the state's text gives, with the maps that it wants.
func ran(s *State, id int) *protocol.Result {
	r := record.Record{Model: s.Model, Task: s.Task(), Text: s.Text, Output: strings.ToUpper(s.Text), Stacks: s.StacksOf(s.Model)}
	for i, word := range []string{"a", "b", "c"} {
		r.Tokens.Source = append(r.Tokens.Source, record.Token{Text: word, Word: i})
		r.Tokens.Target = append(r.Tokens.Target, record.Token{Text: strings.ToUpper(word), Word: i})
	}
	want := s.Request().Want
	for _, stack := range r.Stacks {
		for layer := range stack.Layers {
			for head := range stack.Heads {
				m := record.Map{Kind: stack.Kind, Layer: layer, Head: head, Rows: len(r.Queries(stack.Kind)), Cols: len(r.Keys(stack.Kind))}
				m.Weights = make([]float32, m.Rows*m.Cols)
				if want.Names(&m) {
					r.Maps = append(r.Maps, m)
				}
			}
		}
	}
	return &protocol.Result{ID: id, Record: r}
}

// tell makes one change, and returns the names of the commands.
func tell(t *testing.T, s *State, m Message) string {
	t.Helper()
	next, commands := Update(*s, m)
	*s = next
	var names []string
	for _, c := range commands {
		switch c := c.(type) {
		case Ask:
			names = append(names, "ask")
		case More:
			names = append(names, "more "+string(c.Kind)+map[bool]string{true: " all"}[c.All]+map[bool]string{true: " means"}[c.Means]+map[bool]string{true: " detail"}[c.Detail])
		case Draw:
			names = append(names, "draw")
		case Save:
			names = append(names, "save")
		case Tell:
			names = append(names, []string{"select", "load", "record", "error", "step"}[c.Event])
		case FetchExample:
			names = append(names, "example")
		case FetchRecord:
			names = append(names, "fetch")
		case AskLane:
			names = append(names, "lane "+c.ID)
		case Forget:
			names = append(names, "forget")
		case LoadModels:
			names = append(names, "models")
		}
	}
	return strings.Join(names, ", ")
}

// want compares the commands of a change.
func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestRecordRefused: where a Record cannot be shown, the controls of a model that is not asked for are not there.
func TestRecordRefused(t *testing.T) {
	s := one(t, map[string]string{"record": "bad.json"})
	tell(t, &s, RecordCame{Address: "bad.json", Err: errors.New("no Record")})
	want(t, "the status", s.Status(), "failed")
	if c := s.Controls(); c.Views != nil || c.Heads != nil || c.Words {
		t.Errorf("there are controls: %+v", c)
	}
	tell(t, &s, Leave{})
	want(t, "a control, without the Record", s.Controls().Views[0].Value, "links")

	// Back leads to an address without it: what stood there is asked for again, and nothing is refused.
	s = one(t, map[string]string{"text": "x"})
	tell(t, &s, Answered{ran(&s, 1)})
	tell(t, &s, Address{Hash: "#text=x&record=bad.json"})
	tell(t, &s, RecordCame{Address: "bad.json", Err: errors.New("no Record")})
	want(t, "the status", s.Status(), "failed")
	want(t, "Back", tell(t, &s, Address{Hash: "#text=x"}), "ask")
	want(t, "the status after Back", s.Status(), "running")
	want(t, "the answer", tell(t, &s, Answered{ran(&s, 2)}), "record")
	want(t, "the status then", s.Status(), "ready")
}

func TestKey(t *testing.T) {
	s := one(t, map[string]string{"text": "x"})
	if !s.Asked {
		t.Fatal("nothing is asked for")
	}
	want(t, "the first answer", tell(t, &s, Answered{ran(&s, 1)}), "load, record")
	shown := s.Shown
	want(t, "a key", tell(t, &s, Type{Text: "xy", At: 10}), "ask, save")
	if s.Shown != shown {
		t.Error("what is painted changed before the answer")
	}
	want(t, "what is written", tell(t, &s, Partial{"X"}), "")
	want(t, "the answer", tell(t, &s, Answered{ran(&s, 2)}), "record")
	if s.Shown == shown || s.Shown.Record.Text != "xy" || s.Status() != "ready" {
		t.Errorf("painted is %q, and the status %s", s.Shown.Record.Text, s.Status())
	}
	shown = s.Shown
	for _, m := range []Message{Point{view.Ref{Part: view.Query}}, Point{}, Learned{s.Known.With("stories", nil)}, Type{Text: "xy"}, Gone{}} {
		if got := tell(t, &s, m); got != "" || s.Shown != shown {
			t.Errorf("%T: %q, and what is painted is another: %v", m, got, s.Shown != shown)
		}
	}
}

func TestMoreOfARun(t *testing.T) {
	s := one(t, map[string]string{"text": "x"})
	tell(t, &s, Answered{ran(&s, 1)})
	before, shown := s.Record, s.Shown
	want(t, "the grid", tell(t, &s, Choose{Pairs: []Pair{{View, view.Heads}}}), "more cross all, save, select")
	if s.Shown != shown || s.Status() != "running" {
		t.Error("the grid is painted before its maps are there")
	}
	want(t, "once more", tell(t, &s, Allow{s.Can}), "")
	part := ran(&s, 1)
	part.Record.Maps = nil
	for layer := range 2 {
		for head := range 2 {
			part.Record.Maps = append(part.Record.Maps, record.Map{Kind: record.Cross, Layer: layer, Head: head, Rows: 2, Cols: 3, Weights: make([]float32, 6)})
		}
	}
	want(t, "its maps", tell(t, &s, Added{part}), "")
	if s.Record == before || s.Shown.View != view.Heads || s.Status() != "ready" {
		t.Errorf("a Record that gained maps is a new one: %v; painted is %s", s.Record != before, s.Shown.View)
	}
	want(t, "one head", tell(t, &s, Click{Ref: view.Ref{Part: view.Head, Row: 0, Col: 1}, Sets: []view.Setting{{Name: "view", Value: view.Heatmap}, {Name: "layer", Value: "0"}, {Name: "head", Value: "1"}}}), "save, select")
	if s.Told != (Selection{View: view.Heatmap, Kind: "cross", Layer: 0, Head: "1"}) {
		t.Errorf("told is %+v", s.Told)
	}
	want(t, "steps", tell(t, &s, Choose{Pairs: []Pair{{View, view.Steps}}}), "more  detail, save, select")
	want(t, "what the engine cannot give", tell(t, &s, Lacking{}), "")
	if s.Shown.View != view.Steps {
		t.Error("what the engine cannot give is waited for")
	}
	want(t, "the tower", tell(t, &s, Choose{Pairs: []Pair{{View, view.Tower}}}), "more  means, save, select")
	want(t, "whose run is gone", tell(t, &s, Gone{}), "ask")
}

func TestSelection(t *testing.T) {
	s := one(t, map[string]string{"text": "x", "view": "heatmap"})
	tell(t, &s, Answered{ran(&s, 1)})
	at := view.Ref{Part: view.Pair, Row: 1, Col: 2}
	want(t, "a pointer", tell(t, &s, Point{at}), "")
	want(t, "a click", tell(t, &s, Click{Ref: at, Sets: []view.Setting{{Name: "token", Value: "1"}, {Name: "key", Value: "2"}}}), "save, select")
	if s.Told.Row != 1 || s.Told.Col != 2 || s.Told.Part != view.Pair || s.Pointer != at {
		t.Errorf("told is %+v, pointed at %+v", s.Told, s.Pointer)
	}
	want(t, "the same by keyboard", tell(t, &s, Walk{Ref: at, Told: true}), "")
	want(t, "another", tell(t, &s, Walk{Ref: view.Ref{Part: view.Pair, Row: 0, Col: 2}, Told: true}), "select")
	want(t, "moved by the page", tell(t, &s, Walk{Ref: at}), "")
	want(t, "left", tell(t, &s, Walk{}), "")
	want(t, "come back", tell(t, &s, Walk{Ref: view.Ref{Part: view.Pair, Row: 0, Col: 2}, Told: true}), "select")
	want(t, "an attribute", tell(t, &s, Attribute{Setting: Layer, Value: "0", There: true}), "more cross, save")
}

func TestEngineFails(t *testing.T) {
	s := one(t, map[string]string{"text": "x"})
	want(t, "the first death", tell(t, &s, Died{}), "ask")
	if !s.Revived {
		t.Error("nobody is told")
	}
	want(t, "the second", tell(t, &s, Died{}), "error")
	if !s.Fatal || len(s.Says().Actions) > 0 {
		t.Errorf("after two deaths it says %+v", s.Says())
	}
	want(t, "an edit", tell(t, &s, Type{Text: "y"}), "ask, save")
	want(t, "a failure", tell(t, &s, Refused{"no"}), "error")
	says := s.Says()
	if says.Kind != "problem" || says.Text != "No." {
		t.Errorf("it says %+v", says)
	}
	want(t, "once more", tell(t, &s, says.Actions[0].Do), "models, ask")
	if !s.Request().Again {
		t.Error("what the browser keeps is trusted")
	}
}

func TestStoredExample(t *testing.T) {
	s := one(t, map[string]string{"text": "x"})
	want(t, "its text", tell(t, &s, Type{Text: "Stored."}), "ask, example, save")
	r := ran(&s, 0).Record
	r.Stacks = nil
	want(t, "its Record", tell(t, &s, ExampleCame{"en-fr", &r}), "")
	if s.Shown.Record == nil || s.Status() != "loading" || s.Holds != "STORED." {
		t.Errorf("it is not shown: %s", s.Status())
	}
	want(t, "the answer", tell(t, &s, Answered{ran(&s, 1)}), "load, record")
}

func TestGoingBack(t *testing.T) {
	s := one(t, map[string]string{"text": "mine"})
	tell(t, &s, Answered{ran(&s, 1)})
	tell(t, &s, ChooseExample{&s.Entry.Examples[0]})
	want(t, "the example", s.Text, "Stored.")
	tell(t, &s, Undo{})
	want(t, "the text before it", s.Text, "mine")

	tell(t, &s, Answered{ran(&s, 2)})
	tell(t, &s, TurnAround{})
	want(t, "to begin with", s.Target, "MINE")
	tell(t, &s, Choose{Pairs: []Pair{{Target, "my own"}}})
	tell(t, &s, TurnAround{})
	want(t, "the model's", s.Target, "")
	tell(t, &s, TurnAround{})
	want(t, "one's own again", s.Target, "my own")

	s = one(t, map[string]string{"model": "stories", "text": "Once"})
	tell(t, &s, Answered{ran(&s, 3)})
	want(t, "writing", tell(t, &s, Write{Seed: 1}), "ask")
	tell(t, &s, Partial{" upon"})
	want(t, "the box", s.Boxed(), "Once upon")
	want(t, "stopped", tell(t, &s, StopWrite{}), "ask, save")
	want(t, "the text", s.Text, "Once upon")
	tell(t, &s, Undo{})
	want(t, "the text before", s.Text, "Once")
	want(t, "another temperature", tell(t, &s, Choose{Pairs: []Pair{{Temperature, "1"}}}), "save")
	tell(t, &s, Answered{ran(&s, 4)})
	want(t, "and another", tell(t, &s, Choose{Pairs: []Pair{{Temperature, "0"}}}), "draw, save")
}

func TestHistorySteps(t *testing.T) {
	s := one(t, map[string]string{"text": "x"})
	steps := ""
	for _, m := range []Message{Type{"xa", 1000}, Type{"xab", 1500}, Type{"xabc", 2000}, Type{"xabcd", 9000},
		Choose{Pairs: []Pair{{View, "heatmap"}}}, Choose{Pairs: []Pair{{Threshold, "0.5"}}}} {
		tell(t, &s, m)
		steps += map[bool]string{true: "1", false: "0"}[s.Fresh]
		tell(t, &s, Saved{})
	}
	want(t, "new steps of the history", steps, "100110")
}

func TestAddressReadsAsWritten(t *testing.T) {
	for _, text := range []string{"She reads & writes: 100% + more", "naïve “été”\n\t=?#", "日本語 🐈‍⬛", "", "%zz%4", "%\x10\x11%G0%@A%`a%4"} {
		pairs := [][2]string{{"model", "en-fr"}, {"text", text}}
		hash := Hash(pairs)
		if got, _ := parseQuery(hash[1:]); !slices.Equal(got, pairs) {
			t.Errorf("%s reads as %q", hash, got)
		}
		v, err := url.ParseQuery(hash[1:])
		if err != nil || v.Get("text") != text {
			t.Errorf("%s is %q, %v", hash, v, err)
		}
	}
	if got, _ := parseQuery("a=1&&b&c=%e9"); !slices.Equal(got, [][2]string{{"a", "1"}, {"b", ""}, {"c", "\ufffd"}}) {
		t.Errorf("%q", got)
	}
}

func TestHiding(t *testing.T) {
	s := one(t, map[string]string{"text": "Once there was ___."})
	tell(t, &s, HideWord{At: 1})
	want(t, "a word hidden", s.Text, "Once [MASK] was ___.")
	tell(t, &s, HideWord{At: 0})
	want(t, "another", s.Text, "[MASK] [MASK] was ___.")
	tell(t, &s, HideWord{At: 1})
	want(t, "put back", s.Text, "[MASK] there was ___.")
	tell(t, &s, HideWord{At: 0})
	want(t, "and the other", s.Text, "Once there was ___.")
}

func TestLanes(t *testing.T) {
	s := one(t, map[string]string{"text": "x", "view": "compare", "compare": "text:y"})
	tell(t, &s, Answered{ran(&s, 1)})
	if all := s.lanes(); len(all) != 2 || all[0].Record != s.Record || all[1].Record != nil || s.LanesRan() {
		t.Fatalf("%+v", all)
	}
	if _, ok := s.Compared(); ok {
		t.Error("a sentence that has not run is compared")
	}
	id := s.lanes()[1].ID
	r := ran(&s, 2)
	r.Record.Text = "y"
	want(t, "the second", tell(t, &s, LaneAnswered{id, r}), "")
	if _, ok := s.Compared(); !ok || !s.LanesRan() {
		t.Error("two sentences that have run are not compared")
	}
	want(t, "a key in the first", tell(t, &s, Type{Text: "xx"}), "ask, save")
	want(t, "a key in the second", tell(t, &s, Choose{Pairs: []Pair{SecondSentence("yy")}}), "lane "+id+", save, select")
	want(t, "another view", tell(t, &s, Choose{Pairs: []Pair{{View, "links"}}}), "forget, forget, save, select")
}
