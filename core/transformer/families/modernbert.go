package families

import (
	"heed/core/say"
	"heed/core/transformer"
)

func init() { transformer.Register(modernBERT()) }

// modernBERT is ModernBERT's encoder (Warner et al. 2024), ModernBertForMaskedLM in transformers: pre-norm blocks with
// rotary positions and gated feed-forward networks, without biases. Two of three blocks see local_attention tokens
// around each.
func modernBERT() *transformer.Family {
	names := transformer.Names{
		Table: "model.embeddings.tok_embeddings.weight", Encoder: "model.", First: "embeddings.norm",
		Blocks: "layers.", Self: ".attn", Fused: ".Wqkv", Out: ".Wo", SelfNorm: ".attn_norm", BareFirst: true,
		In: ".mlp.Wi", GateFirst: true, Back: ".mlp.Wo", FFNNorm: ".mlp_norm", Last: "final_norm",
		Transform: "head.dense", HeadNorm: "head.norm", Bias: "decoder.bias",
	}
	return &transformer.Family{
		Names: names.Spellings("model.")[:2],
		Defaults: transformer.Config{ModelType: "modernbert", Vocab: 50368, Width: 768, EncoderLayers: 22, EncoderHeads: 12, EncoderFFN: 1152,
			Activation: "gelu", HeadActivation: "gelu", MaxPositions: 8192, NormEps: 1e-5, PreNorm: true, Gated: true,
			NoQKVBias: true, NoOutBias: true, NoFFNBias: true, NoNormBias: true, NoHeadBias: true,
			Rotary: transformer.Rotary{Base: 160000, Local: 10000}, WholeEvery: 3, Window: 128, Pad: 50283},
		Required: map[string]any{tied: true, "norm_bias": false, "attention_bias": false, "mlp_bias": false, "classifier_bias": false, "decoder_bias": true},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return []transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size(hidden, &c.Width), transformer.Size(layers, &c.EncoderLayers),
				transformer.Size(heads, &c.EncoderHeads), transformer.Size(ffn, &c.EncoderFFN), transformer.Size(maxPosition, &c.MaxPositions),
				{Name: "hidden_activation", At: &c.Activation}, {Name: "classifier_activation", At: &c.HeadActivation}, {Name: "norm_eps", At: &c.NormEps},
				{Name: "global_rope_theta", At: &c.Rotary.Base}, {Name: "local_rope_theta", At: &c.Rotary.Local}, {Name: "rope_parameters", At: &c.Rotary}, {Name: layerTypes, At: &c.LayerTypes},
				transformer.Size("global_attn_every_n_layers", &c.WholeEvery), {Name: "local_attention", At: &c.Window},
				transformer.Token("pad_token_id", &c.Pad),
			}
		},
		Derived: func(c *transformer.Config) error {
			if c.EncoderHeads > 0 {
				c.Rotary.Width = c.Width / c.EncoderHeads
			}
			switch {
			case c.Window < 2:
				return say.Error("local_attention is ", c.Window, "; it must be above 1")
			case !(c.Rotary.Local > 0):
				return say.Error("local_rope_theta is ", c.Rotary.Local, "; it must be above 0")
			default:
				c.Window = c.Window/2 + 1 // to one side, itself included
			}
			return nil
		},
		Extra: func(c *transformer.Config) map[string]any {
			return map[string]any{"decoder_bias": true, "local_attention": 2 * (c.Window - 1)}
		},
	}
}
