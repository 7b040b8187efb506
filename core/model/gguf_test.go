package model_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
	"heed/core/weights"
)

// ggufText writes a GGUF file: metadata as pairs of keys and values, then tensors, those of 2 dimensions as Q8_0, or F16 where that
// has no blocks of their rows.
type ggufText struct{ bytes.Buffer }

func (g *ggufText) put(parts ...any) {
	for _, p := range parts {
		if s, ok := p.(string); ok {
			g.put(uint64(len(s)))
			g.WriteString(s)
		} else if err := binary.Write(g, binary.LittleEndian, p); err != nil {
			panic(err)
		}
	}
}

func gguf(metadata []any, tensors []weights.Tensor) []byte {
	var g ggufText
	g.put([]byte("GGUF"), uint32(3), uint64(len(tensors)), uint64(len(metadata)/2))
	for i := 0; i < len(metadata); i += 2 {
		g.put(metadata[i].(string))
		switch v := metadata[i+1].(type) {
		case string:
			g.put(uint32(8), v)
		case uint32:
			g.put(uint32(4), v)
		case float32:
			g.put(uint32(6), v)
		case []string:
			g.put(uint32(9), uint32(8), uint64(len(v)))
			for _, s := range v {
				g.put(s)
			}
		case []int32:
			g.put(uint32(9), uint32(5), uint64(len(v)), v)
		}
	}
	var data bytes.Buffer
	for _, t := range tensors {
		shape := slices.Clone(t.Shape)
		slices.Reverse(shape)
		g.put(t.Name, uint32(len(shape)))
		for _, n := range shape {
			g.put(uint64(n))
		}
		kind := uint32(0)
		if len(shape) == 2 {
			kind = 1
			if shape[0]%32 == 0 {
				kind = 8
			}
		}
		g.put(kind, uint64(data.Len()))
		for i, v := range t.Data {
			if kind == 8 {
				if i%32 == 0 {
					binary.Write(&data, binary.LittleEndian, half(1./64))
				}
				data.WriteByte(byte(int8(v * 64)))
			} else if kind == 1 {
				binary.Write(&data, binary.LittleEndian, uint16(half(v)))
			} else {
				binary.Write(&data, binary.LittleEndian, v)
			}
		}
		data.Write(make([]byte, (32-data.Len()%32)%32))
	}
	g.Write(make([]byte, (32-g.Len()%32)%32))
	g.Write(data.Bytes())
	return g.Bytes()
}

// half is the F16 of a number that is one: a multiple of 1/64 below 1.
func half(v float32) uint16 {
	if v == 0 {
		return 0
	}
	b := math.Float32bits(v)
	return uint16(b>>16&0x8000) | uint16((int(b>>23&0xff)-127+15)<<10) | uint16(b>>13&0x3ff)
}

const (
	ggufWidth, ggufLayers, ggufHeads, ggufKV, ggufFFN = 32, 2, 4, 2, 24
	ggufVocab                                         = 258
)

// ggufFile is a tiny random Llama as llama.cpp's converter writes it, and the same weights by Hugging Face's names.
func ggufFile() (file []byte, plain map[string]weights.Tensor, metadata []any, tensors []weights.Tensor) {
	r := rand.New(rand.NewPCG(1, 2))
	plain = map[string]weights.Tensor{}
	add := func(name, hf string, heads int, shape ...int) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		x := make([]float32, n)
		for i := range x {
			if x[i] = float32(r.IntN(127)-63) / 64; len(shape) == 1 {
				x[i] = 1 + x[i]/4
			}
		}
		plain[hf] = weights.Tensor{Name: hf, Shape: shape, Data: x}
		if heads > 0 { // the converter's permute: halves of a head become neighbours
			rows, cols, y := shape[0]/heads, shape[1], make([]float32, n)
			for h := range heads {
				for i := range rows {
					from := h*rows + i%2*rows/2 + i/2
					copy(y[(h*rows+i)*cols:][:cols], x[from*cols:][:cols])
				}
			}
			x = y
		}
		tensors = append(tensors, weights.Tensor{Name: name, Shape: shape, Data: x})
	}
	const kv = ggufWidth / ggufHeads * ggufKV
	add("token_embd.weight", "model.embed_tokens.weight", 0, ggufVocab, ggufWidth)
	add("output_norm.weight", "model.norm.weight", 0, ggufWidth)
	for i := range ggufLayers {
		b, m := "blk."+string(rune('0'+i))+".", "model.layers."+string(rune('0'+i))+"."
		add(b+"attn_norm.weight", m+"input_layernorm.weight", 0, ggufWidth)
		add(b+"attn_q.weight", m+"self_attn.q_proj.weight", ggufHeads, ggufWidth, ggufWidth)
		add(b+"attn_k.weight", m+"self_attn.k_proj.weight", ggufKV, kv, ggufWidth)
		add(b+"attn_v.weight", m+"self_attn.v_proj.weight", 0, kv, ggufWidth)
		add(b+"attn_output.weight", m+"self_attn.o_proj.weight", 0, ggufWidth, ggufWidth)
		add(b+"ffn_norm.weight", m+"post_attention_layernorm.weight", 0, ggufWidth)
		add(b+"ffn_gate.weight", m+"mlp.gate_proj.weight", 0, ggufFFN, ggufWidth)
		add(b+"ffn_up.weight", m+"mlp.up_proj.weight", 0, ggufFFN, ggufWidth)
		add(b+"ffn_down.weight", m+"mlp.down_proj.weight", 0, ggufWidth, ggufFFN)
	}
	var pieces []string
	var types []int32
	next := rune(256)
	for b := range rune(256) { // GPT-2's alphabet
		letter := b
		if !(b >= '!' && b <= '~' || b >= '¡' && b <= '¬' || b >= '®') {
			letter, next = next, next+1
		}
		pieces, types = append(pieces, string(letter)), append(types, 1)
	}
	pieces, types = append(pieces, "<s>", "</s>"), append(types, 3, 3)
	metadata = []any{"general.architecture", "llama", "general.name", "tiny", "llama.context_length", uint32(64), "llama.embedding_length", uint32(ggufWidth),
		"llama.block_count", uint32(ggufLayers), "llama.feed_forward_length", uint32(ggufFFN), "llama.attention.head_count", uint32(ggufHeads),
		"llama.attention.head_count_kv", uint32(ggufKV), "llama.attention.layer_norm_rms_epsilon", float32(1e-5), "llama.rope.freq_base", float32(100),
		"llama.rope.dimension_count", uint32(ggufWidth / ggufHeads),
		"tokenizer.ggml.model", "gpt2", "tokenizer.ggml.pre", "gpt-2", "tokenizer.ggml.tokens", pieces, "tokenizer.ggml.token_type", types,
		"tokenizer.ggml.merges", []string{}, "tokenizer.ggml.bos_token_id", uint32(256), "tokenizer.ggml.eos_token_id", uint32(257)}
	return gguf(metadata, tensors), plain, metadata, tensors
}

// TestGGUF wants a file of llama.cpp to compute what the same weights in Hugging Face's form do, and to keep its
// matrices in blocks.
func TestGGUF(t *testing.T) {
	file, plain, _, _ := ggufFile()
	m, err := model.ParseGGUF(file)
	if err != nil {
		t.Fatal(err)
	}
	if m.About.Task != model.Generation || m.Tokenizer.Len() != ggufVocab {
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
	_, _, metadata, tensors := ggufFile()
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
		`general.architecture "gemma2"`: gguf(set("general.architecture", "gemma2"), tensors),
		"rope_freqs.weight":             gguf(metadata, with("rope_freqs.weight")),
		"blk.0.other.weight":            gguf(metadata, with("blk.0.other.weight")),
		`type "yarn"`:                   gguf(set("llama.rope.scaling.type", "yarn"), tensors),
		"rope.dimension_count":          gguf(set("llama.rope.dimension_count", uint32(4)), tensors),
		"num_hidden_layers":             gguf(set("llama.block_count", uint32(0)), tensors),
		"lacks blk.2.":                  gguf(set("llama.block_count", uint32(3)), tensors),
		"embed_tokens.weight":           gguf(metadata, tensors[1:]),
		"heads":                         gguf(set("llama.attention.head_count_kv", uint32(3)), tensors),
		"GGUF":                          []byte("{}"),
	} {
		_, err := model.ParseGGUF(file)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is %v", want, err)
		}
	}
}
