package view

import (
	patterns "heed/core/explain"
	"heed/core/record"
)

// Kept is what Build keeps of one scene for the next of the same Record, so that pointing at something, or
// turning the tower, does not merge, average, sort and measure it all again. Its zero value is empty; one
// belongs to one figure.
type Kept struct {
	merged  version
	inWords *record.Record

	framed framedOf
	f      *frame

	rolled rolled

	of       keptOf
	pictures [][]picture

	towerOf towerOf
	tower   *tower
}

// version is a Record as it is now: maps may be added to one.
type version struct {
	r    *record.Record
	maps *record.Map
	n    int
}

func now(r *record.Record) version {
	v := version{r: r, n: len(r.Maps)}
	if v.n > 0 {
		v.maps = &r.Maps[0]
	}
	return v
}

// words is the Record in words.
func (k *Kept) words(r *record.Record) *record.Record {
	if k == nil {
		return r.Words()
	}
	if of := now(r); k.inWords == nil || k.merged != of {
		k.merged, k.inWords = of, r.Words()
	}
	return k.inWords
}

// rolled is a Record's flow, and the rollout that is made of it.
type rolled struct {
	of     version
	flow   *patterns.Flow
	result *record.Map
}

// flow rolls a Record out.
func (k *Kept) flow(r *record.Record) (*patterns.Flow, *record.Map, error) {
	of := now(r)
	if k != nil && k.rolled.flow != nil && k.rolled.of == of {
		return k.rolled.flow, k.rolled.result, nil
	}
	f, err := patterns.NewFlow(r)
	if err != nil {
		return nil, nil, err
	}
	m := f.Rollout()
	if k != nil {
		k.rolled = rolled{of, f, m}
	}
	return f, m, nil
}

// framedOf is what a frame depends on.
type framedOf struct {
	version
	view      string
	kind      record.Kind
	layer     int
	heads     string
	special   bool
	threshold float64
}

// frame is newFrame, or the last one where it still holds.
func (k *Kept) frame(r *record.Record, s State) (f *frame, sentence string, err error) {
	if k == nil || r == nil {
		return newFrame(r, s)
	}
	of := framedOf{now(r), s.View, s.Kind, s.Layer, numbers(s.Heads), s.HideSpecial, s.Threshold}
	if k.f == nil || k.framed != of {
		if f, sentence, err = newFrame(r, s); f == nil {
			return nil, sentence, err
		}
		k.framed, k.f = of, f
	}
	again := *k.f
	again.State = s
	return &again, "", nil
}
