package record

import (
	"strings"
	"testing"
)

// TestPauses: in each pass over the bytes of a file other work has its turn, wherever in it escapes stand.
func TestPauses(t *testing.T) {
	const long = 8 << 20
	for _, data := range []string{`{"a": "` + strings.Repeat(`\n`, long/2), `{"a":"` + strings.Repeat(`\n`, long/2), `[` + strings.Repeat("0,", long/2) + `NaN]`} {
		for name, pass := range map[string]func(pause func()){
			"survey":    func(pause func()) { survey([]byte(data), pause) },
			"notFinite": func(pause func()) { notFinite([]byte(data), pause) },
			"placeOf":   func(pause func()) { placeOf([]byte(data), pause) },
		} {
			pauses := 0
			if pass(func() { pauses++ }); pauses < long/often-1 {
				t.Errorf("%s of %.10s…: %d pauses, want %d", name, data, pauses, long/often)
			}
		}
	}
}
