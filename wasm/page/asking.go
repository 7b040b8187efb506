//go:build js && wasm

package page

import (
	"honnef.co/go/js/dom/v2"

	"heed/core/json"
	"heed/core/record"
	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
	"heed/wasm/protocol"
)

// asking is the panel of the views that explain a run: which explanation, what of, and how far its computation is.
type asking struct {
	el
	e        *element
	which    *choice
	parts    *choice
	with     *choice
	patch    *field
	at       *choice
	both     el // methods, which stay in one line
	methods  [2]*optionMenu
	progress el
	says     *line
	bar      *dom.HTMLProgressElement
	stop     *line
	resume   *line
}

func newAsking(e *element) *asking {
	a := &asking{el: group("controls asking", "asking", text.AskingName), e: e}
	a.which = newChoice(e, "asking", text.Of(text.AskingName), set(state.View))
	a.parts = newChoice(e, "ablate", text.Of(text.AblateName), set(state.Ablate))
	a.with = newChoice(e, "with", text.Of(text.WithName), set(state.With))
	a.at = newChoice(e, "at", text.Of(text.AtName), set(state.At))
	a.parts.entitle()
	a.with.entitle()
	a.at.entitle()
	a.progress = create("div", "choice progress")
	within(a.el, a.which, a.progress, a.parts, a.with)
	if e.state.Editable {
		a.patch = newField(e, "patch", func(v string) { e.pair(state.Patching(v)) })
		within(a.el, a.patch)
	}
	within(a.el, a.at)
	a.both = create("div", "choice")
	for i, name := range []text.Key{text.FirstMethod, text.SecondMethod} {
		a.methods[i] = newOptionMenu(e, []string{"method", "beside"}[i], name, func(v string) { e.apply(state.Method{Column: i, Name: v}) })
		within(a.both, a.methods[i])
	}
	within(a.el, a.both)
	a.says = newLine("span", "number", "part", "explaining", "role", "status")
	a.bar = &dom.HTMLProgressElement{BasicHTMLElement: create("progress", "", "aria-label", text.Of(text.AskingName))}
	a.stop = &line{el: button("", text.Of(text.StopExplaining)).BasicHTMLElement}
	a.resume = &line{el: button("", text.Of(text.ResumeExplaining)).BasicHTMLElement}
	e.on(a.stop, func() state.Message { return state.StopAsking{} })
	e.on(a.resume, func() state.Message { return state.AskAgain{} })
	within(a.progress, a.bar, a.says, a.stop, a.resume)
	return a
}

func (a *asking) show(s *state.State) {
	now := s.Asking()
	if hide(a, now.Hidden); now.Hidden {
		return
	}
	a.which.set(now.Which, s.View)
	a.parts.set(now.Parts, now.Part)
	a.with.set(now.With, now.WithWhat)
	if a.patch != nil {
		hide(a.patch, !now.Patch)
		if now.Patch && s.Entry != nil {
			a.patch.show(text.Of(text.PatchName), s.Entry.Source, s.Patch)
		}
	}
	a.at.set(now.At, now.AtWhat)
	hide(a.both, now.Methods[0] == nil)
	for i, m := range a.methods {
		m.show(now.Methods[i], now.Method[i])
	}
	toggle(a.progress, "idle", now.Says == "" && !now.Resumes) // its place stays
	a.says.set(now.Says)
	hide(a.bar, now.Of == 0)
	if now.Of > 0 {
		a.bar.SetMax(float64(now.Of))
		a.bar.SetValue(float64(now.Done))
	}
	hide(a.stop, !now.Stops)
	hide(a.resume, !now.Resumes)
}

// explain asks the engine to explain a run. Only that of lab.wasm can: where it is not there, the run is not at hand,
// and is asked for again, of lab.wasm.
func (g *engine) explain(id int, q record.Question) {
	if g.port == nil || !g.lab {
		g.gone(id)
		return
	}
	g.post(protocol.Ask, &protocol.Asking{ID: id, Question: q})
	g.more++
}

// unask ends what is being explained.
func (g *engine) unask(id int) {
	if g.port != nil {
		g.post(protocol.Ask, &protocol.Asking{ID: id})
	}
}

// explained takes an explanation, or how much of it there is.
func (g *engine) explained(m bridge.Message) {
	if m.Type == protocol.Explaining {
		var p protocol.Part
		json.Read(m.Header, p.Fields)
		g.of(p.ID, func(e *element) { e.apply(state.Explaining{Done: p.Done, Of: p.Of}) })
		return
	}
	r := g.besides(m)
	if r.Record.Answer != (record.Answer{}) { // else another question took its place
		g.of(r.ID, func(e *element) {
			e.explain = m
			e.apply(state.Explained{Result: r})
		})
	}
}
