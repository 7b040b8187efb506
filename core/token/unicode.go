package token

import (
	_ "embed"
	"sync"

	"heed/core/stable"
)

// The tables of Unicode 17 that testdata/unicode.py packs: 4 kB of a compressed engine, where package
// golang.org/x/text/unicode/norm would add 41 kB. They are unpacked when they are first needed. The compatibility
// decompositions, which other tokenizers than Heed's own take, are 4 kB more.
var (
	//go:embed unicode.bin
	packed string
	//go:embed compatible.bin
	packedCompatible string
)

// unicodeTables are what the normal forms are made by (Unicode Standard Annex #15).
type unicodeTables struct {
	canonical decompositions
	compose   map[[2]rune]rune
	classes   []classRun // by first
}

// decompositions are sorted by char; to[ends[i-1]:ends[i]] is what char[i] becomes.
type decompositions struct {
	char, to []rune
	ends     []int
}

// classRun is a run of characters that have one combining class other than 0.
type classRun struct {
	first, last rune
	class       uint8
}

var tables = sync.OnceValue(func() *unicodeTables {
	r := varints(packed)
	t := &unicodeTables{compose: map[[2]rune]rune{}}
	t.canonical = r.decompositions()
	runs, excluded := r.section(), r.section()
	for char := 0; len(runs) > 0; {
		char += runs.number()
		last := char + runs.number() - 1
		t.classes = append(t.classes, classRun{rune(char), rune(last), uint8(runs.number())})
	}
	never := map[rune]bool{}
	for char := 0; len(excluded) > 0; {
		char += excluded.number()
		never[rune(char)] = true
	}
	for _, char := range t.canonical.char {
		if to := t.canonical.of(char); len(to) == 2 && !never[char] {
			t.compose[[2]rune{to[0], to[1]}] = char
		}
	}
	return t
})

// compatible are the decompositions of characters that canonical lacks, in full.
func compatible() *decompositions {
	unpackCompatible.Do(func() {
		r := varints(packedCompatible)
		unpackedCompatible = r.decompositions()
	})
	return &unpackedCompatible
}

var (
	unpackCompatible   sync.Once
	unpackedCompatible decompositions
)

// varints are numbers of 7 bits a byte, the lowest first.
type varints string

func (v *varints) number() int {
	n := 0
	for i := 0; ; i++ {
		b := (*v)[i]
		n |= int(b&0x7f) << (7 * i)
		if b < 0x80 {
			*v = (*v)[i+1:]
			return n
		}
	}
}

// section takes the numbers that a number of bytes begins.
func (v *varints) section() varints {
	n := v.number()
	s := (*v)[:n]
	*v = (*v)[n:]
	return s
}

func (v *varints) decompositions() (d decompositions) {
	chars, lengths, firsts, rests := v.section(), v.section(), v.section(), v.section()
	char, first := 0, 0
	for len(chars) > 0 {
		char += chars.number()
		n := firsts.number()
		first += n>>1 ^ -(n & 1)
		d.char = append(d.char, rune(char))
		d.to = append(d.to, rune(first))
		for range lengths.number() - 1 {
			d.to = append(d.to, rune(rests.number()))
		}
		d.ends = append(d.ends, len(d.to))
	}
	return d
}

// of returns what r becomes, or nil.
func (d *decompositions) of(r rune) []rune {
	low, high := 0, len(d.char)
	for low < high {
		if mid := (low + high) / 2; d.char[mid] < r {
			low = mid + 1
		} else {
			high = mid
		}
	}
	switch {
	case low == len(d.char) || d.char[low] != r:
		return nil
	case low == 0:
		return d.to[:d.ends[0]]
	}
	return d.to[d.ends[low-1]:d.ends[low]]
}

// class returns the canonical combining class of r.
func (t *unicodeTables) class(r rune) uint8 {
	if r < 0x300 {
		return 0
	}
	low, high := 0, len(t.classes)
	for low < high {
		if mid := (low + high) / 2; t.classes[mid].last < r {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(t.classes) && t.classes[low].first <= r {
		return t.classes[low].class
	}
	return 0
}

// Hangul syllables are composed by their numbers (Unicode Standard, section 3.12).
const (
	hangul      = 0xac00
	hangulL     = 0x1100
	hangulV     = 0x1161
	hangulT     = 0x11a7
	hangulVs    = 21
	hangulTs    = 28
	hangulLs    = 19
	hangulCount = hangulLs * hangulVs * hangulTs
)

// decompose appends what r becomes, in full.
// Compat is nil, or has what canonical lacks.
func (t *unicodeTables) decompose(dst []rune, r rune, compat *decompositions) []rune {
	if r < 0xa0 {
		return append(dst, r)
	}
	if s := r - hangul; s >= 0 && s < hangulCount {
		dst = append(dst, hangulL+s/(hangulVs*hangulTs), hangulV+s%(hangulVs*hangulTs)/hangulTs)
		if s%hangulTs != 0 {
			dst = append(dst, hangulT+s%hangulTs)
		}
		return dst
	}
	if to := t.canonical.of(r); to != nil {
		for _, part := range to {
			dst = t.decompose(dst, part, compat)
		}
		return dst
	}
	if compat != nil {
		if to := compat.of(r); to != nil {
			return append(dst, to...)
		}
	}
	return append(dst, r)
}

// pair returns what a and b compose to, or 0.
func (t *unicodeTables) pair(a, b rune) rune {
	switch {
	case a >= hangulL && a < hangulL+hangulLs && b >= hangulV && b < hangulV+hangulVs:
		return hangul + ((a-hangulL)*hangulVs+b-hangulV)*hangulTs
	case a >= hangul && a < hangul+hangulCount && (a-hangul)%hangulTs == 0 && b > hangulT && b < hangulT+hangulTs:
		return a + b - hangulT
	}
	return t.compose[[2]rune{a, b}]
}

// normalForm is one of the four of Unicode Standard Annex #15.
type normalForm struct {
	compose bool
	compat  *decompositions // compatible(), or nil
}

// edits returns what makes the normal form of s. A decomposed character replaces the one it comes
// from by its first part and inserts the others; parts are then ordered by their combining classes,
// and a part that is composed with an earlier one is removed after that.
func (f normalForm) edits(s string) []edit {
	t := tables()
	var out []edit
	var parts []rune
	begin := 0 // of the parts that have a class and are still to be ordered
	for _, r := range s {
		parts = t.decompose(parts[:0], r, f.compat)
		for i, part := range parts {
			change := 0
			if i > 0 {
				change = 1
			}
			if t.class(part) == 0 {
				order(out[begin:], t.class)
				begin = len(out) + 1
			}
			out = append(out, edit{part, change})
		}
	}
	order(out[begin:], t.class)
	if f.compose {
		out = t.composed(out)
	}
	return out
}

// order brings a run of parts into the order of their classes.
func order(parts []edit, class func(rune) uint8) {
	if len(parts) > 1 {
		stable.Sort(parts, func(a, b edit) int { return int(class(a.to)) - int(class(b.to)) })
	}
}

// composed joins what can be, in place.
func (t *unicodeTables) composed(in []edit) []edit {
	out := in[:0]
	starter := -1 // in out
	last := uint8(0)
	for _, e := range in {
		class := t.class(e.to)
		// A part that follows another of its class or a higher one is blocked from the starter.
		if starter >= 0 && (len(out) == starter+1 || last != 0 && last < class) {
			if to := t.pair(out[starter].to, e.to); to != 0 {
				out[starter].to = to
				out[starter].change += e.change - 1
				continue
			}
		}
		if class == 0 {
			starter = len(out)
		}
		last = class
		out = append(out, e)
	}
	return out
}

// changes reports whether s may differ from its normal form: a quick look.
func (f normalForm) changes(s string) bool {
	low := rune(0xc0)
	switch {
	case f.compat != nil:
		low = 0xa0
	case f.compose:
		low = 0x300
	}
	for _, r := range s {
		if r >= low {
			return true
		}
	}
	return false
}
