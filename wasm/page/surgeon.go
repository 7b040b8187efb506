//go:build js && wasm

package page

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/record"
	"heed/core/say"
	"heed/core/view"
	"heed/wasm/bridge"
)

// surgeon is where the reader intervenes: a head is switched off, a weight set, scores divided. What was
// changed is listed, and each is put back by a word.
type surgeon struct {
	*dom.BasicHTMLElement
	e       *element
	off     *dom.HTMLButtonElement // the head that is shown: off, or on again
	weight  *slide
	score   *slide // the same weight, as the softmax makes it
	heat    *slide
	hint    *line
	list    *dom.BasicHTMLElement
	listed  record.Changes
	names   []string
	removes []func()

	held    view.Ref // the cell of the heatmap that was pointed at last
	dragged bool     // a slider is, and nothing moves under the hand
}

func newSurgeon(e *element) *surgeon {
	c := &surgeon{BasicHTMLElement: create("div", "changes"), e: e, off: button("", ""), hint: newLine("span", "hint"), list: create("ul", "")}
	c.SetAttribute("role", "group")
	c.SetAttribute("aria-label", "Change the attention")
	c.SetAttribute("part", "changes")
	c.list.SetAttribute("aria-label", "Changed by hand")
	hide(c.list, true)
	e.listen(c.off.Underlying(), "click", func(bridge.Value) { c.switchHead() })
	c.weight = newSlide(e, "force", "", 0, 1, 0.01, func(v float64) {
		if at, ok := c.at(); ok {
			next := e.changes
			at.Weight = float32(v)
			next.Set(at)
			e.choose("force", next.ForceList())
		}
	})
	c.score = newSlide(e, "score", "", -1, 1, 0.1, func(v float64) {
		if at, ok := c.at(); ok && c.scored(at) {
			next := e.changes
			next.SetScore(e.record.Detail, at.Col, v)
			e.choose("force", next.ForceList())
		}
	})
	// From a tenth to ten times, as far to either side of 1.
	c.heat = newSlide(e, "attention-temperature", "Temperature of attention", -1, 1, 0.05, func(v float64) {
		e.choose("attention-temperature", number(math.Round(100*math.Pow(10, v))/100))
	})
	for _, s := range []*slide{c.weight, c.score, c.heat} {
		for event, begins := range map[string]bool{"pointerdown": true, "pointerup": false, "pointercancel": false, "change": false, "blur": false} {
			e.listen(s.input.Underlying(), event, func(bridge.Value) { c.drag(begins) })
		}
	}
	within(c.BasicHTMLElement, c.off, c.hint, c.weight.box, c.score.box, c.heat.box, c.list)
	return c
}

// drag keeps a slider where it is for as long as it is dragged: the picture above keeps its height, and the words
// before it stay, though another word may be written by now.
func (c *surgeon) drag(begins bool) {
	if begins == c.dragged {
		return
	}
	c.dragged = begins
	above := []*dom.BasicHTMLElement{c.e.sentences.BasicHTMLElement}
	if !c.e.figure.fixed() { // else it keeps its height anyway
		above = append(above, c.e.figure.BasicHTMLElement)
	}
	for _, above := range above {
		high := ""
		if begins {
			high = px(above.GetBoundingClientRect().Height())
		}
		above.Style().SetProperty("--held", high, "")
		above.Get("classList").Call("toggle", "held", begins)
	}
	c.show()
}

// head is the one head that is shown.
func (c *surgeon) head() (p record.Place, ok bool) {
	e := c.e
	p = record.Place{Kind: e.kind, Layer: e.layer}
	switch heads := e.stack(&e.state)[1]; {
	case len(e.heads) == 1:
		p.Head = e.heads[0]
	case e.view == view.Steps && len(e.heads) == 0 || heads == 1: // the first stands for all
	default:
		return p, false
	}
	return p, true
}

// at is the weight that the slider sets: the cell of a heatmap that was pointed at last, or what the steps
// take apart.
func (c *surgeon) at() (f record.Forced, ok bool) {
	e := c.e
	if e.record == nil {
		return f, false
	}
	if f.Place, ok = c.head(); !ok {
		return f, false
	}
	switch e.view {
	case view.Heatmap:
		if c.held.Part != view.Pair || e.words { // of merged pieces nobody could tell which
			return f, false
		}
		f.Row, f.Col = c.held.Row, c.held.Col
	case view.Steps:
		f.Place = e.place(&e.state)
		if f.Col = e.key; f.Col < 0 {
			d := e.record.Detail
			if d == nil || d.Place != f.Place {
				return f, false
			}
			f.Col = slices.Index(d.Weights, slices.Max(d.Weights))
		}
	default:
		return f, false
	}
	causal := f.Kind == record.Decoder
	return f, f.Row < len(e.record.Queries(f.Kind)) && f.Col < len(e.record.Keys(f.Kind)) && !(causal && f.Col > f.Row)
}

// scored says whether the record tells how the row of a weight came about, so that its score can be set.
func (c *surgeon) scored(f record.Forced) bool {
	d := c.e.record.Detail
	return c.e.view == view.Steps && d != nil && d.Place == f.Place && f.Col < len(d.Scores)
}

// showScore follows a weight with the slider of its score, which goes from next to none of the row's weight to
// next to all.
func (c *surgeon) showScore(f record.Forced, able bool) {
	const wide = 9
	if able = able && c.scored(f); able {
		var score, half float64
		if score, half, able = c.e.changes.ScoreOf(c.e.record.Detail, f.Col); able {
			c.name(c.score, say.Text("Score of “", view.Visible(c.e.record.Keys(f.Kind)[f.Col].Text), "”"))
			half = math.Round(half)
			c.score.input.SetMin(number(half - wide))
			c.score.input.SetMax(number(half + wide))
			said := "−∞"
			if !math.IsInf(score, 0) {
				said = strings.Replace(strconv.FormatFloat(score, 'f', 2, 64), "-", "−", 1)
			}
			c.score.show(math.Round(10*math.Max(half-wide, math.Min(score, half+wide)))/10, said)
		}
	}
	hide(c.score.box, !able)
}

// name names a slider, unless it is being dragged.
func (c *surgeon) name(s *slide, name string) {
	if !c.dragged || s.name.text == "" {
		s.name.set(name)
	}
}

// hold notes what is pointed at.
func (c *surgeon) hold(ref view.Ref) {
	if ref.Part == view.Pair && ref != c.held {
		c.held = ref
		c.show()
	}
}

// switchHead switches the head that is shown off, or on again.
func (c *surgeon) switchHead() {
	p, ok := c.head()
	if !ok {
		return
	}
	next := c.e.changes
	next.Switch(p)
	c.e.choose("off", next.OffList())
}

// show follows the state and the record.
func (c *surgeon) show() {
	e := c.e
	maps := e.view == view.Links || e.view == view.Heatmap || e.view == view.Steps
	able := e.editable && maps && len(e.stacksOf(e.model)) > 0 && e.foreign == nil
	p, one := c.head()
	hide(c.off, !able || !one)
	off, _ := e.changes.Of(p.Kind, p.Layer, p.Head)
	switch {
	case off:
		c.off.SetTextContent("Switch this head on again")
	case p.Kind == record.RNN:
		c.off.SetTextContent("Switch attention off")
	default:
		c.off.SetTextContent("Switch this head off")
	}
	at, ok := c.at()
	hide(c.weight.box, !able || !ok || off)
	if ok {
		c.name(c.weight, c.pair(at))
		w := 0.0
		if m := e.record.Find(at.Kind, at.Layer, at.Head); m != nil && at.Row < m.Rows && at.Col < m.Cols {
			w = float64(m.At(at.Row, at.Col))
		}
		_, forced := e.changes.Of(at.Kind, at.Layer, at.Head)
		for _, f := range forced { // sooner than the record
			if f.Row == at.Row && f.Col == at.Col {
				w = float64(f.Weight)
			}
		}
		c.weight.show(math.Round(w*100)/100, strconv.FormatFloat(w, 'f', 2, 64))
	}
	c.showScore(at, able && ok && !off)
	switch {
	case !one:
		c.hint.set("Choose one head to change it.")
	case e.view != view.Heatmap || ok || off:
		c.hint.set("")
	case e.words:
		c.hint.set("Weights are set piece by piece, not for whole words.")
	default:
		c.hint.set("Choose a cell to set its weight.")
	}
	hide(c.hint, !able || c.hint.text == "")
	hide(c.heat.box, !able || e.kind != record.Cross && e.kind != record.RNN)
	t := e.changes.Temperature
	if t == 0 {
		t = 1
	}
	c.heat.show(math.Round(20*math.Log10(t))/20, number(t))
	c.showList()
	hide(c, !able && !e.changes.Any())
}

// pair names a weight by its words.
func (c *surgeon) pair(f record.Forced) string {
	q, k := c.e.record.Queries(f.Kind), c.e.record.Keys(f.Kind)
	if f.Row >= len(q) || f.Col >= len(k) {
		return f.String()
	}
	return say.Text("“", view.Visible(q[f.Row].Text), "” looks at “", view.Visible(k[f.Col].Text), "”")
}

// showList lists what is changed.
func (c *surgeon) showList() {
	e := c.e
	var names []string
	for _, p := range e.changes.Off {
		name := say.Text(say.Text(kindNames[p.Kind], ", layer ", p.Layer, ", head ", p.Head), ": off")
		if p.Kind == record.RNN {
			name = "Attention: off"
		}
		names = append(names, name)
	}
	for _, f := range e.changes.Force {
		name := f.String()
		if e.record != nil && e.record.Model == e.model {
			name = c.pair(f) + ": " + strconv.FormatFloat(float64(f.Weight), 'f', 2, 64)
			if f.Kind != record.RNN {
				name += say.Text(" (layer ", f.Layer, ", head ", f.Head, ")")
			}
		}
		names = append(names, name)
	}
	if e.changes.Scales() {
		names = append(names, "Scores divided by "+number(e.changes.Temperature))
	}
	if slices.Equal(names, c.names) && e.changes.Equal(&c.listed) {
		return
	}
	c.names, c.listed = names, e.changes
	for _, remove := range c.removes {
		remove()
	}
	c.removes = nil
	inside := c.list.Call("contains", e.root.Get("activeElement")).Bool()
	c.list.Call("replaceChildren")
	hide(c.list, len(names) == 0)
	item := func(name, does string, do func()) {
		li := create("li", "")
		if name != "" {
			text := create("span", "")
			text.SetTextContent(name)
			within(li, text)
		}
		b := button("", does)
		if name != "" {
			b.SetAttribute("aria-label", does+": "+name)
		}
		c.removes = append(c.removes, bridge.Listen(b.Underlying(), "click", func(bridge.Value) { do() }))
		within(li, b)
		within(c.list, li)
	}
	for i, name := range names {
		item(name, "put back", func() {
			next := e.changes
			switch n := len(next.Off); {
			case i < n:
				next.Switch(next.Off[i])
				e.choose("off", next.OffList())
			case i < n+len(next.Force):
				next.Unset(next.Force[i-n])
				e.choose("force", next.ForceList())
			default:
				e.unchoose("attention-temperature")
			}
		})
	}
	if len(names) > 1 {
		item("", "Put all back", c.undo)
	}
	if inside { // the word that was pressed is gone
		c.refocus()
	}
}

// refocus gives the focus to what is still there.
func (c *surgeon) refocus() {
	if b := c.Call("querySelector", "li button, button:not([hidden])"); b.Truthy() {
		b.Call("focus")
	}
}

// undo takes all changes back.
func (c *surgeon) undo() {
	c.e.chooseAll("off", "", "force", "", "attention-temperature", "1")
}

func (c *surgeon) release() {
	for _, remove := range c.removes {
		remove()
	}
}
