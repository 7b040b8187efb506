package token

import (
	"errors"
	"strings"
	"unicode/utf8"

	"heed/core/json"
	"heed/core/say"
)

// The expressions that cut words for byte-level BPE.
const (
	// What Train uses: an apostrophe ends its word (c'|est), digits stand alone.
	patternHeed = ` ?\p{L}[\p{L}\p{M}]*['’]?| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	// GPT-2's own, which ByteLevel stands for.
	patternGPT2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
)

// What \w and punctuation are to Hugging Face's library.
const (
	wordChars   = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200c\u200dⒶ-ⓩ🄰-🅉🅐-🅩🅰-🆉`
	punctuation = "[!-/:-@\\[-`{-~\\p{P}]"
)

// behavior says what becomes of the matches of a cut, by its name in tokenizer.json.
type behavior string

const (
	removed            behavior = "Removed"
	isolated           behavior = "Isolated"
	contiguous         behavior = "Contiguous"
	mergedWithPrevious behavior = "MergedWithPrevious"
	mergedWithNext     behavior = "MergedWithNext"
)

// splitter is the second stage of a tokenizer: its steps cut a text into words, one after the other.
type splitter []step

// step changes spaces (and then what is a word shows in it), or cuts.
type step struct {
	space  string // what each space becomes, if anything
	prefix string // what is put before a text that does not begin with it
	first  bool   // which is so only at the beginning of the whole text

	pattern  *pattern
	behavior behavior
	invert   bool // what does not match counts as a match
}

// split appends the words of a to dst.
func (s splitter) split(dst []Aligned, a Aligned, m *matcher) []Aligned {
	if len(s) == 0 {
		if a.Text != "" {
			dst = append(dst, a)
		}
		return dst
	}
	st, rest := &s[0], s[1:]
	if st.space != "" && strings.IndexByte(a.Text, ' ') >= 0 {
		space, _ := utf8.DecodeRuneInString(st.space)
		a.each(func(r rune) rune {
			if r == ' ' {
				return space
			}
			return r
		})
	}
	if st.prefix != "" && !strings.HasPrefix(a.Text, st.prefix) && (!st.first || a.base == 0) {
		a.prepend(st.prefix)
	}
	if st.pattern == nil {
		return rest.split(dst, a, m)
	}
	if len(rest) == 0 {
		return st.cut(dst, a, m)
	}
	for _, part := range st.cut(nil, a, m) {
		dst = rest.split(dst, part, m)
	}
	return dst
}

// cut appends the parts into which a pattern cuts a text.
func (st *step) cut(dst []Aligned, a Aligned, m *matcher) []Aligned {
	begin := len(dst)
	before := false // whether the part before was a match
	add := func(start, end int, match bool) {
		if start == end {
			return
		}
		if st.invert {
			match = !match
		}
		join := false // with the part before
		switch st.behavior {
		case removed:
			if match {
				return
			}
		case contiguous:
			join = match == before
		case mergedWithPrevious:
			join = match && !before
		case mergedWithNext:
			join = before && !match
		}
		if n := len(dst); join && n > begin {
			start -= len(dst[n-1].Text)
			dst[n-1] = a.slice(start, end)
		} else {
			dst = append(dst, a.slice(start, end))
		}
		before = match
	}
	m.start(st.pattern, a.Text)
	done := 0
	for done < len(a.Text) {
		start, end, ok := m.next(done)
		if !ok {
			break
		}
		add(done, start, false)
		add(start, end, true)
		done = end
	}
	add(done, len(a.Text), false)
	return dst
}

// preTokenizer is a splitter as tokenizer.json has it.
type preTokenizer struct {
	Type  string
	Parts []preTokenizer // of a Sequence

	Pattern  textPattern // of a Split
	Behavior string      // also of Punctuation
	Invert   bool

	AddPrefixSpace bool // of a ByteLevel
	TrimOffsets    bool
	NoRegex        bool

	Replacement string // of a Metaspace
	Prepend     string // always, first or never
	Whole       bool   // it does not cut

	Individual bool   // of Digits
	Delimiter  string // of a CharDelimiterSplit
}

func (p *preTokenizer) Fields(o *json.Object) {
	o.Member("type").String(&p.Type)

	list(o.Optional("pretokenizers", p.Type == "Sequence"), &p.Parts)

	split := p.Type == "Split"
	o.Optional("pattern", split).Object(p.Pattern.Fields)
	o.Optional("behavior", split).String(&p.Behavior)
	o.Optional("invert", split).Bool(&p.Invert)

	level := p.Type == "ByteLevel"
	o.Optional("add_prefix_space", level).Bool(&p.AddPrefixSpace)
	o.Optional("trim_offsets", level).Bool(&p.TrimOffsets)
	useRegex := !p.NoRegex // true when absent
	o.Optional("use_regex", level).Bool(&useRegex)
	p.NoRegex = !useRegex

	if p.Type == "Metaspace" {
		p.Replacement, p.Prepend = "▁", "always"
		if add := o.Optional("add_prefix_space", false); add.There() && !p.AddPrefixSpace { // of older files
			p.Prepend = "never"
		}
		o.Optional("replacement", false).String(&p.Replacement)
		o.Optional("prepend_scheme", false).String(&p.Prepend)
		cuts := true
		o.Optional("split", false).Bool(&cuts)
		p.Whole = !cuts
	}
	o.Optional("individual_digits", false).Bool(&p.Individual)
	o.Optional("delimiter", false).String(&p.Delimiter)
}

// levels reports whether the text is read as bytes after this stage.
func (p *preTokenizer) levels() bool {
	return p != nil && (p.Type == "ByteLevel" || p.Type == "Sequence" && len(p.Parts) > 0 && p.Parts[len(p.Parts)-1].levels())
}

// splitter returns the steps of a stage. Nil is none.
func (p *preTokenizer) splitter() (splitter, error) {
	if p == nil {
		return nil, nil
	}
	s, err := p.steps()
	if err != nil {
		return nil, say.Error("pre_tokenizer ", say.Quote(p.Type), ": ", err)
	}
	return s, nil
}

func (p *preTokenizer) steps() (s splitter, err error) {
	var cut step
	switch p.Type {
	case "Sequence":
		for i := range p.Parts {
			if p.Parts[i].levels() && i < len(p.Parts)-1 {
				return nil, errors.New("ByteLevel must come last")
			}
			more, err := p.Parts[i].steps()
			if err != nil {
				return nil, err
			}
			s = append(s, more...)
		}
		return s, nil
	case "ByteLevel":
		if p.AddPrefixSpace {
			s = append(s, step{prefix: " "})
		}
		if p.NoRegex {
			return s, nil
		}
		cut.pattern, err = compile(patternGPT2)
		cut.behavior = isolated
	case "Split":
		cut.invert = p.Invert
		cut.behavior = behavior(p.Behavior)
		cut.pattern, err = p.Pattern.compile()
	default:
		if foreign == nil {
			return nil, lacks("the type", p.Type)
		}
		return foreign.splits(p)
	}
	return p.cuts(s, cut, err)
}

// cuts appends a step that cuts.
func (p *preTokenizer) cuts(s splitter, cut step, err error) (splitter, error) {
	switch cut.behavior {
	case removed, isolated, contiguous, mergedWithPrevious, mergedWithNext:
	default:
		return nil, say.Error("the behavior ", say.Quote(string(cut.behavior)), " is not supported")
	}
	return append(s, cut), err
}

// foreignSteps returns the steps of a stage of a kind that Heed's own tokenizers do not have.
func (p *preTokenizer) foreignSteps() (s splitter, err error) {
	var cut step
	switch p.Type {
	case "Whitespace":
		cut.invert, cut.behavior = true, removed
		cut.pattern, err = compile("[" + wordChars + "]+|[^" + wordChars + `\s]+`)
	case "WhitespaceSplit", "BertPreTokenizer":
		cut.behavior = removed
		cut.pattern, err = compile(`\s`)
		if p.Type == "BertPreTokenizer" && err == nil {
			s = append(s, cut)
			cut.behavior = isolated
			cut.pattern, err = compile(punctuation)
		}
	case "Punctuation":
		if cut.behavior = isolated; p.Behavior != "" {
			cut.behavior = behavior(p.Behavior)
		}
		cut.pattern, err = compile(punctuation)
	case "Digits":
		if cut.behavior = contiguous; p.Individual {
			cut.behavior = isolated
		}
		cut.pattern, err = compile(`\p{N}`)
	case "CharDelimiterSplit":
		cut.behavior = removed
		cut.pattern, err = literal(p.Delimiter)
	case "Metaspace":
		if utf8.RuneCountInString(p.Replacement) != 1 {
			return nil, say.Error("the replacement ", say.Quote(p.Replacement), " is not one character")
		}
		space := step{space: p.Replacement}
		switch p.Prepend {
		case "always", "first":
			space.prefix, space.first = p.Replacement, p.Prepend == "first"
		case "never":
		default:
			return nil, say.Error("the prepend_scheme ", say.Quote(p.Prepend), " is not supported; it must be always, first or never")
		}
		if s = append(s, space); p.Whole {
			return s, nil
		}
		cut.behavior = mergedWithNext
		cut.pattern, err = literal(p.Replacement)
	default:
		return nil, say.Error("the type ", say.Quote(p.Type), " is not supported")
	}
	return p.cuts(s, cut, err)
}

// byteLevel is a ByteLevel that cuts by GPT-2's expression, or does not cut.
func byteLevel(cuts bool) preTokenizer {
	return preTokenizer{Type: "ByteLevel", TrimOffsets: true, NoRegex: !cuts}
}

// splitHeed is how a tokenizer that Train makes cuts words, splitGPT2 is GPT-2's way.
func splitHeed() *preTokenizer {
	cut := preTokenizer{Type: "Split", Pattern: textPattern{Regex: patternHeed}, Behavior: string(isolated)}
	return &preTokenizer{Type: "Sequence", Parts: []preTokenizer{cut, byteLevel(false)}}
}

func splitGPT2() *preTokenizer {
	level := byteLevel(true)
	return &level
}

// textPattern is what a Split or a Replace looks for: an expression or a text as it stands.
type textPattern struct{ Regex, Literal string }

func (t *textPattern) Fields(o *json.Object) {
	o.Optional("Regex", t.Regex != "").String(&t.Regex)
	o.Optional("String", t.Literal != "").String(&t.Literal)
}

func (t *textPattern) compile() (*pattern, error) {
	if t.Regex != "" {
		return compile(t.Regex)
	}
	return literal(t.Literal)
}

// literal returns the pattern of a text as it stands.
func literal(s string) (*pattern, error) {
	if s == "" || len(s) > maxProgram {
		return nil, say.Error("the text to look for has ", len(s), " bytes; 1 to ", maxProgram, " are supported")
	}
	p := &pattern{source: s}
	for _, r := range s {
		p.prog = append(p.prog, inst{op: opSet, set: (&set{ranges: []rune{r, r}}).done()})
	}
	p.prog = append(p.prog, inst{op: opMatch})
	return p, nil
}
