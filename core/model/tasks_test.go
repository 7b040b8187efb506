package model_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/transformer"
	"heed/core/weights"
)

// TestParts wants each family to say what it is made of.
func TestParts(t *testing.T) {
	for _, k := range modeltest.Networks {
		m := modeltest.New(t, k.Task, k.Kind)
		encoder, decoder := m.Net.Parts()
		if encoder != (k.Task != model.Generation) || decoder != (k.Task != model.Fill) {
			t.Errorf("%s: encoder %v, decoder %v", k.Kind, encoder, decoder)
		}
		want := map[string][]model.Stack{
			"marian": {{Kind: record.Cross, Layers: 2, Heads: 2}, {Kind: record.Self, Layers: 2, Heads: 4}, {Kind: record.Decoder, Layers: 2, Heads: 2}}, "none": nil,
			"gpt2": {{Kind: record.Decoder, Layers: 2, Heads: 4}}, "bert": {{Kind: record.Self, Layers: 2, Heads: 4}},
		}
		w, ok := want[k.Kind]
		if !ok {
			w = []model.Stack{{Kind: record.RNN, Layers: 1, Heads: 1}}
		}
		if got := m.Stacks(); !slices.Equal(got, w) {
			t.Errorf("%s has the stacks %v, want %v", k.Kind, got, w)
		}
	}
}

// TestConfig wants a network's configuration to make a network like it, and mistakes to be named.
func TestConfig(t *testing.T) {
	for _, k := range modeltest.Networks {
		m := modeltest.New(t, k.Task, k.Kind)
		first, err := model.Config(m.Net)
		if err != nil {
			t.Fatal(err)
		}
		net, err := model.NewNet(first)
		if err != nil {
			t.Fatalf("%s: %v", k.Kind, err)
		}
		if second, err := model.Config(net); err != nil || string(first) != string(second) {
			t.Errorf("%s: %s became %s, %v", k.Kind, first, second, err)
		}
		if net.Weights().Count() != m.Net.Weights().Count() {
			t.Errorf("%s: %d weights became %d", k.Kind, m.Net.Weights().Count(), net.Weights().Count())
		}
		n, err := model.CountOf(first)
		if err != nil || n != int64(net.Weights().Count()) {
			t.Errorf("%s: the configuration counts %d weights, there are %d", k.Kind, n, net.Weights().Count())
		}
		whole, err := model.ConfigFile(m)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Heed model.About }
		err = json.Unmarshal(whole, &file)
		if d := cmp.Diff(m.About, file.Heed); err != nil || d != "" {
			t.Errorf("%s: config.json says otherwise under heed: %v (-want +got)\n%s", k.Kind, err, d)
		}
	}
	for text, want := range map[string]string{
		`{`:                       "not a model's configuration",
		`{"model_type": "mamba"}`: `type "mamba"`,
		`{"model_type": 3}`:       "not a model's configuration",
		`{"model_type": "recurrent", "vocab_size": "many"}`: "not a model's configuration",
		`{"model_type": "recurrent", "vocab_size": -1}`:     "vocab_size is -1",
		`{"model_type": "gpt2", "n_head": 5}`:               "5 heads",
		`{"model_type": "bert", "hidden_act": "mish"}`:      "mish",
	} {
		if _, err := model.NewNet([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", text, err, want)
		}
	}
}

// TestOtherTokenizer wants the tokenizer of another family refused.
func TestOtherTokenizer(t *testing.T) {
	for _, k := range modeltest.Networks {
		for _, other := range modeltest.Networks {
			if (other.Task == model.Generation) == (k.Task == model.Generation) && (other.Task == model.Fill) == (k.Task == model.Fill) {
				continue
			}
			m := modeltest.New(t, k.Task, k.Kind)
			m.Tokenizer = modeltest.New(t, other.Task, other.Kind).Tokenizer
			dir := t.TempDir()
			if err := m.Save(dir, weights.F32); err != nil {
				t.Fatal(err)
			}
			if _, err := model.Open(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "belong to different models") {
				t.Errorf("%s with the tokenizer for %s: %v", k.Kind, other.Task, err)
			}
		}
	}
}

// TestTransposed wants GPT-2's matrices stored as Conv1D has them, also in int8.
func TestTransposed(t *testing.T) {
	m := modeltest.New(t, model.Generation, "gpt2")
	for _, dtype := range []weights.DType{weights.F32, weights.I8} {
		f, err := weights.Parse(modeltest.Saved(t, m, dtype)["model.safetensors"])
		if err != nil {
			t.Fatal(err)
		}
		if shape, _ := f.Shape("transformer.h.0.mlp.c_fc.weight"); !slices.Equal(shape, []int{16, 64}) {
			t.Errorf("%s: c_fc has the shape %v", dtype, shape)
		}
		back, err := open(modeltest.Saved(t, m, dtype))
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range m.Net.Weights().List {
			var largest, off float64
			for j, v := range p.Values().Data {
				largest = max(largest, math.Abs(float64(v)))
				off = max(off, math.Abs(float64(v-back.Net.Weights().List[i].Values().Data[j])))
			}
			if off > largest/254*1.001 || dtype == weights.F32 && off > 0 {
				t.Errorf("%s: %s is off by %g", dtype, p.Name, off)
			}
		}
	}
	if c := m.Net.(*transformer.Model).Config; c.DecoderFFN != 64 {
		t.Errorf("the feed-forward network is %d wide", c.DecoderFFN)
	}
}
