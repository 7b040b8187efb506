// Package token turns text into the pieces that a model reads, and back. It reads Hugging Face's
// tokenizer.json, the vocab.txt of BERT, the vocab.json and merges.txt of GPT-2, SentencePiece's models of Marian,
// T5 and Llama, and the vocabulary of a GGUF file; and it trains byte-level byte-pair encoding.
//
// A Tokenizer has four stages. The normaliser changes the text, for instance to lower case; the splitter
// cuts it into words; the algorithm cuts each word into pieces: byte-pair encoding (Sennrich et al.
// 2016, https://arxiv.org/abs/1508.07909; over bytes as in GPT-2, Radford et al. 2019, or over characters
// as in SentencePiece), WordPiece (Wu et al. 2016) or Unigram (Kudo 2018); special tokens go around
// them. The decoder gives text back. Ids and offsets are those of Hugging Face's library: testdata
// has the scripts that compare them.
//
// A special token such as "</s>" is a signal to the model, not text. Encode and EncodePlain
// therefore never read one out of the text: "</s>" typed by a user is four characters like any
// others. That is what Hugging Face's library does with encode_special_tokens set; EncodeSpecial reads
// them as it does by default. As there, WordPiece and Unigram give a special token that the model's own vocabulary has
// where its name is a piece of the text; byte-pair encoding, other than there, gives none.
//
// Where Hugging Face's library (tokenizers 0.20.3) gives something else:
//   - Its offsets are wrong behind a character that BPE without unk_token drops, or spells in bytes with a
//     continuing_subword_prefix or an end_of_word_suffix, and behind one at the beginning of a text that a Precompiled
//     normaliser removes. It finds an added token of which its normaliser leaves nothing at every place, and one that is
//     white space once more where another with rstrip took it.
//   - Where Unigram's ways to cut a word are equal but for rounding, it may take another.
//   - It has older tables of Unicode; here they are Go's and, for the normal forms, those of Unicode 17.
//   - A Precompiled normaliser takes letters and their marks together by simpler rules here than Unicode's (Standard Annex
//     #29): vowel signs that stand apart, as U+0E33, and signs before letters, as U+0600, are taken otherwise.
//   - (?i: ) does not match one character with two, as ß and ss.
//   - Truncation and padding are not done.
//
// Why no other library: github.com/sugarme/tokenizer 0.3.0 adds 1,309 kB to a brotli-compressed
// WebAssembly program, more than all of Heed, and github.com/daulet/tokenizers is C, which does not
// compile for a browser.
package token

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tokenizer is a tokenizer as a Hugging Face tokenizer.json describes it. It is not changed by use, so
// several goroutines may share one.
type Tokenizer struct {
	normalize normalizing // nil: none
	split     splitter
	algorithm algorithm
	before    []int // special tokens that Encode puts before the text
	after     []int // and after it

	vocab   []string                            // by id, as written in tokenizer.json
	bytes   [][]byte                            // by id, what the decoder makes of it; nil for special tokens
	ids     map[string]int                      // the inverse of vocab
	special []int                               // ids of the special tokens, in the order of the file
	added   *addedTokens                        // those that are looked for in a text; nil: none
	beside  map[int]bool                        // by the ids of the added tokens, whether the model's own vocabulary lacks it
	lead    int                                 // spaces that the decoder takes off the beginning of a text
	target  *Tokenizer                          // of the texts that the model writes; nil: this one
	mark    func(e *encoder, a Aligned) Aligned // reads what stands before a text, and takes it off; nil: nothing does

	asWritten bool // Text shows pieces as tokenizer.json has them: WordPiece's, and those that a space parts
	uncut     bool // the algorithm gets whole sections: where words begin shows in the pieces alone

	trims []bool // spans do not include spaces: one for each time that they are trimmed, whether the splitter puts one before the text

	stages *preTokenizer // what split was made of
	source []byte        // the tokenizer.json that the tokenizer was read from, while it is the same
}

// normalizing changes a text before it is cut into words.
type normalizing interface {
	prepare() error // checks that it is one that normalize knows
	normalize(a *Aligned, m *matcher)
}

// algorithm cuts words into pieces.
type algorithm interface {
	word(e *encoder, w *Aligned)
}

// Decode returns the text of ids. Special tokens, and ids that the vocabulary lacks, are dropped.
// Of byte-level tokenizers the result is the exact bytes, so it may end within a character, or not be
// UTF-8 at all.
func (t *Tokenizer) Decode(ids []int) string {
	var b []byte
	for _, id := range ids {
		b = append(b, t.Bytes(id)...)
	}
	for i := 0; i < t.lead && len(b) > 0 && b[0] == ' '; i++ {
		b = b[1:]
	}
	return string(b)
}

// Bytes returns what one token adds to a text, which the caller must not change: nil for special
// tokens and for ids that the vocabulary lacks. The token of a word that begins after a space has that
// space, which Decode drops from the beginning of a text if the tokenizer put it there.
func (t *Tokenizer) Bytes(id int) []byte {
	if id < 0 || id >= len(t.bytes) {
		return nil
	}
	return t.bytes[id]
}

// IsSpecial reports whether id is a special token's: a signal to the model, not text.
func (t *Tokenizer) IsSpecial(id int) bool { return id >= 0 && id < len(t.bytes) && t.bytes[id] == nil }

// BeginsWord reports whether the token begins a word after a space.
func (t *Tokenizer) BeginsWord(id int) bool {
	b := t.Bytes(id)
	return len(b) > 0 && b[0] == ' '
}

// Text returns one token for showing, always valid UTF-8: special tokens and WordPiece's pieces as
// written, e.g. "</s>" and "##ing", bytes that are only part of a character as \xe2, and "" for ids
// that the vocabulary lacks.
func (t *Tokenizer) Text(id int) string {
	if id < 0 || id >= len(t.vocab) {
		return ""
	}
	if t.asWritten || t.bytes[id] == nil {
		return strings.ToValidUTF8(t.vocab[id], "\ufffd")
	}
	s := string(t.bytes[id])
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0]), 16))
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// ID returns the id of a special token or of a piece by its string in tokenizer.json, where for
// instance " the" is written "Ġthe".
func (t *Tokenizer) ID(token string) (int, bool) {
	id, ok := t.ids[token]
	return id, ok
}

// Target returns the tokenizer of the texts that a model writes: with the same vocabulary it may cut them otherwise
// than those that the model reads.
func (t *Tokenizer) Target() *Tokenizer {
	if t.target != nil {
		return t.target
	}
	return t
}

// Len returns the size of the vocabulary, special tokens included.
func (t *Tokenizer) Len() int { return len(t.vocab) }
