package learn

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"heed/core/problem"
	"heed/core/say"
	"heed/core/train"
)

// The architectures, in the order in which they were found.
const (
	Context        = "context"  // recurrent, with one context vector
	Additive       = "additive" // recurrent, with soft attention
	Dot            = "dot"
	General        = "general"
	EncoderDecoder = "encoder-decoder" // Transformers
	Decoder        = "decoder"
	Encoder        = "encoder"
)

// Architectures lists all of them, in that order.
var Architectures = []string{Context, Additive, Dot, General, EncoderDecoder, Decoder, Encoder}

// Positions of Transformers.
const (
	None     = "none"
	Sinusoid = "sinusoid"
	Learned  = "learned"
	Rotary   = "rotary"
)

// Setting is all that a session depends on: two with equal settings, on one build, are equal to the bit.
type Setting struct {
	Task  string
	Arch  string
	Pairs string // of the task pairs: lines of source, tab, target

	Modulus int // of the task modular

	Layers int // of a recurrent network: of its encoder
	Heads  int
	Width  int

	Positions string
	Causal    bool // decoders see no later token
	Residuals bool
	Norms     bool
	FFN       bool // feed-forward networks; without them a Transformer is attention only

	Dropout   float64
	Decay     float64 // of weights
	Rate      float64 // the learning rate's peak
	Batch     int     // examples a step
	Steps     int
	Optimizer string // as package train names it
	Seed      uint64
}

// isRecurrent says whether an architecture is.
func isRecurrent(arch string) bool {
	return slices.Contains([]string{Context, Additive, Dot, General}, arch)
}

// option is one entry of a setting's text form.
type option struct {
	name  string
	again bool // a change starts the training again; else it goes on
	// applies says whether an architecture has it; nil: all have.
	applies func(arch string) bool
	task    string // the only one that has it; "": all have
	get     func(s *Setting) string
	set     func(s *Setting, value string) error
	choices []string // where there are few values
	hint    string   // the values, in words
}

func isTransformer(arch string) bool { return !isRecurrent(arch) }

func text(name string, at func(*Setting) *string, choices ...string) option {
	return option{name: name, again: true, choices: choices, hint: strings.Join(choices, ", "),
		get: func(s *Setting) string { return *at(s) },
		set: func(s *Setting, v string) error {
			if !slices.Contains(choices, v) {
				return say.Error(name, " is ", say.Quote(v), "; it is one of ", strings.Join(choices, ", "))
			}
			*at(s) = v
			return nil
		}}
}

func integer(name string, at func(*Setting) *int, low, high int) option {
	hint := say.Text(low, " to ", high)
	return option{name: name, again: true, hint: hint,
		get: func(s *Setting) string { return strconv.Itoa(*at(s)) },
		set: func(s *Setting, v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < low || n > high {
				return say.Error(name, " is ", say.Quote(v), "; it is a whole number, ", hint)
			}
			*at(s) = n
			return nil
		}}
}

func number(name string, at func(*Setting) *float64, low, high float64) option {
	hint := say.Text(low, " to ", high)
	return option{name: name, hint: hint,
		get: func(s *Setting) string { return strconv.FormatFloat(*at(s), 'g', -1, 64) },
		set: func(s *Setting, v string) error {
			x, err := strconv.ParseFloat(v, 64)
			if err != nil || !(x >= low && x <= high) {
				return say.Error(name, " is ", say.Quote(v), "; it is a number, ", hint)
			}
			*at(s) = x
			return nil
		}}
}

func toggle(name string, at func(*Setting) *bool, applies func(string) bool) option {
	return option{name: name, again: true, applies: applies, choices: []string{"1", "0"}, hint: "1 or 0",
		get: func(s *Setting) string {
			if *at(s) {
				return "1"
			}
			return "0"
		},
		set: func(s *Setting, v string) error {
			if v != "0" && v != "1" {
				return say.Error(name, " is ", say.Quote(v), "; it is 1 or 0")
			}
			*at(s) = v == "1"
			return nil
		}}
}

// goesOn marks an option whose change does not start the training again; in is the architectures that have it.
func (o option) goesOn() option                      { o.again = false; return o }
func (o option) in(applies func(string) bool) option { o.applies = applies; return o }

// lacks says what of a setting does not have the option; "": it has it.
func (o option) lacks(s *Setting) string {
	switch {
	case o.task != "" && o.task != s.Task:
		return "task " + s.Task
	case o.applies != nil && !o.applies(s.Arch):
		return "architecture " + s.Arch
	}
	return ""
}

// of marks an option of one task.
func (o option) of(task string) option { o.task = task; return o }

// options are the entries of the text form, in its order. The task and the architecture come first: the others'
// defaults depend on them.
var options = []option{
	text("task", func(s *Setting) *string { return &s.Task }, taskNames()...),
	text("arch", func(s *Setting) *string { return &s.Arch }, Architectures...),
	integer("modulus", func(s *Setting) *int { return &s.Modulus }, problem.LeastModulus, problem.MostModulus).of(problem.Modular),
	integer("layers", func(s *Setting) *int { return &s.Layers }, 1, 4),
	integer("heads", func(s *Setting) *int { return &s.Heads }, 1, 8).in(isTransformer),
	integer("width", func(s *Setting) *int { return &s.Width }, 16, 128),
	text("positions", func(s *Setting) *string { return &s.Positions }, None, Sinusoid, Learned, Rotary).in(isTransformer),
	toggle("causal", func(s *Setting) *bool { return &s.Causal }, func(arch string) bool { return arch == EncoderDecoder || arch == Decoder }),
	toggle("residuals", func(s *Setting) *bool { return &s.Residuals }, isTransformer),
	toggle("norms", func(s *Setting) *bool { return &s.Norms }, isTransformer),
	toggle("ffn", func(s *Setting) *bool { return &s.FFN }, isTransformer),
	number("dropout", func(s *Setting) *float64 { return &s.Dropout }, 0, 0.5),
	number("decay", func(s *Setting) *float64 { return &s.Decay }, 0, 10),
	number("rate", func(s *Setting) *float64 { return &s.Rate }, 0, 10),
	integer("batch", func(s *Setting) *int { return &s.Batch }, 1, 512).goesOn(),
	integer("steps", func(s *Setting) *int { return &s.Steps }, 1, 1_000_000).goesOn(),
	text("optimizer", func(s *Setting) *string { return &s.Optimizer }, train.SGD, train.AdamW, train.Muon),
	{name: "seed", again: true, hint: "a whole number from 0",
		get: func(s *Setting) string { return strconv.FormatUint(s.Seed, 10) },
		set: func(s *Setting, v string) (err error) {
			n, err := strconv.ParseUint(v, 10, 53)
			if err != nil {
				return say.Error("seed is ", say.Quote(v), "; it is a whole number from 0")
			}
			s.Seed = n
			return nil
		}},
}

func taskNames() (names []string) {
	for _, t := range problem.All() {
		names = append(names, t.Name)
	}
	return append(names, problem.OwnPairs)
}

// Option describes one entry of a setting.
type Option struct {
	Name    string
	Value   string   // as the setting has it
	Default string   // what it would be without being given
	Choices []string // where there are few values
	Hint    string   // which values there are
	Again   bool     // a change of it starts the training again
	Applies bool     // the task and the architecture have it
}

// Options describes the entries of a setting, in the order of the text form.
func (s *Setting) Options() []Option {
	d := Default(s.Task, s.Arch)
	all := make([]Option, len(options))
	for i, o := range options {
		all[i] = Option{o.name, o.get(s), o.get(&d), o.choices, o.hint, o.again, o.lacks(s) == ""}
	}
	all[1].Default = defaultArch(s.Task)
	return all
}

// Given returns the options of a setting that are not as its task and architecture have them: all that tells it apart.
func (s *Setting) Given() Given {
	given := Given{}
	for i, o := range s.Options() {
		if i == 0 || o.Applies && o.Value != o.Default {
			given[o.Name] = o.Value
		}
	}
	return given
}

// Names returns the names of the options, in the order of Setting.Options.
func Names() (names []string) {
	for _, o := range options {
		names = append(names, o.name)
	}
	return names
}

// Given holds the options that were given, by name; the others have their defaults.
type Given map[string]string

// String is the text form: NAME=VALUE joined by &, as in an address; no value needs to be escaped there.
func (given Given) String() string {
	var parts []string
	for _, name := range Names() {
		if v, ok := given[name]; ok {
			parts = append(parts, name+"="+v)
		}
	}
	return strings.Join(parts, "&")
}

// Setting is what was given, over the defaults of the task and the architecture. Notices say which options the task or
// the architecture does not have, so that they are passed over. An error names the option and says what it can be.
func (given Given) Setting(pairs string) (s Setting, notices []string, err error) {
	for name := range given {
		if !slices.Contains(Names(), name) {
			return s, nil, say.Error("there is no option ", say.Quote(name), "; the options are ", strings.Join(Names(), ", "))
		}
	}
	name := cmp.Or(given["task"], "reverse")
	if err := options[0].set(&s, name); err != nil {
		return s, nil, err
	}
	if err := options[1].set(&s, cmp.Or(given["arch"], defaultArch(s.Task))); err != nil {
		return s, nil, err
	}
	s = Default(s.Task, s.Arch)
	s.Pairs = pairs
	for _, o := range options[2:] {
		v, ok := given[o.name]
		if !ok {
			continue
		}
		if lacks := o.lacks(&s); lacks != "" {
			notices = append(notices, say.Text(o.name, " does not apply to the ", lacks, "."))
			continue
		}
		if err := o.set(&s, v); err != nil {
			return s, nil, err
		}
	}
	return s, notices, s.check()
}

// check says which options do not fit together.
func (s *Setting) check() error {
	switch {
	case s.Task == problem.OwnPairs && s.Pairs == "":
		return say.Error("the task pairs needs your own pairs: a line each, source, a tab, target")
	case isRecurrent(s.Arch) && s.Width%2 != 0:
		return say.Error("width is ", s.Width, "; of a recurrent network it is even, for each direction of the encoder has half of it")
	case isTransformer(s.Arch) && s.Width%s.Heads != 0:
		return say.Error("width is ", s.Width, " and heads ", s.Heads, ": the width must be a multiple of the heads")
	case isTransformer(s.Arch) && s.Positions == Rotary && s.Width/s.Heads%2 != 0:
		return say.Error("positions is rotary, which turns pairs of numbers: ", s.Width, " divided by ", s.Heads, " heads must be even")
	case isTransformer(s.Arch) && s.Positions == Sinusoid && s.Width%2 != 0:
		return say.Error("width is ", s.Width, "; with sinusoids it is even")
	}
	return nil
}

// Again says whether the change from one setting to another starts the training again, and by which options; without
// one it goes on.
func (s *Setting) Again(next *Setting) (names []string) {
	for _, o := range options {
		if o.again && o.get(s) != o.get(next) {
			names = append(names, o.name)
		}
	}
	if s.Pairs != next.Pairs {
		names = append(names, "pairs")
	}
	return names
}
