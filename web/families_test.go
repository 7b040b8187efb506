//go:build !js

package web_test

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// family is the files of a tiny random model of a family, by the configuration and the names of its golden file, over a small tokenizer
// for the task.
func family(t *testing.T, golden, task string) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile("../core/transformer/families/testdata/" + golden + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Config  map[string]any
		Tensors map[string][]int
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	kind, special := "marian", map[string]any{"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
	switch task {
	case model.Generation:
		kind, special = "gpt2", map[string]any{"bos_token_id": 0, "eos_token_id": 0}
	case model.Fill:
		kind, special = "bert", map[string]any{"pad_token_id": 0}
	}
	like := modeltest.New(t, task, kind)
	files := modeltest.Saved(t, like, weights.F32)
	vocab := int(g.Config["vocab_size"].(float64))
	maps.Copy(g.Config, special)
	g.Config["vocab_size"] = like.Tokenizer.Len()
	if files["config.json"], err = json.Marshal(g.Config); err != nil {
		t.Fatal(err)
	}
	var tensors []weights.Tensor
	for _, name := range slices.Sorted(maps.Keys(g.Tensors)) {
		shape, n := slices.Clone(g.Tensors[name]), 1
		for i := range shape {
			if shape[i] == vocab {
				shape[i] = like.Tokenizer.Len()
			}
			n *= shape[i]
		}
		h := fnv.New64a()
		h.Write([]byte(name))
		r, x := rand.New(rand.NewPCG(h.Sum64(), 1)), make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64()) / 5
			if strings.Contains(name, "norm") && strings.HasSuffix(name, "weight") {
				x[i]++
			}
		}
		tensors = append(tensors, weights.Tensor{Name: name, DType: weights.F32, Shape: shape, Data: x})
	}
	var b bytes.Buffer
	if err := weights.Write(&b, tensors, nil); err != nil {
		t.Fatal(err)
	}
	files["model.safetensors"] = b.Bytes()
	return files
}

// A model of each family is dropped on the page, and every view, question and change is to be had of it. Without
// HEED_FAMILIES=all there are five of the seventeen.
func TestFamilies(t *testing.T) {
	t.Parallel()
	some := []string{"bert", "gpt2", "llama", "marian", "t5"}
	for _, each := range []struct{ golden, task string }{
		{"bert", model.Fill}, {"bert-bare", model.Fill}, {"distilbert", model.Fill}, {"roberta", model.Fill}, {"modernbert", model.Fill},
		{"gpt2", model.Generation}, {"pythia", model.Generation}, {"llama", model.Generation}, {"mistral-local", model.Generation}, {"qwen2", model.Generation},
		{"qwen3", model.Generation}, {"gemma3", model.Generation},
		{"marian", model.Translation}, {"bart", model.Translation}, {"bart-bare", model.Translation}, {"t5", model.Translation}, {"t5-gated", model.Translation},
	} {
		if os.Getenv("HEED_FAMILIES") != "all" && !slices.Contains(some, each.golden) {
			continue
		}
		t.Run(each.golden, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, each.golden, family(t, each.golden, each.task))
			text, kinds := "the cat sat on the mat", []string{"decoder"}
			switch each.task {
			case model.Fill:
				text, kinds = "the cat ___ on the mat", []string{"self"}
			case model.Translation:
				kinds = []string{"cross", "self", "decoder"}
			}
			tab := show(t, "text", text, "view", "links")
			tab.dropPaths(dir)
			tab.shows(each.golden)
			at := func(set ...string) string {
				return "#" + address(append([]string{"model", "file:" + each.golden, "text", text}, set...)...)
			}
			caption := root + `.querySelector("figcaption").textContent`
			// see shows a state of the page, and waits until the picture says so, by a pattern.
			see := func(said string, set ...string) {
				t.Helper()
				tab.run(`location.hash = ` + quote(at(set...)))
				tab.until(ready + ` && /` + said + `/.test(` + caption + `)`)
			}
			views := strings.Fields(tab.said(`[...` + root + `.querySelectorAll("[name=view]")].map((v) => v.value).join(" ")`))
			for _, want := range []string{"links", "strips", "heatmap", "grid", "tower", "steps", "flow", "ablation", "compare"} {
				if each.golden == "bert-bare" && want == "ablation" { // what it has no output for
					continue
				}
				if !slices.Contains(views, want) {
					t.Errorf("there is no view %s among %s", want, views)
				}
			}
			for _, kind := range kinds {
				for _, view := range views {
					tab.run(`location.hash = ` + quote(at("view", view, "kind", kind)))
					tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === ` + quote(view))
				}
				see(" off", "off", kind+".0.1")
				see("=0.9 set", "force", kind+".0.0.1.0=0.9")
				see(" patched from “", "patched", kind+".1.0.1", "from", "a dog and a cat")
				if kind != "cross" {
					see("steered", "steer", kind+".0=3", "toward", "the cat", "away", "a dog")
				}
			}
			see("is read as “dog”", "replace", "1=dog")
			if each.golden != "bert-bare" {
				last := kinds[len(kinds)-1]
				for _, ablate := range []string{"heads", "layers", "ffn", "positions"} {
					see("In the place of a part stand", "view", "ablation", "ablate", ablate)
				}
				for _, place := range []string{"residual", "heads"} {
					see("0 leaves the difference as it was|Both texts give", "view", "patch", "patch", "text:"+strings.Replace(text, "the mat", "a dog", 1), "at", place)
				}
				for _, method := range []string{"integrated-gradients", "gradient-input,attention-gradient", "leave-one-out,attention", "rollout,direct"} {
					see("Methods disagree|needs a decoder", "view", "attribution", "attribute", method)
				}
				see("The parts sum to the score", "view", "why", "kind", last, "layer", "1", "head", "1", "token", "1", "key", "0")
				see("logit lens", "view", "predictions", "lens", "1")
			}
			tab.run(`location.hash = ` + quote(at("view", "compare", "compare", "text:a dog and a cat")))
			tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === "compare"`)
		})
	}
}
