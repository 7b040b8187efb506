package token

import (
	"encoding/json"
	"strings"
	"testing"
)

// alike are small tokenizers and what Hugging Face's library (tokenizers 0.20.3) makes of a text by them, of what a
// user typed: ids and byte offsets.
var alike = []struct{ name, file, text, want string }{
	{"an added token is no piece of WordPiece's", `{"added_tokens":[{"id":3,"content":"[X]","special":true}],"pre_tokenizer":{"type":"WhitespaceSplit"},
		"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[UNK]":0,"a":1,"b":2}}}`, "a [X] b", "1,0,1 0,2,5 2,6,7"},
	{"nor is it a whole word of BPE's", `{"added_tokens":[{"id":4,"content":"<s>","special":true}],
		"model":{"type":"BPE","ignore_merges":true,"unk_token":"a","merges":[],"vocab":{"a":0,"<":1,">":2,"s":3}}}`, "<s>", "1,0,1 3,1,2 2,2,3"},
	{"or a character", `{"added_tokens":[{"id":2,"content":"§","special":true}],
		"model":{"type":"BPE","unk_token":"a","merges":[],"vocab":{"a":0,"b":1}}}`, "b§", "1,0,1 0,1,3"},
	{"or a piece of Unigram's bytes", `{"added_tokens":[{"id":2,"content":"<0x62>","normalized":true}],
		"model":{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",-1]]}}`, "ab", "1,0,1 0,1,2"},
	{"a special token of WordPiece's own vocabulary is a piece", `{"added_tokens":[{"id":3,"content":"[X]","special":true}],"pre_tokenizer":{"type":"WhitespaceSplit"},
		"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[UNK]":0,"a":1,"b":2,"[X]":3}}}`, "a [X] b", "1,0,1 3,2,5 2,6,7"},
	{"a byte-level word that is a piece", level(`"ignore_merges":true`, `"Ġcat":256`, ``), "a cat", "97,0,1 256,1,5"},
	{"an added token in the alphabet once it is normalised", `{"normalizer":{"type":"Lowercase"},` +
		level(``, ``, `{"id":256,"content":"New York","normalized":true}`)[1:], "a new york", "97,0,1 32,1,2 256,2,10"},
}

// level is a byte-level tokenizer.json with these members of the model, more pieces and added tokens. The bytes are
// their pieces' ids.
func level(model, pieces, added string) string {
	vocab := map[string]int{}
	for b, r := range alphabet {
		vocab[string(r)] = b
	}
	text, _ := json.Marshal(vocab)
	s := strings.TrimSuffix(string(text), "}")
	if pieces != "" {
		s += "," + pieces
	}
	if model != "" {
		model += ","
	}
	return `{"added_tokens":[` + added + `],"pre_tokenizer":{"type":"ByteLevel","use_regex":true,"add_prefix_space":false},"decoder":{"type":"ByteLevel"},
		"model":{"type":"BPE",` + model + `"merges":[],"vocab":` + s + `}}}`
}

// TestAlike holds them against what the library gives.
func TestAlike(t *testing.T) {
	for _, c := range alike {
		tok, err := Parse([]byte(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []byte
		for i, p := range tok.Encode(c.text) {
			got = numbers(got, i, p.ID, p.Start, p.End)
		}
		if string(got) != c.want {
			t.Errorf("%s: %q is %s, want %s", c.name, c.text, got, c.want)
		}
	}
}
