package view

import (
	"math"
	"slices"
	"strconv"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
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
	asks, answers := "query ↓", "key →"
	if f.Width >= 560 {
		asks, answers = f.qName+", query ↓", f.kName+", key →"
	}
	leads := []string{text.Of(text.HeatmapLead), text.Of(text.HeatmapLeadShort)}
	if f.versus == nil && f.Kind != record.Rollout { // of heads that are off a row has less, or nothing
		if sum := f.matrix().sum(f.hidden); sum == 0 {
			leads[0] = text.Of(text.HeatmapLeadZero)
		} else if sum < 0.99 {
			leads = leads[1:]
		}
	}
	legend, cannot := "weight", text.Of(text.Masked)
	if f.Kind == record.Rollout {
		s.Title = text.Of(text.FlowMatrixTitle)
		asks, answers = "reached ↓", "comes from →"
		leads = []string{text.Of(text.FlowMatrixLead), text.Of(text.FlowMatrixLeadShort)}
		legend, cannot = "share", text.Of(text.Unreachable)
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
	rowW := up(math.Max(widest(f.q, f.rows, wordFont, math.Min(0.28*f.Width, 160)), corner)+10, 12)
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
	every = max(1, int(math.Ceil(14/cell)))
	sin, cos := math.Sincos(-turn * math.Pi / 180)
	colH := math.Ceil(math.Max(colW*sin+font.Size*cos*0.7, 40)) + 8 // whole, or the cells' edges blur
	colH = math.Max(colH, f.Labels)
	top := 30 + colH
	above := f.above(top + float64(nr)*cell + 70)
	top += above
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

	s.text(left-10, top-28, answers, leadFont, Right, Muted)
	s.text(left-10, top-9, asks, leadFont, Right, Muted)
	label := func(t Text, at, current int) {
		if at == current {
			t.point()
		} else if at%every != 0 || current >= 0 && max(at-current, current-at) < every {
			return
		}
		s.put(t)
	}
	for at, i := range f.rows {
		y := top + (float64(at)+0.5)*cell
		label(f.word(f.q[i], left-10, y+0.32*font.Size, font, Right, rowW-10), at, atRow)
		s.Grid.Rows = append(s.Grid.Rows, f.q[i].text)
		s.hit(Hit{Ref: wordRef(Query, i), X: 0, Y: y - cell/2, W: left, H: cell})
	}
	for at, j := range f.cols {
		x := left + (float64(at)+0.5)*cell
		t := f.word(f.k[j], x+0.34*font.Size*sin, top-8, font, Left, colW)
		t.Turn = turn
		label(t, at, atCol)
		s.Grid.Cols = append(s.Grid.Cols, f.k[j].text)
		s.hit(Hit{Ref: wordRef(Key, j), X: x - cell/2, Y: top - colH, W: cell, H: colH})
	}
	if cell >= 14 {
		s.brackets(append(joined(f.q, f.rows, func(at int) (from, to mgl64.Vec2) {
			y := top + float64(at)*cell
			return mgl64.Vec2{left - 5.5, y - cell/2 - 5}, mgl64.Vec2{left - 5.5, y + cell/2 + 5}
		}), joined(f.k, f.cols, func(at int) (from, to mgl64.Vec2) {
			x := left + float64(at)*cell
			return mgl64.Vec2{x - cell/2 - 5, top - 4.5}, mgl64.Vec2{x + cell/2 + 5, top - 4.5}
		})...))
	}

	seen := f.matrix()
	cells := Cells{X: left, Y: top, W: right - left, H: bottom - top, Rows: nr, Cols: nc, Values: seen.values, Skip: seen.skip, Signed: f.versus != nil}
	anyMasked := seen.skip != nil
	var hatch [][2]mgl64.Vec2
	if anyMasked {
		hatch = hatching(cells)
	}
	s.put(cells)
	end := right
	if margin == 1 {
		x := right + 10
		end = x + cell
		h := Cells{X: x, Y: top, W: cell, H: bottom - top, Rows: nr, Cols: 1}
		for at, i := range f.rows {
			h.Values = append(h.Values, float32(f.hidden[i]))
			s.hit(Hit{Ref: Ref{Part: Query, Row: i}, X: x, Y: top + float64(at)*cell, W: cell, H: cell})
		}
		hidden := font
		hidden.Italic = true
		s.put(h)
		s.put(Text{X: x + cell/2 + 0.34*font.Size*sin, Y: top - 8, Text: "hidden", Font: hidden, Turn: turn, Paint: Paint{Role: Muted}})
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
		s.strokes(rules, 1, Paint{Role: Paper})
	}
	s.strokes(hatch, 1, Paint{Role: Hairline})
	for _, c := range f.forced { // a dot in the corner: set by hand
		if c.Row < len(f.rowAt) && c.Col < len(f.colAt) && f.rowAt[c.Row] >= 0 && f.colAt[c.Col] >= 0 {
			d := math.Max(3, math.Floor(cell/5))
			s.put(Rect{X: left + float64(f.colAt[c.Col]+1)*cell - d - 3, Y: top + float64(f.rowAt[c.Row])*cell + 2, W: d, H: d, Fill: Paint{Role: Focus}, Stroke: Paint{Role: Paper}, StrokeWidth: 1})
		}
	}
	const written = 0.1 // what is less is not written in its cell
	unwritten := false
	if cell >= 32 && (f.versus == nil || cell >= 38) { // there is room for the weights that matter
		number := Font{Size: 10.5, Face: Mono}
		for ri, i := range f.rows {
			for ci, j := range f.cols {
				w := f.weight(i, j)
				if f.m.Masked(i, j) {
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
				s.put(t)
			}
		}
	}
	after := bottom
	if f.versus == nil {
		after = f.received(s, left, bottom, cell)
	}
	fade := func(x, y, w, h float64) { // what is not of the word that is pointed at
		if w > 0 && h > 0 {
			s.fill(x, y, w, h, Paint{Role: Paper, Alpha: 0.65})
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
			s.fill(left-5, top+float64(f.rowAt[row])*cell, 3, cell, Paint{Role: Focus})
		}
		if f.open.Part != Query {
			s.fill(left+float64(f.colAt[col])*cell, top-5, cell, 3, Paint{Role: Focus})
		}
	}
	frame := func(x, y, w, h, width, alpha float64) {
		s.outline(x-1, y-1, w+1, h+1, width, Paint{Role: Focus, Alpha: alpha})
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
	if !anyMasked {
		cannot = ""
	}
	y, scale := after+30, after+30
	if above > 0 {
		y, scale = after, legendAbove
	}
	f.legend(s, scale, legend, cannot, f.versus != nil)
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
		s.Caption += text.Of(text.SetByHandDot)
	}
	if every > 1 {
		s.Caption += " One word in " + strconv.Itoa(every) + " is named."
	}
	if f.versus == nil { // which has no bars
		s.Caption += text.Of(text.BarsNote)
	}
	if f.Words {
		s.Caption += text.Of(text.MergedNote)
	}
	if f.anyHidden {
		s.Caption += text.Of(text.HiddenColumn)
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
		s.fill(x, base-tall, math.Max(cell-1, 0.75*cell), tall, p)
		s.hit(Hit{Ref: Ref{Part: Key, Col: j}, X: x, Y: y + 1, W: cell, H: gap + high})
	}
	s.strokes([][2]mgl64.Vec2{{{left, top - 0.5}, {right, top - 0.5}}, {{left, base + 0.5}, {right, base + 0.5}}}, 1, Paint{Role: Hairline})
	if f.Width >= 560 {
		s.text(left-36, base-9, "received", leadFont, Right, Muted)
	}
	s.text(left-5, top+6, strconv.FormatFloat(scale, 'f', -1, 64), numberFont, Right, Muted)
	s.text(left-5, base+2, "0", numberFont, Right, Muted)
	return base
}

// LabelRoom is how high the column labels of a heatmap are: several heatmaps beside each other begin on one line if
// each has the room of the highest, as State.Labels.
func LabelRoom(r *record.Record, s State, env Env) float64 {
	s.View = Heatmap
	if scene, err := Build(r, s, env); err == nil && scene.Grid != nil {
		return scene.Grid.Y - 30
	}
	return 0
}

// Received is what the word that receives most of a heatmap receives: of several heatmaps the largest gives
// their bars one scale, as State.Bars. It is 0 where there is nothing to draw.
func Received(r *record.Record, s State, env Env) float64 {
	s.View = Heatmap
	r, p := newPlot(r, s, env)
	f, _, _ := p.frame(r)
	if f == nil {
		return 0
	}
	return slices.Max(f.matrix().received)
}
