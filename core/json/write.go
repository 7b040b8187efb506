package json

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// Write returns an object, whose members fields describes, on one line. The only error is a number
// that JSON cannot hold.
func Write(fields func(*Object)) ([]byte, error) { return write(fields, false) }

// WriteIndented is Write with a line for every member and element, two spaces a level, and a final
// end of line.
func WriteIndented(fields func(*Object)) ([]byte, error) {
	b, err := write(fields, true)
	return append(b, '\n'), err
}

func write(fields func(*Object), indent bool) ([]byte, error) {
	c := &coder{writing: true, indent: indent}
	Value{c: c, index: -1}.Object(fields)
	return c.out, c.err
}

// open begins an object or an array.
func (c *coder) open(bracket byte) {
	if c.writing {
		c.out = append(c.out, bracket)
		c.depth++
	}
}

// comma goes before every member or element; n came before it.
func (c *coder) comma(n int) {
	if n > 0 {
		c.out = append(c.out, ',')
	}
	c.line()
}

// close ends an object or an array of n.
func (c *coder) close(bracket byte, n int) {
	if c.writing {
		if c.depth--; n > 0 {
			c.line()
		}
		c.out = append(c.out, bracket)
	}
}

func (c *coder) line() {
	if c.indent {
		c.out = append(c.out, '\n')
		for range c.depth {
			c.out = append(c.out, "  "...)
		}
	}
}

func (c *coder) string(s string) {
	c.out = append(c.out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			c.out = append(c.out, '\\', byte(r))
		case r == '\n':
			c.out = append(c.out, `\n`...)
		case r < ' ':
			c.out = append(c.out, `\u00`...)
			c.out = append(c.out, "0123456789abcdef"[r>>4], "0123456789abcdef"[r&15])
		default:
			c.out = utf8.AppendRune(c.out, r)
		}
	}
	c.out = append(c.out, '"')
}

// number writes a number as JavaScript does: with an exponent only when it is very small or large.
func (c *coder) number(x float64, bits int) {
	form := byte('f')
	small := 1e-6
	if bits == 32 {
		small = float64(float32(small))
	}
	if a := math.Abs(x); a != 0 && (a < small || a >= 1e21) {
		form = 'e'
	}
	c.out = strconv.AppendFloat(c.out, x, form, -1, bits)
	// e-09 becomes e-9.
	if n := len(c.out); form == 'e' && c.out[n-3] == '-' && c.out[n-2] == '0' {
		c.out[n-2] = c.out[n-1]
		c.out = c.out[:n-1]
	}
}
