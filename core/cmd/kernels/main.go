// Command kernels writes the WebAssembly modules that hold the inner loops of package tensor in the browser:
//
//	kernels DIR
//
// They compute with four floats at once, and a matrix product whose tiles stay in registers, where Go's
// compiler would spill them. A module works in the memory of the Go program that calls it.
//
// DIR/plain.wasm takes any browser with SIMD; DIR/relaxed.wasm multiplies and adds in one instruction
// (https://github.com/WebAssembly/relaxed-simd), and can multiply bytes, four at once, which is fast where the processor has
// an instruction for it (VNNI of Intel and AMD, the dot products of ARM).
//
// What a kernel computes is written over the Go function of the same name in package tensor, which
// stands in where there is no SIMD; the tests hold both against plain loops. Here, addresses are bytes,
// counts are floats, and the distances between rows (ld...) are bytes.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kernels DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, form := range map[string]module{"plain": {}, "relaxed": {relaxed: true}} {
		if err := os.WriteFile(filepath.Join(dir, name+".wasm"), kernels(form), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// kernels returns the module of a form.
func kernels(form module) []byte {
	m := &form
	m.products()
	m.bytesProducts()
	m.blocksProducts()
	m.round16()
	m.transpose()
	m.elementwise()
	m.activations()
	m.rows()
	m.recurrent()
	return m.binary()
}
