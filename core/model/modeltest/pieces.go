package modeltest

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"heed/core/model"
	"heed/core/weights"
)

// Pieces returns the files of a model with random weights, by its config.json, beside the tokenizer of a directory that
// has SentencePiece's files in the place of a tokenizer.json, such as core/token/testdata/spm/marian.
func Pieces(t testing.TB, dir, config string) map[string][]byte {
	t.Helper()
	net, err := model.NewNet([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	var tensors []weights.Tensor
	for _, p := range net.Weights().List {
		tensors = append(tensors, weights.Tensor{Name: p.Name, DType: weights.F32, Shape: p.Shape, Data: p.Values().Data})
	}
	var b bytes.Buffer
	if err := weights.Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"config.json": []byte(config), "model.safetensors": b.Bytes()}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = data
	}
	return files
}

// MarianPieces is a config.json for Pieces and core/token/testdata/spm/marian.
const MarianPieces = `{"model_type": "marian", "vocab_size": 459, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
	"decoder_attention_heads": 2, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24, "activation_function": "swish", "max_position_embeddings": 48,
	"scale_embedding": true, "pad_token_id": 458, "eos_token_id": 0, "decoder_start_token_id": 458}`
