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
		for _, pieces := range [][]Piece{tok.Encode(text), tok.EncodeSpecial(text)} {
			whole(t, tok, text, pieces)
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

// Whatever is in the vocabularies of a directory without tokenizer.json, or in a GGUF file's, it is refused in a
// sentence or it encodes any text.
func FuzzVocabularies(f *testing.F) {
	f.Add([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\ncat\n"), []byte(`{"a":0,"b":1,"ab":2,"<|endoftext|>":3}`), []byte("#version: 0.2\na b\n"), "a cab")
	f.Add([]byte("[CLS]\n[SEP]"), []byte(`{"<s>":0,"</s>":1,"<mask>":2,"a":3,"Ġa":4,"Ġ":5}`), []byte("Ġ a\n"), "a <mask> a")
	f.Add([]byte("▁a\nb\n<0x41>\n"), []byte(`{}`), []byte("a  b\n\nb"), "é\xff")
	f.Fuzz(func(t *testing.T, vocab, vocabJSON, merges []byte, text string) {
		text = strings.ToValidUTF8(text, "?")
		check := func(tok *Tokenizer, err error) {
			if err != nil {
				if len(err.Error()) > 1000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
				return
			}
			for _, p := range tok.Encode(text) {
				if p.ID < 0 || p.ID >= tok.Len() || p.Start < 0 || p.End < p.Start || p.End > len(text) {
					t.Fatalf("%q: piece %+v of %d", text, p, tok.Len())
				}
			}
		}
		check(ParseVocab(vocab, true))
		check(ParseVocab(vocab, false))
		check(ParseMerges(vocabJSON, merges, "<|endoftext|>"))
		check(ParseRoBERTa(vocabJSON, merges, true))
		lines := strings.Split(string(vocab), "\n")
		types, scores := make([]int64, len(lines)), make([]float32, len(lines))
		for i, line := range lines {
			types[i], scores[i] = int64(len(line)%8), float32(len(line))/7-1
		}
		for _, kind := range []string{"gpt2", "llama"} {
			v := &vocabularyGGUF{Model: kind, Pre: "qwen2", Tokens: lines, Types: types, Scores: scores, Merges: strings.Split(string(merges), "\n"),
				Begin: len(text) - 2, End: -1, AddBegin: len(text)%2 == 0, AddSpace: kind == "llama"}
			check(v.make())
		}
	})
}

// whole fails a test where pieces are none of the tokenizer's, lie beside the text, or cut a character; and decodes
// them.
func whole(t *testing.T, tok *Tokenizer, text string, pieces []Piece) {
	t.Helper()
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
