package view

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"

	"heed/core/record"
	"heed/core/stable"
	"heed/core/text"
)

// storey is one level of the tower: the tokens as they are before a layer, or after one.
type storey struct {
	name  string
	back  bool   // of the decoder's stack, which stands behind that of the encoder
	below int    // the floor under it in its stack; -1: none
	under *frame // the attention that has made it; nil at the foot of a stack
	from  int    // the floor whose tokens that looks at
	links []link // of those, the strongest, the weakest first

	words []word
	shown []int
	at    []int   // by token: its place among shown, or -1
	y, z  float64 // where it lies; x is the token's
}

func headsName(heads record.HeadSet) string {
	switch names := numbered(heads.List()); len(names) {
	case 0:
		return "mean over heads"
	case 1:
		return "head " + names[0]
	default:
		return "mean of heads " + text.List(names)
	}
}

// stacked makes the tower, or finds it kept.
func stacked(r *record.Record, s plot) (t *tower, sentence string, err error) {
	if len(r.Tokens.Source) == 0 {
		return nil, text.Of(text.EmptyText), nil
	}
	if len(r.Maps)+len(r.Means.Maps) == 0 {
		return nil, text.Of(text.NoAttention), nil
	}
	t, _ = s.Kept.tower.get(r, State{Heads: s.Heads, Threshold: s.Threshold, HideSpecial: s.HideSpecial}, func() any {
		t := &tower{plot: s, heads: headsName(s.Heads)}
		if sentence, err = t.build(r); sentence != "" || err != nil {
			return nil
		}
		return t
	}).(*tower)
	if t != nil {
		if t.plot = s; !s.asked && !t.whole {
			t.pick(s.room)
		}
	}
	return t, sentence, err
}

// layersOf lists the layers of a kind that a Record holds, in order.
func layersOf(r *record.Record, k record.Kind) (all []int) {
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind == k {
			all = append(all, m.Layer)
		}
	}
	stable.Sort(all, cmp.Compare)
	return slices.Compact(all)
}

// means is the Record with one map of each layer, the mean over the heads that are looked at; those that it
// has already, as maps of Head -1, stay.
func (s *plot) means(r *record.Record) (means *record.Record, sentence string, err error) {
	whole := *r
	whole.Maps = nil
	type floor struct {
		kind  record.Kind
		layer int
	}
	heads := map[floor][]record.Map{}
	for _, m := range r.Maps {
		at := floor{m.Kind, m.Layer}
		heads[at] = append(heads[at], m)
	}
	if r.Means.Heads == s.Heads {
		for _, m := range r.Means.Maps {
			heads[floor{m.Kind, m.Layer}] = []record.Map{m}
		}
	}
	for _, k := range []record.Kind{record.Self, record.Decoder, record.Cross, record.RNN} {
		for _, layer := range layersOf(&record.Record{Maps: slices.Concat(r.Maps, r.Means.Maps)}, k) {
			at, part := *s, *r
			at.Kind, at.Layer, part.Maps = k, layer, heads[floor{k, layer}]
			if i := slices.IndexFunc(part.Maps, func(m record.Map) bool { return m.Head < 0 }); i >= 0 {
				whole.Maps = append(whole.Maps, part.Maps[i])
				continue
			}
			m, _, sentence, err := choose(&part, at)
			if m == nil {
				return nil, sentence, err
			}
			whole.Maps = append(whole.Maps, *m)
		}
	}
	return &whole, "", nil
}

// build lays floor on floor.
func (t *tower) build(r *record.Record) (sentence string, err error) {
	if r, sentence, err = t.means(r); r == nil {
		return sentence, err
	}
	if len(r.Maps) == 0 {
		return text.Of(text.NoAttention), nil
	}
	places := 0
	for i := range r.Maps {
		places += r.Maps[i].Rows
	}
	if places > maxPlaces {
		return text.Of(text.TowerTooLarge, places, maxPlaces), nil
	}
	self, decoder, cross, soft := layersOf(r, record.Self), layersOf(r, record.Decoder), layersOf(r, record.Cross), layersOf(r, record.RNN)
	two := len(r.Tokens.Target) > 0 && len(decoder)+len(cross)+len(soft) > 0
	if two && len(r.Tokens.Target) < 2 {
		return text.Of(text.NoOutputToRead), nil
	}
	add := func(k record.Kind, layer int, name string, from, below int) bool {
		s := t.plot
		s.Kind, s.Layer, s.Heads, s.Focus = k, layer, record.HeadSet{}, Ref{}
		var f *frame
		if f, sentence, err = newFrame(r, s); f == nil {
			return false
		}
		t.floors = append(t.floors, storey{name: name, back: two && k != record.Self, below: below, under: f, from: from, words: f.q, shown: f.rows, at: f.rowAt})
		t.anyHide = t.anyHide || f.anyHidden
		return true
	}
	// A foot has the tokens that the first map which looks at it has.
	foot := func(name string, back bool, tokens []record.Token, lookers ...record.Kind) int {
		for i := range r.Maps {
			if m := &r.Maps[i]; slices.Contains(lookers, m.Kind) {
				tokens = tokens[:min(len(tokens), m.Cols)]
				break
			}
		}
		ws := words(tokens)
		shown, at := seen(ws, t.HideSpecial)
		t.floors = append(t.floors, storey{name: name, back: back, below: -1, from: -1, words: ws, shown: shown, at: at})
		return len(t.floors) - 1
	}
	number := strconv.Itoa
	top := -1 // of the encoder
	if two || len(self) > 0 {
		name, stack := "source", "encoder "
		if !two {
			name, stack = "text", ""
		}
		top = foot(name, false, r.Tokens.Source, record.Self, record.Cross, record.RNN)
		for _, l := range self {
			if !add(record.Self, l, stack+"layer "+number(l), top, top) {
				return
			}
			top++
		}
	}
	at := -1
	if len(decoder) > 0 || len(cross) > 0 {
		name, stack := "output so far", "decoder "
		if !two {
			name, stack = "text", ""
		}
		at = foot(name, two, r.Queries(record.Decoder), record.Decoder)
		layers := slices.Concat(decoder, cross)
		stable.Sort(layers, cmp.Compare)
		for _, l := range slices.Compact(layers) {
			if slices.Contains(decoder, l) {
				name := stack + "layer " + number(l)
				if slices.Contains(cross, l) {
					name += ", self-attention"
				}
				if !add(record.Decoder, l, name, at, at) {
					return
				}
				at++
			}
			if slices.Contains(cross, l) && top >= 0 {
				if !add(record.Cross, l, stack+"layer "+number(l)+", cross-attention", top, at) {
					return
				}
				at++
			}
		}
	}
	for _, l := range soft {
		if !add(record.RNN, l, "output", top, at) {
			return
		}
		at = len(t.floors) - 1
	}
	for i := range t.floors {
		f := &t.floors[i]
		if len(f.shown) == 0 {
			return text.Of(text.OnlySpecial), nil
		}
		if f.under != nil && (f.below >= 0 && len(t.floors[f.below].words) != len(f.words) || len(f.under.k) != len(t.floors[f.from].words)) {
			return "", errors.New("the maps of " + f.under.name + " are of another number of tokens than those of the floors that they connect")
		}
		t.columns = max(t.columns, len(f.words))
	}
	return "", nil
}

// opens finds the word that is lit where none is chosen, one of the uppermost floor that has something to show, as far
// as there is room for it, and says whether that is all.
func (t *tower) opens(room *int) bool {
	for ; t.opening.Part == Nowhere && t.told < len(t.floors); t.told++ {
		i := len(t.floors) - 1 - t.told
		if f := t.floors[i].under; f != nil {
			if !f.tell(&t.telling, len(f.k), room) {
				return false
			}
			if t.telling.best > 0 {
				t.opening = Ref{Node, i, t.telling.at.Row}
			}
			t.telling = telling{}
		}
	}
	return true
}

// pick finds the arcs to draw, as far as there is room for it.
func (t *tower) pick(room *int) {
	for ; t.ready < len(t.floors); t.ready++ {
		if f := &t.floors[t.ready]; f.under != nil {
			found := f.under.all(room)
			if !found.found {
				return
			}
			f.links, t.picked, t.total = found.shown, t.picked+found.picked, t.total+found.total
			for _, l := range f.links {
				t.heavy = append(t.heavy, uint64(math.Float32bits(float32(l.w)))<<32)
			}
		}
	}
	if !t.opens(room) {
		return
	}
	if t.drawn = len(t.heavy); t.drawn > maxArcs {
		sortLinks(t.heavy)
		t.drawn, t.cut = maxArcs, weightOf(t.heavy[t.drawn-maxArcs])
	}
	t.whole, t.heavy = true, nil
}
