//go:build !js

package catalog

import (
	"strconv"
	"strings"
	"testing"

	"heed/core/readertest"
)

// Natively only: in WebAssembly memory cannot be watched while a reader runs.
// A hostile list of models is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	file := func(members string) string { return `{"models":[{"id":"a",` + members + `}]}` }
	var metrics strings.Builder
	for i := range 150_000 {
		metrics.WriteString(`"` + strconv.Itoa(i) + `":0,`)
	}
	long := strings.Repeat("a", 2_000_000)
	for _, c := range []struct{ name, data, want string }{
		{"models", `{"models":[` + many(600_000, `{}`) + `]}`, "models[1000] is one model too many"},
		{"files", file(`"files":[` + many(600_000, `{}`) + `]`), "no file of the folder"},
		{"stacks", file(`"stacks":[` + many(600_000, `{}`) + `]`), ""},
		{"examples", file(`"examples":[` + many(600_000, `{}`) + `]`), ""},
		{"views", file(`"views":[` + many(600_000, `""`) + `]`), ""},
		{"metrics", file(`"metrics":{` + strings.TrimSuffix(metrics.String(), ",") + `}`), ""},
		{"a longer file", file(`"title":"` + long + `a` + long + `"`), "bytes; at most 2097152 are read"},
		{"a long title", file(`"title":"` + long + `"`), ""},
		{"a long name", file(`"files":[{"name":"%` + long + `"}]`), "no file of the folder"},
		{"a long member", file(`"` + long + `":1`), ""},
		{"a long number", file(`"error":` + strings.Repeat("1", 2_000_000)), "a number of more than 4096 characters"},
		{"nested lists", file(`"other":` + strings.Repeat("[", 2_000_000)), "nested too deep"},
		{"a text in place of a list", file(`"views":"` + long + `"`), "views"},
	} {
		readertest.Budget(t, c.name, len(c.data), c.want, func() error {
			_, err := Parse([]byte(c.data))
			return err
		})
	}
}
