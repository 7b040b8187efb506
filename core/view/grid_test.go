package view_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"heed/core/record"
	keyed "heed/core/text"
	"heed/core/view"
)

// stack is layers × heads over n source words and an end token; head h of layer l looks 1 word back where
// l + h is even, at the first word else. Cross maps have one row less than there are target tokens.
func stack(k record.Kind, layers, heads, n, out int) *record.Record {
	r := &record.Record{}
	for i := range n {
		r.Tokens.Source = append(r.Tokens.Source, record.Token{Text: " w" + strconv.Itoa(i), Word: i, ID: i})
	}
	r.Tokens.Source = append(r.Tokens.Source, record.Token{Text: "</s>", Special: true, Word: -1, ID: n})
	if out > 0 {
		r.Tokens.Target = append(r.Tokens.Target, record.Token{Text: "<pad>", Special: true, Word: -1})
		for i := range out {
			r.Tokens.Target = append(r.Tokens.Target, record.Token{Text: " o" + strconv.Itoa(i), Word: i, ID: i})
		}
	}
	rows, cols := len(r.Queries(k)), len(r.Keys(k))
	for l := range layers {
		for h := range heads {
			m := record.Map{Kind: k, Layer: l, Head: h, Rows: rows, Cols: cols, Weights: make([]float32, rows*cols)}
			for i := range rows {
				at := 0
				if (l+h)%2 == 0 {
					at = max(0, min(i-1, cols-1))
				}
				keys := cols
				if k == record.Decoder {
					keys = i + 1
				}
				for j := range keys {
					m.Weights[i*cols+j] = 0.2 / float32(keys)
				}
				m.Weights[i*cols+at] += 0.8
			}
			r.Maps = append(r.Maps, m)
		}
	}
	return r
}

func head(layer, head int) view.Ref { return view.Ref{Part: view.Head, Row: layer, Col: head} }

// pictures are the matrices of a grid, without the legend's bar.
func pictures(s *view.Scene) []view.Cells {
	all := shown[view.Cells](s)
	return all[:len(all)-1]
}

func TestGridPictures(t *testing.T) {
	r := stack(record.Self, 2, 3, 6, 0)
	s := build(t, r, view.State{View: view.Heads, Layer: 1, Heads: record.Heads(2), Width: 900})
	all := pictures(s)
	if len(all) != 2*(3+1) {
		t.Fatalf("%d pictures, want those of 2 × 3 heads and 2 means", len(all))
	}
	for i, c := range all {
		layer, h := i/4, i%4
		m := r.Find(record.Self, layer, h)
		if h == 3 {
			m, h = r.Mean(record.Self, layer), -1
		}
		if c.Rows != 7 || c.Cols != 7 || c.W != c.H || c.W/7 != math.Floor(c.W/7) || c.W/7 < 1 {
			t.Errorf("picture %d is %v × %v for %d × %d cells", i, c.W, c.H, c.Rows, c.Cols)
		}
		for j, w := range m.Weights {
			if math.Abs(float64(c.Values[j]-w)) > 1e-6 {
				t.Fatalf("layer %d head %d: cell %d is %v, want %v", layer, h, j, c.Values[j], w)
			}
		}
		if got, ok := s.HitAt(c.X+c.W/2, c.Y+c.H/2); !ok || got.Ref != head(layer, h) {
			t.Errorf("in picture %d is %v", i, got.Ref)
		}
		if got, ok := s.HitAt(c.X+5, c.Y+c.H+12); !ok || got.Ref != head(layer, h) {
			t.Errorf("under picture %d is %v", i, got.Ref)
		}
		x, y, w, high, ok := s.Place(head(layer, h))
		if !ok || x > c.X || y > c.Y || x+w < c.X+c.W || y+high < c.Y+c.H {
			t.Errorf("picture %d is at %v %v, its place %v %v %v %v", i, c.X, c.Y, x, y, w, high)
		}
	}
	for _, want := range []string{"layer 0", "layer 1", "head 0", "head 2", "mean", "previous token", "first token", "0.83", "0", "1", "weight"} {
		if _, ok := text(s, want); !ok {
			t.Errorf("no text %q", want)
		}
	}
	if _, ok := text(s, "head 3"); ok {
		t.Error("a head that there is not")
	}
	frames := shown[view.Rect](s)
	if len(frames) != 1 || frames[0].Stroke.Role != view.Focus || frames[0].X > all[6].X || frames[0].Y > all[6].Y || frames[0].X+frames[0].W < all[6].X+all[6].W {
		t.Errorf("the chosen head is at %v, its frame %+v", all[6], frames)
	}
	for ref, want := range map[view.Ref]string{
		head(0, 0):  "layer 0 head 0: mostly looks at the previous token, 0.83",
		head(0, 1):  "layer 0 head 1: mostly looks at the first token, 0.83",
		head(1, -1): "layer 1 mean: mostly looks at the first token, 0.61",
		head(2, 0):  "",
		head(0, 3):  "",
		head(0, -2): "",
		pair(0, 0):  "",
	} {
		if got := s.Label(ref); got != want {
			t.Errorf("label of %v is %q, want %q", ref, got, want)
		}
	}
}

func TestGridKeys(t *testing.T) {
	for _, width := range []float64{400, 1100} { // in two lines a layer, and in one
		s := build(t, stack(record.Self, 3, 8, 6, 0), view.State{View: view.Heads, Width: width})
		if g := s.Grid; len(g.Rows) != 3 || len(g.Cols) != 9 || g.Rows[2] != "layer 2" || g.Cols[7] != "head 7" || g.Cols[8] != "mean" {
			t.Fatalf("%+v", g)
		}
		for _, c := range []struct {
			from       view.Ref
			rows, cols int
			to         view.Ref
		}{
			{view.Ref{}, 0, 0, head(0, 0)},
			{pair(1, 1), 0, 0, head(0, 0)},
			{head(0, 0), 1, 0, head(1, 0)},
			{head(1, 0), 0, 1, head(1, 1)},
			{head(1, 7), 0, 1, head(1, -1)},
			{head(1, -1), 0, 1, head(1, -1)},
			{head(1, -1), 0, -1, head(1, 7)},
			{head(1, 3), 1 << 20, 1 << 20, head(2, -1)},
			{head(1, 3), -1 << 20, -1 << 20, head(0, 0)},
		} {
			if got := s.Move(c.from, c.rows, c.cols); got != c.to {
				t.Errorf("from %v by %d, %d to %v, want %v", c.from, c.rows, c.cols, got, c.to)
			}
		}
		if row, col, ok := s.Index(head(2, -1)); !ok || row != 2 || col != 8 {
			t.Errorf("%d %d %v", row, col, ok)
		}
	}
	s := build(t, stack(record.Self, 3, 8, 6, 0), view.State{View: view.Heads, Focus: head(2, 5)})
	if want := s.Label(head(2, 5)); s.Readout != want || want == "" {
		t.Errorf("readout %q, want %q", s.Readout, want)
	}
}

func TestGridStillToCome(t *testing.T) {
	r := stack(record.Cross, 2, 4, 5, 6)
	r.Maps = r.Maps[4:] // layer 1
	r.Stacks = []record.Stack{{Kind: record.Cross, Layers: 3, Heads: 4}}
	s := build(t, r, view.State{View: view.Heads, Kind: record.Cross, Width: 900})
	if n := len(pictures(s)); n != 5 {
		t.Errorf("%d pictures, want 4 heads and their mean", n)
	}
	dots := 0
	for _, x := range shown[view.Text](s) {
		if x.Text == "…" {
			dots++
		}
	}
	if dots != 10 || !strings.Contains(s.Caption, "not here yet") {
		t.Errorf("%d heads are still to come, want 2 layers of 4 and their means: %s", dots, s.Caption)
	}
	if got := s.Label(head(0, 2)); got != "layer 0 head 2: not here yet" {
		t.Errorf("%q", got)
	}
	if got := s.Label(head(1, 0)); !strings.HasPrefix(got, "layer 1 head 0: ") || strings.Contains(got, "here") {
		t.Errorf("%q", got)
	}
	// A layer without one of its heads has no mean.
	r.Maps = r.Maps[1:]
	s = build(t, r, view.State{View: view.Heads, Kind: record.Cross, Width: 900})
	if n := len(pictures(s)); n != 3 || s.Label(head(1, -1)) != "layer 1 mean: not here yet" {
		t.Errorf("%d pictures, %q", n, s.Label(head(1, -1)))
	}
	// Nothing at all yet.
	r.Maps = nil
	if s = build(t, r, view.State{View: view.Heads, Kind: record.Cross}); s.Sentence != "" || s.Grid == nil {
		t.Errorf("%q", s.Sentence)
	}
}

func TestGridMasksAndHides(t *testing.T) {
	r := stack(record.Decoder, 1, 2, 6, 0)
	for name, mask := range map[string]bool{"causal": false, "given": true} {
		for i := range r.Maps {
			if r.Maps[i].Mask = nil; mask {
				for j := range 49 {
					may := int8(0)
					if j%7 <= j/7 {
						may = 1
					}
					r.Maps[i].Mask = append(r.Maps[i].Mask, may)
				}
			}
		}
		s := build(t, r, view.State{View: view.Heads, Kind: record.Decoder})
		c := pictures(s)[0]
		for i := range 49 {
			if c.Skip[i] != (i%7 > i/7) {
				t.Errorf("%s: cell %d is left out: %v", name, i, c.Skip[i])
			}
		}
		if !strings.Contains(s.Caption, keyed.Of(keyed.GridBlank)) {
			t.Errorf("%s: %s", name, s.Caption)
		}
		s = build(t, r, view.State{View: view.Heads, Kind: record.Decoder, HideSpecial: true})
		c = pictures(s)[0]
		if c.Rows != 6 || c.Cols != 6 || c.Values[6] != r.Maps[0].Weights[7] || !strings.Contains(s.Caption, "Special tokens") {
			t.Errorf("%s: %d × %d: %s", name, c.Rows, c.Cols, s.Caption)
		}
	}
}

// Of more cells than pixels each dot is the largest of its block, and says so.
func TestGridBlocks(t *testing.T) {
	r := stack(record.Self, 1, 8, 211, 0)
	s := build(t, r, view.State{View: view.Heads, Width: 720})
	c := pictures(s)[1]
	each := (212 + c.Rows - 1) / c.Rows
	if each < 2 || c.W > 80 || c.W < float64(c.Cols) || !strings.Contains(s.Caption, strconv.Itoa(each)+"×"+strconv.Itoa(each)+" cells") {
		t.Fatalf("%d × %d dots on %v pixels: %s", c.Rows, c.Cols, c.W, s.Caption)
	}
	m := &r.Maps[1]
	for row := range c.Rows {
		for col := range c.Cols {
			want := float32(0)
			for i := row * each; i < min(212, (row+1)*each); i++ {
				for j := col * each; j < min(212, (col+1)*each); j++ {
					want = max(want, m.At(i, j))
				}
			}
			if got := c.Values[row*c.Cols+col]; got != want {
				t.Fatalf("dot %d, %d is %v, want %v", row, col, got, want)
			}
		}
	}
}

// At every width the pictures stay inside, do not overlap, and nothing is written past the edge.
func TestGridFits(t *testing.T) {
	for _, c := range []struct {
		kind                  record.Kind
		layers, heads, n, out int
	}{
		{record.RNN, 1, 1, 9, 8}, {record.RNN, 1, 1, 1, 1}, {record.Self, 1, 1, 0, 0}, {record.Self, 3, 6, 14, 0}, {record.Cross, 3, 8, 12, 30},
		{record.Decoder, 12, 12, 24, 0}, {record.Self, 6, 16, 40, 0}, {record.Cross, 2, 2, 3, 120}, {record.Cross, 2, 3, 120, 2},
	} {
		r := stack(c.kind, c.layers, c.heads, c.n, c.out)
		for _, width := range []float64{240, 320, 340, 411, 720, 1100, 1536, 2560} {
			name := string(c.kind) + " " + strconv.Itoa(c.layers) + " × " + strconv.Itoa(c.heads) + " at " + strconv.Itoa(int(width))
			s := build(t, r, view.State{View: view.Heads, Kind: c.kind, Width: width, Focus: head(0, 0)})
			if s.Width > width || s.Sentence != "" {
				t.Errorf("%s: %v wide; %s", name, s.Width, s.Sentence)
			}
			all := pictures(s)
			if n := c.layers * c.heads; len(all) != n && len(all) != n+c.layers {
				t.Errorf("%s: %d pictures", name, len(all))
			}
			for i, a := range all {
				if a.X < 0 || a.Y < 0 || a.X+a.W > s.Width || a.Y+a.H > s.Height || a.X != math.Floor(a.X) || a.Y != math.Floor(a.Y) || a.W < 1 || a.H < 1 {
					t.Fatalf("%s: picture %d is at %v, %v, %v × %v in %v × %v", name, i, a.X, a.Y, a.W, a.H, s.Width, s.Height)
				}
				for _, b := range all[:i] {
					if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
						t.Fatalf("%s: pictures overlap: %v %v", name, a, b)
					}
				}
			}
			for _, x := range shown[view.Text](s) {
				if right := x.X + view.ApproxWidth(x.Text, x.Font); right > s.Width+0.5 && x.Anchor == view.Left {
					t.Errorf("%s: %q ends at %v of %v", name, x.Text, right, s.Width)
				}
			}
			for layer := range c.layers {
				for h := range c.heads {
					x, y, w, high, ok := s.Place(head(layer, h))
					if hit, on := s.HitAt(x+w/2, y+high/2); !ok || !on || hit.Ref != head(layer, h) {
						t.Fatalf("%s: at the place of %d, %d is %v", name, layer, h, hit.Ref)
					}
				}
			}
			if s.Grid.Y+s.Grid.Height*float64(c.layers) > s.Height {
				t.Errorf("%s: the grid ends below the scene", name)
			}
		}
	}
}

func TestGridSentences(t *testing.T) {
	for _, c := range []struct {
		want string
		r    *record.Record
		s    view.State
	}{
		{"the text is empty", nil, view.State{}},
		{"the text is empty", &record.Record{}, view.State{}},
		{"no output", small(), view.State{Kind: record.Cross}},
		{"holds no attention", &record.Record{Tokens: small().Tokens}, view.State{}},
		{"holds no encoder self-attention. It holds cross-attention and decoder self-attention.", translation(), view.State{}},
		{keyed.Of(keyed.OnlySpecial), stack(record.Self, 1, 1, 0, 0), view.State{HideSpecial: true}},
	} {
		c.s.View = view.Heads
		if s := build(t, c.r, c.s); !strings.Contains(s.Sentence, c.want) || len(s.Marks) == 0 {
			t.Errorf("%q, want %q", s.Sentence, c.want)
		}
	}
	for want, damage := range map[string]func(r *record.Record){
		"needs 16 numbers and has 15 weights": func(r *record.Record) { r.Maps[1].Weights = r.Maps[1].Weights[1:] },
		"is 3 × 4, but its tokens are 4 × 4":  func(r *record.Record) { r.Maps[1].Rows = 3 },
		"1 mask cells":                        func(r *record.Record) { r.Maps[1].Mask = []int8{1} },
		"of layer -1, head 1 is out of range": func(r *record.Record) { r.Maps[1].Layer = -1 },
		"is 4 × 4, but its tokens are 3 × 3":  func(r *record.Record) { r.Tokens.Source = r.Tokens.Source[1:] },
	} {
		r := small()
		damage(r)
		if _, err := view.Build(r, view.State{View: view.Heads}, view.Env{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	// A file may name a layer and a head far out.
	r := small()
	r.Maps[1].Layer, r.Maps[1].Head = 1023, 1023
	if s := build(t, r, view.State{View: view.Heads}); len(s.Marks) > 60 || !strings.HasPrefix(s.Label(head(1023, 1023)), "layer 1023 head 1023: ") || s.Label(head(5, 0)) != "" {
		t.Errorf("%d marks: %s", len(s.Marks), s.Caption)
	}
	if s := build(t, stack(record.Self, 1024, 8, 1, 0), view.State{View: view.Heads}); len(s.Marks) > 40000 || !strings.Contains(s.Caption, "Only the first 512 of 1024 layers") {
		t.Errorf("%d marks: %s", len(s.Marks), s.Caption)
	}
}

// What is kept draws the same, and is not taken for another Record's.
func TestGridKept(t *testing.T) {
	a, b := stack(record.Self, 2, 4, 9, 0), stack(record.Self, 2, 4, 9, 0)
	for i := range b.Maps {
		b.Maps[i].Layer = 1 - b.Maps[i].Layer
	}
	var kept view.Kept
	for _, c := range []struct {
		r *record.Record
		s view.State
	}{{a, view.State{}}, {a, view.State{Focus: head(1, 1)}}, {b, view.State{}}, {b, view.State{HideSpecial: true}}, {b, view.State{Width: 300}}, {a, view.State{Layer: 1}}} {
		c.s.View = view.Heads
		plain := build(t, c.r, c.s)
		for range 2 {
			s := build(t, c.r, c.s, view.Env{Kept: &kept})
			if len(s.Marks) != len(plain.Marks) || s.Readout != plain.Readout {
				t.Fatalf("%d marks, want %d", len(s.Marks), len(plain.Marks))
			}
			for i, p := range pictures(plain) {
				q := pictures(s)[i]
				for j := range p.Values {
					if p.Values[j] != q.Values[j] {
						t.Fatalf("picture %d differs", i)
					}
				}
			}
			if s.Label(head(0, 0)) != plain.Label(head(0, 0)) {
				t.Errorf("%q, want %q", s.Label(head(0, 0)), plain.Label(head(0, 0)))
			}
		}
	}
	less := *a
	less.Maps, less.Stacks = a.Maps[:4], []record.Stack{{Kind: record.Self, Layers: 2, Heads: 4}}
	if s := build(t, &less, view.State{View: view.Heads}, view.Env{Kept: &kept}); s.Label(head(1, 0)) != "layer 1 head 0: not here yet" {
		t.Errorf("%q", s.Label(head(1, 0)))
	}
}

func BenchmarkGrid(b *testing.B) {
	r := stack(record.Self, 6, 16, 511, 0)
	for name, kept := range map[string]*view.Kept{"first": nil, "kept": {}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				build(b, r, view.State{View: view.Heads, Width: 1100}, view.Env{Kept: kept})
			}
		})
	}
}
