//go:build js && wasm

package page

import (
	"slices"
	"strings"

	"honnef.co/go/js/dom/v2"

	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/view"
	"heed/wasm/bridge"
)

// writer has a model write the text on: how it draws, and the way back.
type writer struct {
	*dom.BasicHTMLElement
	e          *element
	write      *dom.HTMLButtonElement // or stop
	undo       *dom.HTMLButtonElement
	sliders    []*slider
	writing    bool
	base, more string   // what the text was, and what was written after it
	before     []string // the texts to go back to
	seed       uint64
}

// slider is a number of the state.
type slider struct {
	*slide
	read func(run.Sampling) float64
	say  func(float64) string
}

// most tokens that are written at once.
const atOnce = 120

func newWriter(e *element) *writer {
	w := &writer{BasicHTMLElement: create("div", "controls writer"), e: e}
	w.SetAttribute("role", "group")
	w.SetAttribute("aria-label", "Writing")
	w.write, w.undo = button("", "Write on"), button("", "Undo")
	e.listen(w.write.Underlying(), "click", func(bridge.Value) {
		if w.writing {
			w.stop()
		} else {
			w.begin()
		}
	})
	e.listen(w.undo.Underlying(), "click", func(bridge.Value) { w.back() })
	within(w.BasicHTMLElement, w.write, w.undo)
	w.slide("temperature", "Temperature", 0, 2, 0.1, func(s run.Sampling) float64 { return s.Temperature }, number)
	w.slide("top-k", "Top-k", 0, 100, 1, func(s run.Sampling) float64 { return float64(s.TopK) }, func(v float64) string {
		if v == 0 {
			return "all"
		}
		return number(v)
	})
	w.slide("top-p", "Top-p", 0, 1, 0.05, func(s run.Sampling) float64 { return s.TopP }, func(v float64) string {
		if v == 0 || v == 1 {
			return "all"
		}
		return view.Percent(v)
	})
	return w
}

func (w *writer) slide(name, title string, low, high, step float64, read func(run.Sampling) float64, say func(float64) string) {
	s := &slider{newSlide(w.e, name, title, low, high, step, func(v float64) { w.e.choose(name, number(v)) }), read, say}
	within(w.BasicHTMLElement, s.box)
	w.sliders = append(w.sliders, s)
}

// show shows a state.
func (w *writer) show(st *state) {
	hide(w, st.task() != model.Generation)
	for _, s := range w.sliders {
		v := s.read(st.sampling)
		s.show(v, s.say(v))
	}
	name := "Write on"
	if w.writing {
		name = "Stop"
	}
	if w.write.TextContent() != name {
		w.write.SetTextContent(name)
	}
	w.undo.SetDisabled(len(w.before) == 0)
}

func (w *writer) begin() {
	e := w.e
	w.before = append(w.before, e.text)
	w.writing, w.base, w.more = true, e.text, ""
	w.seed = uint64(bridge.Global().Get("Math").Call("random").Float() * (1 << 31))
	w.show(&e.state)
	e.ask()
}

// stop keeps what was written so far.
func (w *writer) stop() {
	w.writing = false
	if w.more == "" && len(w.before) > 0 {
		w.before = w.before[:len(w.before)-1]
	}
	w.e.settings["text"] = w.base + w.more
	w.e.settle()
	w.e.ask() // which ends the writing
	w.e.save()
}

// end takes over what was written when the model or its room came to an end.
func (w *writer) end(r *record.Record) {
	w.writing = false
	w.e.settings["text"], w.e.state.text = r.Text, r.Text
	if r.Output == "" && len(w.before) > 0 {
		w.before = w.before[:len(w.before)-1]
	}
	w.e.sentences.show(&w.e.state)
	w.show(&w.e.state)
	w.e.save()
}

// back undoes the last writing.
func (w *writer) back() {
	if w.writing {
		w.stop()
	}
	n := len(w.before)
	if n == 0 {
		return
	}
	text := w.before[n-1]
	w.before = w.before[:n-1]
	w.e.choose("text", text)
	w.show(&w.e.state)
}

// typed ends the writing when the reader goes on himself: what he types is not ours to take back.
func (w *writer) typed() {
	w.writing, w.before = false, nil
	w.show(&w.e.state)
}

// partial shows what is written so far.
func (w *writer) partial(output string) {
	w.more = output
	if s := w.e.sentences; s.source != nil {
		s.source.put(w.base + output)
		s.source.box.Set("scrollTop", 1<<20) // to where it is written
	}
}

// drawnNext shows how likely tokens follow, as the state has them drawn.
func (e *element) drawnNext(predictions []record.Prediction) {
	r := *e.record
	r.Predictions = slices.Clone(r.Predictions)
	for _, p := range predictions {
		if p.Position >= 0 && p.Position < len(r.Predictions) {
			r.Predictions[p.Position] = p
		}
	}
	if e.view != view.Predictions { // no other view shows them
		e.record.Predictions = r.Predictions
		return
	}
	e.record = &r
	e.need()
}

// accept takes a candidate for a position into the text: after the token that it follows, or in place of
// the hidden word.
func (e *element) accept(position, candidate int) {
	r := e.record
	at := slices.IndexFunc(r.Predictions, func(p record.Prediction) bool { return p.Position == position })
	if !e.editable || r.Text != e.text || at < 0 || candidate >= len(r.Predictions[at].Top) || position >= len(r.Tokens.Source) {
		return
	}
	word, token := r.Predictions[at].Top[candidate].Text, r.Tokens.Source[position]
	if strings.HasPrefix(word, "<|") || strings.HasPrefix(word, "[") {
		return // it is no text
	}
	switch e.task() {
	case model.Generation:
		delete(e.settings, "token")
		if e.writer != nil {
			e.writer.before = append(e.writer.before, e.text)
		}
		e.choose("text", e.text[:token.End]+word)
	case model.Fill:
		e.choose("text", e.text[:token.Start]+strings.TrimSpace(word)+e.text[token.End:])
	}
}
