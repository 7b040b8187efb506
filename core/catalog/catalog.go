// Package catalog reads and writes web/models/index.json, the list of the models that Heed ships.
package catalog

import (
	"strings"

	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
)

// Index is web/models/index.json: the models that Heed ships.
type Index struct {
	Models []Entry
}

// Entry describes one model.
type Entry struct {
	ID         string // the name of its directory
	Title      string
	About      string // a sentence for the reader
	Task       string
	Source     string // languages, BCP 47
	Target     string
	Parameters int
	Bytes      int64  // of all files
	Files      []File // in the order of Files
	Licence    string
	Foreign    bool // it was made by others: in a page it takes lab.wasm, and its folder has no card of ours
	Data       string
	Metrics    map[string]float64
	Error      float64       // largest of attention weights and probabilities, by testdata/reference.py
	Stacks     []model.Stack // its kinds of attention
	Views      []string      // what can be seen of it
	Open       Opening
	Examples   []Example

	Translations *record.Translations // of a translator whose heads were measured so
}

// Example is a text to begin with, chosen because it shows something.
type Example struct {
	Text string
	Look string   // what to look for, a sentence
	Open *Opening // where it is to be seen; nil: as the model opens
}

// ExampleFile is the Record of a model's first example, beside the model's files: "heed index" writes it.
const ExampleFile = "example.json"

// File is one file of a model.
type File struct {
	Name   string
	Bytes  int64
	SHA256 string
}

// Opening is the view to open a model with: one that shows something.
type Opening struct {
	View  string
	Kind  record.Kind
	Layer int
	Head  int
}

// The most that is read of a list of models, in bytes and in models.
const (
	most       = 2 << 20
	mostModels = 1000
)

// Fields describes the JSON of an Index.
func (x *Index) Fields(o *json.Object) {
	json.AtMost(o.Member("models"), &x.Models, mostModels, "model")
}

// Fields describes the JSON of an Entry.
func (e *Entry) Fields(o *json.Object) {
	o.Member("id").String(&e.ID)
	o.Member("title").String(&e.Title)
	o.Member("about").String(&e.About)
	o.Member("task").String(&e.Task)
	o.Member("source").String(&e.Source)
	o.Optional("target", e.Target != "").String(&e.Target)
	o.Member("parameters").Int(&e.Parameters)
	o.Member("bytes").Int64(&e.Bytes)
	json.List(o.Member("files"), &e.Files)
	o.Member("licence").String(&e.Licence)
	o.Optional("foreign", e.Foreign).Bool(&e.Foreign)
	o.Member("data").String(&e.Data)
	o.Member("metrics").FloatMap(&e.Metrics)
	o.Member("error").Float(&e.Error)
	json.List(o.Member("stacks"), &e.Stacks)
	o.Member("views").Strings(&e.Views)
	o.Member("open").Object(e.Open.Fields)
	json.List(o.Optional("examples", len(e.Examples) > 0), &e.Examples)
	json.Pointer(o.Optional("translations", e.Translations != nil), &e.Translations)
}

// Fields describes the JSON of an Example.
func (x *Example) Fields(o *json.Object) {
	o.Member("text").String(&x.Text)
	o.Member("look").String(&x.Look)
	json.Pointer(o.Optional("open", x.Open != nil), &x.Open)
}

// Fields describes the JSON of a File.
func (f *File) Fields(o *json.Object) {
	o.Member("name").String(&f.Name)
	o.Member("bytes").Int64(&f.Bytes)
	o.Member("sha256").String(&f.SHA256)
}

// Fields describes the JSON of an Opening.
func (p *Opening) Fields(o *json.Object) {
	o.Member("view").String(&p.View)
	o.Member("kind").String((*string)(&p.Kind))
	o.Member("layer").Int(&p.Layer)
	o.Member("head").Int(&p.Head)
}

// Parse reads an index.
func Parse(data []byte) (*Index, error) {
	var x Index
	if len(data) > most {
		return nil, say.Error("the list of models has ", len(data), " bytes; at most ", most, " are read")
	}
	if err := json.Read(data, x.Fields); err != nil {
		return nil, say.Error("the list of models cannot be read: ", err)
	}
	for _, m := range x.Models {
		for _, f := range append(m.Files, File{Name: m.ID}) {
			// Each is the end of an address too.
			if f.Bytes < 0 || strings.ContainsAny(f.Name, "\\%?#:") || strings.Contains("/"+f.Name, "/.") || strings.Contains("/"+f.Name+"/", "//") {
				return nil, say.Error("the list of models names ", say.Quote(f.Name), ", which is no file of the folder that it lies in")
			}
		}
	}
	return &x, nil
}

// Example returns the example of that text, or nil.
func (e *Entry) Example(text string) *Example {
	for i := range e.Examples {
		if e.Examples[i].Text == text {
			return &e.Examples[i]
		}
	}
	return nil
}

// Find returns the entry of that id, or nil.
func (x *Index) Find(id string) *Entry {
	for i := range x.Models {
		if x.Models[i].ID == id {
			return &x.Models[i]
		}
	}
	return nil
}
