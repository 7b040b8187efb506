// Package transformer builds Transformers of general blocks: Marian's encoder–decoder is one
// configuration of them.
//
// Letters: N rows of a batch (the tokens of all its sequences, one after the other), C width, V
// vocabulary.
package transformer

import (
	"errors"
	"fmt"

	"heed/core/tensor"
)

// Config describes an encoder–decoder. The JSON names are those of Hugging Face's MarianConfig.
type Config struct {
	ModelType       string `json:"model_type"`
	Vocab           int    `json:"vocab_size"`
	Width           int    `json:"d_model"`
	EncoderLayers   int    `json:"encoder_layers"`
	DecoderLayers   int    `json:"decoder_layers"`
	EncoderHeads    int    `json:"encoder_attention_heads"`
	DecoderHeads    int    `json:"decoder_attention_heads"`
	EncoderFFN      int    `json:"encoder_ffn_dim"`
	DecoderFFN      int    `json:"decoder_ffn_dim"`
	Activation      string `json:"activation_function"`
	MaxPositions    int    `json:"max_position_embeddings"`
	ScaleEmbedding  bool   `json:"scale_embedding"` // multiply embeddings by √C
	PreNorm         bool   `json:"normalize_before,omitempty"`
	LearnedPosition bool   `json:"learned_positions,omitempty"`
	Pad             int    `json:"pad_token_id"`
	EOS             int    `json:"eos_token_id"`
	Start           int    `json:"decoder_start_token_id"`
}

// maxSize bounds every number of a configuration, so that a foreign file cannot ask for terabytes.
const maxSize = 1 << 20

// Validate says what is wrong with a configuration.
func (c *Config) Validate() error {
	for _, f := range []struct {
		name string
		n    int
	}{
		{"vocab_size", c.Vocab}, {"d_model", c.Width}, {"encoder_layers", c.EncoderLayers},
		{"decoder_layers", c.DecoderLayers}, {"encoder_attention_heads", c.EncoderHeads},
		{"decoder_attention_heads", c.DecoderHeads}, {"encoder_ffn_dim", c.EncoderFFN},
		{"decoder_ffn_dim", c.DecoderFFN}, {"max_position_embeddings", c.MaxPositions},
	} {
		if f.n < 1 || f.n > maxSize {
			return fmt.Errorf("the configuration's %s is %d, which no model has", f.name, f.n)
		}
	}
	if c.EncoderLayers+c.DecoderLayers > 200 || c.Vocab*c.Width > 1<<30 || c.MaxPositions*c.Width > 1<<22 ||
		(c.EncoderFFN+c.DecoderFFN)*c.Width > 1<<28 || c.Width > 1<<14 {
		return errors.New("the configuration describes a model too large for this program")
	}
	if c.Width%c.EncoderHeads != 0 || c.Width%c.DecoderHeads != 0 {
		return fmt.Errorf("a width of %d does not divide into %d and %d heads", c.Width, c.EncoderHeads, c.DecoderHeads)
	}
	if _, ok := tensor.ParseActivation(c.Activation); !ok {
		return fmt.Errorf("the activation function %q is not known; use relu, swish, gelu or gelu_new", c.Activation)
	}
	for _, id := range []int{c.Pad, c.EOS, c.Start} {
		if id < 0 || id >= c.Vocab {
			return fmt.Errorf("the special token %d lies outside the vocabulary of %d", id, c.Vocab)
		}
	}
	return nil
}
