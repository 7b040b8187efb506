package protocol

import (
	"heed/core/json"
	"heed/core/record"
)

// What explains a run.
const (
	Ask        = "ask"        // page to engine, header Asking; answered by Explaining*, then Explained, or by Gone
	Explaining = "explaining" // header Part
	Explained  = "explained"  // header Result, whose Record has an Answer, unless it was ended by another question or run
)

// Asking asks to explain a run that was answered. It ends what was asked of that run before; without a question it does
// nothing else, and is not answered.
type Asking struct {
	ID       int // of that run
	Question record.Question
}

func (a *Asking) Fields(o *json.Object) {
	o.Member("id").Int(&a.ID)
	o.Member("question").Object(a.Question.Fields)
}

// Part tells how much of an explanation is computed.
type Part struct{ ID, Done, Of int }

func (p *Part) Fields(o *json.Object) {
	o.Member("id").Int(&p.ID)
	o.Member("done").Int(&p.Done)
	o.Member("of").Int(&p.Of)
}
