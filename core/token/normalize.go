package token

import (
	"errors"
	"strings"
	"unicode"

	"heed/core/json"
	"heed/core/say"
)

// normalizer is the first stage of a tokenizer: it changes a text before it is cut into words. Another type is a case
// in prepare and in normalize, and what it takes from tokenizer.json a field.
type normalizer struct {
	Type         string
	Parts        []normalizer // of a Sequence
	CleanText    bool         // of a BertNormalizer
	Chinese      bool
	StripAccents bool
	Lowercase    bool
	Left, Right  bool        // of a Strip
	Pattern      textPattern // of a Replace
	Content      string      // of a Replace and a Prepend
	pattern      *pattern
	Charsmap     string // of a Precompiled, in base64
	charsmap     charsmap
}

// Fields reads one; those that are written have none.
func (n *normalizer) Fields(o *json.Object) {
	o.Member("type").String(&n.Type)
	list(o.Optional("normalizers", false), &n.Parts)
	n.CleanText, n.Chinese, n.Lowercase = true, true, true
	o.Optional("clean_text", false).Bool(&n.CleanText)
	o.Optional("handle_chinese_chars", false).Bool(&n.Chinese)
	o.Optional("lowercase", false).Bool(&n.Lowercase)
	n.StripAccents = n.Lowercase // where it is null
	o.Optional("strip_accents", false).Bool(&n.StripAccents)
	o.Optional("strip_left", false).Bool(&n.Left)
	o.Optional("strip_right", false).Bool(&n.Right)
	o.Optional("pattern", false).Object(n.Pattern.Fields)
	o.Optional("content", false).String(&n.Content)
	o.Optional("prepend", false).String(&n.Content)
	o.Optional("precompiled_charsmap", false).String(&n.Charsmap)
}

// prepare checks that the stage is one that normalize knows.
func (n *normalizer) prepare() (err error) {
	switch n.Type {
	case "Sequence":
		for i := range n.Parts {
			if err := n.Parts[i].prepare(); err != nil {
				return err
			}
		}
	case "Replace":
		n.pattern, err = n.Pattern.compile()
	case "Precompiled":
		data, ok := fromBase64(n.Charsmap)
		if n.Charsmap = ""; !ok {
			return errors.New("normalizer Precompiled: precompiled_charsmap is not base64")
		}
		n.charsmap, err = parseCharsmap(data)
	case "BertNormalizer", "Lowercase", "StripAccents", "Strip", "Prepend", "Nmt", "NFC", "NFD", "NFKC", "NFKD":
	default:
		return say.Error("normalizer ", say.Quote(n.Type), " is not supported")
	}
	if err == nil && n.growth() > maxGrowth {
		err = say.Error("it may make more than ", maxGrowth, " bytes of one, which is not supported")
	}
	if err != nil {
		return say.Error("normalizer ", n.Type, ": ", err)
	}
	return nil
}

// growth is the most bytes that the stage may make of one, or some number beyond maxGrowth.
func (n *normalizer) growth() int {
	switch n.Type {
	case "Sequence":
		all := 1
		for i := range n.Parts {
			all = min(all, maxGrowth+1) * n.Parts[i].growth()
		}
		return all
	case "Replace":
		return max(1, min(len(n.Content), maxGrowth+1))
	case "Prepend":
		return 1 + min(len(n.Content), maxGrowth)
	case "Precompiled":
		return max(1, n.charsmap.longest())
	case "NFKC", "NFKD":
		return 11 // of U+FDFA
	case "NFC", "NFD", "BertNormalizer":
		return 3 // of U+0390
	case "Lowercase":
		return 2 // of U+023A, three of two
	}
	return 1
}

func (n *normalizer) normalize(a *Aligned, m *matcher) {
	switch n.Type {
	case "Sequence":
		for i := range n.Parts {
			n.Parts[i].normalize(a, m)
		}
	case "BertNormalizer":
		n.bert(a)
	case "Lowercase":
		lower(a)
	case "StripAccents":
		a.each(func(r rune) rune { return without(r, r >= 0x300 && unicode.Is(unicode.M, r)) })
	case "Strip":
		n.strip(a)
	case "Prepend":
		a.prepend(n.Content)
	case "Replace":
		var matches []span
		m.start(n.pattern, a.Text)
		for done := 0; ; {
			start, end, ok := m.next(done)
			if !ok {
				break
			}
			matches = append(matches, span{int32(start), int32(end)})
			done = end
		}
		a.replace(matches, n.Content)
	case "Precompiled":
		n.charsmap.normalize(a)
	case "Nmt":
		a.each(nmt)
	case "NFC":
		a.form(normalForm{compose: true})
	case "NFD":
		a.form(normalForm{})
	case "NFKC":
		a.form(normalForm{compose: true, compat: compatible()})
	case "NFKD":
		a.form(normalForm{compat: compatible()})
	}
}

// without returns r, or -1 where it is to go.
func without(r rune, goes bool) rune {
	if goes {
		return -1
	}
	return r
}

// bert is the BasicTokenizer's cleaning of Devlin et al. 2018
// (https://github.com/google-research/bert/blob/master/tokenization.py).
func (n *normalizer) bert(a *Aligned) {
	if n.CleanText {
		a.each(func(r rune) rune {
			switch {
			case r == '\t' || r == '\n' || r == '\r':
				return ' '
			case r == 0 || r == 0xfffd || r < ' ' || r >= 0x7f && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
				return -1
			case r >= 0x80 && unicode.Is(unicode.White_Space, r):
				return ' '
			}
			return r
		})
	}
	if n.Chinese {
		apart(a)
	}
	if n.StripAccents {
		a.form(normalForm{})
		a.each(func(r rune) rune { return without(r, r >= 0x300 && unicode.Is(unicode.Mn, r)) })
	}
	if n.Lowercase {
		lower(a)
	}
}

// apart puts a space on either side of Chinese characters.
func apart(a *Aligned) {
	var edits []edit
	some := false
	for _, r := range a.Text {
		if chinese(r) {
			some = true
			edits = append(edits, edit{' ', 0}, edit{r, 1}, edit{' ', 1})
		} else {
			edits = append(edits, edit{r, 0})
		}
	}
	if some {
		a.edit(edits, 0)
	}
}

func chinese(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf || r >= 0x20000 && r <= 0x2a6df ||
		r >= 0x2a700 && r <= 0x2b73f || r >= 0x2b740 && r <= 0x2b81f || r >= 0x2b920 && r <= 0x2ceaf ||
		r >= 0xf900 && r <= 0xfaff || r >= 0x2f800 && r <= 0x2fa1f
}

// lower brings the text to lower case. One capital, İ, becomes two characters.
func lower(a *Aligned) {
	same, two := true, false
	for _, r := range a.Text {
		same = same && unicode.ToLower(r) == r
		two = two || r == 'İ'
	}
	switch {
	case two:
		var edits []edit
		for _, r := range a.Text {
			edits = append(edits, edit{unicode.ToLower(r), 0})
			if r == 'İ' {
				edits[len(edits)-1].to = 'i'
				edits = append(edits, edit{'\u0307', 1})
			}
		}
		a.edit(edits, 0)
	case !same:
		a.each(unicode.ToLower)
	}
}

// strip removes white space at the ends.
func (n *normalizer) strip(a *Aligned) {
	start, end := 0, len(a.Text)
	if n.Left {
		start = end - len(strings.TrimLeftFunc(a.Text, unicode.IsSpace))
	}
	if n.Right {
		end = max(start, len(strings.TrimRightFunc(a.Text, unicode.IsSpace)))
	}
	base := a.base
	a.align()
	*a = a.slice(start, end)
	a.base = base
}

// nmt is what SentencePiece does to control characters and white space for translation.
func nmt(r rune) rune {
	switch {
	case r >= 1 && r <= 8, r == 0xb, r >= 0xe && r <= 0x1f, r == 0x7f, r == 0x8f, r == 0x9f:
		return -1
	case r == '\t', r == '\n', r == '\f', r == '\r', r == 0x1680, r >= 0x200b && r <= 0x200f, r == 0x2028, r == 0x2029, r == 0x2581, r == 0xfeff, r == 0xfffd:
		return ' '
	}
	return r
}
