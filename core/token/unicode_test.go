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
			switch r { // no normal form changes what is between
			case 0x3400:
				r = 0xa000
			case 0x20000:
				r = 0x2f800
			case 0x32000:
				r = 0xe0000
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
		{normalForm{}, "68d5b4aa6c74febbbd5df9851dc9ae39ebe8fe7872551a5021e149369a3bf7c7"},
		{normalForm{compose: true}, "79feee0ae49037dc3c7e0ab0bc3a73fa78f76f6d6d9c4bcc8d318359406ce3ad"},
		{normalForm{compat: compatible()}, "ec920c9281c649a3fd501555eb3b193cad0bf9668e441a6f3e1d22f6abb931a0"},
		{normalForm{compose: true, compat: compatible()}, "5956d3f84baf7ae71e6e575a0e2a11ad1507da3139540a80fc7916c7b9dfb422"},
	} {
		h := sha256.New()
		every(func(s string) { h.Write([]byte(formed(c.form, s) + "\n")) })
		if got := fmt.Sprintf("%x", h.Sum(nil)); got != c.want {
			t.Errorf("%+v: the digest is %s", c.form, got)
		}
	}
}

// TestManyMarks: the classes of twice as many marks after one letter are asked for less than three times as often. A
// sort by insertion asks four times as often.
func TestManyMarks(t *testing.T) {
	asked := func(n int) (count int) {
		var parts []edit
		for i := range 2 * n {
			parts = append(parts, edit{[]rune{0x301, 0x323}[i/n], 0})
		}
		order(parts, func(r rune) uint8 {
			count++
			return tables().class(r)
		})
		for i := range parts {
			if want := []rune{0x323, 0x301}[i/n]; parts[i].to != want {
				t.Fatalf("%d is %U", i, parts[i].to)
			}
		}
		return count
	}
	if once, twice := asked(1000), asked(2000); twice > 3*once {
		t.Errorf("%d for 2,000 marks, %d for 4,000", once, twice)
	}
}
