package token

import (
	"errors"
	"strings"

	"heed/core/say"
	"heed/core/stable"
)

// vocabularyGGUF is the tokenizer of a GGUF file, by the keys of its metadata that begin with tokenizer.ggml.
type vocabularyGGUF struct {
	Model  string // model: gpt2 or llama
	Pre    string // pre: which expression cuts words, of gpt2
	Tokens []string
	Types  []int64   // token_type; nil: all are normal
	Scores []float32 // of llama
	Merges []string  // of gpt2

	Begin, End, Unknown int  // bos_token_id, eos_token_id, unknown_token_id; negative: none
	AddBegin, AddEnd    bool // add_bos_token, add_eos_token
	AddSpace            bool // add_space_prefix, true where the file does not say
}

// The types of tokens.
const (
	ggufUnknown = 2
	ggufControl = 3
	ggufUser    = 4
)

// maxPiece is the most bytes that a piece of llama's may have: it is cut at each.
const maxPiece = 128

// patterns of GGUF's tokenizer.ggml.pre: what stands before ByteLevel.
const (
	patternLlama3 = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	patternQwen2  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

// Metadata is the metadata of a GGUF file, as weights.GGUF has it.
type Metadata interface {
	String(key string) string
	Int(key string) (int, bool)
	Bool(key string) (value, ok bool)
	Strings(key string) []string
	Ints(key string) []int64
	Floats(key string) []float32
}

// FromGGUF makes the tokenizer of a GGUF file: byte-level BPE (gpt2) or SentencePiece's BPE (llama).
// JSON cannot write it.
func FromGGUF(m Metadata) (*Tokenizer, error) {
	const prefix = "tokenizer.ggml."
	v := &vocabularyGGUF{
		Model: m.String(prefix + "model"), Pre: m.String(prefix + "pre"), Tokens: m.Strings(prefix + "tokens"),
		Types: m.Ints(prefix + "token_type"), Scores: m.Floats(prefix + "scores"), Merges: m.Strings(prefix + "merges"),
	}
	id := func(key string) int {
		if n, ok := m.Int(prefix + key); ok {
			return n
		}
		return -1
	}
	v.Begin, v.End, v.Unknown = id("bos_token_id"), id("eos_token_id"), id("unknown_token_id")
	flag := func(key string, absent bool) bool {
		if value, ok := m.Bool(prefix + key); ok {
			return value
		}
		return absent
	}
	llama := v.Model == "llama"
	v.AddBegin, v.AddEnd, v.AddSpace = flag("add_bos_token", llama), flag("add_eos_token", false), flag("add_space_prefix", llama)
	return v.make()
}

func (v *vocabularyGGUF) make() (*Tokenizer, error) {
	t, err := v.tokenizer()
	if err != nil {
		return nil, say.Error("token: the tokenizer of the GGUF file: ", err)
	}
	t.stages = nil
	return t, nil
}

func (v *vocabularyGGUF) tokenizer() (*Tokenizer, error) {
	switch n := len(v.Tokens); {
	case n == 0:
		return nil, errors.New("tokens is missing or empty")
	case n > maxVocab:
		return nil, say.Error("tokens has ", n, " pieces; at most ", maxVocab, " are read")
	case v.Types != nil && len(v.Types) != n:
		return nil, say.Error("token_type has ", len(v.Types), " elements, tokens ", n)
	case len(v.Merges) > maxMerges:
		return nil, say.Error("merges has ", len(v.Merges), " elements; at most ", maxMerges, " are read")
	}
	var f *file
	var err error
	switch v.Model {
	case "gpt2":
		f, err = v.gpt2()
	case "llama":
		f, err = v.llama()
	default:
		err = say.Error("the model is ", say.Quote(v.Model), "; gpt2 and llama are supported")
	}
	if err != nil {
		return nil, err
	}
	for id := range v.Tokens {
		switch v.kind(id) {
		case ggufControl, ggufUnknown:
			f.Added = append(f.Added, addedToken{ID: id, Content: v.Tokens[id], Special: true})
		case ggufUser:
			f.Added = append(f.Added, addedToken{ID: id, Content: v.Tokens[id]})
		}
		if len(f.Added) > maxAdded {
			return nil, say.Error("more than ", maxAdded, " tokens are not normal ones")
		}
	}
	f.Model.Vocab = v.Tokens
	t, err := f.tokenizer()
	if err != nil {
		return nil, err
	}
	around := func(add bool, id int) ([]int, error) {
		switch {
		case !add:
			return nil, nil
		case !t.IsSpecial(id):
			return nil, say.Error("token ", id, " goes around texts and is not a special one")
		}
		return []int{id}, nil
	}
	if t.before, err = around(v.AddBegin, v.Begin); err != nil {
		return nil, err
	}
	t.after, err = around(v.AddEnd, v.End)
	return t, err
}

func (v *vocabularyGGUF) kind(id int) int64 {
	if v.Types == nil {
		return 1
	}
	return v.Types[id]
}

// text reports whether a token is one of text: a normal one, or one that was added by a user.
func (v *vocabularyGGUF) text(id int) bool { return v.kind(id) == 1 || v.kind(id) == ggufUser }

// gpt2 is byte-level BPE.
func (v *vocabularyGGUF) gpt2() (*file, error) {
	split := func(regex string) *preTokenizer {
		return &preTokenizer{Type: "Sequence", Parts: []preTokenizer{
			{Type: "Split", Pattern: textPattern{Regex: regex}, Behavior: string(isolated)}, byteLevel(false)}}
	}
	f := &file{Decoder: &decoder{Type: "ByteLevel"}, Model: &model{Type: "BPE"}}
	switch v.Pre {
	case "", "default", "gpt-2", "gpt2":
		f.PreTokenizer = splitGPT2()
	case "smollm", "starcoder", "refact", "command-r":
		f.PreTokenizer = &preTokenizer{Type: "Sequence", Parts: []preTokenizer{{Type: "Digits", Individual: true}, byteLevel(true)}}
	case "llama-bpe", "llama3", "llama-v3":
		f.PreTokenizer = split(patternLlama3)
		f.Model.IgnoreMerges = true
	case "qwen2", "deepseek-r1-qwen":
		f.PreTokenizer = split(patternQwen2)
		f.Normalizer = &normalizer{Type: "NFC"}
	default:
		return nil, say.Error("pre is ", say.Quote(v.Pre), "; gpt-2, smollm, llama-bpe and qwen2 are supported")
	}
	for i, merge := range v.Merges {
		left, right, ok := strings.Cut(merge, " ")
		if !ok {
			return nil, say.Error("merge ", i, ", ", say.Quote(merge), ", is not two pieces")
		}
		f.Model.Merges = append(f.Model.Merges, [2]string{left, right})
	}
	return f, nil
}

// llama is SentencePiece's BPE, which joins the two pieces whose sum has the highest score.
func (v *vocabularyGGUF) llama() (*file, error) {
	if len(v.Scores) != len(v.Tokens) {
		return nil, say.Error("scores has ", len(v.Scores), " elements, tokens ", len(v.Tokens))
	}
	spaces := normalizer{Type: "Replace", Pattern: textPattern{Literal: " "}, Content: "▁"}
	f := &file{
		Normalizer: &spaces,
		Decoder: &decoder{Type: "Sequence", Parts: []decoder{
			{Type: "Replace", Pattern: textPattern{Literal: "▁"}, Content: " "}, {Type: "ByteFallback"}, {Type: "Fuse"},
		}},
		Model: &model{Type: "BPE", FuseUnk: true, ByteFallback: true},
	}
	if v.AddSpace {
		f.Normalizer = &normalizer{Type: "Sequence", Parts: []normalizer{{Type: "Prepend", Content: "▁"}, spaces}}
		f.Decoder.Parts = append(f.Decoder.Parts, decoder{Type: "Strip", Content: " ", Start: 1})
	}
	if v.Unknown >= 0 && v.Unknown < len(v.Tokens) {
		f.Model.Unk = v.Tokens[v.Unknown]
	}
	var err error
	f.Model.Ranks, err = v.ranks(f)
	return f, err
}

// ranks finds the merges: every way to cut a piece in two pieces, those of the piece with the highest
// score first. Merges of one piece have one rank.
func (v *vocabularyGGUF) ranks(f *file) ([]int32, error) {
	ids := make(map[string]int, len(v.Tokens))
	var order []int
	for id, s := range v.Tokens {
		if v.text(id) {
			ids[s] = id
			order = append(order, id)
		}
	}
	stable.Sort(order, func(a, b int) int {
		switch {
		case v.Scores[a] > v.Scores[b]:
			return -1
		case v.Scores[a] < v.Scores[b]:
			return 1
		}
		return 0
	})
	var ranks []int32
	rank := int32(-1)
	for i, id := range order {
		s := v.Tokens[id]
		if i == 0 || v.Scores[id] != v.Scores[order[i-1]] {
			rank++
		}
		if len(s) > maxPiece {
			return nil, say.Error("the piece ", say.Quote(s), " has more than ", maxPiece, " bytes")
		}
		for cut := range s {
			_, left := ids[s[:cut]]
			_, right := ids[s[cut:]]
			if !left || !right {
				continue
			}
			if len(ranks) == maxMerges {
				return nil, say.Error("more than ", maxMerges, " merges")
			}
			f.Model.Merges = append(f.Model.Merges, [2]string{s[:cut], s[cut:]})
			ranks = append(ranks, rank)
		}
	}
	return ranks, nil
}
