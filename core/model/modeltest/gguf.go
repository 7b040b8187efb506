package modeltest

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"

	"heed/core/weights"
)

type ggufFile struct{ bytes.Buffer }

func (g *ggufFile) put(parts ...any) {
	for _, p := range parts {
		if s, ok := p.(string); ok {
			g.put(uint64(len(s)))
			g.WriteString(s)
		} else if err := binary.Write(g, binary.LittleEndian, p); err != nil {
			panic(err)
		}
	}
}

// GGUF writes a file of llama.cpp: metadata as pairs of keys and values, then tensors, of 32 bits; or, packed, those of
// 2 dimensions as Q8_0, or F16 where that has no blocks of their rows. What is packed must be whole numbers by 64,
// between -2 and 2.
func GGUF(metadata []any, tensors []weights.Tensor, packed bool) []byte {
	var g ggufFile
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
		case bool:
			g.put(uint32(7), v)
		case []int32:
			g.put(uint32(9), uint32(5), uint64(len(v)), v)
		case []float32:
			g.put(uint32(9), uint32(6), uint64(len(v)), v)
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
		if packed && len(shape) == 2 {
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

// The tiny Llama: width, layers, heads, key-value heads, width of the feed-forward, vocabulary.
const ggufWidth, ggufLayers, ggufHeads, ggufKV, ggufFFN, ggufVocab = 32, 2, 4, 2, 24, 258

// Llama is a tiny random Llama as llama.cpp's converter writes it, for GGUF to pack, and the same weights by Hugging
// Face's names.
func Llama() (metadata []any, tensors []weights.Tensor, plain map[string]weights.Tensor) {
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
	return metadata, tensors, plain
}
