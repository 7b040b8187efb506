//go:build js && wasm

// Command wasm is Heed in a browser. web/heed.js runs it in the window, where it is the page, and in a worker, where it
// is the engine. It is built twice: as heed.wasm, which serves the first view, and with the tag lab as lab.wasm, which
// has all the rest besides (lab.go).
package main

import (
	"heed/wasm/bridge"
	"heed/wasm/engine"
	"heed/wasm/page"
)

// roles are what this program can be, by the name that the loader gives.
var roles = map[string]func(){"page": page.Main, "engine": engine.Main}

func main() {
	begin := roles[bridge.Role()]
	if begin == nil {
		panic("heed: started without web/heed.js, or as what only lab.wasm can be")
	}
	begin()
	select {} // from here on, JavaScript calls
}
