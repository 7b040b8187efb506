package token

import (
	"errors"
	"slices"
	"strings"

	"heed/core/json"
	"heed/core/say"
)

// ParseVocab reads BERT's vocab.txt, a piece a line, as a directory without tokenizer.json has it. Texts
// are brought to lower case, and lose their accents, if lower is true.
func ParseVocab(data []byte, lower bool) (*Tokenizer, error) {
	t, err := vocabulary(data, lower)
	if err != nil {
		return nil, say.Error("token: vocab.txt: ", err)
	}
	return t, nil
}

func vocabulary(data []byte, lower bool) (*Tokenizer, error) {
	text := strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if n := strings.Count(text, "\n"); n >= maxVocab {
		return nil, say.Error("it has more than ", maxVocab, " lines")
	}
	pieces := strings.Split(text, "\n")
	f := &file{
		Normalizer:   &normalizer{Type: "BertNormalizer", CleanText: true, Chinese: true, StripAccents: lower, Lowercase: lower},
		PreTokenizer: &preTokenizer{Type: "BertPreTokenizer"},
		Decoder:      &decoder{Type: "WordPiece", Prefix: "##", Cleanup: true},
		Model:        &model{Type: "WordPiece", Unk: "[UNK]", Prefix: "##", MaxLetters: 100, Vocab: pieces},
	}
	if strings.HasPrefix(text, "\ufeff") {
		return nil, errors.New("it begins with a byte order mark, which would be part of the first piece: save it as UTF-8 without one")
	}
	known := map[string]int{}
	for id, s := range pieces {
		if s == "" {
			return nil, say.Error("line ", id+1, " is empty: each line must hold a piece")
		}
		known[s] = id
	}
	for _, name := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
		if id, ok := known[name]; ok {
			f.Added = append(f.Added, addedToken{ID: id, Content: name, Special: true})
		}
	}
	_, okUnk := known["[UNK]"]
	cls, okCLS := known["[CLS]"]
	sep, okSEP := known["[SEP]"]
	if !okUnk || !okCLS || !okSEP {
		return nil, errors.New("it lacks [UNK], [CLS] or [SEP]: is this BERT's vocabulary?")
	}
	f.PostProcessor = &postProcessor{Type: "BertProcessing", Before: tokenID{"[CLS]", cls}, After: tokenID{"[SEP]", sep}}
	return f.tokenizer()
}

// ParseMerges reads GPT-2's vocab.json and merges.txt, as a directory without tokenizer.json has them. The
// special tokens, such as "<|endoftext|>", are pieces of the vocabulary.
func ParseMerges(vocabJSON, merges []byte, special ...string) (*Tokenizer, error) {
	f, err := bytePairs(vocabJSON, merges)
	if err != nil {
		return nil, err
	}
	for _, s := range special {
		f.special(s)
	}
	return f.merged()
}

// ParseRoBERTa reads the same files of RoBERTa and BART, whose texts stand between <s> and </s>. spaced says that a
// text begins as after a space.
func ParseRoBERTa(vocabJSON, merges []byte, spaced bool) (*Tokenizer, error) {
	f, err := bytePairs(vocabJSON, merges)
	if err != nil {
		return nil, err
	}
	f.PreTokenizer.AddPrefixSpace = spaced
	f.PostProcessor = &postProcessor{Type: "RobertaProcessing", TrimOffsets: true, AddPrefixSpace: spaced}
	for _, s := range []string{"<s>", "<pad>", "</s>", "<unk>", "<mask>"} {
		if !slices.Contains(f.Model.Vocab, s) {
			if s == "<s>" || s == "</s>" {
				return nil, say.Error("token: vocab.json lacks ", s, ": is this RoBERTa's vocabulary?")
			}
			continue
		}
		at := f.special(s)
		switch s {
		case "<s>":
			f.PostProcessor.Before = tokenID{s, at.ID}
		case "</s>":
			f.PostProcessor.After = tokenID{s, at.ID}
		}
		at.LStrip = s == "<mask>"
	}
	return f.merged()
}

// bytePairs are the pieces and merges of a tokenizer of GPT-2's kind.
func bytePairs(vocabJSON, merges []byte) (*file, error) {
	f := &file{
		PreTokenizer: splitGPT2(),
		Decoder:      &decoder{Type: "ByteLevel"},
		Model:        &model{Type: "BPE"},
	}
	if err := json.Read(vocabJSON, f.Model.Vocab.Fields); err != nil {
		return nil, say.Error("token: vocab.json: ", err)
	}
	if err := f.readMerges(string(merges)); err != nil {
		return nil, say.Error("token: merges.txt: ", err)
	}
	return f, nil
}

// special has a piece be a special token.
func (f *file) special(piece string) *addedToken {
	id := slices.Index(f.Model.Vocab, piece)
	if id < 0 {
		id = len(f.Model.Vocab)
	}
	f.Added = append(f.Added, addedToken{ID: id, Content: piece, Special: true})
	return &f.Added[len(f.Added)-1]
}

func (f *file) merged() (*Tokenizer, error) {
	t, err := f.tokenizer()
	if err != nil {
		return nil, say.Error("token: vocab.json and merges.txt: ", err)
	}
	return t, nil
}

// readMerges reads a merge a line. The first line may be "#version: 0.2".
func (f *file) readMerges(text string) error {
	for i := 0; text != ""; i++ {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		line = strings.TrimSuffix(line, "\r")
		if line == "" || i == 0 && strings.HasPrefix(line, "#version") {
			continue
		}
		left, right, ok := strings.Cut(line, " ")
		switch {
		case !ok || left == "" || right == "" || strings.Contains(right, " "):
			return say.Error("line ", i+1, ", ", say.Quote(line), ", is not two pieces")
		case len(f.Model.Merges) == maxMerges:
			return say.Error("it has more than ", maxMerges, " merges")
		}
		f.Model.Merges = append(f.Model.Merges, [2]string{left, right})
	}
	return nil
}
