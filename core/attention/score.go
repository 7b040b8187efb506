package attention

import (
	"math"
	"slices"
	"strconv"

	"heed/core/grad"
)

// Score names a score function: how well a query s fits a key h. Of a recurrent decoder's soft attention s is its
// state, and h that of the encoder at one position. Those of MultiHead are ScaledDot, whose factor Map.Scale says: it
// is 1/√H unless the family has another.
//
// Another function is a row of Scores and a case in NewScorer and in Scorer's methods; package recurrent's Config
// counts its weights, package record names it and has its formula (Detail), and package view writes that out
// (steps.go).
type Score string

const (
	Additive  Score = "additive"   // v · tanh(W s + U h + b) (Bahdanau et al. 2014, appendix A.1.2)
	Dot       Score = "dot"        // s · h (Luong et al. 2015, section 3.1)
	General   Score = "general"    // s · W h (Luong et al. 2015, section 3.1)
	ScaledDot Score = "scaled_dot" // s · h / √H (Vaswani et al. 2017, equation 1)
)

// Scores lists all score functions.
var Scores = []Score{Additive, Dot, General, ScaledDot}

// ParseScore maps the names that configurations use; ok is false for others.
func ParseScore(name string) (s Score, ok bool) {
	if s = Score(name); slices.Contains(Scores, s) {
		return s, true
	}
	return "", false
}

// ScoreNames lists the names of all score functions for an error: "additive, dot, general or scaled_dot".
func ScoreNames() string {
	names := string(Scores[0])
	for i, s := range Scores[1:] {
		if i+2 < len(Scores) {
			names += ", " + string(s)
		} else {
			names += " or " + string(s)
		}
	}
	return names
}

// Scorer is a score function with its weights. Notation: H the width of a decoder's state, C that of
// the encoder's, A that of the additive form's hidden layer.
type Scorer struct {
	Score  Score
	Query  *grad.Param // W of the additive form, A×H; nil for the others
	Key    *grad.Param // U of the additive form, A×C, or W of the general one, H×C; nil for the others
	Bias   *grad.Param // b of the additive form, 1×A
	Vector *grad.Param // v of the additive form, 1×A
	Scale  float32     // of the products; 1 except for ScaledDot
}

// NewScorer adds the weights of a score function under NAME. It panics for a score function that is not among Scores,
// and when Dot or ScaledDot are to compare states of different widths.
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
	case Dot:
	default:
		panic("attention: the score function " + strconv.Quote(string(score)) + " is not known; use " + ScoreNames())
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

// Queries holds what the scores need of a decoder's states.
type Queries struct {
	grad.Value // N×A for the additive form, the states themselves for the others
	product    grad.Loop
	computed   bool
}

// Queries prepares the queries of states[N×H]; Step computes them, once the states are there.
func (s *Scorer) Queries(p *grad.Pass, states grad.Value) Queries {
	if s.Query == nil {
		return Queries{Value: states}
	}
	q := p.Empty(states.X.Rows, s.Query.Rows)
	return Queries{q, p.Loop(q, states, s.Query, nil, false), true}
}

// Step computes rows lo to hi.
func (q *Queries) Step(p *grad.Pass, lo, hi int) {
	if q.computed {
		q.product.Step(p, lo, hi)
	}
}

// Scores compares queries, as Queries returns them, with keys, laid out as grad.Map says for one head.
func (s *Scorer) Scores(p *grad.Pass, q, keys grad.Value, spans []grad.Span) grad.Value {
	if s.Score == Additive {
		return p.Additive(q, keys, s.Vector, spans)
	}
	return p.Scores(q, keys, spans, 1, 1, s.Scale)
}
