//go:build js && wasm

package page

import (
	"strconv"

	"heed/core/record"
	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// edits are where the reader intervenes: a head is switched off, a weight set, scores divided. What came
// of it stands in the lab book.
type edits struct {
	el
	e      *element
	off    *line // the head that is shown: off, or on again
	rank   el    // what each head matters
	why    el    // why this one looks where it does
	weight *slide
	score  *slide // the same weight, as the softmax makes it
	heat   *slide
	hint   *line
	word   *optionMenu // to be replaced
	with   *field      // by this
	toward *field      // what to steer toward, away from, and after which layer, and how strongly
	away   *field
	after  *optionMenu
	steer  *slide
	limits *line // what that does not prove
	book   *book // what came of it

	dragged bool // a slider is, and nothing moves under the hand
}

func newEdits(e *element) *edits {
	c := &edits{el: group("changes", "changes", text.ChangeAttention), e: e, off: &line{el: button("", "").BasicHTMLElement}, rank: button("", text.Of(text.RankHeads)).BasicHTMLElement, why: button("", text.Of(text.AskWhyThere)).BasicHTMLElement, hint: newLine("span", "hint"), book: newBook(e)}
	e.on(c.off, func() state.Message { return state.SwitchHead{} })
	e.on(c.rank, func() state.Message { return state.RankHeads{} })
	e.on(c.why, func() state.Message { return state.WhyThere{} })
	c.weight = newSlide(e, "force", 0, 1, 0.01, func(v float64) { e.apply(state.SetWeight{To: v}) })
	c.score = newSlide(e, "score", -1, 1, 0.1, func(v float64) { e.apply(state.SetScore{To: v}) })
	c.heat = newSlide(e, "attention-temperature", -1, 1, 0.05, func(v float64) { e.apply(state.SetHeat{Tenths: v}) })
	c.word = newOptionMenu(e, "replaced", text.ReplaceName, func(v string) {
		at, _ := strconv.Atoi(v)
		e.apply(state.PickWord{At: at})
	})
	c.after = newOptionMenu(e, "after", text.SteerAfter, func(v string) {
		at, _ := strconv.Atoi(v)
		e.apply(state.SteerAfter{Layer: at})
	})
	c.with = newField(e, "replace", func(v string) { e.apply(state.SetWord{With: v}) })
	c.toward = newField(e, "toward", func(v string) { e.choose(state.Toward, v) })
	c.away = newField(e, "away", func(v string) { e.choose(state.Away, v) })
	c.steer = newSlide(e, "steer", -record.MaxSteering, record.MaxSteering, 0.5, func(v float64) { e.apply(state.SetSteer{To: v}) })
	c.limits = newLine("span", "hint")
	for _, s := range []*slide{c.weight, c.score, c.heat, c.steer} {
		for event, begins := range map[string]bool{"pointerdown": true, "pointerup": false, "pointercancel": false, "change": false, "blur": false} {
			e.listen(s.input, event, func(bridge.Event) { c.drag(begins) })
		}
	}
	explains(c.off, state.TermOff)
	explains(c.heat.box, state.TermHeat)
	within(c.el, c.off, c.rank, c.why, c.hint, c.weight.box, c.score.box, c.heat.box, c.word, c.with, c.toward, c.away, c.after, c.steer.box, c.limits, c.book)
	return c
}

// drag keeps a slider where it is for as long as it is dragged: the picture above keeps its height, and the words
// before it stay, though another word may be written by now.
func (c *edits) drag(begins bool) {
	if begins == c.dragged {
		return
	}
	c.dragged = begins
	above := []el{c.e.sentences.el}
	if !c.e.figure.fixed() { // else it keeps its height anyway
		above = append(above, c.e.figure.el)
	}
	for _, above := range above {
		high := ""
		if begins {
			high = px(above.GetBoundingClientRect().Height())
		}
		style(above, "--held", high)
		toggle(above, "held", begins)
	}
	c.show(&c.e.state)
}

func (c *edits) show(s *state.State) {
	now := s.Edits()
	hide(c, now.Hidden)
	c.off.show(now.Switch)
	hide(c.rank, !now.Rank)
	hide(c.why, !now.Why)
	c.hint.show(now.Hint)
	c.book.show(s)
	language := ""
	if s.Entry != nil {
		language = s.Entry.Source
	}
	c.word.show(now.Words, now.Word)
	if hide(c.with, len(now.Words) == 0); len(now.Words) > 0 {
		c.with.show(text.Of(text.ReplaceBy), language, now.With)
	}
	c.after.show(now.Layers, now.After)
	for _, f := range []struct {
		*field
		name text.Key
		at   string
	}{{c.toward, text.SteerToward, s.Steer.Toward}, {c.away, text.SteerAway, s.Steer.Away}} {
		if hide(f, len(now.Layers) == 0); len(now.Layers) > 0 {
			f.show(text.Of(f.name), language, f.at)
		}
	}
	c.limits.show(now.Steered)
	for _, of := range []struct {
		slide *slide
		now   state.Slider
	}{{c.weight, now.Weight}, {c.score, now.Score}, {c.heat, now.Heat}, {c.steer, now.Steer}} {
		hide(of.slide.box, of.now.Name == "")
		if of.now.Name == "" {
			continue
		}
		if !c.dragged || of.slide.name.text == "" {
			of.slide.name.set(of.now.Name)
		}
		of.slide.span(of.now.Low, of.now.High)
		of.slide.show(of.now.At, of.now.Says)
	}
}
