package view

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Face is one of the two faces that everything is set in.
type Face uint8

const (
	Serif Face = iota // words
	Mono              // numbers
)

// The families of the faces, in CSS's form: what well-equipped systems have.
const (
	SerifFamily = `"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L",P052,"Book Antiqua",Georgia,serif`
	MonoFamily  = `ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace`
)

// Font is a face at a size in pixels.
type Font struct {
	Size         float64
	Face         Face
	Bold, Italic bool
}

// Family is the face's font-family in CSS.
func (f Font) Family() string {
	if f.Face == Mono {
		return MonoFamily
	}
	return SerifFamily
}

// CSS is the font as CSS's font shorthand, which is also a canvas's font property.
func (f Font) CSS() string {
	s := strconv.FormatFloat(f.Size, 'f', -1, 64) + "px " + f.Family()
	if f.Bold {
		s = "600 " + s
	}
	if f.Italic {
		s = "italic " + s
	}
	return s
}

// The type scale, and the margin that keeps strokes inside the scene.
var (
	wordFont    = Font{Size: 16}
	captionFont = Font{Size: 14}
	leadFont    = Font{Size: 14, Italic: true}
	numberFont  = Font{Size: 11.5, Face: Mono}
)

const pad = 4.0

// Format writes a weight for people: two decimals, and more where two would say nothing.
func Format(w float64) string {
	switch {
	case w == 0 || w >= 0.00995 || math.IsNaN(w) || w < 0:
		return strconv.FormatFloat(w, 'f', 2, 64)
	case w >= 0.00005:
		return strconv.FormatFloat(w, 'f', 4, 64)
	}
	return "<.0001"
}

// exact writes a weight with at least four decimals.
func exact(w float64) string {
	if w > 0 && w < 0.00005 {
		return strconv.FormatFloat(w, 'f', 6, 64)
	}
	return strconv.FormatFloat(w, 'f', 4, 64)
}

// four writes a number from 0 to 1 with four decimals, as wide as any other.
func four(w float64) string {
	if w > 0 && w < 0.00005 {
		return "<.0001"
	}
	return strconv.FormatFloat(w, 'f', 4, 64)
}

// brief writes a weight for a narrow column.
func brief(w float64) string {
	if w > 0 && w < 0.005 {
		return "<.005"
	}
	return strconv.FormatFloat(w, 'f', 2, 64)
}

// longest is how many characters of one token are kept.
const longest = 120

// Visible is what views show of a token: the space (or its stand-in ▁ or Ġ) before it goes, blanks and control
// characters become the signs for them, characters that would reorder or hide the text around them become their
// numbers, as do bytes that are no character, and a lone combining mark gets a circle to sit on.
func Visible(token string) string {
	token = unescaped(token)
	for _, space := range []string{" ", "▁", "Ġ"} {
		if t := strings.TrimPrefix(token, space); t != token && strings.Trim(t, " ") != "" {
			token = strings.TrimLeft(t, " ")
			break
		}
	}
	blank := strings.Trim(token, " ") == ""
	var b strings.Builder
	n := 0
	for i, r := range token {
		if n++; n > longest {
			b.WriteRune('…')
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(token[i:], "\uFFFD"):
			b.WriteString("‹" + strings.ToUpper(strconv.FormatUint(uint64(token[i]), 16)) + "›")
		case r == '\n':
			b.WriteRune('↵')
		case r < ' ':
			b.WriteRune('␀' + r)
		case r == 0x7F:
			b.WriteRune('␡')
		case r == ' ' && blank || r == '\u3000':
			b.WriteRune('␣')
		case r == '\u00A0' || r == '\u202F' || r >= '\u2000' && r <= '\u200A' || r == '\u1680' || r == '\u205F':
			b.WriteRune('⍽')
		case unseen(r):
			hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
			b.WriteString("‹U+" + "0000"[min(len(hex), 4):] + hex + "›")
		case joiner(r) || unicode.Is(unicode.M, r):
			if b.Len() == 0 {
				b.WriteRune('◌')
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return "∅"
	}
	return b.String()
}

// unescaped puts the bytes of characters that were cut into pieces, such as \xc3\xa9, together again where
// pieces were merged to words.
func unescaped(token string) string {
	from := strings.Index(token, `\x`)
	if from < 0 {
		return token
	}
	b := []byte(token[:from])
	for i := from; i < len(token); i++ {
		if one, ok := bytesOf(token[i:min(i+4, len(token))]); ok {
			b = append(b, one...)
			i += 3
		} else {
			b = append(b, token[i])
		}
	}
	return string(b)
}

// unseen says whether a character has no look of its own, or rules over its neighbours.
func unseen(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xA0, r == 0xAD, r == 0x061C, r == 0x115F, r == 0x1160, r == 0x180E, r == 0x2800, r == 0x3164, r == 0xFFA0, r == 0x200B, r == 0x200E, r == 0x200F,
		r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r == 0xFEFF, r >= 0xFFF0 && r <= 0xFFFB,
		r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF, r == 0xE0001:
		return true
	}
	return false
}

// joiner says whether a character works on its neighbours' shape: joiners, variation selectors,
// and the tags and tones of emoji.
func joiner(r rune) bool {
	return r == 0x200C || r == 0x200D || r >= 0xFE00 && r <= 0xFE0F || r >= 0x1F3FB && r <= 0x1F3FF ||
		r >= 0xE0020 && r <= 0xE007F || r >= 0xE0100 && r <= 0xE01EF
}

// rightToLeft says whether a text's first letter is one of a right-to-left script.
func rightToLeft(text string) bool {
	for _, r := range text {
		switch {
		case r >= 0x0590 && r <= 0x08FF, r >= 0xFB1D && r <= 0xFDFF, r >= 0xFE70 && r <= 0xFEFC,
			r >= 0x10800 && r <= 0x10FFF, r >= 0x1E800 && r <= 0x1EFFF:
			return true
		case unicode.IsLetter(r):
			return false
		}
	}
	return false
}

// isolate keeps a right-to-left word from reordering the line around it.
func (w word) isolate() string {
	if w.rtl {
		return "\u2068" + w.text + "\u2069"
	}
	return w.text
}

// elide shortens a text to a width, with a … for what it cut.
func elide(text string, f Font, width float64, measure func(string, Font) float64) string {
	if measure(text, f) <= width {
		return text
	}
	cuts := []int{0}
	for i, r := range text {
		if i > 0 && !joiner(r) && !unicode.Is(unicode.M, r) && !strings.HasSuffix(text[:i], "\u200D") {
			cuts = append(cuts, i)
		}
	}
	lo, hi := 0, len(cuts)-1 // text[:cuts[lo]] fits, or is empty
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if measure(text[:cuts[mid]]+"…", f) <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return strings.TrimRight(text[:cuts[lo]], " ") + "…"
}

// wrap breaks a text into lines of a width.
func wrap(text string, f Font, width float64, measure func(string, Font) float64) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		if next := line + " " + w; line != "" && measure(next, f) <= width {
			line = next
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = elide(w, f, width, measure)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// ApproxWidth is about the width of a text where nobody can measure it.
func ApproxWidth(text string, f Font) float64 {
	em := 0.0
	for _, r := range text {
		switch {
		case joiner(r) || unicode.Is(unicode.Mn, r):
		case r >= 0x1100 && (r <= 0x115F || r >= 0x2E80 && r <= 0xD7A3 || r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F ||
			r >= 0xFF00 && r <= 0xFF60 || r >= 0x1F000):
			em += 1
		case f.Face == Mono:
			em += 0.602
		case r >= ' ' && r < 0x7F:
			em += float64(serifWidths[r-' ']) / 100
		case unicode.IsUpper(r):
			em += 0.72
		default:
			em += 0.56
		}
	}
	if f.Bold {
		em *= 1.06
	}
	return em * f.Size
}

// serifWidths are the advances of Palatino's printable ASCII, in hundredths of an em.
var serifWidths = [...]uint8{
	25, 28, 37, 50, 50, 84, 78, 28, 33, 33, 39, 61, 25, 33, 25, 61, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 25, 25, 61, 61, 61, 44,
	75, 78, 61, 71, 77, 61, 56, 76, 83, 34, 33, 73, 61, 95, 83, 79, 60, 79, 67, 53, 61, 78, 72, 100, 67, 67, 67, 33, 61, 33, 61, 50,
	33, 50, 55, 44, 61, 48, 33, 56, 58, 29, 23, 56, 29, 88, 58, 55, 60, 56, 40, 42, 33, 60, 57, 83, 52, 56, 50, 33, 61, 33, 61,
}
