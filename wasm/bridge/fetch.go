//go:build js && wasm

package bridge

import (
	"errors"
	"syscall/js"
)

// Fetch downloads a file, as web/heed/download.mjs does it: with a limit to silence, and a sentence for the
// reader as its error. Size is the file's length where the caller knows it, else 0. Progress, if given, is
// called after each piece, with a total of 0 where that is not known.
func Fetch(address string, size int64, progress func(done, total int64)) (body []byte, err error) {
	defer Catch(&err)
	options := map[string]any{"size": size}
	if progress != nil {
		f, remove := Func(func(_ Value, args []Value) { progress(int64(args[0].Int()), int64(args[1].Int())) })
		defer remove()
		options["progress"] = f
	}
	bytes, err := Await(loader.Call("download", address, options))
	if fault, ok := err.(js.Error); ok {
		return nil, errors.New(fault.Get("message").String())
	}
	body = make([]byte, bytes.Get("length").Int())
	js.CopyBytesToGo(body, bytes)
	return body, nil
}
