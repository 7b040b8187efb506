// Package model opens a directory of files (config.json, tokenizer.json, model.safetensors, as Hugging
// Face lays them out) as a model: a network with its tokenizer. Package run runs text through it.
package model

import (
	"io/fs"
	"strconv"
	"strings"

	"heed/core/json"
	"heed/core/say"
	"heed/core/token"
	"heed/core/weights"
)

// Special tokens of language models and of those that fill words in, as GPT-2 and BERT call them.
const (
	EndOfText = "<|endoftext|>"
	Padding   = "[PAD]"
	Class     = "[CLS]"
	Separator = "[SEP]"
	Mask      = "[MASK]"
)

// Model is a network with its tokenizer. Several sessions of one may run at once, as long as nobody
// changes its weights.
type Model struct {
	Name      string
	About     About
	Tokenizer *token.Tokenizer
	Net       Net
	Pooling   Pooling // of a model that compares texts
}

// About says what a model is for. It stands in config.json under "heed".
type About struct {
	Task   string // one of Tasks; where config.json does not say it, what its network does
	Title  string
	Source string // languages, BCP 47
	Target string
	// Longest is the number of tokens of the longest texts that the model learned from.
	Longest int
	// Example is a text to begin with, and Look a sentence that says what to look for in it; "" where nobody said.
	Example, Look string
	// Others are further texts as the model learned to read them, over which explanations take their means.
	Others []string
}

// Fields describes the JSON of an About.
func (a *About) Fields(o *json.Object) {
	o.Member("task").String(&a.Task)
	o.Optional("title", a.Title != "").String(&a.Title)
	o.Optional("source", a.Source != "").String(&a.Source)
	o.Optional("target", a.Target != "").String(&a.Target)
	o.Optional("longest", a.Longest != 0).Int(&a.Longest)
	o.Optional("example", a.Example != "").String(&a.Example)
	o.Optional("look", a.Look != "").String(&a.Look)
	o.Optional("others", len(a.Others) > 0).Strings(&a.Others)
}

// Files are the names of a model's files, in the order in which Open reads them.
var Files = []string{"config.json", "tokenizer.json", "model.safetensors"}

// Open reads the model in fsys. Errors say which file is wrong and how.
func Open(fsys fs.FS) (*Model, error) {
	d, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	m, err := d.parse()
	for _, f := range d.close {
		f.Close() // which were only read
	}
	return m, err
}

// Parse is Open of files that were read already, by their names.
func Parse(files map[string][]byte) (*Model, error) { return inMemory(files).parse() }

func (dir *directory) parse() (*Model, error) {
	files := dir.files
	for _, name := range Files {
		if weights.Pointer(files[name]) {
			return nil, say.Error(name, " is a Git LFS pointer, not the file itself: fetch it by \"git lfs pull\"")
		}
	}
	d, err := parseConfig(files["config.json"])
	if err != nil {
		return nil, say.Error("config.json ", err)
	}
	f, size, err := dir.tensors()
	if err != nil {
		return nil, err
	}
	if err := d.fit(f.Names()); err != nil {
		return nil, say.Error("config.json is wrong: ", err)
	}
	if have, want := size, d.count(); have < want { // a byte a weight at least
		return nil, say.Error("model.safetensors has ", have, " bytes, but config.json describes ", want, " weights: they belong to different models")
	}
	t, err := tokenizer(files)
	if err != nil {
		return nil, err // which names the file
	}
	net, err := d.build()
	if err != nil {
		return nil, say.Error("config.json is wrong: ", err)
	}
	m := &Model{About: d.about, Tokenizer: t, Net: net}
	if err := m.About.settle(net); err != nil {
		return nil, say.Error("config.json", err)
	}
	name := Files[1]
	if files[name] == nil {
		name = "the tokenizer" // which other files make
	}
	if err := m.fits(name); err != nil {
		return nil, err
	}
	if forms.pooling != nil {
		if err := forms.pooling(m, files); err != nil {
			return nil, err
		}
	}
	return m, Load(net, f, Files[2])
}

// fits says whether the tokenizer, which errors call by this name, can be this model's.
func (m *Model) fits(name string) error {
	const other = "they belong to different models"
	t := m.Tokenizer
	vocab, _ := m.Net.Limits()
	pad, eos, start := m.Net.Special()
	if t.Len() > vocab {
		return say.Error(name, " has ", t.Len(), " pieces, config.json allows ", vocab, ": ", other)
	}
	if 2*t.Len() < vocab { // a vocabulary may be filled up to a round number, but what lacks a piece is written as nothing
		return say.Error(name, " has ", t.Len(), " pieces, config.json's vocab_size is ", vocab, ": ", other)
	}
	encoder, decoder := m.Net.Parts()
	for _, s := range []struct {
		name string
		id   int
	}{{"eos_token_id", eos}, {"pad_token_id", pad}, {"decoder_start_token_id", start}} { // what a file lacks is the first
		if !decoder {
			break
		}
		if s.id >= t.Len() || t.Bytes(s.id) != nil {
			return say.Error("config.json's ", s.name, " is ", s.id, ", which is no special token of ", name, ": ", other)
		}
	}
	// Run relies on it: what stands around a text can be told from it.
	around := t.Encode("")
	switch {
	case !encoder:
		if len(around) > 1 || len(around) == 1 && around[0].ID != start {
			return say.Error(name, " does not begin a text with ", strconv.Quote(t.Text(start)), ", config.json's bos_token_id: ", other)
		}
	case !decoder:
		if _, ok := m.Mask(); !ok && m.Net.Predicts() || len(around) != 2 {
			return say.Error(name, " lacks ", Mask, ", or does not put one token before a text and one after it: ", other)
		}
	case len(around) == 0 || around[len(around)-1].ID != eos:
		return say.Error(name, " does not end a text with ", strconv.Quote(t.Text(eos)), ", config.json's eos_token_id: ", other)
	}
	return nil
}

// masks are the names of the token that stands for a hidden word.
var masks = [...]string{Mask, "<mask>"}

// Mask returns the token that stands for a hidden word, [MASK] or, in RoBERTa, <mask>; ok is false where there is none.
func (m *Model) Mask() (id int, ok bool) {
	for _, name := range masks {
		if id, ok = m.Tokenizer.ID(name); ok && m.Tokenizer.IsSpecial(id) {
			return id, true
		}
	}
	return 0, false
}

// Hole returns the length of the sign for a hidden word with which s begins, or 0: [MASK] or <mask>, or two underscores
// or more.
func Hole(s string) int {
	for _, mask := range masks {
		if len(s) >= len(mask) && strings.EqualFold(s[:len(mask)], mask) {
			return len(mask)
		}
	}
	if n := len(s) - len(strings.TrimLeft(s, "_")); n > 1 {
		return n
	}
	return 0
}
