package record

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// spend runs a reader and returns the most memory that was in use meanwhile, above what was before.
func spend(read func()) (bytes uint64, took time.Duration) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, most := make(chan bool), make(chan uint64)
	go func() {
		high := uint64(0)
		for {
			select {
			case <-stop:
				most <- high
				return
			case <-time.After(2 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				high = max(high, m.HeapAlloc-min(m.HeapAlloc, before.HeapAlloc))
			}
		}
	}()
	start := time.Now()
	read()
	took = time.Since(start)
	stop <- true
	return <-most, took
}

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
		{"empty notices", file(`"notices":[` + many(10_000_000, `""`) + `]`), "notices[100] is one notice too many"},
		{"weights", file(`"maps":[{"kind":"self","weights":[` + many(8_000_000, "0") + `]}]`), "needs 0 numbers and has 8000000"},
		{"values of a context", file(`"context":{"rows":1,"cols":1,"values":[` + many(8_000_000, "0") + `]}`), "8000000 values"},
		{"a mask", file(`"maps":[{"kind":"self","mask":[` + many(8_000_000, "0") + `]}]`), "mask cells"},
		{"maps", file(`"maps":[` + many(250_000, `{}`) + `]`), "unknown kind"},
		{"tokens", file(`"tokens":{"source":[` + many(250_000, `{}`) + `]}`), ""},
		{"heads off", file(`"changes":{"off":"` + many(1_000_000, `self.0.1`) + `"}`), "a list of 8999999 bytes"},
		{"a long kind", file(one + `"maps":[{"kind":"` + strings.Repeat("a", 10_000_000) + `"}]`), "unknown kind"},
		{"a far head", file(one + `"maps":[{"kind":"self","layer":1023,"head":1023,"rows":1,"cols":1,"weights":[1]}]`), "name 1024 layers of 1024 heads, but the file has 1 maps"},
		{"a head that is not so far", file(one + `"maps":[{"kind":"self","layer":95,"head":63,"rows":1,"cols":1,"weights":[1]}]`), ""},
		{"many heads", file(one + `"maps":[` + strings.TrimSuffix(grid.String(), ",") + `]`), ""},
	} {
		var err error
		memory, took := spend(func() { _, err = Parse([]byte(c.data)) })
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000) || c.want == "" && err != nil {
			t.Errorf("%s: error %.300v, want one with %q", c.name, err, c.want)
		}
		if most := uint64(2*len(c.data) + 100<<20); memory > most {
			t.Errorf("%s: %d MB for a file of %d", c.name, memory>>20, len(c.data)>>20)
		}
		if took > 20*time.Second { // some ten times what it takes
			t.Errorf("%s: %v", c.name, took)
		}
		t.Logf("%s: %d MB, %v for %d MB", c.name, memory>>20, took.Round(time.Millisecond), len(c.data)>>20)
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
