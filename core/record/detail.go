package record

import (
	"math"

	"heed/core/attention"
	"heed/core/json"
)

// Place names a row of a map. Layers, heads and rows count from 0.
type Place struct {
	Kind  Kind
	Layer int
	Head  int
	Row   int
}

// fields are kind, layer, head and row.
func (p *Place) fields(o *json.Object) {
	o.Member("kind").String((*string)(&p.Kind))
	o.Member("layer").Int(&p.Layer)
	o.Member("head").Int(&p.Head)
	o.Member("row").Int(&p.Row)
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
