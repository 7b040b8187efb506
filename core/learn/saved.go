package learn

import (
	"slices"

	"heed/core/json"
	"heed/core/record"
	"heed/core/say"
)

// Saved is what a session has to remember besides its setting, to go on where it is with the same bits. Its past but
// for the first moment, which the setting makes, and the last is not part of it.
type Saved struct {
	Step          int
	Since         int     // steps since the last point of the curves
	Losses, Norms float64 // of these, summed
	// Curve has for each point its step, loss, norm, unseen loss, accuracy and exact, and of each head previous, prefix
	// and alignment.
	Curve   []float64
	Changes []string
	// Numbers are the weights, and the optimiser's first moments and those second ones that it has, each [weights].
	Numbers []float32
}

// Fields describes all but Numbers, which are too many for JSON.
func (k *Saved) Fields(o *json.Object) {
	o.Member("step").Int(&k.Step)
	o.Member("since").Int(&k.Since)
	o.Member("losses").Float(&k.Losses)
	o.Member("norms").Float(&k.Norms)
	o.Member("curve").Floats(&k.Curve)
	o.Member("changes").Strings(&k.Changes)
}

// pointNumbers is how many numbers of a curve a point has without its heads, headNumbers how many a head has.
const pointNumbers, headNumbers = 6, 3

// Save returns the session as it is now, for Resume.
func (n *Session) Save() *Saved {
	k := &Saved{Step: n.At(), Since: n.since, Losses: n.losses, Norms: n.norms, Changes: n.Changes}
	for _, p := range n.Curve {
		k.Curve = append(k.Curve, float64(p.Step), p.Loss, p.Norm, p.Unseen.Loss, p.Unseen.Accuracy, p.Unseen.Exact)
		for _, h := range p.Heads {
			k.Curve = append(k.Curve, h.Previous, h.Prefix, h.Alignment)
		}
	}
	k.Numbers = append(allWeights(n.Model.Net), slices.Concat(n.moments()...)...)
	return k
}

// moments are the optimiser's, by weight: the first, then the second.
func (n *Session) moments() [][]float32 {
	return slices.Concat(n.trainer.State.First, n.trainer.State.Second)
}

// Resume is a session that goes on where another of the same setting was saved.
func Resume(s Setting, k *Saved) (*Session, error) {
	n, err := New(s)
	if err != nil {
		return nil, err
	}
	heads, count := n.Curve[0].Heads, n.Model.Net.Weights().Count()
	row := pointNumbers + headNumbers*len(heads)
	if len(k.Numbers) != count+len(slices.Concat(n.moments()...)) || len(k.Curve) == 0 || len(k.Curve)%row != 0 || k.Step < 0 {
		return nil, say.Error("what was saved does not fit this network; start again")
	}
	n.Curve = nil
	for x := range slices.Chunk(k.Curve, row) {
		p := Point{Step: int(x[0]), Loss: x[1], Norm: x[2], Unseen: Figures{x[3], x[4], x[5]}}
		for i, h := range heads {
			y := x[pointNumbers+headNumbers*i:]
			p.Heads = append(p.Heads, Head{Place: record.Place{Kind: h.Kind, Layer: h.Layer, Head: h.Place.Head}, Previous: y[0], Prefix: y[1], Alignment: y[2]})
		}
		n.Curve = append(n.Curve, p)
	}
	setWeights(n.Model.Net, k.Numbers[:count])
	n.goOnFrom(k.Step)
	rest := k.Numbers[count:]
	for _, m := range n.moments() {
		rest = rest[copy(m, rest):]
	}
	n.losses, n.norms, n.since, n.Changes = k.Losses, k.Norms, k.Since, k.Changes
	if k.Step > 0 {
		n.Past.keep(n)
	}
	return n, nil
}
