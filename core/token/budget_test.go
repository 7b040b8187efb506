package token

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// spend runs a reader and returns the most memory that was in use meanwhile, above what was before.
func spend(read func()) (bytes uint64, took time.Duration) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, most := make(chan bool), make(chan uint64)
	go func() {
		high := uint64(0)
		for {
			select {
			case <-stop:
				most <- high
				return
			case <-time.After(2 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				high = max(high, m.HeapAlloc-min(m.HeapAlloc, before.HeapAlloc))
			}
		}
	}()
	start := time.Now()
	read()
	took = time.Since(start)
	stop <- true
	return <-most, took
}

// A hostile file is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	plain, err := trained(t, 300).JSON()
	if err != nil {
		t.Fatal(err)
	}
	good := string(plain)
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	var pieces strings.Builder
	for i := range 2_000_000 {
		pieces.WriteString(`"x` + strconv.Itoa(i) + `":` + strconv.Itoa(i) + `,`)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a template of a list of ids many times", `{"Sequence":{"id":"A","type_id":0}}`,
			many(20_000, `{"SpecialToken":{"id":"</s>","type_id":0}}`), "single[64] is one element too many"},
		{"a list of many ids", `"ids":[1]`, `"ids":[` + many(200_000, "1") + `]`, "more than 64 special tokens"},
		{"pre-tokenizers", `"pretokenizers":[`, `"pretokenizers":[` + many(2_000_000, `{"type":"Digits"}`) + `,`, "pretokenizers[64] is one element too many"},
		{"normalizers", `"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[` + many(2_000_000, `{"type":"NFC"}`) + `]}`, "normalizers[64] is one element too many"},
		{"nested normalizers", `"normalizer":null`, `"normalizer":` + strings.Repeat(`{"type":"Sequence","normalizers":[`, 150) + strings.Repeat("]}", 150), "nested too deep"},
		{"added tokens", `"added_tokens":[`, `"added_tokens":[` + many(1_000_000, `{"id":0,"content":"a"}`) + `,`, "is one element too many"},
		{"pieces", `"vocab":{`, `"vocab":{` + pieces.String(), "ids go from 0 to"},
		{"merges", `"merges":[`, `"merges":[` + many(3_000_000, `"a b"`) + `,`, "one merge too many"},
		{"a long name", `"!":3,`, `"` + strings.Repeat("€", 5_000_000) + `":3,`, "alphabet"},
		{"a long merge", `"merges":[`, `"merges":["` + strings.Repeat("a", 10_000_000) + ` b",`, "the vocabulary lacks"},
		{"a long type", `"type":"BPE"`, `"type":"` + strings.Repeat("a", 10_000_000) + `"`, "only BPE"},
		{"a long added token", `"added_tokens":[{"id":0,"content":"`, `"added_tokens":[{"id":0,"content":"` + strings.Repeat("a", 10_000_000), `id 0 is`},
		{"a long expression", `"Regex":"`, `"Regex":"` + strings.Repeat("a|", 5_000_000), "too long"},
		{"a long word", `"type":"BPE","dropout":null,"unk_token":null`, `"type":"WordPiece","unk_token":"!","max_input_chars_per_word":1000000000`, "0 to 1000 are supported"},
	} {
		file := []byte(strings.Replace(good, c.old, c.new, 1))
		if len(file) < len(good) {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		var err error
		memory, took := spend(func() { _, err = Parse(file) })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %.300v, want one with %q", c.name, err, c.want)
		} else if len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", c.name, len(err.Error()))
		}
		if most := uint64(2*len(file) + 100<<20); memory > most {
			t.Errorf("%s: %d MB for a file of %d", c.name, memory>>20, len(file)>>20)
		}
		if took > 20*time.Second { // some ten times what it takes
			t.Errorf("%s: %v", c.name, took)
		}
		t.Logf("%s: %d MB, %v for %d MB", c.name, memory>>20, took.Round(time.Millisecond), len(file)>>20)
	}
}

// Texts on which an algorithm could spend a time that goes as the square of their length.
func TestEncodeTime(t *testing.T) {
	paths := []string{"bert", "llama2", "llama3", "xlmr", "gemma", "clip", "roberta"}
	for _, name := range paths {
		tok := read(t, "testdata/kinds/"+name+".json")
		for _, unit := range []string{"a", " ", "\u0301", "the", "é", "中", "'s", "\n"} {
			text := strings.Repeat(unit, 30_000)
			start := time.Now()
			pieces := tok.Encode(text)
			took := time.Since(start)
			if took > 10*time.Second {
				t.Errorf("%s: %q: %v", name, unit, took)
			}
			t.Logf("%s: %q: %v", name, unit, took)
			if !slices.IsSortedFunc(pieces, func(a, b Piece) int { return a.Start - b.Start }) {
				t.Errorf("%s: %q: pieces go back", name, unit)
			}
		}
	}
}
