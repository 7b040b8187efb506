package run

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/token"
)

// side tells the text that a model reads from the text that it writes.
type side string

const (
	sourceSide side = "text"
	targetSide side = "output"
)

// Encode returns the token ids of a text that the model reads, as Run reads it: signs of word processors
// replaced, special tokens around it, cut to what the model has positions for.
func Encode(m *model.Model, text string) []int {
	pieces, _, _ := readText(m, text, sourceSide)
	return tokenIDs(pieces)
}

// EncodeTarget is Encode of a text that the model writes, as Run reads Options.Target. It ends with the end
// token.
func EncodeTarget(m *model.Model, text string) []int {
	pieces, _, _ := readText(m, text, targetSide)
	return tokenIDs(pieces)
}

// readText encodes a text and cuts it to what the model has positions for; notices say what was cut. The words are
// those that a compression model reads.
func readText(m *model.Model, text string, of side) (pieces []token.Piece, words []word, notices []string) {
	language := m.About.Source
	if of == targetSide {
		language = cmp.Or(m.About.Target, language)
	}
	switch {
	case m.About.Task == model.Compression:
		words = simplify(text)
		pieces = place(m.Tokenizer.Encode(simple(words)), words, len(text))
	case m.About.Task == model.Fill:
		pieces = masked(m, text, language)
	default:
		t := m.Tokenizer
		if of == targetSide {
			t = t.Target()
		}
		pieces = encodeClean(m, text, language, encoder(m, t))
	}
	if len(pieces) == 0 { // no text, and nothing that goes around one
		_, _, start := m.Net.Special()
		pieces = []token.Piece{{ID: start, Word: -1, Special: true}}
	}
	pieces, notices = cut(m, pieces, of)
	return pieces, words, notices
}

// encoder is how a model reads a text: a special token that is written in it is text for Heed's own models, which
// learned it so, and itself for others, as for the library that they come from.
func encoder(m *model.Model, t *token.Tokenizer) func(string) []token.Piece {
	if m.About.Source == "" {
		return t.EncodeSpecial
	}
	return t.Encode
}

// cut keeps as many pieces as the model has positions for: of a text that a decoder alone continues the last,
// behind the special token that begins it; of others the first, and the special token that ends them.
func cut(m *model.Model, pieces []token.Piece, of side) (kept []token.Piece, notices []string) {
	_, most := m.Net.Limits()
	n, all := len(pieces), ofText(pieces)
	if encoder, _ := m.Net.Parts(); !encoder {
		first := 0
		if pieces[0].Special {
			first = 1
		}
		if n > most {
			pieces = append(pieces[:first:first], pieces[n-most+first:]...)
			notices = append(notices, say.Text("The ", string(of), " has ", say.Count(all, "token"), "; the model reads the last ", ofText(pieces), "."))
		}
		return pieces, notices
	}
	if n > most {
		end, at := pieces[n-1], 0
		pieces = pieces[:most-1]
		if most > 1 {
			at = pieces[most-2].End
		}
		end.Start, end.End = at, at
		pieces = append(pieces, end)
		notices = append(notices, say.Text("The ", string(of), " has ", say.Count(all, "token"), "; the model reads the first ", ofText(pieces), "."))
	}
	if longest := m.About.Longest; longest > 0 && len(pieces) > longest {
		notices = append(notices, say.Text("The ", string(of), " is longer than the texts that the model learned from (", longest, " tokens); expect mistakes."))
	}
	return pieces, notices
}

// ofText counts the pieces that are of the text: those that are not special.
func ofText(pieces []token.Piece) (n int) {
	for i := range pieces {
		if !pieces[i].Special {
			n++
		}
	}
	return n
}

func tokenIDs(pieces []token.Piece) []int {
	out := make([]int, len(pieces))
	for i, p := range pieces {
		out[i] = p.ID
	}
	return out
}

func tokens(t *token.Tokenizer, pieces []token.Piece) []record.Token {
	out := make([]record.Token, len(pieces))
	for i, p := range pieces {
		out[i] = record.Token{Text: t.Text(p.ID), ID: p.ID, Start: p.Start, End: p.End, Word: p.Word, Special: p.Special}
	}
	return out
}

// begin is the special token that stands before a target.
func begin(m *model.Model) record.Token {
	_, _, start := m.Net.Special()
	return record.Token{Text: m.Tokenizer.Text(start), ID: start, Word: -1, Special: true}
}

// spell turns written ids into text and its tokens. Bytes that make no character become U+FFFD.
func spell(t *token.Tokenizer, written []int) ([]record.Token, string) {
	raw := t.Decode(written)
	var text strings.Builder
	// Where in the text the character of each raw byte begins and ends.
	starts, ends := make([]int, 0, len(raw)), make([]int, 0, len(raw))
	for i := 0; i < len(raw); {
		c, n := utf8.DecodeRuneInString(raw[i:])
		start := text.Len()
		text.WriteRune(c)
		for range n {
			starts, ends = append(starts, start), append(ends, text.Len())
		}
		i += n
	}
	wordAt := make([]int, text.Len())
	for _, p := range t.Target().EncodePlain(text.String()) {
		for i := p.Start; i < p.End; i++ {
			wordAt[i] = p.Word
		}
	}
	out := make([]record.Token, len(written))
	dropped := -len(raw) // bytes that Decode leaves out at the beginning
	for _, id := range written {
		dropped += len(t.Bytes(id))
	}
	at, end := 0, 0
	for i, id := range written {
		n := len(t.Bytes(id))
		k := record.Token{Text: t.Text(id), ID: id, Start: end, End: end, Word: -1, Special: n == 0}
		without := min(n, dropped)
		dropped -= without
		if n -= without; n > 0 {
			k.Start, k.End = starts[at], ends[at+n-1]
			k.Word = wordAt[k.Start]
			at += n
			end = k.End
		}
		out[i] = k
	}
	return out, text.String()
}
