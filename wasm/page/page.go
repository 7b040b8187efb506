//go:build js && wasm

// Package page is the window's side: it fills the <heed-view> elements of a document.
package page

import "heed/wasm/bridge"

// Main tells the loader that the page is ready for elements.
func Main() {
	bridge.Ready(bridge.Elements{
		Attach:    func(key int, element, root bridge.Value) {},
		Attribute: func(key int, name, value string, present bool) {},
		Detach:    func(key int) {},
	})
}
