package families

import (
	"strings"

	"heed/core/say"
	"heed/core/transformer"
)

func init() {
	transformer.Register(bart())
	for _, modelType := range []string{"bart", transformer.Marian} {
		transformer.Respell(modelType, unbiased)
		transformer.Respell(modelType, bare)
	}
}

// unbiased spells the weights as BartForSequenceClassification does, whose logits have no bias: it is 0.
func unbiased(n transformer.Names) transformer.Names {
	n.Bias = ""
	return n
}

// bare spells them as BartModel and MarianModel do, as facebook/bart-base has them.
func bare(n transformer.Names) transformer.Names {
	for _, name := range []*string{&n.Table, &n.Encoder, &n.Decoder} {
		*name = strings.TrimPrefix(*name, "model.")
	}
	return unbiased(n)
}

// bart is BART's encoder–decoder (Lewis et al. 2020), BartForConditionalGeneration in transformers.
func bart() *transformer.Family {
	names := transformer.Names{
		Table: "model.shared.weight", Encoder: "model.encoder.", Decoder: "model.decoder.", Positions: "embed_positions.weight", First: "layernorm_embedding",
		Blocks: "layers.", Self: ".self_attn", Cross: ".encoder_attn", Query: ".q_proj", Key: ".k_proj", Value: ".v_proj", Out: ".out_proj",
		SelfNorm: ".self_attn_layer_norm", CrossNorm: ".encoder_attn_layer_norm",
		In: ".fc1", Back: ".fc2", FFNNorm: ".final_layer_norm", Bias: "final_logits_bias",
	}
	return &transformer.Family{
		Names: []transformer.Names{names},
		Defaults: transformer.Config{ModelType: "bart", Vocab: 50265, Width: 1024, EncoderLayers: 12, DecoderLayers: 12, EncoderHeads: 16, DecoderHeads: 16,
			EncoderFFN: 4096, DecoderFFN: 4096, Activation: "gelu", MaxPositions: 1024, LearnedPosition: true, Positioned: 2, NormEps: 1e-5,
			Pad: 1, EOS: 2, Start: 2, First: transformer.Absent},
		Required: map[string]any{tied: true, "normalize_before": false, "add_final_layer_norm": false},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return []transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size("d_model", &c.Width),
				transformer.Size("encoder_layers", &c.EncoderLayers), transformer.Size("decoder_layers", &c.DecoderLayers),
				transformer.Size("encoder_attention_heads", &c.EncoderHeads), transformer.Size("decoder_attention_heads", &c.DecoderHeads),
				transformer.Size("encoder_ffn_dim", &c.EncoderFFN), transformer.Size("decoder_ffn_dim", &c.DecoderFFN),
				transformer.Size(maxPosition, &c.MaxPositions),
				{Name: "activation_function", At: &c.Activation}, {Name: "scale_embedding", At: &c.ScaleEmbedding},
				transformer.Token("pad_token_id", &c.Pad), transformer.Token("eos_token_id", &c.EOS), transformer.Token("decoder_start_token_id", &c.Start),
				{Name: "forced_bos_token_id", At: &c.First},
			}
		},
		Derived: func(c *transformer.Config) error {
			if c.First < transformer.Absent || c.First >= c.Vocab {
				return say.Error("forced_bos_token_id is ", c.First, ", which lies outside the vocabulary of ", c.Vocab)
			}
			c.Forced = c.First >= 0
			return nil
		},
		Extra: func(c *transformer.Config) map[string]any {
			if c.Forced {
				return nil
			}
			return map[string]any{"forced_bos_token_id": nil}
		},
		Fixed: true,
	}
}
