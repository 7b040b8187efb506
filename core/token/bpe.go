package token

import (
	"strings"
	"unicode/utf8"
)

// pair is two neighbouring token ids, the left one in the upper 32 bits.
type pair uint64

func pairOf(a, b int32) pair       { return pair(a)<<32 | pair(uint32(b)) }
func (p pair) split() (a, b int32) { return int32(p >> 32), int32(p) }

// join says what a pair becomes, and how early it was learned: lower ranks are joined first.
type join struct{ rank, id int32 }

// bpe is byte-pair encoding (Sennrich et al. 2016), over the bytes of a word or over its characters.
type bpe struct {
	merges []pair // by rank
	joins  map[pair]join
	bytes  *byteIDs // the piece of each byte; nil: it works on characters

	unknown int32 // the piece of others; negative: they are dropped
	fuse    bool  // unknown ones that follow each other are one piece

	// Of one that works on characters:
	fallback       *byteIDs // for characters that are no pieces
	prefix, suffix string   // of characters within a word; of a word's last

	whole bool // words that are pieces are left as they are, whatever the merges
}

// byteIDs are the pieces of the 256 bytes, negative where there is none.
type byteIDs [256]int32

// has reports whether there are pieces for the bytes of a text; nil has none.
func (f *byteIDs) has(s string) bool {
	for i := range len(s) {
		if f == nil || f[s[i]] < 0 {
			return false
		}
	}
	return true
}

// symbol is a token in the making. Joining removes the right symbol and keeps the left.
type symbol struct {
	id         int32 // -1 once removed
	prev, next int32 // neighbours in syms, -1 at the ends
	start, end int   // of the characters that it touches
}

// word appends the pieces of one word: always the pair of lowest rank is joined, the leftmost of
// equals. A heap finds it, so that the time grows as n log n with the length of the word.
func (b *bpe) word(e *encoder, w *Aligned) {
	if b.whole {
		name := w.Text
		if b.bytes != nil {
			name = written(name)
		}
		if id, ok := b.piece(e, name); ok {
			e.add(w, id, 0, len(w.Text))
			return
		}
	}
	e.syms = e.syms[:0]
	b.symbols(e, w)
	syms := e.syms
	if len(syms) == 0 {
		return
	}
	syms[len(syms)-1].next = -1
	for i := range syms {
		b.propose(e, int32(i))
	}
	for len(e.queue.items) > 0 {
		top := e.queue.pop()
		i := int32(uint32(top))
		left := &syms[i]
		if left.id < 0 || left.next < 0 {
			continue
		}
		right := &syms[left.next]
		j, ok := b.joins[pairOf(left.id, right.id)]
		if !ok || j.rank != int32(top>>32) {
			continue // an older proposal: one of the two has been joined since
		}
		if e.drop != nil && e.drop() {
			continue
		}
		left.id, left.end, left.next = j.id, right.end, right.next
		right.id = -1
		if left.next >= 0 {
			syms[left.next].prev = i
		}
		b.propose(e, i)
		if left.prev >= 0 {
			b.propose(e, left.prev)
		}
	}
	for i := int32(0); i >= 0; i = syms[i].next {
		id := int(syms[i].id)
		e.put(Piece{ID: id, Start: syms[i].start, End: syms[i].end, Word: e.words}, e.t.vocab[id])
	}
}

// piece returns the id of a piece that is no special token, which are never read out of a text.
func (b *bpe) piece(e *encoder, name string) (id int, ok bool) {
	id, ok = e.t.piece(name)
	return id, ok && !e.t.IsSpecial(id)
}

// symbols begins with the bytes of a word, or its characters.
func (b *bpe) symbols(e *encoder, w *Aligned) {
	unknown := span{start: -1} // that are not added yet
	flush := func() {
		if unknown.start >= 0 {
			e.symbol(b.unknown, int(unknown.start), int(unknown.end))
			unknown.start = -1
		}
	}
	lacking := func(start, end int) {
		if b.unknown < 0 {
			return
		}
		if !b.fuse {
			flush()
		}
		if unknown.end = int32(end); unknown.start < 0 {
			unknown.start = int32(start)
		}
	}
	for i := 0; i < len(w.Text); {
		_, n := utf8.DecodeRuneInString(w.Text[i:])
		name := w.Text[i : i+n]
		start, end := w.span(i, i+n)
		i += n
		if b.bytes != nil {
			for j := range len(name) {
				if id := b.bytes[name[j]]; id >= 0 {
					flush()
					e.symbol(id, start, end)
				} else {
					lacking(start, end)
				}
			}
			continue
		}
		if i > n && b.prefix != "" {
			name = b.prefix + name
		}
		if i == len(w.Text) {
			name += b.suffix
		}
		if id, ok := b.piece(e, name); ok {
			flush()
			e.symbol(int32(id), start, end)
		} else if b.fallback.has(name) {
			flush()
			for j := range len(name) {
				e.symbol(b.fallback[name[j]], start, end)
			}
		} else {
			lacking(start, end)
		}
	}
	flush()
}

// symbol adds one that has both neighbours.
func (e *encoder) symbol(id int32, start, end int) {
	i := int32(len(e.syms))
	e.syms = append(e.syms, symbol{id, i - 1, i + 1, start, end})
}

// propose queues the pair of symbol i and its right neighbour, if the two can be joined.
func (b *bpe) propose(e *encoder, i int32) {
	if n := e.syms[i].next; n >= 0 {
		if j, ok := b.joins[pairOf(e.syms[i].id, e.syms[n].id)]; ok {
			e.queue.push(uint64(j.rank)<<32 | uint64(i))
		}
	}
}

// add adds a merge.
func (b *bpe) add(left, right, id int32, rank int) {
	p := pairOf(left, right)
	b.joins[p] = join{int32(rank), id}
	b.merges = append(b.merges, p)
}

// joined returns the name of the piece that a merge of two pieces gives.
func (b *bpe) joined(left, right string) string { return left + strings.TrimPrefix(right, b.prefix) }

// heap is a binary heap: pop returns an item before which, by less, no other comes.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
}

func (h *heap[T]) push(v T) {
	h.items = append(h.items, v)
	i := len(h.items) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.less(v, h.items[up]) {
			break
		}
		h.items[i] = h.items[up]
		i = up
	}
	h.items[i] = v
}

func (h *heap[T]) pop() T {
	top := h.items[0]
	n := len(h.items) - 1
	v := h.items[n]
	h.items = h.items[:n]
	if n == 0 {
		return top
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && h.less(h.items[down+1], h.items[down]) {
			down++
		}
		if !h.less(h.items[down], v) {
			break
		}
		h.items[i] = h.items[down]
		i = down
	}
	h.items[i] = v
	return top
}
