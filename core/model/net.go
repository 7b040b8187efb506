package model

import (
	"math/rand/v2"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/recurrent"
	"heed/core/transformer"
)

// Net is a network of any family: what a model computes with. Letters: N tokens, C the network's
// width, V vocabulary.
type Net interface {
	Weights() *grad.Params
	Init(r *rand.Rand)              // draws the weights
	SetDropout(probability float32) // where a Pass has a source of randomness
	Limits() (vocab, positions int) // known tokens; tokens of the longest sequence
	Special() (pad, eos, start int) // tokens that fill, end and begin a target

	// Encode returns the encoder's output for whole sources, N×C.
	Encode(p *grad.Pass, source *grad.Sequences, tap attention.Tap) grad.Value
	// Decode returns the decoder's output, N×C, for whole targets, each beginning with the start
	// token, over the encoder's output.
	Decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, tap attention.Tap) grad.Value
	// Logits returns the scores of every token of the vocabulary, N×V.
	Logits(p *grad.Pass, x grad.Value) grad.Value

	// FirstBad names the first part of the network whose output is not finite, such as "encoder layer
	// 0"; "" when all is well.
	FirstBad(p *grad.Pass, source, target *grad.Sequences) string
}

// State is a decoder in the middle of its work, for several hypotheses at once. Its buffers live
// until the arena of its Pass is reset.
type State interface {
	// Step puts tokens into the decoder, counts[i] of them for hypothesis which[i], and returns its
	// output for each, len(ids)×C, in scratch memory of the Pass.
	Step(which, counts, ids []int, tap attention.Tap) grad.Value
	Len(h int) int     // tokens that hypothesis h has decoded
	Room(h int) int    // tokens that it can still take
	Truncate(h, n int) // forgets all but its first n tokens
	Copy(dst, src int) // makes hypothesis dst a copy of src
}

// Parts tells what a network is made of: an encoder and a decoder (translation), a decoder alone
// (a language model), or an encoder alone (masked words).
func Parts(net Net) (encoder, decoder bool) {
	if t, ok := net.(*transformer.Model); ok {
		return t.EncoderLayers > 0, t.DecoderLayers > 0
	}
	return true, true
}

// Begin prepares decoding of hypotheses for the encoded sources: source[h] says which sequence
// hypothesis h belongs to. No hypothesis can grow beyond room tokens.
func Begin(net Net, p *grad.Pass, encoded grad.Value, sources *grad.Sequences, source []int, room int) State {
	switch net := net.(type) {
	case *transformer.Model:
		var st transformer.State
		st.Begin(net, p, encoded, sources, source, room)
		return &st
	case *recurrent.Model:
		var st recurrent.State
		st.Begin(net, p, encoded, sources, source, room)
		return &st
	}
	panic("model: a network of no known family")
}

// Stack tells how many layers and heads of a kind a model has.
type Stack = record.Stack

// Stacks lists the kinds of attention of the model; there is none where a fixed context vector stands
// in its place.
func (m *Model) Stacks() []Stack {
	var stacks []Stack
	add := func(kind record.Kind, layers, heads int) {
		if layers > 0 {
			stacks = append(stacks, Stack{Kind: kind, Layers: layers, Heads: heads})
		}
	}
	switch net := m.Net.(type) {
	case *transformer.Model:
		if net.EncoderLayers > 0 {
			add(record.Cross, net.DecoderLayers, net.DecoderHeads)
		}
		add(record.Self, net.EncoderLayers, net.EncoderHeads)
		add(record.Decoder, net.DecoderLayers, net.DecoderHeads)
	case *recurrent.Model:
		if net.Attention != recurrent.NoAttention {
			add(record.RNN, 1, 1)
		}
	}
	return stacks
}
