//go:build js && wasm

package page

import (
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// embed writes what another page needs to show what is on the screen: as an element, or as a frame; and
// shows how that will look.
type embed struct {
	*disclosure
	form    *choice
	code    *dom.HTMLTextAreaElement
	preview el
	frame   bool
}

func newEmbed(t *tools) *embed {
	e := t.e
	m := &embed{disclosure: newDisclosure(e, text.Of(text.Embed), "embed"), preview: create("div", "preview"),
		code: textarea("code", "aria-label", text.Of(text.EmbedCode), "readonly", "", "spellcheck", "false")}
	m.form = newChoice(e, "form", text.Of(text.EmbedForm), func(string) state.Message { return state.Started{} })
	m.form.then = func(form string) {
		m.frame = form == "frame"
		m.show()
	}
	copied := button("", text.Of(text.Copy))
	e.listen(copied, "click", func(bridge.Event) {
		m.code.Select()
		bridge.Copy(m.code.Value(), func(done bool) {
			t.tellOthers(map[bool]text.Key{true: text.EmbedCopied, false: text.EmbedMarked}[done])
		})
	})
	within(m.panel, m.form, m.code, copied, m.preview)
	e.listen(m.button, "click", func(bridge.Event) {
		if i := e.state.Imported; i != nil && i.Address == "" {
			m.set(false)
			t.tell(text.Of(text.FileToEmbed))
			return
		}
		t.tell("")
		if m.isOpen() && e.state.OnlyHere() {
			t.tell(text.Of(text.OnlyHere))
		}
		m.show()
	})
	return m
}

// show writes the code of what is on the screen, and shows it, while the panel is open.
func (m *embed) show() {
	if empty(m.preview); !m.isOpen() {
		return
	}
	form := "element"
	if m.frame {
		form = "frame"
	}
	m.form.set([]state.Option{{Value: "element", Text: text.Of(text.EmbedElement)}, {Value: "frame", Text: text.Of(text.EmbedFrame)}}, form)
	var made el
	if m.frame {
		address := bridge.URL("../embed.html") + state.Hash(m.pairs())
		made = create("iframe", "", "src", address, "title", text.Of(text.EmbedTitle), "width", "100%", "height", "650", "loading", "lazy")
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
		made.SetAttribute("translate", "no") // before the script comes, which sees to it later
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
	all := m.e.state.Pairs()
	if m.e.state.Editable && m.e.state.Imported == nil {
		all = append(all, [2]string{"editable", "1"})
	}
	return all
}
