// Package text holds the sentences that people see in the views and in the page, by key: in one table
// for each language, so that code says what it means and a translator sees all there is.
//
//	text.Of(text.HeadsOfKind, 12, "cross-attention") // "12 heads of cross-attention"
package text

import (
	"strconv"
	"strings"
)

// Key names a text. Each part of the program has a range of its own: see views.go, page.go and asking.go.
type Key int

// The ranges of keys: each begins at a multiple of rangeSize.
const (
	rangeSize = 1024

	firstView Key = 0 * rangeSize
	firstPage Key = 1 * rangeSize
	firstAsk  Key = 2 * rangeSize
)

// english is the only table there is yet, by range.
var english = [...][]string{views[:], page[:], asking[:]}

// Of returns the text of a key with the arguments in its places: {0} is the first argument, a string or an
// int; {0|head|heads} is a number with its noun, as "1 head" or "12 heads", the first form for 1.
// It panics where a key has no text or a text has no such argument.
func Of(k Key, args ...any) string {
	var t string
	if table := english[k/rangeSize]; int(k%rangeSize) < len(table) {
		t = table[k%rangeSize]
	}
	if t == "" {
		panic("text: there is no text of key " + strconv.Itoa(int(k)))
	}
	if !strings.Contains(t, "{") {
		return t
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(t, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		place, after, _ := strings.Cut(rest, "}")
		place, forms, counts := strings.Cut(place, "|")
		n, err := strconv.Atoi(place)
		if err != nil || n >= len(args) {
			panic("text: “" + t + "” has " + strconv.Itoa(len(args)) + " arguments")
		}
		switch a := args[n].(type) {
		case string:
			b.WriteString(a)
		case int:
			b.WriteString(strconv.Itoa(a))
		default:
			panic("text: “" + t + "” takes strings and ints")
		}
		if counts {
			one, many, _ := strings.Cut(forms, "|")
			if args[n] == 1 {
				many = one
			}
			b.WriteString(" " + many)
		}
		t = after
	}
}

// List joins words as a sentence does: "a", "a and b", "a, b and c".
func List(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return Of(And, strings.Join(all[:len(all)-1], ", "), all[len(all)-1])
}
