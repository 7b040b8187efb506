package token

import "unicode/utf8"

// pair is two neighbouring token ids, the left one in the upper 32 bits.
type pair uint64

func pairOf(a, b int32) pair       { return pair(a)<<32 | pair(uint32(b)) }
func (p pair) split() (a, b int32) { return int32(p >> 32), int32(p) }

// join says what a pair becomes, and how early it was learned: lower ranks are joined first.
type join struct{ rank, id int32 }

// encoder collects the pieces of one text; its buffers serve one word after another.
type encoder struct {
	t     *Tokenizer
	out   []Piece
	words int
	syms  []symbol
	queue heap[uint64] // rank<<32 | index into syms
	drop  func() bool  // says whether to leave out a merge; nil for never
}

func newEncoder(t *Tokenizer) *encoder {
	return &encoder{t: t, queue: heap[uint64]{less: func(a, b uint64) bool { return a < b }}}
}

// symbol is a token in the making. Joining removes the right symbol and keeps the left.
type symbol struct {
	id         int32 // -1 once removed
	prev, next int32 // neighbours in syms, -1 at the ends
	start, end int   // of the characters that it touches
}

// add appends the pieces of text, which begins at byte offset base of the whole text.
func (e *encoder) add(text string, base int) {
	for len(text) > 0 {
		n := e.t.split.next(text)
		e.word(text[:n], base)
		text, base = text[n:], base+n
	}
}

// word appends the pieces of one word: always the pair of lowest rank is joined, the leftmost of
// equals. A heap finds it, so that the time grows as n log n with the length of the word.
func (e *encoder) word(s string, base int) {
	e.syms = e.syms[:0]
	for i := 0; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		for j := i; j < i+n; j++ {
			e.syms = append(e.syms, symbol{e.t.symbols[s[j]], int32(j - 1), int32(j + 1), base + i, base + i + n})
		}
		i += n
	}
	syms := e.syms
	syms[len(syms)-1].next = -1
	for i := range syms {
		e.propose(int32(i))
	}
	for len(e.queue.items) > 0 {
		top := e.queue.pop()
		i := int32(uint32(top))
		left := &syms[i]
		if left.id < 0 || left.next < 0 {
			continue
		}
		right := &syms[left.next]
		j, ok := e.t.joins[pairOf(left.id, right.id)]
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
		e.propose(i)
		if left.prev >= 0 {
			e.propose(left.prev)
		}
	}
	for i := int32(0); i >= 0; i = syms[i].next {
		e.out = append(e.out, Piece{ID: int(syms[i].id), Start: syms[i].start, End: syms[i].end, Word: e.words})
	}
	e.words++
}

// propose queues the pair of symbol i and its right neighbour, if the two can be joined.
func (e *encoder) propose(i int32) {
	if n := e.syms[i].next; n >= 0 {
		if j, ok := e.t.joins[pairOf(e.syms[i].id, e.syms[n].id)]; ok {
			e.queue.push(uint64(j.rank)<<32 | uint64(i))
		}
	}
}

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
