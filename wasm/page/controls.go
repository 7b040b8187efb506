//go:build js && wasm

package page

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

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
	threshold *slide
	layout    *choice
	special   *tick
	words     *tick
	lens      *tick
	against   *choice // what is compared
	pair      [2]*headChoice
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
	c.against = newChoice(e, "against", "Compare")
	c.against.chosen = e.compareBy
	within(c.BasicHTMLElement, c.view, c.against, kind, c.layer, c.head)
	for i := range c.pair {
		c.pair[i] = newHeadChoice(e, i)
		within(c.BasicHTMLElement, c.pair[i])
	}

	c.lens = newTick(e, "lens", "What each layer would say")
	within(c.BasicHTMLElement, c.lens)
	if e.full {
		c.threshold = newSlide(e, "threshold", "Share of weight drawn", 5, 100, 5, func(percent float64) { e.choose("threshold", number(percent/100)) })

		c.layout = newChoice(e, "layout", "Layout")
		c.layout.set([]option{{view.Columns, "columns"}, {view.Arcs, "arcs"}}, "")
		c.words = newTick(e, "words", "Whole words")
		c.special = newTick(e, "special", "Special tokens")
		within(c.BasicHTMLElement, c.threshold.box, c.layout, c.words, c.special)
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
	views := st.views(c.e.index())
	if c.e.foreign != nil { // nothing else can be run beside it
		views = slices.DeleteFunc(views, func(o option) bool { return o.value == compare && st.view != compare })
	}
	c.view.set(views, st.view)
	// Which head is looked at matters to some views only, and to models that have several.
	maps := st.view == view.Links || st.view == view.Heatmap || st.view == view.Tower || st.view == view.Heads || st.view == view.Steps
	maps = maps || st.view == compare && st.against != ""
	pair := st.view == compare && st.against == headPair
	maps = maps && !(c.e.foreign != nil && st.view == view.Steps) // of the only row that it takes apart
	hide(c.kindBox, !maps || st.view == view.Tower || len(kinds) < 2)
	hide(c.layer, !maps || pair || layers < 2 || st.view == view.Heads || st.view == view.Tower)
	hide(c.head, !maps || pair || heads == 1 || st.view == view.Heads)
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
		if c.e.foreign.holds(st.kind, l, -1) {
			options = append(options, option{strconv.Itoa(l), strconv.Itoa(l)})
		}
	}
	c.layer.set(options, strconv.Itoa(st.layer))

	options = []option{{"mean", "mean"}}
	for h := range heads {
		if !c.e.foreign.holds(st.kind, st.layer, h) {
			continue
		}
		name := strconv.Itoa(h)
		if off, _ := st.changes.Of(st.kind, st.layer, h); off {
			name += "\u00a0off"
		}
		options = append(options, option{strconv.Itoa(h), name})
	}
	if c.head.several = st.view == view.Links; c.head.several { // each in its own colour
		if heads > 1 {
			options = append(options, option{"all", "all"})
		}
		c.head.set(options, st.head())
		c.hues()
	} else if head := st.head(); !slices.ContainsFunc(options, func(o option) bool { return o.value == head }) {
		c.head.set(append(options, option{head, head}), head)
	} else {
		c.head.set(options, head)
	}

	c.showAgainst(st, layers, heads)
	hide(c.lens, st.view != view.Predictions || !st.layered())
	c.lens.SetChecked(st.lens)
	if c.threshold != nil {
		hide(c.threshold.box, st.view != view.Links && st.view != view.Tower)
		hide(c.layout, st.view != view.Links || !st.selfish())
		hide(c.words, !maps || st.view == view.Steps)
		hide(c.special, st.view != view.Links && st.view != view.Tower && st.view != view.Heatmap && st.view != compare)
		c.threshold.show(math.Round(st.threshold*100), view.Percent(st.threshold))
		layout := st.layout
		if layout == "" {
			layout = view.Columns
		}
		c.layout.set(c.layout.options, layout)
		c.words.SetChecked(st.words)
		c.special.SetChecked(st.special)
	}
}

// modelList is the choice to compare models, of which the state says nothing.
const modelList = "models"

// showAgainst shows what may be compared, and of heads which.
func (c *controls) showAgainst(st *state, layers, heads int) {
	var options []option
	index := c.e.index()
	if on := st.view == compare && index != nil && st.entry != nil; on {
		if len(peers(index, st.entry)) > 1 {
			options = append(options, option{modelList, "Models"})
		}
		if len(st.entry.Stacks) > 0 {
			if c.e.foreign == nil { // a Record is of one text
				options = append(options, option{sentencePair, "Two sentences"})
			}
			if s := st.entry.Stacks[0]; s.Heads*s.Layers > 1 {
				options = append(options, option{headPair, "Two heads"})
			}
		}
		c.against.set(options, cmp.Or(st.against, modelList))
	}
	hide(c.against, len(options) < 2)
	for i, p := range c.pair {
		hide(p, len(options) == 0 || st.against != headPair)
		p.show(st.pair[i], layers, heads)
	}
}

// compareBy begins to compare in another way: a sentence with itself, which is then changed, or the head
// that was looked at with the next.
func (e *element) compareBy(against string) {
	switch against {
	case sentencePair:
		e.choose("compare", ofSentence+e.text)
		if e.lanes.field != nil {
			e.lanes.field.box.Focus()
		}
	case headPair:
		at := [2]int{e.layer, 0}
		if len(e.heads) > 0 {
			at[1] = e.heads[0]
		}
		next := [2]int{at[0], at[1] + 1}
		if s := e.stack(&e.state); next[1] >= s[1] {
			next = [2]int{(at[0] + 1) % max(s[0], 1), 0}
		}
		e.choose("compare", placeName(at)+","+placeName(next))
	default:
		e.unchoose("compare")
	}
}

// headChoice chooses one of two heads.
type headChoice struct {
	*dom.BasicHTMLElement
	box   *dom.HTMLSelectElement
	shape [2]int // layers and heads that it lists
}

func newHeadChoice(e *element, side int) *headChoice {
	name := []string{"head-first", "head-second"}[side]
	h := &headChoice{create("div", "choice"), &dom.HTMLSelectElement{BasicHTMLElement: create("select", "")}, [2]int{}}
	h.box.SetID(name)
	h.box.SetName(name)
	e.listen(h.box.Underlying(), "change", func(bridge.Value) {
		both := []string{placeName(e.pair[0]), placeName(e.pair[1])}
		both[side] = h.box.Value()
		e.choose("compare", both[0]+","+both[1])
	})
	title := label(name, []string{"First", "Second"}[side])
	title.SetClass("title")
	within(h.BasicHTMLElement, title, h.box)
	return h
}

func (h *headChoice) show(at [2]int, layers, heads int) {
	if shape := [2]int{layers, heads}; shape != h.shape {
		h.shape = shape
		h.box.Call("replaceChildren")
		for l := range layers {
			for n := range heads {
				o := &dom.HTMLOptionElement{BasicHTMLElement: create("option", "")}
				o.SetValue(placeName([2]int{l, n}))
				o.SetTextContent(placeWords([2]int{l, n}))
				within(h.box.BasicHTMLElement, o)
			}
		}
	}
	h.box.SetValue(placeName(at))
}

func placeWords(p [2]int) string {
	return "layer " + strconv.Itoa(p[0]) + ", head " + strconv.Itoa(p[1])
}

// hues gives the heads that are shown together the colours of their links.
func (c *controls) hues() {
	for i, o := range c.head.options {
		color := ""
		if h, err := strconv.Atoi(o.value); err == nil && c.head.several && len(c.e.heads) > 1 {
			color = c.e.figure.painter.palette.Color(view.Paint{Role: view.Hue, Value: float64(h)}).CSS()
		}
		c.head.inputs[i].Get("parentElement").Get("style").Call("setProperty", "--hue", color)
	}
}

// tick is something to have or not.
type tick struct {
	*dom.BasicHTMLElement
	box *dom.HTMLInputElement
}

func newTick(e *element, name, title string) *tick {
	t := &tick{create("div", "choice"), input("checkbox", name)}
	t.box.SetID(name)
	e.listen(t.box.Underlying(), "change", func(bridge.Value) {
		e.choose(name, map[bool]string{true: "1", false: "0"}[t.box.Checked()])
	})
	within(t.BasicHTMLElement, t.box, label(name, title))
	return t
}

func (t *tick) SetChecked(yes bool) { t.box.SetChecked(yes) }

// slide is a slider with its label and its number.
type slide struct {
	box   *dom.BasicHTMLElement
	name  *line
	input *dom.HTMLInputElement
	said  *line
}

func newSlide(e *element, id, name string, low, high, step float64, moved func(v float64)) *slide {
	s := &slide{box: create("div", "choice"), name: newLine("label", ""), input: input("range", id), said: newLine("span", "number")}
	s.name.set(name)
	s.input.SetID(id)
	s.input.SetMin(number(low))
	s.input.SetMax(number(high))
	s.input.SetStep(number(step))
	s.name.Set("htmlFor", id)
	s.said.SetAttribute("aria-hidden", "true")
	e.listen(s.input.Underlying(), "input", func(bridge.Value) {
		v, _ := strconv.ParseFloat(s.input.Value(), 64)
		moved(v)
	})
	within(s.box, s.name, s.input, s.said)
	return s
}

// show puts the slider where a value is, unless it is there.
func (s *slide) show(at float64, said string) {
	if v := number(at); s.input.Value() != v {
		s.input.SetValue(v)
	}
	s.said.set(said)
	s.input.SetAttribute("aria-valuetext", said)
}

// choice is a row of words, or of numbers, of which one is chosen, or several where they are heads.
type choice struct {
	*dom.BasicHTMLElement
	e       *element
	name    string
	options []option
	inputs  []*dom.HTMLInputElement
	removes []func()
	current string
	chosen  func(value string) // what a choice does, if not only to change the state
	several bool               // more than one may be chosen
	boxes   bool               // and so the inputs are check boxes
}

func newChoice(e *element, name, title string) *choice {
	c := &choice{BasicHTMLElement: create("div", "choice"), e: e, name: name}
	c.SetAttribute("role", "radiogroup")
	c.SetAttribute("aria-label", title)
	e.listen(c.Underlying(), "keydown", c.key)
	e.removes = append(e.removes, c.clear)
	return c
}

// clear takes the options away.
func (c *choice) clear() {
	for i, r := range c.inputs {
		c.removes[i]()
		r.Get("parentElement").Call("remove")
	}
	c.options, c.inputs, c.removes, c.current = nil, nil, nil, ""
}

func (c *choice) set(options []option, current string) {
	if !slices.Equal(options, c.options) || c.several != c.boxes {
		c.build(options)
	}
	if current == c.current {
		return
	}
	c.current = current
	stop := -1
	for i, o := range options {
		on := o.value == current
		if c.boxes {
			on = on || o.value == "all" && len(c.e.heads) == len(options)-2 || slices.Contains(strings.Split(current, ","), o.value)
		}
		if c.boxes || on { // a radio button goes out by itself
			c.inputs[i].SetChecked(on)
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
func (c *choice) build(options []option) {
	had := c.boxes != c.several && c.holds()
	c.clear()
	c.options, c.boxes = options, c.several
	kind, role := "radio", "radiogroup"
	if c.boxes {
		kind, role = "checkbox", "group"
	}
	c.SetAttribute("role", role)
	for _, o := range options {
		r := input(kind, c.name)
		r.SetValue(o.value)
		change := bridge.Listen(r.Underlying(), "change", func(bridge.Value) {
			switch {
			case c.boxes:
				c.current = "" // what is on follows from what is shown
				c.e.toggle(o.value)
				c.set(c.options, c.e.head())
			case c.chosen != nil:
				c.current = o.value
				c.chosen(o.value)
			default:
				c.current = o.value
				c.e.choose(c.name, o.value)
			}
		})
		text := create("span", "")
		text.SetTextContent(o.text)
		l := within(create("label", ""), r, text)
		double := func() {}
		if h, err := strconv.Atoi(o.value); err == nil && c.boxes {
			double = bridge.Listen(l.Underlying(), "dblclick", func(bridge.Value) { c.e.solo(h) })
		}
		c.removes = append(c.removes, func() { change(); double() })
		within(c.BasicHTMLElement, l)
		c.inputs = append(c.inputs, r)
	}
	if c.boxes {
		c.stop(0)
	}
	if had { // a change of view, not of the place of him who chooses by keyboard
		c.inputs[0].Focus()
	}
}

// holds says whether the focus is on one of the inputs.
func (c *choice) holds() bool {
	at := c.e.root.Get("activeElement")
	return at.Truthy() && c.Call("contains", at).Bool()
}

// stop makes one of the check boxes the tab stop, as radio buttons have one by themselves.
func (c *choice) stop(at int) {
	for i, b := range c.inputs {
		b.SetTabIndex(map[bool]int{true: 0, false: -1}[i == at])
	}
}

// key goes from check box to check box by the arrow keys, and shows one head alone at Enter.
func (c *choice) key(event bridge.Value) {
	if !c.boxes {
		return
	}
	at := slices.IndexFunc(c.inputs, func(b *dom.HTMLInputElement) bool { return b.Underlying().Equal(event.Get("target")) })
	if at < 0 {
		return
	}
	switch event.Get("key").String() {
	case "ArrowRight", "ArrowDown":
		at++
	case "ArrowLeft", "ArrowUp":
		at += len(c.inputs) - 1
	case "Enter":
		if h, err := strconv.Atoi(c.options[at].value); err == nil {
			c.e.solo(h)
		}
	default:
		return
	}
	event.Call("preventDefault")
	at %= len(c.inputs)
	c.stop(at)
	c.inputs[at].Focus()
}
