package recipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model"
	"heed/core/token"
	"heed/core/train"
)

// Training is a run of a recipe.
type Training struct {
	*train.Trainer
	Recipe    *Recipe          // not to be changed any more
	Tokenizer *token.Tokenizer // learned from the data, or of the model that the run went on from

	data *Data
}

// Start starts a run from nothing: the tokenizer is learned from the data, the weights are drawn.
func Start(r *Recipe, d *Data) (*Training, error) {
	t, err := r.TrainTokenizer(d)
	if err != nil {
		return nil, err
	}
	net, err := r.drawnNet()
	if err != nil {
		return nil, err
	}
	return newTraining(r, d, t, net), nil
}

// drawnNet returns the recipe's network with the weights that its seed draws.
func (r *Recipe) drawnNet() (model.Net, error) {
	net, err := r.newNet()
	if err == nil {
		net.Init(rand.New(rand.NewPCG(r.Seed, 0x696e6974)))
	}
	return net, err
}

func newTraining(r *Recipe, d *Data, t *token.Tokenizer, net model.Net) *Training {
	b := data.NewBuilder(r.Task, net, t, r.MaxTokens)
	b.Dropout = r.Augment.BPEDropout
	batches := func(epoch int) [][]train.Example { return r.batches(epoch, r.epoch(epoch, d, b)) }
	return &Training{train.New(net, r.Options, batches), r, t, d}
}

// Built returns the model as it is now. It shares the trainer's weights.
func (t *Training) Built() *model.Model {
	r := t.Recipe
	return &model.Model{Name: r.Name, Tokenizer: t.Tokenizer, Net: t.Net, About: model.About{
		Task: r.Task, Title: r.Title, Source: r.Language[0], Target: r.Language[1], Longest: r.MaxTokens}}
}

// Loss returns the mean negative log likelihood of pairs, in nats a target token, without smoothing
// or dropout.
func (t *Training) Loss(pairs []data.Pair) float64 {
	s := eval.Total(eval.Score(t.Built(), pairs))
	return -s.LogProb / float64(s.Tokens)
}

// RunOptions say where a run writes and how often.
type RunOptions struct {
	Dir        string        // receives the model and its checkpoint
	Log        io.Writer     // one progress line at a time; nil for none
	Valid      [][]data.Pair // held out, by file; may be empty
	Checkpoint time.Duration // between checkpoints; 0 means 4 minutes
	StopAt     int           // stop after this step (0: at the recipe's end)
}

// ErrStopped says that a run was interrupted and has saved itself.
var ErrStopped = errors.New("stopped; the checkpoint is saved, and the same command goes on from it")

// errAsked ends a run at RunOptions.StopAt.
var errAsked = errors.New("stopped as asked")

// Run trains to the recipe's last step, with a checkpoint every few minutes and at the end. When
// ctx is cancelled it saves and returns ErrStopped.
func (t *Training) Run(ctx context.Context, o RunOptions) error {
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
	saved := time.Now()
	save := func(what string) error {
		saved = time.Now()
		if err := t.Save(o.Dir); err != nil {
			return err
		}
		line := fmt.Sprintf("step %d: %s", t.State.Step, what)
		if len(o.Valid) > 0 {
			line += ", held-out loss"
			t.Result(func() error {
				for _, v := range o.Valid {
					line += fmt.Sprintf(" %.4f", t.Loss(v))
				}
				return nil
			})
		}
		_, err := fmt.Fprintln(log, line)
		return err
	}
	if t.State.Step >= last {
		fmt.Fprintf(log, "already at step %d of %d; nothing to do\n", t.State.Step, last)
		return nil
	}
	stop := func() error {
		fmt.Fprintf(log, "step %d: stopping; saving the checkpoint and measuring the held-out loss\n", t.State.Step)
		if err := save("interrupted"); err != nil {
			return err
		}
		return ErrStopped
	}
	if ctx.Err() != nil {
		return stop()
	}
	meter := &meter{log: log, steps: t.Recipe.Steps, first: t.State.Step, last: last, begin: time.Now(), window: time.Now()}
	err := t.Trainer.Run(func(p train.Progress) error {
		meter.step(p)
		if time.Since(saved) > every {
			if err := save("checkpoint"); err != nil {
				return err
			}
		}
		switch {
		case p.Step == last:
			return errAsked
		case ctx.Err() != nil:
			return stop()
		}
		return nil
	})
	switch {
	case err != nil && err != errAsked:
		return err
	case last < t.Recipe.Steps:
		return save("stopped here, as asked")
	}
	return save("done")
}

// meter writes a progress line every ten seconds.
type meter struct {
	log         io.Writer
	steps       int // of the whole run
	first, last int // steps of this part of it
	begin       time.Time
	window      time.Time // since when tokens are counted
	tokens      int
	mean        float64 // of the loss, over some 50 steps
}

func (m *meter) step(p train.Progress) {
	if m.mean == 0 {
		m.mean = p.Loss
	}
	m.mean += 0.02 * (p.Loss - m.mean)
	m.tokens += p.Tokens
	now := time.Now()
	if p.Step != m.first+1 && p.Step != m.last && now.Sub(m.window) < 10*time.Second {
		return
	}
	speed := float64(m.tokens) / now.Sub(m.window).Seconds()
	left := time.Duration(float64(now.Sub(m.begin)) / float64(p.Step-m.first) * float64(m.last-p.Step))
	fmt.Fprintf(m.log, "step %d/%d  epoch %d  loss %.4f  %.0f tokens/s  %s left\n", p.Step, m.steps, p.Epoch, m.mean, speed, left.Round(time.Second))
	m.window, m.tokens = now, 0
}
