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
	Fixed         bool       // they cannot be taken back here
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
	changes := s.done()
	b.Lines, b.Fixed = strings.Join(s.changed(&changes), "\n"), s.Imported != nil
	r, was := s.Record, s.Without()
	if was == (record.Outcome{}) || !r.Changes.Any() {
		return b
	}
	is := r.Outcome()
	if s.Entry != nil {
		b.Language = s.Entry.Target
	}
	if r.Task == model.Generation {
		b.Before, b.After = differing(view.Expects(was), view.Expects(is))
		if own := text.Of(text.AtTemperature, "1"); s.Imported == nil && s.Sampled() != own { // which the picture may not have
			b.Was, b.Is = own, own
		}
		return b
	}
	b.Spoken = view.Effect(was, is)
	b.Before, b.After = differing(was.Output, is.Output)
	number := func(p float64) string { // those of two outputs are not compared
		if p > 0 && is.Output == was.Output {
			return text.Of(text.PerToken, strconv.FormatFloat(p, 'f', 3, 64))
		}
		return ""
	}
	b.Was, b.Is = number(was.P), number(is.P)
	return b
}

// done are the changes: those of a Record from elsewhere are its own.
func (s *State) done() record.Changes {
	if s.Imported != nil {
		return s.Imported.Record.Changes
	}
	return s.Changes()
}

// Without is what the run comes to without its changes, where that is known.
func (s *State) Without() (o record.Outcome) {
	switch {
	case s.Imported != nil:
		o = s.Record.Before
	case s.comparable(s.Plain) && !s.Own:
		o = s.Plain.Outcome()
	}
	return o
}

// comparable says whether a Record is of the run that is shown, but for the changes.
func (s *State) comparable(plain *record.Record) bool {
	return s.Record != nil && plain != nil && plain.Text == s.Record.Text && plain.Model == s.Record.Model
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
