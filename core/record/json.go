package record

import (
	"fmt"
	"unicode/utf8"

	"heed/core/json"
)

// Limits of what is read, far above what a view can draw. They keep a hostile file from making the
// reader, or a view that draws every layer × head, allocate much more than the file is long.
const (
	maxBytes   = 512 << 20
	maxObjects = 1 << 18 // objects and nulls; tokens, maps and candidates are objects
	maxLayers  = 1024
	maxHeads   = 1024
	maxWidth   = 1 << 16 // of a context vector
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
	o.Optional("notices", len(r.Notices) > 0).Strings(&r.Notices)
	o.Member("tokens").Object(func(o *json.Object) {
		json.List(o.Member("source"), &r.Tokens.Source)
		json.List(o.Optional("target", len(r.Tokens.Target) > 0), &r.Tokens.Target)
	})
	json.List(o.Member("maps"), &r.Maps)
	json.List(o.Optional("predictions", len(r.Predictions) > 0), &r.Predictions)
	json.Pointer(o.Optional("context", r.Context != nil), &r.Context)
	json.Pointer(o.Optional("detail", r.Detail != nil), &r.Detail)
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
func Parse(data []byte) (*Record, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("record: the file has %d bytes; at most %d are read", len(data), maxBytes)
	}
	if n := objects(data); n > maxObjects {
		return nil, fmt.Errorf("record: the file holds %d objects; at most %d are read", n, maxObjects)
	}
	var r Record
	if err := json.Read(data, r.Fields); err != nil {
		return nil, fmt.Errorf("record: the file is not the JSON of a Record: %w", err)
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return &r, nil
}

// objects counts the objects and nulls: a list of those takes far more memory than bytes.
func objects(data []byte) int {
	n, quoted := 0, false
	for i := 0; i < len(data); i++ {
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
func (r *Record) Validate() error {
	if r.Format != Format {
		return fmt.Errorf("record: the format is %.60q; this program reads %q", r.Format, Format)
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
	for i := range r.Maps {
		m := &r.Maps[i]
		if err := r.validMap(m); err != nil {
			return err
		}
		at := place{m.Kind, m.Layer, m.Head}
		if seen[at] {
			return fmt.Errorf("record: %s is there twice", m.name())
		}
		seen[at] = true
	}
	if err := r.validContext(); err != nil {
		return err
	}
	if err := r.CheckDetail(); err != nil {
		return err
	}
	return r.validPredictions()
}

// validTask checks what a model without an encoder, or without a decoder, can have seen.
func (r *Record) validTask() error {
	only := Decoder
	switch r.Task {
	case Generation:
		if len(r.Output) > len(r.Text) || r.Text[len(r.Text)-len(r.Output):] != r.Output {
			return fmt.Errorf("record: the text does not end with the output, %.60q, that was written on", r.Output)
		}
	case Fill:
		only = Self
	default:
		return nil
	}
	if n := len(r.Tokens.Target); n > 0 {
		return fmt.Errorf("record: there are %d target tokens, but the task %s has all its tokens in source", n, r.Task)
	}
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind != only {
			return fmt.Errorf("record: %s is of a kind that the task %s does not have: its maps are of the kind %s", m.name(), r.Task, only)
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
		return fmt.Errorf("record: the context has %d columns; 1 to %d are wanted", c.Cols, maxWidth)
	case c.Rows != given && (given != 1 || c.Rows != steps):
		return fmt.Errorf("record: the context has %d rows; %s", c.Rows, wanted(given, steps))
	case len(c.Values) != c.Rows*c.Cols:
		return fmt.Errorf("record: the context is %d × %d and has %d values", c.Rows, c.Cols, len(c.Values))
	case len(c.States) != 0 && len(c.States) != len(r.Tokens.Source)*c.Cols:
		return fmt.Errorf("record: the context has %d numbers of states; %d source tokens of %d each are wanted", len(c.States), len(r.Tokens.Source), c.Cols)
	}
	for i, v := range c.Values {
		if !finite(v) {
			return fmt.Errorf("record: the context has the value %v in row %d, column %d", v, i/c.Cols, i%c.Cols)
		}
	}
	for i, v := range c.States {
		if !finite(v) {
			return fmt.Errorf("record: the state of source token %d has the value %v in column %d", i/c.Cols, v, i%c.Cols)
		}
	}
	return nil
}

// wanted says how many rows a context may have.
func wanted(given, steps int) string {
	if given > 1 {
		return fmt.Sprintf("the rnn map has %d", given)
	}
	return fmt.Sprintf("1 (the same at every step) is wanted, or one for each of the %d output tokens", steps)
}

func validTokens(side string, tokens []Token, text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("record: the text of the %s tokens is not UTF-8", side)
	}
	for i, t := range tokens {
		if t.Start < 0 || t.End < t.Start || t.End > len(text) {
			return fmt.Errorf("record: %s token %d spans bytes %d to %d of a text of %d", side, i, t.Start, t.End, len(text))
		}
		if !between(text, t.Start) || !between(text, t.End) {
			return fmt.Errorf("record: %s token %d spans bytes %d to %d, which cut a character", side, i, t.Start, t.End)
		}
		if t.Word < -1 {
			return fmt.Errorf("record: %s token %d has the word number %d; -1 (none) or more is wanted", side, i, t.Word)
		}
	}
	return nil
}

// between tells whether a byte offset lies between two characters, or at an end.
func between(text string, i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }

// name is how an error calls a map.
func (m *Map) name() string {
	return fmt.Sprintf("the %.20s map of layer %d, head %d", string(m.Kind), m.Layer, m.Head)
}

func (r *Record) validMap(m *Map) error {
	switch m.Kind {
	case Self, Decoder:
	case Cross, RNN:
		if len(r.Tokens.Target) == 0 {
			return fmt.Errorf("record: %s has no target tokens to label its rows", m.name())
		}
	default:
		return fmt.Errorf("record: a map is of the unknown kind %.60q; self, decoder, cross or rnn is wanted", string(m.Kind))
	}
	if m.Layer < 0 || m.Layer >= maxLayers || m.Head < 0 || m.Head >= maxHeads {
		return fmt.Errorf("record: %s is out of range: layers are 0 to %d, heads 0 to %d", m.name(), maxLayers-1, maxHeads-1)
	}
	rows, cols := len(r.Queries(m.Kind)), len(r.Keys(m.Kind))
	if m.Rows != rows || m.Cols != cols {
		return fmt.Errorf("record: %s is %d × %d, but its tokens are %d × %d", m.name(), m.Rows, m.Cols, rows, cols)
	}
	n := rows * cols
	if len(m.Weights) != n || m.Scores != nil && len(m.Scores) != n || m.Mask != nil && len(m.Mask) != n {
		return fmt.Errorf("record: %s needs %d numbers and has %d weights, %d scores and %d mask cells", m.name(), n, len(m.Weights), len(m.Scores), len(m.Mask))
	}
	for i, v := range m.Mask {
		if v != 0 && v != 1 {
			return fmt.Errorf("record: %s has %d in its mask, row %d, column %d; 0 or 1 is wanted", m.name(), v, i/cols, i%cols)
		}
	}
	for i, v := range m.Weights {
		if !finite(v) {
			return fmt.Errorf("record: %s has the weight %v in row %d, column %d", m.name(), v, i/cols, i%cols)
		}
	}
	for i, v := range m.Scores {
		if !finite(v) && (m.Mask == nil || m.Mask[i] == 1) {
			return fmt.Errorf("record: %s has the score %v in row %d, column %d, which is not masked", m.name(), v, i/cols, i%cols)
		}
	}
	return nil
}

func (r *Record) validPredictions() error {
	steps := len(r.Tokens.Target)
	if steps == 0 {
		steps = len(r.Tokens.Source)
	}
	seen := make(map[int]bool, len(r.Predictions))
	for _, p := range r.Predictions {
		if p.Position < 0 || p.Position >= steps {
			return fmt.Errorf("record: a prediction is for position %d of %d", p.Position, steps)
		}
		if seen[p.Position] {
			return fmt.Errorf("record: position %d is predicted twice", p.Position)
		}
		seen[p.Position] = true
		for _, c := range p.Top {
			if !finite(c.P) || c.P < 0 || c.P > 1+1e-3 { // softmax in float32 may round past 1
				return fmt.Errorf("record: position %d predicts token %d with the probability %v", p.Position, c.ID, c.P)
			}
		}
	}
	return nil
}
