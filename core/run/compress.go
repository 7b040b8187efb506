package run

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/record"
	"heed/core/token"
)

// word is a word of a text in the form that compression models read, and the bytes of the text that
// it stands for.
type word struct {
	form       string
	start, end int
}

// simplify cuts a text into words as the Penn Treebank's tokenizer does, which Google's compression
// data went through: lower case, punctuation and 's, n't and the like on their own, numbers as ##, and
// quotation marks as two grave accents where they open, and two apostrophes where they close. A text in that
// form stays as it is.
func simplify(text string) []word {
	var words []word
	apart := simplified(text)
	add := func(start, end int) {
		form := strings.ToLower(token.Clean(text[start:end]).Text)
		switch {
		case form == "": // nobody sees it
			return
		case form == "“":
			form = "``"
		case form == "”":
			form = "''"
		case form == `"`:
			form = "''"
			if before, n := utf8.DecodeLastRuneInString(text[:start]); n == 0 || unicode.IsSpace(before) || strings.ContainsRune("(“‘", before) {
				form = "``"
			}
		case form == "’":
			form = "'"
		case numeral(form):
			form = "##"
		}
		words = append(words, word{strings.ReplaceAll(form, "’", "'"), start, end})
	}
	for start := 0; start < len(text); {
		r, n := utf8.DecodeRuneInString(text[start:])
		if unicode.IsSpace(r) {
			start += n
			continue
		}
		end := start + len(text[start:])
		if i := strings.IndexFunc(text[start:], unicode.IsSpace); i >= 0 {
			end = start + i
		}
		last := strings.TrimSpace(text[end:]) == ""
		cutWord(text, start, end, last, apart, add)
		start = end
	}
	return words
}

// numeral reports whether a word is a number: digits, with points and commas between them.
func numeral(s string) bool {
	return s != "" && s[0] >= '0' && s[0] <= '9' && strings.Trim(s, "0123456789.,") == ""
}

const (
	opening = "(“\"$£€#‘"
	closing = ")”\",;:?!%…"
)

var endings = []string{"n't", "n’t", "'s", "’s", "'m", "’m", "'re", "’re", "'ve", "’ve", "'ll", "’ll", "'d", "’d"}

// simplified reports whether a text is in the form that simplify gives: a comma, a point or an ending stands on
// its own, as nobody types it.
func simplified(text string) bool {
	return slices.ContainsFunc(strings.Fields(text), func(w string) bool {
		return w == "," || w == "." || w == "``" || w == "''" || slices.Contains(endings, w)
	})
}

// cutWord calls add with the words of text[start:end], which holds no space. The last word of a text
// loses its point; others keep it, as abbreviations do, unless they are long. Where the text has its points
// apart already, none is cut off.
func cutWord(text string, start, end int, last, apart bool, add func(start, end int)) {
	if s := text[start:end]; s == "``" || s == "''" || s == "##" || s == "--" || s == "..." {
		add(start, end)
		return
	}
	for start < end { // what opens
		r, n := utf8.DecodeRuneInString(text[start:end])
		if !strings.ContainsRune(opening, r) || n == end-start {
			break
		}
		add(start, start+n)
		start += n
	}
	var after [][2]int
	for start < end { // what closes, from the right
		r, n := utf8.DecodeLastRuneInString(text[start:end])
		point := r == '.' && !apart && !strings.HasSuffix(text[start:end], "..") && (last || end-start > 6)
		if n == end-start || !point && !strings.ContainsRune(closing, r) {
			break
		}
		after = append(after, [2]int{end - n, end})
		end -= n
		last = last || r == '"' || r == '”' || r == ')'
	}
	lower := strings.ToLower(text[start:end])
	for _, e := range endings {
		if strings.HasSuffix(lower, e) && len(lower) > len(e) && len(lower) == end-start {
			after = append(after, [2]int{end - len(e), end})
			end -= len(e)
			break
		}
	}
	if start < end {
		add(start, end)
	}
	for _, a := range slices.Backward(after) {
		add(a[0], a[1])
	}
}

// simple is the text that a compression model reads: a space before each word, so that a word has the
// same pieces wherever it stands.
func simple(words []word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(" " + w.form)
	}
	return b.String()
}

// place gives pieces of simple(words) the offsets of the words in their text.
func place(pieces []token.Piece, words []word, length int) []token.Piece {
	out := slices.Clone(pieces)
	begin, k := 0, 0 // of the word in the simple text, after its space
	for i := range out {
		p := &out[i]
		if p.Special {
			p.Start, p.End = length, length
			continue
		}
		for k+1 < len(words) && p.End > begin+1+len(words[k].form) {
			begin += 1 + len(words[k].form)
			k++
		}
		w := words[k]
		// Letters beyond ASCII may have another length in lower case.
		if p.Word = k; len(w.form) == w.end-w.start && strings.IndexFunc(w.form, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
			p.Start, p.End = w.start+max(0, p.Start-begin-1), w.start+p.End-begin-1
		} else {
			p.Start, p.End = w.start, w.end
		}
	}
	return out
}

// shortened returns the prose that written, ids of a subsequence of the words, stands for, and its
// tokens. source are the ids of simple(words).
func shortened(m *model.Model, text string, words []word, source, written []int) (string, []record.Token) {
	var groups [][]int // the pieces of each word of the source
	for _, id := range source {
		b := m.Tokenizer.Bytes(id)
		if len(b) > 0 && (b[0] == ' ' || len(groups) == 0) {
			groups = append(groups, nil)
		}
		if len(b) > 0 {
			groups[len(groups)-1] = append(groups[len(groups)-1], id)
		}
	}
	var b strings.Builder
	var kept []word // with offsets in the output
	last := -1
	rest := written
	for {
		k := last + 1
		for k < len(groups) && k < len(words) && !hasWord(rest, groups[k], m) {
			k++
		}
		if k >= len(groups) || k >= len(words) {
			break
		}
		rest = rest[len(groups[k]):]
		w := words[k]
		switch {
		case last < 0:
		case last == k-1:
			b.WriteString(text[words[last].end:w.start])
		case w.start > words[k-1].end || strings.ContainsRune(opening, []rune(text[w.start:w.end])[0]):
			b.WriteByte(' ')
		}
		start := b.Len()
		said := text[w.start:w.end]
		if r, n := utf8.DecodeRuneInString(said); last < 0 {
			said = string(unicode.ToUpper(r)) + said[n:]
		}
		b.WriteString(said)
		kept = append(kept, word{w.form, start, b.Len()})
		last = k
	}
	out := b.String()
	pieces := make([]token.Piece, len(written))
	at := 0
	for i, id := range written {
		n := len(m.Tokenizer.Bytes(id))
		pieces[i] = token.Piece{ID: id, Start: at, End: at + n, Word: -1, Special: n == 0}
		at += n
	}
	// What is left is the end token, or the beginning of a word that was not finished.
	whole := len(written) - len(rest)
	for i := whole; i < len(pieces); i++ {
		p := &pieces[i]
		if p.Start, p.End = len(out), len(out); !p.Special {
			p.Word = len(kept)
		}
	}
	pieces = append(place(pieces[:whole], kept, len(out)), pieces[whole:]...)
	for i := range pieces { // a piece that is some of a character's bytes spans the whole character
		p := &pieces[i]
		for p.Start > 0 && p.Start < len(out) && !utf8.RuneStart(out[p.Start]) {
			p.Start--
		}
		for p.End < len(out) && !utf8.RuneStart(out[p.End]) {
			p.End++
		}
	}
	return out, tokens(m.Tokenizer, pieces)
}

// hasWord reports whether ids begin with the pieces of a word, and with nothing more of it.
func hasWord(ids, pieces []int, m *model.Model) bool {
	if len(ids) < len(pieces) || !slices.Equal(ids[:len(pieces)], pieces) {
		return false
	}
	if len(ids) == len(pieces) {
		return true
	}
	b := m.Tokenizer.Bytes(ids[len(pieces)])
	return len(b) == 0 || b[0] == ' '
}

// constraint sets the logits of the tokens that must not follow what was written to −∞.
type constraint func(logits []float32, written []int)

// constraintOf returns what holds for an output of source. Padding is never written, unless a model ends with
// it, and an output that repeats itself on and on ends; a compression writes words of its source, in their order, and
// at least one.
func constraintOf(m *model.Model, source []int) constraint {
	pad, eos, _ := m.Net.Special()
	if m.About.Task != model.Compression {
		again := repetitions(source)
		first, forced := 0, false
		if f, ok := m.Net.(interface{ Forced() (int, bool) }); ok {
			first, forced = f.Forced()
		}
		return func(logits []float32, written []int) {
			if forced && len(written) == 0 {
				for id := range logits {
					if id != first {
						logits[id] = float32(math.Inf(-1))
					}
				}
			}
			if pad != eos {
				logits[pad] = float32(math.Inf(-1))
			}
			if looping(written, again) {
				for id := range logits {
					if id != eos {
						logits[id] = float32(math.Inf(-1))
					}
				}
			}
		}
	}
	var ids []int
	var begins []bool // a piece begins a word
	for _, id := range source {
		if b := m.Tokenizer.Bytes(id); len(b) > 0 {
			ids, begins = append(ids, id), append(begins, len(ids) == 0 || b[0] == ' ')
		}
	}
	ends := func(i int) bool { return i+1 == len(ids) || begins[i+1] }
	return func(logits []float32, written []int) {
		// The pieces that the last one written may be, and the first of them that ends a word, after which
		// any word may begin.
		at, end := make([]bool, len(ids)), -1
		for _, id := range written {
			next, first := make([]bool, len(ids)), len(ids)
			for j := range ids {
				next[j] = ids[j] == id && (begins[j] && j > end || !begins[j] && at[j-1])
				if next[j] && ends(j) {
					first = min(first, j)
				}
			}
			at, end = next, first
		}
		allowed := make([]bool, len(logits))
		some := false
		for j, id := range ids {
			if begins[j] && j > end || !begins[j] && at[j-1] {
				allowed[id], some = true, true
			}
		}
		if end >= 0 && end < len(ids) || !some {
			allowed[eos] = true
		}
		for id := range logits {
			if !allowed[id] {
				logits[id] = float32(math.Inf(-1))
			}
		}
	}
}
