package record

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"heed/core/say"
	"heed/core/stable"
)

// Replaced is a word of the text that is read as another.
type Replaced struct {
	Word int    // as WordsOf counts, from 0
	With string // a word, or several
}

// String writes it as addresses do, such as 3=dog.
func (p Replaced) String() string { return strconv.Itoa(p.Word) + "=" + p.With }

// WordsOf returns where each word of a text begins and ends, in bytes: letters, digits and what stands within a word,
// such as an apostrophe or a hyphen.
func WordsOf(text string) (words [][2]int) {
	begin, end := -1, 0 // of the word that is open
	for i, r := range text + " " {
		switch {
		case unicode.In(r, unicode.L, unicode.M, unicode.N) || r == '_':
			if begin < 0 {
				begin = i
			}
			end = i + len(string(r))
		case begin >= 0 && (r == '\'' || r == '’' || r == '-') && i == end: // which counts if a letter follows
		case begin >= 0:
			words, begin = append(words, [2]int{begin, end}), -1
		}
	}
	return words
}

// ReplaceList writes the words that are replaced as ParseReplace reads them.
func (c *Changes) ReplaceList() string { return listed(c.Replace, Replaced.String) }

// ParseReplace reads a list such as "3=dog,5=big cat" into Replace: WORD=OTHER, the words counted from 0. What it
// cannot read it leaves out; the error, a sentence, is about the last of that. Of one word that is replaced twice the
// last counts.
func (c *Changes) ParseReplace(list string) (err error) {
	for item := range items(list) {
		at, with, _ := strings.Cut(item, "=")
		n, wrong := strconv.Atoi(strings.TrimSpace(at))
		if with = strings.TrimSpace(with); wrong != nil || n < 0 || n > math.MaxInt32 || with == "" {
			err = say.Error("“", say.Cut(item, 60), "” replaces no word; write WORD=OTHER, such as 3=dog, the words counted from 0")
			continue
		}
		c.putBack(n)
		c.Replace = append(c.Replace, Replaced{n, with})
	}
	return err
}

// ReplaceWord has a word read as another, in place of what it was read as before; as it is where With is empty.
func (c *Changes) ReplaceWord(p Replaced) {
	if c.putBack(p.Word); p.With != "" {
		c.Replace = append(slices.Clip(c.Replace), p)
	}
}

// Of is the word of a text that is replaced, or its number; words are those of the text, as WordsOf finds them.
func (p Replaced) Of(text string, words [][2]int) string {
	if p.Word < len(words) {
		return text[words[p.Word][0]:words[p.Word][1]]
	}
	return strconv.Itoa(p.Word)
}

// putBack has a word read as it is.
func (c *Changes) putBack(word int) {
	same := func(q Replaced) bool { return q.Word == word }
	if slices.ContainsFunc(c.Replace, same) { // mostly there is none, and a long list is not copied for each of its items
		c.Replace = slices.DeleteFunc(slices.Clone(c.Replace), same)
	}
}

// Reading is a text as it is read with some of its words replaced.
type Reading struct {
	Text    string
	Missing []Replaced // words that the text does not have
	edits   []edit
}

// edit is a word that was replaced: where it stood, and where the other stands.
type edit struct{ from, to, newFrom, newTo int }

// Read replaces words of a text.
func (c *Changes) Read(text string) (r Reading) {
	words := WordsOf(text)
	all := slices.Clone(c.Replace)
	stable.Sort(all, func(a, b Replaced) int { return a.Word - b.Word })
	var made strings.Builder
	at := 0
	for _, p := range all {
		if p.Word < 0 || p.Word >= len(words) {
			r.Missing = append(r.Missing, p)
			continue
		}
		w := words[p.Word]
		made.WriteString(text[at:w[0]])
		r.edits = append(r.edits, edit{w[0], w[1], made.Len(), made.Len() + len(p.With)})
		made.WriteString(p.With)
		at = w[1]
	}
	made.WriteString(text[at:])
	r.Text = made.String()
	return r
}

// Restore has the tokens span the text that was replaced: each piece of another word spans the whole word that stands
// there.
func (r *Reading) Restore(tokens []Token) {
	for i := range tokens {
		t := &tokens[i]
		t.Start, t.End = r.back(t.Start, false), r.back(t.End, !t.Special)
	}
}

// back is the place in the text before of a place in the text that was read; within another word it is where the word
// before begins, or ends.
func (r *Reading) back(i int, end bool) int {
	shift := 0
	for _, e := range r.edits {
		switch {
		case i < e.newFrom || i == e.newFrom && end:
			return i - shift
		case i < e.newTo || i == e.newTo && end:
			if end {
				return e.to
			}
			return e.from
		}
		shift = e.newTo - e.to
	}
	return i - shift
}
