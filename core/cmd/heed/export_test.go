package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/catalog"
	heedjson "heed/core/json"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/transformer"
	"heed/core/weights"
)

// TestExport wants a model that opens again, computes the same, and is float32 throughout.
func TestExport(t *testing.T) {
	dir, out := saved(t, modeltest.Small(t)), filepath.Join(t.TempDir(), "deep", "small")
	if got := answer(t, "export", "-model", dir, "-o", out); got != "" {
		t.Errorf("export says %q", got)
	}
	run := func(dir string) string {
		return answer(t, "run", "-model", dir, "-text", "the cat sat", "-out", "json")
	}
	if run(dir) != run(out) {
		t.Error("the exported model gives another Record")
	}
	f, err := weights.Parse(read(t, filepath.Join(out, "model.safetensors")))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range f.Names() {
		if dtype, _ := f.DType(name); dtype != weights.F32 {
			t.Errorf("%s is %s", name, dtype)
		}
	}
	if f.Metadata()["format"] != "pt" {
		t.Error("transformers wants the metadata format=pt")
	}

	object := func(name string) (m map[string]any) {
		if err := json.Unmarshal(read(t, filepath.Join(out, name)), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	c, g, k := object("config.json"), object("generation_config.json"), object("tokenizer_config.json")
	if c["model_type"] != "marian" || c["decoder_vocab_size"] != c["vocab_size"] || c["tie_word_embeddings"] != true {
		t.Errorf("config.json is %v", c)
	}
	if forced, ok := g["forced_eos_token_id"]; !ok || forced != nil {
		t.Error("transformers would force an end that is none")
	}
	if g["max_length"] != 48.0 || g["decoder_start_token_id"] != 0.0 || g["eos_token_id"] != 1.0 {
		t.Errorf("generation_config.json is %v", g)
	}
	if k["tokenizer_class"] != "PreTrainedTokenizerFast" || k["pad_token"] != "<pad>" || k["eos_token"] != "</s>" || k["split_special_tokens"] != true {
		t.Errorf("tokenizer_config.json is %v", k)
	}

	again := filepath.Join(t.TempDir(), "small")
	answer(t, "export", "-model", out, "-o", again)
	for _, name := range append(model.Files[:3:3], "generation_config.json", "tokenizer_config.json") {
		if !bytes.Equal(read(t, filepath.Join(out, name)), read(t, filepath.Join(again, name))) {
			t.Errorf("%s changes when it is exported again", name)
		}
	}

	refuse(t, "-o DIR", "export", "-model", dir)
	refuse(t, "there is a model in it", "export", "-model", dir, "-o", dir)
	refuse(t, "name a model", "export", "-o", out)
	refuse(t, "lines.txt", "export", "-model", dir, "-o", write(t, "a file"))
	pre := modeltest.Small(t)
	config := pre.Net.(*transformer.Model).Config
	config.PreNorm = true
	if pre.Net, err = transformer.New(config); err != nil {
		t.Fatal(err)
	}
	refuse(t, "transformers", "export", "-model", saved(t, pre), "-o", out)
}

func TestInspect(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	out := answer(t, "inspect", dir)
	for _, want := range []string{"small: Small, ", "290 pieces", "cross    3 layers of 2 heads", "self     2 layers of 4 heads",
		"I8   [290 16]     model.shared.weight\n", "F32  [1 290]      final_logits_bias\n", "F32  [16]         model.encoder.layers.0.final_layer_norm.bias\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("inspect lacks %q:\n%s", want, out)
		}
	}
	if list := answer(t, "inspect", filepath.Join(dir, "model.safetensors")); !strings.HasSuffix(out, list) || list == "" {
		t.Errorf("the file alone gives\n%s", list)
	}

	// A name cannot move the cursor.
	var b bytes.Buffer
	if err := weights.Write(&b, []weights.Tensor{{Name: "a\x1b[2Jb\nc", DType: weights.F32, Shape: []int{1}, Data: []float32{1}}}, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hostile.safetensors")
	put(t, path, b.String())
	if got := answer(t, "inspect", path); strings.Count(got, "\n") != 1 || strings.Contains(got, "\x1b") {
		t.Errorf("inspect says %q", got)
	}

	refuse(t, "no model of that name", "inspect", filepath.Join(dir, "nothing"))
	refuse(t, "not a safetensors file", "inspect", filepath.Join(dir, "config.json"))
	refuse(t, "config.json", "inspect", t.TempDir())
}

// TestIndex wants what is read off the files to be brought up to date, and what people wrote to stay.
func TestIndex(t *testing.T) {
	root := t.TempDir()
	m := modeltest.Small(t)
	for _, name := range []string{"one", "two"} {
		if err := m.Save(filepath.Join(root, name), weights.I8); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(root, "index.json")
	index := func() *catalog.Index {
		answer(t, "index", root)
		x, err := catalog.Parse(read(t, path))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := index()
	if len(x.Models) != 2 || x.Find("one") == nil || x.Find("two").Title != "Small" || x.Find("one").Parameters != m.Net.Weights().Count() {
		t.Fatalf("the index is %s", read(t, path))
	}
	x.Find("one").About, x.Find("one").Metrics["bleu"] = "Written by hand.", 12.5
	b, err := heedjson.Write(x.Fields)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, string(b))
	if err := m.Save(filepath.Join(root, "one"), weights.F32); err != nil {
		t.Fatal(err)
	}
	one := index().Find("one")
	if one.About != "Written by hand." || one.Metrics["bleu"] != 12.5 {
		t.Errorf("what was written by hand is %q, %v", one.About, one.Metrics)
	}
	var sum int64
	for i, f := range one.Files {
		if f.Name != model.Files[i] || f.Bytes != int64(len(read(t, filepath.Join(root, "one", f.Name)))) || len(f.SHA256) != 64 {
			t.Errorf("file %d is %v", i, f)
		}
		sum += f.Bytes
	}
	if one.Bytes != sum || sum <= x.Find("two").Bytes {
		t.Errorf("the model has %d bytes, its files %d", one.Bytes, sum)
	}

	for _, dir := range []string{filepath.Join(root, "one"), t.TempDir()} {
		refuse(t, "no directories with models", "index", dir)
		if got, _ := filepath.Glob(filepath.Join(dir, "index.json")); got != nil {
			t.Errorf("a refused index left %q", got)
		}
	}
	put(t, path, "{")
	refuse(t, "list of models", "index", root)
	put(t, path, "{}")
	put(t, filepath.Join(root, "two", "model.safetensors"), "nothing")
	refuse(t, "model.safetensors", "index", root)
	if got := string(read(t, path)); got != "{}" {
		t.Errorf("a failure left the index %q", got)
	}
}
