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

// spread has a directory's tokenizer.json replaced by its vocab.json and merges.txt, with these pieces besides.
func spread(t *testing.T, files fstest.MapFS, more ...string) {
	t.Helper()
	var f struct {
		Model struct {
			Vocab  map[string]int
			Merges []string
		}
	}
	if err := json.Unmarshal(files["tokenizer.json"].Data, &f); err != nil {
		t.Fatal(err)
	}
	for _, piece := range more {
		f.Model.Vocab[piece] = len(f.Model.Vocab)
	}
	vocab, err := json.Marshal(f.Model.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "tokenizer.json")
	files["vocab.json"] = &fstest.MapFile{Data: vocab}
	files["merges.txt"] = &fstest.MapFile{Data: []byte(strings.Join(f.Model.Merges, "\n"))}
}

// refused wants an error with all of these parts.
func refused(t *testing.T, files fstest.MapFS, parts ...string) {
	t.Helper()
	_, err := model.Open(files)
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %v, want one with %q", err, part)
		}
	}
}

// A directory without tokenizer.json has the tokenizer of its vocab.json and merges.txt, or of its vocab.txt, where the
// family says how texts are cut; of others the answer would be wrong.
func TestVocabularyFiles(t *testing.T) {
	files := directory(t, model.Generation, "gpt2")
	whole, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	spread(t, files)
	m, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	if m.Tokenizer.Len() != whole.Tokenizer.Len() {
		t.Errorf("%d pieces, want %d", m.Tokenizer.Len(), whole.Tokenizer.Len())
	}
	files["tokenizer_config.json"] = &fstest.MapFile{Data: []byte(`{"add_prefix_space": true}`)}
	refused(t, files, `vocab.json alone does not say how this model of type "gpt2" cuts a text`)
	delete(files, "merges.txt")
	refused(t, files, "tokenizer.json cannot be read")
	files["tokenizer.model"] = &fstest.MapFile{}
	refused(t, files, "tokenizer.json is missing, and tokenizer.model alone does not say how this model of type \"gpt2\" cuts a text: Python's AutoTokenizer")

	config := func(modelType string) {
		files["config.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(files["config.json"].Data), `"bert"`, `"`+modelType+`"`, 1))}
	}
	files = directory(t, model.Fill, "bert")
	files["vocab.txt"], files["tokenizer_config.json"] = &fstest.MapFile{Data: []byte("[CLS]\n[SEP]\n[UNK]\n[MASK]\na")}, &fstest.MapFile{Data: []byte(`{"tokenizer_class": "BertJapaneseTokenizer"}`)}
	delete(files, "tokenizer.json")
	refused(t, files, "vocab.txt alone does not say")
	files["tokenizer_config.json"].Data = []byte(`{"tokenizer_class": "BertTokenizerFast", "do_lower_case": true, "strip_accents": false}`)
	refused(t, files, "vocab.txt alone does not say")
	files["tokenizer_config.json"].Data = []byte(`{"tokenizer_class": "BertTokenizerFast", "do_lower_case": true, "strip_accents": null}`)
	refused(t, files, "the tokenizer has 5 pieces, config.json's vocab_size is") // it was read

	files = directory(t, model.Fill, "bert")
	config("roberta")
	spread(t, files, "<s>", "</s>", "<mask>")
	refused(t, files, "an encoder that predicts nothing") // its head is BERT's: the tokenizer was read
	files["config.json"].Data = []byte(strings.Replace(string(files["config.json"].Data), `"roberta"`, `"xlm-roberta"`, 1))
	refused(t, files, "vocab.json alone does not say how this model of type \"xlm-roberta\"")
}

// Weights that only Python reads are named, and what writes others.
func TestPickled(t *testing.T) {
	files := directory(t, model.Fill, "bert")
	delete(files, "model.safetensors")
	refused(t, files, "model.safetensors cannot be read")
	files["pytorch_model.bin"] = &fstest.MapFile{}
	refused(t, files, "model.safetensors is missing, and pytorch_model.bin is nothing that Heed reads: Python's BertForMaskedLM.from_pretrained")
	files["config.json"].Data = []byte(strings.Replace(string(files["config.json"].Data), `"architectures"`, `"others"`, 1))
	refused(t, files, "Python's AutoModel.from_pretrained")
}
