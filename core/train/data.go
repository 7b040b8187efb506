package train

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/token"
)

// Pair is a sentence and its translation.
type Pair struct{ Source, Target string }

// ReadPairs reads a file of source<TAB>target lines. A mistake is named with its line.
func ReadPairs(path string) ([]Pair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var pairs []Pair
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 1
	for ; lines.Scan(); n++ {
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		source, target, ok := strings.Cut(line, "\t")
		target, _, _ = strings.Cut(target, "\t")
		switch {
		case !utf8.ValidString(line):
			return nil, fmt.Errorf("%s, line %d: not UTF-8", path, n)
		case !ok:
			return nil, fmt.Errorf("%s, line %d: no tab between source and target", path, n)
		case strings.TrimSpace(source) == "" || strings.TrimSpace(target) == "":
			return nil, fmt.Errorf("%s, line %d: one side is empty", path, n)
		}
		pairs = append(pairs, Pair{source, target})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s, line %d: %w", path, n, err)
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s holds no lines", path)
	}
	return pairs, nil
}

// WithoutFinalMark returns s without the punctuation at its end and the space before that.
func WithoutFinalMark(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".!?…", r)
	})
}

// example is a pair in token ids; both sides end with the end token.
type example struct{ source, target []int }

// epoch returns the examples of one pass over the pairs, each pair used once: shuffled, joined,
// roughened as typing is, and encoded. It depends on the recipe's seed and the number of the epoch.
func (r *Recipe) epoch(number int, pairs []Pair, t *token.Tokenizer) []example {
	rng := rand.New(rand.NewPCG(r.Seed, uint64(number)))
	order := rng.Perm(len(pairs))
	examples := make([]example, 0, len(pairs))
	for i := 0; i < len(order); {
		n := 1
		if r.Join.Most > 1 && rng.Float64() < r.Join.Probability {
			n = 2 + rng.IntN(r.Join.Most-1)
		}
		n = min(n, len(order)-i)
		p := pairs[order[i]]
		for _, j := range order[i+1 : i+n] {
			p.Source += " " + pairs[j].Source
			p.Target += " " + pairs[j].Target
		}
		i += n
		e := encode(r.roughen(rng, p), t)
		// What grew too long is dropped: it is rare, and half a sentence would teach a wrong end.
		if len(e.source) <= r.MaxTokens && len(e.target) <= r.MaxTokens {
			examples = append(examples, e)
		}
	}
	return examples
}

// roughen makes a pair look as if it were being typed.
func (r *Recipe) roughen(rng *rand.Rand, p Pair) Pair {
	if rng.Float64() < r.Typing.NoFinalMark {
		if s, t := WithoutFinalMark(p.Source), WithoutFinalMark(p.Target); s != "" && t != "" {
			p = Pair{s, t}
		}
	}
	if rng.Float64() < r.Typing.LowerCase {
		p.Source = strings.ToLower(p.Source)
	}
	if rng.Float64() < r.Typing.Curly {
		p.Source = strings.ReplaceAll(p.Source, "'", "’")
	}
	return p
}

func encode(p Pair, t *token.Tokenizer) example {
	ids := func(s string) []int {
		pieces := t.Encode(s)
		out := make([]int, len(pieces))
		for i, x := range pieces {
			out[i] = x.ID
		}
		return out
	}
	return example{ids(p.Source), ids(p.Target)}
}

// batches groups examples of like length into batches of about BatchTokens tokens, in random
// order.
func (r *Recipe) batches(number int, examples []example) [][]example {
	rng := rand.New(rand.NewPCG(r.Seed^0x6261746368, uint64(number)))
	size := func(e example) int { return len(e.source) + len(e.target) }
	var out [][]example
	// Sorting within windows keeps the batches of one epoch different from those of the next.
	const window = 1 << 14
	for chunk := range slices.Chunk(examples, window) {
		slices.SortStableFunc(chunk, func(a, b example) int { return size(a) - size(b) })
		from, tokens := 0, 0
		for i, e := range chunk {
			if tokens += size(e); tokens > r.BatchTokens && i > from {
				out = append(out, chunk[from:i])
				from, tokens = i, size(e)
			}
		}
		out = append(out, chunk[from:])
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// TrainTokenizer learns the recipe's vocabulary from both sides of the pairs.
func (r *Recipe) TrainTokenizer(pairs []Pair) (*token.Tokenizer, error) {
	rng := rand.New(rand.NewPCG(r.Seed, 0x746f6b656e))
	lines := func(yield func(string) bool) {
		for _, p := range pairs {
			p = r.roughen(rng, p)
			// A space in front lets the start of a sentence and its middle share their pieces.
			if !yield(p.Source) || !yield(" "+p.Source) || !yield(p.Target) || !yield(" "+p.Target) {
				return
			}
		}
	}
	special := make([]string, 2)
	special[r.Config.Pad] = "<pad>"
	special[r.Config.EOS] = token.End
	t, err := token.Train(lines, r.Config.Vocab, special)
	if err == nil && t.Len() != r.Config.Vocab {
		err = fmt.Errorf("the data gives a vocabulary of %d pieces, the recipe wants %d", t.Len(), r.Config.Vocab)
	}
	return t, err
}
