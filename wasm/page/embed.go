//go:build js && wasm

package page

import (
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/wasm/bridge"
)

// embed writes what another page needs to show what is on the screen: as an element, or as a frame; and
// shows how that will look.
type embed struct {
	*disclosure
	form    *choice
	code    *dom.HTMLTextAreaElement
	preview *dom.BasicHTMLElement
	frame   bool
}

func newEmbed(t *tools) *embed {
	e := t.e
	m := &embed{disclosure: newDisclosure(e, "Embed", "embed"), preview: create("div", "preview")}
	m.form = newChoice(e, "form", "Form")
	m.form.chosen = func(form string) {
		m.frame = form == "frame"
		m.show()
	}
	m.code = &dom.HTMLTextAreaElement{BasicHTMLElement: create("textarea", "code")}
	m.code.SetAttribute("aria-label", "Code for your page")
	m.code.SetAttribute("readonly", "")
	m.code.SetAttribute("spellcheck", "false")
	copied := button("", "Copy")
	e.listen(copied.Underlying(), "click", func(bridge.Value) {
		m.code.Select()
		clip(m.code.Value(), func() { t.tell("Copied: paste it into your page.") }, func() { t.tell("It is marked: copy it from there.") })
	})
	within(m.panel, m.form, m.code, copied, m.preview)
	e.listen(m.button.Underlying(), "click", func(bridge.Value) {
		if f := e.foreign; f != nil && f.address == "" {
			m.set(false)
			t.tell("A record from a file has no address to embed. Put the file beside your page, and write <heed-view record=\"FILE.json\"></heed-view> there.")
			return
		}
		t.tell("")
		m.show()
	})
	return m
}

// show writes the code of what is on the screen, and shows it, while the panel is open.
func (m *embed) show() {
	m.preview.Call("replaceChildren")
	if m.panel.Get("hidden").Bool() {
		return
	}
	form := "element"
	if m.frame {
		form = "frame"
	}
	m.form.set([]option{{"element", "Element"}, {"frame", "Frame"}}, form)
	var made *dom.BasicHTMLElement
	if m.frame {
		address := bridge.URL("../embed.html") + hash(m.pairs())
		made = create("iframe", "")
		for _, a := range [][2]string{{"src", address}, {"title", "What a neural network attends to"}, {"width", "100%"}, {"height", "650"}, {"loading", "lazy"}} {
			made.SetAttribute(a[0], a[1])
		}
		m.code.SetValue(made.Get("outerHTML").String())
	} else {
		made = create("heed-view", "")
		for _, p := range m.pairs() {
			if p[0] == "text" {
				made.SetTextContent(p[1])
			} else if p[0] == "editable" {
				made.SetAttribute(p[0], "")
			} else {
				made.SetAttribute(p[0], p[1])
			}
		}
		html := strings.Replace(made.Get("outerHTML").String(), ` editable=""`, " editable", 1)
		m.code.SetValue(`<link rel="stylesheet" href="` + bridge.URL("heed.css") + "\">\n" +
			`<script src="` + bridge.URL("heed.js") + "\" defer></script>\n" + html)
	}
	made.Set("loading", "eager") // the code has what is usual
	within(m.preview, made)
	m.panel.Call("scrollIntoView", map[string]any{"block": "nearest"})
}

// pairs are the attributes of what is on the screen.
func (m *embed) pairs() [][2]string {
	all := m.e.pairs()
	if m.e.editable && m.e.foreign == nil {
		all = append(all, [2]string{"editable", "1"})
	}
	return all
}
