// Package families makes those families of Transformers known to package transformer that Heed opens and does not
// train. A program that needs them imports it for that:
//
//	import _ "heed/core/transformer/families"
//
// A family is a file: names of weights and of entries of a config.json, as Hugging Face's transformers has them.
package families

import "heed/core/transformer"

// Names that several families share.
const (
	hidden      = "hidden_size"
	heads       = "num_attention_heads"
	layers      = "num_hidden_layers"
	ffn         = "intermediate_size"
	maxPosition = "max_position_embeddings"
	vocab       = "vocab_size"
	tied        = "tie_word_embeddings"
	layerTypes  = "layer_types"
)

// special binds the tokens of a decoder alone.
func special(c *transformer.Config) []transformer.Entry {
	return []transformer.Entry{transformer.Token("pad_token_id", &c.Pad), transformer.Token("eos_token_id", &c.EOS), transformer.Token("bos_token_id", &c.Start)}
}
