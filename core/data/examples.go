package data

import (
	"math/rand/v2"
	"strings"
	"unicode"

	"heed/core/model"
	"heed/core/token"
	"heed/core/train"
)

// Builder makes examples of texts for a task.
type Builder struct {
	Dropout float64 // of the merges of a source's words, each time that one could be made; see token.EncodeDropout

	task   string
	tokens *token.Tokenizer
	start  int // the first token put into a decoder
	eos    int
	mask   int // stands for a hidden token
	vocab  int
	most   int // tokens of either side
}

// NewBuilder returns a builder for a network and its tokenizer. A side of an example has at most so many tokens.
func NewBuilder(task string, net model.Net, t *token.Tokenizer, most int) *Builder {
	b := &Builder{task: task, tokens: t, most: most}
	_, b.eos, b.start = net.Special()
	b.mask, _ = t.ID(model.Mask)
	b.vocab = t.Len()
	return b
}

// Examples returns the training examples of a pair; mask is the share of words to hide, of the task fill. What is too
// long to translate is dropped, since half a sentence would teach a wrong end; a long text to write on becomes several
// examples; one to fill is cut.
func (b *Builder) Examples(p Pair, mask float64, rng *rand.Rand) []train.Example {
	switch b.task {
	case model.Generation:
		return b.windows(p.Target)
	case model.Fill:
		return b.hide(p.Source, mask, rng)
	case model.Compression: // a word has the same pieces wherever it stands
		p.Source, p.Target = " "+p.Source, " "+p.Target
	}
	e := train.Example{Source: ids(b.encodeSource(p.Source, rng))}
	e.Target = append([]int{b.start}, ids(b.tokens.Target().Encode(p.Target))...)
	if len(e.Source) > b.most || len(e.Target)-1 > b.most {
		return nil
	}
	return []train.Example{e}
}

// encodeSource encodes a source, with a share of the merges left out if there is an rng.
func (b *Builder) encodeSource(text string, rng *rand.Rand) []token.Piece {
	if b.Dropout == 0 || rng == nil {
		return b.tokens.Encode(text)
	}
	return b.tokens.EncodeDropout(text, func() bool { return rng.Float64() < b.Dropout })
}

// windows cuts a text, ended by the end token, into examples; each but the first goes on from the last
// token of the one before.
func (b *Builder) windows(text string) []train.Example {
	all := append([]int{b.start}, ids(b.tokens.EncodePlain(text))...)
	all = append(all, b.eos)
	var out []train.Example
	for len(all) > 1 {
		n := min(b.most, len(all)-1)
		out = append(out, train.Example{Target: all[:n+1]})
		all = all[n:]
	}
	return out
}

// hide hides a share of a text's words, at least one; what holds no letter and no digit is no word.
// Of those, 8 in 10 are replaced by the mask, 1 by random tokens, 1 stays (Devlin et al. 2019,
// section 3.1). Without rng, for measuring, all are replaced by the mask, and which are hidden depends
// on the text alone.
func (b *Builder) hide(text string, share float64, rng *rand.Rand) []train.Example {
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
		if p.Word >= 0 && (len(words) == 0 || words[len(words)-1] != p.Word) && strings.ContainsFunc(text[p.Start:p.End], Speaks) {
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
	e := train.Example{Source: ids(pieces)}
	for i, p := range pieces {
		f := fates[p.Word]
		if !f.hidden {
			continue
		}
		e.Hidden, e.Target, e.Word = append(e.Hidden, i), append(e.Target, p.ID), append(e.Word, p.Word)
		switch {
		case !training || f.how < 0.8:
			e.Source[i] = b.mask
		case f.how < 0.9:
			e.Source[i] = rng.IntN(b.vocab)
		}
	}
	return []train.Example{e}
}

// Speaks reports whether r is a letter or a digit: a word holds at least one.
func Speaks(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func ids(pieces []token.Piece) []int {
	out := make([]int, len(pieces))
	for i, p := range pieces {
		out[i] = p.ID
	}
	return out
}
