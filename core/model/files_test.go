package model_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	_ "heed/core/foreign"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// directory is a small model's files.
func directory(t *testing.T, task, kind string) fstest.MapFS {
	t.Helper()
	dir := t.TempDir()
	if err := modeltest.New(t, task, kind).Save(dir, weights.F32); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range model.Files {
		data, err := fs.ReadFile(os.DirFS(dir), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

// Weights in several files with an index are those of one file.
func TestShards(t *testing.T) {
	files := directory(t, model.Translation, "marian")
	whole, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	f, err := weights.Parse(files["model.safetensors"].Data)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]weights.Tensor{}
	where := map[string]string{}
	for i, name := range f.Names() {
		shape, _ := f.Shape(name)
		x, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		file := []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}[i%2]
		where[name] = file
		parts[file] = append(parts[file], weights.Tensor{Name: name, DType: weights.F32, Shape: shape, Data: x})
	}
	delete(files, "model.safetensors")
	for name, list := range parts {
		var b bytes.Buffer
		if err := weights.Write(&b, list, nil); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	index, err := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": 1}, "weight_map": where})
	if err != nil {
		t.Fatal(err)
	}
	files["model.safetensors.index.json"] = &fstest.MapFile{Data: index}
	sharded, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range whole.Net.Weights().List {
		if q := sharded.Net.Weights().List[i]; !slices.Equal(p.Values().Data, q.Values().Data) {
			t.Errorf("%s differs", p.Name)
		}
	}
	delete(files, "model-00002-of-00002.safetensors")
	if _, err := model.Open(files); err == nil || !strings.Contains(err.Error(), "model-00002-of-00002.safetensors") {
		t.Errorf("a missing file: %v", err)
	}
	files["model.safetensors.index.json"] = &fstest.MapFile{Data: []byte("{}")}
	if _, err := model.Open(files); err == nil || !strings.Contains(err.Error(), "model.safetensors.index.json") {
		t.Errorf("an empty index: %v", err)
	}
}

// A directory without tokenizer.json has the tokenizer of its vocab.json and merges.txt.
func TestVocabularyFiles(t *testing.T) {
	files := directory(t, model.Generation, "gpt2")
	whole, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Model struct {
			Vocab  json.RawMessage
			Merges []string
		}
	}
	if err := json.Unmarshal(files["tokenizer.json"].Data, &f); err != nil {
		t.Fatal(err)
	}
	delete(files, "tokenizer.json")
	files["vocab.json"] = &fstest.MapFile{Data: f.Model.Vocab}
	files["merges.txt"] = &fstest.MapFile{Data: []byte(strings.Join(f.Model.Merges, "\n"))}
	m, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	if m.Tokenizer.Len() != whole.Tokenizer.Len() {
		t.Errorf("%d pieces, want %d", m.Tokenizer.Len(), whole.Tokenizer.Len())
	}
	delete(files, "merges.txt")
	if _, err := model.Open(files); err == nil || !strings.Contains(err.Error(), "tokenizer.json cannot be read") {
		t.Errorf("no tokenizer: %v", err)
	}
}
