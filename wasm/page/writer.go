//go:build js && wasm

package page

import (
	"heed/core/model"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"

	"honnef.co/go/js/dom/v2"
)

// writer has a model write the text on: how it draws, and the way back.
type writer struct {
	el
	write                   *line // or stop
	undo                    *dom.HTMLButtonElement
	temperature, topK, topP *slide
}

func newWriter(e *element) *writer {
	w := &writer{el: group("controls writer", "", text.WritingName), write: &line{el: button("", "").BasicHTMLElement}, undo: button("", text.Of(text.Undo))}
	e.on(w.write, func() state.Message {
		if e.state.Writing {
			return state.StopWrite{}
		}
		return state.Write{Seed: bridge.Random(1 << 31)}
	})
	e.on(w.undo, func() state.Message { return state.Undo{} })
	slide := func(n state.Setting, term state.Term, high, step float64) *slide {
		s := newSlide(e, n.String(), 0, high, step, func(v float64) { e.choose(n, state.Number(v)) })
		s.name.set(text.Of(term.Name))
		explains(s.box, term)
		return s
	}
	w.temperature = slide(state.Temperature, state.TermTemperature, 2, 0.1)
	w.topK = slide(state.TopK, state.TermTopK, 100, 1)
	w.topP = slide(state.TopP, state.TermTopP, 1, 0.05)
	within(w.el, w.write, w.undo, w.temperature.box, w.topK.box, w.topP.box)
	return w
}

func (w *writer) show(s *state.State) {
	hide(w, s.Task() != model.Generation)
	how, all := s.Sampling, text.Of(text.All)
	w.temperature.show(how.Temperature, state.Number(how.Temperature))
	k, p := state.Number(float64(how.TopK)), view.Percent(how.TopP)
	if how.TopK == 0 {
		k = all
	}
	if how.TopP == 0 || how.TopP == 1 {
		p = all
	}
	w.topK.show(float64(how.TopK), k)
	w.topP.show(how.TopP, p)
	w.write.set(text.Of(map[bool]text.Key{true: text.Stop, false: text.Continue}[s.Writing]))
	w.undo.SetDisabled(s.Earlier == nil)
}
