package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/token"
	"heed/core/weights"
)

// tiny returns a model of a task with random weights, and texts of its kind.
func tiny(t testing.TB, task string) (*model.Model, []Pair) {
	t.Helper()
	config := map[string]string{
		model.Translation: `"model_type": "marian", "d_model": 16, "encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
			"encoder_ffn_dim": 24, "decoder_ffn_dim": 24, "activation_function": "swish", "max_position_embeddings": 64, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0`,
		model.Generation: `"model_type": "gpt2", "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 16, "bos_token_id": 0, "eos_token_id": 0`,
		model.Fill:       `"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32`,
	}
	config[model.Compression] = config[model.Translation]
	pairs := map[string][]Pair{
		model.Translation: {{"the cat", "le chat"}, {"a dog", "un chien"}, {"the dog sees the cat", "le chien voit le chat"}, {"the cat sees", "le chat voit"}},
		model.Generation:  {{"", "One day a cat saw a dog.\nThe dog ran."}, {"", "A cat."}, {"", "Été"}},
		model.Fill:        {{"The cat sees the dog.", ""}, {"...", ""}, {"A dog, a cat; 2 mice!", ""}, {"the cat and the dog and the cat saw it all", ""}},
		model.Compression: {{"the cat , he said , sees the dog .", "the cat sees the dog ."}, {"a dog of ## ran .", "a dog ran ."}, {"the cat", "the cat"}},
	}[task]
	r := &Recipe{Name: "tiny", Task: task, Config: []byte(fmt.Sprintf(`{"vocab_size": %d, %s}`, 300, config[task])), Mask: 0.3}
	net, err := r.newNet()
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(5, 5)))
	lines := func(yield func(string) bool) {
		for range 2 {
			for _, p := range pairs {
				if !yield(p.Source) || !yield(" "+p.Target) {
					return
				}
			}
		}
	}
	k, err := token.Train(lines, 300, specials(task, net))
	if err != nil {
		t.Fatal(err)
	}
	switch task {
	case model.Generation:
		k.Surround([]string{model.EndOfText}, nil)
	case model.Fill:
		k.Surround([]string{model.Class}, []string{model.Separator})
	}
	return &model.Model{Name: "tiny", About: model.About{Task: task, Source: "en"}, Tokenizer: k, Net: net}, pairs
}

// TestScore wants the probabilities that a plain pass over each text gives, whatever stands beside it.
func TestScore(t *testing.T) {
	for _, task := range model.Tasks {
		m, pairs := tiny(t, task)
		scores := Score(m, pairs)
		_, positions := m.Net.Limits()
		b := newBuilder(task, m.Net, m.Tokenizer, positions)
		for i, p := range pairs {
			var want LineScore
			for _, e := range b.examples(p, measuredMask, nil) {
				var x batch
				x.add(e)
				logits := x.logits(grad.NewPass(), m.Net).X
				right := map[int]bool{}
				for j, id := range x.labels {
					row := logits.Row(j)
					var sum, most float64
					most = math.Inf(-1)
					for _, v := range row {
						sum += math.Exp(float64(v))
						most = max(most, float64(v))
					}
					want.LogProb += float64(row[id]) - math.Log(sum)
					want.Tokens++
					if e.hidden != nil {
						was, seen := right[e.word[j]]
						right[e.word[j]] = (was || !seen) && float64(row[id]) == most
					}
				}
				for _, r := range right {
					want.Words++
					if r {
						want.Right++
					}
				}
			}
			got := scores[i]
			if math.Abs(got.LogProb-want.LogProb) > 1e-3 || got.Tokens != want.Tokens || got.Words != want.Words || got.Right != want.Right {
				t.Errorf("%s %d: %+v, want %+v", task, i, got, want)
			}
		}
		total := Total(scores)
		if got, want := total.Perplexity(), math.Exp(-total.LogProb/float64(total.Tokens)); got != want {
			t.Errorf("%s: the perplexity is %g, want %g", task, got, want)
		}
		if task != model.Generation {
			continue
		}
		bytes, tokens := 0, 0
		for _, p := range pairs {
			bytes += len(p.Target)
			tokens += len(m.Tokenizer.EncodePlain(p.Target)) + 1
		}
		if got, want := BitsPerByte(scores, pairs), -total.LogProb*math.Log2E/float64(bytes); math.Abs(got/want-1) > 1e-12 || total.Tokens != tokens {
			t.Errorf("%g bits per byte of %d tokens, want %g of %d", got, total.Tokens, want, tokens)
		}
	}
}

// TestHide wants words hidden whole, punctuation never, about the share that was asked for, and the
// same ones when measuring.
func TestHide(t *testing.T) {
	m, _ := tiny(t, model.Fill)
	b := newBuilder(model.Fill, m.Net, m.Tokenizer, 32)
	const text = "the cat, 2 dogs... and (zebras)!"
	pieces := m.Tokenizer.Encode(text)
	first := b.hide(text, 0.3, nil)
	if again := b.hide(text, 0.3, nil); !reflect.DeepEqual(first, again) {
		t.Errorf("measuring hides %v, then %v", first, again)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	counts, masked, kept, all := map[int]int{}, 0, 0, 0
	const n = 4000
	for range n {
		e := b.hide(text, 0.3, rng)[0]
		if len(e.source) != len(pieces) || len(e.hidden) == 0 || len(e.hidden) != len(e.target) || len(e.word) != len(e.hidden) {
			t.Fatalf("%+v", e)
		}
		hidden := map[int]bool{}
		for j, at := range e.hidden {
			p := pieces[at]
			if e.target[j] != p.ID || e.word[j] != p.Word {
				t.Fatalf("token %d is hidden as %d of word %d, it is %v", at, e.target[j], e.word[j], p)
			}
			if !hidden[p.Word] {
				counts[p.Word]++
			}
			hidden[p.Word] = true
			all++
			switch e.source[at] {
			case b.mask:
				masked++
			case p.ID:
				kept++
			}
		}
		for i, p := range pieces {
			if hidden[p.Word] != slices.Contains(e.hidden, i) {
				t.Fatalf("word %d is hidden in part: %v", p.Word, e.hidden)
			}
			if !hidden[p.Word] && e.source[i] != p.ID {
				t.Fatalf("token %d is changed, though not hidden", i)
			}
		}
	}
	for _, p := range pieces {
		w := text[p.Start:p.End]
		if p.Word < 0 || strings.ContainsFunc(w, speaks) {
			continue
		}
		if strings.Trim(w, " ,.()!") == "" && w != " " && counts[p.Word] > 0 {
			t.Errorf("%q was hidden", w)
		}
	}
	// One of six words is sure to be hidden, the others are with 0.3.
	if want := 1.0/6 + 5.0/6*0.3; len(counts) != 6 {
		t.Errorf("%d words were hidden, there are 6", len(counts))
	} else {
		for w, c := range counts {
			if got := float64(c) / n; math.Abs(got-want) > 0.04 {
				t.Errorf("word %d is hidden %g of the time, want %g", w, got, want)
			}
		}
	}
	if got := float64(masked) / float64(all); math.Abs(got-0.8) > 0.03 {
		t.Errorf("%g of the hidden tokens are masks", got)
	}
	if got := float64(kept) / float64(all); math.Abs(got-0.1) > 0.03 {
		t.Errorf("%g of the hidden tokens stay", got)
	}
	for _, nothing := range []string{"", "...", " ?! "} {
		if got := b.hide(nothing, 0.3, rng); got != nil {
			t.Errorf("of %q %v is hidden", nothing, got)
		}
	}
}

// TestHideCuts wants a text that is too long to be read from its beginning, with its end token.
func TestHideCuts(t *testing.T) {
	m, _ := tiny(t, model.Fill)
	b := newBuilder(model.Fill, m.Net, m.Tokenizer, 6)
	const text = "the cat sees the dog and the cat"
	all := ids(m.Tokenizer.Encode(text))
	e := b.hide(text, 0, nil)[0]
	for j, at := range e.hidden {
		e.source[at] = e.target[j]
	}
	if want := append(slices.Clone(all[:5]), all[len(all)-1]); !slices.Equal(e.source, want) {
		t.Errorf("%v is cut to %v, want %v", all, e.source, want)
	}
}

// TestWindows wants every token of a text to be predicted once, each example to go on where the one before ended,
// and the end token at the end alone.
func TestWindows(t *testing.T) {
	m, pairs := tiny(t, model.Generation)
	for most := 2; most < 9; most++ {
		b := newBuilder(model.Generation, m.Net, m.Tokenizer, most)
		text := pairs[0].Target
		want := append(append([]int{b.start}, ids(m.Tokenizer.EncodePlain(text))...), b.eos)
		got := want[:1:1]
		for _, e := range b.windows(text) {
			if e.size() > most || e.target[0] != got[len(got)-1] {
				t.Errorf("a window of %d tokens goes on from %d with %v", most, got[len(got)-1], e.target)
			}
			got = append(got, e.target[1:]...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("windows of %d tokens are %v, want %v", most, got, want)
		}
	}
}

// TestTasks trains a model of every task and opens it, which checks that network and tokenizer fit.
func TestTasks(t *testing.T) {
	for _, task := range model.Tasks {
		m, pairs := tiny(t, task)
		config, err := model.Config(m.Net)
		if err != nil {
			t.Fatal(err)
		}
		r := small()
		r.Task, r.Config, r.Join = task, config, Join{}
		if task == model.Fill {
			r.Mask = 0.3
		}
		_, r.MaxTokens = m.Net.Limits()
		r.with("vocab_size", 264) // of which there are 4 special tokens at most, and the bytes
		tr := start(t, r, pairs)
		steps(t, tr, 2)
		dir := t.TempDir()
		if err := tr.Save(dir); err != nil {
			t.Fatal(err)
		}
		saved, err := model.Open(os.DirFS(dir))
		if err != nil {
			t.Fatalf("%s: %v", task, err)
		}
		if a := saved.About; a.Task != task || a.Longest != r.MaxTokens {
			t.Errorf("%s: the model says of itself %+v", task, a)
		}
		if _, err := Resume(r, &Data{Pairs: pairs}, dir); err != nil {
			t.Errorf("%s: %v", task, err)
		}
	}
}

func TestCommonest(t *testing.T) {
	m, _ := tiny(t, model.Fill)
	var pairs []Pair
	for i := range 9 {
		pairs = append(pairs, Pair{Source: []string{"zebras", "cat!", "...the"}[i%3]})
	}
	pairs = append(pairs, Pair{Source: "cat."}, Pair{Source: "..."})
	if word, share := Commonest(m, pairs); word != "cat" || math.Abs(share-0.4) > 1e-9 {
		t.Errorf("the commonest word is %q, of %g", word, share)
	}
	if word, share := Commonest(m, pairs[10:]); word != "" || share != 0 {
		t.Errorf("no word is %q, of %g", word, share)
	}
}

func TestShortenings(t *testing.T) {
	pairs := []Pair{{"the cat , he said , sees the dog .", "the cat sees the dog ."}, {"a dog of ## ran .", "a dog ran ."}, {", .", "."}}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	perfect := Shortenings(pairs, References(pairs))
	near("the references' F1", perfect.F1, 1)
	near("their ratio", perfect.Ratio, (5.0/7+3.0/5+0)/3)
	near("their order", perfect.Subsequences, 1)
	all := Shortenings(pairs, Leading(pairs, -1))
	near("the F1 of all words", all.F1, (10.0/12+6.0/8+1)/3)
	near("the ratio of all words", all.Ratio, (1+1+0)/3.0)
	if got := Leading(pairs[:2], 0); !slices.Equal(got, []string{"", ""}) {
		t.Errorf("no words are %q", got)
	}
	if got, want := Leading(pairs, 3), []string{"the cat , he", "a dog of", ", ."}; !slices.Equal(got, want) {
		t.Errorf("three words are %q, want %q", got, want)
	}
	// One the too many, one word that is not in the source, the wrong order, nothing.
	got := Shortenings(pairs[:1], []string{"the the the cat"})
	near("F1", got.F1, 2*3.0/(4+5))
	near("order", got.Subsequences, 0)
	near("order", Shortenings(pairs[:1], []string{"cat the"}).Subsequences, 1)
	near("order", Shortenings(pairs[:1], []string{"dog cat"}).Subsequences, 0)
	near("F1 of nothing", Shortenings(pairs[:1], []string{""}).F1, 0)

	m, own := tiny(t, model.Compression)
	for _, beam := range []int{1, 3} {
		if s := Shortenings(own, Shorten(m, own, beam)); s.Subsequences != 1 {
			t.Errorf("beam %d: only %g of the outputs leave words out and do nothing else", beam, s.Subsequences)
		}
	}
}

// TestOfLength wants examples of the exact length, made of whole cases, their references in step.
func TestOfLength(t *testing.T) {
	var cases []Case
	for i := range 50 {
		c := Case{Source: strings.TrimSpace(strings.Repeat(fmt.Sprintf("s%d ", i), 1+i%9))}
		for k := range 1 + i%3 {
			c.References = append(c.References, fmt.Sprintf("r%d.%d", i, k))
		}
		cases = append(cases, c)
	}
	for _, words := range Lengths {
		got, err := OfLength(cases, words, 40)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := OfLength(cases, words, 40)
		if len(got) != 40 || !reflect.DeepEqual(got, again) || meanWords(got) != float64(words) {
			t.Errorf("%d words: %d examples of %g words on average, the same again: %v", words, len(got), meanWords(got), reflect.DeepEqual(got, again))
		}
		for _, e := range got {
			if n := len(strings.Fields(e.Source)); n != words {
				t.Fatalf("%q has %d words, want %d", e.Source, n, words)
			}
			most := 0
			for k, r := range e.References {
				rest := strings.Fields(e.Source)
				for _, part := range strings.Fields(r) {
					var i, at int
					fmt.Sscanf(part, "r%d.%d", &i, &at)
					if n := len(cases[i].References); at != k%n {
						t.Fatalf("reference %d of %q is %q", k, e.Source, r)
					} else {
						most = max(most, n)
					}
					n := 1 + i%9
					if len(rest) < n || strings.Join(rest[:n], " ") != cases[i].Source {
						t.Fatalf("%q belongs to %q", r, e.Source)
					}
					rest = rest[n:]
				}
				if len(rest) > 0 {
					t.Fatalf("%q lacks the translation of %q", r, rest)
				}
			}
			if len(e.References) != most {
				t.Errorf("%d references, the sentences have %d at most", len(e.References), most)
			}
		}
	}
	blank := append([]Case{{Source: " ", References: []string{"x"}}}, cases...)
	if got, err := OfLength(blank, 30, 40); err != nil || meanWords(got) != 30 {
		t.Errorf("beside a source of no words: %v, %g words on average", err, meanWords(got))
	}
	if _, err := OfLength(blank[:1], 10, 1); err == nil {
		t.Error("no words add up to ten")
	}
	if _, err := OfLength([]Case{{Source: "two words", References: []string{"x"}}}, 11, 1); err == nil {
		t.Error("sentences of two words add up to eleven")
	}
	if _, err := OfLength(nil, 10, 1); err == nil {
		t.Error("no sentences add up to ten words")
	}
}

func TestBLEUByLength(t *testing.T) {
	if testing.Short() {
		t.Skip("translates 1,200 examples")
	}
	m, pairs := tiny(t, model.Translation)
	got, err := BLEUByLength(m, Cases(pairs), 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got {
		if s.Words != Lengths[i] || s.N != LengthCases || s.Mean != float64(s.Words) || !(s.BLEU >= 0 && s.BLEU < 50) {
			t.Errorf("%+v", s)
		}
	}
}

func TestWordsOf(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"The cat sat.":            "the|cat|sat|.",
		"L'été, c’est 12 mois… ?": "l'|été|,|c'|est|12|mois|…|?",
		"don't (stop)":            "don'|t|(|stop|)",
		"a\u0301 x":               "a\u0301|x",
		"'quoted'":                "'|quoted'",
		"日本 \"dogs\"-cats":        "日本|\"|dogs|\"-|cats",
	} {
		var forms []string
		for _, w := range wordsOf(text) {
			forms = append(forms, w.form)
			if got := strings.ReplaceAll(strings.ToLower(text[w.start:w.end]), "’", "'"); got != w.form {
				t.Errorf("%q: %q lies where %q is", text, w.form, got)
			}
		}
		if got := strings.Join(forms, "|"); got != want {
			t.Errorf("%q is cut into %s, want %s", text, got, want)
		}
	}
}

// TestModel1 wants a few sentences to tell which word is which, and the probabilities of a plain loop
// over them.
func TestModel1(t *testing.T) {
	pairs := []Pair{{"blue house", "maison bleue"}, {"house", "maison"}, {"the house", "la maison"}, {"the flower", "la fleur"}, {"flower", "fleur"}}
	d := LearnDictionary(pairs)
	for _, c := range []struct {
		source, target string
		want           bool
	}{
		{"house", "maison", true}, {"flower", "fleur", true}, {"the", "la", true}, {"blue", "bleue", true},
		{"house", "la", false}, {"the", "fleur", false}, {"nothing", "maison", false}, {"house", "nothing", false},
	} {
		if got := d.matches(c.source, c.target); got != c.want {
			t.Errorf("%s means %s: %v", c.source, c.target, got)
		}
	}
	if d.Len() != 4 {
		t.Errorf("%d entries, want 4", d.Len())
	}
	var given, made [][]int32
	sources, targets := map[string]int32{}, map[string]int32{}
	for _, p := range madeUp(60) {
		given, made = append(given, numbers(sources, p.Source)), append(made, numbers(targets, p.Target))
	}
	probability := map[wordPair]float64{}
	for round := range iterations + 1 {
		counts, sums := map[wordPair]float64{}, map[int32]float64{}
		for i := range made {
			es := append([]int32{0}, given[i]...)
			for _, f := range made[i] {
				var sum float64
				for _, e := range es {
					if round == 0 {
						probability[wordPair{e, f}] = 1
					}
					sum += probability[wordPair{e, f}]
				}
				for _, e := range es {
					share := probability[wordPair{e, f}] / sum
					counts[wordPair{e, f}] += share
					sums[e] += share
				}
			}
		}
		if round > 0 { // the first only found the pairs
			for pair, c := range counts {
				probability[pair] = c / sums[pair.source]
			}
		}
	}
	got := model1(given, made)
	for pair, want := range probability {
		if p, ok := got[pair]; ok != (want >= entry && pair.source > 0) || ok && math.Abs(float64(p)-want) > 1e-5 {
			t.Errorf("%v has the probability %g, want %g", pair, p, want)
		}
	}
	if len(got) < 10 {
		t.Errorf("only %d pairs are probable", len(got))
	}
}

// TestAlign asks about a record whose maps are known.
func TestAlign(t *testing.T) {
	d := LearnDictionary([]Pair{{"house", "maison"}, {"the house", "la maison"}, {"the flower", "la fleur"}, {"flower", "fleur"}, {"the", "la"}})
	token := func(text string, start, end int) record.Token {
		return record.Token{Text: text, Start: start, End: end}
	}
	r := &record.Record{Text: "The house. The flower", Output: "La maison, fleur"}
	// "The| ho|use|.| The| flower|</s>", "La| mai|son|,| fleur|</s>"
	r.Tokens.Source = []record.Token{token("The", 0, 3), token(" ho", 3, 6), token("use", 6, 9), token(".", 9, 10), token(" The", 10, 14), token(" flower", 14, 21), {Special: true, Start: 21, End: 21}}
	r.Tokens.Target = []record.Token{{Special: true}, token("La", 0, 2), token(" mai", 2, 6), token("son", 6, 9), token(",", 9, 10), token(" fleur", 10, 16), {Special: true, Start: 16, End: 16}}
	put := func(head int, rows ...[7]float32) {
		m := record.Map{Kind: record.Cross, Head: head, Rows: len(rows), Cols: 7}
		for _, row := range rows {
			m.Weights = append(m.Weights, row[:]...)
		}
		r.Maps = append(r.Maps, m)
	}
	r.Maps = []record.Map{{Kind: record.Self}}
	// Right about maison by the sum of its pieces alone, wrong about fleur.
	put(0, [7]float32{1}, [7]float32{0.3, 0.2, 0.2, 0, 0, 0.1, 0.2}, [7]float32{0.2, 0.2, 0.1, 0, 0.1, 0.2, 0.2}, [7]float32{1}, [7]float32{0, 0, 0, 0.6, 0, 0.4}, [7]float32{1})
	// Right about fleur, as the special token does not count; wrong about maison.
	put(1, [7]float32{1}, [7]float32{1}, [7]float32{1}, [7]float32{1}, [7]float32{0, 0, 0, 0, 0, 0.1, 0.9}, [7]float32{1})
	a := d.align(r)
	if a.Words != 2 || a.Written != 3 {
		t.Errorf("%d of %d words are asked about, want 2 of 3: la stands twice", a.Words, a.Written)
	}
	if len(a.Heads) != 2 || a.Heads[0].Rate != 1 || a.Heads[1].Rate != 1 || a.Heads[1].Head != 1 {
		t.Errorf("the heads are right %+v times", a.Heads)
	}
	// Places: maison is 1 of 4 in the output and 1 of 5 in the source; fleur 3 of 4 and 4 of 5.
	if a.Diagonal != 2 || math.Abs(a.Random-2.0/5) > 1e-9 {
		t.Errorf("the diagonal is right %g times, chance %g", a.Diagonal, a.Random)
	}

	m, _ := tiny(t, model.Translation)
	cases := []Case{{"the house the flower the house the flower", []string{"la maison la fleur"}}, {"the house", []string{"la maison"}}}
	if _, err := Align(m, d, cases[1:]); err == nil {
		t.Error("sentences of two words are long enough")
	}
	if _, err := Align(m, d, cases[:1]); err == nil {
		t.Error("words that stand twice are asked about")
	}
	cases = append(cases, Case{"the house of a b c d flower", []string{"la maison fleur"}})
	got, err := Align(m, d, cases)
	if err != nil || got.Words != 3 || got.Sentences != 2 || len(got.Heads) != 4 || got.Best.Rate > 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if again, _ := Align(m, d, cases); !reflect.DeepEqual(got, again) {
		t.Error("asked again, it is otherwise")
	}
	g, _ := tiny(t, model.Generation)
	if _, err := Align(g, d, cases); err == nil || !strings.Contains(err.Error(), "no attention") {
		t.Errorf("a language model aligns: %v", err)
	}
}

// TestLoadFloat32 wants the weights of the checkpoint, and a checkpoint of another moment refused.
func TestLoadFloat32(t *testing.T) {
	tr := start(t, small(), madeUp(50))
	steps(t, tr, 3)
	dir := t.TempDir()
	if err := tr.Save(dir); err != nil {
		t.Fatal(err)
	}
	open := func() *model.Model {
		m, err := model.Open(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := open()
	if err := LoadFloat32(m, dir); err != nil {
		t.Fatal(err)
	}
	for i, p := range tr.Net.Weights().List {
		if !slices.Equal(p.X.Data, m.Net.Weights().List[i].X.Data) {
			t.Errorf("%s is not the checkpoint's", p.Name)
		}
	}
	checkpoint, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		t.Fatal(err)
	}
	list := tr.Net.Weights().List
	last := list[len(list)-1].X.Data
	last[0]++
	if err := tr.Built().Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	m = open()
	if err := LoadFloat32(m, dir); err == nil || !strings.Contains(err.Error(), "one moment") {
		t.Errorf("a checkpoint of which the last weight is older: %v", err)
	}
	for i, p := range open().Net.Weights().List {
		if !slices.Equal(p.X.Data, m.Net.Weights().List[i].X.Data) {
			t.Fatalf("%s was changed all the same", p.Name)
		}
	}
	last[0]--
	steps(t, tr, 5)
	if err := tr.Built().Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	if err := LoadFloat32(open(), dir); err == nil || !strings.Contains(err.Error(), "one moment") {
		t.Errorf("an older checkpoint: %v", err)
	}
	for name, content := range map[string][]byte{"cannot be read": checkpoint[:100], "no such file": nil} {
		path := filepath.Join(dir, checkpointFile)
		if os.Remove(path); content != nil {
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := LoadFloat32(open(), dir); err == nil || content != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEachBatch wants each once, in batches of bounded size, the longest last.
func TestEachBatch(t *testing.T) {
	var seen [100]bool
	sizes := make(chan int, 100)
	size := func(i int) int { return 40 * (i * 37 % 100) }
	eachBatch(len(seen), size, func(_ *grad.Pass, batch []int) {
		sum := 0
		for _, i := range batch {
			seen[i] = true
			sum += size(i)
		}
		if len(batch) > evalBatch || len(batch) > 1 && sum > evalTokens {
			sizes <- sum
		}
		if !slices.IsSortedFunc(batch, func(a, b int) int { return size(a) - size(b) }) {
			t.Errorf("%v is not in order", batch)
		}
	})
	if slices.Contains(seen[:], false) || len(sizes) > 0 {
		t.Errorf("%d batches are too large", len(sizes))
	}
	eachBatch(0, nil, func(*grad.Pass, []int) { t.Error("a batch of nothing") })
}
