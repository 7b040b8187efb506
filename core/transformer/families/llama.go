package families

import (
	"slices"

	"heed/core/say"
	"heed/core/transformer"
)

func init() {
	transformer.Register(gemma3())
	for _, modelType := range []string{"llama", "mistral", "qwen2", "qwen3"} {
		transformer.Register(llama(modelType))
	}
}

// llamaNames are those of LlamaForCausalLM, and of all that followed it.
var llamaNames = transformer.Names{
	Table: "model.embed_tokens.weight", Output: "lm_head.weight", Decoder: "model.",
	Blocks: "layers.", Self: ".self_attn", Query: ".q_proj", Key: ".k_proj", Value: ".v_proj", Out: ".o_proj",
	QueryNorm: ".q_norm", KeyNorm: ".k_norm", SelfNorm: ".input_layernorm",
	Gate: ".mlp.gate_proj", In: ".mlp.up_proj", Back: ".mlp.down_proj", FFNNorm: ".post_attention_layernorm", Last: "norm",
}

// ggufNames are those that llama.cpp gives the same weights in a GGUF file.
var ggufNames = transformer.Names{
	Table: "token_embd.weight", Output: "output.weight",
	Blocks: "blk.", Query: ".attn_q", Key: ".attn_k", Value: ".attn_v", Out: ".attn_output",
	QueryNorm: ".attn_q_norm", KeyNorm: ".attn_k_norm", SelfNorm: ".attn_norm",
	Gate: ".ffn_gate", In: ".ffn_up", Back: ".ffn_down", FFNNorm: ".ffn_norm", Last: "output_norm",
}

// llama is Llama (Touvron et al. 2023; Llama 3 and SmolLM2 too), LlamaForCausalLM in transformers, Mistral, which
// differs by its window, Qwen2, which has biases of queries, keys and values, and Qwen3, which normalises queries and
// keys.
func llama(modelType string) *transformer.Family {
	bare := llamaNames
	bare.Table, bare.Decoder = "embed_tokens.weight", ""
	gguf := ggufNames
	gguf.Neighbours = modelType == "llama" || modelType == "mistral"
	f := &transformer.Family{
		Names: []transformer.Names{llamaNames, bare, gguf},
		Defaults: transformer.Config{ModelType: modelType, Vocab: 32000, Width: 4096, DecoderLayers: 32, DecoderHeads: 32, DecoderFFN: 11008,
			Activation: "silu", MaxPositions: 2048, NormEps: 1e-6, PreNorm: true, RMSNorm: true, Gated: true, Untied: true,
			NoQKVBias: true, NoOutBias: true, NoFFNBias: true, Rotary: transformer.Rotary{Base: 10000},
			Pad: transformer.Absent, EOS: 2, Start: 1},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return slices.Concat([]transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size(hidden, &c.Width), transformer.Size(layers, &c.DecoderLayers),
				transformer.Size(heads, &c.DecoderHeads), {Name: "num_key_value_heads", At: &c.KVHeads}, {Name: "head_dim", At: &c.HeadWidth},
				transformer.Size(ffn, &c.DecoderFFN), transformer.Size(maxPosition, &c.MaxPositions),
				{Name: "hidden_act", At: &c.Activation}, {Name: "rms_norm_eps", At: &c.NormEps},
				{Name: "rope_theta", At: &c.Rotary.Base}, {Name: "rope_scaling", At: &c.Rotary}, {Name: "rope_parameters", At: &c.Rotary},
				{Name: tied, At: &c.Untied, Not: true},
			}, special(c), own(modelType, c))
		},
		Derived: func(c *transformer.Config) error {
			switch {
			case c.DecoderHeads < 1 || c.Width < 1:
				return nil // which is found to be wrong
			case c.KVHeads < 0 || c.HeadWidth < 0:
				return say.Error("num_key_value_heads is ", c.KVHeads, " and head_dim ", c.HeadWidth, "; neither may be negative")
			case c.Windowed && c.Window < 1:
				return say.Error("sliding_window is ", c.Window, "; it must be above 0")
			}
			if !c.Windowed {
				c.Window = 0
			}
			if c.HeadWidth == 0 {
				c.HeadWidth = c.Width / c.DecoderHeads
			}
			c.Rotary.Width = c.HeadWidth
			c.OneSpecial(0)
			if modelType == "llama" {
				c.NoOutBias = c.NoQKVBias
			}
			return nil
		},
	}
	d := &f.Defaults
	switch modelType {
	case "mistral":
		d.KVHeads, d.DecoderFFN, d.MaxPositions, d.Window, d.Windowed = 8, 14336, 4096*32, 4096, true
	case "qwen2":
		d.Vocab, d.DecoderFFN, d.KVHeads, d.MaxPositions, d.NoQKVBias = 151936, 22016, 32, 32768, false
		d.EOS, d.Start = transformer.Absent, transformer.Absent
		d.Window, d.WholeUntil = 4096, 28
	case "qwen3":
		d.Vocab, d.DecoderFFN, d.KVHeads, d.MaxPositions, d.HeadWidth, d.QKNorm = 151936, 22016, 32, 32768, 128, true
		d.EOS, d.Start = transformer.Absent, transformer.Absent
		d.Window, d.WholeUntil = 4096, 28
		f.Required = map[string]any{"attention_bias": false}
	}
	return f
}

// own are the entries that one of them has alone.
func own(modelType string, c *transformer.Config) []transformer.Entry {
	switch modelType {
	case "llama":
		return []transformer.Entry{{Name: "attention_bias", At: &c.NoQKVBias, Not: true}, {Name: "mlp_bias", At: &c.NoFFNBias, Not: true}}
	case "mistral":
		return []transformer.Entry{{Name: "sliding_window", At: &c.Window}, {Name: layerTypes, At: &c.LayerTypes}}
	case "qwen2", "qwen3":
		return []transformer.Entry{{Name: "use_sliding_window", At: &c.Windowed}, {Name: "sliding_window", At: &c.Window},
			{Name: "max_window_layers", At: &c.WholeUntil}, {Name: layerTypes, At: &c.LayerTypes}}
	}
	return nil
}
