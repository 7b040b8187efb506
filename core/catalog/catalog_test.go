package catalog_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/say"
)

// TestNames: a list that names what is not in a model's folder is refused.
func TestNames(t *testing.T) {
	list := func(id, file, bytes string) []byte {
		return []byte(`{"models":[{"id":"` + id + `","files":[{"name":"` + file + `","bytes":` + bytes + `}]}]}`)
	}
	for _, name := range []string{"config.json", "1_Pooling/config.json", "a b.json"} {
		if _, err := catalog.Parse(list("en-fr", name, "0")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "..", ".git/config", "../../x", "a/../b", "/x", "//host/x", "https://host/x", `..\\x`, "%2e%2e/x", "x?y", "x#y"} {
		if _, err := catalog.Parse(list("en-fr", name, "1")); err == nil {
			t.Errorf("the file %q is taken", name)
		}
		if _, err := catalog.Parse(list(name, "config.json", "1")); err == nil {
			t.Errorf("the model %q is taken", name)
		}
	}
	if _, err := catalog.Parse(list("en-fr", "config.json", "-1")); err == nil {
		t.Error("a file of -1 bytes is taken")
	}
}

// TestShippedAlone opens the models that Heed ships in a program that does not have package foreign, as heed.wasm has
// not: this test must not import it. A tokenizer that takes it is an error that says so.
func TestShippedAlone(t *testing.T) {
	const models = "../../web/models"
	data, err := os.ReadFile(filepath.Join(models, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	index, err := catalog.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(index.Models) < 6 {
		t.Errorf("there are %d models, want six at least", len(index.Models))
	}
	for _, m := range index.Models {
		files := map[string][]byte{}
		for _, f := range m.Files {
			if files[f.Name], err = os.ReadFile(filepath.Join(models, m.ID, f.Name)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := model.Parse(files); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		for _, foreign := range [][2]string{
			{`"normalizer":null`, `"normalizer":{"type":"NFC"}`},
			{`"type":"BPE"`, `"type":"WordPiece"`},
			{`"type":"BPE"`, `"type":"Unigram"`},
			{`"decoder":{"type":"ByteLevel"`, `"decoder":{"type":"WordPiece"`},
			{`{"type":"Split",`, `{"type":"Whitespace"},{"type":"Split",`},
		} {
			changed := map[string][]byte{}
			for name, data := range files {
				changed[name] = data
			}
			s := string(files["tokenizer.json"])
			if !strings.Contains(s, foreign[0]) {
				t.Fatalf("%s: tokenizer.json lacks %s", m.ID, foreign[0])
			}
			changed["tokenizer.json"] = []byte(strings.Replace(s, foreign[0], foreign[1], 1))
			if _, err := model.Parse(changed); !errors.Is(err, say.ErrLab) {
				t.Errorf("%s with %s: the error is %v, want one that wraps say.ErrLab", m.ID, foreign[1], err)
			}
		}
	}
}
