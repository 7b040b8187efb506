//go:build !js

package recipe

import (
	"strings"
	"testing"

	"heed/core/readertest"
)

// A hostile recipe is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	names := recipeNames()
	plain, err := recipes.ReadFile("recipes/" + names[0] + ".json")
	if err != nil {
		t.Fatal(err)
	}
	good := strings.TrimSpace(string(plain))
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	long := strings.Repeat("a", 1_000_000)
	with := func(member string) string { return "{" + member + "," + good[1:] }
	only := func(member string) string { return "{" + member + "}" }
	for _, c := range []struct{ name, data, want string }{
		{"texts to mix", only(`"mix":[` + many(300_000, `{}`) + `]`), "the task"},
		{"files", only(`"train":[` + many(300_000, `""`) + `]`), "the task"},
		{"what is no name of a file", only(`"train":[` + many(300_000, `1`) + `]`), "neither the name of a file nor a list of names"},
		{"slots", only(`"slots":{"a":[` + many(300_000, `""`) + `]}`), "the task"},
		{"an unknown member", with(`"` + long + `":1`), "unknown field"},
		{"a member twice", only(`"` + long + `":1,"` + long + `":1`), "duplicate member"},
		{"a long task", only(`"task":"` + long + `"`), "task"},
		{"a long number", only(`"mask":` + strings.Repeat("1", 1_000_000)), "mask"},
		{"nested lists", only(`"config":` + strings.Repeat("[", 1_000_000)), "my.json"},
	} {
		readertest.Budget(t, c.name, len(c.data), c.want, func() error {
			_, err := parse("my.json", []byte(c.data))
			return err
		})
	}
}
