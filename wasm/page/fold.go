//go:build js && wasm

package page

import (
	"strconv"

	"honnef.co/go/js/dom/v2"

	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// fold shows the controls where the style sheet has put them away: on a small screen, and in a presentation, which it
// also ends.
type fold struct {
	el
	e        *element
	controls *dom.HTMLButtonElement
	end      *dom.HTMLButtonElement
	open     bool
	presents bool
}

// density is how many pixels of the screen one of the element's is wide.
func (e *element) density() float64 {
	const larger = 1.6 // as view.css has it
	if e.state.Present {
		return larger * bridge.Density()
	}
	return bridge.Density()
}

func newFold(e *element) *fold {
	f := &fold{el: create("div", "fold"), e: e, controls: button("", text.Of(text.Controls)), end: button("", text.Of(text.EndPresentation))}
	e.listen(f.controls, "click", func(bridge.Event) {
		f.open = !f.open
		f.show(&e.state)
	})
	e.listen(f.end, "click", func(bridge.Event) { e.choose(state.Present, "0") })
	e.removes = append(e.removes, bridge.Listen(bridge.Global(), "keydown", func(event bridge.Event) {
		switch {
		case event.Prevented() || event.Ctrl() || event.Meta() || event.Alt():
		case event.Key() == "Escape" && e.state.Present:
			event.Prevent()
			e.choose(state.Present, "0")
		case event.Key() == "p" && e.page.owner == e && !writes(event.Innermost()):
			event.Prevent()
			e.choose(state.Present, f.other())
		}
	}))
	within(f.el, f.controls, f.end)
	return f
}

// other is the value of the setting that is not the present one.
func (f *fold) other() string {
	if f.e.state.Present {
		return "0"
	}
	return "1"
}

func (f *fold) show(s *state.State) {
	if s.Present != f.presents {
		f.presents, f.open = s.Present, false
		toggle(f.e.frame, "present", s.Present)
		f.e.figure.again() // its pixels are of another size
	}
	f.controls.SetAttribute("aria-expanded", strconv.FormatBool(f.open))
	hide(f.controls, s.Bare)
	hide(f.end, !s.Present)
	toggle(f.e.frame, "folded", !f.open)
}
