//go:build !js

package token

import (
	"strconv"
	"strings"
	"testing"

	"heed/core/readertest"
)

// Natively only: in WebAssembly memory cannot be watched while a reader runs.
// A hostile file is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	plain, err := trained(t, 300).JSON()
	if err != nil {
		t.Fatal(err)
	}
	good := string(plain)
	around := good[strings.Index(good, `"single":`):]
	around = around[:strings.Index(around, `]}}}`)+3]
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	var pieces strings.Builder
	for i := range 1_100_000 {
		pieces.WriteString(`"x` + strconv.Itoa(i) + `":` + strconv.Itoa(i) + `,`)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a template of a list of ids many times", `{"Sequence":{"id":"A","type_id":0}}`,
			many(20_000, `{"SpecialToken":{"id":"</s>","type_id":0}}`), "single[64] is one element too many"},
		{"a list of many ids", `"ids":[1]`, `"ids":[` + many(200_000, "1") + `]`, "more than 64 special tokens"},
		{"pre-tokenizers", `"pretokenizers":[`, `"pretokenizers":[` + many(500_000, `{"type":"Digits"}`) + `,`, "pretokenizers[64] is one element too many"},
		{"normalizers", `"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[` + many(500_000, `{"type":"NFC"}`) + `]}`, "normalizers[64] is one element too many"},
		{"nested normalizers", `"normalizer":null`, `"normalizer":` + strings.Repeat(`{"type":"Sequence","normalizers":[`, 150) + strings.Repeat("]}", 150), "nested too deep"},
		{"added tokens", `"added_tokens":[`, `"added_tokens":[` + many(250_000, `{"id":0,"content":"a"}`) + `,`, "is one element too many"},
		{"pieces", `"vocab":{`, `"vocab":{` + pieces.String(), "ids go from 0 to"},
		{"merges", `"merges":[`, `"merges":[` + many(1_100_000, `"a b"`) + `,`, "one merge too many"},
		{"a long name", `"!":3,`, `"` + strings.Repeat("€", 1_250_000) + `":3,`, "alphabet"},
		{"a long merge", `"merges":[`, `"merges":["` + strings.Repeat("a", 2_500_000) + ` b",`, "the vocabulary lacks"},
		{"a long type", `"type":"BPE"`, `"type":"` + strings.Repeat("a", 2_500_000) + `"`, "only BPE"},
		{"a long added token", `"added_tokens":[{"id":0,"content":"`, `"added_tokens":[{"id":0,"content":"` + strings.Repeat("a", 2_500_000), `id 0 is`},
		{"a long expression", `"Regex":"`, `"Regex":"` + strings.Repeat("a|", 1_250_000), "too long"},
		{"a long word", `"type":"BPE","dropout":null,"unk_token":null`, `"type":"WordPiece","unk_token":"!","max_input_chars_per_word":1000000000`, "0 to 1000 are supported"},
		{"a long list of ids, many times", around, `"single":[` + many(60, `{"SpecialToken":{"id":"</s>","type_id":0}}`) + `],` +
			`"pair":[],"special_tokens":{"</s>":{"id":"</s>","ids":[` + many(1_000_000, "1") + `],"tokens":["</s>"]}}`, "more than 64 special tokens"},
	} {
		file := []byte(strings.Replace(good, c.old, c.new, 1))
		if len(file) < len(good) {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		readertest.Budget(t, c.name, len(file), c.want, func() error {
			_, err := Parse(file)
			return err
		})
	}
}
