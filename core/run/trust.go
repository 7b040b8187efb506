package run

import (
	"math"
	"strings"

	"heed/core/explain"
	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
)

// Trust says how far maps agree with what a model uses: mean rank correlations with leave-one-out
// (Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers", tables 1 to 3; Jain & Wallace 2019,
// "Attention is not Explanation", section 4.1).
type Trust struct {
	Sentences, Predictions int
	// Of each method, Spearman's coefficient of its numbers with those of leave-one-out, both without
	// their signs, over the tokens of the text that are not special; the mean over predictions, and its
	// standard error, for which the predictions of one sentence count as one observation: they are alike
	// (a cluster-robust error, Liang & Zeger 1986). It is 0 where there is one sentence only. Methods that
	// the network does not have are not among them.
	Methods []MethodTrust
}

// MethodTrust is the agreement of one method.
type MethodTrust struct {
	Method      string
	Mean, Error float64
}

// Fields describes the JSON.
func (t *Trust) Fields(o *json.Object) {
	o.Member("sentences").Int(&t.Sentences)
	o.Member("predictions").Int(&t.Predictions)
	json.List(o.Member("methods"), &t.Methods)
}

// Fields describes the JSON of a MethodTrust.
func (m *MethodTrust) Fields(o *json.Object) {
	o.Member("method").String(&m.Method)
	o.Member("correlation").Float(&m.Mean)
	o.Member("error").Float(&m.Error)
}

// fewestTokens is how many tokens a correlation is taken of at least.
const fewestTokens = 4

// Trusted measures a model over texts. Of each it takes at most so many predictions, evenly spaced; 0 means
// all.
func Trusted(m *model.Model, texts []string, most int, progress Progress) (*Trust, error) {
	out := &Trust{}
	methods := []string{GradientInput}
	if len(m.Stacks()) > 0 {
		methods = []string{Attention, Rollout, GradientInput, AttentionGradient}
	}
	found := map[string][][]float64{} // of each sentence
	s := NewSession(m)
	for i, text := range texts {
		if err := progress.tell(i, len(texts)); err != nil {
			return nil, err
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		r, err := s.Run(text, Options{})
		if err != nil {
			return nil, err
		}
		t, err := s.lastTrial()
		if err != nil {
			continue
		}
		before := out.Predictions
		for _, method := range methods {
			found[method] = append(found[method], nil)
		}
		step := 1
		if most > 0 {
			step = (len(t.rows) + most - 1) / most
		}
		for k := 0; k < len(t.rows); k += max(1, step) {
			position := t.rows[k]
			kept := explain.Counted(r, position)
			if len(kept) < fewestTokens {
				continue
			}
			left, err := s.Attribute(LeaveOneOut, position)
			if err != nil {
				return nil, err
			}
			out.Predictions++
			truth := explain.Sizes(left.Source, kept)
			for _, method := range methods {
				a, err := s.Attribute(method, position)
				if err != nil && (method == Attention || method == Rollout) {
					continue // the network has no such map
				}
				if err != nil {
					return nil, err
				}
				all := &found[method][len(found[method])-1]
				*all = append(*all, explain.Correlation(explain.Sizes(a.Source, kept), truth))
			}
		}
		if out.Predictions > before {
			out.Sentences++
		}
	}
	for _, method := range methods {
		if mean, deviation, ok := clustered(found[method]); ok {
			out.Methods = append(out.Methods, MethodTrust{method, mean, deviation})
		}
	}
	return out, progress.tell(len(texts), len(texts))
}

// clustered is the mean of all numbers and its standard error, of which those of one cluster are not independent; ok is
// false where there is no number.
func clustered(clusters [][]float64) (mean, deviation float64, ok bool) {
	n, filled := 0.0, 0.0
	for _, c := range clusters {
		for _, v := range c {
			mean, n = mean+v, n+1
		}
		if len(c) > 0 {
			filled++
		}
	}
	if n == 0 {
		return 0, 0, false
	}
	mean /= n
	if filled < 2 {
		return mean, 0, true
	}
	square := 0.0
	for _, c := range clusters {
		sum := 0.0
		for _, v := range c {
			sum += v - mean
		}
		square += sum * sum
	}
	return mean, math.Sqrt(filled/(filled-1)*square) / n, true
}

// rolloutOf is the rollout of a Record; nil for a network without layers.
func rolloutOf(r *record.Record) *record.Map {
	f, err := explain.NewFlow(r)
	if err != nil {
		return nil
	}
	return f.Rollout()
}

// meanAttention is the mean row of a prediction over all maps that look at the text; nil where there are none.
func meanAttention(r *record.Record, position int) []float32 {
	var sum []float32
	n := float32(0)
	for i := range r.Maps {
		m := &r.Maps[i]
		if len(r.Tokens.Target) > 0 && (m.Kind == record.Self || m.Kind == record.Decoder) || position >= m.Rows {
			continue
		}
		if sum == nil {
			sum = make([]float32, m.Cols)
		}
		for j := range sum {
			sum[j] += m.At(position, j)
		}
		n++
	}
	for j := range sum {
		sum[j] /= n
	}
	return sum
}
