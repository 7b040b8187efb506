package state

import (
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/protocol"
)

// Book is the lab book: what the model wrote before the changes and what it writes with them, and each change.
type Book struct {
	Before, After []BookWord // nil where one of them is not known
	Was, Is       string     // the probability per token of each, "" where it is not known
	Spoken        string     // the same as a sentence
	Lines         string     // the changes, a line each
	Language      string     // of the outputs
}

// BookWord is a word of an output, and whether the other has none like it there.
type BookWord struct {
	Text    string
	Differs bool
}

// PlainLane is who asks for the run without changes.
const PlainLane = "plain"

// Book is what there is to say of the changes.
func (s *State) Book() (b Book) {
	changes := s.Changes()
	b.Lines = strings.Join(s.changed(&changes), "\n")
	r, plain := s.Record, s.Plain
	if !s.comparable(plain) || !r.Changes.Any() || s.Own {
		return b
	}
	was, is := outcome(plain), outcome(r)
	if was == "" && is == "" {
		return b
	}
	b.Spoken = s.effect()
	b.Before, b.After = differing(was, is)
	if s.Entry != nil {
		b.Language = s.Entry.Target
	}
	number := func(of *record.Record) string { // those of two outputs are not compared
		if p, known := likelihood(of); known && r.Output == plain.Output {
			return text.Of(text.PerToken, strconv.FormatFloat(p, 'f', 3, 64))
		}
		return ""
	}
	b.Was, b.Is = number(plain), number(r)
	return b
}

// comparable says whether a Record is of the run that is shown, but for the changes.
func (s *State) comparable(plain *record.Record) bool {
	return s.Record != nil && plain != nil && plain.Text == s.Record.Text && plain.Model == s.Record.Model
}

// outcome is what a run came to: its output, or of a story what it expects next.
func outcome(r *record.Record) string {
	if r.Task != model.Generation {
		return r.Output
	}
	n := len(r.Predictions)
	if n == 0 || len(r.Predictions[n-1].Top) == 0 {
		return ""
	}
	best := r.Predictions[n-1].Top[0]
	return text.Of(text.ExpectsNext, view.Visible(best.Text), strconv.FormatFloat(float64(best.P), 'f', 3, 64))
}

// differing marks the words in which two outputs differ.
func differing(was, is string) (before, after []BookWord) {
	a, b := strings.Fields(was), strings.Fields(is)
	sameA, sameB := view.CommonWords(a, b)
	for i, w := range a {
		before = append(before, BookWord{w, !sameA[i]})
	}
	for i, w := range b {
		after = append(after, BookWord{w, !sameB[i]})
	}
	return before, after
}

// PlainRequest is the run without changes.
func (s *State) PlainRequest() protocol.Request {
	r := s.Request()
	r.Changes, r.Write = record.Changes{}, 0
	return r
}

// lookUp has the run without changes asked for, where the book lacks it.
func (c *change) lookUp() {
	if r := c.Record; r != nil && r.Changes.Any() && !c.Bare && !c.Own && c.Imported == nil && !c.comparable(c.Plain) {
		c.do(AskLane{PlainLane})
	}
}
