// Package train makes a network learn from examples: batches on several cores, the optimisers, the learning rate's
// schedule. It knows of no files and no texts, so that it runs in a page too; package recipe trains the models of
// this project with it.
//
// On one build and kind of processor a run is a function of its options and examples alone: all randomness comes
// from the seed, the epoch and the step, and a batch is cut into a fixed number of shards whatever the number of
// cores. A run that is stopped and goes on from its State ends with the same bits as one that was not.
package train

import (
	"math"
	"math/rand/v2"
	"slices"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/say"
	"heed/core/tensor"
)

// Options say how a network learns. The names in JSON are those of a recipe.
type Options struct {
	Seed         uint64  `json:"seed"`
	Steps        int     `json:"steps"`               // of the whole run
	Optimizer    string  `json:"optimizer,omitempty"` // AdamW, the default, Muon or SGD
	Shards       int     `json:"shards"`              // parts of a batch that cores work on
	LearningRate float64 `json:"learning_rate"`       // the peak
	Warmup       int     `json:"warmup"`              // steps in which the rate rises in a line
	// Cooldown is the share of the steps, at the end, in which the rate falls in a line to 0, and until which it
	// stays at its peak; 0 is for half a cosine all the way.
	Cooldown float64 `json:"cooldown,omitempty"`
	// Average makes the result the mean of the weights of the last steps, each step's weighted by this power of its
	// age; 0 makes it the last weights.
	Average     float64 `json:"average,omitempty"`
	WeightDecay float64 `json:"weight_decay"`
	Clip        float64 `json:"clip"`            // largest norm of the gradient; 0 for any
	Smoothing   float64 `json:"label_smoothing"` // the share of a target that is spread over the vocabulary, 0 to 1
	Dropout     float64 `json:"dropout"`         // the share of activations that are set to 0, from 0 to below 1
}

// The optimisers. Another one is a name here, a case in newOptimizer and in update, and a name among those that
// package recipe (Recipe.validate) and package learn (the setting "optimizer") accept.
const (
	AdamW = "adamw"
	Muon  = "muon"
	SGD   = "sgd"
)

// Trainer is a run in progress. It is not safe for concurrent use; a step uses all cores.
type Trainer struct {
	Net   model.Net // as the last step left it
	State State

	options Options
	source  func(epoch int) [][]Example
	batches [][]Example // of the epoch in progress; nil before the first step
	opt     *optimizer
	shards  []*shard
}

// State is what a run has to remember, besides the weights, to go on where it is. The slices are by weight, in the
// order of Net.Weights; they are the trainer's own, to be copied from and into.
type State struct {
	Step          int         // steps done
	Epoch         int         // the epoch in progress
	Next          int         // the batch of it that comes next
	First, Second [][]float32 // the optimiser's moments; Second is nil for a weight that is not AdamW's
	Mean          [][]float32 // of the weights; nil without Options.Average
}

// shard is one part of every batch: a core works on it with its own tape and arena.
type shard struct {
	pass *grad.Pass
	Batch
	loss float64 // of the last step, summed
}

// New starts a run from the network's weights as they are. batches returns those of an epoch, counted from 0: the same
// ones whenever it is asked.
func New(net model.Net, o Options, batches func(epoch int) [][]Example) *Trainer {
	net.SetDropout(float32(o.Dropout))
	t := &Trainer{Net: net, options: o, source: batches, opt: newOptimizer(o, net)}
	t.State.First, t.State.Second = t.opt.first, t.opt.second
	if o.Average > 0 {
		for _, p := range net.Weights().List {
			t.State.Mean = append(t.State.Mean, slices.Clone(p.Values().Data))
		}
	}
	for range max(1, o.Shards) {
		t.shards = append(t.shards, &shard{pass: &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(net.Weights())}})
	}
	return t
}

// SetOptions changes how the steps that follow are made. What a run is started from (the seed, the optimiser, the
// shards and the average) stays as New had it.
func (t *Trainer) SetOptions(o Options) {
	was := t.options
	o.Seed, o.Optimizer, o.Shards, o.Average = was.Seed, was.Optimizer, was.Shards, was.Average
	t.options = o
	t.opt.decay = o.WeightDecay
	t.Net.SetDropout(float32(o.Dropout))
}

// Progress tells what a step did.
type Progress struct {
	Step, Epoch int     // after it
	Loss        float64 // the batch's mean, in nats a token, with label smoothing
	Tokens      int     // of the batch, source and target together
	Rate        float64 // the learning rate
	Norm        float64 // the gradient's, before it is clipped
}

// Run makes steps until there are Options.Steps, and tells each after the step is whole. It ends with the error of a
// step, or with the one that each returns.
func (t *Trainer) Run(each func(Progress) error) error {
	for t.State.Step < t.options.Steps {
		p, err := t.Step()
		if err == nil && each != nil {
			err = each(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Step makes one step. A loss or a gradient that is not finite is an error, and the run stays where it was.
func (t *Trainer) Step() (Progress, error) {
	state := &t.State
	if t.batches == nil {
		t.batches = t.source(state.Epoch)
	}
	if state.Next > 0 && state.Next >= len(t.batches) {
		state.Epoch++
		state.Next = 0
		t.batches = t.source(state.Epoch)
	}
	if len(t.batches) == 0 {
		return Progress{}, say.Error("epoch ", state.Epoch, " has no examples: each text is longer than max_tokens, or has no word to hide")
	}
	batch, step := t.batches[state.Next], state.Step+1
	progress := Progress{Step: step, Epoch: state.Epoch, Rate: t.options.rate(step)}

	targets := 0
	for _, e := range batch {
		targets += e.Labels()
		progress.Tokens += e.Size()
	}
	list := t.Net.Weights().List
	InParallel(len(list), func(i int) { list[i].Pack() }) // once for all shards
	InParallel(len(t.shards), func(i int) {
		s := t.shards[i]
		s.load(batch, i, len(t.shards))
		s.pass.Rand = rand.NewPCG(t.options.Seed, uint64(step*len(t.shards)+i))
		s.run(t.Net, float32(t.options.Smoothing), 1/float32(targets))
	})
	for _, s := range t.shards {
		progress.Loss += s.loss
	}
	progress.Loss /= float64(targets)
	norm := t.gradient()
	progress.Norm = norm
	if bad := progress.Loss + norm; math.IsNaN(bad) || math.IsInf(bad, 0) {
		for _, p := range list {
			clear(t.shards[0].pass.Tape.Grad(p).Data)
		}
		where := ""
		for _, s := range t.shards {
			if part := t.Net.FirstBad(grad.NewPass(), &s.Source, &s.Target); part != "" {
				where = ", the first non-finite number comes from " + part
				break
			}
		}
		return progress, say.Error("step ", step, ": the loss is ", progress.Loss, ", its gradient's norm ", norm, where,
			"; to resume would diverge again: restart from the model saved last with a lower learning rate")
	}
	state.Next++
	state.Step = step
	t.update(norm, progress.Rate)
	return progress, nil
}

// load takes every n'th example of the batch, from the i'th on.
func (s *shard) load(examples []Example, i, n int) {
	s.Reset()
	for ; i < len(examples); i += n {
		s.Add(examples[i])
	}
}

// run computes the shard's loss and gradients.
func (s *shard) run(net model.Net, smoothing, weight float32) {
	s.loss = 0
	if len(s.Labels) == 0 {
		return
	}
	p := s.pass
	p.Arena.Reset()
	s.loss, _ = p.CrossEntropy(s.Logits(p, net), s.Labels, smoothing, weight)
	p.Tape.Backward()
}

// gradient adds up the shards' gradients in the first one, and returns the norm of all.
func (t *Trainer) gradient() float64 {
	list := t.Net.Weights().List
	squares := make([]float64, len(list))
	InParallel(len(list), func(i int) {
		g := t.shards[0].pass.Tape.Grad(list[i]).Data
		for _, s := range t.shards[1:] {
			other := s.pass.Tape.Grad(list[i]).Data
			tensor.Add(g, other)
			clear(other)
		}
		squares[i] = float64(tensor.Dot(g, g))
	})
	var sum float64
	for _, s := range squares {
		sum += s
	}
	return math.Sqrt(sum)
}

// update clips the gradient, whose norm is given, and lets the optimiser take its step.
func (t *Trainer) update(norm, rate float64) {
	list := t.Net.Weights().List
	scale := 1.0
	if t.options.Clip > 0 && norm > t.options.Clip {
		scale = t.options.Clip / norm
	}
	InParallel(len(list), func(i int) {
		g := t.shards[0].pass.Tape.Grad(list[i]).Data
		list[i].Set(func(x tensor.Matrix) {
			t.opt.update(i, x, g, t.State.Step, rate, scale)
			if t.State.Mean != nil {
				t.average(i, x.Data)
			}
		})
		clear(g)
	})
}

// average moves the mean of weight i towards x. While the run is young, its first weights count less.
func (t *Trainer) average(i int, x []float32) {
	step := float64(t.State.Step)
	keep := float32(min(t.options.Average, step/(step+9)))
	mean := t.State.Mean[i]
	for j, v := range x {
		mean[j] += (1 - keep) * (v - mean[j])
	}
}

// Result calls f while the network has the weights that the run has come to: the mean, where there is one, and else
// the last ones.
func (t *Trainer) Result(f func() error) error {
	if t.State.Mean == nil {
		return f()
	}
	swap := func() {
		for i, p := range t.Net.Weights().List {
			p.Set(func(x tensor.Matrix) {
				for j, v := range x.Data {
					x.Data[j], t.State.Mean[i][j] = t.State.Mean[i][j], v
				}
			})
		}
	}
	swap()
	defer swap()
	return f()
}
