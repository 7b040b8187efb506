package run

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// TestReadingIsKept edits a text in one session, at its end mostly, writes it on, changes attention and
// looks into it in between, and wants what fresh sessions give.
func TestReadingIsKept(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	s := NewSession(m)
	random := rand.New(rand.NewPCG(5, 6))
	place := record.Place{Kind: record.Decoder, Layer: 1, Head: 2, Row: 1}
	text := []rune("the cat")
	for step := range 150 {
		text = retype(random, text, []rune("the cat sat on a mat, dog été "))
		var o Options
		switch random.IntN(12) {
		case 0:
			o.Changes.Off = []record.Place{{Kind: record.Decoder, Layer: 0, Head: random.IntN(4)}}
		case 1:
			o.Changes.Force = []record.Forced{{Place: place, Col: 0, Weight: 0.9}}
		case 2:
			o.Detail = &place
		case 3, 4:
			o.MaxTokens, o.Sampling = 1+random.IntN(5), Sampling{Temperature: 1, Seed: random.Uint64()}
		}
		got, err := s.Run(string(text), o)
		if err != nil {
			t.Fatal(err)
		}
		fresh := NewSession(m)
		want, err := fresh.Run(string(text), o)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Changes.Any() {
			check(t, got)
		}
		equal(t, got, want, 1e-5)
		likely, _ := fresh.Next(Sampling{Temperature: 1})
		kept, err := s.Next(Sampling{Temperature: 1})
		if err != nil || len(kept) == 0 {
			t.Fatalf("nothing may follow: %v", err)
		}
		for i, c := range kept {
			if d := math.Abs(float64(c.P - likely[i].P)); !(d < 1e-5) {
				t.Errorf("what may follow differs by %g", d)
			}
		}
		if t.Failed() {
			t.Fatalf("step %d, %q, %+v", step, string(text), o)
		}
	}
}

// retype changes a text as somebody does who types, at its end mostly.
func retype(random *rand.Rand, text, words []rune) []rune {
	n := 1 + random.IntN(4)
	switch at := random.IntN(len(text) + 1); random.IntN(8) {
	case 0:
		return slices.Insert(text, at, words[random.IntN(len(words))])
	case 1:
		return text[:at]
	case 2:
		return slices.Delete(text, at, min(at+n, len(text)))
	case 3: // the same again
		return text
	}
	from := random.IntN(len(words) - n)
	return append(text, words[from:from+n]...)
}

// TestOutputIsKept edits a text in one session of each model that turns a text into another, changes attention and
// gives a target in between, and wants what fresh sessions give: of small models whose weights are drawn, and of the
// shipped ones in both forms of weights.
func TestOutputIsKept(t *testing.T) {
	type subject struct {
		name  string
		m     *model.Model
		words string
		steps int
		tol   float64
	}
	subjects := []subject{
		{"marian", modeltest.New(t, model.Translation, "marian"), "the cat sat on a mat, dog été ", 60, 1e-5},
		{"additive", modeltest.New(t, model.Translation, "additive"), "the cat sat on a mat, dog été ", 60, 1e-5},
		{"compression", modeltest.New(t, model.Compression, "marian"), "the cat sat on a mat, dog été ", 60, 1e-5},
	}
	for _, name := range []string{"en-fr", "en-fr-attention", "en-fr-context", "shorten"} {
		for _, compact := range []bool{false, true} {
			if compact && name != "en-fr" {
				continue // natively these products are slow
			}
			m, err := model.Open(os.DirFS("../../web/models/" + name))
			if err != nil {
				t.Fatal(err)
			}
			m.Net.Weights().Compact(compact)
			of := subject{name, m, "My old neighbour often tells me that his dog is very clever and bought a red car last week. ", 8, 5e-5}
			if compact { // where sums differ in the last digit, what they are rounded to may be another integer
				of.words, of.tol = "My old dog is very clever. ", 5e-4
			}
			subjects = append(subjects, of)
		}
	}
	for _, c := range subjects {
		random := rand.New(rand.NewPCG(7, 13))
		s := NewSession(c.m)
		words, text, kept := []rune(c.words), []rune(c.words)[:len([]rune(c.words))/2], 0
		for step := range c.steps {
			text = retype(random, text, words)
			var o Options
			if layers, heads := c.m.Net.Heads(record.Cross); layers > 0 && step%5 == 4 {
				o.Changes.Off = []record.Place{{Kind: record.Cross, Layer: layers - 1, Head: random.IntN(heads)}}
			}
			switch step % 7 {
			case 3:
				target := string(words[:10])
				o.Target = &target
			case 5:
				o.MaxTokens = 5
			}
			before := slices.Clone(s.output)
			got, err := s.Run(string(text), o)
			if err != nil {
				t.Fatal(err)
			}
			want, err := NewSession(c.m).Run(string(text), o)
			if err != nil {
				t.Fatal(err)
			}
			if equal(t, got, want, c.tol); t.Failed() {
				t.Fatalf("%s, step %d, %q, %+v", c.name, step, string(text), o)
			}
			if len(s.output) > 2 && len(before) > 2 && s.output[0] == before[0] {
				kept++
			}
		}
		if kept == 0 {
			t.Errorf("%s: no output began as the one before: this test shows nothing", c.name)
		}
	}
}

// equal wants two Records to be the same except for rounding.
func equal(t *testing.T, got, want *record.Record, tol float64) {
	t.Helper()
	if got.Text != want.Text || got.Output != want.Output || !cmp.Equal(got.Tokens, want.Tokens) || !slices.Equal(got.Notices, want.Notices) {
		t.Errorf("the texts are %q and %q, the notices %q and %q; the tokens (-want +got):\n%s", got.Text, want.Text, got.Notices, want.Notices, cmp.Diff(want.Tokens, got.Tokens))
		return
	}
	if len(got.Maps) != len(want.Maps) || len(got.Predictions) != len(want.Predictions) || (got.Detail == nil) != (want.Detail == nil) {
		t.Errorf("%d maps and %d predictions, not %d and %d", len(got.Maps), len(got.Predictions), len(want.Maps), len(want.Predictions))
		return
	}
	for i, g := range got.Maps {
		w := want.Maps[i]
		if g.Kind != w.Kind || g.Layer != w.Layer || g.Head != w.Head || g.Rows != w.Rows || g.Cols != w.Cols || !slices.Equal(g.Mask, w.Mask) {
			t.Errorf("map %d is another", i)
		}
		for j := range w.Weights {
			if d := math.Abs(float64(g.Weights[j] - w.Weights[j])); !(d < tol) {
				t.Errorf("map %d differs by %g in row %d", i, d, j/w.Cols)
				return
			}
		}
	}
	for i, g := range got.Predictions {
		w := want.Predictions[i]
		if g.Position != w.Position || len(g.Top) != len(w.Top) {
			t.Errorf("prediction %d is at %d and has %d tokens, not %d and %d", i, g.Position, len(g.Top), w.Position, len(w.Top))
			return
		}
		for j := range w.Top {
			if d := math.Abs(float64(g.Top[j].P - w.Top[j].P)); !(d < tol) {
				t.Errorf("prediction %d differs by %g", i, d)
			}
		}
	}
}

// TestReadingSavesSteps changes all weights between two runs: what the second still has of the first was
// not computed again, and whatever is new was.
func TestReadingSavesSteps(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	s := NewSession(m)
	before, err := s.Run("the cat sat", Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.Net.Init(rand.New(rand.NewPCG(7, 8)))
	after, err := s.Run("the cat sat on", Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := len(before.Tokens.Source)
	for i, b := range before.Maps {
		for row := range n {
			if a := after.Maps[i]; !slices.Equal(a.Weights[row*a.Cols:][:n], b.Weights[row*n:][:n]) {
				t.Fatalf("map %d: row %d was computed again", i, row)
			}
		}
	}
	s.kept.ids = nil
	anew, err := s.Run("the cat sat on", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(anew.Maps[0].Weights, after.Maps[0].Weights) {
		t.Error("other weights change nothing")
	}
}

// TestSomeMaps leaves maps out of a Record, and wants the session to have them, as a Record that has all.
func TestSomeMaps(t *testing.T) {
	s := NewSession(modeltest.New(t, model.Generation, "gpt2"))
	const text = "the cat sat on a dog"
	var all *record.Record
	for range 2 { // the second time only the last token is read anew, as in what follows
		var err error
		if all, err = s.Run(text, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	some, err := s.Run(text, Options{Maps: func(kind attention.Kind, layer int) bool { return kind == record.Decoder && layer == 1 }})
	if err != nil {
		t.Fatal(err)
	}
	if len(some.Maps) == 0 || len(some.Maps) == len(all.Maps) {
		t.Fatalf("%d of %d maps", len(some.Maps), len(all.Maps))
	}
	for _, m := range some.Maps {
		if m.Layer != 1 {
			t.Errorf("a map of layer %d", m.Layer)
		}
	}
	var whole []record.Map
	for _, stack := range s.Model.Stacks() {
		for layer := range stack.Layers {
			whole = append(whole, s.Maps(stack.Kind, layer)...)
		}
	}
	if d := cmp.Diff(all.Maps, whole); d != "" {
		t.Errorf("the maps that were left out are others (-want +got):\n%s", d)
	}
	changed, err := s.Run(text, Options{Maps: func(attention.Kind, int) bool { return false }, Changes: record.Changes{Off: []record.Place{{Kind: record.Decoder}}}})
	if err != nil || len(changed.Maps) != len(all.Maps) {
		t.Errorf("a run with changes has %d maps, want %d: %v", len(changed.Maps), len(all.Maps), err)
	}
}

// counted counts the rows that its logits are computed of, which are those that its decoder went through, and the
// passes.
type counted struct {
	model.Net
	rows, passes int
}

func (c *counted) Logits(p *grad.Pass, x grad.Value) grad.Value {
	c.rows += x.X.Rows
	c.passes++
	return c.Net.Logits(p, x)
}

// TestRowsOfAKey types a sentence and counts what its decoder computes: a first run puts each token in once, for the
// output and the maps alike, and what follows a key is mostly one pass over the last output.
func TestRowsOfAKey(t *testing.T) {
	m, err := model.Open(os.DirFS("../../web/models/en-fr"))
	if err != nil {
		t.Fatal(err)
	}
	net := &counted{Net: m.Net}
	m.Net = net
	const text = "I see a red car in the street"
	s, keys, tokens := NewSession(m), 0, 0
	for n := len("I see a"); n <= len(text); n++ {
		r, err := s.Run(text[:n], Options{})
		if err != nil {
			t.Fatal(err)
		}
		keys++
		tokens += len(r.Tokens.Target) - 1 // the last is not put in
	}
	typed := *net
	*net = counted{Net: net.Net}
	r, err := NewSession(m).Run(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Tokens.Target) - 1; net.rows != n || net.passes != n {
		t.Errorf("a first run of %d tokens computes %d rows in %d passes", n, net.rows, net.passes)
	}
	t.Logf("a key: %.1f tokens of output, of which %.1f rows in %.1f passes are computed; written token by token and then read as a whole they are %.1f rows in %.1f passes",
		float64(tokens)/float64(keys), float64(typed.rows)/float64(keys), float64(typed.passes)/float64(keys), 2*float64(tokens)/float64(keys), float64(tokens+keys)/float64(keys))
	if 5*typed.rows > 8*tokens || 2*typed.passes > tokens {
		t.Errorf("%d tokens of output in %d keys took %d rows in %d passes", tokens, keys, typed.rows, typed.passes)
	}
}
