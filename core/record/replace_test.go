package record

import (
	"slices"
	"testing"

	"heed/core/json"
)

func TestWordsOf(t *testing.T) {
	const text = "I don't see a well-known red - car's, “été” 42."
	var words []string
	for _, w := range WordsOf(text) {
		words = append(words, text[w[0]:w[1]])
	}
	if want := []string{"I", "don't", "see", "a", "well-known", "red", "car's", "été", "42"}; !slices.Equal(words, want) {
		t.Errorf("%q, want %q", words, want)
	}
	if got := WordsOf(" ... "); got != nil {
		t.Errorf("words of a text without any: %v", got)
	}
}

// TestReplace: words are replaced, the tokens of what was read span the words of what was typed, and what is no
// replacement is said.
func TestReplace(t *testing.T) {
	var c Changes
	if err := c.ParseReplace("3=small blue, 1=saw,9=x,3=big"); err != nil || c.ReplaceList() != "1=saw,9=x,3=big" {
		t.Fatalf("%q, %v", c.ReplaceList(), err)
	}
	r := c.Read("I see a red, red car")
	if r.Text != "I saw a big, red car" || len(r.Missing) != 1 || r.Missing[0].Word != 9 {
		t.Fatalf("%+v", r)
	}
	c.ReplaceWord(Replaced{3, "extraordinary"})
	r = c.Read("I see a red, red car")
	tokens := []Token{{Start: 0, End: 1}, {Start: 1, End: 5}, {Start: 7, End: 13}, {Start: 13, End: 21}, {Start: 21, End: 22}, {Start: 22, End: 26}, {Start: 30, End: 30, Special: true}}
	r.Restore(tokens)
	want := [][2]int{{0, 1}, {1, 5}, {7, 11}, {8, 11}, {11, 12}, {12, 16}, {20, 20}}
	for i, w := range want {
		if tokens[i].Start != w[0] || tokens[i].End != w[1] {
			t.Errorf("token %d spans %d to %d, want %v", i, tokens[i].Start, tokens[i].End, w)
		}
	}
	c.ReplaceWord(Replaced{3, ""})
	if c.ReplaceList() != "1=saw,9=x" {
		t.Errorf("taken back: %q", c.ReplaceList())
	}
	for _, wrong := range []string{"dog", "3", "3=", "-1=dog", "a=dog", "99999999999=dog", "=dog"} {
		var c Changes
		if err := c.ParseReplace(wrong); err == nil || c.Any() {
			t.Errorf("%q is read as %+v, %v", wrong, c, err)
		}
	}
}

// TestSteering: what is written is read again, in files too.
func TestSteering(t *testing.T) {
	c := Changes{Steer: Steering{Decoder, 2, -1.5, "happy", "sad"}, Replace: []Replaced{{3, "dog"}}}
	b, err := json.Write(c.Fields)
	if err != nil {
		t.Fatal(err)
	}
	var again Changes
	if err := json.Read(b, again.Fields); err != nil || !again.Equal(&c) || !again.Any() {
		t.Errorf("%s reads as %+v, %v", b, again, err)
	}
	for _, wrong := range []string{"decoder.2", "cross.0=1", "decoder=1", "decoder.-1=1", "decoder.0=NaN", "decoder.0=21", "decoder.0=+Inf", "decoder.0.1=2", "decoder.99999999999=1"} {
		s := Steering{Toward: "a"}
		if err := s.Parse(wrong); err == nil || s != (Steering{Toward: "a"}) {
			t.Errorf("%q is read as %+v, %v", wrong, s, err)
		}
	}
	for _, wrong := range []string{`{"steer":"x"}`, `{"replace":"3"}`} {
		if json.Read([]byte(wrong), again.Fields) == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}
