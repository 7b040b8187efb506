//go:build !js

package say

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heed/core/enginetest"
)

// TestEngine looks at the packages that a browser downloads: none may import what would make the
// engine much longer, and no message may have a part whose type Text does not know.
func TestEngine(t *testing.T) {
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Imports", "heed/wasm")
	list.Env = enginetest.Env(t, "../..")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	fset := token.NewFileSet()
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup), Sizes: types.SizesFor("gc", "wasm")}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir, Export string
			GoFiles, Imports        []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export // of all that a package imports, before it
		if !strings.HasPrefix(p.ImportPath, "heed/") {
			continue
		}
		for _, heavy := range []string{"context", "encoding/csv", "encoding/json", "fmt", "log", "regexp", "text/template"} {
			if slices.Contains(p.Imports, heavy) {
				t.Errorf("%s imports %s", p.ImportPath, heavy)
			}
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := conf.Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for e := range info.Types {
			call, ok := e.(*ast.CallExpr)
			if !ok || call.Ellipsis.IsValid() || !strings.HasPrefix(info.Types[call.Fun].Type.String(), "func(parts ...any)") {
				continue // Text, Error, and what hands its parts on to them
			}
			for _, part := range call.Args {
				switch kind := types.Default(info.Types[part].Type).String(); kind {
				case "string", "bool", "int", "int64", "float32", "float64", "[]int", "error":
				default:
					t.Errorf("%s: Text does not know the type %s", fset.Position(part.Pos()), kind)
				}
			}
		}
	}
}
