package token

import "unicode/utf8"

// wordPiece is the algorithm of BERT (Schuster and Nakajima 2012; Wu et al. 2016, section 4.1): from
// the left, always the longest piece that fits. Pieces within a word have a prefix, "##".
type wordPiece struct {
	unknown int
	prefix  string
	longest int // bytes of a piece
	most    int // characters of a word that is not unknown for its length alone
}

func (a *wordPiece) word(e *encoder, w *Aligned) {
	begin := len(e.out)
	unknown := utf8.RuneCountInString(w.Text) > a.most
	for start := 0; start < len(w.Text) && !unknown; {
		id, end := a.longestAt(e.t, w.Text, start)
		if unknown = id < 0; !unknown {
			e.add(w, id, start, end)
		}
		start = end
	}
	if unknown {
		e.out = e.out[:begin]
		e.add(w, a.unknown, 0, len(w.Text))
	}
}

// longestAt returns the longest piece that fits at start, and where it ends; a negative id if none does.
func (a *wordPiece) longestAt(t *Tokenizer, w string, start int) (id, end int) {
	prefix := ""
	if start > 0 {
		prefix = a.prefix
	}
	end = min(len(w), start+a.longest)
	for end > start {
		if end < len(w) && !utf8.RuneStart(w[end]) {
			end--
			continue
		}
		if id, ok := t.piece(prefix + w[start:end]); ok {
			return id, end
		}
		end--
	}
	return -1, end
}
