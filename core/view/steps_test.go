package view_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/record"
	"heed/core/view"
)

// detailed is a row of n keys over vectors of some width, with all sums true; what follows the row is
// masked where its kind is record.Decoder.
func detailed(kind record.Kind, score string, n, row, width, wide int) *record.Record {
	r := square(n)
	r.Tokens.Source[0].Special = true
	if kind == record.Cross || kind == record.RNN {
		r.Tokens.Target = append([]record.Token{{Special: true}}, r.Tokens.Source...)
	}
	d := &record.Detail{Place: record.Place{Kind: kind, Row: row}, Score: score, Scale: 1, Output: make([]float32, wide)}
	if score == record.ScaledDot {
		d.Scale = float32(1 / math.Sqrt(float64(width)))
	}
	draw := func(n, seed int) (v []float32) {
		for i := range n {
			v = append(v, float32(math.Sin(float64(7*i*i+seed))))
		}
		return v
	}
	d.Q, d.K, d.V = draw(width, 1), draw(n*width, 2), draw(n*wide, 3)
	if score == record.Additive {
		d.Vector = draw(width, 4)
	}
	sum := 0.0
	for j := range n {
		s := 0.0
		for _, x := range d.Terms(j) {
			s += x
		}
		d.Scores = append(d.Scores, float32(s)*d.Scale)
		if kind == record.Decoder {
			d.Mask = append(d.Mask, int8(min(1, max(0, row-j+1))))
		}
		d.Weights = append(d.Weights, 0)
		if !d.Masked(j) {
			d.Weights[j] = float32(math.Exp(float64(d.Scores[j])))
			sum += float64(d.Weights[j])
		}
	}
	for j := range n {
		d.Weights[j] /= float32(sum)
		for i, v := range d.Value(j) {
			d.Output[i] += d.Weights[j] * v
		}
	}
	r.Detail = d
	r.Maps = []record.Map{{Kind: kind, Rows: n, Cols: n, Weights: make([]float32, n*n)}}
	copy(r.Maps[0].Weights[row*n:], d.Weights)
	return r
}

func steps(kind record.Kind, chosen view.Ref, width float64) view.State {
	return view.State{View: view.Steps, Kind: kind, Heads: record.Heads(0), Chosen: chosen, Width: width}
}

// strips are the vectors of a scene, but for the scales and the scores.
func strips(s *view.Scene, n int) (all []view.Cells) {
	for _, c := range vectors(s) {
		if c.W != 72 && c.Rows*c.Cols >= n && c.H != 12 {
			all = append(all, c)
		}
	}
	return all
}

func TestSteps(t *testing.T) {
	r := detailed(record.Self, record.ScaledDot, 5, 2, 16, 8)
	d := r.Detail
	for _, width := range []float64{320, 560, 720, 1100, 2560} {
		s := build(t, r, steps(record.Self, pair(2, 3), width))
		if s.Width > width {
			t.Errorf("%v wide: the scene is %v", width, s.Width)
		}
		said := strings.ReplaceAll(texts(s), "\n", " ")
		q, k := strings.TrimSpace(r.Tokens.Source[2].Text), strings.TrimSpace(r.Tokens.Source[3].Text)
		heading := "How “" + q + "” came to give “" + k + "”"
		if width < 400 {
			heading = "How “" + q + "” gave “" + k + "”"
		}
		for _, want := range []string{heading, "query of “" + q, "key of “" + k, "their product", strconv.FormatFloat(float64(d.Weights[3]), 'f', 4, 64),
			"the scale", strings.Replace(strconv.FormatFloat(float64(d.Scores[3]), 'f', 4, 64), "-", "−", 1), "1/√16", "÷ the sum of all", "exp"} {
			if !strings.Contains(said, want) {
				t.Errorf("%v wide: %q is not written in %s", width, want, said)
			}
		}
		// Every number can be pointed at, and is called what it is.
		n := len(s.Grid.Rows)
		for row := range n {
			for col := range s.Grid.Lengths[row] {
				at := s.Move(s.Move(view.Ref{}, 0, 0), row, col)
				x, y, w, h, ok := s.Place(at)
				hit, found := s.HitAt(x+w/2, y+h/2)
				if !ok || !found || hit.Ref != at || s.Label(at) == "" {
					t.Fatalf("%v wide: %v lies at %v, %v, where there is %v, called %q", width, at, x, y, hit.Ref, s.Label(at))
				}
				if i, j, ok := s.Index(at); !ok || i != row || j != col {
					t.Fatalf("%v is at %d, %d", at, i, j)
				}
			}
		}
	}
	// The name of a word in the sum is the word.
	for _, width := range []float64{320, 720} {
		s := build(t, r, steps(record.Self, pair(2, 3), width))
		x, y, _, _, _ := s.Place(pair(4, 0))
		var name view.Text
		for _, m := range shown[view.Text](s) {
			if m.Y > y-12 && m.Y < y+24 && strings.HasPrefix(m.Text, "w") && name.Text == "" {
				name = m
			}
		}
		if width < 560 {
			x = name.X + 16
		}
		if hit, ok := s.HitAt(x-8, name.Y-4); !ok || hit.Ref.Row != 3 || "w"+strconv.Itoa(hit.Ref.Col) != name.Text {
			t.Errorf("%v wide: on the name %q at %v is %v", width, name.Text, name.Y, hit.Ref)
		}
	}
	// Numbers and their operands.
	at := view.State{View: view.Steps, Heads: record.Heads(0), Chosen: pair(2, 3), Focus: pair(2, 7)}
	s := build(t, r, at)
	f := func(v float32) string {
		return strings.Replace(strconv.FormatFloat(float64(v), 'f', 4, 64), "-", "−", 1)
	}
	want := "dimension 7: " + f(d.Q[7]) + " × " + f(d.Key(3)[7]) + " = " + f(d.Q[7]*d.Key(3)[7])
	if s.Readout != want || s.Label(pair(2, 7)) != want {
		t.Errorf("%q, %q, want %q", s.Readout, s.Label(pair(2, 7)), want)
	}
	if got, want := s.Label(pair(0, 7)), "dimension 7 of query of “"+strings.TrimSpace(r.Tokens.Source[2].Text)+"”: "+f(d.Q[7]); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	all := strips(s, 16)
	if len(all) < 3 {
		t.Fatalf("%d strips", len(all))
	}
	end := 1.0
	for i, v := range all[2].Values[:16] {
		if want := float64(d.Q[i]*d.Key(3)[i]) / end; math.Abs(float64(v)-want) > 1e-6 {
			t.Errorf("product %d is drawn as %v, want %v", i, v, want)
		}
	}
	// A click on a word moves the story to it, and one on a number does not.
	if to, ok := s.Chooses(pair(3, 1)); !ok || to != pair(2, 1) {
		t.Errorf("a click on a word chooses %v", to)
	}
	for _, ref := range []view.Ref{pair(2, 1), pair(4, 1), pair(3, 5), {}} {
		if _, ok := s.Chooses(ref); ok {
			t.Errorf("a click on %v chooses", ref)
		}
	}
	// Without a column the heaviest key is taken apart.
	best := slices.Index(d.Weights, slices.Max(d.Weights))
	if s := build(t, r, steps(record.Self, query(2), 720)); !strings.Contains(s.Title, "“"+strings.TrimSpace(r.Tokens.Source[best].Text)+"”") {
		t.Errorf("%q", s.Title)
	}
}

func TestAdditiveSteps(t *testing.T) {
	r := detailed(record.RNN, record.Additive, 6, 1, 20, 12)
	d := r.Detail
	st := steps(record.RNN, pair(1, 4), 720)
	st.Focus = pair(4, 11)
	s := build(t, r, st)
	f := func(v float64) string { return strings.Replace(strconv.FormatFloat(v, 'f', 4, 64), "-", "−", 1) }
	q, k, v := float64(d.Q[11]), float64(d.Key(4)[11]), float64(d.Vector[11])
	want := "dimension 11: " + f(v) + " × tanh(" + f(q) + " + " + f(k) + ") = " + f(v) + " × " + f(math.Tanh(q+k)) + " = " + f(v*math.Tanh(q+k))
	if s.Readout != want {
		t.Errorf("%q, want %q", s.Readout, want)
	}
	said := texts(s)
	for _, want := range []string{"W s before", "U h + b of", "tanh of their sum", "the vector v", "their product", "v · tanh(W s + U h + b)", "±1"} {
		if !strings.Contains(strings.ReplaceAll(said, "\n", " "), want) {
			t.Errorf("%q is not written", want)
		}
	}
	if len(s.Grid.Rows) < 8 || s.Grid.Lengths[0] != 20 || s.Grid.Lengths[5] != 6 || s.Grid.Lengths[6] != 12 {
		t.Errorf("rows of %v", s.Grid.Lengths)
	}
}

func TestMaskedSteps(t *testing.T) {
	r := detailed(record.Decoder, record.ScaledDot, 6, 2, 8, 8)
	s := build(t, r, steps(record.Decoder, pair(2, 4), 720))
	if said := strings.ReplaceAll(texts(s), "\n", " "); !strings.Contains(said, "may not look at") || !strings.Contains(said, "−∞") {
		t.Errorf("the mask is not told of in %s", said)
	}
	if got := s.Label(pair(3, 4)); !strings.HasSuffix(got, "masked, weight 0") {
		t.Errorf("%q", got)
	}
	hatched := 0
	for _, l := range shown[view.Lines](s) {
		if len(l.Segments) > 0 && l.Paint.Role == view.Hairline && l.Segments[0][0][0] != l.Segments[0][1][0] && l.Segments[0][0][1] != l.Segments[0][1][1] {
			hatched++
		}
	}
	if hatched == 0 {
		t.Error("nothing is hatched")
	}
}

// A row of 512 keys is thinned, and says so; the one that is open is among those drawn.
func TestLongSteps(t *testing.T) {
	r := detailed(record.Self, record.ScaledDot, 512, 300, 64, 64)
	for _, width := range []float64{320, 720, 2560} {
		for _, open := range []int{0, 300, 511} {
			s := build(t, r, steps(record.Self, pair(300, open), width))
			if n := s.Grid.Lengths[3]; n > 40 || n < 10 {
				t.Errorf("%v wide: %d keys", width, n)
			}
			if !strings.Contains(s.Caption, "Of 512 keys") || !strings.Contains(s.Label(pair(3, open)), "taken apart here") {
				t.Errorf("%q, %q", s.Caption, s.Label(pair(3, open)))
			}
			if n := len(s.Marks); n > 400 {
				t.Errorf("%d marks", n)
			}
			if s.Height > 1000 && width >= 720 || s.Height > 1300 {
				t.Errorf("%v wide: %v high", width, s.Height)
			}
		}
	}
	st := steps(record.Self, pair(300, 7), 720)
	st.HideSpecial = true
	if s := build(t, r, st); s.Label(pair(3, 0)) != "" || !strings.Contains(s.Caption, "Special tokens are hidden, but stay in the sums") {
		t.Errorf("%q, %q", s.Label(pair(3, 0)), s.Caption)
	}
}

func TestStepsWalk(t *testing.T) {
	r := detailed(record.Self, record.ScaledDot, 5, 2, 16, 8)
	s := build(t, r, steps(record.Self, pair(2, 3), 720))
	at := view.Ref{}
	for _, step := range []struct {
		rows, cols int
		want       view.Ref
	}{
		{1, 1, pair(0, 0)}, {0, 20, pair(0, 15)}, {1, 0, pair(1, 15)}, {1, 0, pair(2, 15)}, {1, 0, pair(3, 4)}, {0, 1, pair(3, 4)}, {0, -2, pair(3, 2)},
		{1, 0, pair(4, 2)}, {100, 0, pair(len(s.Grid.Rows)-1, 2)}, {-100, -100, pair(0, 0)},
	} {
		if at = s.Move(at, step.rows, step.cols); at != step.want {
			t.Fatalf("at %v, want %v", at, step.want)
		}
	}
}

// What cannot be drawn is a sentence; what contradicts itself an error.
func TestNoSteps(t *testing.T) {
	r := detailed(record.Self, record.ScaledDot, 5, 2, 16, 8)
	without := detailed(record.Self, record.ScaledDot, 5, 2, 16, 8)
	without.Detail = nil
	two := detailed(record.Self, record.ScaledDot, 5, 2, 16, 8)
	two.Maps = append(two.Maps, two.Maps[0])
	two.Maps[1].Head = 1
	for _, c := range []struct {
		r    *record.Record
		s    view.State
		want string
	}{
		{nil, steps(record.Self, view.Ref{}, 720), "the text is empty"},
		{&record.Record{}, steps(record.Self, view.Ref{}, 720), "the text is empty"},
		{without, steps(record.Self, view.Ref{}, 720), "does not hold how a weight of encoder self-attention, layer 0, came about"},
		{r, steps(record.Cross, view.Ref{}, 720), "no output"},
		{r, steps(record.Decoder, view.Ref{}, 720), "holds no decoder self-attention"},
		{r, steps(record.Self, query(3), 720), "and of no other word"},
		{two, view.State{View: view.Steps, Kind: record.Self}, "A mean over heads has no steps"},
		{two, view.State{View: view.Steps, Kind: record.Self, Heads: record.Heads(0, 1)}, "A mean over heads has no steps"},
		{two, view.State{View: view.Steps, Kind: record.Self, Heads: record.Heads(1)}, "does not hold how"},
	} {
		if s := build(t, c.r, c.s); !strings.Contains(s.Sentence, c.want) {
			t.Errorf("%q, want %q", s.Sentence, c.want)
		}
	}
	if s := build(t, r, view.State{View: view.Steps, Kind: record.Self}); s.Sentence != "" {
		t.Errorf("the only head: %q", s.Sentence)
	}
	r.Detail.K = r.Detail.K[:7]
	if s, err := view.Build(r, steps(record.Self, view.Ref{}, 720), view.Env{}); err == nil {
		t.Errorf("no error but %q", s.Title)
	}
	if _, err := view.Build(r, view.State{View: view.Steps, Kind: "global"}, view.Env{}); err == nil {
		t.Error("a kind that there is not")
	}
}

func TestStepsInside(t *testing.T) {
	long := detailed(record.RNN, record.Additive, 40, 3, 192, 512)
	long.Tokens.Source[3].Text, long.Tokens.Target[4].Text = strings.Repeat("very-long-", 30), strings.Repeat("sehr-lang-", 30)
	hebrew := detailed(record.Decoder, record.ScaledDot, 9, 4, 1, 1)
	hebrew.Tokens.Source[2].Text, hebrew.Tokens.Source[4].Text = " שלום!", "\x00"
	big := detailed(record.Self, record.Dot, 12, 1, 7, 3)
	for i := range big.Detail.Scores {
		big.Detail.Scores[i], big.Detail.K[i] = 1e30, -3e37
	}
	for name, c := range map[string]struct {
		r    *record.Record
		kind record.Kind
		row  int
	}{"long": {long, record.RNN, 3}, "masked": {hebrew, record.Decoder, 4}, "large": {big, record.Self, 1},
		"self": {detailed(record.Self, record.General, 12, 5, 32, 32), record.Self, 5}} {
		for _, width := range []float64{1, 240, 320, 340, 559, 560, 720, 1100, 2560} {
			for _, focus := range []view.Ref{{}, pair(0, 0), pair(3, 3), pair(5, 3), pair(6, 0), pair(7, 0), pair(9, 2)} {
				st := steps(c.kind, pair(c.row, 3), width)
				st.Focus = focus
				s := build(t, c.r, st)
				for _, m := range shown[view.Text](s) {
					w := view.ApproxWidth(m.Text, m.Font)
					x := m.X - w*float64(m.Anchor)/2
					if x < -0.5 || x+w > s.Width+1 || m.Y > s.Height || m.Y < 0 {
						t.Errorf("%s, %v wide, at %v: %q from %v to %v at %v, in %v by %v", name, width, focus, m.Text, x, x+w, m.Y, s.Width, s.Height)
					}
				}
				for _, m := range shown[view.Cells](s) {
					for _, v := range m.Values {
						if v != v {
							t.Fatalf("%s: a cell is not a number", name)
						}
					}
				}
			}
		}
	}
}

// TestTrueSteps draws what real runs keep.
func TestTrueSteps(t *testing.T) {
	for _, c := range []struct {
		task, kind, text string
		of               record.Kind
	}{{model.Translation, "additive", "the cat sat", record.RNN}, {model.Translation, "dot", "the cat sat", record.RNN}, {model.Generation, "gpt2", "the cat sat", record.Decoder}, {model.Fill, "bert", "the __ sat", record.Self}} {
		r := session(t, c.task, c.kind, c.text)
		if r.Detail == nil || r.Detail.Kind != c.of {
			t.Fatalf("%s: no detail", c.kind)
		}
		for j := range r.Detail.Scores {
			s := build(t, r, steps(c.of, pair(r.Detail.Row, j), 720))
			if s.Sentence != "" {
				t.Fatal(s.Sentence)
			}
			all := strips(s, len(r.Detail.Q))
			end := float64(r.Detail.Q[0]) / float64(all[0].Values[0])
			sum := 0.0
			if r.Detail.Score != record.Additive { // whose product has a scale of its own
				for _, v := range all[2].Values[:len(r.Detail.Q)] {
					sum += float64(v) * end * float64(r.Detail.Scale)
				}
				if math.Abs(sum-float64(r.Detail.Scores[j])) > 1e-5*(1+math.Abs(sum)) {
					t.Errorf("%s: the product that is drawn comes to %v, the score is %v", c.kind, sum, r.Detail.Scores[j])
				}
			}
		}
	}
}
