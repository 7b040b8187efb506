// Package record holds what one run of a model saw: the tokens, every attention map, and the
// predictions. Every view draws from a Record and from nothing else, so a Record read from a file
// (exported by Heed, or written by a script from another model) draws as a live one does.
package record

import (
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// Format names the version of the file format, the value of Record.Format.
const Format = "heed.record/1"

// Kind says which attention a Map belongs to.
type Kind = attention.Kind

const (
	Self    = attention.Self    // the encoder's self-attention
	Decoder = attention.Decoder // masked self-attention, of a decoder-only model too
	Cross   = attention.Cross   // decoder over encoder
	RNN     = attention.RNN     // soft attention of a recurrent decoder

	// Rollout is no head's map but what package explain makes of all: the share of every token put in, of
	// the source and then of the target, in each position through all layers. Layer and head are 0.
	Rollout Kind = "rollout"
)

// The tasks of models that are not an encoder and a decoder. Other tasks may have any name.
const (
	Generation = "generation" // a decoder alone writes a text on
	Fill       = "fill"       // an encoder alone finds hidden words
	Similarity = "similarity" // an encoder alone makes a vector of a text
)

// Record is what one run of a model saw. It is not changed once it is made: With makes a new one of it, so that who
// keeps something of a Record can tell by its address whether that still holds. The zero value of an optional field
// means that the run did not keep it; a view that lacks a field says so.
//
// A decoder alone (task generation) has the tokens of the whole text in Tokens.Source, what it wrote
// included, and none in Target; Output is the end of Text that was written. Its maps are of the kind
// decoder, and it has a prediction for every token: of what follows it, the last with more candidates
// than the others.
//
// An encoder alone (task fill) has its tokens in Tokens.Source too, its maps are of the kind self, and
// it predicts the hidden words only. Output is Text with the most probable words in their places. One that predicts
// nothing (task similarity) has a Vector.
type Record struct {
	Format      string
	Model       string
	Task        string
	Text        string
	Output      string
	Notices     []string // sentences for the reader: what was cut, and why
	Tokens      Tokens
	Maps        []Map
	Predictions []Prediction
	Drawn       []Candidate // what may follow the text, as a Sampling would draw it; files have none
	Context     *Context
	Vector      []float32 // of the whole text (task similarity); near vectors are of texts that say the same
	Lens        []Lens    // by layer, if it was asked for
	Detail      *Detail   // of one row that was asked for
	Changes     Changes   // what was done to the attention by hand
	Before      Outcome   // without Changes, where there are any and it is known

	// What was asked for to explain the run; see each type.
	Ablation    []Ablated
	Patch       []Patched
	Donor       *Donor // the other run of Patch
	Attribution *Attribution
	Why         *Why
	AblatedWith string // of Ablation: which texts the means in the place of the parts are taken over; "" for zeros
	Adversary   *Adversary
	Roles       *Roles
	Answer      Answer // which of them was asked for last

	// Stacks are the maps that the run has, where the Record may hold only some of them; nil: it holds all that there
	// are. Means are of each layer the mean over some heads, Small the maps of a kind in small, where they were asked
	// for. Files have none of these, and no Answer.
	Stacks []Stack
	Means  Means
	Small  *Small
}

// Context holds the context vectors of a recurrent decoder, of Cols values each: with soft attention
// one a step, the weighted sum of the encoder's states by that step's row of the rnn map; without it
// one row, given to every step. States, which may be left out, are the encoder's, a row for each
// token of Tokens.Source.
type Context struct {
	Rows   int
	Cols   int
	Values []float32 // Rows×Cols, row-major
	States []float32 // source tokens × Cols
}

// Tokens are the pieces that the model read and wrote. Target begins with the decoder's start
// token, so it holds one token more than a decoder map has rows.
type Tokens struct {
	Source []Token
	Target []Token
}

// Token is one piece of text. Start and End are UTF-8 byte offsets into Record.Text for a source
// token and into Record.Output for a target token; a piece that is some of a character's bytes
// spans the whole character. Word numbers the word that the piece belongs to; special tokens have
// Word -1 and Start = End.
type Token struct {
	Text    string
	ID      int
	Start   int
	End     int
	Word    int
	Special bool
}

// Map is one head's attention: Rows queries by Cols keys, row-major. Each row of Weights sums to 1, or to 0 where
// the head was switched off. Scores are the values before softmax, scaled. Mask holds 1 where a query may look and
// 0 where it may not; nil means everywhere, but in a decoder map never ahead: weights there are not drawn. Layers
// and heads count from 0.
type Map struct {
	Kind    Kind
	Layer   int
	Head    int
	Rows    int
	Cols    int
	Weights []float32
	Scores  []float32
	Mask    []int8
}

// At returns the weight with which query row looks at key col.
func (m *Map) At(row, col int) float32 { return m.Weights[row*m.Cols+col] }

// Prediction is the model's distribution for one position, its most probable tokens first. Position
// counts decoder steps from 0: it predicts Tokens.Target[Position+1], or, of a decoder alone,
// Tokens.Source[Position+1], which after the last token is not there yet. An encoder alone predicts
// what Tokens.Source[Position] hides.
type Prediction struct {
	Position int
	Top      []Candidate
}

// Candidates are those of a prediction: of what follows a whole text, as they would be drawn, where that is known.
func (r *Record) Candidates(i int) []Candidate {
	if i == len(r.Predictions)-1 && len(r.Drawn) > 0 {
		return r.Drawn
	}
	return r.Predictions[i].Top
}

// Lens is what the model would say if it ended after a layer: the logit lens (nostalgebraist 2020, a blog
// post, "interpreting GPT: the logit lens"), the final norm and the output layer applied to what stands
// there. Of the last layer they are the model's own predictions, with fewer or more candidates.
type Lens struct {
	Layer       int
	Predictions []Prediction
}

// Candidate is a token and its probability.
type Candidate struct {
	Text string
	ID   int
	P    float32
}

// Queries returns the tokens that label the rows of a map of this kind: the row of a cross or rnn
// map is labelled by the output token that it predicts, the row of a decoder map by the token that
// was put in. Without a target all tokens are in the source.
func (r *Record) Queries(k Kind) []Token {
	t := r.Tokens.Target
	switch {
	case k == Self || len(t) == 0:
		return r.Tokens.Source
	case k == Decoder:
		return t[:len(t)-1]
	}
	return t[1:]
}

// Keys returns the tokens that label the columns of a map of this kind.
func (r *Record) Keys(k Kind) []Token {
	t, source := r.Tokens.Target, r.Tokens.Source
	switch {
	case k == Decoder && len(t) > 0:
		return t[:len(t)-1]
	case k == Rollout && len(t) > 0:
		return append(source[:len(source):len(source)], t[:len(t)-1]...)
	}
	return source
}

// Row is the weights of a query on the keys that it may see by their places, in a causal map without a mask
// those up to its own, and the mask of these keys, nil where it has none.
func (m *Map) Row(i int) (weights []float32, mask []int8) {
	weights = m.Weights[i*m.Cols:][:m.Cols]
	switch {
	case m.Mask != nil:
		mask = m.Mask[i*m.Cols:][:m.Cols]
	case m.Kind == Decoder: // the tokens that were not there yet
		_, hi := grad.Mask{Causal: true}.Seen(m.Rows, m.Cols, i)
		weights = weights[:max(0, min(hi, m.Cols))]
	}
	return weights, mask
}

// Masked says whether a query may not look at a key.
func (m *Map) Masked(row, col int) bool {
	weights, mask := m.Row(row)
	return col >= len(weights) || mask != nil && mask[col] == 0
}

// MaskOf is the mask of n tokens that look at each other; nil where each sees all.
func MaskOf(k grad.Mask, n int) []int8 {
	if !k.Causal && (k.Near == 0 || k.Near >= n) {
		return nil
	}
	mask := make([]int8, n*n)
	for i := range n {
		lo, hi := k.Seen(n, n, i)
		for j := lo; j < hi; j++ {
			mask[i*n+j] = 1
		}
	}
	return mask
}

// Near is that of the mask, which MaskOf made; 0 where that is not local to these tokens.
func (m *Map) Near() (near int) {
	row := m.Mask[:min(len(m.Mask), m.Cols)] // of its query: all that it sees lie to one side
	if m.Kind == Decoder && m.Mask != nil {
		row = m.Mask[(m.Rows-1)*m.Cols:]
	}
	for _, v := range row {
		near += int(v)
	}
	if near == m.Cols {
		return 0
	}
	return near
}

// place names the map's head.
func (m *Map) place() Place { return Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head} }

// Find returns the map of one head, or nil when the Record does not hold it.
func (r *Record) Find(k Kind, layer, head int) *Map {
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind == k && m.Layer == layer && m.Head == head {
			return m
		}
	}
	return nil
}

// Mean returns the mean of the weights over the heads of a layer that the Record holds, or over those
// of the given heads that it holds, as a new map with Head -1, the mask of the first and no scores; nil
// when it holds none.
func (r *Record) Mean(k Kind, layer int, heads ...int) *Map {
	var mean *Map
	n := float32(0)
	for i := range r.Maps {
		m := &r.Maps[i]
		if m.Kind != k || m.Layer != layer || len(heads) > 0 && !slices.Contains(heads, m.Head) {
			continue
		}
		if mean == nil {
			mean = &Map{Kind: k, Layer: layer, Head: -1, Rows: m.Rows, Cols: m.Cols, Mask: m.Mask}
			mean.Weights = make([]float32, len(m.Weights))
		}
		tensor.Add(mean.Weights, m.Weights)
		if m.Mask == nil {
			mean.Mask = nil
		} else if mean.Mask != nil && !slices.Equal(mean.Mask, m.Mask) { // a key that one head may look at, the mean looks at
			union := slices.Clone(mean.Mask)
			for j, v := range m.Mask {
				union[j] |= v
			}
			mean.Mask = union
		}
		n++
	}
	if mean != nil {
		tensor.Scale(mean.Weights, 1/n, mean.Weights)
	}
	return mean
}
