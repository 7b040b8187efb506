package families

import (
	"slices"

	"heed/core/say"
	"heed/core/transformer"
)

// gemma3 is Gemma 3's decoder (Gemma Team 2025) without its pictures, Gemma3ForCausalLM in transformers: of six blocks
// five are local, with positions of their own; norms stand before and after each branch, and their gains are stored
// less 1.
func gemma3() *transformer.Family {
	names := llamaNames
	names.SelfAfter, names.FFNNorm, names.FFNAfter = names.FFNNorm, ".pre_feedforward_layernorm", ".post_feedforward_layernorm"
	names.GainLess = true
	bare := names
	bare.Table, bare.Decoder = "embed_tokens.weight", ""
	gguf := ggufNames
	gguf.SelfAfter, gguf.FFNAfter = ".post_attention_norm", ".post_ffw_norm"
	return &transformer.Family{
		Names: []transformer.Names{names, bare, gguf},
		Defaults: transformer.Config{ModelType: "gemma3_text", Vocab: 262208, Width: 2304, DecoderLayers: 26, DecoderHeads: 8, KVHeads: 4, HeadWidth: 256,
			ScaleWidth: 256, DecoderFFN: 9216, Activation: "gelu_pytorch_tanh", MaxPositions: 131072, NormEps: 1e-6, PreNorm: true, RMSNorm: true,
			QKNorm: true, Gated: true, ScaleEmbedding: true, NoQKVBias: true, NoOutBias: true, NoFFNBias: true,
			Rotary: transformer.Rotary{Base: 1e6, Local: 10000}, Window: 4096, WholeEvery: 6, Pad: 0, EOS: 1, Start: 2},
		Required: map[string]any{"attention_bias": false, "use_bidirectional_attention": false, "attn_logit_softcapping": nil, "final_logit_softcapping": nil},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return slices.Concat([]transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size(hidden, &c.Width), transformer.Size(layers, &c.DecoderLayers),
				transformer.Size(heads, &c.DecoderHeads), {Name: "num_key_value_heads", At: &c.KVHeads}, transformer.Size("head_dim", &c.HeadWidth),
				transformer.Size("query_pre_attn_scalar", &c.ScaleWidth),
				transformer.Size(ffn, &c.DecoderFFN), transformer.Size(maxPosition, &c.MaxPositions),
				{Name: "hidden_activation", At: &c.Activation}, {Name: "rms_norm_eps", At: &c.NormEps},
				{Name: "rope_theta", At: &c.Rotary.Base}, {Name: "rope_local_base_freq", At: &c.Rotary.Local},
				{Name: "rope_scaling", At: &c.Rotary}, {Name: "rope_parameters", At: &c.Rotary},
				transformer.Size("sliding_window", &c.Window), transformer.Size("sliding_window_pattern", &c.WholeEvery), {Name: layerTypes, At: &c.LayerTypes},
				{Name: tied, At: &c.Untied, Not: true},
			}, special(c))
		},
		Derived: func(c *transformer.Config) error {
			if !(c.Rotary.Local > 0) {
				return say.Error("rope_local_base_freq is ", c.Rotary.Local, "; it must be above 0")
			}
			c.Rotary.Width, c.WholeAt = c.HeadWidth, c.WholeEvery-1
			return nil
		},
	}
}
