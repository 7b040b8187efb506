//go:build js && wasm

package bridge

import "syscall/js"

// Value is a JavaScript value.
type Value = js.Value

// Global returns the JavaScript global object.
func Global() Value { return js.Global() }

// Undefined returns JavaScript's undefined.
func Undefined() Value { return js.Undefined() }

// Null returns JavaScript's null.
func Null() Value { return js.Null() }

// ValueOf returns a string as a JavaScript value.
func ValueOf(s string) Value { return js.ValueOf(s) }

// New calls the constructor with that global name.
func New(constructor string, args ...any) Value { return js.Global().Get(constructor).New(args...) }

// Catch, when deferred, turns a JavaScript exception thrown in the surrounding function into its
// error. Any other panic goes on.
func Catch(err *error) {
	switch e := recover().(type) {
	case nil:
	case js.Error:
		*err = e
	default:
		panic(e)
	}
}

// Func makes a JavaScript function that calls fn, which must not block. After remove, calling the
// function does nothing but complain on the console.
func Func(fn func(this Value, args []Value)) (f Value, remove func()) {
	jf := js.FuncOf(func(this Value, args []Value) any {
		fn(this, args)
		return nil
	})
	return jf.Value, jf.Release
}

// Await waits for a promise. A rejection is an error.
func Await(promise Value) (Value, error) {
	type result struct {
		value Value
		err   error
	}
	settled := make(chan result, 1)
	var removeThen, removeCatch func()
	settle := func(r result) {
		removeThen()
		removeCatch()
		settled <- r
	}
	then, removeThen := Func(func(_ Value, args []Value) { settle(result{value: args[0]}) })
	catch, removeCatch := Func(func(_ Value, args []Value) { settle(result{err: reason(args[0])}) })
	promise.Call("then", then, catch)
	r := <-settled
	return r.value, r.err
}

// reason makes an error of what a promise was rejected with, which need not be an Error.
func reason(v Value) error {
	if v.Type() != js.TypeObject {
		v = New("Error", js.Global().Get("String").Invoke(v))
	}
	return js.Error{Value: v}
}

// Now returns the milliseconds since the page, or the worker, began.
func Now() float64 { return performance.Call("now").Float() }

var performance = js.Global().Get("performance")

// Yield gives JavaScript a turn, so that messages and cancellations that have come in meanwhile are
// seen. It takes some microseconds; a timer would take four milliseconds.
func Yield() {
	if channel.IsUndefined() {
		channel = New("MessageChannel")
		f, _ := Func(func(Value, []Value) { pong <- struct{}{} })
		channel.Get("port1").Set("onmessage", f)
		ping = channel.Get("port2")
	}
	ping.Call("postMessage", js.Null())
	<-pong
}

// Pausing returns a function for long work in a goroutine to call again and again: it yields when others have waited
// for long.
func Pausing() func() {
	const long = 30 // milliseconds
	since := Now()
	return func() {
		if Now()-since > long {
			Yield()
			since = Now()
		}
	}
}

var (
	channel, ping Value
	pong          = make(chan struct{}, 64) // roomy: a callback must not block
)
