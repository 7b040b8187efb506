package eval

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"heed/core/data"
	"heed/core/model"
	"heed/core/transformer"
)

func TestProbeTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]string{Names(), Sentences(), strings.Split(strings.TrimSpace(probeNumbers), "\n")} {
		for _, s := range list {
			if seen[s] || s != strings.TrimSpace(s) || s == "" {
				t.Errorf("%q is a duplicate, or has spaces around it", s)
			}
			seen[s] = true
		}
	}
	if n := len(Names()); n != 200 {
		t.Errorf("%d names", n)
	}
	if n := len(Sentences()); n != 100 {
		t.Errorf("%d sentences", n)
	}
	if n := len(nameProbes()); n != 600 {
		t.Errorf("%d probes of names", n)
	}
	probes := numberProbes()
	if len(probes) != 200 {
		t.Errorf("%d probes of numbers", len(probes))
	}
	for _, p := range probes {
		if strings.Contains(p.source, "#") || p.want == "" || !hasDigits(p.source, p.want) {
			t.Errorf("%+v", p)
		}
	}
}

// TestProbeNamesUnseen wants no name of the probe in what the translators learn from, as far as it stands in the
// repository; the data folder is looked through when DATA names it.
func TestProbeNamesUnseen(t *testing.T) {
	files, dir := []string{}, "../recipe/recipes/en-fr/"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		files = append(files, dir+e.Name())
	}
	if d := os.Getenv("DATA"); d != "" {
		for _, f := range []string{"tatoeba-en-fr/train.tsv", "everyday/train.tsv", "everyday/slots.txt", "everyday/names-male.txt", "everyday/names-female.txt"} {
			files = append(files, d+"/"+f)
		}
	}
	word := regexp.MustCompile(`[\p{L}\p{M}]+`)
	known := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range word.FindAllString(string(text), -1) {
			known[strings.ToLower(w)] = true
		}
	}
	for _, name := range Names() {
		if known[strings.ToLower(name)] {
			t.Errorf("%s is trained on", name)
		}
	}
}

func TestHasWord(t *testing.T) {
	for _, c := range []struct {
		text, word string
		want       bool
	}{
		{"Je m'appelle Abena.", "Abena", true}, {"d'Özlem et", "Özlem", true}, {"Abenas", "Abena", false}, {"abena", "Abena", false},
		{"", "Abena", false}, {"éAbena", "Abena", false}, {"Abenaé Abena", "Abena", true}, {"Abena", "Abena", true},
	} {
		if got := hasWord(c.text, c.word); got != c.want {
			t.Errorf("%q in %q: %v", c.word, c.text, got)
		}
	}
}

func TestDigitsOf(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "none": "", "34 ans": "34", "de 2 à 97": "2 97", "9 900 euros": "9900", "9,900 euros": "9900", "9 90": "9 90",
		"12 345 678": "12345678", "7 h 30": "7 30", "12345 6789": "12345 6789", "a1b": "1",
	} {
		if got := digitsOf(text); got != want {
			t.Errorf("the digits of %q are %q, want %q", text, got, want)
		}
	}
}

func TestWrongLetter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		text  string
		where string // letters that may change
	}{{"It is a Camel.", "Camel"}, {"a b!", "ab"}, {"Hélène", "Hélène"}} {
		for range 200 {
			got := wrongLetter(rng, c.text)
			was, is := []rune(c.text), []rune(got)
			changed := 0
			for i := range min(len(was), len(is)) {
				if was[i] != is[i] {
					changed++
					if !strings.ContainsRune(c.where, was[i]) || strings.ToUpper(string(was[i])) == string(was[i]) != (strings.ToUpper(string(is[i])) == string(is[i])) {
						t.Fatalf("%q became %q", c.text, got)
					}
				}
			}
			if len(was) != len(is) || changed != 1 {
				t.Fatalf("%q became %q", c.text, got)
			}
		}
	}
	if got := wrongLetter(rng, "12, 3!"); got != "12, 3!" {
		t.Errorf("without letters it becomes %q", got)
	}
}

func TestExact(t *testing.T) {
	cases := []Case{{"a", []string{"un", "une"}}, {"b", []string{"be"}}, {"c", []string{"ce"}}, {"d", []string{"de."}}}
	if got := Exact([]string{"une", "be", "de", "de"}, cases); got != 0.5 {
		t.Errorf("%g are exactly a reference, want half", got)
	}
	if got := Exact(nil, nil); got != 0 {
		t.Errorf("of nothing %g are", got)
	}
}

func TestProbe(t *testing.T) {
	if testing.Short() {
		t.Skip("translates 1,600 sentences")
	}
	m, pairs := tiny(t, model.Translation)
	m.Net.(*transformer.Model).MaxPositions = 12 // which its outputs go on to
	pairs = append(pairs, data.Pair{Source: "the cat and the dog sat", Target: "le chat"}, data.Pair{Source: "a", Target: "un"})
	r, err := Probe(m, pairs, 1)
	if err != nil {
		t.Fatal(err)
	}
	cases := Cases(pairs)
	if r.BLEU != BLEU(m, cases, 1).BLEU || r.Cases != len(cases) || r.Names > 0.1 || r.Numbers > 0.1 || r.Exact > 0.5 {
		t.Errorf("%+v", r)
	}
	words := map[int]int{}
	for _, s := range r.ByWords {
		words[s.Size] = s.N
	}
	if words[1] != 1 || words[2] != 2 || words[3] != 1 || words[5] != 1 || len(r.ByTokens) != 4 {
		t.Errorf("by words %+v, by tokens %+v", r.ByWords, r.ByTokens)
	}
}
