package run

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/stable"
	"heed/core/tensor"
	"heed/core/token"
)

// Sampling says how the next token of a text is drawn.
type Sampling struct {
	Temperature float64 // divides the logits; 0 takes the most probable token, without drawing
	TopK        int     // draws among the K most probable tokens only; 0 means all (Fan et al. 2018)
	TopP        float64 // and among the fewest that have this probability together; 0 means all (Holtzman et al. 2020)
	Seed        uint64  // the same seed draws the same text
}

// writeOn reads a text by a decoder alone, and writes it on when asked to. The Record's tokens are
// those of the whole text, all in Source; Output is the part that was written, with which Text then
// ends. The prediction of position i is of what follows token i.
func (s *Session) writeOn(r *record.Record, o Options, cut surgery) error {
	m := s.Model
	_, positions := m.Net.Limits()
	pieces := straight(m, r.Text, m.Tokenizer.Encode)
	if n := len(pieces); n > positions {
		pieces = slices.Concat(pieces[:1], pieces[n-positions+1:])
		r.Notices = append(r.Notices, say.Text("The text has ", say.Count(n-1, "token"), "; the model reads the last ", positions-1, "."))
	}
	all, text := ids(pieces), r.Text
	r.Tokens.Source = tokens(m.Tokenizer, pieces)
	if err := s.read(r, all, o, cut); err != nil {
		return err
	}
	if o.MaxTokens > 0 {
		written, err := s.write(all, o, cut)
		if err != nil {
			return err
		}
		spelled, output := spell(m.Tokenizer, written)
		words := 0
		for _, t := range r.Tokens.Source {
			words = max(words, t.Word+1)
		}
		for i := range spelled {
			t := &spelled[i]
			t.Start, t.End = t.Start+len(text), t.End+len(text)
			if t.Word >= 0 {
				t.Word += words
			}
		}
		all = append(all, written...)
		r.Text, r.Output = text+output, output
		r.Tokens.Source = append(r.Tokens.Source, spelled...)
		switch {
		case len(all) >= positions:
			r.Notices = append(r.Notices, say.Text("The text fills all ", positions, " places that the model has."))
		case output == "":
			r.Notices = append(r.Notices, "The model ends the text here.")
		}
		return s.read(r, all, o, cut)
	}
	return nil
}

// write draws tokens that go on from ids, which were read last, until the end token, which is not
// returned, or o.MaxTokens.
func (s *Session) write(all []int, o Options, cut surgery) ([]int, error) {
	m, p, state := s.Model, s.kept.pass, s.kept.state
	_, eos, _ := m.Net.Special()
	_, positions := m.Net.Limits()
	rng := rand.New(rand.NewPCG(o.Sampling.Seed, uint64(len(all))))
	defer state.Truncate(0, len(all))
	mark := p.Arena.Mark()
	defer p.Arena.Release(mark)
	var written []int
	logits := s.next
	for len(written) < o.MaxTokens && len(all)+len(written) < positions { // the last token needs a place too
		if n := len(written); n > 0 {
			p.Arena.Release(mark)
			out := state.Step([]int{0}, []int{1}, written[n-1:], cut.hooks(state.Len(0), nil))
			if logits = m.Net.Logits(p, out).X.Row(0); !tensor.Finite(logits) {
				return nil, errOverflow
			}
		}
		likely := choose(logits, o.Sampling)
		id := likely[0].ID
		if o.Sampling.Temperature > 0 {
			id = draw(likely, rng.Float64())
		}
		if id == eos {
			break
		}
		written = append(written, id)
		if o.Partial != nil {
			_, text := spell(m.Tokenizer, written)
			if err := o.Partial(text); err != nil {
				return nil, err
			}
		}
	}
	return written, nil
}

// Next returns what may follow the text of the last run, most probable first, as o would draw it:
// only the last softmax is computed anew.
func (s *Session) Next(o Sampling) []record.Candidate {
	if len(s.next) == 0 {
		return nil
	}
	likely := choose(s.next, o)
	likely = likely[:min(len(likely), foremost)]
	for i := range likely {
		likely[i].Text = s.Model.Tokenizer.Text(likely[i].ID)
	}
	return likely
}

// choose returns the tokens that may be drawn and their probabilities, which sum to 1, most probable
// first.
func choose(logits []float32, o Sampling) []record.Candidate {
	if o.Temperature == 0 {
		return []record.Candidate{{ID: tensor.ArgMax(logits), P: 1}}
	}
	prob := slices.Clone(logits)
	if t := o.Temperature; t > 0 {
		most := tensor.Max(prob)
		for i, v := range prob { // the largest stays finite, however small t is
			prob[i] = float32(float64(v-most) / t)
		}
	}
	tensor.Softmax(prob, prob)
	k := len(prob)
	if o.TopK > 0 {
		k = min(k, o.TopK)
	}
	var likely []record.Candidate
	if k <= 64 {
		for _, id := range top(prob, k) {
			likely = append(likely, record.Candidate{ID: id, P: prob[id]})
		}
	} else {
		for id, v := range prob {
			likely = append(likely, record.Candidate{ID: id, P: v})
		}
		stable.Sort(likely, func(a, b record.Candidate) int { return cmp.Compare(b.P, a.P) })
		likely = likely[:k]
	}
	var sum float64
	for i, c := range likely {
		sum += float64(c.P)
		if o.TopP > 0 && sum >= o.TopP {
			likely = likely[:i+1]
			break
		}
	}
	for i := range likely {
		likely[i].P = float32(float64(likely[i].P) / sum)
	}
	return likely
}

// draw returns the token at u, in [0, 1), of the distribution.
func draw(likely []record.Candidate, u float64) int {
	for _, c := range likely {
		if u -= float64(c.P); u < 0 {
			return c.ID
		}
	}
	return likely[0].ID
}

// fillIn reads a text with hidden words by an encoder alone. A hidden word is written as [MASK] or as
// two underscores or more. Output is the text with the most probable words in their places; the
// predictions' positions are those of the hidden words in Tokens.Source.
func (s *Session) fillIn(r *record.Record, o Options, cut surgery) error {
	m, net, p := s.Model, s.Model.Net, s.pass
	pieces := cutTo(m, r, masked(m, r.Text), "text")
	r.Tokens.Source = tokens(m.Tokenizer, pieces)
	if strings.TrimSpace(r.Text) == "" {
		return nil
	}
	s.source.Add(ids(pieces)...)
	encoded := net.Encode(p, &s.source, cut.hooks(0, watch(r, o.Detail)))
	mask, _ := m.Tokenizer.ID(model.Mask)
	var at []int
	for i, piece := range pieces {
		if piece.ID == mask {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return nil
	}
	if err := predictAll(m, r, net.Logits(p, p.Gather(encoded, at)).X, 0, at); err != nil {
		return err
	}
	var out strings.Builder
	done := 0
	for i, row := range at {
		piece := pieces[row]
		out.WriteString(r.Text[done:piece.Start])
		out.WriteString(filling(m, r.Predictions[i]))
		done = piece.End
	}
	out.WriteString(r.Text[done:])
	r.Output = out.String()
	return nil
}

// filling is the most probable of the candidates that is a piece of text.
func filling(m *model.Model, p record.Prediction) string {
	for _, c := range p.Top {
		if b := string(m.Tokenizer.Bytes(c.ID)); utf8.ValidString(b) && strings.TrimSpace(b) != "" {
			return strings.TrimSpace(b)
		}
	}
	return model.Mask
}

// masked encodes a text in which words are hidden. The space before a hidden word belongs to it, as to
// any word.
func masked(m *model.Model, text string) []token.Piece {
	around := m.Tokenizer.Encode("")
	mask, _ := m.Tokenizer.ID(model.Mask)
	pieces := []token.Piece{around[0]}
	words := 0
	plain := func(from, to int) {
		begin := words
		for _, piece := range straight(m, text[from:to], m.Tokenizer.EncodePlain) {
			piece.Start, piece.End, piece.Word = piece.Start+from, piece.End+from, piece.Word+begin
			words = max(words, piece.Word+1)
			pieces = append(pieces, piece)
		}
	}
	done := 0
	for i := 0; i < len(text); {
		n := hole(text[i:])
		if n == 0 {
			i++
			continue
		}
		plain(done, len(strings.TrimSuffix(text[:i], " ")))
		pieces = append(pieces, token.Piece{ID: mask, Start: i, End: i + n, Word: words})
		words++
		i += n
		done = i
	}
	plain(done, len(text))
	last := around[len(around)-1]
	last.Start, last.End = len(text), len(text)
	return append(pieces, last)
}

// hole returns the length of the sign for a hidden word with which s begins, or 0.
func hole(s string) int {
	if len(s) >= len(model.Mask) && strings.EqualFold(s[:len(model.Mask)], model.Mask) {
		return len(model.Mask)
	}
	n := len(s) - len(strings.TrimLeft(s, "_"))
	if n < 2 {
		return 0
	}
	return n
}
