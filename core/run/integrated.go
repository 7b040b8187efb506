package run

import (
	"cmp"
	"math"
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/tensor"
)

// AttributionSteps is how many points of the path integrated gradients are computed at, at most; AttributionGap is what
// their sum may lack, in nats, for fewer to be enough.
const (
	AttributionSteps = 128
	AttributionGap   = 0.05
)

// point is a point of the straight path from embeddings of zeros, at 0, to those of the text, at 1.
type point struct {
	at float64
	f  float64 // the log-probability there
	// Of each token, the gradient of f there times the whole way that its embedding goes.
	source, target []float32
	slope          float64 // their sum, which is df/dat
}

// path computes points of the path of a trial.
func (s *Session) path(a *record.Attribution, t trial, at ...float64) (all []point, err error) {
	type seen struct {
		attention.Values
		x []float32 // the embeddings as they are, row after row
	}
	for batch := range slices.Chunk(at, variants) {
		points := make([]point, len(batch))
		for i := range points {
			points[i] = point{at: batch[i], source: make([]float32, len(a.Source)), target: make([]float32, len(a.Target))}
		}
		var embedded []seen
		values := s.backward(slices.Repeat([]trial{t}, len(batch)), attention.Hooks{Values: func(v *attention.Values) {
			if v.Site != attention.Embedding {
				return
			}
			embedded = append(embedded, seen{*v, flat(v.X.X)})
			for i := range v.X.X.Rows {
				row := v.X.X.Row(i)
				tensor.Scale(row, float32(batch[v.Sequence[i]]), row)
			}
		}})
		for i := range points {
			points[i].f = values[i]
		}
		for _, v := range embedded {
			for i := range v.X.G.Rows {
				p, g := &points[v.Sequence[i]], v.X.G.Row(i)
				to := p.source
				if v.Kind != attention.Self && a.Target != nil {
					to = p.target
				}
				change := tensor.Dot(g, v.x[i*len(g):][:len(g)])
				to[v.Position[i]] = change
				p.slope += float64(change)
			}
		}
		for i := range points {
			if p := &points[i]; math.IsNaN(p.f+p.slope) || math.IsInf(p.f+p.slope, 0) {
				return nil, errOverflow
			}
		}
		all = append(all, points...)
	}
	return all, nil
}

// span is a part of the path between two points, and the point in its middle.
type span struct{ from, middle, to *point }

// gap is what the numbers of a span, by Simpson's rule, lack of what f changes along it.
func (s *span) gap() float64 {
	return s.to.f - s.from.f - (s.to.at-s.from.at)/6*(s.from.slope+4*s.middle.slope+s.to.slope)
}

// add adds the numbers of a span.
func (s *span) add(a *record.Attribution) {
	for _, of := range []struct {
		*point
		weight float64
	}{{s.from, 1}, {s.middle, 4}, {s.to, 1}} {
		w := float32(of.weight * (s.to.at - s.from.at) / 6)
		for i, v := range of.source {
			a.Source[i] += w * v
		}
		for i, v := range of.target {
			a.Target[i] += w * v
		}
	}
}

// integrate integrates the gradients along the path until they lack a gap at most, summed over spans without signs, or
// until there are as many points as may be.
//
// Norms make the same of an embedding at half its length as at its whole, so f changes along little of the path, often
// at a tenth of the way: even steps mostly miss it. But f is known at every point, and with it what each span must sum
// to. So spans of which the numbers lack most are halved (adaptive quadrature with an exact error).
func (s *Session) integrate(a *record.Attribution, t trial, gap float64, progress Progress) error {
	spans := []span{{}, {}}
	points, err := s.path(a, t, 0, 0.25, 0.5, 0.75, 1)
	if err != nil {
		return err
	}
	for i := range spans {
		spans[i] = span{&points[2*i], &points[2*i+1], &points[2*i+2]}
	}
	steps := len(points)
	size := func(s *span) float64 { return math.Abs(s.gap()) }
	for {
		if err := progress.tell(min(steps, AttributionSteps-1), AttributionSteps); err != nil {
			return err
		}
		slices.SortFunc(spans, func(x, y span) int { return cmp.Compare(size(&y), size(&x)) })
		missing, worst := 0.0, 0
		for i := range spans {
			missing += size(&spans[i])
			if size(&spans[i]) > gap/float64(2*len(spans)) {
				worst++
			}
		}
		worst = min(worst, variants/2, (AttributionSteps-steps)/2)
		if missing <= gap || worst == 0 {
			break
		}
		var middles []float64
		for _, s := range spans[:worst] {
			middles = append(middles, (s.from.at+s.middle.at)/2, (s.middle.at+s.to.at)/2)
		}
		more, err := s.path(a, t, middles...)
		if err != nil {
			return err
		}
		steps += len(more)
		for i := range worst {
			whole := spans[i]
			spans[i] = span{whole.from, &more[2*i], whole.middle}
			spans = append(spans, span{whole.middle, &more[2*i+1], whole.to})
		}
	}
	for i := range spans {
		spans[i].add(a)
		a.Gap += float32(spans[i].gap())
	}
	a.Steps = steps
	return progress.tell(AttributionSteps, AttributionSteps)
}

// backward runs trials, which have one label each, adds the gradient of their log-probabilities, which it returns, and
// goes back.
func (s *Session) backward(trials []trial, hooks attention.Hooks) (values []float64) {
	p := &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(nil)}
	logits := s.logits(p, trials, hooks)
	var labels []int
	for i, t := range trials {
		row := tensor.New(1, logits.X.Cols) // which logProb overwrites
		copy(row.Data, logits.X.Row(i))
		value := logProb(row, t.labels)
		labels, values = append(labels, t.labels...), append(values, value)
	}
	p.CrossEntropy(logits, labels, 0, -1)
	p.Tape.Backward()
	return values
}
