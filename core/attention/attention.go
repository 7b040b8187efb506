// Package attention holds the mechanisms of attention: multi-head attention over a score function,
// positions, and the hooks that watch and change what a network computes.
//
// Notation: N queries and M keys, C the width of the residual stream, H heads.
package attention

import (
	"math"

	"heed/core/grad"
)

// MultiHead is multi-head attention (Vaswani et al. 2017, section 3.2.2), the heads side by side.
type MultiHead struct {
	Kind    Kind
	Layer   int
	Heads   int
	KVHeads int     // heads of keys and values, each for Heads/KVHeads heads (Ainslie et al. 2023); 0 means Heads
	Scale   float32 // of the scores; 0 means 1/√width, the width being that of a head's query
	grad.Mask
	Rotary   *Rotary   // turns queries and keys by their positions; may be nil
	Relative *Relative // is added to the scores; may be nil

	// Query is C→Heads·width, Key and Value C→KVHeads·width, Out Heads·width→C.
	Query, Key, Value, Out grad.Linear
	// Fused holds the rows of Query, of Key and of Value, one below the other, in their place: one
	// product for attention of a sequence to itself (GPT-2's c_attn).
	Fused grad.Linear
	// QueryNorm and KeyNorm normalise each head's query and key, before Rotary; they may be nil.
	QueryNorm, KeyNorm *grad.Norm
}

// KV returns the number of heads of keys and values.
func (m *MultiHead) KV() int {
	if m.KVHeads == 0 {
		return m.Heads
	}
	return m.KVHeads
}

// HeadWidth returns the width of a head's query.
func (m *MultiHead) HeadWidth() int {
	if m.Fused.W != nil {
		return m.Fused.W.Rows / (m.Heads + 2*m.KV())
	}
	return m.Query.W.Rows / m.Heads
}

// ScoreScale returns what products of queries, each of that width, and keys are multiplied by.
func (m *MultiHead) ScoreScale(width int) float32 {
	if m.Scale != 0 {
		return m.Scale
	}
	return float32(1 / math.Sqrt(float64(width)))
}

// Project returns the queries of x[N×C], and the keys and values of memory[M×C], which is x where
// they are fused. With rotary positions, row i of x and of memory is at positions[i]; otherwise
// positions are not read.
func (m *MultiHead) Project(p *grad.Pass, x, memory grad.Value, positions []int) (q, k, v grad.Value) {
	if m.Fused.W != nil {
		y := m.Fused.Forward(p, x)
		c := m.HeadWidth()
		n, kv := m.Heads*c, m.KV()*c
		q, k, v = y.Cols(0, n), y.Cols(n, n+kv), y.Cols(n+kv, n+2*kv)
	} else {
		q, k, v = m.Query.Forward(p, x), m.Key.Forward(p, memory), m.Value.Forward(p, memory)
	}
	if m.QueryNorm != nil {
		q = m.QueryNorm.ForwardHeads(p, q, m.Heads)
	}
	if m.KeyNorm != nil {
		k = m.KeyNorm.ForwardHeads(p, k, m.KV())
	}
	if m.Rotary != nil {
		m.Rotary.Apply(p, q, positions, m.Heads)
		m.Rotary.Apply(p, k, positions, m.KV())
	}
	return q, k, v
}

// Attend lets queries look at keys and returns the mixed values of all heads side by side,
// N×(Heads·width): what Out projects.
func (m *MultiHead) Attend(p *grad.Pass, q, k, v grad.Value, spans []grad.Span, hooks Hooks) grad.Value {
	scale := m.ScoreScale(q.X.Cols / m.Heads)
	scores := p.Scores(q, k, spans, m.Heads, m.KV(), scale)
	if m.Relative != nil {
		p.ScoreBias(scores, m.Relative.Table, spans, m.Heads, m.Relative.Bucket)
	}
	if hooks.Scores != nil {
		m.show(hooks.Scores, q, k, v, scores, grad.Value{}, spans, scale)
	}
	weights := p.Softmax(scores, spans, m.Heads, m.Mask)
	if hooks.Map != nil {
		m.show(hooks.Map, q, k, v, scores, weights, spans, scale)
	}
	return p.Mix(weights, v, spans, m.Heads, m.KV())
}

// show calls a hook for every span and head.
func (m *MultiHead) show(hook func(*Map), q, k, v, scores, weights grad.Value, spans []grad.Span, scale float32) {
	c, cv, group := q.X.Cols/m.Heads, v.X.Cols/m.KV(), m.Heads/m.KV()
	for s, span := range spans {
		for h := range m.Heads {
			g := h / group
			am := &Map{Kind: m.Kind, Layer: m.Layer, Head: h, Sequence: s, Mask: m.Mask,
				Scores: grad.Map(scores.X, spans, m.Heads, s, h), Score: ScaledDot, Scale: scale,
				Q: q.X.RowRange(span.Q0, span.Q1).ColRange(h*c, (h+1)*c),
				K: k.X.RowRange(span.K0, span.K1).ColRange(g*c, (g+1)*c),
				V: v.X.RowRange(span.K0, span.K1).ColRange(g*cv, (g+1)*cv)}
			if weights.X.Data != nil {
				am.Weights = grad.Map(weights.X, spans, m.Heads, s, h)
			}
			if weights.G.Data != nil {
				am.Gradient = grad.Map(weights.G, spans, m.Heads, s, h)
			}
			hook(am)
		}
	}
}

// CacheWidths returns the widths of the keys and the values that a cache keeps of a token.
func (m *MultiHead) CacheWidths() (k, v int) {
	if m.Fused.W != nil {
		w := m.HeadWidth() * m.KV()
		return w, w
	}
	return m.Key.W.Rows, m.Value.W.Rows
}
