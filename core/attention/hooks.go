package attention

import (
	"heed/core/grad"
	"heed/core/tensor"
)

// Kind says which attention a map belongs to.
type Kind string

const (
	Self    Kind = "self"    // encoder self-attention: source tokens look at source tokens
	Decoder Kind = "decoder" // masked self-attention of a decoder (of a decoder-only model too)
	Cross   Kind = "cross"   // a decoder's look at the encoder's output
	RNN     Kind = "rnn"     // soft attention of a recurrent decoder
)

// Hooks are called while a network runs, and may read and replace what it goes on with: capture,
// ablation, patching, steering and attribution are all hooks. Those that are nil cost nothing, so the
// zero value is an ordinary run. What they are shown are views into the arena: they hold what they do
// until the arena is reset, or the memory is released, and their gradients are there after
// Tape.Backward.
//
// A replacement is a constant to the tape: the gradient with respect to what stands there is that of
// the new numbers, and it is passed on to where the old ones came from as if those had been kept and
// the difference added (of weights: as if softmax had given the new ones, so that nothing reaches the
// scores of a row of zeros).
type Hooks struct {
	// Scores sees the scores of each head before softmax, and may change them. Weights hold nothing yet.
	Scores func(m *Map)
	// Map sees each head's attention just after softmax, and may change the weights.
	Map func(m *Map)
	// Values sees the activations of each Site, in the order in which they are computed, and may change
	// X.X in place.
	Values func(v *Values)
}

// Map is one head's attention for one sequence, as a hook sees it.
type Map struct {
	Kind        Kind
	Layer, Head int
	Sequence    int           // which sequence of the batch
	Row         int           // the first of these queries, counted from the first token of the sequence that this pass reads
	Scores      tensor.Matrix // queries × keys, scaled, with their bias, before the mask and softmax
	Weights     tensor.Matrix // queries × keys; rows sum to 1
	Gradient    tensor.Matrix // with respect to Weights, after Tape.Backward; no Data without a tape
	grad.Mask

	// The inputs of the scores.
	Score   Score
	Scale   float32
	Q, K, V tensor.Matrix // queries, keys and values, a row each; Q and K as Scorer.Scores takes them
	Vector  []float32     // v of the additive form; nil for the others
}

// Visible returns the keys that query i may look at: j with lo ≤ j < hi.
func (m *Map) Visible(i int) (lo, hi int) { return m.Seen(m.Scores.Rows, m.Scores.Cols, i) }

// Site is a place in a network whose activations a hook sees.
type Site uint8

const (
	// Embedding is what enters a stack: the sum of the embeddings of tokens and positions, normalised
	// where the family does so. Layer is -1.
	Embedding Site = iota
	// Residual is the residual stream after a layer, the output of the layer in a post-norm model; of a
	// recurrent encoder, the states of a layer.
	Residual
	// Heads are the mixed values of all heads side by side, before the output projection:
	// N×(heads·width). Kind tells self-attention from cross-attention.
	Heads
	// Attended is what attention adds to the residual stream: Heads through the output projection, and a norm where the
	// family has one.
	Attended
	// FeedForward is what the feed-forward network adds to the residual stream.
	FeedForward
	// States are a recurrent decoder's states of one step: the next step goes on from them.
	States
	// Context is the context vector: with soft attention that of one step; without it one row for each
	// source sequence, which all steps read.
	Context
)

// Values are the activations at a Site.
type Values struct {
	Site  Site
	Kind  Kind // Self in an encoder, Decoder or Cross in a Transformer's decoder, RNN in a recurrent decoder
	Layer int
	X     grad.Value // N×C
	// Row i is of the token at Position[i] of sequence Sequence[i], counted as the network has them.
	Sequence, Position []int
}
