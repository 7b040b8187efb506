package token

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// alike are small tokenizers and what Hugging Face's library (tokenizers 0.20.3) makes of a text by them, ids and byte
// offsets; those of a name with READ with special tokens read.
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
	{"trim_offsets takes off what the piece's string has, none of WordPiece's", roberta(false, `{"type":"WordPiece"}`, `{"type":"BertPreTokenizer"}`,
		`{"type":"WordPiece","unk_token":"[UNK]","vocab":{"<s>":0,"</s>":1,"[UNK]":2,"the":3,"cat":4}}`), "the cat the", "3,0,3 4,4,7 3,8,11"},
	{"nor ▁", roberta(false, `{"type":"Metaspace","replacement":"▁","add_prefix_space":true}`, `{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}`,
		`{"type":"Unigram","unk_id":2,"vocab":[["<s>",0],["</s>",0],["<unk>",0],["▁cat",-1],["a",-1]]}`), "a cat", "4,0,1 3,1,5"},
	{"of two added tokens that normalise alike the special one is found, and not read", `{"normalizer":{"type":"Lowercase"},
		"added_tokens":[{"id":2,"content":"AB","normalized":true},{"id":3,"content":"Ab","normalized":true,"special":true}],
		"model":{"type":"BPE","merges":[],"vocab":{"a":0,"b":1}}}`, "ab", "0,0,1 1,1,2"},
	{"an unknown text of Unigram's is its own string", roberta(false, `{"type":"Metaspace","replacement":"▁","add_prefix_space":true}`, `{"type":"Digits","individual_digits":false}`,
		`{"type":"Unigram","unk_id":2,"vocab":[["<s>",0],["</s>",0],["<unk>",0],["▁cat",-1],["a",-1]]}`), "a\n\nb", "4,0,1 2,3,4"},
	{"READ: white space of added tokens is trimmed, special or not", `{"post_processor":{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":false},` + level(``, ``,
		`{"id":256,"content":"<m>","lstrip":true,"special":true},{"id":257,"content":"<n>","lstrip":true,"rstrip":true},{"id":258,"content":"\n"}`)[1:],
		"a  <m>b <n> c\n", "97,0,1 256,3,6 98,6,7 257,8,11 99,12,13 258,14,14"},
	{"of a sequence each processor that trims does", `{"post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":false},
		{"type":"ByteLevel","trim_offsets":false,"add_prefix_space":true}]},` + level(``, ``, ``)[1:], " a", "32,1,1 97,1,2"},
	{"twice if two do", `{"post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":false},
		{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":true}]},` + level(`"ignore_merges":true`, `"Ġcat":256`, ``)[1:], "a cat", "97,0,1 256,3,5"},
	{"a space is taken off within a text to which one is put", `{"post_processor":{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":true},` +
		level(``, ``, `{"id":256,"content":"<x>"}`)[1:], "<x> a", "256,0,3 32,4,4 97,4,5"},
	{"none off what begins at 0", `{"normalizer":{"type":"Replace","pattern":{"String":"x"},"content":"a b"},"post_processor":{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":true},` +
		level(`"ignore_merges":true`, `"Ġb":256`, ``)[1:], "x", "97,0,1 256,0,1"},
	{"nor off the first piece, wherever it begins", strings.Replace(`{"normalizer":{"type":"Strip","strip_left":true,"strip_right":true},"post_processor":{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":true},`+
		level(`"ignore_merges":true`, `"Ġx":256`, ``)[1:], `"use_regex":true,"add_prefix_space":false`, `"use_regex":true,"add_prefix_space":true`, 1), " x", "256,1,2"},
	{"two are taken off, of which one at most was put there", `{"post_processor":{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":true},` +
		level(`"ignore_merges":true`, `"ĠĠ":256`, ``)[1:], "  ", "256,2,2"},
	{"unknown bytes are one piece", lacking(level(`"unk_token":"a","fuse_unk":true`, ``, ``), 1), "b\x01\x01c\x01", "98,0,1 97,1,3 99,3,4 97,4,5"},
	{"or each one", lacking(level(`"unk_token":"a"`, ``, ``), 1), "b\x01\x01c", "98,0,1 97,1,2 97,2,3 99,3,4"},
	{"or none", lacking(level(``, ``, ``), 1), "b\x01\x01", "98,0,1"},
	{"BPE spells those characters whose bytes are pieces", `{"model":{"type":"BPE","byte_fallback":true,"unk_token":"<unk>","merges":[],
		"vocab":{"<unk>":0,"a":1,"<0xC3>":2,"<0xA9>":3}}}`, "aéaêa", "1,0,1 2,1,3 3,1,3 1,3,4 0,4,6 1,6,7"},
	{"and Unigram", `{"model":{"type":"Unigram","byte_fallback":true,"unk_id":0,"vocab":[["<unk>",0],["a",-1],["<0xC3>",-2],["<0xA9>",-3]]}}`,
		"aéaêa", "1,0,1 2,1,3 3,1,3 1,3,4 0,4,6 1,6,7"},
	{"the unknown piece's name is no bytes", `{"model":{"type":"Unigram","byte_fallback":true,"unk_id":0,
		"vocab":[["<unk>",0],["a",-1],["<0x3C>",-2],["<0x75>",-2],["<0x6E>",-2],["<0x6B>",-2],["<0x3E>",-2]]}}`, "a<unk>a<", "1,0,1 0,1,6 1,6,7 2,7,8"},
	{"the penalty of unknown characters is 10 less than the lowest score, of high ones too", `{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",20],["ab",25],["a",20]]}}`, "ab", "2,0,1 0,1,2"},
	{"and not less", `{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",-9],["ab",-16],["a",5]]}}`, "ab", "1,0,2"},
	{"a word goes on behind a digit", single, "cat1", "5,0,1 6,1,2 7,2,3 0,3,4"},
	{"and behind a tie", single, "cat‿", "5,0,1 6,1,2 7,2,3 1,3,6"},
	{"and behind a joiner", single, "cat\u200d", "5,0,1 6,1,2 7,2,3 2,3,6"},
	{"and a circled letter", single, "Ⓐcat", "3,0,3 5,3,4 6,4,5 7,5,6"},
	{"not behind a dot", single, "cat.", "8,0,3 4,3,4"},
	{"a word's most characters", `{"model":{"type":"WordPiece","unk_token":"[UNK]","max_input_chars_per_word":3,"continuing_subword_prefix":"##","vocab":{"[UNK]":0,"a":1,"##a":2}},
		"pre_tokenizer":{"type":"WhitespaceSplit"}}`, "aaa aaaa", "1,0,1 2,1,2 2,2,3 0,4,8"},
	{"white space that one added token has is not taken by the next", level(``, ``, `{"id":256,"content":"\n"},{"id":257,"content":"<m>","lstrip":true}`),
		"a\n <m>", "97,0,1 256,1,2 257,2,6"},
}

// single has the added token cat, which is one word.
const single = `{"added_tokens":[{"id":8,"content":"cat","single_word":true}],"model":{"type":"BPE","merges":[],
	"vocab":{"1":0,"‿":1,"\u200d":2,"Ⓐ":3,".":4,"c":5,"a":6,"t":7}}}`

// roberta puts <s> and </s> around a text and trims offsets.
func roberta(prefixed bool, decoder, splitter, model string) string {
	return `{"added_tokens":[{"id":0,"content":"<s>","special":true},{"id":1,"content":"</s>","special":true}],
		"post_processor":{"type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0],"trim_offsets":true,"add_prefix_space":` + strconv.FormatBool(prefixed) + `},
		"decoder":` + decoder + `,"pre_tokenizer":` + splitter + `,"model":` + model + `}`
}

// lacking has another piece in the place of a byte's.
func lacking(file string, b int) string {
	return strings.Replace(file, `"`+string(alphabet[b])+`":`+strconv.Itoa(b), `"ZZ":`+strconv.Itoa(b), 1)
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

// TestNoSpecial: byte-pair encoding gives no special token of its own vocabulary, where the library's does.
func TestNoSpecial(t *testing.T) {
	tok, err := Parse([]byte(`{"added_tokens":[{"id":1,"content":"§","special":true}],"model":{"type":"BPE","unk_token":"a","ignore_merges":true,"vocab":{"a":0,"§":1}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Encode("§"); len(got) != 1 || got[0].ID != 0 {
		t.Errorf("%+v", got)
	}
}

// TestGrowth wants each stage to say that it makes more than maxGrowth bytes of one.
func TestGrowth(t *testing.T) {
	long := strings.Repeat("a", maxGrowth+1)
	for _, n := range []normalizer{
		{Type: "Replace", Content: long}, {Type: "Prepend", Content: long}, {Type: "Precompiled", charsmap: charsmap{to: "a\x00" + long + "\x00b\x00"}},
		{Type: "Sequence", Parts: slices.Repeat([]normalizer{{Type: "NFKC"}}, 4)}, {Type: "Sequence", Parts: slices.Repeat([]normalizer{{Type: "NFD"}}, 9)},
		{Type: "Sequence", Parts: slices.Repeat([]normalizer{{Type: "Lowercase"}}, 14)},
	} {
		if got := n.growth(); got <= maxGrowth {
			t.Errorf("%s: %d", n.Type, got)
		}
	}
	if got := (&normalizer{Type: "Sequence", Parts: slices.Repeat([]normalizer{{Type: "Strip"}}, maxStages)}).growth(); got != 1 {
		t.Errorf("Strip: %d", got)
	}
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
		for i, p := range tok.encode(c.text, strings.HasPrefix(c.name, "READ"), nil) {
			got = numbers(got, i, p.ID, p.Start, p.End)
		}
		if string(got) != c.want {
			t.Errorf("%s: %q is %s, want %s", c.name, c.text, got, c.want)
		}
	}
}
