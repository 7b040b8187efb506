package run

import (
	"slices"
	"strings"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// translate turns the text into another by an encoder and a decoder.
func (s *Session) translate(r *record.Record, o Options, done *finished) error {
	m := s.Model
	_, eos, start := m.Net.Special()
	_, words, there := s.readSource(r, o, done)
	if !there {
		return nil
	}
	limit := maxOutput(m, len(done.source), o.MaxTokens)

	var output []int
	var written []record.Token
	var d *decoding
	whole := func() error { // the output is known
		d = newDecoding(m, s.pass, done.encoded, &s.sources, len(output), s.interventions(done))
		return d.accept(d.put(append([]int{start}, output[:len(output)-1]...)...))
	}
	var err error
	switch {
	case o.Target != nil:
		r.Output = strings.ToValidUTF8(*o.Target, "\ufffd")
		pieces, _, notices := readText(m, r.Output, targetSide)
		r.Notices = append(r.Notices, notices...)
		output, written = tokenIDs(pieces), tokens(m.Tokenizer, pieces)
		err = whole()
	case o.Beam > 1:
		var outputs [][]int
		changes := s.interventions(done)
		outputs, err = beamSearch(m, grad.NewPass(), []unwritten{{source: done.source}}, o.Beam, limit, changes.pass, nil)
		if err == nil {
			output = outputs[0]
			err = whole()
		}
	default:
		d = newDecoding(m, s.pass, done.encoded, &s.sources, limit, s.interventions(done))
		output, err = s.greedy(d, done.source, limit, func(output []int) error {
			if o.Partial == nil {
				return nil
			}
			text, _ := spelled(m, r.Text, words, done.source, output)
			return o.Partial(text)
		})
	}
	if err != nil {
		return err
	}
	if o.Target == nil {
		s.output = append(s.output[:0], output...)
		r.Output, written = spelled(m, r.Text, words, done.source, output)
		n := len(output)
		switch {
		case looped(m, output, done.source):
			r.Notices = append(r.Notices, "The model repeats itself, so the output was stopped.")
		case n == 1 && output[0] == eos:
			r.Notices = append(r.Notices, "The model writes nothing for this text.")
		case n == 0 || output[n-1] != eos:
			r.Notices = append(r.Notices, say.Text("The output was stopped after ", say.Count(n, "token"), "."))
		}
	}
	r.Tokens.Target = append([]record.Token{begin(m)}, written...)
	done.target = append([]int{start}, output[:len(output)-1]...)
	d.tell(r, nil)
	if d.width > 0 {
		r.Context = context(d, done.encoded.X)
	}
	return nil
}

// context is the context vectors of all steps; without attention they are the same, and stand there once.
func context(d *decoding, states tensor.Matrix) *record.Context {
	values := d.contexts
	if layers, _ := d.m.Net.Heads(record.RNN); layers == 0 {
		values = values[:d.width]
	}
	return &record.Context{Rows: len(values) / d.width, Cols: d.width, Values: slices.Clone(values), States: flat(states)}
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
func (s *Session) greedy(d *decoding, source []int, limit int, partial func(output []int) error) ([]int, error) {
	_, eos, start := s.Model.Net.Special()
	constrain := constraintOf(s.Model, source)
	var output []int
	var logits tensor.Matrix
	// likely returns the most probable id after each of the tokens put in, which are the start token
	// or the last of output, and then guesses.
	likely := func(in ...int) []int {
		logits = d.put(in...)
		out := make([]int, len(in))
		for i := range out {
			s.scratch = append(s.scratch[:0], logits.Row(i)...)
			constrain(s.scratch, append(output[:len(output):len(output)], in[1:i+1]...))
			out[i] = tensor.ArgMax(s.scratch)
		}
		return out
	}
	guess := s.output[:min(len(s.output), limit-1)]
	next := likely(append([]int{start}, guess...)...)
	right := 0
	for right < len(guess) && next[right] == guess[right] && guess[right] != eos {
		right++
	}
	d.truncate(right + 1)
	output = append(output, next[:right+1]...)
	err := d.accept(logits.RowRange(0, right+1))
	for err == nil && output[len(output)-1] != eos && len(output) < limit {
		if err = partial(output); err == nil {
			output = append(output, likely(output[len(output)-1])...)
			err = d.accept(logits)
		}
	}
	return output, err
}

// maxOutput is how many tokens an output may have: what was asked for, else more than any translation
// of so long a source needs.
func maxOutput(m *model.Model, source, asked int) int {
	if asked <= 0 {
		asked = 2*source + 20
	}
	_, positions := m.Net.Limits()
	return max(1, min(asked, positions))
}
