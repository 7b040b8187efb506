//go:build js && wasm

package page

import (
	"math"
	"slices"
	"strconv"

	"honnef.co/go/js/dom/v2"

	"heed/core/record"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// controls choose what of a run is shown. Their names are those of the address.
type controls struct {
	*dom.BasicHTMLElement
	e         *element
	view      *choice
	kind      *dom.HTMLSelectElement
	kindBox   *dom.BasicHTMLElement
	kinds     []record.Kind // the options of kind
	task      string        // by which they are named
	layer     *choice
	head      *choice
	links     *dom.BasicHTMLElement // what only the links view has
	threshold *dom.HTMLInputElement
	percent   *line
	special   *dom.HTMLInputElement
	specials  *dom.BasicHTMLElement
}

func newControls(e *element) *controls {
	c := &controls{BasicHTMLElement: create("div", "controls"), e: e}
	c.SetAttribute("role", "group")
	c.SetAttribute("aria-label", "What is shown")
	c.SetAttribute("part", "controls")

	c.view = newChoice(e, "view", "View")
	c.layer = newChoice(e, "layer", "Layer")
	c.head = newChoice(e, "head", "Head")
	for _, numbered := range []*choice{c.layer, c.head} {
		title := create("span", "title")
		title.SetTextContent(numbered.GetAttribute("aria-label"))
		title.SetAttribute("aria-hidden", "true")
		within(numbered.BasicHTMLElement, title)
	}

	kind := create("div", "choice")
	c.kindBox = kind
	c.kind = &dom.HTMLSelectElement{BasicHTMLElement: create("select", "")}
	c.kind.SetID("kind")
	c.kind.Set("name", "kind")
	e.listen(c.kind.Underlying(), "change", func(bridge.Value) { e.choose("kind", c.kind.Value()) })
	name := label("kind", "Attention")
	name.SetClass("unseen")
	within(kind, name, c.kind)
	within(c.BasicHTMLElement, c.view, kind, c.layer, c.head)

	if e.full {
		c.links = create("div", "choice")
		c.threshold = input("range", "threshold")
		c.threshold.SetID("threshold")
		c.threshold.SetMin("5")
		c.threshold.SetMax("100")
		c.threshold.SetStep("5")
		e.listen(c.threshold.Underlying(), "input", func(bridge.Value) {
			percent, _ := strconv.ParseFloat(c.threshold.Value(), 64)
			e.choose("threshold", number(percent/100))
		})
		c.percent = newLine("span", "number")
		c.percent.SetAttribute("aria-hidden", "true")
		within(c.links, label("threshold", "Share of weight drawn"), c.threshold, c.percent)

		special := create("div", "choice")
		c.specials = special
		c.special = input("checkbox", "special")
		c.special.SetID("special")
		e.listen(c.special.Underlying(), "change", func(bridge.Value) {
			e.choose("special", map[bool]string{true: "1", false: "0"}[c.special.Checked()])
		})
		within(special, c.special, label("special", "Special tokens"))
		within(c.BasicHTMLElement, c.links, special)
	}
	return c
}

// show shows a state. What there is to choose from is known once the model has run.
func (c *controls) show(st *state, stacks []protocol.Stack) {
	layers, heads := st.layer+1, 0
	kinds := []record.Kind{st.kind}
	if len(stacks) > 0 {
		kinds = nil
		for _, s := range stacks {
			kinds = append(kinds, s.Kind)
			if s.Kind == st.kind {
				layers, heads = s.Layers, s.Heads
			}
		}
	}
	c.view.set(st.views(c.e.page.index), st.view)
	// Which head is looked at matters to some views only, and to models that have several.
	maps := st.view == view.Links || st.view == view.Heatmap || st.view == view.Tower || st.view == view.Heads || st.view == view.Steps
	hide(c.kindBox, !maps || st.view == view.Tower || len(kinds) < 2)
	hide(c.layer, !maps || layers < 2 || st.view == view.Heads || st.view == view.Tower)
	hide(c.head, !maps || heads == 1 || st.view == view.Heads)
	if st.task() != c.task || !slices.Equal(kinds, c.kinds) {
		c.task = st.task()
		c.kinds = kinds
		c.kind.Call("replaceChildren")
		for _, k := range kinds {
			o := &dom.HTMLOptionElement{BasicHTMLElement: create("option", "")}
			o.SetValue(string(k))
			o.SetTextContent(st.kindName(k))
			within(c.kind.BasicHTMLElement, o)
		}
	}
	c.kind.SetValue(string(st.kind))
	var options []option
	for l := range layers {
		options = append(options, option{strconv.Itoa(l), strconv.Itoa(l)})
	}
	c.layer.set(options, strconv.Itoa(st.layer))

	options = []option{{"mean", "mean"}}
	for h := range heads {
		options = append(options, option{strconv.Itoa(h), strconv.Itoa(h)})
	}
	if head := st.head(); !slices.ContainsFunc(options, func(o option) bool { return o.value == head }) {
		options = append(options, option{head, head})
	}
	c.head.set(options, st.head())

	if c.threshold != nil {
		hide(c.links, st.view != view.Links && st.view != view.Tower)
		hide(c.specials, st.view != view.Links && st.view != view.Tower && st.view != view.Heatmap)
		percent := strconv.FormatFloat(math.Round(st.threshold*100), 'f', -1, 64)
		c.threshold.SetValue(percent)
		c.percent.set(percent + "%")
		c.threshold.SetAttribute("aria-valuetext", percent+"%")
		c.special.SetChecked(st.special)
	}
}

// choice is a row of words, or of numbers, of which one is chosen.
type choice struct {
	*dom.BasicHTMLElement
	e       *element
	name    string
	options []option
	radios  []*dom.HTMLInputElement
	removes []func()
	current string
	chosen  func(value string) // what a choice does, if not only to change the state
}

func newChoice(e *element, name, title string) *choice {
	c := &choice{BasicHTMLElement: create("div", "choice"), e: e, name: name}
	c.SetAttribute("role", "radiogroup")
	c.SetAttribute("aria-label", title)
	return c
}

func (c *choice) set(options []option, current string) {
	if !slices.Equal(options, c.options) {
		for i, r := range c.radios {
			c.removes[i]()
			r.Get("parentElement").Call("remove")
		}
		c.options, c.radios, c.removes, c.current = options, nil, nil, ""
		for _, o := range options {
			r := input("radio", c.name)
			r.SetValue(o.value)
			c.removes = append(c.removes, bridge.Listen(r.Underlying(), "change", func(bridge.Value) {
				c.current = o.value
				if c.chosen != nil {
					c.chosen(o.value)
				} else {
					c.e.choose(c.name, o.value)
				}
			}))
			text := create("span", "")
			text.SetTextContent(o.text)
			within(c.BasicHTMLElement, within(create("label", ""), r, text))
			c.radios = append(c.radios, r)
		}
	}
	if current == c.current {
		return
	}
	c.current = current
	for i, o := range options {
		if o.value == current {
			c.radios[i].SetChecked(true)
		}
	}
}
