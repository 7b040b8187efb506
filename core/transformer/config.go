// Package transformer builds Transformers of general blocks. Three families are configurations of
// them: Marian's encoder–decoder (Vaswani et al. 2017; Junczys-Dowmunt et al. 2018), GPT-2's decoder
// (Radford et al. 2019) and BERT's encoder with its masked language model (Devlin et al. 2019), each
// with the tensor names and the config.json of Hugging Face's transformers.
//
// Notation: N rows of a batch (the tokens of all its sequences, one after the other), C width, V
// vocabulary.
package transformer

import (
	"errors"
	"maps"
	"slices"

	"heed/core/json"
	"heed/core/say"
)

// Config describes a model. Which entries of a config.json its fields come from is the family's affair: see
// ParseConfig.
type Config struct {
	ModelType       string // one of Families; empty means Marian
	Vocab           int
	Width           int
	EncoderLayers   int // 0 in a decoder alone
	DecoderLayers   int // 0 in an encoder alone
	EncoderHeads    int
	DecoderHeads    int
	EncoderFFN      int // width of the feed-forward networks
	DecoderFFN      int
	Activation      string  // as ParseActivation names it
	MaxPositions    int     // the longest sequence
	ScaleEmbedding  bool    // multiply embeddings by √C
	PreNorm         bool    // always in GPT-2
	LearnedPosition bool    // always in GPT-2 and BERT
	NormEps         float32 // added to variances; 0 means the family's
	TypeVocab       int     // BERT's segments, of which the first is used; 0 means 2
	Pad             int     // the token that fills a batch
	EOS             int     // the token that ends a target; BERT has none
	Start           int     // the token that begins a target; BERT has none
}

// filled returns c with what its family decides, and the family's values where c has 0.
func (c Config) filled() Config {
	if c.ModelType == "" {
		c.ModelType = Marian
	}
	if f := families[c.ModelType]; f != nil {
		c.PreNorm = c.PreNorm || f.defaults.PreNorm
		c.LearnedPosition = c.LearnedPosition || f.defaults.LearnedPosition
		if c.NormEps == 0 {
			c.NormEps = f.defaults.NormEps
		}
		if c.TypeVocab == 0 {
			c.TypeVocab = f.defaults.TypeVocab
		}
	}
	return c
}

// ParseConfig reads a config.json of transformers by its model_type, with the defaults of Hugging
// Face's configurations, and validates it. What this package cannot compute (other positions,
// several embedding tables, other scales of attention) is an error. The error goes on after the name
// of the file.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	var other error // what is well-formed, and not for this program
	err := json.Read(data, func(o *json.Object) {
		o.Member("model_type").String(&c.ModelType)
		f := families[c.ModelType]
		if f == nil {
			other = say.Error("describes a model of type ", say.Quote(c.ModelType), "; this program computes ", known("and"))
			return
		}
		c = f.defaults
		for _, e := range f.entries(&c) {
			value(o.Member(e.name), e.at)
		}
		for _, name := range slices.Sorted(maps.Keys(f.required)) {
			switch want := f.required[name].(type) {
			case bool:
				got := want
				if o.Member(name).Bool(&got); got != want && other == nil {
					other = say.Error("has the ", name, " ", got, "; this program computes ", want, " only")
				}
			case string:
				got := want
				if o.Member(name).String(&got); got != want && other == nil {
					other = say.Error("has the ", name, " ", say.Cut(got, 60), "; this program computes ", want, " only")
				}
			}
		}
	})
	if err != nil {
		return Config{}, say.Error("is not a model's configuration: ", err)
	}
	if other != nil {
		return Config{}, other
	}
	if f := families[c.ModelType]; f != nil && f.derived != nil {
		f.derived(&c)
	}
	if err := c.validate(); err != nil {
		return Config{}, say.Error("is wrong: ", err)
	}
	return c, nil
}

// JSON returns the config.json with which transformers builds the same model, an object with its keys
// sorted. An entry that is false, as all are by default, is left out.
func (c *Config) JSON() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return json.WriteIndented(c.Fields)
}

// Fields writes what JSON returns.
func (c *Config) Fields(o *json.Object) {
	full := c.filled()
	f := families[full.ModelType]
	file := map[string]any{"model_type": full.ModelType}
	maps.Copy(file, f.required)
	maps.Copy(file, f.written)
	for _, e := range f.entries(&full) {
		if b, ok := e.at.(*bool); !ok || *b {
			file[e.name] = e.at
		}
	}
	if f.extra != nil {
		maps.Copy(file, f.extra(&full))
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		value(o.Member(name), file[name])
	}
}

// value reads or writes what x points to, or writes x itself.
func value(v json.Value, x any) {
	switch x := x.(type) {
	case *int:
		v.Int(x)
	case *float32:
		v.Float32(x)
	case *string:
		v.String(x)
	case *bool:
		v.Bool(x)
	case int:
		v.Int(&x)
	case string:
		v.String(&x)
	case bool:
		v.Bool(&x)
	case []string:
		v.Strings(&x)
	case nil:
		v.Null()
	default:
		panic("transformer: a config.json holds nothing of this type")
	}
}

// maxSize bounds every number of a configuration, so that a foreign file cannot ask for terabytes.
const maxSize = 1 << 20

// Validate says what is wrong with a configuration, by the names of its family's config.json.
func (c *Config) Validate() error {
	full := c.filled()
	return full.validate()
}

// validate is Validate of a filled configuration.
func (c *Config) validate() error {
	f := families[c.ModelType]
	if f == nil {
		return say.Error("a model of type ", say.Quote(c.ModelType), " is not known; use ", known("or"))
	}
	for _, e := range f.entries(c) {
		if n, ok := e.at.(*int); ok && e.size && (*n < 1 || *n > maxSize) {
			return say.Error("the configuration's ", e.name, " is ", *n, "; it lies between 1 and ", maxSize)
		}
	}
	if f.encoder == "" && c.EncoderLayers != 0 || f.decoder == "" && c.DecoderLayers != 0 {
		return say.Error("a model of type ", c.ModelType, " does not have both an encoder and a decoder")
	}
	ffn := 0
	for _, s := range []struct{ layers, heads, ffn int }{
		{c.EncoderLayers, c.EncoderHeads, c.EncoderFFN}, {c.DecoderLayers, c.DecoderHeads, c.DecoderFFN},
	} {
		if s.layers > 0 {
			ffn += s.ffn
			if c.Width%s.heads != 0 {
				return say.Error("a width of ", c.Width, " does not divide into ", s.heads, " heads")
			}
		}
	}
	if c.EncoderLayers+c.DecoderLayers > 200 || c.Vocab*c.Width > 1<<30 || (c.MaxPositions+c.TypeVocab)*c.Width > 1<<22 ||
		ffn*c.Width > 1<<28 || c.Width > 1<<14 {
		return errors.New("the configuration describes a model too large for this program")
	}
	if _, ok := ParseActivation(c.Activation); !ok {
		return say.Error("the activation function ", say.Quote(c.Activation), " is not known; use relu, swish, gelu or gelu_new")
	}
	if !(c.NormEps > 0 && c.NormEps < 1) || f.fixed && c.NormEps != f.defaults.NormEps {
		return say.Error("the normalisations' epsilon is ", c.NormEps, "; models of type ", c.ModelType, " have ", f.defaults.NormEps)
	}
	for _, e := range f.entries(c) {
		if id, ok := e.at.(*int); ok && e.token && (*id < 0 || *id >= c.Vocab) {
			return say.Error("the configuration's ", e.name, " is ", *id, ", which lies outside the vocabulary of ", c.Vocab)
		}
	}
	return nil
}

// Count returns the number of weights of the model, which New makes room for. It counts right for
// what Validate lets pass.
func (c *Config) Count() int64 {
	full := c.filled()
	w, v := int64(full.Width), int64(full.Vocab)
	linear := func(in, out int64) int64 { return (in + 1) * out }
	norm, attention := 2*w, 4*linear(w, w)
	n := v * w // the table
	for _, s := range []struct{ layers, ffn, attentions int64 }{
		{int64(full.EncoderLayers), int64(full.EncoderFFN), 1},
		{int64(full.DecoderLayers), int64(full.DecoderFFN), int64(1 + min(1, full.EncoderLayers))},
	} {
		if s.layers == 0 {
			continue
		}
		n += s.layers * (s.attentions*(attention+norm) + linear(w, s.ffn) + linear(s.ffn, w) + norm)
		if full.LearnedPosition {
			n += int64(full.MaxPositions) * w
		}
		if full.PreNorm {
			n += norm
		}
	}
	names := &families[full.ModelType].names
	if names.types != "" {
		n += int64(full.TypeVocab) * w
	}
	if names.first != "" {
		n += norm
	}
	if names.transform != "" {
		n += linear(w, w) + norm
	}
	if names.bias != "" {
		n += v
	}
	return n
}
