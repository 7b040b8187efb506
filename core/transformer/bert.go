package transformer

import (
	"math"
	"math/rand/v2"

	"heed/core/grad"
)

// bert is BERT's encoder with its masked language model (Devlin et al. 2019), BertForMaskedLM in transformers.
var bert = &family{
	names: names{
		table: "bert.embeddings.word_embeddings.weight", encoder: "bert", positions: ".embeddings.position_embeddings.weight",
		types: ".embeddings.token_type_embeddings.weight", first: ".embeddings.LayerNorm",
		blocks: ".encoder.layer.", self: ".attention", query: ".self.query", key: ".self.key", value: ".self.value",
		out: ".output.dense", selfNorm: ".attention.output.LayerNorm",
		in: ".intermediate.dense", back: ".output.dense", ffnNorm: ".output.LayerNorm",
		transform: "cls.predictions.transform.dense", headEnd: "cls.predictions.transform.LayerNorm", bias: "cls.predictions.bias",
	},
	defaults: Config{ModelType: BERT, Vocab: 30522, Width: 768, EncoderLayers: 12, EncoderHeads: 12, EncoderFFN: 3072,
		Activation: "gelu", MaxPositions: 512, LearnedPosition: true, NormEps: 1e-12, TypeVocab: 2},
	required: map[string]any{"tie_word_embeddings": true, "position_embedding_type": "absolute", "is_decoder": false,
		"add_cross_attention": false},
	written: map[string]any{"architectures": []string{"BertForMaskedLM"},
		"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, "torch_dtype": "float32"},
	entries: func(c *Config) []entry {
		return []entry{
			size("vocab_size", &c.Vocab), size("hidden_size", &c.Width), size("num_hidden_layers", &c.EncoderLayers),
			size("num_attention_heads", &c.EncoderHeads), size("intermediate_size", &c.EncoderFFN),
			size("max_position_embeddings", &c.MaxPositions), size("type_vocab_size", &c.TypeVocab),
			{name: "hidden_act", at: &c.Activation}, {name: "layer_norm_eps", at: &c.NormEps},
			token("pad_token_id", &c.Pad),
		}
	},

	// N(0, 0.02²) cut off at two standard deviations (create_initializer in github.com/google-research/bert,
	// modeling.py).
	initial: func(m *Model, p *grad.Param, r *rand.Rand) func() float64 {
		return func() float64 {
			for {
				if z := r.NormFloat64(); math.Abs(z) <= 2 {
					return 0.02 * z
				}
			}
		}
	},
}
