package run

import (
	"os"
	"testing"

	_ "heed/core/foreign"
	"heed/core/token"
)

// TestSpellPieces wants the tokens of a written text to be where they stand in it, of tokenizers too whose pieces begin
// with a space that a text does not begin with: BERT's, T5's, Llama 2's.
func TestSpellPieces(t *testing.T) {
	for _, kind := range []string{"bert", "xlmr", "llama2", "smollm"} {
		data, err := os.ReadFile("../token/testdata/kinds/" + kind + ".json")
		if err != nil {
			t.Fatal(err)
		}
		tok, err := token.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		const want = "the cat sat"
		var ids []int
		for _, p := range tok.EncodePlain(want) {
			ids = append(ids, p.ID)
		}
		tokens, text := spell(tok, ids)
		spelled, end := "", 0
		for _, k := range tokens {
			if k.Special || k.Start != end {
				t.Errorf("%s: %+v after %q", kind, k, spelled)
			}
			spelled += text[k.Start:k.End]
			end = k.End
		}
		if text != want || spelled != want {
			t.Errorf("%s: %q is written as %q, its tokens as %q", kind, want, text, spelled)
		}
	}
}
