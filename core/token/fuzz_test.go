package token

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever is in a tokenizer.json, it is refused in a sentence or it encodes any text: pieces lie in the
// text, ids in the vocabulary.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/kinds/*.json")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no kinds: %v", err)
	}
	for _, path := range append(paths, "testdata/gpt2.json", "testdata/heed.json") {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "The Café's <s>  naïve ﬁ ①\u200b中文 </s>\n")
	}
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		tok, err := Parse(data)
		if err != nil {
			if len(err.Error()) > 1000 || !strings.HasPrefix(err.Error(), "token: tokenizer.json: ") {
				t.Errorf("error of %d bytes: %.100v", len(err.Error()), err)
			}
			return
		}
		text = strings.ToValidUTF8(text, "?")
		for _, pieces := range [][]Piece{tok.Encode(text), tok.encodeSpecial(text)} {
			var ids []int
			for _, p := range pieces {
				if p.ID < 0 || p.ID >= tok.Len() || p.Start < 0 || p.End < p.Start || p.End > len(text) || p.Word < -1 {
					t.Fatalf("%q: piece %+v of %d", text, p, tok.Len())
				}
				if !utf8.ValidString(text[p.Start:p.End]) || !utf8.ValidString(tok.Text(p.ID)) {
					t.Fatalf("%q: piece %+v cuts a character", text, p)
				}
				ids = append(ids, p.ID)
			}
			tok.Decode(ids)
		}
		if _, err := tok.JSON(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		a := Clean(text)
		if again := Clean(a.Text); again.Text != a.Text {
			t.Fatalf("%+q: cleaned twice %+q, once %+q", text, again.Text, a.Text)
		}
		end := 0
		for i := range a.Text {
			_, n := utf8.DecodeRuneInString(a.Text[i:])
			from, to := a.span(i, i+n)
			if from < 0 || to < from || to > len(text) || !utf8.ValidString(text[from:to]) {
				t.Fatalf("%+q: byte %d stands for %d to %d", text, i, from, to)
			}
			end = max(end, to)
		}
		if a.Text != "" && end != len(text) {
			t.Fatalf("%+q ends at %d", text, end)
		}
	})
}
