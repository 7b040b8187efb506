//go:build js && wasm

package page

import (
	"honnef.co/go/js/dom/v2"

	"heed/wasm/bridge"
)

// create makes an element. The dom package would find out an element's type by asking the browser
// dozens of questions; who makes an element knows it, and wraps what create returns himself.
func create(tag, class string) *dom.BasicHTMLElement {
	e := &dom.BasicHTMLElement{BasicElement: &dom.BasicElement{BasicNode: &dom.BasicNode{
		Value: bridge.Global().Get("document").Call("createElement", tag)}}}
	if class != "" {
		e.SetClass(class)
	}
	return e
}

// node is a dom.Node without its methods, which would drag every type of the dom package along.
type node interface{ Underlying() bridge.Value }

// within appends children to a parent, and returns the parent.
func within(parent *dom.BasicHTMLElement, children ...node) *dom.BasicHTMLElement {
	for _, c := range children {
		parent.Call("append", c.Underlying())
	}
	return parent
}

func button(class, text string) *dom.HTMLButtonElement {
	b := &dom.HTMLButtonElement{BasicHTMLElement: create("button", class)}
	b.SetType("button")
	b.SetTextContent(text)
	return b
}

func input(kind, name string) *dom.HTMLInputElement {
	i := &dom.HTMLInputElement{BasicHTMLElement: create("input", "")}
	i.SetType(kind)
	i.SetName(name)
	return i
}

// label makes the label of the control with that id.
func label(id, text string) *dom.HTMLLabelElement {
	l := &dom.HTMLLabelElement{BasicHTMLElement: create("label", "")}
	l.Set("htmlFor", id)
	l.SetTextContent(text)
	return l
}

// hide hides an element, or shows it again.
func hide(e node, yes bool) { e.Underlying().Set("hidden", yes) }

// line is an element whose text is only set when it changes.
type line struct {
	*dom.BasicHTMLElement
	text string
}

func newLine(tag, class string) *line { return &line{BasicHTMLElement: create(tag, class)} }

func (l *line) set(text string) {
	if text != l.text {
		l.text = text
		l.SetTextContent(text)
	}
}

// timer calls a function after a while, or at the next frame.
type timer struct {
	f      bridge.Value
	remove func()
	id     bridge.Value
	frame  bool
	set    bool
}

func newTimer(f func()) *timer {
	t := &timer{}
	t.f, t.remove = bridge.Func(func(bridge.Value, []bridge.Value) {
		t.set = false
		f()
	})
	return t
}

// after starts the timer, anew if it runs.
func (t *timer) after(milliseconds float64) {
	t.stop()
	t.id, t.frame, t.set = bridge.Global().Call("setTimeout", t.f, milliseconds), false, true
}

// atFrame has the function called before the next frame is painted.
func (t *timer) atFrame() {
	if t.set && t.frame {
		return
	}
	t.stop()
	t.id, t.frame, t.set = bridge.Global().Call("requestAnimationFrame", t.f), true, true
}

func (t *timer) stop() {
	if !t.set {
		return
	}
	t.set = false
	if t.frame {
		bridge.Global().Call("cancelAnimationFrame", t.id)
	} else {
		bridge.Global().Call("clearTimeout", t.id)
	}
}

func (t *timer) release() {
	t.stop()
	t.remove()
}

// matches says whether a media query holds.
func matches(query string) bool {
	return bridge.Global().Call("matchMedia", query).Get("matches").Bool()
}
