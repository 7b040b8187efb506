package explain

import (
	"math"
	"testing"

	"heed/core/record"
)

// TestRanksEnd: a number that equals nothing, not even itself, has a rank, and the search for its equals ends.
func TestRanksEnd(t *testing.T) {
	nan := float32(math.NaN())
	for _, x := range [][]float32{{nan}, {1, nan}, {nan, nan, 2}} {
		if r := ranks(x); len(r) != len(x) {
			t.Errorf("%v: %v", x, r)
		}
	}
}

// TestCorrelation: Spearman's coefficient of small lists, computed by hand, ties included.
func TestCorrelation(t *testing.T) {
	for _, c := range []struct {
		x, y []float32
		want float64
	}{
		{[]float32{1, 2, 3}, []float32{10, 20, 30}, 1},
		{[]float32{1, 2, 3}, []float32{5, 4, -3}, -1},
		{[]float32{1, 2, 2, 3}, []float32{1, 3, 2, 4}, 0.9486833}, // ranks 1, 2.5, 2.5, 4
		{[]float32{1, 1}, []float32{1, 2}, 0},
	} {
		if got := Correlation(c.x, c.y); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("the correlation of %v and %v is %g, want %g", c.x, c.y, got, c.want)
		}
	}
}

// TestAgreement: signs, special tokens and what a prediction cannot see do not count.
func TestAgreement(t *testing.T) {
	r := &record.Record{Task: record.Generation}
	r.Tokens.Source = []record.Token{{Text: "<s>", Special: true}, {Text: "a"}, {Text: "b"}, {Text: "c"}, {Text: "d"}}
	a := &record.Attribution{Position: 3, Source: []float32{9, 1, -2, 3, 0}}
	b := &record.Attribution{Position: 3, Source: []float32{0, -1, 2, -3, 9}}
	if got := Agreement(r, a, b); math.Abs(got-1) > 1e-9 {
		t.Errorf("the agreement is %g, want 1", got)
	}
}
