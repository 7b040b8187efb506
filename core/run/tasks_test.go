package run

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/recurrent"
	"heed/core/token"
	"heed/core/weights"
)

var texts = []string{"", " ", "a", "the cat sat on the mat", "The cat, it's \"said\", sat 12 times on the mat.", "日本語 🤝🏽 עברית", "a\x00b", "\xff\xfe", "é ß İstanbul ŉ",
	"___ cat [MASK] on", "\n\"\n", strings.Repeat("cat ", 300)}

// TestEveryTask runs all kinds of models on all kinds of texts, saves them, opens them, and wants
// valid Records that are the same.
func TestEveryTask(t *testing.T) {
	own := "the cat"
	for _, k := range modeltest.Networks {
		m := modeltest.New(t, k.Task, k.Kind)
		dir := t.TempDir()
		if err := m.Save(dir, weights.F32); err != nil {
			t.Fatal(err)
		}
		back, err := model.Open(os.DirFS(dir))
		if err != nil {
			t.Fatalf("%s by %s: %v", k.Task, k.Kind, err)
		}
		if d := cmp.Diff(m.About, back.About); d != "" {
			t.Errorf("%s by %s is another (-saved +opened):\n%s", k.Task, k.Kind, d)
		}
		back.Name = m.Name
		s, again := NewSession(m), NewSession(back)
		for _, text := range texts {
			for _, o := range []Options{{}, {MaxTokens: 1}, {MaxTokens: 2}, {MaxTokens: 3}, {MaxTokens: 1000}, {Beam: 3, MaxTokens: 9}, {Target: &own},
				{MaxTokens: 9, Sampling: Sampling{Temperature: 1, Seed: 3}}} {
				if o.check(k.Task) != nil {
					continue // see TestOptions
				}
				r, err := s.Run(text, o)
				if err != nil {
					t.Fatalf("%s by %s, %.20q: %v", k.Task, k.Kind, text, err)
				}
				if err := r.Validate(); err != nil {
					t.Fatalf("%s by %s, %.20q, %+v: %v", k.Task, k.Kind, text, o, err)
				}
				check(t, r)
				same, err := again.Run(text, o)
				if err != nil || !cmp.Equal(r.Tokens, same.Tokens) || r.Output != same.Output {
					t.Errorf("%s by %s, %.20q: %q of the model that was saved, %q of the same opened: %v", k.Task, k.Kind, text, r.Output, same.Output, err)
				}
				maps := 0
				for _, stack := range m.Stacks() {
					maps += stack.Layers * stack.Heads
				}
				if strings.TrimSpace(text) != "" && len(r.Maps) != maps {
					t.Errorf("%s by %s, %.20q: %d maps, the stacks have %d", k.Task, k.Kind, text, len(r.Maps), maps)
				}
			}
		}
	}
}

func forms(words []word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.form)
	}
	return strings.Join(out, "|")
}

// TestSimplify wants words as the compression data has them.
func TestSimplify(t *testing.T) {
	for text, want := range map[string]string{
		"":             "",
		" ":            "",
		"a":            "a",
		".":            ".",
		"\"":           "``",
		"The cat sat.": "the|cat|sat|.",
		"Supermarket giants, he said, have begun a war!": "supermarket|giants|,|he|said|,|have|begun|a|war|!",
		"It's 5 o'clock.":                       "it|'s|##|o'clock|.",
		"They don’t; we’ll see":                 "they|do|n't|;|we|'ll|see",
		"He said \"stop it\" (twice).":          "he|said|``|stop|it|''|(|twice|)|.",
		"“Stop,” he said.":                      "``|stop|,|''|he|said|.",
		"$1,000.50 and 12% of 3.5":              "$|##|and|##|%|of|##",
		"(\"a b\")":                             "(|``|a|b|''|)",
		"a\n\"b\"":                              "a|``|b|''",
		"Mr. Smith of the U.K. left London. He": "mr.|smith|of|the|u.k.|left|london|.|he",
		"wait ... what -- ##":                   "wait|...|what|--|##",
		"a 1990s in-store 7:30":                 "a|1990s|in-store|7:30",
		"supermarket giants have begun a `` war '' of ## , '' he said .": "supermarket|giants|have|begun|a|``|war|''|of|##|,|''|he|said|.",
		"can't won't I'm you're I've he'd":                               "ca|n't|wo|n't|i|'m|you|'re|i|'ve|he|'d",
		"'s n't":                                                         "'s|n't",
		"Ünïcode İstanbul":                                               "ünïcode|istanbul",
		"juice could make us ill.":                                       "juice|could|make|us|ill|.",
		"juice , it seems , could make us ill.":                          "juice|,|it|seems|,|could|make|us|ill.",
		"the officer 's arms were signed over to acme international.":    "the|officer|'s|arms|were|signed|over|to|acme|international.",
	} {
		words := simplify(text)
		if got := forms(words); got != want {
			t.Errorf("%q becomes\n  %s, want\n  %s", text, got, want)
		}
		end := 0
		for _, w := range words {
			if w.start < end || w.end <= w.start || w.end > len(text) || strings.TrimSpace(text[end:w.start]) != "" {
				t.Errorf("%q: the word %q lies at %d to %d, after %d", text, w.form, w.start, w.end, end)
			}
			end = w.end
		}
		if strings.TrimSpace(text[end:]) != "" {
			t.Errorf("%q: %q is in no word", text, text[end:])
		}
		// What simplify writes stays as it is.
		if again := simplify(strings.TrimSpace(simple(words))); forms(again) != forms(words) {
			t.Errorf("%q: %s becomes %s when read again", text, forms(words), forms(again))
		}
	}
}

// TestPlace wants each piece of a compression model's input to lie in the word that it belongs to.
func TestPlace(t *testing.T) {
	m := modeltest.New(t, model.Compression, "marian")
	for _, text := range texts {
		r, err := NewSession(m).Run(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		words := simplify(r.Text)
		seen := -1
		for _, k := range r.Tokens.Source {
			if k.Special {
				continue
			}
			if k.Word != seen && k.Word != seen+1 {
				t.Errorf("%.20q: word %d follows %d", text, k.Word, seen)
			}
			seen = k.Word
			if w := words[k.Word]; k.Start < w.start || k.End > w.end || k.Start > k.End {
				t.Errorf("%.20q: the piece %q of %q lies at %d to %d, the word at %d to %d", text, k.Text, w.form, k.Start, k.End, w.start, w.end)
			}
		}
	}
}

// TestShortened spells subsequences as prose.
func TestShortened(t *testing.T) {
	m := modeltest.New(t, model.Compression, "marian")
	const text = "The big cat, \"Tom\", doesn't sit on 12 mats (or dogs)."
	words := simplify(text)
	if got, want := forms(words), "the|big|cat|,|``|tom|''|,|does|n't|sit|on|##|mats|(|or|dogs|)|."; got != want {
		t.Fatalf("the words are %s", got)
	}
	source := tokenIDs(m.Tokenizer.Encode(simple(words)))
	for _, c := range []struct {
		keep []int
		want string
	}{
		{nil, ""},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, text},
		{[]int{2, 8, 9, 10, 18}, "Cat doesn't sit."},
		{[]int{0, 2, 8, 10, 11, 12, 13}, "The cat does sit on 12 mats"},
		{[]int{5, 10, 14, 15, 16, 17, 18}, "Tom sit (or dogs)."},
		{[]int{4, 5, 6}, "\"Tom\""},
		{[]int{12}, "12"},
		{[]int{1, 4, 5, 6}, "Big \"Tom\""},
	} {
		var kept []word
		for _, i := range c.keep {
			kept = append(kept, words[i])
		}
		written := tokenIDs(m.Tokenizer.Encode(simple(kept)))
		got, tokens := shortened(m, text, words, source, written)
		if got != c.want {
			t.Errorf("%s becomes %q, want %q", forms(kept), got, c.want)
		}
		spelled := ""
		last := -1
		for _, k := range tokens {
			if k.Word != last && k.Word >= 0 {
				spelled += got[k.Start : k.Start+1]
				last = k.Word
			}
		}
		want := ""
		for _, w := range kept {
			want += text[w.start : w.start+1]
		}
		if !strings.EqualFold(spelled, want) {
			t.Errorf("%q: the tokens' words begin with %q, want %q", got, spelled, want)
		}
	}
	// The end of an output that was cut within a word is no word, and its pieces still lie in the text.
	one := tokenIDs(m.Tokenizer.Encode(simple(words[:3])))
	for n := range len(one) {
		got, tokens := shortened(m, text, words, source, one[:n])
		r := record.Record{Format: record.Format, Text: text, Output: got, Tokens: record.Tokens{Target: tokens}}
		if !strings.HasPrefix("The big cat", got) {
			t.Errorf("%d pieces become %q", n, got)
		}
		check(t, &r)
	}
}

// TestRule draws at random from what the rule lets pass, and wants subsequences of the source's words:
// all that end by themselves have at least one word.
func TestRule(t *testing.T) {
	m := modeltest.New(t, model.Compression, "marian")
	_, eos, _ := m.Net.Special()
	vocab, _ := m.Net.Limits()
	rng := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for _, text := range []string{"a a cat the cat a", "the thecat cat", "x", "the cat sat on the mat", "o on on o"} {
		source := Encode(m, text)
		bar := constraintOf(m, source)
		for range 200 {
			var written []int
			for len(written) == 0 || written[len(written)-1] != eos {
				logits := make([]float32, vocab)
				bar(logits, written)
				var open []int
				for id, v := range logits {
					if !math.IsInf(float64(v), -1) {
						open = append(open, id)
					}
				}
				if len(open) == 0 || len(written) > len(source) {
					t.Fatalf("%q: stuck after %q", text, m.Tokenizer.Decode(written))
				}
				written = append(written, open[rng.IntN(len(open))])
			}
			got := strings.Fields(m.Tokenizer.Decode(written))
			seen[text+strings.Join(got, " ")] = true
			rest := strings.Fields(text)
			for _, w := range got {
				i := slices.Index(rest, w)
				if i < 0 {
					t.Fatalf("%q becomes %q", text, got)
				}
				rest = rest[i+1:]
			}
			if len(got) == 0 {
				t.Fatalf("%q becomes nothing", text)
			}
		}
	}
	for _, want := range []string{"xx", "the thecat catthe cat", "the thecat catthe thecat cat", "o on on oon on"} {
		if !seen[want] {
			t.Errorf("never drawn: %q", want)
		}
	}
	// Padding is never written, whatever the task, and a beam keeps the rule.
	for _, beam := range []int{1, 4} {
		out := Generate(m, grad.NewPass(), [][]int{Encode(m, "the cat sat on the mat"), Encode(m, "x")}, beam, 40)
		for i, want := range []string{"the cat sat on the mat", "x"} {
			rest := strings.Fields(want)
			for _, w := range strings.Fields(m.Tokenizer.Decode(out[i])) {
				at := slices.Index(rest, w)
				if at < 0 {
					t.Fatalf("beam %d: %q becomes %q", beam, want, m.Tokenizer.Decode(out[i]))
				}
				rest = rest[at+1:]
			}
		}
	}
}

// TestWriteOn wants the whole text in the Record, writing that goes on where reading ended, and the
// same text from the same seed.
func TestWriteOn(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	s := NewSession(m)
	const text = "the cat"
	read, err := s.Run(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if read.Output != "" || read.Text != text || len(read.Tokens.Target) != 0 || len(read.Predictions) != len(read.Tokens.Source) {
		t.Errorf("reading gives %q, %q, %d predictions of %d tokens", read.Text, read.Output, len(read.Predictions), len(read.Tokens.Source))
	}
	var parts []string
	greedy, err := s.Run(text, Options{MaxTokens: 6, Partial: func(s string) error { parts = append(parts, s); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if greedy.Text != text+greedy.Output || len(greedy.Tokens.Source) > len(read.Tokens.Source)+6 {
		t.Errorf("%q and %q in %d tokens", greedy.Text, greedy.Output, len(greedy.Tokens.Source))
	}
	if len(parts) == 0 || parts[len(parts)-1] != greedy.Output {
		t.Errorf("the parts are %q, the output is %q", parts, greedy.Output)
	}
	for i, p := range greedy.Predictions[len(read.Tokens.Source)-1 : len(greedy.Predictions)-1] {
		if got := greedy.Tokens.Source[len(read.Tokens.Source)+i].ID; got != p.Top[0].ID {
			t.Errorf("token %d is written, %d is the most probable", got, p.Top[0].ID)
		}
	}
	drawn := func(seed uint64) string {
		r, err := s.Run(text, Options{MaxTokens: 12, Sampling: Sampling{Temperature: 1.5, Seed: seed}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Output
	}
	if first, again, other := drawn(1), drawn(1), drawn(2); first != again || first == other {
		t.Errorf("seeds 1, 1 and 2 draw %q, %q and %q", first, again, other)
	}
	for _, o := range []Sampling{{Temperature: 1, TopK: 1, Seed: 5}, {Temperature: 1, TopP: 1e-6, Seed: 5}, {Temperature: 1e-40, Seed: 5}} {
		r, err := s.Run(text, Options{MaxTokens: 6, Sampling: o})
		if err != nil || r.Output != greedy.Output {
			t.Errorf("%+v draws %q, greedily it is %q: %v", o, r.Output, greedy.Output, err)
		}
	}
	// All places can be filled, and no more.
	_, positions := m.Net.Limits()
	for _, text := range []string{"", text, strings.Repeat("cat ", 100)} {
		r, err := s.Run(text, Options{MaxTokens: 1000, Sampling: Sampling{Temperature: 3, Seed: 9}})
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if len(r.Tokens.Source) > positions || len(r.Notices) == 0 {
			t.Errorf("%.20q: %d tokens in %d places, and the notices %q", text, len(r.Tokens.Source), positions, r.Notices)
		}
	}
}

// TestCandidates wants distributions that are what their parameters say.
func TestCandidates(t *testing.T) {
	logits := make([]float32, 300)
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range logits {
		logits[i] = float32(math.Round(rng.NormFloat64()*6) / 2) // some are equal
	}
	all := newDraw(logits, Sampling{Temperature: 1}).first(len(logits))
	if got := newDraw(logits, Sampling{}).first(9); len(got) != 1 || got[0].ID != all[0].ID || got[0].P != 1 {
		t.Errorf("at temperature 0 %+v may be drawn", got)
	}
	for _, o := range []Sampling{{Temperature: 1}, {Temperature: 1, TopK: 5}, {Temperature: 1, TopK: 100}, {Temperature: 1, TopK: 1000}, {Temperature: 1, TopP: 0.5},
		{Temperature: 1, TopP: 1}, {Temperature: 1, TopK: 5, TopP: 0.2}, {Temperature: 2}, {Temperature: 0.1, TopP: 0.9}} {
		got := newDraw(logits, o).first(len(logits))
		var sum float64
		for i, c := range got {
			sum += float64(c.P)
			if i > 0 && c.P > got[i-1].P {
				t.Errorf("%+v: number %d is more probable than the one before", o, i)
			}
			if i > 0 && c.P == got[i-1].P && c.ID < got[i-1].ID {
				t.Errorf("%+v: number %d is as probable as the one before, and comes before it", o, i)
			}
			if c.ID != all[i].ID {
				t.Errorf("%+v: number %d is %d, want %d", o, i, c.ID, all[i].ID)
			}
			if want := math.Exp(float64(logits[c.ID]-logits[got[0].ID]) / o.Temperature); math.Abs(float64(c.P/got[0].P)-want) > 1e-4 {
				t.Errorf("%+v: number %d has %g of the first's probability, want %g", o, i, c.P/got[0].P, want)
			}
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("%+v: the probabilities sum to %g", o, sum)
		}
		switch {
		case o.TopK > 0 && len(got) > o.TopK, o.TopK == 1000 && len(got) != len(logits):
			t.Errorf("%+v leaves %d", o, len(got))
		case o == Sampling{Temperature: 1, TopP: 0.5}:
			var p float64
			for _, c := range all[:len(got)] {
				p += float64(c.P)
			}
			if p < 0.5 || p-float64(all[len(got)-1].P) >= 0.5 {
				t.Errorf("%+v leaves %d tokens of probability %g", o, len(got), p)
			}
		}
	}
	counts := map[int]float64{}
	three := newDraw([]float32{float32(math.Log(0.3)), float32(math.Log(0.2)), float32(math.Log(0.5)), -100}, Sampling{Temperature: 1})
	for range 10000 {
		counts[three.sample(rng.Float64())]++
	}
	for _, c := range three.first(3) {
		if math.Abs(counts[c.ID]/10000-float64(c.P)) > 0.02 {
			t.Errorf("%d is drawn %g of the time, want %g", c.ID, counts[c.ID]/10000, c.P)
		}
	}
	if got := newDraw([]float32{2, 1, 0}, Sampling{Temperature: 1, TopK: 2}).sample(0.9999999999); got != 1 && got != 0 {
		t.Error("the end of the distribution draws a stranger")
	}
}

// TestNext wants the distribution after the last text, under other parameters.
func TestNext(t *testing.T) {
	s := NewSession(modeltest.New(t, model.Generation, "gpt2"))
	next := func(temperature float64) []record.Candidate {
		likely, err := s.Next(Sampling{Temperature: temperature})
		if err != nil {
			t.Fatal(err)
		}
		return likely
	}
	if got := next(1); got != nil {
		t.Errorf("before any text %v may follow", got)
	}
	r, err := s.Run("the cat", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := next(1)
	last := r.Predictions[len(r.Predictions)-1].Top
	if len(got) != nextCandidates || len(last) != nextCandidates {
		t.Fatalf("%d and %d tokens, want %d", len(got), len(last), nextCandidates)
	}
	for i := range got {
		if got[i].ID != last[i].ID || math.Abs(float64(got[i].P-last[i].P)) > 1e-6 {
			t.Errorf("number %d is %v, the Record has %v", i, got[i], last[i])
		}
	}
	if cold := next(0.1); cold[0].P <= got[0].P {
		t.Error("cold is not surer")
	}
}

// TestFillIn wants hidden words to be found where they are written, in any of the ways to write them.
func TestFillIn(t *testing.T) {
	m := modeltest.New(t, model.Fill, "bert")
	s := NewSession(m)
	mask, _ := m.Tokenizer.ID(model.Mask)
	var want []int
	for _, text := range []string{"the [MASK] sat on ___", "the [mask] sat on __", "the __ sat on [MASK]"} {
		r, err := s.Run(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		got := make([]int, len(r.Tokens.Source))
		var holes []string
		for i, k := range r.Tokens.Source {
			if got[i] = k.ID; k.ID == mask {
				holes = append(holes, r.Text[k.Start:k.End])
			}
		}
		if want == nil {
			want = got
			if plain := tokenIDs(m.Tokenizer.EncodePlain("the")); !slices.Equal(got[1:1+len(plain)], plain) || got[1+len(plain)] != mask {
				t.Errorf("the space before a hidden word is a token: %v", got)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, want %v", text, got, want)
		}
		if len(holes) != 2 || len(r.Predictions) != 2 {
			t.Fatalf("%q: %d holes, %d predictions", text, len(holes), len(r.Predictions))
		}
		for i, p := range r.Predictions {
			if r.Tokens.Source[p.Position].ID != mask || len(p.Top) != nextCandidates {
				t.Errorf("%q: prediction %d is of token %d", text, i, p.Position)
			}
		}
		filled := strings.Replace(strings.Replace(text, holes[0], strings.TrimSpace(r.Predictions[0].Top[0].Text), 1), holes[1], strings.TrimSpace(r.Predictions[1].Top[0].Text), 1)
		if r.Output != filled {
			t.Errorf("%q is filled as %q, want %q", text, r.Output, filled)
		}
	}
	for _, text := range []string{"the cat", "a_b", "[MASK", "_"} {
		r, err := s.Run(text, Options{})
		if err != nil || r.Output != "" || len(r.Predictions) != 0 || len(r.Maps) == 0 {
			t.Errorf("%q, which hides nothing: %q, %d predictions, %v", text, r.Output, len(r.Predictions), err)
		}
	}
}

// TestContext wants the context vectors of recurrent models, of soft attention the sums that its
// weights say.
func TestContext(t *testing.T) {
	for _, kind := range []string{"none", "additive", "general"} {
		m := modeltest.New(t, model.Translation, kind)
		r, err := NewSession(m).Run("the cat sat", Options{MaxTokens: 7})
		if err != nil {
			t.Fatal(err)
		}
		c := r.Context
		n := len(r.Tokens.Source)
		if c == nil || len(c.States) != n*c.Cols || len(c.Values) != c.Rows*c.Cols || c.Cols != m.Net.(*recurrent.Model).Config.Context() {
			t.Fatalf("%s: the context is %+v", kind, c)
		}
		if kind == "none" {
			if c.Rows != 1 {
				t.Errorf("%d fixed contexts", c.Rows)
			}
			continue
		}
		a := r.Find(record.RNN, 0, 0)
		if a == nil || c.Rows != a.Rows || a.Rows != len(r.Tokens.Target)-1 || a.Cols != n {
			t.Fatalf("%s: %d contexts of %d tokens, the map is %+v", kind, c.Rows, len(r.Tokens.Target), a)
		}
		for i := range c.Rows {
			for k := range c.Cols {
				var want float64
				for j := range n {
					want += float64(a.At(i, j)) * float64(c.States[j*c.Cols+k])
				}
				if d := float64(c.Values[i*c.Cols+k]) - want; math.Abs(d) > 1e-5 {
					t.Fatalf("%s: context %d is off by %g at %d", kind, i, d, k)
				}
			}
		}
	}
}

// TestStraight wants what word processors make of quotes and dashes to be read as what people type, at
// the places where it stands.
func TestStraight(t *testing.T) {
	m := modeltest.New(t, model.Translation, "marian")
	language := "en"
	const text, plain = "“the cat’s” – a…\u00a0dog", `"the cat's" - a... dog`
	got, want := encodeClean(m, text, language, m.Tokenizer.Encode), m.Tokenizer.Encode(plain)
	if len(got) != len(want) {
		t.Fatalf("%d pieces, want %d", len(got), len(want))
	}
	for i, p := range got {
		said := text[p.Start:p.End]
		for from, to := range straighten {
			said = strings.ReplaceAll(said, string(from), to)
		}
		// A piece of "..." spans all of the sign.
		if meant := plain[want[i].Start:want[i].End]; p.ID != want[i].ID || said != meant && !strings.Contains(said, meant) {
			t.Errorf("piece %d is %q, want %q", i, said, meant)
		}
	}
	language = "fr"
	if got := encodeClean(m, text, language, m.Tokenizer.Encode); len(got) == len(want) {
		t.Error("another language is straightened too")
	}
}

// What nobody sees changes neither what a model reads nor what it writes; the tokens stand where the
// reader's text has them.
func TestUnseen(t *testing.T) {
	m, err := model.Open(os.DirFS("../../web/models/en-fr"))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(m)
	plain, err := s.Run("She bought a red car at the café last week.", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"She bought a red\u200b car at the café last week.", "\ufeffShe bo\u00adught a red car at the cafe\u0301 last week.",
		"She bought\u2060 a red car at\u200e the café last week."} {
		r, err := s.Run(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != plain.Output || len(r.Tokens.Source) != len(plain.Tokens.Source) {
			t.Errorf("%+q: %q, want %q", text, r.Output, plain.Output)
			continue
		}
		for i, k := range r.Tokens.Source {
			want := plain.Tokens.Source[i]
			if got := token.Clean(text[k.Start:k.End]).Text; k.ID != want.ID || got != plain.Text[want.Start:want.End] {
				t.Errorf("%+q: token %d is %+v, %+q, want %+v", text, i, k, text[k.Start:k.End], want)
			}
		}
	}
}

// TestRuleOfManyWords wants a sentence of one word, five hundred times, to be no trouble.
func TestRuleOfManyWords(t *testing.T) {
	m := modeltest.New(t, model.Compression, "marian")
	source := Encode(m, strings.Repeat("the ", 500))
	bar := constraintOf(m, source)
	logits := make([]float32, m.Tokenizer.Len())
	bar(logits, source[:len(source)-2])
	left := 0
	for _, v := range logits {
		if v == 0 {
			left++
		}
	}
	if left == 0 || left > 2 {
		t.Errorf("%d pieces may follow", left)
	}
}
