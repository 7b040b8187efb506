// Package stable sorts with code that all types share: slices.SortStableFunc compiles its own for each,
// 7 kB of the engine. It allocates a little, so that the steps of a network keep to slices.
package stable

import (
	"sort"
	"strings"
)

// Sort sorts list as slices.SortStableFunc does.
func Sort[T any](list []T, compare func(a, b T) int) {
	sort.Stable(sortable[T]{list, compare})
}

// Keys are the keys of m in order.
func Keys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	Sort(keys, strings.Compare)
	return keys
}

type sortable[T any] struct {
	list    []T
	compare func(a, b T) int
}

func (s sortable[T]) Len() int           { return len(s.list) }
func (s sortable[T]) Less(i, j int) bool { return s.compare(s.list[i], s.list[j]) < 0 }
func (s sortable[T]) Swap(i, j int)      { s.list[i], s.list[j] = s.list[j], s.list[i] }
