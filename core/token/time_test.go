package token

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Texts on which an algorithm could spend a time that goes as the square of their length.
func TestEncodeTime(t *testing.T) {
	paths := []string{"bert", "llama2", "llama3", "xlmr", "gemma", "clip", "roberta"}
	for _, name := range paths {
		tok := read(t, "testdata/kinds/"+name+".json")
		for _, unit := range []string{"a", " ", "\u0301", "the", "é", "中", "'s", "\n"} {
			text := strings.Repeat(unit, 10_000)
			start := time.Now()
			pieces := tok.Encode(text)
			took := time.Since(start)
			if took > 2*time.Minute {
				t.Errorf("%s: %q: %v", name, unit, took)
			}
			t.Logf("%s: %q: %v", name, unit, took)
			if !slices.IsSortedFunc(pieces, func(a, b Piece) int { return a.Start - b.Start }) {
				t.Errorf("%s: %q: pieces go back", name, unit)
			}
		}
	}
}
