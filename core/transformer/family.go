package transformer

import (
	"math/rand/v2"
	"slices"
	"strings"

	"heed/core/grad"
)

// The values of Config.ModelType of the families that this package has itself: those that Heed trains.
const (
	Marian = "marian"
	GPT2   = "gpt2"
	BERT   = "bert"
)

// families are those that are known; a family has a file.
var families = []*Family{marian(), gpt2(), bert()}

// Register makes a family known: package families does so for those that Heed opens and does not train, so
// that a program which does without them is smaller.
func Register(f *Family) { families = append(families, f) }

// Respell adds another way to spell the weights of a family, made of the first.
func Respell(modelType string, as func(Names) Names) {
	f := familyOf(modelType)
	f.Names = append(f.Names, as(f.Names[0]))
}

// Families returns the known values of Config.ModelType, those of this package first.
func Families() []string {
	var types []string
	for _, f := range families {
		types = append(types, f.Defaults.ModelType)
	}
	return types
}

// familyOf returns a family by its type; nil if there is none.
func familyOf(modelType string) *Family {
	i := slices.IndexFunc(families, func(f *Family) bool { return f.Defaults.ModelType == modelType })
	if i < 0 {
		return nil
	}
	return families[i]
}

// known lists the families in words: "marian, gpt2 or bert" with "or".
func known(conjunction string) string {
	types := Families()
	last := len(types) - 1
	return strings.Join(types[:last], ", ") + " " + conjunction + " " + types[last]
}

// Family is what the models of one type have in common: a configuration of the blocks, and names.
type Family struct {
	// Defaults are what transformers assumes for what a config.json leaves out, and what all models of the
	// type share. Defaults.ModelType names the family.
	Defaults Config
	Names    []Names // the ways to spell the weights that files are found with; the first is what is written

	Required map[string]any // entries of a config.json of which only this value can be computed: bool, string, or nil for null
	Written  map[string]any // other entries to write, where transformers' defaults would change the model; nil: not written

	Entries func(c *Config) []Entry        // binds the entries of a config.json to c
	Derived func(c *Config) error          // sets what a config.json leaves out and what follows from the rest; may be nil
	Extra   func(c *Config) map[string]any // further entries to write, which follow from c; may be nil
	Own     bool                           // Python's transformers has no such models
	Fixed   bool                           // the epsilon of the normalisations can be no other than the default

	// Initial returns how the values of a weight are drawn; it is not asked for biases and gains. nil: by N(0, 0.02²).
	Initial func(m *Model, p *grad.Param, r *rand.Rand) func() float64
}

// Names are what a family's files call the weights. What begins with a dot follows the name of its
// stack, block or attention; an empty name is a weight that the family does not have. "$" stands for the number of
// attentions that a block has (T5 counts them).
type Names struct {
	_                   [0]func() // names are not compared: that would be code for nothing
	Table               string    // the embeddings, which the logits read too
	Output              string    // the matrix of the logits where that is not the table
	Encoder, Decoder    string    // the stacks
	Positions, Types    string    // learned positions, segments
	First, Last         string    // norms of the embeddings, and of the output of a pre-norm stack
	Blocks              string    // the number follows
	Self, Cross         string    // attentions
	Query, Key, Value   string
	Fused               string // query, key and value in one
	Out                 string
	QueryNorm, KeyNorm  string // of each head
	Relative            string // the bias on scores, which the first block has for all
	SelfNorm, CrossNorm string
	SelfAfter, FFNAfter string // norms of what a branch adds (Gemma)
	Gate                string // of a gated feed-forward network
	In, Back, FFNNorm   string // the feed-forward network
	Transform, HeadNorm string // before the logits: a layer, its norm
	Bias                string // of the logits
	Gain, Shift         string // what norms call their weights; "" is .weight and .bias
	Conv1D              bool   // weights of linear maps are stored [in, out]
	ByHead              bool   // Fused has for each head its query, key and value
	GateFirst           bool   // In has the gate of a gated feed-forward network in its first half
	GainLess            bool   // norms' gains are stored less 1
	BareFirst           bool   // the first block's attention reads the stream without a norm
	Neighbours          bool   // queries and keys are stored so that rotary positions turn neighbours, not halves
}

// Entry binds one name of a config.json to a field of a Config. A size is at least 1, a token lies in
// the vocabulary.
type Entry struct {
	Name        string
	At          any  // *int, *float32, *float64, *string, *bool or *Rotary
	Not         bool // the field says the opposite
	size, token bool
}

// Size binds a number that is at least 1.
func Size(name string, at *int) Entry { return Entry{Name: name, At: at, size: true} }

// Token binds the number of a token; of a list it is the first.
func Token(name string, at *int) Entry { return Entry{Name: name, At: at, token: true} }

// Absent stands for a token that a config.json leaves out.
const Absent = -1

// OneSpecial gives a family with one or two special tokens all three: where EOS or Start is absent it is the other of
// the two, or else the token given, and Pad is EOS, so that Pad may be a token that the model writes.
func (c *Config) OneSpecial(other int) {
	if c.Start < 0 && c.EOS < 0 {
		c.Start = other
	}
	if c.Start < 0 {
		c.Start = c.EOS
	}
	if c.EOS < 0 {
		c.EOS = c.Start
	}
	if c.Pad < 0 {
		c.Pad = c.EOS
	}
}
