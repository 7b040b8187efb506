package state

import (
	"cmp"
	"slices"
	"strings"

	"heed/core/record"
	"heed/core/run"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/protocol"
)

// The messages about what explains a run.
type (
	Explaining struct{ Done, Of int }     // so much is computed
	Explained  struct{ *protocol.Result } // an explanation, or why there is none
	StopAsking struct{}                   // the reader waits no longer
	AskAgain   struct{}                   // for what was stopped
	Method     struct {                   // of attribution, in the first or the second column
		Column int
		Name   string
	}
)

// Unask is the command to end what is being computed.
type Unask struct{}

// Asking is what the panel of explanations offers, and where things stand. What is empty is hidden.
type Asking struct {
	Hidden         bool
	Which          []Option // the explanations
	Parts          []Option // to ablate
	Part           string
	With           []Option // what stands in their place
	WithWhat       string
	Patch          bool // another text is to be typed
	At             []Option
	AtWhat         string
	Methods        [2][]Option
	Method         [2]string
	Says           string // how much is computed
	Done, Of       int    // of that
	Stops, Resumes bool   // it can be stopped, or asked for again
}

// asked is what a choice asks the views that explain.
func (c *Choice) asked() record.Question {
	q := record.Question{Ablate: c.Ablate, Patch: c.Patch, At: c.At, Attribute: c.Attribute, Roles: c.measures()}
	if c.With == record.WithMean {
		q.With = record.WithMean
	}
	return q
}

// measures says whether the grid asks what heads do over a corpus.
func (c *Choice) measures() bool { return c.Roles && c.View == view.Heads }

// explained says whether what is shown takes an explanation, which lab.wasm gives.
func (c *Choice) explained() bool { return c.has(view.Asks) || c.measures() }

// methods are those that are compared.
func (c *Choice) methods() (first, second string) {
	first, second, _ = strings.Cut(cmp.Or(c.Attribute, view.DefaultMethods), ",")
	return first, second
}

// explains lists the views of a model that explain.
func explains(views []Option) (all []Option) {
	for _, o := range views {
		if v := view.Find(o.Value); v != nil && o.Value != Beside && v.Has(view.Asks) {
			all = append(all, o)
		}
	}
	return all
}

// grouped has one tab stand for all views that explain: that of the one which is shown, else of the first.
func grouped(views []Option, shown string) (all []Option) {
	group := explains(views)
	for _, o := range views {
		switch at := slices.Index(group, o); {
		case at < 0:
			all = append(all, o)
		case at == 0:
			o.Text = text.Of(text.WhyGroup)
			if slices.ContainsFunc(group, func(o Option) bool { return o.Value == shown }) {
				o.Value = shown
			}
			all = append(all, o)
		}
	}
	return all
}

// Asking is what there is to ask.
func (s *State) Asking() (a Asking) {
	if a.Hidden = !s.explained(); a.Hidden {
		return a
	}
	if s.has(view.Asks) {
		a.Which = explains(views(s.Index(), &s.Choice))
	}
	layered, attends := s.Layered(), len(s.StacksOf(s.Model)) > 0
	if q := s.Wanted.Ask; q != (record.Question{}) && s.Of > 0 {
		a.Says, a.Done, a.Of, a.Stops = text.Of(text.ExplainingPart, s.Done, s.Of), s.Done, s.Of, true
	} else if s.Asked && s.Loading.Lab {
		a.Says = s.Arriving()
	}
	a.Resumes = s.Record != nil && s.Record.Answer.Refusal == text.Of(text.StoppedAsking)
	switch {
	case s.Imported != nil:
	case s.View == view.Ablation:
		for _, p := range view.Parts {
			if layered || p.Name == record.HeadParts && attends || p.Name == record.PositionParts {
				a.Parts = append(a.Parts, Option{p.Name, text.Of(p.Text)})
			}
		}
		a.With = []Option{{"zero", text.Of(text.WithZeros)}, {record.WithMean, text.Of(text.WithMeans)}}
		a.WithWhat = cmp.Or(s.With, "zero")
		if a.Part = s.Ablate; a.Part == "" && len(a.Parts) > 0 {
			a.Part = a.Parts[0].Value
		}
	case s.View == view.Patch:
		a.Patch = true
		if layered {
			a.At = []Option{{record.AtResidual, text.Of(text.AblateLayers)}, {record.AtHeads, text.Of(text.AtEachHead)}}
		}
		a.AtWhat = cmp.Or(s.At, record.AtResidual)
	case s.View == view.Attribution:
		a.Method[0], a.Method[1] = s.methods()
		for i := range a.Methods {
			for _, m := range view.Methods {
				switch m.Name {
				case run.AttentionGradient, run.Attention:
					if !attends {
						continue
					}
				case run.Rollout, run.Direct:
					if !layered || m.Name == run.Direct && i == 1 {
						continue
					}
				}
				a.Methods[i] = append(a.Methods[i], Option{m.Name, text.Of(m.Text)})
			}
		}
		if a.Method[0] == run.Direct {
			a.Methods[1] = nil
		} else {
			a.Methods[1] = append([]Option{{"", text.Of(text.NoSecondMethod)}}, a.Methods[1]...)
		}
	}
	return a
}

// Patching is the choice of the text to take activations from.
func Patching(s string) Pair {
	if s == "" {
		return Pair{Patch, ""}
	}
	return Pair{Patch, ofSentence + s}
}

func (m Method) update(c *change) {
	both := [2]string{}
	both[0], both[1] = c.methods()
	both[m.Column] = m.Name
	if both[1] == "" || both[0] == run.Direct || both[0] == both[1] {
		both[1] = ""
	}
	c.choose(0, Pair{Methods, strings.TrimSuffix(both[0]+","+both[1], ",")})
}

func (m Explaining) update(c *change) { c.Done, c.Of = m.Done, m.Of }

func (m Explained) update(c *change) {
	if m.ID != c.ID || c.Record == nil || m.Result.Record.Answer.To != c.Wanted.Ask {
		return
	}
	c.Record = c.Record.With(&m.Result.Record)
	c.Wanted, c.Done, c.Of = record.Want{}, 0, 0
	c.do(Tell{Answers})
	c.need()
}

func (m StopAsking) update(c *change) {
	q := c.Wanted.Ask
	if q == (record.Question{}) {
		return
	}
	c.do(Unask{})
	c.Record = c.Record.With(&record.Record{Answer: record.Answer{To: q, Refusal: text.Of(text.StoppedAsking)}})
	c.Wanted, c.Done, c.Of = record.Want{}, 0, 0
	c.need()
}

func (m AskAgain) update(c *change) {
	if c.Record == nil {
		return
	}
	r := *c.Record
	r.Answer = record.Answer{}
	c.Record = &r
	c.need()
}

// readPatch and readAttribute read what an address asks.
func readPatch(c *reading, s string) string {
	other, ok := strings.CutPrefix(s, ofSentence)
	if !ok && s != "" {
		return text.Of(text.NotAPatch, s)
	}
	c.Patch = other
	return ""
}

func readAttribute(c *reading, s string) string {
	var all []string
	methods := view.Names(view.Methods)
	for part := range strings.SplitSeq(s, ",") {
		var one string
		if complaint := c.oneOf(&one, "attribute", part, methods...); complaint != "" {
			return complaint
		}
		all = append(all, one)
	}
	if len(all) > 2 {
		return text.Of(text.TwoMethodsOnly, all[0], all[1])
	}
	if at := slices.Index(all, run.Direct); at >= 0 && len(all) == 2 {
		c.Attribute = all[0]
		return text.Of(text.PartsNotWords, view.MethodName(all[1-at]))
	}
	c.Attribute = strings.Join(all, ",")
	return ""
}

// oneOf reads one of some names.
func (c *reading) oneOf(to *string, of, s string, names ...string) (complaint string) {
	if s == "" || slices.Contains(names, s) {
		*to = s
		return ""
	}
	return text.Of(text.NotOneOf, s, of, text.List(names))
}
