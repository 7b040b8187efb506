package token

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// parts reads a committed tokenizer.json as a tree.
func parts(t *testing.T, path string) (vocab map[string]int, merges []any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Model struct {
			Vocab  map[string]int
			Merges []any
		}
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f.Model.Vocab, f.Model.Merges
}

func byID(vocab map[string]int) []string {
	list := make([]string, len(vocab))
	for s, id := range vocab {
		list[id] = s
	}
	return list
}

func sameOn(t *testing.T, a, b *Tokenizer) {
	t.Helper()
	for i, s := range slices.Collect(newGenerator(t, 7).lines(300)) {
		if x, y := a.Encode(s), b.Encode(s); !slices.Equal(x, y) {
			t.Fatalf("line %d, %+q: %+v, want %+v", i, s, x, y)
		}
	}
}

// A vocab.txt is read as the tokenizer.json that has the same pieces.
func TestParseVocab(t *testing.T) {
	for _, c := range []struct {
		name  string
		lower bool
	}{{"bert", true}, {"bert-cased", false}} {
		path := "testdata/kinds/" + c.name + ".json"
		vocab, _ := parts(t, path)
		lines := strings.Join(byID(vocab), "\n") + "\n"
		tok, err := ParseVocab([]byte(lines), c.lower)
		if err != nil {
			t.Fatal(err)
		}
		sameOn(t, tok, read(t, path))
		if _, err := ParseVocab([]byte(strings.ReplaceAll(lines, "\n", "\r\n")), c.lower); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct{ data, want string }{
		{"", "line 1 is empty"}, {"a\nb", "lacks [UNK], [CLS]"}, {"[CLS]\n[SEP]", "lacks [UNK]"}, {"[CLS]\n[SEP]\n[UNK]\n\na", "line 4 is empty"},
		{"[CLS]\n[SEP]\n[UNK]\n\n", "line 4 is empty"}, {"\ufeff[CLS]\n[SEP]\n[UNK]", "byte order mark"},
		{"[CLS]\n[SEP]\n[UNK]\na\na", `"a" has ids 3 and 4`}, {strings.Repeat("\n", maxVocab+1), "more than"},
	} {
		if _, err := ParseVocab([]byte(c.data), true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: error %v, want one with %q", c.data, err, c.want)
		}
	}
}

// vocab.json and merges.txt are read as the tokenizer.json that has the same pieces and merges.
func TestParseMerges(t *testing.T) {
	vocab, list := parts(t, "testdata/gpt2.json")
	vocabJSON, err := json.Marshal(vocab)
	if err != nil {
		t.Fatal(err)
	}
	merges := "#version: 0.2\n"
	for _, m := range list {
		merges += m.(string) + "\n"
	}
	tok, err := ParseMerges(vocabJSON, []byte(merges), "<|end", "<|endoftext|>")
	if err != nil {
		t.Fatal(err)
	}
	sameOn(t, tok, read(t, "testdata/gpt2.json"))
	for _, c := range []struct{ vocab, merges, special, want string }{
		{"[]", merges, "<|end", "vocab.json"}, {string(vocabJSON), "a", "<|end", "line 1"}, {string(vocabJSON), "a b c", "<|end", "line 1"},
		{string(vocabJSON), "q q q", "<|end", "two pieces"}, {string(vocabJSON), "€ €", "<|end", "lacks"}, {string(vocabJSON), strings.Repeat("a b\n", maxMerges+1), "<|end", "more than"},
	} {
		if _, err := ParseMerges([]byte(c.vocab), []byte(c.merges), c.special); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: error %v, want one with %q", c.merges, err, c.want)
		}
	}
}

// The vocabulary of a GGUF file of gpt2's kind is that of a tokenizer.json.
func TestFromGGUF(t *testing.T) {
	for name, pre := range map[string]string{"smollm": "smollm", "llama3": "llama-bpe", "qwen2": "qwen2"} {
		path := "testdata/kinds/" + name + ".json"
		vocab, list := parts(t, path)
		v := &vocabularyGGUF{Model: "gpt2", Pre: pre, Tokens: byID(vocab), Begin: 0, End: -1, Unknown: -1, AddBegin: name == "llama3"}
		for _, m := range list {
			pair := m.([]any)
			v.Merges = append(v.Merges, pair[0].(string)+" "+pair[1].(string))
		}
		for _, s := range v.Tokens {
			v.Types = append(v.Types, 1)
			if strings.HasPrefix(s, "<|") {
				v.Types[len(v.Types)-1] = ggufControl
			}
		}
		tok, err := v.make()
		if err != nil {
			t.Fatal(err)
		}
		sameOn(t, tok, read(t, path))
		if _, err := tok.JSON(); err == nil {
			t.Error("it is written as a tokenizer.json")
		}
	}
}

// SentencePiece's BPE joins the two pieces whose sum has the highest score, the leftmost of equals.
func TestFromGGUFScores(t *testing.T) {
	v := &vocabularyGGUF{Model: "llama", AddSpace: true, AddBegin: true, Begin: 1, Unknown: 0,
		Tokens: []string{"<unk>", "<s>"}, Types: []int64{ggufUnknown, ggufControl}, Scores: []float32{0, 0}}
	add := func(s string, kind int64, score float32) {
		v.Tokens, v.Types, v.Scores = append(v.Tokens, s), append(v.Types, kind), append(v.Scores, score)
	}
	for b := range 256 {
		add("<0x"+strings.ToUpper(string("0123456789abcdef"[b>>4])+string("0123456789abcdef"[b&15]))+">", 6, 0)
	}
	for i, s := range []string{"▁", "a", "b", "c"} {
		add(s, 1, -float32(100+i))
	}
	add("ab", 1, -2)
	add("bc", 1, -1)
	add("abc", 1, -3)
	add("▁a", 1, -4)
	add("▁abc", 1, -2)
	tok, err := v.make()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"a": "<s>|▁a", "ab": "<s>|▁|ab", "abc": "<s>|▁abc", "abcb": "<s>|▁abc|b", "a abab": "<s>|▁a|▁|ab|ab", "é": "<s>|▁|<0xC3>|<0xA9>", "": "<s>",
	} {
		var got []string
		var ids []int
		for _, p := range tok.Encode(text) {
			got = append(got, tok.vocab[p.ID])
			ids = append(ids, p.ID)
			if p.Start < 0 || p.End > len(text) || p.Start > p.End {
				t.Errorf("%q: %+v", text, p)
			}
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
		if back := tok.Decode(ids); back != text {
			t.Errorf("%q decodes to %q", text, back)
		}
	}
	words := []int{}
	for _, p := range tok.EncodePlain("a abab c") {
		words = append(words, p.Word)
	}
	if want := []int{0, 1, 1, 1, 2, 2}; !slices.Equal(words, want) {
		t.Errorf("words %v, want %v", words, want)
	}
	for _, c := range []struct {
		change func(v *vocabularyGGUF)
		want   string
	}{
		{func(v *vocabularyGGUF) { v.Tokens = nil }, "tokens is missing"},
		{func(v *vocabularyGGUF) { v.Types = v.Types[1:] }, "token_type has"},
		{func(v *vocabularyGGUF) { v.Scores = nil }, "scores has 0"},
		{func(v *vocabularyGGUF) { v.Model = "rwkv" }, `"rwkv"`},
		{func(v *vocabularyGGUF) { v.Model, v.Pre = "gpt2", "tekken" }, `pre is "tekken"`},
		{func(v *vocabularyGGUF) { v.Model, v.Merges = "gpt2", []string{"ab"} }, "merge 0"},
		{func(v *vocabularyGGUF) { v.Begin = 300 }, "not a special one"},
		{func(v *vocabularyGGUF) { v.Begin = -1 }, "not a special one"},
		{func(v *vocabularyGGUF) { v.Tokens[260] = strings.Repeat("a", maxPiece+1) }, "more than 128 bytes"},
	} {
		bad := *v
		bad.Tokens = slices.Clone(v.Tokens)
		c.change(&bad)
		if _, err := bad.make(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// metadata is that of a GGUF file.
type metadata map[string]any

func (m metadata) String(key string) string         { s, _ := m[key].(string); return s }
func (m metadata) Int(key string) (int, bool)       { n, ok := m[key].(int); return n, ok }
func (m metadata) Bool(key string) (value, ok bool) { value, ok = m[key].(bool); return value, ok }
func (m metadata) Strings(key string) []string      { s, _ := m[key].([]string); return s }
func (m metadata) Ints(key string) []int64          { s, _ := m[key].([]int64); return s }
func (m metadata) Floats(key string) []float32      { s, _ := m[key].([]float32); return s }

// The keys of the metadata, and what holds where they are missing.
func TestMetadata(t *testing.T) {
	const p = "tokenizer.ggml."
	tokens := []string{"<unk>", "<s>", "▁a", "▁", "a"}
	m := metadata{p + "model": "llama", p + "tokens": tokens, p + "token_type": []int64{2, 3, 1, 1, 1}, p + "scores": []float32{0, 0, -1, -2, -3},
		p + "bos_token_id": 1, p + "unknown_token_id": 0}
	encoded := func() string {
		t.Helper()
		tok, err := FromGGUF(m)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, piece := range tok.Encode("a") {
			got = append(got, tokens[piece.ID])
		}
		return strings.Join(got, "|")
	}
	if got := encoded(); got != "<s>|▁a" {
		t.Error(got)
	}
	m[p+"add_bos_token"], m[p+"add_space_prefix"] = false, false
	if got := encoded(); got != "a" {
		t.Error(got)
	}
	if _, err := FromGGUF(metadata{}); err == nil || !strings.Contains(err.Error(), "tokens is missing") {
		t.Error(err)
	}
}

// RoBERTa's are read as its tokenizer.json, <mask> and what stands around a text included.
func TestParseRoBERTa(t *testing.T) {
	const path = "testdata/kinds/roberta.json"
	vocab, list := parts(t, path)
	vocab["<mask>"] = len(vocab)
	vocabJSON, err := json.Marshal(vocab)
	if err != nil {
		t.Fatal(err)
	}
	merges := ""
	for _, m := range list {
		if pair, ok := m.([]any); ok {
			m = pair[0].(string) + " " + pair[1].(string)
		}
		merges += m.(string) + "\n"
	}
	tok, err := ParseRoBERTa(vocabJSON, []byte(merges), true)
	if err != nil {
		t.Fatal(err)
	}
	want := read(t, path)
	sameOn(t, tok, want)
	for _, s := range []string{"", "A <mask> sat.", " <mask>", "x</s>y"} {
		if x, y := tok.Encode(s), want.Encode(s); !slices.Equal(x, y) {
			t.Errorf("%q: %+v, want %+v", s, x, y)
		}
	}
	if _, err := ParseRoBERTa([]byte(`{"a": 0}`), nil, true); err == nil || !strings.Contains(err.Error(), "lacks <s>") {
		t.Errorf("another vocabulary: %v", err)
	}
}
