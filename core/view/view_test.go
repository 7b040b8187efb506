package view_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"heed/core/record"
	"heed/core/view"
)

// small is three words and an end token, with two heads whose mean is known.
func small() *record.Record {
	return &record.Record{
		Tokens: record.Tokens{Source: []record.Token{
			{Text: "Cats", Word: 0}, {Text: " sleep", Word: 1}, {Text: "ing", Word: 1}, {Text: "</s>", Word: -1, Special: true},
		}},
		Maps: []record.Map{
			{Kind: record.Self, Rows: 4, Cols: 4, Weights: []float32{
				0.81, 0.10, 0.05, 0.04,
				0.50, 0.25, 0.125, 0.125,
				0.0042, 0.0058, 0.09, 0.90,
				0.25, 0.25, 0.25, 0.25,
			}},
			{Kind: record.Self, Head: 1, Rows: 4, Cols: 4, Weights: []float32{
				1, 0, 0, 0,
				0, 1, 0, 0,
				0, 0, 1, 0,
				0, 0, 0, 1,
			}},
		},
	}
}

// translation is two words that become three.
func translation() *record.Record {
	return &record.Record{
		Tokens: record.Tokens{
			Source: []record.Token{{Text: "good"}, {Text: " night", Word: 1}},
			Target: []record.Token{{Text: "<pad>", Special: true, Word: -1}, {Text: "bonne"}, {Text: " nuit", Word: 1}, {Text: "</s>", Special: true, Word: -1}},
		},
		Maps: []record.Map{
			{Kind: record.Cross, Rows: 3, Cols: 2, Weights: []float32{0.9, 0.1, 0.2, 0.8, 0.5, 0.5}},
			{Kind: record.Decoder, Rows: 3, Cols: 3, Weights: []float32{1, 0, 0, 0.5, 0.5, 0, 0.25, 0.25, 0.5}},
		},
	}
}

// square is n words that look at one another in no particular way.
func square(n int) *record.Record {
	r := &record.Record{Maps: []record.Map{{Kind: record.Self, Rows: n, Cols: n, Weights: make([]float32, n*n)}}}
	for i := range n {
		r.Tokens.Source = append(r.Tokens.Source, record.Token{Text: " w" + strconv.Itoa(i), Word: i})
		sum := float32(0)
		row := r.Maps[0].Weights[i*n:][:n]
		for j := range row {
			row[j] = float32((i*7919+j*104729)%1009) + 1
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
	}
	return r
}

func build(t testing.TB, r *record.Record, s view.State, env ...view.Env) *view.Scene {
	t.Helper()
	scene, err := view.Build(r, s, append(env, view.Env{})[0])
	if err != nil {
		t.Fatal(err)
	}
	return scene
}

// shown collects the marks of one kind.
func shown[M view.Mark](s *view.Scene) (all []M) {
	for _, m := range s.Marks {
		if m, ok := m.(M); ok {
			all = append(all, m)
		}
	}
	return all
}

func curves(s *view.Scene) (links []view.Curve) {
	for _, c := range shown[view.Curve](s) {
		if c.Ref.Part == view.Pair {
			links = append(links, c)
		}
	}
	return links
}

// text finds the first text that reads so.
func text(s *view.Scene, is string) (view.Text, bool) {
	for _, t := range shown[view.Text](s) {
		if t.Text == is {
			return t, true
		}
	}
	return view.Text{}, false
}

func pair(row, col int) view.Ref { return view.Ref{Part: view.Pair, Row: row, Col: col} }
func query(row int) view.Ref     { return view.Ref{Part: view.Query, Row: row} }
func key(col int) view.Ref       { return view.Ref{Part: view.Key, Col: col} }

func TestMean(t *testing.T) {
	for _, heads := range [][]int{nil, {0, 1}} {
		s := build(t, small(), view.State{View: view.Heatmap, Heads: record.Heads(heads...)})
		if got, want := s.Label(pair(0, 0)), "Cats looks at Cats, 0.9050"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := s.Label(pair(2, 2)); got != "ing looks at ing, 0.5450" {
			t.Errorf("%q", got)
		}
		if !strings.Contains(s.Title, "mean") {
			t.Errorf("title %q", s.Title)
		}
	}
}

func TestCrossIsLabelledByTheOutput(t *testing.T) {
	s := build(t, translation(), view.State{Kind: record.Cross, View: view.Heatmap, Heads: record.Heads(0)})
	if got, want := s.Label(pair(1, 1)), "nuit looks at night, 0.8000"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s = build(t, translation(), view.State{Kind: record.Cross, Heads: record.Heads(0)})
	source, _ := text(s, "good")
	output, _ := text(s, "bonne")
	if source.X >= output.X {
		t.Error("the source is not left of the output")
	}
}

func TestHiddenTokensLeaveTheirWeight(t *testing.T) {
	r := small()
	s := build(t, r, view.State{Heads: record.Heads(0), HideSpecial: true, Threshold: 1})
	if len(curves(s)) != 9 {
		t.Errorf("%d links, want 9", len(curves(s)))
	}
	for _, number := range []string{"0.04", "0.12", "0.90"} {
		if _, ok := text(s, number); !ok {
			t.Errorf("hidden weight %s is not shown", number)
		}
	}
	if _, ok := text(s, "</s>"); ok {
		t.Error("a hidden token is shown")
	}

	s = build(t, r, view.State{View: view.Heatmap, Heads: record.Heads(0), HideSpecial: true})
	cells := shown[view.Cells](s)
	if cells[0].Rows != 3 || cells[0].Cols != 3 || cells[0].Values[4] != 0.25 {
		t.Errorf("cells %+v", cells[0])
	}
	if hidden := cells[1]; hidden.Rows != 3 || hidden.Cols != 1 || hidden.Values[2] != 0.90 {
		t.Errorf("hidden weight %+v", hidden)
	}
	if got, want := s.RowLabel(2), "ing, hidden tokens 0.90"; got != want {
		t.Errorf("the row is called %q, want %q", got, want)
	}
	if got := build(t, r, view.State{View: view.Heatmap, Heads: record.Heads(0)}).RowLabel(2); got != "" {
		t.Errorf("a whole row is called %q", got)
	}
	h, ok := s.HitAt(cells[1].X+3, cells[1].Y+cells[1].H-3)
	if want := "ing looks at ing 0.09, sleep 0.0058, Cats 0.0042 and hidden tokens 0.90; spread over 1.4 words"; !ok || s.Label(h.Ref) != want {
		t.Errorf("%q, want %q", s.Label(h.Ref), want)
	}
	for i, row := range r.Maps[0].Weights {
		if row != small().Maps[0].Weights[i] {
			t.Fatal("the record was changed")
		}
	}
}

func TestWalk(t *testing.T) {
	s := build(t, small(), view.State{View: view.Heatmap, HideSpecial: true})
	at := s.Move(view.Ref{}, 1, 0)
	if at != pair(0, 0) {
		t.Fatalf("starts at %v", at)
	}
	for _, step := range []struct {
		rows, cols int
		want       view.Ref
	}{{0, 1, pair(0, 1)}, {1, 0, pair(1, 1)}, {9, 0, pair(2, 1)}, {0, 9, pair(2, 2)}, {-9, -9, pair(0, 0)}} {
		if at = s.Move(at, step.rows, step.cols); at != step.want {
			t.Fatalf("at %v, want %v", at, step.want)
		}
		if _, _, w, _, ok := s.Place(at); !ok || w <= 0 {
			t.Errorf("%v has no place", at)
		}
	}
	s = build(t, translation(), view.State{Kind: record.Cross})
	at = view.Ref{}
	for _, step := range []struct {
		rows, cols int
		want       view.Ref
	}{{1, 0, query(0)}, {1, 0, query(1)}, {1, 0, query(2)}, {1, 0, query(2)}, {0, -1, key(1)}, {-1, 0, key(0)}, {-1, 0, key(0)}, {0, 1, query(0)}} {
		if at = s.Move(at, step.rows, step.cols); at != step.want {
			t.Fatalf("at %v, want %v", at, step.want)
		}
		if _, _, w, _, ok := s.Place(at); !ok || w <= 0 {
			t.Errorf("%v has no place", at)
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	noOutput := translation()
	noOutput.Tokens.Target = nil
	for name, c := range map[string]struct {
		r    *record.Record
		s    view.State
		want string
	}{
		"no record":  {nil, view.State{}, "text is empty"},
		"no text":    {&record.Record{}, view.State{View: view.Heatmap}, "text is empty"},
		"no output":  {noOutput, view.State{Kind: record.Cross}, "no output"},
		"no maps":    {&record.Record{Tokens: small().Tokens}, view.State{}, "holds no attention"},
		"no kind":    {small(), view.State{Kind: record.Decoder}, "It holds encoder self-attention."},
		"no layer":   {small(), view.State{Layer: 7}, "It holds layer 0."},
		"no head":    {small(), view.State{Heads: record.Heads(5)}, "It holds heads 0 and 1."},
		"all hidden": {&record.Record{Tokens: record.Tokens{Source: small().Tokens.Source[3:]}, Maps: []record.Map{{Kind: record.Self, Rows: 1, Cols: 1, Weights: []float32{1}}}}, view.State{HideSpecial: true}, "are hidden"},
	} {
		s := build(t, c.r, c.s)
		if !strings.Contains(s.Sentence, c.want) || len(shown[view.Text](s)) == 0 || s.Height <= 0 {
			t.Errorf("%s: %q", name, s.Sentence)
		}
		if s.Move(view.Ref{}, 1, 1) != (view.Ref{}) || s.Label(query(0)) != "" {
			t.Errorf("%s: something to walk to", name)
		}
		if _, ok := s.HitAt(10, 10); ok {
			t.Errorf("%s: something to hit", name)
		}
	}
}

func TestContradictionsAreErrors(t *testing.T) {
	short := small()
	short.Maps[0].Weights = short.Maps[0].Weights[:7]
	few := small()
	few.Tokens.Source = few.Tokens.Source[:2]
	odd := small()
	odd.Maps[1].Rows, odd.Maps[1].Weights = 2, odd.Maps[1].Weights[:8]
	for name, c := range map[string]struct {
		r *record.Record
		s view.State
	}{
		"view":    {small(), view.State{View: "pyramid"}},
		"kind":    {small(), view.State{Kind: "global"}},
		"weights": {short, view.State{Heads: record.Heads(0)}},
		"tokens":  {few, view.State{Heads: record.Heads(0)}},
		"mean":    {odd, view.State{}},
	} {
		if s, err := view.Build(c.r, c.s, view.Env{}); err == nil {
			t.Errorf("%s: no error but %q", name, s.Title)
		}
	}
}

// A text of 512 tokens is drawn with few marks, wide enough to see and small enough to paint.
func TestLong(t *testing.T) {
	r := square(512)
	s := build(t, r, view.State{View: view.Heatmap, Width: 1100, Focus: pair(300, 301)})
	if len(s.Marks) > 1000 || s.Width > 2200 || s.Height > 2200 {
		t.Errorf("heatmap of %d marks, %v by %v", len(s.Marks), s.Width, s.Height)
	}
	if !strings.Contains(s.Caption, "One word in 4 is named") {
		t.Errorf("caption %q", s.Caption)
	}
	if _, ok := text(s, "w300"); !ok {
		t.Error("the row pointed at is not named")
	}
	s = build(t, r, view.State{Width: 1100})
	if n := len(curves(s)); n != 2000 || !strings.Contains(s.Caption, "only the strongest 2000") {
		t.Errorf("%d links: %s", n, s.Caption)
	}
}

func TestInside(t *testing.T) {
	for _, v := range []string{view.Links, view.Heatmap} {
		for _, width := range []float64{0, 1, 240, 340, 800, 1600} {
			for _, n := range []int{1, 2, 11, 100} {
				s := build(t, square(n), view.State{View: v, Width: width, HideSpecial: true})
				for _, m := range shown[view.Text](s) {
					w := view.ApproxWidth(m.Text, m.Font)
					x0, x1 := m.X, m.X+w
					switch {
					case m.Turn != 0:
						sin, cos := math.Sincos(m.Turn * math.Pi / 180)
						x1 = m.X + w*cos
						if top := m.Y + w*sin; top < 20 {
							t.Errorf("%s, %v wide, %d words: %q reaches up to %v", v, width, n, m.Text, top)
						}
					case m.Anchor == view.Right:
						x0, x1 = m.X-w, m.X
					}
					if x0 < 0 || x1 > s.Width+1 || m.Y > s.Height || m.Y < 0 {
						t.Errorf("%s, %v wide, %d words: %q from %v to %v at %v, in %v by %v", v, width, n, m.Text, x0, x1, m.Y, s.Width, s.Height)
					}
				}
			}
		}
	}
}

func TestTokensAreMadeVisible(t *testing.T) {
	for token, want := range map[string]string{
		" cat": "cat", "▁cat": "cat", "Ġcat": "cat", "cat": "cat", "Ġ": "Ġ", "": "∅",
		" ": "␣", "   ": "␣␣␣", "\n": "↵", "\x00": "␀", "a\tb": "a␉b", "\x7f": "␡", "\u0085": "‹U+0085›",
		"\u202Etac": "‹U+202E›tac", "\u0301": "◌\u0301", "e\u0301": "e\u0301", "\u00A0": "⍽", "\xf0": "‹F0›", "\uFFFD": "\uFFFD",
		"\U000E0001": "‹U+E0001›", "👩\u200D👧": "👩\u200D👧", "שלום": "שלום",
	} {
		r := &record.Record{Tokens: record.Tokens{Source: []record.Token{{Text: token}}},
			Maps: []record.Map{{Kind: record.Self, Rows: 1, Cols: 1, Weights: []float32{1}}}}
		s := build(t, r, view.State{})
		if got := s.Label(pair(0, 0)); got != want+" looks at "+want+", 1.0000" {
			t.Errorf("%q: %q", token, got)
		}
		if m, ok := text(s, want); !ok || m.RTL != (token == "שלום") {
			t.Errorf("%q: not shown as %q", token, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add(" word", "\x00\xff\u202E")
	f.Add(strings.Repeat("long", 100), "\u200D\u200D")
	f.Fuzz(func(t *testing.T, a, b string) {
		r := &record.Record{Tokens: record.Tokens{Source: []record.Token{{Text: a}, {Text: b, Word: 1}}},
			Maps: []record.Map{{Kind: record.Self, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0.5, 0.5}}}}
		soft := softly()
		soft.Tokens.Source, soft.Predictions = r.Tokens.Source, expecting().Predictions
		soft.Tokens.Target[1].Text, soft.Tokens.Target[2].Text, soft.Predictions[0].Top[1].Text = a, b, a
		for _, v := range []string{view.Links, view.Heatmap, view.Context, view.Predictions} {
			if v == view.Context {
				r = soft
			}
			for _, focus := range []view.Ref{{}, pair(1, 1), query(1)} {
				s := build(t, r, view.State{View: v, Width: 300, Focus: focus})
				for _, h := range s.Hits {
					if l := s.Label(h.Ref); !utf8.ValidString(l) || l == "" {
						t.Errorf("%v is called %q", h.Ref, l)
					}
				}
				for _, m := range shown[view.Text](s) {
					if !utf8.ValidString(m.Text) || m.Text == "" || strings.ContainsAny(m.Text, "\x00\n\u202E") {
						t.Errorf("%q", m.Text)
					}
				}
				if s.Width > 900 {
					t.Errorf("%v wide", s.Width)
				}
			}
		}
	})
}

func TestFormat(t *testing.T) {
	for w, want := range map[float64]string{0: "0.00", 1: "1.00", 0.8149: "0.81", 0.01: "0.01", 0.0099: "0.0099", 0.0042: "0.0042", 0.00031: "0.0003", 0.00001: "<.0001"} {
		if got := view.Format(w); got != want {
			t.Errorf("%v is %q, want %q", w, got, want)
		}
	}
}

func TestFontCSS(t *testing.T) {
	f := view.Font{Size: 13.5, Face: view.Mono, Bold: true, Italic: true}
	if got := f.CSS(); !strings.HasPrefix(got, `italic 600 13.5px ui-monospace,`) {
		t.Error(got)
	}
}

func BenchmarkContext(b *testing.B) {
	for _, n := range []int{12, 512} {
		r := square(n)
		r.Tokens.Target = append([]record.Token{{Special: true}}, r.Tokens.Source...)
		r.Maps[0].Kind = record.RNN
		r.Context = &record.Context{Rows: n, Cols: 512, Values: make([]float32, n*512), States: make([]float32, n*512)}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				build(b, r, view.State{View: view.Context, Width: 1000})
			}
		})
	}
}

func BenchmarkHitAt(b *testing.B) {
	s := build(b, square(256), view.State{Width: 1000})
	for b.Loop() {
		s.HitAt(s.Width/2, s.Height/2)
	}
}

// TestHolds: layers are those of a kind; the three of a translator are not nine.
func TestHolds(t *testing.T) {
	r := &record.Record{}
	for _, k := range []record.Kind{record.Self, record.Cross, record.Rollout} {
		for layer := range 3 {
			for head := range 2 {
				r.Maps = append(r.Maps, record.Map{Kind: k, Layer: layer, Head: head})
			}
		}
	}
	if got, want := view.Holds(r), "6 heads of encoder self-attention in 3 layers and 6 heads of cross-attention in 3 layers"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestMergedBytes: a word of such pieces is read as it is written.
func TestMergedBytes(t *testing.T) {
	for token, want := range map[string]string{`caf\xc3\xa9s`: "cafés", `\xf0\x9f\x98\x80`: "😀", ` \xd0`: "‹D0›", `a\x4`: `a\x4`, `\x41`: `\x41`} {
		if got := view.Visible(token); got != want {
			t.Errorf("%s is shown as %q, want %q", token, got, want)
		}
	}
}

// TestBytes: pieces of one character are named by it, and bytes that make none by their numbers.
func TestBytes(t *testing.T) {
	r := &record.Record{Text: "Кa", Tokens: record.Tokens{Source: []record.Token{{Text: `\xd0`, End: 2}, {Text: `\x9a`, End: 2}, {Text: "a", Start: 2, End: 3}, {Text: `\xf0\x9f`, Start: 3, End: 4}}},
		Maps: []record.Map{{Kind: record.Self, Rows: 4, Cols: 4, Weights: make([]float32, 16)}}}
	s, err := view.Build(r, view.State{View: view.Heatmap, Heads: record.Heads(0)}, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(s.Grid.Rows, " "), "К₁ К₂ a ‹F0›‹9F›"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
