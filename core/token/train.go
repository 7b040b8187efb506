package token

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"heed/core/say"
)

// End is the special token that ends every encoding of a tokenizer trained with it.
const End = "</s>"

// Train learns a vocabulary of the given size from lines (Sennrich et al. 2016, algorithm 1): again
// and again the pair of neighbouring pieces that occurs most often becomes a new piece; of equally
// frequent pairs, the one with the lower left id, then the lower right id. The result depends only
// on how often each word occurs.
//
// The special tokens take the first ids in the order given, then come the 256 bytes in the order of
// their characters in tokenizer.json, then the learned pieces. When no pair occurs twice any more
// the vocabulary stays smaller than asked for; see Len. When End is among the special tokens,
// Encode puts it after each text; Surround changes that.
//
// It is an error when vocab cannot hold the special tokens and the bytes, and when a special token
// is empty, repeated, not UTF-8, or a single byte's character.
func Train(lines iter.Seq[string], vocab int, special []string) (*Tokenizer, error) {
	t, err := newTokenizer(special)
	if err != nil {
		return nil, err
	}
	if vocab < t.Len() {
		return nil, say.Error("token: vocabulary of ", vocab, " pieces cannot hold ", len(special), " special tokens and 256 bytes: ask for at least ", t.Len())
	}
	t.learn(lines, vocab)
	return t, nil
}

// learn adds pieces to a tokenizer that has none yet but the bytes.
func (t *Tokenizer) learn(lines iter.Seq[string], vocab int) {
	counts := map[string]*int{}
	var words []Aligned
	var m matcher
	for line := range lines {
		words = t.split.split(words[:0], Aligned{Text: line}, &m)
		for i := range words {
			if c := counts[words[i].Text]; c != nil {
				*c++
			} else {
				one := 1
				counts[strings.Clone(words[i].Text)] = &one
			}
		}
	}
	newTrainer(t, counts).run(vocab)
}

// newTokenizer returns a tokenizer of special tokens and bytes alone.
func newTokenizer(special []string) (*Tokenizer, error) {
	t := &Tokenizer{ids: map[string]int{}}
	b := &bpe{joins: map[pair]join{}, bytes: &byteIDs{}}
	t.algorithm = b
	t.cutBy(splitHeed())
	var added []addedToken
	for _, s := range special {
		if _, ok := t.ids[s]; ok || s == "" || !utf8.ValidString(s) {
			return nil, say.Error("token: special token ", strconv.Quote(s), " is empty, repeated or not UTF-8")
		}
		id := t.Len()
		t.special = append(t.special, id)
		added = append(added, addedToken{ID: id, Content: s, Special: true})
		t.insert(s, nil)
	}
	t.added = newAddedTokens(added, special)
	for r := rune(0); r < 256+68; r++ {
		c, ok := unwritten(string(r))
		if !ok {
			continue
		}
		if _, ok := t.ids[string(r)]; ok {
			return nil, say.Error("token: special token ", strconv.Quote(string(r)), " is also the name of a byte: use a longer one")
		}
		b.bytes[c[0]] = int32(t.Len())
		t.insert(string(r), c)
	}
	if _, ok := t.ids[End]; ok {
		t.Surround(nil, []string{End})
	}
	return t, nil
}

// cutBy sets the splitter of a tokenizer that is about to be trained.
func (t *Tokenizer) cutBy(p *preTokenizer) {
	s, err := p.splitter()
	if err != nil {
		panic(err)
	}
	t.stages, t.split = p, s
}

// Surround makes Encode put these special tokens before and after each text, instead of those that
// it put there. It panics when one is not a special token.
func (t *Tokenizer) Surround(before, after []string) {
	ids := func(names []string) []int {
		var out []int
		for _, s := range names {
			id, ok := t.ids[s]
			if !ok || !t.IsSpecial(id) {
				panic("token: " + s + " is not a special token")
			}
			out = append(out, id)
		}
		return out
	}
	if t.source != nil {
		if own, err := t.write(); err != nil || !bytes.Equal(own, t.source) {
			t.stages = nil // the rest of the file is not known
		}
		t.source = nil
	}
	t.before, t.after = ids(before), ids(after)
}

// insert adds a token to the vocabulary.
func (t *Tokenizer) insert(name string, bytes []byte) {
	t.ids[name] = len(t.vocab)
	t.vocab = append(t.vocab, name)
	t.bytes = append(t.bytes, bytes)
}

// trainer keeps the count of every pair up to date while pieces are joined, so that a step costs
// only as much as there are places where it changes something.
type trainer struct {
	t      *Tokenizer
	bpe    *bpe
	words  []trainWord
	counts map[pair]int
	places map[pair][]int32 // words that held the pair when it was last counted there
	queue  heap[candidate]  // holds each pair with at least its count
}

type trainWord struct {
	ids   []int32
	count int
}

type candidate struct {
	pair  pair
	count int
}

func newTrainer(t *Tokenizer, counts map[string]*int) *trainer {
	tr := &trainer{t: t, bpe: t.algorithm.(*bpe), counts: map[pair]int{}, places: map[pair][]int32{}}
	tr.queue.less = func(a, b candidate) bool {
		return a.count > b.count || a.count == b.count && a.pair < b.pair
	}
	for s, n := range counts {
		ids := make([]int32, len(s))
		for i := range ids {
			ids[i] = tr.bpe.bytes[s[i]]
		}
		w := int32(len(tr.words))
		tr.words = append(tr.words, trainWord{ids, *n})
		for i := 1; i < len(ids); i++ {
			tr.count(pairOf(ids[i-1], ids[i]), w, *n)
		}
	}
	for p, n := range tr.counts {
		tr.queue.push(candidate{p, n})
	}
	return tr
}

// count adds n > 0 occurrences of p in word w.
func (tr *trainer) count(p pair, w int32, n int) {
	tr.counts[p] += n
	if at := tr.places[p]; len(at) == 0 || at[len(at)-1] != w {
		tr.places[p] = append(at, w)
	}
}

func (tr *trainer) run(vocab int) {
	t := tr.t
	for t.Len() < vocab && len(tr.queue.items) > 0 {
		c := tr.queue.pop()
		if n := tr.counts[c.pair]; n != c.count {
			// Counts fall without notice to the queue: put the pair back where it belongs.
			if n < c.count && n > 0 {
				tr.queue.push(candidate{c.pair, n})
			}
			continue
		}
		if c.count < 2 {
			return
		}
		a, b := c.pair.split()
		name := t.vocab[a] + t.vocab[b]
		id, ok := t.ids[name]
		if !ok {
			id = t.Len()
			t.insert(name, append(append([]byte{}, t.bytes[a]...), t.bytes[b]...))
		} else if t.IsSpecial(id) {
			continue // the piece would be taken for the special token of that name
		}
		tr.bpe.add(a, b, int32(id), len(tr.bpe.merges))
		tr.join(c.pair, int32(id))
	}
}

// join replaces the pair by the piece id in every word.
func (tr *trainer) join(p pair, id int32) {
	a, b := p.split()
	grown := map[pair]bool{}
	for _, wi := range tr.places[p] {
		w := &tr.words[wi]
		in, out := w.ids, w.ids[:0]
		for i := 0; i < len(in); i++ {
			if in[i] != a || i+1 == len(in) || in[i+1] != b {
				out = append(out, in[i])
				continue
			}
			if n := len(out); n > 0 {
				tr.counts[pairOf(out[n-1], a)] -= w.count
				tr.count(pairOf(out[n-1], id), wi, w.count)
				grown[pairOf(out[n-1], id)] = true
			}
			if i+2 < len(in) {
				tr.counts[pairOf(b, in[i+2])] -= w.count
				tr.count(pairOf(id, in[i+2]), wi, w.count)
				grown[pairOf(id, in[i+2])] = true
			}
			out = append(out, id)
			i++
		}
		w.ids = out
	}
	delete(tr.counts, p)
	delete(tr.places, p)
	for q := range grown {
		if n := tr.counts[q]; n > 0 {
			tr.queue.push(candidate{q, n})
		}
	}
}
