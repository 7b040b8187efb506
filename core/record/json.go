package record

import (
	"bytes"
	"cmp"
	"slices"

	"heed/core/json"
	"heed/core/say"
)

// Limits of what is read. They keep a hostile file from making the reader allocate much more than the file is long, and
// the page from standing still while it shows what no model reads or writes.
const (
	maxBytes   = 512 << 20
	maxObjects = 1 << 18 // objects and nulls; tokens, maps and candidates are objects
	maxNotices = 100
	maxMaps    = 1 << 14
	maxWeights = 1 << 24 // of all maps
	maxMap     = 1 << 22 // weights of one: 2048 × 2048
	maxTokens  = 1 << 15 // on a side
	maxString  = 1 << 16 // bytes of any text
	maxWord    = 1 << 12 // bytes of a token, and of a notice
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
			if e.String(&s); len(s) > maxWord {
				e.Fail(say.Text("has ", len(s), " bytes; at most ", maxWord, " of a notice are read"))
				return
			}
			r.Notices = append(r.Notices, s)
		}
	})
	o.Optional("changes", r.Changes.Any()).Object(r.Changes.Fields)
	o.Optional("before", r.Before != (Outcome{})).Object(r.Before.fields)
	o.Member("tokens").Object(func(o *json.Object) {
		json.List(o.Member("source"), &r.Tokens.Source)
		json.List(o.Optional("target", len(r.Tokens.Target) > 0), &r.Tokens.Target)
	})
	maps := o.Member("maps")
	if !maps.Writing() && maps.There() {
		r.Maps = []Map{}
	}
	weights := 0
	maps.Array(len(r.Maps), func(i int, e json.Value) {
		if !e.Writing() {
			if i == maxMaps {
				e.Fail(say.Text("is one map too many: at most ", maxMaps, " are read"))
				return
			}
			r.Maps = append(r.Maps, Map{})
		}
		if e.Object(r.Maps[i].Fields); e.Writing() {
			return
		}
		n := len(r.Maps[i].Weights)
		switch weights += n; {
		case n > maxMap:
			e.Fail(say.Text("has ", n, " weights; at most ", maxMap, " of a map are read"))
		case weights > maxWeights:
			e.Fail(say.Text("is more than is read: at most ", maxWeights, " weights of all maps"))
		}
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

// Fields describes the JSON of a Context.
func (c *Context) Fields(o *json.Object) {
	o.Member("rows").Int(&c.Rows)
	o.Member("cols").Int(&c.Cols)
	o.Member("values").Float32s(&c.Values)
	o.Optional("states", len(c.States) > 0).Float32s(&c.States)
}

// Fields describes the JSON of a Detail.
func (d *Detail) Fields(o *json.Object) {
	d.Place.fields(o)
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

// Fields describes the JSON of a Token.
func (t *Token) Fields(o *json.Object) {
	o.Member("text").String(&t.Text)
	o.Member("id").Int(&t.ID)
	o.Member("start").Int(&t.Start)
	o.Member("end").Int(&t.End)
	o.Member("word").Int(&t.Word)
	o.Optional("special", t.Special).Bool(&t.Special)
}

// Fields describes the JSON of a Map.
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

// Fields describes the JSON of a Prediction.
func (p *Prediction) Fields(o *json.Object) {
	o.Member("position").Int(&p.Position)
	json.List(o.Member("top"), &p.Top)
}

// Fields describes the JSON of a Lens.
func (l *Lens) Fields(o *json.Object) {
	o.Member("layer").Int(&l.Layer)
	json.List(o.Member("predictions"), &l.Predictions)
}

// Fields describes the JSON of a Candidate.
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

// Parse reads a heed.record/1 file and validates it. An error says in a sentence what is wrong.
func Parse(data []byte) (*Record, error) { return ParsePausing(data, func() {}) }

// ParsePausing is Parse of what may be long: pause is called again and again meanwhile, so that other things can go on.
func ParsePausing(data []byte, pause func()) (*Record, error) {
	if len(data) > maxBytes {
		return nil, say.Error("record: the file has ", len(data), " bytes; at most ", maxBytes, " are read")
	}
	switch objects, longest := survey(data, pause); {
	case objects > maxObjects:
		return nil, say.Error("record: the file holds ", objects, " objects; at most ", maxObjects, " are read")
	case longest > maxString:
		return nil, say.Error("record: the file holds a text of ", longest, " bytes; at most ", maxString, " are read")
	}
	var r Record
	if err := json.ReadPausing(data, r.Fields, pause); err != nil {
		if number := notFinite(data, pause); number != "" {
			return nil, say.Error("record: the file has ", number, placeOf(data, pause), ", a number that JSON does not have: write the numbers that are finite, and 0 where a score is masked")
		}
		return nil, say.Error("record: the file is not the JSON of a Record: ", err)
	}
	if err := r.validate(pause); err != nil {
		return nil, err
	}
	return &r, nil
}

// notFinite returns a number that Python writes and JSON does not have, if data holds one: NaN or Infinity.
func notFinite(data []byte, pause func()) string {
	found := ""
	outside(data, pause, func(i int, number string) { found = cmp.Or(found, number) })
	return found
}

// placeOf says in which row of which map the first such number is, as far as the rest of the file can be
// read; nothing where it is elsewhere.
func placeOf(data []byte, pause func()) string {
	// No weight and no score that is one is as large as what stands in for it.
	data = slices.Clone(data)
	outside(data, pause, func(i int, number string) { copy(data[i:], "9e9     "[:len(number)]) })
	var r Record
	if json.ReadPausing(data, r.Fields, pause) != nil {
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

// outside calls each with the places of such numbers outside of strings, and their names.
func outside(data []byte, pause func(), each func(i int, number string)) {
	quoted := false
	for i, waited := 0, 0; i < len(data); i++ {
		if i-waited >= often {
			waited = i
			pause()
		}
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == 'N' && bytes.HasPrefix(data[i:], []byte("NaN")):
			each(i, "NaN")
		case c == 'I' && bytes.HasPrefix(data[i:], []byte("Infinity")):
			each(i, "Infinity")
		}
	}
}

// often is how many bytes are looked at between two calls of pause.
const often = 1 << 18

// survey counts the objects and nulls, for a list of those takes far more memory than bytes, and finds how many bytes
// the longest string holds, of which an escape counts as one.
func survey(data []byte, pause func()) (objects, longest int) {
	quoted, long := false, 0
	for i, waited := 0, 0; i < len(data); i++ {
		if i-waited >= often {
			waited = i
			pause()
		}
		c := data[i]
		switch {
		case quoted && c == '"':
			quoted, longest = false, max(longest, long)
		case quoted:
			if long++; c != '\\' {
				continue
			}
			if i++; i < len(data) && data[i] == 'u' {
				i += len("dddd")
			}
		case c == '"':
			quoted, long = true, 0
		case c == '{' || c == 'n':
			objects++
		}
	}
	return objects, longest
}
