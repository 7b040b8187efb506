package model_test

import (
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// Whatever is in a config.json, beside a tokenizer and weights that are well, it is refused in a sentence or the model
// opens and can be saved.
func FuzzConfig(f *testing.F) {
	good := modeltest.Saved(f, modeltest.Small(f), weights.I8)
	f.Add(good["config.json"])
	f.Add([]byte(`{"model_type":"gpt2","n_embd":16,"n_layer":1,"n_head":2,"vocab_size":300,"n_positions":32}`))
	f.Add([]byte(`{"model_type":"bert","hidden_size":16,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":32,"vocab_size":300}`))
	f.Fuzz(func(t *testing.T, config []byte) {
		m, err := model.Parse(map[string][]byte{"config.json": config, "tokenizer.json": good["tokenizer.json"], "model.safetensors": good["model.safetensors"]})
		if err != nil {
			if s := err.Error(); len(s) > 1000 || strings.Contains(s, "\n") {
				t.Errorf("an error of %d bytes: %.200q", len(s), s)
			}
			return
		}
		if err := m.Save(t.TempDir(), weights.F32); err != nil {
			t.Error(err)
		}
	})
}
