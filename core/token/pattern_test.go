package token

import (
	"regexp"
	"strings"
	"testing"
)

func matches(t *testing.T, source, text string) (out []string) {
	t.Helper()
	p, err := compile(source)
	if err != nil {
		t.Fatal(err)
	}
	var m matcher
	m.start(p, text)
	for done := 0; ; {
		start, end, ok := m.next(done)
		if !ok {
			return out
		}
		out = append(out, text[start:end])
		done = end
	}
}

// unicodeClasses says what classes are here; package regexp has ASCII's.
var unicodeClasses = strings.NewReplacer(
	`[^a-c\s]`, `[^a-c`+white+`]`, `\S`, `[^`+white+`]`, `\d`, `\p{Nd}`, `\D`, `\P{Nd}`)

const white = `\t\n\v\f\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`

// Without lookahead, the matches are those of package regexp.
func TestPattern(t *testing.T) {
	g := newGenerator(t, 5)
	var texts []string
	for range 300 {
		texts = append(texts, g.line())
	}
	for _, source := range []string{
		`a`, `ab|a`, `a|ab`, `a+b*`, `(?:ab)+c?`, `a{2}`, `a{1,3}`, `a{2,}`, `a+?b`, `a*?a`, `(?i:THE|é)`, `(?i:[a-eà-ü]+)`, `(?i:[^a-y]+)`, `[a-e]+`, `[a-c]+`, `[^a-c\s]+`, `\d+`, `\D+`, `\S+`,
		` ?\p{L}+| ?\p{N}+`, `\P{L}+`, `[\p{L}\p{M}'-]+`, `x|(?:y|z)+w`, `(?:a|b|c){1,2}d?`, `.`, `\.`, `[.\]]`, `\x61+`, `(?:(?:a|e)+t)+`,
		`x(?:b*c){0,3}`,
	} {
		want := regexp.MustCompile(unicodeClasses.Replace(source))
		for _, s := range texts {
			got, exp := strings.Join(matches(t, source, s), "|"), strings.Join(want.FindAllString(s, -1), "|")
			if got != exp {
				t.Fatalf("%s on %+q: %+q, want %+q", source, s, got, exp)
			}
		}
	}
	for _, c := range []struct{ source, text, want string }{
		{`\s+(?!\S)|\s+`, "a   b ", "  | | "},
		{`a(?=b)`, "abaab", "a|a"},
		{`a(?!b)`, "abaab", "a"},
	} {
		if got := strings.Join(matches(t, c.source, c.text), "|"); got != c.want {
			t.Errorf("%s on %q: %q, want %q", c.source, c.text, got, c.want)
		}
	}
}

func TestPatternErrors(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{`a*`, "nothing at all"}, {`a|`, "nothing at all"}, {``, "nothing at all"}, {`(?:a?)+`, "nothing at all"}, {`(?=a)`, "nothing at all"},
		{`a++`, "possessive"}, {`a?+`, "possessive"}, {`(a`, "lacks a )"}, {`a)`, "unexpected )"}, {`[a`, "lacks a ]"}, {`[a&&b]`, "class within"},
		{`[[a]]`, "class within"}, {`\w`, `escape \w`}, {`\p{Greek}`, `class \p{Greek}`}, {`\pL`, `class \p`}, {`(?<=a)b`, "group"}, {`^a`, "^ or $"},
		{`a\`, "backslash"}, {`a{3,2}`, `"{3,2}": of { }`}, {`a{x}`, "{ }"}, {`a{1001}`, "up to 1000"}, {`a{1`, "{ }"},
		{`a(?:b*?)*`, "repeats without end"}, {`a(?:b?|c){2,}`, "repeats without end"}, {`(?i:[\x00-\uffff])`, "more than 500 characters"}, {`[b-a]`, "range"}, {`\u12`, "escape"},
		{`a(?!b|c)`, "within a lookahead"}, {strings.Repeat("(", 60) + "a", "too deep"}, {`(?:(?:a{1000}){1000}){1000}`, "too long"},
		{strings.Repeat("a", maxProgram+1), "too long"}, {`\`, "backslash"},
	} {
		_, err := compile(c.source)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
			t.Errorf("%.40q: error %v, want one with %q", c.source, err, c.want)
		}
	}
}

// An expression over which a naive matcher spends a time exponential in the text.
func TestPatternTime(t *testing.T) {
	p, err := compile(`(?:(?:a+)+)+b`)
	if err != nil {
		t.Fatal(err)
	}
	var m matcher
	m.start(p, strings.Repeat("a", 20_000))
	if _, _, ok := m.next(0); ok {
		t.Error("a match")
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{patternHeed, patternGPT2, `(?i:a|b)+?[^\s]{1,3}(?!\S)`, `(?:(?:a+)+)+b`, `[a-\d]`, `\x{61}`} {
		f.Add(s, "aé 1 's\n")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		p, err := compile(source)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		var m matcher
		m.start(p, text)
		for done := 0; ; {
			start, end, ok := m.next(done)
			if !ok {
				return
			}
			if start < done || end <= start || end > len(text) {
				t.Fatalf("%d to %d after %d", start, end, done)
			}
			done = end
		}
	})
}
