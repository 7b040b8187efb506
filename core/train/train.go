package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
	"heed/core/token"
)

// Trainer is a run in progress. It is not safe for concurrent use; a step uses all cores.
type Trainer struct {
	Recipe    *Recipe          // not to be changed any more
	Tokenizer *token.Tokenizer // learned from the pairs, or of the model that the run went on from
	Net       model.Net        // as the last step left it

	step  int // steps done
	epoch int // the epoch in progress
	next  int // the batch of it that comes next

	data    *Data
	mean    [][]float32 // of the weights, by weight; nil where the recipe has no average
	builder *builder
	batches [][]example
	opt     *optimizer
	shards  []*shard
}

// shard is one part of every batch: a core works on it with its own tape and arena.
type shard struct {
	pass *grad.Pass
	batch
	loss float64 // of the last step, summed
}

// NewTrainer starts a run from nothing: the tokenizer is learned from the pairs, the weights are
// drawn.
func NewTrainer(r *Recipe, d *Data) (*Trainer, error) {
	t, err := r.TrainTokenizer(d)
	if err != nil {
		return nil, err
	}
	net, err := r.newNet()
	if err != nil {
		return nil, err
	}
	net.Init(rand.New(rand.NewPCG(r.Seed, 0x696e6974)))
	return newTrainer(r, d, t, net), nil
}

func newTrainer(r *Recipe, d *Data, t *token.Tokenizer, net model.Net) *Trainer {
	net.SetDropout(float32(r.Dropout))
	tr := &Trainer{Recipe: r, Tokenizer: t, Net: net, data: d, opt: newOptimizer(r, net)}
	tr.builder = newBuilder(r.Task, net, t, r.MaxTokens)
	tr.builder.drop = r.Augment.BPEDropout
	if r.Average > 0 {
		for _, p := range net.Weights().List {
			tr.mean = append(tr.mean, slices.Clone(p.X.Data))
		}
	}
	for range r.Shards {
		tr.shards = append(tr.shards, &shard{pass: &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(net.Weights())}})
	}
	return tr
}

// Step makes one step and returns the mean loss of its batch, in nats a token with label smoothing,
// and the tokens of the batch, source and target together. A loss or a gradient that is not a
// number is an error, and the run stays where it was.
func (t *Trainer) Step() (loss float64, tokens int, err error) {
	if t.batches == nil {
		t.shuffle()
	}
	if t.next > 0 && t.next >= len(t.batches) {
		t.epoch++
		t.next = 0
		t.shuffle()
	}
	if len(t.batches) == 0 {
		return 0, 0, fmt.Errorf("epoch %d: every example is longer than the recipe's max_tokens, %d, or has no word to hide", t.epoch, t.Recipe.MaxTokens)
	}
	batch, step := t.batches[t.next], t.step+1

	targets := 0
	for _, e := range batch {
		targets += e.labels()
		tokens += e.size()
	}
	list := t.Net.Weights().List
	inParallel(len(list), func(i int) { list[i].Pack() }) // once for all shards
	inParallel(len(t.shards), func(i int) {
		s := t.shards[i]
		s.load(batch, i, len(t.shards))
		s.pass.Rand = rand.NewPCG(t.Recipe.Seed, uint64(step*len(t.shards)+i))
		s.run(t.Net, float32(t.Recipe.Smoothing), 1/float32(targets))
	})
	for _, s := range t.shards {
		loss += s.loss
	}
	loss /= float64(targets)
	norm := t.gradient()
	if bad := loss + norm; math.IsNaN(bad) || math.IsInf(bad, 0) {
		for _, p := range list {
			clear(t.shards[0].pass.Tape.Grad(p).Data)
		}
		where := ""
		for _, s := range t.shards {
			if part := t.Net.FirstBad(grad.NewPass(), &s.source, &s.target); part != "" {
				where = ", and the first number that is none comes from " + part
				break
			}
		}
		return loss, tokens, fmt.Errorf("step %d: the loss is %g, its gradient's norm %g%s: the run would come here again, so start another one from the model saved last, with a lower learning rate", step, loss, norm, where)
	}
	t.next++
	t.step = step
	t.update(norm)
	return loss, tokens, nil
}

// shuffle makes the batches of the epoch.
func (t *Trainer) shuffle() {
	t.batches = t.Recipe.batches(t.epoch, t.Recipe.epoch(t.epoch, t.data, t.builder))
}

// load takes every n'th example of the batch, from the i'th on.
func (s *shard) load(examples []example, i, n int) {
	s.reset()
	for ; i < len(examples); i += n {
		s.add(examples[i])
	}
}

// run computes the shard's loss and gradients.
func (s *shard) run(net model.Net, smoothing, weight float32) {
	s.loss = 0
	if len(s.labels) == 0 {
		return
	}
	p := s.pass
	p.Arena.Reset()
	s.loss, _ = p.CrossEntropy(s.logits(p, net), s.labels, smoothing, weight)
	p.Tape.Backward()
}

// gradient adds up the shards' gradients in the first one, and returns the norm of all.
func (t *Trainer) gradient() float64 {
	list := t.Net.Weights().List
	squares := make([]float64, len(list))
	inParallel(len(list), func(i int) {
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
func (t *Trainer) update(norm float64) {
	list := t.Net.Weights().List
	scale := 1.0
	if t.Recipe.Clip > 0 && norm > t.Recipe.Clip {
		scale = t.Recipe.Clip / norm
	}
	rate := t.Recipe.rate(t.step)
	inParallel(len(list), func(i int) {
		g := t.shards[0].pass.Tape.Grad(list[i]).Data
		t.opt.update(i, list[i], g, t.step, rate, scale)
		clear(g)
		list[i].Changed()
		if t.mean != nil {
			// While the run is young, its first weights count less.
			keep := float32(min(t.Recipe.Average, float64(t.step)/float64(t.step+9)))
			for j, x := range list[i].X.Data {
				t.mean[i][j] += (1 - keep) * (x - t.mean[i][j])
			}
		}
	})
}

// forUse returns weight i of the model as it is used: the mean, or the last.
func (t *Trainer) forUse(i int) []float32 {
	if t.mean != nil {
		return t.mean[i]
	}
	return t.Net.Weights().List[i].X.Data
}

// averaged calls f while the network has the mean of its weights, where the recipe averages.
func (t *Trainer) averaged(f func() error) error {
	swap := func() {
		for i, p := range t.Net.Weights().List {
			if t.mean != nil {
				for j, x := range p.X.Data {
					p.X.Data[j], t.mean[i][j] = t.mean[i][j], x
				}
				p.Changed()
			}
		}
	}
	swap()
	defer swap()
	return f()
}

// inParallel calls f(0) to f(n-1) on as many cores as there are. The order does not show in the
// results.
func inParallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	var taken atomic.Int64
	for range workers {
		wg.Go(func() {
			for i := int(taken.Add(1)) - 1; i < n; i = int(taken.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// Built returns the model as it is now. It shares the trainer's weights.
func (t *Trainer) Built() *model.Model {
	r := t.Recipe
	return &model.Model{Name: r.Name, Tokenizer: t.Tokenizer, Net: t.Net, About: model.About{
		Task: r.Task, Title: r.Title, Source: r.Language[0], Target: r.Language[1], Longest: r.MaxTokens}}
}

// Loss returns the mean negative log likelihood of pairs, in nats a target token, without smoothing
// or dropout.
func (t *Trainer) Loss(pairs []Pair) float64 {
	s := Total(Score(t.Built(), pairs))
	return -s.LogProb / float64(s.Tokens)
}

// Options say where a run writes and how often.
type Options struct {
	Dir        string        // receives the model and its checkpoint
	Log        io.Writer     // one progress line at a time; nil for none
	Valid      [][]Pair      // held out, by file; may be empty
	Checkpoint time.Duration // between checkpoints; 0 means 4 minutes
	StopAt     int           // stop after this step (0: at the recipe's end)
}

// ErrStopped says that a run was interrupted and has saved itself.
var ErrStopped = errors.New("stopped; the checkpoint is saved, and the same command goes on from it")

// Run trains to the recipe's last step, with a checkpoint every few minutes and at the end. When
// ctx is cancelled it saves and returns ErrStopped.
func (t *Trainer) Run(ctx context.Context, o Options) error {
	log := o.Log
	if log == nil {
		log = io.Discard
	}
	every := o.Checkpoint
	if every == 0 {
		every = 4 * time.Minute
	}
	last := t.Recipe.Steps
	if o.StopAt > 0 {
		last = min(last, o.StopAt)
	}
	begin, saved, said := time.Now(), time.Now(), time.Time{}
	var mean float64
	tokens, window, first := 0, time.Now(), t.step
	save := func(what string) error {
		saved = time.Now()
		if err := t.Save(o.Dir); err != nil {
			return err
		}
		line := fmt.Sprintf("step %d: %s", t.step, what)
		if len(o.Valid) > 0 {
			line += ", held-out loss"
			t.averaged(func() error {
				for _, v := range o.Valid {
					line += fmt.Sprintf(" %.4f", t.Loss(v))
				}
				return nil
			})
		}
		fmt.Fprintln(log, line)
		return nil
	}
	if t.step >= last {
		fmt.Fprintf(log, "already at step %d of %d; nothing to do\n", t.step, last)
		return nil
	}
	for t.step < last {
		if ctx.Err() != nil {
			fmt.Fprintf(log, "step %d: stopping; saving the checkpoint and measuring the held-out loss\n", t.step)
			if err := save("interrupted"); err != nil {
				return err
			}
			return ErrStopped
		}
		loss, n, err := t.Step()
		if err != nil {
			return err
		}
		if mean == 0 {
			mean = loss
		}
		mean += 0.02 * (loss - mean)
		tokens += n
		if now := time.Now(); now.Sub(said) > 10*time.Second || t.step == last {
			speed := float64(tokens) / now.Sub(window).Seconds()
			left := time.Duration(float64(now.Sub(begin)) / float64(t.step-first) * float64(last-t.step))
			fmt.Fprintf(log, "step %d/%d  epoch %d  loss %.4f  %.0f tokens/s  %s left\n", t.step, t.Recipe.Steps, t.epoch, mean, speed, left.Round(time.Second))
			said, window, tokens = now, now, 0
		}
		if time.Since(saved) > every {
			if err := save("checkpoint"); err != nil {
				return err
			}
		}
	}
	if t.step < t.Recipe.Steps {
		return save("stopped here, as asked")
	}
	return save("done")
}
