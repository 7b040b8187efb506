package token

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// charsmap is SentencePiece's compiled normalisation: a double-array trie of texts
// (https://github.com/s-yata/darts-clone), each with the offset of what it becomes in a list of texts
// that end with a zero byte.
type charsmap struct {
	trie []uint32
	to   string
}

func parseCharsmap(data []byte) (c charsmap, err error) {
	if len(data) < 4 {
		return c, errors.New("precompiled_charsmap is cut short")
	}
	n := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if uint64(n) > uint64(len(data)) || n%4 != 0 {
		return c, errors.New("precompiled_charsmap names more bytes of a trie than it has")
	}
	c.trie = make([]uint32, n/4)
	for i := range c.trie {
		c.trie[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	c.to = string(data[n:])
	return c, nil
}

// longest is the most bytes that a text of the trie becomes.
func (c *charsmap) longest() (most int) {
	for rest, to := c.to, ""; rest != ""; most = max(most, len(to)) {
		to, rest, _ = strings.Cut(rest, "\x00")
	}
	return most
}

// fromBase64 decodes what RFC 4648 describes in section 4. Package encoding/base64 does more, and is
// longer.
func fromBase64(s string) ([]byte, bool) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	s = strings.TrimRight(s, "=")
	out := make([]byte, 0, len(s)*3/4)
	bits, n := uint32(0), 0
	for i := range len(s) {
		d := strings.IndexByte(digits, s[i])
		if d < 0 {
			return nil, false
		}
		bits, n = bits<<6|uint32(d), n+6
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
		}
	}
	return out, true
}

// of returns what the shortest text of the trie with which s begins becomes, or the longest, and how long that text is;
// 0 where there is none.
func (c *charsmap) of(s string, longest bool) (to string, length int) {
	const leaf, value = 1 << 8, 1<<31 - 1
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	at := uint32(0)
	unit := func() uint32 {
		if uint64(at) < uint64(len(c.trie)) {
			return c.trie[at]
		}
		return 0
	}
	at ^= offset(unit())
	for i := range len(s) {
		if s[i] == 0 {
			break
		}
		at ^= uint32(s[i])
		u := unit()
		if u&(1<<31|0xff) != uint32(s[i]) {
			break
		}
		at ^= offset(u)
		if u&leaf != 0 {
			from := unit() & value
			if uint64(from) > uint64(len(c.to)) {
				return to, length
			}
			to, _, _ = strings.Cut(c.to[from:], "\x00")
			if length = i + 1; !longest {
				break
			}
		}
	}
	return to, length
}

// normalize replaces what the trie knows: of a letter and its marks that are short together first
// the whole, as Hugging Face's library does it.
func (c *charsmap) normalize(a *Aligned) {
	var edits []edit
	same, skip := true, 0
	put := func(old, by string) {
		same = false
		extra := utf8.RuneCountInString(by) - utf8.RuneCountInString(old)
		from := len(edits)
		for _, r := range by {
			edits = append(edits, edit{r, 0})
		}
		switch {
		case extra < 0 && len(edits) > 0:
			edits[len(edits)-1].change += extra
		case extra < 0:
			skip -= extra
		}
		for i := len(edits) - 1; extra > 0 && i >= from; i-- {
			edits[i].change = 1
			extra--
		}
	}
	for rest := a.Text; rest != ""; {
		n := grapheme(rest)
		whole := rest[:n]
		rest = rest[n:]
		if n < 6 {
			if by, known := c.of(whole, false); known > 0 {
				put(whole, by)
				continue
			}
		}
		for _, r := range whole {
			if by, known := c.of(string(r), false); known > 0 {
				put(string(r), by)
			} else {
				edits = append(edits, edit{r, 0})
			}
		}
	}
	if !same {
		a.edit(edits, skip)
	}
}

// grapheme returns the length of the first character with its marks, and of \r\n: of Unicode's
// extended grapheme clusters (Standard Annex #29) those that can be shorter than six bytes.
func grapheme(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == '\r' && strings.HasPrefix(s[1:], "\n") {
		return 2
	}
	if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || r != 0x200c && r != 0x200d && unicode.Is(unicode.Cf, r) {
		return n
	}
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !extends(r) {
			break
		}
		n += size
	}
	return n
}

// extends reports whether r goes on with the grapheme before it: marks, joiners, halfwidth voicing
// marks, and the modifiers and tags of emoji.
func extends(r rune) bool {
	return r >= 0x300 && (unicode.Is(unicode.M, r) || r == 0x200c || r == 0x200d || r == 0xff9e || r == 0xff9f ||
		r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0020 && r <= 0xe007f)
}
