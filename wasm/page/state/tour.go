package state

import (
	"strconv"

	"heed/core/json"
	"heed/core/text"
)

// TourStep is one step of a tour: what is said, and what is shown meanwhile.
type TourStep struct {
	Say, Note string
	Mark      [][]int // cells of the picture, as rows and columns
	Settings  Settings
}

// Tour is the element's list of steps. The setting step says which is shown.
type Tour struct {
	Steps []TourStep
	Left  int // the step that the reader left, to resume it
}

// GoTo goes to a step of the tour; -1 leaves the tour where it is.
type GoTo struct{ At int }

func (m GoTo) update(c *change) {
	if m.At < 0 {
		c.Left = max(0, c.Stage-1)
		c.Settings.Unset(Step)
	} else {
		c.Settings.Set(Step, strconv.Itoa(m.At))
		c.begin()
	}
	c.Fresh = true
	c.chosen()
}

// begin has the settings be those of the step that they name: what it says, over the attributes.
func (c *change) begin() {
	said, _ := c.Settings.Get(Step)
	at, err := strconv.Atoi(said)
	if err != nil || at < 0 || at >= len(c.Steps) {
		return // which resolving says
	}
	present := c.Settings[Present] // which goes on
	c.Settings = c.Attributes.With(&c.Steps[at].Settings)
	c.Settings[Present] = present
	c.Settings.Set(Step, said)
}

// With are the settings with others over them.
func (s Settings) With(over *Settings) Settings {
	for n := range over {
		if over[n].said {
			s[n] = over[n]
		}
	}
	return s
}

// ParseSteps reads the steps that an author wrote: a JSON list of objects. Say, note and mark are what they are named;
// every other member is a setting.
func ParseSteps(list string) (steps []TourStep, err error) {
	file := stepFile{&steps}
	err = json.Read([]byte(`{"steps":`+list+"}"), file.Fields)
	return steps, err
}

type stepFile struct{ steps *[]TourStep }

func (f stepFile) Fields(o *json.Object) { json.List(o.Member("steps"), f.steps) }

func (s *TourStep) Fields(o *json.Object) {
	for name, v := range o.All() {
		switch name {
		case "say":
			v.String(&s.Say)
		case "note":
			v.String(&s.Note)
		case "mark":
			v.Array(0, func(_ int, cell json.Value) {
				var at []int
				if cell.Ints(&at); len(at) != 2 && !cell.Failed() {
					cell.Fail(text.Of(text.MarkIsCell))
				}
				s.Mark = append(s.Mark, at)
			})
		default:
			n, ok := Named(name)
			if !ok || n == Step {
				v.Fail(text.Of(text.NotInStep))
				return
			}
			s.Settings.Set(n, valueOf(v))
		}
	}
}

// valueOf is the value of a setting in a file: a text, a number or a boolean.
func valueOf(v json.Value) (s string) {
	switch v.Kind() {
	case 't', 'f':
		var yes bool
		if v.Bool(&yes); yes {
			return "1"
		}
		return "0"
	case '"':
		v.String(&s)
		return s
	}
	var x float64
	v.Float(&x)
	return Number(x)
}

// Guide is what the tour shows.
type Guide struct {
	Offer     string // the name of the button that begins or resumes it; "" while it is shown
	Begin     int    // the step that it leads to
	Say, Note string
	Place     string // where in the tour this is
	At, Count int
}

// Guide is what there is to say; it is empty without steps.
func (s *State) Guide() (g Guide) {
	if g.Count = len(s.Steps); g.Count == 0 {
		return g
	}
	if s.Stage == 0 {
		if g.Begin, g.Offer = s.Left, text.Of(text.TakeTour, g.Count); g.Begin > 0 {
			g.Offer = text.Of(text.ResumeTour, g.Begin+1, g.Count)
		}
		return g
	}
	g.At = s.Stage - 1
	g.Say, g.Note, g.Place = s.Steps[g.At].Say, s.Steps[g.At].Note, text.Of(text.StepOf, s.Stage, g.Count)
	return g
}

// Marked are the cells that the step marks, while it is what is shown.
func (s *State) Marked() [][]int {
	if d := s.Shown; d.Stage > 0 && d.Stage <= len(s.Steps) && !d.Merging() {
		return s.Steps[d.Stage-1].Mark
	}
	return nil
}
