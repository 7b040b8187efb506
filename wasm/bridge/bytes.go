//go:build js && wasm

package bridge

import (
	"runtime"
	"syscall/js"
	"unsafe"
)

var (
	uint8Array  = js.Global().Get("Uint8Array")
	arrayBuffer = js.Global().Get("ArrayBuffer")
)

// BytesToJS returns a new Uint8Array with a copy of b.
func BytesToJS(b []byte) Value {
	array := uint8Array.New(len(b))
	js.CopyBytesToJS(array, b)
	return array
}

// BytesFromJS returns a copy of the bytes of an ArrayBuffer or of a view of one.
func BytesFromJS(v Value) []byte {
	view := viewOf(v)
	b := make([]byte, view.Get("length").Int())
	js.CopyBytesToGo(b, view)
	return b
}

// NumbersToJS returns a new ArrayBuffer with a copy of f, which can be transferred or be made the
// buffer of a Float32Array or of another of such numbers.
func NumbersToJS[T float32 | uint32](f []T) Value {
	v := BytesToJS(asBytes(f)).Get("buffer")
	runtime.KeepAlive(f)
	return v
}

// FloatsFromJS returns a copy of the numbers of an ArrayBuffer or of a view of one.
func FloatsFromJS(v Value) []float32 {
	view := viewOf(v)
	f := make([]float32, view.Get("length").Int()/4)
	js.CopyBytesToGo(asBytes(f), view)
	runtime.KeepAlive(f)
	return f
}

// viewOf returns a Uint8Array on the bytes of an ArrayBuffer or of any view of one.
func viewOf(v Value) Value {
	switch {
	case v.InstanceOf(uint8Array):
		return v
	case v.InstanceOf(arrayBuffer):
		return uint8Array.New(v)
	}
	return uint8Array.New(v.Get("buffer"), v.Get("byteOffset"), v.Get("byteLength"))
}

// asBytes returns the memory of f, in the byte order that WebAssembly fixes for both sides.
func asBytes[T float32 | uint32](f []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), 4*len(f))
}
