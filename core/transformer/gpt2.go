package transformer

import (
	"math"
	"math/rand/v2"
	"strings"

	"heed/core/grad"
)

// gpt2 is GPT-2's decoder (Radford et al. 2019), GPT2LMHeadModel in transformers.
var gpt2 = &family{
	names: names{
		table: "transformer.wte.weight", decoder: "transformer", positions: ".wpe.weight",
		blocks: ".h.", self: ".attn", fused: ".c_attn", out: ".c_proj", selfNorm: ".ln_1",
		in: ".mlp.c_fc", back: ".mlp.c_proj", ffnNorm: ".ln_2", last: ".ln_f", conv1D: true,
	},
	defaults: Config{ModelType: GPT2, Vocab: 50257, Width: 768, DecoderLayers: 12, DecoderHeads: 12, Activation: "gelu_new",
		MaxPositions: 1024, PreNorm: true, LearnedPosition: true, NormEps: 1e-5, Pad: absent, EOS: absent, Start: absent},
	required: map[string]any{"tie_word_embeddings": true, "scale_attn_weights": true, "scale_attn_by_inverse_layer_idx": false,
		"add_cross_attention": false},
	written: map[string]any{"architectures": []string{"GPT2LMHeadModel"},
		"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0, "torch_dtype": "float32"},
	entries: func(c *Config) []entry {
		return []entry{
			size("vocab_size", &c.Vocab), size("n_embd", &c.Width), size("n_layer", &c.DecoderLayers), size("n_head", &c.DecoderHeads),
			size("n_inner", &c.DecoderFFN), size("n_positions", &c.MaxPositions),
			{name: "activation_function", at: &c.Activation}, {name: "layer_norm_epsilon", at: &c.NormEps},
			token("pad_token_id", &c.Pad), token("eos_token_id", &c.EOS), token("bos_token_id", &c.Start),
		}
	},

	// GPT-2 has one special token: where EOS or Start is absent it is the other of the two, and Pad is EOS, so
	// that Pad may be a token that the model writes.
	derived: func(c *Config) {
		if c.DecoderFFN == 0 {
			c.DecoderFFN = 4 * c.Width
		}
		if c.Start < 0 && c.EOS < 0 {
			c.Start = 50256 // <|endoftext|>
		}
		if c.Start < 0 {
			c.Start = c.EOS
		}
		if c.EOS < 0 {
			c.EOS = c.Start
		}
		if c.Pad < 0 {
			c.Pad = c.EOS
		}
	},

	// N(0, 0.02²) (Radford et al. 2018, section 4.1), and what projects into the residual stream divided by
	// √(2·layers), the number of branches (Radford et al. 2019, section 2.3).
	initial: func(m *Model, p *grad.Param, r *rand.Rand) func() float64 {
		scale := float32(1)
		if strings.HasSuffix(p.Name, ".c_proj.weight") {
			scale = float32(1 / math.Sqrt(2*float64(m.DecoderLayers)))
		}
		return func() float64 { return float64(float32(0.02*r.NormFloat64()) * scale) }
	},
}
