//go:build !js

// Package core holds what all of the core's packages keep to.
package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHouse wants a comment on every exported name and every package of the core, no file of more than 600 lines, and
// comments of 120 columns at most where they stand alone and are no list or formula.
func TestHouse(t *testing.T) {
	described := map[string]bool{} // whether a folder's package has a comment
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		if lines := files.File(f.Pos()).LineCount(); lines > 601 { // the end of the last line begins one more
			t.Errorf("%s has %d lines", path, lines-1)
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				at, indented := files.Position(c.Pos()), strings.HasPrefix(c.Text, "//\t") || strings.HasPrefix(c.Text, "//  ")
				// One that stands alone has only tabs before it, of four columns each.
				if alone(src, at) && !indented && 4*(at.Column-1)+utf8.RuneCountInString(c.Text) > 120 {
					t.Errorf("%s: the comment is longer than 120 columns", at)
				}
			}
		}
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		described[filepath.Dir(path)] = described[filepath.Dir(path)] || f.Doc != nil
		for _, name := range undocumented(f) {
			t.Errorf("%s: %s has no comment", files.Position(name.Pos()), name.Name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, ok := range described {
		if !ok {
			t.Errorf("the package in %s has no comment", dir)
		}
	}
	if len(described) < 30 {
		t.Errorf("%d packages were looked at", len(described))
	}
}

// alone says whether nothing but tabs stands before a place in its line.
func alone(src []byte, at token.Position) bool {
	return strings.Trim(string(src[at.Offset-(at.Column-1):at.Offset]), "\t") == ""
}

// undocumented lists the exported names of a file, methods of exported types among them, that no comment is about. One
// comment may be about a list of values, or stand behind each.
func undocumented(f *ast.File) (names []*ast.Ident) {
	add := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		for _, c := range comments {
			if c != nil {
				return
			}
		}
		if name.IsExported() {
			names = append(names, name)
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type)) {
				add(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					add(s.Name, d.Doc, s.Doc, s.Comment)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						add(name, d.Doc, s.Doc, s.Comment)
					}
				}
			}
		}
	}
	return names
}

// receiver is the name of a method's type.
func receiver(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}
