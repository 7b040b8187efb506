// Package learn is one training session before one's eyes: a setting makes a network that learns a task of package
// task, and a Session steps it, measures it on examples that it has never seen, shows what it makes of a text, and
// remembers how it was. It is a pure machine: no clock, no files and no goroutines of its own, so that the page, which
// calls Step between two messages, and the terminal make the same network of the same setting.
package learn

import (
	"math"
	"math/rand/v2"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/say"
	"heed/core/task"
	"heed/core/tensor"
	"heed/core/train"
)

// Every is how many steps lie between two points of the curves.
const Every = 25

// Session is a training session. It is not safe for concurrent use.
type Session struct {
	Setting Setting
	Task    *task.Task
	Model   *model.Model // as the last step left it
	Curve   []Point      // at step 0, and after every Every steps
	Past    Past         // as it was

	trainer  *train.Trainer
	examples []task.Example  // that are never trained on, to measure on; the maps of the first tell what heads do
	unseen   []train.Example // the same, as the network reads them
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

// unseenExamples is how many examples are measured on, probeExamples how many tell what heads do.
const (
	unseenExamples = 128
	probeExamples  = 4
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
	n.measure()
	n.Past.keep(n)
	return n, nil
}

// find returns the task of a setting.
func find(s *Setting) (*task.Task, error) {
	if s.Task == "pairs" {
		return task.Pairs(s.Pairs)
	}
	return task.Find(s.Task)
}

// warmup is the share of a run in which the rate rises, and cooldown that in which it falls.
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

// At is the number of steps made.
func (n *Session) At() int { return n.trainer.State.Step }

// Done says whether all steps of the setting are made.
func (n *Session) Done() bool { return n.At() >= n.Setting.Steps }

// Step makes one step, and measures after every Every of them. A step whose loss is not finite is an error: the network
// then is as the last measure found it, so that nothing that was learned is lost.
func (n *Session) Step() (train.Progress, error) {
	p, err := n.trainer.Step()
	if err != nil {
		return p, n.diverged(p.Step)
	}
	n.losses, n.norms, n.since = n.losses+p.Loss, n.norms+p.Norm, n.since+1
	if p.Step%Every == 0 || n.Done() {
		if !n.measure() {
			return p, n.diverged(p.Step)
		}
		n.Past.keep(n)
	}
	return p, nil
}

// diverged gives the network back the weights of the last moment of the past, and says so.
func (n *Session) diverged(step int) error {
	last := n.Past.last()
	n.Past.restore(last, n.Model.Net)
	return say.Error("step ", step, ": the loss is not a number any more: the learning rate ", n.Setting.Rate,
		" is too high. The network is as it was at step ", n.Past.Steps[last], "; start again with a lower one")
}

// Change goes on with another setting, which must differ in what goes on only: see Setting.Again.
func (n *Session) Change(s Setting) error {
	if err := s.check(); err != nil {
		return err
	}
	if names := n.Setting.Again(&s); len(names) > 0 {
		return say.Error("a change of ", names[0], " starts the training again")
	}
	n.Setting = s
	n.trainer.SetOptions(n.options())
	return nil
}

// measure adds a point to the curves, unless the loss is not finite.
func (n *Session) measure() bool {
	p := Point{Step: n.At(), Unseen: n.Figures(n.unseen)}
	if math.IsNaN(p.Unseen.Loss) || math.IsInf(p.Unseen.Loss, 0) {
		return false
	}
	p.Heads = n.heads()
	p.Loss = p.Unseen.Loss
	if n.since > 0 {
		p.Loss, p.Norm = n.losses/float64(n.since), n.norms/float64(n.since)
	}
	n.losses, n.norms, n.since = 0, 0, 0
	n.Curve = append(n.Curve, p)
	return true
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
