// Package state is what a <heed-train> element does, without a browser: its setting, the sessions that train, side by
// side where there are two, and the screen that shows them. The worker of package learn steps it; tests do natively.
package state

import (
	"cmp"
	"slices"

	"heed/core/json"
	"heed/core/learn"
	"heed/core/problem"
	"heed/core/say"
)

// Request is what the page asks for. Do is the name of what; the others are what that takes.
type Request struct {
	Do string
	// begin
	Given   learn.Given
	Compare string // an architecture that learns beside the first; "" none
	Pairs   string
	Text    string // sources to probe, a line each; "" is an example
	Dark    bool
	Width   float64 // of a picture, in pixels
	Keep    bool    // the page keeps what training leaves
	Left    *Left   // what is gone on with, in place of Given, Compare, Pairs and Text
	// set
	Name, Value string
	// moment, archive and keep (which network), and look's layer and head
	N, Layer, Head int
	View, Kind     string
}

func (r *Request) Fields(o *json.Object) {
	o.Member("do").String(&r.Do)
	o.Member("given").StringMap((*map[string]string)(&r.Given))
	o.Member("compare").String(&r.Compare)
	o.Member("pairs").String(&r.Pairs)
	o.Member("text").String(&r.Text)
	o.Member("dark").Bool(&r.Dark)
	o.Member("width").Float(&r.Width)
	o.Member("keep").Bool(&r.Keep)
	json.Pointer(o.Member("left"), &r.Left)
	o.Member("name").String(&r.Name)
	o.Member("value").String(&r.Value)
	o.Member("n").Int(&r.N)
	o.Member("layer").Int(&r.Layer)
	o.Member("head").Int(&r.Head)
	o.Member("view").String(&r.View)
	o.Member("kind").String(&r.Kind)
}

// Brought is how many sessions go on where they were left.
func (r *Request) Brought() int {
	if r.Left == nil {
		return 0
	}
	return len(r.Left.Runs)
}

// Lab is the state. The zero value has no session yet.
type Lab struct {
	given   learn.Given
	compare string
	pairs   string
	setting learn.Setting
	notices []string
	runs    []*trial

	playing bool
	refused string // why the last change was not made
	failed  string // why training ended early

	text   string
	moment int // of the past that is shown; now is the last
	look   look
	off    *look // the head that is switched off where a text is tried, or with best all of its layer; nil: none
	dark   bool
	width  float64
}

// now is the moment that is not past.
const now = -1

// look is what is looked at. An empty View or Kind, and a Head of best, leave it to the network.
type look struct {
	View, Kind  string
	Layer, Head int
}

const best = -1

// trial is one session, and what was measured of it besides.
type trial struct {
	*learn.Session
	lengths  []int
	byLength []learn.Figures
	measured int // the step at which
}

// Do does what the page asks for. What cannot be done changes nothing, and the screen says why.
func (l *Lab) Do(r *Request) {
	if r.Do != "theme" { // which no reader asks for
		l.refused = ""
	}
	switch r.Do {
	case "begin":
		l.dark, l.width, l.text, l.moment, l.look = r.Dark, r.Width, r.Text, now, look{Head: best}
		l.off = nil
		if r.Left == nil {
			l.begin(r)
		} else if l.text = r.Left.Text; l.try(r.Left.Given, r.Left.Compare, r.Left.Pairs, true) {
			l.goOn(r.Left)
		} else { // of another version, which had other settings
			l.begin(&Request{Given: r.Left.Given, Compare: r.Left.Compare, Pairs: r.Left.Pairs})
		}
	case "set":
		given := learn.Given{}
		for name, value := range l.given {
			given[name] = value
		}
		if given[r.Name] = r.Value; r.Value == "" {
			delete(given, r.Name)
		}
		if r.Name == "task" {
			delete(given, "arch") // each task has the architecture that shows it best
			l.text = ""
		}
		l.try(given, l.compare, l.pairs, false)
		l.notices = nil // who sets one option does not ask after the others
	case "compare":
		l.try(l.given, r.Value, l.pairs, false)
		l.notices = nil
	case "pairs":
		given := learn.Given{"task": problem.OwnPairs}
		if v, ok := l.given["arch"]; ok {
			given["arch"] = v
		}
		if l.try(given, l.compare, r.Pairs, false) {
			l.text = ""
		}
	case "again":
		l.try(l.given, l.compare, l.pairs, true)
	case "play":
		l.playing, l.moment = l.failed == "" && !l.done(), now
	case "pause":
		l.playing = false
	case "step":
		l.playing, l.moment = false, now
		for range max(1, r.N) {
			for range l.runs {
				l.Train()
			}
		}
	case "text":
		if l.text = r.Text; len(lines(r.Text)) > mostTexts {
			l.refused = say.Text("The first ", mostTexts, " of these texts are shown.")
		}
	case "moment":
		l.playing = false
		if l.moment = r.N; l.moment >= len(l.moments())-1 {
			l.moment = now
		}
	case "look":
		l.look = look{r.View, r.Kind, r.Layer, r.Head}
	case "off":
		if l.off = nil; r.Kind != "" {
			l.off = &look{Kind: r.Kind, Layer: r.Layer, Head: r.Head}
		}
	case "theme":
		l.dark, l.width = r.Dark, cmp.Or(r.Width, l.width)
	}
}

// begin takes the first setting. One that is not possible is said, and the task's own takes its place, so that there is
// something to change.
func (l *Lab) begin(r *Request) {
	if l.try(r.Given, r.Compare, r.Pairs, true) || len(l.runs) > 0 {
		return
	}
	why := l.refused
	if l.try(learn.Given{"task": r.Given["task"]}, "", r.Pairs, true) || l.try(learn.Given{}, "", "", true) {
		l.refused = say.Text(why, ". The usual settings take the place of those that were given.")
	}
}

// try takes another setting: it goes on where that can be, and else starts again. It reports whether the setting is
// possible.
func (l *Lab) try(given learn.Given, compare, pairs string, again bool) bool {
	s, notices, err := given.Setting(pairs)
	if err != nil {
		return l.refuse(err)
	}
	settings := []learn.Setting{s}
	if compare != "" {
		second, _, err := beside(given, compare).Setting(pairs)
		if err != nil {
			return l.refuse(err)
		}
		settings = append(settings, second)
	}
	goesOn := !again && len(settings) == len(l.runs)
	for i := range settings {
		goesOn = goesOn && len(l.runs[i].Setting.Again(&settings[i])) == 0
	}
	if goesOn {
		for i := range settings {
			if err := l.runs[i].Change(settings[i]); err != nil {
				return l.refuse(err)
			}
		}
		l.failed = "" // it goes on from the last moment at which all was well
	} else {
		var runs []*trial
		for i := range settings {
			n, err := learn.New(settings[i])
			if err != nil {
				return l.refuse(err)
			}
			runs = append(runs, &trial{Session: n, measured: -1})
		}
		l.runs, l.failed, l.playing, l.moment = runs, "", false, now
	}
	l.given, l.compare, l.pairs, l.setting, l.notices = given, compare, pairs, s, notices
	return true
}

// beside is what is given of a network with another architecture, which learns the same.
func beside(given learn.Given, arch string) learn.Given {
	other := learn.Given{}
	for name, value := range given {
		other[name] = value
	}
	other["arch"] = arch
	return other
}

func (l *Lab) refuse(err error) bool {
	l.refused = err.Error()
	return false
}

// Left is where training was left, so that it can be gone on with in another tab or on another day.
type Left struct {
	Given   learn.Given
	Compare string
	Pairs   string
	Text    string
	Title   string // of the task, for who is asked whether to go on
	Steps   int
	Runs    []learn.Saved
}

func (k *Left) Fields(o *json.Object) {
	o.Member("given").StringMap((*map[string]string)(&k.Given))
	o.Member("compare").String(&k.Compare)
	o.Member("pairs").String(&k.Pairs)
	o.Member("text").String(&k.Text)
	o.Member("title").String(&k.Title)
	o.Member("steps").Int(&k.Steps)
	json.List(o.Member("runs"), &k.Runs)
}

// Leave is where training is now, nil before the first step.
func (l *Lab) Leave() *Left {
	if len(l.runs) == 0 || l.runs[0].At() == 0 {
		return nil
	}
	k := &Left{Given: l.given, Compare: l.compare, Pairs: l.pairs, Text: l.text, Title: l.runs[0].Task.Title, Steps: l.setting.Steps}
	for _, t := range l.runs {
		k.Runs = append(k.Runs, *t.Save())
	}
	return k
}

// goOn takes up what was left. What does not fit begins anew, and is said.
func (l *Lab) goOn(k *Left) {
	var runs []*trial
	for i, t := range l.runs {
		if i == len(k.Runs) {
			return
		}
		n, err := learn.Resume(t.Setting, &k.Runs[i])
		if err != nil {
			l.refuse(err)
			return
		}
		runs = append(runs, &trial{Session: n, measured: -1})
		runs[i].measureLengths()
	}
	l.runs = runs
}

// Playing says whether Train is to be called.
func (l *Lab) Playing() bool { return l.playing }

func (l *Lab) done() bool {
	return !slices.ContainsFunc(l.runs, func(t *trial) bool { return !t.Done() })
}

// lengthsEvery is how many steps lie between two measures by length, and each how many examples of a length are taken.
const (
	lengthsEvery = 200
	lengthsEach  = 16
)

// Train makes one step, of the session that is furthest behind.
func (l *Lab) Train() {
	if len(l.runs) == 0 || l.failed != "" || l.done() {
		l.playing = false
		return
	}
	t := l.runs[0]
	for _, other := range l.runs[1:] {
		if other.At() < t.At() {
			t = other
		}
	}
	if _, err := t.Step(); err != nil {
		l.failed, l.playing = err.Error(), false
		return
	}
	if t.At()%lengthsEvery == 0 || t.Done() {
		t.measureLengths()
	}
	if l.done() {
		l.playing = false
	}
}

// measureLengths measures by length, of a task that has lengths.
func (t *trial) measureLengths() {
	if t.Task.Max > t.Task.Min && t.measured != t.At() {
		t.lengths, t.byLength = t.ByLength(lengthsEach)
		t.measured = t.At()
	}
}

// moments are the steps of the past that the slider can show: those of the first session.
func (l *Lab) moments() []int { return l.runs[0].Past.Steps }

// Model says what a model is that is taken away.
type Model struct {
	Name    string // of its directory
	Title   string
	Setting string // the text form of all that it depends on, and after how many steps it is: no two networks have the same
	Step    int    // after how many steps it is
	Begin   string // a text that shows something
	Problem string // why there is none
}

func (m *Model) Fields(o *json.Object) {
	o.Member("name").String(&m.Name)
	o.Member("title").String(&m.Title)
	o.Member("setting").String(&m.Setting)
	o.Member("step").Int(&m.Step)
	o.Member("begin").String(&m.Begin)
	o.Member("problem").String(&m.Problem)
}

// Files is the directory of one of the networks, counted from 0, as it is at the moment that is shown, and what the
// model is.
func (l *Lab) Files(which int) (about Model, files []learn.File, err error) {
	if which < 0 || which >= len(l.runs) {
		return about, nil, say.Error("there is no network yet")
	}
	n := l.runs[which].Session
	name := say.Text(n.Setting.Task, "-", n.Setting.Arch, "-", int(n.Setting.Seed))
	given := l.given
	if which > 0 {
		given = beside(given, l.compare)
	}
	if l.moment != now {
		if n, err = n.Then(l.past(n)); err != nil {
			return about, nil, err
		}
		name = say.Text(name, "-step-", n.At())
	}
	about = Model{Name: name, Title: n.Model.About.Title, Setting: say.Text(given.String(), "&at=", n.At()), Step: n.At(), Begin: n.Model.About.Example}
	files, err = n.Files()
	return about, files, err
}

// past is the moment that is shown, of a session: the second may remember other moments than the first, whose slider it
// is.
func (l *Lab) past(n *learn.Session) int { return n.Past.Moment(l.moments()[l.moment]) }
