package record

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"

	"heed/core/json"
	"heed/core/say"
)

// Limits of what is read, far above what a view can draw. They keep a hostile file from making the
// reader, or a view that draws every layer × head, allocate much more than the file is long.
const (
	maxBytes   = 512 << 20
	maxObjects = 1 << 18 // objects and nulls; tokens, maps and candidates are objects
	maxLayers  = 1024
	maxHeads   = 1024
	maxWidth   = 1 << 16 // of a context vector
	maxNotices = 100
	maxMaps    = 1 << 16
	maxGrid    = 96 * 64 // layers × heads of one kind, of which a view may draw each; more only with as many maps
)

// JSON returns the Record as a heed.record/1 file. Format is filled in. The score of a masked cell
// is written as 0 when it is not finite; any other number that JSON cannot hold, and whatever
// Validate finds, is an error.
func (r *Record) JSON() ([]byte, error) {
	c := *r
	c.Format = Format
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.Maps = append([]Map{}, r.Maps...)
	for i := range c.Maps {
		c.Maps[i].Scores = finiteScores(c.Maps[i].Scores)
	}
	if r.Detail != nil {
		d := *r.Detail
		d.Scores = finiteScores(d.Scores)
		c.Detail = &d
	}
	return json.Write(c.Fields)
}

// Fields describes the format to core/json.
func (r *Record) Fields(o *json.Object) {
	o.Member("format").String(&r.Format)
	o.Member("model").String(&r.Model)
	o.Member("task").String(&r.Task)
	o.Member("text").String(&r.Text)
	o.Member("output").String(&r.Output)
	o.Optional("notices", len(r.Notices) > 0).Array(len(r.Notices), func(i int, e json.Value) {
		switch {
		case e.Writing():
			e.String(&r.Notices[i])
		case i == maxNotices:
			e.Fail(say.Text("is one notice too many: at most ", maxNotices, " are read"))
		default:
			var s string
			e.String(&s)
			r.Notices = append(r.Notices, s)
		}
	})
	o.Optional("changes", r.Changes.Any()).Object(r.Changes.Fields)
	o.Member("tokens").Object(func(o *json.Object) {
		json.List(o.Member("source"), &r.Tokens.Source)
		json.List(o.Optional("target", len(r.Tokens.Target) > 0), &r.Tokens.Target)
	})
	maps := o.Member("maps")
	if !maps.Writing() && maps.There() {
		r.Maps = []Map{}
	}
	maps.Array(len(r.Maps), func(i int, e json.Value) {
		if !e.Writing() {
			if i == maxMaps {
				e.Fail(say.Text("is one map too many: at most ", maxMaps, " are read"))
				return
			}
			r.Maps = append(r.Maps, Map{})
		}
		e.Object(r.Maps[i].Fields)
	})
	json.List(o.Optional("predictions", len(r.Predictions) > 0), &r.Predictions)
	json.List(o.Optional("lens", len(r.Lens) > 0), &r.Lens)
	json.Pointer(o.Optional("context", r.Context != nil), &r.Context)
	o.Optional("vector", len(r.Vector) > 0).Float32s(&r.Vector)
	json.Pointer(o.Optional("detail", r.Detail != nil), &r.Detail)
	json.List(o.Optional("ablation", len(r.Ablation) > 0), &r.Ablation)
	json.List(o.Optional("patch", len(r.Patch) > 0), &r.Patch)
	json.Pointer(o.Optional("donor", r.Donor != nil), &r.Donor)
	json.Pointer(o.Optional("attribution", r.Attribution != nil), &r.Attribution)
	json.Pointer(o.Optional("why", r.Why != nil), &r.Why)
	o.Optional("ablatedWith", r.AblatedWith != "").String(&r.AblatedWith)
	json.Pointer(o.Optional("adversary", r.Adversary != nil), &r.Adversary)
	json.Pointer(o.Optional("heads", r.Roles != nil), &r.Roles)
}

func (c *Context) Fields(o *json.Object) {
	o.Member("rows").Int(&c.Rows)
	o.Member("cols").Int(&c.Cols)
	o.Member("values").Float32s(&c.Values)
	o.Optional("states", len(c.States) > 0).Float32s(&c.States)
}

func (d *Detail) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&d.Kind))
	o.Member("layer").Int(&d.Layer)
	o.Member("head").Int(&d.Head)
	o.Member("row").Int(&d.Row)
	o.Member("score").String(&d.Score)
	o.Member("scale").Float32(&d.Scale)
	o.Member("q").Float32s(&d.Q)
	o.Member("k").Float32s(&d.K)
	o.Member("v").Float32s(&d.V)
	o.Optional("vector", len(d.Vector) > 0).Float32s(&d.Vector)
	o.Member("scores").Float32s(&d.Scores)
	o.Member("weights").Float32s(&d.Weights)
	o.Optional("mask", len(d.Mask) > 0).Int8s(&d.Mask)
	o.Member("output").Float32s(&d.Output)
}

func (t *Token) Fields(o *json.Object) {
	o.Member("text").String(&t.Text)
	o.Member("id").Int(&t.ID)
	o.Member("start").Int(&t.Start)
	o.Member("end").Int(&t.End)
	o.Member("word").Int(&t.Word)
	o.Optional("special", t.Special).Bool(&t.Special)
}

func (m *Map) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&m.Kind))
	o.Member("layer").Int(&m.Layer)
	o.Member("head").Int(&m.Head)
	o.Member("rows").Int(&m.Rows)
	o.Member("cols").Int(&m.Cols)
	o.Member("weights").Float32s(&m.Weights)
	o.Optional("scores", len(m.Scores) > 0).Float32s(&m.Scores)
	o.Optional("mask", len(m.Mask) > 0).Int8s(&m.Mask)
}

func (p *Prediction) Fields(o *json.Object) {
	o.Member("position").Int(&p.Position)
	json.List(o.Member("top"), &p.Top)
}

func (l *Lens) Fields(o *json.Object) {
	o.Member("layer").Int(&l.Layer)
	json.List(o.Member("predictions"), &l.Predictions)
}

func (c *Candidate) Fields(o *json.Object) {
	o.Member("text").String(&c.Text)
	o.Member("id").Int(&c.ID)
	o.Member("p").Float32(&c.P)
}

// finiteScores returns the scores, copied and with 0 in place of what is not finite where some is.
func finiteScores(scores []float32) []float32 {
	for _, v := range scores {
		if !finite(v) {
			s := make([]float32, len(scores))
			for i, v := range scores {
				if finite(v) {
					s[i] = v
				}
			}
			return s
		}
	}
	return scores
}

func finite(v float32) bool { return v-v == 0 }

// Parse reads a heed.record/1 file and validates it. An error says in a sentence what is wrong.
func Parse(data []byte) (*Record, error) { return ParsePausing(data, func() {}) }

// ParsePausing is Parse of what may be long: pause is called again and again meanwhile, so that other things can go on.
func ParsePausing(data []byte, pause func()) (*Record, error) {
	if len(data) > maxBytes {
		return nil, say.Error("record: the file has ", len(data), " bytes; at most ", maxBytes, " are read")
	}
	if n := objects(data, pause); n > maxObjects {
		return nil, say.Error("record: the file holds ", n, " objects; at most ", maxObjects, " are read")
	}
	var r Record
	if err := json.ReadPausing(data, r.Fields, pause); err != nil {
		if number := notFinite(data); number != "" {
			return nil, say.Error("record: the file has ", number, placeOf(data), ", a number that JSON does not have: write the numbers that are finite, and 0 where a score is masked")
		}
		return nil, say.Error("record: the file is not the JSON of a Record: ", err)
	}
	if err := r.validate(pause); err != nil {
		return nil, err
	}
	return &r, nil
}

// notFinite returns a number that Python writes and JSON does not have, if data holds one: NaN or Infinity.
func notFinite(data []byte) string {
	found := ""
	outside(data, func(i int) {
		switch {
		case found != "":
		case bytes.HasPrefix(data[i:], []byte("NaN")):
			found = "NaN"
		case bytes.HasPrefix(data[i:], []byte("Infinity")):
			found = "Infinity"
		}
	})
	return found
}

// placeOf says in which row of which map the first such number is, as far as the rest of the file can be
// read; nothing where it is elsewhere.
func placeOf(data []byte) string {
	// No weight and no score that is one is as large as what stands in for it.
	data = bytes.ReplaceAll(data, []byte("NaN"), []byte("9e9"))
	data = bytes.ReplaceAll(data, []byte("Infinity"), []byte("9e9     "))
	var r Record
	if json.Read(data, r.Fields) != nil {
		return ""
	}
	for i := range r.Maps {
		m := &r.Maps[i]
		for _, list := range []struct {
			what   string
			values []float32
		}{{"weights", m.Weights}, {"scores", m.Scores}} {
			for k, v := range list.values {
				if (v == 9e9 || v == -9e9) && m.Cols > 0 {
					return say.Text(" in the ", list.what, " of ", m.name(), ", row ", k/m.Cols, ", column ", k%m.Cols)
				}
			}
		}
	}
	return ""
}

// outside calls each with every place of data that is outside of strings.
func outside(data []byte, each func(i int)) {
	quoted := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted:
			each(i)
		}
	}
}

// objects counts the objects and nulls: a list of those takes far more memory than bytes.
func objects(data []byte, pause func()) int {
	n, quoted := 0, false
	for i := 0; i < len(data); i++ {
		if i&0x3ffff == 0 {
			pause()
		}
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '{' || c == 'n'):
			n++
		}
	}
	return n
}

// Validate checks what every view relies on: the format, tokens that lie in their text, maps and
// context vectors as large as the tokens that label them, what the tasks promise, and finite numbers
// (scores only where the mask lets look). An error says in a sentence what is wrong.
func (r *Record) Validate() error { return r.validate(func() {}) }

func (r *Record) validate(pause func()) error {
	if r.Format != Format {
		return say.Error("record: the format is ", say.Quote(r.Format), "; this program reads ", strconv.Quote(Format))
	}
	if err := validTokens("source", r.Tokens.Source, r.Text); err != nil {
		return err
	}
	if err := validTokens("target", r.Tokens.Target, r.Output); err != nil {
		return err
	}
	if err := r.validTask(); err != nil {
		return err
	}
	type place struct {
		kind        Kind
		layer, head int
	}
	seen := make(map[place]bool, len(r.Maps))
	layers, heads := map[Kind]int{}, map[Kind]int{}
	for i := range r.Maps {
		m := &r.Maps[i]
		pause()
		if err := r.validMap(m); err != nil {
			return err
		}
		layers[m.Kind], heads[m.Kind] = max(layers[m.Kind], m.Layer+1), max(heads[m.Kind], m.Head+1)
		if l, h := layers[m.Kind], heads[m.Kind]; l*h > max(maxGrid, 16*len(r.Maps)) {
			return say.Error("record: the ", string(m.Kind), " maps name ", l, " layers of ", h, " heads, but the file has ", len(r.Maps), " maps: number them from 0, without gaps")
		}
		at := place{m.Kind, m.Layer, m.Head}
		if seen[at] {
			return say.Error("record: ", "duplicate ", m.name())
		}
		seen[at] = true
	}
	if err := r.validContext(); err != nil {
		return err
	}
	if len(r.Vector) > maxWidth || slices.ContainsFunc(r.Vector, func(v float32) bool { return !finite(v) }) {
		return say.Error("record: the vector has ", len(r.Vector), " numbers, of which each must be finite; at most ", maxWidth, " are read")
	}
	if err := r.CheckDetail(); err != nil {
		return err
	}
	if err := r.validAnalyses(); err != nil {
		return err
	}
	if err := r.validPredictions(r.Predictions, ""); err != nil {
		return err
	}
	lens := make(map[int]bool, len(r.Lens))
	for _, l := range r.Lens {
		switch {
		case l.Layer < 0 || l.Layer >= maxLayers:
			return say.Error("record: the lens is of layer ", l.Layer, "; layers are 0 to ", maxLayers-1)
		case lens[l.Layer]:
			return say.Error("record: duplicate lens of layer ", l.Layer)
		}
		lens[l.Layer] = true
		if err := r.validPredictions(l.Predictions, say.Text("in the lens of layer ", l.Layer, ", ")); err != nil {
			return err
		}
	}
	return nil
}

// validTask checks what a model without an encoder, or without a decoder, can have seen.
func (r *Record) validTask() error {
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

func (r *Record) validContext() error {
	c := r.Context
	if c == nil {
		return nil
	}
	steps, given := max(len(r.Tokens.Target)-1, 0), 1
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind == RNN {
			given = m.Rows
		}
	}
	switch {
	case c.Cols < 1 || c.Cols > maxWidth:
		return say.Error("record: the context has ", c.Cols, " columns; expected 1 to ", maxWidth)
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
		return say.Text("the rnn map has ", given)
	}
	return say.Text("1 (the same at every step), or one for each of the ", steps, " output tokens")
}

func validTokens(side string, tokens []Token, text string) error {
	if !utf8.ValidString(text) {
		return say.Error("record: the text of the ", side, " tokens is not UTF-8")
	}
	for i, t := range tokens {
		if t.Start < 0 || t.End < t.Start || t.End > len(text) {
			return say.Error("record: ", side, " token ", i, " spans bytes ", t.Start, " to ", t.End, " of a text of ", len(text))
		}
		if !between(text, t.Start) || !between(text, t.End) {
			return say.Error("record: ", side, " token ", i, " spans bytes ", t.Start, " to ", t.End, ", which cut a character")
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

func (r *Record) validMap(m *Map) error {
	switch m.Kind {
	case Self, Decoder, Rollout:
	case Cross, RNN:
		if len(r.Tokens.Target) == 0 {
			return say.Error("record: ", m.name(), " has no target tokens to label its rows")
		}
	default:
		return say.Error("record: a map is of the unknown kind ", say.Quote(string(m.Kind)), "; expected self, decoder, cross, rnn or rollout")
	}
	if m.Layer < 0 || m.Layer >= maxLayers || m.Head < 0 || m.Head >= maxHeads {
		return say.Error("record: ", m.name(), " is out of range: layers are 0 to ", maxLayers-1, ", heads 0 to ", maxHeads-1)
	}
	rows, cols := len(r.Queries(m.Kind)), len(r.Keys(m.Kind))
	if m.Rows != rows || m.Cols != cols {
		return say.Error("record: ", m.name(), " is ", m.Rows, " × ", m.Cols, ", but its tokens are ", rows, " × ", cols)
	}
	n := rows * cols
	if len(m.Weights) != n || m.Scores != nil && len(m.Scores) != n || m.Mask != nil && len(m.Mask) != n {
		return say.Error("record: ", m.name(), " needs ", n, " numbers and has ", len(m.Weights), " weights, ", len(m.Scores), " scores and ", len(m.Mask), " mask cells")
	}
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

// validPredictions checks predictions, which stand somewhere.
func (r *Record) validPredictions(all []Prediction, where string) error {
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
			if !finite(c.P) || c.P < 0 || c.P > 1+1e-3 { // softmax in float32 may round past 1
				return say.Error("record: ", where, "position ", p.Position, " predicts token ", c.ID, " with the probability ", c.P)
			}
		}
	}
	return nil
}
