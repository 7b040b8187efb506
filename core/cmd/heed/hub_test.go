package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/model/modeltest"
	"heed/core/weights"
)

// A model of the Hub is opened from the cache, under the name that it was asked for by.
func TestHub(t *testing.T) {
	home, commit := t.TempDir(), strings.Repeat("0123abcd", 5)
	t.Setenv("HF_HOME", home)
	t.Setenv("HF_HUB_CACHE", "")
	t.Setenv("HF_HUB_OFFLINE", "1")
	refuse(t, "HF_HUB_OFFLINE", "run", "-model", "hf:owner/tiny", "-text", "a")
	refuse(t, "hf:OWNER/NAME", "run", "-model", "hf:owner/../tiny", "-text", "a")
	folder := filepath.Join(home, "hub", "models--owner--tiny")
	if err := modeltest.Small(t).Save(filepath.Join(folder, "snapshots", commit), weights.F32); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "refs"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "refs", "main"), []byte(commit), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := answer(t, "run", "-model", "hf:owner/tiny", "-text", "a", "-max-tokens", "2", "-out", "json"); !strings.Contains(out, `"model":"hf:owner/tiny"`) {
		t.Errorf("the answer is %.200s", out)
	}
}

// A directory of Marian's with SentencePiece's files and no tokenizer.json opens.
func TestPieces(t *testing.T) {
	dir := t.TempDir()
	for name, data := range modeltest.Pieces(t, "../../token/testdata/spm/marian", modeltest.MarianPieces) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out := answer(t, "run", "-model", dir, "-text", ">>fra<< a cat", "-max-tokens", "2", "-out", "json"); !strings.Contains(out, `"text":">>fra<<"`) {
		t.Errorf("the answer is %.400s", out)
	}
	if out := answer(t, "inspect", dir); !strings.Contains(out, "459 pieces") {
		t.Errorf("it is %.400s", out)
	}
}
