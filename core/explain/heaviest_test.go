package explain

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"heed/core/record"
)

// Against sorting all columns, with many of like sums among them.
func TestHeaviest(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for cols := 1; cols < 70; cols++ {
		m := &record.Map{Rows: 3, Cols: cols, Weights: make([]float32, 3*cols)}
		if cols%2 == 0 {
			m.Mask = make([]int8, 3*cols)
		}
		sums := make([]float32, cols)
		for i := range m.Weights {
			m.Weights[i] = float32(random.IntN(4)) / 8
			if m.Mask != nil {
				m.Mask[i] = int8(random.IntN(2))
			}
			if m.Mask == nil || m.Mask[i] == 1 {
				sums[i%cols] += m.Weights[i]
			}
		}
		order := make([]int, cols)
		for j := range order {
			order[j] = j
		}
		slices.SortStableFunc(order, func(a, b int) int { return int(8 * (sums[b] - sums[a])) })
		for n := range cols + 1 {
			got, want := heaviest(m, n), slices.Clone(order[:n])
			if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Fatalf("the %d heaviest of %v: columns %v, want %v", n, sums, got, want)
			}
		}
	}
}

// A word of very many pieces is put together once, not once for each piece.
func TestLongWord(t *testing.T) {
	tokens := make([]record.Token, 20000)
	for i := range tokens {
		tokens[i].Text = "piece"
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	wordNumbers(tokens, map[string]int{})
	(&record.Record{Tokens: record.Tokens{Source: tokens}}).Words()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("%d MB allocated for a word of 100 kB", n>>20)
	}
}
