// Package learn is one training session that one can watch: a setting makes a network that learns a problem of package
// problem, and a Session steps it, measures it on examples that it has never seen, shows what it makes of a text, and
// remembers how it was. It is a pure machine: no clock, no files and no goroutines of its own, so that the page, which
// calls Step between two messages, and the terminal make the same network of the same setting.
package learn

import (
	"math"
	"math/rand/v2"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/problem"
	"heed/core/say"
	"heed/core/tensor"
	"heed/core/train"
)

// Every is how many steps lie between two points of the curves.
const Every = 25

// Session is a training session. It is not safe for concurrent use.
type Session struct {
	Setting Setting
	Task    *problem.Problem
	Model   *model.Model // as the last step left it
	Curve   []Point      // at step 0, and after every Every steps
	Past    Past         // as it was
	Changes []string     // what was changed after the first step, or went wrong: with any, Setting alone does not make this network

	trainer  *train.Trainer
	examples []problem.Example // that are never trained on, to measure on; the maps of the first tell what heads do
	unseen   []train.Example   // the same, as the network reads them
	pass     *grad.Pass

	losses, norms float64 // of the steps since the last point, summed
	since         int
}

// Point is what was measured at one step.
type Point struct {
	Step   int
	Loss   float64 // mean of the steps before, in nats a token; at step 0 that of unseen examples
	Norm   float64 // of the gradient, a mean over the same steps
	Unseen Figures // on examples that are never trained on
	Heads  []Head  // what each head does
}

// Figures are what a network reaches on examples.
type Figures struct {
	Loss     float64 // nats a token
	Accuracy float64 // the share of tokens that are the most probable ones, each after a target that is right so far
	// Exact is the share of examples whose tokens all are: which are those that greedy search writes without a mistake.
	Exact float64
}

// unseenExamples is how many examples are measured on, probeExamples how many tell what heads do, and shownExamples how
// many go with the model.
const (
	unseenExamples = 128
	probeExamples  = 4
	shownExamples  = 8
)

// New starts a session from drawn weights. An error says what is wrong with the setting.
func New(s Setting) (*Session, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	t, err := find(&s)
	if err != nil {
		return nil, err
	}
	m, err := build(&s, t)
	if err != nil {
		return nil, err
	}
	n := &Session{Setting: s, Task: t, Model: m, pass: grad.NewPass()}
	n.trainer = train.New(m.Net, n.options(), n.batches)
	r := rand.New(rand.NewPCG(0x756e7365656e, 0)) // the same for every seed, so that seeds can be compared
	for range unseenExamples {
		e := t.Draw(r, true)
		n.examples, n.unseen = append(n.examples, e), append(n.unseen, example(m, t, e))
	}
	m.About.Example = beginning(m, t, n.examples[0])
	for _, e := range n.examples[1:shownExamples] {
		m.About.Others = append(m.About.Others, beginning(m, t, e))
	}
	n.measure()
	n.Past.keep(n)
	return n, nil
}

// find returns the task of a setting.
func find(s *Setting) (*problem.Problem, error) {
	switch s.Task {
	case problem.OwnPairs:
		return problem.Pairs(s.Pairs)
	case problem.Modular:
		return problem.Modulo(s.Modulus), nil
	}
	return problem.Find(s.Task)
}

// The learning rate rises in the first steps of a run, and falls to 0 in the last share of them.
const (
	warmup   = 50 // steps
	cooldown = 0.5
)

func (n *Session) options() train.Options {
	s := &n.Setting
	return train.Options{Seed: s.Seed, Steps: s.Steps, Optimizer: s.Optimizer, Shards: 1, LearningRate: s.Rate,
		Warmup: min(warmup, s.Steps), Cooldown: cooldown, WeightDecay: s.Decay, Clip: 1, Dropout: s.Dropout}
}

// batches makes the examples of one step, which is an epoch of its own: no example need come twice.
func (n *Session) batches(step int) [][]train.Example {
	r := rand.New(rand.NewPCG(n.Setting.Seed, uint64(step)))
	batch := make([]train.Example, n.Setting.Batch)
	for i := range batch {
		batch[i] = example(n.Model, n.Task, n.Task.Draw(r, false))
	}
	return [][]train.Example{batch}
}

// At returns the number of steps made.
func (n *Session) At() int { return n.trainer.State.Step }

// Done says whether all steps of the setting are made.
func (n *Session) Done() bool { return n.At() >= n.Setting.Steps }

// blown is how many times the loss of the drawn network, which knows nothing, a loss is that says that the network has
// lost itself.
const blown = 2

// Step makes one step, and measures after every Every of them. A loss that is not finite, or far above that of the
// drawn network, is an error: the network then is as it was at the last moment of the past at which it was good, and
// goes on from there.
func (n *Session) Step() (train.Progress, error) {
	for last := len(n.Curve) - 1; n.Curve[last].Step > n.At(); last-- { // points of a run that blew up
		n.Curve = n.Curve[:last]
	}
	p, err := n.trainer.Step()
	if err != nil || p.Loss > blown*n.Curve[0].Unseen.Loss {
		return p, n.diverged(p.Step, p.Loss)
	}
	n.losses, n.norms, n.since = n.losses+p.Loss, n.norms+p.Norm, n.since+1
	if p.Step%Every == 0 || n.Done() {
		if loss := n.measure(); !(loss <= blown*n.Curve[0].Unseen.Loss) {
			return p, n.diverged(p.Step, loss)
		}
		n.Past.keep(n)
	}
	return p, nil
}

// diverged takes the session back to the last moment of the past at which the network was no worse than when it was
// drawn, and says so. The curves show what happened until the next step.
func (n *Session) diverged(step int, loss float64) error {
	moment := n.Past.last()
	for moment > 0 && n.point(n.Past.Steps[moment]).Unseen.Loss > n.Curve[0].Unseen.Loss {
		moment--
	}
	n.Past.forget(moment + 1)
	n.Past.restore(moment, n.Model.Net)
	n.goOnFrom(n.Past.Steps[moment])
	n.Changes = append(n.Changes, say.Text("step ", step, ": the loss was too high; back to step ", n.At()))
	what := "not a number any more"
	if finite(loss) {
		what = say.Text(three(loss), ", and was ", three(n.Curve[0].Unseen.Loss), " at the start")
	}
	return say.Error("step ", step, ": the loss is ", what, ". The learning rate ", n.Setting.Rate,
		" is too high. The network is as it was at step ", n.At(), "; lower the rate to go on from there, or start again")
}

// point is the point of the curves at a step.
func (n *Session) point(step int) *Point {
	for i := range n.Curve {
		if n.Curve[i].Step == step {
			return &n.Curve[i]
		}
	}
	return &n.Curve[0]
}

// goOnFrom has the trainer go on after so many steps from the weights as they are, the optimiser's moments at zero.
func (n *Session) goOnFrom(step int) {
	n.trainer = train.New(n.Model.Net, n.options(), n.batches)
	if step > 0 { // each step is an epoch of one batch
		n.trainer.State.Step, n.trainer.State.Epoch, n.trainer.State.Next = step, step-1, 1
	}
	n.losses, n.norms, n.since = 0, 0, 0
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Change goes on with another setting, which must differ in what goes on only: see Setting.Again.
func (n *Session) Change(s Setting) error {
	if err := s.check(); err != nil {
		return err
	}
	if names := n.Setting.Again(&s); len(names) > 0 {
		return say.Error("a change of ", names[0], " starts the training again")
	}
	if n.At() > 0 {
		for _, o := range options {
			if value := o.get(&s); value != o.get(&n.Setting) {
				n.Changes = append(n.Changes, say.Text("after step ", n.At(), ": ", o.name, " ", value))
			}
		}
	}
	n.Setting = s
	n.trainer.SetOptions(n.options())
	return nil
}

// measure adds a point to the curves, unless the loss of unseen examples, which it returns, is not finite.
func (n *Session) measure() (loss float64) {
	p := Point{Step: n.At(), Unseen: n.Figures(n.unseen)}
	if !finite(p.Unseen.Loss) {
		return p.Unseen.Loss
	}
	p.Heads = n.heads()
	p.Loss = p.Unseen.Loss
	if n.since > 0 {
		p.Loss, p.Norm = n.losses/float64(n.since), n.norms/float64(n.since)
	}
	n.losses, n.norms, n.since = 0, 0, 0
	n.Curve = append(n.Curve, p)
	return p.Unseen.Loss
}

// Figures measures the network on examples.
func (n *Session) Figures(examples []train.Example) Figures {
	const most = 32 // examples a pass
	var f Figures
	var b train.Batch
	tokens, right := 0, 0
	for from := 0; from < len(examples); from += most {
		part := examples[from:min(from+most, len(examples))]
		b.Reset()
		for _, e := range part {
			b.Add(e)
		}
		n.pass.Arena.Reset()
		logits := b.Logits(n.pass, n.Model.Net).X
		row := 0
		for _, e := range part {
			all := true
			for range e.Labels() {
				id, x := b.Labels[row], logits.Row(row)
				if tensor.ArgMax(x) == id {
					right++
				} else {
					all = false
				}
				logit := x[id]
				f.Loss -= float64(logit - tensor.Softmax(x, x))
				row++
			}
			if all {
				f.Exact++
			}
		}
		tokens += row
	}
	f.Loss /= float64(tokens)
	f.Accuracy = float64(right) / float64(tokens)
	f.Exact /= float64(len(examples))
	return f
}

// ByLength measures on so many unseen examples of each length of the task, shortest first.
func (n *Session) ByLength(each int) (lengths []int, figures []Figures) {
	for length := n.Task.Min; length <= n.Task.Max; length++ {
		r := rand.New(rand.NewPCG(0x6c656e677468, uint64(length)))
		var examples []train.Example
		for tries := 0; len(examples) < each && tries < 100*each; tries++ {
			if e := n.Task.Make(r, length); n.Task.Unseen(e.Source) {
				examples = append(examples, example(n.Model, n.Task, e))
			}
		}
		if len(examples) > 0 {
			lengths, figures = append(lengths, length), append(figures, n.Figures(examples))
		}
	}
	return lengths, figures
}
