package view_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"heed/core/explain"
	"heed/core/record"
	"heed/core/view"
)

// flowing is the made translation with an encoder, so that something can flow through it.
func flowing() *record.Record {
	r := translation()
	r.Maps = append(r.Maps, record.Map{Kind: record.Self, Rows: 2, Cols: 2, Weights: []float32{0.6, 0.4, 1, 0}})
	return r
}

// shares reads the numbers that stand at the words below.
func shares(s *view.Scene) (all []float64) {
	for _, t := range shown[view.Text](s) {
		if v, err := strconv.ParseFloat(t.Text, 64); err == nil && t.Font.Face == view.Mono {
			all = append(all, v)
		}
	}
	return all
}

func TestFlow(t *testing.T) {
	r := flowing()
	f, err := explain.NewFlow(r)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Rollout()
	for _, width := range []float64{340, 900} {
		for row := range m.Rows {
			s := build(t, r, view.State{View: view.Flow, Width: width, Chosen: query(row)})
			sum := 0.0
			for _, v := range shares(s) {
				sum += v
			}
			if math.Abs(sum-1) > 0.02 {
				t.Errorf("%v wide: the shares of row %d sum to %v: %v", width, row, sum, shares(s))
			}
			// The paths into the word are as wide as its shares: on top all of it.
			widest, scale := 0.0, 0.0
			for _, b := range shown[view.Rect](s) {
				scale = math.Max(scale, b.W)
			}
			at, _, w, _, _ := s.Place(query(row))
			for _, c := range shown[view.Curve](s) {
				if c.Paint.Role != view.Hairline && c.P[3][1] < 200 && c.P[3][0] > at && c.P[3][0] < at+w {
					widest += c.Width
				}
			}
			if widest < 0.9*scale || widest > 1.1*scale {
				t.Errorf("%v wide: the paths into row %d are %v wide, the word is %v", width, row, widest, scale)
			}
		}
	}
	s := build(t, r, view.State{View: view.Flow, Width: 900})
	share := func(row, col int) string { return view.Format(float64(m.At(row, col))) }
	if got, want := s.Label(query(2)), "</s> comes from nuit "+share(2, 4)+", good "+share(2, 0)+", night "+share(2, 1)+" and 2 others "; !strings.HasPrefix(got, want) {
		t.Errorf("a word says %q, want %q…", got, want)
	}
	if got := s.Label(key(1)); !strings.HasPrefix(got, "night reaches ") || !strings.Contains(got, "nuit "+share(1, 1)) {
		t.Errorf("a word put in says %q", got)
	}
	if got := s.Label(key(2)); !strings.HasPrefix(got, "<pad> reaches ") {
		t.Errorf("the start token says %q", got)
	}
	// Along a floor, and from floor to floor.
	if s.Move(query(0), 0, 1) != query(1) || s.Move(query(1), 1, 0) != key(3) || s.Move(key(3), 1, 0) != key(1) || s.Move(key(1), 1, 5) != key(1) || s.Move(key(0), -9, 0) != query(0) {
		t.Error("the keys do not walk over the floors")
	}
	for _, ref := range []view.Ref{query(1), key(0), key(3)} {
		x, y, w, h, ok := s.Place(ref)
		if hit, there := s.HitAt(x+w/2, y+h/2); !ok || !there || hit.Ref != ref {
			t.Errorf("%v is at %v, %v, where %v is", ref, x, y, hit.Ref)
		}
	}
	// A word put in: how much of each word above is its.
	up := build(t, r, view.State{View: view.Flow, Width: 900, Focus: key(1)})
	if got := shares(up); len(got) != 3 || math.Abs(got[1]-float64(m.At(1, 1))) > 0.006 {
		t.Errorf("of the second word the words above have %v", got)
	}
	// Special tokens are hidden, and what comes from them is said.
	hidden := build(t, r, view.State{View: view.Flow, Width: 900, HideSpecial: true, Chosen: query(0)})
	if _, ok := text(hidden, "</s>"); ok || hidden.Label(key(2)) != "" || !strings.Contains(hidden.Caption, share(0, 2)+" comes from them") {
		t.Errorf("with special tokens hidden: %q", hidden.Caption)
	}
}

// What is too long for a graph is a matrix, of a rollout that somebody else made too.
func TestFlowMatrix(t *testing.T) {
	r := square(70)
	if view.FlowNeeds(r, 600) != record.Rollout || view.FlowNeeds(r, 1400) != "" {
		t.Error("70 words are a graph in 1400 pixels and not in 600")
	}
	s := build(t, r, view.State{View: view.Flow, Width: 600})
	if s.Grid == nil || len(s.Grid.Rows) != 70 || !strings.Contains(s.Caption, "Attention rollout") {
		t.Fatalf("%d rows: %q", len(s.Grid.Rows), s.Caption)
	}
	want := s.Label(pair(3, 4))
	if !strings.Contains(want, "w3 comes from w4, 0.") {
		t.Errorf("a cell says %q", want)
	}
	f, err := explain.NewFlow(r)
	if err != nil {
		t.Fatal(err)
	}
	r.Maps = []record.Map{*f.Rollout()}
	if got := build(t, r, view.State{View: view.Flow, Width: 600}).Label(pair(3, 4)); got != want {
		t.Errorf("the rollout alone says %q, want %q", got, want)
	}
}

func TestFlowSays(t *testing.T) {
	soft := translation()
	soft.Maps[0].Kind = record.RNN
	for want, r := range map[string]*record.Record{
		"the text is empty": {}, "one step": soft, "no attention": {Tokens: square(2).Tokens}, "lacks some: there is no map of the kind self": translation(),
	} {
		if s := build(t, r, view.State{View: view.Flow}); !strings.Contains(s.Sentence, want) {
			t.Errorf("it says %q, want %q", s.Sentence, want)
		}
	}
}

// lensed is a text with what two layers would have said.
func lensed() *record.Record {
	r := written()
	r.Lens = []record.Lens{
		{Layer: 1, Predictions: r.Predictions},
		{Layer: 0, Predictions: []record.Prediction{
			{Position: 0, Top: []record.Candidate{{Text: " sat", ID: 3, P: 0.3}}},
			{Position: 1, Top: []record.Candidate{{Text: " cat", ID: 2, P: 0.25}, {Text: " dog", ID: 8, P: 0.125}}},
			{Position: 2, Top: []record.Candidate{{Text: "<|endoftext|>", ID: 0, P: 0.9}}},
		}},
	}
	return r
}

func TestLens(t *testing.T) {
	state := view.State{View: view.Predictions, Lens: true, Width: 600, Layer: 0, Chosen: query(1)}
	s := build(t, lensed(), state)
	if s.Grid == nil || strings.Join(s.Grid.Rows, ",") != "layer 1,layer 0" || strings.Join(s.Grid.Cols, ",") != "The,cat,…" {
		t.Fatalf("%+v", s.Grid)
	}
	if got := s.Label(pair(1, 0)); got != "layer 0, at cat: cat 0.25, dog 0.12" && got != "layer 0, at cat: cat 0.25, dog 0.13" {
		t.Errorf("a cell says %q", got)
	}
	if got := s.Label(pair(2, 0)); got != "layer 0, what follows: end of the text 0.90" {
		t.Errorf("a cell says %q", got)
	}
	if _, ok := text(s, "After layer 0 it would say here"); !ok {
		t.Error("the list is not of the chosen layer")
	}
	// Set bold: what stands there. It is the first layer's word, and not the second's.
	bold := 0
	for _, m := range shown[view.Text](s) {
		if m.Font.Bold && m.Text == "cat" {
			bold++
		}
	}
	if bold != 2 { // in its cell and in the list
		t.Errorf("what stands there is bold %d times", bold)
	}
	top := pair(0, 1)
	if s.Move(view.Ref{}, 0, 0) != top || s.Move(top, 1, 1) != pair(1, 0) || s.Move(top, 9, 9) != pair(2, 0) || s.Move(top, -1, -1) != top {
		t.Error("the keys do not walk over the layers")
	}
	x, y, w, h, ok := s.Place(pair(1, 0))
	if hit, there := s.HitAt(x+w/2, y+h/2); !ok || !there || hit.Ref != pair(1, 0) {
		t.Errorf("the cell is at %v, %v, where %v is", x, y, hit.Ref)
	}
	if row, col, ok := s.Index(pair(1, 0)); row != 1 || col != 1 || !ok {
		t.Errorf("the cell is in row %d, column %d", row, col)
	}
	// Without a lens the view says so, and shows what there is.
	s = build(t, written(), state)
	if s.Grid != nil || !strings.Contains(s.Caption, "does not hold what each layer would say") {
		t.Errorf("without a lens: %q", s.Caption)
	}
	r := lensed()
	r.Lens[0].Predictions[0].Position = 7
	if _, err := view.Build(r, state, view.Env{}); err == nil {
		t.Error("a lens beyond the text is drawn")
	}
}

// Of a long text the lens shows the lines around what is chosen, all inside the scene.
func TestFlowAndLensInside(t *testing.T) {
	long := square(300)
	long.Task = record.Generation
	var lens []record.Prediction
	for i := range long.Tokens.Source {
		lens = append(lens, record.Prediction{Position: i, Top: []record.Candidate{{Text: strings.Repeat("long", 1+i%9), P: 0.5}}})
	}
	long.Predictions, long.Lens = lens, []record.Lens{{Predictions: lens}, {Layer: 1, Predictions: lens}}
	wide := flowing()
	wide.Tokens.Source[0].Text = strings.Repeat("very-long-", 30)
	wide.Tokens.Target[1].Text = strings.Repeat("sehr-lang-", 30)
	for name, c := range map[string]struct {
		r    *record.Record
		view string
	}{"flow": {flowing(), view.Flow}, "long words": {wide, view.Flow}, "one stack": {square(12), view.Flow}, "lens": {lensed(), view.Predictions}, "long lens": {long, view.Predictions}} {
		for _, width := range []float64{240, 320, 390, 559, 560, 720, 1100, 2560} {
			for _, focus := range []view.Ref{{}, query(1), key(1), pair(1, 0), pair(299, 1)} {
				s := build(t, c.r, view.State{View: c.view, Width: width, Focus: focus, Lens: true, Height: 700})
				for _, m := range shown[view.Text](s) {
					w := view.ApproxWidth(m.Text, m.Font)
					sin, cos := math.Sincos(m.Turn * math.Pi / 180)
					from, to := -w*float64(m.Anchor)/2, w-w*float64(m.Anchor)/2
					for _, d := range []float64{from, to} {
						if x, y := m.X+d*cos, m.Y+d*sin; x < -0.5 || x > s.Width+1 || y > s.Height || y < 0 {
							t.Errorf("%s, %v wide, at %v: %q reaches %v, %v in %v by %v", name, width, focus, m.Text, x, y, s.Width, s.Height)
						}
					}
				}
			}
		}
	}
	s := build(t, long, view.State{View: view.Predictions, Lens: true, Width: 390, Chosen: query(200)})
	if _, ok := text(s, "w201"); !ok || s.Height > 2000 {
		t.Errorf("the lens of a long text is %v high, and shows what is chosen: %v", s.Height, ok)
	}
}

func BenchmarkFlow(b *testing.B) {
	for _, n := range []int{12, 64, 256, 512} {
		r := square(n)
		for layer := 1; layer < 4; layer++ {
			m := r.Maps[0]
			m.Layer = layer
			r.Maps = append(r.Maps, m)
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) { // as pointing at words does: the rollout is kept
			var kept view.Kept
			for b.Loop() {
				build(b, r, view.State{View: view.Flow, Width: 1200}, view.Env{Kept: &kept})
			}
		})
	}
}
