package record

import (
	"math/bits"
	"slices"
	"strconv"

	"heed/core/json"
)

// HeadSet is a set of heads. It compares with ==; its zero value, no heads, stands for the mean over all
// heads of a layer wherever one or several are chosen.
type HeadSet [MaxHeads / 64]uint64

// Heads returns the set of some heads. It panics at one below 0 or from MaxHeads on.
func Heads(heads ...int) (s HeadSet) {
	for _, h := range heads {
		if h < 0 || h >= MaxHeads {
			panic("record: head " + strconv.Itoa(h) + " is out of range; heads are 0 to " + strconv.Itoa(MaxHeads-1))
		}
		s[h/64] |= 1 << (h % 64)
	}
	return s
}

// Has says whether a head is in the set.
func (s HeadSet) Has(head int) bool {
	return head >= 0 && head < MaxHeads && s[head/64]>>(head%64)&1 == 1
}

// Len is how many heads are in the set.
func (s HeadSet) Len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// List returns the heads of the set in ascending order; nil for none.
func (s HeadSet) List() (heads []int) {
	for at, w := range s {
		for ; w != 0; w &= w - 1 {
			heads = append(heads, at*64+bits.TrailingZeros64(w))
		}
	}
	return heads
}

// One returns the head of a set that holds one only.
func (s HeadSet) One() (head int, ok bool) {
	if s.Len() != 1 {
		return 0, false
	}
	return s.First(), true
}

// First is the lowest head of the set; 0 where it is empty.
func (s HeadSet) First() int {
	for at, w := range s {
		if w != 0 {
			return at*64 + bits.TrailingZeros64(w)
		}
	}
	return 0
}

// Toggle returns the set with a head added, or taken away where it was in it. It panics as Heads does.
func (s HeadSet) Toggle(head int) HeadSet {
	for at, w := range Heads(head) {
		s[at] ^= w
	}
	return s
}

// Stack tells how many layers and heads of a kind a model has.
type Stack struct {
	Kind   Kind
	Layers int
	Heads  int
}

// Fields are kind, layers and heads.
func (s *Stack) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&s.Kind))
	o.Member("layers").Int(&s.Layers)
	o.Member("heads").Int(&s.Heads)
}

// Means are one map of each layer of every kind: the mean over some heads, of Head -1.
type Means struct {
	Heads HeadSet
	Maps  []Map
}

// Small are all maps of a kind in small, for pictures of them: of a long text all maps as they are would take more
// memory than a model does. Each cell is the largest weight of Each×Each cells.
type Small struct {
	Kind        Kind
	Each        int
	HideSpecial bool      // special tokens are left out
	Maps        []Map     // by layer and head; the last of a layer of several heads is their mean, of Head -1
	Patterns    []float32 // of each map two numbers: the shape of its pattern, as package explain numbers them, and its share
}

// Large says whether all maps of a kind, as they are, are too much to be drawn at every key.
func (r *Record) Large(kind Kind) bool {
	const most = 1 << 22 // numbers
	n := len(r.Queries(kind)) * len(r.Keys(kind))
	for _, s := range r.Stacks {
		if s.Kind == kind {
			return s.Layers*s.Heads*n > most
		}
	}
	return false
}

// Want names the parts of a run that a picture is drawn from. It compares with ==, and its zero value names
// nothing. It may name several parts at once.
type Want struct {
	// Kind and Layer are the layer whose maps are asked for; with All all layers of the kind, or, where Kind is
	// "", all layers of every kind. The kind Rollout is the rollout. "" without All is no maps.
	Kind  Kind
	Layer int
	All   bool

	// Means asks for the mean over Heads of each layer of every kind. All that a text of 512 tokens attends
	// to in nine layers is then 9 MB and not 57.
	Means bool
	Heads HeadSet

	// Small asks for all maps of a kind in small, without special tokens if HideSpecial is set.
	Small       Kind
	HideSpecial bool

	// Detail asks how the row Row came about.
	Detail bool
	Row    Place

	Lens bool // what each layer would have predicted

	Ask Question // an explanation; it crosses by itself, not among the Fields
}

// Fields are those of the parts that are named.
func (w *Want) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&w.Kind))
	o.Member("layer").Int(&w.Layer)
	o.Member("all").Bool(&w.All)
	o.Member("means").Bool(&w.Means)
	heads := w.Heads.List()
	value := o.Member("heads")
	value.Ints(&heads)
	if !o.Writing() {
		if i := slices.IndexFunc(heads, func(h int) bool { return h < 0 || h >= MaxHeads }); i >= 0 {
			value.Fail("holds " + strconv.Itoa(heads[i]) + "; heads are 0 to " + strconv.Itoa(MaxHeads-1))
			heads = nil
		}
		w.Heads = Heads(heads...)
	}
	o.Member("small").String((*string)(&w.Small))
	o.Member("hide-special").Bool(&w.HideSpecial)
	o.Member("detail").Bool(&w.Detail)
	row := o.Optional("row", w.Detail)
	row.Object(w.Row.fields)
	o.Member("lens").Bool(&w.Lens)
}

// Names says whether a map is among those that are asked for.
func (w *Want) Names(m *Map) bool {
	if w.Kind == "" {
		return w.All && m.Kind != Rollout
	}
	return m.Kind == w.Kind && (w.All || m.Layer == w.Layer || m.Kind == Rollout)
}

// Missing returns the parts that a Record does not hold and that its run could still give; zero if all are
// at hand. A Record without Stacks, such as one from a file, holds all that there is but explanations.
func (w Want) Missing(r *Record) Want {
	if w.Ask == r.Answer.To {
		w.Ask = Question{}
	}
	if len(r.Stacks) == 0 {
		return Want{Ask: w.Ask}
	}
	all := false // the maps of all heads are there
	if w.Means || w.Kind != "" || w.All || w.Small != "" {
		all = r.holds(&Want{All: true})
	}
	if all && w.Kind != Rollout || r.holds(&w) {
		w.Kind, w.Layer, w.All = "", 0, false
	}
	if all || len(r.Means.Maps) > 0 && r.Means.Heads == w.Heads {
		w.Means = false
	}
	if s := r.Small; all || s != nil && s.Kind == w.Small && s.HideSpecial == w.HideSpecial {
		w.Small = ""
	}
	if w.Small == "" {
		w.HideSpecial = false
	}
	if r.Detail != nil && r.Detail.Place == w.Row {
		w.Detail = false
	}
	if len(r.Lens) > 0 || len(r.Predictions) == 0 {
		w.Lens = false
	}
	if !w.Means {
		w.Heads = HeadSet{}
	}
	if !w.Detail {
		w.Row = Place{}
	}
	return w
}

// holds says whether all maps that are asked for, and that the run has, are there.
func (r *Record) holds(w *Want) bool {
	n := 0
	if w.Kind == Rollout {
		n++
	}
	for _, s := range r.Stacks {
		for layer := range s.Layers {
			if w.Names(&Map{Kind: s.Kind, Layer: layer}) {
				n += s.Heads
			}
		}
	}
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Head >= 0 && w.Names(m) {
			n--
		}
	}
	return n <= 0
}

// With returns a new Record that has gained the maps, means, Detail, Lens and explanations of another part of the same
// run. A map that r holds already stays as it is. Neither r nor part is changed.
func (r *Record) With(part *Record) *Record {
	next := *r
	have := make(map[Place]bool, len(r.Maps)) // of which the Row is 0 and means nothing
	for i := range r.Maps {
		have[r.Maps[i].place()] = true
	}
	next.Maps = slices.Clip(r.Maps)
	for _, m := range part.Maps {
		if !have[m.place()] {
			next.Maps = append(next.Maps, m)
		}
	}
	if len(part.Means.Maps) > 0 {
		next.Means = part.Means
	}
	if part.Small != nil {
		next.Small = part.Small
	}
	if part.Detail != nil {
		next.Detail = part.Detail
	}
	if len(part.Lens) > 0 {
		next.Lens = part.Lens
	}
	if len(part.Stacks) > 0 {
		next.Stacks = part.Stacks
	}
	if part.Answer != (Answer{}) {
		next.Answer = part.Answer
	}
	if part.Ablation != nil {
		next.Ablation, next.AblatedWith = part.Ablation, part.AblatedWith
	}
	if part.Patch != nil {
		next.Patch, next.Donor = part.Patch, part.Donor
	}
	if part.Attribution != nil {
		next.Attribution = part.Attribution
	}
	if part.Why != nil {
		next.Why = part.Why
	}
	if part.Adversary != nil {
		next.Adversary = part.Adversary
	}
	if part.Roles != nil {
		next.Roles = part.Roles
	}
	return &next
}
