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

// straight calls encode with the text in straight signs, where it is one that the model reads in
// English, and gives the pieces the offsets that they have in the text as it is. A piece of what stands
// for one sign spans the whole sign.
func straight(m *model.Model, text string, encode func(string) []token.Piece) []token.Piece {
	if m.About.Source != "en" || !strings.ContainsAny(text, "‘’“”–—…\u00a0\u202f") {
		return encode(text)
	}
	var plain strings.Builder
	var starts, ends []int // in the text, of each byte of plain
	for i, r := range text {
		s, ok := straighten[r]
		if !ok {
			s = string(r)
		}
		plain.WriteString(s)
		for j := range len(s) {
			if ok {
				starts, ends = append(starts, i), append(ends, i+len(string(r)))
			} else {
				starts, ends = append(starts, i+j), append(ends, i+j+1)
			}
		}
	}
	pieces := encode(plain.String())
	for i := range pieces {
		p := &pieces[i]
		switch start, end := p.Start, p.End; {
		case start == end && end == len(starts):
			p.Start, p.End = len(text), len(text)
		case start == end:
			p.Start, p.End = starts[start], starts[start]
		default:
			p.Start, p.End = starts[start], ends[end-1]
		}
	}
	return pieces
}
