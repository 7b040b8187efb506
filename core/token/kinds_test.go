package token

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var kinds = flag.String("kinds", "testdata/kinds", "what testdata/kinds.py wrote")
var all = flag.Bool("all", false, "print every line that differs")

// outline is the twin of describe in kinds.py.
func outline(tok *Tokenizer, s string) string {
	var out []byte
	for mode, pieces := range [][]Piece{tok.Encode(s), tok.EncodeSpecial(s)} {
		out = append(out, "|"[:mode]...)
		for i, p := range pieces {
			if around := i < len(tok.before) || i >= len(pieces)-len(tok.after); around {
				out = numbers(out, i, p.ID)
			} else {
				out = numbers(out, i, p.ID, p.Start, p.End)
			}
		}
	}
	return string(out)
}

// Ids and offsets of every kind of tokenizer are those of Hugging Face's library: see testdata/kinds.py.
func TestKinds(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(*kinds, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no kinds in %s: %v", *kinds, err)
	}
	var texts []string
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(strings.TrimSuffix(path, ".json") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(string(data))
			if len(texts) != len(want) {
				texts = slices.Collect(newGenerator(t, 2).lines(len(want)))
			}
			tok := read(t, path)
			bad := 0
			for i, s := range texts {
				d := outline(tok, s)
				if digest(d) == want[i] {
					continue
				}
				if bad++; bad <= 3 || *all {
					t.Errorf("line %d, %+q: %s", i, s, d)
				}
			}
			t.Logf("%d of %d lines are as they should be", len(texts)-bad, len(texts))
		})
	}
}

// MiniLM's tokenizer gives 10,000 lines the ids and offsets that Hugging Face's library gives them, and its
// vocab.txt alone gives the first thousand the same.
func TestMiniLM(t *testing.T) {
	const dir = "../../.cache/models/minilm/"
	vocab, err := os.ReadFile(dir + "vocab.txt")
	if err != nil {
		t.Skip("NOT RUN: it needs MiniLM, which ./build.sh models fetches")
	}
	alone, err := ParseVocab(vocab, true)
	if err != nil {
		t.Fatal(err)
	}
	tok := read(t, dir+"tokenizer.json")
	h := sha256.New()
	n := 0
	for s := range newGenerator(t, 2).lines(10000) {
		h.Write([]byte(digest(outline(tok, s)) + "\n"))
		if n++; n > 1000 {
			continue
		}
		if a, b := alone.Encode(s), tok.Encode(s); !slices.Equal(a, b) {
			t.Fatalf("%+q: vocab.txt gives %+v, tokenizer.json %+v", s, a, b)
		}
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != "2c136c3df379d62bd683944e147f1072551dd4ffe46c1018f9da8896793b25d7" { // of what kinds.py writes
		t.Errorf("the digest over the lines is %s", got)
	}
}

// TestAddedSpoken: an added token is a piece like others when a text is written: the library says "a cat", and not
// "acat".
func TestAddedSpoken(t *testing.T) {
	tok, err := Parse([]byte(`{"added_tokens":[{"id":2,"content":"cat"}],"decoder":{"type":"WordPiece","prefix":"##","cleanup":false},
		"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[UNK]":0,"a":1}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Decode([]int{1, 2}); got != "a cat" {
		t.Errorf("it is written as %q", got)
	}
	tok, err = Parse([]byte(`{"added_tokens":[{"id":2,"content":"do not"}],"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
		"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[UNK]":0,"a":1}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Decode([]int{1, 2, 1}); got != "a don't a" {
		t.Errorf("cleaned up it is written as %q", got)
	}
}
