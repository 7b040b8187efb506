package token

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// lines is a little text to train on.
var lines = strings.Split(`The cat sat on the mat, and the dog sat on the log.
C'est l'été : le chat s'est assis sur le tapis, et le chien s’est assis aussi.
They don't know that he's here; we'll see, they've seen.
In 1969, on 20 July, two people walked on the Moon.
Où est-ce que l’on va ? À Noël, chez Zoë, naïve et déçue.
aaaa aaaaaaa aaaaaaaaaaa abababab   bababa`, "\n")

func trained(t testing.TB, vocab int) *Tokenizer {
	t.Helper()
	tok, err := Train(slices.Values(lines), vocab, []string{"<pad>", "</s>", "<unk>"})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

var texts = []string{
	"", " ", "  ", "a", "The cat sat on the mat.", "C'est l'été, l’été.", "naïve\u0301 e\u0301",
	"👩‍👩‍👧‍👦🏳️‍🌈 🇫🇷", "שלום עולם", "مرحبا بالعالم", "a\x00b", "\xff\xfe\x80", "é\xc3", "\xc3 \xa9", "\xed\xa0\x80",
	"tab\tand\r\nnew\n\n line", "\u00a0x\u2028y\u3000z\u200b\u0085", "don't DON'T 's''s", "2024 is 12345", "</s> </s", "漢字とかな", "�",
	strings.Repeat("ab", 500), " '", "l''x",
}

func roundTrip(t *testing.T, tok *Tokenizer, s string) {
	t.Helper()
	pieces := tok.EncodePlain(s)
	var ids []int
	end, word := 0, -1
	for _, p := range pieces {
		ids = append(ids, p.ID)
		if p.Start > end || p.End < end || p.Start >= p.End || p.End > len(s) {
			t.Fatalf("%q: piece %+v after end %d", s, p, end)
		}
		if p.Word != word && p.Word != word+1 {
			t.Fatalf("%q: word %d after %d", s, p.Word, word)
		}
		if utf8.ValidString(s) && !utf8.ValidString(s[p.Start:p.End]) {
			t.Fatalf("%q: piece %+v cuts a character", s, p)
		}
		if !strings.Contains(s[p.Start:p.End], string(tok.Bytes(p.ID))) {
			t.Fatalf("%q: piece %+v is %q", s, p, tok.Bytes(p.ID))
		}
		if !utf8.ValidString(tok.Text(p.ID)) {
			t.Fatalf("%q: text of piece %+v is %q", s, p, tok.Text(p.ID))
		}
		end, word = p.End, p.Word
	}
	if end != len(s) {
		t.Fatalf("%q: pieces end at %d", s, end)
	}
	if got := tok.Decode(ids); got != s {
		t.Fatalf("decoded %q, want %q", got, s)
	}
}

func TestRoundTrip(t *testing.T) {
	tok := trained(t, 400)
	for _, s := range texts {
		roundTrip(t, tok, s)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, s := range texts {
		f.Add([]byte(s))
	}
	heed := trained(f, 400)
	gpt2 := *heed
	gpt2.split = splitGPT2
	f.Fuzz(func(t *testing.T, b []byte) {
		roundTrip(t, heed, string(b))
		roundTrip(t, &gpt2, string(b))
	})
}

func TestTrain(t *testing.T) {
	tok := trained(t, 400)
	want, err := tok.JSON()
	if err != nil {
		t.Fatal(err)
	}
	// Go's map order changes at each run over a map, and the order of lines is ours to change.
	backward := slices.Clone(lines)
	slices.Reverse(backward)
	for range 5 {
		again, err := Train(slices.Values(backward), 400, []string{"<pad>", "</s>", "<unk>"})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := again.JSON(); !bytes.Equal(got, want) {
			t.Fatal("trained twice, two results")
		}
	}
	for i, s := range []string{"<pad>", "</s>", "<unk>", "!", "\""} {
		if id, ok := tok.ID(s); !ok || id != i {
			t.Errorf("ID(%q) = %d, %v, want %d", s, id, ok, i)
		}
	}
	if _, ok := tok.ID("Ġthe"); !ok {
		t.Error(`no piece " the"`)
	}
}

// A slow trainer that counts everything again at each step must learn the same merges.
func TestTrainNaive(t *testing.T) {
	tok := trained(t, 400)
	naive, err := newTokenizer([]string{"<pad>", "</s>", "<unk>"})
	if err != nil {
		t.Fatal(err)
	}
	var words [][]int32
	for _, l := range lines {
		for len(l) > 0 {
			n := naive.split.next(l)
			var w []int32
			for _, b := range []byte(l[:n]) {
				w = append(w, naive.symbols[b])
			}
			words = append(words, w)
			l = l[n:]
		}
	}
	for rank, p := range tok.merges {
		counts := map[pair]int{}
		for _, w := range words {
			for i := 1; i < len(w); i++ {
				counts[pairOf(w[i-1], w[i])]++
			}
		}
		best := pair(0)
		for q, n := range counts {
			if m := counts[best]; n > m || n == m && q < best {
				best = q
			}
		}
		if best != p {
			t.Fatalf("merge %d is %v, want %v", rank, p, best)
		}
		id := tok.joins[p].id
		a, b := p.split()
		for i, w := range words {
			var out []int32
			for j := 0; j < len(w); j++ {
				if j+1 < len(w) && w[j] == a && w[j+1] == b {
					out = append(out, id)
					j++
				} else {
					out = append(out, w[j])
				}
			}
			words[i] = out
		}
	}
}

func TestTrainErrors(t *testing.T) {
	for _, c := range []struct {
		vocab   int
		special []string
	}{{256, []string{"</s>"}}, {300, []string{"a"}}, {300, []string{""}}, {300, []string{"<s>", "<s>"}}, {300, []string{"\xff"}}} {
		if _, err := Train(slices.Values(lines), c.vocab, c.special); err == nil {
			t.Errorf("Train(%d, %q): no error", c.vocab, c.special)
		}
	}
}

func TestParse(t *testing.T) {
	tok := trained(t, 400)
	a, err := tok.JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := back.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("JSON of the parsed tokenizer differs")
	}
	for _, s := range texts {
		if !slices.Equal(tok.Encode(s), back.Encode(s)) {
			t.Errorf("%q: parsed tokenizer encodes otherwise", s)
		}
	}
}
