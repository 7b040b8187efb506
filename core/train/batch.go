package train

import (
	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
)

// Example is one item that a network learns from, in token ids.
type Example struct {
	Source []int // what the encoder reads; none without one
	Target []int // what the decoder is given and writes: the token put in first, then those to predict
	Given  int   // of a decoder alone: so many tokens of Target behind the first are given, and not to be predicted
	Hidden []int // without a decoder: the positions of Source that are hidden; Target is what stood there
	Word   []int // and the word of each
}

// Size returns the tokens of an example, source and target together.
func (e Example) Size() int {
	if e.Hidden != nil {
		return len(e.Source)
	}
	return len(e.Source) + len(e.Target) - 1
}

// Labels returns the number of tokens to predict.
func (e Example) Labels() int {
	if e.Hidden != nil {
		return len(e.Hidden)
	}
	return len(e.Target) - 1 - e.Given
}

// Batch is several examples, as a network reads them.
type Batch struct {
	Source, Target grad.Sequences
	Labels         []int // the tokens to predict
	rows           []int // that predict them: of Source, or, where there is a decoder, of Target
}

// Reset empties the batch.
func (b *Batch) Reset() {
	b.Source.Reset()
	b.Target.Reset()
	b.rows, b.Labels = b.rows[:0], b.Labels[:0]
}

// Add appends an example.
func (b *Batch) Add(e Example) {
	if e.Hidden != nil {
		for _, at := range e.Hidden {
			b.rows = append(b.rows, len(b.Source.IDs)+at)
		}
		b.Labels = append(b.Labels, e.Target...)
	} else {
		n := len(e.Target) - 1
		for at := e.Given; at < n; at++ {
			b.rows = append(b.rows, len(b.Target.IDs)+at)
		}
		b.Target.Add(e.Target[:n]...)
		b.Labels = append(b.Labels, e.Target[1+e.Given:]...)
	}
	if len(e.Source) > 0 {
		b.Source.Add(e.Source...)
	}
}

// Logits returns the network's scores for each label, len(Labels)×V.
func (b *Batch) Logits(p *grad.Pass, net model.Net) grad.Value {
	encoder, decoder := net.Parts()
	switch {
	case !decoder:
		return net.Logits(p, p.Gather(net.Encode(p, &b.Source, attention.Hooks{}), b.rows))
	case !encoder:
		x := net.Decode(p, &b.Target, grad.Value{}, nil, attention.Hooks{})
		if len(b.rows) < x.X.Rows {
			x = p.Gather(x, b.rows)
		}
		return net.Logits(p, x)
	}
	return net.Logits(p, net.Decode(p, &b.Target, net.Encode(p, &b.Source, attention.Hooks{}), &b.Source, attention.Hooks{}))
}
