package transformer

import (
	"math/rand/v2"
	"strings"

	"heed/core/grad"
)

// The values of Config.ModelType.
const (
	Marian = "marian"
	GPT2   = "gpt2"
	BERT   = "bert"
)

// Families are the values of Config.ModelType.
var Families = []string{Marian, GPT2, BERT}

// families has a row for each of Families; a family has a file.
var families = map[string]*family{Marian: marian, GPT2: gpt2, BERT: bert}

// known lists the families in words: "marian, gpt2 or bert" with "or".
func known(conjunction string) string {
	last := len(Families) - 1
	return strings.Join(Families[:last], ", ") + " " + conjunction + " " + Families[last]
}

// family is what the models of one type have in common.
type family struct {
	names
	defaults Config         // what transformers assumes for what a config.json leaves out
	required map[string]any // entries of a config.json of which only this value can be computed
	written  map[string]any // other entries to write, where transformers' defaults would change the model

	entries func(c *Config) []entry        // binds the entries of a config.json to c
	derived func(c *Config)                // sets what a config.json leaves out and what follows from the rest; may be nil
	extra   func(c *Config) map[string]any // further entries to write, which follow from c; may be nil
	fixed   bool                           // the epsilon of the normalisations can be no other than the default

	// initial returns how the values of a weight are drawn; it is not asked for biases and gains.
	initial func(m *Model, p *grad.Param, r *rand.Rand) func() float64
}

// names are what a family's files call the weights. What begins with a dot follows the name of its
// stack, block or attention; an empty name is a weight that the family does not have.
type names struct {
	table              string // the embeddings, which the logits read too
	encoder, decoder   string // the stacks
	positions, types   string // learned positions, segments
	first, last        string // norms of the embeddings, and of the output of a pre-norm stack
	blocks             string // the number follows
	self, cross        string // attentions
	query, key, value  string
	fused              string // query, key and value in one
	out                string
	selfNorm           string
	crossNorm          string
	in, back, ffnNorm  string // the feed-forward network
	transform, headEnd string // before the logits: a layer, its norm
	bias               string // of the logits
	conv1D             bool   // weights of linear maps are stored [in, out]
}

// entry binds one name of a config.json to a field of a Config. A size is at least 1, a token lies in
// the vocabulary.
type entry struct {
	name        string
	at          any // *int, *float32, *string or *bool
	size, token bool
}

func size(name string, at *int) entry  { return entry{name: name, at: at, size: true} }
func token(name string, at *int) entry { return entry{name: name, at: at, token: true} }

// absent stands for a token that a config.json leaves out.
const absent = -1
