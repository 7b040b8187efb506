package token

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
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
	gpt2.cutBy(splitGPT2())
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
		for _, word := range naive.split.split(nil, Aligned{Text: l}, &matcher{}) {
			var w []int32
			for _, b := range []byte(word.Text) {
				w = append(w, naive.algorithm.(*bpe).bytes[b])
			}
			words = append(words, w)
		}
	}
	algorithm := tok.algorithm.(*bpe)
	for rank, p := range algorithm.merges {
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
		id := algorithm.joins[p].id
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

func TestSpecial(t *testing.T) {
	tok := trained(t, 400)
	end, _ := tok.ID("</s>")
	const s = "a</s>é"
	for _, p := range tok.EncodePlain(s) {
		if p.Special || p.ID < 3 {
			t.Errorf("EncodePlain read %+v out of the text", p)
		}
	}
	typed := tok.Encode(s)
	if n := len(typed); typed[n-1] != (Piece{end, len(s), len(s), -1, true}) || n != len(tok.EncodePlain(s))+1 {
		t.Errorf("Encode: %+v", typed)
	}
	read := tok.EncodeSpecial(s)
	if read[1] != (Piece{end, 1, 5, -1, true}) || read[len(read)-1] != (Piece{end, len(s), len(s), -1, true}) {
		t.Errorf("EncodeSpecial: %+v", read)
	}
	var ids []int
	for _, p := range read {
		ids = append(ids, p.ID)
	}
	if got := tok.Decode(append(ids, -1, tok.Len())); got != "aé" {
		t.Errorf("decoded %q", got)
	}
	if tok.Text(end) != "</s>" || tok.Bytes(end) != nil || tok.Text(-1) != "" || tok.Text(tok.Len()) != "" {
		t.Error("Text or Bytes of special tokens or unknown ids")
	}
	lead, _ := tok.ID(string(alphabet[0xe2]))
	if got := tok.Text(lead); got != `\xe2` {
		t.Errorf("text of the byte e2 is %q", got)
	}
}

// A template with tokens before the text, and merges as newer versions write them.
func TestParseForms(t *testing.T) {
	tok := trained(t, 300)
	text, err := tok.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	f["post_processor"] = map[string]any{
		"type": "TemplateProcessing",
		"single": []any{
			map[string]any{"SpecialToken": map[string]any{"id": "<unk>", "type_id": 0}},
			map[string]any{"Sequence": map[string]any{"id": "A", "type_id": 0}},
			map[string]any{"SpecialToken": map[string]any{"id": "</s>", "type_id": 0}},
		},
		"special_tokens": map[string]any{
			"<unk>": map[string]any{"id": "<unk>", "ids": []int{2}, "tokens": []string{"<unk>"}},
			"</s>":  map[string]any{"id": "</s>", "ids": []int{1}, "tokens": []string{"</s>"}},
		},
	}
	model := f["model"].(map[string]any)
	var pairs [][]string
	for _, m := range model["merges"].([]any) {
		pairs = append(pairs, strings.Split(m.(string), " "))
	}
	model["merges"] = pairs
	delete(model, "type")
	if text, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as written above, then as written by JSON
		back, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		plain := tok.EncodePlain("The cat")
		want := append([]Piece{{2, 0, 0, -1, true}}, plain...)
		want = append(want, Piece{1, 7, 7, -1, true})
		if got := back.Encode("The cat"); !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if again, err := back.JSON(); err != nil || !bytes.Equal(again, text) {
			t.Fatalf("not the file that was read: %v", err)
		}
		if text, err = back.write(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestJSONSource: the file of a tokenizer that was read is that file, whatever is in it; once Surround has changed the
// tokenizer it is one with the change, or an error.
func TestJSONSource(t *testing.T) {
	own, err := trained(t, 300).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`"id":0,"content":"<pad>","single_word":false,"lstrip":false`, `"id":0,"content":"<pad>","single_word":false,"lstrip":true`},
		{`"unk_token":null`, `"unk_token":"<unk>"`}, {`"fuse_unk":false`, `"fuse_unk":true`}, {`"padding":null`, `"padding":{"pad_id":0}`},
		{`{"Sequence":{"id":"B","type_id":0}}`, `{"Sequence":{"id":"B","type_id":1}}`}, {"", ""},
	} {
		file := []byte(strings.Replace(string(own), c[0], c[1], 1))
		tok, err := Parse(file)
		if err != nil || c[1] != "" && bytes.Equal(file, own) {
			t.Fatalf("%s: %v", c[1], err)
		}
		if again, err := tok.JSON(); err != nil || !bytes.Equal(again, file) {
			t.Errorf("%s is lost: %v", c[1], err)
		}
		tok.Surround([]string{"<pad>"}, nil)
		switch again, err := tok.JSON(); {
		case c[1] != "" && err == nil:
			t.Errorf("%s is lost with Surround", c[1])
		case c[1] == "":
			back, err := Parse(again)
			if err != nil || !slices.Equal(back.Encode("a"), tok.Encode("a")) {
				t.Errorf("what Surround changed is lost: %v", err)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	good, err := trained(t, 300).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`{"version"`, `{"model":null}`, "trailing data after the document (line 1, column 15)"},
		{`"type":"BPE"`, `"type":"WordLevel"`, "only BPE"},
		{`"type":"BPE"`, `"type":"WordPiece"`, "unk_token is missing"},
		{`"type":"BPE"`, `"type":"Unigram"`, "no scores"},
		{`"type":"BPE","dropout":null,"unk_token":null`, `"type":"WordPiece","unk_token":"!"`, `ByteLevel before the model type "WordPiece": it is supported before BPE alone`},
		{`"normalizer":null`, `"normalizer":{"type":"ByteLevel"}`, `normalizer "ByteLevel"`},
		{`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[` + strings.Repeat(`{"type":"Replace","pattern":{"String":"a"},"content":"aaaa"},`, 11) +
			`{"type":"NFC"}]}`, `normalizer Sequence: it may make more than 10000 bytes of one`},
		{`"normalizer":null`, `"normalizer":{"type":"Replace","pattern":{"String":""},"content":"a"}`, `normalizer Replace: the text to look for has 0 bytes; 1 to 10000 are supported`},
		{`"dropout":null`, `"dropout":0.1`, "dropout"},
		{`"end_of_word_suffix":null`, `"end_of_word_suffix":"</w>"`, "end_of_word_suffix"},
		{`"byte_fallback":false`, `"byte_fallback":true`, "byte_fallback"},
		{`"decoder":{"type":"ByteLevel"`, `"decoder":{"type":"Metaspace"`, "decoder"},
		{`"type":"Sequence"`, `"type":"FixedLength"`, `pre_tokenizer "FixedLength"`},
		{`[\\p{L}\\p{M}]*`, `[\\p{Greek}]*`, "class \\p{Greek}"},
		{`"Isolated"`, `"Hidden"`, "Hidden"},
		{`"added_tokens":[{"id":0`, `"added_tokens":[{"id":1`, "is \"</s>\" already"},
		{`"added_tokens":[{"id":0`, `"added_tokens":[{"id":-1`, "follow the vocabulary"},
		{`"!":3,`, ``, "no token has id 3"},
		{`"!":3,`, `"!":3000000,`, "model.vocab.! has the id 3000000; ids go from"},
		{`"!":3,`, `"!":4,`, "share id"},
		{`"!":3,`, `"!!!":3,`, `no piece for byte 0x21`},
		{`"added_tokens":[`, `"added_tokens":[{"id":3,"content":"!","special":true},`, "which is no special or added token"},
		{`"!":3,`, `"!":3,"€":300,`, "alphabet"},
		{`"merges":["`, `"merges":["x","`, "two pieces"},
		{`"merges":["`, `"merges":["q q","`, "lacks"},
		{`"type":"TemplateProcessing"`, `"type":"BertProcessing"`, "token 0 is"},
		{`"ids":[1]`, `"ids":[77]`, "not a special token's"},
		{`{"Sequence":{"id":"A","type_id":0}}`, `{"Sequence":{"id":"B","type_id":0}}`, "$A"},
	} {
		bad := strings.Replace(string(good), c.old, c.new, 1)
		if bad == string(good) {
			t.Errorf("nothing replaced by %s", c.new)
		}
		if _, err := Parse([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.new, err, c.want)
		}
	}
	if _, err := Parse([]byte(`{}`)); err == nil {
		t.Error("{} has been parsed")
	}
}

func BenchmarkEncode(b *testing.B) {
	tok := read(b, "testdata/heed.json")
	for _, c := range []struct{ name, text string }{
		{"sentence", lines[0]},
		{"lines", strings.Join(slices.Collect(newGenerator(b, 3).lines(100)), "\n")},
		{"word", strings.Repeat("abcdefghij", 1000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				tok.Encode(c.text)
			}
		})
	}
}

func BenchmarkTrain(b *testing.B) {
	text := slices.Collect(newGenerator(b, 1).lines(4000))
	for b.Loop() {
		if _, err := Train(slices.Values(text), 2000, []string{"</s>"}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEncodeDropout wants the text's bytes whatever is left out, the words of Encode, no merge at all where each is
// left out, and Encode's pieces where none is.
func TestEncodeDropout(t *testing.T) {
	lines := func(yield func(string) bool) {
		for range 5 {
			if !yield("the cat sat on the mat, the other cat too") {
				return
			}
		}
	}
	k, err := Train(lines, 290, []string{End})
	if err != nil {
		t.Fatal(err)
	}
	const text = "the cats sat, été"
	whole := k.Encode(text)
	if got := k.EncodeDropout(text, func() bool { return false }); !slices.Equal(got, whole) {
		t.Errorf("nothing left out: %v, want %v", got, whole)
	}
	if got := k.EncodeDropout(text, func() bool { return true }); len(got) != len(text)+1 {
		t.Errorf("all left out: %d pieces of %d bytes", len(got), len(text))
	}
	r := rand.New(rand.NewPCG(1, 2))
	forms := map[int]bool{}
	for range 200 {
		got := k.EncodeDropout(text, func() bool { return r.Float64() < 0.3 })
		var ids []int
		for _, p := range got {
			ids = append(ids, p.ID)
		}
		if k.Decode(ids) != text || got[len(got)-2].Word != whole[len(whole)-2].Word || got[len(got)-1] != whole[len(whole)-1] {
			t.Fatalf("%v, want the bytes and the words of %v", got, whole)
		}
		forms[len(got)] = true
	}
	if len(forms) < 4 {
		t.Errorf("only %d lengths in 200 encodings", len(forms))
	}
}
