package transformer

import (
	"math"
	"math/rand/v2"
	"strings"

	"heed/core/grad"
)

// gpt2 is GPT-2's decoder (Radford et al. 2019; DistilGPT2 too), GPT2LMHeadModel in transformers. The files of
// OpenAI's own models are GPT2Model's, whose names have no "transformer." before them.
func gpt2() *Family {
	names := Names{
		Table: "transformer.wte.weight", Decoder: "transformer.", Positions: "wpe.weight",
		Blocks: "h.", Self: ".attn", Fused: ".c_attn", Out: ".c_proj", SelfNorm: ".ln_1",
		In: ".mlp.c_fc", Back: ".mlp.c_proj", FFNNorm: ".ln_2", Last: "ln_f", Conv1D: true,
	}
	bare := names
	bare.Table, bare.Decoder = "wte.weight", ""
	return &Family{
		Names: []Names{names, bare},
		Defaults: Config{ModelType: GPT2, Vocab: 50257, Width: 768, DecoderLayers: 12, DecoderHeads: 12, Activation: "gelu_new",
			MaxPositions: 1024, PreNorm: true, LearnedPosition: true, NormEps: 1e-5, Pad: Absent, EOS: Absent, Start: Absent},
		Required: map[string]any{"tie_word_embeddings": true, "scale_attn_weights": true, "scale_attn_by_inverse_layer_idx": false,
			"add_cross_attention": false},
		Written: map[string]any{"architectures": []string{"GPT2LMHeadModel"},
			"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0, "torch_dtype": "float32"},
		Entries: func(c *Config) []Entry {
			return []Entry{
				Size("vocab_size", &c.Vocab), Size("n_embd", &c.Width), Size("n_layer", &c.DecoderLayers), Size("n_head", &c.DecoderHeads),
				Size("n_inner", &c.DecoderFFN), Size("n_positions", &c.MaxPositions),
				{Name: "activation_function", At: &c.Activation}, {Name: "layer_norm_epsilon", At: &c.NormEps},
				Token("pad_token_id", &c.Pad), Token("eos_token_id", &c.EOS), Token("bos_token_id", &c.Start),
			}
		},

		Derived: func(c *Config) error {
			if c.DecoderFFN == 0 {
				c.DecoderFFN = 4 * c.Width
			}
			c.OneSpecial(50256) // <|endoftext|>
			return nil
		},

		// N(0, 0.02²) (Radford et al. 2018, section 4.1), and what projects into the residual stream divided by
		// √(2·layers), the number of branches (Radford et al. 2019, section 2.3).
		Initial: func(m *Model, p *grad.Param, r *rand.Rand) func() float64 {
			scale := float32(1)
			if strings.HasSuffix(p.Name, ".c_proj.weight") {
				scale = float32(1 / math.Sqrt(2*float64(m.DecoderLayers)))
			}
			return func() float64 { return float64(float32(0.02*r.NormFloat64()) * scale) }
		},
	}
}
