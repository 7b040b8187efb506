package view

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/text"
)

// Compared is one of two maps that are held against each other: of a head, or of the mean over several.
type Compared struct {
	Record *record.Record
	Layer  int
	Heads  record.HeadSet // as State.Heads
	Name   string         // what it is of, such as "the first sentence"
}

// versus is what a frame of differences comes from: two weights for each of its cells.
type versus struct {
	of         [2]*frame
	rows, cols [][2]int // the two places of each query and of each key
	nameA      string
	nameB      string
	unmatched  string // a sentence about the words that only one has; "" where both have all
}

// Difference makes the scene of b's weights less a's, as a heatmap that diverges about 0, for the words
// that both have: their tokens are aligned by a longest common subsequence, rows and columns apart. The
// kind is the State's; its Layer and Heads do not count. What is not compared the caption says. Errors are
// those of Build.
func Difference(a, b Compared, st State, env Env) (*Scene, error) {
	_, s := newPlot(nil, st, env)
	if s.byHand = byHand(a.Record); s.byHand != byHand(b.Record) {
		s.byHand = ""
		for _, c := range []Compared{a, b} {
			if by := byHand(c.Record); by != "" {
				s.byHand += " Of " + c.Name + ":" + strings.ToLower(by[:2]) + by[2:]
			}
		}
	}
	d, sentence, err := s.differing(a, b, st.Words)
	switch {
	case err != nil || sentence != "":
		return say(s, sentence), err
	case !d.more(s.room) || !takes(s.room, 0):
		return s.soon(d.next, d.frame.m.Rows), nil
	}
	return heatmap(d.frame), nil
}

// DifferenceCSV writes the cells of Difference, special tokens too, as comma-separated values: a header, then
// for each query and key that both have and that may look the two weights and the second less the first.
func DifferenceCSV(a, b Compared, st State, env Env) ([]byte, error) {
	st.HideSpecial = false
	_, s := newPlot(nil, st, env)
	d, sentence, err := s.differing(a, b, st.Words)
	if sentence != "" {
		return nil, errors.New(strings.TrimSuffix(sentence, "."))
	}
	if err != nil {
		return nil, err
	}
	d.more(nil)
	f, r := d.frame, a.Record
	if st.Words {
		r = r.Words()
	}
	queries, keys := r.Queries(s.Kind), r.Keys(s.Kind)
	out := record.AppendCSV(nil, []string{"query", "key", "first", "second", "difference"})
	for i, row := range f.versus.rows {
		for j, col := range f.versus.cols {
			if !f.m.Masked(i, j) {
				x, y := f.versus.of[0].m.At(row[0], col[0]), f.versus.of[1].m.At(row[1], col[1])
				out = record.AppendCSV(out, []string{queries[row[0]].Text, keys[col[0]].Text, record.Decimal(x), record.Decimal(y), record.Decimal(y - x)})
			}
		}
	}
	return out, nil
}

// differing is the frame of b's weights less a's, which is made row by row.
type differing struct {
	a, b   Compared
	with   State
	frame  *frame
	next   int  // row
	masked bool // there are cells where nothing may look
}

// differing begins it, or finds it kept, or returns a sentence that says why there is none.
func (s plot) differing(a, b Compared, words bool) (d *differing, sentence string, err error) {
	s.View, s.Chosen, s.Words = Heatmap, Ref{}, words
	with := State{Kind: s.Kind, HideSpecial: s.HideSpecial, Words: words}
	if d = s.Kept.differing; d == nil || d.a != a || d.b != b || d.with != with {
		d = &differing{a: a, b: b, with: with}
		if sentence, err = d.begin(s); sentence != "" || err != nil {
			return nil, sentence, err
		}
		s.Kept.differing = d
	}
	d.frame.plot = s
	if !d.frame.shows(s.Focus) {
		d.frame.Focus = Ref{}
	}
	return d, "", nil
}

// begin finds what is compared with what.
func (d *differing) begin(s plot) (sentence string, err error) {
	of := func(side Compared) (*frame, string, error) {
		s := s
		s.Layer, s.Heads = side.Layer, side.Heads
		if s.Words && side.Record != nil {
			side.Record = side.Record.Words()
		}
		return newFrame(side.Record, s)
	}
	fa, sentence, err := of(d.a)
	if err != nil || sentence != "" {
		return sentence, err
	}
	fb, sentence, err := of(d.b)
	if err != nil || sentence != "" {
		return sentence, err
	}
	rows, cols := align(fa.q, fb.q), align(fa.k, fb.k)
	if len(rows) == 0 || len(cols) == 0 {
		return text.Of(text.NothingCommon), nil
	}
	pick := func(ws []word, pairs [][2]int) (out []word) {
		for i, p := range pairs {
			w := ws[p[0]]
			w.joins = w.joins && i > 0 && pairs[i-1][0] == p[0]-1
			out = append(out, w)
		}
		return out
	}
	f := &frame{plot: s, strong: &strong{}, painted: &matrix{}, name: fa.name, qName: fa.qName, kName: fa.kName, q: pick(fa.q, rows), k: pick(fa.k, cols)}
	f.m = &record.Map{Kind: s.Kind, Rows: len(rows), Cols: len(cols)}
	f.each = []*record.Map{f.m}
	v := &versus{of: [2]*frame{fa, fb}, nameA: d.a.Name, nameB: d.b.Name, rows: rows, cols: cols}
	n := len(rows) * len(cols)
	f.m.Weights, f.m.Mask = make([]float32, n), make([]int8, n)
	f.versus = v
	f.rows, f.rowAt = seen(f.q, s.HideSpecial)
	f.cols, f.colAt = seen(f.k, s.HideSpecial)
	if len(f.rows) == 0 || len(f.cols) == 0 {
		return text.Of(text.OnlySpecialCommon), nil
	}
	d.frame, v.unmatched = f, v.lacks()
	return "", nil
}

// more subtracts row after row, as far as there is room for it, and says whether that is all.
func (d *differing) more(room *int) bool {
	f := d.frame
	v, fa, fb := f.versus, f.versus.of[0], f.versus.of[1]
	for ; d.next < len(v.rows); d.next++ {
		if !takes(room, len(v.cols)) {
			return false
		}
		row, at := v.rows[d.next], d.next*len(v.cols)
		ofA, maskA := fa.m.Row(row[0])
		ofB, maskB := fb.m.Row(row[1])
		allA, allB := fa.m.Weights[row[0]*fa.m.Cols:], fb.m.Weights[row[1]*fb.m.Cols:]
		for _, col := range v.cols {
			x, y := allA[col[0]], allB[col[1]]
			f.m.Weights[at] = y - x
			if (col[0] >= len(ofA) || maskA != nil && maskA[col[0]] == 0) && (col[1] >= len(ofB) || maskB != nil && maskB[col[1]] == 0) {
				d.masked = true
			} else {
				f.m.Mask[at] = 1
			}
			at++
		}
	}
	if !d.masked {
		f.m.Mask = nil
	}
	return true
}

// mostAligned is how many pairs of words are compared at most: the table of them stays small, and is made within a
// turn.
const mostAligned = 1 << 21

// align pairs the places of two lists of words that are the same, in order, as many as can be: a longest common
// subsequence (Wagner & Fischer 1974). Of several it takes that which begins first. Of lists that are too long for
// that, it pairs how they begin and how they end.
func align(a, b []word) (pairs [][2]int) {
	same := func(i, j int) bool { return a[i].text == b[j].text && a[i].special == b[j].special }
	from := 0
	for ; from < min(len(a), len(b)) && same(from, from); from++ {
		pairs = append(pairs, [2]int{from, from})
	}
	n, m := len(a)-from, len(b)-from
	if n*m > mostAligned {
		end := 0
		for end < min(n, m) && same(len(a)-1-end, len(b)-1-end) {
			end++
		}
		for ; end > 0; end-- {
			pairs = append(pairs, [2]int{len(a) - end, len(b) - end})
		}
		return pairs
	}
	long := make([]int32, (n+1)*(m+1)) // of what follows the places i and j
	at := func(i, j int) int32 { return long[i*(m+1)+j] }
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best := max(at(i+1, j), at(i, j+1))
			if same(from+i, from+j) {
				best = at(i+1, j+1) + 1
			}
			long[i*(m+1)+j] = best
		}
	}
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case same(from+i, from+j):
			pairs = append(pairs, [2]int{from + i, from + j})
			i, j = i+1, j+1
		case at(i+1, j) >= at(i, j+1):
			i++
		default:
			j++
		}
	}
	return pairs
}

// lacks says which words only one of two has.
func (v *versus) lacks() string {
	var parts []string
	for side, f := range v.of {
		var left []string
		rest := func(ws []word, pairs [][2]int) {
			for i, w := range ws {
				if len(pairs) > 0 && pairs[0][side] == i { // they are in order
					pairs = pairs[1:]
				} else if !(f.HideSpecial && w.special) {
					left = add(left, w.isolate())
				}
			}
		}
		rest(f.k, v.cols)
		if f.Kind == record.Cross || f.Kind == record.RNN {
			rest(f.q, v.rows)
		}
		if len(left) == 0 {
			continue
		}
		const most = 6
		if n := len(left); n > most {
			left = append(left[:most-1], count(n-most+1, "other"))
		}
		parts = append(parts, text.List(left)+" of "+[]string{v.nameA, v.nameB}[side])
	}
	if parts == nil {
		return ""
	}
	return " Not compared, as the other has nothing like it: " + text.List(parts) + "."
}

// caption says what the differences are of.
func (v *versus) caption(f *frame) string {
	return upper(kindNames[f.Kind]) + ": the weight in " + v.nameB + " less that in " + v.nameA + ", for the words of both." + v.unmatched
}

// value writes the difference of a cell and the weights that it comes from.
func (v *versus) value(f *frame, row, col int) string {
	a, b := v.of[0].weight(v.rows[row][0], v.cols[col][0]), v.of[1].weight(v.rows[row][1], v.cols[col][1])
	return change(f.weight(row, col), 4) + " (" + exact(a) + " → " + exact(b) + ")"
}

// label is the spoken name of a word of a difference: where its weights differ most.
func (v *versus) label(f *frame, ref Ref) string {
	rows, cols := f.places(ref)
	best := Ref{Pair, rows[0], cols[0]}
	for _, i := range rows {
		for _, j := range cols {
			if math.Abs(f.weight(i, j)) > math.Abs(f.weight(best.Row, best.Col)) {
				best = Ref{Pair, i, j}
			}
		}
	}
	name := f.q[best.Row].isolate() + ", looking, differs most at " + f.k[best.Col].isolate()
	if ref.Part == Key {
		name = f.k[best.Col].isolate() + ", looked at, differs most at " + f.q[best.Row].isolate()
	}
	return name + ", " + change(f.weight(best.Row, best.Col), 4)
}

// change writes a difference with its sign.
func change(v float64, decimals int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v > 0:
		return "+" + signed(v, decimals)
	}
	return signed(v, decimals)
}

// ParsePlaces reads two heads, as LAYER.HEAD,LAYER.HEAD.
func ParsePlaces(s string) (a, b [2]int, err error) {
	place := func(s string) (p [2]int, ok bool) {
		layer, head, _ := strings.Cut(s, ".")
		l, bad := strconv.Atoi(layer)
		h, worse := strconv.Atoi(head)
		return [2]int{l, h}, bad == nil && worse == nil && l >= 0 && h >= 0
	}
	first, second, _ := strings.Cut(s, ",")
	a, okA := place(first)
	b, okB := place(second)
	if !okA || !okB {
		return [2]int{}, [2]int{}, errors.New("“" + s + "” names no two heads; write them as LAYER.HEAD,LAYER.HEAD, such as 0.1,2.3")
	}
	return a, b, nil
}
