package families

import (
	"strings"

	"heed/core/say"
	"heed/core/transformer"
)

func init() {
	transformer.Register(t5("t5"))
	transformer.Register(t5("mt5"))
}

// t5 is T5's encoder–decoder (Raffel et al. 2020), and that of version 1.1, whose feed-forward network is gated and
// whose logits have a matrix of their own; T5ForConditionalGeneration in transformers. mT5 (Xue et al. 2021) is the
// latter, with other defaults.
func t5(modelType string) *transformer.Family {
	f := &transformer.Family{
		Names: []transformer.Names{t5Names(".layer.$.DenseReluDense.wi"), t5Names(".layer.$.DenseReluDense.wi_1")},
		Defaults: transformer.Config{ModelType: modelType, Vocab: 32128, Width: 512, EncoderLayers: 6, EncoderHeads: 8, DecoderHeads: 8, EncoderFFN: 2048, HeadWidth: 64, Activation: "relu",
			MaxPositions: 512, NormEps: 1e-6, PreNorm: true, RMSNorm: true, NoQKVBias: true, NoOutBias: true, NoFFNBias: true, NoScale: true,
			Relative: 32, RelativeFar: 128, Pad: 0, EOS: 1, Start: 0},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return []transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size("d_model", &c.Width), transformer.Size("d_kv", &c.HeadWidth), transformer.Size("d_ff", &c.EncoderFFN),
				transformer.Size("num_layers", &c.EncoderLayers), {Name: "num_decoder_layers", At: &c.DecoderLayers}, transformer.Size("num_heads", &c.EncoderHeads),
				transformer.Size("n_positions", &c.MaxPositions),
				transformer.Size("relative_attention_num_buckets", &c.Relative), transformer.Size("relative_attention_max_distance", &c.RelativeFar),
				{Name: "feed_forward_proj", At: &c.Activation}, {Name: "layer_norm_epsilon", At: &c.NormEps}, {Name: tied, At: &c.Untied, Not: true},
				transformer.Token("pad_token_id", &c.Pad), transformer.Token("eos_token_id", &c.EOS), transformer.Token("decoder_start_token_id", &c.Start),
			}
		},
		Derived: func(c *transformer.Config) error {
			c.DecoderHeads, c.DecoderFFN = c.EncoderHeads, c.EncoderFFN
			if c.DecoderLayers == 0 {
				c.DecoderLayers = c.EncoderLayers
			}
			if c.DecoderLayers < 1 {
				return say.Error("num_decoder_layers is ", c.DecoderLayers, "; it must be at least 1")
			}
			c.ScaleOutput = !c.Untied
			c.Activation, c.Gated = strings.CutPrefix(c.Activation, "gated-")
			if c.Gated {
				c.Spelling = 1
				if c.Activation == "gelu" {
					c.Activation = "gelu_new" // which is what gated-gelu means
				}
			}
			return nil
		},
		Extra: func(c *transformer.Config) map[string]any {
			name := c.Activation
			if c.Gated {
				name = "gated-" + name
			}
			return map[string]any{"feed_forward_proj": name}
		},
	}
	if modelType == "mt5" {
		d := &f.Defaults
		d.Vocab, d.EncoderFFN, d.EncoderLayers, d.EncoderHeads, d.Activation, d.Untied = 250112, 1024, 8, 6, "gated-gelu", true
	}
	return f
}

func t5Names(in string) transformer.Names {
	return transformer.Names{
		Table: "shared.weight", Output: "lm_head.weight", Encoder: "encoder.", Decoder: "decoder.",
		Blocks: "block.", Self: ".layer.0.SelfAttention", Cross: ".layer.1.EncDecAttention", Query: ".q", Key: ".k", Value: ".v", Out: ".o",
		Relative: ".relative_attention_bias.weight", SelfNorm: ".layer.0.layer_norm", CrossNorm: ".layer.1.layer_norm",
		Gate: ".layer.$.DenseReluDense.wi_0", In: in, Back: ".layer.$.DenseReluDense.wo", FFNNorm: ".layer.$.layer_norm", Last: "final_layer_norm",
	}
}
