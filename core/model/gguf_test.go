package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/tensor"
	"heed/core/weights"
)

// TestGGUF wants a file of llama.cpp to compute what the same weights in Hugging Face's form do, and to keep its
// matrices in blocks.
func TestGGUF(t *testing.T) {
	metadata, tensors, plain := modeltest.Llama()
	m, err := model.ParseGGUF(modeltest.GGUF(metadata, tensors, true))
	if err != nil {
		t.Fatal(err)
	}
	if m.About.Task != model.Generation || m.Tokenizer.Len() != 258 {
		t.Errorf("the task is %q, there are %d pieces", m.About.Task, m.Tokenizer.Len())
	}
	for _, p := range m.Net.Weights().List {
		if n := (p.Rows + 7) / 8 * 8 * p.Cols; p.Rows > 1 && p.Cols%32 == 0 && p.Bytes() > n*40/32 { // two floats a block
			t.Errorf("%s has %d numbers in %d bytes", p.Name, n, p.Bytes())
		}
	}
	net, err := model.NewNet([]byte(`{"model_type":"llama","vocab_size":258,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,
		"intermediate_size":24,"max_position_embeddings":64,"rms_norm_eps":1e-5,"rope_theta":100,"tie_word_embeddings":true}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range net.Weights().List {
		p.Set(func(x tensor.Matrix) { copy(x.Data, plain[p.Name].Data) })
	}
	var s grad.Sequences
	s.Add(256, 72, 101, 108, 108, 111, 33)
	logits := func(n model.Net) tensor.Matrix {
		p := grad.NewPass()
		return n.Logits(p, n.Decode(p, &s, grad.Value{}, nil, attention.Hooks{})).X
	}
	got, want := logits(m.Net), logits(net)
	largest := 0.0
	for i := range want.Rows {
		for j, v := range want.Row(i) {
			largest = max(largest, math.Abs(float64(got.Row(i)[j]-v)))
		}
	}
	within := 1e-4
	if tensor.Kernels() != tensor.GoKernels {
		within = 5e-3 // of logits up to 11: the kernels round the rows that they multiply blocks by to 16 bits
	}
	if !(largest <= within) {
		t.Errorf("logits differ by %g", largest)
	}
}

// TestGGUFRefused wants a sentence that names what is wrong with a file, or not supported.
func TestGGUFRefused(t *testing.T) {
	metadata, tensors, _ := modeltest.Llama()
	set := func(key string, value any) []any {
		m := slices.Clone(metadata)
		if i := slices.IndexFunc(m, func(v any) bool { s, ok := v.(string); return ok && s == key }); i >= 0 {
			m[i+1] = value
			return m
		}
		return append(m, key, value)
	}
	with := func(name string) []weights.Tensor {
		return append(slices.Clone(tensors), weights.Tensor{Name: name, Shape: []int{4}, Data: []float32{1, 1, 1, 1}})
	}
	for want, file := range map[string][]byte{
		`general.architecture "gemma2"`: modeltest.GGUF(set("general.architecture", "gemma2"), tensors, true),
		"rope_freqs.weight":             modeltest.GGUF(metadata, with("rope_freqs.weight"), true),
		"blk.0.other.weight":            modeltest.GGUF(metadata, with("blk.0.other.weight"), true),
		`type "yarn"`:                   modeltest.GGUF(set("llama.rope.scaling.type", "yarn"), tensors, true),
		"rope.dimension_count":          modeltest.GGUF(set("llama.rope.dimension_count", uint32(4)), tensors, true),
		"num_hidden_layers":             modeltest.GGUF(set("llama.block_count", uint32(0)), tensors, true),
		"lacks blk.2.":                  modeltest.GGUF(set("llama.block_count", uint32(3)), tensors, true),
		"embed_tokens.weight":           modeltest.GGUF(metadata, tensors[1:], true),
		"heads":                         modeltest.GGUF(set("llama.attention.head_count_kv", uint32(3)), tensors, true),
		"GGUF":                          []byte("{}"),
	} {
		_, err := model.ParseGGUF(file)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is %v", want, err)
		}
	}
}
