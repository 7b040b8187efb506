//go:build !js

package record_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
)

const tinyText = "the cat sat on the mat"

// snippet is README.md's script that writes a Record of a model of Python's transformers.
func snippet(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, ok := strings.Cut(string(readme), "```python\nimport json, sys, torch\n")
	code, _, ended := strings.Cut(code, "```\n")
	if !ok || !ended || !strings.Contains(code, record.Format) {
		t.Fatal("README.md has no script that writes a Record")
	}
	return "import json, sys, torch\n" + code
}

// checkTiny wants a Record of one of the tiny models to hold all of its attention, and to draw.
func checkTiny(t *testing.T, name string, data []byte) *record.Record {
	t.Helper()
	r, err := record.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	kinds := map[string][]record.Kind{"bert": {record.Self}, "gpt2": {record.Decoder}, "marian": {record.Self, record.Decoder, record.Cross}}[name]
	if r.Text != tinyText || len(r.Tokens.Source) != 7 || len(r.Maps) != 4*len(kinds) || !r.Tokens.Source[6].Special || r.Tokens.Source[1].Word != 1 {
		t.Errorf("%s: %d tokens and %d maps of %q", name, len(r.Tokens.Source), len(r.Maps), r.Text)
	}
	for _, m := range r.Maps {
		for i := range m.Rows {
			sum := 0.0
			for j := range m.Cols {
				sum += float64(m.At(i, j))
			}
			if math.Abs(sum-1) > 1e-4 {
				t.Errorf("%s: row %d of %s %d %d sums to %v", name, i, m.Kind, m.Layer, m.Head, sum)
			}
		}
	}
	for _, k := range kinds {
		for _, v := range []string{view.Links, view.Heatmap, view.Heads, view.Tower, view.Flow} {
			scene, err := view.Build(r, view.State{View: v, Kind: k, Layer: 1, Heads: record.Heads(1)}, view.Env{})
			if err != nil || scene.Sentence != "" || len(scene.Marks) < 10 {
				t.Errorf("%s: %s of %s is not drawn: %v %s", name, v, k, err, scene.Sentence)
			}
		}
	}
	return r
}

// TestPythonGolden reads what the script made of tiny random models; testdata/tiny.py makes those.
func TestPythonGolden(t *testing.T) {
	for _, name := range []string{"bert", "gpt2", "marian"} {
		data, err := os.ReadFile("testdata/golden-" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		checkTiny(t, name, data)
	}
	data, err := os.ReadFile("testdata/golden-bytes.json")
	if err != nil {
		t.Fatal(err)
	}
	checkBytes(t, data)
}

// TestPythonSnippet runs the script as it stands in README.md, where Python has what it takes.
func TestPythonSnippet(t *testing.T) {
	code := snippet(t)
	if n := strings.Count(code, "\n"); n > 20 {
		t.Errorf("the script has become %d lines long", n)
	}
	python := ""
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		// Whether they are there is looked up first: importing torch takes seconds, in vain where transformers is
		// missing.
		const there = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('transformers')))"
		if exec.Command(p, "-c", there).Run() == nil && exec.Command(p, "-c", "import torch, transformers").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
		t.Skip("no Python with torch and transformers is here")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(python, args...)
		cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	run("testdata/tiny.py", dir)
	// Debian's torch 1.13 cannot import what generate() asks of it under Python 3.11.
	before := "import transformers.generation.utils as u\nif hasattr(u, 'is_fsdp_managed_module'): u.is_fsdp_managed_module = lambda m: False\n"
	script := filepath.Join(dir, "snippet.py")
	if err := os.WriteFile(script, []byte(before+code), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bert", "gpt2", "marian"} {
		file := filepath.Join(dir, name+".json")
		run(script, filepath.Join(dir, name), tinyText, file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkTiny(t, name, data)
	}
	// Pieces of a byte-level tokenizer are text, and those of one character are that character.
	file := filepath.Join(dir, "bytes.json")
	run(script, filepath.Join(dir, "bytes"), "a café\nis", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	checkBytes(t, data)
}

// checkBytes wants "a café\nis" of a byte-level tokenizer as a reader would write it, in pieces and in words.
func checkBytes(t *testing.T, data []byte) {
	t.Helper()
	r, err := record.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	texts := func(tokens []record.Token) string {
		var all []string
		for _, token := range tokens {
			all = append(all, token.Text)
		}
		return strings.Join(all, "|")
	}
	if got, want := texts(r.Tokens.Source), "a| c|af|é|é|\n|i|s"; got != want {
		t.Errorf("the pieces are %q, want %q", got, want)
	}
	if got, want := texts(r.Words().Tokens.Source), "a| café|\n|is"; got != want {
		t.Errorf("the words are %q, want %q", got, want)
	}
}
