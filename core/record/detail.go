package record

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"heed/core/attention"
)

// Place names a row of a map. Layers, heads and rows count from 0.
type Place struct {
	Kind  Kind
	Layer int
	Head  int
	Row   int
}

// The score functions of a Detail, in whose formulas q is the query and k the key.
const (
	ScaledDot = string(attention.ScaledDot) // scale × q·k
	Dot       = string(attention.Dot)       // q·k
	General   = string(attention.General)   // q·k, where k is W h of the encoder's state h
	Additive  = string(attention.Additive)  // v · tanh(q + k), where q is W s of the decoder's state s, and k is U h + b
)

// Detail is how one row of a map came about, in the numbers that the model computed with: a query, and
// for each column of the map a key and a value.
//
//	scores[j]  = scale × Σ_d q[d] k[j, d]            or, of the additive score function,
//	scores[j]  = scale × Σ_d vector[d] tanh(q[d] + k[j, d])
//	weights[j] = exp(scores[j]) / Σ_i exp(scores[i]) of what the mask lets see, else 0
//	output[d]  = Σ_j weights[j] v[j, d]
type Detail struct {
	Place
	Score   string
	Scale   float32
	Q       []float32 // as wide as the head, or as the additive form's hidden layer
	K       []float32 // keys × len(Q), row-major
	V       []float32 // keys × len(Output), row-major; of a recurrent model the encoder's states
	Vector  []float32 // of the additive form, as long as Q; nil for the others
	Scores  []float32 // by key; before the mask
	Weights []float32 // by key
	Mask    []int8    // by key: 1 where the query may look, 0 where it may not; nil means everywhere
	Output  []float32
}

// Key returns the key of a column.
func (d *Detail) Key(col int) []float32 { return d.K[col*len(d.Q):][:len(d.Q)] }

// Value returns the value of a column.
func (d *Detail) Value(col int) []float32 { return d.V[col*len(d.Output):][:len(d.Output)] }

// Masked says whether the query may not look at a column.
func (d *Detail) Masked(col int) bool { return d.Mask != nil && d.Mask[col] == 0 }

// Terms returns what each dimension of the query and a key brings to their score, which is the sum
// times the scale.
func (d *Detail) Terms(col int) []float64 {
	terms := make([]float64, len(d.Q))
	for i, k := range d.Key(col) {
		if d.Score == Additive {
			terms[i] = float64(d.Vector[i]) * math.Tanh(float64(d.Q[i]+k))
		} else {
			terms[i] = float64(d.Q[i]) * float64(k)
		}
	}
	return terms
}

// CheckDetail checks that the Detail is as large as the tokens that label it, and its numbers finite.
func (r *Record) CheckDetail() error {
	d := r.Detail
	if d == nil {
		return nil
	}
	wrong := func(what string) error { return errors.New("record: the detail " + what) }
	n := strconv.Itoa
	switch d.Kind {
	case Self, Decoder:
	case Cross, RNN:
		if len(r.Tokens.Target) == 0 {
			return wrong("is of an output, and there are no target tokens")
		}
	default:
		return wrong("is of an unknown kind; expected self, decoder, cross or rnn")
	}
	rows, cols, width, wide := len(r.Queries(d.Kind)), len(r.Keys(d.Kind)), len(d.Q), len(d.Output)
	switch {
	case r.Task == Generation && d.Kind != Decoder || r.Task == Fill && d.Kind != Self:
		return wrong("is of a kind that the task " + r.Task + " does not have")
	case d.Layer < 0 || d.Layer >= maxLayers || d.Head < 0 || d.Head >= maxHeads:
		return wrong("is out of range: layers are 0 to " + n(maxLayers-1) + ", heads 0 to " + n(maxHeads-1))
	case d.Row < 0 || d.Row >= rows:
		return wrong("is of row " + n(d.Row) + ", and its map has " + n(rows))
	case !slices.Contains(attention.Scores, attention.Score(d.Score)):
		return wrong("has an unknown score function; expected " + attention.ScoreNames())
	case width < 1 || width > maxWidth || wide < 1 || wide > maxWidth:
		return wrong("has a query of " + n(width) + " numbers and an output of " + n(wide) + "; expected 1 to " + n(maxWidth))
	case len(d.K) != cols*width || len(d.V) != cols*wide:
		return wrong("has " + n(len(d.K)) + " numbers of keys and " + n(len(d.V)) + " of values; expected " + n(cols) + " of " + n(width) + " and of " + n(wide) + " each")
	case d.Score == Additive && len(d.Vector) != width || d.Score != Additive && len(d.Vector) != 0:
		return wrong("has a vector of " + n(len(d.Vector)) + " numbers; the additive score function has one as wide as its query, the others have none")
	case len(d.Scores) != cols || len(d.Weights) != cols || d.Mask != nil && len(d.Mask) != cols:
		return wrong("has " + n(len(d.Scores)) + " scores, " + n(len(d.Weights)) + " weights and " + n(len(d.Mask)) + " mask cells; expected " + n(cols) + " of each")
	case !finite(d.Scale):
		return wrong("has a scale that is not finite")
	}
	for i, v := range d.Mask {
		if v != 0 && v != 1 {
			return wrong("has " + n(int(v)) + " in its mask, column " + n(i) + "; expected 0 or 1")
		}
	}
	for i, v := range d.Scores {
		if !finite(v) && !d.Masked(i) {
			return wrong("has a score that is not finite in column " + n(i) + ", which is not masked")
		}
	}
	for _, part := range []struct {
		name   string
		values []float32
	}{{"query", d.Q}, {"keys", d.K}, {"values", d.V}, {"vector", d.Vector}, {"weights", d.Weights}, {"output", d.Output}} {
		for i, v := range part.values {
			if !finite(v) {
				return wrong("has a number in its " + part.name + " that is not finite, at " + n(i))
			}
		}
	}
	return nil
}
