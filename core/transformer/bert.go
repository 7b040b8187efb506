package transformer

import (
	"math"
	"math/rand/v2"
	"strings"

	"heed/core/grad"
)

// BERTNames are the names of BERT's encoder (Devlin et al. 2019) in BertForMaskedLM; RoBERTa's differ in what stands
// before them, and in its head.
var BERTNames = Names{
	Table: "bert.embeddings.word_embeddings.weight", Encoder: "bert.", Positions: "embeddings.position_embeddings.weight",
	Types: "embeddings.token_type_embeddings.weight", First: "embeddings.LayerNorm",
	Blocks: "encoder.layer.", Self: ".attention", Query: ".self.query", Key: ".self.key", Value: ".self.value",
	Out: ".output.dense", SelfNorm: ".attention.output.LayerNorm",
	In: ".intermediate.dense", Back: ".output.dense", FFNNorm: ".output.LayerNorm",
	Transform: "cls.predictions.transform.dense", HeadNorm: "cls.predictions.transform.LayerNorm", Bias: "cls.predictions.bias",
}

// Spellings are the names, those of a bare encoder, which have no prefix, and both with the names that norms had in
// TensorFlow.
func (n Names) Spellings(prefix string) []Names {
	bare := n
	bare.Table, bare.Encoder = strings.TrimPrefix(n.Table, prefix), strings.TrimPrefix(n.Encoder, prefix)
	all := []Names{n, bare, n, bare}
	for i := range all[2:] {
		all[2+i].Gain, all[2+i].Shift = ".gamma", ".beta"
	}
	return all
}

// bert is BERT's encoder with its masked language model, or without it: BertForMaskedLM and BertModel in transformers.
func bert() *Family {
	return &Family{
		Names: BERTNames.Spellings("bert."),
		Defaults: Config{ModelType: BERT, Vocab: 30522, Width: 768, EncoderLayers: 12, EncoderHeads: 12, EncoderFFN: 3072,
			Activation: "gelu", MaxPositions: 512, LearnedPosition: true, NormEps: 1e-12, TypeVocab: 2},
		Required: map[string]any{"tie_word_embeddings": true, "position_embedding_type": "absolute", "is_decoder": false,
			"add_cross_attention": false},
		Written: map[string]any{"architectures": []string{"BertForMaskedLM"},
			"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, "torch_dtype": "float32"},
		Entries: func(c *Config) []Entry {
			return []Entry{
				Size("vocab_size", &c.Vocab), Size("hidden_size", &c.Width), Size("num_hidden_layers", &c.EncoderLayers),
				Size("num_attention_heads", &c.EncoderHeads), Size("intermediate_size", &c.EncoderFFN),
				Size("max_position_embeddings", &c.MaxPositions), Size("type_vocab_size", &c.TypeVocab),
				{Name: "hidden_act", At: &c.Activation}, {Name: "layer_norm_eps", At: &c.NormEps},
				Token("pad_token_id", &c.Pad),
			}
		},
		Extra: func(c *Config) map[string]any {
			if c.Headless {
				return map[string]any{"architectures": []string{"BertModel"}}
			}
			return nil
		},

		// N(0, 0.02²) cut off at two standard deviations (create_initializer in github.com/google-research/bert,
		// modeling.py).
		Initial: func(m *Model, p *grad.Param, r *rand.Rand) func() float64 {
			return func() float64 {
				for {
					if z := r.NormFloat64(); math.Abs(z) <= 2 {
						return 0.02 * z
					}
				}
			}
		},
	}
}
