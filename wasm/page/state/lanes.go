package state

import (
	"heed/core/catalog"
	"slices"
	"strings"

	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/protocol"
)

// Lanes are pictures side by side: of the models of a task on the sentence that is being typed, of two sentences on
// one model, or of two heads. They are replaced, not changed.
type Lanes struct{ All []Lane }

// Lane is one of them: what a model makes of a text, and how.
type Lane struct {
	LaneOf
	Entry  *catalog.Entry
	Record *record.Record
	Asked  LaneOf // what was asked for last
	Failed string
	Loading
}

// LaneOf is what a lane is of.
type LaneOf struct {
	ID    string // what makes it another lane
	Own   bool   // it runs by itself; else it shows the element's Record
	Title string
	Text  string
	View  string
	Kind  record.Kind
	Layer int
	Heads record.HeadSet
	Bare  bool // without special tokens
	Words bool
}

// The messages about lanes, by their ID.
type (
	LaneAnswered struct {
		ID string
		*protocol.Result
	}
	LaneRefused  struct{ ID, Message string }
	LaneProgress struct {
		ID string
		Loading
	}
)

// lanesOf lists what a choice puts side by side.
func (s *State) lanesOf(c *Choice) (all []LaneOf) {
	switch {
	case c.View != Beside || c.Entry == nil:
	case c.Against == SentencePair:
		of := LaneOf{View: view.Heatmap, Kind: c.Kind, Layer: c.Layer, Heads: c.Heads, Bare: !c.Special, Words: c.Words}
		for i, sentence := range []string{c.Text, c.Second} {
			of.ID, of.Own, of.Text = SentencePair+c.Model+PlaceName([2]int{i, 0}), i == 1, sentence
			if of.Title = text.Of([]text.Key{text.FirstSentence, text.SecondSentence}[i]); !s.Editable {
				of.Title = sentence
			}
			all = append(all, of)
		}
	case c.Against == HeadPair:
		for i, p := range c.Pair {
			all = append(all, LaneOf{ID: HeadPair + c.Model + PlaceName([2]int{i, 0}), Title: upper(PlaceWords(p)), Text: c.Text,
				View: view.Heatmap, Kind: c.Kind, Layer: p[0], Heads: record.Heads(p[1]), Bare: !c.Special, Words: c.Words})
		}
	default:
		for _, id := range peers(s.Index(), c.Entry) {
			if c.Beside != "" && id != c.Model && !slices.Contains(strings.Split(c.Beside, ","), id) {
				continue
			}
			entry := s.Index().Find(id)
			short := entry.Title
			if _, after, _ := strings.Cut(entry.Title, ", "); after != "" {
				short = after
			}
			o := entry.Open
			all = append(all, LaneOf{ID: id, Own: id != c.Model, Title: upper(short), Text: c.Text, View: o.View, Kind: o.Kind, Layer: o.Layer, Heads: record.Heads(o.Head), Bare: !c.Special})
		}
	}
	return all
}

func upper(s string) string {
	for _, r := range s {
		return strings.ToUpper(string(r)) + s[len(string(r)):]
	}
	return ""
}

// align brings the lanes in line with the choice, and has those run whose text is new.
func (c *change) align() {
	of := c.lanesOf(&c.Choice)
	if len(of) == 0 {
		for _, l := range c.lanes() {
			c.do(Forget{l.ID})
		}
		c.Lanes = nil
		return
	}
	next := make([]Lane, len(of))
	for i, of := range of {
		l := &next[i]
		if at := slices.IndexFunc(c.lanes(), func(l Lane) bool { return l.ID == of.ID }); at >= 0 {
			*l = c.Lanes.All[at]
		}
		if l.Entry = c.Entry; c.Against == "" {
			l.Entry = c.Index().Find(of.ID)
		}
		l.LaneOf = of
		switch {
		case !of.Own && c.Record != nil && c.Record.Model == c.Model:
			l.Record = c.Record
		case of.Own && (l.Asked.Text != of.Text || l.Asked.Kind != of.Kind || l.Asked.Layer != of.Layer || l.Asked.ID == ""):
			l.Asked, l.Failed = of, ""
			c.do(AskLane{of.ID})
		}
	}
	for _, l := range c.lanes() {
		if !slices.ContainsFunc(of, func(of LaneOf) bool { return of.ID == l.ID }) {
			c.do(Forget{l.ID})
		}
	}
	if c.Lanes == nil || !slices.Equal(next, c.Lanes.All) {
		c.Lanes = &Lanes{next}
	}
}

func (s *State) lanes() []Lane {
	if s.Lanes == nil {
		return nil
	}
	return s.Lanes.All
}

// lane changes one of the lanes.
func (c *change) lane(id string, do func(l *Lane)) {
	at := slices.IndexFunc(c.lanes(), func(l Lane) bool { return l.ID == id })
	if at < 0 {
		return
	}
	all := slices.Clone(c.Lanes.All)
	do(&all[at])
	c.Lanes = &Lanes{all}
}

func (m LaneAnswered) update(c *change) {
	if m.ID == PlainLane {
		c.Plain = &m.Result.Record
		return
	}
	c.lane(m.ID, func(l *Lane) { l.Record, l.Failed, l.Loading = &m.Result.Record, "", Loading{} })
}

func (m LaneRefused) update(c *change) {
	c.lane(m.ID, func(l *Lane) { l.Failed = Sentence(m.Message) })
}

func (m LaneProgress) update(c *change) {
	c.lane(m.ID, func(l *Lane) { l.Loading = m.Loading })
}

// Request is what the engine is to run for a lane.
func (l *Lane) Request() protocol.Request {
	return protocol.Request{Model: l.Entry.ID, Text: l.Text, Want: record.Want{Kind: l.Kind, Layer: l.Layer}}
}

// Says is what stands above a lane's picture.
func (l *Lane) Says() string {
	switch {
	case l.Failed != "":
		return l.Failed
	case l.Record != nil:
		return l.Record.Output
	case l.Total > 0:
		return text.Of(text.LoadingAmount, text.Of(text.LoadingPlain), Megabytes(l.Done), Megabytes(l.Total))
	}
	return ""
}

// LanesRan says whether there is something to see in every lane.
func (s *State) LanesRan() bool {
	return !slices.ContainsFunc(s.lanes(), func(l Lane) bool { return l.Record == nil || strings.TrimSpace(l.Text) == "" })
}

// LaneFailed is why a lane has nothing to show, "" where none has failed.
func (s *State) LaneFailed() string {
	for _, l := range s.lanes() {
		if l.Failed != "" {
			return l.Failed
		}
	}
	return ""
}

// Lane is the one of that ID, or nil.
func (s *State) Lane(id string) *Lane {
	for i := range s.lanes() {
		if l := &s.Lanes.All[i]; l.ID == id {
			return l
		}
	}
	return nil
}

// Fatal is said of a text that has cost two engines.
func Fatal() string { return text.Of(text.FatalText) }
