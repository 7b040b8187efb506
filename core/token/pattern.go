package token

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/say"
)

// pattern is a regular expression as tokenizer.json has them to cut words: Oniguruma's syntax as far
// as such files use it, with lookahead, which package regexp lacks. It cannot match the empty text.
type pattern struct {
	source string
	prog   []inst
	splits int
}

// inst is an instruction of a backtracking matcher. Jumps are relative, so that programs can be
// put together.
type inst struct {
	op   op
	set  *set // of opSet
	x, y int  // of opSplit: first and second choice; of opJump: x; of opLook: x, and y if it allows
	neg  bool // of opLook
	id   int  // of opSplit: which one of them it is
}

type op uint8

const (
	opSet   op = iota // one character
	opSplit           // two ways
	opJump
	opLook // what follows must match, or must not
	opMatch
)

const (
	maxProgram = 10_000 // instructions
	maxFolded  = 500    // characters of a range of which each is looked up
)

// compile reads a regular expression. The error says what of it is not supported.
func compile(source string) (*pattern, error) {
	p := &patternParser{rest: source}
	if len(source) > maxProgram {
		p.fail("is too long")
	}
	prog := p.alternatives(0)
	if p.err == "" && p.rest != "" {
		p.fail("has an unexpected )")
	}
	if p.err != "" {
		return nil, say.Error("the expression ", say.Quote(source), " ", p.err)
	}
	prog = append(prog, inst{op: opMatch})
	out := &pattern{source: source, prog: prog}
	for i := range prog {
		if prog[i].op == opSplit {
			prog[i].id = out.splits
			out.splits++
		}
	}
	if nullable(prog) {
		return nil, say.Error("the expression ", say.Quote(source), " can match nothing at all: it must match one character at least")
	}
	return out, nil
}

// nullable reports whether some way to a match takes no character.
func nullable(prog []inst) bool {
	seen := make([]bool, len(prog))
	todo := []int{0}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := prog[pc]; in.op {
		case opSplit:
			todo = append(todo, pc+in.x, pc+in.y)
		case opJump:
			todo = append(todo, pc+in.x)
		case opLook:
			todo = append(todo, pc+in.y)
		case opMatch:
			return true
		}
	}
	return false
}

// matcher finds the matches of a pattern in a text. No choice at one place is made twice, since what
// failed once fails again: the time goes as the length of the text times that of the pattern.
type matcher struct {
	p     *pattern
	text  string
	seen  []uint64 // a bit for each opSplit at each place
	stack []place
}

// place is where a matcher may go on.
type place struct{ pc, at int }

func (m *matcher) start(p *pattern, text string) {
	m.p, m.text = p, text
	n := (p.splits*(len(text)+1) + 63) / 64
	if cap(m.seen) < n {
		m.seen = make([]uint64, n)
	}
	m.seen = m.seen[:n]
	clear(m.seen)
	m.stack = m.stack[:0]
}

// next returns the first match that begins at from or later. Matches are asked for in order.
func (m *matcher) next(from int) (start, end int, ok bool) {
	for start = from; start < len(m.text); {
		if end = m.match(0, start); end >= 0 {
			return start, end, true
		}
		_, n := utf8.DecodeRuneInString(m.text[start:])
		start += n
	}
	return 0, 0, false
}

// match returns where the match that begins at a place ends, or -1.
func (m *matcher) match(pc, at int) int {
	bottom := len(m.stack)
	m.stack = append(m.stack, place{pc, at})
next:
	for len(m.stack) > bottom {
		top := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		pc, at := top.pc, top.at
		for {
			switch in := &m.p.prog[pc]; in.op {
			case opSet:
				if at == len(m.text) {
					continue next
				}
				r, n := rune(m.text[at]), 1
				if r >= utf8.RuneSelf {
					r, n = utf8.DecodeRuneInString(m.text[at:])
				}
				if !in.set.has(r) {
					continue next
				}
				at += n
				pc++
			case opSplit:
				bit := in.id*(len(m.text)+1) + at
				if m.seen[bit/64]>>(bit%64)&1 != 0 {
					continue next
				}
				m.seen[bit/64] |= 1 << (bit % 64)
				m.stack = append(m.stack, place{pc + in.y, at})
				pc += in.x
			case opJump:
				pc += in.x
			case opLook:
				if (m.match(pc+in.x, at) >= 0) == in.neg {
					continue next
				}
				pc += in.y
			case opMatch:
				m.stack = m.stack[:bottom]
				return at
			}
		}
	}
	return -1
}

// set is a set of characters.
type set struct {
	ascii  [2]uint64 // which of the first 128
	ranges []rune    // first and last of each
	tables []member
	negate bool
}

// member is a class of Unicode, or all characters but these.
type member struct {
	table *unicode.RangeTable
	not   bool
}

func (s *set) has(r rune) bool {
	if r < utf8.RuneSelf {
		return s.ascii[r/64]>>(r%64)&1 != 0
	}
	return s.lookUp(r)
}

func (s *set) lookUp(r rune) bool {
	for _, m := range s.tables {
		if unicode.Is(m.table, r) != m.not {
			return !s.negate
		}
	}
	for i := 0; i < len(s.ranges); i += 2 {
		if s.ranges[i] <= r && r <= s.ranges[i+1] {
			return !s.negate
		}
	}
	return s.negate
}

// done fills in ascii.
func (s *set) done() *set {
	for r := range rune(utf8.RuneSelf) {
		if s.lookUp(r) {
			s.ascii[r/64] |= 1 << (r % 64)
		}
	}
	return s
}

// add adds a character and, where case does not count, those that differ from it by case.
func (s *set) add(r rune, fold bool) {
	s.ranges = append(s.ranges, r, r)
	if fold {
		s.folds(r)
	}
}

// folds adds the characters that differ from one by case.
func (s *set) folds(r rune) {
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		s.ranges = append(s.ranges, f, f)
	}
}

// patternParser reads an expression by recursive descent. After an error it reads nothing more.
type patternParser struct {
	rest string
	fold bool // in (?i:…)
	err  string
}

func (p *patternParser) fail(what string) []inst {
	if p.err == "" {
		p.err = what
	}
	p.rest = ""
	return nil
}

func (p *patternParser) take(s string) bool {
	if strings.HasPrefix(p.rest, s) {
		p.rest = p.rest[len(s):]
		return true
	}
	return false
}

func (p *patternParser) rune() rune {
	r, n := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[n:]
	return r
}

func (p *patternParser) alternatives(depth int) []inst {
	if depth > 50 {
		return p.fail("is nested too deep")
	}
	ways := [][]inst{p.sequence(depth)}
	size := len(ways[0])
	for p.take("|") {
		ways = append(ways, p.sequence(depth))
		size += len(ways[len(ways)-1]) + 2
	}
	if size > maxProgram {
		return p.fail("is too long")
	}
	out := make([]inst, 0, size)
	for i, way := range ways {
		if i == len(ways)-1 {
			return append(out, way...)
		}
		out = append(out, inst{op: opSplit, x: 1, y: len(way) + 2})
		out = append(out, way...)
		out = append(out, inst{op: opJump, x: size - len(out)})
	}
	return out
}

func (p *patternParser) sequence(depth int) []inst {
	var out []inst
	for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' {
		out = append(out, p.repeated(p.atom(depth))...)
		if len(out) > maxProgram {
			return p.fail("is too long")
		}
	}
	return out
}

// repeated reads the quantifiers after an atom.
func (p *patternParser) repeated(atom []inst) []inst {
	if p.rest == "" {
		return atom
	}
	low, high := 1, 1 // high -1: without end
	switch p.rest[0] {
	case '*':
		low, high = 0, -1
	case '+':
		low, high = 1, -1
	case '?':
		low, high = 0, 1
	case '{':
		end := strings.IndexByte(p.rest, '}')
		a, b, comma := strings.Cut(p.rest[1:max(end, 1)], ",")
		var errA, errB error
		low, errA = strconv.Atoi(a)
		high = low
		if comma && b == "" {
			high = -1
		} else if comma {
			high, errB = strconv.Atoi(b)
		}
		if errA != nil || errB != nil || low < 0 || low > 1000 || high > 1000 || high >= 0 && high < low {
			return p.fail("has " + say.Quote(say.Cut(p.rest, 20)) + ": of { } only {n}, {n,} and {n,m} up to 1000 are supported")
		}
		p.rest = p.rest[end:]
	default:
		return atom
	}
	p.rest = p.rest[1:]
	lazy := p.take("?")
	if p.rest != "" && strings.IndexByte("*+?{", p.rest[0]) >= 0 {
		return p.fail("has a possessive or doubled quantifier, which is not supported")
	}
	if n := max(low, high, 1); n > maxProgram/(len(atom)+1) {
		return p.fail("is too long")
	}
	split := func(into, past int) inst {
		if lazy {
			into, past = past, into
		}
		return inst{op: opSplit, x: into, y: past}
	}
	var out []inst
	for range low {
		out = append(out, atom...)
	}
	switch {
	case high < 0:
		if p.err == "" && nullable(append(slices.Clip(atom), inst{op: opMatch})) {
			return p.fail("repeats without end what can match nothing at all, which is not supported")
		}
		out = append(out, split(1, len(atom)+2))
		out = append(out, atom...)
		return append(out, inst{op: opJump, x: -len(atom) - 1})
	}
	for i := low; i < high; i++ { // each of those left may end it
		out = append(out, split(1, (high-i)*(len(atom)+1)))
		out = append(out, atom...)
	}
	return out
}

func (p *patternParser) atom(depth int) []inst {
	switch {
	case strings.HasPrefix(p.rest, "(?!"), strings.HasPrefix(p.rest, "(?="):
		neg := p.rest[2] == '!'
		p.rest = p.rest[3:]
		body := p.group(depth, p.fold)
		for _, in := range body { // a choice that succeeded would be taken for one that failed, see matcher
			if in.op != opSet {
				return p.fail("has a choice within a lookahead, which is not supported")
			}
		}
		return append(append([]inst{{op: opLook, x: 1, y: len(body) + 2, neg: neg}}, body...), inst{op: opMatch})
	case p.take("(?i:"):
		return p.group(depth, true)
	case p.take("(?:"):
		return p.group(depth, p.fold)
	case strings.HasPrefix(p.rest, "(?"):
		return p.fail("has a group " + say.Quote(say.Cut(p.rest, 4)) + ", which is not supported")
	case p.take("("):
		return p.group(depth, p.fold)
	case p.take("["):
		return p.class()
	case p.take("."):
		return []inst{{op: opSet, set: (&set{ranges: []rune{'\n', '\n'}, negate: true}).done()}}
	case p.rest[0] == '^' || p.rest[0] == '$':
		return p.fail("has ^ or $, which is not supported")
	}
	s := &set{}
	p.member(s)
	return []inst{{op: opSet, set: s.done()}}
}

// group reads up to the closing bracket.
func (p *patternParser) group(depth int, fold bool) []inst {
	outer := p.fold
	p.fold = fold
	body := p.alternatives(depth + 1)
	p.fold = outer
	if p.err == "" && !p.take(")") {
		return p.fail("lacks a )")
	}
	return body
}

// class reads what stands between square brackets.
func (p *patternParser) class() []inst {
	s := &set{negate: p.take("^")}
	for first := true; p.err == "" && (first || !p.take("]")); first = false {
		if p.rest == "" {
			return p.fail("lacks a ]")
		}
		if p.rest[0] == '[' || strings.HasPrefix(p.rest, "&&") {
			return p.fail("has a class within a class, which is not supported")
		}
		low := p.member(s)
		if low >= 0 && len(p.rest) > 1 && p.rest[0] == '-' && p.rest[1] != ']' {
			p.rest = p.rest[1:]
			high := p.member(s)
			if high < low {
				return p.fail("has a range in [ ] that is not supported")
			}
			s.ranges = append(s.ranges, low, high)
			if !p.fold {
				continue
			}
			if high-low > maxFolded {
				return p.fail("has a range of more than " + strconv.Itoa(maxFolded) + " characters within (?i: ), which is not supported")
			}
			for r := low + 1; r < high; r++ {
				s.folds(r)
			}
		}
	}
	return []inst{{op: opSet, set: s.done()}}
}

// member reads a character or an escape, adds it to s, and returns the character, -1 for a class.
func (p *patternParser) member(s *set) rune {
	r := p.rune()
	if r == '\\' {
		if p.rest == "" {
			p.fail("ends with a backslash")
			return -1
		}
		escape := p.rune()
		switch escape {
		case 's', 'S':
			s.tables = append(s.tables, member{unicode.White_Space, escape == 'S'})
			return -1
		case 'd', 'D':
			s.tables = append(s.tables, member{unicode.Nd, escape == 'D'})
			return -1
		case 'p', 'P':
			name, rest, ok := strings.Cut(p.rest, "}")
			class, braced := strings.CutPrefix(name, "{")
			class, not := strings.CutPrefix(class, "^")
			table := category(class)
			if !ok || !braced || table == nil {
				p.fail("has the class \\" + string(escape) + say.Cut(name, 20) + "}, which is not supported")
				return -1
			}
			p.rest = rest
			s.tables = append(s.tables, member{table, (escape == 'P') != not})
			return -1
		case 'r':
			r = '\r'
		case 'n':
			r = '\n'
		case 't':
			r = '\t'
		case 'u', 'x':
			n := 4
			if escape == 'x' {
				n = 2
			}
			code, err := strconv.ParseUint(p.rest[:min(n, len(p.rest))], 16, 32)
			if err != nil || len(p.rest) < n {
				p.fail("has an escape \\" + string(escape) + " that is not supported")
				return -1
			}
			r = rune(code)
			p.rest = p.rest[n:]
		default:
			if unicode.IsLetter(escape) || unicode.IsDigit(escape) {
				p.fail("has the escape \\" + string(escape) + ", which is not supported")
				return -1
			}
			r = escape
		}
	}
	s.add(r, p.fold)
	return r
}

// category is one of those that the expressions of GPT-2, Llama 3, Qwen and the pre-tokenizers name: the
// tables of more of them would make the engine longer.
func category(name string) *unicode.RangeTable {
	switch name {
	case "L":
		return unicode.L
	case "M":
		return unicode.M
	case "N":
		return unicode.N
	case "Nd":
		return unicode.Nd
	case "Nl":
		return unicode.Nl
	case "P":
		return unicode.P
	case "Pc":
		return unicode.Pc
	}
	return nil
}
