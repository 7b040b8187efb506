package record

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever an address says of changes, it is refused in a sentence, or it reads as it is written.
func FuzzChanges(f *testing.F) {
	f.Add("self.0.1,cross.2", "1:7,2:rouge", "self.0.1")
	f.Add("ffn.0", "0:", "residual.1.2")
	f.Fuzz(func(t *testing.T, off, force, patched string) {
		var c Changes
		for _, err := range []error{c.ParseOff(off), c.ParseForce(force), c.ParsePatched(patched)} {
			if err != nil {
				if len(err.Error()) > 1000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
				return
			}
		}
		var back Changes
		for _, err := range []error{back.ParseOff(c.OffList()), back.ParseForce(c.ForceList()), back.ParsePatched(c.PatchedList())} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if back.OffList() != c.OffList() || back.ForceList() != c.ForceList() || back.PatchedList() != c.PatchedList() {
			t.Errorf("%+v became %+v", c, back)
		}
		ParseWhy(off)
	})
}

// Whatever the cells of a table hold, other readers of CSV find as many, with the same texts, and no spreadsheet takes
// one for a formula: what would begin like one begins with an apostrophe.
func FuzzCSV(f *testing.F) {
	f.Add("=1+2", "a,\"b\"\r\nc")
	f.Add("\t@x", " -1")
	f.Add("", "+")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a + b) {
			return
		}
		line := []string{"first", a, b}
		got, err := csv.NewReader(bytes.NewReader(AppendCSV(nil, line))).Read()
		if err != nil || len(got) != len(line) {
			t.Fatalf("%q is read as %q, %v", line, got, err)
		}
		for i, cell := range got {
			want := strings.ReplaceAll(line[i], "\r\n", "\n") // as encoding/csv reads the end of a line
			if cell != want && cell != "'"+want {
				t.Errorf("%q is read as %q", line[i], cell)
			}
			if begins := strings.TrimSpace(cell); begins != "" && strings.IndexAny(begins, "=+-@＝＋－＠") == 0 {
				if _, err := strconv.ParseFloat(cell, 64); err != nil || strings.ContainsAny(cell, "iInNxX_") {
					t.Errorf("%q is written as %q", line[i], cell)
				}
			}
		}
	})
}
