package view

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
)

// What the predictions view draws at most.
const (
	maxCandidates = 24
	maxTextLines  = 10
)

// expected is what the predictions view draws from: a text, and for its tokens what the model had
// expected in their places.
type expected struct {
	plot
	fill, more bool // hidden words are guessed; the text may go on after its last token
	tokens     []record.Token
	words      []word
	tops       [][]record.Candidate // by token: what was expected there; nil where nobody knows
	first      int                  // the position of tokens[0], which may be -1
	places     []int                // the tokens that can be chosen, as places in tokens, in order
	hidden     func(int) bool
	at         int // the token that is chosen

	lens *lens // what each layer would have said, where it is drawn

	s *Scene
}

// predictions draws the candidates of one position, and the text with the probability of each token.
func predictions(r *record.Record, s plot) (*Scene, error) {
	if len(r.Tokens.Source) == 0 {
		return say(s, text.Of(text.EmptyText)), nil
	}
	e := &expected{plot: s}
	switch translated := len(r.Tokens.Target) > 0; {
	case translated:
		e.tokens = r.Tokens.Target[1:]
	case r.Task == record.Fill || r.Task != record.Generation && !has(r, record.Decoder) && has(r, record.Self):
		e.fill, e.tokens = true, r.Tokens.Source
	default:
		e.more, e.first = true, -1
		e.tokens = append(r.Tokens.Source[:len(r.Tokens.Source):len(r.Tokens.Source)], record.Token{Text: "…", Word: -1, Start: len(r.Text), End: len(r.Text)})
	}
	e.words = words(e.tokens)
	e.tops = make([][]record.Candidate, len(e.tokens))
	for i, p := range r.Predictions {
		at := p.Position - e.first
		if at < 0 || at >= len(e.tokens) {
			return nil, errors.New("a prediction is for position " + strconv.Itoa(p.Position) + ", which is beyond the text")
		}
		e.tops[at] = r.Candidates(i)
	}
	e.hidden = func(i int) bool { return s.HideSpecial && e.tokens[i].Special && !(e.fill && e.tops[i] != nil) }
	for i, top := range e.tops {
		if len(top) > 0 && !e.hidden(i) {
			e.places = append(e.places, i)
		}
		if t := e.tokens[i]; e.fill && top != nil && 0 <= t.Start && t.Start < t.End && t.End <= len(r.Text) { // as it was written
			e.words[i].text, e.words[i].special = Visible(r.Text[t.Start:t.End]), false
		}
	}
	switch {
	case len(e.places) == 0 && e.fill:
		return say(s, text.Of(text.NothingHidden)), nil
	case len(e.places) == 0:
		return say(s, text.Of(text.NoPredictions)), nil
	case s.asked:
		return something, nil
	}
	e.at = e.places[0]
	if e.more {
		e.at = e.places[len(e.places)-1]
	}
	chosen := Ref{Part: Query, Row: s.Chosen.Row}
	switch {
	case e.shows(s.Focus):
		e.at = s.Focus.Row - e.first
	case s.Chosen.Part != Nowhere && e.shows(chosen):
		e.at = chosen.Row - e.first
	}
	e.s = &Scene{Title: "Predictions: what the model expects", Width: math.Min(s.Width, 760)}
	e.s.name = e.spoken
	if s.Lens {
		if err := e.look(r.Lens); err != nil {
			return nil, err
		}
	}
	e.draw()
	return e.s, nil
}

func has(r *record.Record, k record.Kind) bool {
	return slices.ContainsFunc(r.Maps, func(m record.Map) bool { return m.Kind == k })
}

func (e *expected) draw() {
	s := e.s
	room := s.Width - 2*pad
	s.Readout = e.spoken(e.Focus)
	switch {
	case e.lens != nil:
		e.head(s, text.Of(text.LensLead)+e.asks(" Choose one."), text.Of(text.LensLeadShort), text.Of(text.LensLeadShortest))
	case e.fill && e.Still:
		e.head(s, text.Of(text.FillLeadStill), text.Of(text.FillLeadStillShort))
	case e.fill:
		e.head(s, text.Of(text.FillLead), text.Of(text.FillLeadShort))
	default:
		e.head(s, text.Of(text.ExpectLead)+e.asks(text.Of(text.ExpectChoose)), text.Of(text.ExpectLeadShort)+e.asks(" Choose one."), text.Of(text.ExpectLeadShortest))
	}
	y := 0.0
	if e.lens != nil {
		y = e.layers(48)
	} else {
		y = e.paragraph(48, room)
		s.start, s.lists = Ref{Part: Query, Row: e.at + e.first}, e.lists
	}

	y += 22
	heading := "The model expects here"
	switch w := e.words[e.at].isolate(); {
	case e.lens != nil:
		heading = "After " + e.lens.name(e.lens.at) + " it would say here"
	case e.fill:
		heading = "For “" + w + "” the model expects"
	case e.more && e.at == len(e.tokens)-1:
		heading = "As the next token the model expects"
		if e.Drawn != "" {
			heading = "The next token is drawn, at " + e.Drawn + ", from"
		}
	default:
		heading = "Where “" + w + "” stands, the model expected"
	}
	s.text(pad, y, elide(heading, leadFont, room, e.Measure), leadFont, Left, Muted)
	s.text(s.Width-pad, y, e.fit(leadFont, room-e.Measure(heading, leadFont)-20, "probability", "p"), leadFont, Right, Muted)
	s.rule(pad, s.Width-pad, y+8.5, Hairline)
	y = e.bars(y + 12)

	top := e.top()
	s.Caption = "The " + count(min(len(top), maxCandidates), "most probable token") + " of this place, on a scale from 0 to 1."
	if len(top) == 1 {
		s.Caption = "The most probable token of this place, on a scale from 0 to 1."
	}
	if _, _, ok := e.held(e.at); (ok || e.lens != nil) && !e.fill {
		s.Caption += text.Of(text.BoldNote)
	}
	if e.lens != nil {
		s.Caption = text.Of(text.LensNote) + s.Caption
		if e.Drawn != "" && e.more && e.at == len(e.tokens)-1 {
			s.Caption += " These are the model’s own probabilities, before the next token is drawn at " + e.Drawn + "."
		}
	} else if e.Lens {
		s.Caption += text.Of(text.NoLensHeld)
	}
	for _, c := range top[:min(len(top), maxCandidates)] {
		if sign, _ := e.name(c); sign != "" {
			s.Caption += text.Of(text.SpaceNote)
			break
		}
	}
	e.caption(s, y+24)
}

// paragraph sets the text from y on, under each token a bar as long as its probability, and returns
// where it ends. Of a long text it sets the lines around the token that is chosen.
func (e *expected) paragraph(y, width float64) float64 {
	const high = 34.0
	blank := math.Max(e.Measure("a a", wordFont)-e.Measure("aa", wordFont), 4) + 2
	var shown []int
	for i := range e.words {
		if !e.hidden(i) {
			shown = append(shown, i)
		}
	}
	lines := e.lines(e.words, shown, width, 8, 220, func(at int) float64 {
		if e.apart(shown[at]) {
			return blank
		}
		return 0
	})
	chosen := slices.IndexFunc(lines, func(line []item) bool {
		return slices.ContainsFunc(line, func(it item) bool { return it.i == e.at })
	})
	from, to := 0, len(lines)
	if to > maxTextLines {
		from = chosen / maxTextLines * maxTextLines
		to = min(from+maxTextLines, to)
	}
	note := func(n int, where string) {
		e.s.text(pad, y, "… "+count(n, "token")+" "+where, leadFont, Left, Muted)
		y += high - 4
	}
	if from > 0 {
		note(itemsOf(lines[:from]), "before")
	}
	var tracks [][2]mgl64.Vec2
	for _, line := range lines[from:to] {
		for _, it := range line {
			w := e.words[it.i]
			left := pad + it.x
			t := e.word(w, left, y, wordFont, Left, it.w+0.5)
			if w.rtl {
				t.X, t.Anchor = left+it.w, Right
			}
			known := e.tops[it.i] != nil
			switch {
			case it.i == e.at:
				t.Paint.Role = Focus
			case !known && !e.fill:
				t.Paint.Role = Muted
			}
			e.s.put(t)
			if !known {
				continue
			}
			e.s.hit(Hit{Ref: Ref{Part: Query, Row: it.i + e.first}, X: left - 2, Y: y - 18, W: it.w + 4, H: high - 2})
			a, b := left+0.5, left+it.w-0.5
			if it.i == e.at { // what is chosen stands on a stroke of its own
				e.s.fill(a, y+11, b-a, 2, Paint{Role: Focus})
			}
			tracks = append(tracks, [2]mgl64.Vec2{{a, y + 7.5}, {b, y + 7.5}})
			if p, _, ok := e.held(it.i); ok && !e.fill {
				e.s.fill(a, y+5, math.Max((b-a)*p, 0.5), 4, Paint{Role: Weight, Value: 0.7})
			}
		}
		y += high
	}
	e.s.strokes(tracks, 1, Paint{Role: Muted, Alpha: 0.6})
	if to < len(lines) {
		note(itemsOf(lines[to:]), "after")
	}
	return y - 6
}

// apart says whether a token is set apart from the one before it.
func (e *expected) apart(i int) bool {
	if i == 0 {
		return false
	}
	a, b := e.tokens[i-1], e.tokens[i]
	return a.Special || b.Special || b.Start > a.End || strings.HasPrefix(b.Text, " ") || strings.HasPrefix(b.Text, "▁") || strings.HasPrefix(b.Text, "Ġ") ||
		e.more && i == len(e.tokens)-1
}

// bars draws the candidates from y on, and returns where they end.
func (e *expected) bars(y float64) float64 {
	s := e.s
	const high, tall = 27.0, 11.0
	top := e.top()
	top = top[:min(len(top), maxCandidates)]
	rest := 1.0
	names := e.Measure("all others", leadFont)
	for _, c := range top {
		rest -= float64(c.P)
		sign, name := e.name(c)
		names = math.Max(names, e.Measure(sign+name, wordFont)+4)
	}
	names = math.Min(math.Max(math.Ceil(names/24)*24, 96), 0.36*s.Width)
	left := pad + names + 12
	room := s.Width - pad - left - 66
	bottom := y + float64(len(top)+1)*high + 4
	s.Marks = append(s.Marks, Lines{Segments: [][2]mgl64.Vec2{
		{{math.Floor(left) - 0.5, y + 2}, {math.Floor(left) - 0.5, bottom}}, {{math.Floor(left+room/2) + 0.5, y + 2}, {math.Floor(left+room/2) + 0.5, bottom}}, {{math.Floor(left+room) + 0.5, y + 2}, {math.Floor(left+room) + 0.5, bottom}},
	}, Width: 1, Paint: Paint{Role: Hairline}})
	number := Font{Size: 12.5, Face: Mono}
	for k, c := range top {
		ref := Ref{Part: Key, Row: e.at + e.first, Col: k}
		base := y + high/2 + 5
		paint, bar := Paint{Role: Ink}, Paint{Role: Weight, Value: 0.7}
		font := wordFont
		font.Bold = !e.fill && e.stands(e.at, c)
		if e.Focus == ref {
			paint, bar = Paint{Role: Focus}, Paint{Role: Focus}
		}
		sign, name := e.name(c)
		if _, special := specials[c.Text]; special {
			font.Italic = true
		}
		name = elide(name, font, names-e.Measure(sign, wordFont), e.Measure)
		s.put(Text{X: left - 12, Y: base, Text: name, Font: font, Anchor: Right, RTL: rightToLeft(name), Paint: paint})
		if sign != "" {
			s.text(left-12-e.Measure(name, font)-1, base, sign, wordFont, Right, Muted)
		}
		p := math.Max(0, math.Min(float64(c.P), 1))
		s.fill(left, y+(high-tall)/2, math.Max(room*p, 1), tall, bar)
		s.put(Text{X: s.Width - pad - 50, Y: base - 0.5, Text: Format(float64(c.P)), Font: number, Paint: paint})
		if e.lens == nil { // else the keys walk over its cells
			s.hit(Hit{Ref: ref, Y: y, W: s.Width, H: high})
		}
		y += high
	}
	rest = math.Max(rest, 0)
	base := y + high/2 + 5
	s.Marks = append(s.Marks,
		Text{X: left - 12, Y: base, Text: "all others", Font: leadFont, Anchor: Right, Paint: Paint{Role: Muted}},
		Rect{X: left, Y: y + (high-tall)/2, W: math.Max(room*rest, 1), H: tall, Stroke: Paint{Role: Muted}, StrokeWidth: 1},
		Text{X: s.Width - pad - 50, Y: base - 0.5, Text: Format(rest), Font: number, Paint: Paint{Role: Muted}})
	for i, t := range []string{"0", "0.5", "1"} {
		s.text(left+room*float64(i)/2, bottom+14, t, numberFont, Middle, Muted)
	}
	return bottom + 14
}

// specials are the names of the tokens that are no text.
var specials = map[string]string{
	"</s>": "end of the text", "<|endoftext|>": "end of the text", "<eos>": "end of the text", "[SEP]": "end of the text",
	"<s>": "start of the text", "<bos>": "start of the text", "[CLS]": "start of the text",
	"<pad>": "padding", "[PAD]": "padding", "<unk>": "unknown", "[UNK]": "unknown", "[MASK]": "hidden word", "<mask>": "hidden word",
}

// name is a candidate as it is shown: the sign for a space before it, and the rest.
func (e *expected) name(c record.Candidate) (sign, name string) {
	if name, ok := specials[c.Text]; ok {
		return "", name
	}
	name = Visible(c.Text)
	for _, space := range []string{" ", "▁", "Ġ"} {
		if strings.HasPrefix(c.Text, space) && !strings.HasPrefix(name, "␣") && name != space {
			return "␣", name
		}
	}
	return "", name
}

// held is how probable the model held the token that stands in the text, and its rank; ok is false
// where it is not among the candidates.
func (e *expected) held(i int) (p float64, rank int, ok bool) {
	if e.more && i == len(e.tokens)-1 {
		return 0, -1, false
	}
	for k, c := range e.tops[i] {
		if c.ID == e.tokens[i].ID && c.Text == e.tokens[i].Text {
			return float64(c.P), k, true
		}
	}
	return 0, -1, false
}

func (e *expected) shows(ref Ref) bool {
	i := ref.Row - e.first
	if i < 0 || i >= len(e.tokens) || e.tops[i] == nil || e.hidden(i) {
		return false
	}
	if e.lens != nil && ref.Part == Pair {
		return e.lens.row(ref.Col) >= 0
	}
	return ref.Part == Query || e.lens == nil && ref.Part == Key && ref.Col >= 0 && ref.Col < min(len(e.tops[i]), maxCandidates)
}

func (e *expected) spoken(ref Ref) string {
	if !e.shows(ref) {
		return ""
	}
	i := ref.Row - e.first
	top := e.tops[i]
	if ref.Part == Pair {
		return e.spokenCell(ref)
	}
	if ref.Part == Key {
		c := top[ref.Col]
		_, name := e.name(c)
		if _, special := specials[c.Text]; !special {
			name = "“" + word{text: name, rtl: rightToLeft(name)}.isolate() + "”"
		}
		t := name + " " + Format(float64(c.P)) + ", " + ordinal(ref.Col) + " of " + strconv.Itoa(len(top))
		if _, rank, ok := e.held(i); ok && rank == ref.Col && !e.fill {
			t += ", what stands there"
		}
		return t
	}
	best := ""
	if len(top) > 0 {
		_, name := e.name(top[0])
		best = "most probably “" + word{text: name, rtl: rightToLeft(name)}.isolate() + "” " + Format(float64(top[0].P))
	}
	name := "“" + e.words[i].isolate() + "”"
	switch {
	case e.fill:
		return "hidden word " + name + ": " + best
	case e.more && i == len(e.tokens)-1:
		return "what follows: " + best
	}
	if p, rank, ok := e.held(i); ok {
		return name + ": " + Format(p) + ", " + ordinal(rank) + " of " + strconv.Itoa(len(top))
	} else if n := len(top); n > 0 {
		return name + ": at most " + Format(float64(top[n-1].P)) + ", not among the first " + strconv.Itoa(n) + "; " + best
	}
	return name
}

// ordinal counts from 0, which is the first.
func ordinal(n int) string {
	names := [...]string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"}
	if n < len(names) {
		return names[n]
	}
	return "number " + strconv.Itoa(n+1)
}

// lists are the tokens, and under them their candidates, rank by rank.
func (e *expected) lists() [][]Ref {
	all := make([][]Ref, maxCandidates+1)
	for _, i := range e.places {
		ref := Ref{Part: Query, Row: i + e.first}
		for k := range all {
			if all[k] = append(all[k], ref); k < len(e.tops[i]) {
				ref = Ref{Key, i + e.first, k}
			}
		}
	}
	return all
}
