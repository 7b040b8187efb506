//go:build js && wasm

package page

import (
	"slices"
	"strings"

	"heed/core/text"
	"heed/wasm/bridge"
)

// keysheet lists the keys.
type keysheet struct{ el }

// keys are the keys, and what they do. Whoever gives a key a meaning adds it here, or a touch to touches.
var keys = [][2]text.Key{
	{text.KeyTab, text.KeyTabDoes},
	{text.KeyArrows, text.KeyArrowsDo},
	{text.KeyHome, text.KeyHomeDoes},
	{text.KeyCtrlHome, text.KeyCtrlHomeDoes},
	{text.KeyPage, text.KeyPageDoes},
	{text.KeyEnter, text.KeyEnterDoes},
	{text.KeySpace, text.KeySpaceDoes},
	{text.KeyHead, text.KeyHeadDoes},
	{text.KeyZoom, text.KeyZoomDoes},
	{text.KeyTurn, text.KeyTurnDoes},
	{text.KeyEscape, text.KeyEscapeDoes},
	{text.KeyPresent, text.KeyPresentDoes},
	{text.KeySheet, text.KeySheetDoes},
}

// touches are what fingers do.
var touches = [][2]text.Key{
	{text.TouchTap, text.TouchTapDoes},
	{text.TouchLong, text.TouchLongDoes},
	{text.TouchTwo, text.TouchTwoDo},
}

func newKeysheet(e *element) *keysheet {
	k := &keysheet{create("dialog", "keys", "aria-labelledby", "keys-title")}
	title := words("h2", "", text.Of(text.Keys))
	title.SetID("keys-title")
	list, all := create("dl", ""), slices.Concat(keys, touches)
	if bridge.Matches("(pointer: coarse)") {
		all = slices.Concat(touches, keys)
	}
	for _, key := range all {
		dt := create("dt", "")
		for i, name := range strings.Split(text.Of(key[0]), ", ") {
			if i > 0 {
				within(dt, words("span", "", ", "))
			}
			within(dt, words("kbd", "", name))
		}
		within(list, dt, words("dd", "", text.Of(key[1])))
	}
	done := button("", text.Of(text.Close))
	e.listen(done, "click", func(bridge.Event) { k.Call("close") })
	e.listen(k, "click", func(event bridge.Event) { // beside the sheet
		if event.Target().Equal(k.Value) {
			k.Call("close")
		}
	})
	within(k.el, within(create("div", ""), title, list, done))
	e.removes = append(e.removes, bridge.Listen(bridge.Global(), "keydown", func(event bridge.Event) {
		if event.Key() != "?" || event.Ctrl() || event.Meta() || e.page.owner != e || writes(event.Innermost()) {
			return
		}
		event.Prevent()
		k.open()
	}))
	return k
}

// writes says whether what has the focus takes text.
func writes(at bridge.Value) bool {
	switch at.Get("localName").String() {
	case "textarea":
		return true
	case "input":
		return !slices.Contains([]string{"radio", "checkbox", "range"}, at.Get("type").String())
	}
	return at.Get("isContentEditable").Truthy()
}

func (k *keysheet) open() {
	if !k.Get("open").Bool() {
		k.Call("showModal")
		k.Set("scrollTop", 0) // and not where its button is, which has the focus
	}
}
