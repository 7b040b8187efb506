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

// learned calls encode with the text as the data has it of which the models of this project learned:
// without the characters that nobody sees, letters and marks composed, and in straight signs where its
// language is English. The pieces have the offsets that they have in the text as it is; a piece of what
// stands for one sign spans the whole sign. Models that do not say their language get the text as it is.
func learned(m *model.Model, text, language string, encode func(string) []token.Piece) []token.Piece {
	if m.About.Source == "" {
		return encode(text)
	}
	clean := token.Clean(text)
	if english(language) {
		clean.Replace(func(r rune) (string, bool) {
			s, ok := straighten[r]
			return s, ok
		})
	}
	pieces := encode(clean.Text)
	clean.Restore(pieces)
	return pieces
}
