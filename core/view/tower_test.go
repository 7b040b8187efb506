package view_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/go-gl/mathgl/mgl64"
	"github.com/google/go-cmp/cmp"

	"heed/core/record"
	"heed/core/view"
)

func node(floor, token int) view.Ref { return view.Ref{Part: view.Node, Row: floor, Col: token} }

// storeys is good night as its translator reads it: two layers of an encoder, and one of a decoder.
func storeys() *record.Record {
	r := translation()
	r.Maps = append(r.Maps,
		record.Map{Kind: record.Self, Rows: 2, Cols: 2, Weights: []float32{0.25, 0.75, 0, 1}},
		record.Map{Kind: record.Self, Layer: 1, Rows: 2, Cols: 2, Weights: []float32{0.5, 0.5, 1, 0}})
	return r
}

// solid is what of a tower stands in space.
func solid(t testing.TB, r *record.Record, s view.State) *view.Solid {
	t.Helper()
	s.View, s.Spatial = view.Tower, true
	scene := build(t, r, s)
	if scene.Solid == nil {
		t.Fatalf("nothing stands in space: %q", scene.Sentence)
	}
	return scene.Solid
}

// arcs are the strokes that are weights.
func arcs(so *view.Solid) (all []view.Stroke) {
	for _, k := range so.Strokes {
		if k.Paint.Role == view.Weight && !k.Disc {
			all = append(all, k)
		}
	}
	return all
}

// Floors are there for what is put in and for what each layer makes of it, the encoder's below; every arc
// goes up, and its width is its weight.
func TestTowerStands(t *testing.T) {
	r := storeys()
	s := build(t, r, view.State{View: view.Tower, Threshold: 1})
	want := []string{"decoder layer 0, cross-attention", "decoder layer 0, self-attention", "output so far", "encoder layer 1", "encoder layer 0", "source"}
	if got := strings.Join(s.Grid.Rows, "|"); got != strings.Join(want, "|") {
		t.Errorf("the floors from above are %s", got)
	}
	for _, word := range []string{"good", "night", "bonne", "nuit", "</s>", "<pad>", "layer 1", "cross", "source"} {
		if _, ok := text(s, word); !ok {
			t.Errorf("%q is not written", word)
		}
	}
	all := arcs(solid(t, r, view.State{Threshold: 1, Chosen: node(-1, -1)}))
	if len(all) != 6+6+3+3 {
		t.Errorf("%d arcs", len(all))
	}
	widths := 0.0
	for _, k := range all {
		if k.P[3][1] <= k.P[0][1] {
			t.Errorf("an arc goes from a height of %v to %v", k.P[0][1], k.P[3][1])
		}
		widths += (k.Width - 0.6) / 5.4
	}
	if rows := 2 + 2 + 3 + 3.0; math.Abs(widths-rows) > 1e-6 { // each token's weights are 1 together
		t.Errorf("the widths are %v weights and not %v", widths, rows)
	}
	for name, c := range map[string]struct {
		r      *record.Record
		floors int
	}{
		"encoder": {small(), 2}, "decoder alone": {&record.Record{Tokens: record.Tokens{Source: r.Tokens.Target[:3]}, Maps: r.Maps[1:2]}, 2}, "recurrent": {softly(), 2},
		"cross alone": {&record.Record{Tokens: r.Tokens, Maps: r.Maps[:1]}, 3},
	} {
		s := build(t, c.r, view.State{View: view.Tower})
		if s.Sentence != "" || len(s.Grid.Rows) != c.floors {
			t.Errorf("%s: %q, %v", name, s.Sentence, s.Grid)
		}
	}
}

// TestTowerOpens lights one word where none is chosen, and not one that shows nothing: a special token, or
// a word that looks at itself. Its line says still how to read the view.
func TestTowerOpens(t *testing.T) {
	r := storeys()
	open, lit, all := solid(t, r, view.State{}), solid(t, r, view.State{Chosen: node(5, 0)}), solid(t, r, view.State{Chosen: node(-1, -1)})
	if !cmp.Equal(open.Strokes, lit.Strokes) || cmp.Equal(open.Strokes, all.Strokes) {
		t.Error("it does not open at “bonne”, which looks most at “good”")
	}
	if s := build(t, r, view.State{View: view.Tower}); s.Readout != "" {
		t.Errorf("nothing is pointed at, and it says %q", s.Readout)
	}
	for i := range r.Tokens.Target { // nothing to tell
		r.Tokens.Target[i].Text = "."
	}
	for i := range r.Tokens.Source {
		r.Tokens.Source[i].Text = "."
	}
	if all := solid(t, r, view.State{Chosen: node(-1, -1)}); !cmp.Equal(solid(t, r, view.State{}).Strokes, all.Strokes) {
		t.Error("of punctuation something is lit")
	}
}

func TestTowerSpeaks(t *testing.T) {
	s := build(t, storeys(), view.State{View: view.Tower})
	for ref, want := range map[view.Ref]string{
		node(5, 1): "decoder layer 0, cross-attention: nuit looks at night 0.80 and good 0.20",
		node(4, 2): "decoder layer 0, self-attention: nuit looks at nuit 0.50, bonne 0.25 and <pad> 0.25",
		node(3, 0): "output so far: <pad> is looked at by <pad> 1.00, bonne 0.50 and nuit 0.25",
		node(1, 0): "encoder layer 0: good looks at night 0.75 and good 0.25",
		node(0, 1): "source: night is looked at by night 1.00 and good 0.75",
		node(6, 0): "", node(0, 2): "", node(-1, 0): "", pair(0, 0): "",
	} {
		if got := s.Label(ref); got != want {
			t.Errorf("%v: %q, want %q", ref, got, want)
		}
	}
	focused := build(t, storeys(), view.State{View: view.Tower, Focus: node(5, 1), Width: 1000})
	if focused.Readout != s.Label(node(5, 1)) {
		t.Errorf("the readout is %q", focused.Readout)
	}
	if locked := build(t, storeys(), view.State{View: view.Tower, Chosen: node(5, 1)}); locked.Readout != focused.Readout {
		t.Errorf("of a chosen word the readout is %q", locked.Readout)
	}
}

// The paths of a word stand out: their ink is the product of the weights from the word on, upwards where
// its information goes and downwards where it came from. The others fade.
func TestTowerPaths(t *testing.T) {
	sums := func(focus view.Ref) (byFloor map[float64][]float64) {
		byFloor = map[float64][]float64{}
		for _, k := range arcs(solid(t, storeys(), view.State{Threshold: 1, Focus: focus})) {
			if k.Width > 1 || k.Paint.Alpha < 0.1 { // not a column's own line
				byFloor[k.P[3][1]] = append(byFloor[k.P[3][1]], (k.Width-0.6)/5.4, k.Paint.Alpha)
			}
		}
		return byFloor
	}
	inks := func(focus view.Ref, floor int, products ...float64) {
		t.Helper()
		floors := sums(focus)
		heights := make([]float64, 0, len(floors))
		for h := range floors {
			heights = append(heights, h)
		}
		slices.Sort(heights)
		var lit []float64
		all := floors[heights[floor]]
		for i := 0; i < len(all); i += 2 {
			if alpha := 0.16 + 0.74*all[i]; math.Abs(all[i+1]-alpha) < 1e-9 {
				lit = append(lit, all[i])
			} else if math.Abs(all[i+1]-0.1*alpha) > 1e-9 {
				t.Errorf("an arc of the weight %v has the opacity %v", all[i], all[i+1])
			}
		}
		slices.Sort(lit)
		slices.Sort(products)
		if len(lit) != len(products) {
			t.Fatalf("%v, arcs to floor %d: lit are %v, want %v", focus, floor, lit, products)
		}
		for i := range lit {
			if math.Abs(lit[i]-products[i]) > 1e-6 {
				t.Errorf("%v, arcs to floor %d: lit are %v, want %v", focus, floor, lit, products)
			}
		}
	}
	night := node(0, 1)
	inks(night, 0, 0.75, 1)                                     // good and night look at it
	inks(night, 1, 0.5*0.75, 0.5, 0.75)                         // good of layer 0 holds 0.75 of it
	inks(night, 2)                                              // the output so far does not know of it
	inks(night, 3, 0.9*0.75, 0.1, 0.2*0.75, 0.8, 0.5*0.75, 0.5) // a column hands on by itself what it holds
	nuit := node(5, 1)
	inks(nuit, 3, 0.2, 0.8)
	inks(nuit, 2, 0.5, 0.5) // the second row of the decoder's map
	inks(nuit, 1, 0.5*0.2, 0.5*0.2, 0.8)
}

// What the terminal draws is what the page gives to the graphics card, seen from the same place.
func TestTowerFlat(t *testing.T) {
	for _, camera := range []view.Camera{{}, {Yaw: 0.5, Pitch: 0.3, Zoom: -0.3, X: 0.05}} {
		so := solid(t, storeys(), view.State{Threshold: 1, Camera: camera, Width: 900})
		flat := build(t, storeys(), view.State{View: view.Tower, Threshold: 1, Camera: camera, Width: 900})
		curves := shown[view.Curve](flat)
		n := 0
		for _, k := range so.Strokes {
			if k.Disc {
				continue
			}
			for i, p := range k.P {
				v := mgl64.Mat4(so.Camera).Mul4x1(p.Vec4(1))
				x, y := so.X+so.W*(v[0]/v[3]+1)/2, so.Y+so.H*(1-v[1]/v[3])/2
				if at := curves[n].P[i]; math.Abs(at[0]-x) > 1e-6 || math.Abs(at[1]-y) > 1e-6 {
					t.Fatalf("stroke %d is at %v, %v in space and at %v on paper", n, x, y, at)
				}
			}
			n++
		}
		if n == 0 {
			t.Error("no strokes")
		}
	}
}

// A word is found where it is, from wherever the tower is seen; and turning moves it.
func TestTowerTurns(t *testing.T) {
	var kept view.Kept
	var before [4]float64
	r := storeys()
	for i, camera := range []view.Camera{{}, {Yaw: 0.6}, {Pitch: 0.8}, {Zoom: -0.5}, {X: 0.2, Y: 0.1}, view.Camera{}.At(0, 0, 0.2)} {
		s := build(t, r, view.State{View: view.Tower, Camera: camera, Width: 1000}, view.Env{Kept: &kept})
		x, y, w, h, ok := s.Place(node(2, 1))
		at := [4]float64{x, y, w, h}
		if !ok || i > 0 && at == before {
			t.Errorf("%v: the word is at %v, as before", camera, at)
		}
		before = at
		if hit, ok := s.HitAt(x+w/2, y+h/2); !ok || hit.Ref != node(2, 1) {
			t.Errorf("%v: at the word's place there is %v", camera, hit)
		}
	}
	// What is under the pointer stays there when it zooms.
	c := view.Camera{X: 0.1, Y: -0.2}
	to := c.At(0.4, 0.3, 1)
	if x, y := to.X+2*(0.4-c.X), to.Y+2*(0.3-c.Y); math.Abs(x-0.4) > 1e-9 || math.Abs(y-0.3) > 1e-9 {
		t.Errorf("what was at 0.4, 0.3 is at %v, %v", x, y)
	}
	far := view.Camera{Pitch: 9, Zoom: 99, X: 1e9}.Clamp()
	if far.Pitch > math.Pi/2 || far.Zoom > 5 || far.X > 100 {
		t.Errorf("the camera is lost: %v", far)
	}
}

// However a tower is turned, all of its words are in the picture, as long as nobody zooms.
func TestTowerIsSeenWhole(t *testing.T) {
	for _, width := range []float64{360, 1184} {
		for yaw := -3.0; yaw <= 3; yaw += 0.5 {
			for pitch := -0.35; pitch <= 1.25; pitch += 0.4 {
				s := build(t, storeys(), view.State{View: view.Tower, Width: width, Height: 700, Camera: view.Camera{Yaw: yaw, Pitch: pitch, Columns: 12}})
				discs := shown[view.Disc](s)
				for _, d := range discs {
					if d.X < 10 || d.X > width-10 || d.Y < 40 || d.Y > 30+636-15 {
						t.Fatalf("%v wide, turned by %v, %v: a word is at %.0f, %.0f", width, yaw, pitch, d.X, d.Y)
					}
				}
				if len(discs) < 10 {
					t.Fatalf("%d words", len(discs))
				}
			}
		}
	}
}

// While there is room for more words, adding one moves nothing.
func TestTowerStays(t *testing.T) {
	s := view.State{View: view.Tower, Camera: view.Camera{Columns: 12}, Width: 1000, HideSpecial: true}
	short, long := build(t, square(9), s), build(t, square(10), s)
	for floor := range 2 {
		for token := range 9 {
			x, y, _, _, ok := short.Place(node(floor, token))
			x2, y2, _, _, ok2 := long.Place(node(floor, token))
			if !ok || !ok2 || x != x2 || y != y2 {
				t.Fatalf("%v went from %v, %v to %v, %v", node(floor, token), x, y, x2, y2)
			}
		}
	}
}

// At first all of it is in the picture, whatever the width and the number of words.
func TestTowerInside(t *testing.T) {
	for _, width := range []float64{240, 350, 900, 2400} {
		for _, r := range []*record.Record{square(1), square(3), square(40), square(300), storeys(), softly()} {
			s := build(t, r, view.State{View: view.Tower, Width: width})
			so := solid(t, r, view.State{Width: width})
			for _, m := range shown[view.Curve](s) {
				for _, p := range []mgl64.Vec2{m.P[0], m.P[3]} {
					if m.Paint.Role == view.Weight && p[1] < so.Y+so.H && (p[0] < 0 || p[0] > s.Width || p[1] < so.Y) {
						t.Fatalf("%v wide, %d words: an arc ends at %v", width, len(r.Tokens.Source), p)
					}
				}
			}
			for _, m := range shown[view.Text](s) {
				if w := view.ApproxWidth(m.Text, m.Font); m.Turn == 0 && m.Anchor == view.Left && m.X+w > s.Width+1 || m.X < 0 || m.X > s.Width || m.Y > s.Height {
					t.Errorf("%v wide: %q at %v, %v", width, m.Text, m.X, m.Y)
				}
			}
		}
	}
}

func TestTowerIsWalked(t *testing.T) {
	s := build(t, storeys(), view.State{View: view.Tower})
	at := s.Move(view.Ref{}, 0, 0)
	if at != node(5, 0) {
		t.Errorf("it begins at %v", at)
	}
	for _, c := range []struct {
		rows, cols int
		want       view.Ref
	}{{0, 2, node(5, 2)}, {0, 1, node(5, 2)}, {1, 0, node(4, 2)}, {1, 0, node(3, 2)}, {1, 0, node(2, 1)}, {9, 0, node(0, 1)}, {-1, -1, node(1, 0)}} {
		if at = s.Move(at, c.rows, c.cols); at != c.want {
			t.Errorf("%v rows and %v columns on is %v, want %v", c.rows, c.cols, at, c.want)
		}
		row, col, ok := s.Index(at)
		if !ok || row != 5-at.Row || col != at.Col || s.Grid.Lengths[row] <= col {
			t.Errorf("%v is in row %d, column %d", at, row, col)
		}
	}
	hidden := build(t, storeys(), view.State{View: view.Tower, HideSpecial: true})
	if hidden.Label(node(3, 0)) != "" || hidden.Label(node(5, 2)) != "" || hidden.Move(node(5, 1), 0, 1) != node(5, 1) {
		t.Error("special tokens are hidden and can be walked to")
	}
}

func TestTowerOfMuch(t *testing.T) {
	s := build(t, square(300), view.State{View: view.Tower, Threshold: 1})
	n := 0
	for _, c := range shown[view.Curve](s) {
		if c.Paint.Role == view.Weight {
			n++
		}
	}
	if n > 6010 || !strings.Contains(s.Caption, "Of these only the strongest") {
		t.Errorf("%d arcs; %s", n, s.Caption)
	}
	if words := len(shown[view.Text](s)); words > 120 {
		t.Errorf("%d words are written", words)
	}
}

func TestTowerOfNothing(t *testing.T) {
	r := storeys()
	for _, c := range []struct {
		r    *record.Record
		s    view.State
		want string
	}{
		{&record.Record{}, view.State{}, "the text is empty"},
		{&record.Record{Tokens: r.Tokens}, view.State{}, "no attention"},
		{r, view.State{Heads: record.Heads(3)}, "no head 3"},
		{stack(record.Self, 400, 2, 39, 0), view.State{}, ""}, // 16,000 tokens
		{stack(record.Self, 401, 2, 39, 0), view.State{}, "16040 tokens over all its floors"},
		{&record.Record{Tokens: record.Tokens{Source: r.Tokens.Source, Target: r.Tokens.Target[:1]}, Maps: r.Maps}, view.State{}, "no output"},
	} {
		c.s.View = view.Tower
		if s := build(t, c.r, c.s); !strings.Contains(s.Sentence, c.want) {
			t.Errorf("it says %q, not that there is %s", s.Sentence, c.want)
		}
	}
	torn := storeys()
	torn.Maps[0].Rows, torn.Maps[0].Weights = 2, torn.Maps[0].Weights[:4]
	if _, err := view.Build(torn, view.State{View: view.Tower}, view.Env{}); err == nil {
		t.Error("floors of different lengths stand on one another")
	}
}

// In words the tower has a column for each word, and the weights of its pieces are one.
func TestTowerOfWords(t *testing.T) {
	s := build(t, small(), view.State{View: view.Tower, Words: true, Heads: record.Heads(0)})
	if len(s.Grid.Cols) != 3 || !strings.Contains(s.Caption, "Pieces are merged") {
		t.Errorf("%v; %s", s.Grid.Cols, s.Caption)
	}
	if got, want := s.Label(node(1, 1)), "layer 0: sleeping looks at </s> 0.51, Cats 0.25 and sleeping 0.24"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, words := range []bool{false, true} { // of several heads it is the mean
		s := build(t, small(), view.State{View: view.Tower, Words: words, Heads: record.Heads(0, 1)})
		if got, want := s.Label(node(1, 0)), "layer 0: Cats looks at Cats 0.90, "; !strings.HasPrefix(got, want) || !strings.HasPrefix(s.Caption, "All layers, mean of heads 0 and 1") {
			t.Errorf("%q, %q", got, s.Caption)
		}
	}
}

// Of means that were made before, the tower is that of the heads themselves.
func TestTowerOfMeans(t *testing.T) {
	r := small()
	means := *r
	means.Maps = []record.Map{*r.Mean(record.Self, 0, 1)}
	s := view.State{View: view.Tower, Heads: record.Heads(1), Threshold: 1}
	a, b := build(t, r, s), build(t, &means, s)
	if a.Caption != b.Caption || a.Label(node(1, 0)) != b.Label(node(1, 0)) || len(a.Marks) != len(b.Marks) {
		t.Errorf("%s\n%s", a.Caption, b.Caption)
	}
}
