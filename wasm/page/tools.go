//go:build js && wasm

package page

import (
	"slices"
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/explain"
	"heed/core/record"
	"heed/core/say"
	"heed/core/view"
	"heed/wasm/bridge"
)

// tools are what there is to do with a view besides looking: a row of words under it. Above them stand what
// to look for in an example, and the view's strongest links as a table.
type tools struct {
	*dom.BasicHTMLElement
	e         *element
	hint      *dom.BasicHTMLElement  // right under the picture: what is to be seen in it
	look      *line                  // what an example shows
	there     *dom.HTMLButtonElement // goes to where that is to be seen
	does      *line                  // what the head does in this text
	table     *table
	row       *dom.BasicHTMLElement
	said      *line                             // what came of the last tool
	link      *dom.HTMLInputElement             // the address, where it cannot be copied
	exports   map[string]*dom.HTMLButtonElement // by kind
	keys      *keysheet
	patternOf patternOf
}

// newTools makes the tools of the playground, or, of another element, the table alone.
func newTools(e *element) *tools {
	t := &tools{BasicHTMLElement: create("div", "tools"), e: e, hint: create("p", "look"), table: newTable(e)}
	if !e.full {
		within(t.BasicHTMLElement, t.table)
		return t
	}
	hint := t.hint
	t.look, t.does = newLine("span", ""), newLine("span", "does")
	t.there = button("", "Show it")
	e.listen(t.there.Underlying(), "click", func(bridge.Value) {
		if x := e.example(); x != nil {
			e.chooseExample(x)
		}
	})
	within(hint, t.look, t.there, t.does)

	t.row = create("div", "row")
	t.row.SetAttribute("role", "group")
	t.row.SetAttribute("aria-label", "Tools")
	t.row.SetAttribute("part", "tools")
	t.said = newLine("span", "said")
	t.said.SetAttribute("aria-live", "polite")
	t.link = input("text", "link")
	t.link.SetAttribute("aria-label", "The address of this view")
	t.link.SetReadOnly(true)
	hide(t.link, true)
	t.add("Copy link", t.copyLink)
	export := newDisclosure(e, "Export", "exports")
	t.exports = map[string]*dom.HTMLButtonElement{}
	for _, x := range exports {
		t.exports[x.kind] = export.action(x.name, x.title, func() { t.export(x.kind) })
	}
	within(t.row, export.button, export.panel)
	embed := newEmbed(t)
	within(t.row, embed.button, embed.panel)
	for d, other := range map[*disclosure]*disclosure{export: embed.disclosure, embed.disclosure: export} { // one at a time
		e.listen(d.button.Underlying(), "click", func(bridge.Value) { other.set(false) })
	}
	t.add("Import", t.choose)
	t.keys = newKeysheet(e)
	t.add("Keys", t.keys.show).SetAttribute("aria-haspopup", "dialog")
	within(t.row, t.said, t.link)
	within(t.BasicHTMLElement, t.table, t.row, t.keys)
	t.drops()
	return t
}

// add adds a word to the row.
func (t *tools) add(name string, do func()) *dom.HTMLButtonElement {
	b := button("", name)
	t.e.listen(b.Underlying(), "click", func(bridge.Value) {
		t.tell("")
		do()
	})
	within(t.row, b)
	return b
}

// tell says what came of a tool.
func (t *tools) tell(parts ...any) {
	t.said.set(say.Text(parts...))
	hide(t.link, true)
}

// show follows what is painted.
func (t *tools) show() {
	t.table.show()
	if t.look == nil {
		return
	}
	e := t.e
	x := e.example()
	if x == nil {
		t.look.set("")
	} else {
		t.look.set(x.Look + " ")
	}
	hide(t.there, x == nil || e.opens(x))
	hide(t.exports["csv"].BasicHTMLElement, !e.holds("csv"))
	hide(t.exports["json"].BasicHTMLElement, !e.holds("json"))
	t.does.set(t.pattern())
}

// patternOf is what a pattern was measured of.
type patternOf struct {
	record *record.Record
	kind   record.Kind
	layer  int
	head   string
	says   string
}

// pattern says what the chosen head does in this text, as far as it was measured.
func (t *tools) pattern() string {
	const most = 64 * 64 // cells: a longer text would take too long at every keystroke
	e, d := t.e, &t.e.drawn
	if d.view != view.Links && d.view != view.Heatmap && d.view != view.Steps || e.record == nil || e.blank() {
		return ""
	}
	of := patternOf{record: e.record, kind: d.kind, layer: d.layer, head: d.head()}
	if p := t.patternOf; p.record == of.record && p.kind == of.kind && p.layer == of.layer && p.head == of.head {
		return p.says
	}
	var m *record.Map
	if len(d.heads) == 1 {
		m = e.record.Find(d.kind, d.layer, d.heads[0])
	}
	if m != nil && m.Rows*m.Cols <= most {
		if p := explain.Pattern(m, e.record); p.Shape != explain.Nothing && p.Shape != explain.Mixed {
			of.says = "In this text the head " + p.Shape.Says() + say.Text(" (", strconv.FormatFloat(p.Share, 'f', 2, 64), " of its weight).")
		}
	}
	t.patternOf = of
	return of.says
}

// example is the example that the element's text is, or nil.
func (e *element) example() *catalog.Example {
	if e.entry == nil || e.target != nil || e.view == compare {
		return nil
	}
	return e.entry.Example(e.text)
}

// opening is where an example is to be seen.
func (e *element) opening(x *catalog.Example) catalog.Opening {
	if x.Open != nil {
		return *x.Open
	}
	return e.entry.Open
}

// opens says whether the state is where an example is to be seen.
func (e *element) opens(x *catalog.Example) bool {
	o := e.opening(x)
	return e.view == o.View && (!mapped(o.View) || e.kind == o.Kind && e.layer == o.Layer && e.head() == strconv.Itoa(o.Head))
}

// mapped says whether a view is of one layer's map.
func mapped(v string) bool { return v == view.Links || v == view.Heatmap || v == view.Steps }

// chooseExample goes to an example, and to the view that shows what there is to see.
func (e *element) chooseExample(x *catalog.Example) {
	for _, name := range names {
		if name != "model" && name != "special" && name != "threshold" {
			delete(e.settings, name)
		}
	}
	if e.writer != nil {
		e.writer.typed()
	}
	if o := x.Open; o != nil {
		e.settings["view"], e.settings["kind"] = o.View, string(o.Kind)
		e.settings["layer"], e.settings["head"] = strconv.Itoa(o.Layer), strconv.Itoa(o.Head)
	}
	e.choose("text", x.Text)
	e.fresh = true
}

// examples are a list of texts to begin with, behind a word beside the textbox.
type examples struct {
	*disclosure
	of *catalog.Entry // whose are listed
}

func newExamples(e *element) *examples {
	x := &examples{disclosure: newDisclosure(e, "Examples", "examples")}
	x.button.SetClass("corner")
	return x
}

// show lists the examples of the state's model.
func (x *examples) show(st *state) {
	hide(x.button, st.entry == nil || len(st.entry.Examples) == 0)
	if st.entry == nil || st.entry == x.of {
		return
	}
	x.of = st.entry
	x.clear()
	for i := range st.entry.Examples {
		ex := &st.entry.Examples[i]
		b := x.action(ex.Text, "", func() { x.e.chooseExample(ex) })
		b.SetLang(st.entry.Source)
		look := create("p", "")
		look.SetTextContent(ex.Look)
		look.SetID("look" + strconv.Itoa(i))
		b.SetAttribute("aria-describedby", "look"+strconv.Itoa(i))
		within(x.panel, look)
	}
}

// disclosure is a word that shows and hides a list of things to choose from.
type disclosure struct {
	e       *element
	button  *dom.HTMLButtonElement
	panel   *dom.BasicHTMLElement
	removes []func()
}

func newDisclosure(e *element, name, id string) *disclosure {
	d := &disclosure{e: e, button: button("", name), panel: create("div", "panel "+id)}
	d.panel.SetID(id)
	d.panel.SetAttribute("role", "group")
	d.panel.SetAttribute("aria-label", name)
	d.button.SetAttribute("aria-controls", id)
	d.set(false)
	e.listen(d.button.Underlying(), "click", func(bridge.Value) { d.set(d.panel.Get("hidden").Bool()) })
	escape := func(event bridge.Value) {
		if event.Get("key").String() == "Escape" && !d.panel.Get("hidden").Bool() {
			event.Call("stopPropagation")
			d.set(false)
			d.button.Focus()
		}
	}
	e.listen(d.button.Underlying(), "keydown", escape)
	e.listen(d.panel.Value, "keydown", escape)
	e.removes = append(e.removes, d.clear)
	return d
}

func (d *disclosure) set(open bool) {
	hide(d.panel, !open)
	d.button.SetAttribute("aria-expanded", strconv.FormatBool(open))
}

func (d *disclosure) clear() {
	for _, remove := range d.removes {
		remove()
	}
	d.removes = nil
	d.panel.Call("replaceChildren")
}

// action adds something to choose. A choice closes the list.
func (d *disclosure) action(name, title string, do func()) *dom.HTMLButtonElement {
	b := button("", name)
	if title != "" {
		b.SetTitle(title)
	}
	d.removes = append(d.removes, bridge.Listen(b.Underlying(), "click", func(bridge.Value) {
		d.set(false)
		d.button.Focus()
		do()
	}))
	within(d.panel, b)
	return b
}

// copyLink copies the address of what is on the screen, or, where the browser does not let it, shows it to
// be copied by hand.
func (t *tools) copyLink() {
	e := t.e
	if f := e.foreign; f != nil && f.address == "" {
		t.tell("A record from a file has no address. Export it, and send the file.")
		return
	}
	e.acted = true
	e.writeAddress()
	address := bridge.Global().Get("location").Get("href").String()
	copied, by := "Copied: whoever opens it sees what you see.", "Copy it from here:"
	if _, left := fitting(e.pairs()); len(left) > 0 {
		copied, by = "Copied without the text, which is too long for an address: send it along, or export the Record.",
			"The text is too long for an address, and is not in it. Copy it from here:"
	}
	byHand := func() {
		t.tell(by)
		hide(t.link, false)
		t.link.SetValue(address)
		t.link.Focus()
		t.link.Select()
	}
	clip(address, func() { t.tell(copied) }, byHand)
}

// clip copies a text to the clipboard, and then does one thing, or another where the browser does not let it.
func clip(text string, copied, refused func()) {
	clipboard := bridge.Global().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() { // of a page that did not come by https
		refused()
		return
	}
	go func() {
		if _, err := bridge.Await(clipboard.Call("writeText", text)); err != nil {
			refused()
		} else {
			copied()
		}
	}()
}

// table is the strongest links of a view, for those who read it rather than see it.
type table struct {
	*dom.BasicHTMLElement
	e       *element
	summary *line
	body    *dom.BasicHTMLElement
	of      shownOf
	n       int // maps that there were
}

func newTable(e *element) *table {
	t := &table{BasicHTMLElement: create("details", "strongest"), e: e, summary: newLine("summary", ""), body: create("div", "scroll")}
	t.SetAttribute("part", "table")
	t.summary.set("The strongest links")
	within(t.BasicHTMLElement, t.summary, t.body)
	e.listen(t.Value, "toggle", func(bridge.Value) { t.show() })
	hide(t, true)
	return t
}

// show brings the table in line with what is painted, if it is open.
func (t *table) show() {
	e, d := t.e, &t.e.drawn
	nothing := e.record == nil || e.blank() || d.view == compare || d.view == view.Context && e.record.Find(record.RNN, 0, 0) == nil
	if hide(t, nothing); nothing {
		return
	}
	if d.view == view.Predictions {
		t.summary.set("The most probable tokens")
	} else {
		t.summary.set("The strongest links")
	}
	of := shownOf{record: e.record, view: d.view, kind: d.kind, layer: d.layer, head: d.head(), special: d.special, words: d.words}
	if !t.Get("open").Bool() || t.of == of && t.n == len(e.record.Maps) {
		return
	}
	t.of, t.n = of, len(e.record.Maps)
	t.body.Call("replaceChildren")
	shown, chosen := e.figure.chosen()
	list := view.Strongest(shown, chosen, e.figure.env(), view.Listed)
	if list == nil {
		t.body.SetTextContent("There is nothing to list.")
		return
	}
	cell := func(tag string, c view.Column, text string) *dom.BasicHTMLElement {
		td := create(tag, "")
		if c.Num {
			td.SetClass("number")
		}
		if e.entry != nil {
			switch c.Side {
			case view.Source:
				td.SetLang(e.entry.Source)
			case view.Output:
				td.SetLang(e.entry.Target)
			}
		}
		td.SetTextContent(text)
		return td
	}
	head, body := create("tr", ""), create("tbody", "")
	for _, c := range list.Columns {
		th := cell("th", view.Column{Num: c.Num}, c.Name)
		th.SetAttribute("scope", "col")
		within(head, th)
	}
	for _, texts := range list.Rows {
		tr := create("tr", "")
		for i, text := range texts {
			within(tr, cell("td", list.Columns[i], text))
		}
		within(body, tr)
	}
	all := create("table", "")
	if says := list.Caption(); says != "" {
		caption := create("caption", "")
		caption.SetTextContent(says)
		within(all, caption)
	}
	within(t.body, within(all, within(create("thead", ""), head), body))
}

// keysheet lists the keys.
type keysheet struct {
	*dom.BasicHTMLElement
}

// keys are the keys, and what they do. Whoever gives a key a meaning adds it here, or a touch to touches.
var keys = [][2]string{
	{"Tab", "to the next control; the picture is one stop"},
	{"← → ↑ ↓", "among views, layers, heads and models; in the picture from word to word, or from cell to cell"},
	{"Home, End", "to the first or last word, or cell of a row"},
	{"Ctrl + Home, End", "to the first or last row"},
	{"Page Up, Page Down", "ten words, or rows, at once"},
	{"Enter", "open what the cursor is at: how a weight came about, a head of the grid, what was expected in a place; on a word, as Space"},
	{"Space", "keep the word or the cell at the cursor open while the text changes; again, to let go"},
	{"Space, Enter", "on a head of links: show it with the others, or alone"},
	{"+, −, 0", "zoom a heatmap, and put it back"},
	{"Shift + ← → ↑ ↓", "turn the tower; + and − zoom it, 0 or a double click puts it back"},
	{"Esc", "close a list or this sheet, or let go of a word that was kept"},
	{"?", "this sheet, anywhere but in a textbox"},
}

// touches are what fingers do.
var touches = [][2]string{
	{"Tap", "on a word, a link or a cell: keep it open; again, to let go"},
	{"Long press", "read the value under the finger"},
	{"Two fingers", "zoom a heatmap or the tower; two taps put a heatmap back"},
}

func newKeysheet(e *element) *keysheet {
	k := &keysheet{create("dialog", "keys")}
	k.SetAttribute("aria-labelledby", "keys-title")
	title := create("h2", "")
	title.SetID("keys-title")
	title.SetTextContent("Keys")
	list, all := create("dl", ""), slices.Concat(keys, touches)
	if matches("(pointer: coarse)") {
		all = slices.Concat(touches, keys)
	}
	for _, key := range all {
		dt, dd := create("dt", ""), create("dd", "")
		for i, name := range strings.Split(key[0], ", ") {
			if i > 0 {
				comma := create("span", "")
				comma.SetTextContent(", ")
				within(dt, comma)
			}
			kbd := create("kbd", "")
			kbd.SetTextContent(name)
			within(dt, kbd)
		}
		dd.SetTextContent(key[1])
		within(list, dt, dd)
	}
	done := button("", "Close")
	e.listen(done.Underlying(), "click", func(bridge.Value) { k.Call("close") })
	e.listen(k.Value, "click", func(event bridge.Value) { // beside the sheet
		if event.Get("target").Equal(k.Value) {
			k.Call("close")
		}
	})
	within(k.BasicHTMLElement, within(create("div", ""), title, list, done))
	e.listen(bridge.Global(), "keydown", func(event bridge.Value) {
		if event.Get("key").String() != "?" || event.Get("ctrlKey").Bool() || event.Get("metaKey").Bool() || e.page.owner != e {
			return
		}
		at := event.Call("composedPath").Index(0)
		switch tag := at.Get("localName"); {
		case tag.String() == "textarea", tag.String() == "input" && at.Get("type").String() != "radio" && at.Get("type").String() != "checkbox" && at.Get("type").String() != "range":
			return
		case at.Get("isContentEditable").Truthy():
			return
		}
		event.Call("preventDefault")
		k.show()
	})
	return k
}

func (k *keysheet) show() {
	if !k.Get("open").Bool() {
		k.Call("showModal")
		k.Set("scrollTop", 0) // and not where its button is, which has the focus
	}
}

// headName names the head whose weights are painted, such as "cross layer 2 head 4"; "" where that is no
// one head's.
func (e *element) headName() string {
	d := &e.drawn
	if !mapped(d.view) {
		return ""
	}
	return string(d.kind) + " layer " + strconv.Itoa(d.layer) + " head " + d.head()
}
