// Package token turns text into the pieces that a model reads, and back: byte-level byte-pair
// encoding (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; over bytes as in GPT-2,
// Radford et al. 2019), trained here or read from a Hugging Face tokenizer.json.
//
// A text is first split into words (pre-tokens), then each word's bytes are joined pair by pair,
// the pair learned first first. Every byte is a piece, so any text can be encoded, invalid UTF-8
// too, and decodes to the same bytes.
//
// A special token such as "</s>" is a signal to the model, not text. Encode and EncodePlain
// therefore never read one out of the text: "</s>" typed by a user is four characters like any
// others. That is what Hugging Face's library does with encode_special_tokens set. EncodeSpecial is
// for text that the program wrote itself, and reads special tokens as that library does by default.
package token

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tokenizer is a byte-level BPE tokenizer as stored in a Hugging Face tokenizer.json. It is not
// changed by use, so several goroutines may share one.
type Tokenizer struct {
	split   splitter
	vocab   []string       // by id, as written in tokenizer.json (see alphabet)
	bytes   [][]byte       // by id; nil for special tokens
	ids     map[string]int // the inverse of vocab
	special []int          // ids of the special tokens, in the order of the file
	merges  []pair         // by rank
	joins   map[pair]join
	symbols [256]int32 // the id of each byte
	before  []int      // special tokens that Encode puts before the text
	after   []int      // and after it
}

// Piece is one token of an encoded text. Start and End are UTF-8 byte offsets into that text; a
// piece that holds only some bytes of a character spans the whole character, so such pieces
// overlap. Word numbers the word (pre-token) that the piece belongs to, from 0; special tokens have
// Word -1. A special token that Encode adds has Start = End.
type Piece struct {
	ID, Start, End int
	Word           int
	Special        bool
}

// Encode returns the pieces of text with the special tokens around it that the model expects, such
// as a final "</s>". Special tokens written in text are ordinary text.
func (t *Tokenizer) Encode(text string) []Piece {
	return t.wrap(text, t.EncodePlain)
}

// EncodeDropout is Encode with some merges left out, so that a word has now these pieces, now others (BPE-dropout,
// Provilkov et al. 2020, https://arxiv.org/abs/1910.13267): drop is asked each time that a merge could be made.
func (t *Tokenizer) EncodeDropout(text string, drop func() bool) []Piece {
	return t.wrap(text, func(text string) []Piece {
		e := newEncoder(t)
		e.drop = drop
		e.add(text, 0)
		return e.out
	})
}

// EncodePlain is Encode without the special tokens around the text.
func (t *Tokenizer) EncodePlain(text string) []Piece {
	e := newEncoder(t)
	e.add(text, 0)
	return e.out
}

// EncodeSpecial is Encode, except that special tokens written in text are read as such. They have
// the offsets at which they are written. Do not give it text that a user typed.
func (t *Tokenizer) EncodeSpecial(text string) []Piece {
	return t.wrap(text, func(text string) []Piece {
		e := newEncoder(t)
		begin := 0
		for i := 0; i < len(text); {
			id := t.specialAt(text[i:])
			if id < 0 {
				i++
				continue
			}
			e.add(text[begin:i], begin)
			begin = i + len(t.vocab[id])
			e.out = append(e.out, Piece{ID: id, Start: i, End: begin, Word: -1, Special: true})
			i = begin
		}
		e.add(text[begin:], begin)
		return e.out
	})
}

// wrap puts the special tokens before and after what encode makes of text.
func (t *Tokenizer) wrap(text string, encode func(string) []Piece) []Piece {
	var out []Piece
	for _, id := range t.before {
		out = append(out, Piece{ID: id, Word: -1, Special: true})
	}
	if len(out) == 0 {
		out = encode(text)
	} else {
		out = append(out, encode(text)...)
	}
	for _, id := range t.after {
		out = append(out, Piece{ID: id, Start: len(text), End: len(text), Word: -1, Special: true})
	}
	return out
}

// specialAt returns the longest special token with which s begins, or -1.
func (t *Tokenizer) specialAt(s string) int {
	best, n := -1, 0
	for _, id := range t.special {
		if w := t.vocab[id]; len(w) > n && strings.HasPrefix(s, w) {
			best, n = id, len(w)
		}
	}
	return best
}

// Decode returns the text of ids. Special tokens, and ids that the vocabulary lacks, are dropped.
// The result is the exact bytes, so it may end within a character, or not be UTF-8 at all.
func (t *Tokenizer) Decode(ids []int) string {
	var b []byte
	for _, id := range ids {
		b = append(b, t.Bytes(id)...)
	}
	return string(b)
}

// Bytes returns the raw bytes of one token, which the caller must not change: nil for special
// tokens and for ids that the vocabulary lacks.
func (t *Tokenizer) Bytes(id int) []byte {
	if id < 0 || id >= len(t.bytes) {
		return nil
	}
	return t.bytes[id]
}

// Text returns one token for showing, always valid UTF-8: special tokens as written, e.g. "</s>",
// bytes that are only part of a character as \xe2, and "" for ids that the vocabulary lacks.
func (t *Tokenizer) Text(id int) string {
	if id < 0 || id >= len(t.vocab) {
		return ""
	}
	if t.bytes[id] == nil {
		return t.vocab[id]
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

// Len returns the size of the vocabulary, special tokens included.
func (t *Tokenizer) Len() int { return len(t.vocab) }
