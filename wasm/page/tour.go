//go:build js && wasm

package page

import (
	"honnef.co/go/js/dom/v2"

	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// tour leads through the steps that the element's author wrote. It is offered, and can be left and resumed.
type tour struct {
	el
	e          *element
	offer      *line
	step       el // what is shown of a step
	say, note  *line
	place      *line
	back, next *dom.HTMLButtonElement
	leave      *dom.HTMLButtonElement
}

// steps reads the list that the author wrote.
func (e *element) steps() {
	script := e.host.Call("querySelector", ":scope > script.steps")
	if !script.Truthy() {
		return
	}
	steps, err := state.ParseSteps(script.Get("textContent").String())
	if err != nil {
		bridge.Warn(text.Of(text.StepsRefused, err.Error()))
		return
	}
	e.state.Steps = steps
}

func newTour(e *element) *tour {
	t := &tour{el: group("tour", "", text.TourName), e: e, offer: &line{el: button("", "").BasicHTMLElement}, step: create("div", "step"),
		say: newLine("p", "say", "aria-live", "polite"), note: newLine("p", "note"), place: newLine("span", "place")}
	row := create("div", "row")
	do := func(name text.Key, to func() int) *dom.HTMLButtonElement {
		b := button("", text.Of(name))
		e.listen(b, "click", func(bridge.Event) { t.goTo(to()) })
		within(row, b)
		return b
	}
	at := func() int { return e.state.Stage - 1 }
	t.next = do(text.StepOn, func() int { return at() + 1 }) // first, so that it stays where it is
	t.back = do(text.StepBack, func() int { return at() - 1 })
	within(row, t.place)
	t.leave = do(text.LeaveTour, func() int { return -1 })
	e.listen(t.offer, "click", func(bridge.Event) { t.goTo(e.state.Guide().Begin) })
	within(t.el, t.offer, within(t.step, t.say, t.note, row))
	return t
}

// goTo goes to a step. The focus stays in the tour where the button that had it goes.
func (t *tour) goTo(at int) {
	t.e.apply(state.GoTo{At: at})
	had := t.e.root.Get("activeElement")
	if had.Truthy() && had.Call("checkVisibility").Bool() {
		return
	}
	for _, b := range []node{t.offer, t.next, t.leave} {
		if b.Underlying().Call("checkVisibility").Bool() {
			b.Underlying().Call("focus")
			return
		}
	}
}

func (t *tour) show(s *state.State) {
	g := s.Guide()
	t.offer.show(g.Offer)
	hide(t.step, g.Offer != "")
	toggle(t.e.frame, "touring", g.Offer == "")
	t.say.set(g.Say)
	t.note.show(g.Note)
	t.place.set(g.Place)
	hide(t.back, g.At == 0)
	hide(t.next, g.At+1 == g.Count)
}
