package state

import (
	"strings"
	"testing"

	"heed/core/record"
)

// TestEffect wants it to be said what came of a head that was switched off.
func TestEffect(t *testing.T) {
	s := one(t, map[string]string{"text": "x", "view": "links"})
	likely := func(p float32) *record.Record {
		r := ran(&s, 1).Record
		for i := range r.Tokens.Target {
			r.Tokens.Target[i].ID = i
		}
		for i := range 2 {
			r.Predictions = append(r.Predictions, record.Prediction{Position: i, Top: []record.Candidate{{ID: i + 1, P: p}}})
		}
		return &r
	}
	answer := func(p float32, output string) {
		result := ran(&s, 1)
		result.Record = *likely(p)
		result.Record.Output, result.Record.Changes = output, s.Changes()
		tell(t, &s, Answered{result})
	}
	answer(0.5, "A B")
	want(t, "before", s.Book().Spoken, "")
	tell(t, &s, SwitchHead{})
	want(t, "what is off", s.Off, "cross.1.0")
	answer(0.25, "A B")
	want(t, "the same output", s.Book().Spoken, "The output stays the same. Its probability per token went from 0.500 to 0.250.")
	answer(0.25, "C")
	if got := s.Book().Spoken; !strings.Contains(got, "“A B”") {
		t.Errorf("of another output: %q", got)
	}
	tell(t, &s, PutBack{At: 0})
	answer(0.5, "A B")
	want(t, "undone", s.Book().Spoken, "")
}
