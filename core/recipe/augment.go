package recipe

import (
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/data"
)

// Augment says how often an example is changed, drawn anew at every epoch. Names and numbers change on both
// sides; the rest changes the source alone, so that the model learns to read it.
type Augment struct {
	Names      float64 `json:"names,omitempty"`       // of texts with a name or a city on both sides: another stands there
	Numbers    float64 `json:"numbers,omitempty"`     // of texts with the same numbers on both sides: others stand there, in digits
	AllCaps    float64 `json:"all_caps,omitempty"`    // the source is in capitals
	TitleCase  float64 `json:"title_case,omitempty"`  // each word of the source begins with a capital
	Misspelt   float64 `json:"misspelt,omitempty"`    // one word of the source has a letter missing, doubled, or swapped with the next
	Unfinished float64 `json:"unfinished,omitempty"`  // the last word of the source lacks its end; the target is the whole sentence, without its final mark
	BPEDropout float64 `json:"bpe_dropout,omitempty"` // of the merges of a source's words, each time they could be made (Provilkov et al. 2020)
}

// replaced returns the pair with other names and other numbers, each with the recipe's probability.
func (a *Augment) replaced(rng *rand.Rand, w *words, p data.Pair) data.Pair {
	if a.Names > 0 && rng.Float64() < a.Names {
		p = w.otherNames(rng, p)
	}
	if a.Numbers > 0 && rng.Float64() < a.Numbers {
		p = otherNumbers(rng, p)
	}
	return p
}

// disguised returns the pair with a source as it may be typed.
func (a *Augment) disguised(rng *rand.Rand, p data.Pair) data.Pair {
	if a.Misspelt > 0 && rng.Float64() < a.Misspelt {
		p.Source = misspell(rng, p.Source)
	}
	if a.Unfinished > 0 && rng.Float64() < a.Unfinished {
		p = unfinished(rng, p)
	}
	if a.AllCaps+a.TitleCase == 0 {
		return p
	}
	switch x := rng.Float64(); {
	case x < a.AllCaps:
		p.Source = strings.ToUpper(p.Source)
	case x < a.AllCaps+a.TitleCase:
		p.Source = titleCase(p.Source)
	}
	return p
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

func (s span) of(text string) string { return text[s.from:s.to] }

// wordSpans returns the runs of letters of a text.
func wordSpans(text string) []span {
	var out []span
	from := -1
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			if from < 0 {
				from = i
			}
		} else if from >= 0 {
			out = append(out, span{from, i})
			from = -1
		}
	}
	if from >= 0 {
		out = append(out, span{from, len(text)})
	}
	return out
}

// misspell makes one slip of the finger in a word of four letters or more that is no name: a letter is left
// out, doubled, or swapped with the next. A text without such a word stays.
func misspell(rng *rand.Rand, text string) string {
	var long []span
	for _, s := range wordSpans(text) {
		if r, _ := utf8.DecodeRuneInString(text[s.from:]); utf8.RuneCountInString(s.of(text)) >= 4 && (s.from == 0 || !unicode.IsUpper(r)) {
			long = append(long, s)
		}
	}
	if len(long) == 0 {
		return text
	}
	s := long[rng.IntN(len(long))]
	letters := []rune(s.of(text))
	i := 1 + rng.IntN(len(letters)-2)
	switch rng.IntN(3) {
	case 0:
		letters = append(letters[:i], letters[i+1:]...)
	case 1:
		letters = append(letters[:i+1], letters[i:]...)
	case 2:
		letters[i], letters[i+1] = letters[i+1], letters[i]
	}
	return text[:s.from] + string(letters) + text[s.to:]
}

// unfinished takes up to half of the letters from the end of the source's last word, and the final marks from both
// sides: most of a word tells the rest, so that the target is the whole sentence all the same. A last word of
// fewer than four letters stays.
func unfinished(rng *rand.Rand, p data.Pair) data.Pair {
	q := p.WithoutFinalMark()
	spans := wordSpans(q.Source)
	if len(spans) == 0 || spans[len(spans)-1].to != len(q.Source) {
		return p
	}
	s := spans[len(spans)-1]
	letters := []rune(s.of(q.Source))
	if len(letters) < 4 {
		return p
	}
	q.Source = q.Source[:s.from] + string(letters[:len(letters)-1-rng.IntN(len(letters)/2)])
	return q
}

// titleCase begins each word with a capital.
func titleCase(text string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		within := inside
		inside = unicode.IsLetter(r) || r == '\''
		if within {
			return r
		}
		return unicode.ToUpper(r)
	}, text)
}

// numberWords are numbers from two on, in English and in French. Below that a noun may change with its number.
var numberWords = map[string]string{
	"two": "deux", "three": "trois", "four": "quatre", "five": "cinq", "six": "six", "seven": "sept", "eight": "huit", "nine": "neuf",
	"ten": "dix", "eleven": "onze", "twelve": "douze", "thirteen": "treize", "fourteen": "quatorze", "fifteen": "quinze",
	"sixteen": "seize", "twenty": "vingt", "thirty": "trente", "forty": "quarante", "fifty": "cinquante", "sixty": "soixante",
}

// frenchNumbers are the values of numberWords.
var frenchNumbers = func() map[string]bool {
	set := map[string]bool{}
	for _, fr := range numberWords {
		set[fr] = true
	}
	return set
}()

// otherNumbers replaces the numbers of a pair whose sides have the same ones by others of as many digits, a number
// written out by one in digits. Every other pair stays as it is.
func otherNumbers(rng *rand.Rand, p data.Pair) data.Pair {
	type number struct {
		span
		key string // as the other side must have it
	}
	find := func(text string, french bool) (out []number, ok bool) {
		for i := 0; i < len(text); {
			n := 0
			for i+n < len(text) && text[i+n] >= '0' && text[i+n] <= '9' {
				n++
			}
			if n > 0 {
				out = append(out, number{span{i, i + n}, text[i : i+n]})
			}
			i += max(n, 1)
		}
		for _, s := range wordSpans(text) {
			word := strings.ToLower(s.of(text))
			key, known := numberWords[word]
			if french {
				key, known = word, frenchNumbers[word]
			}
			if !known {
				continue
			}
			if s.from > 0 && text[s.from-1] == '-' || s.to < len(text) && text[s.to] == '-' {
				return nil, false // part of a longer one
			}
			out = append(out, number{s, key})
		}
		return out, len(out) > 0
	}
	source, ok := find(p.Source, false)
	if !ok {
		return p
	}
	target, ok := find(p.Target, true)
	if !ok || len(source) != len(target) {
		return p
	}
	count := map[string]int{}
	for _, n := range source {
		count[n.key]++
	}
	for _, n := range target {
		if count[n.key]--; count[n.key] < 0 {
			return p
		}
	}
	others := map[string]string{}
	for _, n := range source { // in order of the text, so that the draws are
		if others[n.key] == "" {
			others[n.key] = otherNumber(rng, n.key)
		}
	}
	put := func(text string, numbers []number) string {
		var list []replacement
		for _, n := range numbers {
			list = append(list, replacement{n.span, others[n.key]})
		}
		return replace(text, list)
	}
	return data.Pair{Source: put(p.Source, source), Target: put(p.Target, target)}
}

// otherNumber draws a number of as many digits as s has, from 2 on; for a number in words one from 2 to 99. What
// begins with 0, such as minutes, does so again.
func otherNumber(rng *rand.Rand, s string) string {
	if s[0] > '9' {
		return digits(rng, 1+rng.IntN(2))
	}
	if len(s) > 1 && s[0] == '0' {
		return "0" + digits(rng, len(s)-1)
	}
	if len(s) == 4 && (s[:2] == "19" || s[:2] == "20") { // likely a year
		return year(rng)
	}
	return digits(rng, len(s))
}

// digits draws a number of n digits, the first not 0, from 2 on.
func digits(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(rng.IntN(10))
	}
	if b[0] == '0' || n == 1 && b[0] == '1' {
		b[0] = '2' + byte(rng.IntN(8))
	}
	return string(b)
}

func year(rng *rand.Rand) string {
	return [...]string{"17", "18", "19", "19", "20"}[rng.IntN(5)] + string([]byte{'0' + byte(rng.IntN(10)), '0' + byte(rng.IntN(10))})
}

// replacement says what is put at a place of a text.
type replacement struct {
	span
	by string
}

// replace makes replacements, which do not overlap, in any order.
func replace(text string, list []replacement) string {
	for len(list) > 0 { // the last place first, so that the others stay where they are
		last := 0
		for i, r := range list {
			if r.from > list[last].from {
				last = i
			}
		}
		r := list[last]
		text = text[:r.from] + r.by + text[r.to:]
		list = append(list[:last:last], list[last+1:]...)
	}
	return text
}
