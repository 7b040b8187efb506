package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/json"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
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

// TestIndexTranslations: with a dictionary the list says how often heads look at the word that is translated, as heads
// does; that stays while the model does, and is dropped with a word about it when the weights are others.
func TestIndexTranslations(t *testing.T) {
	lessons := write(t, "cat\tchat", "the cat\tle chat", "the\tle", "dog\tchien", "a dog\tun chien", "a\tun")
	pairs := write(t, "the b c d e f g cat\tle chat", "a b c d e f g dog\tun chien")
	dir := t.TempDir()
	for name, task := range map[string]string{"one": model.Translation, "writes": model.Generation} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(tiny(t, task))); err != nil {
			t.Fatal(err)
		}
	}
	index := func(args ...string) (*catalog.Entry, string) {
		t.Helper()
		var said bytes.Buffer
		if err := command(console{&said, &said}, append(append([]string{"index"}, args...), dir)); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "index.json"))
		if err != nil {
			t.Fatal(err)
		}
		x, err := catalog.Parse(data)
		if err != nil || x.Find("writes").Translations != nil {
			t.Fatalf("%v, %v", x, err)
		}
		return x.Find("one"), said.String()
	}
	if e, said := index(); e.Translations != nil || said != "" {
		t.Errorf("without a dictionary: %+v, %q", e.Translations, said)
	}
	e, said := index("-data", pairs, "-alignment", lessons)
	if e.Translations == nil || e.Translations.Chance != 0.125 || said != "" {
		t.Fatalf("%+v, %q", e.Translations, said)
	}
	right := 0.0
	for line := range strings.Lines(answer(t, "heads", "-model", filepath.Join(dir, "one"), "-data", pairs, "-alignment", lessons, "-json")) {
		var h record.HeadScores
		if err := json.Read([]byte(line), h.Fields); err != nil {
			t.Fatal(err)
		}
		if h.Kind != record.Cross {
			continue
		}
		at := slices.IndexFunc(e.Translations.Heads, func(r record.HeadRate) bool { return r.Layer == h.Layer && r.Head == h.Head })
		if at < 0 || math.Abs(e.Translations.Heads[at].Rate-h.Shares[record.OnTranslation]) > 5e-4 {
			t.Errorf("%s is not in %+v", line, e.Translations.Heads)
		}
		right += h.Shares[record.OnTranslation]
	}
	if right == 0 {
		t.Error("no head is ever right")
	}
	if e, said := index(); e.Translations == nil || said != "" {
		t.Errorf("the second time: %+v, %q", e.Translations, said)
	}
	path := filepath.Join(dir, "one", "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
	if e, said := index(); e.Translations != nil || !strings.Contains(said, "-alignment") {
		t.Errorf("of other files: %+v, %q", e.Translations, said)
	}
	if e, said := index("-data", pairs, "-alignment", write(t, "x\ty")); e.Translations != nil || !strings.Contains(said, "knows no word") {
		t.Errorf("by a dictionary of other languages: %+v, %q", e.Translations, said)
	}
	refuse(t, "go together", "index", "-data", pairs, dir)
}
