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
	engine, err := os.ReadFile("heed.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(engine, []byte("heed/wasm/page.")) {
		t.Error("the engine does not name its functions")
	}
	for _, heavy := range []string{"fmt.(*pp).", "reflect.(*rtype).", "regexp.", "encoding/json.", "text/tabwriter."} {
		if i := bytes.Index(engine, []byte(heavy)); i >= 0 {
			name, _, _ := bytes.Cut(engine[i:], []byte{0})
			t.Errorf("the engine has %s", name)
		}
	}
}
