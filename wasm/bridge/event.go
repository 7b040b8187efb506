//go:build js && wasm

package bridge

import "syscall/js"

// Event is something that happened in the page: to an element, the window or the document.
type Event struct{ v Value }

// Listen calls fn, which must not block, for each such event of the target, until remove.
func Listen(target Value, event string, fn func(Event)) (remove func()) {
	f, release := Func(func(_ Value, args []Value) { fn(Event{args[0]}) })
	target.Call("addEventListener", event, f)
	return func() {
		target.Call("removeEventListener", event, f)
		release()
	}
}

// ListenAll is Listen for events that do not bubble, of whatever is within the target.
func ListenAll(target Value, event string, fn func(Event)) (remove func()) {
	f, release := Func(func(_ Value, args []Value) { fn(Event{args[0]}) })
	target.Call("addEventListener", event, f, true)
	return func() {
		target.Call("removeEventListener", event, f, true)
		release()
	}
}

// Key is the key that was pressed, such as "a" or "ArrowLeft".
func (e Event) Key() string { return e.v.Get("key").String() }

// X and Y are where in the window the pointer is.
func (e Event) X() float64 { return e.v.Get("clientX").Float() }
func (e Event) Y() float64 { return e.v.Get("clientY").Float() }

// Pointer tells pointers apart, Touch says whether it is a finger, and Down whether it is pressed.
func (e Event) Pointer() int { return e.v.Get("pointerId").Int() }
func (e Event) Touch() bool  { return e.v.Get("pointerType").String() == "touch" }
func (e Event) Down() bool   { return e.v.Get("buttons").Int() != 0 }

// Clicks is which click of several in quick succession it is; 0 of a click by key.
func (e Event) Clicks() int { return e.v.Get("detail").Int() }

// The keys that were held meanwhile.
func (e Event) Ctrl() bool  { return e.v.Get("ctrlKey").Bool() }
func (e Event) Shift() bool { return e.v.Get("shiftKey").Bool() }
func (e Event) Alt() bool   { return e.v.Get("altKey").Bool() }
func (e Event) Meta() bool  { return e.v.Get("metaKey").Bool() }

// Wheel is how far a wheel turned, in pixels; a line counts as 20.
func (e Event) Wheel() float64 {
	by := e.v.Get("deltaY").Float()
	if e.v.Get("deltaMode").Int() > 0 {
		by *= 20
	}
	return by
}

// Touches are where the fingers are.
func (e Event) Touches() (all [][2]float64) {
	touches := e.v.Get("touches")
	for i := range touches.Length() {
		t := Event{touches.Index(i)}
		all = append(all, [2]float64{t.X(), t.Y()})
	}
	return all
}

// Time is when it happened, as Now counts.
func (e Event) Time() float64 { return e.v.Get("timeStamp").Float() }

// Prevent keeps the browser from doing what it does at such an event, Prevented says whether that was done, Stop keeps
// the event from who is around.
func (e Event) Prevented() bool { return e.v.Get("defaultPrevented").Bool() }
func (e Event) Prevent()        { e.v.Call("preventDefault") }
func (e Event) Stop()           { e.v.Call("stopPropagation") }

// Target is what it happened to, Related, of a focus, where it goes to, or null, and Innermost the target within
// whatever shadow roots.
func (e Event) Target() Value    { return e.v.Get("target") }
func (e Event) Related() Value   { return e.v.Get("relatedTarget") }
func (e Event) Innermost() Value { return e.v.Call("composedPath").Index(0) }

// Data is what a composition of characters holds so far.
func (e Event) Data() string {
	if d := e.v.Get("data"); d.Truthy() {
		return d.String()
	}
	return ""
}

// HasFiles says whether files are dragged.
func (e Event) HasFiles() bool {
	data := e.v.Get("dataTransfer")
	return data.Truthy() && data.Get("types").Call("includes", "Files").Bool()
}

// Dispatch tells whoever listens to an element of the page of an event.
func Dispatch(target Value, event string, detail any) {
	target.Call("dispatchEvent", New("CustomEvent", event, map[string]any{"bubbles": true, "composed": true, "detail": detail}))
}

// DispatchLater is Dispatch of a detail that is made when another script first asks for it, and then kept. Forget lets
// go of what makes it: who first asks after that gets nothing.
func DispatchLater(target Value, event string, make func() Value) (forget func()) {
	var f js.Func
	f = js.FuncOf(func(Value, []Value) any {
		f.Release()
		return make()
	})
	loader.Call("later", target, event, f)
	return f.Release
}

// Timer calls a function after a while, or before the next frame is painted. It is to be released.
type Timer struct {
	f      Value
	remove func()
	id     Value
	frame  bool
	set    bool
}

// NewTimer makes a timer that is not set.
func NewTimer(f func()) *Timer {
	t := &Timer{}
	t.f, t.remove = Func(func(Value, []Value) {
		t.set = false
		f()
	})
	return t
}

// After starts the timer, anew if it runs.
func (t *Timer) After(milliseconds float64) {
	t.Stop()
	t.id, t.frame, t.set = Global().Call("setTimeout", t.f, milliseconds), false, true
}

// AtFrame has the function called before the next frame is painted.
func (t *Timer) AtFrame() {
	if t.set && t.frame {
		return
	}
	t.Stop()
	t.id, t.frame, t.set = Global().Call("requestAnimationFrame", t.f), true, true
}

// Set says whether it runs.
func (t *Timer) Set() bool { return t.set }

// Stop has the function not called.
func (t *Timer) Stop() {
	if !t.set {
		return
	}
	if t.set = false; t.frame {
		Global().Call("cancelAnimationFrame", t.id)
	} else {
		Global().Call("clearTimeout", t.id)
	}
}

// Release stops the timer for good.
func (t *Timer) Release() {
	t.Stop()
	t.remove()
}

// OnResize calls fn with the size of an element's content, now and whenever it changes, until remove.
func OnResize(target Value, fn func(width, height float64)) (remove func()) {
	f, release := Func(func(_ Value, args []Value) {
		box := args[0].Index(0).Get("contentRect")
		fn(box.Get("width").Float(), box.Get("height").Float())
	})
	observer := New("ResizeObserver", f)
	observer.Call("observe", target)
	return func() {
		observer.Call("disconnect")
		release()
	}
}
