package json

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// checker goes through a file by the grammar of RFC 8259, and stays at the first thing that is wrong.
type checker struct {
	pauses
	data  []byte
	at    int
	depth int
	what  string // what is wrong
}

// check tells where data is not JSON, and how; what is "" when it is.
func check(data []byte, pause func()) (at int, what string) {
	c := checker{data: data, pauses: pauses{pause: pause}}
	for at < len(data) { // in pieces, which end where a character begins
		end := min(at+1<<18, len(data))
		for i := 0; i < utf8.UTFMax && end < len(data) && !utf8.RuneStart(data[end]); i++ {
			end--
		}
		if !utf8.Valid(data[at:end]) { // a quick look; where it is wrong is sought only then
			for {
				r, n := utf8.DecodeRune(data[at:])
				if r == utf8.RuneError && n == 1 {
					return at, "it is not UTF-8"
				}
				at += n
			}
		}
		at = end
		c.step(often)
	}
	if c.value() {
		if c.space(); c.at < len(data) {
			c.fail("trailing data after the document")
		}
	}
	return c.at, c.what
}

func (c *checker) fail(what string) bool {
	if c.what == "" {
		c.what = what
		if c.at >= len(c.data) {
			if c.what = "it is cut short"; c.blank(c.data, 0) == len(c.data) {
				c.what = "it is empty"
			}
		}
	}
	return false
}

func (c *checker) space() { c.at = c.blank(c.data, c.at) }

// peek returns the byte that comes next, 0 at the end.
func (c *checker) peek() byte {
	if c.at == len(c.data) {
		return 0
	}
	return c.data[c.at]
}

// take steps over b if it comes next.
func (c *checker) take(b byte) bool {
	if c.at < len(c.data) && c.data[c.at] == b {
		c.at++
		return true
	}
	return false
}

// The methods below step over what they are named after, and report whether it was there.

func (c *checker) value() bool {
	c.space()
	switch b := c.peek(); {
	case b == '{':
		return c.list('}', func() bool {
			c.space()
			if c.peek() != '"' {
				return c.fail("expected the name of a member, in quotes")
			}
			if !c.string() {
				return false
			}
			if c.space(); !c.take(':') {
				return c.fail("expected ':'")
			}
			return c.value()
		})
	case b == '[':
		return c.list(']', c.value)
	case b == '"':
		return c.string()
	case b == '-' || isDigit(b):
		from := c.at
		return c.number() && (c.at-from <= maxNumber || c.fail("a number of more than 4096 characters"))
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(c.data[c.at:], []byte(word)) {
			c.at += len(word)
			return true
		}
	}
	return c.fail("invalid value")
}

func (c *checker) list(end byte, element func() bool) bool {
	c.at++
	if c.depth++; c.depth > maxDepth {
		return c.fail("it is nested too deep")
	}
	if c.space(); !c.take(end) {
		for {
			if !element() {
				return false
			}
			c.step(1)
			if c.space(); c.take(end) {
				break
			}
			if !c.take(',') {
				return c.fail("expected ',' or '" + string(rune(end)) + "'")
			}
		}
	}
	c.depth--
	return true
}

func (c *checker) string() bool {
	for c.at++; c.at < len(c.data); c.at++ {
		if c.at&0x3ffff == 0 { // of a long one
			c.step(often)
		}
		switch b := c.data[c.at]; {
		case b == '"':
			c.at++
			return true
		case b < ' ':
			return c.fail("a control character in a string must be written as \\u and four digits")
		case b == '\\':
			c.at++
			switch b := c.peek(); {
			case b == 'u':
				for range 4 {
					c.at++
					if b := c.peek() | 0x20; !isDigit(c.peek()) && (b < 'a' || b > 'f') {
						return c.fail("expected four hexadecimal digits")
					}
				}
			case strings.IndexByte(`"\/bfnrt`, b) < 0:
				return c.fail("invalid escape")
			}
		}
	}
	return c.fail("")
}

func (c *checker) number() bool {
	c.take('-')
	if !c.take('0') && !c.digits() {
		return false
	}
	if c.take('.') && !c.digits() {
		return false
	}
	if c.take('e') || c.take('E') {
		if !c.take('+') {
			c.take('-')
		}
		return c.digits()
	}
	return true
}

func (c *checker) digits() bool {
	if !isDigit(c.peek()) {
		return c.fail("expected a digit")
	}
	for isDigit(c.peek()) {
		if c.at++; c.at&0x3ffff == 0 {
			c.step(often)
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
