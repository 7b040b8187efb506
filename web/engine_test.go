//go:build !js

package web_test

import (
	"bytes"
	"os"
	"testing"
)

// TestEngineWithoutFormats looks for code in the engine that nobody meant to be there. A type whose
// value is in an interface, in however many structs and behind however many pointers, brings
// a String method along, and that of mathgl's matrices brings fmt and reflect: 100 kB to download.
func TestEngineWithoutFormats(t *testing.T) {
	for _, file := range []string{"heed.wasm", "lab.wasm"} {
		engine, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(engine, []byte("heed/wasm/page.")) {
			t.Errorf("%s does not name its functions", file)
		}
		heavy := []string{"fmt.(*pp).", "reflect.(*rtype).", "regexp.", "encoding/json.", "text/tabwriter."}
		if file == "heed.wasm" { // what only lab.wasm is to have
			heavy = append(heavy, "heed/core/token.(*normalizer).", "heed/core/token.(*unigram).", "heed/wasm/bench.", "heed/core/run.(*Session).Ask", "heed/core/view.Small")
		}
		for _, heavy := range heavy {
			if i := bytes.Index(engine, []byte(heavy)); i >= 0 {
				name, _, _ := bytes.Cut(engine[i:], []byte{0})
				t.Errorf("%s has %s", file, name)
			}
		}
	}
}
