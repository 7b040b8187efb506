//go:build js && wasm

package page

import (
	"math"
	"slices"
	"strconv"

	"honnef.co/go/js/dom/v2"

	"heed/core/text"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// controls choose what of a run is shown. Their names are those of the address.
type controls struct {
	el
	e         *element
	view      *choice
	kind      *dom.HTMLSelectElement
	kindBox   el
	kinds     []state.Option // the options of kind
	layer     *choice
	head      *choice
	threshold *slide
	layout    *choice
	special   *tick
	words     *tick
	lens      *tick
	roles     *tick
	against   *choice // what is compared
	pair      [2]*headChoice
	terms     *terms
}

func newControls(e *element) *controls {
	c := &controls{el: group("controls", "controls", text.WhatIsShown), e: e}
	c.view = newChoice(e, "view", text.Of(text.ViewName), set(state.View))
	c.layer = newChoice(e, "layer", text.Of(text.LayerName), set(state.Layer))
	c.head = newChoice(e, "head", text.Of(text.HeadName), set(state.Head))
	c.layer.entitle()
	c.head.entitle()
	c.kindBox, c.kind = create("div", "choice"), menu("kind")
	e.listen(c.kind, "change", func(bridge.Event) { e.choose(state.Kind, c.kind.Value()) })
	name := label("kind", text.Of(text.AttentionName))
	name.SetClass("unseen")
	within(c.kindBox, name, c.kind)
	c.against = newChoice(e, "against", text.Of(text.CompareName), func(v string) state.Message { return state.CompareBy{Against: v} })
	c.against.then = func(v string) {
		if second := e.lanes.field; v == state.SentencePair && second != nil {
			second.box.Focus()
		}
	}
	within(c.el, c.view, c.against, c.kindBox, c.layer, c.head)
	for i := range c.pair {
		c.pair[i] = newHeadChoice(e, i)
		within(c.el, c.pair[i])
	}
	c.lens = newTick(e, state.Lens, text.LensName)
	c.roles = newTick(e, state.Roles, text.RolesName)
	explains(c.layer, state.TermLayer)
	explains(c.head, state.TermHead)
	explains(c.kind, state.TermAttention)
	explains(c.lens, state.TermLens)
	within(c.el, c.lens, c.roles)
	if e.state.Full {
		c.threshold = newSlide(e, "threshold", 5, 100, 5, func(percent float64) { e.choose(state.Threshold, state.Number(percent/100)) })
		c.threshold.name.set(text.Of(text.ThresholdName))
		c.layout = newChoice(e, "layout", text.Of(text.LayoutName), set(state.Layout))
		c.words = newTick(e, state.Words, text.WordsName)
		c.special = newTick(e, state.Special, text.SpecialName)
		c.terms = newTerms(e)
		within(c.el, c.threshold.box, c.layout, c.words, c.special, c.terms.button, c.terms.panel)
		explains(c.threshold.box, state.TermThreshold)
		explains(c.words, state.TermWords)
		explains(c.special, state.TermSpecial)
	}
	return c
}

// set makes messages that choose the value of a setting.
func set(n state.Setting) func(string) state.Message {
	return func(v string) state.Message {
		return state.Choose{Pairs: []state.Pair{{Setting: n, Value: v}}, At: bridge.Now()}
	}
}

func (c *controls) show(s *state.State) {
	now := s.Controls()
	c.view.set(now.Views, s.View)
	c.against.set(now.Against, now.AgainstWhat)
	hide(c.kindBox, len(now.Kinds) == 0)
	if !slices.Equal(now.Kinds, c.kinds) {
		c.kinds = now.Kinds
		options(c.kind, now.Kinds)
	}
	if c.kind.Value() != string(s.Kind) {
		c.kind.SetValue(string(s.Kind))
	}
	c.layer.set(now.Layers, strconv.Itoa(s.Layer))
	c.head.several = now.Several
	c.head.set(now.Heads, s.Head())
	c.hues()
	for i, p := range c.pair {
		p.show(s.Pair[i], now.Pair)
	}
	hide(c.lens, !now.Lens)
	c.lens.SetChecked(s.Lens)
	hide(c.roles, !now.Roles)
	c.roles.SetChecked(s.Roles)
	if c.threshold == nil {
		return
	}
	hide(c.threshold.box, !now.Threshold)
	c.threshold.show(math.Round(s.Threshold*100), view.Percent(s.Threshold))
	c.layout.set(now.Layouts, now.Layout)
	hide(c.words, !now.Words)
	c.words.SetChecked(s.Words)
	hide(c.special, !now.Special)
	c.special.SetChecked(s.Special)
	c.terms.show(s)
}

// hues gives the heads that are shown together the colours of their links.
func (c *controls) hues() {
	for i, o := range c.head.options {
		color := ""
		if h, err := strconv.Atoi(o.Value); err == nil && c.head.several && c.e.state.Heads.Len() > 1 {
			color = c.e.figure.painter.palette.Color(view.Paint{Role: view.Hue, Value: float64(h)}).CSS()
		}
		if color != c.head.colors[i] {
			c.head.colors[i] = color
			c.head.inputs().Index(i).Get("parentElement").Get("style").Call("setProperty", "--hue", color)
		}
	}
}

// options gives a menu its options.
func options(m *dom.HTMLSelectElement, all []state.Option) {
	empty(m)
	for _, o := range all {
		option := &dom.HTMLOptionElement{BasicHTMLElement: words("option", "", o.Text)}
		option.SetValue(o.Value)
		within(m.BasicHTMLElement, option)
	}
}

// optionMenu is a menu with its name.
type optionMenu struct {
	el
	box     *dom.HTMLSelectElement
	options []state.Option
}

func newOptionMenu(e *element, id string, title text.Key, chosen func(string)) *optionMenu {
	m := &optionMenu{el: create("div", "choice"), box: menu(id)}
	e.listen(m.box, "change", func(bridge.Event) { chosen(m.box.Value()) })
	name := label(id, text.Of(title))
	name.SetClass("title")
	within(m.el, name, m.box)
	return m
}

func (m *optionMenu) show(all []state.Option, at string) {
	if hide(m, len(all) == 0); len(all) == 0 {
		return
	}
	if !slices.Equal(all, m.options) {
		m.options = all
		options(m.box, all)
	}
	m.box.SetValue(at)
}

// headChoice is a menu of all heads of a kind.
type headChoice struct {
	*optionMenu
	of  [3]int // how many layers and heads there are, and the layer from which on they are listed
	all []state.Option
}

func newHeadChoice(e *element, side int) *headChoice {
	return &headChoice{optionMenu: newOptionMenu(e, []string{"head-first", "head-second"}[side], []text.Key{text.FirstName, text.SecondName}[side],
		func(v string) { e.pair(e.state.PairOf(side, v)) })}
}

func (h *headChoice) show(at, shape [2]int) {
	const most = 1000 // are listed at once: of more, those of the layers around
	layers := min(shape[0], max(1, most/max(1, shape[1])))
	from := max(0, min(at[0]-layers/2, shape[0]-layers))
	if of := [3]int{shape[0], shape[1], from}; of != h.of {
		h.of, h.all = of, nil
		for layer := range layers {
			for head := range shape[1] {
				p := [2]int{from + layer, head}
				h.all = append(h.all, state.Option{Value: state.PlaceName(p), Text: state.PlaceWords(p)})
			}
		}
	}
	h.optionMenu.show(h.all, state.PlaceName(at))
}

// tick is something to have or not.
type tick struct {
	el
	box *dom.HTMLInputElement
}

func newTick(e *element, n state.Setting, title text.Key) *tick {
	t := &tick{create("div", "choice"), input("checkbox", n.String(), "id", n.String())}
	e.listen(t.box, "change", func(bridge.Event) {
		e.choose(n, map[bool]string{true: "1", false: "0"}[t.box.Checked()])
	})
	within(t.el, t.box, label(n.String(), text.Of(title)))
	return t
}

func (t *tick) SetChecked(yes bool) { t.box.SetChecked(yes) }

// slide is a slider with its label and its number.
type slide struct {
	box   el
	name  *line
	input *dom.HTMLInputElement
	said  *line
}

func newSlide(e *element, id string, low, high, step float64, moved func(v float64)) *slide {
	s := &slide{box: create("div", "choice"), name: newLine("label", "", "for", id), input: input("range", id, "id", id), said: newLine("span", "number", "aria-hidden", "true")}
	s.span(low, high)
	s.input.SetStep(state.Number(step))
	e.listen(s.input, "input", func(bridge.Event) {
		v, _ := strconv.ParseFloat(s.input.Value(), 64)
		moved(v)
	})
	within(s.box, s.name, s.input, s.said)
	return s
}

// span says between which numbers the slider goes.
func (s *slide) span(low, high float64) {
	s.input.SetMin(state.Number(low))
	s.input.SetMax(state.Number(high))
}

// show puts the slider where a value is, unless it is there.
func (s *slide) show(at float64, said string) {
	if v := state.Number(at); s.input.Value() != v {
		s.input.SetValue(v)
	}
	s.said.set(said)
	attribute(s.input, "aria-valuetext", said)
}

// choice is a row of words, or of numbers, of which one is chosen, or several where they are heads.
type choice struct {
	el
	e       *element
	name    string
	options []state.Option
	colors  []string // of the options; "" is none of its own
	current string
	message func(value string) state.Message // what a choice is
	then    func(value string)               // what is done after it; may be nil
	several bool                             // more than one may be chosen
	boxes   bool                             // and so the inputs are check boxes
}

func newChoice(e *element, name, title string, message func(value string) state.Message) *choice {
	c := &choice{el: create("div", "choice", "role", "radiogroup", "aria-label", title), e: e, name: name, message: message}
	e.listen(c, "keydown", c.key)
	e.listen(c, "change", func(event bridge.Event) {
		v := event.Target().Get("value").String()
		if c.boxes {
			c.current = "" // what is on follows from what is shown
			c.e.apply(state.Toggle{Head: v})
			c.set(c.options, c.e.state.Head())
			return
		}
		c.current = v
		if c.e.apply(c.message(v)); c.then != nil {
			c.then(v)
		}
	})
	e.listen(c, "dblclick", func(event bridge.Event) {
		if l := event.Target().Call("closest", "label"); c.boxes && l.Truthy() {
			c.solo(l.Get("control").Get("value").String())
		}
	})
	return c
}

// entitle has the name of the choice be seen before its options.
func (c *choice) entitle() {
	title := words("span", "title", c.GetAttribute("aria-label"))
	title.SetAttribute("aria-hidden", "true")
	within(c.el, title)
}

// inputs are those of the options.
func (c *choice) inputs() bridge.Value { return c.Call("getElementsByTagName", "input") }

// solo shows one head alone.
func (c *choice) solo(v string) {
	if h, err := strconv.Atoi(v); err == nil {
		c.e.apply(state.Solo{Head: h})
	}
}

// set shows what there is to choose from, and what is chosen. Without options the choice is hidden.
func (c *choice) set(options []state.Option, current string) {
	if hide(c, len(options) == 0); len(options) == 0 {
		return
	}
	if !slices.Equal(options, c.options) || c.several != c.boxes {
		c.build(options)
	}
	if current == c.current {
		return
	}
	c.current = current
	stop := -1
	heads, inputs := c.e.state.Heads, c.inputs()
	for i, o := range options {
		on := o.Value == current
		if c.boxes {
			h, err := strconv.Atoi(o.Value)
			on = on || err == nil && heads.Has(h) || o.Value == "all" && c.e.state.AllHeads(len(options))
		}
		if c.boxes || on { // a radio button goes out by itself
			inputs.Index(i).Set("checked", on)
		}
		if on && stop < 0 {
			stop = i
		}
	}
	if c.boxes && !c.holds() {
		c.stop(max(stop, 0))
	}
}

// build makes the inputs anew.
func (c *choice) build(options []state.Option) {
	had := c.boxes != c.several && c.holds()
	for old := c.inputs(); old.Length() > 0; {
		old.Index(0).Get("parentElement").Call("remove")
	}
	c.options, c.boxes, c.colors, c.current = options, c.several, make([]string, len(options)), ""
	kind, role := "radio", "radiogroup"
	if c.boxes {
		kind, role = "checkbox", "group"
	}
	c.SetAttribute("role", role)
	var values, texts []string
	for _, o := range options {
		values, texts = append(values, o.Value), append(texts, o.Text)
	}
	bridge.Choices(c.Underlying(), kind, c.name, values, texts)
	if c.boxes {
		c.stop(0)
	}
	if had { // a change of view does not take the focus from who chooses by keyboard
		c.inputs().Index(0).Call("focus")
	}
}

// holds says whether the focus is on one of the inputs.
func (c *choice) holds() bool { return contains(c, c.e.root.Get("activeElement")) }

// stop makes one of the check boxes the tab stop, as radio buttons have one by themselves.
func (c *choice) stop(at int) {
	inputs := c.inputs()
	for i := range c.options {
		inputs.Index(i).Set("tabIndex", map[bool]int{true: 0, false: -1}[i == at])
	}
}

// key goes from check box to check box by the arrow keys, and shows one head alone at Enter.
func (c *choice) key(event bridge.Event) {
	if !c.boxes {
		return
	}
	v := event.Target().Get("value").String()
	at := slices.IndexFunc(c.options, func(o state.Option) bool { return o.Value == v })
	if at < 0 {
		return
	}
	switch event.Key() {
	case "ArrowRight", "ArrowDown":
		at++
	case "ArrowLeft", "ArrowUp":
		at += len(c.options) - 1
	case "Enter":
		c.solo(v)
	default:
		return
	}
	event.Prevent()
	at %= len(c.options)
	c.stop(at)
	c.inputs().Index(at).Call("focus")
}
