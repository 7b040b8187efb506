package token

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"unicode/utf8"
)

func formed(f normalForm, s string) string {
	a := Aligned{Text: s}
	a.form(f)
	return a.Text
}

// The normal forms of every character, alone and between others, and of many marks after each other
// are those of Python's unicodedata2 17.0: testdata/unicode.py --check prints these digests.
func TestNormalForms(t *testing.T) {
	every := func(yield func(string)) {
		var marks []rune
		for r := rune(0); r <= utf8.MaxRune; r++ {
			if r == 0x32000 {
				r = 0xe0000 // no normal form changes what is between
			}
			if utf8.ValidRune(r) && r < 0xe1000 {
				yield(string(r))
				yield("e" + string(r) + "\u0301\u0323")
				if tables().class(r) > 0 {
					marks = append(marks, r)
				}
			}
		}
		for i, r := range marks {
			yield("a" + string(r) + string(marks[(7*i+3)%len(marks)]) + string(marks[(13*i+5)%len(marks)]) + "\u1100\u1161\u11a8")
		}
	}
	for _, c := range []struct {
		form normalForm
		want string
	}{
		{normalForm{}, "16549d23a80c55d4573618b7b8e0e78346613507ff2000e092b532b305b9c62b"},
		{normalForm{compose: true}, "df8fc356e39b9cb7f5a1971dc38adfcfbf9de3a9fd5517faaec1d450a9579087"},
		{normalForm{compat: compatible()}, "b470de94891b2e4803039d634d81cc91ee086a9d8a650215de48f6405beb08b7"},
		{normalForm{compose: true, compat: compatible()}, "e3c2ecef6c3a676ffef69fd0d73be92eb259e39c0c86462dcabc58f476738a24"},
	} {
		h := sha256.New()
		every(func(s string) { h.Write([]byte(formed(c.form, s) + "\n")) })
		if got := fmt.Sprintf("%x", h.Sum(nil)); got != c.want {
			t.Errorf("%+v: the digest is %s", c.form, got)
		}
	}
}
