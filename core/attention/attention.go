// Package attention holds the mechanisms of attention: multi-head attention over a score function,
// masks, positions, and the taps that watch them.
package attention

import (
	"math"

	"heed/core/grad"
	"heed/core/record"
	"heed/core/tensor"
)

// Map is one head's attention for one sequence, as a Tap sees it just after softmax. Weights may be
// changed in place: what the tap leaves there is what the model goes on with.
type Map struct {
	Kind        record.Kind
	Layer, Head int
	Sequence    int           // which sequence of the batch
	Row         int           // the first of these queries, counted among those that this pass has of the sequence
	Scores      tensor.Matrix // queries × keys, scaled, before the mask and softmax
	Weights     tensor.Matrix // queries × keys; rows sum to 1
	Causal      bool          // query i of n sees keys up to its own position only

	// What they came of: views, which the Pass writes over later.
	Score   Score
	Scale   float32
	Q, K, V tensor.Matrix // queries, keys and values, a row each; Q and K as Scorer.Scores takes them
	Vector  []float32     // v of the additive form; nil for the others
}

// Tap sees every attention map of a pass, and may replace its weights: capture, ablation and
// surgery are all taps. With a tape the gradient is that of the replaced weights, which softmax
// passes on as if it had given them: nothing reaches the scores of a row of zeros.
type Tap func(m *Map)

// Linear is a weight stored [out, in] and its bias.
type Linear struct{ W, B *grad.Param }

// NewLinear adds NAME.weight and NAME.bias to the weights.
func NewLinear(ps *grad.Params, name string, in, out int) Linear {
	return Linear{ps.New(name+".weight", out, in), ps.New(name+".bias", 1, out)}
}

// Forward is x[N×in] · Wᵀ + b.
func (l Linear) Forward(p *grad.Pass, x grad.Value) grad.Value { return p.Linear(x, l.W, l.B) }

// MultiHead is multi-head attention (Vaswani et al. 2017, section 3.2.2) over C columns, the heads
// side by side.
type MultiHead struct {
	Kind                   record.Kind
	Layer, Heads           int
	Causal                 bool
	Query, Key, Value, Out Linear
	// Fused holds the rows of Query, of Key and of Value, one below the other, in their place: one
	// product C→3C for attention of a sequence to itself (GPT-2's c_attn).
	Fused Linear
}

// Project returns the queries of x[N×C], and the keys and values of memory[M×C], which is x where
// they are fused.
func (m *MultiHead) Project(p *grad.Pass, x, memory grad.Value) (q, k, v grad.Value) {
	if m.Fused.W != nil {
		c := x.X.Cols
		y := m.Fused.Forward(p, x)
		return y.Cols(0, c), y.Cols(c, 2*c), y.Cols(2*c, 3*c)
	}
	return m.Query.Forward(p, x), m.Key.Forward(p, memory), m.Value.Forward(p, memory)
}

// Attend lets queries look at keys and returns the mixed values through the output projection,
// N×C. tap may be nil.
func (m *MultiHead) Attend(p *grad.Pass, q, k, v grad.Value, spans []grad.Span, tap Tap) grad.Value {
	scale := float32(1 / math.Sqrt(float64(q.X.Cols/m.Heads)))
	scores := p.Scores(q, k, spans, m.Heads, scale)
	weights := p.Softmax(scores, spans, m.Heads, m.Causal)
	if tap != nil {
		c, cv := q.X.Cols/m.Heads, v.X.Cols/m.Heads
		for s, span := range spans {
			for h := range m.Heads {
				tap(&Map{Kind: m.Kind, Layer: m.Layer, Head: h, Sequence: s, Causal: m.Causal,
					Scores: grad.Map(scores.X, spans, m.Heads, s, h), Weights: grad.Map(weights.X, spans, m.Heads, s, h),
					Score: ScaledDot, Scale: scale,
					Q: q.X.RowRange(span.Q0, span.Q1).ColRange(h*c, (h+1)*c),
					K: k.X.RowRange(span.K0, span.K1).ColRange(h*c, (h+1)*c),
					V: v.X.RowRange(span.K0, span.K1).ColRange(h*cv, (h+1)*cv)})
			}
		}
	}
	return m.Out.Forward(p, p.Mix(weights, v, spans, m.Heads))
}

// Sinusoids is the table of fixed positions, n×width, in Marian's layout: row i holds
// sin(i / 10000^(2j/width)) for j < width/2, then the cosines (Vaswani et al. 2017, section 3.5, which
// interleaves them).
func Sinusoids(n, width int) tensor.Matrix {
	t := tensor.New(n, width)
	half := (width + 1) / 2
	for i := range n {
		row := t.Row(i)
		for j := range row {
			angle := float64(i) / math.Pow(10000, 2*float64(j%half)/float64(width))
			if j < half {
				row[j] = float32(math.Sin(angle))
			} else {
				row[j] = float32(math.Cos(angle))
			}
		}
	}
	return t
}
