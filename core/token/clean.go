package token

import "sort"

// Clean returns a text without the characters that nobody sees (Unicode's Default_Ignorable_Code_Point:
// zero-width spaces and joiners, soft hyphens, byte order marks, direction marks, variation selectors)
// and with composed characters in place of letters and marks (normal form C), which is how text to
// train on is written. Restore gives the pieces of it their places in the text as it was.
func Clean(text string) *Aligned {
	a := &Aligned{Text: text, length: len(text)}
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		plain = text[i] < 0x80
	}
	if plain {
		return a
	}
	a.each(func(r rune) rune { return without(r, ignorable(r)) })
	a.form(normalForm{compose: true})
	a.cover()
	return a
}

// Replace puts what to returns in place of each character for which it reports true; that stands for the
// whole character.
func (a *Aligned) Replace(to func(rune) (string, bool)) {
	var edits []edit
	same, skip := true, 0
	for _, r := range a.Text {
		by, ok := to(r)
		if !ok {
			edits = append(edits, edit{r, 0})
			continue
		}
		same = false
		change := 0
		for _, r := range by {
			edits = append(edits, edit{r, change})
			change = 1
		}
		switch {
		case by != "":
		case len(edits) > 0:
			edits[len(edits)-1].change--
		default:
			skip++
		}
	}
	if !same {
		a.edit(edits, skip)
	}
}

// cover lets each character stand also for what was removed after it.
func (a *Aligned) cover() {
	for i := len(a.at) - 1; i >= 0; i-- {
		next := int32(a.base + a.length)
		if i+1 < len(a.at) {
			if next = a.at[i+1].start; next == a.at[i].start {
				next = a.at[i+1].end // the same character
			}
		}
		a.at[i].end = max(a.at[i].end, next)
	}
}

// Restore gives pieces of Text their places in the text that it was made from.
func (a *Aligned) Restore(pieces []Piece) {
	if a.at == nil {
		return
	}
	for i := range pieces {
		p := &pieces[i]
		switch {
		case p.Start < p.End:
			p.Start, p.End = a.span(p.Start, p.End)
		case p.Start < len(a.at):
			p.Start = int(a.at[p.Start].start)
			p.End = p.Start
		default:
			p.Start, p.End = a.length, a.length
		}
	}
}

// invisible are first and last of the ranges of Default_Ignorable_Code_Point in Unicode 17.
var invisible = [...][2]rune{
	{0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
	{0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
	{0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
}

func ignorable(r rune) bool {
	if r < 0xad {
		return false
	}
	i := sort.Search(len(invisible), func(i int) bool { return r <= invisible[i][1] })
	return i < len(invisible) && r >= invisible[i][0]
}
