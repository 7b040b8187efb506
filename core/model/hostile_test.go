package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"heed/core/grad"
	"heed/core/transformer"
	"heed/core/weights"
)

// saved returns the files of a model.
func saved(t testing.TB, m *Model, dtype weights.DType) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if err := m.Save(dir, dtype); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range Files {
		b, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

func open(files map[string][]byte) (*Model, error) {
	fsys := fstest.MapFS{}
	for name, b := range files {
		fsys[name] = &fstest.MapFile{Data: b}
	}
	return Open(fsys)
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

// poke sets the first float32 of a tensor.
func poke(t testing.TB, file []byte, tensor string, v float32) []byte {
	t.Helper()
	n := binary.LittleEndian.Uint64(file)
	var header map[string]struct {
		Offsets []int `json:"data_offsets"`
	}
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	b := bytes.Clone(file)
	binary.LittleEndian.PutUint32(b[8+int(n)+header[tensor].Offsets[0]:], math.Float32bits(v))
	return b
}

// TestOpenHostile wants an error, in moments and without much memory, for files that are well-formed
// but cannot be a model's.
func TestOpenHostile(t *testing.T) {
	good := saved(t, small(t), weights.I8)
	type values = map[string]any
	for name, c := range map[string]struct {
		file   string
		change func([]byte) []byte
		want   string // part of the error
	}{
		"a terabyte of weights": {"config.json", func(b []byte) []byte {
			return set(t, b, values{"d_model": 1 << 14, "encoder_layers": 100, "decoder_layers": 100, "encoder_ffn_dim": 1 << 13, "decoder_ffn_dim": 1 << 13})
		}, "bytes"},
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
			t.Errorf("%s: the error is %q; a sentence about %s is wanted", name, err, c.want)
		default:
			t.Logf("%s: %v", name, err)
		}
	}
}

// TestOpenSurplus wants a tensor that the configuration has no place for to be named, and those passed over that
// Hugging Face's files hold beside the weights.
func TestOpenSurplus(t *testing.T) {
	files := saved(t, small(t), weights.F32)
	good, err := weights.Parse(files["model.safetensors"])
	if err != nil {
		t.Fatal(err)
	}
	for name, refused := range map[string]bool{
		"model.decoder.layers.9.fc1.weight": true, "model.encoder.layer_norm.weight": true, "attention.query.weight": true,
		"lm_head.weight": false, "model.encoder.embed_positions.weight": false, "bert.embeddings.position_ids": false,
		"transformer.h.0.attn.bias": false, "bert.pooler.dense.bias": false, "cls.predictions.decoder.weight": false,
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

// TestOpenBroken changes bytes at random: a file gives an error, or a model that runs.
func TestOpenBroken(t *testing.T) {
	m := small(t)
	rng := rand.New(rand.NewPCG(7, 7))
	opened := 0
	for _, dtype := range []weights.DType{weights.I8, weights.F32} {
		good := saved(t, m, dtype)
		for i := range 300 {
			name := Files[i%len(Files)]
			b := bytes.Clone(good[name])
			for range 1 + rng.IntN(3) {
				at := rng.IntN(len(b))
				if name == "model.safetensors" && i%2 == 0 {
					at = rng.IntN(min(len(b), 6000)) // the header is less than all of it
				}
				b[at] = byte(rng.UintN(256))
				if name != "model.safetensors" {
					b[at] = "0123456789-,:{}[]\"x"[rng.IntN(19)]
				}
			}
			files := map[string][]byte{}
			for k, v := range good {
				files[k] = v
			}
			files[name] = b
			broken, err := open(files)
			if err != nil {
				continue
			}
			opened++
			for _, o := range []Options{{MaxTokens: 5}, {Beam: 2, MaxTokens: 5}} {
				if r, err := broken.NewSession().Run("the cat sat", o); err == nil {
					check(t, r)
				}
			}
		}
	}
	if opened == 0 {
		t.Error("no changed file opened, so nothing ran")
	}
}

// TestOverflow runs a model of finite weights whose products are not.
func TestOverflow(t *testing.T) {
	m := small(t)
	for _, p := range m.Net.Weights().List {
		for i := range p.X.Data {
			p.X.Data[i] *= 1e25
		}
	}
	s := m.NewSession()
	own := "le chat"
	for _, o := range []Options{{}, {Beam: 3}, {Target: &own}} {
		if _, err := s.Run("the cat sat", o); err == nil || !strings.Contains(err.Error(), "overflow") {
			t.Errorf("the error is %v", err)
		}
	}
}

// with returns the small model with another configuration.
func with(t *testing.T, change func(*transformer.Config)) *Model {
	t.Helper()
	m := small(t)
	c := m.Net.(*transformer.Model).Config
	change(&c)
	net, err := transformer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(3, 3)))
	m.Net = net
	return m
}

// TestOnePosition runs a model that has room for the end token and nothing else.
func TestOnePosition(t *testing.T) {
	m := with(t, func(c *transformer.Config) { c.MaxPositions = 1 })
	s := m.NewSession()
	own, none := "le chat", ""
	for _, o := range []Options{{}, {Beam: 3}, {Target: &own}, {Target: &none}} {
		r, err := s.Run("the cat sat", o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if len(r.Tokens.Source) != 1 || len(r.Tokens.Target) != 2 || len(r.Notices) == 0 {
			t.Errorf("%d source tokens, %d target tokens, notices %q", len(r.Tokens.Source), len(r.Tokens.Target), r.Notices)
		}
	}
}

// TestPadEnds runs a model that pads with its end token, and starts with it: it must be able to end.
func TestPadEnds(t *testing.T) {
	m := with(t, func(c *transformer.Config) { c.Pad, c.Start = c.EOS, c.EOS })
	bias := m.Net.Weights().List[len(m.Net.Weights().List)-1]
	bias.X.Data[m.Net.(*transformer.Model).EOS] = 100
	for _, o := range []Options{{}, {Beam: 3}} {
		r, err := m.NewSession().Run("the cat sat", o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != "" || len(r.Tokens.Target) != 2 {
			t.Errorf("the output is %q in %d tokens, want its end alone", r.Output, len(r.Tokens.Target)-1)
		}
	}
}

// TestUnwritten runs a model that has more ids than its tokenizer has pieces, and prefers those.
func TestUnwritten(t *testing.T) {
	m := with(t, func(c *transformer.Config) { c.Vocab += 9 })
	bias := m.Net.Weights().List[len(m.Net.Weights().List)-1]
	bias.X.Data[m.Net.(*transformer.Model).Vocab-1] = 100
	for _, o := range []Options{{MaxTokens: 4}, {MaxTokens: 4, Beam: 3}} {
		r, err := m.NewSession().Run("the cat sat", o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if r.Output != "" || len(r.Tokens.Target) != 5 {
			t.Errorf("the output is %q in %d tokens", r.Output, len(r.Tokens.Target)-1)
		}
	}
}

// TestBeamSession mixes searches in one session: none sees anything of the others.
func TestBeamSession(t *testing.T) {
	m := small(t)
	s := m.NewSession()
	own := "un chat"
	called := false
	for i, o := range []Options{{}, {Beam: 4}, {}, {Target: &own}, {MaxTokens: 3}, {Beam: 2, MaxTokens: 3}, {}} {
		text := []string{"the cat sat", "the cat sat on"}[i%2]
		want, err := m.NewSession().Run(text, o)
		if err != nil {
			t.Fatal(err)
		}
		o.Partial = func(string) error { called = true; return nil }
		if o.Beam > 1 {
			o.Partial = func(string) error { return errors.New("a beam has no partial output") }
		}
		got, err := s.Run(text, o)
		if err != nil {
			t.Fatal(err)
		}
		if got.Output != want.Output || !reflect.DeepEqual(got.Tokens, want.Tokens) {
			t.Errorf("run %d: the session says %q, a fresh one %q", i, got.Output, want.Output)
		}
		if o.Beam > 1 {
			source := ids(m.Tokenizer.Encode(text))
			direct := m.Generate(grad.NewPass(), [][]int{source}, o.Beam, m.limit(len(source), o.MaxTokens))[0]
			if _, spelled := spell(m.Tokenizer, direct); spelled != got.Output {
				t.Errorf("run %d: Generate says %q, the session %q", i, spelled, got.Output)
			}
		}
	}
	if !called {
		t.Error("greedy search gave no partial output")
	}
}

// TestAtOnce runs several sessions of one model at once; the race detector has more to say here.
func TestAtOnce(t *testing.T) {
	m, err := open(saved(t, small(t), weights.I8))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"the cat", "a dog and a cat", "où est l'été ?", "the mat sat on the dog"}
	outputs := make([]string, len(texts))
	var wg sync.WaitGroup
	for i, text := range texts {
		wg.Go(func() {
			s := m.NewSession()
			for range 3 {
				r, err := s.Run(text, Options{Beam: 1 + i%2})
				if err != nil {
					t.Error(err)
					return
				}
				outputs[i] = r.Output
			}
		})
	}
	wg.Wait()
	for i, text := range texts {
		r, err := m.NewSession().Run(text, Options{Beam: 1 + i%2})
		if err != nil {
			t.Fatal(err)
		}
		if r.Output != outputs[i] {
			t.Errorf("%q: %q alone, %q beside others", text, r.Output, outputs[i])
		}
	}
}

// TestOpenUnreadable wants the file's name and the reason.
func TestOpenUnreadable(t *testing.T) {
	files := saved(t, small(t), weights.F32)
	delete(files, "tokenizer.json")
	if _, err := open(files); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "tokenizer.json") {
		t.Errorf("the error is %v", err)
	}
}
