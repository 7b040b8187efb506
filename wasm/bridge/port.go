//go:build js && wasm

package bridge

import (
	"errors"
	"math"
	"runtime"
	"syscall/js"
)

// Message is what page and engine send each other.
type Message struct {
	Type    string
	Header  []byte      // JSON, or nothing
	Text    Value       // the header of a message that was received, as a string
	Buffers [][]float32 // cross as one block, transferred
	Files   Files       // of a message that was received
	Brought Value       // the files of one to be sent, as Brought lists them; undefined without
	Bytes   []byte      // a file that is sent in place of Buffers
}

// Port sends messages to the other side and receives its own.
type Port struct {
	target Value     // the Worker in the page, the global object in the worker
	block  []float32 // what Post packs, kept for the next
}

// Self is the engine's port to the page.
func Self() *Port { return &Port{target: js.Global()} }

// Spawn is the page's way to a new engine, that of lab.wasm or that of heed.wasm, which listens when Spawn returns and
// stays silent until it is spoken to, except to say "exit". While lab.wasm is on its way, progress is called after each
// piece, with a total of 0 where that is not known. An error is a sentence for the reader.
func Spawn(lab bool, progress func(done, total int64)) (*Port, error) {
	f, remove := Func(func(_ Value, args []Value) { progress(int64(args[0].Int()), int64(args[1].Int())) })
	defer remove()
	worker, err := Await(loader.Call("spawn", lab, f))
	if fault, ok := err.(js.Error); ok {
		return nil, errors.New(fault.Get("message").String())
	}
	return &Port{target: worker}, err
}

// Post sends a message. The buffers are copied: they stay the caller's.
func (p *Port) Post(m Message) (err error) {
	defer Catch(&err)
	envelope := map[string]any{"type": m.Type, "header": string(m.Header), "files": m.Brought}
	if m.Bytes != nil {
		data := BytesToJS(m.Bytes).Get("buffer")
		envelope["data"] = data
		p.target.Call("postMessage", envelope, []any{data})
		return nil
	}
	if len(m.Buffers) == 0 {
		p.target.Call("postMessage", envelope)
		return nil
	}
	p.block = pack(p.block[:0], m.Buffers)
	data := NumbersToJS(p.block)
	envelope["data"] = data
	p.target.Call("postMessage", envelope, []any{data})
	return nil
}

// Close ends the worker at the other side.
func (p *Port) Close() { p.target.Call("terminate") }

// Receive calls fn, which must not block, for each message from the other side, until remove.
func (p *Port) Receive(fn func(Message)) (remove func()) {
	return Listen(p.target, "message", func(event Event) {
		data := event.v.Get("data")
		m := Message{Type: data.Get("type").String()}
		if h := data.Get("header"); h.Type() == js.TypeString {
			m.Header, m.Text = []byte(h.String()), h
		}
		if d := data.Get("data"); d.Truthy() {
			m.Buffers = unpack(FloatsFromJS(d))
		}
		if f := data.Get("files"); f.Truthy() {
			m.Files = filesOf(f)
		}
		fn(m)
	})
}

// pack appends to dst the number of buffers, their lengths, and then the buffers, so that one copy
// takes them all across. The counts go as the bits of float32s.
func pack(dst []float32, buffers [][]float32) []float32 {
	dst = append(dst, math.Float32frombits(uint32(len(buffers))))
	for _, b := range buffers {
		dst = append(dst, math.Float32frombits(uint32(len(b))))
	}
	for _, b := range buffers {
		dst = append(dst, b...)
	}
	return dst
}

// unpack returns the buffers in a block that pack made; they share its memory.
func unpack(block []float32) [][]float32 {
	n := int(math.Float32bits(block[0]))
	lengths, rest := block[1:1+n], block[1+n:]
	buffers := make([][]float32, n)
	for i := range buffers {
		length := int(math.Float32bits(lengths[i]))
		buffers[i], rest = rest[:length:length], rest[length:]
	}
	return buffers
}

// loader is what web/heed.js left for this instance; undefined when something else started it.
var loader = func() Value {
	v := js.Global().Get("__heed")
	js.Global().Delete("__heed")
	return v
}()

// Role says what this instance is: "page" in a window, "engine" in a worker.
func Role() string {
	if loader.IsUndefined() {
		return ""
	}
	return loader.Get("role").String()
}

// URL returns the address of one of Heed's files, which is named as it lies beside heed.js.
func URL(name string) string { return loader.Call("url", name).String() }

// Elements are the page's answers to what happens to the <heed-view> elements of a document; none
// may block. Key tells the elements apart. Root is the element's shadow root, in which the loader
// leaves its stylesheet's <link> and a <slot>.
type Elements struct {
	Attach    func(key int, element, root Value)
	Attribute func(key int, name, value string, present bool)
	Detach    func(key int)
	Run       func(key int)                                                   // the text once more, if it is not on its way
	Picture   func(key int, kind string, got func(picture Value, why string)) // svg or png; null, and why
}

// Numbers gives an object a property that is an Array of the numbers once somebody reads it.
func Numbers(object Value, name string, numbers []float32) {
	loader.Call("numbers", object, name, NumbersToJS(numbers))
}

// Predictions gives an object a property predictions like that of a Record's JSON, made of what
// protocol.PackLens wrote once somebody reads it.
func Predictions(object, pieces Value, numbers []float32) {
	loader.Call("predictions", object, pieces, NumbersToJS(numbers))
}

// Causal gives an object a mask of rows by cols by which each row sees the columns up to its own, made
// once somebody reads it.
func Causal(object Value, rows, cols int) { loader.Call("causal", object, rows, cols) }

// Ready tells the loader that the page is there. Attach follows for each element.
func Ready(e Elements) {
	attach, _ := Func(func(_ Value, args []Value) { e.Attach(args[0].Int(), args[1], args[2]) })
	attribute, _ := Func(func(_ Value, args []Value) {
		present := args[2].Type() == js.TypeString
		value := ""
		if present {
			value = args[2].String()
		}
		e.Attribute(args[0].Int(), args[1].String(), value, present)
	})
	detach, _ := Func(func(_ Value, args []Value) { e.Detach(args[0].Int()) })
	picture, _ := Func(func(_ Value, args []Value) {
		resolve, reject := args[2], args[3]
		e.Picture(args[0].Int(), args[1].String(), func(picture Value, why string) {
			if picture.IsNull() {
				reject.Invoke(New("Error", why))
			} else {
				resolve.Invoke(picture)
			}
		})
	})
	heap, _ := Func(func(_ Value, args []Value) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		args[0].Invoke(float64(m.HeapAlloc))
	})
	run, _ := Func(func(_ Value, args []Value) { e.Run(args[0].Int()) })
	loader.Call("ready", map[string]any{"attach": attach, "attribute": attribute, "detach": detach, "run": run, "picture": picture, "heap": heap})
}

// Part names the part of the benchmarks that is to run; "" is all.
func Part() string { return loader.Get("part").String() }

// Threads is how many threads compute the products of the benchmarks.
func Threads() int { return loader.Get("threads").Int() }

// Print hands a line to the page that runs the benchmarks.
func Print(line string) { loader.Call("print", line) }

// Done tells that page that there are no more lines.
func Done() { loader.Call("done") }
