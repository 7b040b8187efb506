package families_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	_ "heed/core/foreign"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/transformer"
	"heed/core/weights"
)

// ggufNames are those that llama.cpp gives the weights of Gemma 3 (MODEL_TENSORS of its package gguf).
var ggufNames = strings.NewReplacer(
	"model.embed_tokens", "token_embd", "model.norm", "output_norm", "model.layers.", "blk.",
	"self_attn.q_proj", "attn_q", "self_attn.k_proj", "attn_k", "self_attn.v_proj", "attn_v", "self_attn.o_proj", "attn_output",
	"self_attn.q_norm", "attn_q_norm", "self_attn.k_norm", "attn_k_norm",
	"mlp.gate_proj", "ffn_gate", "mlp.up_proj", "ffn_up", "mlp.down_proj", "ffn_down",
	"post_attention_layernorm", "post_attention_norm", "pre_feedforward_layernorm", "ffn_norm", "post_feedforward_layernorm", "post_ffw_norm",
	"input_layernorm", "attn_norm",
)

// gemmaGGUF writes a Gemma 3 as llama.cpp's converter does: gains of norms as they are multiplied, queries and keys as
// they were, and no output matrix of its own. Numbers are of 32 bits. Queries are so many times as large.
func gemmaGGUF(shapes map[string][]int, metadata []any, queries float64) []byte {
	var tensors []weights.Tensor
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		x := draw(name, shapes[name])
		if strings.HasSuffix(name, "norm.weight") {
			for i := range x {
				x[i]++
			}
		}
		if strings.HasSuffix(name, "q_norm.weight") {
			for i := range x {
				x[i] *= float32(queries)
			}
		}
		tensors = append(tensors, weights.Tensor{Name: ggufNames.Replace(name), Shape: shapes[name], Data: x})
	}
	return modeltest.GGUF(metadata, tensors, false)
}

// TestGemmaGGUF holds a Gemma 3 out of a GGUF file against what transformers computes for the same weights.
func TestGemmaGGUF(t *testing.T) {
	_, g := open(t, "gemma3")
	var c map[string]any
	if err := json.Unmarshal(g.Config, &c); err != nil {
		t.Fatal(err)
	}
	number := func(name string) uint32 { return uint32(c[name].(float64)) }
	real := func(name string) float32 { return float32(c[name].(float64)) }
	pieces, types, scores := []string{"<pad>", "<eos>", "<bos>"}, []int32{3, 3, 3}, []float32{0, 0, 0}
	for i := 3; i < int(number("vocab_size")); i++ {
		pieces, types, scores = append(pieces, string(rune('a'+i-3))), append(types, 1), append(scores, float32(-i))
	}
	metadata := []any{"general.architecture", "gemma3", "general.name", "tiny", "gemma3.context_length", number("max_position_embeddings"),
		"gemma3.embedding_length", number("hidden_size"), "gemma3.block_count", number("num_hidden_layers"),
		"gemma3.feed_forward_length", number("intermediate_size"), "gemma3.attention.head_count", number("num_attention_heads"),
		"gemma3.attention.head_count_kv", number("num_key_value_heads"), "gemma3.attention.key_length", number("head_dim"),
		"gemma3.attention.value_length", number("head_dim"), "gemma3.attention.layer_norm_rms_epsilon", real("rms_norm_eps"),
		"gemma3.attention.sliding_window", number("sliding_window"), "gemma3.attention.sliding_window_pattern", number("sliding_window_pattern"),
		"gemma3.rope.freq_base", real("rope_theta"), "gemma3.rope.freq_base_swa", real("rope_local_base_freq"),
		"tokenizer.ggml.model", "llama", "tokenizer.ggml.tokens", pieces, "tokenizer.ggml.token_type", types, "tokenizer.ggml.scores", scores,
		"tokenizer.ggml.add_bos_token", true, "tokenizer.ggml.add_space_prefix", false,
		"tokenizer.ggml.bos_token_id", uint32(2), "tokenizer.ggml.eos_token_id", uint32(1), "tokenizer.ggml.padding_token_id", uint32(0)}
	// A GGUF file has no query_pre_attn_scalar: scores are divided by the root of a head's width. So the queries are
	// smaller here.
	opened, err := model.ParseGGUF(gemmaGGUF(g.Tensors, metadata, math.Sqrt(float64(number("head_dim"))/float64(number("query_pre_attn_scalar")))))
	if err != nil {
		t.Fatal(err)
	}
	m := opened.Net.(*transformer.Model)
	var logits, attentions worst
	for i, c := range g.Cases {
		var source grad.Sequences
		source.Add(c.Source...)
		p := grad.NewPass()
		x := m.Decode(p, &source, grad.Value{}, nil, attention.Hooks{Map: func(am *attention.Map) {
			attentions.check(t, fmt.Sprintf("case %d, map %d.%d", i, am.Layer, am.Head), am.Weights, c.Maps[am.Kind][am.Layer][am.Head])
		}})
		logits.check(t, fmt.Sprintf("case %d, logits", i), m.Logits(p, x).X, c.Logits)
		if got := greedy(m, c.Source, len(c.Greedy)); !slices.Equal(got, c.Greedy) {
			t.Errorf("case %d: %v is written, want %v", i, got, c.Greedy)
		}
	}
	var ids []int
	for _, piece := range opened.Tokenizer.Encode("abc") {
		ids = append(ids, piece.ID)
	}
	if !slices.Equal(ids, []int{2, 3, 4, 5}) {
		t.Errorf("abc is %v", ids)
	}
	t.Logf("largest errors: logits %.1e, maps %.1e", logits, attentions)
}
