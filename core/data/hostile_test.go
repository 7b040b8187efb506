//go:build !js

package data

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/readertest"
)

// Natively only: in WebAssembly memory cannot be watched while a reader runs.
// A hostile file is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	for _, c := range []struct{ name, task, data, want string }{
		{"many pairs", "translation", strings.Repeat("a\tb\n", 1_200_000), "these are no sentences"},
		{"many lines", model.Fill, strings.Repeat("a\n", 1_200_000), "these are no sentences"},
		{"many documents", model.Generation, strings.Repeat("a\n<|endoftext|>\n", 400_000), ""},
		{"empty lines", model.Fill, strings.Repeat("\n", 500_000), "holds no lines"},
		{"columns", "translation", strings.Repeat("\t", longestLine-1), "one side is empty"},
		{"one document", model.Generation, strings.Repeat("a b c d\n", 500_000), ""},
	} {
		readertest.Budget(t, c.name, len(c.data), c.want, func() error {
			_, err := Parse(c.task, "data.tsv", strings.NewReader(c.data), [2]int{})
			return err
		})
	}
}

// Whatever is in a file, it is refused in a sentence, or its examples are texts of the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte("one\tun\r\ntwo\tdeux\ta third column\n"), uint8(0), 0, 0)
	f.Add([]byte("\ufeffOne day.\nThe end.\n<|endoftext|>\n \nlast"), uint8(1), 0, 0)
	f.Add([]byte("a\tb\tc\n"), uint8(2), 2, 0)
	f.Fuzz(func(t *testing.T, data []byte, task uint8, source, target int) {
		name := []string{"translation", model.Generation, model.Fill}[task%3]
		columns := [2]int{source & 7, target & 7}
		pairs, err := Parse(name, "data.tsv", bytes.NewReader(data), columns)
		if err != nil {
			if len(err.Error()) > 500 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if len(pairs) == 0 {
			t.Error("no examples and no error")
		}
		for _, p := range pairs {
			if strings.TrimSpace(p.Source+p.Target) == "" || !utf8.ValidString(p.Source+p.Target) {
				t.Errorf("%q", p)
			}
		}
	})
}
