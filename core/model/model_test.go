package model_test

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/transformer"
	"heed/core/weights"
)

func TestSaveOpen(t *testing.T) {
	m := modeltest.Small(t)
	dir := t.TempDir()
	if err := m.Save(dir, weights.F32); err != nil {
		t.Fatal(err)
	}
	back, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Net.Weights().List {
		if !cmp.Equal(p.Values().Data, back.Net.Weights().List[i].Values().Data) {
			t.Errorf("%s changed", p.Name)
		}
	}
	if !cmp.Equal(back.About, m.About) || !cmp.Equal(back.Net.(*transformer.Model).Config, m.Net.(*transformer.Model).Config) {
		t.Errorf("the configuration changed: %+v", back)
	}
	if err := m.Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	if back, err = model.Open(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	whole, stored := 0, 0
	for i, p := range m.Net.Weights().List {
		whole, stored = whole+4*p.Rows*p.Cols, stored+back.Net.Weights().List[i].Bytes()
		for row := range p.Rows {
			var largest float64
			for _, v := range p.Values().Row(row) {
				largest = max(largest, math.Abs(float64(v)))
			}
			for j, v := range p.Values().Row(row) {
				if d := math.Abs(float64(v - back.Net.Weights().List[i].Values().Row(row)[j])); d > largest/254*1.001 {
					t.Fatalf("%s[%d, %d] is off by %g after int8", p.Name, row, j, d)
				}
			}
		}
	}
	if stored > whole*2/3 { // rows are filled up to eights, and vectors are not stored in bytes
		t.Errorf("weights stored in bytes take %d bytes in memory, of %d as float32", stored, whole)
	}
}

// pointer is what Git LFS leaves for a file that was not fetched.
func pointer([]byte) []byte {
	return []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n")
}

// What a model writes of tokens that its tokenizer lacks is nothing: a vocabulary may be filled up, but not be another
// model's.
func TestFewPieces(t *testing.T) {
	for _, c := range []struct {
		more  float64
		opens bool
	}{{1, true}, {1.5, true}, {3, false}} {
		m := modeltest.Small(t)
		config := m.Net.(*transformer.Model).Config
		config.Vocab = int(c.more * float64(config.Vocab))
		net, err := transformer.New(config)
		if err != nil {
			t.Fatal(err)
		}
		m.Net = net
		dir := t.TempDir()
		if err := m.Save(dir, weights.I8); err != nil {
			t.Fatal(err)
		}
		if _, err := model.Open(os.DirFS(dir)); (err == nil) != c.opens || err != nil && !strings.Contains(err.Error(), "tokenizer.json has 290 pieces, config.json's vocab_size is 870") {
			t.Errorf("a vocabulary %g times as large: %v", c.more, err)
		}
	}
}

// TestOpenErrors wants a sentence that names the file for everything that can be wrong.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if err := modeltest.Small(t).Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file   string
		change func([]byte) []byte
		other  string // another file that the error may name in its place: the two contradict each other
	}{
		"no configuration":      {"config.json", func([]byte) []byte { return nil }, ""},
		"another kind of model": {"config.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`"marian"`), []byte(`"mamba"`), 1) }, ""},
		"a wider model":         {"config.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`"d_model": 16`), []byte(`"d_model": 32`), 1) }, "model.safetensors"},
		"more layers": {"config.json", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"encoder_layers": 2`), []byte(`"encoder_layers": 3`), 1)
		}, "model.safetensors"},
		"impossible heads":               {"config.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`_heads": 4`), []byte(`_heads": 5`), 1) }, ""},
		"a tokenizer cut short":          {"tokenizer.json", func(b []byte) []byte { return b[:len(b)/2] }, ""},
		"a page instead":                 {"tokenizer.json", func([]byte) []byte { return []byte("<!doctype html>") }, ""},
		"weights cut short":              {"model.safetensors", func(b []byte) []byte { return b[:len(b)-100] }, ""},
		"weights cut in the header":      {"model.safetensors", func(b []byte) []byte { return b[:20] }, ""},
		"no weights":                     {"model.safetensors", func([]byte) []byte { return nil }, ""},
		"a page for weights":             {"model.safetensors", func([]byte) []byte { return []byte("<!doctype html><title>404</title>") }, ""},
		"a pointer to the configuration": {"config.json", pointer, ""},
		"a pointer to the tokenizer":     {"tokenizer.json", pointer, ""},
		"a pointer to the weights":       {"model.safetensors", pointer, ""},
	} {
		files := fstest.MapFS{}
		for _, f := range model.Files {
			b, err := fs.ReadFile(os.DirFS(dir), f)
			if err != nil {
				t.Fatal(err)
			}
			if f == c.file {
				b = c.change(b)
			}
			files[f] = &fstest.MapFile{Data: b}
		}
		_, err := model.Open(files)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		t.Logf("%s: %v", name, err)
		first, at := "", len(err.Error())
		for _, f := range model.Files {
			if i := strings.Index(err.Error(), f); i >= 0 && i < at {
				first, at = f, i
			}
		}
		if first == "" || first != c.file && first != c.other {
			t.Errorf("%s: the error names %q and not %s first: %v", name, first, c.file, err)
		}
		if bytes.HasPrefix(files[c.file].Data, []byte("version https://git-lfs")) && !strings.Contains(err.Error(), "Git LFS pointer") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if _, err := model.Open(fstest.MapFS{}); err == nil {
		t.Error("an empty directory: no error")
	}
}

// What Git leaves in place of weights that were not fetched is called so.
func TestPointer(t *testing.T) {
	dir := t.TempDir()
	if err := modeltest.Small(t).Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 4500000\n"
	if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte(pointer), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := model.Open(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "model.safetensors is a Git LFS pointer") {
		t.Errorf("error %v", err)
	}
}
