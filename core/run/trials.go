package run

import (
	"errors"
	"slices"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// trial is the input of one of several passes that are computed as one batch: ablations, patches and
// attributions run the tokens of one run many times, each time with something changed.
type trial struct {
	source, target []int // ids that an encoder and a decoder read
	rows           []int // the rows of what Logits reads that count, in the trial's own sequence
	labels         []int // the output token that each of them predicts
	// encoded is what the encoder makes of the source, where hooks change nothing of it: the trials of a batch, which
	// have all the same source, read it there. Without Data each trial has its source encoded for itself.
	encoded grad.Value
}

// errNothing is of a run that has no output whose probability could change.
var errNothing = errors.New("nothing to explain yet: the text is empty, or nothing was predicted")

// lastTrial is the last run as a trial: all that it predicted, but for what comes next where nothing was written.
func (s *Session) lastTrial() (trial, error) {
	t := trial{source: s.last.source, target: s.last.target, labels: s.last.labels}
	if len(t.labels)+len(s.last.next) == 0 {
		return t, errNothing
	}
	if _, decoder := s.Model.Net.Parts(); !decoder {
		t.rows = s.last.positions
		return t, nil
	}
	for i := range t.labels {
		t.rows = append(t.rows, i)
	}
	return t, nil
}

// outcome is the last run as a trial of its output: what was written, or the hidden words; of a text that was only
// read, the token that comes next.
func (s *Session) outcome() (trial, error) {
	t, err := s.lastTrial()
	if err != nil || s.last.given == 0 {
		return t, err
	}
	if read := s.last.given - 1; read < len(t.rows) {
		t.rows, t.labels = t.rows[read:], t.labels[read:]
	} else {
		t.rows, t.labels = []int{read}, []int{tensor.ArgMax(s.last.next)}
	}
	return t, nil
}

// logits runs trials as one batch and returns the logits of their rows, one trial after the other.
func (s *Session) logits(p *grad.Pass, trials []trial, hooks attention.Hooks) grad.Value {
	return s.Model.Net.Logits(p, s.states(p, trials, hooks))
}

// states is what logits are computed of. Hooks see each trial as the Sequence of its number. The changes of the last
// run hold for all.
func (s *Session) states(p *grad.Pass, trials []trial, hooks attention.Hooks) grad.Value {
	net := s.Model.Net
	encoder, decoder := net.Parts()
	hooks = s.interventions(&s.last).hooks(nil, hooks)
	var sources, targets grad.Sequences
	var rows []int
	first := 0
	x := trials[0].encoded
	shared := x.X.Data != nil
	if shared {
		sources.Add(trials[0].source...)
		sources.Spans = slices.Repeat(sources.Spans, len(trials))
	}
	for _, t := range trials {
		for _, r := range t.rows {
			rows = append(rows, first+r)
		}
		if encoder && !shared {
			sources.Add(t.source...)
		}
		if decoder {
			targets.Add(t.target...)
			first += len(t.target)
		} else {
			first += len(t.source)
		}
	}
	if encoder && !shared {
		x = net.Encode(p, &sources, hooks)
	}
	if decoder {
		x = s.decode(p, &targets, x, &sources, hooks)
	}
	return p.Gather(x, rows)
}

// causal is a network that can decode whole targets without a look at the tokens behind each, though it was trained
// with one (transformer.Config.NoMask).
type causal interface {
	DecodeCausal(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) grad.Value
}

// decode decodes whole targets as the run did, which had no later tokens to look at.
func (s *Session) decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) grad.Value {
	if net, ok := s.Model.Net.(causal); ok {
		return net.DecodeCausal(p, target, encoded, source, hooks)
	}
	return s.Model.Net.Decode(p, target, encoded, source, hooks)
}

// headColumns are the columns of one head among the n of all heads side by side (attention.Heads).
func headColumns(n, head, heads int) (from, to int) {
	width := n / heads
	return head * width, (head + 1) * width
}

// predicted is what a row of logits says.
type predicted struct {
	logProb float64 // of the label, in nats
	best    int     // the most probable token
}

type predictions []predicted

// sum is the log-probability of all labels.
func (all predictions) sum() (sum float64) {
	for _, p := range all {
		sum += p.logProb
	}
	return sum
}

// logProbs reads rows of logits, which it overwrites, a label each.
func logProbs(logits tensor.Matrix, labels []int) (all predictions) {
	for i, id := range labels {
		row := logits.Row(i)
		p := predicted{best: tensor.ArgMax(row)}
		value := row[id]
		p.logProb = float64(value - tensor.Softmax(row, row))
		all = append(all, p)
	}
	return all
}

// logProb sums the log-probabilities of labels, in nats; it overwrites the logits.
func logProb(logits tensor.Matrix, labels []int) float64 { return logProbs(logits, labels).sum() }

// Progress is told between pieces of work how many are done of how many, at last that all are. Its error ends the work,
// which returns it. It may be nil.
type Progress func(done, of int) error

func (p Progress) tell(done, of int) error {
	if p == nil {
		return nil
	}
	return p(done, of)
}

// stage is the progress of a stage of work of which so many pieces are done before.
func (p Progress) stage(before, of int) Progress {
	return func(done, _ int) error { return p.tell(before+done, of) }
}

// variants is how many variants of one text run as one batch at most: enough to fill the products, and few enough that
// their activations stay within some tens of megabytes.
const variants = 16

// inBatches runs n trials, as many at once as keep the logits small, and calls each with the logits of every one, in
// order. trial makes them of t, which they are like but for their hooks and for rows that are left out; hooks makes
// those of the trials from first on. encodes says whether a trial's hooks change what the encoder computes; the others
// read what it made of the source once.
func (s *Session) inBatches(t trial, n int, encodes func(i int) bool, trialOf func(i int) trial, hooks func(first int) attention.Hooks, progress Progress, each func(i int, logits tensor.Matrix)) error {
	vocab, _ := s.Model.Net.Limits()
	together := max(1, min(variants, (1<<21)/(max(1, len(t.rows))*vocab)))
	encoder, _ := s.Model.Net.Parts()
	_, shares := s.Model.Net.(causal) // a recurrent decoder starts from each sequence's last state
	shares = shares && encoder
	var encoded grad.Value
	p := grad.NewPass()
	for first := 0; first < n; {
		if err := progress.tell(first, n); err != nil {
			return err
		}
		shared := shares && !encodes(first)
		if shared && encoded.X.Data == nil {
			var source grad.Sequences
			source.Add(t.source...)
			encoded = s.Model.Net.Encode(grad.NewPass(), &source, s.interventions(&s.last).hooks(nil, attention.Hooks{}))
		}
		var batch []trial
		for i := first; i < n && len(batch) < together && shared == (shares && !encodes(i)); i++ {
			u := trialOf(i)
			if shared {
				u.encoded = encoded
			}
			batch = append(batch, u)
		}
		p.Arena.Reset()
		logits := s.logits(p, batch, hooks(first)).X
		for _, u := range batch {
			each(first, logits.RowRange(0, len(u.rows)))
			first, logits = first+1, logits.RowRange(len(u.rows), logits.Rows)
		}
	}
	return progress.tell(n, n)
}
