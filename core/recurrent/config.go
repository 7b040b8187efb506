// Package recurrent builds the encoder–decoders that came before the Transformer: gated recurrent
// units that hand over one fixed context vector (Sutskever et al. 2014, Cho et al. 2014), or whose
// decoder looks back at the encoder's states by soft attention (Bahdanau et al. 2014, Luong et al.
// 2015). Both are the same network except for where the context of a step comes from.
//
// Notation: N rows of a batch (the tokens of all its sequences, one after the other), S sequences,
// E width of an embedding, H width of the decoder's state, C width of the encoder's states and of
// the context, A width of additive attention, V vocabulary.
package recurrent

import (
	"slices"

	"heed/core/attention"
	"heed/core/json"
	"heed/core/say"
)

// Config describes a model.
type Config struct {
	ModelType      string
	Vocab          int
	Width          int // E, also of what Decode returns
	EncoderLayers  int
	EncoderHidden  int // of one direction
	Bidirectional  bool
	DecoderHidden  int    // H
	Attention      string // NoAttention, or one of attention.Scores
	AttentionWidth int    // A; 0 means H
	Plain          bool   // the decoder starts from the context, and reads nothing else of the source; the logits read its states (Sutskever et al. 2014)
	Separate       bool   // source and target have a table of embeddings each
	Tied           bool   // the logits read the table of embeddings of the target
	ScaleEmbedding bool   // multiply embeddings by √E
	MaxPositions   int    // the longest sequence to read or write
	Pad            int
	EOS            int
	Start          int
}

// Fields describes the model's config.json to core/json.
func (c *Config) Fields(o *json.Object) {
	o.Member("model_type").String(&c.ModelType)
	o.Member("vocab_size").Int(&c.Vocab)
	o.Member("d_model").Int(&c.Width)
	o.Member("encoder_layers").Int(&c.EncoderLayers)
	o.Member("encoder_hidden_size").Int(&c.EncoderHidden)
	o.Member("bidirectional").Bool(&c.Bidirectional)
	o.Member("decoder_hidden_size").Int(&c.DecoderHidden)
	o.Member("attention").String(&c.Attention)
	o.Optional("attention_dim", c.AttentionWidth != 0).Int(&c.AttentionWidth)
	o.Optional("plain_decoder", c.Plain).Bool(&c.Plain)
	shared := !c.Separate
	o.Optional("share_encoder_decoder_embeddings", c.Separate).Bool(&shared)
	c.Separate = !shared
	o.Member("tie_word_embeddings").Bool(&c.Tied)
	o.Member("scale_embedding").Bool(&c.ScaleEmbedding)
	o.Member("max_position_embeddings").Int(&c.MaxPositions)
	o.Member("pad_token_id").Int(&c.Pad)
	o.Member("eos_token_id").Int(&c.EOS)
	o.Member("decoder_start_token_id").Int(&c.Start)
}

// ModelType is the model_type of a config.json that describes such a model.
const ModelType = "recurrent"

// ParseConfig reads a config.json and validates it. The error goes on after the name of the file.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	if err := json.Read(data, c.Fields); err != nil {
		return Config{}, say.Error("is not a model's configuration: ", err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, say.Error("is wrong: ", err)
	}
	return c, nil
}

// NoAttention is the Attention of a model with a fixed context.
const NoAttention = "none"

// Context returns C, the width of the encoder's states and of the context.
func (c *Config) Context() int {
	if c.Bidirectional {
		return 2 * c.EncoderHidden
	}
	return c.EncoderHidden
}

// attentionWidth returns A.
func (c *Config) attentionWidth() int {
	if c.AttentionWidth == 0 {
		return c.DecoderHidden
	}
	return c.AttentionWidth
}

// Count returns the number of weights of the model, which New makes room for. It counts right for
// what Validate lets pass.
func (c *Config) Count() int64 {
	v, e, h, ctx := int64(c.Vocab), int64(c.Width), int64(c.DecoderHidden), int64(c.Context())
	gru := func(in, hidden int64) int64 { return 3 * hidden * (in + hidden + 2) }
	directions := ctx / int64(c.EncoderHidden)
	n := v*e + v + directions*gru(e, int64(c.EncoderHidden)) + int64(c.EncoderLayers-1)*directions*gru(ctx, int64(c.EncoderHidden))
	n += gru(e, h)
	if !c.Plain {
		n += (ctx+1)*h + 3*h*ctx + e*(h+1+e+ctx)
	}
	if c.Separate {
		n += v * e
	}
	if !c.Tied {
		n += v * e
	}
	switch a := int64(c.attentionWidth()); attention.Score(c.Attention) {
	case attention.Additive:
		n += a * (h + ctx + 2)
	case attention.General:
		n += h * ctx
	}
	return n
}

// Fit compares the configuration with the names, sorted, of the tensors of a file. An error says that there are fewer
// layers.
func (c *Config) Fit(tensors []string) error {
	for i := range c.EncoderLayers {
		if _, ok := slices.BinarySearch(tensors, say.Text("encoder.weight_ih_l", i)); !ok && i > 0 {
			return say.Error("encoder_layers is ", c.EncoderLayers, ", but the weights are of ", i)
		}
	}
	return nil
}

// What a configuration can ask for at most, so that a foreign file cannot ask for terabytes.
const (
	maxSize    = 1 << 20
	maxWidth   = 1 << 13
	maxLayers  = 50
	maxWeights = 1 << 30
)

// Validate says what is wrong with a configuration.
func (c *Config) Validate() error {
	for _, f := range []struct {
		name    string
		n, most int
	}{
		{"vocab_size", c.Vocab, maxSize}, {"d_model", c.Width, maxWidth}, {"encoder_layers", c.EncoderLayers, maxLayers},
		{"encoder_hidden_size", c.EncoderHidden, maxWidth}, {"decoder_hidden_size", c.DecoderHidden, maxWidth},
		{"attention_dim", c.attentionWidth(), maxWidth}, {"max_position_embeddings", c.MaxPositions, maxSize},
	} {
		if f.n < 1 || f.n > f.most {
			return say.Error("the configuration's ", f.name, " is ", f.n, "; it lies between 1 and ", f.most)
		}
	}
	if c.Count() > maxWeights {
		large, n := "vocab_size", c.Vocab
		switch {
		case c.Vocab*c.Width > maxWeights/4: // of which there may be two
		case c.EncoderHidden > c.DecoderHidden/2:
			large, n = "encoder_hidden_size", c.EncoderHidden
		default:
			large, n = "decoder_hidden_size", c.DecoderHidden
		}
		return say.Error(large, " is ", n, ", by which the model is too large for this program")
	}
	if c.Plain && (c.Attention != NoAttention || c.Context() != c.DecoderHidden || c.Width != c.DecoderHidden) {
		return say.Error("a plain_decoder has no attention, and its states are as wide as the encoder's and as d_model; here the attention is ",
			say.Quote(c.Attention), " and these are ", c.DecoderHidden, ", ", c.Context(), " and ", c.Width)
	}
	if c.Attention != NoAttention {
		score, ok := attention.ParseScore(c.Attention)
		if !ok {
			return say.Error("attention is ", say.Quote(c.Attention), ", which is not known; use ", NoAttention, ", ", attention.ScoreNames())
		}
		if (score == attention.Dot || score == attention.ScaledDot) && c.Context() != c.DecoderHidden {
			return say.Error("attention is ", c.Attention, ", for which states must be of one width, not ", c.Context(), " in the encoder and ", c.DecoderHidden, " in the decoder; use general")
		}
	}
	for i, id := range []int{c.Pad, c.EOS, c.Start} {
		if id < 0 || id >= c.Vocab {
			return say.Error([]string{"pad", "eos", "decoder_start"}[i], "_token_id is ", id, ", which lies outside the vocabulary of ", c.Vocab)
		}
	}
	return nil
}
