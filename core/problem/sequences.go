package problem

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// alphabet is how many letters the problems on sequences of letters use.
const alphabet = 10

// Modular is the name of the problem that Modulo makes; LeastModulus, which it has without being given, and MostModulus
// are what its p can be.
const (
	Modular      = "modular"
	LeastModulus = 31
	MostModulus  = 59
)

// eighth of all hashes are below it.
const eighth = 1 << 29

var all = []*Problem{
	{Name: "copy", Title: "Copy the letters", Join: "|", Min: 3, Max: 20, Train: 10, held: eighth,
		Look: "Each output letter looks at the same place of the input: a diagonal.",
		make: func(r *rand.Rand, n int) Example {
			s := letters(r, n, alphabet)
			return Example{s, s}
		}},
	{Name: "reverse", Title: "Reverse the letters", Join: "|", Min: 3, Max: 20, Train: 10, held: eighth,
		Look: "The diagonal runs the other way: the first output letter looks at the last of the input.",
		make: reordered(slices.Reverse)},
	{Name: "sort", Title: "Sort the letters", Join: "|", Min: 3, Max: 20, Train: 10, held: eighth,
		Look: "Each output letter looks at every place where that letter, or the next in order, stands in the input.",
		make: reordered(slices.Sort)},
	{Name: "add", Title: "Add two numbers, last digit first", Join: "=", Min: 2, Max: 6, Train: 3, held: eighth,
		Look: "Both numbers have the same number of digits, and the sum is written from its last digit on, as by hand: 058+347 gives 504. Each output digit looks at the two digits of its place, and at those to their right, where a carry may come from.",
		make: add},
	{Name: "dates", Title: "Write dates as 2021-05-03", Join: "|", Min: 1, Max: 1, Train: 1, held: eighth,
		Look: "The year, the month and the day of the output look at where they stand in the input, in whatever order that is.",
		make: dates},
	{Name: "morse", Title: "Spell in Morse code", Join: "|", Min: 1, Max: 8, Train: 5, held: eighth,
		Look: "All the dots and dashes of a letter look at that letter; at each space the attention moves on.",
		make: morse},
	{Name: "plural", Title: "The plural of made-up words", Join: "|", Min: 1, Max: 4, Train: 3, held: eighth,
		Look: "While the word is copied a diagonal; where the ending is chosen, the last letters of the word.",
		make: plural},
	{Name: "brackets", Title: "Close the open brackets", Join: "|", Min: 2, Max: 20, Train: 12, held: eighth,
		Look: "Each closing bracket looks at the bracket that it closes.",
		make: brackets},
	{Name: "induction", Title: "Repeat a random sequence", Min: 4, Max: 24, Train: 16, held: eighth,
		Look: "In the second half a head of layer 1 looks at the letter after the earlier copy of the current one: an induction head. It needs a head of layer 0 that looks at the previous letter.",
		make: func(r *rand.Rand, n int) Example {
			// Distinct letters: what comes next is known from the current letter alone, as soon as
			// that has been seen (Olsson et al. 2022, "repeated random tokens").
			b := make([]byte, n)
			for i, at := range r.Perm(26)[:n] {
				b[i] = 'a' + byte(at)
			}
			return Example{string(b), string(b)}
		}},
	Modulo(LeastModulus),
	{Name: "toy", Title: "Translate between two toy languages", Join: " |", Min: 1, Max: 3, Train: 3, held: eighth,
		Symbols: toySymbols(),
		Look:    "The verb of the output, which stands last, looks back at the verb in the middle of the input, and each adjective at the word before its noun.",
		make:    toy},
}

// Modulo is the problem of adding two numbers below p, modulo p.
func Modulo(p int) *Problem {
	return &Problem{Name: Modular, Title: "Add modulo " + strconv.Itoa(p), Join: "=", Min: 1, Max: 1, Train: 1, held: 4 * eighth,
		Symbols: upTo(p),
		Look:    "For a long time the pairs are learned by heart; then, much later, unseen pairs come out right too (Power et al. 2022, “grokking”).",
		make: func(r *rand.Rand, _ int) Example {
			a, b := r.IntN(p), r.IntN(p)
			return Example{strconv.Itoa(a) + "+" + strconv.Itoa(b), strconv.Itoa((a + b) % p)}
		}}
}

// reordered makes examples of letters and the same in another order.
func reordered(change func([]byte)) func(r *rand.Rand, n int) Example {
	return func(r *rand.Rand, n int) Example {
		s := []byte(letters(r, n, alphabet))
		source := string(s)
		change(s)
		return Example{source, string(s)}
	}
}

// upTo lists the numbers of two digits below n, which are to be one token each.
func upTo(n int) (names []string) {
	for i := 10; i < n; i++ {
		names = append(names, strconv.Itoa(i))
	}
	return names
}

// add makes the sum of a number of n digits and one of up to n, each length as often as another, in either order. The
// shorter is filled with zeros, and the sum begins with its last digit: so its digits come in the order of the carries,
// and each stands where the digits stand that it is made of. Written the other way round, few networks of this size
// learn it (Lee et al. 2023, "Teaching arithmetic to small transformers").
func add(r *rand.Rand, n int) Example {
	number := func(digits int) int {
		low, high := 0, 10 // 0 is a digit too
		for range digits - 1 {
			low, high = high, 10*high
		}
		return low + r.IntN(high-low)
	}
	a, b := number(n), number(1+r.IntN(n))
	if r.IntN(2) == 0 {
		a, b = b, a
	}
	sum := []byte(strconv.Itoa(a + b))
	slices.Reverse(sum)
	return Example{digits(a, n) + "+" + digits(b, n), string(sum)}
}

// digits writes a number with at least n digits.
func digits(number, n int) string {
	s := strconv.Itoa(number)
	return strings.Repeat("0", max(0, n-len(s))) + s
}

// code is international Morse code (ITU-R M.1677-1), from a on.
var code = strings.Fields(".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..")

func morse(r *rand.Rand, n int) Example {
	s := letters(r, n, 26)
	var spelled []string
	for _, c := range s {
		spelled = append(spelled, code[c-'a'])
	}
	return Example{s, strings.Join(spelled, " ")}
}

// brackets opens and closes n brackets of three kinds at random; the target closes those that are open.
func brackets(r *rand.Rand, n int) Example {
	const open, closed = "([{", ")]}"
	var source, stack []byte
	for len(source) < n || len(stack) == 0 {
		// The first opens, and towards the end fewer close, so that something is left to do.
		if len(stack) > 1 && r.IntN(5) < 2 {
			source = append(source, stack[len(stack)-1])
			stack = stack[:len(stack)-1]
			continue
		}
		k := r.IntN(len(open))
		source, stack = append(source, open[k]), append(stack, closed[k])
	}
	slices.Reverse(stack)
	return Example{string(source), string(stack)}
}
