package state

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
)

// The messages about changes of the attention by hand.
type (
	SwitchHead struct{}                 // the head that is shown off, or on again
	SetWeight  struct{ To float64 }     // the weight that is held
	SetScore   struct{ To float64 }     // its score
	SetHeat    struct{ Tenths float64 } // what scores are divided by, as a power of ten
	PickWord   struct{ At int }         // the word that is to be replaced
	SetWord    struct{ With string }    // what it is read as
	SetSteer   struct{ To float64 }     // how strongly a direction is added
	SteerAfter struct{ Layer int }      // the layer after which
	RankHeads  struct{}                 // what each head matters, as a view of its own
	WhyThere   struct{}                 // why the head gives the chosen weight, as a view of its own
	PutBack    struct{ At int }         // one of the changes that are listed; -1: all
)

// Edits is what the group of changes says and offers.
type Edits struct {
	_      incomparable
	Hidden bool
	Switch string // the name of the button that switches the head; "" hides it
	Rank   bool   // whether the heads can be ranked, which a reader asks who has switched one off
	Why    bool   // whether the chosen weight can be taken apart
	Weight Slider
	Score  Slider
	Heat   Slider
	Hint   string

	Words   []Option // of the text, one of which is to be replaced; empty hides it
	Word    string   // that word
	With    string   // and what it is read as
	Layers  []Option // after which a direction may be added; empty hides it
	After   string
	Steer   Slider
	Steered string // what steering does not prove
}

// Slider is a number to be set; without a name it is hidden.
type Slider struct {
	Name      string
	At        float64
	Says      string
	Low, High float64
}

// edited is the one head that is shown.
func (s *State) edited() (p record.Place, ok bool) {
	p = record.Place{Kind: s.Kind, Layer: s.Layer}
	_, heads := s.Stack(&s.Choice)
	var one bool
	if p.Head, one = s.Heads.One(); one {
		return p, true
	}
	p.Head = 0 // the first stands for all
	return p, s.View == view.Steps && s.Heads.Len() == 0 || heads == 1
}

// weight is the weight that can be set: the cell of a heatmap that was chosen or walked to last, or what the steps
// take apart.
func (s *State) weight() (f record.Forced, ok bool) {
	if s.Shown.Record == nil {
		return f, false
	}
	if f.Place, ok = s.edited(); !ok {
		return f, false
	}
	switch s.View {
	case view.Heatmap:
		if s.Held.Part != view.Pair || s.Words { // of merged pieces nobody could tell which
			return f, false
		}
		f.Row, f.Col = s.Held.Row, s.Held.Col
	case view.Steps:
		f.Place = s.Wants().Row
		if f.Col = s.Key; f.Col < 0 {
			d := s.Shown.Record.Detail
			if d == nil || d.Place != f.Place {
				return f, false
			}
			f.Col = slices.Index(d.Weights, slices.Max(d.Weights))
		}
	default:
		return f, false
	}
	causal := f.Kind == record.Decoder
	return f, f.Row < len(s.Shown.Record.Queries(f.Kind)) && f.Col < len(s.Shown.Record.Keys(f.Kind)) && !(causal && f.Col > f.Row)
}

// scored says whether the Record tells how the row of a weight came about, so that its score can be set.
func (s *State) scored(f record.Forced) bool {
	d := s.Shown.Record.Detail
	return s.View == view.Steps && d != nil && d.Place == f.Place && f.Col < len(d.Scores)
}

// Edits is what can be changed by hand, and what is.
func (s *State) Edits() (e Edits) {
	able := s.Editable && s.Mapped() && len(s.StacksOf(s.Model)) > 0 && s.Imported == nil
	changes := s.done()
	p, one := s.edited()
	off, forced := changes.Of(p.Kind, p.Layer, p.Head)
	s.rewords(&e, &changes)
	s.steers(&e)
	e.Hidden = !able && !changes.Any() && e.Words == nil && e.Layers == nil
	if able && one {
		switch {
		case off:
			e.Switch = text.Of(text.SwitchOn)
		case p.Kind == record.RNN:
			e.Switch = text.Of(text.SwitchAttentionOff)
		default:
			e.Switch = text.Of(text.SwitchOff)
		}
	}
	e.Rank = able && len(changes.Off) > 0 && s.Entry != nil && slices.Contains(s.Entry.Views, view.Ablation)
	at, ok := s.weight()
	_, there := s.lookedAt()
	e.Why = able && there && !off
	if able && ok && !off {
		w := 0.0
		if m := s.Shown.Record.Find(at.Kind, at.Layer, at.Head); m != nil && at.Row < m.Rows && at.Col < m.Cols {
			w = float64(m.At(at.Row, at.Col))
		}
		for _, f := range forced { // sooner than the Record
			if f.Row == at.Row && f.Col == at.Col {
				w = float64(f.Weight)
			}
		}
		e.Weight = Slider{s.pairName(at), math.Round(w*100) / 100, strconv.FormatFloat(w, 'f', 2, 64), 0, 1}
		e.Score = s.scoreSlider(&changes, at)
	}
	switch {
	case !able:
	case !one:
		e.Hint = text.Of(text.ChooseOneHead)
	case s.View != view.Heatmap || ok || off:
	case s.Words:
		e.Hint = text.Of(text.PiecesOnly)
	default:
		e.Hint = text.Of(text.ChooseCell)
	}
	if able && (s.Kind == record.Cross || s.Kind == record.RNN) {
		// From a tenth to ten times, as far to either side of 1.
		e.Heat = Slider{text.Of(text.AttentionTemperatureName), math.Round(20*math.Log10(s.Choice.Heat)) / 20, Number(s.Choice.Heat), -1, 1}
	}
	return e
}

// rewords offers the words of the text.
func (s *State) rewords(e *Edits, changes *record.Changes) {
	if !s.Editable || s.Imported != nil || !s.has(view.Asks) && s.Replace == "" {
		return
	}
	with := map[int]string{}
	for _, p := range changes.Replace {
		with[p.Word] = p.With
	}
	for i, w := range record.WordsOf(s.Text) {
		name := s.Text[w[0]:w[1]]
		if p := with[i]; p != "" {
			name = text.Of(text.ReadAs, name, p)
		}
		e.Words = append(e.Words, Option{strconv.Itoa(i), name})
	}
	at := max(0, min(s.Picked, len(e.Words)-1))
	e.Word, e.With = strconv.Itoa(at), with[at]
}

// steers offers to add a direction, in a decoder alone.
func (s *State) steers(e *Edits) {
	if !s.Editable || s.Imported != nil || s.Task() != model.Generation || !s.has(view.Asks) && s.View != view.Predictions && !s.Steer.Any() {
		return
	}
	for _, k := range s.StacksOf(s.Model) {
		for layer := range k.Layers {
			e.Layers = append(e.Layers, Option{strconv.Itoa(layer), strconv.Itoa(layer)})
		}
	}
	const wide = 8
	e.After = strconv.Itoa(s.after())
	e.Steer = Slider{text.Of(text.SteerStrength), s.Steer.Strength, strings.Replace(Number(s.Steer.Strength), "-", "−", 1), -wide, wide}
	e.Steered = text.Of(text.SteerCaption)
}

// after is the layer after which a direction is added: the middle one unless another is chosen.
func (s *State) after() int {
	if layers := s.StacksOf(s.Model); s.Steer.Kind == "" && len(layers) > 0 {
		return layers[0].Layers / 2
	}
	return s.Steer.Layer
}

// scoreSlider goes from next to none of the row's weight to next to all.
func (s *State) scoreSlider(changes *record.Changes, f record.Forced) (at Slider) {
	const wide = 9
	if !s.scored(f) {
		return at
	}
	score, half, able := changes.ScoreOf(s.Shown.Record.Detail, f.Col)
	if !able {
		return at
	}
	half = math.Round(half)
	at = Slider{text.Of(text.ScoreOf, view.Visible(s.Shown.Record.Keys(f.Kind)[f.Col].Text)), math.Round(10*max(half-wide, min(score, half+wide))) / 10, "−∞", half - wide, half + wide}
	if !math.IsInf(score, 0) {
		at.Says = strings.Replace(strconv.FormatFloat(score, 'f', 2, 64), "-", "−", 1)
	}
	return at
}

// pairName names a weight by its words.
func (s *State) pairName(f record.Forced) string {
	q, k := s.Shown.Record.Queries(f.Kind), s.Shown.Record.Keys(f.Kind)
	if f.Row >= len(q) || f.Col >= len(k) {
		return f.String()
	}
	return text.Of(text.AttendsTo, view.Visible(q[f.Row].Text), view.Visible(k[f.Col].Text))
}

// changed lists what is changed.
func (s *State) changed(changes *record.Changes) (names []string) {
	did := *changes // what the run says that it did of them, in the same order
	if r := s.Record; r != nil && !s.Asked && !s.Stored && r.Model == s.Model && r.Text == s.Text {
		did = r.Changes
	}
	add := func(name string, done bool) {
		if !done {
			name = text.Of(text.NotDone, name)
		}
		names = append(names, name)
	}
	for _, p := range changes.Off {
		name := text.Of(text.HeadIsOff, KindName(p.Kind), p.Layer, p.Head)
		if p.Kind == record.RNN {
			name = text.Of(text.AttentionIsOff)
		}
		add(name, first(&did.Off, p))
	}
	for _, f := range changes.Force {
		name := f.String()
		if s.Shown.Record != nil && s.Shown.Record.Model == s.Model {
			name = s.pairName(f) + ": " + strconv.FormatFloat(float64(f.Weight), 'f', 2, 64)
			if f.Kind != record.RNN {
				name = text.Of(text.InHead, name, f.Layer, f.Head)
			}
		}
		add(name, first(&did.Force, f))
	}
	for _, p := range changes.Patched {
		name := p.PatchName()
		if r := s.Shown.Record; r != nil && r.Model == s.Model {
			name = view.PatchedName(r, p)
		}
		add(text.Of(text.PatchedFrom, name, changes.From), first(&did.Patched, p))
	}
	var words [][2]int
	if len(changes.Replace) > 0 {
		words = record.WordsOf(s.Text)
	}
	for _, p := range changes.Replace {
		add(text.Of(text.WordReplaced, p.Of(s.Text, words), p.With), first(&did.Replace, p))
	}
	if at := &changes.Steer; at.Any() {
		add(text.Of(text.SteeredBy, at.Toward, at.Away, strings.Replace(Number(at.Strength), "-", "−", 1), at.Layer), did.Steer.Any())
	}
	if changes.Scales() {
		add(text.Of(text.ScoresDivided, Number(changes.Temperature)), did.Scales())
	}
	return names
}

// first takes the first of those that are left, where it is that.
func first[T comparable](left *[]T, is T) bool {
	if len(*left) == 0 || (*left)[0] != is {
		return false
	}
	*left = (*left)[1:]
	return true
}

func (m SwitchHead) update(c *change) {
	if p, ok := c.edited(); ok {
		changes := c.Changes()
		changes.Switch(p)
		c.choose(0, Pair{Off, changes.OffList()})
	}
}

func (m RankHeads) update(c *change) {
	c.choose(0, Pair{View, view.Ablation}, Pair{Ablate, ""})
}

// lookedAt is the weight whose score can be taken apart: the one that can be set, or the link or cell that is kept
// open.
func (s *State) lookedAt() (at record.Forced, ok bool) {
	if s.Entry == nil || !slices.Contains(s.Entry.Views, view.Why) || s.Words {
		return at, false
	}
	if at, ok = s.weight(); ok {
		return at, true
	}
	if at.Place, ok = s.edited(); !ok || s.View != view.Links && s.View != view.Heatmap || s.Token < 0 || s.Key < 0 {
		return at, false
	}
	at.Row, at.Col = s.Token, s.Key
	return at, true
}

func (m WhyThere) update(c *change) {
	if at, ok := c.lookedAt(); ok {
		c.choose(0, Pair{View, view.Why}, Pair{Token, strconv.Itoa(at.Row)}, Pair{Key, strconv.Itoa(at.Col)})
	}
}

func (m SetWeight) update(c *change) {
	if at, ok := c.weight(); ok {
		changes := c.Changes()
		at.Weight = float32(m.To)
		changes.Set(at)
		c.choose(0, Pair{Force, changes.ForceList()})
	}
}

func (m SetScore) update(c *change) {
	if at, ok := c.weight(); ok && c.scored(at) {
		changes := c.Changes()
		changes.SetScore(c.Shown.Record.Detail, at.Col, m.To)
		c.choose(0, Pair{Force, changes.ForceList()})
	}
}

func (m SetHeat) update(c *change) {
	c.choose(0, Pair{AttentionTemperature, Number(math.Round(100*math.Pow(10, m.Tenths)) / 100)})
}

func (m PickWord) update(c *change) { c.Picked = m.At }

func (m SetWord) update(c *change) {
	changes := c.Changes()
	changes.ReplaceWord(record.Replaced{Word: c.Picked, With: strings.TrimSpace(strings.ReplaceAll(m.With, ",", " "))})
	c.choose(0, Pair{Replace, changes.ReplaceList()})
}

func (m SetSteer) update(c *change) {
	at := c.Steer
	at.Kind, at.Layer, at.Strength = record.Decoder, c.after(), m.To
	c.choose(0, Pair{Steer, at.String()})
}

func (m SteerAfter) update(c *change) {
	at := c.Steer
	at.Kind, at.Layer = record.Decoder, m.Layer
	c.choose(0, Pair{Steer, at.String()})
}

func (m PutBack) update(c *change) {
	changes := c.Changes()
	n := len(changes.Off)
	forced := n + len(changes.Force)
	patched := forced + len(changes.Patched)
	replaced := patched + len(changes.Replace)
	switch {
	case m.At < 0:
		c.choose(0, Pair{Off, ""}, Pair{Force, ""}, Pair{Patched, ""}, Pair{Replace, ""}, Pair{Steer, ""}, Pair{AttentionTemperature, "1"})
	case m.At < n:
		changes.Switch(changes.Off[m.At])
		c.choose(0, Pair{Off, changes.OffList()})
	case m.At < forced:
		changes.Unset(changes.Force[m.At-n])
		c.choose(0, Pair{Force, changes.ForceList()})
	case m.At < patched:
		changes.Patch(changes.Patched[m.At-forced], changes.From)
		c.choose(0, Pair{Patched, changes.PatchedList()})
	case m.At < replaced:
		changes.ReplaceWord(record.Replaced{Word: changes.Replace[m.At-patched].Word})
		c.choose(0, Pair{Replace, changes.ReplaceList()})
	case m.At == replaced && changes.Steer.Any():
		c.Settings.Unset(Steer)
		c.chosen()
	default:
		c.Settings.Unset(AttentionTemperature)
		c.chosen()
	}
}
