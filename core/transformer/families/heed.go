package families

import (
	"math"
	"math/rand/v2"
	"strings"

	"heed/core/grad"
	"heed/core/say"
	"heed/core/transformer"
)

func init() { transformer.Register(heed()) }

// Heed is the type of the Transformers that learn while one watches: an encoder–decoder, a decoder or an encoder, of
// which any part can be left out.
const Heed = "heed"

const positions = "positions.weight"

func heed() *transformer.Family {
	return &transformer.Family{
		Own: true,
		Names: []transformer.Names{{
			Table: "embed.weight", Output: "unembed.weight", Encoder: "encoder.", Decoder: "decoder.", Positions: positions,
			Blocks: "layers.", Self: ".self", Cross: ".cross", Query: ".query", Key: ".key", Value: ".value", Out: ".out",
			SelfNorm: ".self_norm", CrossNorm: ".cross_norm", In: ".ffn.in", Back: ".ffn.out", FFNNorm: ".ffn_norm", Last: "norm",
			Bias: "unembed.bias",
		}},
		// A config.json says all of these.
		Defaults: transformer.Config{ModelType: Heed, Vocab: 258, Width: 64, EncoderLayers: 1, DecoderLayers: 1, EncoderHeads: 1, DecoderHeads: 1,
			Activation: "gelu_new", MaxPositions: 64, NormEps: 1e-5, PreNorm: true, ScaleEmbedding: true,
			Rotary: transformer.Rotary{Base: 10000}, EOS: 1},
		Entries: func(c *transformer.Config) []transformer.Entry {
			return []transformer.Entry{
				transformer.Size("vocab_size", &c.Vocab), transformer.Size("d_model", &c.Width),
				{Name: "encoder_layers", At: &c.EncoderLayers}, {Name: "decoder_layers", At: &c.DecoderLayers},
				{Name: "encoder_heads", At: &c.EncoderHeads}, {Name: "decoder_heads", At: &c.DecoderHeads},
				{Name: "encoder_ffn_dim", At: &c.EncoderFFN}, {Name: "decoder_ffn_dim", At: &c.DecoderFFN},
				transformer.Size("max_position_embeddings", &c.MaxPositions), {Name: "activation_function", At: &c.Activation},
				{Name: "scale_embedding", At: &c.ScaleEmbedding}, {Name: "normalize_before", At: &c.PreNorm}, {Name: "learned_positions", At: &c.LearnedPosition},
				{Name: "rotary_dim", At: &c.Rotary.Width}, {Name: "no_positions", At: &c.NoPositions}, {Name: "no_causal_mask", At: &c.NoMask},
				{Name: "no_residuals", At: &c.NoResiduals}, {Name: "no_norms", At: &c.NoNorms}, {Name: "untied", At: &c.Untied},
				transformer.Token("pad_token_id", &c.Pad), transformer.Token("eos_token_id", &c.EOS), transformer.Token("bos_token_id", &c.Start),
			}
		},
		Derived: func(c *transformer.Config) error {
			for _, part := range []struct {
				name               string
				layers, heads, ffn int
			}{{"encoder", c.EncoderLayers, c.EncoderHeads, c.EncoderFFN}, {"decoder", c.DecoderLayers, c.DecoderHeads, c.DecoderFFN}} {
				if part.layers < 0 || part.ffn < 0 || part.layers > 0 && part.heads < 1 {
					return say.Error("the ", part.name, " has ", say.Count(part.layers, "layer"), ", ", say.Count(part.heads, "head"),
						" and feed-forward networks of width ", part.ffn, ", which cannot be")
				}
			}
			if c.EncoderLayers+c.DecoderLayers == 0 {
				return say.Error("there is neither an encoder nor a decoder")
			}
			return nil
		},
		// Tables from N(0, 1/C), positions from N(0, 1), which are then as large as scaled embeddings, matrices
		// uniformly after Glorot & Bengio 2010.
		Initial: func(m *transformer.Model, p *grad.Param, r *rand.Rand) func() float64 {
			if strings.HasSuffix(p.Name, positions) {
				return r.NormFloat64
			}
			if p.Role == grad.Table || p.Role == grad.Output {
				sd := 1 / math.Sqrt(float64(m.Width))
				return func() float64 { return r.NormFloat64() * sd }
			}
			limit := math.Sqrt(6 / float64(p.Rows+p.Cols))
			return func() float64 { return (2*r.Float64() - 1) * limit }
		},
	}
}
