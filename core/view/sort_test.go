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
