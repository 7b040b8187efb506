package families

import (
	"heed/core/say"
	"heed/core/transformer"
)

func init() {
	for _, modelType := range []string{"roberta", "xlm-roberta", "camembert"} {
		transformer.Register(roberta(modelType))
	}
	transformer.Register(distilBERT())
}

// roberta is RoBERTa's encoder (Liu et al. 2019), RobertaForMaskedLM in transformers: BERT's, with positions that
// count from behind the padding token's number on. XLM-R and CamemBERT have other vocabularies.
func roberta(modelType string) *transformer.Family {
	names := transformer.BERTNames
	names.Table, names.Encoder = "roberta.embeddings.word_embeddings.weight", "roberta."
	names.Transform, names.HeadNorm, names.Bias = "lm_head.dense", "lm_head.layer_norm", "lm_head.bias"
	return &transformer.Family{
		Names: names.Spellings("roberta."),
		Defaults: transformer.Config{ModelType: modelType, Vocab: 50265, Width: 768, EncoderLayers: 12, EncoderHeads: 12, EncoderFFN: 3072,
			Activation: "gelu", HeadActivation: "gelu", MaxPositions: 512, LearnedPosition: true, NormEps: 1e-12, TypeVocab: 2, Pad: 1},
		Required: map[string]any{tied: true, "position_embedding_type": "absolute", "is_decoder": false, "add_cross_attention": false},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return []transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size(hidden, &c.Width), transformer.Size(layers, &c.EncoderLayers),
				transformer.Size(heads, &c.EncoderHeads), transformer.Size(ffn, &c.EncoderFFN),
				transformer.Size(maxPosition, &c.MaxPositions), transformer.Size("type_vocab_size", &c.TypeVocab),
				{Name: "hidden_act", At: &c.Activation}, {Name: "layer_norm_eps", At: &c.NormEps}, transformer.Token("pad_token_id", &c.Pad),
			}
		},
		Derived: func(c *transformer.Config) error {
			c.Positioned = c.Pad + 1
			if c.MaxPositions <= c.Positioned {
				return say.Error(maxPosition, " is ", c.MaxPositions, ", and positions count from ", c.Positioned, " on")
			}
			c.MaxPositions -= c.Positioned
			return nil
		},
		Extra: func(c *transformer.Config) map[string]any {
			return map[string]any{maxPosition: c.MaxPositions + c.Positioned}
		},
	}
}

// distilBERT is DistilBERT's encoder (Sanh et al. 2019), DistilBertForMaskedLM in transformers: BERT's without
// segments.
func distilBERT() *transformer.Family {
	names := transformer.Names{
		Table: "distilbert.embeddings.word_embeddings.weight", Encoder: "distilbert.", Positions: "embeddings.position_embeddings.weight", First: "embeddings.LayerNorm",
		Blocks: "transformer.layer.", Self: ".attention", Query: ".q_lin", Key: ".k_lin", Value: ".v_lin", Out: ".out_lin", SelfNorm: ".sa_layer_norm",
		In: ".ffn.lin1", Back: ".ffn.lin2", FFNNorm: ".output_layer_norm",
		Transform: "vocab_transform", HeadNorm: "vocab_layer_norm", Bias: "vocab_projector.bias",
	}
	return &transformer.Family{
		Names: names.Spellings("distilbert."),
		Defaults: transformer.Config{ModelType: "distilbert", Vocab: 30522, Width: 768, EncoderLayers: 6, EncoderHeads: 12, EncoderFFN: 3072,
			Activation: "gelu", MaxPositions: 512, LearnedPosition: true, NormEps: 1e-12},
		Required: map[string]any{tied: true},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return []transformer.Entry{
				transformer.Size(vocab, &c.Vocab), transformer.Size("dim", &c.Width), transformer.Size("n_layers", &c.EncoderLayers), transformer.Size("n_heads", &c.EncoderHeads),
				transformer.Size("hidden_dim", &c.EncoderFFN), transformer.Size(maxPosition, &c.MaxPositions),
				{Name: "activation", At: &c.Activation}, transformer.Token("pad_token_id", &c.Pad),
			}
		},
		Fixed: true,
	}
}
