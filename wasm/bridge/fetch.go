//go:build js && wasm

package bridge

import (
	"cmp"
	"errors"
	"syscall/js"
)

// Download is a file on its way, as web/heed/download.mjs brings it: with a limit to silence, and a sentence for the
// reader as its error. It may be cancelled.
type Download struct {
	Address  string
	Size     int64                   // its length where the caller knows it, else 0
	SHA256   string                  // of its bytes, in hexadecimal digits; "" where that is not known
	Most     int64                   // the most bytes that are taken; 0: a gigabyte, for a server that never ends must not take all memory
	Anew     bool                    // what the browser keeps of it is not trusted
	Progress func(done, total int64) // called after each piece, with a total of 0 where that is not known; may be nil
	Silent   func()                  // called when nothing has come for a while; may be nil

	abort     Value // of the browser's AbortController
	cancelled bool
}

// ErrCancelled is why a download ended that was cancelled.
var ErrCancelled = errors.New("the download was cancelled")

// Fetch downloads a file.
func Fetch(address string) ([]byte, error) { return (&Download{Address: address}).Fetch() }

// Cancel ends the download.
func (d *Download) Cancel() {
	if d.cancelled = true; d.abort.Truthy() {
		d.abort.Call("abort")
	}
}

// Fetch waits for the file.
func (d *Download) Fetch() (body []byte, err error) {
	defer Catch(&err)
	if d.cancelled {
		return nil, ErrCancelled
	}
	most := cmp.Or(d.Most, 1<<30)
	const silent = 5000 // milliseconds
	said := NewTimer(func() {
		if d.Silent != nil {
			d.Silent()
		}
	})
	defer said.Release()
	said.After(silent)
	d.abort = New("AbortController")
	progress, remove := Func(func(_ Value, args []Value) {
		said.After(silent)
		if d.Progress != nil {
			d.Progress(int64(args[0].Int()), int64(args[1].Int()))
		}
	})
	defer remove()
	options := map[string]any{"size": d.Size, "most": most, "progress": progress, "signal": d.abort.Get("signal")}
	if d.SHA256 != "" {
		options["sha256"] = d.SHA256
	}
	if d.Anew {
		options["cache"] = "reload"
	}
	bytes, err := Await(loader.Call("download", d.Address, options))
	if d.cancelled {
		return nil, ErrCancelled
	}
	if fault, ok := err.(js.Error); ok {
		return nil, errors.New(fault.Get("message").String())
	}
	body = make([]byte, bytes.Get("length").Int())
	js.CopyBytesToGo(body, bytes)
	return body, nil
}
