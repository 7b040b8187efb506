package state

import (
	"heed/core/catalog"
	"heed/core/run"
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
)

// Choice is what the settings come to: what is to be on the screen. It compares with ==.
type Choice struct {
	Model     string
	Entry     *catalog.Entry // nil while the list of models is not there
	Text      string
	Own       bool   // the output is the reader's own,
	Target    string // and this
	View      string
	Kind      record.Kind
	Layer     int
	Heads     record.HeadSet // none: their mean
	Threshold float64        // the share of each word's weight that links draw
	Special   bool           // special tokens are shown
	Words     bool           // pieces are merged to words
	Lens      bool           // what each layer would have predicted is shown in the predictions
	Layout    string         // of links: view.Arcs, or "" for columns
	Present   bool           // the sentence and its picture fill the window, for a projector
	Stage     int            // the step of the tour, counted from 1; 0: none

	Against string    // what the view Beside compares: "" models, or SentencePair or HeadPair
	Beside  string    // the models beside this one, separated by commas; "" all
	Second  string    // the other sentence
	Pair    [2][2]int // the two heads: layer and head

	Roles                              bool   // the grid names heads by what they do over a corpus
	Ablate, With, Patch, At, Attribute string // what is asked of the views that explain, as record.Question has it

	Token, Key int // the words that are open; -1 is the view's choice. In the tower Key is the floor

	Sampling                  run.Sampling // of a text written on
	Off, Force, Patched, From string       // changes by hand, as record.Changes writes them
	Replace                   string
	Steer                     record.Steering
	Heat                      float64 // what scores are divided by

	Exact   bool   // products are of float32, where else they are of the integers that the weights are
	Threads string // how many the engine has; "" one
}

// Float32 is the value of weights that makes products exact; MaxThreads is the most that an engine has.
const (
	Float32    = "float32"
	MaxThreads = 8
)

// Beside is the view that puts the models of a task side by side, or two sentences or heads of one model. It
// shows several Records, so it is the page's and not of core/view.
const Beside = "compare"

// What the view Beside may compare besides models.
const (
	SentencePair = "sentences"
	HeadPair     = "heads"
)

// ofSentence begins the value of compare that is a sentence.
const ofSentence = "text:"

// usual is the model that is shown when none is asked for.
const usual = "en-fr"

// RunOf is what a Choice says of a run: a model runs again where it differs.
type RunOf struct {
	Model, Text string
	Own         bool
	Target      string
	Off, Force  string
	Patched     string
	From        string
	Replace     string
	Steer       record.Steering
	Heat        float64
	Exact       bool
}

// RunOf is what is to be run.
func (c *Choice) RunOf() RunOf {
	return RunOf{c.Model, c.Text, c.Own, c.Target, c.Off, c.Force, c.Patched, c.From, c.Replace, c.steering(), c.Heat, c.Exact}
}

// steering is what is steered by: nothing while a text is missing or the strength is 0.
func (c *Choice) steering() record.Steering {
	if !c.Steer.Any() || strings.TrimSpace(c.Steer.Toward) == "" || strings.TrimSpace(c.Steer.Away) == "" {
		return record.Steering{}
	}
	return c.Steer
}

// looks is the part of a Choice that says how a run is looked at.
func (c *Choice) looks() Choice {
	l := *c
	l.Model, l.Entry, l.Text, l.Own, l.Target, l.Sampling = "", nil, "", false, "", run.Sampling{}
	l.unchange()
	l.Heat, l.Exact = 0, false
	return l
}

// unchange takes all changes back.
func (c *Choice) unchange() {
	c.Off, c.Force, c.Patched, c.From, c.Replace, c.Steer, c.Heat = "", "", "", "", "", record.Steering{}, 1
}

// Changes are the changes by hand.
func (c *Choice) Changes() (all record.Changes) {
	all.ParseOff(c.Off)
	all.ParseForce(c.Force)
	if all.ParsePatched(c.Patched); c.Patched != "" {
		all.From = c.From
	}
	all.ParseReplace(c.Replace)
	all.Steer = c.steering()
	if c.Heat != 1 {
		all.Temperature = c.Heat
	}
	return all
}

// Changed says whether anything is changed by hand.
func (c *Choice) Changed() bool {
	return c.Off != "" || c.Force != "" || c.Patched != "" || c.Replace != "" || c.steering().Any() || c.Heat != 1
}

// Task is what the model does, "" while that is not known.
func (c *Choice) Task() string {
	if c.Entry == nil {
		return ""
	}
	return c.Entry.Task
}

// Head is what an address says of the heads.
func (c *Choice) Head() string { return headNames(c.Heads) }

func headNames(heads record.HeadSet) string {
	if heads == (record.HeadSet{}) {
		return "mean"
	}
	var all []string
	for _, h := range heads.List() {
		all = append(all, strconv.Itoa(h))
	}
	return strings.Join(all, ",")
}

// comparing is what an address says of what is compared.
func (c *Choice) comparing() string {
	switch c.Against {
	case SentencePair:
		return ofSentence + c.Second
	case HeadPair:
		return PlaceName(c.Pair[0]) + "," + PlaceName(c.Pair[1])
	}
	return c.Beside
}

// PlaceName writes a head as LAYER.HEAD.
func PlaceName(p [2]int) string { return strconv.Itoa(p[0]) + "." + strconv.Itoa(p[1]) }

// PlaceWords writes a head in words.
func PlaceWords(p [2]int) string { return text.Of(text.LayerHead, p[0], p[1]) }

// Layered says whether the model has layers through which something flows: it is a Transformer.
func (c *Choice) Layered() bool { return c.Entry != nil && slices.Contains(c.Entry.Views, view.Flow) }

// Looks says whether the predictions are those of every layer.
func (c *Choice) Looks() bool { return c.Lens && c.Layered() }

// Described is the description of the view; that of links for the view Beside, which draws several.
func (c *Choice) Described() *view.View {
	if v := view.Find(c.View); v != nil {
		return v
	}
	return view.Find(view.Links)
}

// has says whether the view has some controls.
func (c *Choice) has(k view.Control) bool { return c.View != Beside && c.Described().Has(k) }

// Merging says whether words are shown where the model has pieces.
func (c *Choice) Merging() bool { return c.Words && c.has(view.CanMerge) }

// Mapped says whether the view is of one layer's map.
func (c *Choice) Mapped() bool { return mapped(c.View) }

func mapped(name string) bool {
	v := view.Find(name)
	return v != nil && v.Has(view.Layers)
}

// Models says whether models are put side by side.
func (c *Choice) Models() bool { return c.View == Beside && c.Against == "" }

// Option is one of several things to choose from.
type Option struct{ Value, Text string }

// views lists the views that there are of a model, with their names.
func views(index *catalog.Index, c *Choice) (all []Option) {
	if c.Entry == nil {
		return []Option{{c.View, ViewName(c.View)}}
	}
	for _, v := range c.Entry.Views {
		all = append(all, Option{v, ViewName(v)})
	}
	if len(c.Entry.Stacks) > 0 || len(peers(index, c.Entry)) > 1 {
		all = append(all, Option{Beside, ViewName(Beside)})
	}
	return all
}

// ViewName is the name of a view on its button, "" where there is no such view.
func ViewName(name string) string {
	if name == Beside {
		return text.Of(text.ViewBeside)
	}
	if v := view.Find(name); v != nil && name != "" {
		return v.Title()
	}
	return ""
}

// viewList names all views as a sentence does.
func viewList() string {
	var all []string
	for _, v := range view.All() {
		all = append(all, v.Name)
	}
	return text.List(append(all, Beside))
}

// KindName says in words who attends to whom, "" where there is no such kind.
func KindName(k record.Kind) string {
	switch k {
	case record.Cross, record.RNN:
		return text.Of(text.KindCross)
	case record.Self:
		return text.Of(text.KindSelf)
	case record.Decoder:
		return text.Of(text.KindDecoder)
	}
	return ""
}

// KindName says in words who attends to whom in a model's kind of attention.
func (c *Choice) KindName(k record.Kind) string {
	switch {
	case k == record.Decoder && c.Task() == model.Generation:
		return text.Of(text.KindDecoderAlone)
	case k == record.Self && c.Task() == model.Fill:
		return text.Of(text.KindEncoderAlone)
	}
	return KindName(k)
}

// peers lists the models that do what a model does, itself included.
func peers(index *catalog.Index, e *catalog.Entry) []string {
	var ids []string
	for _, other := range index.Models {
		if other.Task == e.Task && other.Source == e.Source && other.Target == e.Target {
			ids = append(ids, other.ID)
		}
	}
	return ids
}

// reading is a Choice while it is read.
type reading struct {
	Choice
	index      *catalog.Index
	views      []Option
	steps      int  // of the tour
	all        bool // all heads are asked for
	beyond     int  // the largest head that no model has, or -1
	changes    record.Changes
	complaints []string
}

func (c *reading) complain(k text.Key, args ...any) {
	c.complaints = append(c.complaints, text.Of(k, args...))
}

// change reads a list of changes.
func (c *reading) change(parse func(*record.Changes, string) error, s string) (complaint string) {
	if err := parse(&c.changes, s); err != nil {
		complaint = Sentence(err.Error())
	}
	c.Off, c.Force, c.Patched, c.Replace = c.changes.OffList(), c.changes.ForceList(), c.changes.PatchedList(), c.changes.ReplaceList()
	return complaint
}

// resolve makes a Choice of settings. The list of models and the stacks of a model, which say how many layers
// and heads it has, may be missing at first. What the settings ask for in vain is replaced by what the model
// opens with, and a sentence says so.
func (s *Settings) resolve(index *catalog.Index, stacks func(id string) []record.Stack, steps int) (Choice, []string) {
	c := &reading{index: index, steps: steps, beyond: -1, Choice: Choice{Model: s[Model].text, View: view.Links, Kind: record.Cross, Threshold: view.DefaultThreshold,
		Special: true, Token: -1, Key: -1, Sampling: run.Sampling{Temperature: 0.7}, Heat: 1}}
	opening := catalog.Opening{View: c.View, Kind: c.Kind}
	if index != nil && len(index.Models) > 0 {
		if c.Entry = index.Find(c.Model); c.Entry == nil && !Brought(c.Model) {
			if c.Entry = index.Find(usual); c.Entry == nil {
				c.Entry = &index.Models[0]
			}
			if c.Model != "" {
				c.complain(text.NoSuchModel, c.Model, c.Entry.ID)
			}
			c.Model = c.Entry.ID
		}
		if c.Entry != nil {
			opening = c.Entry.Open
			c.View, c.Kind = opening.View, opening.Kind
		}
	}
	c.Layer, c.Heads = opening.Layer, record.Heads(opening.Head)
	c.views = views(index, &c.Choice)
	for n := range table {
		if read := table[n].read; s[n].said && read != nil && Setting(n) != Model {
			if complaint := read(c, s[n].text); complaint != "" {
				c.complaints = append(c.complaints, strings.Split(complaint, "\n")...)
			}
		}
	}
	c.fit(s, opening, stacks(c.Model))
	return c.Choice, c.complaints
}

// fit has a Choice keep to what its model has.
func (c *reading) fit(s *Settings, opening catalog.Opening, stacks []record.Stack) {
	if c.View == Beside && c.Entry != nil && c.Against == "" && len(peers(c.index, c.Entry)) < 2 {
		c.Against, c.Pair = HeadPair, [2][2]int{{opening.Layer, opening.Head}, {opening.Layer, opening.Head + 1}}
		if opening.Head > 0 {
			c.Pair[1][1] = opening.Head - 1
		}
	}
	if c.View == Beside && c.Against != "" && len(stacks) == 0 && c.Entry != nil && len(c.Entry.Stacks) == 0 {
		c.complain(text.NothingToCompare, c.Model)
		c.Against = ""
	}
	if c.View == Beside && c.Against != HeadPair { // each with its own output
		c.Own, c.Target = false, ""
		c.unchange()
	}
	if c.Models() { // and each model as it opens
		c.Kind, c.Layer, c.Heads = opening.Kind, opening.Layer, record.Heads(opening.Head)
		return
	}
	if len(stacks) == 0 {
		return
	}
	at := slices.IndexFunc(stacks, func(k record.Stack) bool { return k.Kind == c.Kind })
	if at < 0 {
		at = max(0, slices.IndexFunc(stacks, func(k record.Stack) bool { return k.Kind == opening.Kind }))
		c.complain(text.ModelLacksKind, c.Model, string(c.Kind), string(stacks[at].Kind))
		c.Kind = stacks[at].Kind
	}
	stack := stacks[at]
	if c.View == Beside && c.Against == HeadPair {
		for i, p := range c.Pair {
			if p[0] >= stack.Layers || p[1] >= stack.Heads {
				c.Pair[i] = [2]int{min(p[0], stack.Layers-1), min(p[1], stack.Heads-1)}
				c.complain(text.NoSuchPlace, PlaceName(p), c.Model, stack.Layers-1, stack.Heads-1, PlaceName(c.Pair[i]))
			}
		}
		c.Layer, c.Heads = c.Pair[0][0], record.Heads(c.Pair[0][1])
		return
	}
	if c.Layer >= stack.Layers {
		wrong := c.Layer
		c.Layer = min(opening.Layer, stack.Layers-1)
		if s[Layer].said {
			c.complain(text.NoSuchLayer, wrong, c.Model, stack.Layers-1, c.Layer)
		}
	}
	heads := c.Heads.List()
	if len(heads) > 0 {
		c.beyond = max(c.beyond, slices.Max(heads))
	}
	if c.all {
		c.Heads = record.HeadSet{}
		for h := range stack.Heads {
			c.Heads = c.Heads.Toggle(h)
		}
		if stack.Heads == 1 || !c.has(view.SeveralHeads) { // which alone shows several; elsewhere it is their mean
			c.Heads = record.HeadSet{}
		}
	} else if c.beyond >= stack.Heads {
		heads = slices.DeleteFunc(heads, func(h int) bool { return h >= stack.Heads })
		if len(heads) == 0 && opening.Head < stack.Heads {
			heads = []int{opening.Head}
		}
		c.Heads = record.Heads(heads...)
		if s[Head].said {
			c.complain(text.NoSuchHead, c.beyond, c.Model, stack.Heads-1, c.Head())
		}
	}
}

// Pairs lists a Choice as an address does: what is there always, and what differs from the usual.
func (c *Choice) Pairs() (all [][2]string) {
	for n := range table {
		if write := table[n].write; write != nil {
			if s, needed := write(c); needed {
				all = append(all, [2]string{table[n].name, s})
			}
		}
	}
	return all
}

// Sentence makes a message one: some begin in lower case or lack their full stop. A file's name keeps its form.
func Sentence(message string) string {
	first, _, _ := strings.Cut(message, " ")
	if c := first[:min(1, len(first))]; c >= "a" && c <= "z" && !strings.Contains(first, ".") {
		message = strings.ToUpper(c) + message[1:]
	}
	if message != "" && !strings.ContainsAny(message[len(message)-1:], ".!?") {
		message += "."
	}
	return message
}

// Number writes a number as short as it goes.
func Number(v float64) string { return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64) }

// Megabytes writes a number of bytes in MB.
func Megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
