// Package explain reads a Record and says what is in it, measured on one text: the pattern that a head follows there
// (pattern.go), how layers of attention work together (rollout.go), and how far two attributions agree
// (correlation.go). It runs no network and changes nothing: what takes another run, such as an ablation, is in package
// run.
package explain

import (
	"math"
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

// shapeTexts says what each shape is: in a word or two, as briefly as can be, and as what a head of it does.
var shapeTexts = [shapes]struct{ name, brief, says string }{
	Nothing:  {"too short", "too short", "too short to tell what it looks at"},
	Mixed:    {"mixed", "mixed", "looks at no one place most"},
	Same:     {"same position", "same", "mostly looks at the same position"},
	Previous: {"previous token", "previous", "mostly looks at the previous token"},
	Next:     {"next token", "next", "mostly looks at the next token"},
	First:    {"first token", "first", "mostly looks at the first token"},
	Last:     {"last token", "last", "mostly looks at the last token"},
	Word:     {"same word", "same word", "mostly looks at the same word"},
	After:    {"after same token", "after same", "mostly looks at what came after the same token before"},
	Along:    {"word by word", "in order", "mostly goes through the text word by word"},
	Behind:   {"one behind", "one behind", "mostly goes through the text word by word, one word behind"},
	Near:     {"nearby tokens", "nearby", "mostly looks at the tokens nearby"},
	Few:      {"few tokens", "few tokens", "mostly looks at the same few tokens"},
	Broad:    {"broad", "broad", "looks at everything about alike"},
}

// String names the shape in a word or two, such as "previous token".
func (s Shape) String() string { return shapeTexts[s].name }

// Brief names it as briefly as can be, such as "previous".
func (s Shape) Brief() string { return shapeTexts[s].brief }

// Says is what a head of the shape does, such as "mostly looks at the previous token".
func (s Shape) Says() string { return shapeTexts[s].says }

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
	all := candidates(m.Kind)
	if !m.Whole() || t.cols != m.Cols {
		return all
	}
	var of [shapes]*Fit
	for i := range all {
		of[all[i].Shape] = &all[i]
	}
	few := heaviest(m, m.Cols/8)
	for i := range m.Rows {
		row, ok := t.row(m, i)
		if !ok {
			continue
		}
		broad := of[Broad]
		broad.Rows++
		broad.Share += row.even
		broad.Chance++
		if i > 0 {
			row.count(of[First], 0)
		}
		row.count(of[Few], few...)
		row.count(of[Word], t.sameWord(i, of[Same] == nil)...)
		if of[Same] != nil {
			t.within(&row, &of, i)
		} else {
			t.between(&row, &of, m, i)
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

// candidates are the shapes that a map of a kind can have, Broad last, of which nothing is counted yet.
func candidates(k record.Kind) []Fit {
	switch {
	case across(k):
		return []Fit{{Shape: First}, {Shape: Last}, {Shape: Word}, {Shape: Along}, {Shape: Behind}, {Shape: Few}, {Shape: Broad}}
	case k == record.Decoder:
		return []Fit{{Shape: Same}, {Shape: Previous}, {Shape: Next}, {Shape: First}, {Shape: Last}, {Shape: Word}, {Shape: Near}, {Shape: After}, {Shape: Few}, {Shape: Broad}}
	}
	return []Fit{{Shape: Same}, {Shape: Previous}, {Shape: Next}, {Shape: First}, {Shape: Last}, {Shape: Word}, {Shape: Near}, {Shape: Few}, {Shape: Broad}}
}

// row is a row of a map in which shapes are counted.
type row struct {
	weights []float32
	mask    []int8 // nil: it may look everywhere
	keys    int    // where it may look
	sum     float32
	even    float64 // the share of its weight that lies evenly
}

// row reads a row; ok is false where it has no choice, or no weight.
func (t *Tokens) row(m *record.Map, i int) (r row, ok bool) {
	r.weights, r.mask = m.Row(i)
	seen := r.weights
	if r.mask != nil {
		t.seen = t.seen[:0]
		for j, v := range r.mask {
			if v == 1 {
				t.seen = append(t.seen, r.weights[j])
			}
		}
		seen = t.seen
	}
	r.keys, r.sum = len(seen), tensor.Sum(seen)
	if r.keys < 2 || !(r.sum > 0) {
		return r, false
	}
	flat := tensor.SumMin(seen, r.sum/float32(r.keys))
	r.even = min(float64(flat/r.sum), 1)
	return r, true
}

// count adds to a shape what the row has at its places. A row that may look at none of them, or nowhere else, tells
// nothing of the shape.
func (r *row) count(f *Fit, places ...int) {
	n, on := 0, float32(0)
	for _, j := range places {
		if 0 <= j && j < len(r.weights) && (r.mask == nil || r.mask[j] == 1) {
			n, on = n+1, on+r.weights[j]
		}
	}
	if n > 0 && n < r.keys {
		f.Rows++
		f.Share += min(float64(on/r.sum), 1)
		f.Chance += float64(n) / float64(r.keys)
	}
}

// within counts in row i what only maps within one sequence have.
func (t *Tokens) within(r *row, of *[shapes]*Fit, i int) {
	r.count(of[Same], i)
	r.count(of[Previous], i-1)
	r.count(of[Next], i+1)
	r.count(of[Near], i-2, i-1, i, i+1, i+2)
	r.count(of[Last], t.ends(i)...)
	if of[After] != nil {
		r.count(of[After], t.after(i)...)
	}
}

// between counts in row i of m what only maps from an output to a source have.
func (t *Tokens) between(r *row, of *[shapes]*Fit, m *record.Map, i int) {
	if i < m.Rows-1 {
		r.count(of[Last], t.last...)
	}
	if m.Rows > 1 {
		r.count(of[Along], t.along(m, i)...)
	}
	if i > 0 {
		r.count(of[Behind], t.along(m, i-1)...)
	}
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
	// A heap of the heaviest that were met, the lightest of them on top. Of like sums the first counts.
	most := make([]int, n)
	lighter := func(a, b int) bool { return sums[a] < sums[b] || sums[a] == sums[b] && a > b }
	sink := func(i int) {
		for c := 2*i + 1; c < n; c = 2*i + 1 {
			if c+1 < n && lighter(most[c+1], most[c]) {
				c++
			}
			if !lighter(most[c], most[i]) {
				return
			}
			most[c], most[i] = most[i], most[c]
			i = c
		}
	}
	for i := range most {
		most[i] = i
	}
	for i := n / 2; i > 0; i-- {
		sink(i - 1)
	}
	for j := n; j < m.Cols; j++ {
		if lighter(most[0], j) {
			most[0] = j
			sink(0)
		}
	}
	return most
}

// across tells whether the rows are of another sequence than the columns.
func across(k record.Kind) bool { return k == record.Cross || k == record.RNN }

// Tokens is what the shapes need to know of the tokens of a map: the same for all maps of its kind in a
// Record, whose shapes are found sooner when they share it, one after the other. Of a map of another size it
// knows nothing.
type Tokens struct {
	cols    int
	rowWord []int     // by row: the number of its word, alike for words that read alike; -1 for none
	colWord []int     // the same by column
	begins  []int     // by column: where its word begins, so that the pieces of one are no two occurrences
	words   [][]int   // by the number of a word: the columns of its tokens
	token   []int     // by column: the number of its token, alike for tokens that are alike; of causal maps only
	tokens  [][]int   // by the number of a token: the columns where it stands
	last    []int     // the columns of Last
	isLast  []bool    // by column: whether it is among last
	places  []int     // room for a row's places
	seen    []float32 // and for its weights where a mask lets look
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
	t := &Tokens{cols: m.Cols, places: make([]int, 0, m.Cols), isLast: make([]bool, m.Cols)}
	causal := m.Kind == record.Decoder
	for j := range m.Cols {
		if j > 0 && j < len(keys) && keys[j].Special || j == m.Cols-1 && !causal {
			t.last, t.isLast[j] = append(t.last, j), true
		}
	}
	number := map[string]int{}
	t.colWord, t.begins = wordNumbers(keys, number)
	t.rowWord, _ = wordNumbers(queries, number)
	t.words = make([][]int, len(number))
	for j, n := range t.colWord {
		if n >= 0 {
			t.words[n] = append(t.words[n], j)
		}
	}
	if causal {
		t.numberTokens(keys)
	}
	return t
}

// wordNumbers gives each token the number of its word, and says where the word begins. The numbers of words that were
// met before are in number, which is added to.
func wordNumbers(tokens []record.Token, number map[string]int) (of, begins []int) {
	of, begins = make([]int, len(tokens)), make([]int, len(tokens))
	for i := 0; i < len(tokens); {
		to := record.WordEnd(tokens, i)
		text := strings.ToLower(strings.TrimLeft(record.Joined(tokens[i:to]), " ▁Ġ"))
		n, ok := number[text]
		if !ok {
			n = len(number)
			number[text] = n
		}
		if tokens[i].Special || text == "" {
			n = -1
		}
		for at := i; at < to; at++ {
			of[at], begins[at] = n, i
		}
		i = to
	}
	return of, begins
}

// numberTokens gives each column the number of its token.
func (t *Tokens) numberTokens(keys []record.Token) {
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
			t.tokens = append(t.tokens, nil)
		}
		t.tokens[n] = append(t.tokens[n], j)
		t.token = append(t.token, n)
	}
}

// byPosition tells whether a place is one of the shapes that go by position.
func (t *Tokens) byPosition(i, j int) bool { return j >= i-1 && j <= i+1 || j == 0 || t.isLast[j] }

// recurs tells whether in column j stands another occurrence of the word that row i, of the same sequence, is in.
func (t *Tokens) recurs(i, j int) bool {
	return t.rowWord[i] >= 0 && t.colWord[j] == t.rowWord[i] && t.begins[j] != t.begins[i]
}

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

// sameWord are the places of Word; apart are rows of another sequence than the columns.
func (t *Tokens) sameWord(i int, apart bool) []int {
	t.places = t.places[:0]
	if i >= len(t.rowWord) || t.rowWord[i] < 0 {
		return nil
	}
	for _, j := range t.words[t.rowWord[i]] {
		if apart || t.recurs(i, j) && !t.byPosition(i, j) {
			t.places = append(t.places, j)
		}
	}
	return t.places
}

// after are the places of After.
func (t *Tokens) after(i int) []int {
	t.places = t.places[:0]
	if i >= min(len(t.token), len(t.rowWord)) {
		return nil
	}
	for _, j := range t.tokens[t.token[i]] {
		if j++; j >= i {
			break
		}
		if !t.byPosition(i, j) && !t.recurs(i, j) {
			t.places = append(t.places, j)
		}
	}
	return t.places
}
