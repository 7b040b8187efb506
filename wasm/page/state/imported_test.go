package state

import (
	"strings"
	"testing"

	"heed/core/record"
)

// The name of a Record's model can neither turn the text around it nor hide.
func TestNameOfRecord(t *testing.T) {
	for name, want := range map[string]string{"": "A record", "My model": "My model", "a\u202eb\u200b": "a‹U+202E›b‹U+200B›"} {
		if got := Describe(&record.Record{Model: name}, nil, func() {}).Entry.Title; got != want {
			t.Errorf("%q is called %q, not %q", name, got, want)
		}
	}
	s := State{Run: Run{Imported: &Imported{Record: &record.Record{Model: "a\u202eb"}, From: "c\u2066d.json"}}}
	if got := s.Banner(); !strings.Contains(got, "a‹U+202E›b") || !strings.Contains(got, "c‹U+2066›d.json") {
		t.Errorf("the banner says %q", got)
	}
}
