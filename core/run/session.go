// Package run runs texts through a model: a Session turns a text into a Record. Each task has a file, which says how a
// text is read, what may be written, and how the output is spelled: translate.go, compress.go, generate.go, fill.go,
// similarity.go; Session.Run chooses among them. Searches are in beam.go and sample.go, what is changed by hand in
// intervene.go. What explains the last run has a file each, such as ablate.go, attribute.go and patch.go; ask.go
// answers for all of them.
//
// Notation: N tokens, C the network's width, V vocabulary.
package run

import (
	"slices"
	"strings"
	"unicode/utf8"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/token"
)

// Session runs texts through a model, one after the other, and keeps what the next run can use: its
// buffers, the last output, of which a small change of the text leaves much standing, and what a decoder
// alone computed of the tokens so far. It is not safe for concurrent use.
type Session struct {
	Model   *model.Model
	pass    *grad.Pass
	sources grad.Sequences
	output  []int     // the ids of the last output of greedy search or a beam
	kept    prefix    // and what was computed of it
	scratch []float32 // logits, V
	last    finished
	corpus  corpus
}

// finished is what the last run that gave a Record left for questions about it; a run that fails changes nothing of it.
type finished struct {
	source, target []int     // ids that an encoder and a decoder read; empty where there is nothing to run
	positions      []int     // of the predictions
	next           []float32 // of a generated text: the logits of what follows it
	given          int       // of a generated text: so many tokens were read, the others were written
	greedy         bool      // the output is what greedy search writes of the text alone
	record         *record.Record
	labels         []int // the tokens that were predicted: the output, a generated text but its first token, the hidden words
	changes        record.Changes
	donated        donated    // what was computed of other texts for changes
	encoded        grad.Value // the encoder's output
	fresh          bool       // encoded is still in the arena
}

// NewSession returns a session of the model.
func NewSession(m *model.Model) *Session { return &Session{Model: m, pass: grad.NewPass()} }

// Run reads text, writes the output (or reads o.Target), and returns all that was seen. Invalid UTF-8 becomes
// U+FFFD. What had to be cut is said in Record.Notices. Options that do not apply to the model's task, or that
// have impossible values, are an error.
func (s *Session) Run(text string, o Options) (*record.Record, error) {
	m := s.Model
	if err := o.check(m.About.Task); err != nil {
		return nil, err
	}
	r := &record.Record{Format: record.Format, Model: m.Name, Task: m.About.Task, Text: strings.ToValidUTF8(text, "\ufffd")}
	done := finished{changes: o.Changes, donated: s.last.donated, greedy: o.Target == nil && o.Beam <= 1 && o.MaxTokens == 0}
	err := s.prepare(&o.Changes, &done.donated)
	if err != nil {
		return nil, err
	}
	r.Changes = o.Changes
	typed, reading := r.Text, o.Changes.Read(r.Text)
	r.Text = reading.Text
	s.last.fresh = false
	s.pass.Arena.Reset()
	s.sources.Reset()
	switch r.Task { // which its network can do, as model.Open has seen to
	case model.Translation, model.Compression:
		err = s.translate(r, o, &done)
	case model.Generation:
		err = s.generate(r, o, &done)
	case model.Fill:
		err = s.fill(r, o, &done)
	case model.Similarity:
		err = s.embed(r, o, &done)
	default:
		err = say.Error("the model's task is ", say.Quote(r.Task), "; it must be one of ", strings.Join(model.Tasks, ", "))
	}
	if err != nil {
		return nil, err
	}
	for _, p := range r.Predictions {
		done.positions = append(done.positions, p.Position)
	}
	done.labels = labels(r)
	done.fresh, done.record = true, r
	s.last = done
	if o.Lens {
		if r.Lens, err = s.Lens(); err != nil {
			return nil, err
		}
	}
	if o.Detail != nil {
		r.Detail = s.Detail(*o.Detail)
	}
	s.remark(r, o)
	if len(done.source)+len(done.target) > 0 {
		var notices []string
		r.Changes, notices = s.applied(r, o.Changes, reading.Missing)
		r.Notices = append(r.Notices, notices...)
	}
	if len(reading.Text) != len(r.Text) { // it was written on
		typed += r.Output
	}
	if r.Text = typed; len(o.Changes.Replace) > 0 {
		reading.Restore(r.Tokens.Source)
	}
	return r, nil
}

// labels are the tokens that a run predicted.
func labels(r *record.Record) (ids []int) {
	written := r.Tokens.Target
	switch {
	case r.Task == model.Fill:
		for _, p := range r.Predictions {
			ids = append(ids, p.Top[0].ID)
		}
		return ids
	case r.Task == model.Generation:
		written = r.Tokens.Source
	}
	for _, t := range written[min(1, len(written)):] {
		ids = append(ids, t.ID)
	}
	return ids
}

// remark says how the model reads the reader's text, where that is not what they would expect.
func (s *Session) remark(r *record.Record, o Options) {
	partial := func(t record.Token) bool { return !t.Special && !utf8.Valid(s.Model.Tokenizer.Bytes(t.ID)) }
	said := s.Model.About.Source // a model that does not say its language reads any
	other := ""
	if english(said) {
		other = otherLanguage(r.Text)
	}
	switch {
	case slices.ContainsFunc(r.Tokens.Source, partial) || o.Target != nil && slices.ContainsFunc(r.Tokens.Target, partial):
		r.Notices = append(r.Notices, "Some of these characters are rare in the texts that the model learned from: it reads them byte by byte, and may not understand them.")
	case other != "":
		r.Notices = append(r.Notices, say.Text("This looks like ", other, ". The model learned English only."))
	case said != "" && unfamiliar(r.Text, r.Tokens.Source):
		r.Notices = append(r.Notices, "The model does not know many of these words: it reads them in small pieces, and may not understand them.")
	}
	if r.Task == model.Compression && slices.ContainsFunc(r.Tokens.Source, func(t record.Token) bool { return strings.TrimSpace(t.Text) == "##" }) {
		r.Notices = append(r.Notices, "The model reads every number as ##, as in the texts that it learned from.")
	}
}

// readSource reads the text and runs the encoder over it, whose maps it adds to the Record. For a text of white space
// the encoder does not run, and there is false.
func (s *Session) readSource(r *record.Record, o Options, done *finished) (pieces []token.Piece, words []word, there bool) {
	pieces, words, notices := readText(s.Model, r.Text, sourceSide)
	r.Notices = append(r.Notices, notices...)
	r.Tokens.Source = tokens(s.Model.Tokenizer, pieces)
	if strings.TrimSpace(r.Text) == "" {
		return pieces, words, false
	}
	done.source = tokenIDs(pieces)
	s.sources.Add(done.source...)
	done.encoded = s.Model.Net.Encode(s.pass, &s.sources, s.interventions(done).hooks(nil, attention.Hooks{Map: capture(r)}))
	return pieces, words, true
}
