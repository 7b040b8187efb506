// Package state is what a <heed-view> is, without a browser: all that changes of an element is one value, State,
// and one function, Update, makes the next of it by a Message and says in Commands what is to be done outside.
// What is on the screen follows from a State alone: what is to be run (Request), what a picture takes of the
// run (Wants), what is drawn (Scene), what each part of the page says, offers and hides (parts.go), the address
// (Pairs), and, of the difference of two, what other scripts are told. Package page takes that to the page.
package state

import (
	"heed/core/catalog"
	"heed/core/run"
	"maps"
	"slices"
	"strings"

	"heed/core/record"
	"heed/core/view"
	"heed/wasm/protocol"
)

// State is one element. What it points at is never changed, but replaced.
type State struct {
	Step  int // how often more changed than what is pointed at and what comes piece by piece
	Known *Known
	Can
	Said
	Run
	Undoing
	Tour
	Flow
	Screen
}

// incomparable, as a field, keeps the compiler from writing code that compares a large struct, which nobody does.
type incomparable [0]func()

// Known is what all elements of a page know of the models.
type Known struct {
	Index *catalog.Index            // nil until it is there
	Ran   map[string][]record.Stack // by model that has run: its kinds of attention
}

// With is what is known once a model has run.
func (k *Known) With(id string, stacks []record.Stack) *Known {
	next := *k
	if next.Ran = maps.Clone(k.Ran); next.Ran == nil {
		next.Ran = map[string][]record.Stack{}
	}
	next.Ran[id] = stacks
	return &next
}

// Can is what an element may do, by its attributes and the browser.
type Can struct {
	Full, Bare, Editable bool
	Owner                bool   // the address holds its state: it is the playground
	Flat                 bool   // there is no WebGL, so the tower stands on the page as on paper, and does not turn
	Language             string // of the text, as its author says
}

// Said is what attributes, address and reader say, and what that comes to.
type Said struct {
	_          incomparable
	Attributes Settings // and the element's own text
	Settings   Settings // with what the address and the reader say
	Unknown    string   // what the address says that nobody understands, a sentence a line; or what a file run again says
	Complaints string   // what the settings ask for in vain, a sentence a line
	Choice

	Acted   bool      // the reader has changed something, so the address is to follow
	Fresh   bool      // what the address will say next is a new step
	TypedAt float64   // when the reader last typed
	Told    Selection // what other scripts were told that the reader chose
}

// Run is what ran, and what is on its way.
type Run struct {
	_       incomparable
	Ran     RunOf  // what was asked for last
	Asked   bool   // and it waits, or is being worked on
	Anew    bool   // and what the browser keeps of the model is not trusted
	Failed  string // why there is no answer
	Fatal   bool   // and trying again is of no use
	Deadly  RunOf  // what the engine died of last
	Deaths  int    // how often, one after the other
	Revived bool   // which the reader is told until he goes on

	Record *record.Record // the last answer; nil before the first
	Before *record.Record // the one before, of another text
	Plain  *record.Record // the last one without changes by hand; nil before the first
	ID     int            // of that run; 0 of a Record that no engine has
	Stored bool           // it is the model's first example, shown until the model itself is there
	Tried  string         // the model whose example was asked for
	Drawn  run.Sampling   // how what may follow was drawn

	Wanted record.Want // what was asked for besides, and is not there yet,
	Done   int         // of an explanation so much is computed
	Of     int
	Given  record.Want // what the engine could not give
	Whole  bool        // all maps are wanted

	Shown *Shown // what is painted: the last of which all was at hand; never nil

	Imported *Imported      // a Record that no model of ours is running, shown in place of one
	Sought   string         // the address that such a Record was asked for from last
	Fetching bool           // and it is on its way
	Refused  string         // why a file cannot be shown
	Repeats  *record.Record // the one that the run asked for repeats; nil: none

	Brings Brings // a model that is on its way to the list of models

	Lanes *Lanes // what stands side by side; nil: nothing
}

// Shown is a Record and how it is looked at.
type Shown struct {
	Choice
	Record *record.Record
	Before *record.Record
	ID     int
}

// Undoing is what the reader may go back to.
type Undoing struct {
	_       incomparable
	Earlier *Earlier // the texts that were replaced
	Kept    Kept     // his own translation, while the model's is shown
	Hidden  string   // the words that stood in the holes of a text, each ended by a zero byte
	Writing bool     // the model writes the text on
	Base    string   // of that text
	Seed    uint64
}

// Earlier are texts to go back to, the last first.
type Earlier struct {
	Text string
	Next *Earlier
}

// Kept is an own translation and its text.
type Kept struct {
	Text, Target string
	There        bool
}

// Flow is what comes piece by piece.
type Flow struct {
	Holds   string // what the model has written
	Written string // its last output, whole
	More    string // what it wrote on
	Loading Loading
}

// Loading tells how much of a model has arrived, or of lab.wasm.
type Loading struct {
	Done, Total int64
	Began       float64 // when its first bytes came, in milliseconds; 0: none have
	First       int64   // how many those were
	Now         float64
	Silent      bool // nothing has come for a while
	Lab         bool // it is lab.wasm
}

// Screen is the place that there is, and what is pointed at.
type Screen struct {
	Room    float64  // the width of the picture, 0 before it is laid out
	Pointer view.Ref // what the pointer points at,
	Walker  view.Ref // and the keyboard
	Held    view.Ref // the cell of a heatmap that was chosen or walked to last
	Picked  int      // the word that is to be replaced, as record.WordsOf counts
	Zoom    float64  // of a heatmap
	Camera  view.Camera
	Turned  Turned
}

// Turned is what the camera was turned for.
type Turned struct {
	Model string
	Words bool
}

// Selection is what the reader chose, as other scripts are told.
type Selection struct {
	View, Kind string
	Layer      int
	Head       string
	Part       view.Part
	Row, Col   int
}

// New is an element before it has been told anything.
func New(known *Known, can Can) State {
	s := State{Known: known, Can: can}
	s.Zoom, s.Shown = 1, &Shown{}
	return s
}

// Message is something that happened: see choose.go, run.go and screen.go.
type Message interface{ update(c *change) }

// Command is something to be done outside: the Ask, More, Draw, … of commands.go.
type Command any

// change is a State on its way to the next.
type change struct {
	State
	before   *State
	commands []Command
}

func (c *change) do(what Command) { c.commands = append(c.commands, what) }

// Update makes the next State. It depends on nothing but what it is given, and changes nothing of it.
func Update(s State, m Message) (State, []Command) {
	c := &change{State: s, before: &s}
	m.update(c)
	switch m.(type) {
	case Point, Turn, Zoom, Resize, Progress, Partial:
	case Walk:
		if c.Held != s.Held { // whose weight can be set
			c.Step++
		}
	default:
		c.Step++
	}
	c.turn()
	if c.Told != s.Told && c.Told != (Selection{}) {
		c.do(Tell{Selected})
	}
	return c.State, c.commands
}

// The commands.
type (
	Ask          struct{}                 // have Request run
	AskLane      struct{ ID string }      // have a lane's request run
	Forget       struct{ ID string }      // take back what was asked for: by a lane, or "" by the element
	More         struct{ record.Want }    // ask for more of the run
	Draw         struct{ run.Sampling }   // have what may follow the text drawn anew
	FetchRecord  struct{ Address string } // answered by RecordCame
	FetchExample struct{ Model string }   // answered by ExampleCame
	LoadModels   struct{}                 // fetch the list of models, if it is not there
	Save         struct{}                 // let the address follow, once the reader pauses
	Tell         struct{ Event }          // tell other scripts
	Event        uint8
)

// What other scripts are told.
const (
	Selected Event = iota
	Loaded
	Answers
	Fails
	Stepped
)

// Index lists the models that the element may show: ours, or the one that an imported Record is of.
func (s *State) Index() *catalog.Index {
	if s.Imported != nil {
		return s.Imported.index
	}
	return s.Known.Index
}

// StacksOf lists the kinds of attention of a model: those that it showed, else those that the list of models tells.
func (s *State) StacksOf(id string) []record.Stack {
	if s.Imported != nil {
		return s.Imported.Entry.Stacks
	}
	if all, ok := s.Known.Ran[id]; ok || s.Known.Index == nil {
		return all
	}
	if e := s.Known.Index.Find(id); e != nil {
		return e.Stacks
	}
	return nil
}

// Stack is how many layers and heads a choice's kind of attention has.
func (s *State) Stack(c *Choice) (layers, heads int) {
	for _, k := range s.StacksOf(c.Model) {
		if k.Kind == c.Kind {
			return k.Layers, k.Heads
		}
	}
	return 0, 0
}

// RanModel says whether the model has run, and so is loaded.
func (s *State) RanModel() bool { _, ok := s.Known.Ran[s.Model]; return ok }

// Blank says whether there is an answer, and it is one to an empty text.
func (s *State) Blank() bool { return s.Record != nil && strings.TrimSpace(s.Record.Text) == "" }

// Alone says whether a sentence waits for another to be compared with.
func (s *State) Alone() bool {
	return s.View == Beside && s.Against == SentencePair && strings.TrimSpace(s.Second) == ""
}

// Locked is what the reader has locked, as the view counts it. A Choice counts pieces, so that it means the same
// in every view.
func (s *State) Locked(c *Choice) view.Ref {
	if c.View == Beside {
		return view.Ref{}
	}
	return c.Described().Chosen(s.Record, c.look(), c.Token, c.Key)
}

// pieces is what a Ref of the view points at, as the model counts: of a word the first piece.
func (s *State) pieces(ref view.Ref) view.Ref {
	if d := s.Shown; d.Record != nil && d.Merging() {
		ref.Row = record.Piece(d.Record.Queries(d.Kind), ref.Row)
		ref.Col = record.Piece(d.Record.Keys(d.Kind), ref.Col)
	}
	return ref
}

// Focus is what is pointed at: by the pointer, else by the keyboard.
func (s *State) Focus() view.Ref {
	if s.Pointer.Part != view.Nowhere {
		return s.Pointer
	}
	return s.Walker
}

// Request is what the engine is to run.
func (s *State) Request() protocol.Request {
	r := protocol.Request{Model: s.Model, Again: s.Anew, Text: s.Text, Exact: s.Exact, Changes: s.Changes(), Sampling: s.Sampling,
		Lab: s.explained() || s.Patched != "" || s.steering().Any() || s.Entry != nil && s.Entry.Foreign, Want: record.Want{Kind: s.Kind, Layer: s.Layer, Means: s.has(view.InSpace)}}
	if s.Own {
		r.Target = &s.Target
	}
	if r.Want.Means {
		r.Want.Heads = s.Heads
	}
	if _, said := s.Settings.Get(Kind); !said && s.Entry == nil {
		r.Want.Kind = "" // the engine knows sooner what the model opens with
	}
	if s.Writing {
		r.Write, r.Sampling.Seed = atOnce, s.Seed
	}
	return r
}

// Wants is what the choice takes of a run.
func (s *State) Wants() record.Want {
	switch {
	case s.Whole:
		return record.Want{All: true}
	case s.View == Beside:
		return record.Want{Kind: s.Kind, Layer: s.Layer, All: s.Against == HeadPair}
	}
	look := s.look()
	look.Width, look.Chosen = s.Room, s.Locked(&s.Choice)
	w := s.Described().Needs(s.Record, look)
	if s.Imported != nil || s.Stored {
		w.Ask = record.Question{} // of a Record there is no more than it holds
	}
	return w
}

// Opens says whether the choice is where an example is to be seen.
func (s *State) Opens(x *catalog.Example) bool {
	o := s.Opening(x)
	return s.View == o.View && (!mapped(o.View) || s.Kind == o.Kind && s.Layer == o.Layer && s.Heads == record.Heads(o.Head))
}

// Example is the example that the text is, or nil.
func (s *State) Example() *catalog.Example {
	if s.Entry == nil || s.Own || s.View == Beside {
		return nil
	}
	return s.Entry.Example(s.Text)
}

// Pairs lists the state as the address does. A Record from an address stands for its model and its text.
func (s *State) Pairs() [][2]string {
	all := s.Choice.Pairs()
	if i := s.Imported; i != nil && i.Address != "" {
		all = slices.DeleteFunc(all, func(p [2]string) bool { return p[0] == "model" || p[0] == "text" })
		all = append([][2]string{{"record", i.Address}}, all...)
	}
	return all
}
