package view

import (
	"unicode"

	"heed/core/record"
)

// telling is the pair that a view opens at: of all of two longer words that are not the same, among the first
// cols columns, the one with the most weight; ok is false where there is none. A pair of punctuation, of special
// tokens or of “a” and “a” shows nobody anything.
func (f *frame) telling(cols int) (at Ref, ok bool) {
	var t telling
	f.tell(&t, cols, nil)
	return t.at, t.best > 0
}

// telling is the pair found so far.
type telling struct {
	at   Ref
	best float64
	row  int // which of those that are shown is looked at next
}

// tell looks for it as far as there is room for that in this scene, and says whether that is all.
func (f *frame) tell(t *telling, cols int, room *int) bool {
	const long = 5 // letters; more count no more
	letters := func(ws []word) []float64 {
		all := make([]float64, len(ws))
		for i, w := range ws {
			for _, r := range w.text {
				if unicode.IsLetter(r) && !w.special && all[i] < long {
					all[i]++
				}
			}
			all[i] *= all[i]
		}
		return all
	}
	q, k := letters(f.q), letters(f.k)
	for ; t.row < len(f.rows); t.row++ {
		if !takes(room, len(f.cols)) {
			return false
		}
		i := f.rows[t.row]
		weights, mask := f.m.Row(i)
		weights = weights[:min(cols, len(weights))]
		for _, j := range f.cols {
			if j >= len(weights) {
				break
			}
			v := float64(weights[j]) * q[i] * k[j]
			if v > t.best && (mask == nil || mask[j] != 0) && f.q[i].text != f.k[j].text {
				t.best, t.at = v, Ref{Pair, i, j}
			}
		}
	}
	return true
}

// stepsOpening is the weight that is taken apart unless one is chosen; without its map the second word's.
func stepsOpening(r *record.Record, s *State) Ref {
	if r == nil {
		return Ref{Part: Query, Row: 1}
	}
	f, _, _ := newFrame(r, plot{State: State{View: Steps, Kind: s.Kind, Layer: s.Layer, Heads: record.Heads(s.Heads.First())}})
	if f != nil {
		if at, ok := f.telling(len(f.k)); ok {
			return at
		}
	}
	return Ref{Part: Query, Row: max(0, min(1, len(r.Queries(s.Kind))-1))}
}
