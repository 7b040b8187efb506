package token

import (
	"reflect"
	"sync"
	"testing"
)

// TestAtOnce has several goroutines use tokenizers that were not used before, as the data of a training run is encoded: all get the
// same pieces. The race detector watches it.
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
			if want := alone.Encode(text); !reflect.DeepEqual(got[i], want) {
				t.Errorf("%s, %q: %v, alone %v", name, text, got[i], want)
			}
		}
	}
}
