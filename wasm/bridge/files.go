//go:build js && wasm

package bridge

import (
	"errors"
	"io"
	"io/fs"
	"syscall/js"
	"time"
)

// File is a file that a reader brought. It is read in slices, as far as it is needed, and stays outside Go's memory.
type File struct {
	Name string // within its model's folder
	blob Value
}

// NewFile is a file of bytes, of which the browser keeps a copy.
func NewFile(name string, data []byte) File { return File{name, Blob(data, "")} }

// Size is the file's length in bytes.
func (f *File) Size() int64 { return int64(f.blob.Get("size").Float()) }

// ReadAt reads a part of the file. It waits for the browser, so it is for goroutines only.
func (f *File) ReadAt(p []byte, from int64) (n int, err error) {
	defer Catch(&err)
	buffer, err := Await(f.blob.Call("slice", from, from+int64(len(p))).Call("arrayBuffer"))
	if fault, ok := err.(js.Error); ok { // it was changed or taken away since it was chosen
		return 0, errors.New(fault.Get("message").String())
	}
	if n = js.CopyBytesToGo(p, uint8Array.New(buffer)); n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Files are those of a model. They are read as a file system's are.
type Files []File

// Open opens a file for its ReadAt and Stat.
func (all Files) Open(name string) (fs.File, error) {
	f := all.Find(name)
	if f == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return opened{f}, nil
}

// opened is a File as those of a file system are.
type opened struct{ *File }

func (f opened) Stat() (fs.FileInfo, error) { return info(f), nil }
func (opened) Read([]byte) (int, error)     { return 0, errors.ErrUnsupported }
func (opened) Close() error                 { return nil }

type info struct{ *File }

func (i info) Name() string     { return i.File.Name }
func (info) Mode() fs.FileMode  { return 0o444 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }

// ReadFile reads a file whole. It is for goroutines only.
func (all Files) ReadFile(name string) ([]byte, error) {
	f := all.Find(name)
	if f == nil {
		return nil, fs.ErrNotExist
	}
	data := make([]byte, f.Size())
	_, err := f.ReadAt(data, 0)
	return data, err
}

// Find returns the file of that name, or nil.
func (all Files) Find(name string) *File {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// Value lists the files as {name, blob}, for Message.Brought.
func (all Files) Value() Value {
	list := make([]any, len(all))
	for i, f := range all {
		list[i] = map[string]any{"name": f.Name, "blob": f.blob}
	}
	return js.ValueOf(list)
}

// filesOf reads a list of {name, blob}.
func filesOf(list Value) (all Files) {
	for i := range list.Length() {
		v := list.Index(i)
		all = append(all, File{v.Get("name").String(), v.Get("blob")})
	}
	return all
}

// What a reader brings to the page is in the loader's hands (web/heed/open.mjs), which knows it by the model's id.

// ChooseModel lets the reader choose a model, in a dialog within an element's shadow root, until remove.
func ChooseModel(root Value, opens, fails func(string)) (remove func()) {
	yes, removeYes := Func(func(_ Value, args []Value) { opens(args[0].String()) })
	no, removeNo := Func(func(_ Value, args []Value) { fails(args[0].String()) })
	loader.Call("chooseModel", root, yes, no)
	return func() { removeYes(); removeNo() }
}

// HasCard says whether a model came with a card; ShowCard shows it, in a dialog within an element's shadow root.
func HasCard(id string) bool         { return loader.Call("hasCard", id).Bool() }
func ShowCard(root Value, id string) { loader.Call("card", root, id) }

// Taken returns what was dropped: the id of a model, or another file. It is to be called in the event, and waited for
// in a goroutine.
func (e Event) Taken() (wait func() (id string, file Value, err error)) {
	promise := loader.Call("taken", e.v.Get("dataTransfer"))
	return func() (string, Value, error) {
		v, err := Await(promise)
		if err != nil {
			return "", Null(), message(err)
		}
		if id := v.Get("id"); id.Truthy() {
			return id.String(), Null(), nil
		}
		return "", v.Get("file"), nil
	}
}

// Origin waits for the host that a model's address names, "" where it is the page's own or nothing is to be downloaded.
func Origin(id string) (origin string, err error) {
	defer Catch(&err)
	v, err := Await(loader.Call("origin", id))
	if err != nil {
		return "", message(err)
	}
	return v.String(), nil
}

// message is an error of the loader's, which is a sentence for the reader.
func message(err error) error {
	if fault, ok := err.(js.Error); ok {
		return errors.New(fault.Get("message").String())
	}
	return err
}

// Bring waits until the files of a model are in the loader's hands: they are chosen already, or kept in this browser,
// or downloaded. An error is a sentence for the reader. The signal, of an AbortController, ends it.
func Bring(id string, progress func(done, total int64), silent func(), signal Value) (err error) {
	defer Catch(&err)
	came, remove := Func(func(_ Value, args []Value) { progress(int64(args[0].Float()), int64(args[1].Float())) })
	defer remove()
	waits, removeWaits := Func(func(Value, []Value) { silent() })
	defer removeWaits()
	_, err = Await(loader.Call("bring", id, came, waits, signal))
	return message(err)
}

// Brought lists the files of a model that is in the loader's hands, for a message to the engine; null where it is not.
func Brought(id string) Value { return loader.Call("brought", id) }

// Opened tells the loader what a model is that was opened, or, without a title, that it could not be.
func Opened(id, title, licence string) { loader.Call("opened", id, title, licence) }
