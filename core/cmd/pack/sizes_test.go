//go:build !js

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"heed/core/enginetest"
)

// TestSizes looks for the packages of a program, and for an error where it has no names.
func TestSizes(t *testing.T) {
	for _, flags := range []string{"-w", "-s -w"} {
		path := filepath.Join(t.TempDir(), "program.wasm")
		build := exec.Command("go", "build", "-ldflags="+flags, "-o", path, "./testdata/program")
		build.Env = enginetest.Env(t, "../../..")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		module, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := sizes(module)
		if flags == "-s -w" {
			if err == nil {
				t.Error("no error for a program without names")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		has := func(name string, least int) bool {
			return slices.ContainsFunc(all, func(s size) bool { return s.name == name && s.code >= least && s.packed > 0 && s.packed < s.code })
		}
		if !has("main", 100) || !has("runtime", 300000) {
			t.Errorf("main or the runtime is missing, or much too small: %v", all)
		}
	}
	if _, err := sizes([]byte("no module")); err == nil {
		t.Error("no error for what is no module")
	}
}
