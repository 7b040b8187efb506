// Package transformer builds Transformers of general blocks. Three families are configurations of
// them: Marian's encoder–decoder (Vaswani et al. 2017; Junczys-Dowmunt et al. 2018), GPT-2's decoder
// (Radford et al. 2019) and BERT's encoder with its masked language model (Devlin et al. 2019), each
// with the tensor names and the config.json of Hugging Face's transformers.
//
// Letters: N rows of a batch (the tokens of all its sequences, one after the other), C width, V
// vocabulary.
package transformer

import (
	"errors"
	"maps"
	"slices"

	"heed/core/json"
	"heed/core/say"
	"heed/core/tensor"
)

// Config describes a model. The JSON names here are MarianConfig's, for all families; a config.json
// has those of its own family: see ParseConfig and Config.JSON.
type Config struct {
	ModelType       string  `json:"model_type"` // one of Marian, GPT2, BERT; empty means Marian
	Vocab           int     `json:"vocab_size"`
	Width           int     `json:"d_model"`
	EncoderLayers   int     `json:"encoder_layers"` // 0 in GPT-2
	DecoderLayers   int     `json:"decoder_layers"` // 0 in BERT
	EncoderHeads    int     `json:"encoder_attention_heads"`
	DecoderHeads    int     `json:"decoder_attention_heads"`
	EncoderFFN      int     `json:"encoder_ffn_dim"`
	DecoderFFN      int     `json:"decoder_ffn_dim"`
	Activation      string  `json:"activation_function"`
	MaxPositions    int     `json:"max_position_embeddings"`
	ScaleEmbedding  bool    `json:"scale_embedding"`             // multiply embeddings by √C
	PreNorm         bool    `json:"normalize_before,omitempty"`  // always in GPT-2
	LearnedPosition bool    `json:"learned_positions,omitempty"` // always in GPT-2 and BERT
	NormEps         float32 `json:"layer_norm_eps,omitempty"`    // added to variances; 0 means the family's
	TypeVocab       int     `json:"type_vocab_size,omitempty"`   // BERT's segments, of which the first is used; 0 means 2
	Pad             int     `json:"pad_token_id"`
	EOS             int     `json:"eos_token_id"`           // BERT has none
	Start           int     `json:"decoder_start_token_id"` // BERT has none
}

// The values of Config.ModelType.
const (
	Marian = "marian"
	GPT2   = "gpt2"
	BERT   = "bert"
)

// family is what the models of one type have in common.
type family struct {
	names
	defaults Config         // what transformers takes for what a config.json leaves out
	must     map[string]any // entries of a config.json of which only this value can be computed
	also     map[string]any // other entries to write, where transformers' defaults would bite
}

// ungiven stands for a token that a config.json leaves out.
const ungiven = -1

var families = map[string]*family{
	Marian: {
		names: marianNames,
		defaults: Config{ModelType: Marian, Vocab: 58101, Width: 1024, EncoderLayers: 12, DecoderLayers: 12, EncoderHeads: 16,
			DecoderHeads: 16, EncoderFFN: 4096, DecoderFFN: 4096, Activation: "gelu", MaxPositions: 1024, NormEps: 1e-5,
			Pad: 58100, EOS: 0, Start: 58100},
		must: map[string]any{"share_encoder_decoder_embeddings": true, "tie_word_embeddings": true},
		also: map[string]any{"architectures": []string{"MarianMTModel"}, "is_encoder_decoder": true, "forced_eos_token_id": nil,
			"dropout": 0, "attention_dropout": 0, "activation_dropout": 0, "torch_dtype": "float32"},
	},
	GPT2: {
		names: gpt2Names,
		defaults: Config{ModelType: GPT2, Vocab: 50257, Width: 768, DecoderLayers: 12, DecoderHeads: 12, Activation: "gelu_new",
			MaxPositions: 1024, PreNorm: true, LearnedPosition: true, NormEps: 1e-5, Pad: ungiven, EOS: ungiven, Start: ungiven},
		must: map[string]any{"tie_word_embeddings": true, "scale_attn_weights": true, "scale_attn_by_inverse_layer_idx": false,
			"add_cross_attention": false},
		also: map[string]any{"architectures": []string{"GPT2LMHeadModel"},
			"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0, "torch_dtype": "float32"},
	},
	BERT: {
		names: bertNames,
		defaults: Config{ModelType: BERT, Vocab: 30522, Width: 768, EncoderLayers: 12, EncoderHeads: 12, EncoderFFN: 3072,
			Activation: "gelu", MaxPositions: 512, LearnedPosition: true, NormEps: 1e-12, TypeVocab: 2},
		must: map[string]any{"tie_word_embeddings": true, "position_embedding_type": "absolute", "is_decoder": false,
			"add_cross_attention": false},
		also: map[string]any{"architectures": []string{"BertForMaskedLM"},
			"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, "torch_dtype": "float32"},
	},
}

// entry binds one name of a config.json to a field of a Config. A size is at least 1, a token lies in
// the vocabulary.
type entry struct {
	name        string
	at          any // *int, *float32, *string or *bool
	size, token bool
}

// entries binds what the config.json of c's family holds.
func (c *Config) entries() []entry {
	size := func(name string, at *int) entry { return entry{name: name, at: at, size: true} }
	token := func(name string, at *int) entry { return entry{name: name, at: at, token: true} }
	switch c.ModelType {
	case GPT2: // GPT2Config
		return []entry{
			size("vocab_size", &c.Vocab), size("n_embd", &c.Width), size("n_layer", &c.DecoderLayers), size("n_head", &c.DecoderHeads),
			size("n_inner", &c.DecoderFFN), size("n_positions", &c.MaxPositions),
			{name: "activation_function", at: &c.Activation}, {name: "layer_norm_epsilon", at: &c.NormEps},
			token("pad_token_id", &c.Pad), token("eos_token_id", &c.EOS), token("bos_token_id", &c.Start),
		}
	case BERT: // BertConfig
		return []entry{
			size("vocab_size", &c.Vocab), size("hidden_size", &c.Width), size("num_hidden_layers", &c.EncoderLayers),
			size("num_attention_heads", &c.EncoderHeads), size("intermediate_size", &c.EncoderFFN),
			size("max_position_embeddings", &c.MaxPositions), size("type_vocab_size", &c.TypeVocab),
			{name: "hidden_act", at: &c.Activation}, {name: "layer_norm_eps", at: &c.NormEps},
			token("pad_token_id", &c.Pad),
		}
	}
	return []entry{ // MarianConfig; it has no pre-norm and no learned positions, they are an extension
		size("vocab_size", &c.Vocab), size("d_model", &c.Width),
		size("encoder_layers", &c.EncoderLayers), size("decoder_layers", &c.DecoderLayers),
		size("encoder_attention_heads", &c.EncoderHeads), size("decoder_attention_heads", &c.DecoderHeads),
		size("encoder_ffn_dim", &c.EncoderFFN), size("decoder_ffn_dim", &c.DecoderFFN),
		size("max_position_embeddings", &c.MaxPositions),
		{name: "activation_function", at: &c.Activation}, {name: "scale_embedding", at: &c.ScaleEmbedding},
		{name: "normalize_before", at: &c.PreNorm}, {name: "learned_positions", at: &c.LearnedPosition},
		token("pad_token_id", &c.Pad), token("eos_token_id", &c.EOS), token("decoder_start_token_id", &c.Start),
	}
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
//
// GPT-2 has one special token: where EOS or Start is not given it is the other of the two, and Pad is
// EOS, so that Pad may be a token that the model writes.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	var other error // what is well-formed, and not for this program
	err := json.Read(data, func(o *json.Object) {
		o.Member("model_type").String(&c.ModelType)
		f := families[c.ModelType]
		if f == nil {
			other = say.Error("describes a model of type ", say.Quote(c.ModelType), "; this program computes marian, gpt2 and bert")
			return
		}
		c = f.defaults
		for _, e := range c.entries() {
			value(o.Member(e.name), e.at)
		}
		for _, name := range slices.Sorted(maps.Keys(f.must)) {
			switch want := f.must[name].(type) {
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
	if c.ModelType == GPT2 {
		c.completeGPT2()
	}
	if err := c.validate(); err != nil {
		return Config{}, say.Error("is wrong: ", err)
	}
	return c, nil
}

// completeGPT2 fills in what a config.json of GPT-2 leaves out and what follows from the rest.
func (c *Config) completeGPT2() {
	if c.DecoderFFN == 0 {
		c.DecoderFFN = 4 * c.Width
	}
	if c.Start < 0 && c.EOS < 0 {
		c.Start = 50256 // <|endoftext|>
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
	maps.Copy(file, f.must)
	maps.Copy(file, f.also)
	for _, e := range full.entries() {
		if b, ok := e.at.(*bool); !ok || *b {
			file[e.name] = e.at
		}
	}
	if full.ModelType == Marian {
		file["decoder_vocab_size"] = full.Vocab
		file["static_position_embeddings"] = !full.LearnedPosition
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
		return say.Error("a model of type ", say.Quote(c.ModelType), " is not known; use marian, gpt2 or bert")
	}
	for _, e := range c.entries() {
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
	if _, ok := tensor.ParseActivation(c.Activation); !ok {
		return say.Error("the activation function ", say.Quote(c.Activation), " is not known; use relu, swish, gelu or gelu_new")
	}
	if !(c.NormEps > 0 && c.NormEps < 1) || c.ModelType == Marian && c.NormEps != f.defaults.NormEps {
		return say.Error("the normalisations' epsilon is ", c.NormEps, "; models of type ", c.ModelType, " have ", f.defaults.NormEps)
	}
	for _, e := range c.entries() {
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
	switch full.ModelType {
	case Marian:
		n += v
	case BERT:
		n += int64(full.TypeVocab)*w + norm + linear(w, w) + norm + v
	}
	return n
}
