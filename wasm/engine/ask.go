//go:build js && wasm

package engine

import (
	"slices"

	"heed/core/record"
	"heed/core/run"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// Asker explains the last run of a session, as run.Session.Ask does.
type Asker func(s *run.Session, q record.Question, progress run.Progress) (*record.Record, error)

// Explain has engines explain by ask. It is not called in a program that cannot, which the page does not ask.
func Explain(ask Asker) { explains = func(e *engine) { e.explain(ask) } }

var explains func(e *engine)

// questions are what is asked about runs that were answered.
type questions struct {
	wait    []protocol.Asking
	current *done // the run that is being explained
	stop    bool  // that is not wanted any more
}

// receive takes a question in place of those about the same run.
func (q *questions) receive(e *engine, a protocol.Asking) {
	for _, other := range q.wait {
		if other.ID == a.ID {
			e.explained(&protocol.Result{ID: a.ID})
		}
	}
	q.wait = slices.DeleteFunc(q.wait, func(other protocol.Asking) bool { return other.ID == a.ID })
	if q.current != nil && q.current.id == a.ID {
		q.stop = true
	}
	if a.Question != (record.Question{}) {
		q.wait = append(q.wait, a)
	}
}

// end ends what is being explained to a client, which asks for another run.
func (q *questions) end(client int) {
	if q.current != nil && q.current.client == client {
		q.stop = true
	}
}

func (e *engine) explained(r *protocol.Result) { e.send(protocol.Explained, r, r.Pack()) }

// explain answers the first question. What is to be run meanwhile, for others, is run as it comes: an explanation may take long.
func (e *engine) explain(ask Asker) {
	if bridge.Yield(); len(e.questions.wait) == 0 || e.ready() >= 0 { // what has come comes first
		return
	}
	a := e.questions.wait[0]
	e.questions.wait = e.questions.wait[1:]
	of := e.find(a.ID, false)
	if of == nil {
		return
	}
	result := protocol.Result{ID: a.ID}
	defer e.explained(&result)
	d := *of // others may be added meanwhile
	e.questions.current, e.questions.stop = &d, false
	defer func() { e.questions.current = nil }()
	if s := e.exact(d.session, d.exact); s != d.session { // the model has run with products of another form since
		d.session, d.old = s, true
	}
	if d.old { // the session has run another text since
		e.age(d.session)
		if _, err := d.session.Run(d.record.Text, d.how); err != nil {
			result.Record.Answer = record.Answer{To: a.Question, Refusal: err.Error()}
			return
		}
		d.old = false
		*of = d
	}
	d.session.Over(e.examples(d.session.Model.Name))
	other := run.NewSession(d.session.Model) // for texts that are run meanwhile
	e.swap(d.session, other)
	defer func() {
		if !slices.ContainsFunc(e.done, func(d done) bool { return d.session == other }) {
			e.swap(other, d.session)
		}
	}()
	const often = 50 // milliseconds
	told := bridge.Now()
	part, err := ask(d.session, a.Question, func(done, of int) error {
		if now := bridge.Now(); now-told > often {
			told = now
			e.send(protocol.Explaining, &protocol.Part{ID: a.ID, Done: done, Of: of}, nil)
		}
		bridge.Yield()
		for e.load(); !e.questions.stop; {
			i := e.ready()
			if i < 0 {
				return nil
			}
			e.take(i)
		}
		return errNewer
	})
	if err == nil {
		result.Record = *part
	}
}

// swap has another session of the same model in the place of one that is open.
func (e *engine) swap(s, other *run.Session) {
	if i := slices.Index(e.sessions, s); i >= 0 {
		e.sessions[i] = other
	}
}

// examples are the texts of the examples of a model that Heed ships, and what is stored of its translations.
func (e *engine) examples(id string) (texts []string, t *record.Translations) {
	if e.index == nil {
		return nil, nil
	}
	entry := e.index.Find(id)
	if entry == nil || entry.Foreign {
		return nil, nil
	}
	for _, x := range entry.Examples {
		texts = append(texts, x.Text)
	}
	return texts, entry.Translations
}

// age notes that a session runs another text than those that it was asked for before.
func (e *engine) age(s *run.Session) {
	for i := range e.done {
		e.done[i].old = e.done[i].old || e.done[i].session == s
	}
}
