package run

import (
	"heed/core/model"
	"heed/core/token"
)

// straighten replaces typographic signs as word processors write them by those of the data that the
// models learned from, which has none of them.
var straighten = map[rune]string{
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "-", '…': "...", '\u00a0': " ", '\u202f': " ",
}

// straight is learned of a text that the model reads in English.
func straight(m *model.Model, text string, encode func(string) []token.Piece) []token.Piece {
	return learned(m, text, m.About.Source == "en", encode)
}

// learned calls encode with the text as the data has it of which the models of this project learned:
// without the characters that nobody sees, letters and marks composed, and on request in straight signs.
// The pieces have the offsets that they have in the text as it is; a piece of what stands for one sign
// spans the whole sign. Other models get the text as it is.
func learned(m *model.Model, text string, signs bool, encode func(string) []token.Piece) []token.Piece {
	if m.About.Source == "" {
		return encode(text)
	}
	clean := token.Clean(text)
	if signs {
		clean.Replace(func(r rune) (string, bool) {
			s, ok := straighten[r]
			return s, ok
		})
	}
	pieces := encode(clean.Text)
	clean.Restore(pieces)
	return pieces
}
