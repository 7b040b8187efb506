package model

import (
	"math/rand/v2"

	"heed/core/attention"
	"heed/core/decode"
	"heed/core/grad"
	"heed/core/json"
	"heed/core/record"
)

// Net is a network of any family: what a model computes with. Notation: N tokens, C the network's
// width, V vocabulary.
type Net interface {
	Weights() *grad.Params
	Init(r *rand.Rand)              // draws the weights
	SetDropout(probability float32) // where a Pass has a source of randomness
	Fields(o *json.Object)          // describes its config.json

	Parts() (encoder, decoder bool)             // what it is made of
	Layers() (encoder, decoder int)             // layers of each part, as hooks count them; 0 where it has none
	Heads(kind record.Kind) (layers, heads int) // its layers of a kind of attention, and heads in each; 0 for none
	Limits() (vocab, positions int)             // known tokens; tokens of the longest sequence
	Special() (pad, eos, start int)             // tokens that fill, end and begin a target
	Portable() error                            // why Python's transformers cannot compute it; nil where it can
	// FirstBad names the first part of the network whose output is not finite, such as "encoder layer
	// 0"; "" where all are.
	FirstBad(p *grad.Pass, source, target *grad.Sequences) string

	// Encode returns the encoder's output for whole sources, N×C; the zero Value without an encoder.
	Encode(p *grad.Pass, source *grad.Sequences, hooks attention.Hooks) grad.Value
	// Decode returns the decoder's output, N×C, for whole targets, each beginning with the start
	// token, over the encoder's output.
	Decode(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) grad.Value
	// Begin prepares decoding of hypotheses for the encoded sources: source[h] says which sequence
	// hypothesis h belongs to. No hypothesis can grow past room tokens. Hooks see a recurrent
	// decoder's fixed context.
	Begin(p *grad.Pass, encoded grad.Value, sources *grad.Sequences, source []int, room int, hooks attention.Hooks) decode.State
	Predicts() bool // whether it has logits: an encoder whose head was left out of its file has none
	// Logits returns the scores of every token of the vocabulary, N×V.
	Logits(p *grad.Pass, x grad.Value) grad.Value
}

// Stack tells how many layers and heads of a kind a model has.
type Stack = record.Stack

// Stacks lists the kinds of attention of the model; there is none where a fixed context vector stands
// in its place.
func (m *Model) Stacks() (stacks []Stack) {
	for _, kind := range []record.Kind{record.Cross, record.Self, record.Decoder, record.RNN} {
		if layers, heads := m.Net.Heads(kind); layers > 0 {
			stacks = append(stacks, Stack{Kind: kind, Layers: layers, Heads: heads})
		}
	}
	return stacks
}
