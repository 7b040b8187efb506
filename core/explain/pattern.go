// Package explain says what attention does, measured on one text: the pattern that a head follows
// there, and how layers of attention work together. Its functions read a Record and change nothing.
package explain

import (
	"math"
	"slices"
	"strings"

	"heed/core/record"
	"heed/core/tensor"
)

// Shape is a pattern of attention.
type Shape uint8

const (
	Nothing  Shape = iota // the map has fewer than two rows with a choice, so nothing can be told
	Mixed                 // none of those below
	Same                  // each token looks at its own position
	Previous              // at the token before it
	Next                  // at the token after it
	First                 // at the first token, whichever it is (an attention sink)
	Last                  // at the last token, or at the separators
	Word                  // at the other places where its own word stands
	After                 // at what came after its own token before (induction)
	Along                 // of an output and a source: at its own share of the way through the source, word by word
	Behind                // the same, one row late: at what the token before it was about
	Near                  // at the tokens around it, none of them most
	Few                   // at the same few tokens, whichever token asks
	Broad                 // at everything about alike

	shapes
)

var names = [shapes]string{"too short", "mixed", "same position", "previous token", "next token", "first token", "last token", "same word", "after same token", "word by word", "one behind", "nearby tokens", "few tokens", "broad"}

var briefs = [shapes]string{"too short", "mixed", "same", "previous", "next", "first", "last", "same word", "after same", "in order", "one behind", "nearby", "few tokens", "broad"}

var says = [shapes]string{
	"too short to tell what it looks at",
	"looks at no one place most",
	"mostly looks at the same position",
	"mostly looks at the previous token",
	"mostly looks at the next token",
	"mostly looks at the first token",
	"mostly looks at the last token",
	"mostly looks at the same word",
	"mostly looks at what came after the same token before",
	"mostly goes through the text word by word",
	"mostly goes through the text word by word, one word behind",
	"mostly looks at the tokens nearby",
	"mostly looks at the same few tokens",
	"looks at everything about alike",
}

// String names the shape in a word or two, such as "previous token".
func (s Shape) String() string { return names[s] }

// Brief names it as briefly as can be, such as "previous".
func (s Shape) Brief() string { return briefs[s] }

// Says is what a head of the shape does, such as "mostly looks at the previous token".
func (s Shape) Says() string { return says[s] }

// Fit is how much of a head's weight a shape accounts for. Patterns says how it is counted.
type Fit struct {
	Shape  Shape
	Share  float64 // of the weight of its rows, 0 to 1; 0 for Nothing and Mixed
	Chance float64 // the share that even attention would give it
	Rows   int     // the rows that could show it
}

// gain is the share beyond chance, as a part of what there was to gain: Cohen's kappa.
func (f *Fit) gain() float64 { return (f.Share - f.Chance) / (1 - f.Chance) }

// What a shape needs to be called the pattern of a head. Half of the weight is what Clark et al. ask of
// heads that look at the previous or the next token; the others are ours.
const (
	leastShare = 0.5
	leastGain  = 1.0 / 3
	leastRows  = 2
	leastEven  = 0.75
)

// Pattern is the shape that fits a head best: of those with at least half of the weight, and a third of
// the way from chance to all of it, in two rows or more, the one that goes furthest from chance. Where
// there is none it is Near or Few on the same terms, else Broad if three quarters of the weight lie evenly,
// else Mixed; and Nothing where fewer than two rows have a choice. A Word between languages counts only where
// half of the output's tokens stand in the source too.
//
// A pattern is found on one text and is no proof of a head's purpose; short texts have little to show.
func Pattern(m *record.Map, r *record.Record) Fit { return Read(m, r).Pattern(m) }

// Pattern is what Pattern finds.
func (t *Tokens) Pattern(m *record.Map) Fit {
	all := t.Patterns(m)
	broad := all[len(all)-1]
	if broad.Rows < leastRows {
		return Fit{Rows: broad.Rows}
	}
	best, loose := Fit{Shape: Mixed, Rows: broad.Rows}, Fit{}
	for _, f := range all[:len(all)-1] {
		rows := leastRows
		if f.Shape == Word && across(m.Kind) {
			rows = max(rows, (broad.Rows+1)/2)
		}
		switch {
		case f.Rows < rows || f.Share < leastShare || f.gain() < leastGain:
		case f.Shape == Near || f.Shape == Few:
			if loose.Rows == 0 || f.gain() > loose.gain() {
				loose = f
			}
		case best.Shape == Mixed || f.gain() > best.gain():
			best = f
		}
	}
	switch {
	case best.Shape != Mixed:
		return best
	case loose.Rows > 0:
		return loose
	case broad.Share >= leastEven:
		return broad
	}
	return best
}

// Patterns measures every shape that a map of this kind can have, Broad last. Each shape names places
// in a row i of the map A, the set T(i), and its share is the mean weight there,
//
//	share = 1/|R| Σ_{i∈R} Σ_{j∈T(i)} A[i,j]
//
// over the rows R whose T(i) is neither empty nor all that the row may look at. The first row of a
// causal map cannot but look at itself, so it is left out; so is a row that is all zeros. Other rows
// are taken to sum to 1, and weights where a row may not look to be 0, whatever they are. Chance is the same mean
// of |T(i)| / (keys that row i may look at).
//
// Within one sequence (self and decoder), after Clark et al. 2019, "What Does BERT Look At?", section 3,
// and Voita et al. 2019, "Analyzing Multi-Head Self-Attention", section 5.1 (positional heads):
//
//	Same       i
//	Previous   i-1
//	Next       i+1
//	Near       i-2 to i+2
//	First      0, for i > 0 (Vig & Belinkov 2019, "Analyzing the Structure of Attention", where it takes most of what is not needed)
//	Last       the last key, and every special token but the first key; without i itself, and in a causal map only the special ones
//	Word       the tokens of other occurrences of the word that i is in, case aside
//	After      j < i, where token j-1 is the same as token i: Olsson et al. 2022, "In-context Learning and
//	           Induction Heads", where its mean is the prefix matching score; of decoders only
//
// Word and After leave out the places of the shapes above them, so that "very very" is not mistaken for
// either: of Same, Previous, Next, Word and After no two share a place. From output to source (cross and
// rnn), of n rows and m keys:
//
//	First      0, for i > 0
//	Last       the last key and special ones as above, for i < n-1
//	Word       the tokens of that word in the source
//	Along      |j - i (m-1)/(n-1)| ≤ max(1, m/10): the diagonal of Dyer et al. 2013 (fast_align), "A Simple,
//	           Fast, and Effective Reparameterization of IBM Model 2", one token wide or a tenth of the source
//	Behind     the Along of row i-1, for i > 0: what was put in there is the token before the one that is predicted
//
// And for both, after the vertical pattern of Kovaleva et al. 2019, "Revealing the Dark Secrets of BERT":
//
//	Few        the m/8 of the m keys that have the most weight in all rows together; none if m < 8
//
// Broad's share is the part of the weight that lies evenly, the mean of Σ_j min(A[i,j], 1/keys): 1 less the
// total variation distance from even attention. It rises and falls with the entropy by which Clark et al.
// tell broad heads, and is a share of the weight as the others are.
func Patterns(m *record.Map, r *record.Record) []Fit { return Read(m, r).Patterns(m) }

// Patterns is what Patterns measures.
func (t *Tokens) Patterns(m *record.Map) []Fit {
	all := []Fit{{Shape: Same}, {Shape: Previous}, {Shape: Next}, {Shape: First}, {Shape: Last}, {Shape: Word}, {Shape: Near}, {Shape: Few}, {Shape: Broad}}
	apart := across(m.Kind)
	switch {
	case apart:
		all = []Fit{{Shape: First}, {Shape: Last}, {Shape: Word}, {Shape: Along}, {Shape: Behind}, {Shape: Few}, {Shape: Broad}}
	case m.Kind == record.Decoder:
		all = slices.Insert(all, 7, Fit{Shape: After})
	}
	var of [shapes]*Fit
	for i := range all {
		of[all[i].Shape] = &all[i]
	}
	if !m.Whole() || t.cols != m.Cols {
		return all
	}
	few := heaviest(m, m.Cols/8)
	for i := range m.Rows {
		weights, mask := m.Row(i)
		seen := weights
		if mask != nil {
			t.seen = t.seen[:0]
			for j, v := range mask {
				if v == 1 {
					t.seen = append(t.seen, weights[j])
				}
			}
			seen = t.seen
		}
		keys, sum := len(seen), tensor.Sum(seen)
		if keys < 2 || !(sum > 0) {
			continue
		}
		flat := tensor.SumMin(seen, sum/float32(keys))
		broad := of[Broad]
		broad.Rows++
		broad.Share += min(float64(flat/sum), 1)
		broad.Chance++

		count := func(s Shape, places ...int) {
			f := of[s]
			n, on := 0, float32(0)
			for _, j := range places {
				if 0 <= j && j < len(weights) && (mask == nil || mask[j] == 1) {
					n, on = n+1, on+weights[j]
				}
			}
			if n > 0 && n < keys {
				f.Rows++
				f.Share += min(float64(on/sum), 1)
				f.Chance += float64(n) / float64(keys)
			}
		}
		if i > 0 {
			count(First, 0)
		}
		count(Few, few...)
		count(Word, t.others(i, apart)...)
		if apart {
			if i < m.Rows-1 {
				count(Last, t.last...)
			}
			if m.Rows > 1 {
				count(Along, t.along(m, i)...)
			}
			if i > 0 {
				count(Behind, t.along(m, i-1)...)
			}
			continue
		}
		count(Same, i)
		count(Previous, i-1)
		count(Next, i+1)
		count(Near, i-2, i-1, i, i+1, i+2)
		count(Last, t.ends(i)...)
		if of[After] != nil {
			count(After, t.after(i)...)
		}
	}
	for i := range all {
		if f := &all[i]; f.Rows > 0 {
			f.Share = min(f.Share/float64(f.Rows), 1)
			f.Chance = min(f.Chance/float64(f.Rows), 1)
		}
	}
	return all
}

// heaviest are the n columns of a map that hold the most weight, where it may be looked at.
func heaviest(m *record.Map, n int) []int {
	if n < 1 {
		return nil
	}
	sums := make([]float32, m.Cols)
	for i := range m.Rows {
		weights, mask := m.Row(i)
		if mask == nil {
			tensor.Add(sums[:len(weights)], weights)
			continue
		}
		for j, v := range mask {
			if v == 1 {
				sums[j] += weights[j]
			}
		}
	}
	order := make([]uint64, m.Cols) // positive floats sort as their bits do; of like sums the first comes first
	for j, v := range sums {
		order[j] = uint64(^math.Float32bits(v))<<32 | uint64(j)
	}
	slices.Sort(order)
	most := make([]int, n)
	for i := range most {
		most[i] = int(uint32(order[i]))
	}
	return most
}

// across tells whether the rows are of another sequence than the columns.
func across(k record.Kind) bool { return k == record.Cross || k == record.RNN }

// Tokens is what the shapes need to know of the tokens of a map: the same for all maps of its kind in a
// Record, whose shapes are found sooner when they share it, one after the other. Of a map of another size it
// knows nothing.
type Tokens struct {
	cols   int
	q, k   []int   // by row and by column: the number of its word, alike for words that read alike; -1 for none
	word   []int   // by column: which word of the text it is in, so that the pieces of one are no two occurrences
	piece  []int   // by column: the number of its token, alike for tokens that are alike
	keys   [][]int // by the number of a word: the columns of its tokens
	pieces [][]int // by the number of a token: the columns where it stands
	last   []int   // the columns of Last
	other  []bool  // by column: whether it is among last
	causal bool
	places []int     // room for a row's places
	seen   []float32 // and for its weights where a mask lets look
}

// Read is the Tokens of a map in a Record.
func Read(m *record.Map, r *record.Record) *Tokens {
	queries, keys := r.Queries(m.Kind), r.Keys(m.Kind)
	switch {
	case m.Rows == len(queries) && m.Cols == len(keys): // whether the weights are there or not: other maps' are
	case !m.Whole():
		return &Tokens{}
	case m.Rows > len(queries) || m.Cols > len(keys):
		queries, keys = nil, nil
	default:
		queries, keys = queries[:m.Rows], keys[:m.Cols]
	}
	t := &Tokens{cols: m.Cols, causal: m.Kind == record.Decoder, places: make([]int, 0, m.Cols), other: make([]bool, m.Cols)}
	for j := range m.Cols {
		if j > 0 && j < len(keys) && keys[j].Special || j == m.Cols-1 && !t.causal {
			t.last, t.other[j] = append(t.last, j), true
		}
	}
	number := map[string]int{}
	name := func(tokens []record.Token) (of, word []int) {
		of, word = make([]int, len(tokens)), make([]int, len(tokens))
		for i := 0; i < len(tokens); {
			to := i + 1
			text := tokens[i].Text
			for to < len(tokens) && tokens[to].Word == tokens[i].Word && tokens[i].Word >= 0 && !tokens[to].Special && !tokens[i].Special {
				text += tokens[to].Text
				to++
			}
			text = strings.ToLower(strings.TrimLeft(text, " ▁Ġ"))
			n, ok := number[text]
			if !ok {
				n = len(number)
				number[text] = n
			}
			if tokens[i].Special || text == "" {
				n = -1
			}
			for at := i; at < to; at++ {
				of[at], word[at] = n, i
			}
			i = to
		}
		return of, word
	}
	t.k, t.word = name(keys)
	t.q, _ = name(queries)
	t.keys = make([][]int, len(number))
	for j, n := range t.k {
		if n >= 0 {
			t.keys[n] = append(t.keys[n], j)
		}
	}
	if t.causal {
		type token struct {
			text string
			id   int
		}
		number := map[token]int{}
		for j, k := range keys {
			n, ok := number[token{k.Text, k.ID}]
			if !ok {
				n = len(number)
				number[token{k.Text, k.ID}] = n
				t.pieces = append(t.pieces, nil)
			}
			t.pieces[n] = append(t.pieces[n], j)
			t.piece = append(t.piece, n)
		}
	}
	return t
}

// near tells whether a place is one of the shapes that go by position.
func (t *Tokens) near(i, j int) bool { return j >= i-1 && j <= i+1 || j == 0 || t.other[j] }

// ends are the places of Last, within one sequence.
func (t *Tokens) ends(i int) []int {
	t.places = t.places[:0]
	for _, j := range t.last {
		if j != i {
			t.places = append(t.places, j)
		}
	}
	return t.places
}

// along are the places of Along.
func (t *Tokens) along(m *record.Map, i int) []int {
	t.places = t.places[:0]
	middle := float64(i) * float64(m.Cols-1) / float64(m.Rows-1)
	wide := math.Max(1, float64(m.Cols)/10)
	for j := max(0, int(math.Ceil(middle-wide))); j < m.Cols && float64(j) <= middle+wide; j++ {
		t.places = append(t.places, j)
	}
	return t.places
}

// others are the places of Word.
func (t *Tokens) others(i int, across bool) []int {
	t.places = t.places[:0]
	if i >= len(t.q) || t.q[i] < 0 {
		return nil
	}
	for _, j := range t.keys[t.q[i]] {
		if across || t.word[j] != t.word[i] && !t.near(i, j) {
			t.places = append(t.places, j)
		}
	}
	return t.places
}

// after are the places of After.
func (t *Tokens) after(i int) []int {
	t.places = t.places[:0]
	if i >= min(len(t.piece), len(t.q)) {
		return nil
	}
	for _, j := range t.pieces[t.piece[i]] {
		if j++; j >= i {
			break
		}
		if !t.near(i, j) && !(t.q[i] >= 0 && t.k[j] == t.q[i] && t.word[j] != t.word[i]) {
			t.places = append(t.places, j)
		}
	}
	return t.places
}
