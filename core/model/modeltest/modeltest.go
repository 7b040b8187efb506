// Package modeltest builds small models with random weights for the tests of other packages.
package modeltest

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/say"
	"heed/core/token"
	"heed/core/transformer"
	"heed/core/weights"
)

// configs are the networks by their kind: a model_type, or an attention of a recurrent network.
var configs = map[string]string{
	"marian": `"model_type": "marian", "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 2,
		"encoder_ffn_dim": 24, "decoder_ffn_dim": 24, "activation_function": "swish", "max_position_embeddings": 48, "scale_embedding": true,
		"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0`,
	"gpt2": `"model_type": "gpt2", "n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 32, "bos_token_id": 0, "eos_token_id": 0`,
	"unmasked": `"model_type": "heed", "d_model": 16, "encoder_layers": 0, "decoder_layers": 2, "decoder_heads": 4, "decoder_ffn_dim": 24, "untied": true,
		"no_causal_mask": true, "max_position_embeddings": 32, "bos_token_id": 0, "eos_token_id": 0`,
	"bert": `"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 24, "max_position_embeddings": 32`,
}

const recurrent = `"model_type": "recurrent", "d_model": 12, "encoder_layers": 2, "encoder_hidden_size": 8, "bidirectional": true, "decoder_hidden_size": 16,
	"attention": "KIND", "attention_dim": 10, "tie_word_embeddings": true, "scale_embedding": true, "max_position_embeddings": 48,
	"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0`

// New returns a model of a task with random weights, over a tokenizer that learned from a few lines. The kind is
// marian, gpt2, bert or unmasked, which learns without a causal mask, or an attention of a recurrent network: none,
// additive, dot, general, scaled_dot.
func New(t testing.TB, task, kind string) *model.Model {
	t.Helper()
	special := map[string][]string{
		model.Generation: {model.EndOfText},
		model.Fill:       {model.Padding, model.Class, model.Separator, model.Mask},
	}[task]
	if special == nil {
		special = []string{"<pad>", token.End}
	}
	lines := func(yield func(string) bool) {
		for range 3 {
			for _, s := range []string{"the cat sat on the mat", "le chat est sur le tapis", "a dog and a cat", "où est l'été ?", " the cat ## , `` ''"} {
				if !yield(s) {
					return
				}
			}
		}
	}
	k, err := token.Train(lines, 290, special)
	if err != nil {
		t.Fatal(err)
	}
	switch task {
	case model.Generation:
		k.Surround(special, nil)
	case model.Fill:
		k.Surround([]string{model.Class}, []string{model.Separator})
	}
	config, ok := configs[kind]
	if !ok {
		config = strings.Replace(recurrent, "KIND", kind, 1)
	}
	net, err := model.NewNet([]byte(say.Text(`{"vocab_size": `, k.Len(), ", ", config, "}")))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	return &model.Model{Name: "tiny", About: model.About{Task: task, Source: "en"}, Tokenizer: k, Net: net}
}

// Bare returns the files of a model that finds words, without the head that does: it compares texts.
func Bare(t testing.TB) map[string][]byte {
	t.Helper()
	files := Saved(t, New(t, model.Fill, "bert"), weights.F32)
	f, err := weights.Parse(files["model.safetensors"])
	if err != nil {
		t.Fatal(err)
	}
	var kept []weights.Tensor
	for _, name := range f.Names() {
		if strings.HasPrefix(name, "cls.") {
			continue
		}
		x, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		shape, _ := f.Shape(name)
		kept = append(kept, weights.Tensor{Name: strings.TrimPrefix(name, "bert."), DType: weights.F32, Shape: shape, Data: x})
	}
	var b bytes.Buffer
	if err := weights.Write(&b, kept, nil); err != nil {
		t.Fatal(err)
	}
	files["model.safetensors"] = b.Bytes()
	files["config.json"] = []byte(strings.Replace(string(files["config.json"]), `"task": "fill"`, `"title": "bare"`, 1))
	return files
}

// Networks lists a task and a kind for every network that a task can have.
var Networks = []struct{ Task, Kind string }{
	{model.Translation, "marian"}, {model.Translation, "none"}, {model.Translation, "additive"}, {model.Translation, "general"},
	{model.Compression, "marian"}, {model.Compression, "additive"},
	{model.Generation, "gpt2"}, {model.Fill, "bert"},
}

// ForTask is New of the first network that can have a task.
func ForTask(t testing.TB, task string) *model.Model {
	t.Helper()
	for _, n := range Networks {
		if n.Task == task {
			return New(t, task, n.Kind)
		}
	}
	t.Fatalf("no network of modeltest.Networks has the task %q; add one", task)
	return nil
}

// Small is a model with random weights over a tokenizer learned from a few lines.
func Small(t testing.TB) *model.Model {
	t.Helper()
	lines := func(yield func(string) bool) {
		for range 3 {
			for _, s := range []string{"the cat sat on the mat", "le chat est sur le tapis", "a dog and a cat", "où est l'été ?"} {
				if !yield(s) {
					return
				}
			}
		}
	}
	k, err := token.Train(lines, 290, []string{"<pad>", token.End})
	if err != nil {
		t.Fatal(err)
	}
	net, err := transformer.New(transformer.Config{ModelType: "marian", Vocab: k.Len(), Width: 16, EncoderLayers: 2, DecoderLayers: 3, EncoderHeads: 4,
		DecoderHeads: 2, EncoderFFN: 24, DecoderFFN: 24, Activation: "swish", MaxPositions: 48, ScaleEmbedding: true, EOS: 1})
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 1)))
	return &model.Model{Name: "small", About: model.About{Task: model.Translation, Title: "Small", Source: "en", Target: "fr"}, Tokenizer: k, Net: net}
}

// Saved returns the files of a model.
func Saved(t testing.TB, m *model.Model, dtype weights.DType) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if err := m.Save(dir, dtype); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range model.Files {
		b, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}
