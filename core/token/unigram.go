package token

import (
	"math"
	"unicode/utf8"
)

// unigram is the language model of Kudo 2018 (https://arxiv.org/abs/1804.10959): of all ways to cut a
// word into pieces it takes the one whose pieces have the largest sum of log-probabilities.
type unigram struct {
	pieces   prefixes // by their ids
	scores   []float64
	unknown  int // negative: there is none
	penalty  float64
	fallback *byteIDs // for characters that pieces lacks

	narrow  bool           // scores are summed in float32
	names   map[string]int // where the vocabulary is another one: its ids, by their pieces; nil: ids are those above
	unnamed int            // and the id for a piece that it lacks
}

// newUnigram has the pieces of vocab, of which scores has one for each id; "" is none.
func newUnigram(vocab []string, scores []float64, unknown int) *unigram {
	u := &unigram{pieces: newPrefixes(vocab[:min(len(vocab), len(scores))]), unknown: unknown, scores: scores}
	lowest := math.Inf(1)
	for _, id := range u.pieces.numbers {
		lowest = min(lowest, scores[id])
	}
	u.penalty = lowest - 10
	return u
}

// best is the best way to the end of a prefix of a word.
type best struct {
	score float64
	from  int // where its last piece begins; -1: there is no way
	id    int
	to    int // where the piece that begins here ends, on the best way to the end of the word
}

func (u *unigram) word(e *encoder, w *Aligned) {
	s := w.Text
	ways := e.ways[:0]
	for range len(s) + 1 {
		ways = append(ways, best{from: -1})
	}
	e.ways = ways
	offer := func(at int, b best) {
		if u.narrow {
			b.score = float64(float32(b.score))
		}
		if ways[at].from < 0 || b.score > ways[at].score {
			ways[at] = b
		}
	}
	for at := 0; at < len(s); {
		_, n := utf8.DecodeRuneInString(s[at:])
		single := false
		u.pieces.of(s[at:], func(length, id int) {
			offer(at+length, best{score: ways[at].score + u.scores[id], from: at, id: id})
			single = single || length == n
		})
		if !single {
			offer(at+n, best{score: ways[at].score + u.penalty, from: at, id: u.unknown})
		}
		at += n
	}
	// From the end: unknown characters that follow each other are one piece.
	for end := len(s); end > 0; {
		from, id := ways[end].from, ways[end].id
		for id == u.unknown && from > 0 && ways[from].id == u.unknown {
			from = ways[from].from
		}
		ways[from].to = end
		end = from
	}
	for from := 0; from < len(s); from = ways[from].to {
		u.piece(e, w, ways[ways[from].to].id, from, ways[from].to)
	}
}

// piece adds a piece, or the bytes of one that is unknown. Of unknown characters that are a piece together,
// such as the name of the unknown one, Hugging Face's library takes that, and SentencePiece does not.
func (u *unigram) piece(e *encoder, w *Aligned, id, from, end int) {
	s := w.Text[from:end]
	switch own, known := e.t.piece(s); {
	case u.names != nil:
		if id, known = u.names[s]; !known {
			id = u.unnamed
		}
	case id != u.unknown:
	case known && !u.narrow:
		id = own
	case u.fallback.has(s):
		for i := range len(s) {
			e.add(w, int(u.fallback[s[i]]), from, end)
		}
		return
	}
	if id >= 0 {
		p := Piece{ID: id, Word: e.words}
		p.Start, p.End = w.span(from, end)
		e.put(p, s)
	}
}
