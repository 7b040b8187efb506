// Package say puts sentences together from words and values. It does for the messages of the engine
// what package fmt does elsewhere: fmt, which learns types and formats as it runs, would make what a
// browser downloads 66 kB longer.
package say

import (
	"errors"
	"strconv"
)

// Text joins the parts as they stand, with no spaces between: strings, bool, int, int64, float32,
// float64, []int as [1 2 3], and errors. It panics at any other type.
func Text(parts ...any) string {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case bool:
			b = strconv.AppendBool(b, p)
		case int:
			b = strconv.AppendInt(b, int64(p), 10)
		case int64:
			b = strconv.AppendInt(b, p, 10)
		case float32:
			b = strconv.AppendFloat(b, float64(p), 'g', -1, 32)
		case float64:
			b = strconv.AppendFloat(b, p, 'g', -1, 64)
		case []int:
			b = append(b, '[')
			for i, n := range p {
				if i > 0 {
					b = append(b, ' ')
				}
				b = strconv.AppendInt(b, int64(n), 10)
			}
			b = append(b, ']')
		case error:
			b = append(b, p.Error()...)
		default:
			panic("say: a part has a type that Text does not know")
		}
	}
	return string(b)
}

// Error returns an error with that Text. It wraps the part that is an error, if one is.
func Error(parts ...any) error {
	text := Text(parts...)
	for _, p := range parts {
		if err, ok := p.(error); ok {
			return &wrapped{text, err}
		}
	}
	return errors.New(text)
}

// ErrLab says that a program was built without what is asked of it, to be smaller. In a browser lab.wasm has all of it;
// elsewhere a program imports heed/core/foreign.
var ErrLab = errors.New("this needs what the smaller build of Heed lacks (heed/core/foreign)")

// Count is a number and its noun, an English one whose plural ends in s.
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

type wrapped struct {
	text string
	err  error
}

func (w *wrapped) Error() string { return w.text }
func (w *wrapped) Unwrap() error { return w.err }

// Cut returns the first n characters of s.
func Cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Quote returns s as Go quotes it, but at most 60 characters of it: for names from a file, which
// must not make an error long.
func Quote(s string) string { return strconv.Quote(Cut(s, 60)) }
