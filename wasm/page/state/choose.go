package state

import (
	"heed/core/catalog"
	"slices"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/say"
	"heed/core/text"
	"heed/core/view"
)

// The messages about what attributes, address and reader say.
type (
	Attribute struct { // changed, or was taken away
		Setting
		Value string
		There bool
	}
	Allow   struct{ Can } // another Can
	Address struct {      // is to be followed
		Hash   string   // "" where the address is not the element's
		Beside Settings // what the browser keeps beside it
	}
	Choose struct { // what the reader chose: settings and values in turn
		Pairs []Pair
		At    float64 // when, in milliseconds
	}
	Type struct { // text was typed
		Text string
		At   float64
	}
	ChooseModel   struct{ ID string }
	ChooseExample struct{ *catalog.Example }
	CompareBy     struct{ Against string }
	Toggle        struct{ Head string } // of several heads; mean and all too
	Solo          struct{ Head int }    // shows a head alone, or all of them where it is alone already
	Regrid        struct{}              // back to the heads that one was chosen from
	Saved         struct{}              // the address says what is shown
	Acts          struct{}              // the address is to say it
	TurnAround    struct{}              // from the model's output to the reader's own, or back
)

// Pair is a setting and its value.
type Pair struct {
	Setting
	Value string
}

func (m Attribute) update(c *change) {
	for _, s := range []*Settings{&c.Attributes, &c.Settings} {
		if m.There {
			s.Set(m.Setting, m.Value)
		} else {
			s.Unset(m.Setting)
		}
	}
	if m.Setting == Step && m.There {
		c.begin()
	}
	c.settle()
	c.save()
}

func (m Allow) update(c *change) {
	c.Can = m.Can
	c.settle()
}

// Longest is the number of bytes that a setting of an address has at most, as a text of a Record has: what is longer
// would keep the page busy for seconds. (A Record is read elsewhere, and has its own limit.)
const Longest = 1 << 16

// most is how many bytes are read of a setting of an address.
func (n Setting) most() int {
	switch n {
	case Off, Force, Patched, Replace:
		return record.MaxChanges
	}
	return Longest
}

// Address begins with the attributes, over which an address wins.
func (m Address) update(c *change) {
	c.Settings, c.Unknown = c.Attributes, ""
	if i := c.Imported; i != nil && i.Address == "" { // Back leads away from a file's Record
		c.drop()
	}
	var said Settings
	if hash := strings.TrimPrefix(m.Hash, "#"); strings.Contains(hash, "=") {
		var unknown complaints
		pairs, rest := parseQuery(hash)
		for _, p := range pairs {
			if p[0] == "share" { // its name in addresses of before
				p[0] = "threshold"
			}
			switch n, ok := Named(p[0]); {
			case !ok:
				unknown.add(text.UnknownSetting, say.Cut(p[0], 60))
			case n != Record && len(p[1]) > n.most():
				unknown.add(text.LongSetting, p[0], len(p[1]), n.most())
			default:
				said.Set(n, p[1])
			}
		}
		unknown.more += rest
		c.Unknown = unknown.String()
		for _, n := range lengthy {
			if v, kept := m.Beside.Get(n); kept {
				said.Set(n, v)
			}
		}
	}
	c.Settings = c.Settings.With(&said)
	c.begin()
	c.Settings = c.Settings.With(&said)
	c.settle()
}

// save lets the address follow.
func (c *change) save() {
	if c.Owner {
		c.Acted = true
		c.do(Save{})
	}
}

// step begins a new entry in the browser's history, so that Back undoes what a person would call a step: a choice,
// or what was typed without a pause.
func (c *change) step(n Setting, now float64) {
	const pause = 1000
	switch table[n].step {
	case typed:
		c.Fresh = c.Fresh || c.TypedAt == 0 || now-c.TypedAt > pause
		c.TypedAt = now
	case aStep:
		c.Fresh = true
	}
}

func (m Choose) update(c *change) {
	if !slices.ContainsFunc(m.Pairs, func(p Pair) bool { v, said := c.Settings.Get(p.Setting); return !said || v != p.Value }) {
		return
	}
	c.choose(m.At, m.Pairs...)
}

// choose follows a choice of the reader.
func (c *change) choose(at float64, pairs ...Pair) {
	first := pairs[0]
	if first.Setting == View && (first.Value == view.Tower) != (c.View == view.Tower) { // which counts floors, not rows
		c.Settings.Unset(Token, Key)
	}
	for _, p := range pairs {
		c.Settings.Set(p.Setting, p.Value)
	}
	c.step(first.Setting, at)
	c.chosen()
}

// chosen follows what the settings say now by the reader's choice.
func (c *change) chosen() {
	c.Unknown, c.Revived, c.Repeats = "", false, nil
	before := c.looks()
	c.settle()
	if c.looks() != before {
		c.tell(c.ref())
	}
	c.save()
}

// ref is what the reader has locked, in pieces.
func (c *Choice) ref() view.Ref {
	whole := *c
	if whole.Words = false; c.View == Beside || c.Token < 0 && c.Key < 0 {
		return view.Ref{}
	}
	return whole.Described().Chosen(nil, whole.look(), c.Token, c.Key)
}

// tell has other scripts told what is chosen: what a Ref of a Choice points at, or nothing but the head.
func (c *change) tell(ref view.Ref) {
	c.Told = Selection{View: c.View, Kind: string(c.Kind), Layer: c.Layer, Head: c.Head(), Part: ref.Part, Row: ref.Row, Col: ref.Col}
	if ref.Part == view.Head {
		if c.Told.Layer, c.Told.Head = ref.Row, "mean"; ref.Col >= 0 {
			c.Told.Head = strconv.Itoa(ref.Col)
		}
	}
}

func (m Acts) update(c *change) { c.Acted = true }

func (m Saved) update(c *change) { c.Fresh = false }

func (m Type) update(c *change) {
	if m.Text == c.Text && !c.Writing {
		return
	}
	c.Writing, c.Earlier = false, nil // what the reader types is not ours to take back
	c.choose(m.At, Pair{Text, m.Text})
}

// replace notes a text that is replaced by another, to go back to.
func (c *change) replace(by string) {
	if c.Text != by {
		c.Earlier = &Earlier{c.Text, c.Earlier}
	}
}

// ChooseModel goes to another model. What was chosen of the old one's views and heads is not asked of the new one; a
// sentence that was only an example gives way to one of the new model's.
func (m ChooseModel) update(c *change) {
	if m.ID == c.Model {
		return
	}
	was, next, changes := c.Entry, c.Known.Index.Find(m.ID), c.Changes()
	words := c.Settings[Replace] // which are of the text
	c.Settings.forget(onModel)
	c.Settings[Replace] = words
	c.Earlier, c.Writing = nil, false
	if next != nil {
		v := c.Settings[View].text
		if !slices.Contains(next.Views, v) && !(v == Beside && (len(next.Stacks) > 0 || len(peers(c.Known.Index, next)) > 1)) {
			c.Settings.Unset(View)
		}
		if was != nil && was.Task != next.Task && len(next.Examples) > 0 && (c.Text == "" || was.Example(c.Text) != nil) {
			c.Settings.Set(Text, next.Examples[0].Text)
			c.Settings.Unset(Replace)
		}
	}
	c.choose(0, Pair{Model, m.ID})
	if changes.Replace = nil; changes.Any() && was != nil {
		c.Unknown = text.Of(text.ChangesOfAnother, was.Title)
	}
}

// ChooseExample goes to an example, and to the view that shows what there is to see.
func (m ChooseExample) update(c *change) {
	c.replace(m.Text)
	c.Settings.forget(onExample)
	c.Writing = false
	if o := m.Open; o != nil {
		c.Settings.Set(View, o.View)
		c.Settings.Set(Kind, string(o.Kind))
		c.Settings.Set(Layer, strconv.Itoa(o.Layer))
		c.Settings.Set(Head, strconv.Itoa(o.Head))
	}
	c.choose(0, Pair{Text, m.Text})
	c.Fresh = true
}

// CompareBy begins to compare in another way: a sentence with itself, which is then changed, or the head that was
// looked at with the next.
func (m CompareBy) update(c *change) {
	switch m.Against {
	case SentencePair:
		c.choose(0, Pair{Compare, ofSentence + c.Text})
	case HeadPair:
		at := [2]int{c.Layer, c.Heads.First()}
		next := [2]int{at[0], at[1] + 1}
		if layers, heads := c.Stack(&c.Choice); next[1] >= heads {
			next = [2]int{(at[0] + 1) % max(layers, 1), 0}
		}
		c.choose(0, Pair{Compare, PlaceName(at) + "," + PlaceName(next)})
	default:
		c.Settings.Unset(Compare)
		c.chosen()
	}
}

// SecondSentence is the choice of the sentence to compare with.
func SecondSentence(s string) Pair { return Pair{Compare, ofSentence + s} }

// PairOf is the choice of a head, named as LAYER.HEAD, for one side of a comparison.
func (c *Choice) PairOf(side int, name string) Pair {
	both := [2]string{PlaceName(c.Pair[0]), PlaceName(c.Pair[1])}
	both[side] = name
	return Pair{Compare, both[0] + "," + both[1]}
}

// Toggle shows a head of several, or leaves it out. There is always something shown: without a head it is their
// mean.
func (m Toggle) update(c *change) {
	_, n := c.Stack(&c.Choice)
	heads := c.Heads
	switch h, err := strconv.Atoi(m.Head); {
	case m.Head == "all" && heads.Len() < n:
		heads = record.HeadSet{}
		for h := range n {
			if c.Imported.holds(c.Kind, c.Layer, h) {
				heads = heads.Toggle(h)
			}
		}
	case err != nil:
		heads = record.HeadSet{}
	default:
		heads = heads.Toggle(h)
	}
	c.choose(0, Pair{Head, headNames(heads)})
}

func (m Solo) update(c *change) {
	if c.Heads == record.Heads(m.Head) {
		Toggle{"all"}.update(c)
	} else {
		c.choose(0, Pair{Head, strconv.Itoa(m.Head)})
	}
}

func (m Regrid) update(c *change) {
	for _, n := range []Setting{View, Layer, Head} {
		if v, said := c.Attributes.Get(n); said {
			c.Settings.Set(n, v)
		} else {
			c.Settings.Unset(n)
		}
	}
	c.Settings.Unset(Token, Key)
	c.chosen()
}

func (m TurnAround) update(c *change) {
	if c.Own {
		c.Kept = Kept{c.Text, c.Target, true}
		c.Settings.Unset(Target)
		c.chosen()
		return
	}
	own := c.Written
	if c.Kept.There && c.Kept.Text == c.Text {
		own = c.Kept.Target
	}
	c.choose(0, Pair{Target, own})
}
