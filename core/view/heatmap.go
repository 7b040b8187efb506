package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
)

// heatmap draws the matrix itself: rows ask, columns answer, on a scale fixed to [0, 1].
func heatmap(f *frame) *Scene {
	s := &Scene{Title: "Heatmap: " + f.name}
	s.name = f.spoken
	nr, nc := len(f.rows), len(f.cols)
	margin := 0
	if f.anyHidden {
		margin = 1 // one more column, of what is hidden
	}

	// Cells are 14 to 40 pixels. Where that needs more than 1792 pixels they shrink on, so that a
	// matrix of any size can be painted, and only every some-th word is named.
	const side = 1792
	least := math.Max(1, math.Min(14, side/float64(max(nr, nc))))
	every := int(math.Ceil(14 / least))
	small := Font{Size: 12.5}
	asks, answers := "ask ↓", "answer →"
	if f.Width >= 560 {
		asks, answers = f.qName+" asks ↓", f.kName+" answers →"
	}
	leads := []string{"Rows ask, columns answer: each row’s weights sum to 1.", "Rows ask, columns answer."}
	if f.versus == nil && f.Kind != record.Rollout { // of heads that are off a row has less, or nothing
		if sum := f.matrix().sum(f.hidden); sum == 0 {
			leads[0] = "Rows ask, columns answer: all weights are 0."
		} else if sum < 0.99 {
			leads = leads[1:]
		}
	}
	legend, cannot := "weight", "may not look"
	if f.Kind == record.Rollout {
		s.Title = "Flow: how much of each word reaches each position through all layers"
		asks, answers = "reached ↓", "comes from →"
		leads = []string{"How much of each column’s word reaches a row through all layers: a row’s shares sum to 1.", "Rows are made of columns; a row sums to 1."}
		legend, cannot = "share", "cannot come from there"
	}
	if f.versus != nil {
		s.Title = "Difference: " + f.versus.nameB + " less " + f.versus.nameA
		leads = []string{"Where the weight differs: blue is more in " + f.versus.nameB + ", orange more in " + f.versus.nameA + ".", "Blue: more in " + f.versus.nameB + "; orange: less.", "Blue: more; orange: less."}
		legend = "difference"
	}
	corner := math.Max(f.Measure(asks, leadFont), f.Measure(answers, leadFont))
	if f.Width >= 560 && f.versus == nil {
		corner = math.Max(corner, f.Measure("received", leadFont)+26)
	}
	widest := func(ws []word, places []int, font Font, most float64) float64 {
		w := 0.0
		for at := 0; at < len(places); at += every {
			w = math.Max(w, f.Measure(ws[places[at]].text, font))
		}
		return math.Min(w, most)
	}
	// Widths go up in steps, so that the matrix does not move at every keystroke.
	up := func(v, step float64) float64 { return math.Ceil(v/step) * step }
	rowW := up(math.Max(widest(f.q, f.rows, wordFont, math.Min(0.28*f.Width, 160)), corner)+8, 12)
	left := pad + rowW
	free := f.Width - left - pad - float64(margin)*10
	font, turn := wordFont, -60.0
	colW := up(widest(f.k, f.cols, font, 130), 12)
	tallest := 40.0
	if f.Height > 0 { // the labels, the legend and the caption take about 250
		tallest = math.Max(22, math.Min(tallest, (f.Height-250)/float64(nr)))
	}
	cell := math.Floor(math.Min(tallest, (free-colW*0.5)/float64(nc+margin)))
	if cell < 22 {
		font, turn = small, -90
		colW = up(widest(f.k, f.cols, font, 110), 12)
		cell = math.Floor(math.Min(22, free/float64(nc+margin)))
	}
	if cell < least {
		cell = least
	}
	if f.Zoom > 1 {
		cell = math.Floor(math.Min(cell*f.Zoom, math.Max(cell, 96)))
	}
	if cell < 18 {
		font = small
	}
	if every = int(math.Ceil(14 / cell)); every < 1 {
		every = 1
	}
	sin, cos := math.Sincos(-turn * math.Pi / 180)
	colH := math.Ceil(math.Max(colW*sin+font.Size*cos*0.7, 40)) + 8 // whole, or the cells' edges blur
	top := 30 + colH
	right := left + float64(nc)*cell
	s.Width = right + pad
	if margin == 1 {
		s.Width += 10 + cell
	}
	s.Width = math.Max(math.Min(f.Width, 620), s.Width+colW*cos)
	bottom := top + float64(nr)*cell
	s.Grid = &Grid{X: left, Y: top, Cell: cell, Height: cell}
	s.blocks = []block{{part: Pair, rows: f.rows, cols: f.cols, x: left, y: top, w: cell, h: cell, right: cell, next: cell}}
	if f.anyHidden {
		s.ofRow = func(row int) string {
			return f.q[f.rows[row]].text + ", hidden tokens " + Format(f.hidden[f.rows[row]])
		}
	}
	f.lead(s, leads...)

	focused := f.shows(f.Focus)
	atRow, atCol := -1, -1
	if focused && f.Focus.Part != Key {
		atRow = f.rowAt[f.Focus.Row]
	}
	if focused && f.Focus.Part != Query {
		atCol = f.colAt[f.Focus.Col]
	}

	s.Marks = append(s.Marks,
		Text{X: left - 10, Y: top - 28, Text: answers, Font: leadFont, Anchor: Right, Paint: Paint{Role: Muted}},
		Text{X: left - 10, Y: top - 9, Text: asks, Font: leadFont, Anchor: Right, Paint: Paint{Role: Muted}})
	label := func(w word, t Text, at, current int) {
		if at%every != 0 && at != current || current >= 0 && at != current && abs(at-current) < every {
			return
		}
		t.RTL, t.Paint.Role = w.rtl, Ink
		switch {
		case at == current:
			t.Paint.Role, t.Font.Bold = Focus, true
		case w.special:
			t.Paint.Role = Muted
		}
		s.Marks = append(s.Marks, t)
	}
	for at, i := range f.rows {
		y := top + (float64(at)+0.5)*cell
		label(f.q[i], Text{X: left - 10, Y: y + 0.32*font.Size, Text: elide(f.q[i].text, font, rowW-10, f.Measure), Font: font, Anchor: Right}, at, atRow)
		ref := Ref{Part: Query, Row: i}
		s.Grid.Rows = append(s.Grid.Rows, f.q[i].text)
		s.Hits = append(s.Hits, Hit{Ref: ref, X: 0, Y: y - cell/2, W: left, H: cell})
	}
	for at, j := range f.cols {
		x := left + (float64(at)+0.5)*cell
		label(f.k[j], Text{X: x + 0.34*font.Size*sin, Y: top - 8, Text: elide(f.k[j].text, font, colW, f.Measure), Font: font, Turn: turn}, at, atCol)
		ref := Ref{Part: Key, Col: j}
		s.Grid.Cols = append(s.Grid.Cols, f.k[j].text)
		s.Hits = append(s.Hits, Hit{Ref: ref, X: x - cell/2, Y: top - colH, W: cell, H: colH})
	}

	var rowJoins, colJoins [][2]mgl64.Vec2 // they bind the pieces of one word
	if cell >= 14 {
		for at := 1; at < nr; at++ {
			if y := top + float64(at)*cell; f.q[f.rows[at]].joins && f.rows[at-1] == f.rows[at]-1 {
				rowJoins = join(rowJoins, mgl64.Vec2{left - 5.5, y - cell/2 - 5}, mgl64.Vec2{left - 5.5, y + cell/2 + 5})
			}
		}
		for at := 1; at < nc; at++ {
			if x := left + float64(at)*cell; f.k[f.cols[at]].joins && f.cols[at-1] == f.cols[at]-1 {
				colJoins = join(colJoins, mgl64.Vec2{x - cell/2 - 5, top - 4.5}, mgl64.Vec2{x + cell/2 + 5, top - 4.5})
			}
		}
	}
	if brackets := append(rowJoins, colJoins...); brackets != nil {
		s.Marks = append(s.Marks, Lines{Segments: brackets, Width: 1, Paint: Paint{Role: Muted, Alpha: 0.7}})
	}

	seen := f.matrix()
	cells := Cells{X: left, Y: top, W: right - left, H: bottom - top, Rows: nr, Cols: nc, Values: seen.values, Skip: seen.skip, Signed: f.versus != nil}
	anyMasked := seen.skip != nil
	var hatch [][2]mgl64.Vec2
	if anyMasked {
		hatch = hatching(cells)
	}
	s.Marks = append(s.Marks, cells)
	end := right
	if margin == 1 {
		x := right + 10
		end = x + cell
		h := Cells{X: x, Y: top, W: cell, H: bottom - top, Rows: nr, Cols: 1}
		for at, i := range f.rows {
			h.Values = append(h.Values, float32(f.hidden[i]))
			s.Hits = append(s.Hits, Hit{Ref: Ref{Part: Query, Row: i}, X: x, Y: top + float64(at)*cell, W: cell, H: cell})
		}
		hidden := font
		hidden.Italic = true
		s.Marks = append(s.Marks, h, Text{X: x + cell/2 + 0.34*font.Size*sin, Y: top - 8, Text: "hidden", Font: hidden, Turn: turn, Paint: Paint{Role: Muted}})
	}
	if cell >= 12 { // paper shows between the cells
		var rules [][2]mgl64.Vec2
		for at := 1; at < nr; at++ {
			y := top + float64(at)*cell - 0.5
			rules = append(rules, [2]mgl64.Vec2{{left, y}, {end, y}})
		}
		for at := 1; at < nc; at++ {
			x := left + float64(at)*cell - 0.5
			rules = append(rules, [2]mgl64.Vec2{{x, top}, {x, bottom}})
		}
		s.Marks = append(s.Marks, Lines{Segments: rules, Width: 1, Paint: Paint{Role: Paper}})
	}
	if hatch != nil {
		s.Marks = append(s.Marks, Lines{Segments: hatch, Width: 1, Paint: Paint{Role: Hairline}})
	}
	for _, c := range f.forced { // a dot in the corner: set by hand
		if c.Row < len(f.rowAt) && c.Col < len(f.colAt) && f.rowAt[c.Row] >= 0 && f.colAt[c.Col] >= 0 {
			d := math.Max(3, math.Floor(cell/5))
			s.Marks = append(s.Marks, Rect{X: left + float64(f.colAt[c.Col]+1)*cell - d - 3, Y: top + float64(f.rowAt[c.Row])*cell + 2, W: d, H: d, Fill: Paint{Role: Focus}, Stroke: Paint{Role: Paper}, StrokeWidth: 1})
		}
	}
	const written = 0.1 // what is less is not written in its cell
	unwritten := false
	if cell >= 32 && (f.versus == nil || cell >= 38) { // there is room for the weights that matter
		number := Font{Size: 10.5, Face: Mono}
		for ri, i := range f.rows {
			for ci, j := range f.cols {
				w := f.weight(i, j)
				if f.masked(i, j) {
					continue
				}
				if math.Abs(w) < written {
					unwritten = true
					continue
				}
				t := Text{X: left + (float64(ci)+0.5)*cell - 0.5, Y: top + (float64(ri)+0.5)*cell + 0.34*number.Size, Text: brief(w), Font: number, Anchor: Middle, Paint: Paint{Role: Ink}}
				if f.versus != nil {
					t.Text = change(w, 2)
				}
				if math.Abs(w) > 0.5 {
					t.Paint.Role = Paper
				}
				s.Marks = append(s.Marks, t)
			}
		}
	}
	after := bottom
	if f.versus == nil {
		after = f.received(s, left, bottom, cell)
	}
	fade := func(x, y, w, h float64) { // what is not of the word that is pointed at
		if w > 0 && h > 0 {
			s.Marks = append(s.Marks, Rect{X: x, Y: y, W: w, H: h, Fill: Paint{Role: Paper, Alpha: 0.65}})
		}
	}
	switch f.Focus.Part {
	case Query:
		y := top + float64(atRow)*cell
		fade(left, top, end-left, y-top)
		fade(left, y+cell, end-left, bottom-y-cell)
	case Key:
		x := left + float64(atCol)*cell
		fade(left, top, x-left, after-top)
		fade(x+cell, top, right-x-cell, after-top)
	}
	if row, col := f.open.Row, f.open.Col; f.open.Part != Nowhere { // a bar beside what is locked
		if f.open.Part != Key {
			s.Marks = append(s.Marks, Rect{X: left - 5, Y: top + float64(f.rowAt[row])*cell, W: 3, H: cell, Fill: Paint{Role: Focus}})
		}
		if f.open.Part != Query {
			s.Marks = append(s.Marks, Rect{X: left + float64(f.colAt[col])*cell, Y: top - 5, W: cell, H: 3, Fill: Paint{Role: Focus}})
		}
	}
	frame := func(x, y, w, h, width, alpha float64) {
		s.Marks = append(s.Marks, Rect{X: x - 1, Y: y - 1, W: w + 1, H: h + 1, Stroke: Paint{Role: Focus, Alpha: alpha}, StrokeWidth: width})
	}
	if atRow >= 0 {
		frame(left, top+float64(atRow)*cell, right-left, cell, 1, 0.7)
	}
	if atCol >= 0 {
		frame(left+float64(atCol)*cell, top, cell, bottom-top, 1, 0.7)
	}
	if atRow >= 0 && atCol >= 0 {
		frame(left+float64(atCol)*cell-1, top+float64(atRow)*cell-1, cell+2, cell+2, 2, 1)
	}

	// The legend, and what stands under the figure.
	y := after + 30
	if !anyMasked {
		cannot = ""
	}
	f.legend(s, y, legend, cannot, f.versus != nil)
	s.Caption = upper(f.name) + "."
	if f.Kind == record.Rollout {
		s.Caption = rolledOut(f.m.Cols > f.m.Rows)
	}
	if f.versus != nil {
		s.Caption = f.versus.caption(f)
	}
	if unwritten {
		s.Caption += " What is below " + brief(written) + " is not written in its cell."
	}
	if len(f.forced) > 0 {
		s.Caption += " A dot: a weight that was set by hand."
	}
	if every > 1 {
		s.Caption += " One word in " + strconv.Itoa(every) + " is named."
	}
	if f.versus == nil { // which has no bars
		s.Caption += " The bars are what each word receives: the mean of its column."
	}
	if f.Words {
		s.Caption += merged
	}
	if f.anyHidden {
		s.Caption += " Special tokens are hidden; the last column is the weight on them."
	}
	if f.versus != nil { // under the 0 of its legend
		y += 8
	}
	f.caption(s, y+28)
	return s
}

// matrix is what a heatmap paints of a map: the weights of the words that are shown, which of them are
// masked, and what each key receives.
type matrix struct {
	values   []float32
	skip     []bool // nil: none
	received []float64
}

// matrix is found once, and kept with the frame.
func (f *frame) matrix() *matrix {
	m := f.painted
	if m.values != nil {
		return m
	}
	nr, nc := len(f.rows), len(f.cols)
	m.received = make([]float64, nc)
	m.values, m.skip = f.m.Weights, make([]bool, nr*nc)
	if all := nr*nc == len(f.m.Weights); !all {
		m.values = make([]float32, nr*nc)
	}
	masked := false
	for at, i := range f.rows {
		to, skip, from := m.values[at*nc:][:nc], m.skip[at*nc:][:nc], f.m.Weights[i*f.m.Cols:][:f.m.Cols]
		weights, mask := f.m.Row(i)
		for k, j := range f.cols {
			w := from[j]
			m.received[k] += float64(w)
			if to[k] = w; j >= len(weights) || mask != nil && mask[j] == 0 {
				skip[k], masked = true, true
			}
		}
	}
	for k := range m.received {
		m.received[k] /= float64(nr)
	}
	if !masked {
		m.skip = nil
	}
	return m
}

// sum is what the weights of a row sum to, with those on what is hidden: the mean over all rows.
func (m *matrix) sum(hidden []float64) (sum float64) {
	for _, w := range hidden {
		sum += w / float64(len(hidden))
	}
	for _, w := range m.received {
		sum += w
	}
	return sum
}

// spread is over how many keys the weight of a row is spread: 2 to the power of its entropy in bits, which
// is n where n keys have like weights.
func (f *frame) spread(row int) float64 {
	entropy := 0.0
	for j := range f.k {
		if w := f.weight(row, j); w > 0 {
			entropy -= w * math.Log2(w)
		}
	}
	return math.Exp2(entropy)
}

// received draws under a matrix what each key receives, as bars on a scale that says how far it goes, and
// returns where it ends.
func (f *frame) received(s *Scene, left, y, cell float64) float64 {
	const gap, high = 12, 28
	means := f.matrix().received // masked ones counted: over all keys they sum to 1
	most := math.Max(slices.Max(means), f.Bars)
	scale := 1.0
	for _, end := range []float64{0.5, 0.2, 0.1, 0.05, 0.02, 0.01} {
		if most <= end && most > 0 {
			scale = end
		}
	}
	top, base, right := y+gap, y+gap+high, left+float64(len(f.cols))*cell
	for at, j := range f.cols {
		x, tall := left+float64(at)*cell, means[at]/scale*high
		p := Paint{Role: Weight, Value: 0.6}
		if f.Focus == (Ref{Part: Key, Col: j}) {
			p = Paint{Role: Focus}
		}
		s.Marks = append(s.Marks, Rect{X: x, Y: base - tall, W: math.Max(cell-1, 0.75*cell), H: tall, Fill: p})
		s.Hits = append(s.Hits, Hit{Ref: Ref{Part: Key, Col: j}, X: x, Y: y + 1, W: cell, H: gap + high})
	}
	text := func(x, y float64, t string, font Font, a Anchor) {
		s.Marks = append(s.Marks, Text{X: x, Y: y, Text: t, Font: font, Anchor: a, Paint: Paint{Role: Muted}})
	}
	s.Marks = append(s.Marks, Lines{Segments: [][2]mgl64.Vec2{{{left, top - 0.5}, {right, top - 0.5}}, {{left, base + 0.5}, {right, base + 0.5}}}, Width: 1, Paint: Paint{Role: Hairline}})
	if f.Width >= 560 {
		text(left-36, base-9, "received", leadFont, Right)
	}
	text(left-5, top+6, strconv.FormatFloat(scale, 'f', -1, 64), numberFont, Right)
	text(left-5, base+2, "0", numberFont, Right)
	return base
}

// Received is what the word that receives most of a heatmap receives: of several heatmaps the largest gives
// their bars one scale, as State.Bars. It is 0 where there is nothing to draw.
func Received(r *record.Record, s State, env Env) float64 {
	s.View = Heatmap
	f, _, _ := newFrame(newPlot(r, s, env))
	if f == nil {
		return 0
	}
	return slices.Max(f.matrix().received)
}

// legend draws the scale of the weights, or of what has a sign, with its name, on a baseline, and what hatching means if it means something. It
// returns the baseline.
func (f *plot) legend(s *Scene, y float64, name, hatched string, signed bool) float64 {
	text := func(x float64, t string, font Font) float64 {
		s.Marks = append(s.Marks, Text{X: x, Y: y, Text: t, Font: font, Paint: Paint{Role: Muted}})
		return x + f.Measure(t, font)
	}
	x := text(pad, name, captionFont) + 14
	low := "0"
	if signed {
		low = "−1"
	}
	x = text(x, low, numberFont) + 6
	bar := Cells{X: x, Y: y - 9, W: 96, H: 10, Rows: 1, Cols: 48, Signed: signed}
	for i := range bar.Cols {
		v := float32(i) / float32(bar.Cols-1)
		if signed {
			v = 2*v - 1
		}
		bar.Values = append(bar.Values, v)
	}
	s.Marks = append(s.Marks, bar)
	if signed {
		s.Marks = append(s.Marks, Lines{Segments: [][2]mgl64.Vec2{{{x + 48, y + 1}, {x + 48, y + 4}}}, Width: 1, Paint: Paint{Role: Muted}},
			Text{X: x + 48, Y: y + 14, Text: "0", Font: numberFont, Anchor: Middle, Paint: Paint{Role: Muted}})
	}
	x = text(x+bar.W+6, "1", numberFont) + 24
	if hatched != "" {
		swatch := Cells{X: x, Y: y - 9, W: 24, H: 10, Rows: 1, Cols: 1, Skip: []bool{true}}
		s.Marks = append(s.Marks, Lines{Segments: hatching(swatch), Width: 1, Paint: Paint{Role: Hairline}})
		text(x+swatch.W+8, hatched, captionFont)
	}
	return y
}

// hatching fills the skipped cells with diagonal strokes. They lie on one lattice, and strokes that
// meet are one, so that a masked triangle costs as many strokes as it is wide.
func hatching(c Cells) [][2]mgl64.Vec2 {
	const step = 6.0
	w, h := c.W/float64(c.Cols), c.H/float64(c.Rows)
	first := math.Ceil((c.X + c.Y) / step)
	open := make([][2]float64, int((c.X+c.Y+c.W+c.H)/step-first)+2) // by lattice line x + y = k: the stroke's y from and to
	var strokes [][2]mgl64.Vec2
	end := func(n int) {
		if o := open[n]; o[1] > o[0] {
			k := (first + float64(n)) * step
			strokes = append(strokes, [2]mgl64.Vec2{{k - o[0], o[0]}, {k - o[1], o[1]}})
		}
	}
	for row := range c.Rows {
		y0 := c.Y + float64(row)*h
		for col := c.Cols - 1; col >= 0; col-- { // from the right, as strokes run while y grows
			if !c.Skip[row*c.Cols+col] {
				continue
			}
			to := col
			for col > 0 && c.Skip[row*c.Cols+col-1] {
				col--
			}
			x0, x1 := c.X+float64(col)*w, c.X+float64(to+1)*w
			for n := max(0, int(math.Ceil((x0+y0)/step-first))); n < len(open); n++ {
				k := (first + float64(n)) * step
				if k >= x1+y0+h {
					break
				}
				a, b := math.Max(y0, k-x1), math.Min(y0+h, k-x0)
				if a >= b {
					continue
				}
				if a > open[n][1]+0.01 || open[n][1] == 0 {
					end(n)
					open[n][0] = a
				}
				open[n][1] = b
			}
		}
	}
	for n := range open {
		end(n)
	}
	return strokes
}

func abs(i int) int { return max(i, -i) }
