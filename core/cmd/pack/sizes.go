package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

const customSection = 0

// size is what one package adds to a module.
type size struct {
	name         string
	code, packed int // bytes of its functions' bodies, and of these behind gzip, by themselves
}

// sizes tells what each package adds to the code of a Go program that was linked with its names (without
// -ldflags=-s), the largest first.
func sizes(module []byte) ([]size, error) {
	bodies, names, err := named(module)
	if err != nil {
		return nil, err
	}
	code := map[string][]byte{}
	for i, body := range bodies {
		of, _, _ := strings.Cut(names[i], ".")
		code[of] = append(code[of], shorten(body)...)
	}
	var all []size
	for name, code := range code {
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		w.Write(code)
		w.Close()
		all = append(all, size{name, len(code), packed.Len()})
	}
	slices.SortFunc(all, func(a, b size) int { return cmp.Or(cmp.Compare(b.packed, a.packed), strings.Compare(a.name, b.name)) })
	return all, nil
}

// named returns the bodies of a module's functions, and their names.
func named(module []byte) (bodies [][]byte, names []string, err error) {
	if len(module) < len(header) || string(module[:len(header)]) != header {
		return nil, nil, errors.New("is not a WebAssembly module")
	}
	var numbers map[int]string
	for r := (reader{data: module[len(header):]}); len(r.data) > 0; {
		id, body := r.byte(), reader{data: r.bytes(r.unsigned())}
		switch {
		case id == codeSection:
			bodies = body.bodies()
		case id == customSection && string(body.bytes(body.unsigned())) == "name":
			numbers = body.functionNames()
		}
		if r.wrong || body.wrong {
			return nil, nil, errors.New("ends in the middle")
		}
	}
	if len(numbers) < max(len(bodies), 1) {
		return nil, nil, errors.New("lacks the names of its functions: link it without -ldflags=-s")
	}
	imported := slices.Min(slices.Collect(maps.Keys(numbers))) // they are numbered first, and not named
	for i := range bodies {
		names = append(names, numbers[imported+i])
	}
	return bodies, names, nil
}

// functionNames reads the section of names: of its parts, the one of functions.
func (r *reader) functionNames() map[int]string {
	const functions = 1
	names := map[int]string{}
	for len(r.data) > 0 {
		id, part := r.byte(), reader{data: r.bytes(r.unsigned())}
		if id != functions {
			continue
		}
		for n := part.unsigned(); n > 0 && !part.wrong; n-- {
			index := part.unsigned()
			names[index] = string(part.bytes(part.unsigned()))
		}
		r.wrong = r.wrong || part.wrong
	}
	return names
}

// printSizes writes a table: Go's linker writes _ for the / of a package's path.
func printSizes(w io.Writer, all []size) {
	var sum size
	fmt.Fprintf(w, "%10s %10s  package\n", "code", "gzip")
	for _, s := range all {
		fmt.Fprintf(w, "%10d %10d  %s\n", s.code, s.packed, s.name)
		sum.code, sum.packed = sum.code+s.code, sum.packed+s.packed
	}
	fmt.Fprintf(w, "%10d %10d  all code\n", sum.code, sum.packed)
}
