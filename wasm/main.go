//go:build js && wasm

// Command wasm is Heed in a browser. web/heed.js runs one file twice: in the window it is the page,
// in a worker it is the engine.
package main

import (
	"heed/wasm/bench"
	"heed/wasm/bridge"
	"heed/wasm/engine"
	"heed/wasm/page"
)

func main() {
	switch role := bridge.Role(); role {
	case "page":
		page.Main()
	case "engine":
		engine.Main()
	case "bench":
		bench.Main(bridge.Print, bridge.Done)
	default:
		panic("heed: started without web/heed.js")
	}
	select {} // from here on, JavaScript calls
}
