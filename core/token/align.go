package token

import (
	"unicode/utf8"
)

// span is a range of bytes.
type span struct{ start, end int32 }

// Aligned is a text that was made from another one, which knows of each of its characters what it
// stands for there. The zero alignment is that of a text with itself.
type Aligned struct {
	Text string
	// Of each byte of Text, the bytes of the other text that its character stands for; nil while Text
	// is a part of the other text, from base on.
	at     []span
	base   int
	length int // of the other text, as far as Restore needs it
}

// span returns the bytes of the other text that Text[start:end] stands for, whole characters of it.
// Start < end.
func (a *Aligned) span(start, end int) (int, int) {
	if a.at != nil {
		return int(a.at[start].start), int(a.at[end-1].end)
	}
	return a.base + start, a.base + end
}

// slice returns a part of the text.
func (a *Aligned) slice(start, end int) Aligned {
	s := Aligned{Text: a.Text[start:end], base: a.base + start}
	if a.at != nil {
		s.at = a.at[start:end]
		if start < len(a.at) {
			s.base = int(a.at[start].start)
		}
	}
	return s
}

// edit is a character of a text that is made from another one. With change 0 it replaces the next
// character of the old text; with change -n it replaces that and the n that follow, and stands for the
// first of them; with change 1 it is inserted, and stands for what the one before it stands for. These
// are the alignments of Hugging Face's tokenizers (NormalizedString).
type edit struct {
	to     rune
	change int
}

// edit makes the text that edits describe; the first skip characters are removed.
func (a *Aligned) edit(edits []edit, skip int) {
	a.align()
	old, at := a.Text, a.at
	done := 0 // bytes of old
	next := func() {
		_, n := utf8.DecodeRuneInString(old[done:])
		done += n
	}
	for range skip {
		next()
	}
	text := make([]byte, 0, len(old)+len(old)/8)
	spans := make([]span, 0, cap(text))
	for _, e := range edits {
		var stands span
		switch {
		case e.change <= 0 && done < len(at):
			stands = at[done]
		case done > 0:
			stands = at[done-1]
		}
		for i := e.change; i <= 0; i++ {
			next()
		}
		n := len(text)
		text = utf8.AppendRune(text, e.to)
		for range len(text) - n {
			spans = append(spans, stands)
		}
	}
	a.Text, a.at = string(text), spans
}

// align writes out the alignment of a text with itself.
func (a *Aligned) align() {
	if a.at != nil {
		return
	}
	a.at = make([]span, len(a.Text))
	for i := 0; i < len(a.Text); {
		_, n := utf8.DecodeRuneInString(a.Text[i:])
		for j := range n {
			a.at[i+j] = span{int32(a.base + i), int32(a.base + i + n)}
		}
		i += n
	}
}

// form brings the text to a normal form.
func (a *Aligned) form(f normalForm) {
	if f.changes(a.Text) {
		a.edit(f.edits(a.Text), 0)
	}
}

// each replaces every character by what to returns, if that is another one. A negative character
// removes it.
func (a *Aligned) each(to func(rune) rune) {
	same := true
	for _, r := range a.Text {
		if to(r) != r {
			same = false
			break
		}
	}
	if same {
		return
	}
	edits := make([]edit, 0, len(a.Text))
	skip := 0
	for _, r := range a.Text {
		switch r = to(r); {
		case r >= 0:
			edits = append(edits, edit{r, 0})
		case len(edits) == 0:
			skip++
		default:
			edits[len(edits)-1].change--
		}
	}
	a.edit(edits, skip)
}

// replace replaces matches by another text, which stands for the last character
// of what it replaces.
func (a *Aligned) replace(matches []span, by string) {
	if len(matches) == 0 {
		return
	}
	a.align()
	var text []byte
	var spans []span
	done := 0
	for _, m := range matches {
		text = append(text, a.Text[done:m.start]...)
		spans = append(spans, a.at[done:m.start]...)
		text = append(text, by...)
		for range len(by) {
			spans = append(spans, a.at[m.end-1])
		}
		done = int(m.end)
	}
	a.Text, a.at = string(append(text, a.Text[done:]...)), append(spans, a.at[done:]...)
}

// prepend puts a text before this one; it stands for its first character. An empty text stays empty.
func (a *Aligned) prepend(s string) {
	if a.Text == "" {
		return
	}
	a.align()
	spans := make([]span, 0, len(s)+len(a.at))
	for range len(s) {
		spans = append(spans, a.at[0])
	}
	a.Text, a.at = s+a.Text, append(spans, a.at...)
}
