package record

import "math"

// A weight that is forced is also what the softmax makes of another score, for the other weights of its row are
// scaled alike, as another score of one key scales them. Where forced weights leave a share of 1 - Σw to the
// rest, whose scores are s, the softmax divides by Z = Σ exp(s) / (1 - Σw), and the score that stands for a
// forced weight w is ln(w Z). So a score can be set, and is kept as the weight that it comes to.

// least is the share that forced weights leave to the rest here, where they leave nothing that a float32 could
// tell: a weight of 1 would be a score without end.
const least = 1e-4

// lnSum is ln Σ exp(x), leaving one out.
func lnSum(xs []float64, but int) float64 {
	most := math.Inf(-1)
	for i, x := range xs {
		if i != but {
			most = max(most, x)
		}
	}
	sum := 0.0
	for i, x := range xs {
		if i != but && x > math.Inf(-1) {
			sum += math.Exp(x - most)
		}
	}
	return most + math.Log(sum)
}

// scores are those that stand for the weights of a row, −∞ for a weight of 0, and its weights that are forced.
// There are none, nil, where no key that may be looked at keeps its own.
func (c *Changes) scores(d *Detail) (scores []float64, forced []Forced) {
	scores = make([]float64, len(d.Scores))
	for j, s := range d.Scores {
		if scores[j] = float64(s); d.Masked(j) {
			scores[j] = math.Inf(-1)
		}
	}
	given := 0.0
	_, all := c.Of(d.Kind, d.Layer, d.Head)
	for _, f := range all {
		if f.Row == d.Row && f.Col < len(scores) && !d.Masked(f.Col) {
			forced = append(forced, f)
			scores[f.Col] = math.Inf(-1)
			given += float64(f.Weight)
		}
	}
	rest := lnSum(scores, -1)
	if !(rest > math.Inf(-1)) {
		return nil, nil
	}
	scale, left := 1.0, 1-given
	if left < least/100 {
		scale, left = (1-least)/given, least
	}
	for _, f := range forced {
		scores[f.Col] = math.Log(float64(f.Weight)*scale/left) + rest
	}
	return scores, forced
}

// ScoreOf returns the score that stands for the weight of a key in a row: the one that was computed, or, of a
// forced weight, the one that the softmax would make it of; −∞ for 0. With the score half the key would have
// one half of the weight. ok is false where the key has no score.
func (c *Changes) ScoreOf(d *Detail, col int) (score, half float64, ok bool) {
	if col >= len(d.Scores) || d.Masked(col) {
		return 0, 0, false
	}
	scores, _ := c.scores(d)
	if scores == nil {
		return 0, 0, false
	}
	half = lnSum(scores, col)
	return scores[col], half, half > math.Inf(-1)
}

// SetScore forces the weight that the softmax of a row makes of another score of one key. Other weights of the
// row that are forced keep the scores that stand for them. Where ScoreOf has no score it does nothing.
func (c *Changes) SetScore(d *Detail, col int, score float64) {
	if _, _, ok := c.ScoreOf(d, col); !ok {
		return
	}
	scores, forced := c.scores(d)
	scores[col] = score
	z := lnSum(scores, -1)
	for _, f := range append(forced, Forced{Place: d.Place, Col: col}) {
		f.Weight = float32(math.Exp(scores[f.Col] - z))
		c.Set(f)
	}
}
