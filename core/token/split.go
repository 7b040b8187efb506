package token

import (
	"unicode"
	"unicode/utf8"
)

// splitter says how a text is cut into words. There are two ways, known in tokenizer.json by their
// regular expressions, which next follows by hand since package regexp has no lookahead.
type splitter uint8

const (
	splitHeed splitter = iota // what Train uses: an apostrophe ends its word (c'|est), digits stand alone
	splitGPT2                 // GPT-2's own
)

// In either expression every character matches some alternative, so the matches cover the text.
var patterns = [...]string{
	splitHeed: ` ?\p{L}[\p{L}\p{M}]*['’]?| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
	splitGPT2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
}

// next returns the length in bytes of the first word of s, which must not be empty.
func (p splitter) next(s string) int {
	if p == splitGPT2 {
		if n := contraction(s); n > 0 {
			return n
		}
	}
	c, i := classify(s)
	if s[0] == ' ' && len(s) > 1 {
		if c2, n := classify(s[1:]); c2 != space {
			c, i = c2, 1+n
		}
	}
	switch {
	case c == space:
		return spaces(s)
	case c == letter && p == splitHeed:
		i += run(s[i:], letter, mark)
		if len(s) > i && s[i] == '\'' {
			i++
		} else if len(s) >= i+3 && s[i:i+3] == "’" {
			i += 3
		}
	case c == number && p == splitHeed:
	case c == letter, c == number:
		i += run(s[i:], c, c)
	default:
		i += run(s[i:], other, mark)
	}
	return i
}

// contraction returns the length of the English ending ('s, 't, 're, …) with which s begins, or 0.
func contraction(s string) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	switch s[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(s) >= 3 {
		switch s[1:3] {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}

// spaces matches \s+(?!\S)|\s+ at s: white space, but for its last character when something else
// follows it, so that this one can lead the next word; a lone one is matched.
func spaces(s string) int {
	last, i := 0, 0
	for i < len(s) {
		c, n := classify(s[i:])
		if c != space {
			if last > 0 {
				return last
			}
			break
		}
		last = i
		i += n
	}
	return i
}

// run returns the length in bytes of the characters of class a or b with which s begins.
func run(s string, a, b class) int {
	i := 0
	for i < len(s) {
		c, n := classify(s[i:])
		if c != a && c != b {
			break
		}
		i += n
	}
	return i
}

type class uint8

const (
	other class = iota
	mark
	letter
	number
	space
)

// classify returns the class and the length in bytes of the first character of s. A byte that is
// not UTF-8 is a character of class other, as U+FFFD is. Go knows Unicode 17 and Hugging Face's
// library 16 (tokenizers 0.23): a character that is newer than 16 may be cut otherwise there.
func classify(s string) (class, int) {
	if b := s[0]; b < utf8.RuneSelf {
		switch {
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			return letter, 1
		case b >= '0' && b <= '9':
			return number, 1
		case b == ' ' || b >= '\t' && b <= '\r':
			return space, 1
		}
		return other, 1
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case unicode.Is(unicode.L, r):
		return letter, n
	case unicode.Is(unicode.M, r):
		return mark, n
	case unicode.Is(unicode.N, r):
		return number, n
	case unicode.Is(unicode.White_Space, r):
		return space, n
	}
	return other, n
}
