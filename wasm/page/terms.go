//go:build js && wasm

package page

import (
	"slices"

	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// terms explain the technical words that are to be seen, each in a sentence, and lead to the glossary.
type terms struct {
	*disclosure
	shown []state.Term
}

func newTerms(e *element) *terms {
	return &terms{disclosure: newDisclosure(e, text.Of(text.ExplainWords), "terms")}
}

func (t *terms) show(s *state.State) {
	now := s.Terms()
	if hide(t.button, len(now) == 0); slices.Equal(now, t.shown) {
		return
	}
	t.shown = now
	list := create("dl", "")
	for _, term := range now {
		link := words("a", "", text.Of(text.Glossary))
		link.Set("href", bridge.URL("lessons/glossary.html")+"#"+term.Entry)
		link.SetAttribute("aria-label", text.Of(text.GlossaryOf, text.Of(term.Name)))
		within(list, words("dt", "", text.Of(term.Name)), within(words("dd", "", text.Of(term.Says)+" "), link))
	}
	empty(t.panel)
	within(t.panel, list)
}

// explains has a control say what its word means to whoever points at it or has it read out.
func explains(control node, t state.Term) { control.Underlying().Set("title", text.Of(t.Says)) }
