package state

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/text"
	"heed/core/view"
)

// Status says where things stand, for the style sheet and for whoever watches from outside.
func (s *State) Status() string {
	switch {
	case s.Failed != "":
		return "failed"
	case s.Record == nil, s.Fetching, s.sought(), s.Stored && s.Record.Text == s.Text:
		return "loading"
	case s.Asked, s.Wanted != record.Want{}:
		return "running"
	}
	return "ready"
}

// Note is a sentence for the reader above the picture.
type Note struct {
	Text  string
	OfRun bool // it is about the run that is shown
	Stops bool // what it tells of can be cancelled
}

// Notes are all of them.
func (s *State) Notes() (all []Note) {
	add := func(lines string) {
		for line := range strings.Lines(lines) {
			all = append(all, Note{Text: strings.TrimSuffix(line, "\n")})
		}
	}
	add(s.Unknown)
	add(s.Complaints)
	for _, complaint := range s.beyond() {
		add(complaint)
	}
	if s.Revived {
		add(text.Of(text.EngineRestarted))
	}
	if s.Record != nil && !s.Stored {
		for _, notice := range s.Record.Notices {
			all = append(all, Note{Text: notice, OfRun: true})
		}
	}
	if _, one := s.Heads.One(); s.View == view.Why && !one && s.Entry != nil {
		add(text.Of(text.MeanHasNoScore, s.Heads.First()))
	}
	add(s.nearness())
	add(s.Run.Refused)
	if says := s.bringing(); says != "" && !s.sought() { // else it stands where the picture will be
		all = append(all, Note{Text: says, Stops: true})
	}
	return all
}

// nearness says how near the two sentences are that stand side by side, of a model that compares texts.
func (s *State) nearness() string {
	all := s.lanes()
	if len(all) != 2 || s.Against != SentencePair {
		return ""
	}
	a, b := all[0].Record, all[1].Record
	if a == nil || b == nil || a.Text != all[0].Text || b.Text != all[1].Text || len(a.Vector) == 0 || len(a.Vector) != len(b.Vector) {
		return ""
	}
	return text.Of(text.Nearness, view.Format(run.Cosine(a.Vector, b.Vector)))
}

// beyond says which words the address asks for that the text does not have. What the reader locked may lie beyond the
// text while he types: it comes back.
func (s *State) beyond() (all []string) {
	if s.Acted || s.Record == nil || s.Stored || s.Record.Model != s.Model || s.Record.Text != s.Text || !s.Mapped() && s.View != view.Attribution {
		return nil
	}
	queries, keys := s.Record.Queries(s.Kind), s.Record.Keys(s.Kind)
	if s.View == view.Attribution {
		queries, _ = view.Explained(s.Record)
		keys = nil
	}
	for _, asked := range []struct {
		name Setting
		at   int
		of   []record.Token
	}{{Token, s.Token, queries}, {Key, s.Key, keys}} {
		if n := len(asked.of); asked.at >= n && n > 0 {
			all = append(all, text.Of(text.NoSuchToken, asked.name.String(), asked.at, n-1))
		}
	}
	return all
}

// Says is what stands where the picture is, instead of it or above one that is not the answer.
type Says struct {
	Kind    string // problem, loading or invitation; "" where there is nothing to say
	Text    string
	Actions []Action
}

// Action is something that the reader may do about it.
type Action struct {
	Name string
	Do   Message
}

// Says is what there is to say.
func (s *State) Says() Says {
	again := Action{text.Of(text.TryAgain), Again{}}
	address, asked := s.Settings.Get(Record)
	leave := func(k text.Key) (all []Action) {
		if asked && address != "" && s.Full {
			all = append(all, Action{text.Of(k), Leave{}})
		}
		return all
	}
	switch {
	case s.Fatal:
		return Says{"problem", s.Failed, nil}
	case s.Failed != "" && s.sought():
		return Says{"problem", s.Failed, append([]Action{again}, s.saysSought().Actions...)}
	case s.Failed != "":
		return Says{"problem", s.Failed, append([]Action{again}, leave(text.WithoutRecord)...)}
	case s.sought():
		return s.saysSought()
	case s.Imported != nil:
	case s.Fetching:
		return Says{"loading", text.Of(text.LoadingRecord), leave(text.WithoutRecord)}
	case strings.TrimSpace(s.Text) == "":
		says := Says{"invitation", text.Of(text.TypeToBegin), nil}
		if s.Entry != nil && len(s.Entry.Examples) > 0 && s.Editable {
			says.Text += " " + text.Of(text.OrBegin)
			for i := range s.Entry.Examples {
				x := &s.Entry.Examples[i]
				says.Actions = append(says.Actions, Action{x.Text, ChooseExample{x}})
			}
		}
		return says
	case !s.RanModel():
		says := Says{"loading", text.Of(text.LoadingModel), nil}
		if s.Loading.Silent {
			says.Actions = []Action{again}
		}
		return says
	case s.Alone():
		return Says{"invitation", text.Of(text.TypeSecond), nil}
	}
	return Says{}
}

// Arriving says how much of the model, or of lab.wasm, has come, "" while nothing has.
func (s *State) Arriving() string {
	l := &s.Loading
	if l.Began == 0 {
		return ""
	}
	name := text.Of(text.TheModel)
	if l.Lab {
		name = text.Of(text.TheLab)
	} else if s.Brings.ID != "" {
		name = nameOf(s.Brings.ID)
	} else if s.Entry != nil {
		name, _, _ = strings.Cut(s.Entry.Title, ",")
	}
	name = text.Of(text.LoadingPlain) + " " + name
	says := text.Of(text.LoadingBytes, name, Megabytes(l.Done))
	if l.Total > 0 {
		says = text.Of(text.LoadingAmount, name, Megabytes(l.Done), Megabytes(l.Total)) + remaining((l.Now-l.Began)/1000, float64(l.Done-l.First), float64(l.Total-l.First))
	}
	if l.Silent {
		says += text.Of(text.LoadingSilent)
	}
	return says
}

// remaining says how long a download will take at the pace that it has, once that can be told.
func remaining(seconds, done, total float64) string {
	if seconds < 1 || done <= 0 || total <= done {
		return ""
	}
	const day = 86400
	switch left := seconds * (total - done) / done; {
	case left > day: // it has hardly begun
		return ""
	case left < 1.5:
		return text.Of(text.SecondLeft)
	case left < 90:
		return text.Of(text.SecondsLeft, int(left+0.5))
	default:
		return text.Of(text.MinutesLeft, int(left/60+0.5))
	}
}

// Sentences are the text and the answer to it.
type Sentences struct {
	_               incomparable
	Prompt, Spoken  string // the name of the textbox; the language of the text
	Text            string
	ReadOnly        bool
	Reply, Language string // the name of the output, and its language
	NoReply         bool
	Own             bool   // the output is the reader's own,
	Target, Write   string // and this, in a box of that name
	Turn            string // the word that changes that; "" where there is none
	Holes           bool   // the text's words can be hidden
}

// Sentences are what the element shows of them. The names of languages come from the browser.
func (s *State) Sentences(language func(code, otherwise string) string) Sentences {
	var source, target string
	if s.Entry != nil {
		source, target = s.Entry.Source, s.Entry.Target
	}
	say := Sentences{Prompt: text.Of(text.TypeLanguage, language(source, text.Of(text.ASentence))), Spoken: source, Text: s.Boxed(), ReadOnly: s.Imported != nil,
		Reply: language(target, text.Of(text.Output)), Own: s.Own, Target: s.Target}
	turn := text.Of(text.OwnTranslation)
	switch s.Task() {
	case model.Compression:
		say.Prompt, say.Reply, turn, target = text.Of(text.TypeLong), text.Of(text.Shorter), text.Of(text.OwnShorter), source
	case model.Generation:
		say.Prompt = text.Of(text.BeginStory)
	case model.Fill:
		say.Prompt, say.Reply, target = text.Of(text.TypeHole), text.Of(text.FilledIn), source
		say.Holes = true
	}
	if say.ReadOnly {
		say.Prompt = text.Of(text.TextOfRecord)
	}
	if s.Can.Language != "" {
		say.Spoken = s.Can.Language // what the author says of his sentence
	}
	nothing := s.Task() == model.Fill && !HasHole(s.Text)
	say.NoReply = s.Task() == model.Generation || s.Task() == model.Similarity || s.View == Beside && s.Against != HeadPair || nothing
	say.Language = target
	say.Write = text.Of(text.TypeLanguage, language(target, text.Of(text.TheOutput)))
	if s.Task() != model.Fill && s.Task() != model.Similarity && s.Imported == nil {
		if say.Turn = turn; s.Own {
			say.Turn = text.Of(map[bool]text.Key{true: text.ModelTranslation, false: text.ModelOutput}[s.Task() == model.Translation])
		}
	}
	return say
}

// Remains is the part of the last output that stands beyond what the model has written anew, from a word's begin.
func (f *Flow) Remains() string {
	old, now := f.Written, f.Holds
	if strings.HasPrefix(old, now) {
		return old[len(now):]
	}
	n, from := 0, len(old)
	for range now {
		n++
	}
	for i := range old {
		if n == 0 {
			from = i
			break
		}
		n--
	}
	if space := strings.IndexByte(old[from:], ' '); space >= 0 {
		return old[from+space:]
	}
	return ""
}

// Stale says whether the output that stands there is of another text or model, and nothing of this one's has come.
func (s *State) Stale() bool {
	r := s.Record
	return r != nil && s.Imported == nil && (s.Asked || s.Failed != "") && s.Holds == s.Written && (r.Text != s.Text || r.Model != s.Model)
}

// Controls is what the controls offer, and what is chosen of it. What is empty is hidden.
type Controls struct {
	Views, Kinds   []Option
	Layers, Heads  []Option
	Several        bool // several heads may be chosen
	Against        []Option
	AgainstWhat    string
	Pair           [2]int // layers and heads to choose two from; zeros hide them
	Lens, Roles    bool
	Threshold      bool
	Layouts        []Option
	Layout         string
	Words, Special bool
}

// ModelList is the choice to compare models, of which the settings say nothing.
const ModelList = "models"

// Controls are what there is to choose from. It is known once the model has run.
func (s *State) Controls() (c Controls) {
	if s.Sought != "" && s.Imported == nil { // a Record that is not here offers nothing, and least of all what another model has
		return c
	}
	layers, heads := s.Layer+1, 0
	kinds := []record.Kind{s.Kind}
	if stacks := s.StacksOf(s.Model); len(stacks) > 0 {
		kinds = nil
		for _, k := range stacks {
			kinds = append(kinds, k.Kind)
		}
		if l, h := s.Stack(&s.Choice); l > 0 {
			layers, heads = l, h
		}
	}
	c.Views = grouped(views(s.Index(), &s.Choice), s.View)
	if s.Imported != nil { // nothing else can be run beside it
		c.Views = slices.DeleteFunc(c.Views, func(o Option) bool { return o.Value == Beside && s.View != Beside })
	}
	compares := s.View == Beside && s.Against != ""
	pair := s.View == Beside && s.Against == HeadPair
	fixed := s.Imported != nil && s.View == view.Steps // of the only row that it takes apart
	if (s.has(view.Kinds) && !fixed || compares) && len(kinds) > 1 {
		for _, k := range kinds {
			c.Kinds = append(c.Kinds, Option{string(k), s.KindName(k)})
		}
	}
	if (s.has(view.Layers) && !fixed || compares) && !pair && layers > 1 {
		for l := range layers {
			if s.Imported.holds(s.Kind, l, -1) {
				c.Layers = append(c.Layers, Option{strconv.Itoa(l), strconv.Itoa(l)})
			}
		}
	}
	c.Several = s.has(view.SeveralHeads)
	if (s.has(view.OneHead) && !fixed || compares) && !pair && heads != 1 {
		c.Heads = s.headOptions(heads, c.Several)
	}
	s.againstOptions(&c, layers, heads)
	c.Lens = s.has(view.Lenses) && s.Layered()
	c.Roles = s.View == view.Heads && s.Full && s.Imported == nil
	c.Threshold = s.has(view.Thresholds)
	if s.has(view.Layouts) && (s.Kind == record.Self || s.Kind == record.Decoder) {
		c.Layouts = []Option{{view.Columns, text.Of(text.LayoutColumns)}, {view.Arcs, text.Of(text.LayoutArcs)}}
	}
	c.Layout = cmp.Or(s.Layout, view.Columns)
	c.Words = s.has(view.CanMerge) || compares
	c.Special = s.has(view.Specials) || s.View == Beside
	return c
}

// headOptions lists the heads to choose from.
func (s *State) headOptions(heads int, several bool) []Option {
	all := []Option{{"mean", text.Of(text.Mean)}}
	changes := s.Changes()
	for h := range heads {
		if !s.Imported.holds(s.Kind, s.Layer, h) {
			continue
		}
		name := strconv.Itoa(h)
		if off, _ := changes.Of(s.Kind, s.Layer, h); off {
			name += text.Of(text.IsOff)
		}
		all = append(all, Option{strconv.Itoa(h), name})
	}
	if head := s.Head(); several && heads > 1 {
		all = append(all, Option{"all", text.Of(text.All)})
	} else if !several && !slices.ContainsFunc(all, func(o Option) bool { return o.Value == head }) {
		all = append(all, Option{head, head})
	}
	return all
}

// againstOptions lists what may be compared, and of heads which.
func (s *State) againstOptions(c *Controls, layers, heads int) {
	if s.View != Beside || s.Index() == nil || s.Entry == nil {
		return
	}
	if len(peers(s.Index(), s.Entry)) > 1 {
		c.Against = append(c.Against, Option{ModelList, text.Of(text.CompareModels)})
	}
	if len(s.Entry.Stacks) > 0 {
		if s.Imported == nil { // a Record is of one text
			c.Against = append(c.Against, Option{SentencePair, text.Of(text.CompareSentences)})
		}
		if k := s.Entry.Stacks[0]; k.Heads*k.Layers > 1 {
			c.Against = append(c.Against, Option{HeadPair, text.Of(text.CompareHeads)})
		}
	}
	c.AgainstWhat = cmp.Or(s.Against, ModelList)
	if s.Against == HeadPair && len(c.Against) > 0 {
		c.Pair = [2]int{layers, heads}
	}
	if len(c.Against) < 2 {
		c.Against = nil
	}
}

// AllHeads says whether all heads of a list of options are chosen: two of the options are none.
func (s *State) AllHeads(options int) bool { return s.Heads.Len() > 0 && s.Heads.Len() == options-2 }

// Banner says that a Record is shown which no model here is running; "" where none is.
func (s *State) Banner() string {
	i := s.Imported
	if i == nil {
		return ""
	}
	saw := view.Holds(i.Record)
	if saw != "" {
		saw = ": " + saw
	}
	name := cmp.Or(i.Record.Model, text.Of(text.AModel))
	return text.Of(map[bool]text.Key{true: text.BannerOurs, false: text.BannerOther}[i.Ours], cut(view.Visible(i.From)), cut(view.Visible(name)), saw)
}

// cut is the begin of what a file says of itself.
func cut(s string) string {
	const most = 80 // characters
	n := 0
	for i := range s {
		if n == most {
			return s[:i]
		}
		n++
	}
	return s
}

// Footer says what runs here.
func (s *State) Footer() (facts, promise, card string) {
	switch e := s.Entry; {
	case e == nil:
		return "", "", ""
	case e.Bytes == 0: // of a model that is not here
		return text.Of(text.FooterRecord, e.Title), text.Of(text.DrawnHere), ""
	default:
		if !e.Foreign { // which has no card here
			card = "models/" + e.ID + "/MODEL_CARD.md"
		}
		return text.Of(text.FooterModel, e.Title, Count(e.Parameters), Megabytes(e.Bytes)), text.Of(text.RunsHere), card
	}
}

// About says what the model is.
func (s *State) About() string {
	return text.Of(text.AboutModel, s.Entry.About, Count(s.Entry.Parameters), Megabytes(s.Entry.Bytes))
}

// Count writes a large number in words.
func Count(n int) string {
	switch {
	case n >= 1e9:
		return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + "\u00a0" + text.Of(text.Billion)
	case n >= 1e6:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + "\u00a0" + text.Of(text.Million)
	}
	return strconv.Itoa(n)
}

// Tabled says whether there are strongest links, or most probable tokens, to list.
func (s *State) Tabled() bool {
	d := s.Shown
	return s.Record != nil && !s.Blank() && d.Record != nil && d.View != Beside && !(d.View == view.Context && d.Record.Find(record.RNN, 0, 0) == nil)
}

// Exports says whether what is on the screen can be taken away in a form: several runs have no Record in common, and
// their numbers only where they are compared.
func (s *State) Exports(kind string) bool {
	d := s.Shown
	return d.View != Beside || d.Against == HeadPair || kind != "json" && (kind != "csv" || d.Against != "")
}

// FileName says model and view, such as heed-en-fr-links-cross-layer2-head4.svg.
func (s *State) FileName(kind string) string {
	d := s.Shown
	name := "heed-" + s.Model
	switch {
	case kind == "json": // it holds every head
	case d.Mapped():
		name += "-" + d.View + "-" + string(d.Kind) + "-layer" + strconv.Itoa(d.Layer) + "-head" + d.Head()
	case d.View == view.Heads:
		name += "-" + d.View + "-" + string(d.Kind)
	default:
		name += "-" + d.View
	}
	var b strings.Builder
	for _, r := range name {
		if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String() + "." + kind
}

// Opening is where an example is to be seen.
func (s *State) Opening(x *catalog.Example) catalog.Opening {
	if x.Open != nil {
		return *x.Open
	}
	return s.Entry.Open
}
