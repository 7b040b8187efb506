package transformer

import (
	"math"
	"math/rand/v2"

	"heed/core/grad"
)

// marian is Marian's encoder–decoder (Vaswani et al. 2017; Junczys-Dowmunt et al. 2018), MarianMTModel in
// transformers. Pre-norm and learned positions, which MarianConfig does not have, are extensions.
func marian() *Family {
	return &Family{
		Names: []Names{{
			Table: "model.shared.weight", Encoder: "model.encoder.", Decoder: "model.decoder.", Positions: "embed_positions.weight",
			Blocks: "layers.", Self: ".self_attn", Cross: ".encoder_attn",
			Query: ".q_proj", Key: ".k_proj", Value: ".v_proj", Out: ".out_proj",
			SelfNorm: ".self_attn_layer_norm", CrossNorm: ".encoder_attn_layer_norm",
			In: ".fc1", Back: ".fc2", FFNNorm: ".final_layer_norm", Last: "layer_norm", Bias: "final_logits_bias",
		}},
		Defaults: Config{ModelType: Marian, Vocab: 58101, Width: 1024, EncoderLayers: 12, DecoderLayers: 12, EncoderHeads: 16,
			DecoderHeads: 16, EncoderFFN: 4096, DecoderFFN: 4096, Activation: "gelu", MaxPositions: 1024, NormEps: 1e-5,
			Pad: 58100, EOS: 0, Start: 58100},
		Required: map[string]any{"share_encoder_decoder_embeddings": true, "tie_word_embeddings": true},
		Written: map[string]any{"architectures": []string{"MarianMTModel"}, "is_encoder_decoder": true, "forced_eos_token_id": nil,
			"dropout": 0, "attention_dropout": 0, "activation_dropout": 0, "torch_dtype": "float32"},
		Entries: func(c *Config) []Entry {
			return []Entry{
				Size("vocab_size", &c.Vocab), Size("d_model", &c.Width),
				Size("encoder_layers", &c.EncoderLayers), Size("decoder_layers", &c.DecoderLayers),
				Size("encoder_attention_heads", &c.EncoderHeads), Size("decoder_attention_heads", &c.DecoderHeads),
				Size("encoder_ffn_dim", &c.EncoderFFN), Size("decoder_ffn_dim", &c.DecoderFFN),
				Size("max_position_embeddings", &c.MaxPositions),
				{Name: "activation_function", At: &c.Activation}, {Name: "scale_embedding", At: &c.ScaleEmbedding},
				{Name: "normalize_before", At: &c.PreNorm}, {Name: "learned_positions", At: &c.LearnedPosition},
				Token("pad_token_id", &c.Pad), Token("eos_token_id", &c.EOS), Token("decoder_start_token_id", &c.Start),
			}
		},
		Extra: func(c *Config) map[string]any {
			return map[string]any{"decoder_vocab_size": c.Vocab, "static_position_embeddings": !c.LearnedPosition}
		},
		Fixed: true,

		// Embeddings from N(0, 1/C), matrices uniformly after Glorot & Bengio 2010.
		Initial: func(m *Model, p *grad.Param, r *rand.Rand) func() float64 {
			if p == m.shared || p == m.encoder.learned || p == m.decoder.learned {
				sd := 1 / math.Sqrt(float64(m.Width))
				return func() float64 { return r.NormFloat64() * sd }
			}
			limit := math.Sqrt(6 / float64(p.Rows+p.Cols))
			return func() float64 { return (2*r.Float64() - 1) * limit }
		},
	}
}
