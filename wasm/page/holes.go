//go:build js && wasm

package page

import (
	"strings"
	"unicode"

	"honnef.co/go/js/dom/v2"

	"heed/core/model"
	"heed/wasm/bridge"
)

// holes are the words of a text as buttons that hide them from the model, and show them again.
type holes struct {
	*dom.BasicHTMLElement
	e       *element
	text    string   // whose words are there
	hidden  []string // what stood in the holes, in their order
	removes []func()
}

func newHoles(e *element) *holes {
	h := &holes{BasicHTMLElement: create("div", "holes"), e: e}
	h.SetAttribute("role", "group")
	h.SetAttribute("aria-label", "Words to hide")
	h.SetAttribute("part", "holes")
	e.removes = append(e.removes, h.clear)
	return h
}

func (h *holes) clear() {
	for _, remove := range h.removes {
		remove()
	}
	h.removes = nil
	h.Call("replaceChildren")
}

// show lays out the words of a state's text.
func (h *holes) show(st *state) {
	hide(h, st.task() != model.Fill)
	if st.task() != model.Fill || st.text == h.text {
		return
	}
	h.text = st.text
	var focused string
	if a := h.e.root.Get("activeElement"); a.Truthy() && h.Call("contains", a).Bool() {
		focused = a.Call("getAttribute", "data-index").String()
	}
	h.clear()
	intro := create("span", "title")
	intro.SetTextContent("Click a word to hide it:")
	within(h.BasicHTMLElement, intro)
	parts := wordsOf(st.text)
	if len(parts) > 200 {
		parts = parts[:200] // those after it can be hidden by writing ___
	}
	ordinal := 0
	for i, p := range parts {
		word := st.text[p.start:p.end]
		b := button("", word)
		b.SetAttribute("data-index", number(float64(i)))
		at := ordinal
		if p.hole {
			b.SetTextContent("\u2009____\u2009")
			b.SetAttribute("aria-label", "hidden word")
			b.SetTitle("Put the word back; where it is not known, the model's guess")
			ordinal++
		}
		b.SetAttribute("aria-pressed", map[bool]string{true: "true", false: "false"}[p.hole])
		h.removes = append(h.removes, bridge.Listen(b.Underlying(), "click", func(bridge.Value) { h.turn(p, at) }))
		within(h.BasicHTMLElement, b)
		if number(float64(i)) == focused {
			b.Focus()
		}
	}
	if ordinal != len(h.hidden) { // holes that the reader typed
		h.hidden = make([]string, ordinal)
	}
}

// turn hides a word, or puts it back: what stood there, else what the model would put there.
func (h *holes) turn(p part, ordinal int) {
	text := h.e.text
	if p.end > len(text) {
		return
	}
	to := model.Mask
	if p.hole {
		to = h.hidden[ordinal]
		if to == "" && h.e.record != nil && ordinal < len(h.e.record.Predictions) {
			to = strings.TrimSpace(h.e.record.Predictions[ordinal].Top[0].Text)
		}
		h.hidden = append(h.hidden[:ordinal:ordinal], h.hidden[ordinal+1:]...)
	} else {
		rest := append([]string{text[p.start:p.end]}, h.hidden[ordinal:]...)
		h.hidden = append(h.hidden[:ordinal:ordinal], rest...)
	}
	h.e.choose("text", text[:p.start]+to+text[p.end:])
}

// part is a word of a text, or a hole in it.
type part struct {
	start, end int
	hole       bool
}

// wordsOf finds the words of a text and the signs for hidden ones.
func wordsOf(text string) []part {
	var parts []part
	inside := false
	for i, r := range text {
		if n := len(parts); n > 0 && i < parts[n-1].end {
			continue
		}
		hole := 0
		if rest := text[i:]; strings.HasPrefix(strings.ToUpper(rest), model.Mask) {
			hole = len(model.Mask)
		} else if n := len(rest) - len(strings.TrimLeft(rest, "_")); n > 1 {
			hole = n
		}
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || inside && (r == '\'' || r == '’')
		switch {
		case hole > 0:
			parts = append(parts, part{i, i + hole, true})
			inside = false
		case letter && inside:
			parts[len(parts)-1].end = i + len(string(r))
		case letter:
			parts = append(parts, part{i, i + len(string(r)), false})
			inside = true
		default:
			inside = false
		}
	}
	return parts
}
