package model_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// TestSaveIsWhole wants a save that cannot end to leave the model that was there: each file is written beside the old one and then put
// in its place.
func TestSaveIsWhole(t *testing.T) {
	dir := t.TempDir()
	m := modeltest.Small(t)
	if err := m.Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	content := func() (all [][]byte) {
		for _, name := range model.Files {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		return all
	}
	before := content()
	same := func(why string) {
		t.Helper()
		if !slices.EqualFunc(before, content(), bytes.Equal) {
			t.Errorf("%s: the files are others", why)
		}
		if _, err := model.Open(os.DirFS(dir)); err != nil {
			t.Errorf("%s: %v", why, err)
		}
	}

	// As an interruption leaves it: a part of the weights under the other name.
	part := filepath.Join(dir, "model.safetensors.new")
	if err := os.WriteFile(part, before[2][:100], 0o666); err != nil {
		t.Fatal(err)
	}
	same("a part of new weights lies there")
	if err := m.Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(part); err == nil {
		t.Error("the part is still there after the next save")
	}
	same("saved once more")

	// The weights cannot be written.
	if err := os.Mkdir(part, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(dir, weights.F32); err == nil {
		t.Error("a save that could not write the weights is no error")
	}
	same("the weights could not be written")
	os.Remove(part)

	// They cannot be put in their place, and do not stay beside it.
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "model.safetensors", "full"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(taken, weights.I8); err == nil {
		t.Error("a save onto a directory is no error")
	}
	if _, err := os.Stat(filepath.Join(taken, "model.safetensors.new")); err == nil {
		t.Error("what could not be put in its place stays beside it")
	}
}
