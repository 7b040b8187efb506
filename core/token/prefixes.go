package token

import (
	"strings"

	"heed/core/stable"
)

// prefixes are texts that are looked for at the beginning of others: in order, each with its number.
type prefixes struct {
	texts   []string
	numbers []int
}

// newPrefixes has the texts of a list, whose numbers are their places; "" is none.
func newPrefixes(list []string) (p prefixes) {
	for i, s := range list {
		if s != "" {
			p.numbers = append(p.numbers, i)
		}
	}
	stable.Sort(p.numbers, func(a, b int) int { return strings.Compare(list[a], list[b]) })
	for _, i := range p.numbers {
		p.texts = append(p.texts, list[i])
	}
	return p
}

// of calls each with the length and the number of every text with which s begins, the shortest first; of equal ones
// with the first.
func (p *prefixes) of(s string, each func(length, number int)) {
	low, high := 0, len(p.texts)
	for n := 1; n <= len(s) && low < high; n++ {
		// Those that begin with s[:n] are a range of those that begin with s[:n-1].
		low = p.first(low, high, n, s[n-1])
		if s[n-1] < 255 {
			high = p.first(low, high, n, s[n-1]+1)
		}
		if low < high && len(p.texts[low]) == n {
			each(n, p.numbers[low])
		}
	}
}

// first returns the first of texts[low:high], all equal in their first n-1 bytes, whose byte n is c
// or more.
func (p *prefixes) first(low, high, n int, c byte) int {
	for low < high {
		mid := (low + high) / 2
		if s := p.texts[mid]; len(s) < n || s[n-1] < c {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
