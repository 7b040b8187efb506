package token

import (
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestEncodeGrowth: of texts on which an algorithm could spend what goes as the square of their length, one twice as
// long takes less than three times the memory, and its pieces do not go back.
func TestEncodeGrowth(t *testing.T) {
	const n = 4000
	for _, name := range []string{"bert", "llama2", "llama3", "xlmr", "gemma", "clip", "roberta"} {
		tok := read(t, "testdata/kinds/"+name+".json")
		for _, unit := range []string{"a", " ", "\u0301", "\u0301\u0323", "the", "é", "中", "'s", "\n"} {
			allocated := func(text string) uint64 {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				pieces := tok.Encode(text)
				runtime.ReadMemStats(&after)
				if !slices.IsSortedFunc(pieces, func(a, b Piece) int { return a.Start - b.Start }) {
					t.Errorf("%s: %q: pieces go back", name, unit)
				}
				return after.TotalAlloc - before.TotalAlloc
			}
			allocated(unit) // tables are unpacked once
			once, twice := allocated(strings.Repeat(unit, n)), allocated(strings.Repeat(unit, 2*n))
			if twice > 3*once+1<<16 {
				t.Errorf("%s: %q: %d bytes for %d, %d for twice as many", name, unit, once, n, twice)
			}
		}
	}
}
