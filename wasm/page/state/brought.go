package state

import (
	"maps"
	"slices"
	"strings"

	"heed/core/catalog"
	"heed/core/text"
	"heed/core/view"
)

// Brought says whether a model's id is not a name in the list of models but that of one which a reader or an author
// brings: an address that ends in / or .gguf, or file: and a name, of this device's files.
func Brought(id string) bool {
	return strings.HasPrefix(id, fromFiles) || strings.HasSuffix(id, "/") || strings.HasSuffix(strings.ToLower(id), ".gguf")
}

const fromFiles = "file:"

// OnlyHere says whether what the address says is of a model that is on this device only.
func (s *State) OnlyHere() bool {
	return slices.ContainsFunc(s.Pairs(), func(p [2]string) bool {
		return p[0] == "model" && strings.HasPrefix(p[1], fromFiles) || p[0] == "compare" && !strings.HasPrefix(p[1], ofSentence) && strings.Contains(p[1], fromFiles)
	})
}

// Titles are what the models of a list are called, in its order. Of those of others that share a title each says which it is, too.
func Titles(of *catalog.Index) []string {
	all, many := make([]string, len(of.Models)), map[string]int{}
	for _, e := range of.Models {
		many[e.Title]++
	}
	for i, e := range of.Models {
		if all[i] = e.Title; e.Foreign && many[e.Title] > 1 {
			all[i] += " (" + view.Visible(strings.TrimPrefix(e.ID, fromFiles)) + ")"
		}
	}
	return all
}

// Brings is a model that is on its way to the list of models; the zero value is none.
type Brings struct {
	ID     string
	Origin string // whose it is, where the reader is to allow it first
}

// The messages about models that are brought.
type (
	Bring     struct{ ID string } // by the reader, who so allows it
	Elsewhere struct {            // it is of another origin
		ID, Origin string
	}
	Coming struct { // how much of it has come
		ID string
		Loading
	}
	Opened    struct{ ID string } // it is in the list now
	NotOpened struct{ ID, Why string }
	Cancel    struct{} // the reader wants none
)

// FetchModel is the command to bring a model; unless the reader allowed it, it may have to wait for him.
type FetchModel struct {
	ID      string
	Allowed bool
}

// WithEntry is what is known once a model is in the list.
func (k *Known) WithEntry(e *catalog.Entry) *Known {
	next, index := *k, *k.Index
	index.Models = append(slices.DeleteFunc(slices.Clone(index.Models), func(other catalog.Entry) bool { return other.ID == e.ID }), *e)
	next.Index, next.Ran = &index, maps.Clone(k.Ran)
	delete(next.Ran, e.ID)
	return &next
}

// seek has a model brought that the settings name.
func (c *change) seek(allowed bool) {
	if c.Brings.ID == c.Model && !allowed {
		return
	}
	c.Brings = Brings{ID: c.Model}
	c.Asked, c.Failed, c.Fatal, c.Ran = false, "", false, RunOf{}
	c.do(Forget{})
	c.do(FetchModel{c.Model, allowed})
}

// sought says whether the model that is to be shown is yet to be brought.
func (s *State) sought() bool {
	return s.Entry == nil && s.Known.Index != nil && s.Imported == nil && Brought(s.Model)
}

func (m Bring) update(c *change) {
	c.Brings, c.Run.Refused = Brings{ID: m.ID}, ""
	if m.ID == c.Model {
		c.Failed = ""
	}
	c.do(FetchModel{m.ID, true})
}

func (m Cancel) update(c *change) {
	if c.Brings.ID != "" {
		c.Brings, c.Loading = Brings{}, Loading{}
	}
}

func (m Elsewhere) update(c *change) {
	if m.ID == c.Brings.ID {
		c.Brings.Origin = m.Origin
	}
}

func (m Coming) update(c *change) {
	if m.ID == c.Brings.ID {
		Progress{m.Loading}.update(c)
	}
}

func (m Opened) update(c *change) {
	if m.ID != c.Brings.ID {
		return
	}
	c.Brings, c.Loading = Brings{}, Loading{}
	if m.ID == c.Model { // perhaps another was there by that name
		c.Ran = RunOf{}
		c.settle()
		return
	}
	ChooseModel(m).update(c)
}

// What could not be opened leaves all as it was, unless there is nothing else to be shown.
func (m NotOpened) update(c *change) {
	if m.ID != c.Brings.ID {
		return
	}
	c.Loading, c.Brings.Origin = Loading{}, ""
	why := text.Of(text.ModelRefused, nameOf(m.ID), strings.TrimSuffix(m.Why, "."))
	if m.ID == c.Model {
		c.fail(why)
		return
	}
	c.Brings = Brings{}
	c.Run.Refused = Sentence(why)
}

// nameOf is what a model that is brought is called in sentences: its file or its address, without the name and the password that may
// stand before a host.
func nameOf(id string) string {
	scheme, rest, _ := strings.Cut(id, ":")
	if scheme+":" == fromFiles {
		return rest
	}
	if s := strings.ToLower(scheme); s != "http" && s != "https" {
		return id
	}
	host := strings.TrimLeft(rest, `/\`) // as browsers read it
	begin, end := len(id)-len(host), len(id)
	if i := strings.IndexAny(host, `/\?#`); i >= 0 {
		end = begin + i
	}
	return id[:begin] + id[begin+strings.LastIndexByte(id[begin:end], '@')+1:]
}

// bringing says how far the model is that is brought, "" where none is.
func (s *State) bringing() string {
	if b := &s.Brings; b.ID == "" || s.Failed != "" || b.Origin != "" {
		return ""
	} else if l := &s.Loading; l.Began == 0 || l.Done == l.Total {
		return text.Of(text.OpeningModel, nameOf(b.ID))
	}
	return s.Arriving()
}

// saysSought is what stands in the picture's place while its model is not there.
func (s *State) saysSought() Says {
	var without []Action
	if s.Full && s.Known.Index != nil && len(s.Known.Index.Models) > 0 {
		without = []Action{{text.Of(text.WithoutModel), ChooseModel{s.Known.Index.Models[0].ID}}}
	}
	if b := &s.Brings; b.Origin != "" {
		return Says{"invitation", text.Of(text.ModelElsewhere, b.Origin, b.ID), append([]Action{{text.Of(text.OpenElsewhere, b.Origin), Bring{b.ID}}}, without...)}
	}
	return Says{"loading", text.Of(text.OpeningModel, nameOf(s.Model)), without}
}
