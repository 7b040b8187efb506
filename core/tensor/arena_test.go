package tensor

import (
	"math"
	"strings"
	"testing"
)

// TestMarks wants a mark to hold as long as what was handed out before it.
func TestMarks(t *testing.T) {
	var ar, other Arena
	ar.Floats(10)
	first := ar.Mark()
	ar.Floats(100)
	second := ar.Mark()
	if !ar.Holds(first) || !ar.Holds(second) {
		t.Error("a fresh mark does not hold")
	}
	ar.Release(first)
	if !ar.Holds(first) || ar.Holds(second) {
		t.Errorf("after a release the mark itself holds: %v, a later one: %v", ar.Holds(first), ar.Holds(second))
	}
	if other.Holds(first) {
		t.Error("a mark of one arena holds in another, which has handed out nothing")
	}
	ar.Reset()
	ar.Floats(1000)
	if ar.Holds(first) {
		t.Error("a mark outlives a reset")
	}
}

// TestDebug wants a build for debugging to fill what is given back with NaN, and to panic at a stale
// mark; other builds do not.
func TestDebug(t *testing.T) {
	var ar Arena
	before := ar.Floats(20)
	m := ar.Mark()
	kept := ar.Floats(2 * arenaChunk) // a chunk of its own
	small := ar.Floats(30)
	for _, x := range [][]float32{before, kept, small} {
		for i := range x {
			x[i] = 7
		}
	}
	spoilt := func(x []float32) bool { return math.IsNaN(float64(x[0])) && math.IsNaN(float64(x[len(x)-1])) }
	ar.Release(m)
	if spoilt(kept) != Debug || spoilt(small) != Debug || before[0] != 7 || before[19] != 7 {
		t.Errorf("after a release: %g, %g, and before the mark %g", kept[0], small[0], before)
	}
	again := ar.Floats(20)
	ar.Mark()
	again[0] = 7
	later := ar.Mark()
	ar.Release(m)
	got := panics(func() { ar.Release(later) })
	if Debug != strings.HasPrefix(got, "tensor: Release: the mark is stale") {
		t.Errorf("a stale mark: %q", got)
	}
	ar.Reset()
	if spoilt(before) != Debug {
		t.Errorf("after a reset: %g", before)
	}
	if got := panics(func() { ar.Release(m) }); Debug != strings.HasPrefix(got, "tensor: Release: the mark is stale") {
		t.Errorf("a mark from before a reset: %q", got)
	}
}
