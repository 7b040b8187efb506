package train

import (
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImports keeps this package fit for the engine: what reads files, writes formats or reflects stays out.
func TestImports(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		read++
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range parsed.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if slices.Contains([]string{"fmt", "context", "regexp", "encoding/json", "encoding/binary", "os", "io", "io/fs", "reflect", "log"}, path) {
				t.Errorf("%s imports %s, which the engine is free of", f.Name(), path)
			}
		}
	}
	if read < 4 {
		t.Errorf("only %d files were read", read)
	}
}
