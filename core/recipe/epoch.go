package recipe

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"heed/core/data"
	"heed/core/train"
)

// epoch returns the examples of one pass over the pairs, encoded. It depends on the recipe's seed and the number of
// the epoch.
func (r *Recipe) epoch(number int, d *Data, b *data.Builder) []train.Example {
	rng := rand.New(rand.NewPCG(r.Seed, uint64(number)))
	examples := make([]train.Example, 0, len(d.Pairs))
	for p := range r.texts(rng, d) {
		examples = append(examples, b.Examples(p, r.Mask, rng)...)
	}
	return examples
}

// texts yields one pass over the pairs, each pair used once: shuffled, among those of the mix, augmented, joined
// and roughened as typing is.
func (r *Recipe) texts(rng *rand.Rand, d *Data) iter.Seq[data.Pair] {
	return func(yield func(data.Pair) bool) {
		order := rng.Perm(len(d.Pairs))
		next := func() data.Pair {
			p, mixed := data.Pair{}, false
			if len(r.Mix) > 0 {
				x := rng.Float64()
				for i, m := range r.Mix {
					if x -= m.Share; x < 0 {
						p, mixed = d.Mixed[i][rng.IntN(len(d.Mixed[i]))], true
						break
					}
				}
			}
			if !mixed {
				p, order = d.Pairs[order[0]], order[1:]
			}
			if d.words != nil {
				p = d.words.fill(rng, p)
			}
			return r.Augment.replaced(rng, d.words, p)
		}
		for len(order) > 0 {
			n := 1
			if r.Join.Most > 1 && rng.Float64() < r.Join.Probability {
				n = 2 + rng.IntN(r.Join.Most-1)
			}
			p := next()
			for ; n > 1 && len(order) > 0; n-- {
				p = p.Join(next())
			}
			if !yield(r.roughen(rng, p)) {
				return
			}
		}
	}
}

// roughen makes a pair look as if it were being typed.
func (r *Recipe) roughen(rng *rand.Rand, p data.Pair) data.Pair {
	p = r.Augment.disguised(rng, p)
	if rng.Float64() < r.Typing.NoFinalMark {
		p = p.WithoutFinalMark()
	}
	if rng.Float64() < r.Typing.LowerCase {
		p.Source = strings.ToLower(p.Source)
	}
	if rng.Float64() < r.Typing.Curly {
		p.Source = strings.ReplaceAll(p.Source, "'", "’")
	}
	return p
}

// batches groups examples of like length into batches of about BatchTokens tokens, in random
// order.
func (r *Recipe) batches(number int, examples []train.Example) [][]train.Example {
	rng := rand.New(rand.NewPCG(r.Seed^0x6261746368, uint64(number)))
	var out [][]train.Example
	// Sorting within windows keeps the batches of one epoch different from those of the next.
	const window = 1 << 14
	for chunk := range slices.Chunk(examples, window) {
		slices.SortStableFunc(chunk, func(a, b train.Example) int { return a.Size() - b.Size() })
		from, tokens := 0, 0
		for i, e := range chunk {
			if tokens += e.Size(); tokens > r.BatchTokens && i > from {
				out = append(out, chunk[from:i])
				from, tokens = i, e.Size()
			}
		}
		out = append(out, chunk[from:])
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
