// Package bridge is the border between Go and JavaScript: the only package that imports syscall/js.
// It turns JavaScript exceptions into errors, moves numbers as bytes rather than one by one, and
// carries the messages between the page, in the window, and the engine, in a worker.
//
// # Callbacks must not block
//
// JavaScript waits for a callback to return, and while it waits nothing that the callback may be
// waiting for can happen. So a function given to Func, Listen, Receive or Ready returns at once: it
// notes what happened, or starts a goroutine. Await, Fetch, Yield and Spawn wait for JavaScript and
// are for goroutines only.
//
// # How the loader starts Go
//
// web/heed/go.mjs, a part of heed.js, starts heed.wasm in the window and in a worker, or lab.wasm in the worker. It
// leaves one object in globalThis.__heed, which this package takes away at start:
//
//	role   "page" or "engine"; "learn" in the worker of <heed-train>
//	url    takes the name of a file that lies beside heed.js, and returns its URL
//	download  takes (address, {size, most, sha256, progress, waiting, signal, cache}), and returns the promise of the file's bytes
//	ready  page only: takes {attach(key, element, root), attribute(key, name, value), detach(key), run(key),
//	       picture(key, kind, resolve, reject), heap(resolve)}
//	document  page only: the document, whose properties no markup shadows
//	spawn  page only: takes (lab, progress), and returns the promise of a Worker in which an engine already listens:
//	       that of lab.wasm, of whose download progress is told, or that of heed.wasm
//
// and, page only, what would be slow across the border:
//
//	paint    takes (context, tile, numbers, texts) of a canvas, and does what a Painting lists
//	children takes (element, role, attribute, count, from, labels), choices (element, type, name, values, texts), and places (element, numbers): see Children, Choices and Places
//	numbers  takes (object, name, buffer): the property is the buffer's float32 as an Array, made when read
//	predictions  takes (object, pieces, buffer): its predictions, five float32 a candidate, made when read
//	causal   takes (object, rows, cols): its mask is 1 up to the diagonal and 0 beyond, made when read
//	later    takes (target, event, make), and tells of an event whose detail make returns when it is read
//	rgba     takes a colour, and returns its red, green, blue and opacity
//
// A message is {type, header, data}: header is a string (JSON, by agreement of the two ends), data
// an ArrayBuffer or undefined. When the engine's Go ends, for whatever reason, its worker sends a
// message of type "exit" whose header is {"error": "…"}; that worker answers no more.
package bridge
