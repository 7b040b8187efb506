package families_test

import (
	"math"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/transformer"
)

// TestRefused wants what would change the result and is not computed to be an error that names it.
func TestRefused(t *testing.T) {
	for config, want := range map[string]string{
		`{"model_type":"mamba"}`: "llama",
		`{"model_type":"llama","rope_scaling":{"rope_type":"yarn","factor":4}}`:                                                                   `rope_scaling's type "yarn"`,
		`{"model_type":"llama","rope_scaling":{"type":"longrope"}}`:                                                                               `"longrope"`,
		`{"model_type":"llama","rope_scaling":{"type":"linear","factor":0}}`:                                                                      "factor",
		`{"model_type":"llama","rope_scaling":{"rope_type":"llama3","factor":8}}`:                                                                 "low_freq_factor",
		`{"model_type":"llama","rope_theta":0}`:                                                                                                   "rope_theta",
		`{"model_type":"llama","hidden_act":"xielu"}`:                                                                                             "xielu",
		`{"model_type":"llama","num_key_value_heads":5}`:                                                                                          "num_key_value_heads is 5, which 32 heads",
		`{"model_type":"llama","head_dim":-1}`:                                                                                                    "head_dim",
		`{"model_type":"llama","head_dim":7}`:                                                                                                     "7 numbers",
		`{"model_type":"qwen2","use_sliding_window":true,"sliding_window":0}`:                                                                     "sliding_window is 0",
		`{"model_type":"qwen2","layer_types":["full_attention"]}`:                                                                                 "layer_types has 1 entries for 32",
		`{"model_type":"mistral","num_hidden_layers":1,"layer_types":["chunked_attention"]}`:                                                      `"chunked_attention"`,
		`{"model_type":"qwen3","num_hidden_layers":1,"layer_types":["sliding_attention"]}`:                                                        "sliding_window is missing",
		`{"model_type":"modernbert","rope_parameters":{"full_attention":{"rope_theta":9},"sliding_attention":{"rope_type":"linear","factor":2}}}`: "linear of sliding_attention",
		`{"model_type":"qwen3","attention_bias":true}`:                                                                                            "attention_bias",
		`{"model_type":"mistral","sliding_window":-4}`:                                                                                            "sliding_window",
		`{"model_type":"gpt_neox","rotary_pct":1.5}`:                                                                                              "rotary_pct",
		`{"model_type":"bart","forced_bos_token_id":50265}`:                                                                                       "forced_bos_token_id",
		`{"model_type":"bart","normalize_before":true}`:                                                                                           "normalize_before",
		`{"model_type":"bart","tie_word_embeddings":false}`:                                                                                       "tie_word_embeddings",
		`{"model_type":"t5","feed_forward_proj":"gated-mish"}`:                                                                                    "mish",
		`{"model_type":"t5","num_decoder_layers":-1}`:                                                                                             "num_decoder_layers",
		`{"model_type":"t5","relative_attention_num_buckets":64,"relative_attention_max_distance":8}`:                                             "relative_attention_max_distance is 8; it must be above half of relative_attention_num_buckets, which is 64",
		`{"model_type":"roberta","position_embedding_type":"relative_key_query"}`:                                                                 "position_embedding_type",
		`{"model_type":"roberta","max_position_embeddings":2}`:                                                                                    "max_position_embeddings",
		`{"model_type":"distilbert","n_heads":0}`:                                                                                                 "n_heads",
		`{"model_type":"modernbert","local_attention":1}`:                                                                                         "local_attention",
		`{"model_type":"modernbert","norm_bias":true}`:                                                                                            "norm_bias",
		`{"model_type":"modernbert","global_attn_every_n_layers":0}`:                                                                              "global_attn_every_n_layers",
		`{"model_type":"modernbert","classifier_activation":"quux"}`:                                                                              `classifier_activation is "quux"`,
		`{"model_type":"modernbert","local_attention":1000000000}`:                                                                                "local_attention is ",
		`{"model_type":"llama","rms_norm_eps":0}`:                                                                                                 "rms_norm_eps is 0",
		`{"model_type":"t5","d_kv":100000}`:                                                                                                       "d_kv is 100000",
		`{"model_type":"llama","num_hidden_layers":100000}`:                                                                                       "too large",
	} {
		if _, err := transformer.ParseConfig([]byte(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", config, err, want)
		}
	}
}

// TestEnds wants several tokens that end a text, and positions in their newer form, to be read.
func TestEnds(t *testing.T) {
	c, err := transformer.ParseConfig([]byte(`{"model_type":"llama","vocab_size":128256,"bos_token_id":128000,"eos_token_id":[128001,128009],"pad_token_id":null,
		"max_position_embeddings":131072,"rope_parameters":{"rope_type":"llama3","rope_theta":500000.0,"factor":32.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
		"original_max_position_embeddings":8192}}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.EOS != 128001 || c.Pad != 128001 || c.Start != 128000 {
		t.Errorf("the special tokens are %d, %d, %d", c.Pad, c.EOS, c.Start)
	}
	if r := c.Rotary; r.Base != 500000 || r.Scaling != "llama3" || r.Factor != 32 || r.Width != 128 {
		t.Errorf("positions are %+v", r)
	}
}

// TestWindow wants each block to see what its configuration says.
func TestWindow(t *testing.T) {
	const small = `"vocab_size":31,"hidden_size":16,"num_hidden_layers":4,"num_attention_heads":2,"intermediate_size":8,"pad_token_id":0,`
	const kinds = `"layer_types":["sliding_attention","full_attention","full_attention","sliding_attention"]`
	for config, want := range map[string][4]int{ // tokens to one side, by layer; 0 is all
		`{"model_type":"mistral",` + small + `"num_key_value_heads":2,"sliding_window":12}`:                                              {12, 12, 12, 12},
		`{"model_type":"mistral",` + small + `"num_key_value_heads":2,"sliding_window":12,` + kinds + `}`:                                {12, 0, 0, 12},
		`{"model_type":"qwen2",` + small + `"num_key_value_heads":2,"sliding_window":12}`:                                                {},
		`{"model_type":"qwen2",` + small + `"num_key_value_heads":2,"sliding_window":9,"use_sliding_window":true}`:                       {},
		`{"model_type":"qwen3",` + small + `"num_key_value_heads":2,"sliding_window":9,"use_sliding_window":true,"max_window_layers":3}`: {0, 0, 0, 9},
		`{"model_type":"modernbert",` + small + `"local_attention":24}`:                                                                  {0, 13, 13, 0},
		`{"model_type":"modernbert",` + small + `"global_attn_every_n_layers":1}`:                                                        {},
	} {
		c, err := transformer.ParseConfig([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		m, err := transformer.New(c)
		if err != nil {
			t.Fatal(err)
		}
		var source grad.Sequences
		source.Add(make([]int, 20)...)
		var got [4]int
		hooks := attention.Hooks{Map: func(am *attention.Map) { got[am.Layer] = am.Near }}
		p := grad.NewPass()
		if m.Encode(p, &source, hooks); m.DecoderLayers > 0 {
			m.Decode(p, &source, grad.Value{}, nil, hooks)
		}
		if got != want {
			t.Errorf("%s: blocks see %d tokens, want %d", config, got, want)
		}
	}
}

// TestLayerRopes wants the positions of local blocks to be read where a newer file has them.
func TestLayerRopes(t *testing.T) {
	c, err := transformer.ParseConfig([]byte(`{"model_type":"modernbert","rope_parameters":{"full_attention":{"rope_type":"default","rope_theta":900.0},
		"sliding_attention":{"rope_type":"default","rope_theta":70.0}}}`))
	if err != nil || c.Rotary.Base != 900 || c.Rotary.Local != 70 {
		t.Errorf("%+v, %v", c.Rotary, err)
	}
}

// TestUnbiased opens BART with its prefix, but without a bias of logits, as BartForSequenceClassification is stored:
// the logits are those of a bias of 0.
func TestUnbiased(t *testing.T) {
	whole, g := open(t, "bart")
	delete(g.Tensors, "final_logits_bias")
	c, err := transformer.ParseConfig(g.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Fit(drawn(g.Tensors).Names()); err != nil {
		t.Fatal(err)
	}
	m, err := transformer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := model.Load(m, drawn(g.Tensors), "bart"); err != nil {
		t.Fatal(err)
	}
	var source, target grad.Sequences
	source.Add(g.Cases[0].Source...)
	target.Add(g.Cases[0].Target...)
	row := func(m *transformer.Model) []float32 {
		p := grad.NewPass()
		return m.Logits(p, m.Decode(p, &target, m.Encode(p, &source, attention.Hooks{}), &source, attention.Hooks{})).X.Row(0)
	}
	with, without := row(whole), row(m)
	for i, bias := range draw("final_logits_bias", []int{1, c.Vocab}) {
		if math.Abs(float64(with[i]-without[i]-bias)) > tolerance {
			t.Fatalf("logit %d is %g with the bias %g, and %g without", i, with[i], bias, without[i])
		}
	}
}
