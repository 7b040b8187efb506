package transformer

import (
	"math"
	"math/rand/v2"

	"heed/core/grad"
)

// marian is Marian's encoder–decoder (Vaswani et al. 2017; Junczys-Dowmunt et al. 2018), MarianMTModel in
// transformers. Pre-norm and learned positions, which MarianConfig does not have, are extensions.
var marian = &family{
	names: names{
		table: "model.shared.weight", encoder: "model.encoder", decoder: "model.decoder", positions: ".embed_positions.weight",
		blocks: ".layers.", self: ".self_attn", cross: ".encoder_attn",
		query: ".q_proj", key: ".k_proj", value: ".v_proj", out: ".out_proj",
		selfNorm: ".self_attn_layer_norm", crossNorm: ".encoder_attn_layer_norm",
		in: ".fc1", back: ".fc2", ffnNorm: ".final_layer_norm", last: ".layer_norm", bias: "final_logits_bias",
	},
	defaults: Config{ModelType: Marian, Vocab: 58101, Width: 1024, EncoderLayers: 12, DecoderLayers: 12, EncoderHeads: 16,
		DecoderHeads: 16, EncoderFFN: 4096, DecoderFFN: 4096, Activation: "gelu", MaxPositions: 1024, NormEps: 1e-5,
		Pad: 58100, EOS: 0, Start: 58100},
	required: map[string]any{"share_encoder_decoder_embeddings": true, "tie_word_embeddings": true},
	written: map[string]any{"architectures": []string{"MarianMTModel"}, "is_encoder_decoder": true, "forced_eos_token_id": nil,
		"dropout": 0, "attention_dropout": 0, "activation_dropout": 0, "torch_dtype": "float32"},
	entries: func(c *Config) []entry {
		return []entry{
			size("vocab_size", &c.Vocab), size("d_model", &c.Width),
			size("encoder_layers", &c.EncoderLayers), size("decoder_layers", &c.DecoderLayers),
			size("encoder_attention_heads", &c.EncoderHeads), size("decoder_attention_heads", &c.DecoderHeads),
			size("encoder_ffn_dim", &c.EncoderFFN), size("decoder_ffn_dim", &c.DecoderFFN),
			size("max_position_embeddings", &c.MaxPositions),
			{name: "activation_function", at: &c.Activation}, {name: "scale_embedding", at: &c.ScaleEmbedding},
			{name: "normalize_before", at: &c.PreNorm}, {name: "learned_positions", at: &c.LearnedPosition},
			token("pad_token_id", &c.Pad), token("eos_token_id", &c.EOS), token("decoder_start_token_id", &c.Start),
		}
	},
	extra: func(c *Config) map[string]any {
		return map[string]any{"decoder_vocab_size": c.Vocab, "static_position_embeddings": !c.LearnedPosition}
	},
	fixed: true,

	// Embeddings from N(0, 1/C), matrices uniformly after Glorot & Bengio 2010.
	initial: func(m *Model, p *grad.Param, r *rand.Rand) func() float64 {
		if p == m.shared || p == m.encoder.learned || p == m.decoder.learned {
			sd := 1 / math.Sqrt(float64(m.Width))
			return func() float64 { return r.NormFloat64() * sd }
		}
		limit := math.Sqrt(6 / float64(p.Rows+p.Cols))
		return func() float64 { return (2*r.Float64() - 1) * limit }
	},
}
