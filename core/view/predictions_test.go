package view_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

// expecting is the made translation, with what the model expected.
func expecting() *record.Record {
	r := translation()
	for i := range r.Tokens.Target {
		r.Tokens.Target[i].ID = 10 + i
	}
	r.Predictions = []record.Prediction{
		{Position: 0, Top: []record.Candidate{{Text: "bon", ID: 3, P: 0.5}, {Text: "bonne", ID: 11, P: 0.25}, {Text: " la", ID: 4, P: 0.125}}},
		{Position: 1, Top: []record.Candidate{{Text: " nuit", ID: 12, P: 0.81}, {Text: " soirée", ID: 5, P: 0.12}, {Text: "</s>", ID: 13, P: 0.004}}},
		{Position: 2, Top: []record.Candidate{{Text: ".", ID: 6, P: 0.75}, {Text: "!", ID: 7, P: 0.125}, {Text: "\n", ID: 8, P: 0.0625}}},
	}
	return r
}

// written is a text that a decoder alone has read: two words and what may follow.
func written() *record.Record {
	return &record.Record{Format: record.Format, Task: record.Generation, Text: "The cat",
		Tokens: record.Tokens{Source: []record.Token{{Text: "<|endoftext|>", Word: -1, Special: true}, {Text: "The", ID: 1, End: 3}, {Text: " cat", ID: 2, Start: 3, End: 7, Word: 1}}},
		Predictions: []record.Prediction{
			{Position: 0, Top: []record.Candidate{{Text: "The", ID: 1, P: 0.5}, {Text: "A", ID: 9, P: 0.25}}},
			{Position: 1, Top: []record.Candidate{{Text: " dog", ID: 8, P: 0.5}, {Text: " sun", ID: 9, P: 0.25}}},
			{Position: 2, Top: []record.Candidate{{Text: " sat", ID: 3, P: 0.41}, {Text: "s", ID: 4, P: 0.2}, {Text: "<|endoftext|>", ID: 0, P: 0.1}}},
		}}
}

// masked is a text with two hidden words.
func masked() *record.Record {
	return &record.Record{Format: record.Format, Task: record.Fill, Text: "A __ sat on ___.",
		Tokens: record.Tokens{Source: []record.Token{{Text: "[CLS]", Word: -1, Special: true}, {Text: "A", ID: 1, End: 1}, {Text: "[MASK]", ID: 2, Start: 2, End: 4, Word: 1},
			{Text: " sat", ID: 3, Start: 4, End: 8, Word: 2}, {Text: " on", ID: 4, Start: 8, End: 11, Word: 3}, {Text: "[MASK]", ID: 2, Start: 12, End: 15, Word: 4}, {Text: ".", ID: 5, Start: 15, End: 16, Word: 5},
			{Text: "[SEP]", Word: -1, Special: true, Start: 16, End: 16}}},
		Predictions: []record.Prediction{
			{Position: 2, Top: []record.Candidate{{Text: " cat", ID: 8, P: 0.5}, {Text: " dog", ID: 9, P: 0.25}}},
			{Position: 5, Top: []record.Candidate{{Text: " it", ID: 7, P: 0.9}}},
		}}
}

// rects collects the filled bars of about a height, from the top.
func bars(s *view.Scene, tall float64) (all []view.Rect) {
	for _, r := range shown[view.Rect](s) {
		if r.H == tall && r.Fill.Role != view.None {
			all = append(all, r)
		}
	}
	return all
}

func TestPredictions(t *testing.T) {
	r := expecting()
	for _, width := range []float64{320, 340, 700, 2560} {
		s := build(t, r, view.State{View: view.Predictions, Width: width})
		if s.Width > width {
			t.Errorf("%v wide: the scene is %v wide", width, s.Width)
		}
		// The first position, as candidates.
		b := bars(s, 11)
		if len(b) != 3 || math.Abs(b[0].W/b[1].W-2) > 1e-6 || math.Abs(b[1].W/b[2].W-2) > 1e-6 || b[0].X != b[2].X {
			t.Fatalf("%v wide: the bars are %+v", width, b)
		}
		one, _ := text(s, "1") // the end of the scale
		if full := one.X - b[0].X; math.Abs(b[0].W-full/2) > 1 {
			t.Errorf("%v wide: 0.5 is %v long, 1 is %v", width, b[0].W, full)
		}
		for _, want := range []string{"0.50", "0.25", "0.12", "bon", "la", "␣", "all others", "0", "0.5", "Where “bonne” stands, the model expected"} {
			if _, ok := text(s, want); !ok {
				t.Errorf("%v wide: %q is not written in\n%s", width, want, texts(s))
			}
		}
		for k, c := range b {
			if h, ok := s.HitAt(c.X+3, c.Y+c.H/2); !ok || h.Ref != (view.Ref{Part: view.Key, Row: 0, Col: k}) {
				t.Errorf("%v wide: on bar %d is %v", width, k, h.Ref)
			}
		}
		// The tokens, with the probability of each.
		under := bars(s, 4)
		if len(under) != 2 { // nobody expected the end
			t.Fatalf("%v wide: %d tokens have a bar", width, len(under))
		}
		word, _ := text(s, "nuit")
		wide := view.ApproxWidth("nuit", word.Font) - 1
		if math.Abs(under[1].W-0.81*wide) > 0.01 || under[1].X < word.X || under[1].Y < word.Y || under[1].Y > word.Y+9 {
			t.Errorf("%v wide: under nuit is %+v, the word is %v wide at %v, %v", width, under[1], wide, word.X, word.Y)
		}
		if h, ok := s.HitAt(word.X+3, word.Y-4); !ok || h.Ref != query(1) {
			t.Errorf("%v wide: on nuit is %v", width, h.Ref)
		}
	}
}

func TestPredictionsLabels(t *testing.T) {
	bar := func(row, col int) view.Ref { return view.Ref{Part: view.Key, Row: row, Col: col} }
	for _, c := range []struct {
		r    *record.Record
		want map[view.Ref]string
	}{
		{expecting(), map[view.Ref]string{
			query(0):  "“bonne”: 0.25, second of 3",
			query(1):  "“nuit”: 0.81, first of 3",
			query(2):  "“</s>”: at most 0.06, not among the first 3; most probably “.” 0.75",
			bar(0, 0): "“bon” 0.50, first of 3",
			bar(0, 1): "“bonne” 0.25, second of 3, what stands there",
			bar(1, 2): "end of the text 0.0040, third of 3",
			bar(2, 2): "“↵” 0.06, third of 3",
			query(3):  "", bar(0, 3): "", pair(0, 0): "",
		}},
		{written(), map[view.Ref]string{
			query(0):  "“The”: 0.50, first of 2",
			query(1):  "“cat”: at most 0.25, not among the first 2; most probably “dog” 0.50",
			query(2):  "what follows: most probably “sat” 0.41",
			bar(2, 2): "end of the text 0.10, third of 3",
			query(-1): "", query(3): "",
		}},
		{masked(), map[view.Ref]string{
			query(2):  "hidden word “__”: most probably “cat” 0.50",
			query(5):  "hidden word “___”: most probably “it” 0.90",
			bar(5, 0): "“it” 0.90, first of 1",
			query(1):  "", query(3): "",
		}},
	} {
		s := build(t, c.r, view.State{View: view.Predictions})
		for ref, want := range c.want {
			if got := s.Label(ref); got != want {
				t.Errorf("%v is %q, want %q", ref, got, want)
			}
		}
	}
}

// What is shown first, and what opens a position.
func TestPredictionsOpen(t *testing.T) {
	for name, c := range map[string]struct {
		r    *record.Record
		s    view.State
		want string // the first candidate
	}{
		"translation: first": {expecting(), view.State{}, "bon"},
		"writing: last":      {written(), view.State{}, "sat"},
		"fill: first hidden": {masked(), view.State{}, "cat"},
		"chosen":             {written(), view.State{Chosen: query(1)}, "dog"},
		"pointed":            {expecting(), view.State{Focus: query(1), Chosen: query(2)}, "soirée"},
		"bar":                {expecting(), view.State{Focus: view.Ref{Part: view.Key, Row: 1, Col: 1}}, "soirée"},
		"chosen is gone":     {masked(), view.State{Chosen: query(90)}, "cat"},
		"chosen is no hole":  {masked(), view.State{Chosen: query(3)}, "cat"},
	} {
		c.s.View = view.Predictions
		s := build(t, c.r, c.s)
		found := false
		for _, m := range shown[view.Text](s) {
			found = found || m.Text == c.want && m.Anchor == view.Right
		}
		if !found {
			t.Errorf("%s: %q is no candidate in\n%s", name, c.want, texts(s))
		}
	}
	s := build(t, expecting(), view.State{View: view.Predictions, Focus: view.Ref{Part: view.Key, Row: 1, Col: 1}})
	if want := "“soirée” 0.12, second of 3"; s.Readout != want {
		t.Errorf("%q, want %q", s.Readout, want)
	}
	focused := 0
	for _, b := range bars(s, 11) {
		if b.Fill.Role == view.Focus {
			focused++
		}
	}
	if focused != 1 {
		t.Errorf("%d bars stand out", focused)
	}
	// What was written for a hidden word is shown as it was written.
	if _, ok := text(build(t, masked(), view.State{View: view.Predictions}), "___"); !ok {
		t.Error("the hidden word is not shown as written")
	}
	for _, hide := range []bool{false, true} {
		s := build(t, written(), view.State{View: view.Predictions, HideSpecial: hide})
		if strings.Contains(texts(s), "<|endoftext|>") == hide {
			t.Errorf("special tokens hidden: %v\n%s", hide, texts(s))
		}
	}
}

func TestPredictionsWalk(t *testing.T) {
	s := build(t, masked(), view.State{View: view.Predictions})
	bar := func(row, col int) view.Ref { return view.Ref{Part: view.Key, Row: row, Col: col} }
	at := view.Ref{}
	for _, step := range []struct {
		rows, cols int
		want       view.Ref
	}{{0, 0, query(2)}, {0, 1, query(5)}, {0, 1, query(5)}, {0, -9, query(2)}, {-1, 0, query(2)}, {1, 0, bar(2, 0)}, {1, 0, bar(2, 1)}, {1, 0, bar(2, 1)}, {0, 1, bar(5, 0)}, {-1, 0, query(5)}} {
		if at = s.Move(at, step.rows, step.cols); at != step.want {
			t.Fatalf("at %v, want %v", at, step.want)
		}
	}
	for _, ref := range []view.Ref{query(2), query(5), bar(2, 1)} {
		x, y, w, h, ok := s.Place(ref)
		if hit, _ := s.HitAt(x+w/2, y+h/2); !ok || hit.Ref != ref {
			t.Errorf("%v is not where it is said to be", ref)
		}
	}
}

func TestNoPredictions(t *testing.T) {
	plain := masked()
	plain.Predictions = nil
	for name, c := range map[string]struct {
		r    *record.Record
		want string
	}{
		"no record":   {nil, "text is empty"},
		"no text":     {&record.Record{}, "text is empty"},
		"none":        {translation(), "holds no predictions"},
		"none hidden": {plain, "No word is hidden here"},
	} {
		s := build(t, c.r, view.State{View: view.Predictions})
		if !strings.Contains(s.Sentence, c.want) || s.Move(view.Ref{}, 1, 0) != (view.Ref{}) {
			t.Errorf("%s: %q", name, s.Sentence)
		}
	}
	odd := expecting()
	odd.Predictions[1].Position = 3
	if _, err := view.Build(odd, view.State{View: view.Predictions}, view.Env{}); err == nil {
		t.Error("a prediction beyond the text is drawn")
	}
	empty := expecting()
	empty.Predictions[0].Top = []record.Candidate{}
	build(t, empty, view.State{View: view.Predictions}).Label(query(0))
}

func TestLongPredictions(t *testing.T) {
	r := square(512)
	r.Task, r.Maps = record.Generation, nil
	for i := range r.Tokens.Source {
		p := record.Prediction{Position: i}
		for k := range 40 {
			p.Top = append(p.Top, record.Candidate{Text: " w" + strconv.Itoa(i+k), ID: k, P: 0.01})
		}
		r.Predictions = append(r.Predictions, p)
	}
	for _, width := range []float64{320, 1100, 2560} {
		s := build(t, r, view.State{View: view.Predictions, Width: width, Chosen: query(250)})
		if len(s.Marks) > 1200 || s.Height > 1400 || len(bars(s, 11)) != 24 {
			t.Errorf("%v wide: %d marks, %v high, %d bars", width, len(s.Marks), s.Height, len(bars(s, 11)))
		}
		said := texts(s)
		if _, ok := text(s, "w251"); !ok || !strings.Contains(said, "tokens before") || !strings.Contains(said, "tokens after") {
			t.Errorf("%v wide: what is chosen is not in sight, or the cut is not said:\n%s", width, said)
		}
	}
}

// All that is written lies inside the scene, at every width.
func TestNewViewsInside(t *testing.T) {
	long := square(40)
	long.Tokens.Target = append([]record.Token{{Special: true}}, long.Tokens.Source...)
	long.Tokens.Source[3].Text = strings.Repeat("very-long-", 30)
	long.Tokens.Target[5].Text = strings.Repeat("sehr-lang-", 30)
	long.Maps[0].Kind = record.RNN
	long.Context = &record.Context{Rows: 40, Cols: 512, Values: make([]float32, 40*512), States: make([]float32, 40*512)}
	fixed := *long
	fixed.Maps, fixed.Context = nil, &record.Context{Rows: 1, Cols: 512, Values: make([]float32, 512)}
	guessed := expecting()
	guessed.Tokens.Target[1].Text = strings.Repeat("bonne", 40)
	guessed.Predictions[0].Top[0].Text = strings.Repeat("bon", 80)
	for name, c := range map[string]struct {
		r    *record.Record
		view string
	}{"soft": {long, view.Context}, "fixed": {&fixed, view.Context}, "small": {softly(), view.Context}, "translation": {guessed, view.Predictions}, "writing": {written(), view.Predictions}, "fill": {masked(), view.Predictions}} {
		for _, width := range []float64{1, 240, 320, 340, 559, 560, 720, 1100, 2560} {
			for _, focus := range []view.Ref{{}, query(0), query(4), pair(0, 3), {Part: view.Key, Col: 1}} {
				s := build(t, c.r, view.State{View: c.view, Width: width, Focus: focus}, view.Env{Before: c.r})
				for _, m := range shown[view.Text](s) {
					w := view.ApproxWidth(m.Text, m.Font)
					x := m.X - w*float64(m.Anchor)/2
					if x < -0.5 || x+w > s.Width+1 || m.Y > s.Height || m.Y < 0 {
						t.Errorf("%s, %v wide, at %v: %q from %v to %v at %v, in %v by %v", name, width, focus, m.Text, x, x+w, m.Y, s.Width, s.Height)
					}
				}
			}
		}
	}
}
