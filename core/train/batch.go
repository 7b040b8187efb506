package train

import (
	"math/rand/v2"
	"strings"
	"unicode"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/token"
)

// example is what a model learns from at once, in token ids.
type example struct {
	source []int // what the encoder reads; none without one
	target []int // what the decoder is given and writes: the token put in first, then those to predict
	hidden []int // without a decoder: the positions of source that are hidden; target is what stood there
	word   []int // and the word of each
}

// size returns the tokens of an example, source and target together.
func (e example) size() int {
	if e.hidden != nil {
		return len(e.source)
	}
	return len(e.source) + len(e.target) - 1
}

// labels returns the number of tokens to predict.
func (e example) labels() int {
	if e.hidden != nil {
		return len(e.hidden)
	}
	return len(e.target) - 1
}

// builder makes examples for a task.
type builder struct {
	task   string
	tokens *token.Tokenizer
	start  int // the first token put into a decoder
	eos    int
	mask   int // stands for a hidden token
	vocab  int
	most   int     // tokens of either side
	drop   float64 // of a source's merges, see Augment.BPEDropout
}

func newBuilder(task string, net model.Net, t *token.Tokenizer, most int) *builder {
	b := &builder{task: task, tokens: t, most: most}
	_, b.eos, b.start = net.Special()
	b.mask, _ = t.ID(model.Mask)
	b.vocab = t.Len()
	return b
}

// examples returns what a pair teaches. What is too long to translate is dropped, since half a
// sentence would teach a wrong end; a long text to write on becomes several examples; one to fill is
// cut.
func (b *builder) examples(p Pair, mask float64, rng *rand.Rand) []example {
	switch b.task {
	case model.Generation:
		return b.windows(p.Target)
	case model.Fill:
		return b.hide(p.Source, mask, rng)
	}
	if b.task == model.Compression { // a word has the same pieces wherever it stands
		p.Source, p.Target = " "+p.Source, " "+p.Target
	}
	e := example{source: ids(b.encodeSource(p.Source, rng))}
	e.target = append([]int{b.start}, ids(b.tokens.Encode(p.Target))...)
	if len(e.source) > b.most || len(e.target)-1 > b.most {
		return nil
	}
	return []example{e}
}

// encodeSource encodes a source, with a share of the merges left out if there is an rng.
func (b *builder) encodeSource(text string, rng *rand.Rand) []token.Piece {
	if b.drop == 0 || rng == nil {
		return b.tokens.Encode(text)
	}
	return b.tokens.EncodeDropout(text, func() bool { return rng.Float64() < b.drop })
}

// windows cuts a text, ended by the end token, into examples; each but the first goes on from the last
// token of the one before.
func (b *builder) windows(text string) []example {
	all := append([]int{b.start}, ids(b.tokens.EncodePlain(text))...)
	all = append(all, b.eos)
	var out []example
	for len(all) > 1 {
		n := min(b.most, len(all)-1)
		out = append(out, example{target: all[:n+1]})
		all = all[n:]
	}
	return out
}

// hide hides a share of a text's words, at least one; what holds no letter and no digit is no word.
// Of those, 8 in 10 are replaced by the mask, 1 by random tokens, 1 stays (Devlin et al. 2019,
// section 3.1). Without rng, for measuring, all are replaced by the mask, and which are hidden depends
// on the text alone.
func (b *builder) hide(text string, share float64, rng *rand.Rand) []example {
	pieces := b.tokens.Encode(text)
	if n := len(pieces); n > b.most {
		pieces = append(pieces[:b.most-1:b.most-1], pieces[n-1])
	}
	training := rng != nil
	if !training {
		rng = rand.New(rand.NewPCG(1, uint64(len(text))))
	}
	var words []int // that may be hidden
	for _, p := range pieces {
		if p.Word >= 0 && (len(words) == 0 || words[len(words)-1] != p.Word) && strings.ContainsFunc(text[p.Start:p.End], speaks) {
			words = append(words, p.Word)
		}
	}
	if len(words) == 0 {
		return nil
	}
	type fate struct {
		hidden bool
		how    float64
	}
	fates := map[int]fate{}
	sure := words[rng.IntN(len(words))]
	for _, w := range words {
		fates[w] = fate{w == sure || rng.Float64() < share, rng.Float64()}
	}
	e := example{source: ids(pieces)}
	for i, p := range pieces {
		f := fates[p.Word]
		if !f.hidden {
			continue
		}
		e.hidden, e.target, e.word = append(e.hidden, i), append(e.target, p.ID), append(e.word, p.Word)
		switch {
		case !training || f.how < 0.8:
			e.source[i] = b.mask
		case f.how < 0.9:
			e.source[i] = rng.IntN(b.vocab)
		}
	}
	return []example{e}
}

// speaks reports whether a character makes a word of what holds it.
func speaks(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func ids(pieces []token.Piece) []int {
	out := make([]int, len(pieces))
	for i, p := range pieces {
		out[i] = p.ID
	}
	return out
}

// batch is several examples, as a network reads them.
type batch struct {
	source, target grad.Sequences
	hidden         []int // rows of source
	labels         []int
}

func (b *batch) reset() {
	b.source.Reset()
	b.target.Reset()
	b.hidden, b.labels = b.hidden[:0], b.labels[:0]
}

func (b *batch) add(e example) {
	if e.hidden != nil {
		for _, at := range e.hidden {
			b.hidden = append(b.hidden, len(b.source.IDs)+at)
		}
		b.labels = append(b.labels, e.target...)
	} else {
		n := len(e.target) - 1
		b.target.Add(e.target[:n]...)
		b.labels = append(b.labels, e.target[1:]...)
	}
	if len(e.source) > 0 {
		b.source.Add(e.source...)
	}
}

// logits returns the network's scores for each label, len(labels)×V.
func (b *batch) logits(p *grad.Pass, net model.Net) grad.Value {
	encoder, decoder := net.Parts()
	switch {
	case !decoder:
		return net.Logits(p, p.Gather(net.Encode(p, &b.source, nil), b.hidden))
	case !encoder:
		return net.Logits(p, net.Decode(p, &b.target, grad.Value{}, nil, nil))
	}
	return net.Logits(p, net.Decode(p, &b.target, net.Encode(p, &b.source, nil), &b.source, nil))
}
