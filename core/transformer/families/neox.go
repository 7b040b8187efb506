package families

import (
	"slices"

	"heed/core/say"
	"heed/core/transformer"
)

func init() { transformer.Register(neox()) }

// neox is GPT-NeoX's decoder (Black et al. 2022; Pythia too), GPTNeoXForCausalLM in transformers: parallel branches,
// and rotary positions of a part of each head.
func neox() *transformer.Family {
	names := transformer.Names{
		Table: "gpt_neox.embed_in.weight", Output: "embed_out.weight", Decoder: "gpt_neox.",
		Blocks: "layers.", Self: ".attention", Fused: ".query_key_value", ByHead: true, Out: ".dense", SelfNorm: ".input_layernorm",
		In: ".mlp.dense_h_to_4h", Back: ".mlp.dense_4h_to_h", FFNNorm: ".post_attention_layernorm", Last: "final_layer_norm",
	}
	bare := names
	bare.Table, bare.Decoder = "embed_in.weight", ""
	return &transformer.Family{
		Names: []transformer.Names{names, bare},
		Defaults: transformer.Config{ModelType: "gpt_neox", Vocab: 50432, Width: 6144, DecoderLayers: 44, DecoderHeads: 64, DecoderFFN: 24576,
			Activation: "gelu", MaxPositions: 2048, NormEps: 1e-5, PreNorm: true, Parallel: true, Untied: true,
			Rotary: transformer.Rotary{Base: 10000, Share: 0.25}, Pad: transformer.Absent, EOS: 2, Start: 0},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return slices.Concat([]transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size(hidden, &c.Width), transformer.Size(layers, &c.DecoderLayers),
				transformer.Size(heads, &c.DecoderHeads), transformer.Size(ffn, &c.DecoderFFN), transformer.Size(maxPosition, &c.MaxPositions),
				{Name: "hidden_act", At: &c.Activation}, {Name: "layer_norm_eps", At: &c.NormEps},
				{Name: "rotary_pct", At: &c.Rotary.Share}, {Name: "rotary_emb_base", At: &c.Rotary.Base}, {Name: "rope_scaling", At: &c.Rotary},
				{Name: "use_parallel_residual", At: &c.Parallel}, {Name: "attention_bias", At: &c.NoQKVBias, Not: true},
				{Name: tied, At: &c.Untied, Not: true},
			}, special(c))
		},
		Derived: func(c *transformer.Config) error {
			share := c.Rotary.Share
			if !(share > 0 && share <= 1) {
				return say.Error("rotary_pct is ", share, "; it must be above 0 and at most 1")
			}
			if c.DecoderHeads > 0 {
				c.Rotary.Width = int(float64(c.Width/c.DecoderHeads) * share)
			}
			c.NoOutBias = c.NoQKVBias
			c.OneSpecial(0)
			return nil
		},
		Extra: func(c *transformer.Config) map[string]any {
			return map[string]any{"use_parallel_residual": c.Parallel} // which is true unless it is said
		},
	}
}
