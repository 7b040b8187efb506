//go:build !js

package record

import (
	"fmt"
	"strings"
	"testing"

	"heed/core/readertest"
)

// Natively only: in WebAssembly memory cannot be watched while a reader runs.
// A hostile file is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	file := func(member string) string { return `{"format":"heed.record/1",` + member + `}` }
	const one = `"text":"a","tokens":{"source":[{"end":1}]},`
	var grid strings.Builder
	for i := range 7000 {
		fmt.Fprintf(&grid, `{"kind":"self","layer":%d,"head":%d,"rows":1,"cols":1,"weights":[1]},`, i/128, i%128)
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty notices", file(`"notices":[` + many(2_500_000, `""`) + `]`), "notices[100] is one notice too many"},
		{"weights", file(`"maps":[{"kind":"self","weights":[` + many(2_000_000, "0") + `]}]`), "needs 0 numbers and has 2000000"},
		{"a map of many weights", file(`"maps":[{"kind":"self","weights":[` + many(4_200_000, "0") + `]}]`), "maps[0] has 4200000 weights; at most 4194304 of a map are read"},
		{"many weights of all maps", file(`"maps":[` + many(17, `{"weights":[`+many(1_000_000, "0")+`]}`) + `]`), "maps[16] is more than is read: at most 16777216 weights of all maps"},
		{"values of a context", file(`"context":{"rows":1,"cols":1,"values":[` + many(2_000_000, "0") + `]}`), "2000000 values"},
		{"a mask", file(`"maps":[{"kind":"self","mask":[` + many(2_000_000, "0") + `]}]`), "mask cells"},
		{"maps", file(`"maps":[` + many(60_000, `{}`) + `]`), "maps[16384] is one map too many"},
		{"tokens", file(`"tokens":{"source":[` + many(60_000, `{}`) + `]}`), "60000 source tokens; at most 32768"},
		{"heads off", file(`"changes":{"off":"` + many(250_000, `self.0.1`) + `"}`), "a text of 2249999 bytes; at most 65536"},
		{"a long kind", file(one + `"maps":[{"kind":"` + strings.Repeat("a", 60_000) + `"}]`), "unknown kind"},
		{"a long text", file(`"text":"` + strings.Repeat("word ", 250_000) + `","tokens":{"source":[{"end":1}]},"maps":[]`), "a text of 1250000 bytes; at most 65536"},
		{"a long token", file(`"text":"a","tokens":{"source":[{"end":1,"text":"` + strings.Repeat("a", 5000) + `"}]},"maps":[]`), "source token 0 has 5000 bytes; at most 4096"},
		{"a long notice", file(`"notices":["` + strings.Repeat("a", 5000) + `"],"maps":[]`), "notices[0] has 5000 bytes; at most 4096"},
		{"a long candidate", file(one + `"maps":[],"predictions":[{"top":[{"text":"` + strings.Repeat("a", 5000) + `"}]}]`), "position 0 predicts a token of 5000 bytes; at most 4096"},
		{"a far head", file(one + `"maps":[{"kind":"self","layer":1023,"head":1023,"rows":1,"cols":1,"weights":[1]}]`), "name 1024 layers of 1024 heads, but the file has 1 maps"},
		{"a head that is not so far", file(one + `"maps":[{"kind":"self","layer":95,"head":63,"rows":1,"cols":1,"weights":[1]}]`), ""},
		{"many heads", file(one + `"maps":[` + strings.TrimSuffix(grid.String(), ",") + `]`), ""},
	} {
		readertest.Budget(t, c.name, len(c.data), c.want, func() error {
			_, err := Parse([]byte(c.data))
			return err
		})
	}
}

// Python writes NaN and Infinity, which JSON does not have: the error says so, and where.
func TestNotFinite(t *testing.T) {
	const head = `{"format":"heed.record/1","text":"NaN","tokens":{"source":[{"end":1},{"start":1,"end":2}]},"maps":[{"kind":"self","layer":2,"head":3,"rows":2,"cols":2,`
	for _, c := range []struct{ data, want string }{
		{head + `"weights":[1,0,0.5,NaN]}]}`, "has NaN in the weights of the self map of layer 2, head 3, row 1, column 1"},
		{head + `"weights":[1,0,0.5,0.5],"scores":[0, -Infinity,1,1]}]}`, "has Infinity in the scores of the self map of layer 2, head 3, row 0, column 1"},
		{`{"format":"heed.record/1","context":{"values":[NaN]}}`, "has NaN, a number that JSON does not have"},
		{`{"format":"heed.record/1","text":"NaN","maps":[}`, "not the JSON of a Record"},
	} {
		if _, err := Parse([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.data, err, c.want)
		}
	}
}
