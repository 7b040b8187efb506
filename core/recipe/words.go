package recipe

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/data"
)

// Slots are lists that templates are filled from, by the letter of their slot; see words.fill.
type Slots map[string]Files

// words are the lists of a recipe's slots.
type words struct {
	lists map[string][][]string // by slot: rows of columns
	named map[string]string     // the slot, M or F, of a first name
	city  map[string]int        // the row of a city's source in the list C
}

// Slots whose lists are of first names, and that of cities: what otherNames looks for in texts.
const (
	male   = "M"
	female = "F"
	cities = "C"
)

func newWords(lists map[string][][]string) *words {
	w := &words{lists: lists, named: map[string]string{}, city: map[string]int{}}
	for i, row := range lists[cities] {
		w.city[row[0]] = i
	}
	places := map[string]bool{} // a name that is one of these may be no name
	for slot, rows := range lists {
		if slot != male && slot != female {
			for _, row := range rows {
				places[row[0]] = true
			}
		}
	}
	for _, slot := range []string{female, male} { // of a name of both the last is taken, in one order always
		for _, row := range lists[slot] {
			if !places[row[0]] {
				w.named[row[0]] = slot
			}
		}
	}
	return w
}

// fill puts words into the slots of a template. A slot is {S}, {S2}, {S3} for different ones of a kind S; in the
// target {S:form} takes another column of the list, whose forms are told by the first two letters of what is
// there: see form. Kinds without a list of their own:
//
//	{N} a name, male or female   {Y} 2 to 99      {Z} 100 to 9999     {Q} a price, 12.50 and 12,50
//	{H} an hour, 2 to 12         {T} 7:30, 7 h 30 {D} a day, 2 to 31  {R} a year
//	{P} a phone number
func (w *words) fill(rng *rand.Rand, p data.Pair) data.Pair {
	if !strings.Contains(p.Source, "{") {
		return p
	}
	drawn := map[string][]string{}
	put := func(text string, target bool) string {
		var b strings.Builder
		for {
			from := strings.IndexByte(text, '{')
			to := strings.IndexByte(text, '}')
			if from < 0 || to < from {
				b.WriteString(text)
				return b.String()
			}
			slot, form, _ := strings.Cut(text[from+1:to], ":")
			row := drawn[slot]
			for try := 0; row == nil; try++ {
				row = w.draw(rng, strings.TrimRight(slot, "0123456789"))
				for _, other := range drawn {
					if other[0] == row[0] && len(slot) > 1 && try < 20 {
						row = nil // {N2} is another than {N}
						break
					}
				}
			}
			drawn[slot] = row
			word := row[0]
			switch {
			case form != "":
				word = row[column(form, len(row))]
			case target:
				word = row[min(1, len(row)-1)]
			}
			before := text[:from]
			if target && form == "" {
				before = elide(before, word)
			}
			if target && b.Len() == 0 && before == "" {
				word = capital(word)
			}
			b.WriteString(before)
			b.WriteString(word)
			text = text[to+1:]
		}
	}
	source := put(p.Source, false)
	return data.Pair{Source: source, Target: put(p.Target, true)}
}

// column is where a list has a form: of countries "de", "en" and "le" are columns 1 to 3 ("de France", "en France",
// "la France"), of languages "le" is the last ("le français").
func column(form string, columns int) int {
	switch form {
	case "de":
		return min(1, columns-1)
	case "en":
		return min(2, columns-1)
	}
	return columns - 1
}

// draw returns a row of a slot's list, or what is made for a slot without one.
func (w *words) draw(rng *rand.Rand, slot string) []string {
	number := func(low, high int) string { return strconv.Itoa(low + rng.IntN(high-low+1)) }
	switch slot {
	case "N":
		return []string{w.name(rng, [...]string{male, female}[rng.IntN(2)])}
	case male, female:
		return []string{w.name(rng, slot)}
	case "Y":
		return []string{number(2, 99)}
	case "Z":
		return []string{digits(rng, 3+rng.IntN(2))}
	case "H":
		return []string{number(2, 12)}
	case "D":
		return []string{number(2, 31)}
	case "R":
		return []string{year(rng)}
	case "Q":
		whole, cents := number(2, 99), number(10, 99)
		return []string{whole + "." + cents, whole + "," + cents}
	case "T":
		hour, minute := number(2, 12), number(0, 5)+number(0, 9)
		return []string{hour + ":" + minute, hour + " h " + minute}
	case "P":
		if rng.IntN(2) == 0 {
			return []string{digits(rng, 3) + "-" + digits(rng, 4)}
		}
		parts := []string{"0" + number(1, 9)}
		for range 4 {
			parts = append(parts, number(0, 9)+number(0, 9))
		}
		return []string{strings.Join(parts, " ")}
	}
	rows := w.lists[slot]
	if len(rows) == 0 {
		return []string{"{" + slot + "}"}
	}
	return rows[rng.IntN(len(rows))]
}

// name draws a first name. Three in ten are made of two names' halves, one in ten has an accent, and one in
// thirty is two with a hyphen: names of all the world are not in a list, and the model is to copy what it has
// never seen.
func (w *words) name(rng *rand.Rand, slot string) string {
	rows := w.lists[slot]
	if len(rows) == 0 {
		return "Tom"
	}
	pick := func() string { return rows[rng.IntN(len(rows))][0] }
	name := pick()
	if rng.Float64() < 0.3 {
		a, b := []rune(name), []rune(pick())
		a = a[:min(len(a), 1+rng.IntN(4))]
		b = b[min(len(b)-1, 1+rng.IntN(4)):]
		if len(a)+len(b) >= 2 {
			name = string(a) + string(b)
		}
	}
	if rng.Float64() < 0.1 {
		name = accented(rng, name)
	}
	if rng.IntN(30) == 0 {
		name += "-" + pick()
	}
	return name
}

// accents are letters that names of other languages have in place of plain ones.
var accents = map[rune][]rune{
	'a': []rune("áàâäåãąă"), 'e': []rune("éèêëęě"), 'i': []rune("íîïı"), 'o': []rune("óôöøõő"), 'u': []rune("úûüů"),
	'c': []rune("çćč"), 'n': []rune("ñńň"), 's': []rune("šşś"), 'z': []rune("žźż"), 'l': []rune("ł"), 'y': []rune("ý"), 'g': []rune("ğ"),
}

// accented puts an accent on one letter of a name that can have one.
func accented(rng *rand.Rand, name string) string {
	letters := []rune(name)
	var at []int
	for i, r := range letters {
		if accents[r] != nil {
			at = append(at, i)
		}
	}
	if len(at) > 0 {
		i := at[rng.IntN(len(at))]
		list := accents[letters[i]]
		letters[i] = list[rng.IntN(len(list))]
	}
	return string(letters)
}

// otherNames puts other names and cities in the place of those that both sides have equally often, a woman's for a
// woman's and a man's for a man's, and mends de, que and the like before them in French. Where a name can not be
// changed so, the pair stays.
func (w *words) otherNames(rng *rand.Rand, p data.Pair) data.Pair {
	type found struct{ source, target []span }
	names := map[string]*found{}
	var order []string
	taken := func(text string, s span) bool { // part of a longer name
		return s.from > 0 && text[s.from-1] == '-' || s.to < len(text) && text[s.to] == '-'
	}
	source := wordSpans(p.Source)
	for _, s := range source {
		word := s.of(p.Source)
		_, city := w.city[word]
		if (w.named[word] == "" && !city) || taken(p.Source, s) {
			continue
		}
		if names[word] == nil {
			names[word] = &found{}
			order = append(order, word)
		}
		names[word].source = append(names[word].source, s)
	}
	if len(order) == 0 {
		return p
	}
	french := map[string]string{} // by the source's name
	for _, word := range order {
		french[word] = word
		if i, ok := w.city[word]; ok {
			row := w.lists[cities][i]
			french[word] = row[len(row)-1]
		}
	}
	for _, s := range wordSpans(p.Target) {
		for _, word := range order {
			if s.of(p.Target) == french[word] && !taken(p.Target, s) {
				names[word].target = append(names[word].target, s)
			}
		}
	}
	var inSource, inTarget []replacement
	for _, word := range order {
		f := names[word]
		if len(f.source) != len(f.target) {
			continue
		}
		var new, newFrench string
		if _, ok := w.city[word]; ok {
			row := w.lists[cities][rng.IntN(len(w.lists[cities]))]
			new, newFrench = row[0], row[len(row)-1]
		} else {
			new = w.name(rng, w.named[word])
			newFrench = new
		}
		var list []replacement
		for _, s := range f.target {
			r, ok := inFrench(p.Target, s, newFrench)
			if !ok {
				list = nil
				break
			}
			list = append(list, r)
		}
		if list == nil {
			continue
		}
		inTarget = append(inTarget, list...)
		for _, s := range f.source {
			inSource = append(inSource, replacement{s, new})
		}
	}
	return data.Pair{Source: replace(p.Source, inSource), Target: replace(p.Target, inTarget)}
}

// elided are the French words that lose their last letter before a name that begins with a vowel.
var elided = []string{"de", "que", "lorsque", "puisque", "quoique", "jusque"}

// inFrench returns what replaces a name in a French text: the name, with the word before it if that changes. It
// is not ok after an apostrophe that no word of elided explains.
func inFrench(text string, s span, name string) (r replacement, ok bool) {
	r = replacement{s, name}
	before := text[:s.from]
	if strings.HasSuffix(before, "'") {
		from := s.from - 1
		for from > 0 {
			c, n := utf8.DecodeLastRuneInString(before[:from])
			if !unicode.IsLetter(c) {
				break
			}
			from -= n
		}
		stem := before[from : s.from-1]
		if !slices.Contains(elided, strings.ToLower(stem)+"e") {
			return r, false
		}
		r.from = from
		r.by = elide(stem+"e ", name) + name
		return r, true
	}
	if short := elide(before, name); short != before {
		r.from = len(short) - 1 // the apostrophe's place; before it nothing changes
		r.by = "'" + name
	}
	return r, true
}

// elide takes the e from the word at the end of before, such as "de ", when name begins with a vowel:
// "le livre de " and "Anna" give "le livre d'".
func elide(before, name string) string {
	if !strings.HasSuffix(before, "e ") || !startsWithVowel(name) {
		return before
	}
	word := before[:len(before)-1]
	if i := strings.LastIndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = word[i+1:]
	}
	if !slices.Contains(elided, strings.ToLower(word)) {
		return before
	}
	return before[:len(before)-2] + "'"
}

// startsWithVowel says whether a French de is elided before a name. An h counts as a consonant, which it is in most
// languages that names come from, except for those that French itself has.
func startsWithVowel(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	if strings.ContainsRune("AEIOUÀÁÂÄÅÃĄĂÉÈÊËĘĚÍÎÏÓÔÖØÕÚÛÜŮ", unicode.ToUpper(r)) {
		return true
	}
	for _, h := range []string{"Hél", "Hele", "Henri", "Hort", "Hect", "Herv", "Hono", "Yv"} {
		if strings.HasPrefix(name, h) {
			return true
		}
	}
	return false
}

// capital returns s with a capital at its start.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
