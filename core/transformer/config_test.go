package transformer

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConfigErrors wants an error that names the entry of the configuration which is wrong.
func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"vocab_size is 0":                      func(c *Config) { c.Vocab = 0 },
		"encoder_layers is -1":                 func(c *Config) { c.EncoderLayers = -1 },
		"encoder_attention_heads":              func(c *Config) { c.EncoderHeads = 3 },
		`activation_function is "quux"`:        func(c *Config) { c.Activation = "quux" },
		"eos_token_id is 99":                   func(c *Config) { c.EOS = 99 },
		"d_model is 1048576, by which":         func(c *Config) { c.Vocab, c.Width = 1<<20, 1<<20 },
		"have 1e-05":                           func(c *Config) { c.NormEps = 1e-6 }, // which no entry sets
		"decoder_layers is 0":                  func(c *Config) { c.DecoderLayers = 0 },
		`type "t5" is not known`:               func(c *Config) { c.ModelType = "t5" },
		"gpt2 does not have both":              func(c *Config) { ofGPT2(c); c.EncoderLayers = 1 },
		"n_layer is 0":                         func(c *Config) { ofGPT2(c); c.DecoderLayers = 0 },
		"layer_norm_epsilon is -1":             func(c *Config) { ofGPT2(c); c.NormEps = -1 },
		"bert does not have both":              func(c *Config) { ofBERT(c); c.DecoderLayers = 1 },
		"num_attention_heads is 0":             func(c *Config) { ofBERT(c); c.EncoderHeads = 0 },
		"layer_norm_eps is -1":                 func(c *Config) { ofBERT(c); c.NormEps = -1 },
		`hidden_act is "quux"`:                 func(c *Config) { ofBERT(c); c.Activation = "quux" },
		"type_vocab_size is 1048576, by which": func(c *Config) { ofBERT(c); c.TypeVocab = 1 << 20 },
	} {
		c := tiny(func(*Config) {}).Config
		c.NormEps = 0
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}

// TestCount wants the number of weights without making room for them.
func TestCount(t *testing.T) {
	for name, change := range layouts {
		m := tiny(change)
		if got, want := m.Config.Count(), int64(m.Params.Count()); got != want {
			t.Errorf("%s: Count gives %d, the model has %d weights", name, got, want)
		}
	}
	// The published sizes: GPT-2 has 124439808 weights, BERT base with its head 109514298.
	for data, want := range map[string]int64{`{"model_type":"gpt2"}`: 124439808, `{"model_type":"bert"}`: 109514298} {
		c, err := ParseConfig([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Count(); got != want {
			t.Errorf("%s: %d weights, want %d", data, got, want)
		}
	}
}

// TestConfigJSON writes the configuration of every layout and of transformers' own files, and reads
// it again.
func TestConfigJSON(t *testing.T) {
	var list []Config
	for _, change := range layouts {
		list = append(list, tiny(change).Config)
	}
	for _, folder := range []string{"marian", "gpt2", "bert"} {
		data, err := os.ReadFile("testdata/" + folder + "/config.json")
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseConfig(data)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)

		// What transformers wrote stands in our file too, except for what only its training reads.
		var theirs, ours map[string]any
		mine, err := c.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(data, &theirs) != nil || json.Unmarshal(mine, &ours) != nil {
			t.Fatal("no JSON")
		}
		for _, name := range []string{"architectures", "model_type", "vocab_size", "pad_token_id", "eos_token_id", "bos_token_id",
			"n_embd", "n_head", "n_inner", "n_layer", "n_positions", "activation_function", "layer_norm_epsilon", "attn_pdrop",
			"hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "hidden_act", "layer_norm_eps",
			"max_position_embeddings", "type_vocab_size", "position_embedding_type", "hidden_dropout_prob",
			"d_model", "encoder_layers", "decoder_layers", "encoder_ffn_dim", "decoder_ffn_dim", "encoder_attention_heads",
			"decoder_attention_heads", "scale_embedding", "decoder_start_token_id", "decoder_vocab_size", "is_encoder_decoder",
			"share_encoder_decoder_embeddings", "tie_word_embeddings", "forced_eos_token_id", "dropout"} {
			want, ok := theirs[name]
			if !ok {
				continue
			}
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(ours[name])
			if string(a) != string(b) {
				t.Errorf("%s: %s is %s in our file, %s in transformers'", folder, name, b, a)
			}
		}
	}
	for _, want := range list {
		// What one family has and another has not is lost, as it should be.
		switch want.ModelType {
		case GPT2:
			want.EncoderHeads, want.EncoderFFN = 0, 0
		case BERT:
			want.DecoderHeads, want.DecoderFFN, want.EOS, want.Start = 0, 0, 0, 0
		}
		data, err := want.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseConfig(data); err != nil || !cmp.Equal(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func TestParseConfig(t *testing.T) {
	for data, want := range map[string]Config{
		`{"model_type":"gpt2","n_embd":24,"n_head":2}`: {ModelType: GPT2, Vocab: 50257, Width: 24, DecoderLayers: 12, DecoderHeads: 2, DecoderFFN: 96,
			Activation: "gelu_new", MaxPositions: 1024, PreNorm: true, LearnedPosition: true, NormEps: 1e-5, Pad: 50256, EOS: 50256, Start: 50256},
		`{"model_type":"gpt2","n_embd":24,"n_head":2,"n_inner":null,"bos_token_id":7,"pad_token_id":null}`: {ModelType: GPT2, Vocab: 50257, Width: 24,
			DecoderLayers: 12, DecoderHeads: 2, DecoderFFN: 96, Activation: "gelu_new", MaxPositions: 1024, PreNorm: true, LearnedPosition: true,
			NormEps: 1e-5, Pad: 7, EOS: 7, Start: 7},
		`{"model_type":"gpt2","n_embd":24,"n_head":2,"n_inner":50,"bos_token_id":7,"eos_token_id":8,"pad_token_id":9}`: {ModelType: GPT2, Vocab: 50257,
			Width: 24, DecoderLayers: 12, DecoderHeads: 2, DecoderFFN: 50, Activation: "gelu_new", MaxPositions: 1024, PreNorm: true,
			LearnedPosition: true, NormEps: 1e-5, Pad: 9, EOS: 8, Start: 7},
		`{"model_type":"bert"}`: {ModelType: BERT, Vocab: 30522, Width: 768, EncoderLayers: 12, EncoderHeads: 12, EncoderFFN: 3072, Activation: "gelu",
			MaxPositions: 512, LearnedPosition: true, NormEps: 1e-12, TypeVocab: 2},
		`{"model_type":"marian","scale_embedding":true,"encoder_layers":6}`: {ModelType: Marian, Vocab: 58101, Width: 1024, EncoderLayers: 6,
			DecoderLayers: 12, EncoderHeads: 16, DecoderHeads: 16, EncoderFFN: 4096, DecoderFFN: 4096, Activation: "gelu", MaxPositions: 1024,
			ScaleEmbedding: true, NormEps: 1e-5, Pad: 58100, Start: 58100},
	} {
		if got, err := ParseConfig([]byte(data)); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", data, got, err, want)
		}
	}
	for data, want := range map[string]string{
		`null`:                                   `type ""`,
		`[]`:                                     "configuration",
		`{`:                                      "configuration",
		`{"model_type":7}`:                       "model_type",
		`{"model_type":"t5"}`:                    `type "t5"`,
		`{"model_type":"Bert"}`:                  `type "Bert"`,
		`{"model_type":"gpt2","n_embd":1e300}`:   "n_embd",
		`{"model_type":"gpt2","n_layer":0}`:      "n_layer",
		`{"model_type":"gpt2","n_head":7}`:       "n_embd is 768, which does not divide into 7 heads (n_head)",
		`{"model_type":"gpt2","vocab_size":100}`: "lies outside the vocabulary",
		`{"model_type":"gpt2","eos_token_id":99999}`:                         "eos_token_id is 99999",
		`{"model_type":"gpt2","scale_attn_by_inverse_layer_idx":true}`:       "scale_attn_by_inverse_layer_idx",
		`{"model_type":"gpt2","activation_function":"swiglu"}`:               "swiglu",
		`{"model_type":"gpt2","tie_word_embeddings":false}`:                  "tie_word_embeddings",
		`{"model_type":"gpt2","tie_word_embeddings":["a"]}`:                  "tie_word_embeddings",
		`{"model_type":"bert","position_embedding_type":"relative_key"}`:     "position_embedding_type",
		`{"model_type":"bert","is_decoder":true}`:                            "is_decoder",
		`{"model_type":"bert","hidden_size":-1}`:                             "hidden_size",
		`{"model_type":"bert","layer_norm_eps":0}`:                           "layer_norm_eps is 0",
		`{"model_type":"bert","type_vocab_size":0}`:                          "type_vocab_size",
		`{"model_type":"marian","share_encoder_decoder_embeddings":false}`:   "share_encoder_decoder_embeddings",
		`{"model_type":"marian","decoder_layers":0}`:                         "decoder_layers",
		`{"model_type":"marian","max_position_embeddings":2097152}`:          "max_position_embeddings",
		`{"model_type":"marian","max_position_embeddings":524288}`:           "too large",
		`{"model_type":"marian","decoder_start_token_id":58101,"d_model":8}`: "heads",
		`{"model_type":"marian","decoder_start_token_id":58101}`:             "decoder_start_token_id",
	} {
		if _, err := ParseConfig([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", data, err, want)
		}
	}
}
