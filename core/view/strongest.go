package view

import (
	"math"
	"slices"
)

// strong is what strongest found: the links to draw, the weakest first, how many there were before
// maxLinks cut them, and how many there could be.
type strong struct {
	shown         []link
	picked, total int
	found         bool
}

// all is what strongest finds where nothing is pointed at.
func (f *frame) all() *strong {
	if !f.strong.found {
		*f.strong = f.strongest(Ref{})
	}
	return f.strong
}

// strongest picks the links to draw: of each head and for each query (or for the query or key that is
// pointed at) the strongest until they hold State.Threshold of what is to be seen of it. Of these it
// keeps at most maxLinks.
func (f *frame) strongest(focus Ref) strong {
	// A link is packed as its weight's bits over its place in the maps: positive floats sort as
	// their bits do.
	found := strong{found: true}
	all, row := make([]uint64, 0, 1024), make([]uint64, 0, max(len(f.rows), len(f.cols)))
	least := uint64(0) // by its weight; what is lighter, or as light and comes later, is not among the strongest maxLinks
	pick := func() {
		row = holding(row, f.Threshold)
		found.picked += len(row)
		for _, l := range row {
			if l>>32 > least || least == 0 {
				all = append(all, l)
			}
		}
		if len(all) > 4*maxLinks {
			sortLinks(all)
			all = append(all[:0], all[len(all)-maxLinks:]...)
			least = all[0] >> 32
		}
		row = row[:0]
	}
	size := f.m.Rows * f.m.Cols
	rows, cols := f.places(focus)
	for h, m := range f.each {
		for _, i := range rows {
			weights, mask := m.Row(i)
			for _, j := range cols {
				if j >= len(weights) || mask != nil && mask[j] == 0 {
					continue
				}
				found.total++
				if w := weights[j]; w > 0 {
					row = append(row, uint64(math.Float32bits(w))<<32|uint64(h*size+i*m.Cols+j))
				}
			}
			if focus.Part != Key { // whose column is as one row
				pick()
			}
		}
		if focus.Part == Key {
			pick()
		}
	}
	sortLinks(all)
	all = all[max(0, len(all)-maxLinks):]
	found.shown = make([]link, len(all))
	for n, l := range all {
		place := int(uint32(l))
		found.shown[n] = link{place / size, place % size / f.m.Cols, place % f.m.Cols, weightOf(l)}
	}
	if n := len(f.each); n > 1 { // as stroke paints them: those of one step head by head
		of := make([][]link, (inks+1)*n)
		for _, l := range found.shown {
			at := min(int(math.Round(l.w*inks)), inks)*n + l.head
			of[at] = append(of[at], l)
		}
		found.shown = slices.Concat(of...)
	}
	return found
}

// places are the rows and columns of what may be pointed at: of a word its own.
func (f *frame) places(focus Ref) (rows, cols []int) {
	switch focus.Part {
	case Query:
		return []int{focus.Row}, f.cols
	case Key:
		return f.rows, []int{focus.Col}
	}
	return f.rows, f.cols
}

// sortLinks sorts packed links by their weights, and small ones by their places too. Of many it sorts 11 bits of the
// weights at a time, for slices.Sort calls a function for each comparison.
func sortLinks(links []uint64) {
	if len(links) < 256 {
		slices.Sort(links)
		return
	}
	from, to := links, make([]uint64, len(links))
	for shift := 32; shift < 64; shift += 11 {
		var next [1 << 11]int // by those bits, the place of the next link that has them
		for _, l := range from {
			next[l>>shift%uint64(len(next))]++
		}
		sum := 0
		for i, n := range next {
			next[i], sum = sum, sum+n
		}
		for _, l := range from {
			at := &next[l>>shift%uint64(len(next))]
			to[*at] = l
			*at++
		}
		from, to = to, from
	}
	copy(links, from)
}

func weightOf(l uint64) float64 { return float64(math.Float32frombits(uint32(l >> 32))) }

// holding moves the heaviest links to the end, and returns them: as few as hold a share of the weight of all. It sorts only those
// among which the share runs out: links go into buckets by their weight's exponent and the first bits of its fraction, sixteen to
// each power of two; and of many in one bucket, as an even row has, by the next bits.
func holding(row []uint64, share float64) []uint64 {
	const buckets, first = 24 * 16, (127 - 24) * 16 // from 2 to the power of -24 up to 1; what is beyond goes into the outer ones
	sum := 0.0
	for _, l := range row {
		sum += weightOf(l)
	}
	b := bounds{high: len(row), lacks: share*sum - 1e-6}
	const fraction = 32 + 19
	at := b.narrow(row, fraction, first, buckets)
	if b.high-b.low >= 64 {
		b.narrow(row, fraction-8, (at+first)<<8, 255)
	}
	last := row[b.low:b.high]
	if len(last) > 0 && !slices.ContainsFunc(last, func(l uint64) bool { return l>>32 != last[0]>>32 }) { // any of them
		return row[b.high-min(len(last), max(0, int(math.Ceil(b.lacks/weightOf(last[0]))))):]
	}
	sortLinks(last)
	for b.high > b.low && b.lacks > 0 {
		b.high--
		b.lacks -= weightOf(row[b.high])
	}
	return row[b.high:]
}

// bounds are where a share of the weight of links runs out: those from high on do not hold it, and those from low on do.
type bounds struct {
	low, high int
	lacks     float64 // of the share, to those from high on
}

// narrow sorts the links between the bounds into buckets, by their bits from shift on less those of the first bucket, of which the
// last is number last; what is beyond goes into the outer ones. It returns the bucket where the share runs out, which the bounds
// are then those of.
func (b *bounds) narrow(row []uint64, shift, first, last int) (at int) {
	var held [24*16 + 1]float64
	var links [len(held)]int
	bucket := func(l uint64) int { return max(0, min(int(l>>shift)-first, last)) }
	for _, l := range row[b.low:b.high] {
		in := bucket(l)
		held[in] += weightOf(l)
		links[in]++
	}
	for at = last; at > 0 && held[at] < b.lacks; at-- {
		b.lacks -= held[at]
	}
	low, high := b.low, b.high
	if links[at] == high-low {
		return at
	}
	// Now the lighter ones, those of that bucket, and the heavier ones.
	for i := low; i < high; {
		switch in := bucket(row[i]); {
		case in < at:
			row[i], row[low] = row[low], row[i]
			low++
			i++
		case in > at:
			high--
			row[i], row[high] = row[high], row[i]
		default:
			i++
		}
	}
	b.low, b.high = low, high
	return at
}

// heaviest is the links of a query or a key with the most weight, the strongest first, and how many it has
// and what all of them hold.
func (f *frame) heaviest(ref Ref, most int) (top []link, n int, sum float64) {
	top = make([]link, most)
	f.unmasked(ref, func(l link) {
		if n, sum = n+1, sum+l.w; l.w <= top[most-1].w {
			return
		}
		for k := range top {
			if l.w > top[k].w {
				l, top[k] = top[k], l
			}
		}
	})
	return top, n, sum
}

// unmasked goes over what may look: of a query or a key its own links, else all.
func (f *frame) unmasked(ref Ref, do func(link)) {
	rows, cols := f.places(ref)
	for h, m := range f.each {
		for _, i := range rows {
			weights, mask := m.Row(i)
			for _, j := range cols {
				if j < len(weights) && (mask == nil || mask[j] != 0) {
					do(link{h, i, j, float64(weights[j])})
				}
			}
		}
	}
}
