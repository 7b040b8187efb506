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
	var modes []string
	for _, pieces := range [][]Piece{tok.Encode(s), tok.EncodeSpecial(s)} {
		var out []string
		for i, p := range pieces {
			if around := i < len(tok.before) || i >= len(pieces)-len(tok.after); around {
				out = append(out, fmt.Sprint(p.ID))
			} else {
				out = append(out, fmt.Sprintf("%d,%d,%d", p.ID, p.Start, p.End))
			}
		}
		modes = append(modes, strings.Join(out, " "))
	}
	return strings.Join(modes, "|")
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
				if fmt.Sprintf("%x", sha256.Sum256([]byte(d)))[:6] == want[i] {
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
