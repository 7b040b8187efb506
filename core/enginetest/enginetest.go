// Package enginetest builds programs for a browser in tests as build.sh builds the engine, so that what was compiled
// for one is there for the other: Go's standard library above all.
package enginetest

import (
	"os"
	"regexp"
	"testing"
)

// Env is the environment in which go builds for a browser. root is the path of the repository.
func Env(t testing.TB, root string) []string {
	t.Helper()
	script, err := os.ReadFile(root + "/build.sh")
	if err != nil {
		t.Fatal(err)
	}
	smaller := regexp.MustCompile(`(?m)^smaller=(\S+)$`).FindSubmatch(script)
	if smaller == nil {
		t.Fatal("build.sh does not say with which experiments the engine is built")
	}
	return append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="+string(smaller[1]))
}
