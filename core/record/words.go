package record

import (
	"slices"
	"strings"
)

// Words returns the Record with the pieces of each word as one token, and its maps to match: of the
// keys' weights the sum is taken, of the queries' the mean, so that each row still sums to 1,
//
//	W[I,J] = 1/|I| Σ_{i∈I} Σ_{j∈J} A[i,j],
//
// and a word may look at a word if any of its pieces may. Special tokens stay alone. A word's token
// spans its pieces; of several it has the ID -1, as no piece of the vocabulary is it. A word that the
// run broke off within, at the end of Tokens.Target, has no row in decoder maps.
//
// A weight that was set by hand is one of its words then.
//
// What is a piece's own is not in it: scores, Predictions, Lens, Context and Detail. A map that does not fit
// its tokens is left out. What has no pieces to merge is shared with r.
func (r *Record) Words() *Record {
	w := *r
	text := r.Text
	if len(r.Changes.Replace) > 0 { // in which other words stand than were read
		text = ""
	}
	w.Tokens.Source, _ = merge(r.Tokens.Source, text)
	w.Tokens.Target, _ = merge(r.Tokens.Target, r.Output)
	w.Predictions, w.Lens, w.Context, w.Detail = nil, nil, nil, nil
	groups := map[Kind][2][]int{}
	w.Changes.Force = slices.Clone(r.Changes.Force)
	all := func(maps []Map) (merged []Map) {
		for i := range maps {
			m := &maps[i]
			of, ok := groups[m.Kind]
			if !ok {
				_, of[0] = merge(r.Queries(m.Kind), "")
				_, of[1] = merge(r.Keys(m.Kind), "")
				groups[m.Kind] = of
			}
			if r.CheckMap(m) != nil {
				continue
			}
			merged = append(merged, m.merge(of[0], of[1], len(w.Queries(m.Kind)), len(w.Keys(m.Kind))))
		}
		return merged
	}
	w.Maps, w.Means.Maps = all(r.Maps), all(r.Means.Maps)
	for i := range w.Changes.Force {
		f := &w.Changes.Force[i]
		f.Row, f.Col = Word(r.Queries(f.Kind), f.Row), Word(r.Keys(f.Kind), f.Col)
	}
	return &w
}

// Word returns the place of a token among the words that Words makes of its like; a place that is not
// there stays what it is.
func Word(tokens []Token, place int) int {
	if _, of := merge(tokens, ""); place >= 0 && place < len(of) {
		return of[place]
	}
	return place
}

// Piece returns the place of the first piece of a word, counted as Words counts; a word that is not
// there stays what it is.
func Piece(tokens []Token, word int) int {
	_, of := merge(tokens, "")
	for place, w := range of {
		if w == word {
			return place
		}
	}
	return word
}

// merge joins the tokens of each word of a text, and says by token which of the words it became.
func merge(tokens []Token, text string) (words []Token, of []int) {
	of = make([]int, len(tokens))
	if tokens == nil {
		return nil, of
	}
	words = make([]Token, 0, len(tokens))
	for i := 0; i < len(tokens); {
		w := tokens[i]
		to := WordEnd(tokens, i)
		if to > i+1 {
			w.ID, w.Text = -1, Joined(tokens[i:to])
			for _, t := range tokens[i:to] {
				w.End = max(w.End, t.End)
			}
			if w.End > w.Start && w.End <= len(text) { // pieces may be parts of a character, and texts of pieces are marked in some vocabularies
				space := ""
				if strings.HasPrefix(w.Text, " ") {
					space = " "
				}
				w.Text = space + strings.TrimLeft(text[w.Start:w.End], " ")
			}
		}
		for ; i < to; i++ {
			of[i] = len(words)
		}
		words = append(words, w)
	}
	return words, of
}

// WordEnd is where the word of the token at a place ends: behind the last of the pieces that follow it. A special token
// is alone.
func WordEnd(tokens []Token, place int) int {
	first, to := &tokens[place], place+1
	for to < len(tokens) && tokens[to].Word == first.Word && first.Word >= 0 && !tokens[to].Special && !first.Special {
		to++
	}
	return to
}

// Joined is the texts of tokens as one.
func Joined(tokens []Token) string {
	var text strings.Builder
	for i := range tokens {
		text.WriteString(tokens[i].Text)
	}
	return text.String()
}

// merge sums the weights of each word's keys and averages its queries; what belongs to a word from rows
// or cols on is left out.
func (m *Map) merge(rowOf, colOf []int, rows, cols int) Map {
	w := Map{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Rows: rows, Cols: cols, Weights: make([]float32, rows*cols)}
	if m.Mask != nil {
		w.Mask = make([]int8, rows*cols)
	}
	pieces := make([]float32, rows)
	for _, row := range rowOf {
		if row < rows {
			pieces[row]++
		}
	}
	for i, row := range rowOf {
		if row >= rows {
			break
		}
		to, from := w.Weights[row*cols:][:cols], m.Weights[i*m.Cols:][:m.Cols]
		for j, v := range from {
			if col := colOf[j]; col < cols {
				to[col] += v / pieces[row]
			}
		}
		if m.Mask != nil {
			for j, look := range m.Mask[i*m.Cols:][:m.Cols] {
				if col := colOf[j]; col < cols {
					w.Mask[row*cols+col] |= look
				}
			}
		}
	}
	return w
}
