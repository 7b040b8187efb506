// Command kernels writes the WebAssembly modules that hold the inner loops of package tensor in the browser:
//
//	kernels DIR
//
// They compute with four floats at once, and a matrix product whose tiles stay in registers, where Go's
// compiler would spill them. A module works in the memory of the Go program that calls it.
//
// DIR/plain.wasm takes any browser with SIMD; DIR/relaxed.wasm multiplies and adds in one instruction
// (https://github.com/WebAssembly/relaxed-simd), and can multiply bytes, four at once, which is fast where the
// processor has an instruction for it (VNNI of Intel and AMD, the dot products of ARM).
//
// plain-inference.wasm and relaxed-inference.wasm have of these what the first view's engine calls.
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
	for name, relaxed := range map[string]bool{"plain": false, "relaxed": true} {
		for ending, names := range map[string][]string{"": nil, "-inference": inference} {
			if err := os.WriteFile(filepath.Join(dir, name+ending+".wasm"), kernels(relaxed, names), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// inference are the kernels that the engine of the first view has, which computes no gradients and has no blocks.
var inference = []string{
	"product", "productShorts", "productBytes", "slow", "round16", "roundBytes", "transpose", "add", "maxInto", "addScaled", "mul", "scaleAdd",
	"sum", "sumMin", "spread", "dot", "max", "softmax", "layerNorm", "rmsNorm", "activate", "gru", "additive",
}

// kernels returns a module, with the functions of these names alone unless there are none.
func kernels(relaxed bool, names []string) []byte {
	m := &module{relaxed: relaxed}
	m.products()
	m.bytesProducts()
	m.blocksProducts()
	m.round16()
	m.transpose()
	m.elementwise()
	m.activations()
	m.rows()
	m.recurrent()
	if names != nil {
		m.keep(names)
	}
	return m.binary()
}
