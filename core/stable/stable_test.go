package stable_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"heed/core/stable"
)

func TestSort(t *testing.T) {
	type pair struct{ key, place int }
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 80 {
		list := make([]pair, n)
		for i := range list {
			list[i] = pair{random.IntN(9), i}
		}
		want := slices.Clone(list)
		byKey := func(a, b pair) int { return cmp.Compare(b.key, a.key) }
		slices.SortStableFunc(want, byKey)
		if stable.Sort(list, byKey); !slices.Equal(list, want) {
			t.Fatalf("%v, not %v", list, want)
		}
	}
}
