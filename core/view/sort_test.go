package view

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortLinks sorts few links and many by their weights, and keeps each.
func TestSortLinks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 255, 256, 5000} {
		var links []uint64
		for i := range n {
			w := float32(math.Exp(-20*r.Float64())) * (1 - 1/float32(i+2))
			links = append(links, uint64(math.Float32bits(w))<<32|uint64(i))
		}
		links = append(links, uint64(math.Float32bits(1))<<32, uint64(math.Float32bits(0))<<32)
		want := slices.Clone(links)
		slices.SortStableFunc(want, func(a, b uint64) int { return int(a>>32) - int(b>>32) })
		sortLinks(links)
		for i := range links {
			if links[i]>>32 != want[i]>>32 {
				t.Fatalf("%d links: number %d weighs %v, not %v", n, i, weightOf(links[i]), weightOf(want[i]))
			}
		}
		slices.Sort(links)
		slices.Sort(want)
		if !slices.Equal(links, want) {
			t.Fatalf("%d links: some are not those that were to be sorted", n)
		}
	}
}

// TestCut holds the links that a frame draws against those that sorting each row finds: rows of even weights, of random
// ones, of ones that differ little, of tiny ones and of a few.
func TestCut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rows := map[string]func(i int) float64{
		"even":   func(int) float64 { return 1 },
		"random": func(int) float64 { return r.Float64() },
		"soft":   func(int) float64 { return math.Exp(6 * r.NormFloat64()) },
		"near":   func(int) float64 { return 1 + r.Float64()/3000 },
		"few":    func(i int) float64 { return float64(max(0, 3-i)) },
		"tiny":   func(i int) float64 { return 1e-12 * (1 + r.Float64()) },
		"steps":  func(i int) float64 { return float64(1 + i/90) },
	}
	for name, weight := range rows {
		for _, n := range []int{1, 7, 70, 1500} {
			for _, share := range []float64{0.001, 0.5, 0.8, 1} {
				c := cut{share: share}
				var want []float32
				for range 12 {
					row, sum := make([]float32, n), 0.0
					for i := range row {
						row[i] = float32(weight(i))
						sum += float64(row[i])
					}
					if name != "tiny" {
						for i := range row {
							row[i] /= float32(sum)
						}
					}
					if c.take(row, 0, nil); len(row) > 2 { // and as one of which something is left out
						for i, w := range row {
							c.add(w, i)
						}
						c.end()
						want = append(want, heaviestOf(row, share)...)
					}
					want = append(want, heaviestOf(row, share)...)
				}
				if d := c.picked - len(want); d < -1 || d > 1 { // sums round
					t.Errorf("%s, %d columns, a share of %v: picked %d, want %d", name, n, share, c.picked, len(want))
				}
				sortLinks(c.all)
				slices.Sort(want)
				for i := range min(len(want)-1, maxLinks) { // but for the last, which the rounding may leave out
					if got := weightOf(c.all[len(c.all)-1-i]); got != float64(want[len(want)-1-i]) {
						t.Fatalf("%s, %d columns, a share of %v: number %d of %d weighs %v, want %v", name, n, share, i, len(want), got, want[len(want)-1-i])
					}
				}
			}
		}
	}
}

// heaviestOf is what cut.take picks of a row, by sorting it.
func heaviestOf(row []float32, share float64) []float32 {
	sorted, sum := slices.Clone(row), 0.0
	for _, w := range row {
		sum += float64(w)
	}
	slices.Sort(sorted)
	lacks, n := share*sum-1e-6, 0
	for ; n < len(sorted) && lacks > 0 && sorted[len(sorted)-1-n] > 0; n++ {
		lacks -= float64(sorted[len(sorted)-1-n])
	}
	return sorted[len(sorted)-n:]
}
