package run

import (
	"strings"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/record"
	"heed/core/token"
)

// fill reads a text with hidden words by an encoder alone. A hidden word is written as [MASK] or as
// two underscores or more. Output is the text with the most probable words in their places; the
// predictions' positions are those of the hidden words in Tokens.Source.
func (s *Session) fill(r *record.Record, o Options, done *finished) error {
	m := s.Model
	pieces, _, there := s.readSource(r, o, done)
	if !there {
		return nil
	}
	mask, _ := m.Mask()
	var at []int
	for i, id := range done.source {
		if id == mask {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return nil
	}
	logits := m.Net.Logits(s.pass, s.pass.Gather(done.encoded, at)).X
	for i, position := range at {
		p, err := predict(m, position, logits.Row(i), nextCandidates)
		if err != nil {
			return err
		}
		r.Predictions = append(r.Predictions, p)
	}
	var out strings.Builder
	end := 0
	for i, row := range at {
		piece := pieces[row]
		out.WriteString(r.Text[end:piece.Start])
		out.WriteString(filling(m, r.Predictions[i]))
		end = piece.End
	}
	out.WriteString(r.Text[end:])
	r.Output = out.String()
	return nil
}

// filling is the most probable of the candidates that is a piece of text.
func filling(m *model.Model, p record.Prediction) string {
	for _, c := range p.Top {
		if b := string(m.Tokenizer.Bytes(c.ID)); utf8.ValidString(b) && strings.TrimSpace(b) != "" {
			return strings.TrimSpace(b)
		}
	}
	return model.Mask
}

// masked encodes a text in which words are hidden. The space before a hidden word belongs to it, as to
// any word.
func masked(m *model.Model, text, language string) []token.Piece {
	around := m.Tokenizer.Encode("")
	mask, _ := m.Mask()
	pieces := []token.Piece{around[0]}
	words := 0
	plain := func(from, to int) {
		begin := words
		inside := encodeClean(m, text[from:to], language, encoder(m, m.Tokenizer))
		for _, piece := range inside[1 : len(inside)-1] { // which stand around a text
			piece.Start, piece.End, piece.Word = piece.Start+from, piece.End+from, piece.Word+begin
			words = max(words, piece.Word+1)
			pieces = append(pieces, piece)
		}
	}
	done := 0
	for i := 0; i < len(text); {
		n := model.Hole(text[i:])
		if n == 0 {
			i++
			continue
		}
		plain(done, len(strings.TrimSuffix(text[:i], " ")))
		pieces = append(pieces, token.Piece{ID: mask, Start: i, End: i + n, Word: words})
		words++
		i += n
		done = i
	}
	plain(done, len(text))
	last := around[len(around)-1]
	last.Start, last.End = len(text), len(text)
	return append(pieces, last)
}
