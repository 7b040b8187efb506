package view_test

import (
	"math"
	"strings"
	"testing"

	"heed/core/record"
	keyed "heed/core/text"
	"heed/core/view"
)

func TestHeatmapCells(t *testing.T) {
	r := small()
	s := build(t, r, view.State{View: view.Heatmap, Heads: record.Heads(0), Width: 500})
	cells := shown[view.Cells](s)[0]
	if cells.Rows != 4 || cells.Cols != 4 {
		t.Fatalf("%d by %d cells", cells.Rows, cells.Cols)
	}
	for i := range 4 {
		for j := range 4 {
			if got, want := cells.Values[i*4+j], r.Maps[0].At(i, j); got != want {
				t.Errorf("cell %d,%d is %v, want %v", i, j, got, want)
			}
			x, y := cells.X+(float64(j)+0.5)*cells.W/4, cells.Y+(float64(i)+0.5)*cells.H/4
			h, ok := s.HitAt(x, y)
			if !ok || h.Ref != pair(i, j) || x < h.X || x > h.X+h.W || y < h.Y || y > h.Y+h.H {
				t.Errorf("in cell %d,%d is %+v", i, j, h)
			}
		}
	}
	for ref, want := range map[view.Ref]string{
		pair(0, 0): "Cats looks at Cats, 0.8100",
		pair(2, 0): "ing looks at Cats, 0.0042",
		pair(2, 3): "ing looks at </s>, 0.9000",
		pair(4, 0): "",
		{}:         "",
	} {
		if got := s.Label(ref); got != want {
			t.Errorf("label of %v is %q, want %q", ref, got, want)
		}
	}
	for _, label := range []string{"Cats", "sleep", "ing", "</s>", "0", "1", "weight"} {
		if _, ok := text(s, label); !ok {
			t.Errorf("no text %q", label)
		}
	}
}

func TestHeatmapCursor(t *testing.T) {
	s := build(t, small(), view.State{View: view.Heatmap, Heads: record.Heads(0), Focus: pair(2, 0)})
	if s.Readout != "ing looks at Cats, 0.0042" {
		t.Errorf("readout %q", s.Readout)
	}
	value, ok := text(s, "0.0042")
	if !ok || value.Paint.Role != view.Focus {
		t.Errorf("the exact value is not written: %+v", value)
	}
	bold := 0
	for _, m := range shown[view.Text](s) {
		if m.Font.Bold && (m.Text == "ing" || m.Text == "Cats") {
			bold++
		}
	}
	frames := 0
	for _, r := range shown[view.Rect](s) {
		if r.Stroke.Role == view.Focus {
			frames++
		}
	}
	if bold != 2 || frames != 3 {
		t.Errorf("%d labels and %d frames stand out, want 2 and 3", bold, frames)
	}
}

func TestMaskedCellsAreHatched(t *testing.T) {
	for name, mask := range map[string][]int8{"causal": nil, "given": {1, 0, 0, 1, 1, 0, 1, 1, 1}} {
		r := translation()
		r.Maps[1].Mask = mask
		s := build(t, r, view.State{View: view.Heatmap, Kind: record.Decoder, Heads: record.Heads(0)})
		cells := shown[view.Cells](s)[0]
		for i := range 3 {
			for j := range 3 {
				if cells.Skip[i*3+j] != (j > i) {
					t.Errorf("%s: cell %d,%d skipped: %v", name, i, j, cells.Skip[i*3+j])
				}
			}
		}
		if got, want := s.Label(pair(0, 2)), "<pad> looks at nuit, 0.0000 (masked)"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if _, ok := text(s, keyed.Of(keyed.Masked)); !ok {
			t.Error("the legend does not say what hatching means")
		}
		// A link that may not be is none to count or to draw.
		if l := build(t, r, view.State{Kind: record.Decoder, Heads: record.Heads(0), Threshold: 1}); len(curves(l)) != 6 || !strings.Contains(l.Caption, "6 of 6 links") {
			t.Errorf("%d links: %s", len(curves(l)), l.Caption)
		}
	}
}

// Every masked cell has strokes through it, and no other cell has, at every size.
func TestHatching(t *testing.T) {
	const n = 20
	r := square(n)
	r.Maps[0].Kind = record.Decoder
	given := make([]int8, n*n)
	for i := range given {
		given[i] = int8(i * i / 3 % 2)
	}
	for _, mask := range [][]int8{nil, given} {
		r.Maps[0].Mask = mask
		for width := 300.0; width < 1000; width += 37 {
			s := build(t, r, view.State{View: view.Heatmap, Kind: record.Decoder, Width: width})
			cells := shown[view.Cells](s)[0]
			side := cells.W / n
			var struck [n * n]bool
			for _, l := range shown[view.Lines](s) {
				if l.Paint.Role != view.Hairline {
					continue
				}
				for _, seg := range l.Segments {
					for steps, at := seg[1].Sub(seg[0]).Len(), 0.5; at < steps; at++ {
						p := seg[0].Add(seg[1].Sub(seg[0]).Mul(at / steps))
						x, y := (p[0]-cells.X)/side, (p[1]-cells.Y)/side
						if edge := 0.05; x > 0 && y > 0 && x < n && y < n && math.Abs(x-math.Round(x)) > edge && math.Abs(y-math.Round(y)) > edge {
							struck[int(y)*n+int(x)] = true
						}
					}
				}
			}
			for at := range struck {
				if struck[at] != cells.Skip[at] {
					t.Fatalf("%v wide: cell %d,%d: hatched %v, masked %v", width, at/n, at%n, struck[at], cells.Skip[at])
				}
			}
		}
	}
}

// TestReceived wants under a heatmap what each key receives, on a scale that is written beside it, and
// each bar to open its column.
func TestReceived(t *testing.T) {
	means := []float64{(0.81 + 0.5 + 0.0042 + 0.25) / 4, (0.10 + 0.25 + 0.0058 + 0.25) / 4, (0.05 + 0.125 + 0.09 + 0.25) / 4, (0.04 + 0.125 + 0.90 + 0.25) / 4}
	s := build(t, small(), view.State{View: view.Heatmap, Heads: record.Heads(0)})
	var bars []view.Rect
	for _, r := range shown[view.Rect](s) {
		if r.Fill.Role == view.Weight {
			bars = append(bars, r)
		}
	}
	if len(bars) != 4 {
		t.Fatalf("%d bars", len(bars))
	}
	if _, ok := text(s, "0.5"); !ok {
		t.Error("the bars' scale is not written")
	}
	for i, b := range bars {
		if want := means[i] / 0.5 * 28; math.Abs(b.H-want) > 1e-3 {
			t.Errorf("bar %d is %v high, want %v", i, b.H, want)
		}
		if hit, ok := s.HitAt(b.X+b.W/2, b.Y+b.H-1); !ok || hit.Ref != key(i) {
			t.Errorf("at bar %d there is %v", i, hit.Ref)
		}
	}
	if got, want := s.Label(key(0)), "Cats is looked at by Cats 0.81, sleep 0.50, </s> 0.25 and 1 other 0.0042; it receives 0.39 on average"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := s.Label(query(3)); !strings.HasSuffix(got, "spread over 4.0 words") {
		t.Errorf("a row of four like weights: %q", got)
	}
	// The column steps forward: what is beside it is covered.
	covered := func(s *view.Scene, x, y float64) (yes bool) {
		for _, r := range shown[view.Rect](s) {
			yes = yes || r.Fill.Role == view.Paper && x > r.X && x < r.X+r.W && y > r.Y && y < r.Y+r.H
		}
		return yes
	}
	s = build(t, small(), view.State{View: view.Heatmap, Heads: record.Heads(0), Chosen: key(1)})
	for col := range 4 {
		x, y, w, h, _ := s.Place(pair(2, col))
		if covered(s, x+w/2, y+h/2) != (col != 1) {
			t.Errorf("column %d is covered: %v", col, col == 1)
		}
	}
	s = build(t, small(), view.State{View: view.Heatmap, Heads: record.Heads(0), Focus: query(1)})
	for row := range 4 {
		x, y, w, h, _ := s.Place(pair(row, 2))
		if covered(s, x+w/2, y+h/2) != (row != 1) {
			t.Errorf("row %d is covered: %v", row, row == 1)
		}
	}
}

// TestNumbersInCells writes what matters where there is room, and nothing where there is none.
func TestNumbersInCells(t *testing.T) {
	count := func(st view.State) (n int) {
		st.View, st.Heads = view.Heatmap, record.Heads(0)
		for _, m := range shown[view.Text](build(t, small(), st)) {
			if m.Anchor == view.Middle && m.Font.Face == view.Mono {
				n++
			}
		}
		return n
	}
	if got := count(view.State{}); got != 11 { // 0.81 0.10 | 0.5 0.25 0.125 0.125 | 0.90 | 4 × 0.25
		t.Errorf("%d numbers in large cells, want 11", got)
	}
	small := view.State{Height: 320}
	if got := count(small); got != 0 {
		t.Errorf("%d numbers in small cells", got)
	}
	if small.Zoom = 2; count(small) != 11 {
		t.Errorf("%d numbers in cells that were zoomed in on", count(small))
	}
}

func TestScrolls(t *testing.T) {
	for _, c := range []struct {
		n    int
		wide bool
	}{{3, false}, {12, false}, {20, true}} {
		s := build(t, square(c.n), view.State{View: view.Heatmap, Width: 340})
		if s.Width > 340 != c.wide || s.Grid.Cell < 14 {
			t.Errorf("%d words: %v wide, cells of %v", c.n, s.Width, s.Grid.Cell)
		}
	}
}

func TestHeatmapFitsHeight(t *testing.T) {
	for _, n := range []int{12, 16, 60} {
		free := build(t, square(n), view.State{View: view.Heatmap, Width: 1200}).Grid.Cell
		s := build(t, square(n), view.State{View: view.Heatmap, Width: 1200, Height: 640})
		switch {
		case s.Height <= 640:
		case n < 60 || s.Grid.Cell != math.Min(free, 22): // it would have to be illegible
			t.Errorf("%d words: %v high, cells of %v; %v when free", n, s.Height, s.Grid.Cell, free)
		}
	}
}

// TestLegendInSight: where a picture is higher than the room for it, its legend stands above it, on a line of its own.
func TestLegendInSight(t *testing.T) {
	for _, name := range []string{view.Links, view.Heatmap} {
		for _, high := range []float64{0, 2000, 300} {
			s := build(t, square(14), view.State{View: name, Width: 700, Height: high})
			legend, ok := text(s, "weight")
			if above := ok && legend.Y < 60; above != (high == 300) {
				t.Errorf("%s in %v pixels: the legend is at %v of %v", name, high, legend.Y, s.Height)
			}
			for _, m := range shown[view.Text](s) {
				if ok && m.Text != legend.Text && m.Anchor == view.Left && m.X < 60 && m.Turn == 0 && math.Abs(m.Y-legend.Y) < 12 && m.Y != legend.Y {
					t.Errorf("%s: %q at %v stands over the legend at %v", name, m.Text, m.Y, legend.Y)
				}
			}
		}
	}
}

// TestHeatmapWords: words of a row that have the room that the picture gives them are not shortened.
func TestHeatmapWords(t *testing.T) {
	for n := range 8 {
		r := small()
		word := strings.Repeat("i", n) + "maison"
		r.Tokens.Source[1].Text = word
		s := build(t, r, view.State{View: view.Heatmap, Heads: record.Heads(0), Width: 370})
		found := 0
		for _, m := range shown[view.Text](s) {
			if m.Text == word {
				found++
			}
		}
		if found < 2 {
			t.Errorf("%q stands %d times, once a row and once a column", word, found)
		}
	}
}
