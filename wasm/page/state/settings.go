package state

import (
	"slices"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
)

// Setting is one of the things that a reader, an address or an element's attributes can say. Their names are
// those of the attributes and of the address; they are listed in the order in which an address has them.
type Setting int

const (
	Record Setting = iota
	Model
	Text
	View
	Kind
	Layer
	Head
	Target
	Threshold
	Special
	Words
	Lens
	Roles
	Layout
	Compare
	Token
	Key
	Ablate
	With
	Patch
	At
	Methods
	Off
	Force
	Patched
	From
	Replace
	Steer
	Toward
	Away
	AttentionTemperature
	Temperature
	TopK
	TopP
	Weights
	Threads
	Present
	Step
	count
)

// What makes a setting be forgotten.
const (
	onModel   = 1 << iota // another model is chosen
	onExample             // an example is chosen
	onFile                // a Record from a file is shown
	ofRun                 // a Record has its own: what this says of it is passed over
)

// How a change of a setting steps in the browser's history.
type step uint8

const (
	aStep  step = iota // each is one
	typed              // what is typed without a pause is one
	slides             // none: a slider passes many values
)

// setting describes one: how its text is read into a Choice, and how a Choice writes it.
type setting struct {
	name   string
	forget int
	step   step
	// read takes a text over into a choice, or says why not.
	read func(c *reading, s string) (complaint string)
	// write is the text of a choice, and whether an address has to say it.
	write func(c *Choice) (s string, needed bool)
}

// table describes all settings. What there is to know of one stands here: web/README.md, heed.js and heed.d.ts
// are tested against it.
var table = [count]setting{
	Record: {name: "record", forget: onExample | onFile},
	Model: {name: "model",
		read:  func(c *reading, s string) string { c.Model = s; return "" },
		write: func(c *Choice) (string, bool) { return c.Model, true }},
	Text: {name: "text", step: typed, forget: onExample,
		read:  func(c *reading, s string) string { c.Text = s; return "" },
		write: func(c *Choice) (string, bool) { return c.Text, true }},
	View: {name: "view", forget: onExample | onFile,
		read:  readView,
		write: func(c *Choice) (string, bool) { return c.View, true }},
	Kind: {name: "kind", forget: onModel | onExample | onFile,
		read: func(c *reading, s string) string {
			if KindName(record.Kind(s)) == "" {
				return text.Of(text.NoSuchKind, s, string(c.Kind))
			}
			c.Kind = record.Kind(s)
			return ""
		},
		write: func(c *Choice) (string, bool) { return string(c.Kind), true }},
	Layer: {name: "layer", forget: onModel | onExample | onFile,
		read: func(c *reading, s string) string {
			if !index(&c.Layer, s) {
				return text.Of(text.NotALayer, s, c.Layer)
			}
			return ""
		},
		write: func(c *Choice) (string, bool) { return strconv.Itoa(c.Layer), true }},
	Head: {name: "head", forget: onModel | onExample | onFile, read: readHeads,
		write: func(c *Choice) (string, bool) { return c.Head(), true }},
	Target: {name: "target", step: typed, forget: onModel | onExample | ofRun,
		read:  func(c *reading, s string) string { c.Own, c.Target = true, s; return "" },
		write: func(c *Choice) (string, bool) { return c.Target, c.Own }},
	Threshold: {name: "threshold", step: slides,
		read: func(c *reading, s string) string {
			if v, err := strconv.ParseFloat(s, 64); err == nil && v > 0 && v <= 1 {
				c.Threshold = v
				return ""
			}
			return text.Of(text.NotAThreshold, s, Number(c.Threshold))
		},
		write: func(c *Choice) (string, bool) { return Number(c.Threshold), c.Threshold != view.DefaultThreshold }},
	Special: flag("special", 0, func(c *Choice) *bool { return &c.Special }, true, text.SpecialShown),
	Words:   flag("words", onExample, func(c *Choice) *bool { return &c.Words }, false, text.PiecesShown),
	Lens:    flag("lens", onExample, func(c *Choice) *bool { return &c.Lens }, false, text.LastLayerShown),
	Roles:   flag("roles", onExample, func(c *Choice) *bool { return &c.Roles }, false, text.SentenceShown),
	Present: flag("present", 0, func(c *Choice) *bool { return &c.Present }, false, text.ControlsShown),
	Layout: {name: "layout", forget: onExample,
		read: func(c *reading, s string) string {
			switch s {
			case "", view.Columns:
			case view.Arcs:
				c.Layout = s
			default:
				return text.Of(text.NoSuchLayout, s)
			}
			return ""
		},
		write: func(c *Choice) (string, bool) { return c.Layout, c.Layout != "" }},
	Compare: {name: "compare", step: typed, forget: onModel | onExample, read: readCompare,
		write: func(c *Choice) (string, bool) {
			s := c.comparing()
			return s, s != "" && (c.View == Beside || c.Against == "")
		}},
	Token: place("token", func(c *Choice) *int { return &c.Token }),
	Key:   place("key", func(c *Choice) *int { return &c.Key }),
	Ablate: {name: "ablate", forget: onModel | onExample,
		read:  func(c *reading, s string) string { return c.oneOf(&c.Ablate, "ablate", s, view.Names(view.Parts)...) },
		write: func(c *Choice) (string, bool) { return c.Ablate, c.View == view.Ablation && c.Ablate != "" }},
	With: {name: "with", forget: onModel | onExample,
		read:  func(c *reading, s string) string { return c.oneOf(&c.With, "with", s, "zero", record.WithMean) },
		write: func(c *Choice) (string, bool) { return c.With, c.View == view.Ablation && c.With == record.WithMean }},
	Patch: {name: "patch", step: typed, forget: onModel | onExample, read: readPatch,
		write: func(c *Choice) (string, bool) { return ofSentence + c.Patch, c.Patch != "" }},
	At: {name: "at", forget: onModel | onExample,
		read:  func(c *reading, s string) string { return c.oneOf(&c.At, "at", s, record.AtResidual, record.AtHeads) },
		write: func(c *Choice) (string, bool) { return c.At, c.View == view.Patch && c.At != "" }},
	Methods: {name: "attribute", forget: onModel | onExample, read: readAttribute,
		write: func(c *Choice) (string, bool) { return c.Attribute, c.View == view.Attribution && c.Attribute != "" }},
	Off:     changing("off", aStep, (*record.Changes).ParseOff, func(c *Choice) string { return c.Off }),
	Force:   changing("force", slides, (*record.Changes).ParseForce, func(c *Choice) string { return c.Force }),
	Patched: changing("patched", aStep, (*record.Changes).ParsePatched, func(c *Choice) string { return c.Patched }),
	From: {name: "from", forget: onModel | onExample | ofRun,
		read:  func(c *reading, s string) string { c.From = s; return "" },
		write: func(c *Choice) (string, bool) { return c.From, c.Patched != "" }},
	Replace: changing("replace", typed, (*record.Changes).ParseReplace, func(c *Choice) string { return c.Replace }),
	Steer: {name: "steer", step: slides, forget: onModel | onExample | ofRun,
		read: func(c *reading, s string) string {
			if err := c.Steer.Parse(s); err != nil {
				return Sentence(err.Error())
			}
			return ""
		},
		write: func(c *Choice) (string, bool) { return c.Steer.String(), c.Steer.Any() }},
	Toward: steered("toward", func(c *Choice) *string { return &c.Steer.Toward }),
	Away:   steered("away", func(c *Choice) *string { return &c.Steer.Away }),
	AttentionTemperature: {name: "attention-temperature", step: slides, forget: onModel | onExample | ofRun,
		read: func(c *reading, s string) string {
			if v, err := strconv.ParseFloat(s, 64); err == nil && v >= record.MinTemperature && v <= record.MaxTemperature {
				c.Heat = v
				return ""
			}
			return text.Of(text.NotAHeat, s, Number(record.MinTemperature), Number(record.MaxTemperature))
		},
		write: func(c *Choice) (string, bool) { return Number(c.Heat), c.Heat != 1 }},
	Temperature: sampled("temperature", 2, 0.7, func(c *Choice) float64 { return c.Sampling.Temperature }, func(c *Choice, v float64) { c.Sampling.Temperature = v }),
	TopK:        sampled("top-k", 100, 0, func(c *Choice) float64 { return float64(c.Sampling.TopK) }, func(c *Choice, v float64) { c.Sampling.TopK = int(v) }),
	Step: {name: "step",
		read: func(c *reading, s string) string {
			at := 0
			if !index(&at, s) || at >= c.steps {
				return text.Of(text.NoSuchStep, s, c.steps)
			}
			c.Stage = at + 1
			return ""
		},
		write: func(c *Choice) (string, bool) { return strconv.Itoa(c.Stage - 1), c.Stage > 0 }},
	Weights: {name: "weights",
		read: func(c *reading, s string) string {
			switch c.Exact = s == Float32; s {
			case "", Float32, "int8":
				return ""
			}
			return text.Of(text.NoSuchWeights, s)
		},
		write: func(c *Choice) (string, bool) { return Float32, c.Exact }},
	Threads: {name: "threads", // which web/heed/show.mjs reads, before there is a page
		read: func(c *reading, s string) string {
			if n, err := strconv.Atoi(s); s != "" && (err != nil || n < 1 || n > MaxThreads) {
				return text.Of(text.NotWithin, s, "threads", "1", Number(MaxThreads))
			}
			c.Threads = s
			return ""
		},
		write: func(c *Choice) (string, bool) { return c.Threads, c.Threads != "" }},
	TopP: sampled("top-p", 1, 0, func(c *Choice) float64 { return c.Sampling.TopP }, func(c *Choice, v float64) { c.Sampling.TopP = v }),
}

// changing describes a setting that is a list of changes by hand.
func changing(name string, step step, parse func(*record.Changes, string) error, of func(*Choice) string) setting {
	return setting{name: name, step: step, forget: onModel | onExample | ofRun,
		read:  func(c *reading, s string) string { return c.change(parse, s) },
		write: func(c *Choice) (string, bool) { return of(c), of(c) != "" }}
}

// steered describes a setting that is one of the two texts to steer by.
func steered(name string, of func(*Choice) *string) setting {
	return setting{name: name, step: typed, forget: onModel | onExample | ofRun,
		read:  func(c *reading, s string) string { *of(&c.Choice) = s; return "" },
		write: func(c *Choice) (string, bool) { return *of(c), *of(c) != "" }}
}

// flag describes a setting that is 0 or 1.
func flag(name string, forget int, of func(*Choice) *bool, usual bool, shown text.Key) setting {
	return setting{name: name, forget: forget,
		read: func(c *reading, s string) string {
			switch s {
			case "":
			case "0", "1":
				*of(&c.Choice) = s == "1"
			default:
				return text.Of(text.NotAFlag, name, s, text.Of(shown))
			}
			return ""
		},
		write: func(c *Choice) (string, bool) {
			if *of(c) {
				return "1", !usual
			}
			return "0", usual
		}}
}

// place describes a setting that is the number of a word.
func place(name string, of func(*Choice) *int) setting {
	return setting{name: name, forget: onModel | onExample | onFile,
		read: func(c *reading, s string) string {
			if !index(of(&c.Choice), s) {
				return text.Of(text.NotAPlace, s, name)
			}
			return ""
		},
		write: func(c *Choice) (string, bool) { return strconv.Itoa(*of(c)), *of(c) >= 0 }}
}

// sampled describes a setting of how a text is written on: a number from 0 on.
func sampled(name string, most, usual float64, of func(*Choice) float64, set func(*Choice, float64)) setting {
	return setting{name: name, step: slides, forget: onExample,
		read: func(c *reading, s string) string {
			if v, err := strconv.ParseFloat(s, 64); err == nil && v >= 0 && v <= most {
				set(&c.Choice, v)
				return ""
			}
			return text.Of(text.NotWithin, s, name, "0", Number(most))
		},
		write: func(c *Choice) (string, bool) {
			return Number(of(c)), c.Task() == model.Generation && of(c) != usual
		}}
}

// index reads a number from 0 on.
func index(to *int, s string) bool {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return false
	}
	*to = n
	return true
}

func readView(c *reading, s string) string {
	switch {
	case ViewName(s) == "":
		return text.Of(text.NoSuchView, s, viewList(), c.View)
	case c.Entry != nil && !slices.ContainsFunc(c.views, func(o Option) bool { return o.Value == s }):
		return text.Of(text.ModelLacksView, c.Entry.Title, s, c.View)
	}
	c.View = s
	return ""
}

// readHeads reads a head, a list of heads, mean, which is none, or all.
func readHeads(c *reading, s string) (complaint string) {
	if c.all = s == "all"; s == "mean" || c.all {
		c.Heads = record.HeadSet{}
		return ""
	}
	var heads record.HeadSet
	c.beyond = -1
	var wrong []string
	for part := range strings.SplitSeq(s, ",") {
		switch n, err := strconv.Atoi(strings.TrimSpace(part)); {
		case err != nil || n < 0:
			wrong = append(wrong, part)
		case n >= record.MaxHeads:
			c.beyond = max(c.beyond, n)
		case !heads.Has(n):
			heads = heads.Toggle(n)
		}
	}
	if heads.Len() > 0 { // what is right of a list is kept
		c.Heads = heads
	}
	var all complaints
	head := c.Head()
	for _, part := range wrong {
		all.add(text.NotAHead, part, head)
	}
	return all.String()
}

func readCompare(c *reading, s string) string {
	if second, ok := strings.CutPrefix(s, ofSentence); ok {
		c.Against, c.Second = SentencePair, second
		return ""
	}
	pair, rest, err := placesOf(s)
	if err == nil {
		if c.Against, c.Pair = HeadPair, pair; rest != "" {
			return text.Of(text.TwoHeadsOnly, PlaceName(pair[0]), PlaceName(pair[1]), rest)
		}
		return ""
	}
	if c.Entry == nil {
		return ""
	}
	var ids []string
	var all complaints
	for id := range strings.SplitSeq(s, ",") {
		switch other := c.index.Find(strings.TrimSpace(id)); {
		case other == nil && placed(id):
			all.add(text.OneHeadOnly, id)
		case other == nil:
			all.add(text.NoModelToCompare, id)
		case !slices.Contains(peers(c.index, c.Entry), other.ID):
			all.add(text.OtherTask, other.Title, c.Entry.Title)
		case other != c.Entry && !slices.Contains(ids, other.ID):
			ids = append(ids, other.ID)
		}
	}
	c.Beside = strings.Join(ids, ",")
	return all.String()
}

// placed says whether a text names a head.
func placed(s string) bool {
	_, _, err := view.ParsePlaces(s + "," + s)
	return err == nil
}

// placesOf reads the two heads that are to be compared, and what is written after them.
func placesOf(s string) (pair [2][2]int, rest string, err error) {
	if parts := strings.SplitN(s, ",", 3); len(parts) == 3 {
		s, rest = parts[0]+","+parts[1], parts[2]
	}
	pair[0], pair[1], err = view.ParsePlaces(s)
	return pair, rest, err
}

// Settings are what was said, by Setting. What they do not say is the model's to choose. They compare with ==.
type Settings [count]struct {
	text string
	said bool
}

// Get is what is said, if it is.
func (s *Settings) Get(n Setting) (text string, said bool) { return s[n].text, s[n].said }

// Set says something.
func (s *Settings) Set(n Setting, text string) { s[n].text, s[n].said = text, true }

// Unset takes back what is said.
func (s *Settings) Unset(names ...Setting) {
	for _, n := range names {
		s[n].text, s[n].said = "", false
	}
}

// forget takes back what does not outlive an event.
func (s *Settings) forget(on int) {
	for n := range table {
		if table[n].forget&on != 0 {
			s.Unset(Setting(n))
		}
	}
}

// Named finds a setting by its name.
func Named(name string) (n Setting, ok bool) {
	at := slices.IndexFunc(table[:], func(s setting) bool { return s.name == name })
	return Setting(at), at >= 0
}

// String is the name of a setting, as attributes and addresses have it.
func (n Setting) String() string { return table[n].name }

// Names lists the names of all settings.
func Names() (all []string) {
	for n := range table {
		all = append(all, table[n].name)
	}
	return all
}
