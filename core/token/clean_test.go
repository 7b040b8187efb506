package token

import (
	"slices"
	"testing"
	"unicode/utf8"
)

// What nobody sees does not change the pieces, and these stand where the reader's text has them.
func TestClean(t *testing.T) {
	tok := trained(t, 400)
	for _, c := range []struct {
		text, clean string
		spans       []string // what the characters of clean stand for
	}{
		{"plain", "plain", []string{"p", "l", "a", "i", "n"}},
		{"a\u200bb", "ab", []string{"a\u200b", "b"}},
		{"\ufeffa", "a", []string{"a"}},
		{"a\u00adb\u00ad", "ab", []string{"a\u00ad", "b\u00ad"}},
		{"e\u0301t", "ét", []string{"e\u0301", "t"}},
		{"ét", "ét", []string{"é", "t"}},
		{"e\u200d\u0301t", "ét", []string{"e\u200d\u0301", "t"}},
		{"o\u0323\u0302x", "ộx", []string{"o\u0323\u0302", "x"}},
		{"o\u0302\u0323x", "ộx", []string{"o\u0302\u0323", "x"}},
		{"\u1112\u1161\u11ab!", "한!", []string{"\u1112\u1161\u11ab", "!"}},
		{"\u200b\u200b", "", nil},
		{"", "", nil},
	} {
		a := Clean(c.text)
		if a.Text != c.clean {
			t.Errorf("Clean(%+q) is %+q", c.text, a.Text)
			continue
		}
		i := 0
		for _, want := range c.spans {
			_, n := utf8.DecodeRuneInString(a.Text[i:])
			start, end := a.span(i, i+n)
			if got := c.text[start:end]; got != want {
				t.Errorf("%+q: %+q stands for %+q, want %+q", c.text, a.Text[i:i+n], got, want)
			}
			i += n
		}
		pieces := tok.Encode(a.Text)
		want := slices.Clone(pieces)
		a.Restore(pieces)
		end := 0
		for k, p := range pieces {
			if p.ID != want[k].ID || p.Start > p.End || p.End < end || p.End > len(c.text) {
				t.Errorf("%+q: piece %+v after %d", c.text, p, end)
			}
			end = p.End
		}
		if end != len(c.text) {
			t.Errorf("%+q: pieces end at %d of %d", c.text, end, len(c.text))
		}
	}
	// Reported: "red" and a zero-width space was read as other words.
	a := Clean("She bought a red\u200b car.")
	if got, want := tok.Encode(a.Text), tok.Encode("She bought a red car."); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestReplace(t *testing.T) {
	a := Clean("l’e\u0301té…")
	a.Replace(func(r rune) (string, bool) {
		switch r {
		case '’':
			return "'", true
		case '…':
			return "...", true
		}
		return "", false
	})
	if a.Text != "l'été..." {
		t.Fatalf("%q", a.Text)
	}
	pieces := []Piece{{Start: 0, End: 2}, {Start: 2, End: 4}, {Start: 7, End: 9}, {Start: 10, End: 10}}
	a.Restore(pieces)
	want := []Piece{{Start: 0, End: 4}, {Start: 4, End: 7}, {Start: 10, End: 13}, {Start: 13, End: 13}}
	if !slices.Equal(pieces, want) {
		t.Errorf("%+v, want %+v", pieces, want)
	}
	b := Aligned{Text: "aab"}
	b.Replace(func(r rune) (string, bool) { return "", r == 'a' })
	if start, end := b.span(0, 1); b.Text != "b" || start != 2 || end != 3 {
		t.Errorf("%q stands for %d to %d", b.Text, start, end)
	}
}
