package view_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	keyed "heed/core/text"
	"heed/core/token"
	"heed/core/view"
)

// softly is two words that become three, each with a context of its own, of four numbers.
func softly() *record.Record {
	r := translation()
	r.Maps = []record.Map{{Kind: record.RNN, Rows: 3, Cols: 2, Weights: []float32{0.9, 0.1, 0.25, 0.75, 0.5, 0.5}}}
	r.Context = &record.Context{Rows: 3, Cols: 4, States: []float32{0.8, -0.4, 0, 1, -0.8, 0.4, 0.2, 0}}
	for i := range 3 {
		for d := range 4 {
			r.Context.Values = append(r.Context.Values, r.Maps[0].At(i, 0)*r.Context.States[d]+r.Maps[0].At(i, 1)*r.Context.States[4+d])
		}
	}
	return r
}

// fixedly is the same words, with one context for all.
func fixedly(cols int) *record.Record {
	r := translation()
	r.Maps, r.Context = nil, &record.Context{Rows: 1, Cols: cols}
	for i := range cols {
		r.Context.Values = append(r.Context.Values, float32(math.Sin(float64(i))))
	}
	return r
}

// vectors collects the cells with a sign, but for the legend's.
func vectors(s *view.Scene) (all []view.Cells) {
	for _, c := range shown[view.Cells](s) {
		if c.Signed && c.H > 0 && !(c.Cols == 49 && c.Rows == 1 && c.W == 96) {
			all = append(all, c)
		}
	}
	return all
}

// texts is all that is written in a scene.
func texts(s *view.Scene) string {
	var b strings.Builder
	for _, t := range shown[view.Text](s) {
		b.WriteString(t.Text + "\n")
	}
	return b.String()
}

func TestFixedContext(t *testing.T) {
	r := fixedly(512)
	for _, width := range []float64{320, 340, 600, 1100, 2560} {
		s := build(t, r, view.State{View: view.Context, Width: width})
		if s.Width > width {
			t.Errorf("%v wide: the scene is %v wide", width, s.Width)
		}
		all := vectors(s)
		if len(all) != 1 {
			t.Fatalf("%v wide: %d vectors", width, len(all))
		}
		c := all[0]
		if side := c.W / float64(c.Cols); side < 4 || c.Rows*c.Cols != 512 || c.H/float64(c.Rows) != side {
			t.Errorf("%v wide: %d × %d numbers, each %v wide", width, c.Rows, c.Cols, side)
		}
		said := strings.Join(strings.Fields(strings.ReplaceAll(texts(s), "\n", " ")), " ")
		for _, want := range []string{"All of the sentence must pass through these 512 numbers; every output word gets the same ones.", "good", "bonne", "nuit", "−1", "0", "1", "value"} {
			if !strings.Contains(said, want) {
				t.Errorf("%v wide: %q is not written", width, want)
			}
		}
		// Each word is joined to the vector: two on the one side, three on the other.
		above, below := 0, 0
		for _, k := range shown[view.Curve](s) {
			a, b := k.P[0], k.P[3]
			if b[0] < c.X || b[0] > c.X+c.W {
				t.Errorf("%v wide: a thread ends beside the vector", width)
			}
			if a[1] < c.Y && math.Abs(b[1]-c.Y) < 6 {
				above++
			}
			if a[1] > c.Y+c.H && math.Abs(b[1]-c.Y-c.H) < 6 {
				below++
			}
		}
		if above != 2 || below != 3 {
			t.Errorf("%v wide: %d threads above, %d below", width, above, below)
		}
		// Every number can be pointed at, and is called what it is.
		for d := range 512 {
			x, y := c.X+(float64(d%c.Cols)+0.5)*c.W/float64(c.Cols), c.Y+(float64(d/c.Cols)+0.5)*c.H/float64(c.Rows)
			h, ok := s.HitAt(x, y)
			if !ok || h.Ref != pair(0, d) || x < h.X || x > h.X+h.W || y < h.Y || y > h.Y+h.H {
				t.Fatalf("%v wide: on number %d is %+v", width, d, h)
			}
		}
	}
	s := build(t, r, view.State{View: view.Context, Focus: pair(0, 17)})
	want := "dimension 17 of the context: −0.96"
	if s.Label(pair(0, 17)) != want || s.Readout != want {
		t.Errorf("%q, %q, want %q", s.Label(pair(0, 17)), s.Readout, want)
	}
	if len(shown[view.Rect](s)) != 1 {
		t.Error("the number is not framed")
	}
	if got := s.Label(query(1)); got != "“nuit” gets the one context, as every output word does" {
		t.Error(got)
	}
	if got := s.Label(key(1)); got != "“night” goes into the one context" {
		t.Error(got)
	}
	word, _ := text(s, "nuit")
	if h, ok := s.HitAt(word.X+2, word.Y-4); !ok || h.Ref != query(1) {
		t.Errorf("on nuit is %v", h.Ref)
	}
	for _, ref := range []view.Ref{pair(1, 0), pair(0, 512), query(3), key(2)} {
		if got := s.Label(ref); got != "" {
			t.Errorf("%v is called %q", ref, got)
		}
	}
	if s := build(t, r, view.State{View: view.Context, HideSpecial: true}); strings.Contains(texts(s), "</s>") {
		t.Error("a hidden token is drawn")
	}
}

func TestFixedContextWalk(t *testing.T) {
	s := build(t, fixedly(512), view.State{View: view.Context, Width: 340}) // 8 lines of 64
	if len(s.Grid.Rows) != 1 || len(s.Grid.Cols) != 512 || s.Grid.Cols[17] != "dimension 17" {
		t.Errorf("a grid of %d × %d", len(s.Grid.Rows), len(s.Grid.Cols))
	}
	at := view.Ref{}
	for _, step := range []struct {
		rows, cols, want int
	}{{0, 0, 0}, {0, 1, 1}, {1, 0, 65}, {99, 0, 449}, {0, 999, 511}, {-1, 0, 447}, {-9, -9, 54}} {
		if at = s.Move(at, step.rows, step.cols); at != pair(0, step.want) {
			t.Fatalf("at %v, want %v", at, step.want)
		}
		x, y, w, _, ok := s.Place(at)
		if h, _ := s.HitAt(x+w/2, y+1); !ok || h.Ref != at {
			t.Errorf("%v is not where it is said to be", at)
		}
		if row, col, ok := s.Index(at); !ok || row != 0 || col != step.want {
			t.Errorf("%v has the index %d, %d", at, row, col)
		}
	}
}

func TestChange(t *testing.T) {
	before, after := fixedly(64), fixedly(64)
	after.Context.Values[5] += 0.5
	after.Context.Values[9] -= 0.25
	after.Context.Values[10] += 0.01 // too little to show
	s := build(t, after, view.State{View: view.Context, Width: 700}, view.Env{Before: before})
	all := vectors(s)
	if len(all) != 2 {
		t.Fatalf("%d vectors", len(all))
	}
	d := all[1]
	for i, skipped := range d.Skip {
		if skipped != (i != 5 && i != 9) {
			t.Errorf("change %d is skipped: %v", i, skipped)
		}
	}
	if math.Abs(float64(d.Values[5])-0.5) > 1e-6 || math.Abs(float64(d.Values[9])+0.25) > 1e-6 || d.H >= all[0].H || d.X != all[0].X || d.Y < all[0].Y+all[0].H {
		t.Errorf("the changes are %v, at %v", d.Values[:12], d)
	}
	if want := "change since the last keystroke: 2 of 64 numbers by more than 0.05"; !strings.Contains(texts(s), want) {
		t.Errorf("%q is not written in\n%s", want, texts(s))
	}
	if got := s.Label(pair(0, 9)); !strings.HasSuffix(got, ", changed by −0.25") {
		t.Error(got)
	}
	if got := s.Label(pair(0, 10)); strings.Contains(got, "changed") {
		t.Error(got)
	}
	// What cannot be compared is not.
	for name, b := range map[string]*record.Record{"width": fixedly(32), "soft": softly(), "none": translation(), "itself": after} {
		if s := build(t, after, view.State{View: view.Context}, view.Env{Before: b}); len(vectors(s)) != 1 {
			t.Errorf("%s: %d vectors", name, len(vectors(s)))
		}
	}
	soft, was := softly(), softly()
	was.Context.Values[4] += 0.3
	was.Tokens.Target[1].Text = "une"
	for row, want := range map[int]int{0: 0, 1: 1} { // the first word was another
		s := build(t, soft, view.State{View: view.Context, Chosen: query(row)}, view.Env{Before: was})
		if n := strings.Count(texts(s), "change since the last keystroke: 1 of 4"); n != want {
			t.Errorf("word %d: %d changes", row, n)
		}
	}
}

func TestSoftContext(t *testing.T) {
	r := softly()
	for _, width := range []float64{320, 700, 2560} {
		s := build(t, r, view.State{View: view.Context, Width: width, Threshold: 1})
		if s.Width > width {
			t.Errorf("%v wide: the scene is %v wide", width, s.Width)
		}
		// Three contexts; and of the first word two states and their sum.
		all := vectors(s)
		if len(all) != 6 {
			t.Fatalf("%v wide: %d vectors", width, len(all))
		}
		for i, c := range all {
			if c.X != all[0].X || c.W != all[0].W || i > 0 && c.Y < all[i-1].Y+all[i-1].H {
				t.Errorf("%v wide: vector %d lies at %v, %v", width, i, c.X, c.Y)
			}
		}
		for d := range 4 {
			if got, want := all[3].Values[d], 0.9*r.Context.States[d]; math.Abs(float64(got-want)) > 1e-6 {
				t.Errorf("the state of the first word, weighed, is %v at %d, want %v", got, d, want)
			}
			if got, want := all[5].Values[d], r.Context.Values[d]; got != want {
				t.Errorf("the sum is %v at %d, want %v", got, d, want)
			}
		}
		for i, want := range []string{"“bonne”: 0.90 of “good” and 0.10 of “night”", "“nuit”: 0.75 of “night” and 0.25 of “good”", "“</s>”: 0.50 of “good” and 0.50 of “night”"} {
			if got := s.Label(query(i)); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			if got := s.RowLabel(i); got != want {
				t.Errorf("the row is called %q, want %q", got, want)
			}
			h, ok := s.HitAt(8, all[i].Y+2)
			if width > 600 && (!ok || h.Ref != query(i)) {
				t.Errorf("beside context %d is %v", i, h.Ref)
			}
			c := all[i]
			if h, ok := s.HitAt(c.X+c.W*0.6, c.Y+1); !ok || h.Ref != pair(i, 2) {
				t.Errorf("on context %d is %v", i, h.Ref)
			}
		}
		for _, want := range []string{"0.90", "0.10", "0.75", "good", "night", "0.90 ×", "0.10 ×", "=", "bonne"} {
			if _, ok := text(s, want); !ok {
				t.Errorf("%v wide: %q is not written", width, want)
			}
		}
		if h, ok := s.HitAt(all[4].X+1, all[4].Y+1); !ok || h.Ref != pair(0, 0) {
			t.Errorf("on a weighed state is %v", h.Ref)
		}
	}
}

func TestSoftContextOpens(t *testing.T) {
	r := softly()
	const key1 = "0.75 of “night” is in the context of “nuit”"
	for name, st := range map[string]view.State{
		"chosen":  {Chosen: query(1)},
		"pointed": {Focus: query(1), Chosen: query(2)},
		"number":  {Focus: pair(1, 3)},
		"key":     {Focus: view.Ref{Part: view.Key, Row: 1, Col: 1}},
	} {
		st.View, st.Width = view.Context, 900
		s := build(t, r, st)
		all := vectors(s)
		if got, want := all[len(all)-1].Values[0], r.Context.Values[4]; got != want {
			t.Errorf("%s: the sum begins with %v, want %v", name, got, want)
		}
		// The strongest comes first.
		if got := s.Label(view.Ref{Part: view.Key, Row: 1, Col: 1}); got != key1 {
			t.Errorf("%s: %q", name, got)
		}
		label, _ := text(s, "0.75 ×")
		if h, ok := s.HitAt(10, label.Y); !ok || h.Ref != (view.Ref{Part: view.Key, Row: 1, Col: 1}) {
			t.Errorf("%s: on the first state is %v", name, h.Ref)
		}
	}
	s := build(t, r, view.State{View: view.Context, Width: 900, Focus: pair(1, 3)})
	if want := "dimension 3 of the context of “nuit”: 0.25 = 0.75 × 0.00 + 0.25 × 1.00"; s.Readout != want {
		t.Errorf("%q, want %q", s.Readout, want)
	}
	for _, want := range []string{"1.0000", "0.2500", "0.0000", "="} {
		if _, ok := text(s, want); !ok {
			t.Errorf("%q is not written", want)
		}
	}
	if n := len(shown[view.Rect](s)); n != 4 { // in the context, two states and the sum
		t.Errorf("%d numbers are framed", n)
	}
	at := s.Move(view.Ref{}, 0, 0)
	for _, step := range []struct {
		rows, cols int
		want       view.Ref
	}{{0, 0, pair(0, 0)}, {1, 1, pair(1, 1)}, {9, 9, pair(2, 3)}, {-1, 0, pair(1, 3)}} {
		if at = s.Move(at, step.rows, step.cols); at != step.want {
			t.Fatalf("at %v, want %v", at, step.want)
		}
		if row, col, ok := s.Index(at); !ok || row != at.Row || col != at.Col {
			t.Errorf("%v has the index %d, %d", at, row, col)
		}
		x, y, w, h, ok := s.Place(at)
		if hit, _ := s.HitAt(x+w/2, y+h/2); !ok || hit.Ref != at {
			t.Errorf("%v is not where it is said to be", at)
		}
	}
	if got := s.Move(query(1), 0, 1); got != pair(1, 0) {
		t.Errorf("from a word to %v", got)
	}
	// What the share does not name is among the others.
	s = build(t, r, view.State{View: view.Context, Threshold: 0.5, Width: 900})
	if got, want := s.Label(query(0)), "“bonne”: 0.90 of “good” and 0.10 of “night”"; got != want { // one other has a name
		t.Errorf("%q, want %q", got, want)
	}
	wide := square(9)
	wide.Tokens.Target = append([]record.Token{{Special: true}}, wide.Tokens.Source...)
	wide.Maps[0].Kind = record.RNN
	wide.Context = &record.Context{Rows: 9, Cols: 2, Values: make([]float32, 18)}
	s = build(t, wide, view.State{View: view.Context, Threshold: 0.3, Width: 900})
	if got := s.Label(query(0)); !strings.Contains(got, " others") {
		t.Error(got)
	}
	if !strings.Contains(texts(s), "does not hold the states") {
		t.Error("it is not said that the states are missing")
	}
}

func TestSoftContextWithoutWeights(t *testing.T) {
	r := softly()
	r.Maps = nil
	s := build(t, r, view.State{View: view.Context, Width: 900, Focus: pair(0, 1)})
	if len(vectors(s)) != 3 || !strings.Contains(s.Caption, "does not hold the weights") || s.Label(query(0)) != "“bonne” has a context of its own" {
		t.Errorf("%d vectors, %q, %q", len(vectors(s)), s.Caption, s.Label(query(0)))
	}
	if s.Label(key(0)) != "" {
		t.Error("a source word is there")
	}
}

func TestHiddenStaysInTheSum(t *testing.T) {
	r := softly()
	r.Tokens.Source[1].Special = true
	s := build(t, r, view.State{View: view.Context, HideSpecial: true, Width: 900})
	if got, want := s.Label(query(0)), "“bonne”: 0.90 of “good” and 0.10 of 1 other"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if s.Label(query(2)) != "" || len(s.Grid.Rows) != 2 {
		t.Error("a special token is there")
	}
	all := vectors(s)
	if d := all[3].Values[0] - 0.1*r.Context.States[4]; math.Abs(float64(d)) > 1e-6 {
		t.Errorf("the other brings %v", all[3].Values)
	}
}

func TestNoContext(t *testing.T) {
	rnn := softly()
	rnn.Context = nil
	none := fixedly(4)
	none.Tokens.Target = nil
	for name, c := range map[string]struct {
		r    *record.Record
		want string
	}{
		"transformer": {translation(), "This model has no context vector: "},
		"left out":    {rnn, "holds no context vector"},
		"no text":     {&record.Record{}, "text is empty"},
		"no record":   {nil, "text is empty"},
		"no output":   {none, "no output"},
	} {
		s := build(t, c.r, view.State{View: view.Context})
		if !strings.Contains(s.Sentence, c.want) || !strings.Contains(strings.ReplaceAll(texts(s), "\n", " "), c.want[:9]) {
			t.Errorf("%s: %q", name, s.Sentence)
		}
		if s.Move(view.Ref{}, 1, 0) != (view.Ref{}) || s.Label(pair(0, 0)) != "" || s.RowLabel(0) != "" {
			t.Errorf("%s: something to walk to", name)
		}
	}
	for name, c := range map[string]*record.Context{
		"values": {Rows: 1, Cols: 4, Values: make([]float32, 3)},
		"states": {Rows: 1, Cols: 2, Values: make([]float32, 2), States: make([]float32, 5)},
		"rows":   {Rows: 2, Cols: 2, Values: make([]float32, 4)},
		"zero":   {},
		"large":  {Rows: math.MaxInt / 2, Cols: 4, Values: make([]float32, 8)},
	} {
		r := translation()
		r.Context = c
		if s, err := view.Build(r, view.State{View: view.Context}, view.Env{}); err == nil {
			t.Errorf("%s: no error but %q", name, s.Title)
		}
	}
}

// A text of 512 tokens, and a vector of many numbers, stay bounded, and it is said what is cut.
func TestLongContext(t *testing.T) {
	long := square(512)
	long.Tokens.Target = append([]record.Token{{Special: true}}, long.Tokens.Source...)
	long.Maps[0].Kind = record.RNN
	long.Context = &record.Context{Rows: 512, Cols: 512, Values: make([]float32, 512*512), States: make([]float32, 512*512)}
	one := *long
	one.Maps, one.Context = nil, &record.Context{Rows: 1, Cols: 60000, Values: make([]float32, 60000)}
	for _, width := range []float64{320, 1100, 2560} {
		s := build(t, long, view.State{View: view.Context, Width: width, Chosen: query(300)})
		if len(s.Marks) > 1500 || s.Height > 6000 || !strings.Contains(s.Caption, "Words 289 to 336 of 512 are drawn") {
			t.Errorf("%v wide: %d marks, %v high: %s", width, len(s.Marks), s.Height, s.Caption)
		}
		first := s.Move(view.Ref{}, 0, 0)
		if row, _, _ := s.Index(first); first != pair(288, 0) || row != 0 || len(s.Grid.Rows) != 48 {
			t.Errorf("the grid has %d rows and begins at %v", len(s.Grid.Rows), first)
		}
		if at := s.Move(pair(335, 7), 1, 0); at != pair(336, 7) {
			t.Errorf("beyond the last row is %v", at)
		}
		if _, _, _, _, ok := s.Place(pair(336, 7)); ok {
			t.Error("what is not drawn has a place")
		}
		s = build(t, &one, view.State{View: view.Context, Width: width})
		if len(s.Marks) > 1500 || s.Height > 3000 || !strings.Contains(texts(s), "more tokens, not drawn") || !strings.Contains(s.Caption, "the first 4096 are drawn") {
			t.Errorf("%v wide: %d marks, %v high: %s", width, len(s.Marks), s.Height, s.Caption)
		}
	}
}

// session runs a small random model of a task; kind is a model_type or an attention.
func session(t *testing.T, task, kind, text string) *record.Record {
	t.Helper()
	special := map[string][]string{model.Generation: {model.EndOfText}, model.Fill: {model.Padding, model.Class, model.Separator, model.Mask}}[task]
	if special == nil {
		special = []string{"<pad>", token.End}
	}
	k, err := token.Train(func(yield func(string) bool) {
		for range 3 {
			if !yield("the cat sat on the mat, le chat") {
				return
			}
		}
	}, 280, special)
	if err != nil {
		t.Fatal(err)
	}
	switch task {
	case model.Generation:
		k.Surround(special, nil)
	case model.Fill:
		k.Surround([]string{model.Class}, []string{model.Separator})
	}
	vocab := `{"vocab_size": ` + strconv.Itoa(k.Len())
	config := map[string]string{
		"gpt2": `, "model_type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 32, "bos_token_id": 0, "eos_token_id": 0}`,
		"bert": `, "model_type": "bert", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32}`,
	}[kind]
	if config == "" {
		config = `, "model_type": "recurrent", "d_model": 12, "encoder_layers": 1, "encoder_hidden_size": 8, "bidirectional": true, "decoder_hidden_size": 16,
			"attention": "` + kind + `", "attention_dim": 10, "tie_word_embeddings": true, "scale_embedding": true, "max_position_embeddings": 48,
			"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}`
	}
	net, err := model.NewNet([]byte(vocab + config))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	m := &model.Model{Name: "tiny", About: model.About{Task: task}, Tokenizer: k, Net: net}
	at := &record.Place{Kind: map[string]record.Kind{model.Generation: record.Decoder, model.Fill: record.Self}[task], Row: 1}
	if at.Kind == "" {
		at.Kind = record.RNN
	}
	o := run.Options{MaxTokens: 7, Detail: at}
	if task == model.Fill {
		o.MaxTokens = 0 // it writes nothing
	}
	r, err := run.NewSession(m).Run(text, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTrueSums wants what is drawn of a real run to be true: the parts of a sum come to its context,
// to 1e-5, whatever is named and whatever is among the others.
func TestTrueSums(t *testing.T) {
	for _, kind := range []string{"additive", "general"} {
		r := session(t, model.Translation, kind, "the cat sat on the mat")
		for _, st := range []view.State{{}, {Threshold: 1}, {Threshold: 0.1}, {HideSpecial: true}} {
			for row := range r.Context.Rows {
				st.View, st.Width, st.Chosen = view.Context, 900, query(row)
				s := build(t, r, st)
				if s.Label(query(row)) == "" {
					continue // hidden
				}
				all := vectors(s)
				parts := all[len(s.Grid.Rows):]
				sum := parts[len(parts)-1]
				for d := range r.Context.Cols {
					got := 0.0
					for _, p := range parts[:len(parts)-1] {
						got += float64(p.Values[d])
					}
					want := float64(r.Context.Values[row*r.Context.Cols+d])
					if math.Abs(got-want) > 1e-5 || float64(sum.Values[d]) != want {
						t.Fatalf("%s, word %d: the parts come to %v at %d, the sum is %v, the context %v", kind, row, got, d, sum.Values[d], want)
					}
				}
			}
		}
	}
	r := session(t, model.Translation, "none", "the cat sat")
	s := build(t, r, view.State{View: view.Context})
	for d, v := range vectors(s)[0].Values {
		if v != r.Context.Values[d] {
			t.Fatalf("number %d is drawn as %v, want %v", d, v, r.Context.Values[d])
		}
	}
	if s := build(t, r, view.State{Kind: record.RNN}); !strings.Contains(s.Sentence, "holds no attention") {
		t.Errorf("%q", s.Sentence)
	}
}

// TestOtherRecords draws what recurrent, decoder-only and encoder-only models see, in all views.
func TestOtherRecords(t *testing.T) {
	for _, c := range []struct {
		task, kind, text string
		of               record.Kind
		query, key       string // names over the columns of words
		lead             string
	}{
		{model.Translation, "additive", "the cat sat", record.RNN, "output", "source", "while it is being chosen"},
		{model.Generation, "gpt2", "the cat sat", record.Decoder, "text", "text", "never ahead"},
		{model.Fill, "bert", "the __ sat", record.Self, "text", "text", "looks at words on the left."},
	} {
		r := session(t, c.task, c.kind, c.text)
		s := build(t, r, view.State{Kind: c.of, Threshold: 1})
		if s.Sentence != "" {
			t.Fatalf("%s: %s", c.kind, s.Sentence)
		}
		said := texts(s)
		for _, want := range []string{c.query + ", " + keyed.Of(keyed.QueryWord), c.key + ", " + keyed.Of(keyed.KeyWord), c.lead} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q is not written in\n%s", c.kind, want, said)
			}
		}
		queries, keys := r.Queries(c.of), r.Keys(c.of)
		m := r.Find(c.of, 0, 0)
		if m.Rows != len(queries) || m.Cols != len(keys) {
			t.Fatalf("%s: %d × %d for %d × %d", c.kind, m.Rows, m.Cols, len(queries), len(keys))
		}
		s = build(t, r, view.State{View: view.Heatmap, Kind: c.of, Heads: record.Heads(0)})
		name := func(k record.Token) string { return strings.TrimSpace(k.Text) }
		for i, q := range queries {
			for j, k := range keys {
				want := name(q) + " looks at " + name(k) + ", "
				if got := s.Label(pair(i, j)); name(q) != "" && name(k) != "" && !strings.HasPrefix(got, want) && !strings.ContainsAny(want, "\ufffd\x00\n\\") && printable(want) {
					t.Errorf("%s: %q, want %q", c.kind, got, want)
				}
			}
		}
		if c.of == record.Decoder {
			if got := s.Label(pair(0, 2)); !strings.HasSuffix(got, "(masked)") {
				t.Errorf("ahead is not masked: %q", got)
			}
		}
		if got := s.RowLabel(0); got != "" {
			t.Errorf("%s: the row is called %q", c.kind, got)
		}
		p := build(t, r, view.State{View: view.Predictions})
		if p.Sentence != "" || len(p.Hits) == 0 {
			t.Errorf("%s: no predictions: %s", c.kind, p.Sentence)
		}
	}
}

// printable says whether a text is shown as it is.
func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}
