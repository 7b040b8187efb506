package model_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// TestSaveIsWhole wants a save that cannot end to leave the model that was there: each file is written beside the old
// one and then put in its place.
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

// TestInterruptedSave ends a save after each of its steps: Open finds the model that was there or the new one, never a
// mixture, and the next save ends as if nothing had been.
func TestInterruptedSave(t *testing.T) {
	models := map[string]*model.Model{"old": modeltest.Small(t), "new": modeltest.New(t, model.Fill, "bert")}
	contents := map[string][][]byte{}
	for name, m := range models {
		var err error
		if contents[name], err = m.Contents(weights.F32); err != nil {
			t.Fatal(err)
		}
	}
	// found says which model is in a directory.
	found := func(dir string) string {
		m, err := model.Open(os.DirFS(dir))
		if err != nil {
			return err.Error()
		}
		have, err := m.Contents(weights.F32)
		if err != nil {
			return err.Error()
		}
		for name, want := range contents {
			if slices.EqualFunc(want, have, bytes.Equal) {
				return name
			}
		}
		return "a mixture"
	}
	prepare, replace := model.Saving("", contents["new"])
	last := len(prepare) + len(replace)
	for ends := range last + 1 {
		dir := t.TempDir()
		if err := models["old"].Save(dir, weights.F32); err != nil {
			t.Fatal(err)
		}
		prepare, replace := model.Saving(dir, contents["new"])
		for i, step := range slices.Concat(prepare, replace)[:ends] {
			if err := step(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
		want := "old"
		if ends >= len(prepare) {
			want = "new"
		}
		if got := found(dir); got != want {
			t.Errorf("after %d of %d steps: %s, want the %s model", ends, last, got, want)
		}
		for _, name := range []string{"new", "old"} {
			if err := models[name].Save(dir, weights.F32); err != nil {
				t.Fatal(err)
			}
			if got := found(dir); got != name {
				t.Errorf("after %d steps and a save of the %s model: %s", ends, name, got)
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != len(model.Files) {
			t.Errorf("after %d steps and two saves %d files are left: %v", ends, len(left), err)
		}
	}

	// The first save of all, of which the weights were not all written.
	dir := t.TempDir()
	prepare, _ = model.Saving(dir, [][]byte{contents["new"][0], contents["new"][1], contents["new"][2][:2000]})
	for _, step := range prepare {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := model.Open(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "model.safetensors") {
		t.Errorf("a first save that was interrupted: %v", err)
	}
}
