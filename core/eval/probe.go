package eval

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"

	"heed/core/data"
	"heed/core/model"
)

// The texts of probes: names that no training text has, sentences with a # for a number, and a hundred sentences that
// anybody would try. The three were written for this project.
//
//go:embed probe/names.txt
var probeNames string

//go:embed probe/numbers.txt
var probeNumbers string

//go:embed probe/sentences.txt
var probeSentences string

// Names returns the first names that Probe has copied: 200 of many cultures.
func Names() []string { return strings.Fields(probeNames) }

// Sentences returns a hundred sentences that anybody would try.
func Sentences() []string { return strings.Split(strings.TrimSpace(probeSentences), "\n") }

// Report says how well a translator does on texts like those that people type first.
type Report struct {
	BLEU  float64 `json:"bleu"`
	Exact float64 `json:"exact"` // share of outputs that are one of their references, letter by letter
	Cases int     `json:"n"`

	Names   float64 `json:"names_copied"`  // share of outputs that have the name, of 200 names in three sentences each
	Numbers float64 `json:"digits_copied"` // share of outputs whose digits are the source's, of 100 sentences with two numbers each

	// BLEU by BLEU as the sentences stand.
	AsTyped  float64 `json:"as_typed_kept"` // sources in lower case, no final marks
	Misspelt float64 `json:"misspelt_kept"` // one wrong letter in a source of 6 words

	ByWords  []SizeScore `json:"by_words"`  // sources of 1 to 5 words, as they are in the file
	ByTokens []SizeScore `json:"by_tokens"` // joined to 5 to 40 tokens
}

// SizeScore is the BLEU of sources of one size.
type SizeScore struct {
	Size int     `json:"size"`
	BLEU float64 `json:"bleu"`
	N    int     `json:"n"`
}

// Probe measures a translator on cases and on its own texts.
func Probe(m *model.Model, pairs []data.Pair, beam int) (Report, error) {
	cases := Cases(pairs)
	outputs := Translate(m, Sources(cases), beam)
	r := Report{BLEU: Compare(outputs, cases).BLEU, Exact: Exact(outputs, cases), Cases: len(cases)}
	r.Names = copied(m, beam, nameProbes(), hasWord)
	r.Numbers = copied(m, beam, numberProbes(), hasDigits)
	typed := Cases(AsTyped(pairs))
	r.AsTyped = Compare(Translate(m, Sources(typed), beam), typed).BLEU / r.BLEU

	var six, wrong []Case
	rng := rand.New(rand.NewPCG(1, 6))
	for _, c := range cases {
		if len(strings.Fields(c.Source)) == 6 {
			six = append(six, c)
			wrong = append(wrong, Case{wrongLetter(rng, c.Source), c.References})
		}
	}
	if len(six) > 0 {
		r.Misspelt = Compare(Translate(m, Sources(wrong), beam), six).BLEU / Compare(Translate(m, Sources(six), beam), six).BLEU
	}
	for size := 1; size <= 5; size++ {
		var of []Case
		var out []string
		for i, c := range cases {
			if len(strings.Fields(c.Source)) == size {
				of, out = append(of, c), append(out, outputs[i])
			}
		}
		if len(of) > 0 {
			r.ByWords = append(r.ByWords, SizeScore{size, Compare(out, of).BLEU, len(of)})
		}
	}
	tokens := func(c Case) int { return len(m.Tokenizer.EncodePlain(" " + c.Source)) }
	for _, size := range []int{5, 10, 20, 40} {
		of, err := ofSize(cases, tokens, size, LengthCases)
		if err != nil {
			return r, fmt.Errorf("%d tokens: %w", size, err)
		}
		r.ByTokens = append(r.ByTokens, SizeScore{size, Compare(Translate(m, Sources(of), beam), of).BLEU, len(of)})
	}
	return r, nil
}

// Exact returns the share of outputs that are one of their references.
func Exact(outputs []string, cases []Case) float64 {
	n := 0
	for i, c := range cases {
		for _, r := range c.References {
			if outputs[i] == r {
				n++
				break
			}
		}
	}
	return float64(n) / float64(max(1, len(cases)))
}

// probe is a source, and what its output must have.
type probe struct{ source, want string }

func nameProbes() (out []probe) {
	cities := [...]string{"Paris", "London", "Rome", "Berlin"}
	for i, name := range Names() {
		for _, text := range []string{"My name is #.", "# is my friend.", "I met # in " + cities[i%len(cities)] + "."} {
			out = append(out, probe{strings.Replace(text, "#", name, 1), name})
		}
	}
	return out
}

// numberProbes has each sentence with a number of one or two digits, and one of three or four.
func numberProbes() (out []probe) {
	rng := rand.New(rand.NewPCG(1, 200))
	for text := range strings.Lines(strings.TrimSpace(probeNumbers)) {
		text = strings.TrimSpace(text)
		for _, n := range []int{2 + rng.IntN(98), 100 + rng.IntN(9900)} {
			s := strings.Replace(text, "#", strconv.Itoa(n), 1)
			out = append(out, probe{s, digitsOf(s)})
		}
	}
	return out
}

// copied returns the share of the probes whose outputs have what they must.
func copied(m *model.Model, beam int, probes []probe, has func(output, want string) bool) float64 {
	var texts []string
	for _, p := range probes {
		texts = append(texts, p.source)
	}
	n := 0
	for i, output := range Translate(m, texts, beam) {
		if has(output, probes[i].want) {
			n++
		}
	}
	return float64(n) / float64(len(probes))
}

// hasWord reports whether a text has a word, with no letter beside it.
func hasWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		before, after := []rune(text[:i]), []rune(text[i+len(word):])
		if (len(before) == 0 || !unicode.IsLetter(before[len(before)-1])) && (len(after) == 0 || !unicode.IsLetter(after[0])) {
			return true
		}
		from = i + 1
	}
}

func hasDigits(text, digits string) bool { return digitsOf(text) == digits }

// digitsOf returns the numbers of a text, spaces between them; a space or a point between the thousands of one is no
// end of it.
func digitsOf(text string) string {
	var b strings.Builder
	runes := []rune(text)
	digit := func(i int) bool { return i >= 0 && i < len(runes) && runes[i] >= '0' && runes[i] <= '9' }
	for i, r := range runes {
		switch {
		case digit(i):
			b.WriteRune(r)
		case digit(i-1) && digit(i+1) && digit(i+2) && digit(i+3) && !digit(i+4): // 9 900
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// wrongLetter puts another letter in the place of one, in a word of four letters or more if there is one.
func wrongLetter(rng *rand.Rand, text string) string {
	letters := []rune(text)
	var all, long []int
	from := 0
	for i := 0; i <= len(letters); i++ {
		if i < len(letters) && unicode.IsLetter(letters[i]) {
			all = append(all, i)
			continue
		}
		if i-from >= 4 {
			for j := from; j < i; j++ {
				long = append(long, j)
			}
		}
		from = i + 1
	}
	if len(long) == 0 {
		long = all
	}
	if len(long) == 0 {
		return text
	}
	at := long[rng.IntN(len(long))]
	other := rune('a' + rng.IntN(25))
	if other >= unicode.ToLower(letters[at]) && letters[at] < 0x80 {
		other++
	}
	if unicode.IsUpper(letters[at]) {
		other = unicode.ToUpper(other)
	}
	letters[at] = other
	return string(letters)
}
