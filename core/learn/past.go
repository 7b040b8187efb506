package learn

import (
	"slices"

	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// Past is how a network was, at even intervals of steps: when its room is full, every second moment is forgotten and
// the interval doubled. The last moment is always there.
type Past struct {
	Steps    []int       // of the moments, rising
	Most     int         // how many there can be
	weights  [][]float32 // of each, all of the network's one after the other
	interval int         // 0: every moment that comes
	then     *model.Model
}

// pastBytes is the room for moments of a session, and fewest how many are kept of a network of any size.
const (
	pastBytes = 24 << 20
	fewest    = 4
	mostKept  = 200
)

// keep remembers the session's network as it is now.
func (p *Past) keep(n *Session) {
	last := len(p.Steps) - 1
	if last > 0 && p.interval > 0 && p.Steps[last]%p.interval != 0 { // the last one was there as the last only
		p.Steps, p.weights = p.Steps[:last], p.weights[:last]
	}
	all := allWeights(n.Model.Net)
	p.Steps, p.weights = append(p.Steps, n.At()), append(p.weights, all)
	p.Most = min(mostKept, max(fewest, pastBytes/(4*len(all))))
	for len(p.Steps) > p.Most {
		p.interval = 2 * p.Interval()
		kept := 0
		for i, step := range p.Steps {
			if step%p.interval == 0 || i == len(p.Steps)-1 {
				p.Steps[kept], p.weights[kept] = step, p.weights[i]
				kept++
			}
		}
		clear(p.weights[kept:])
		p.Steps, p.weights = p.Steps[:kept], p.weights[:kept]
	}
}

// Interval is how many steps lie between two moments.
func (p *Past) Interval() int { return max(p.interval, Every) }

func (p *Past) last() int { return len(p.Steps) - 1 }

// forget leaves the first so many moments.
func (p *Past) forget(first int) {
	clear(p.weights[first:])
	p.Steps, p.weights = p.Steps[:first], p.weights[:first]
}

// Moment is the last moment that is not later than a step.
func (p *Past) Moment(step int) int {
	at, found := slices.BinarySearch(p.Steps, step)
	if !found {
		at--
	}
	return max(0, at)
}

// restore gives a network the weights of a moment.
func (p *Past) restore(moment int, net model.Net) { setWeights(net, p.weights[moment]) }

// allWeights is all weights of a network, one after the other.
func allWeights(net model.Net) (all []float32) {
	for _, w := range net.Weights().List {
		all = append(all, w.Values().Data...)
	}
	return all
}

// setWeights gives a network the weights that allWeights has listed.
func setWeights(net model.Net, all []float32) {
	for _, w := range net.Weights().List {
		w.Set(func(x tensor.Matrix) { all = all[copy(x.Data, all):] })
	}
}

// ProbeThen is Probe of the network as it was at a moment of Past.
func (n *Session) ProbeThen(moment int, source string, off ...record.Place) (*record.Record, error) {
	m, err := n.modelThen(moment)
	if err != nil {
		return nil, err
	}
	return n.probe(m, source, off)
}

// Then is the session as it was at a moment of Past, to be taken away until the next call, not to be stepped. Its
// setting and changes are those of now: which of them came later is told by their steps.
func (n *Session) Then(moment int) (*Session, error) {
	m, err := n.modelThen(moment)
	if err != nil {
		return nil, err
	}
	then, trainer := *n, *n.trainer
	trainer.State.Step = n.Past.Steps[moment]
	m.About.Title = say.Text(n.Model.About.Title, ", step ", trainer.State.Step)
	then.Model, then.trainer = m, &trainer
	for last := len(then.Curve) - 1; last > 0 && then.Curve[last].Step > then.At(); last-- {
		then.Curve = then.Curve[:last]
	}
	return &then, nil
}

// modelThen is the model as it was at a moment of Past, one for all moments.
func (n *Session) modelThen(moment int) (*model.Model, error) {
	if n.Past.then == nil {
		then := *n.Model
		net, err := network(&n.Setting, then.Tokenizer.Len(), maxPositions(n.Model))
		if err != nil {
			return nil, err
		}
		then.Net = net
		n.Past.then = &then
	}
	n.Past.restore(moment, n.Past.then.Net)
	return n.Past.then, nil
}
