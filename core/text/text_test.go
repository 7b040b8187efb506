package text

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	old := english
	defer func() { english = old }()
	english = [...][]string{{"plain", "{0} and {1}", "{0|head|heads} of {1|layer|layers}", "{1} before {0}"}, nil, nil}
	for _, c := range []struct {
		key  Key
		args []any
		want string
	}{
		{0, nil, "plain"},
		{1, []any{"a", 2}, "a and 2"},
		{2, []any{1, 12}, "1 head of 12 layers"},
		{2, []any{0, 1}, "0 heads of 1 layer"},
		{3, []any{"first", "second"}, "second before first"},
		{1, []any{"{1}", "x"}, "{1} and x"}, // what a person wrote is no placeholder
	} {
		if got := Of(c.key, c.args...); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	for name, f := range map[string]func(){
		"a key without a text":        func() { Of(4) },
		"an argument that is lacking": func() { Of(1, "a") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(name + " did not panic")
				}
			}()
			f()
		}()
	}
}

func TestList(t *testing.T) {
	for want, all := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		if got := List(all); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestTables wants a text for every key, each only once.
func TestTables(t *testing.T) {
	seen := map[string]int{}
	for r, table := range english {
		for i, text := range table {
			if text == "" {
				t.Errorf("key %d of range %d has no text", i, r)
			}
			if at, twice := seen[text]; twice {
				t.Errorf("%q is the text of two keys, %d and %d", text, at, r*rangeSize+i)
			}
			if seen[text] = r*rangeSize + i; strings.Count(text, "{") != strings.Count(text, "}") {
				t.Errorf("%q has a brace too many", text)
			}
		}
	}
}
