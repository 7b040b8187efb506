package run

import (
	"strings"

	"heed/core/model"
	"heed/core/token"
)

// straighten replaces typographic signs as word processors write them by those of the data that the
// models learned from, which has none of them.
var straighten = map[rune]string{
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "-", '…': "...", '\u00a0': " ", '\u202f': " ",
}

// encodeClean calls encode with the text in the form of the data that the models of this project learned from:
// without characters that nobody sees, letters and marks composed, and with straight signs where its
// language is English. The pieces have the offsets of the original text; a piece of what stands for one
// sign spans the whole sign. Models that do not say their language get the text as it is.
func encodeClean(m *model.Model, text, language string, encode func(string) []token.Piece) []token.Piece {
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

// english says whether a BCP 47 tag is of English, of any region.
func english(tag string) bool {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return strings.EqualFold(base, "en")
}
