package attention

import (
	"math"
	"strconv"

	"heed/core/grad"
)

// Score names a score function of a recurrent decoder's soft attention: how well its state s fits
// the state h of the encoder at one position.
type Score string

const (
	Additive  Score = "additive"   // v · tanh(W s + U h + b) (Bahdanau et al. 2014, appendix A.1.2)
	Dot       Score = "dot"        // s · h (Luong et al. 2015, section 3.1)
	General   Score = "general"    // s · W h (Luong et al. 2015, section 3.1)
	ScaledDot Score = "scaled_dot" // s · h / √H (Vaswani et al. 2017, equation 1)
)

// ParseScore maps the names that configurations use; ok is false for others.
func ParseScore(name string) (s Score, ok bool) {
	switch s = Score(name); s {
	case Additive, Dot, General, ScaledDot:
		return s, true
	}
	return "", false
}

// Scorer is a score function with its weights. Notation: H the width of a decoder's state, C that of
// the encoder's, A that of the additive form's hidden layer.
type Scorer struct {
	Score  Score
	Query  *grad.Param // W of the additive form, A×H; nil for the others
	Key    *grad.Param // U of the additive form, A×C, or W of the general one, H×C; nil for the others
	Bias   *grad.Param // b of the additive form, 1×A
	Vector *grad.Param // v of the additive form, 1×A
	Scale  float32     // of the products; 1 but for ScaledDot
}

// NewScorer adds the weights of a score function under NAME. It panics when Dot or ScaledDot are to
// compare states of different widths.
func NewScorer(ps *grad.Params, name string, score Score, query, key, width int) *Scorer {
	s := &Scorer{Score: score, Scale: 1}
	switch score {
	case Additive:
		s.Query = ps.New(name+".query.weight", grad.Matrix, width, query)
		s.Key = ps.New(name+".key.weight", grad.Matrix, width, key)
		s.Bias = ps.New(name+".key.bias", grad.Bias, 1, width)
		s.Vector = ps.New(name+".vector.weight", grad.Vector, 1, width)
		return s
	case General:
		s.Key = ps.New(name+".key.weight", grad.Matrix, query, key)
		return s
	case ScaledDot:
		s.Scale = float32(1 / math.Sqrt(float64(query)))
	}
	if query != key {
		panic("attention: " + string(score) + " compares states of one width, not of " + strconv.Itoa(query) + " and " + strconv.Itoa(key))
	}
	return s
}

// Keys returns what the scores need of the encoder's states, memory[M×C], in one product for all
// steps: M×A for the additive form, M×H for the others.
func (s *Scorer) Keys(p *grad.Pass, memory grad.Value) grad.Value {
	if s.Key == nil {
		return memory
	}
	return p.Linear(memory, s.Key, s.Bias)
}

// Scores compares queries with keys, laid out as grad.Map says for one head. The queries are N×A,
// already multiplied with Query, for the additive form, and the states N×H themselves for the
// others.
func (s *Scorer) Scores(p *grad.Pass, q, keys grad.Value, spans []grad.Span) grad.Value {
	if s.Score == Additive {
		return p.Additive(q, keys, s.Vector, spans)
	}
	return p.Scores(q, keys, spans, 1, 1, s.Scale)
}
