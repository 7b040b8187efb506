package state

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"heed/core/json"
	"heed/core/learn"
	"heed/core/problem"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
	shown "heed/core/text"
	"heed/core/view"
	"heed/core/view/svg"
)

// Screen is all that the element shows.
type Screen struct {
	Setting string // its text form, for the address
	Compare string
	Options []learn.Option
	Tasks   [][2]string // name and title of each task
	Look    string      // what to look for
	Playing bool
	Done    bool
	Refused string // why the last change was not made
	Failed  string // why training ended early
	Notices []string
	Step    int
	Steps   int
	Moments []int // steps to which the slider leads
	Moment  int   // which is shown: an index; the last is now
	Every   int   // steps between two of them
	Most    int   // how many are remembered
	Texts   int   // how many texts are tried at once
	Text    string
	Example string      // the text without being given
	Views   [][2]string // name and title of each view that there is of one of the networks
	View    string      // the first network's
	Heads   [][2]string // of the first network that has any: what a choice of heads sends, and the name of each
	Floors  [][2]string // the same of layers with several heads, which can be switched off whole
	Runs    []Run
}

// Run is what is shown of one session.
type Run struct {
	Arch    string
	Weights int
	Curve   []learn.Point // of a long one, points at even distances and the last
	Lengths []int
	Exact   []float64 // by length
	Formed  []Formed
	Shown   string  // the name of the head that is shown; "" where there are none
	Probes  []Probe // of each text that is tried
}

// Formed is a head that has formed, by name, and at which step.
type Formed struct {
	Step int
	Head string
}

// Probe is what one session makes of one text.
type Probe struct {
	Reads   string
	Output  string
	Picture string // an SVG
	Caption string // what it shows, in words
	Problem string // why there is no picture
	Notice  string // what of the text, or of the output, was cut
	// The weights that the picture shows, for a table; not while it plays.
	Queries, Keys []string
	Cells         []float32
}

// Screen makes what is shown now.
func (l *Lab) Screen() *Screen {
	s := &Screen{Setting: l.shared().String(), Compare: l.compare, Options: l.setting.Options(), Playing: l.playing, Refused: l.refused, Failed: l.failed,
		Notices: l.notices}
	for _, t := range problem.All() {
		title := t.Title
		if len(l.runs) > 0 && l.setting.Task == t.Name {
			title = l.runs[0].Task.Title // which has the modulus that was given
		}
		s.Tasks = append(s.Tasks, [2]string{t.Name, title})
	}
	s.Tasks = append(s.Tasks, [2]string{problem.OwnPairs, problem.OwnTitle})
	if len(l.runs) == 0 {
		return s
	}
	first := l.runs[0]
	s.Look, s.Step, s.Steps, s.Done = first.Task.Look, first.At(), l.setting.Steps, l.done()
	s.Moments, s.Moment, s.Every, s.Most, s.Texts = l.moments(), l.moment, first.Past.Interval(), first.Past.Most, mostTexts
	if l.moment == now {
		s.Moment = len(s.Moments) - 1
	}
	s.Example = first.Example()
	s.Text = cmp.Or(l.text, s.Example)
	texts := lines(s.Text)
	texts = texts[:min(len(texts), mostTexts)]
	for _, v := range view.All() {
		if slices.ContainsFunc(l.runs, func(t *trial) bool { return shows(t, v.Name) }) {
			s.Views = append(s.Views, [2]string{v.Name, v.Title()})
		}
	}
	s.View = l.view(first)
	for _, t := range l.runs {
		if s.Heads, s.Floors = heads(t); len(s.Heads) > 0 {
			break
		}
	}
	if len(s.Heads) == 0 {
		s.Look = "This network has no attention to look at: all that it knows of the input is one vector. Put another beside it that has."
	}
	for _, t := range l.runs {
		s.Runs = append(s.Runs, l.run(t, texts))
	}
	return s
}

// shared is what was given, without what none of the networks has: the address is of what is seen, and a change back
// has all again.
func (l *Lab) shared() learn.Given {
	given := learn.Given{}
	for _, t := range l.runs {
		for _, o := range t.Setting.Options() {
			if v, ok := l.given[o.Name]; ok && o.Applies {
				given[o.Name] = v
			}
		}
	}
	return given
}

// shows says whether there is a view of a network that a probe fills. The others are of one weight, or of questions,
// which the playground asks.
func shows(t *trial, name string) bool {
	return slices.ContainsFunc(view.Of(t.Model.Stacks(), true), func(v *view.View) bool {
		return v.Name == name && name != view.Steps && !v.Has(view.Asks)
	})
}

// view is the name of the view of a network: what was chosen, where there is that.
func (l *Lab) view(t *trial) string {
	switch {
	case shows(t, l.look.View):
		return l.look.View
	case shows(t, view.Heatmap):
		return view.Heatmap
	}
	return view.Context // a fixed context vector stands in the place of heads
}

// lines are the texts that are tried, a line each: never none, for one of nothing is a text too.
func lines(text string) []string {
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// mostTexts is how many texts are tried at once.
const mostTexts = 4

// run makes what is shown of one session.
func (l *Lab) run(t *trial, texts []string) Run {
	r := Run{Arch: t.Setting.Arch, Weights: t.Model.Net.Weights().Count(), Curve: thinned(t.Curve), Lengths: t.lengths}
	for _, f := range t.Formed() {
		r.Formed = append(r.Formed, Formed{f.Step, nameOf(t, f.Kind, f.Layer, f.Place.Head)})
	}
	for _, f := range t.byLength {
		r.Exact = append(r.Exact, f.Exact)
	}
	state := l.state(t, len(texts))
	if head := state.Heads.List(); len(head) == 1 {
		r.Shown = nameOf(t, state.Kind, state.Layer, head[0])
	}
	for _, text := range texts {
		p := Probe{Reads: t.Reads(text)}
		if err := l.probe(t, &p, text, state); err != nil {
			p.Problem = err.Error()
		}
		if t.Setting.Arch == learn.Encoder { // what it reads goes on with masks, and its output begins with its input: all that is known
			p.Reads = text + t.Task.Join
			p.Output = strings.TrimPrefix(p.Output, p.Reads)
		}
		r.Probes = append(r.Probes, p)
	}
	return r
}

// mostPoints is how many points of a curve are sent ten times a second: no picture of it has room for more.
const mostPoints = 400

// thinned leaves of a curve so many points as there is room for, the first and the last among them.
func thinned(all []learn.Point) []learn.Point {
	every := (len(all) + mostPoints - 1) / mostPoints
	if every <= 1 {
		return all
	}
	last := len(all) - 1
	var some []learn.Point
	for i := 0; i < last; i += every {
		some = append(some, all[i])
	}
	return append(some, all[last])
}

// nameOf is what readers call a head, or with best a whole layer. Of a network with one head it names no layer.
func nameOf(t *trial, kind record.Kind, layer, head int) string {
	if layers, heads := t.Model.Net.Heads(kind); layers*heads == 1 {
		layer, head = record.None, record.None
	}
	return view.PartName(kind, layer, head)
}

// heads lists the heads of a network, and its layers that have several.
func heads(t *trial) (each, floors [][2]string) {
	choice := func(kind record.Kind, layer, head int) [2]string {
		return [2]string{say.Text(string(kind), " ", layer, " ", head), nameOf(t, kind, layer, head)}
	}
	for _, k := range t.Model.Stacks() {
		for layer := range k.Layers {
			if k.Heads > 1 {
				floors = append(floors, choice(k.Kind, layer, best))
			}
			for head := range k.Heads {
				each = append(each, choice(k.Kind, layer, head))
			}
		}
	}
	return each, floors
}

// probe makes what is shown of one text.
func (l *Lab) probe(t *trial, p *Probe, text string, state view.State) (err error) {
	var saw *record.Record
	if l.moment == now {
		saw, err = t.Probe(text, l.switched(t)...)
	} else {
		saw, err = t.ProbeThen(l.past(t.Session), text, l.switched(t)...)
	}
	if err != nil {
		return err
	}
	p.Output, p.Notice = saw.Output, strings.Join(saw.Notices, " ")
	if text == "" {
		p.Problem = shown.Of(shown.EmptyText)
		return nil
	}
	scene, err := view.Build(saw, state, view.Env{})
	if err != nil {
		return err
	}
	if p.Problem = scene.Sentence; p.Problem != "" {
		return nil
	}
	palette := view.Light
	if l.dark {
		palette = view.Dark
	}
	var b bytes.Buffer
	if err := svg.Write(&b, scene, palette); err != nil {
		return err
	}
	p.Picture, p.Caption = b.String(), scene.Title+". "+scene.Caption
	if head := state.Heads.List(); !l.playing && len(head) == 1 {
		p.table(saw.Find(state.Kind, state.Layer, head[0]), saw)
	}
	return nil
}

// switched lists the heads of a session that are switched off where a text is tried.
func (l *Lab) switched(t *trial) (off []record.Place) {
	if l.off == nil {
		return nil
	}
	layers, heads := t.Model.Net.Heads(record.Kind(l.off.Kind))
	for head := range heads {
		if l.off.Layer < layers && (l.off.Head == best || l.off.Head == head) {
			off = append(off, record.Place{Kind: record.Kind(l.off.Kind), Layer: l.off.Layer, Head: head})
		}
	}
	return off
}

// narrowest is how wide, in pixels, pictures are that stand beside each other; the style sheet has it too.
const narrowest = 340

// state is what view of which head is shown, of each of some texts.
func (l *Lab) state(t *trial, texts int) view.State {
	width := l.width
	if (len(l.runs) > 1 || texts > 1) && width > 2*narrowest { // two stand beside each other
		width = width/2 - 12
	}
	state := view.State{Still: true, View: l.view(t), Width: width, Kind: record.Kind(l.look.Kind), Layer: l.look.Layer}
	head, ok := t.Best()
	if !ok {
		return state
	}
	layers, heads := t.Model.Net.Heads(state.Kind)
	if l.look.Head == best || l.look.Layer >= layers || l.look.Head >= heads {
		state.Kind, state.Layer = head.Kind, head.Layer
	} else {
		head.Place.Head = l.look.Head
	}
	state.Heads = record.Heads(head.Place.Head)
	return state
}

// table sets the weights of the head that is shown, where there is one.
func (p *Probe) table(m *record.Map, saw *record.Record) {
	if m == nil || !tensor.Finite(m.Weights) {
		return
	}
	for _, q := range saw.Queries(m.Kind)[:m.Rows] {
		p.Queries = append(p.Queries, q.Text)
	}
	for _, k := range saw.Keys(m.Kind)[:m.Cols] {
		p.Keys = append(p.Keys, k.Text)
	}
	p.Cells = m.Weights
}

// Fields describes the JSON that the page reads.
func (s *Screen) Fields(o *json.Object) {
	o.Member("setting").String(&s.Setting)
	o.Member("compare").String(&s.Compare)
	o.Member("options").Array(len(s.Options), func(i int, e json.Value) {
		p := &s.Options[i]
		e.Object(func(o *json.Object) {
			o.Member("name").String(&p.Name)
			o.Member("value").String(&p.Value)
			o.Member("default").String(&p.Default)
			o.Member("choices").Strings(&p.Choices)
			o.Member("hint").String(&p.Hint)
			o.Member("again").Bool(&p.Again)
			o.Member("applies").Bool(&p.Applies)
		})
	})
	pairs := func(name string, list [][2]string) {
		o.Member(name).Array(len(list), func(i int, e json.Value) {
			pair := list[i][:]
			e.Strings(&pair)
		})
	}
	pairs("tasks", s.Tasks)
	o.Member("look").String(&s.Look)
	o.Member("playing").Bool(&s.Playing)
	o.Member("done").Bool(&s.Done)
	o.Member("refused").String(&s.Refused)
	o.Member("failed").String(&s.Failed)
	o.Member("notices").Strings(&s.Notices)
	o.Member("step").Int(&s.Step)
	o.Member("steps").Int(&s.Steps)
	o.Member("moments").Ints(&s.Moments)
	o.Member("moment").Int(&s.Moment)
	o.Member("every").Int(&s.Every)
	o.Member("most").Int(&s.Most)
	o.Member("texts").Int(&s.Texts)
	o.Member("text").String(&s.Text)
	o.Member("example").String(&s.Example)
	pairs("views", s.Views)
	o.Member("view").String(&s.View)
	pairs("heads", s.Heads)
	pairs("floors", s.Floors)
	o.Member("runs").Array(len(s.Runs), func(i int, e json.Value) { e.Object(s.Runs[i].fields) })
}

func (r *Run) fields(o *json.Object) {
	o.Member("arch").String(&r.Arch)
	o.Member("weights").Int(&r.Weights)
	column := func(name string, of func(*learn.Point) float64) {
		o.Member(name).Array(len(r.Curve), func(i int, e json.Value) {
			x := of(&r.Curve[i])
			e.Float(&x)
		})
	}
	o.Member("at").Array(len(r.Curve), func(i int, e json.Value) { e.Int(&r.Curve[i].Step) })
	column("loss", func(p *learn.Point) float64 { return p.Loss })
	column("norm", func(p *learn.Point) float64 { return p.Norm })
	column("unseen", func(p *learn.Point) float64 { return p.Unseen.Loss })
	column("accuracy", func(p *learn.Point) float64 { return p.Unseen.Accuracy })
	column("exact", func(p *learn.Point) float64 { return p.Unseen.Exact })
	column("previous", func(p *learn.Point) float64 { return most(p, func(h *learn.Head) float64 { return h.Previous }) })
	column("prefix", func(p *learn.Point) float64 { return most(p, func(h *learn.Head) float64 { return h.Prefix }) })
	column("alignment", func(p *learn.Point) float64 { return most(p, func(h *learn.Head) float64 { return h.Alignment }) })
	o.Member("lengths").Ints(&r.Lengths)
	o.Member("byLength").Array(len(r.Exact), func(i int, e json.Value) { e.Float(&r.Exact[i]) })
	o.Member("formed").Array(len(r.Formed), func(i int, e json.Value) {
		f := &r.Formed[i]
		e.Object(func(o *json.Object) {
			o.Member("step").Int(&f.Step)
			o.Member("head").String(&f.Head)
		})
	})
	o.Member("shown").String(&r.Shown)
	o.Member("probes").Array(len(r.Probes), func(i int, e json.Value) { e.Object(r.Probes[i].fields) })
}

func (p *Probe) fields(o *json.Object) {
	o.Member("reads").String(&p.Reads)
	o.Member("output").String(&p.Output)
	o.Member("picture").String(&p.Picture)
	o.Member("caption").String(&p.Caption)
	o.Member("problem").String(&p.Problem)
	o.Member("notice").String(&p.Notice)
	o.Member("queries").Strings(&p.Queries)
	o.Member("keys").Strings(&p.Keys)
	o.Member("cells").Float32s(&p.Cells)
}

// most is the largest score among the heads of a point.
func most(p *learn.Point, score func(*learn.Head) float64) (x float64) {
	for i := range p.Heads {
		x = max(x, score(&p.Heads[i]))
	}
	return x
}
