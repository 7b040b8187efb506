package state

import (
	"cmp"
	"heed/core/catalog"
	"slices"
	"strconv"

	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
)

// Imported is a Record that no model of ours is running: it came from a file, or from an address.
type Imported struct {
	_       incomparable
	Record  *record.Record
	Address string                // the URL; "" of a file
	From    string                // the address, or the file's name
	Entry   *catalog.Entry        // as the list of models would have it
	Ours    bool                  // it is of a model of ours
	index   *catalog.Index        // of that entry alone
	before  Settings              // to which the reader may go back
	heads   map[record.Place]bool // that it has maps of; a head of -1 stands for any of the layer
}

// Describe describes a Record as the list of models would its model: its views are those that it can fill. Of one with
// many maps that may take long: pause is called between views.
func Describe(r *record.Record, known *catalog.Index, pause func()) *Imported {
	e := &catalog.Entry{ID: cmp.Or(r.Model, "record"), Title: "A record", Task: r.Task, Open: catalog.Opening{View: view.Links}}
	if r.Model != "" {
		e.Title = view.Visible(r.Model)
	}
	var ours *catalog.Entry // its languages hold for the Record too
	if known != nil {
		if ours = known.Find(r.Model); ours != nil {
			e.Title, e.Source, e.Target = ours.Title, ours.Source, ours.Target
		}
	}
	heads := map[record.Place]bool{}
	for i := range r.Maps {
		m := &r.Maps[i]
		heads[record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head}] = true
		heads[record.Place{Kind: m.Kind, Layer: m.Layer, Head: -1}] = true
		if m.Kind == record.Rollout {
			continue
		}
		at := slices.IndexFunc(e.Stacks, func(s record.Stack) bool { return s.Kind == m.Kind })
		if at < 0 {
			at = len(e.Stacks)
			e.Stacks = append(e.Stacks, record.Stack{Kind: m.Kind})
		}
		s := &e.Stacks[at]
		s.Layers, s.Heads = max(s.Layers, m.Layer+1), max(s.Heads, m.Head+1)
	}
	if len(e.Stacks) > 0 { // the last layer of what there is, cross-attention first, which says most
		s := e.Stacks[0]
		for _, other := range e.Stacks {
			if other.Kind == record.Cross || other.Kind == record.RNN {
				s = other
			}
		}
		e.Open.Kind, e.Open.Layer = s.Kind, s.Layers-1
		e.Open.Head = firstHead(r, s.Kind, e.Open.Layer)
		if ours != nil && r.Find(ours.Open.Kind, ours.Open.Layer, ours.Open.Head) != nil {
			e.Open.Kind, e.Open.Layer, e.Open.Head = ours.Open.Kind, ours.Open.Layer, ours.Open.Head
		}
	}
	for _, v := range view.All() {
		pause()
		s := view.State{View: v.Name, Kind: e.Open.Kind, Layer: e.Open.Layer, Heads: record.Heads(e.Open.Head), Spatial: true}
		if v.Name == view.Steps && r.Detail != nil {
			s.Kind, s.Layer, s.Heads = r.Detail.Kind, r.Detail.Layer, record.Heads(r.Detail.Head)
		}
		if v.Fills(r, s) {
			if e.Views = append(e.Views, v.Name); v.Has(view.Asks) || v.Name == view.Heads && r.Roles != nil { // what was asked says most
				e.Open.View = v.Name
			}
		}
	}
	if len(e.Views) == 0 { // which then says what is lacking
		e.Views = []string{view.Links}
	}
	if !slices.Contains(e.Views, e.Open.View) {
		e.Open.View = e.Views[0]
	}
	return &Imported{Record: r, Entry: e, Ours: ours != nil, index: &catalog.Index{Models: []catalog.Entry{*e}}, heads: heads}
}

// firstHead is the first head of a layer that a Record holds.
func firstHead(r *record.Record, k record.Kind, layer int) int {
	head := -1
	for _, m := range r.Maps {
		if m.Kind == k && m.Layer == layer && (head < 0 || m.Head < head) {
			head = m.Head
		}
	}
	return max(head, 0)
}

// holds says whether a Record has a map of a layer, or of one of its heads, or, where none was imported, can have
// it.
func (i *Imported) holds(k record.Kind, layer, head int) bool {
	return i == nil || i.heads[record.Place{Kind: k, Layer: layer, Head: max(head, -1)}]
}

// settings are the element's, with the Record's model and text in place of any other.
func (i *Imported) settings(s Settings) Settings {
	s.forget(ofRun)
	if _, _, err := placesOf(s[Compare].text); err != nil { // of one run there are only heads to compare
		s.Unset(Compare)
	}
	s.Set(Model, i.Entry.ID)
	s.Set(Text, i.Record.Text)
	if d := i.Record.Detail; s[View].text == view.Steps && d != nil { // the only row that it takes apart
		s.Set(Kind, string(d.Kind))
		s.Set(Layer, strconv.Itoa(d.Layer))
		s.Set(Head, strconv.Itoa(d.Head))
		s.Set(Token, strconv.Itoa(d.Row))
	}
	return s
}

// fit has a choice look at what the Record answers, and at a head that it holds, unless the settings ask for one.
func (i *Imported) fit(c *Choice, s *Settings) {
	c.answered(i.Record)
	head, one := c.Heads.One()
	if s[Head].said || !one || i.holds(c.Kind, c.Layer, head) {
		return
	}
	if !s[Layer].said && !i.holds(c.Kind, c.Layer, -1) {
		for layer := range c.Layer { // the last there is; the model's last may be beyond this kind's
			if i.holds(c.Kind, layer, -1) {
				c.Layer = layer
			}
		}
	}
	c.Heads = record.Heads(firstHead(i.Record, c.Kind, c.Layer))
}

// answered has a choice ask the only thing of its view that a Record answers.
func (c *Choice) answered(r *record.Record) {
	switch c.View {
	case view.Ablation:
		if len(r.Ablation) > 0 {
			if c.Ablate = r.Ablation[0].Part; r.AblatedWith != "" {
				c.With = record.WithMean
			}
		}
	case view.Patch:
		if r.Donor != nil && len(r.Patch) > 0 {
			if c.Patch = r.Donor.Text; r.Patch[0].Head != record.None {
				c.At = record.AtHeads
			}
		}
	case view.Attribution:
		if a := r.Attribution; a != nil {
			if c.Attribute, c.Token = a.Method, a.Position; a.Beside != nil {
				c.Attribute += "," + a.Beside.Method
			}
		}
	case view.Why:
		if w := r.Why; w != nil {
			c.Kind, c.Layer, c.Heads, c.Token, c.Key = w.Kind, w.Layer, record.Heads(w.Head), w.Row, w.Col
		}
	case view.Heads:
		c.Roles = r.Roles != nil
	}
}

// explains says whether a Record holds how the weights of a row came about, of one head.
func (i *Imported) explains(c *Choice, row int) bool {
	d := i.Record.Detail
	return d != nil && d.Kind == c.Kind && d.Layer == c.Layer && d.Row == row && c.Heads == record.Heads(d.Head)
}

// adopt shows a Record in place of a model. It may be described already.
func (c *change) adopt(r *record.Record, i *Imported, address, from string) {
	if i == nil {
		i = Describe(r, c.Known.Index, func() {})
	}
	i.Address, i.From, i.before = address, from, c.Settings
	if c.Imported != nil {
		i.before = c.Imported.before
	}
	c.do(Forget{})
	first := c.Record == nil || c.Stored
	c.Imported, c.Stored, c.Record, c.Before, c.ID = i, false, r, nil, 0
	c.Asked, c.Failed, c.Fatal, c.Wanted, c.Given = false, "", false, record.Want{}, record.Want{}
	c.Unknown, c.Refused = "", ""
	if address == "" {
		c.Settings.forget(onFile)
	}
	c.final(r.Output)
	c.settle()
	if first {
		c.do(Tell{Loaded})
	}
	c.do(Tell{Answers})
}

// drop forgets a Record that was imported.
func (c *change) drop() {
	c.Imported, c.Record, c.Before, c.Shown, c.Sought, c.Ran = nil, nil, nil, &Shown{}, "", RunOf{}
}

// Rerun has the model run the Record that is shown: its text with its changes, asked what it was asked.
func (m Rerun) update(c *change) {
	i := c.Imported
	if i == nil || !i.Ours {
		return
	}
	n, changes := c.Choice, &i.Record.Changes
	n.Off, n.Force, n.Patched, n.From, n.Replace, n.Steer = changes.OffList(), changes.ForceList(), changes.PatchedList(), changes.From, changes.ReplaceList(), changes.Steer
	if changes.Scales() {
		n.Heat = changes.Temperature
	}
	i.before.forget(onModel | onExample)
	again := i.Record
	for _, p := range n.Pairs() {
		at, _ := Named(p[0])
		i.before.Set(at, p[1])
	}
	Leave{}.update(c)
	c.Repeats = again
}

// repeated has the output of the Record that a run repeats read as the reader's own, where the model writes another of
// the text by itself: it was given, or found by another search. The terminal does the same.
func (c *change) repeated() {
	again, r := c.Repeats, c.Record
	if c.Repeats = nil; again == nil || c.Own || again.Text != r.Text || !r.WroteOtherwise(again) {
		return
	}
	c.Settings.Set(Target, again.Output)
	c.settle()
	c.Unknown = text.Of(text.ReadAsGiven, r.Output)
}

func (m Leave) update(c *change) {
	c.Sought, c.Fetching, c.Failed = "", false, ""
	if i := c.Imported; i != nil {
		c.drop()
		c.Settings, c.Fresh = i.before, true
	}
	c.Settings.Unset(Record)
	c.Ran = RunOf{}
	c.settle()
	c.save()
}
