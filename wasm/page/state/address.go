package state

import (
	"slices"
	"strings"

	"heed/core/text"
)

// lengthy are the settings that may be too long for an address.
var lengthy = []Setting{Text, Target, Compare}

// Fitting leaves out of an address what would make it so long that mail and chat cut it. The browser keeps that
// beside the address, for Back and for loading the page anew; nobody else gets it.
func Fitting(pairs [][2]string) (short, beside [][2]string) {
	const most = 8000 // characters, as an address writes them
	for _, p := range pairs {
		if n, _ := Named(p[0]); slices.Contains(lengthy, n) && len(p[1]) > most/3 && len(Hash([][2]string{p})) > most {
			beside = append(beside, p)
		} else {
			short = append(short, p)
		}
	}
	return short, beside
}

// Lengthy are the lengthy settings as the browser keeps them: of takes the name of one.
func Lengthy(of func(name string) (string, bool)) (s Settings) {
	for _, n := range lengthy {
		if v, ok := of(n.String()); ok {
			s.Set(n, v)
		}
	}
	return s
}

// Hash writes settings as the end of an address, in the form application/x-www-form-urlencoded
// (https://url.spec.whatwg.org/#urlencoded-serializing).
func Hash(pairs [][2]string) string {
	var b strings.Builder
	for i, p := range pairs {
		b.WriteByte("&#"[max(0, 1-i)])
		for j, part := range p {
			if j > 0 {
				b.WriteByte('=')
			}
			for k := range len(part) {
				switch c := part[k]; {
				case c == ' ':
					b.WriteByte('+')
				case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("*-._", c) >= 0:
					b.WriteByte(c)
				default:
					b.WriteByte('%')
					b.WriteByte("0123456789ABCDEF"[c>>4])
					b.WriteByte("0123456789ABCDEF"[c&15])
				}
			}
		}
	}
	if len(pairs) == 0 {
		return "#"
	}
	return b.String()
}

// parseQuery reads what Hash writes, and whatever people write in its place: what is no escape stands for itself,
// and bytes that are no text become replacement characters. Of an address that has more settings than any that is
// meant, the rest is counted.
func parseQuery(s string) (pairs [][2]string, rest int) {
	const most = 1000
	for part := range strings.SplitSeq(s, "&") {
		switch {
		case part == "":
		case len(pairs) == most:
			rest++
		default:
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, [2]string{unescape(name), unescape(value)})
		}
	}
	return pairs, rest
}

// complaints are the first few, and how many more there are: each is a line for the reader.
type complaints struct {
	lines []string
	more  int
}

func (c *complaints) add(k text.Key, args ...any) {
	if len(c.lines) == 8 {
		c.more++
		return
	}
	c.lines = append(c.lines, text.Of(k, args...))
}

func (c *complaints) String() string {
	if c.more > 0 {
		c.lines = append(c.lines, text.Of(text.AndMore, c.more))
	}
	return strings.Join(c.lines, "\n")
}

func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s):
			high, low := digit(s[i+1]), digit(s[i+2])
			if high < 0 || low < 0 {
				b = append(b, '%')
				continue
			}
			b = append(b, byte(high<<4|low))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

// digit is the value of a hexadecimal digit, below 0 where it is none.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20) - 'a' + 10
	}
	return -1
}
