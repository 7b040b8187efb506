package model_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

func open(files map[string][]byte) (*model.Model, error) {
	fsys := fstest.MapFS{}
	for name, b := range files {
		fsys[name] = &fstest.MapFile{Data: b}
	}
	return model.Open(fsys)
}

// set returns a JSON object with other values for some keys; a nil value removes its key.
func set(t testing.TB, object []byte, values map[string]any) []byte {
	t.Helper()
	m := map[string]any{}
	if err := json.Unmarshal(object, &m); err != nil {
		t.Fatal(err)
	}
	for k, v := range values {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// poke sets the first float32 of a tensor, in a file without its checksum.
func poke(t testing.TB, file []byte, tensor string, v float32) []byte {
	t.Helper()
	n := binary.LittleEndian.Uint64(file)
	var header map[string]struct {
		Offsets []int `json:"data_offsets"`
	}
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	b := bytes.Replace(file, []byte(`"crc32"`), []byte(`"other"`), 1)
	binary.LittleEndian.PutUint32(b[8+int(n)+header[tensor].Offsets[0]:], math.Float32bits(v))
	return b
}

// TestOpenHostile wants an error, in moments and without much memory, for files that are well-formed
// but cannot be a model's.
func TestOpenHostile(t *testing.T) {
	good := modeltest.Saved(t, modeltest.Small(t), weights.I8)
	type values = map[string]any
	for name, c := range map[string]struct {
		file   string
		change func([]byte) []byte
		want   string // part of the error
	}{
		"a terabyte of weights": {"config.json", func(b []byte) []byte {
			return set(t, b, values{"d_model": 1 << 14, "encoder_layers": 100, "decoder_layers": 100, "encoder_ffn_dim": 1 << 13, "decoder_ffn_dim": 1 << 13})
		}, "encoder_layers is 100, but the weights are of 2"},
		"gigabytes of positions": {"config.json", func(b []byte) []byte { return set(t, b, values{"max_position_embeddings": 1 << 21}) }, "max_position_embeddings"},
		"seconds of sines":       {"config.json", func(b []byte) []byte { return set(t, b, values{"max_position_embeddings": 1 << 19}) }, "too large"},
		"a huge number":          {"config.json", func(b []byte) []byte { return set(t, b, values{"vocab_size": 1e300}) }, "config.json"},
		"no layers":              {"config.json", func(b []byte) []byte { return set(t, b, values{"decoder_layers": 0}) }, "decoder_layers"},
		"a negative width":       {"config.json", func(b []byte) []byte { return set(t, b, values{"d_model": -16}) }, "d_model"},
		"null":                   {"config.json", func([]byte) []byte { return []byte("null") }, "config.json"},
		"an output table of its own": {"config.json", func(b []byte) []byte {
			return set(t, b, values{"tie_word_embeddings": false})
		}, "embedding"},
		"a decoder table of its own": {"config.json", func(b []byte) []byte {
			return set(t, b, values{"share_encoder_decoder_embeddings": false})
		}, "embedding"},
		"what transformers leaves out": {"config.json", func(b []byte) []byte {
			return set(t, b, values{"share_encoder_decoder_embeddings": nil, "tie_word_embeddings": nil, "decoder_vocab_size": nil})
		}, ""},
		"a layer too many":         {"config.json", func(b []byte) []byte { return set(t, b, values{"decoder_layers": 4}) }, "config.json is wrong: decoder_layers is 4, but the weights are of "},
		"a layer too few":          {"config.json", func(b []byte) []byte { return set(t, b, values{"decoder_layers": 1}) }, "has no place"},
		"a letter for padding":     {"config.json", func(b []byte) []byte { return set(t, b, values{"pad_token_id": 70}) }, "pad_token_id"},
		"a start beyond the words": {"config.json", func(b []byte) []byte { return set(t, b, values{"decoder_start_token_id": 1 << 30}) }, "config.json"},
		"another end":              {"config.json", func(b []byte) []byte { return set(t, b, values{"eos_token_id": 0}) }, "eos_token_id"},
		"too small a vocabulary":   {"config.json", func(b []byte) []byte { return set(t, b, values{"vocab_size": 280}) }, "pieces"},
		"no end":                   {"tokenizer.json", func(b []byte) []byte { return set(t, b, values{"post_processor": nil}) }, "eos_token_id"},
		"no special tokens": {"tokenizer.json", func(b []byte) []byte {
			return set(t, b, values{"post_processor": nil, "added_tokens": []any{}})
		}, "tokenizer.json"},
		"no words": {"tokenizer.json", func(b []byte) []byte {
			return set(t, b, values{"model": values{"type": "BPE", "vocab": values{}, "merges": []any{}}})
		}, "tokenizer.json"},
		"a scale of NaN":    {"model.safetensors", func(b []byte) []byte { return poke(t, b, "model.shared.weight.scale", float32(math.NaN())) }, "finite"},
		"too large a scale": {"model.safetensors", func(b []byte) []byte { return poke(t, b, "model.shared.weight.scale", 3e38) }, "finite"},
		"a gain of -Inf": {"model.safetensors", func(b []byte) []byte {
			return poke(t, b, "model.encoder.layers.1.final_layer_norm.weight", float32(math.Inf(-1)))
		}, "finite"},
	} {
		files := map[string][]byte{}
		for k, v := range good {
			files[k] = v
		}
		files[c.file] = c.change(files[c.file])
		_, err := open(files)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil:
			t.Errorf("%s: no error", name)
		case !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300:
			t.Errorf("%s: the error is %q; want a sentence about %s", name, err, c.want)
		default:
			t.Logf("%s: %v", name, err)
		}
	}
}

// TestOpenMoreLayers wants the entry to be named that asks a recurrent network for more layers than it has.
func TestOpenMoreLayers(t *testing.T) {
	files := modeltest.Saved(t, modeltest.New(t, model.Translation, "additive"), weights.I8)
	files["config.json"] = set(t, files["config.json"], map[string]any{"encoder_layers": 4})
	if _, err := open(files); err == nil || !strings.Contains(err.Error(), "encoder_layers is 4, but the weights are of 2") {
		t.Errorf("%v", err)
	}
}

// TestOpenSurplus wants a tensor that the configuration has no place for to be named, and those passed over that
// Hugging Face's files hold beside the weights.
func TestOpenSurplus(t *testing.T) {
	files := modeltest.Saved(t, modeltest.Small(t), weights.F32)
	good, err := weights.Parse(files["model.safetensors"])
	if err != nil {
		t.Fatal(err)
	}
	for name, refused := range map[string]bool{
		"model.decoder.layers.9.fc1.weight": true, "model.encoder.layer_norm.weight": true, "attention.query.weight": true,
		"lm_head.weight": false, "model.encoder.embed_positions.weight": false, "bert.embeddings.position_ids": false,
		"transformer.h.0.attn.bias": false, "bert.pooler.dense.bias": false, "cls.predictions.decoder.weight": false,
		"classifier.weight": false, "classification_head.dense.weight": false, "qa_outputs.bias": false, "score.weight": false,
	} {
		tensors := []weights.Tensor{{Name: name, DType: weights.F32, Shape: []int{1}, Data: []float32{1}}}
		for _, n := range good.Names() {
			shape, _ := good.Shape(n)
			x, err := good.Float32(n)
			if err != nil {
				t.Fatal(err)
			}
			tensors = append(tensors, weights.Tensor{Name: n, DType: weights.F32, Shape: shape, Data: x})
		}
		var b bytes.Buffer
		if err := weights.Write(&b, tensors, nil); err != nil {
			t.Fatal(err)
		}
		files["model.safetensors"] = b.Bytes()
		if _, err := open(files); (err != nil) != refused || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("a file that holds %s too: %v", name, err)
		}
	}
}

// TestOpenUnreadable wants the file's name and the reason.
func TestOpenUnreadable(t *testing.T) {
	files := modeltest.Saved(t, modeltest.Small(t), weights.F32)
	delete(files, "tokenizer.json")
	if _, err := open(files); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "tokenizer.json") {
		t.Errorf("the error is %v", err)
	}
}
