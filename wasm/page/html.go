//go:build js && wasm

package page

import (
	"strconv"

	"honnef.co/go/js/dom/v2"

	"heed/core/text"
	"heed/wasm/bridge"
)

// The vocabulary that the page is made of: the elements of package dom, made and joined.

// el is an element.
type el = *dom.BasicHTMLElement

// create makes an element. The dom package would find out an element's type by asking the browser
// dozens of questions; who makes an element knows it, and wraps what create returns himself. The attributes are names
// and values in turn.
func create(tag, class string, attributes ...string) el {
	e := &dom.BasicHTMLElement{BasicElement: &dom.BasicElement{BasicNode: &dom.BasicNode{
		Value: bridge.Document().Call("createElement", tag)}}}
	if class != "" {
		e.SetClass(class)
	}
	for i := 0; i < len(attributes); i += 2 {
		e.SetAttribute(attributes[i], attributes[i+1])
	}
	return e
}

// releases let go of what an element, or what is built anew in it, listens to.
type releases []func()

func (r *releases) run() {
	for _, release := range *r {
		release()
	}
	*r = nil
}

// node is a dom.Node without its methods, which would drag every type of the dom package along.
type node interface{ Underlying() bridge.Value }

// within appends children to a parent, and returns the parent.
func within(parent el, children ...node) el {
	for _, c := range children {
		parent.Call("append", c.Underlying())
	}
	return parent
}

// words makes an element that holds a text.
func words(tag, class, text string) el {
	e := create(tag, class)
	e.SetTextContent(text)
	return e
}

// group makes a part of the page that is a group of controls.
func group(class, part string, name text.Key) el {
	e := create("div", class, "role", "group", "aria-label", text.Of(name))
	if part != "" {
		e.SetAttribute("part", part)
	}
	return e
}

func button(class, text string) *dom.HTMLButtonElement {
	b := &dom.HTMLButtonElement{BasicHTMLElement: create("button", class)}
	b.SetType("button")
	b.SetTextContent(text)
	return b
}

func input(kind, name string, attributes ...string) *dom.HTMLInputElement {
	i := &dom.HTMLInputElement{BasicHTMLElement: create("input", "", attributes...)}
	i.SetType(kind)
	i.SetName(name)
	return i
}

func textarea(class string, attributes ...string) *dom.HTMLTextAreaElement {
	return &dom.HTMLTextAreaElement{BasicHTMLElement: create("textarea", class, attributes...)}
}

func canvas() *dom.HTMLCanvasElement {
	return &dom.HTMLCanvasElement{BasicHTMLElement: create("canvas", "")}
}

// menu is a <select>.
func menu(id string) *dom.HTMLSelectElement {
	return &dom.HTMLSelectElement{BasicHTMLElement: create("select", "", "id", id, "name", id)}
}

// label makes the label of the control with that id.
func label(id, text string) *dom.HTMLLabelElement {
	l := &dom.HTMLLabelElement{BasicHTMLElement: create("label", "", "for", id)}
	l.SetTextContent(text)
	return l
}

// hide hides an element, or shows it again. What is so already is let be: setting it makes the browser look for the
// styles of the element and of those around it, at every key.
func hide(e node, yes bool) {
	if e.Underlying().Get("hidden").Bool() != yes {
		e.Underlying().Set("hidden", yes)
	}
}

// attribute sets an attribute, unless it has that value already.
func attribute(e node, name, value string) {
	if is := e.Underlying().Call("getAttribute", name); is.IsNull() || is.String() != value {
		e.Underlying().Call("setAttribute", name, value)
	}
}

// empty takes an element's children away.
func empty(e node) { e.Underlying().Call("replaceChildren") }

// toggle gives an element a class, or takes it away.
func toggle(e node, class string, yes bool) {
	e.Underlying().Get("classList").Call("toggle", class, yes)
}

// contains says whether an element is, or is within, another; what is no element is in none.
func contains(e node, other bridge.Value) bool {
	return other.Truthy() && e.Underlying().Call("contains", other).Bool()
}

// style sets a property of an element's own style.
func style(e el, property, value string) { e.Style().SetProperty(property, value, "") }

func px(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + "px" }

// line is an element whose text is only set when it changes.
type line struct {
	el
	text string
}

func newLine(tag, class string, attributes ...string) *line {
	return &line{el: create(tag, class, attributes...)}
}

func (l *line) set(text string) {
	if text != l.text {
		l.text = text
		l.SetTextContent(text)
	}
}

// show sets the text, and hides the element where there is none.
func (l *line) show(text string) {
	l.set(text)
	hide(l, text == "")
}
