package run

import (
	"math/rand/v2"
	"slices"

	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
)

// generate reads a text by a decoder alone, and continues it when asked to. The Record's tokens are
// those of the whole text, all in Source; Output is the part that was written, with which Text then
// ends. The prediction of position i is of what follows token i.
func (s *Session) generate(r *record.Record, o Options, done *finished) error {
	m := s.Model
	_, eos, _ := m.Net.Special()
	_, positions := m.Net.Limits()
	pieces, _, notices := readText(m, r.Text, sourceSide)
	r.Notices = append(r.Notices, notices...)
	r.Tokens.Source = tokens(m.Tokenizer, pieces)
	all := tokenIDs(pieces)
	given := len(all)
	done.given = given
	d := s.resume(all, o.MaxTokens, done)
	if err := done.advance(d, all[d.state.Len(0):]...); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(o.Sampling.Seed, uint64(given)))
	ended := false
	for len(all)-given < o.MaxTokens && len(all) < positions { // the last token needs a place too
		next, u := newDraw(done.next, o.Sampling), 0.0
		if o.Sampling.Temperature > 0 {
			u = rng.Float64()
		}
		id := next.sample(u)
		if ended = id == eos; ended {
			break
		}
		all = append(all, id)
		if o.Partial != nil {
			_, text := spell(m.Tokenizer, all[given:])
			if err := o.Partial(text); err != nil {
				return err
			}
		}
		if err := done.advance(d, id); err != nil {
			return err
		}
	}
	if o.MaxTokens > 0 {
		s.spellOn(r, all[given:])
		switch {
		case len(all) >= positions:
			r.Notices = append(r.Notices, say.Text("The text fills all ", positions, " positions that the model has."))
		case ended && len(all) == given:
			r.Notices = append(r.Notices, "The model ends the text here.")
		}
	}
	done.target = all
	if o.Changes.Any() {
		o.Maps = nil
	}
	d.tell(r, o.Maps)
	if !o.Changes.Any() {
		s.kept.ids = slices.Clone(all)
	}
	return nil
}

// atOnce is how many tokens of a text a decoder alone reads at once: their logits over a large vocabulary take as
// much memory as its weights.
const atOnce = 64

// advance puts tokens into a decoder alone; the logits of what follows the last of them become next.
func (f *finished) advance(d *decoding, ids ...int) error {
	for part := range slices.Chunk(ids, atOnce) {
		logits := d.put(part...)
		f.next = append(f.next[:0], logits.Row(logits.Rows-1)...)
		if err := d.accept(logits); err != nil {
			return err
		}
	}
	return nil
}

// spellOn adds what was written to the Record's text and tokens.
func (s *Session) spellOn(r *record.Record, written []int) {
	spelled, output := spell(s.Model.Tokenizer, written)
	words := 0
	for _, t := range r.Tokens.Source {
		words = max(words, t.Word+1)
	}
	for i := range spelled {
		t := &spelled[i]
		t.Start, t.End = t.Start+len(r.Text), t.End+len(r.Text)
		if t.Word >= 0 {
			t.Word += words
		}
	}
	r.Text, r.Output = r.Text+output, output
	r.Tokens.Source = append(r.Tokens.Source, spelled...)
}

// prefix is what a decoder alone computed of the last text, kept for the next: as no token sees those
// behind it, whatever the two texts begin with has the same keys and values, rows of maps and predictions.
type prefix struct {
	*decoding
	ids  []int // nil when there is nothing to use again
	room int   // tokens that there is memory for
}

// resume returns a decoder that has read what the text and the last one begin with, and can write so many tokens more.
// A run that changes attention reads all anew, and nothing that was changed is used again.
func (s *Session) resume(all []int, more int, done *finished) *decoding {
	k := &s.kept
	_, positions := s.Model.Net.Limits()
	if need := min(len(all)+max(more, 0), positions); k.decoding == nil || need > k.room {
		k.ids, k.room = nil, 128 // keys and values of all positions of a large model take more memory than most texts need
		for k.room < need {
			k.room *= 2
		}
		k.room = min(k.room, positions)
		k.decoding = newDecoding(s.Model, grad.NewPass(), grad.Value{}, nil, k.room, interventions{})
	}
	same := 0
	if !done.changes.Any() {
		for same < min(len(k.ids), len(all)-1) && k.ids[same] == all[same] { // the last gives the logits of what follows
			same++
		}
	}
	k.ids = nil
	k.changes = s.interventions(done)
	k.truncate(same)
	return k.decoding
}
