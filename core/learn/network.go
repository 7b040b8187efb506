package learn

import (
	"math/rand/v2"
	"strings"

	"heed/core/attention"
	"heed/core/model"
	"heed/core/problem"
	"heed/core/recurrent"
	"heed/core/token"
	"heed/core/train"
	"heed/core/transformer"
	"heed/core/transformer/families"
)

// start is the special token put in first.
const start = "<s>"

// build makes the network of a setting, its weights drawn by the seed, and its tokenizer.
func build(s *Setting, t *problem.Problem) (*model.Model, error) {
	special := []string{start, token.End}
	if s.Arch == Encoder {
		special = []string{model.Padding, model.Class, model.Separator, model.Mask}
	}
	tokens, err := token.Pieces(special, t.Symbols)
	if err != nil {
		return nil, err
	}
	m := &model.Model{Name: t.Name, Tokenizer: tokens, About: model.About{Title: t.Title + " (" + s.Arch + ")", Look: t.Look}}
	switch s.Arch {
	case Encoder:
		m.About.Task = model.Fill
		tokens.Surround([]string{model.Class}, []string{model.Separator})
	case Decoder:
		m.About.Task = model.Generation
		tokens.Surround([]string{start}, nil)
	default:
		m.About.Task = model.Translation
	}
	if m.Net, err = network(s, tokens.Len(), positionsFor(m, t)); err != nil {
		return nil, err
	}
	m.Net.Init(rand.New(rand.NewPCG(s.Seed, 0x696e6974)))
	return m, nil
}

// network makes the network of a setting, its weights zero.
func network(s *Setting, vocab, positions int) (model.Net, error) {
	if score, ok := scores[s.Arch]; ok {
		return recurrent.New(recurrent.Config{ModelType: recurrent.ModelType, Vocab: vocab, Width: s.Width,
			EncoderLayers: s.Layers, EncoderHidden: s.Width / 2, Bidirectional: true, DecoderHidden: s.Width,
			Attention: score, Tied: true, ScaleEmbedding: true, MaxPositions: positions, EOS: 1})
	}
	c := transformer.Config{ModelType: families.Heed, Vocab: vocab, Width: s.Width, Activation: "gelu_new", MaxPositions: positions,
		PreNorm: true, ScaleEmbedding: true, Untied: true, EOS: 1,
		LearnedPosition: s.Positions == Learned, NoPositions: s.Positions == None,
		NoMask: !s.Causal, NoResiduals: !s.Residuals, NoNorms: !s.Norms}
	if s.Positions == Rotary {
		c.Rotary = transformer.Rotary{Width: s.Width / s.Heads, Base: 10000}
	}
	ffn := 0
	if s.FFN {
		ffn = 2 * s.Width
	}
	if s.Arch != Decoder {
		c.EncoderLayers, c.EncoderHeads, c.EncoderFFN = s.Layers, s.Heads, ffn
	}
	if s.Arch != Encoder {
		c.DecoderLayers, c.DecoderHeads, c.DecoderFFN = s.Layers, s.Heads, ffn
	}
	return transformer.New(c)
}

// scores are the attention of the recurrent architectures, as package recurrent names it.
var scores = map[string]string{Context: recurrent.NoAttention, Additive: string(attention.Additive), Dot: string(attention.Dot),
	General: string(attention.General)}

// sparePositions are positions beyond those that examples take, for texts that somebody types.
const sparePositions = 8

// positionsFor is how many positions a network has for the examples of a task, and some more.
func positionsFor(m *model.Model, t *problem.Problem) int {
	most := 0
	r := rand.New(rand.NewPCG(1, 1))
	for range 400 {
		e := example(m, t, t.Make(r, t.Max))
		most = max(most, len(e.Source), len(e.Target))
	}
	return most + sparePositions
}

// maxPositions is how many positions a network has, in tokens.
func maxPositions(m *model.Model) int {
	_, positions := m.Net.Limits()
	return positions
}

// example is what an example teaches a network, by what that is made of: see package problem.
func example(m *model.Model, t *problem.Problem, e problem.Example) train.Example {
	k := m.Tokenizer
	switch m.About.Task {
	case model.Generation:
		given, written := encode(k, e.Source+t.Join), encode(k, e.Target)
		first, _ := k.ID(start)
		end, _ := k.ID(token.End)
		all := append(append([]int{first}, given...), written...)
		return train.Example{Target: append(all, end), Given: len(given)}
	case model.Fill:
		mask, _ := k.ID(model.Mask)
		first, _ := k.ID(model.Class)
		last, _ := k.ID(model.Separator)
		x := train.Example{Source: append([]int{first}, encode(k, e.Source+t.Join)...), Target: encode(k, e.Target)}
		for i := range x.Target {
			x.Hidden, x.Word = append(x.Hidden, len(x.Source)), append(x.Word, i)
			x.Source = append(x.Source, mask)
		}
		x.Source = append(x.Source, last)
		return x
	}
	first, _ := k.ID(start)
	end, _ := k.ID(token.End)
	return train.Example{Source: append(encode(k, e.Source), end), Target: append(append([]int{first}, encode(k, e.Target)...), end)}
}

// reads is what a model reads of an example to solve it.
func reads(m *model.Model, t *problem.Problem, e problem.Example) string {
	switch m.About.Task {
	case model.Generation:
		return e.Source + t.Join
	case model.Fill:
		return e.Source + t.Join + strings.Repeat(model.Mask, len(encode(m.Tokenizer, e.Target)))
	}
	return e.Source
}

// beginning is a text in which a model that is opened elsewhere shows what it does with an example.
func beginning(m *model.Model, t *problem.Problem, e problem.Example) string {
	if m.About.Task == model.Generation { // which writes nothing unless it is asked to
		return e.Source + t.Join + e.Target
	}
	return reads(m, t, e)
}

func encode(k *token.Tokenizer, text string) []int {
	pieces := k.EncodePlain(text)
	ids := make([]int, len(pieces))
	for i, p := range pieces {
		ids[i] = p.ID
	}
	return ids
}
