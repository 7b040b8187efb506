//go:build js && wasm

package page

import (
	"strconv"

	"honnef.co/go/js/dom/v2"

	"heed/core/catalog"
	"heed/core/explain"
	"heed/core/say"
	"heed/core/text"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// tools are what there is to do with a view besides looking: a row of words under it. Above them stand what
// to look for in an example, and the view's strongest links as a table.
type tools struct {
	el
	e       *element
	hint    el    // right under the picture: what is to be seen in it
	look    *line // what an example shows
	there   *line // goes to where that is to be seen
	does    *line // what the head does in this text
	doesOf  *state.Shown
	table   *table
	row     el
	said    *line                             // what came of the last tool
	link    *dom.HTMLInputElement             // the address, where it cannot be copied
	exports map[string]*dom.HTMLButtonElement // by kind
	keys    *keysheet
}

// newTools makes the tools of the playground, or, of another element, the table alone.
func newTools(e *element) *tools {
	t := &tools{el: create("div", "tools"), e: e, hint: create("p", "look"), table: newTable(e)}
	if !e.state.Full {
		hide(t.hint, true)
		within(t.el, t.table)
		return t
	}
	t.look, t.there, t.does = newLine("span", ""), &line{el: button("", "").BasicHTMLElement}, newLine("span", "does")
	e.listen(t.there, "click", func(bridge.Event) {
		if x := e.state.Example(); x != nil {
			e.apply(state.ChooseExample{Example: x})
		}
	})
	within(t.hint, t.look, t.there, t.does)

	t.row = group("row", "tools", text.ToolsName)
	t.said = newLine("span", "said", "aria-live", "polite")
	t.link = input("text", "link", "aria-label", text.Of(text.AddressName), "readonly", "")
	hide(t.link, true)
	t.add(text.CopyLink, t.copyLink)
	t.add(text.Present, func() { e.choose(state.Present, "1") })
	export := newDisclosure(e, text.Of(text.Export), "exports")
	t.exports = map[string]*dom.HTMLButtonElement{}
	for _, x := range exports {
		t.exports[x.kind] = export.action(text.Of(x.name), text.Of(x.title), func() { t.export(x.kind) })
	}
	within(t.row, export.button, export.panel)
	embed := newEmbed(t)
	within(t.row, embed.button, embed.panel)
	for d, other := range map[*disclosure]*disclosure{export: embed.disclosure, embed.disclosure: export} { // one at a time
		e.listen(d.button, "click", func(bridge.Event) { other.set(false) })
	}
	t.add(text.Import, t.choose)
	t.keys = newKeysheet(e)
	t.add(text.Keys, t.keys.open).SetAttribute("aria-haspopup", "dialog")
	within(t.row, t.said, t.link)
	within(t.el, t.table, t.row, t.keys)
	t.drops()
	return t
}

// add adds a word to the row.
func (t *tools) add(name text.Key, do func()) *dom.HTMLButtonElement {
	b := button("", text.Of(name))
	t.e.listen(b, "click", func(bridge.Event) {
		t.tell("")
		do()
	})
	within(t.row, b)
	return b
}

// tell says what came of a tool.
func (t *tools) tell(says string) {
	t.said.set(says)
	hide(t.link, true)
}

func (t *tools) show(s *state.State) {
	hide(t.table, !s.Tabled())
	if t.look == nil {
		return
	}
	x := s.Example()
	look, there := "", ""
	if x != nil {
		if look = x.Look + " "; !s.Opens(x) {
			there = text.Of(text.ShowIt)
		}
	}
	t.look.set(look)
	t.there.show(there)
	for _, kind := range []string{"csv", "json"} {
		hide(t.exports[kind], !s.Exports(kind))
	}
	if s.Record == nil || s.Blank() {
		t.does.set("")
		t.doesOf = nil
	}
	t.hinted()
}

// hinted hides the hint where there is none.
func (t *tools) hinted() { hide(t.hint, t.look.text == "" && t.does.text == "") }

// follow says what there is to say of what is painted now.
func (t *tools) follow() {
	t.table.follow()
	if t.look == nil || t.e.state.Blank() {
		return
	}
	if d := t.e.state.Shown; d != t.doesOf {
		t.doesOf = d
		t.does.set(pattern(d))
		t.hinted()
	}
}

// pattern says what the chosen head does in this text, as far as it was measured.
func pattern(d *state.Shown) string {
	const most = 64 * 64 // cells: a longer text would take too long at every keystroke
	head, one := d.Heads.One()
	if !d.Mapped() || d.Record == nil || !one {
		return ""
	}
	m := d.Record.Find(d.Kind, d.Layer, head)
	if m == nil || m.Rows*m.Cols > most {
		return ""
	}
	p := explain.Pattern(m, d.Record)
	if p.Shape == explain.Nothing || p.Shape == explain.Mixed {
		return ""
	}
	return text.Of(text.HeadDoes, p.Shape.Says(), strconv.FormatFloat(p.Share, 'f', 2, 64))
}

// examples are a list of texts to begin with, behind a word beside the textbox.
type examples struct {
	*disclosure
	of   *catalog.Entry // whose are listed
	view string
}

func newExamples(e *element) *examples {
	x := &examples{disclosure: newDisclosure(e, text.Of(text.Examples), "examples")}
	x.button.SetClass("corner")
	return x
}

// show lists the examples of the model. They close where another view is chosen: who looks elsewhere seeks no text.
func (x *examples) show(s *state.State) {
	hide(x.button, s.Entry == nil || len(s.Entry.Examples) == 0)
	if s.View != x.view {
		x.view = s.View
		x.set(false)
	}
	if s.Entry == nil || s.Entry == x.of {
		return
	}
	x.of = s.Entry
	x.clear()
	for i := range s.Entry.Examples {
		ex := &s.Entry.Examples[i]
		b := x.action(ex.Text, "", func() { x.e.apply(state.ChooseExample{Example: ex}) })
		b.SetLang(s.Entry.Source)
		look := words("p", "", ex.Look)
		look.SetID("look" + strconv.Itoa(i))
		b.SetAttribute("aria-describedby", "look"+strconv.Itoa(i))
		within(x.panel, look)
	}
}

// disclosure is a word that shows and hides a list of things to choose from.
type disclosure struct {
	e       *element
	button  *dom.HTMLButtonElement
	panel   el
	removes releases
}

func newDisclosure(e *element, name, id string) *disclosure {
	d := &disclosure{e: e, button: button("", name), panel: create("div", "panel "+id, "id", id, "role", "group", "aria-label", name)}
	d.button.SetAttribute("aria-controls", id)
	d.set(false)
	e.listen(d.button, "click", func(bridge.Event) { d.set(!d.isOpen()) })
	escape := func(event bridge.Event) {
		if event.Key() == "Escape" && d.isOpen() {
			event.Stop()
			d.set(false)
			d.button.Focus()
		}
	}
	e.listen(d.button, "keydown", escape)
	e.listen(d.panel, "keydown", escape)
	e.removes = append(e.removes, d.clear)
	return d
}

func (d *disclosure) isOpen() bool { return !d.panel.Get("hidden").Bool() }

func (d *disclosure) set(open bool) {
	hide(d.panel, !open)
	d.button.SetAttribute("aria-expanded", strconv.FormatBool(open))
}

func (d *disclosure) clear() {
	d.removes.run()
	empty(d.panel)
}

// action adds something to choose. A choice closes the list.
func (d *disclosure) action(name, title string, do func()) *dom.HTMLButtonElement {
	b := button("", name)
	if title != "" {
		b.SetTitle(title)
	}
	d.removes = append(d.removes, bridge.Listen(b.Underlying(), "click", func(bridge.Event) {
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
	if i := e.state.Imported; i != nil && i.Address == "" {
		t.tell(text.Of(text.FileHasNoAddress))
		return
	}
	e.apply(state.Acts{})
	e.writeAddress()
	address := bridge.Href()
	copied, by := text.LinkCopied, text.LinkByHand
	if e.state.OnlyHere() {
		copied = text.LinkCopiedHere
	}
	if _, left := state.Fitting(e.state.Pairs()); len(left) > 0 {
		copied, by = text.LinkCopiedShort, text.LinkByHandShort
	}
	bridge.Copy(address, func(done bool) {
		if done {
			t.tellOthers(copied)
			return
		}
		t.tellOthers(by)
		hide(t.link, false)
		t.link.SetValue(address)
		t.link.Focus()
		t.link.Select()
	})
}

// tellOthers says what came of a tool for others, and if it leads them to a model that they have not.
func (t *tools) tellOthers(key text.Key) {
	says := text.Of(key)
	if t.e.state.OnlyHere() {
		says = text.Of(text.OnlyHere) + " " + says
	}
	t.tell(says)
}

// table is the strongest links of a view, for those who read it rather than see it.
type table struct {
	el
	e       *element
	summary *line
	body    el
	of      *state.Shown
}

func newTable(e *element) *table {
	t := &table{el: create("details", "strongest", "part", "table"), e: e, summary: newLine("summary", ""), body: create("div", "scroll")}
	t.summary.set(text.Of(text.StrongestTitle))
	within(t.el, t.summary, t.body)
	e.listen(t, "toggle", func(bridge.Event) { t.follow() })
	hide(t, true)
	return t
}

// follow brings the table in line with what is painted, if it is open.
func (t *table) follow() {
	s := &t.e.state
	d := s.Shown
	name := text.StrongestTitle
	if d.View == view.Predictions {
		name = text.ProbableTitle
	} else if d.View != state.Beside && d.Described().Has(view.Asks) {
		name = text.LargestTitle
	}
	t.summary.set(text.Of(name))
	if !t.Get("open").Bool() || !s.Tabled() || t.of == d || t.e.figure.scene == nil || t.e.figure.scene.More { // a picture under way has no table yet
		return
	}
	t.of = d
	empty(t.body)
	list := view.Strongest(d.Record, s.Look(t.e.figure.canvas()), t.e.figure.env(), view.Listed)
	if list == nil {
		t.body.SetTextContent(text.Of(text.NothingToList))
		return
	}
	cell := func(tag string, c view.Column, content string) el {
		td := words(tag, "", content)
		if c.Num {
			td.SetClass("number")
		}
		switch {
		case s.Entry == nil:
		case c.Side == view.Source:
			td.SetLang(s.Entry.Source)
		case c.Side == view.Output:
			td.SetLang(s.Entry.Target)
		}
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
		for i, content := range texts {
			within(tr, cell("td", list.Columns[i], content))
		}
		within(body, tr)
	}
	all := create("table", "")
	if says := list.Caption(); says != "" {
		within(all, words("caption", "", says))
	}
	within(t.body, within(all, within(create("thead", ""), head), body))
}

// drops takes files that are dropped on the page.
func (t *tools) drops() {
	e := t.e
	document := bridge.Document()
	files := func(event bridge.Event) bool { return e.page.owner == e && event.HasFiles() }
	mark := func(yes bool) { toggle(e.frame, "dropping", yes) }
	on := func(event string, do func(bridge.Event)) {
		e.removes = append(e.removes, bridge.Listen(document, event, do))
	}
	on("dragover", func(event bridge.Event) {
		if files(event) {
			event.Prevent()
			mark(true)
		}
	})
	on("dragleave", func(event bridge.Event) {
		if event.Related().IsNull() {
			mark(false)
		}
	})
	on("drop", func(event bridge.Event) {
		if mark(false); files(event) {
			event.Prevent()
			wait := event.Taken()
			go func() {
				switch id, file, err := wait(); {
				case err != nil:
					t.e.apply(state.ImportFailed{Why: err.Error()})
					t.tell(err.Error())
				case id != "":
					t.e.apply(state.Bring{ID: id})
				default:
					t.importFile(file)
				}
			}()
		}
	})
}

// choose has the reader choose a file.
func (t *tools) choose() {
	picker := input("file", "", "accept", ".json,application/json")
	var remove func()
	remove = bridge.Listen(picker.Underlying(), "change", func(bridge.Event) {
		remove()
		t.importFile(picker.Get("files").Index(0))
	})
	picker.Call("click")
}

// importFile shows the Record of a file, or says what is wrong with it; then nothing else changes.
func (t *tools) importFile(file bridge.Value) {
	if !file.Truthy() {
		return
	}
	e, name := t.e, say.Cut(file.Get("name").String(), 60)
	if file.Get("size").Float() > mostOfRecord {
		t.refuse(name, text.Of(text.FileTooLarge))
		return
	}
	t.tell(text.Of(text.ReadingFile, name))
	go func() {
		buffer, err := bridge.Await(file.Call("arrayBuffer"))
		if err != nil {
			t.refuse(name, err.Error())
			return
		}
		r, why := parseRecord(bridge.BytesFromJS(buffer))
		if why != "" {
			t.refuse(name, why)
			return
		}
		e.apply(state.Import{Name: name, Record: r, Described: state.Describe(r, e.state.Known.Index, bridge.Pausing())})
		t.tell(text.Of(text.RecordShown))
	}()
}

func (t *tools) refuse(name, why string) {
	why = state.Sentence(text.Of(text.FileRefused, name, why))
	t.e.apply(state.ImportFailed{Why: why})
	t.tell(why)
}
