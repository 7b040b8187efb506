package json

import (
	"bytes"
	"errors"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of what is read. They keep a hostile file from exhausting the stack, or from making the
// reader allocate much more than the file is long.
const (
	maxDepth   = 200
	maxMembers = 1000 // of an object that is read by name
	maxNumber  = 4096 // characters of one, which is read in one go; the longest that a float64 can need has some 1100
	maxQuote   = 60   // bytes of the file in an error
)

// Read reads an object, whose members fields describes; null passes for one without members. All of
// data is checked before the first member is read.
func Read(data []byte, fields func(*Object)) error { return ReadPausing(data, fields, nil) }

// ReadPausing is Read of what may be long: pause is called again and again meanwhile, at most some milliseconds apart,
// so that other things can go on.
func ReadPausing(data []byte, fields func(*Object), pause func()) error {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which some editors write
	c := &coder{data: data, pauses: pauses{pause: pause}}
	if at, what := check(data, pause); what != "" {
		return errors.New(what + c.place(data, at))
	}
	Value{c: c, at: c.space(0), index: -1}.Object(fields)
	return c.err
}

// pauses calls pause after so many steps, each of a value or of some bytes.
type pauses struct {
	pause func()
	steps int
}

const often = 4096

// step notes steps that were taken.
func (p *pauses) step(n int) {
	if p.steps += n; p.steps >= often && p.pause != nil {
		p.steps = 0
		p.pause()
	}
}

// member is the name of a member, as it stands in the file between quotes, and where its value begins.
type member struct {
	name []byte
	at   int
}

// find returns where the value of a member begins, or -1.
func (o *Object) find(name string) int {
	c := o.c
	if o.members == 0 {
		o.members = 1
		for m := range o.all() {
			if len(c.known)-o.known == maxMembers {
				Value{c: c, at: m.at, name: unquote(m.name), index: -1}.fail("is beyond the first " + strconv.Itoa(maxMembers) + " members; an object must not have more")
				return -1
			}
			c.known = append(c.known, m)
		}
	}
	found := -1
	for _, m := range c.known[o.known:] {
		if !m.is(name) {
			continue
		}
		if found >= 0 {
			Value{c: c, at: m.at, name: name, index: -1}.fail("is a duplicate member")
			return -1
		}
		found = m.at
	}
	return found
}

func (m member) is(name string) bool {
	if bytes.IndexByte(m.name, '\\') >= 0 {
		return unquote(m.name) == name
	}
	return string(m.name[1:len(m.name)-1]) == name
}

// All goes through the members of an object that is read, whatever their names, in the order of the
// file. A name may come more than once.
func (o *Object) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for m := range o.all() {
			name := unquote(m.name)
			if !yield(name, Value{c: o.c, at: m.at, name: name, index: -1}) || o.c.err != nil {
				return
			}
		}
	}
}

func (o *Object) all() iter.Seq[member] {
	return func(yield func(member) bool) {
		c := o.c
		if c.writing {
			return
		}
		for at := c.space(o.at + 1); c.data[at] != '}'; {
			end := c.end(at)
			m := member{c.data[at:end], c.space(c.space(end) + 1)} // past the colon
			if c.step(1); !yield(m) {
				return
			}
			at = c.next(m.at)
		}
	}
}

// space returns where white space ends.
func (c *coder) space(at int) int { return c.blank(c.data, at) }

func (p *pauses) blank(data []byte, at int) int {
	for at < len(data) && isSpace(data[at]) {
		if at++; at&0x3ffff == 0 {
			p.step(often)
		}
	}
	return at
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// end returns where the value that begins at at ends.
func (c *coder) end(at int) int {
	depth, from := 0, at
	for {
		if at-from > often {
			c.step((at - from) / 8)
			from = at
		}
		switch c.data[at] {
		case '"':
			for at++; c.data[at] != '"'; at++ {
				if c.data[at] == '\\' {
					at++
				}
			}
			at++
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		case ',', ':', ' ', '\t', '\n', '\r':
			at++
		default: // a number, true, false or null
			for at < len(c.data) && !ends[c.data[at]] {
				at++
			}
		}
		if depth == 0 {
			return at
		}
	}
}

// ends are the bytes that may follow a number, or true, false or null.
var ends = [256]bool{',': true, ']': true, '}': true, ':': true, ' ': true, '\t': true, '\n': true, '\r': true}

// next returns where the element or member after the value at at begins, or the bracket that ends
// the list of them.
func (c *coder) next(at int) int {
	if at = c.space(c.end(at)); c.data[at] == ',' {
		at = c.space(at + 1)
	}
	return at
}

// text is a value as it stands in the file.
func (v Value) text() string { return string(v.c.data[v.at:v.c.end(v.at)]) }

// quote is a value for an error, on one line and cut to a bearable length.
func (v Value) quote() string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, cut(v.text()))
}

func cut(s string) string {
	if len(s) <= maxQuote {
		return s
	}
	n := maxQuote
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// unquote returns the text of a string as it stands in the file, with its quotes. Half of a
// surrogate pair becomes U+FFFD.
func unquote(s []byte) string {
	s = s[1 : len(s)-1]
	if bytes.IndexByte(s, '\\') < 0 {
		return string(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r := hex(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					low = hex(s[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			b = utf8.AppendRune(b, r)
		default: // a quote, a stroke
			b = append(b, s[i])
		}
	}
	return string(b)
}

// hex reads four hexadecimal digits.
func hex(s []byte) rune {
	n, err := strconv.ParseUint(string(s[:4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// place tells where in a file a byte is.
func (p *pauses) place(data []byte, at int) string {
	line, end := 1, -1 // of the line before
	for from := 0; from < at; from += 1 << 18 {
		piece := data[from:min(from+1<<18, at)]
		if n := bytes.Count(piece, []byte{'\n'}); n > 0 {
			line, end = line+n, from+bytes.LastIndexByte(piece, '\n')
		}
		p.step(often)
	}
	return " (line " + strconv.Itoa(line) + ", column " + strconv.Itoa(at-end) + ")"
}
