package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/data"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/train"
)

// tiny returns a model of a task with random weights, and texts of its kind.
func tiny(t testing.TB, task string) (*model.Model, []data.Pair) {
	t.Helper()
	pairs := map[string][]data.Pair{
		model.Translation: {{Source: "the cat", Target: "le chat"}, {Source: "a dog", Target: "un chien"}, {Source: "the dog sees the cat", Target: "le chien voit le chat"}, {Source: "the cat sees", Target: "le chat voit"}},
		model.Generation:  {{Target: "One day a cat saw a dog.\nThe dog ran."}, {Target: "A cat."}, {Target: "Été"}},
		model.Fill:        {{Source: "The cat sees the dog."}, {Source: "..."}, {Source: "A dog, a cat; 2 mice!"}, {Source: "the cat and the dog"}},
		model.Compression: {{Source: "the cat , he said , sees the dog .", Target: "the cat sees the dog ."}, {Source: "a dog of ## ran .", Target: "a dog ran ."}, {Source: "the cat", Target: "the cat"}},
	}[task]
	return modeltest.ForTask(t, task), pairs
}

// TestScore wants the probabilities that a plain pass over each text gives, whatever stands beside it.
func TestScore(t *testing.T) {
	for _, task := range model.Trained {
		m, pairs := tiny(t, task)
		scores := Score(m, pairs)
		_, positions := m.Net.Limits()
		b := data.NewBuilder(task, m.Net, m.Tokenizer, positions)
		for i, p := range pairs {
			var want train.Score
			for _, e := range b.Examples(p, measuredMask, nil) {
				var x train.Batch
				x.Add(e)
				logits := x.Logits(grad.NewPass(), m.Net).X
				right := map[int]bool{}
				for j, id := range x.Labels {
					row := logits.Row(j)
					var sum, most float64
					most = math.Inf(-1)
					for _, v := range row {
						sum += math.Exp(float64(v))
						most = max(most, float64(v))
					}
					want.LogProb += float64(row[id]) - math.Log(sum)
					want.Tokens++
					if e.Hidden != nil {
						was, seen := right[e.Word[j]]
						right[e.Word[j]] = (was || !seen) && float64(row[id]) == most
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
		if got, want := Perplexity(total), math.Exp(-total.LogProb/float64(total.Tokens)); got != want {
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

func TestCommonest(t *testing.T) {
	m, _ := tiny(t, model.Fill)
	var pairs []data.Pair
	for i := range 9 {
		pairs = append(pairs, data.Pair{Source: []string{"zebras", "cat!", "...the"}[i%3]})
	}
	pairs = append(pairs, data.Pair{Source: "cat."}, data.Pair{Source: "..."})
	if word, share := Commonest(m, pairs); word != "cat" || math.Abs(share-0.4) > 1e-9 {
		t.Errorf("the commonest word is %q, of %g", word, share)
	}
	if word, share := Commonest(m, pairs[10:]); word != "" || share != 0 {
		t.Errorf("no word is %q, of %g", word, share)
	}
}

func TestShortenings(t *testing.T) {
	pairs := []data.Pair{{Source: "the cat , he said , sees the dog .", Target: "the cat sees the dog ."}, {Source: "a dog of ## ran .", Target: "a dog ran ."}, {Source: ", .", Target: "."}}
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
		if len(got) != 40 || !cmp.Equal(got, again) || meanWords(got) != float64(words) {
			t.Errorf("%d words: %d examples of %g words on average, the same again: %v", words, len(got), meanWords(got), cmp.Equal(got, again))
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
	pairs := []data.Pair{{Source: "blue house", Target: "maison bleue"}, {Source: "house", Target: "maison"}, {Source: "the house", Target: "la maison"}, {Source: "the flower", Target: "la fleur"}, {Source: "flower", Target: "fleur"}}
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
	d := LearnDictionary([]data.Pair{{Source: "house", Target: "maison"}, {Source: "the house", Target: "la maison"}, {Source: "the flower", Target: "la fleur"}, {Source: "flower", Target: "fleur"}, {Source: "the", Target: "la"}})
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
	if again, _ := Align(m, d, cases); !cmp.Equal(got, again) {
		t.Errorf("asked again, it is otherwise (-first +again):\n%s", cmp.Diff(got, again))
	}
	g, _ := tiny(t, model.Generation)
	if _, err := Align(g, d, cases); err == nil || !strings.Contains(err.Error(), "no attention") {
		t.Errorf("a language model aligns: %v", err)
	}
}

func TestCases(t *testing.T) {
	cases := Cases([]data.Pair{{Source: "b", Target: "1"}, {Source: "a", Target: "2"}, {Source: "b", Target: "3"}})
	if len(cases) != 2 || cases[0].Source != "b" || !slices.Equal(cases[0].References, []string{"1", "3"}) || !slices.Equal(cases[1].References, []string{"2"}) {
		t.Errorf("got %+v", cases)
	}
	if typed := AsTyped([]data.Pair{{Source: "It Rains.", Target: "Il Pleut."}}); typed[0] != (data.Pair{Source: "it rains", Target: "Il Pleut"}) {
		t.Errorf("as typed: %q", typed)
	}
}

// madeUp returns pairs of a made-up language: the target says the source's words in the other
// order, by other names.
func madeUp(n int) []data.Pair {
	r := rand.New(rand.NewPCG(1, 2))
	english := strings.Fields("a the red big old cat dog bird sees hears likes it's")
	other := strings.Fields("un le rouge grand vieux chat chien oiseau voit entend aime c'est")
	var pairs []data.Pair
	for range n {
		var source, target []string
		for range 2 + r.IntN(4) {
			w := r.IntN(len(english))
			source = append(source, english[w])
			target = slices.Insert(target, 0, other[w])
		}
		source[0] = strings.ToUpper(source[0][:1]) + source[0][1:]
		pairs = append(pairs, data.Pair{Source: strings.Join(source, " ") + ".", Target: strings.Join(target, " ") + "."})
	}
	return pairs
}
