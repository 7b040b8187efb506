package run

import (
	"strings"
	"unicode"

	"heed/core/record"
)

// functionWords are frequent short words of the languages that people most often type into a
// model of English. A word stands under each language that has it.
var functionWords = []struct{ language, words string }{
	{"English", " a am an and are as at be but by can do does for from had has have he her him his how i if in is it me my no not of on or our she so that the their them there they this to us was we were what when where who will with would you your "},
	{"French", " au aux avec bien ce ces cette comme dans de des du elle en est et fait il ils j je l la le les leur lui ma mais me mes mon ne nous on ont ou où par pas plus pour qu que qui sa se ses son sont suis sur ta te toi ton tout tu un une vous été être "},
	{"German", " aber als am an auch auf aus bei bin bist da das dass dem den der des die du ein eine einen einer er es für habe haben hat heute ich ihr im in ist ja kein keine mein mich mir mit nach nicht noch nur oder schon sehr sein sich sie sind so um und uns von war was wenn wer wie wir wird wo zu zum "},
	{"Spanish", " al como con cuando de del donde el ella en eres es esta este está están estoy fue ha hay hola la las le llamo lo los me mi muy más no nos para pero por porque que qué se ser si sin son soy su sus te tiene todo tu un una ya yo él "},
	{"Italian", " al alla anche che chi ci come con da dei del della di dove ed era gli ha ho il in io l la le lei lo ma mi mio molto nel non per perché più quando questo se sei si sono su sua ti tu tutto un una voi "},
}

// languagesOf has of each function word a bit for each language that has it, in the order of functionWords. It is asked
// at each key, for each word of the text.
var languagesOf = func() map[string]uint8 {
	all := map[string]uint8{}
	for l, f := range functionWords {
		for _, word := range strings.Fields(f.words) {
			all[word] |= 1 << l
		}
	}
	return all
}()

// otherLanguage is the English name of the language that a text seems to be written in, if that is not English; ""
// if it is, or if there is no telling. It counts function words, at least two of the other language and more than
// twice as many as of English: frequent short words tell European languages apart (Grefenstette, Comparing two
// language identification schemes, 1995).
func otherLanguage(s string) (found string) {
	const enough = 100                        // words
	counts := make([]int, len(functionWords)) // the first is English
	for i, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if i == enough {
			break
		}
		for l := range counts {
			counts[l] += int(languagesOf[word] >> l & 1)
		}
	}
	most := max(1, 2*counts[0])
	for l, n := range counts {
		if n > most {
			most, found = n, functionWords[l].language
		}
	}
	return found
}

// unfamiliar reports whether the tokens of a text are so small that its words cannot be ones that the vocabulary was
// learned from: more than 2.5 a word, and 8 or more. Three in a thousand sentences of the translators' test texts are
// so.
func unfamiliar(s string, tokens []record.Token) bool {
	n := 0
	for _, t := range tokens {
		if !t.Special {
			n++
		}
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return n >= 8 && 2*n > 5*len(words)
}
