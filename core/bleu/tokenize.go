package bleu

import (
	"regexp"
	"strings"
	"unicode"
)

var unescape = []*strings.Replacer{
	// One after another: "&amp;lt;" becomes "<".
	strings.NewReplacer("&quot;", `"`),
	strings.NewReplacer("&amp;", "&"),
	strings.NewReplacer("&lt;", "<"),
	strings.NewReplacer("&gt;", ">"),
}

// rules are those of mteval-v13a.pl, applied in this order.
var rules = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile("[{-~\\[-` -&(-+:-@/]"), " $0 "}, // ASCII punctuation but ' , - .
	{regexp.MustCompile(`([^0-9])([.,])`), "$1 $2 "},     // a period or comma unless a digit is before it
	{regexp.MustCompile(`([.,])([^0-9])`), " $1 $2"},     // or unless a digit is after it
	{regexp.MustCompile(`([0-9])(-)`), "$1 $2 "},         // a dash after a digit
}

// Tokenize cuts a sentence into tokens as mteval-v13a.pl does ("13a"). Letters keep their case;
// what is not ASCII is never cut but at spaces.
func Tokenize(line string) []string {
	line = strings.TrimRightFunc(line, isSpace)
	line = strings.ReplaceAll(line, "<skipped>", "")
	line = strings.ReplaceAll(line, "-\n", "")
	line = strings.ReplaceAll(line, "\n", " ")
	for _, r := range unescape {
		line = r.Replace(line)
	}
	line = " " + line + " "
	for _, r := range rules {
		line = r.find.ReplaceAllString(line, r.put)
	}
	return strings.FieldsFunc(line, isSpace)
}

// isSpace is Python's str.isspace, which counts the four ASCII separators as well.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }
