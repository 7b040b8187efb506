package problem

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

var months = strings.Fields("January February March April May June July August September October November December")

// days is the number of days of a month, from 1, in the Gregorian calendar.
func days(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// dates writes a day between 1950 and 2049 in one of several ways; the target is ISO 8601.
func dates(r *rand.Rand, _ int) Example {
	year, month := 1950+r.IntN(100), 1+r.IntN(12)
	day := 1 + r.IntN(days(year, month))
	y, m, d := strconv.Itoa(year), months[month-1], strconv.Itoa(day)
	var source string
	switch r.IntN(6) {
	case 0:
		source = d + " " + m + " " + y
	case 1:
		source = m + " " + d + ", " + y
	case 2:
		source = d + " " + m[:3] + " " + y
	case 3:
		source = strings.ToUpper(m[:3]) + " " + d + " " + y
	case 4:
		source = y + " " + m + " " + d
	default:
		source = d + "." + strconv.Itoa(month) + "." + y
	}
	return Example{source, y + "-" + digits(month, 2) + "-" + digits(day, 2)}
}

// plural makes a word of n syllables and its plural.
func plural(r *rand.Rand, n int) Example {
	begin := strings.Fields("b bl c ch d dr f fl g gr h j k l m n p pl r s sl sn t tr v w z")
	middle := strings.Fields("a e i o u oo ai ea")
	end := strings.Fields("b ck d f g l m n nt p r st t s x z ch sh y fe")
	var b strings.Builder
	for range n {
		b.WriteString(begin[r.IntN(len(begin))] + middle[r.IntN(len(middle))])
	}
	word := b.String() + end[r.IntN(len(end))]
	return Example{word, pluralOf(word)}
}

// pluralOf is a toy rule for made-up words, after the regular plurals of English nouns and those of wolf and knife.
// Real words have exceptions, such as roofs, quizzes and potatoes.
func pluralOf(word string) string {
	ends := func(all ...string) bool {
		for _, e := range all {
			if strings.HasSuffix(word, e) {
				return true
			}
		}
		return false
	}
	n := len(word)
	switch {
	case ends("s", "x", "z", "ch", "sh"):
		return word + "es"
	case ends("y") && n > 1 && !strings.ContainsRune("aeiou", rune(word[n-2])):
		return word[:n-1] + "ies"
	case ends("fe"):
		return word[:n-2] + "ves"
	case ends("f") && !ends("ff"):
		return word[:n-1] + "ves"
	}
	return word + "s"
}

// The toy languages: English words in English order, and made-up words with the verb last and
// adjectives after their nouns.
var (
	toyNouns      = map[string]string{"cat": "mio", "dog": "wak", "bird": "tiri", "girl": "sela", "boy": "tomo", "fish": "glu", "king": "rano", "tree": "ora"}
	toyAdjectives = map[string]string{"red": "lun", "small": "pik", "old": "vet", "happy": "joi", "green": "zel"}
	toyVerbs      = map[string]string{"sees": "vidas", "likes": "amas", "follows": "sekas", "finds": "trovas", "hears": "audas"}
	toyArticles   = map[string]string{"the": "la", "a": "un"}

	toyLists = [4][]string{
		strings.Fields("cat dog bird girl boy fish king tree"),
		strings.Fields("red small old happy green"),
		strings.Fields("sees likes follows finds hears"),
		strings.Fields("the a"),
	}
)

// toySymbols lists the words, each with the space before it.
func toySymbols() (all []string) {
	for i, words := range []map[string]string{toyNouns, toyAdjectives, toyVerbs, toyArticles} {
		for _, w := range toyLists[i] {
			all = append(all, " "+w, " "+words[w])
		}
	}
	return all
}

// toy makes a sentence in which each of the two nouns has fewer than n adjectives, any number as often as another.
func toy(r *rand.Rand, n int) Example {
	pick := func(list int) string { return toyLists[list][r.IntN(len(toyLists[list]))] }
	phrase := func() (source, target string) {
		article, noun := pick(3), pick(0)
		source, target = " "+article, " "+toyArticles[article]+" "+toyNouns[noun]
		for range r.IntN(n) {
			a := pick(1)
			source += " " + a
			target += " " + toyAdjectives[a]
		}
		return source + " " + noun, target
	}
	subject, first := phrase()
	verb := pick(2)
	object, second := phrase()
	return Example{subject + " " + verb + object, first + second + " " + toyVerbs[verb]}
}
