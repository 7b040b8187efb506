package token

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Piece is one token of an encoded text. Start and End are UTF-8 byte offsets into the text that was
// given to Encode, whatever a normaliser made of it; a piece that holds only some bytes of a character
// spans the whole character, so such pieces overlap. Word numbers the word that the piece belongs to,
// from 0; special tokens have Word -1. A special token that Encode adds has Start = End.
type Piece struct {
	ID, Start, End int
	Word           int
	Special        bool
}

// Encode returns the pieces of text with the special tokens around it that the model expects, such
// as a final "</s>". Special tokens written in text are ordinary text.
func (t *Tokenizer) Encode(text string) []Piece { return t.wrap(len(text), t.EncodePlain(text)) }

// EncodePlain is Encode without the special tokens around the text.
func (t *Tokenizer) EncodePlain(text string) []Piece { return t.encode(text, false, nil) }

// EncodeDropout is Encode with some merges left out, so that a word has now these pieces, now others (BPE-dropout,
// Provilkov et al. 2020, https://arxiv.org/abs/1910.13267): drop is asked each time that a merge could be made.
// Only byte-pair encoding has merges.
func (t *Tokenizer) EncodeDropout(text string, drop func() bool) []Piece {
	return t.wrap(len(text), t.encode(text, false, drop))
}

// EncodeSpecial is Encode, except that special tokens written in text are read as such, as Hugging Face's library
// does by default. They have the offsets at which they are written.
func (t *Tokenizer) EncodeSpecial(text string) []Piece {
	return t.wrap(len(text), t.encode(text, true, nil))
}

// wrap puts the special tokens before and after the pieces of a text of so many bytes.
func (t *Tokenizer) wrap(length int, pieces []Piece) []Piece {
	var out []Piece
	for _, id := range t.before {
		out = append(out, Piece{ID: id, Word: -1, Special: true})
	}
	if len(out) == 0 {
		out = pieces
	} else {
		out = append(out, pieces...)
	}
	for _, id := range t.after {
		out = append(out, Piece{ID: id, Start: length, End: length, Word: -1, Special: true})
	}
	return out
}

func (t *Tokenizer) encode(text string, special bool, drop func() bool) []Piece {
	e := &encoder{t: t, source: text, special: special, drop: drop, queue: heap[uint64]{less: func(a, b uint64) bool { return a < b }}}
	a := Aligned{Text: text}
	if t.mark != nil {
		a = t.mark(e, a)
	}
	e.sections(a, false)
	return e.out
}

// encoder collects the pieces of one text; its buffers serve one word after another.
type encoder struct {
	t       *Tokenizer
	source  string
	special bool // special tokens that are written in the text are read as such
	out     []Piece
	words   int
	parts   []Aligned
	matcher matcher
	syms    []symbol     // of bpe
	drop    func() bool  // of bpe: says whether to leave out a merge; nil for never
	queue   heap[uint64] // of bpe: rank<<32 | index into syms
	ways    []best       // of unigram
}

// add adds a piece that stands for some bytes of a word.
func (e *encoder) add(w *Aligned, id, start, end int) {
	p := Piece{ID: id, Word: e.words}
	p.Start, p.End = w.span(start, end)
	e.put(p, e.t.vocab[id])
}

// put adds a piece by its string, of which trim_offsets takes off the white space.
func (e *encoder) put(p Piece, s string) {
	e.out = append(e.out, p)
	if len(e.t.trims) > 0 {
		e.trimSpaces(len(e.out)-1, s)
	}
}

// sections adds the pieces of a text, in which added tokens may be written: first those that are
// found in the text as it is, then, in what is between, those that are found once it is normalised.
func (e *encoder) sections(a Aligned, normalized bool) {
	between := func(a Aligned) {
		switch {
		case a.Text == "":
		case normalized:
			e.text(a)
		default:
			if e.t.normalize != nil {
				e.t.normalize.normalize(&a, &e.matcher)
			}
			e.sections(a, true)
		}
	}
	done := 0
	for i := 0; i < len(a.Text); {
		k, length := e.t.addedAt(a.Text[i:], normalized)
		if k == nil {
			i++
			continue
		}
		start, end := i, i+length
		i = end
		if k.Special && !e.special || k.SingleWord && (endsInWord(a.Text[:start]) || beginsWithWord(a.Text[end:])) {
			continue
		}
		if k.LStrip {
			start = done + len(strings.TrimRightFunc(a.Text[done:start], unicode.IsSpace))
		}
		if k.RStrip {
			end = len(a.Text) - len(strings.TrimLeftFunc(a.Text[end:], unicode.IsSpace))
		}
		between(a.slice(done, start))
		p := Piece{ID: k.ID, Word: -1, Special: k.Special}
		p.Start, p.End = a.span(start, end)
		if !k.Special {
			p.Word = e.words
			e.words++
		}
		e.put(p, a.Text[start:end])
		done, i = end, max(i, end)
	}
	between(a.slice(done, len(a.Text)))
}

// text adds the pieces of a text without added tokens.
func (e *encoder) text(a Aligned) {
	e.parts = e.t.split.split(e.parts[:0], a, &e.matcher)
	for i := range e.parts {
		w, begin := &e.parts[i], len(e.out)
		e.t.algorithm.word(e, w)
		if len(e.out) > begin {
			e.number(begin)
			e.words++
		}
	}
}

// number gives the pieces of what was not cut into words the numbers of the words that they show.
func (e *encoder) number(begin int) {
	if !e.t.uncut {
		return
	}
	for i := begin; i < len(e.out); i++ {
		if i > begin && e.t.BeginsWord(e.out[i].ID) {
			e.words++
		}
		e.out[i].Word = e.words
	}
}

// word is the set of the characters of words.
var word = sync.OnceValue(func() *set {
	p, err := compile("[" + wordChars + "]")
	if err != nil {
		panic(err)
	}
	return p.prog[0].set
})

func endsInWord(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && word().has(r)
}

func beginsWithWord(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && word().has(r)
}

// trimSpaces takes the spaces with which the string of a piece begins and ends off its span, as a file may ask.
// One alone at the beginning of the text stays where the tokenizer puts one there. It is process_offsets of
// https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/pre_tokenizers/byte_level.rs.
func (e *encoder) trimSpaces(piece int, s string) {
	p := &e.out[piece]
	blank := func(r rune) bool { return r == 'Ġ' || unicode.IsSpace(r) }
	inner := strings.TrimLeftFunc(s, blank)
	for _, prefixed := range e.t.trims {
		left := utf8.RuneCountInString(s[:len(s)-len(inner)])
		right := utf8.RuneCountInString(s[len(strings.TrimRightFunc(s, blank)):])
		if left == 1 && prefixed && (piece == 0 || p.Start == 0) {
			left = 0
		}
		for ; left > 0 && p.Start < p.End; left-- {
			_, n := utf8.DecodeRuneInString(e.source[p.Start:p.End])
			p.Start += n
		}
		for ; right > 0 && p.Start < p.End; right-- {
			_, n := utf8.DecodeLastRuneInString(e.source[p.Start:p.End])
			p.End -= n
		}
	}
}
