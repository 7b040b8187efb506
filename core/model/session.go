package model

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/recurrent"
	"heed/core/tensor"
	"heed/core/token"
)

// Session runs texts through a model, one after the other, and keeps what the next run can use: its
// buffers, and the last translation, of which a small change of the text leaves much standing. It is
// not safe for concurrent use.
type Session struct {
	Model  *Model
	pass   *grad.Pass
	source grad.Sequences
	target grad.Sequences
	last   []int // the ids of the last output
}

// NewSession returns a session of the model.
func (m *Model) NewSession() *Session { return &Session{Model: m, pass: grad.NewPass()} }

// Options of a run. The zero value translates greedily.
type Options struct {
	Target    *string // read this target text instead of writing one
	Beam      int     // hypotheses; 0 and 1 mean greedy search
	MaxTokens int     // of the output; 0 means as many as its source makes likely
	// Partial, when not nil, is called with the output so far whenever greedy search has more of it;
	// an error ends the run, which returns it. It must not use the session. A beam has no output
	// before its end.
	Partial func(output string) error
}

// predictions is how many tokens a Record lists for a position. They are the model's own, so padding
// may be among them, though no search writes it.
const predictions = 5

// Run reads text, writes the output (or reads o.Target), and returns all that was seen. Text that is
// not UTF-8 is made so. What had to be cut is said in Record.Notices.
func (s *Session) Run(text string, o Options) (*record.Record, error) {
	m, net := s.Model, s.Model.Net
	_, eos, start := net.Special()
	text = strings.ToValidUTF8(text, "\ufffd")
	r := &record.Record{Format: record.Format, Model: m.Name, Task: m.About.Task, Text: text}
	pieces, notice := m.read(text, "text")
	r.Notices = append(r.Notices, notice...)
	r.Tokens.Source = tokens(m.Tokenizer, pieces)
	if strings.TrimSpace(text) == "" {
		return r, nil
	}
	source := ids(pieces)

	p := s.pass
	p.Arena.Reset()
	s.source.Reset()
	s.source.Add(source...)
	watch := func(am *attention.Map) { r.Maps = capture(r.Maps, am) }
	encoded := net.Encode(p, &s.source, watch)

	var output []int
	var err error
	switch {
	case o.Target != nil:
		target := strings.ToValidUTF8(*o.Target, "\ufffd")
		pieces, notice := m.read(target, "translation")
		r.Notices = append(r.Notices, notice...)
		output, r.Output = ids(pieces), target
		r.Tokens.Target = append([]record.Token{s.startToken()}, tokens(m.Tokenizer, pieces)...)
	case o.Beam > 1:
		output = m.Generate(grad.NewPass(), [][]int{source}, o.Beam, m.limit(len(source), o.MaxTokens))[0]
	default:
		if output, err = s.greedy(encoded, m.limit(len(source), o.MaxTokens), o.Partial); err != nil {
			return nil, err
		}
	}
	if o.Target == nil {
		s.last = append(s.last[:0], output...)
		var written []record.Token
		written, r.Output = spell(m.Tokenizer, output)
		r.Tokens.Target = append([]record.Token{s.startToken()}, written...)
		if n := len(output); n == 0 || output[n-1] != eos {
			r.Notices = append(r.Notices, fmt.Sprintf("The translation was stopped after %d tokens.", n))
		}
	}

	// One more pass over the whole output sees every map and every prediction.
	s.target.Reset()
	s.target.Add(append([]int{start}, output[:len(output)-1]...)...)
	var decoded grad.Value
	if rnn, ok := net.(*recurrent.Model); ok {
		var contexts grad.Value
		decoded, contexts = rnn.DecodeContexts(p, &s.target, encoded, &s.source, watch)
		r.Context = keep(contexts.X, encoded.X, rnn.Attention == recurrent.NoAttention)
	} else {
		decoded = net.Decode(p, &s.target, encoded, &s.source, watch)
	}
	logits := net.Logits(p, decoded).X
	for i := range logits.Rows {
		if !finite(logits.Row(i)) {
			return nil, errors.New("the model's numbers overflow: its weights are damaged, or belong to another model")
		}
		r.Predictions = append(r.Predictions, m.predict(i, logits.Row(i)))
	}
	return r, nil
}

// greedy writes the output token by token, each the most probable. It first puts in the last output
// as a whole: as far as that is what the model would write now too, it is kept.
func (s *Session) greedy(encoded grad.Value, limit int, partial func(string) error) ([]int, error) {
	net, p := s.Model.Net, s.pass
	pad, eos, start := net.Special()
	state := begin(net, p, encoded, &s.source, []int{0}, limit)
	mark := p.Arena.Mark()
	defer p.Arena.Release(mark)
	// likely returns the most probable id after each of the tokens put in.
	likely := func(in ...int) []int {
		p.Arena.Release(mark)
		logits := net.Logits(p, state.Step([]int{0}, []int{len(in)}, in, nil)).X
		out := make([]int, len(in))
		for i := range out {
			bar(logits.Row(i), pad, eos)
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
	output := append([]int(nil), next[:right+1]...)
	state.Truncate(0, right+1)
	for output[len(output)-1] != eos && len(output) < limit {
		if partial != nil {
			_, text := spell(s.Model.Tokenizer, output)
			if err := partial(text); err != nil {
				return nil, err
			}
		}
		output = append(output, likely(output[len(output)-1])...)
	}
	return output, nil
}

// limit is how many tokens an output may have: what was asked for, else more than any translation
// of so long a source needs.
func (m *Model) limit(source, asked int) int {
	if asked <= 0 {
		asked = 2*source + 20
	}
	_, positions := m.Net.Limits()
	return max(1, min(asked, positions))
}

// Encode returns the ids of a text, the end token last, cut to what the model has positions for.
func (m *Model) Encode(text string) []int {
	pieces, _ := m.read(text, "text")
	return ids(pieces)
}

// read encodes a text and cuts it to what the model has positions for; notices say what was cut.
func (m *Model) read(text, what string) (pieces []token.Piece, notices []string) {
	pieces = m.Tokenizer.Encode(text)
	_, most := m.Net.Limits()
	if n := len(pieces); n > most {
		end, at := pieces[n-1], 0
		pieces = pieces[:most-1]
		if most > 1 {
			at = pieces[most-2].End
		}
		end.Start, end.End = at, at
		pieces = append(pieces, end)
		notices = append(notices, fmt.Sprintf("The %s has %d tokens; the model reads the first %d.", what, n-1, most-1))
	}
	if most := m.About.Longest; most > 0 && len(pieces) > most {
		notices = append(notices, fmt.Sprintf("The %s is longer than those that the model learned from (%d tokens); expect mistakes.", what, most))
	}
	return pieces, notices
}

// predict lists the most probable tokens for a position.
func (m *Model) predict(position int, logits []float32) record.Prediction {
	tensor.Softmax(logits, logits)
	p := record.Prediction{Position: position}
	for _, id := range top(logits, predictions) {
		p.Top = append(p.Top, record.Candidate{Text: m.Tokenizer.Text(id), ID: id, P: logits[id]})
	}
	return p
}

func (s *Session) startToken() record.Token {
	_, _, id := s.Model.Net.Special()
	return record.Token{Text: s.Model.Tokenizer.Text(id), ID: id, Word: -1, Special: true}
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

// capture adds what a tap sees to maps. A recurrent decoder shows its map row by row.
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
		m.Mask = make([]int8, len(m.Weights))
		for i := range w.Rows {
			for j := range i + 1 {
				m.Mask[i*w.Cols+j] = 1
			}
		}
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
