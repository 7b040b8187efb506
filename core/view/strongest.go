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
	next          int // which row is looked at next, over all maps
	cut           cut
}

// all is what strongest finds where nothing is pointed at, as far as there is room for it in this scene.
func (f *frame) all(room *int) *strong {
	if !f.strong.found {
		f.find(f.strong, Ref{}, room)
	}
	return f.strong
}

// strongest picks the links to draw: of each head and for each query (or for the query or key that is
// pointed at) the strongest until they hold State.Threshold of what is to be seen of it. Of these it
// keeps at most maxLinks. Each weight is looked at twice, whatever weights there are.
func (f *frame) strongest(focus Ref) []link {
	var found strong
	f.find(&found, focus, nil)
	return found.shown
}

func (f *frame) find(found *strong, focus Ref, room *int) {
	c := &found.cut
	c.share = f.Threshold
	size := f.m.Rows * f.m.Cols
	rows, cols := f.places(focus)
	for ; found.next < len(f.each)*len(rows); found.next++ {
		if !takes(room, len(cols)) {
			return
		}
		h, i := found.next/len(rows), rows[found.next%len(rows)]
		m := f.each[h]
		weights, mask := m.Row(i)
		at := h*size + i*m.Cols
		if len(cols) == m.Cols && mask == nil && focus.Part != Key { // nothing is left out
			found.total += len(weights)
			c.take(weights, at, nil)
			continue
		}
		for _, j := range cols {
			if j < len(weights) && (mask == nil || mask[j] != 0) {
				found.total++
				c.add(weights[j], at+j)
			}
		}
		if focus.Part != Key || (found.next+1)%len(rows) == 0 { // whose column is as one row
			c.end()
		}
	}
	sortLinks(c.all)
	all := c.all[max(0, len(c.all)-maxLinks):]
	found.picked, found.cut, found.found = c.picked, cut{}, true
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

// sortLinks sorts packed links by their weights, and few by their places too. Of many it sorts 11 bits of the weights
// at a time.
func sortLinks(links []uint64) {
	if len(links) < 192 {
		sortFew(links)
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

// cut takes of row after row the heaviest links, as few as hold a share of the row's weight. Of what is so picked it
// gathers at least the maxLinks that are strongest. A link is packed as its weight's bits over its place in the maps:
// positive floats sort as their bits do.
type cut struct {
	share  float64
	picked int      // of all rows
	all    []uint64 // the strongest
	least  uint32   // the bits of a weight: what is not heavier is not among them
	values []float32
	places []int
	last   []uint64 // of a row, those among which the share runs out
}

// add is told each link of a row, and end ends it; take takes a row whose links have places one after the other, from
// at on.
func (c *cut) add(weight float32, place int) {
	c.values, c.places = append(c.values, weight), append(c.places, place)
}
func (c *cut) end() {
	c.take(c.values, 0, c.places)
	c.values, c.places = c.values[:0], c.places[:0]
}

// take sums the weights that fall into each bucket, by the exponent and the first bits of the fraction, sixteen buckets
// to each power of two, and so finds the bucket in which the share runs out. All that is heavier is picked; of that
// bucket's links, which are gathered meanwhile, some.
func (c *cut) take(weights []float32, at int, places []int) {
	const shift, first, last = 19, (127 - 24) * 16, 24 * 16 // from 2 to the power of -24 up to 1; what is beyond goes into the outer ones
	var held [last + 1]float64
	var links [last + 1]int
	sum := 0.0
	for _, w := range weights {
		if w > 0 {
			in := max(0, min(int(math.Float32bits(w)>>shift)-first, last))
			held[in] += float64(w)
			links[in]++
			sum += float64(w)
		}
	}
	lacks, in := c.share*sum-1e-6, last
	for ; in > 0 && held[in] < lacks; in-- {
		lacks -= held[in]
		c.picked += links[in]
	}
	low, high, alike := uint32(in+first)<<shift, uint32(in+first+1)<<shift, 32+shift
	switch in {
	case 0:
		low, alike = 1, 64
	case last:
		high, alike = math.MaxUint32, 64
	}
	c.last = c.last[:0]
	var least, most uint32 = math.MaxUint32, 0 // of those
	for n, w := range weights {
		bits := math.Float32bits(w)
		if bits < low || bits >= high && bits <= c.least || !(w > 0) {
			continue
		}
		place := at + n
		if places != nil {
			place = places[n]
		}
		if bits < high {
			c.last = append(c.last, uint64(bits)<<32|uint64(place))
			least, most = min(least, bits), max(most, bits)
		} else {
			c.all = append(c.all, uint64(bits)<<32|uint64(place))
		}
	}
	if least == most {
		alike = 32
	}
	row := holding(c.last, lacks, alike)
	c.picked += len(row)
	for _, l := range row {
		if uint32(l>>32) > c.least {
			c.all = append(c.all, l)
		}
	}
	if len(c.all) > 4*maxLinks {
		sortLinks(c.all)
		c.all = append(c.all[:0], c.all[len(c.all)-maxLinks:]...)
		c.least = uint32(c.all[0] >> 32)
	}
}

// holding moves the heaviest links to the end, and returns them: as few as hold some weight. Few are sorted; of many,
// which are alike in the bits from shift on, the next bits tell them apart, until all are one weight's.
func holding(row []uint64, weight float64, shift int) []uint64 {
	low, high := 0, len(row) // those from high on do not hold it, and those from low on do
	for high-low >= 64 && shift > 32 && weight > 0 {
		const buckets = 1 << 8
		shift = max(shift-8, 32)
		var held [buckets]float64
		var links [buckets]int
		for _, l := range row[low:high] {
			in := l >> shift % buckets
			held[in] += weightOf(l)
			links[in]++
		}
		in := uint64(buckets - 1)
		for ; in > 0 && held[in] < weight; in-- {
			weight -= held[in]
		}
		if links[in] == high-low {
			continue
		}
		// Now the lighter ones, those of that bucket, and the heavier ones.
		for i := low; i < high; {
			switch of := row[i] >> shift % buckets; {
			case of < in:
				row[i], row[low] = row[low], row[i]
				low++
				i++
			case of > in:
				high--
				row[i], row[high] = row[high], row[i]
			default:
				i++
			}
		}
	}
	if high-low >= 64 && weight > 0 { // any of them: they weigh the same
		return row[high-min(high-low, int(math.Ceil(weight/weightOf(row[low])))):]
	}
	sortFew(row[low:high])
	for high > low && weight > 0 {
		high--
		weight -= weightOf(row[high])
	}
	return row[high:]
}

// sortFew sorts packed links by weight and place, each into those before it: slices.Sort is 10 kB of the engine.
func sortFew(links []uint64) {
	for i, l := range links {
		for ; i > 0 && links[i-1] > l; i-- {
			links[i] = links[i-1]
		}
		links[i] = l
	}
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
