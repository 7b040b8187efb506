package state

import (
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/protocol"
)

// The messages about what is on its way.
type (
	Learned     struct{ *Known }                   // more is known of the models
	Started     struct{}                           // nothing changes, but everything is looked at
	Progress    struct{ Loading }                  // of the model
	Partial     struct{ Output string }            // what the model has written so far
	Answered    struct{ *protocol.Result }         // the run asked for
	Added       struct{ *protocol.Result }         // more of it
	Drew        struct{ Drawn []record.Candidate } // what may follow, drawn anew
	Gone        struct{}                           // the engine has the run no more
	Refused     struct{ Message string }           // there is no answer, and why
	Lacking     struct{}                           // the engine cannot give what is wanted besides
	Died        struct{}                           // the engine did, in the run asked for
	Again       struct{ Scripted bool }            // the reader tries once more what failed, or a script, which may not allow what he may
	WantAll     struct{ Yes bool }                 // somebody waits for all maps
	ExampleCame struct {
		Model string
		*record.Record
	} // the stored one
	RecordCame struct { // the one at an address
		Address string
		Record  *record.Record
		Err     error

		Described *Imported // if it is already
	}
	Import struct {
		Name string
		*record.Record
		Described *Imported // if it is already
	} // one from a file
	ImportFailed struct{ Why string } // which could not be shown
	Leave        struct{}             // back to the live model
	Rerun        struct{}             // which runs what is shown
)

func (m Learned) update(c *change) {
	c.Known = m.Known
	c.settle()
}

func (m Started) update(c *change) { c.settle() }

func (m Progress) update(c *change) {
	was := c.Loading
	c.Loading = m.Loading
	if c.Loading.Began, c.Loading.First = was.Began, was.First; was.Began == 0 || m.Done < was.Done {
		c.Loading.Began, c.Loading.First = m.Now, m.Done
	}
}

func (m Partial) update(c *change) {
	if c.Writing {
		c.More = m.Output
	} else if c.Full || c.Record != nil { // in a document the first comes with its picture, and nothing moves before
		c.Holds = m.Output
	}
}

// settle finds anew what the settings come to, and does what its changes ask for.
func (c *change) settle() {
	address, _ := c.Settings.Get(Record)
	if c.Imported != nil && c.Imported.Address != address { // another is asked for, or none
		c.drop()
	}
	if address == "" {
		if c.Sought != "" && c.Imported == nil { // it could not be shown, or has not come
			c.Failed, c.Ran = "", RunOf{}
		}
		c.Sought, c.Fetching = "", false
	} else if c.Imported == nil && c.Sought != address {
		c.fetch(address)
	}
	s := c.Settings
	if c.Imported != nil {
		s = c.Imported.settings(s)
	}
	next, complaints := s.resolve(c.Index(), c.StacksOf, len(c.Steps))
	if c.Imported != nil {
		c.Imported.fit(&next, &s)
	}
	if own := c.ownExample(&next); own != "" {
		c.Settings.Set(Text, own)
		next.Text = own
	}
	before := c.Choice
	c.Choice, c.Complaints = next, strings.Join(complaints, "\n")
	if before.Model != "" && next.Model != before.Model && next.Model != c.Brings.ID { // the reader went elsewhere than a model on its way leads
		Cancel{}.update(c)
	}
	if next.RunOf() != before.RunOf() || next.looks() != before.looks() {
		c.Pointer = view.Ref{} // what it pointed at is not there any more
	}
	if next.Stage != before.Stage {
		c.do(Tell{Stepped})
	}
	if next.View != before.View {
		c.Walker, c.Held = view.Ref{}, view.Ref{}
	}
	switch {
	case c.Imported != nil:
		c.need()
	case c.sought():
		c.seek(false)
		return
	case c.RunOf() != c.Ran && c.Model != "":
		c.ask()
	default:
		c.need()
	}
	if c.Asked && c.Record == nil {
		c.example()
	}
	c.align()
}

// ownExample is the example to begin with where the address asks for another model than the document does, but
// for no text: the document's sentence is for its own model.
func (c *change) ownExample(next *Choice) string {
	said, given := c.Settings.Get(Text)
	own, _ := c.Attributes.Get(Text)
	if !c.Owner || next.Entry == nil || len(next.Entry.Examples) == 0 || given && said != own || c.Acted || c.Imported != nil || c.Known.Index == nil {
		return ""
	}
	id, _ := c.Attributes.Get(Model)
	if at := c.Known.Index.Find(id); at == nil || at.Task == next.Entry.Task || at.Example(own) == nil {
		return ""
	}
	return next.Entry.Examples[0].Text
}

// ask has the choice run.
func (c *change) ask() {
	c.Ran = c.RunOf()
	if c.Deaths > 1 && c.Deadly == c.Ran {
		c.fail(text.Of(text.FatalText))
		c.Fatal = true
		return
	}
	if address, _ := c.Settings.Get(Record); address != "" || c.Imported != nil {
		return
	}
	c.Asked, c.Failed, c.Fatal, c.Anew = true, "", false, false
	c.Drawn = c.Sampling
	c.do(Ask{})
	c.example()
}

// example shows what the model sees in its first example, where that is what is asked for, until the model itself
// has come: the list of models has the Record beside each.
func (c *change) example() {
	if c.RanModel() || c.Tried == c.Model || !c.first() || c.explained() || Brought(c.Model) {
		return
	}
	c.Tried = c.Model
	c.do(FetchExample{c.Model})
}

// first says whether the model's first example is asked for.
func (s *State) first() bool {
	return s.Entry != nil && len(s.Entry.Examples) > 0 && s.Text == s.Entry.Examples[0].Text && !s.Own && !s.Changed()
}

func (m ExampleCame) update(c *change) {
	if c.Imported != nil || c.Model != m.Model || !c.Asked || c.RanModel() || m.Text != c.Text || !c.first() {
		return
	}
	r := *m.Record
	r.Model = m.Model
	c.Record, c.Before, c.ID, c.Stored = &r, nil, 0, true
	c.final(r.Output)
	c.need()
	c.align()
}

// final is what the model has written, whole.
func (c *change) final(output string) { c.Holds, c.Written = output, output }

func (m Answered) update(c *change) {
	was := c.Record
	if c.Stored {
		was = nil
	}
	r := &m.Result.Record
	c.Before, c.Stored = nil, false
	if was != nil && was.Model == r.Model && was.Text != r.Text {
		c.Before = was
	}
	if c.Record, c.ID, c.Asked, c.Failed, c.Deaths = r, m.ID, false, "", 0; !r.Changes.Any() {
		c.Plain = r
	}
	c.Wanted, c.Given, c.Loading, c.Done, c.Of = record.Want{}, record.Want{}, Loading{}, 0, 0
	if was == nil {
		c.do(Tell{Loaded})
	}
	c.do(Tell{Answers})
	if c.Writing {
		c.end(r)
	}
	c.final(r.Output)
	c.repeated()
	c.need()
	c.lookUp()
	c.align()
}

func (m Added) update(c *change) {
	if m.ID != c.ID || c.Record == nil {
		return
	}
	c.Record = c.Record.With(&m.Result.Record)
	c.Given, c.Wanted = c.Wanted, record.Want{}
	c.need()
	c.align()
}

func (m Lacking) update(c *change) {
	c.Given, c.Wanted = c.Wanted, record.Want{}
	c.need()
}

func (m Gone) update(c *change) {
	if c.ID == 0 {
		return
	}
	wanted := c.Wanted != record.Want{} || c.Drawn != c.Sampling
	if c.ID, c.Wanted = 0, (record.Want{}); wanted && !c.Asked {
		c.Ran = RunOf{}
		c.settle()
	}
}

func (m Drew) update(c *change) {
	if c.Record == nil {
		return
	}
	r := *c.Record
	r.Drawn = m.Drawn
	c.Record = &r
	c.need()
}

// need shows what the choice asks for, or asks for the parts of the run that it takes. Until they come, what was
// painted last stays.
func (c *change) need() {
	if c.Record == nil || c.Record.Model != c.Model && c.Asked { // the answer of another model shows nothing of this one
		return
	}
	missing := c.Wants().Missing(c.Record)
	switch {
	case missing == record.Want{} || missing == c.Given || c.Blank():
		c.Wanted = record.Want{}
		if d := c.Shown; d.Choice != c.Choice || d.Record != c.Record || d.ID != c.ID {
			c.Shown = &Shown{c.Choice, c.Record, c.Before, c.ID}
		}
	case c.Asked || c.Wanted == missing: // the answer that comes brings it along, or is followed by this again
	case c.ID == 0:
		c.Ran = RunOf{}
		c.ask()
	default:
		c.Wanted, c.Done, c.Of = missing, 0, 0
		c.do(More{missing})
	}
	if c.ID > 0 && !c.Asked && c.Sampling != c.Drawn && c.Task() == model.Generation {
		c.Drawn = c.Sampling
		c.do(Draw{c.Sampling})
	}
}

// All says whether the Record holds the maps of all heads.
func (s *State) All() bool {
	return s.Record != nil && record.Want{All: true}.Missing(s.Record) == record.Want{} && !s.Asked
}

func (m WantAll) update(c *change) {
	c.Whole = m.Yes
	c.need()
}

// fail tells the reader why there is no answer. What is on the screen stays.
func (c *change) fail(message string) {
	c.Asked, c.Failed = false, Sentence(message)
	c.do(Tell{Fails})
}

func (m Refused) update(c *change) { c.fail(m.Message) }

func (m Died) update(c *change) {
	if !c.Asked {
		return
	}
	if c.Deadly != c.Ran {
		c.Deaths = 0
	}
	if c.Deaths++; c.Deaths > 1 {
		c.fail(text.Of(text.FatalText))
		c.Fatal = true
		return
	}
	c.Deadly, c.Revived = c.Ran, true
	c.do(Ask{})
}

func (m Again) update(c *change) {
	failed := c.Failed != ""
	c.Deaths = 0
	c.do(LoadModels{})
	if address, _ := c.Settings.Get(Record); address != "" {
		c.Failed = ""
		c.fetch(address)
	}
	c.Loading = Loading{}
	if c.sought() {
		if failed {
			c.Brings = Brings{}
		}
		c.seek(!m.Scripted)
		return
	}
	c.ask()
	c.Anew = true
}

// fetch has the Record at an address shown.
func (c *change) fetch(address string) {
	c.Sought, c.Fetching = address, true
	c.do(FetchRecord{address})
}

func (m RecordCame) update(c *change) {
	if c.Sought != m.Address || c.Imported != nil {
		return // another was asked for meanwhile, or none
	}
	if c.Fetching = false; m.Err != nil {
		c.fail(text.Of(text.RecordRefused, m.Address, strings.TrimPrefix(m.Err.Error(), "record: ")))
		return
	}
	c.adopt(m.Record, m.Described, m.Address, m.Address)
}

func (m Import) update(c *change) { c.adopt(m.Record, m.Described, "", m.Name) }

func (m ImportFailed) update(c *change) { c.Run.Refused = m.Why }
