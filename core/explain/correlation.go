package explain

import (
	"math"

	"heed/core/record"
	"heed/core/stable"
)

// Counted returns the indices of the tokens of the text by which attributions of a prediction are compared: those that
// it can see and that can be left out.
func Counted(r *record.Record, position int) (kept []int) {
	for i, t := range r.Tokens.Source {
		if t.Special || r.Task == record.Generation && i > position || r.Task == record.Fill && i == position {
			continue
		}
		kept = append(kept, i)
	}
	return kept
}

// Stays says whether leave-one-out leaves a token where it is, so that its 0 is no measurement: a special token, the
// hidden word that is asked for, a word that stands alone.
func Stays(r *record.Record, a *record.Attribution, i int, t *record.Token) bool {
	alone := len(r.Tokens.Target) == 0 && i == a.Position && (i == 0 || r.Task == record.Fill)
	return a.Method == "leave-one-out" && (t.Special || alone)
}

// Sizes returns |values[i]| for each i in which.
func Sizes(values []float32, which []int) []float32 {
	out := make([]float32, len(which))
	for i, at := range which {
		out[i] = float32(math.Abs(float64(values[at])))
	}
	return out
}

// Agreement is the rank correlation of the sizes that two attributions give the tokens of the text.
func Agreement(r *record.Record, a, b *record.Attribution) float64 {
	kept := Counted(r, a.Position)
	return Correlation(Sizes(a.Source, kept), Sizes(b.Source, kept))
}

// Correlation returns Spearman's rank correlation, -1 to 1, of two lists of one length, ties at their mean rank; 0
// where one of them does not vary.
func Correlation(x, y []float32) float64 {
	rx, ry := ranks(x), ranks(y)
	n := float64(len(rx))
	mean := (n + 1) / 2
	var xy, xx, yy float64
	for i := range rx {
		a, b := rx[i]-mean, ry[i]-mean
		xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// ranks counts from 1.
func ranks(x []float32) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	stable.Sort(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	r := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i + 1 // even a NaN, which equals nothing, has a rank
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			r[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return r
}
