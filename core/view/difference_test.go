package view_test

import (
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// sides are two runs of one head: the second has a word more, and looks elsewhere.
func sides() (a, b view.Compared) {
	of := func(words string, weights ...float32) *record.Record {
		r := &record.Record{}
		for i, w := range strings.Fields(words) {
			r.Tokens.Source = append(r.Tokens.Source, record.Token{Text: " " + w, Word: i, Special: strings.HasPrefix(w, "<")})
		}
		n := len(r.Tokens.Source)
		r.Maps = []record.Map{{Kind: record.Self, Rows: n, Cols: n, Weights: weights}}
		return r
	}
	a = view.Compared{Name: "the first", Heads: record.Heads(0), Record: of("a cat </s>",
		0.5, 0.25, 0.25,
		0.5, 0.5, 0,
		0, 1, 0)}
	b = view.Compared{Name: "the second", Heads: record.Heads(0), Record: of("a fat cat </s>",
		0.25, 0.25, 0.25, 0.25,
		0.25, 0.25, 0.25, 0.25,
		0.75, 0.125, 0.125, 0,
		0, 0, 1, 0)}
	return a, b
}

func TestDifference(t *testing.T) {
	a, b := sides()
	s, err := view.Difference(a, b, view.State{Kind: record.Self, Width: 600}, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	var cells view.Cells
	for _, c := range shown[view.Cells](s) {
		if c.Rows == 3 {
			cells = c
		}
	}
	want := []float32{-0.25, 0, 0, 0.25, -0.375, 0, 0, 0, 0}
	if !cells.Signed || len(cells.Values) != len(want) {
		t.Fatalf("%+v", cells)
	}
	for i, v := range want {
		if cells.Values[i] != v {
			t.Errorf("differences %v, want %v", cells.Values, want)
			break
		}
	}
	if got := s.Label(pair(1, 0)); got != "cat looks at a, +0.2500 (0.5000 → 0.7500)" {
		t.Errorf("a cell says %q", got)
	}
	if got := s.Label(query(1)); got != "cat, looking, differs most at cat, −0.3750" {
		t.Errorf("a row says %q", got)
	}
	if got := s.Label(key(0)); !strings.Contains(got, "a, looked at, differs most at ") {
		t.Errorf("a column says %q", got)
	}
	if !strings.Contains(s.Caption, "the weight in the second less that in the first") || !strings.Contains(s.Caption, "fat of the second") || strings.Contains(s.Caption, "of the first") {
		t.Errorf("the caption is %q", s.Caption)
	}
	if _, ok := text(s, "−1"); !ok {
		t.Error("the scale does not begin at −1")
	}
	if s.Grid == nil || len(s.Grid.Rows) != 3 || s.Move(pair(0, 0), 1, 1) != pair(1, 1) {
		t.Error("the keys do not walk over the cells")
	}

	// Against itself there is no difference, and nothing is left out.
	s, err = view.Difference(a, a, view.State{Kind: record.Self}, view.Env{})
	if err != nil || strings.Contains(s.Caption, "Not compared") || s.Label(pair(0, 0)) != "a looks at a, 0.0000 (0.5000 → 0.5000)" {
		t.Errorf("%v %q %q", err, s.Caption, s.Label(pair(0, 0)))
	}
	// Hidden special tokens are in no cell.
	s, err = view.Difference(a, b, view.State{Kind: record.Self, HideSpecial: true}, view.Env{})
	if err != nil || len(s.Grid.Rows) != 2 || s.Label(key(2)) != "" {
		t.Errorf("%v, %d rows, %q", err, len(s.Grid.Rows), s.Label(key(2)))
	}
	// What cannot be compared is a sentence.
	other := b
	r := *b.Record
	r.Tokens.Source = []record.Token{{Text: "x"}, {Text: "y"}, {Text: "z"}, {Text: "u"}}
	other.Record = &r
	for _, c := range []struct{ a, b view.Compared }{{a, other}, {a, view.Compared{Record: &record.Record{}}}, {view.Compared{}, b}, {a, view.Compared{Record: b.Record, Layer: 4}}} {
		if s, err := view.Difference(c.a, c.b, view.State{Kind: record.Self}, view.Env{}); err != nil || s.Sentence == "" {
			t.Errorf("%v %+v", err, s)
		}
	}
}

// Of words that come again those are paired that make the most pairs, in order.
func TestDifferenceAligns(t *testing.T) {
	a, b := sides()
	line := func(c view.Compared, words string) view.Compared {
		r := square(len(strings.Fields(words)))
		for i, w := range strings.Fields(words) {
			r.Tokens.Source[i].Text = w
		}
		c.Record = r
		return c
	}
	s, err := view.Difference(line(a, "the dog saw the cat and left"), line(b, "the cat saw the dog and he left"), view.State{Kind: record.Self}, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Grid.Rows, " "); got != "the saw the and left" {
		t.Errorf("aligned: %q", got)
	}
	if !strings.Contains(s.Caption, "dog and cat of the first and cat, dog and he of the second") {
		t.Errorf("the caption is %q", s.Caption)
	}
}

// TestDifferenceCSV: a line for each pair of words that both have, special ones too.
func TestDifferenceCSV(t *testing.T) {
	a, b := sides()
	got, err := view.DifferenceCSV(a, b, view.State{Kind: record.Self, HideSpecial: true}, view.Env{})
	want := "query,key,first,second,difference\n\" a\",\" a\",0.5,0.25,-0.25\n\" a\",\" cat\",0.25,0.25,0\n\" a\",\" </s>\",0.25,0.25,0\n" +
		"\" cat\",\" a\",0.5,0.75,0.25\n\" cat\",\" cat\",0.5,0.125,-0.375\n\" cat\",\" </s>\",0,0,0\n\" </s>\",\" a\",0,0,0\n\" </s>\",\" cat\",1,1,0\n\" </s>\",\" </s>\",0,0,0\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, %s", err, got)
	}
	a.Record.Tokens.Source[0].Text, a.Record.Tokens.Source[1].Text, a.Record.Tokens.Source[2].Text = "x", "y", "z"
	if _, err := view.DifferenceCSV(a, b, view.State{Kind: record.Self}, view.Env{}); err == nil || !strings.Contains(err.Error(), "no words in common") {
		t.Errorf("of other words: %v", err)
	}
}

// TestOneScaleOfBars: the bars of two heatmaps side by side can be compared.
func TestOneScaleOfBars(t *testing.T) {
	a, b := sides()
	s := view.State{View: view.Heatmap, Kind: record.Self, Heads: record.Heads(0)}
	tall := func(r *record.Record) (most float64) { // of the word that receives most
		for _, m := range build(t, r, s).Marks {
			if bar, ok := m.(view.Rect); ok && bar.Fill.Value == 0.6 {
				most = max(most, bar.H)
			}
		}
		return most
	}
	mostA, mostB := view.Received(a.Record, s, view.Env{}), view.Received(b.Record, s, view.Env{})
	s.Bars = max(mostA, mostB)
	if ratio := tall(a.Record) / tall(b.Record); mostA == mostB || ratio < mostA/mostB-1e-6 || ratio > mostA/mostB+1e-6 {
		t.Errorf("bars of %v and %v are drawn %v and %v high", mostA, mostB, tall(a.Record), tall(b.Record))
	}
}

func TestParsePlaces(t *testing.T) {
	if a, b, err := view.ParsePlaces("2.4,0.13"); err != nil || a != [2]int{2, 4} || b != [2]int{0, 13} {
		t.Errorf("%v %v %v", a, b, err)
	}
	for _, s := range []string{"", "2.4", "2.4,", "2.4,3", "2.4,3.x", "-1.2,3.4", "2,4.3,1", "2.4,3.1,1.1", "2.4,3.1.", "2..4,3.1"} {
		if _, _, err := view.ParsePlaces(s); err == nil {
			t.Errorf("%q is taken for two heads", s)
		}
	}
}

// TestLabelRoom: two heatmaps of words of other lengths begin on one line if they are told to.
func TestLabelRoom(t *testing.T) {
	short, long := small(), small()
	for i := range long.Tokens.Source {
		long.Tokens.Source[i].Text += "ification"
	}
	s := view.State{View: view.Heatmap, Kind: record.Self, Heads: record.Heads(0), Width: 400}
	room := max(view.LabelRoom(short, s, view.Env{}), view.LabelRoom(long, s, view.Env{}))
	if a, b := build(t, short, s), build(t, long, s); a.Grid.Y == b.Grid.Y {
		t.Fatal("both begin on one line without being told to")
	}
	s.Labels = room
	if a, b := build(t, short, s), build(t, long, s); a.Grid.Y != b.Grid.Y {
		t.Errorf("one begins at %v, the other at %v", a.Grid.Y, b.Grid.Y)
	}
	if got := view.LabelRoom(&record.Record{}, s, view.Env{}); got != 0 {
		t.Errorf("nothing has labels %v high", got)
	}
}
