package train

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/token"
)

// Pair is a source and its target. A text to write on is a target alone, one to fill words in a
// source alone.
type Pair struct{ Source, Target string }

// join appends another pair.
func (p Pair) join(q Pair) Pair {
	if p.Source != "" {
		p.Source += " " + q.Source
	}
	if p.Target != "" {
		p.Target += " " + q.Target
	}
	return p
}

// Data is what a recipe learns from.
type Data struct {
	Pairs []Pair   // each is used once an epoch
	Mixed [][]Pair // of Recipe.Mix
	words *words   // of Recipe.Slots; nil without any
}

// Load reads all that the recipe learns from, its files from dir.
func (r *Recipe) Load(dir string) (*Data, error) {
	d := &Data{}
	var err error
	if d.Pairs, err = r.Read(dir, r.Train); err != nil {
		return nil, err
	}
	for _, m := range r.Mix {
		pairs, err := r.Read(dir, m.Train)
		if err != nil {
			return nil, err
		}
		d.Mixed = append(d.Mixed, pairs)
	}
	lists := map[string][][]string{}
	for slot, names := range r.Slots {
		for _, name := range names {
			text, err := readFile(dir, name)
			if err != nil {
				return nil, err
			}
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); line != "" {
					lists[slot] = append(lists[slot], strings.Split(line, "\t"))
				}
			}
		}
	}
	d.words = newWords(lists)
	return d, nil
}

// readFile reads a file that stands with the recipes, or in dir.
func readFile(dir, name string) ([]byte, error) {
	if data, err := recipes.ReadFile("recipes/" + name); err == nil {
		return data, nil
	}
	return os.ReadFile(filepath.Join(dir, name))
}

// Read reads the recipe's files for its task, from dir.
func (r *Recipe) Read(dir string, names Files) ([]Pair, error) {
	var all []Pair
	for _, name := range names {
		data, err := readFile(dir, name)
		if err != nil {
			return nil, err
		}
		pairs, err := parseData(r.Task, filepath.Join(dir, name), bytes.NewReader(data), r.Columns)
		if err != nil {
			return nil, err
		}
		all = append(all, pairs...)
	}
	return all, nil
}

// longestLine is how many bytes a line of a file may have: what is longer is no text for a model.
const longestLine = 1 << 20

// ReadData reads a file for a task: source<TAB>target lines where a text is turned into another;
// documents that end with a line <|endoftext|>, as targets, where text is written on; and lines, as
// sources, where words are filled in (of a line with tabs, what stands before the first). A mistake is
// named with its line.
//
// columns, counted from 0, are those of the source and the target in lines of several; both 0 means
// the first two.
func ReadData(task, path string, columns [2]int) ([]Pair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseData(task, path, f, columns)
}

func parseData(task, path string, f io.Reader, columns [2]int) ([]Pair, error) {
	switch {
	case columns == [2]int{}:
		columns = [2]int{0, 1}
	case columns[0] == columns[1]:
		return nil, fmt.Errorf("source and target are both in column %d, counted from 0; name two columns", columns[0])
	}
	var pairs []Pair
	var document strings.Builder
	finish := func() {
		if s := strings.TrimSpace(document.String()); s != "" {
			pairs = append(pairs, Pair{Target: s})
		}
		document.Reset()
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longestLine)
	n := 1
	for ; lines.Scan(); n++ {
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("%s, line %d: not UTF-8", path, n)
		}
		switch task {
		case model.Generation:
			if strings.TrimSpace(line) == model.EndOfText {
				finish()
			} else {
				document.WriteString(line + "\n")
			}
			continue
		case model.Fill:
			source, _, _ := strings.Cut(line, "\t")
			if s := strings.TrimSpace(source); s != "" && s != model.EndOfText {
				pairs = append(pairs, Pair{Source: s})
			}
			continue
		}
		cells := strings.Split(line, "\t")
		switch last := max(columns[0], columns[1]); {
		case len(cells) == 1:
			return nil, fmt.Errorf("%s, line %d: no tab between source and target", path, n)
		case len(cells) <= last:
			return nil, fmt.Errorf("%s, line %d: %d columns, but column %d is wanted, counted from 0", path, n, len(cells), last)
		}
		source, target := cells[columns[0]], cells[columns[1]]
		if strings.TrimSpace(source) == "" || strings.TrimSpace(target) == "" {
			return nil, fmt.Errorf("%s, line %d: one side is empty", path, n)
		}
		pairs = append(pairs, Pair{source, target})
	}
	finish()
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s, line %d: longer than %d bytes; break it into several", path, n, longestLine)
	case err != nil:
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

// withoutFinalMark returns the pair without the punctuation at its ends, or as it is where a side would
// be left with nothing.
func (p Pair) withoutFinalMark() Pair {
	q := Pair{WithoutFinalMark(p.Source), WithoutFinalMark(p.Target)}
	if q.Source == "" && p.Source != "" || q.Target == "" && p.Target != "" {
		return p
	}
	return q
}

// epoch returns the examples of one pass over the pairs, encoded. It depends on the recipe's seed and the number of
// the epoch.
func (r *Recipe) epoch(number int, d *Data, b *builder) []example {
	rng := rand.New(rand.NewPCG(r.Seed, uint64(number)))
	examples := make([]example, 0, len(d.Pairs))
	for p := range r.texts(rng, d) {
		examples = append(examples, b.examples(p, r.Mask, rng)...)
	}
	return examples
}

// texts yields one pass over the pairs, each pair used once: shuffled, among those of the mix, augmented, joined
// and roughened as typing is.
func (r *Recipe) texts(rng *rand.Rand, d *Data) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		order := rng.Perm(len(d.Pairs))
		next := func() Pair {
			p, mixed := Pair{}, false
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
				p = p.join(next())
			}
			if !yield(r.roughen(rng, p)) {
				return
			}
		}
	}
}

// roughen makes a pair look as if it were being typed.
func (r *Recipe) roughen(rng *rand.Rand, p Pair) Pair {
	p = r.Augment.disguised(rng, p)
	if rng.Float64() < r.Typing.NoFinalMark {
		p = p.withoutFinalMark()
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
func (r *Recipe) batches(number int, examples []example) [][]example {
	rng := rand.New(rand.NewPCG(r.Seed^0x6261746368, uint64(number)))
	var out [][]example
	// Sorting within windows keeps the batches of one epoch different from those of the next.
	const window = 1 << 14
	for chunk := range slices.Chunk(examples, window) {
		slices.SortStableFunc(chunk, func(a, b example) int { return a.size() - b.size() })
		from, tokens := 0, 0
		for i, e := range chunk {
			if tokens += e.size(); tokens > r.BatchTokens && i > from {
				out = append(out, chunk[from:i])
				from, tokens = i, e.size()
			}
		}
		out = append(out, chunk[from:])
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// TrainTokenizer learns the recipe's vocabulary from both sides of the pairs.
func (r *Recipe) TrainTokenizer(d *Data) (*token.Tokenizer, error) {
	net, err := r.newNet()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(r.Seed, 0x746f6b656e))
	lines := func(yield func(string) bool) {
		for p := range r.texts(rng, d) {
			for _, s := range []string{p.Source, p.Target} {
				// A space in front lets the start of a sentence and its middle share their pieces.
				if s != "" && !(yield(s) && yield(" "+s)) {
					return
				}
			}
		}
	}
	vocab, _ := net.Limits()
	t, err := token.Train(lines, vocab, specials(r.Task, net))
	if err != nil {
		return nil, err
	}
	if t.Len() != vocab {
		return nil, fmt.Errorf("the data gives a vocabulary of %d pieces, the recipe wants %d", t.Len(), vocab)
	}
	switch r.Task {
	case model.Generation:
		t.Surround([]string{model.EndOfText}, nil)
	case model.Fill:
		t.Surround([]string{model.Class}, []string{model.Separator})
	}
	return t, nil
}

// specials are the special tokens of a task's tokenizer, which have the first ids.
func specials(task string, net model.Net) []string {
	switch task {
	case model.Generation:
		return []string{model.EndOfText}
	case model.Fill:
		return []string{model.Padding, model.Class, model.Separator, model.Mask}
	}
	special := []string{token.End, token.End}
	if pad, _, _ := net.Special(); pad < len(special) {
		special[pad] = "<pad>"
	}
	return special
}
