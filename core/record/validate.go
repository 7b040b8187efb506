package record

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"

	"heed/core/attention"
	"heed/core/say"
)

// Limits of what a Record names, far above what a view can draw: a view that draws every layer × head allocates by
// them.
const (
	maxLayers = 1024
	MaxHeads  = 1024    // of a layer: they are numbered from 0 to MaxHeads-1
	maxWidth  = 1 << 16 // of a context vector
	maxCells  = 1 << 16 // of what explains a run, in a sheet
	maxGrid   = 96 * 64 // layers × heads of one kind, of which a view may draw each; more only with as many maps
)

// Validate checks all that every view relies on: the format, tokens that lie in their text, maps and
// context vectors as large as the tokens that label them, what the tasks promise, and finite numbers
// (scores only where the mask lets look). An error says in a sentence what is wrong.
func (r *Record) Validate() error { return r.validate(func() {}) }

func (r *Record) validate(pause func()) error {
	if r.Format != Format {
		return say.Error("record: the format is ", say.Quote(r.Format), "; this program reads ", strconv.Quote(Format))
	}
	if err := checkTokens("source", r.Tokens.Source, r.Text); err != nil {
		return err
	}
	if err := checkTokens("target", r.Tokens.Target, r.Output); err != nil {
		return err
	}
	if err := r.checkTask(); err != nil {
		return err
	}
	seen := make(map[Place]bool, len(r.Maps))
	layers, heads := map[Kind]int{}, map[Kind]int{}
	for i := range r.Maps {
		m := &r.Maps[i]
		pause()
		if err := r.checkHead(m); err != nil {
			return err
		}
		layers[m.Kind], heads[m.Kind] = max(layers[m.Kind], m.Layer+1), max(heads[m.Kind], m.Head+1)
		if l, h := layers[m.Kind], heads[m.Kind]; l*h > max(maxGrid, 16*len(r.Maps)) {
			return say.Error("record: the ", string(m.Kind), " maps name ", l, " layers of ", h, " heads, but the file has ", len(r.Maps), " maps: number them from 0, without gaps")
		}
		if seen[m.place()] {
			return say.Error("record: ", "duplicate ", m.name())
		}
		seen[m.place()] = true
	}
	if err := r.CheckContext(); err != nil {
		return err
	}
	if len(r.Vector) > maxWidth || slices.ContainsFunc(r.Vector, func(v float32) bool { return !finite(v) }) {
		return say.Error("record: the vector has ", len(r.Vector), " numbers, of which each must be finite; at most ", maxWidth, " are read")
	}
	if err := r.CheckDetail(); err != nil {
		return err
	}
	if !(r.Before.P >= 0 && r.Before.P <= 1.001) {
		return say.Error("record: before holds a probability that is not between 0 and 1")
	}
	if err := r.checkAnalyses(); err != nil {
		return err
	}
	if err := r.checkPredictions(r.Predictions, ""); err != nil {
		return err
	}
	lens, held := make(map[int]bool, len(r.Lens)), 0
	for _, l := range r.Lens {
		held += len(l.Predictions)
		switch {
		case l.Layer < 0 || l.Layer >= maxLayers:
			return say.Error("record: the lens is of layer ", l.Layer, "; layers are 0 to ", maxLayers-1)
		case lens[l.Layer]:
			return say.Error("record: duplicate lens of layer ", l.Layer)
		}
		lens[l.Layer] = true
		if err := r.checkPredictions(l.Predictions, say.Text("in the lens of layer ", l.Layer, ", ")); err != nil {
			return err
		}
	}
	return atMost("lens", len(r.Lens)*max(len(r.Tokens.Source), len(r.Tokens.Target)), max(1<<18, 16*held))
}

// atMost bounds what a view makes room for.
func atMost(what string, n, most int) error {
	if n > most {
		return say.Error("record: ", what, " has room for ", n, " numbers; at most ", most, " are read")
	}
	return nil
}

// checkTask checks what a model without an encoder, or without a decoder, can have seen.
func (r *Record) checkTask() error {
	only := Decoder
	switch r.Task {
	case Generation:
		if len(r.Output) > len(r.Text) || r.Text[len(r.Text)-len(r.Output):] != r.Output {
			return say.Error("record: the text does not end with the output, ", say.Quote(r.Output), ", that was written on")
		}
	case Fill, Similarity:
		only = Self
	default:
		return nil
	}
	if n := len(r.Tokens.Target); n > 0 {
		return say.Error("record: there are ", n, " target tokens, but the task ", r.Task, " has all its tokens in source")
	}
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind != only && m.Kind != Rollout {
			return say.Error("record: ", m.name(), " is of a kind that the task ", r.Task, " does not have: its maps are of the kind ", string(only))
		}
	}
	return nil
}

// CheckContext checks that the Context is as large as the tokens that label it, and its numbers finite.
func (r *Record) CheckContext() error {
	c := r.Context
	if c == nil {
		return nil
	}
	steps, given := max(len(r.Tokens.Target)-1, 0), 1
	for i := range r.Maps {
		if r.Maps[i].Kind == RNN {
			given = steps
		}
	}
	switch {
	case c.Cols < 1 || c.Cols > maxWidth:
		return say.Error("record: the context has ", c.Cols, " columns; expected 1 to ", maxWidth)
	case max(len(c.Values), len(c.States)) > maxMap:
		return atMost("the context", max(len(c.Values), len(c.States)), maxMap)
	case c.Rows != given && (given != 1 || c.Rows != steps):
		return say.Error("record: the context has ", c.Rows, " rows; expected ", contextRows(given, steps))
	case len(c.Values) != c.Rows*c.Cols:
		return say.Error("record: the context is ", c.Rows, " × ", c.Cols, " and has ", len(c.Values), " values")
	case len(c.States) != 0 && len(c.States) != len(r.Tokens.Source)*c.Cols:
		return say.Error("record: the context has ", len(c.States), " numbers of states; expected ", c.Cols, " for each of ", len(r.Tokens.Source), " source tokens")
	}
	for i, v := range c.Values {
		if !finite(v) {
			return say.Error("record: the context has the value ", v, " in row ", i/c.Cols, ", column ", i%c.Cols)
		}
	}
	for i, v := range c.States {
		if !finite(v) {
			return say.Error("record: the state of source token ", i/c.Cols, " has the value ", v, " in column ", i%c.Cols)
		}
	}
	return nil
}

// contextRows says how many rows a context may have.
func contextRows(given, steps int) string {
	if given > 1 {
		return say.Text(given, ", as the rnn map has")
	}
	return say.Text("1 (the same at every step), or one for each of the ", steps, " output tokens")
}

func checkTokens(side string, tokens []Token, text string) error {
	switch {
	case !utf8.ValidString(text):
		return say.Error("record: the text of the ", side, " tokens is not UTF-8")
	case len(text) > maxString:
		return say.Error("record: the text of the ", side, " tokens has ", len(text), " bytes; at most ", maxString, " are read")
	case len(tokens) > maxTokens:
		return say.Error("record: there are ", len(tokens), " ", side, " tokens; at most ", maxTokens, " are read")
	}
	for i, t := range tokens {
		if t.Start < 0 || t.End < t.Start || t.End > len(text) {
			return say.Error("record: ", side, " token ", i, " spans bytes ", t.Start, " to ", t.End, " of a text of ", len(text))
		}
		if !between(text, t.Start) || !between(text, t.End) {
			return say.Error("record: ", side, " token ", i, " spans bytes ", t.Start, " to ", t.End, ", which cut a character")
		}
		if len(t.Text) > maxWord {
			return say.Error("record: ", side, " token ", i, " has ", len(t.Text), " bytes; at most ", maxWord, " are read")
		}
		if t.Word < -1 {
			return say.Error("record: ", side, " token ", i, " has the word number ", t.Word, "; expected -1 (none) or more")
		}
	}
	return nil
}

// between tells whether a byte offset lies between two characters, or at an end.
func between(text string, i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }

// name is how an error calls a map.
func (m *Map) name() string {
	return say.Text("the ", say.Cut(string(m.Kind), 20), " map of layer ", m.Layer, ", head ", m.Head)
}

// Whole reports whether a map holds as many numbers as it has cells. In the page some maps of a run hold none until
// they are asked for.
func (m *Map) Whole() bool {
	n := m.Rows * m.Cols
	return m.Rows >= 0 && m.Cols >= 0 && len(m.Weights) == n && (m.Scores == nil || len(m.Scores) == n) && (m.Mask == nil || len(m.Mask) == n)
}

// CheckMap checks what it takes to draw a map: that its kind is known, that it has a row for each query and a column
// for each key, and that it is whole. Head -1, of a mean, is none that it refuses. The numbers are Validate's.
func (r *Record) CheckMap(m *Map) error {
	switch m.Kind {
	case Self, Decoder, Rollout:
	case Cross, RNN:
		if len(r.Tokens.Target) == 0 {
			return say.Error("record: ", m.name(), " has no target tokens to label its rows")
		}
	default:
		return say.Error("record: a map is of the unknown kind ", say.Quote(string(m.Kind)), "; expected self, decoder, cross, rnn or rollout")
	}
	if m.Layer < 0 || m.Layer >= maxLayers || m.Head < -1 || m.Head >= MaxHeads {
		return m.outOfRange()
	}
	rows, cols := len(r.Queries(m.Kind)), len(r.Keys(m.Kind))
	if m.Rows != rows || m.Cols != cols {
		return say.Error("record: ", m.name(), " is ", m.Rows, " × ", m.Cols, ", but its tokens are ", rows, " × ", cols)
	}
	if !m.Whole() {
		return say.Error("record: ", m.name(), " needs ", rows*cols, " numbers and has ", len(m.Weights), " weights, ", len(m.Scores), " scores and ", len(m.Mask), " mask cells")
	}
	return nil
}

func (m *Map) outOfRange() error {
	return say.Error("record: ", m.name(), " is out of range: layers are 0 to ", maxLayers-1, ", heads 0 to ", MaxHeads-1)
}

// checkHead checks a map of one head, and its numbers.
func (r *Record) checkHead(m *Map) error {
	if err := r.CheckMap(m); err != nil {
		return err
	}
	if m.Head < 0 {
		return m.outOfRange()
	}
	cols := m.Cols
	for i, v := range m.Mask {
		if v != 0 && v != 1 {
			return say.Error("record: ", m.name(), " has ", int(v), " in its mask, row ", i/cols, ", column ", i%cols, "; expected 0 or 1")
		}
	}
	for i, v := range m.Weights {
		if !(v >= 0 && v <= 1.001) { // sums of rounded numbers
			return say.Error("record: ", m.name(), " has the weight ", v, " in row ", i/cols, ", column ", i%cols, "; weights are from 0 to 1")
		}
	}
	for i, v := range m.Scores {
		if !finite(v) && (m.Mask == nil || m.Mask[i] == 1) {
			return say.Error("record: ", m.name(), " has the score ", v, " in row ", i/cols, ", column ", i%cols, ", which is not masked")
		}
	}
	return nil
}

// checkPredictions checks predictions, which stand somewhere.
func (r *Record) checkPredictions(all []Prediction, where string) error {
	steps := len(r.Tokens.Target) - 1 // of which each predicts the next
	if steps < 0 {
		steps = len(r.Tokens.Source)
	}
	seen := make(map[int]bool, len(all))
	for _, p := range all {
		if p.Position < 0 || p.Position >= steps {
			return say.Error("record: ", where, "a prediction is for position ", p.Position, " of ", steps)
		}
		if seen[p.Position] {
			return say.Error("record: ", where, "position ", p.Position, " is predicted twice")
		}
		seen[p.Position] = true
		for _, c := range p.Top {
			if len(c.Text) > maxWord {
				return say.Error("record: ", where, "position ", p.Position, " predicts a token of ", len(c.Text), " bytes; at most ", maxWord, " are read")
			}
			if !finite(c.P) || c.P < 0 || c.P > 1+1e-3 { // softmax in float32 may round past 1
				return say.Error("record: ", where, "position ", p.Position, " predicts token ", c.ID, " with the probability ", c.P)
			}
		}
	}
	return nil
}

// CheckDetail checks that the Detail is as large as the tokens that label it, and its numbers finite.
func (r *Record) CheckDetail() error {
	d := r.Detail
	if d == nil {
		return nil
	}
	wrong := func(what string) error { return errors.New("record: the detail " + what) }
	n := strconv.Itoa
	switch d.Kind {
	case Self, Decoder:
	case Cross, RNN:
		if len(r.Tokens.Target) == 0 {
			return wrong("is of an output, and there are no target tokens")
		}
	default:
		return wrong("is of an unknown kind; expected self, decoder, cross or rnn")
	}
	rows, cols, width, wide := len(r.Queries(d.Kind)), len(r.Keys(d.Kind)), len(d.Q), len(d.Output)
	switch {
	case r.Task == Generation && d.Kind != Decoder || r.Task == Fill && d.Kind != Self:
		return wrong("is of a kind that the task " + r.Task + " does not have")
	case d.Layer < 0 || d.Layer >= maxLayers || d.Head < 0 || d.Head >= MaxHeads:
		return wrong("is out of range: layers are 0 to " + n(maxLayers-1) + ", heads 0 to " + n(MaxHeads-1))
	case d.Row < 0 || d.Row >= rows:
		return wrong("is of row " + n(d.Row) + ", and its map has " + n(rows))
	case !slices.Contains(attention.Scores, attention.Score(d.Score)):
		return wrong("has an unknown score function; expected " + attention.ScoreNames())
	case width < 1 || width > maxWidth || wide < 1 || wide > maxWidth:
		return wrong("has a query of " + n(width) + " numbers and an output of " + n(wide) + "; expected 1 to " + n(maxWidth))
	case max(len(d.K), len(d.V)) > maxMap:
		return atMost("the detail", max(len(d.K), len(d.V)), maxMap)
	case len(d.K) != cols*width || len(d.V) != cols*wide:
		return wrong("has " + n(len(d.K)) + " numbers of keys and " + n(len(d.V)) + " of values; expected " + n(cols) + " of " + n(width) + " and of " + n(wide) + " each")
	case d.Score == Additive && len(d.Vector) != width || d.Score != Additive && len(d.Vector) != 0:
		return wrong("has a vector of " + n(len(d.Vector)) + " numbers; the additive score function has one as wide as its query, the others have none")
	case len(d.Scores) != cols || len(d.Weights) != cols || d.Mask != nil && len(d.Mask) != cols:
		return wrong("has " + n(len(d.Scores)) + " scores, " + n(len(d.Weights)) + " weights and " + n(len(d.Mask)) + " mask cells; expected " + n(cols) + " of each")
	case !finite(d.Scale):
		return wrong("has a scale that is not finite")
	}
	for i, v := range d.Mask {
		if v != 0 && v != 1 {
			return wrong("has " + n(int(v)) + " in its mask, column " + n(i) + "; expected 0 or 1")
		}
	}
	for i, v := range d.Scores {
		if !finite(v) && !d.Masked(i) {
			return wrong("has a score that is not finite in column " + n(i) + ", which is not masked")
		}
	}
	for _, part := range []struct {
		name   string
		values []float32
	}{{"query", d.Q}, {"keys", d.K}, {"values", d.V}, {"vector", d.Vector}, {"weights", d.Weights}, {"output", d.Output}} {
		for i, v := range part.values {
			if !finite(v) {
				return wrong("has a number in its " + part.name + " that is not finite, at " + n(i))
			}
		}
	}
	return nil
}

// checkAnalyses checks what explains the run: places that a Record can have, and finite numbers.
func (r *Record) checkAnalyses() error {
	positions := max(1, len(r.Tokens.Source)+len(r.Tokens.Target))
	if r.Donor != nil { // a patch may make the output shorter than the one whose positions are patched
		positions = max(positions, len(r.Donor.Target))
	}
	place := func(what string, kind Kind, layer, head, position, least int) error {
		switch {
		case kind != Self && kind != Decoder && kind != Cross && kind != RNN:
			return say.Error("record: ", what, " names the kind ", say.Quote(string(kind)), "; the kinds are self, decoder, cross and rnn")
		case layer < None || layer >= maxLayers || head < None || head >= MaxHeads || position < None || position >= positions || least < 0:
			return say.Error("record: ", what, " names layer ", layer, ", head ", head, ", position ", position, ", which cannot be")
		}
		return nil
	}
	// Views draw cells for a table of all layers and heads, or of all activations and positions, of each run of a kind.
	cells, rows, cols := 0, 0, 0
	next := func(is bool) {
		if is {
			cells, rows, cols = cells+rows*cols, 0, 0
		}
	}
	heads := len(r.Ablation) > 0 && r.Ablation[0].Part == HeadParts
	for i := range r.Ablation {
		a, before := &r.Ablation[i], &r.Ablation[max(0, i-1)]
		next(a.Kind != before.Kind)
		rows, cols = max(rows, a.Layer+1), max(cols, a.Head+1)
		least := 0
		if heads {
			least = min(a.Layer, a.Head)
		}
		if err := cmp.Or(place("ablation", a.Kind, a.Layer, a.Head, a.Position, least), checkFinite("ablation", a.Delta)); err != nil {
			return err
		}
	}
	if next(true); !heads { // they are listed
		cells = 16 * len(r.Ablation)
	}
	for i := range r.Patch {
		p, before := &r.Patch[i], &r.Patch[max(0, i-1)]
		if next(p.Kind != before.Kind); rows == 0 || p.Layer != before.Layer || p.Head != before.Head {
			rows++
		}
		cols = max(cols, p.Position+1)
		if err := cmp.Or(place("patch", p.Kind, p.Layer, p.Head, p.Position, p.Position), checkFinite("patch", p.Recovered)); err != nil {
			return err
		}
	}
	next(true)
	if err := atMost("an explanation", cells, maxCells); err != nil {
		return err
	}
	for a := r.Attribution; a != nil; a = a.Beside {
		if len(a.Source) != len(r.Tokens.Source) || len(a.Target) > 0 && len(a.Target) != len(r.Tokens.Target) {
			return say.Error("record: the attribution has ", len(a.Source), " and ", len(a.Target), " numbers for ", len(r.Tokens.Source), " and ", len(r.Tokens.Target), " tokens")
		}
		if err := cmp.Or(checkFinite("attribution", a.Source...), checkFinite("attribution", a.Target...), checkFinite("attribution", a.Value, a.Gap)); err != nil {
			return err
		}
		if a.Position < 0 || a.Position >= positions {
			return say.Error("record: attribution names position ", a.Position, ", which cannot be")
		}
		if a.Position != r.Attribution.Position {
			return say.Error("record: attributions of positions ", r.Attribution.Position, " and ", a.Position, " stand beside each other; they must be of one")
		}
		if err := atMost("an explanation", len(a.Parts), maxCells/4); err != nil {
			return err
		}
		for _, p := range a.Parts {
			if err := checkFinite("attribution", p.Value); err != nil {
				return err
			}
		}
	}
	if a := r.Adversary; a != nil {
		if err := a.valid(r); err != nil {
			return err
		}
	}
	if h := r.Roles; h != nil {
		if err := h.valid(); err != nil {
			return err
		}
	}
	if d := r.Donor; d != nil {
		if err := checkFinite("donor", d.Base, d.Full); err != nil {
			return err
		}
	}
	if w := r.Why; w != nil {
		if err := cmp.Or(place("why", w.Kind, w.Layer, w.Head, w.Row, min(w.Row, w.Col)), checkFinite("why", w.Score)); err != nil {
			return err
		}
		for _, p := range w.Parts {
			if err := checkFinite("why", p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFinite wants finite numbers; what holds them, the error names.
func checkFinite(what string, all ...float32) error {
	for _, v := range all {
		if !finite(v) {
			return say.Error("record: ", what, " holds a number that is not finite")
		}
	}
	return nil
}

func finite(v float32) bool { return v-v == 0 }
