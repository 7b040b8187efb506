package learn

import (
	"heed/core/model"
	"heed/core/record"
	"heed/core/tensor"
)

// Past is how a network was, at even intervals of steps: when its room is full, every second moment is forgotten and
// the interval doubled. The last moment is always there.
type Past struct {
	Steps    []int       // of the moments, rising
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
	w := n.Model.Net.Weights()
	var all []float32
	for _, x := range w.List {
		all = append(all, x.Values().Data...)
	}
	p.Steps, p.weights = append(p.Steps, n.At()), append(p.weights, all)
	room := min(mostKept, max(fewest, pastBytes/(4*len(all))))
	for len(p.Steps) > room {
		p.interval = 2 * max(p.interval, Every)
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

func (p *Past) last() int { return len(p.Steps) - 1 }

// restore gives a network the weights of a moment.
func (p *Past) restore(moment int, net model.Net) {
	rest := p.weights[moment]
	for _, w := range net.Weights().List {
		w.Set(func(x tensor.Matrix) { rest = rest[copy(x.Data, rest):] })
	}
}

// ProbeThen is Probe of the network as it was at a moment of Past.
func (n *Session) ProbeThen(moment int, source string) (*record.Record, error) {
	if n.Past.then == nil {
		then := *n.Model
		net, err := network(&n.Setting, then.Tokenizer.Len(), limit(n.Model))
		if err != nil {
			return nil, err
		}
		then.Net = net
		n.Past.then = &then
	}
	n.Past.restore(moment, n.Past.then.Net)
	return n.probe(n.Past.then, source)
}

func limit(m *model.Model) int {
	_, positions := m.Net.Limits()
	return positions
}
