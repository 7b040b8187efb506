package model_test

import (
	"maps"
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

// Whatever is in a GGUF file, it is refused in a sentence or the model opens, and its tokenizer reads a text.
func FuzzGGUF(f *testing.F) {
	metadata, tensors, _ := modeltest.Llama()
	file := modeltest.GGUF(metadata, tensors, true)
	f.Add(file)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := model.ParseGGUF(data)
		if err != nil {
			if s := err.Error(); len(s) > 1000 || strings.Contains(s, "\n") {
				t.Errorf("an error of %d bytes: %.200q", len(s), s)
			}
			return
		}
		vocab, _ := m.Net.Limits()
		for _, p := range m.Tokenizer.Encode("The café's end.") {
			if p.ID < 0 || p.ID >= vocab {
				t.Errorf("%+v of %d", p, vocab)
			}
		}
	})
}

// Whatever is in the files that a sentence model has besides, it is refused in a sentence or the model opens.
func FuzzSentences(f *testing.F) {
	good := modeltest.Bare(f)
	f.Add([]byte(`[{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},{"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]`),
		[]byte(`{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false}`), []byte(`{"max_seq_length": 17}`), []byte(`{"do_lower_case":true}`))
	f.Fuzz(func(t *testing.T, modules, pooling, length, settings []byte) {
		files := maps.Clone(good)
		files["modules.json"], files["1_Pooling/config.json"], files["sentence_bert_config.json"], files["tokenizer_config.json"] = modules, pooling, length, settings
		if _, err := model.Parse(files); err != nil && (len(err.Error()) > 1000 || strings.Contains(err.Error(), "\n")) {
			t.Errorf("an error of %d bytes: %.200q", len(err.Error()), err)
		}
	})
}
