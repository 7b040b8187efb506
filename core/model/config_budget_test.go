//go:build !js

package model_test

import (
	"maps"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/readertest"
	"heed/core/weights"
)

// TestConfigBudget: natively only, as in WebAssembly memory cannot be watched while a reader runs.
// A hostile config.json is refused, or read, in twice its size and 100 MB, and in seconds, whatever sizes it names.
func TestConfigBudget(t *testing.T) {
	good := modeltest.Saved(t, modeltest.Small(t), weights.I8)
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	long := strings.Repeat("a", 5_000_000)
	with := func(member string) string {
		return strings.TrimSuffix(strings.TrimSpace(string(good["config.json"])), "}") + "," + member + "}"
	}
	for _, c := range []struct{ name, data, want string }{
		{"a long type", `{"model_type":"` + long + `"}`, "describes a model of type"},
		{"a long member", with(`"` + long + `":1`), ""},
		{"a long activation", strings.Replace(string(good["config.json"]), `"activation_function": "`, `"activation_function": "`+long, 1), "activation_function"},
		{"a long number", with(`"other":` + strings.Repeat("1", 5_000_000)), "a number of more than 4096 characters"},
		{"nested lists", with(`"other":` + strings.Repeat("[", 5_000_000)), "nested too deep"},
		{"kinds of layers", `{"model_type":"llama","layer_types":[` + many(2_000_000, `""`) + `]}`, "they belong to different models"},
		{"vast sizes", `{"model_type":"gpt2","n_embd":1073741824,"n_layer":1073741824,"n_head":1,"vocab_size":1073741824,"n_positions":1073741824}`, "config.json"},
		{"many layers", `{"model_type":"gpt2","n_embd":1,"n_layer":1073741824,"n_head":1,"vocab_size":1,"n_positions":1}`, "config.json"},
		{"wide layers", `{"model_type":"bert","hidden_size":1000000,"num_hidden_layers":1000,"num_attention_heads":1000000,"intermediate_size":1000000,"vocab_size":300}`, "config.json"},
		{"many layers of a recurrent network", `{"model_type":"recurrent","vocab_size":300,"d_model":1,"encoder_layers":1073741824,"encoder_hidden_size":1,"decoder_hidden_size":1,"attention":"additive","max_position_embeddings":8,"eos_token_id":1}`, "config.json"},
	} {
		files := maps.Clone(good)
		files["config.json"] = []byte(c.data)
		readertest.Budget(t, c.name, len(c.data), c.want, func() error {
			_, err := model.Parse(files)
			return err
		})
	}
}
