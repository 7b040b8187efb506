package model

import (
	"io"
	"strings"

	"heed/core/json"
	"heed/core/say"
	"heed/core/token"
	"heed/core/transformer"
	"heed/core/weights"
)

// ParseGGUF opens a file of llama.cpp, which holds configuration, tokenizer and weights. Matrices stay in their
// blocks. The file's family must be registered: see transformer.Register.
func ParseGGUF(data []byte) (*Model, error) {
	g, err := weights.ParseGGUF(data)
	if err != nil {
		return nil, err
	}
	return FromGGUF(g)
}

// OpenGGUF is ParseGGUF of a file of so many bytes that is read as far as it is needed.
func OpenGGUF(r io.ReaderAt, size int64) (*Model, error) {
	g, err := weights.OpenGGUF(r, size)
	if err != nil {
		return nil, err
	}
	return FromGGUF(g)
}

// FromGGUF is ParseGGUF of a file whose header was read.
func FromGGUF(g *weights.GGUF) (*Model, error) {
	config, err := configOf(g)
	if err != nil {
		return nil, say.Error("the GGUF file ", err)
	}
	c, err := transformer.ParseConfig(config)
	if err != nil {
		return nil, say.Error("the GGUF file ", err)
	}
	_ = c.Fit(g.Names()) // a missing layer: Load names the tensor, in the file's own words
	net, err := transformer.New(c)
	if err != nil {
		return nil, say.Error("the GGUF file is wrong: ", err)
	}
	t, err := token.FromGGUF(g)
	if err != nil {
		return nil, err
	}
	m := &Model{Name: g.String("general.name"), About: About{Task: Generation}, Tokenizer: t, Net: net}
	if err := m.fits("the tokenizer"); err != nil {
		return nil, err
	}
	return m, Load(net, g, "the GGUF file")
}

// configOf writes the metadata as the config.json that it was made of. The keys are those of
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
func configOf(g *weights.GGUF) ([]byte, error) {
	arch := g.String("general.architecture")
	family := arch
	switch arch {
	case "llama", "qwen2", "qwen3":
	case "gemma3":
		family = "gemma3_text"
	default:
		return nil, say.Error("has the general.architecture ", say.Quote(arch), "; llama, qwen2, qwen3 and gemma3 are opened")
	}
	if _, ok := g.Shape("rope_freqs.weight"); ok {
		return nil, say.Error("has rope_freqs.weight, a scaling of rotary positions that is not supported")
	}
	width, _ := g.Int(arch + ".embedding_length")
	heads, _ := g.Int(arch + ".attention.head_count")
	head, ok := g.Int(arch + ".attention.key_length")
	if !ok && heads > 0 {
		head = width / heads
	}
	if turned, ok := g.Int(arch + ".rope.dimension_count"); ok && turned != head {
		return nil, say.Error("has the rope.dimension_count ", turned, "; heads of ", head, " numbers are turned as a whole only")
	}
	vocab := len(g.Strings("tokenizer.ggml.tokens"))
	_, untied := g.Shape("output.weight")
	tied := !untied
	return json.Write(func(o *json.Object) {
		o.Member("model_type").String(&family)
		o.Member("vocab_size").Int(&vocab)
		o.Member("tie_word_embeddings").Bool(&tied)
		number := func(name, key string) {
			if n, ok := g.Int(strings.Replace(key, "*", arch, 1)); ok {
				o.Member(name).Int(&n)
			}
		}
		number("hidden_size", "*.embedding_length")
		number("num_hidden_layers", "*.block_count")
		number("num_attention_heads", "*.attention.head_count")
		number("num_key_value_heads", "*.attention.head_count_kv")
		number("head_dim", "*.attention.key_length")
		number("intermediate_size", "*.feed_forward_length")
		number("max_position_embeddings", "*.context_length")
		number("bos_token_id", "tokenizer.ggml.bos_token_id")
		number("eos_token_id", "tokenizer.ggml.eos_token_id")
		if arch == "gemma3" {
			number("sliding_window", "*.attention.sliding_window")
			number("sliding_window_pattern", "*.attention.sliding_window_pattern")
			scale := head // what llama.cpp divides by the root of; it knows the model of 27 B by its layers
			if n, _ := g.Int(arch + ".block_count"); n == 62 && heads > 0 {
				scale = width / heads
			}
			o.Member("query_pre_attn_scalar").Int(&scale)
			if x, ok := g.Float(arch + ".rope.freq_base_swa"); ok {
				o.Member("rope_local_base_freq").Float(&x)
			}
		}
		number("pad_token_id", "tokenizer.ggml.padding_token_id")
		if x, ok := g.Float(arch + ".attention.layer_norm_rms_epsilon"); ok {
			o.Member("rms_norm_eps").Float(&x)
		}
		if x, ok := g.Float(arch + ".rope.freq_base"); ok {
			o.Member("rope_theta").Float(&x)
		}
		if kind := g.String(arch + ".rope.scaling.type"); kind != "" && kind != "none" {
			o.Member("rope_scaling").Object(func(o *json.Object) {
				o.Member("rope_type").String(&kind)
				if x, ok := g.Float(arch + ".rope.scaling.factor"); ok {
					o.Member("factor").Float(&x)
				}
			})
		}
	})
}
