package token

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAtOnce has several goroutines use tokenizers that were not used before, as the data of a training run is encoded:
// all get the same pieces. The race detector watches it.
func TestAtOnce(t *testing.T) {
	for _, name := range []string{"bert", "xlmr", "llama3"} {
		shared, alone := read(t, "testdata/kinds/"+name+".json"), read(t, "testdata/kinds/"+name+".json")
		texts := []string{"The cat sat.", "où est l'été ?", "ﬁne ① Å", "1234 中文"}
		got := make([][]Piece, len(texts))
		var wg sync.WaitGroup
		for i, text := range texts {
			wg.Go(func() { got[i] = shared.Encode(text) })
		}
		wg.Wait()
		for i, text := range texts {
			if d := cmp.Diff(alone.Encode(text), got[i]); d != "" {
				t.Errorf("%s, %q: other pieces than alone (-alone +at once):\n%s", name, text, d)
			}
		}
	}
}
