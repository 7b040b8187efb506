//go:build js && wasm

package page

import (
	"strings"

	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// book is the lab book: the output before the reader's changes and after, with what differs marked, and each change
// with a word that takes it back.
type book struct {
	el
	e       *element
	spoken  *line
	rows    [2]bookRow
	list    el
	listed  string
	fixed   bool
	removes releases
}

// bookRow is one of the two outputs.
type bookRow struct {
	el
	words  el
	number *line
	shown  string
}

func newBook(e *element) *book {
	b := &book{el: create("div", "book", "part", "book"), e: e, spoken: newLine("p", "unseen", "role", "status"),
		list: create("ul", "", "aria-label", text.Of(text.ChangedByHand))}
	within(b.el, words("h2", "label", text.Of(text.LabBook)), b.spoken)
	for i, name := range []text.Key{text.BookBefore, text.BookAfter} {
		r := bookRow{el: create("p", ""), words: create("span", "sentence", "dir", "auto"), number: newLine("span", "number")}
		b.rows[i] = r
		within(b.el, within(r.el, words("span", "label", text.Of(name)), r.words, r.number))
	}
	within(b.el, b.list)
	e.removes = append(e.removes, b.removes.run)
	return b
}

func (b *book) show(s *state.State) {
	now := s.Book()
	hide(b, now.Lines == "")
	b.spoken.set(now.Spoken)
	b.rows[0].show(now.Before, now.Was, now.Language)
	b.rows[1].show(now.After, now.Is, now.Language)
	if now.Lines != b.listed || now.Fixed != b.fixed {
		b.listed, b.fixed = now.Lines, now.Fixed
		b.showList(strings.Split(now.Lines, "\n"))
	}
}

func (r *bookRow) show(all []state.BookWord, number, language string) {
	hide(r, len(all) == 0)
	r.number.set(number)
	var key strings.Builder
	for _, w := range all {
		key.WriteString(w.Text)
		key.WriteString(map[bool]string{true: "\x01", false: "\x00"}[w.Differs])
	}
	if key.String() == r.shown {
		return
	}
	r.shown = key.String()
	empty(r.words)
	r.words.SetLang(language)
	for i, w := range all {
		if i > 0 {
			r.words.Call("append", " ")
		}
		if w.Differs {
			within(r.words, words("mark", "", w.Text))
		} else {
			r.words.Call("append", w.Text)
		}
	}
}

// showList lists what is changed.
func (b *book) showList(names []string) {
	b.removes.run()
	inside := contains(b.list, b.e.root.Get("activeElement"))
	empty(b.list)
	item := func(name, does string, at int) {
		li := create("li", "")
		if name != "" {
			within(li, words("span", "", name))
		}
		if !b.fixed {
			undo := button("", does)
			if name != "" {
				undo.SetAttribute("aria-label", does+": "+name)
			}
			b.removes = append(b.removes, bridge.Listen(undo.Underlying(), "click", func(bridge.Event) { b.e.apply(state.PutBack{At: at}) }))
			within(li, undo)
		}
		within(b.list, li)
	}
	const most = 100 // of thousands, which an address can hold, the page would stand still
	for i, name := range names {
		if i == most {
			within(b.list, words("li", "", text.Of(text.AndMore, len(names)-most)))
			break
		}
		if name != "" {
			item(name, text.Of(text.UndoChange), i)
		}
	}
	if len(names) > 1 && !b.fixed {
		item("", text.Of(text.UndoAll), -1)
	}
	if inside { // the word that was pressed is gone
		if next := b.e.edits.Call("querySelector", "li button, button:not([hidden]), select, textarea"); next.Truthy() {
			next.Call("focus")
		}
	}
}
