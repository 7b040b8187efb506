//go:build js && wasm

package page

import (
	"slices"
	"strings"
	"unicode/utf8"

	"honnef.co/go/js/dom/v2"

	"heed/core/model"
	"heed/wasm/bridge"
)

// sentences are the text and, as the answer to it, the translation: the model's, or one that the
// reader writes.
type sentences struct {
	*dom.BasicHTMLElement
	e *element

	source *field
	plain  *line // the text where it cannot be edited

	reply          *dom.BasicHTMLElement // the translation, of whomever
	language       *line
	output         *dom.BasicHTMLElement // role=status
	holds, remains *line                 // what the model has written; what it wrote last time, of which more may hold
	target         *field
	turn           *dom.HTMLButtonElement // to one's own translation, and back
	written        string                 // the model's last translation, whole

	height, held float64 // of the reply, as laid out and, while somebody types, at least
	letting      *timer  // lets the reply shrink
	quiet        *timer  // lets screen readers read
}

func newSentences(e *element) *sentences {
	s := &sentences{BasicHTMLElement: create("div", "sentences"), e: e}
	if e.editable {
		s.source = newField(e, "text", func(v string) {
			if e.writer != nil && (e.writer.writing || len(e.writer.before) > 0) {
				e.writer.typed()
			}
			e.choose("text", v)
		})
		e.holes = newHoles(e)
		within(s.BasicHTMLElement, s.source)
		if e.full {
			e.examples = newExamples(e)
			within(s.source.BasicHTMLElement, e.examples.button)
			within(s.BasicHTMLElement, e.examples.panel)
		}
		within(s.BasicHTMLElement, e.holes)
	} else {
		s.plain = newLine("p", "sentence")
		s.plain.SetDir("auto")
		s.plain.SetAttribute("part", "text")
		within(s.BasicHTMLElement, s.plain)
	}

	s.reply = create("div", "field")
	s.language = newLine("div", "label")
	s.language.SetID("language")
	s.output = create("p", "sentence")
	s.output.SetAttribute("role", "status")
	s.output.SetAttribute("part", "output")
	s.output.SetAttribute("aria-labelledby", "language")
	s.output.SetDir("auto")
	s.holds, s.remains = newLine("span", ""), newLine("span", "remains")
	s.remains.SetAttribute("aria-hidden", "true")
	within(s.output, s.holds, s.remains)
	within(s.reply, s.language, s.output)
	if e.editable {
		s.target = newField(e, "target", func(v string) { e.choose("target", v) })
		s.turn = button("turn", "")
		e.listen(s.turn.Underlying(), "click", func(bridge.Value) { s.turnAround() })
		within(s.reply, s.target, s.turn)
	}
	within(s.BasicHTMLElement, s.reply)
	s.letting, s.quiet = newTimer(s.let), newTimer(s.settled)
	resized, removeResized := bridge.Func(func(_ bridge.Value, args []bridge.Value) {
		if s.height = args[0].Index(0).Get("contentRect").Get("height").Float(); s.held > 0 && s.height > s.held {
			s.hold()
		}
	})
	observer := bridge.New("ResizeObserver", resized)
	observer.Call("observe", s.reply.Value)
	e.removes = append(e.removes, s.letting.release, s.quiet.release, func() {
		observer.Call("disconnect")
		removeResized()
	})
	return s
}

// typing is told of each keystroke.
func (s *sentences) typing() {
	s.hold()
	s.letting.after(1200)
}

// hold keeps the reply as high as it is, so that what is below does not go up and down with every
// word that wraps and unwraps. It may still grow.
func (s *sentences) hold() {
	if s.height > s.held {
		s.held = s.height
		s.reply.Style().SetProperty("min-height", px(s.held), "")
	}
}

// let lets the reply shrink, once the answer is there.
func (s *sentences) let() {
	if s.e.asked {
		s.letting.after(300)
		return
	}
	s.held = 0
	s.reply.Style().RemoveProperty("min-height")
}

// turnAround goes from the model's translation to the reader's own, or back.
func (s *sentences) turnAround() {
	if s.e.target == nil {
		s.e.choose("target", s.written)
		s.target.box.Focus()
		s.target.box.Call("select")
	} else {
		s.e.unchoose("target")
	}
}

// show shows a state's sentences and languages.
func (s *sentences) show(st *state) {
	source, target := "", ""
	if st.entry != nil {
		source, target = st.entry.Source, st.entry.Target
	}
	spoken := source
	if l := s.e.host.Call("getAttribute", "lang"); l.Truthy() {
		spoken = l.String() // what the author says of his sentence
	}
	prompt, reply, own := "Type "+languageOr(source, "a sentence"), languageOr(target, "Output"), "Write your own translation"
	switch st.task() {
	case model.Compression:
		prompt, reply, own, target = "Type a long sentence", "Shorter", "Shorten it yourself", source
	case model.Generation:
		prompt = "Begin a story"
	case model.Fill:
		prompt, reply, target = "Type a sentence, with ___ for a word to be found", "Filled in", source
	}
	if s.source != nil {
		if s.e.foreign != nil {
			prompt = "The text of the record"
		}
		s.source.show(prompt, spoken, st.text)
		s.source.box.SetReadOnly(s.e.foreign != nil)
	} else {
		s.plain.set(st.text)
		s.plain.SetLang(spoken)
	}
	nothing := st.task() == model.Fill && !slices.ContainsFunc(wordsOf(st.text), func(p part) bool { return p.hole })
	hide(s.reply, st.task() == model.Generation || st.view == compare && st.against != headPair || nothing)
	s.output.SetLang(target)
	s.language.set(reply)
	mine := st.target != nil
	hide(s.output, mine && s.target != nil)
	if s.target == nil {
		return
	}
	hide(s.target, !mine)
	hide(s.language, mine)
	hide(s.turn, st.task() == model.Fill || s.e.foreign != nil)
	if mine {
		s.target.show("Type "+languageOr(target, "the output"), target, *st.target)
		s.turn.SetTextContent("Leave it to the model")
	} else {
		s.turn.SetTextContent(own)
	}
}

// partial shows what the model has written so far, and after it, until it is known better, what
// stood there before.
func (s *sentences) partial(output string) {
	s.holds.set(output)
	s.remains.set(remainder(s.written, output))
}

// final shows what the model has written.
func (s *sentences) final(output string) {
	s.written = output
	s.holds.set(output)
	s.remains.set("")
}

// busy keeps screen readers from reading what is still being written. Between the letters that
// somebody types the answer is there too; it is to be read once, when he pauses.
func (s *sentences) busy(yes bool) {
	const pause = 700
	if yes {
		s.quiet.stop()
		s.output.SetAttribute("aria-busy", "true")
	} else if s.output.HasAttribute("aria-busy") {
		s.quiet.after(pause)
	}
}

func (s *sentences) settled() { s.output.RemoveAttribute("aria-busy") }

// remainder is the part of the old output that stands beyond the new one, from a word's begin.
func remainder(old, now string) string {
	if strings.HasPrefix(old, now) {
		return old[len(now):]
	}
	from := 0
	for n := utf8.RuneCountInString(now); n > 0 && from < len(old); n-- {
		_, size := utf8.DecodeRuneInString(old[from:])
		from += size
	}
	if space := strings.IndexByte(old[from:], ' '); space >= 0 {
		return old[from+space:]
	}
	return ""
}

// languageOr is the English name of a language, or a word for when it is not known.
func languageOr(code, otherwise string) (name string) {
	if code == "" {
		return otherwise
	}
	if name = languages[code]; name != "" {
		return name
	}
	var err error
	func() {
		defer bridge.Catch(&err) // of an old browser, or a code that is none
		name = bridge.Global().Get("Intl").Get("DisplayNames").New([]any{"en"}, map[string]any{"type": "language"}).Call("of", code).String()
	}()
	if err != nil {
		name = otherwise
	}
	languages[code] = name
	return name
}

var languages = map[string]string{}

// field is a labelled textbox that grows with its text.
type field struct {
	*dom.BasicHTMLElement
	box       *dom.HTMLTextAreaElement
	name      *line
	grow      *dom.BasicHTMLElement
	text      string // what the box holds
	composing bool
}

func newField(e *element, id string, changed func(string)) *field {
	f := &field{BasicHTMLElement: create("div", "field"), name: newLine("label", "label"), grow: create("div", "grow")}
	f.box = &dom.HTMLTextAreaElement{BasicHTMLElement: create("textarea", "sentence")}
	f.box.SetID(id)
	f.name.Set("htmlFor", id)
	f.box.SetName(id)
	f.box.SetRows(1)
	f.box.SetDir("auto")
	for _, a := range [][2]string{{"autocomplete", "off"}, {"autocapitalize", "off"}, {"spellcheck", "false"}, {"part", id}} {
		f.box.SetAttribute(a[0], a[1])
	}
	e.listen(f.box.Underlying(), "input", func(event bridge.Value) {
		f.text = f.box.Value()
		f.fit()
		e.typed = event.Get("timeStamp").Float()
		e.sentences.typing()
		changed(f.text)
	})
	within(f.grow, f.box)
	within(f.BasicHTMLElement, f.name, f.grow)
	return f
}

// show puts a text into the box unless it is there already: what is being typed is never touched.
func (f *field) show(name, language, text string) {
	f.name.set(name)
	f.box.SetLang(language)
	f.put(text)
}

func (f *field) put(text string) {
	if text != f.text {
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
