package view

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/stable"
	"heed/core/text"
)

// What the views that explain a run are made of: sheets of cells and lists of bars, whose numbers have a sign unless
// they are weights.

// sheet is blocks of cells below one another, on one scale.
type sheet struct {
	plot
	s      *Scene
	blocks []sheetBlock
	most   float64   // the size at the ends of the scale
	ends   [2]string // what is there

	weights bool // the numbers are weights, from 0 to 1, without a sign
}

// sheetBlock is some rows of cells under a title.
type sheetBlock struct {
	title      string
	rows, cols []string
	cells      []sheetCell // row-major
}

type sheetCell struct {
	value     float32
	dot, skip bool          // it has a dot; it is left out
	says      func() string // its spoken name; nil: there is none
}

// draw draws the blocks from y on, and returns where they end.
func (t *sheet) draw(y float64) float64 {
	s, room := t.s, t.s.Width-2*pad
	left, columns := 0.0, 0
	for _, b := range t.blocks {
		columns = max(columns, len(b.cols))
		for _, row := range b.rows {
			left = math.Max(left, t.Measure(row, captionFont))
		}
	}
	left = pad + math.Min(math.Ceil(left), 0.35*room) + 8
	cell := math.Max(9, math.Min(36, math.Floor((s.Width-pad-left)/float64(max(columns, 1)))))
	high := math.Max(16, math.Min(cell, 24))
	s.Grid = &Grid{X: left, Cell: cell}
	var spans [][2]int // by row of the grid: its block and row
	base := 0
	for n := range t.blocks {
		b := &t.blocks[n]
		s.text(pad, y, b.title, leadFont, Left, Muted)
		slant, tall := false, 14.0
		named := b.cols[:min(len(b.cols), 1+int((s.Width-left)/cell))] // those that begin in the picture
		for _, col := range named {
			if w := t.Measure(col, numberFont); w > cell-2 {
				slant, tall = true, math.Max(tall, math.Min(math.Ceil(0.72*w)+14, 76))
			}
		}
		y += 8 + tall
		for j, col := range named {
			x := left + (float64(j)+0.5)*cell
			if slant {
				s.put(Text{X: x, Y: y - 5, Text: elide(col, numberFont, (tall-12)/0.72, t.Measure), Font: numberFont, Turn: -45, Paint: Paint{Role: Ink}, RTL: rightToLeft(col)})
			} else {
				s.text(x, y-5, col, numberFont, Middle, Ink)
			}
		}
		cells := Cells{X: left, Y: y, W: cell * float64(len(b.cols)), H: high * float64(len(b.rows)), Rows: len(b.rows), Cols: len(b.cols), Signed: !t.weights}
		for k, c := range b.cells {
			cells.Values = append(cells.Values, float32(float64(c.value)/t.most))
			if c.skip && cells.Skip == nil {
				cells.Skip = make([]bool, len(b.cells))
			}
			if c.skip {
				cells.Skip[k] = true
			}
		}
		s.put(cells)
		if cells.Skip != nil {
			s.strokes(hatching(cells), 1, Paint{Role: Hairline})
		}
		for i, row := range b.rows {
			at := y + (float64(i)+0.5)*high
			s.text(left-8, at+4.5, elide(row, captionFont, left-pad-8, t.Measure), captionFont, Right, Ink)
			for j := range b.cols {
				if k := i*len(b.cols) + j; b.cells[k].dot {
					paint := Paint{Role: Ink}
					if math.Abs(float64(cells.Values[k])) > 0.5 { // as numbers in a heatmap
						paint.Role = Paper
					}
					s.put(Disc{X: left + (float64(j)+0.5)*cell, Y: at, R: 3, Paint: paint})
				}
			}
			s.Grid.Rows, s.Grid.Lengths = append(s.Grid.Rows, b.title+", "+row), append(s.Grid.Lengths, len(b.cols))
			spans = append(spans, [2]int{n, i})
		}
		if n == 0 {
			s.Grid.Y = y
		}
		rows := counted(len(b.rows))
		for i := range rows {
			rows[i] += base
		}
		s.blocks = append(s.blocks, block{part: Pair, rows: rows, cols: counted(len(b.cols)), x: left, y: y, w: cell, h: high, right: cell, next: high})
		base += len(b.rows)
		if len(b.cols) > len(s.Grid.Cols) {
			s.Grid.Cols = b.cols
		}
		y += cells.H + 30
	}
	s.Grid.Height = (y - s.Grid.Y) / float64(max(base, 1))
	s.name = func(ref Ref) string {
		if ref.Part != Pair || ref.Row < 0 || ref.Row >= len(spans) || ref.Col < 0 {
			return ""
		}
		at := spans[ref.Row]
		if b := &t.blocks[at[0]]; ref.Col < len(b.cols) {
			if says := b.cells[at[1]*len(b.cols)+ref.Col].says; says != nil {
				return says()
			}
		}
		return ""
	}
	if x, y, w, h, ok := s.Place(t.Focus); ok {
		s.Readout = s.name(t.Focus)
		s.outline(x, y, w, h, 2, Paint{Role: Focus})
	}
	return t.scale(y)
}

// scale draws the scale of a sheet on a baseline, and returns where it ends.
func (t *sheet) scale(y float64) float64 {
	if t.weights {
		return t.legend(t.s, y, "weight", "", false) + 22
	}
	const long = 120
	x, below := pad, t.Measure(t.ends[0]+t.ends[1], captionFont)+long+160 > t.s.Width // what the ends mean, where it has no room beside them
	if below {
		t.s.text(pad, y+32, text.Of(text.ScaleEnds, t.ends[0], t.ends[1]), captionFont, Left, Muted)
	} else {
		x = t.after(t.s, x, y, t.ends[0], captionFont) + 8
	}
	x = t.after(t.s, x, y, signed(-t.most, 2), numberFont) + 8
	t.s.ramp(x, y-9, long, 10, true)
	t.s.text(x+long/2, y+14, "0", numberFont, Middle, Muted)
	x = t.after(t.s, x+long+8, y, signed(t.most, 2), numberFont) + 8
	if below {
		return y + 54
	}
	t.s.text(x, y, t.ends[1], captionFont, Left, Muted)
	return y + 36
}

// head writes the line above a picture: what is pointed at, else how to read it.
func (p *plot) head(s *Scene, sentences ...string) {
	if room := math.Min(s.Width, p.Width) - 2*pad; s.Readout != "" {
		s.text(pad, 18, elide(s.Readout, captionFont, room, p.Measure), captionFont, Left, Ink)
	} else {
		s.text(pad, 18, p.fit(leadFont, room, sentences...), leadFont, Left, Muted)
	}
}

// bar is a thing with a number for each column of a list.
type bar struct {
	name   string
	quiet  bool      // it stands back
	values []float64 // NaN where there is none
	ref    Ref       // where it can be pointed at
	dot    bool      // a dot beside its first number
	group  string    // what stands above it and those after it; "" for nothing
}

// bars lists things with a bar for each of their numbers, from y on, in columns that each have a scale of their own,
// and returns where they end.
func (p *plot) bars(s *Scene, y float64, titles []string, all []bar) float64 {
	const high, tall = 25.0, 11.0
	names := 60.0
	for _, b := range all {
		names = math.Max(names, p.Measure(b.name, captionFont))
	}
	above := 0.0 // a name that leaves its bar no room stands above it
	if names = math.Ceil(names); names > 0.38*s.Width {
		names, above = 0, 17
	}
	end := y + 10
	tops := make([]float64, len(all))
	for i, b := range all {
		if b.group != "" {
			end += 22
			s.text(pad, end-5, b.group, leadFont, Left, Muted)
		}
		tops[i] = end + above
		end += above + high
	}
	wide := (s.Width - 2*pad - names) / float64(len(titles))
	number := p.Measure("−0.0000", numberFont) + 10
	for c, title := range titles {
		x := pad + names + float64(c)*wide + 12
		low, most := 0.0, 1e-9
		for _, b := range all {
			if v := b.values[c]; !math.IsNaN(v) {
				low, most = math.Min(low, v), math.Max(most, math.Abs(v))
			}
		}
		room := wide - 12 - number
		zero, per := x, room/most
		if low < 0 {
			zero, per = x+room/2, room/2/most
		}
		s.text(x, y, elide(title, leadFont, wide-12, p.Measure), leadFont, Left, Muted)
		for i, b := range all {
			at := tops[i]
			v := b.values[c]
			size := math.Max(math.Abs(v)*per, 1)
			from := zero
			if v < 0 {
				from -= size
			}
			if !math.IsNaN(v) {
				s.put(Cells{X: from, Y: at + (high-tall)/2, W: size, H: tall, Rows: 1, Cols: 1, Signed: true, Values: []float32{float32(math.Copysign(0.7, v))}})
			}
			says := change(v, 3)
			s.text(x+room+number-2, at+high/2+4, says, numberFont, Right, Ink)
			if b.dot && c == 0 {
				s.put(Disc{X: x + room + number - 10 - p.Measure(says, numberFont), Y: at + high/2, R: 3, Paint: Paint{Role: Ink}})
			}
			s.fill(math.Floor(zero)-0.5, at, 1, high, Paint{Role: Hairline})
		}
	}
	for i, b := range all {
		at := tops[i]
		paint := Paint{Role: Ink}
		switch {
		case b.ref.Part != Nowhere && b.ref == p.Focus:
			paint.Role = Focus
		case b.quiet:
			paint.Role = Muted
		}
		t := Text{X: pad + names, Y: at + high/2 + 5, Text: elide(b.name, captionFont, names, p.Measure), Font: captionFont, Anchor: Right, Paint: paint, RTL: rightToLeft(b.name)}
		if above > 0 {
			t.X, t.Y, t.Anchor, t.Text = pad, at-1, Left, elide(b.name, captionFont, s.Width-2*pad, p.Measure)
		}
		if s.put(t); b.ref.Part != Nowhere {
			s.hit(Hit{Ref: b.ref, Y: at - above, W: s.Width, H: above + high})
		}
	}
	return end + 24
}

// mostChips are the words that are set to choose from: of more, those around the chosen one.
const mostChips = 2000

// chips sets words in a line, or in several, of which one is chosen, from y on, and returns where they end.
func (p *plot) chips(s *Scene, y float64, title string, words []word, chosen int, ref func(int) Ref) float64 {
	const high = 30.0
	s.text(pad, y, title, leadFont, Left, Muted)
	x, from := pad+math.Ceil(p.Measure(title, leadFont))+14, 0.0
	if from = x; x > 0.4*s.Width {
		x, from, y = pad, pad, y+high
	}
	first := max(0, min(chosen-mostChips/2, len(words)-mostChips))
	for i, w := range words {
		if i < first || i >= first+mostChips {
			continue
		}
		t := p.word(w, x, y, wordFont, Left, math.Min(200, s.Width-2*pad))
		wide := math.Max(p.Measure(t.Text, wordFont), 10)
		if x+wide > s.Width-pad && x > from {
			x, y = from, y+high
			t.X, t.Y = x, y
		}
		if w.rtl {
			t.X, t.Anchor = x+wide, Right
		}
		at := ref(i)
		switch {
		case i == chosen:
			t.point()
			s.fill(x, y+6, wide, 2, Paint{Role: Focus})
		case at.Part == Nowhere: // nor is anything pointed at, perhaps
			t.Paint.Role = Muted
		case at == p.Focus:
			t.Paint.Role = Focus
		}
		if s.put(t); at.Part != Nowhere {
			s.hit(Hit{Ref: at, X: x - 4, Y: y - 19, W: wide + 8, H: high})
		}
		x += wide + 12
	}
	return y + high
}

// unexplained is what stands in the place of an explanation that a Record does not hold: why it was refused, or that
// there is none.
func (p plot) unexplained(r *record.Record, refused bool, lacking text.Key) *Scene {
	switch {
	case len(r.Tokens.Source) == 0:
		return say(p, text.Of(text.EmptyText))
	case refused:
		return say(p, strings.ToUpper(r.Answer.Refusal[:1])+strings.TrimSuffix(r.Answer.Refusal[1:], ".")+".")
	}
	return say(p, text.Of(lacking))
}

// PartName names a part of a network, such as "cross-attention, layer 2, head 0".
func PartName(kind record.Kind, layer, head int) string {
	name := kindNames[kind]
	if layer != record.None {
		name += ", layer " + strconv.Itoa(layer)
	}
	if head != record.None {
		name += ", head " + strconv.Itoa(head)
	}
	return name
}

// stackName names what has layers: the encoder or the decoder.
func stackName(kind record.Kind) string {
	if kind == record.Self {
		return text.Of(text.TheEncoder)
	}
	return text.Of(text.TheDecoder)
}

// bySize is the order of things by the sizes of their numbers, the largest first.
func bySize(n int, number func(i int) float64) []int {
	order := counted(n)
	stable.Sort(order, func(a, b int) int { return cmp.Compare(math.Abs(number(b)), math.Abs(number(a))) })
	return order
}

// heaviest are the few of n things whose sizes are the largest, in the order of bySize: there may be many. What has a
// size below 0 is none of them.
func heaviest(few, n int, size func(i int) float64) (order []int) {
	for i := range n {
		at, is := len(order), size(i)
		for at > 0 && size(order[at-1]) < is {
			at--
		}
		if at < few && is >= 0 {
			if len(order) < few {
				order = append(order, i)
			}
			copy(order[at+1:], order[at:])
			order[at] = i
		}
	}
	return order
}

// ranked is a table of the n things, of all, whose numbers are the largest; nil of nothing.
func ranked(title string, columns []Column, n, all int, number func(i int) float64, row func(i int) []string) *Table {
	if all == 0 {
		return nil
	}
	t := &Table{Title: title, Columns: columns, More: max(0, all-n)}
	for _, i := range heaviest(n, all, func(i int) float64 { return math.Abs(number(i)) }) {
		t.Rows = append(t.Rows, row(i))
	}
	return t
}

// csvLines writes comma-separated values: a header, and a line for each of n things.
func csvLines(header []string, n int, line func(i int) []string) ([]byte, error) {
	out := record.AppendCSV(nil, header)
	for i := range n {
		out = record.AppendCSV(out, line(i))
	}
	return out, nil
}
