//go:build !js

package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"heed/core/model"
)

// TestIndex holds web/models/index.json against the files: run "heed index web/models" after a
// change of a model.
func TestIndex(t *testing.T) {
	index := readIndex(t)
	configs, err := filepath.Glob("models/*/" + model.Files[0])
	if err != nil || len(configs) != len(index.Models) {
		t.Errorf("%d models are listed, %d are there", len(index.Models), len(configs))
	}
	for _, e := range index.Models {
		var bytes int64
		for i, f := range e.Files {
			data, err := os.ReadFile(filepath.Join("models", e.ID, f.Name))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(data)
			if f.Name != model.Files[i] || f.Bytes != int64(len(data)) || f.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("%s/%s is not the file that is listed", e.ID, f.Name)
			}
			bytes += f.Bytes
		}
		if e.Bytes != bytes || bytes > 6e6 {
			t.Errorf("%s: %d bytes listed, %d there, 6,000,000 allowed", e.ID, e.Bytes, bytes)
		}
		if _, err := os.Stat(filepath.Join("models", e.ID, "MODEL_CARD.md")); err != nil {
			t.Errorf("%s has no card: %v", e.ID, err)
		}
		m, err := model.Open(os.DirFS(filepath.Join("models", e.ID)))
		if err != nil {
			t.Fatal(err)
		}
		if n := m.Net.Weights().Count(); n != e.Parameters {
			t.Errorf("%s: %d weights listed, %d there", e.ID, e.Parameters, n)
		}
		if e.Licence == "" || e.Data == "" || e.About == "" || len(e.Metrics) == 0 || len(e.Examples) == 0 {
			t.Errorf("%s: the entry lacks its licence, data, sentence, metrics or examples", e.ID)
		}
		if !slices.Contains(e.Views, e.Open.View) || !slices.Equal(e.Stacks, m.Stacks()) {
			t.Errorf("%s opens on the view %s of %v, its kinds of attention are %v", e.ID, e.Open.View, e.Views, e.Stacks)
		}
		if across := m.About.Task == model.Translation && len(e.Stacks) > 0; across != (e.Translations != nil) {
			t.Errorf("%s: how its heads align was not measured with these weights: run heed index -data test.tsv -alignment train.tsv web/models", e.ID)
		}
		fits := len(e.Stacks) == 0
		for _, s := range m.Stacks() {
			fits = fits || s.Kind == e.Open.Kind && e.Open.Layer < s.Layers && e.Open.Head < s.Heads
		}
		if !fits {
			t.Errorf("%s opens on a head that it does not have: %+v", e.ID, e.Open)
		}
	}
}

// TestTranslatorsShare wants the translators to read and write the same pieces, so that what they do can be compared.
func TestTranslatorsShare(t *testing.T) {
	var first []byte
	for _, id := range []string{"en-fr", "en-fr-attention", "en-fr-context"} {
		b, err := os.ReadFile(filepath.Join("models", id, "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if string(b) != string(first) {
			t.Errorf("%s has another tokenizer", id)
		}
	}
}
