// Package run runs texts through a model: a Session turns a text into a Record. Each task has a file: how a
// text is read, what may be written, and how the output is spelled.
package run

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/recurrent"
	"heed/core/say"
	"heed/core/tensor"
	"heed/core/token"
)

// Session runs texts through a model, one after the other, and keeps what the next run can use: its
// buffers, the last output, of which a small change of the text leaves much standing, and what a decoder
// alone made of the tokens so far. Records of one session share rows with each other: they are to be left as
// they are. It is not safe for concurrent use.
type Session struct {
	Model  *model.Model
	pass   *grad.Pass
	source grad.Sequences
	target grad.Sequences
	last   []int     // the ids of the last output
	next   []float32 // of a text written on: the logits of what follows it
	kept   reading   // and what was read of it
}

// NewSession returns a session of the model.
func NewSession(m *model.Model) *Session { return &Session{Model: m, pass: grad.NewPass()} }

// Options of a run. The zero value searches greedily.
type Options struct {
	Target *string // read this target text instead of writing one
	Beam   int     // hypotheses; 0 and 1 mean greedy search
	// MaxTokens is the number of tokens to write at most. 0 means as many as the source makes likely,
	// and nothing for a model that writes texts on: it then only reads.
	MaxTokens int
	Sampling  Sampling // of a text written on
	// Changes are done to the attention of the whole run, while the output is written too.
	Changes record.Changes
	// Detail, when not nil, names a row of a map, of which Record.Detail then says how it came about; there
	// is none where there is no such row.
	Detail *record.Place
	Lens   bool // Record.Lens says what each layer would have predicted, as Session.Lens has it
	// Partial, when not nil, is called with the output so far whenever greedy search or sampling has
	// more of it; an error ends the run, which returns it. It must not use the session. A beam has no
	// output before its end.
	Partial func(output string) error
}

// Run reads text, writes the output (or reads o.Target), and returns all that was seen. Text that is
// not UTF-8 is made so. What had to be cut is said in Record.Notices.
func (s *Session) Run(text string, o Options) (*record.Record, error) {
	m := s.Model
	r := &record.Record{Format: record.Format, Model: m.Name, Task: m.About.Task, Text: strings.ToValidUTF8(text, "\ufffd")}
	s.pass.Arena.Reset()
	s.source.Reset()
	s.target.Reset()
	s.next = s.next[:0]
	if t := o.Changes.Temperature; t != 0 && !(t >= record.Coldest && t <= record.Hottest) {
		return nil, say.Error("the temperature of attention is ", t, "; it lies between ", record.Coldest, " and ", record.Hottest)
	}
	r.Changes = o.Changes
	cut := newSurgery(o.Changes)
	var err error
	switch encoder, decoder := m.Net.Parts(); {
	case !encoder:
		err = s.writeOn(r, o, cut)
	case !decoder:
		err = s.fillIn(r, o, cut)
	default:
		err = s.translate(r, o, cut)
	}
	if err == nil && o.Lens {
		r.Lens, err = s.Lens(r)
	}
	if err != nil {
		return nil, err
	}
	s.remark(r, o)
	if len(r.Maps) > 0 {
		r.Notices = append(r.Notices, cut.unmet()...)
		r.Changes = cut.done()
	}
	return r, nil
}

// remark says what the model makes of the reader's characters, where that is not what they see.
func (s *Session) remark(r *record.Record, o Options) {
	partial := func(t record.Token) bool { return !t.Special && !utf8.Valid(s.Model.Tokenizer.Bytes(t.ID)) }
	if slices.ContainsFunc(r.Tokens.Source, partial) || o.Target != nil && slices.ContainsFunc(r.Tokens.Target, partial) {
		r.Notices = append(r.Notices, "The model has hardly seen some of these characters: it reads them byte by byte, and can make little of them.")
	}
	if r.Task == model.Compression && slices.ContainsFunc(r.Tokens.Source, func(t record.Token) bool { return strings.TrimSpace(t.Text) == "##" }) {
		r.Notices = append(r.Notices, "The model reads every number as ##, as in the texts that it learned from.")
	}
}

// translate turns the text into another.
func (s *Session) translate(r *record.Record, o Options, cut surgery) error {
	m, net, p := s.Model, s.Model.Net, s.pass
	_, eos, start := net.Special()
	pieces, words := read(m, r, r.Text, "text")
	r.Tokens.Source = tokens(m.Tokenizer, pieces)
	if strings.TrimSpace(r.Text) == "" {
		return nil
	}
	source := ids(pieces)
	s.source.Add(source...)
	hooks := cut.hooks(0, watch(r, o.Detail))
	encoded := net.Encode(p, &s.source, hooks)

	var output []int
	var written []record.Token
	var err error
	switch {
	case o.Target != nil:
		r.Output = strings.ToValidUTF8(*o.Target, "\ufffd")
		pieces, _ := read(m, r, r.Output, "output")
		output, written = ids(pieces), tokens(m.Tokenizer, pieces)
	case o.Beam > 1:
		output = generate(m, grad.NewPass(), [][]int{source}, o.Beam, limit(m, len(source), o.MaxTokens), cut)[0]
	default:
		spelled := func(output []int) string { text, _ := spelled(m, r.Text, words, source, output); return text }
		if output, err = s.greedy(encoded, source, limit(m, len(source), o.MaxTokens), cut, o.Partial, spelled); err != nil {
			return err
		}
	}
	if o.Target == nil {
		s.last = append(s.last[:0], output...)
		r.Output, written = spelled(m, r.Text, words, source, output)
		n := len(output)
		switch {
		case n > 0 && m.About.Task != model.Compression && looping(output[:n-1], repetitions(source)):
			r.Notices = append(r.Notices, "The model repeats itself, so the output was stopped.")
		case n == 0 || output[n-1] != eos:
			r.Notices = append(r.Notices, say.Text("The output was stopped after ", say.Count(n, "token"), "."))
		}
	}
	r.Tokens.Target = append([]record.Token{specialToken(m, start)}, written...)

	// One more pass over the whole output sees every map and every prediction.
	s.target.Add(append([]int{start}, output[:len(output)-1]...)...)
	var decoded grad.Value
	if rnn, ok := net.(*recurrent.Model); ok {
		var contexts grad.Value
		decoded, contexts = rnn.DecodeContexts(p, &s.target, encoded, &s.source, hooks)
		r.Context = keep(contexts.X, encoded.X, rnn.Attention == recurrent.NoAttention)
	} else {
		decoded = net.Decode(p, &s.target, encoded, &s.source, hooks)
	}
	return predictAll(m, r, net.Logits(p, decoded).X, 0, nil)
}

// spelled turns written ids into the output and its tokens.
func spelled(m *model.Model, text string, words []word, source, written []int) (string, []record.Token) {
	if m.About.Task == model.Compression {
		return shortened(m, text, words, source, written)
	}
	out, s := spell(m.Tokenizer, written)
	return s, out
}

// greedy writes the output token by token, each the most probable. It first puts in the last output
// as a whole: as far as that is what the model would write now too, it is kept.
func (s *Session) greedy(encoded grad.Value, source []int, limit int, cut surgery, partial func(string) error, spelled func([]int) string) ([]int, error) {
	net, p := s.Model.Net, s.pass
	_, eos, start := net.Special()
	bar := ruleOf(s.Model, source)
	state := net.Begin(p, encoded, &s.source, []int{0}, limit, cut.hooks(0, nil))
	mark := p.Arena.Mark()
	defer p.Arena.Release(mark)
	var output []int
	// likely returns the most probable id after each of the tokens put in, which are the start token
	// or the last of output, and then guesses.
	likely := func(in ...int) []int {
		p.Arena.Release(mark)
		logits := net.Logits(p, state.Step([]int{0}, []int{len(in)}, in, cut.hooks(state.Len(0), nil))).X
		out := make([]int, len(in))
		for i := range out {
			bar(logits.Row(i), append(output[:len(output):len(output)], in[1:i+1]...))
			out[i] = tensor.ArgMax(logits.Row(i))
		}
		return out
	}
	guess := s.last[:min(len(s.last), limit-1)]
	next := likely(append([]int{start}, guess...)...)
	right := 0
	for right < len(guess) && next[right] == guess[right] && guess[right] != eos {
		right++
	}
	output = append(output, next[:right+1]...)
	state.Truncate(0, right+1)
	for output[len(output)-1] != eos && len(output) < limit {
		if partial != nil {
			if err := partial(spelled(output)); err != nil {
				return nil, err
			}
		}
		output = append(output, likely(output[len(output)-1])...)
	}
	return output, nil
}

// limit is how many tokens an output may have: what was asked for, else more than any translation
// of so long a source needs.
func limit(m *model.Model, source, asked int) int {
	if asked <= 0 {
		asked = 2*source + 20
	}
	_, positions := m.Net.Limits()
	return max(1, min(asked, positions))
}

// Encode returns the ids of a text, the end token last, cut to what the model has positions for. A
// compression model's text is words apart by spaces, as its data has them.
func Encode(m *model.Model, text string) []int {
	if m.About.Task == model.Compression {
		text = " " + text
	}
	var unused record.Record
	return ids(cutTo(m, &unused, straight(m, text, m.Tokenizer.Encode), "text"))
}

// read encodes a text and cuts it to what the model has positions for; notices say what was cut. For
// a compression model the words are those that it reads.
func read(m *model.Model, r *record.Record, text, what string) (pieces []token.Piece, words []word) {
	switch {
	case m.About.Task == model.Compression:
		words = simplify(text)
		pieces = place(m.Tokenizer.Encode(simple(words)), words, len(text))
	case what == "text":
		pieces = straight(m, text, m.Tokenizer.Encode)
	default:
		pieces = learned(m, text, false, m.Tokenizer.Encode)
	}
	return cutTo(m, r, pieces, what), words
}

// cutTo keeps the first pieces, as many as the model has positions for, and the last, which ends the
// text.
func cutTo(m *model.Model, r *record.Record, pieces []token.Piece, what string) []token.Piece {
	_, most := m.Net.Limits()
	if n := len(pieces); n > most {
		end, at := pieces[n-1], 0
		pieces = pieces[:most-1]
		if most > 1 {
			at = pieces[most-2].End
		}
		end.Start, end.End = at, at
		pieces = append(pieces, end)
		r.Notices = append(r.Notices, say.Text("The ", what, " has ", say.Count(n-1, "token"), "; the model reads the first ", most-1, "."))
	}
	if most := m.About.Longest; most > 0 && len(pieces) > most {
		r.Notices = append(r.Notices, say.Text("The ", what, " is longer than those that the model learned from (", most, " tokens); expect mistakes."))
	}
	return pieces
}

// errOverflow is of numbers that are not finite.
var errOverflow = errors.New("the model's numbers overflow: its weights are damaged, or belong to another model")

// predictions is how many tokens a Record lists for a position; of what follows a text, and of a
// hidden word, it lists foremost. They are the model's own, so padding may be among them, though no
// search writes it.
const (
	predictions = 5
	foremost    = 12
)

// listed is the prediction of one position, with its n most probable tokens; it overwrites the logits.
func listed(m *model.Model, position int, logits []float32, n int) (record.Prediction, error) {
	p := record.Prediction{Position: position}
	if !tensor.Finite(logits) {
		return p, errOverflow
	}
	tensor.Softmax(logits, logits)
	for _, id := range top(logits, n) {
		p.Top = append(p.Top, record.Candidate{Text: m.Tokenizer.Text(id), ID: id, P: logits[id]})
	}
	return p, nil
}

// predictAll lists the most probable tokens for each row of logits, which it overwrites; at gives the
// positions of the rows, where they do not follow one another from the first on.
func predictAll(m *model.Model, r *record.Record, logits tensor.Matrix, first int, at []int) error {
	for i := range logits.Rows {
		n, position := predictions, first+i
		if at != nil {
			position = at[i]
		}
		if at != nil || m.About.Task == model.Generation && i+1 == logits.Rows {
			n = foremost
		}
		p, err := listed(m, position, logits.Row(i), n)
		if err != nil {
			return err
		}
		r.Predictions = append(r.Predictions, p)
	}
	return nil
}

// token returns a special token that stands before a text.
func specialToken(m *model.Model, id int) record.Token {
	return record.Token{Text: m.Tokenizer.Text(id), ID: id, Word: -1, Special: true}
}

func ids(pieces []token.Piece) []int {
	out := make([]int, len(pieces))
	for i, p := range pieces {
		out[i] = p.ID
	}
	return out
}

func tokens(t *token.Tokenizer, pieces []token.Piece) []record.Token {
	out := make([]record.Token, len(pieces))
	for i, p := range pieces {
		out[i] = record.Token{Text: t.Text(p.ID), ID: p.ID, Start: p.Start, End: p.End, Word: p.Word, Special: p.Special}
	}
	return out
}

// spell turns written ids into text and its tokens. Bytes that make no character become U+FFFD.
func spell(t *token.Tokenizer, written []int) ([]record.Token, string) {
	raw := t.Decode(written)
	var text strings.Builder
	// Where in the text the character of each raw byte begins and ends.
	starts, ends := make([]int, 0, len(raw)), make([]int, 0, len(raw))
	for i := 0; i < len(raw); {
		c, n := utf8.DecodeRuneInString(raw[i:])
		start := text.Len()
		text.WriteRune(c)
		for range n {
			starts, ends = append(starts, start), append(ends, text.Len())
		}
		i += n
	}
	wordAt := make([]int, text.Len())
	for _, p := range t.EncodePlain(text.String()) {
		for i := p.Start; i < p.End; i++ {
			wordAt[i] = p.Word
		}
	}
	out := make([]record.Token, len(written))
	at, end := 0, 0
	for i, id := range written {
		k := record.Token{Text: t.Text(id), ID: id, Start: end, End: end, Word: -1, Special: true}
		if n := len(t.Bytes(id)); n > 0 {
			k.Start, k.End, k.Special = starts[at], ends[at+n-1], false
			k.Word = wordAt[k.Start]
			at += n
			end = k.End
		}
		out[i] = k
	}
	return out, text.String()
}

// capture adds what a hook sees to maps. A recurrent decoder shows its map row by row.
func capture(maps []record.Map, am *attention.Map) []record.Map {
	w := am.Weights
	if am.Kind == record.RNN && len(maps) > 0 {
		m := &maps[len(maps)-1]
		m.Rows++
		m.Weights = append(m.Weights, w.Row(0)...)
		return maps
	}
	m := record.Map{Kind: am.Kind, Layer: am.Layer, Head: am.Head, Rows: w.Rows, Cols: w.Cols, Weights: flat(w)}
	if am.Causal {
		m.Mask = record.LowerTriangle(w.Rows)
	}
	return append(maps, m)
}

// keep copies the context vectors of all steps, which are the same where the context is fixed.
func keep(contexts, states tensor.Matrix, fixed bool) *record.Context {
	if fixed {
		contexts = contexts.RowRange(0, 1)
	}
	return &record.Context{Rows: contexts.Rows, Cols: contexts.Cols, Values: flat(contexts), States: flat(states)}
}

// flat copies a matrix row after row.
func flat(x tensor.Matrix) []float32 {
	out := make([]float32, 0, x.Rows*x.Cols)
	for i := range x.Rows {
		out = append(out, x.Row(i)...)
	}
	return out
}
