package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// A directory of anybody's models gets a list: what nobody wrote about is described, what people wrote stays. A model
// whose config.json has a section "heed" is not another's, and is described as well.
func TestIndexOfOthers(t *testing.T) {
	for _, section := range []string{"heed", "theirs"} {
		t.Run(section, func(t *testing.T) { indexOf(t, section) })
	}
}

func indexOf(t *testing.T, section string) {
	dir := t.TempDir()
	files := modeltest.Saved(t, modeltest.New(t, model.Fill, "bert"), weights.F32)
	files["config.json"] = replaced(t, files["config.json"], `"heed"`, `"`+section+`"`)
	files["README.md"] = []byte("---\nlanguage: en\nlicense: mit\n---\n")
	files["pytorch_model.bin"] = []byte("no part of it")
	if err := os.Mkdir(filepath.Join(dir, "theirs"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, "theirs", name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	index := func() *catalog.Entry {
		t.Helper()
		answer(t, "index", dir)
		data, err := os.ReadFile(filepath.Join(dir, "index.json"))
		if err != nil {
			t.Fatal(err)
		}
		x, err := catalog.Parse(data)
		if err != nil || len(x.Models) != 1 {
			t.Fatalf("%v, %v", x, err)
		}
		return &x.Models[0]
	}
	e := index()
	var names []string
	for _, f := range e.Files {
		names = append(names, f.Name)
	}
	if e.ID != "theirs" || e.Foreign != (section == "theirs") || e.Licence != "mit" || e.Task != model.Fill || len(e.Views) == 0 || len(e.Examples) != 1 || e.Open.View == "" ||
		!slices.Equal(names, model.Files) {
		t.Errorf("the entry is %+v", e)
	}
	if _, err := os.Stat(filepath.Join(dir, "theirs", catalog.ExampleFile)); err != nil {
		t.Error(err)
	}
	path := filepath.Join(dir, "index.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, replaced(t, data, `"title": "theirs"`, `"title": "Their model"`), 0o666); err != nil {
		t.Fatal(err)
	}
	if e := index(); e.Title != "Their model" || e.Licence != "mit" {
		t.Errorf("the second time it is %+v", e)
	}
}

// replaced is a text with a part of it changed, which it must have.
func replaced(t *testing.T, data []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("there is no %s in %.300s", old, data)
	}
	return bytes.Replace(data, []byte(old), []byte(new), 1)
}

// A GGUF file's own name is often that of a training run, so the list has the name of the file.
func TestIndexGGUF(t *testing.T) {
	dir := t.TempDir()
	metadata, tensors, _ := modeltest.Llama()
	if err := os.Mkdir(filepath.Join(dir, "little"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "little", "Little-Llama.Q8_0.gguf"), modeltest.GGUF(metadata, tensors, true), 0o666); err != nil {
		t.Fatal(err)
	}
	answer(t, "index", dir)
	data, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if x, err := catalog.Parse(data); err != nil || x.Models[0].ID != "little" || x.Models[0].Title != "Little-Llama.Q8_0" {
		t.Errorf("%+v, %v", x, err)
	}
}
