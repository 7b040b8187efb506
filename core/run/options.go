package run

import (
	"errors"
	"math"
	"slices"

	"heed/core/attention"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
)

// Options of a run. The zero value searches greedily, and only reads where a model generates. What does not
// apply to the model's task is an error: see Applies.
type Options struct {
	Target *string // read this target text instead of writing one
	Beam   int     // hypotheses; 0 and 1 mean greedy search
	// MaxTokens is the number of tokens to write at most. 0 means as many as the source makes likely,
	// and nothing for a model that generates text: it then only reads.
	MaxTokens int
	Sampling  Sampling
	// Changes are done to the attention of the whole run, while the output is written too.
	Changes record.Changes
	// Detail, when not nil, names a row of a map, of which Record.Detail then says how it came about; there
	// is none where there is no such row.
	Detail *record.Place
	Vector bool // Record.Vector says where the text lies, of a model that compares texts
	Lens   bool // Record.Lens says what each layer would have predicted, as Session.Lens has it
	// Maps, when not nil, names the layers whose maps the Record has; Session.Maps has the others. Only a decoder alone
	// leaves maps out, and only of a run without changes: all maps of a long text take more memory than a model.
	Maps func(kind attention.Kind, layer int) bool
	// Partial, when not nil, is called with the output so far whenever greedy search or sampling has
	// more of it; an error ends the run, which returns it. It must not use the session. A beam has no
	// output before its end.
	Partial func(output string) error
}

// Sampling says how the next token of a generated text is drawn. At a temperature of 0 nothing is drawn, and the other
// fields are not read.
type Sampling struct {
	Temperature float64 // divides the logits; 0 takes the most probable token, without drawing
	TopK        int     // draws among the K most probable tokens only; 0 means all (Fan et al. 2018)
	TopP        float64 // and among the fewest that have this probability together; 0 means all (Holtzman et al. 2020)
	Seed        uint64  // the same seed draws the same text
}

// The names of the options that not every task has, as flags and addresses have them.
const (
	TargetOption      = "target"
	BeamOption        = "beam"
	MaxTokensOption   = "max-tokens"
	TemperatureOption = "temperature"
	TopKOption        = "top-k"
	TopPOption        = "top-p"
	SeedOption        = "seed"
	VectorsOption     = "vectors"
)

// scopes says which tasks an option applies to, whether it is given, and takes it back. It is the one place that does.
var scopes = []struct {
	option string
	tasks  []string
	which  string // those models, in words
	given  func(o *Options) bool
	clear  func(o *Options)
}{
	{TargetOption, rewriting, "turn a text into another", func(o *Options) bool { return o.Target != nil }, func(o *Options) { o.Target = nil }},
	{BeamOption, rewriting, "turn a text into another", func(o *Options) bool { return o.Beam > 1 }, func(o *Options) { o.Beam = 0 }},
	{MaxTokensOption, slices.Concat(rewriting, generating), "write", func(o *Options) bool { return o.MaxTokens > 0 }, func(o *Options) { o.MaxTokens = 0 }},
	{TemperatureOption, generating, "generate text", func(o *Options) bool { return o.Sampling.Temperature != 0 }, func(o *Options) { o.Sampling.Temperature = 0 }},
	{TopKOption, generating, "generate text", func(o *Options) bool { return o.Sampling.TopK != 0 }, func(o *Options) { o.Sampling.TopK = 0 }},
	{TopPOption, generating, "generate text", func(o *Options) bool { return o.Sampling.TopP != 0 }, func(o *Options) { o.Sampling.TopP = 0 }},
	{SeedOption, generating, "generate text", func(o *Options) bool { return o.Sampling.Seed != 0 }, func(o *Options) { o.Sampling.Seed = 0 }},
	{VectorsOption, []string{model.Similarity}, "compare texts", func(o *Options) bool { return o.Vector }, func(o *Options) { o.Vector = false }},
}

// The tasks of models that turn a text into another, and of those that generate.
var (
	rewriting  = []string{model.Translation, model.Compression}
	generating = []string{model.Generation}
)

// Applies returns nil where an option applies to a task, and else an error that begins with its name. Options
// that are not among those above apply to every task.
func Applies(option, task string) error {
	for _, s := range scopes {
		if s.option == option && !slices.Contains(s.tasks, task) {
			return say.Error(option, " applies to models that ", s.which, "; this one ", model.Does(task))
		}
	}
	return nil
}

// check returns an error that names an option which does not apply to the task or has an impossible value.
func (o *Options) check(task string) error {
	for _, s := range scopes {
		if s.given(o) {
			if err := Applies(s.option, task); err != nil {
				return err
			}
		}
	}
	switch {
	case o.Target != nil && o.Beam > 1:
		return errors.New("beam does not apply where a target is given")
	case o.Target != nil && o.MaxTokens > 0:
		return errors.New("max-tokens does not apply where a target is given")
	case o.Beam < 0:
		return say.Error("beam is ", o.Beam, "; it must not be negative")
	case o.MaxTokens < 0:
		return say.Error("max-tokens is ", o.MaxTokens, "; it must not be negative")
	}
	if err := o.Sampling.check(); err != nil {
		return err
	}
	if t := o.Changes.Temperature; t != 0 && !(t >= record.MinTemperature && t <= record.MaxTemperature) {
		return say.Error("the temperature of attention is ", t, "; it lies between ", record.MinTemperature, " and ", record.MaxTemperature)
	}
	for i, f := range o.Changes.Force {
		switch {
		case f.Row < 0 || f.Col < 0 || f.Layer < 0 || f.Head < 0:
			return say.Error("the forced weight ", f.String(), " counts layers, heads, rows and columns from 0")
		case slices.ContainsFunc(o.Changes.Force[:i], func(g record.Forced) bool { return g.Place == f.Place && g.Col == f.Col }):
			return say.Error("the weight ", f.String(), " is forced twice")
		}
		if !(f.Weight >= 0 && f.Weight <= 1) {
			return say.Error("the forced weight ", f.String(), " must be from 0 to 1")
		}
	}
	return nil
}

// For returns the options without those that do not apply to a task.
func (o Options) For(task string) Options {
	for _, s := range scopes {
		if Applies(s.option, task) != nil {
			s.clear(&o)
		}
	}
	return o
}

func (s *Sampling) check() error {
	switch {
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 1):
		return say.Error("temperature is ", s.Temperature, "; it must be a positive number, or 0 for the most probable token")
	case s.TopK < 0:
		return say.Error("top-k is ", s.TopK, "; it must be a positive number, or 0 for all tokens")
	case !(s.TopP >= 0 && s.TopP <= 1):
		return say.Error("top-p is ", s.TopP, "; it must be above 0, up to 1, or 0 for all tokens")
	}
	return nil
}
