package recipe

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"heed/core/data"
)

// someWords are lists as en-fr has them, shorter.
func someWords() *words {
	return newWords(map[string][][]string{
		"M": {{"Tom"}, {"Ali"}, {"Bob"}, {"Paris"}},
		"F": {{"Mary"}, {"Anna"}, {"Hélène"}},
		"C": {{"Paris", "Paris"}, {"London", "Londres"}, {"Athens", "Athènes"}},
		"K": {{"Japan", "du Japon", "au Japon", "le Japon"}},
		"L": {{"Italian", "italien", "l'italien"}},
	})
}

func TestFill(t *testing.T) {
	w := someWords()
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		p := w.fill(rng, data.Pair{Source: "{M} saw {F} and {F2} in {C}.", Target: "{M} a vu {F} et {F2} à {C}."})
		s, g := strings.Fields(p.Source), strings.Fields(p.Target)
		if s[0] != g[0] || s[2] != g[3] || s[4] != g[5] || s[2] == s[4] {
			t.Fatalf("%q, %q", p.Source, p.Target)
		}
		city := map[string]string{"Paris.": "Paris.", "London.": "Londres.", "Athens.": "Athènes."}[s[6]]
		if city == "" || city != g[7] {
			t.Fatalf("%q, %q", p.Source, p.Target)
		}
	}
	for template, want := range map[data.Pair]data.Pair{
		{Source: "I live in {K}.", Target: "J'habite {K:en}."}: {Source: "I live in Japan.", Target: "J'habite au Japon."},
		{Source: "{K}", Target: "{K:le}"}:                      {Source: "Japan", Target: "Le Japon"},
		{Source: "I come from {K}", Target: "Je viens {K:de}"}: {Source: "I come from Japan", Target: "Je viens du Japon"},
		{Source: "I learn {L}", Target: "J'apprends {L:le}"}:   {Source: "I learn Italian", Target: "J'apprends l'italien"},
		{Source: "I speak {L}", Target: "Je parle {L}"}:        {Source: "I speak Italian", Target: "Je parle italien"},
		{Source: "no slot } here {", Target: "rien } ici {"}:   {Source: "no slot } here {", Target: "rien } ici {"},
		{Source: "an unknown {X}", Target: "un inconnu {X}"}:   {Source: "an unknown {X}", Target: "un inconnu {X}"},
	} {
		if got := w.fill(rng, template); got != want {
			t.Errorf("%q became %q, want %q", template, got, want)
		}
	}
	for range 300 { // numbers are the same on both sides, except for a price's comma and an hour's h
		p := w.fill(rng, data.Pair{Source: "{Y} {Z} {H} {D} {R} {P} {Q} {T}", Target: "{Y} {Z} {H} {D} {R} {P} {Q} {T}"})
		if plain := strings.NewReplacer(" h ", ":", ",", ".").Replace(p.Target); plain != p.Source {
			t.Fatalf("%q, %q", p.Source, p.Target)
		}
	}
	elided := w.fill(rng, data.Pair{Source: "{C}'s {C2} {C3}", Target: "que {C} de {C2} de {C3}"})
	if !strings.Contains(elided.Target, "d'Athènes") && !strings.Contains(elided.Target, "qu'Athènes") {
		t.Errorf("no elision in %q", elided.Target)
	}
}

func TestElision(t *testing.T) {
	for _, c := range []struct{ text, name, new, want string }{
		{"le livre de Tom", "Tom", "Anna", "le livre d'Anna"},
		{"le livre d'Anna", "Anna", "Tom", "le livre de Tom"},
		{"le livre d'Anna", "Anna", "Émile", "le livre d'Émile"},
		{"je crois que Tom dort", "Tom", "Ali", "je crois qu'Ali dort"},
		{"je crois qu'Ali dort", "Ali", "Tom", "je crois que Tom dort"},
		{"lorsque Tom dort", "Tom", "Ali", "lorsqu'Ali dort"},
		{"De Tom", "Tom", "Anna", "D'Anna"},
		{"D'Anna", "Anna", "Tom", "De Tom"},
		{"le vélo de Tom", "Tom", "Hélène", "le vélo d'Hélène"},
		{"le vélo de Tom", "Tom", "Hiroshi", "le vélo de Hiroshi"},
		{"chez Tom", "Tom", "Anna", "chez Anna"},
		{"une idée de Tom", "Tom", "Åsa", "une idée d'Åsa"},
		{"grande Tom", "Tom", "Anna", "grande Anna"},
	} {
		at := strings.Index(c.text, c.name)
		r, ok := inFrench(c.text, span{at, at + len(c.name)}, c.new)
		if got := replace(c.text, []replacement{r}); !ok || got != c.want {
			t.Errorf("%s for %s in %q gives %q, %v, want %q", c.new, c.name, c.text, got, ok, c.want)
		}
	}
	if _, ok := inFrench("l'Anna d'hier", span{2, 6}, "Tom"); ok {
		t.Error("l' is not mended, and still the name is replaced")
	}
}

func TestOtherNames(t *testing.T) {
	w := someWords()
	rng := rand.New(rand.NewPCG(2, 2))
	seen := map[string]bool{}
	for range 400 {
		p := w.otherNames(rng, data.Pair{Source: "Tom's mother lives in London with Mary. Tom is ill.", Target: "La mère de Tom habite à Londres avec Mary. Tom est malade."})
		name, rest, ok := strings.Cut(p.Source, "'s mother lives in ")
		if !ok || !strings.HasSuffix(rest, ". "+name+" is ill.") {
			t.Fatalf("%q", p.Source)
		}
		place, rest, _ := strings.Cut(rest, " with ")
		with, _, _ := strings.Cut(rest, ".")
		french := map[string]string{"Paris": "Paris", "London": "Londres", "Athens": "Athènes"}[place]
		if got, want := strings.Replace(p.Target, "d'", "de ", 1), "La mère de "+name+" habite à "+french+" avec "+with+". "+name+" est malade."; got != want || french == "" {
			t.Fatalf("%q became %q, want %q", p.Source, got, want)
		}
		if startsWithVowel(name) != strings.Contains(p.Target, "mère d'") {
			t.Fatalf("%q", p.Target)
		}
		seen[name] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d names in 400 texts: none are made up", len(seen))
	}
	for _, p := range []data.Pair{
		{Source: "Tom and Tom", Target: "Tom dort"},                  // not as often
		{Source: "Mary-Anna sleeps", Target: "Mary-Anna dort"},       // part of a longer name
		{Source: "Will it rain?", Target: "Va-t-il pleuvoir ?"},      // no name
		{Source: "I know Mary", Target: "Je connais Marie"},          // translated
		{Source: "the Anna of old", Target: "l'Anna d'autrefois"},    // an article that would change
		{Source: "Tomorrow", Target: "Tom demain"},                   // part of a word
		{Source: "nothing here", Target: "rien ici"},                 // nothing
		{Source: "", Target: ""},                                     // empty
		{Source: "London is big", Target: "London est grande ville"}, // not its French name
	} {
		if got := w.otherNames(rng, p); got != p {
			t.Errorf("%q became %q", p, got)
		}
	}
}

func TestOtherNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	changed := 0
	for range 300 {
		p := otherNumbers(rng, data.Pair{Source: "He has 3 cats, twelve dogs and 1984 fish at 07.", Target: "À 07, il a 1984 poissons, 3 chats et douze chiens."})
		number := func(text string) []string {
			return strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		}
		s, g := number(p.Source), number(p.Target)
		if len(s) != 4 || len(g) != 4 || s[0] != g[2] || s[1] != g[3] || s[2] != g[1] || s[3] != g[0] {
			t.Fatalf("%q, %q", p.Source, p.Target)
		}
		if len(s[0]) != 1 || s[0] == "0" || s[0] == "1" || len(s[2]) != 4 || len(s[3]) != 2 || s[3][0] != '0' {
			t.Fatalf("%q", p.Source)
		}
		if s[0] != "3" {
			changed++
		}
	}
	if changed < 150 {
		t.Errorf("the number changed %d times of 300", changed)
	}
	for _, p := range []data.Pair{
		{Source: "3 cats", Target: "4 chats"},
		{Source: "3 cats", Target: "trois chats"},
		{Source: "twenty-one", Target: "vingt-et-un"},
		{Source: "a new one", Target: "un neuf"},
		{Source: "3 and 3", Target: "3"},
		{Source: "none", Target: "aucun"},
	} {
		if got := otherNumbers(rng, p); got != p {
			t.Errorf("%q became %q", p, got)
		}
	}
}

func TestMisspell(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	forms := map[string]int{}
	for range 3000 {
		forms[misspell(rng, "an elle Anna ran")]++
	}
	// Of "elle" the second or third letter is left out, doubled, or swapped with the next; the others are short or
	// names.
	want := map[string]bool{"an ele Anna ran": true, "an ellle Anna ran": true, "an elle Anna ran": true, "an elel Anna ran": true}
	for f := range forms {
		if !want[f] {
			t.Errorf("misspelt as %q", f)
		}
	}
	if len(forms) != 4 {
		t.Errorf("the forms are %v", forms)
	}
	for _, s := range []string{"", "a bad cat", "Anna", "12345"} {
		if got := misspell(rng, s); s != "Anna" && got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := misspell(rng, "déjà"); !utf8.ValidString(got) || got == "" {
		t.Errorf("déjà became %q", got)
	}
}

func TestUnfinished(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	seen := map[string]bool{}
	for range 300 {
		p := unfinished(rng, data.Pair{Source: "I like apples.", Target: "J'aime les pommes."})
		if p.Target != "J'aime les pommes" {
			t.Fatalf("the target became %q", p.Target)
		}
		seen[p.Source] = true
	}
	for _, want := range []string{"I like apple", "I like appl", "I like app"} {
		if !seen[want] || len(seen) != 3 {
			t.Errorf("left unfinished as %v", seen)
		}
	}
	for _, p := range []data.Pair{{Source: "It is me.", Target: "C'est moi."}, {Source: "At 9:30.", Target: "À 9 h 30."}, {Source: "", Target: ""}, {Source: "?", Target: "?"}} {
		if got := unfinished(rng, p); got != p {
			t.Errorf("%q became %q", p, got)
		}
	}
}

func TestTitleCase(t *testing.T) {
	for s, want := range map[string]string{"i don't know, été!": "I Don't Know, Été!", "": "", "A b": "A B"} {
		if got := titleCase(s); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}

// TestAugment wants each change as often as the recipe says, and none that it does not ask for.
func TestAugment(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	w := someWords()
	p := data.Pair{Source: "Tom eats 3 apples.", Target: "Tom mange 3 pommes."}
	none := Augment{}
	if got := none.disguised(rng, none.replaced(rng, w, p)); got != p {
		t.Errorf("of nothing came %q", got)
	}
	const n = 20000
	for _, c := range []struct {
		name string
		a    Augment
		is   func(q data.Pair) bool
		want float64
	}{
		{"names", Augment{Names: 0.3}, func(q data.Pair) bool { return !strings.HasPrefix(q.Source, "Tom ") }, 0.3 * (1 - 0.7*0.25)},
		{"numbers", Augment{Numbers: 0.3}, func(q data.Pair) bool { return !strings.Contains(q.Source, "3") }, 0.3 * (1 - 1.0/8)},
		{"all_caps", Augment{AllCaps: 0.3}, func(q data.Pair) bool { return q.Source == "TOM EATS 3 APPLES." && q.Target == p.Target }, 0.3},
		{"title_case", Augment{TitleCase: 0.3}, func(q data.Pair) bool { return q.Source == "Tom Eats 3 Apples." && q.Target == p.Target }, 0.3},
		{"misspelt", Augment{Misspelt: 0.3}, func(q data.Pair) bool { return q.Source != p.Source && q.Target == p.Target }, 0.3 * (1 - 0.5/4/3)},
		{"unfinished", Augment{Unfinished: 0.3}, func(q data.Pair) bool { return strings.HasPrefix("Tom eats 3 apples", q.Source) }, 0.3},
	} {
		got := 0.0
		for range n {
			if c.is(c.a.disguised(rng, c.a.replaced(rng, w, p))) {
				got++
			}
		}
		if got /= n; math.Abs(got-c.want) > 0.03 {
			t.Errorf("%s: %g of the pairs changed, want %g", c.name, got, c.want)
		}
	}
}

// TestMix wants the shares of the recipe, every pair of the main texts once, and the same for the same seed.
func TestMix(t *testing.T) {
	r := small()
	r.Join, r.Typing = Join{}, Typing{}
	r.Mix = []Mix{{Train: Files{"a"}, Share: 0.2}, {Train: Files{"b"}, Share: 0.1}}
	d := &Data{Pairs: numbered(5000), Mixed: [][]data.Pair{{{Source: "a", Target: "A"}}, {{Source: "My name is {M}", Target: "Je m'appelle {M}"}}}, words: someWords()}
	texts := func(epoch uint64) (out []data.Pair) {
		for p := range r.texts(rand.New(rand.NewPCG(r.Seed, epoch)), d) {
			out = append(out, p)
		}
		return out
	}
	all := texts(0)
	counts := map[string]float64{}
	for _, p := range all {
		switch {
		case p.Source == "a":
			counts["a"]++
		case strings.HasPrefix(p.Source, "My name is "):
			counts["b"]++
			if strings.Contains(p.Source, "{") || "Je m'appelle "+p.Source[len("My name is "):] != p.Target {
				t.Fatalf("%q", p)
			}
		default:
			counts[p.Source]++
		}
	}
	n := float64(len(all))
	for name, want := range map[string]float64{"a": 0.2, "b": 0.1} {
		if got := counts[name] / n; math.Abs(got-want) > 0.02 {
			t.Errorf("%g of the texts are of %s, want %g", got, name, want)
		}
	}
	for _, p := range d.Pairs {
		if counts[p.Source] != 1 {
			t.Fatalf("%q comes %g times", p.Source, counts[p.Source])
		}
	}
	same := func(a, b []data.Pair) bool {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return false
			}
		}
		return len(a) == len(b)
	}
	if !same(all, texts(0)) || same(all, texts(1)) {
		t.Error("an epoch is not the same twice, or two epochs are")
	}
}

// TestOneDiet wants the three translators to learn from the same texts by the same rule: what the lessons compare is
// the networks. The recurrent two have what the Transformer makes of the sources besides.
func TestOneDiet(t *testing.T) {
	diet := func(name string) Recipe {
		r, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		r.Name, r.Title, r.Config = "", "", nil
		r.LearningRate, r.Dropout = 0, 0 // each has its own best
		if name != "en-fr" {
			if len(r.Mix) == 0 || !slices.Equal(r.Mix[0].Train, Files{"teacher/en-fr.tsv"}) || r.Mix[0].Share != 0.4 {
				t.Errorf("%s learns from %+v, not first from a teacher", name, r.Mix)
			}
			r.Mix = r.Mix[1:]
		}
		return *r
	}
	want := diet("en-fr")
	for _, name := range []string{"en-fr-attention", "en-fr-context"} {
		got := diet(name)
		if a, b := got.key(), want.key(); a != b {
			t.Errorf("%s differs in %s", name, difference(a, b))
		}
	}
}
