//go:build js && wasm

// Package engine is the worker's side: it opens models and runs sentences through them.
package engine

import "heed/wasm/bridge"

// Main begins to listen to the page.
func Main() {
	page := bridge.Self()
	page.Receive(func(m bridge.Message) {
		if m.Type == "ping" {
			page.Post(bridge.Message{Type: "pong", Header: m.Header, Buffers: m.Buffers})
		}
	})
}
