//go:build js && wasm

package page

import (
	"strconv"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/text"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// sentences are the text and, as the answer to it, the translation: the model's, or one that the
// reader writes.
type sentences struct {
	el
	e *element

	source   *field
	plain    *line // the text where it cannot be edited
	holes    *holes
	examples *examples // of the playground

	reply          el // the output, of whomever
	language       *line
	output         el    // role=status
	holds, remains *line // what the model has written; what it wrote last time, of which more may hold
	target         *field
	turn           *line // to one's own output, and back

	height, held float64       // of the reply, as laid out and, while somebody types, at least
	letting      *bridge.Timer // lets the reply shrink
	quiet        *bridge.Timer // lets screen readers read
}

func newSentences(e *element) *sentences {
	s := &sentences{el: create("div", "sentences"), e: e}
	if e.state.Editable {
		s.source = newField(e, "text", func(v string) { e.apply(state.Type{Text: v, At: bridge.Now()}) })
		e.listen(s.source.box, "keydown", func(event bridge.Event) { // the browser knows nothing of texts that were put there
			if (event.Ctrl() || event.Meta()) && !event.Shift() && event.Key() == "z" && e.state.Earlier != nil {
				event.Prevent()
				e.apply(state.Undo{})
			}
		})
		s.holes = newHoles(e)
		within(s.el, s.source)
		if e.state.Full {
			s.examples = newExamples(e)
			within(s.source.el, s.examples.button)
			within(s.el, s.examples.panel)
		}
		within(s.el, s.holes)
	} else {
		s.plain = newLine("p", "sentence", "dir", "auto", "part", "text")
		within(s.el, s.plain)
	}

	s.reply = create("div", "field")
	s.language = newLine("div", "label", "id", "language")
	s.output = create("p", "sentence", "role", "status", "part", "output", "aria-labelledby", "language", "dir", "auto")
	s.holds, s.remains = newLine("span", ""), newLine("span", "remains", "aria-hidden", "true")
	within(s.output, s.holds, s.remains)
	within(s.reply, s.language, s.output)
	if e.state.Editable {
		s.target = newField(e, "target", func(v string) { e.choose(state.Target, v) })
		s.turn = &line{el: button("turn", "").BasicHTMLElement}
		e.listen(s.turn, "click", func(bridge.Event) {
			if e.apply(state.TurnAround{}); e.state.Own {
				s.target.box.Focus()
				s.target.box.Select()
			}
		})
		within(s.reply, s.target, s.turn)
	}
	within(s.el, s.reply)
	s.letting = bridge.NewTimer(s.let)
	s.quiet = bridge.NewTimer(func() { s.output.RemoveAttribute("aria-busy") })
	e.removes = append(e.removes, s.letting.Release, s.quiet.Release, bridge.OnResize(s.reply.Value, func(_, height float64) {
		if s.height = height; s.held > 0 && height > s.held {
			s.hold()
		}
	}))
	return s
}

// typing is told of each keystroke.
func (s *sentences) typing() {
	s.hold()
	s.letting.After(1200)
}

// hold keeps the reply as high as it is, so that what is below does not go up and down with every
// word that wraps and unwraps. It may still grow.
func (s *sentences) hold() {
	if s.height > s.held {
		s.held = s.height
		style(s.reply, "min-height", px(s.held))
	}
}

// let lets the reply shrink, once the answer is there.
func (s *sentences) let() {
	if s.e.state.Asked {
		s.letting.After(300)
		return
	}
	s.held = 0
	s.reply.Style().RemoveProperty("min-height")
}

func (s *sentences) show(now *state.State) {
	say := now.Sentences(language)
	if s.source != nil {
		s.source.show(say.Prompt, say.Spoken, say.Text)
		s.source.box.SetReadOnly(say.ReadOnly)
		if now.Writing {
			s.source.box.Set("scrollTop", 1<<20) // to where it is written
		}
		s.holes.show(now, say.Holes)
		if s.examples != nil {
			s.examples.show(now)
		}
	} else {
		s.plain.set(say.Text)
		attribute(s.plain, "lang", say.Spoken)
	}
	hide(s.reply, say.NoReply)
	attribute(s.output, "lang", say.Language)
	s.language.set(say.Reply)
	s.holds.set(now.Holds)
	s.remains.set(now.Remains())
	toggle(s.holds, "stale", now.Stale())
	s.busy(now.Asked)
	hide(s.output, say.Own && s.target != nil)
	if s.target == nil {
		return
	}
	hide(s.target, !say.Own)
	hide(s.language, say.Own)
	s.turn.show(say.Turn)
	if say.Own {
		s.target.show(say.Write, say.Language, say.Target)
	}
}

// busy keeps screen readers from reading what is still being written. Between the letters that
// somebody types the answer is there too; it is to be read once, when he pauses.
func (s *sentences) busy(yes bool) {
	const pause = 700
	if yes {
		s.quiet.Stop()
		attribute(s.output, "aria-busy", "true")
	} else if !s.quiet.Set() && s.output.HasAttribute("aria-busy") {
		s.quiet.After(pause)
	}
}

// language is the English name of a language, or a word for when it is not known.
func language(code, otherwise string) string {
	if code == "" {
		return otherwise
	}
	name, known := languages[code]
	if !known {
		name = bridge.LanguageName(code)
		languages[code] = name
	}
	if name == "" {
		return otherwise
	}
	return name
}

var languages = map[string]string{}

// field is a labelled textbox that grows with its text.
type field struct {
	el
	box       *dom.HTMLTextAreaElement
	name      *line
	grow      el
	text      string // what the box holds
	composing bool   // characters are being put together in it, which are no text yet
}

// newField makes a field that says when its text changes. Of a composition, as of a dead key or an input method, it
// says what comes of it in the end; but what keyboards on glass compose are words of letters, each key of which
// counts.
func newField(e *element, id string, changed func(string)) *field {
	const most = state.Longest // of what is pasted, of which a model reads the first
	f := &field{el: create("div", "field"), name: newLine("label", "label", "for", id), grow: create("div", "grow"),
		box: textarea("sentence", "id", id, "name", id, "rows", "1", "dir", "auto", "maxlength", strconv.Itoa(most),
			"autocomplete", "off", "autocapitalize", "off", "autocorrect", "off", "spellcheck", "false", "part", id)}
	hear := func(event bridge.Event) {
		f.text = f.box.Value()
		if f.fit(); f.composing {
			return
		}
		e.typed = event.Time()
		e.sentences.typing()
		changed(f.text)
	}
	e.listen(f.box, "compositionstart", func(bridge.Event) { f.composing = true })
	e.listen(f.box, "compositionupdate", func(event bridge.Event) {
		f.composing = !(bridge.Matches("(pointer: coarse)") && state.Letters(event.Data()))
	})
	e.listen(f.box, "compositionend", func(event bridge.Event) {
		f.composing = false
		hear(event)
	})
	e.listen(f.box, "input", hear)
	within(f.grow, f.box)
	within(f.el, f.name, f.grow)
	return f
}

// show puts a text into the box unless it is there already: what is being typed is never touched.
func (f *field) show(name, language, text string) {
	f.name.set(name)
	attribute(f.box, "lang", language)
	if text != f.text && !f.composing {
		f.text = text
		f.box.SetValue(text)
		f.fit()
	}
}

// fit lets the box grow: the style sheet lays a copy of the text behind it, so that no script has to
// measure. Of a long text, which scrolls, the begin is enough.
func (f *field) fit() {
	copied := f.text
	if len(copied) > 2000 {
		copied = strings.ToValidUTF8(copied[:2000], "")
	}
	f.grow.SetAttribute("data-text", copied)
}

// holes are the words of a text as buttons that hide them from the model, and show them again.
type holes struct {
	el
	e       *element
	text    string // whose words are there
	removes releases
}

func newHoles(e *element) *holes {
	h := &holes{el: group("holes", "holes", text.WordsToHide), e: e}
	e.removes = append(e.removes, h.clear)
	return h
}

func (h *holes) clear() {
	h.removes.run()
	empty(h)
}

// show lays out the words of the text.
func (h *holes) show(s *state.State, on bool) {
	if hide(h, !on); !on || s.Text == h.text {
		return
	}
	h.text = s.Text
	var focused string
	if a := h.e.root.Get("activeElement"); contains(h, a) {
		focused = a.Call("getAttribute", "data-index").String()
	}
	h.clear()
	within(h.el, words("span", "title", text.Of(text.ClickToHide)))
	const most = 200 // those after it can be hidden by writing ___
	parts := state.WordsOf(s.Text, most)
	parts = parts[:min(len(parts), most)]
	for i, p := range parts {
		b := button("", s.Text[p.Start:p.End])
		b.SetAttribute("data-index", strconv.Itoa(i))
		if p.Hole {
			b.SetTextContent("\u2009____\u2009")
			b.SetAttribute("aria-label", text.Of(text.HiddenWord))
			b.SetTitle(text.Of(text.PutWordBack))
		}
		b.SetAttribute("aria-pressed", strconv.FormatBool(p.Hole))
		h.removes = append(h.removes, bridge.Listen(b.Underlying(), "click", func(bridge.Event) { h.e.apply(state.HideWord{At: i}) }))
		within(h.el, b)
		if strconv.Itoa(i) == focused {
			b.Focus()
		}
	}
}
