package record

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"heed/core/say"
)

// CSV returns one head's weights as comma-separated values, quoted after RFC 4180, lines ended by
// \n: a header of "query" and the keys' texts, then a line for each query, its text first. Weights
// have as many digits as a float32 needs. Head -1 is the mean over the heads, as Mean has it. A map
// that the Record does not hold is an error.
func (r *Record) CSV(k Kind, layer, head int) ([]byte, error) {
	m := r.Find(k, layer, head)
	if head == -1 {
		m = r.Mean(k, layer)
	}
	if m == nil {
		return nil, say.Error("record: it holds no ", say.Cut(string(k), 20), " map of layer ", layer, ", head ", head)
	}
	if err := r.CheckMap(m); err != nil {
		return nil, err
	}
	queries, keys := r.Queries(k), r.Keys(k)
	line := []string{"query"}
	for _, t := range keys {
		line = append(line, t.Text)
	}
	b := AppendCSV(nil, line)
	for i, t := range queries {
		line[0] = t.Text
		for j := range keys {
			line[j+1] = Decimal(m.At(i, j))
		}
		b = AppendCSV(b, line)
	}
	return b, nil
}

// AppendCSV appends a line of comma-separated values, quoted where they need it, also to a spreadsheet that parts them
// at semicolons or tabs, or begin with space. A text that a spreadsheet would run as a formula, since it begins with
// = + - or @, also of full width, gets an apostrophe before it (OWASP, "CSV Injection"); finite numbers stay as they
// are.
func AppendCSV(b []byte, line []string) []byte {
	for i, s := range line {
		if i > 0 {
			b = append(b, ',')
		}
		if t := strings.TrimLeftFunc(s, unicode.IsSpace); t != "" && strings.IndexAny(t, "=+-@＝＋－＠") == 0 {
			if _, err := strconv.ParseFloat(s, 64); err != nil || strings.Trim(s, "+-.0123456789e") != "" {
				s = "'" + s
			}
		}
		if strings.ContainsAny(s, "\",;\t\r\n") || strings.IndexFunc(s, unicode.IsSpace) == 0 {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		b = append(b, s...)
	}
	return append(b, '\n')
}

// ContextCSV returns the context vectors, and the encoder's states where the Record holds them, as
// comma-separated values: a header of "vector", "token" and the dimensions' numbers, counted from 0,
// then a line for each vector. A context's token is the output token that it is for, or none where
// it is given to all; a state's is its source token.
func (r *Record) ContextCSV() ([]byte, error) {
	c := r.Context
	if c == nil {
		return nil, errors.New("record: it holds no context vector")
	}
	if err := r.CheckContext(); err != nil {
		return nil, err
	}
	var b []byte
	line := make([]string, c.Cols+2)
	write := func(vector, token string, values []float32) {
		line[0], line[1] = vector, token
		for i, v := range values {
			line[i+2] = Decimal(v)
		}
		b = AppendCSV(b, line)
	}
	line[0], line[1] = "vector", "token"
	for i := range c.Cols {
		line[i+2] = strconv.Itoa(i)
	}
	b = AppendCSV(b, line)
	for i := range c.Rows {
		token := ""
		if c.Rows == len(r.Tokens.Target)-1 {
			token = r.Tokens.Target[i+1].Text
		}
		write("context", token, c.Values[i*c.Cols:][:c.Cols])
	}
	for i := range len(c.States) / c.Cols {
		write("state", r.Tokens.Source[i].Text, c.States[i*c.Cols:][:c.Cols])
	}
	return b, nil
}

// LinksCSV returns the weights of several heads as comma-separated values, a line a link: kind, layer, head, query,
// key and weight, after a header that names them. Kind "" is every kind, layer -1 every layer, no heads are all.
// Links that a mask forbids are left out. A Record that holds no such map is an error.
func (r *Record) LinksCSV(k Kind, layer int, heads []int) ([]byte, error) {
	b := AppendCSV(nil, []string{"kind", "layer", "head", "query", "key", "weight"})
	none := true
	for n := range r.Maps {
		m := &r.Maps[n]
		if k != "" && m.Kind != k || layer >= 0 && m.Layer != layer || len(heads) > 0 && !slices.Contains(heads, m.Head) {
			continue
		}
		if err := r.CheckMap(m); err != nil {
			return nil, err
		}
		queries, keys := r.Queries(m.Kind), r.Keys(m.Kind)
		none = false
		for i, q := range queries {
			for j, key := range keys {
				if m.Masked(i, j) {
					continue
				}
				b = AppendCSV(b, []string{string(m.Kind), strconv.Itoa(m.Layer), strconv.Itoa(m.Head), q.Text, key.Text, Decimal(m.At(i, j))})
			}
		}
	}
	if none {
		return nil, say.Error("record: it holds no ", say.Cut(string(k), 20), " map of that layer and those heads")
	}
	return b, nil
}

// PredictionsCSV returns the predictions as comma-separated values, a line a candidate: its position, its place
// among the candidates from 1, its text and its probability. Where the last prediction is not the model's own but
// that of a drawing, such as at "temperature 0.7", drawn says so, and a column does.
func (r *Record) PredictionsCSV(drawn string) ([]byte, error) {
	if len(r.Predictions) == 0 {
		return nil, errors.New("record: it holds no predictions")
	}
	n := 4 // columns
	if drawn != "" {
		n++
	}
	b := AppendCSV(nil, []string{"position", "rank", "token", "probability", "drawn at"}[:n])
	for at, p := range r.Predictions {
		how := ""
		if at == len(r.Predictions)-1 {
			how = drawn
		}
		for i, c := range r.Candidates(at) {
			b = AppendCSV(b, []string{strconv.Itoa(p.Position), strconv.Itoa(i + 1), c.Text, Decimal(c.P), how}[:n])
		}
	}
	return b, nil
}

// DetailCSV returns how a row of a map came about as comma-separated values, a line a key: its text, its
// score before the mask, and its weight.
func (r *Record) DetailCSV() ([]byte, error) {
	d := r.Detail
	if d == nil {
		return nil, errors.New("record: it holds no row taken apart")
	}
	if err := r.CheckDetail(); err != nil {
		return nil, err
	}
	b := AppendCSV(nil, []string{"query", "key", "score", "weight"})
	for i, key := range r.Keys(d.Kind) {
		score := Decimal(d.Scores[i])
		if d.Masked(i) {
			score = ""
		}
		b = AppendCSV(b, []string{r.Queries(d.Kind)[d.Row].Text, key.Text, score, Decimal(d.Weights[i])})
	}
	return b, nil
}

// Decimal writes a number as short as float32 allows: read again it is the same.
func Decimal(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
