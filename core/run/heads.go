package run

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
)

// tally adds up shares and how many queries they are of.
type tally struct{ sum, chance, n record.Shares }

func (t *tally) add(which int, weight, chance float64) {
	t.sum[which] += weight
	t.chance[which] += chance
	t.n[which]++
}

// shares are the means; of no query they are 0.
func (t *tally) shares() (mean, chance record.Shares) {
	for i, n := range t.n {
		if n > 0 {
			mean[i], chance[i] = t.sum[i]/n, t.chance[i]/n
		}
	}
	return mean, chance
}

// Heads measures every head of a model over texts, which it runs one after the other.
func Heads(m *model.Model, texts []string, progress Progress) ([]record.HeadScores, error) {
	var all []record.HeadScores
	tallies := map[record.Place]*tally{}
	for _, stack := range m.Stacks() {
		for layer := range stack.Layers {
			for head := range stack.Heads {
				all = append(all, record.HeadScores{Kind: stack.Kind, Layer: layer, Head: head})
				tallies[record.Place{Kind: stack.Kind, Layer: layer, Head: head}] = &tally{}
			}
		}
	}
	if len(all) == 0 {
		return nil, say.Error(m.Name, " has no heads to measure")
	}
	s := NewSession(m)
	for i, text := range texts {
		if err := progress.tell(i, len(texts)); err != nil {
			return nil, err
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		r, err := s.Run(text, Options{})
		if err != nil {
			return nil, err
		}
		for j := range r.Maps {
			am := &r.Maps[j]
			tallies[record.Place{Kind: am.Kind, Layer: am.Layer, Head: am.Head}].measure(r, am)
		}
	}
	s.induction(tallies)
	if err := s.syntax(tallies); err != nil {
		return nil, err
	}
	for i := range all {
		h := &all[i]
		h.Shares, h.Chance = tallies[record.Place{Kind: h.Kind, Layer: h.Layer, Head: h.Head}].shares()
	}
	return all, progress.tell(len(texts), len(texts))
}

// measure adds the queries of one map.
func (t *tally) measure(r *record.Record, m *record.Map) {
	queries, keys := r.Queries(m.Kind), r.Keys(m.Kind)
	across := m.Kind == record.Cross || m.Kind == record.RNN
	punctuation := make([]bool, len(keys))
	for j, k := range keys {
		punctuation[j] = !k.Special && !strings.ContainsFunc(k.Text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) })
	}
	for i := range m.Rows {
		if queries[i].Special {
			continue
		}
		visible := 0
		for j := range m.Cols {
			if !m.Masked(i, j) {
				visible++
			}
		}
		if visible < 2 {
			continue
		}
		even := 1 / float64(visible)
		at := func(which, j int) {
			if j >= 0 && j < m.Cols && !m.Masked(i, j) {
				t.add(which, float64(m.At(i, j)), even)
			}
		}
		at(record.OnPrevious, i-1)
		at(record.OnNext, i+1)
		at(record.OnFirst, 0)
		at(record.OnSame, i)
		mark, marks, other, others, special, signals := 0.0, 0, 0.0, 0, 0.0, 0
		for j := range m.Cols {
			if m.Masked(i, j) {
				continue
			}
			if j > 0 && keys[j].Special {
				special, signals = special+float64(m.At(i, j)), signals+1
			}
			if punctuation[j] {
				mark, marks = mark+float64(m.At(i, j)), marks+1
			}
			if !across && j != i && keys[j].ID == queries[i].ID {
				other, others = other+float64(m.At(i, j)), others+1
			}
		}
		if others > 0 {
			t.add(record.OnDuplicate, other, float64(others)*even)
		}
		if marks > 0 {
			t.add(record.OnPunctuation, mark, float64(marks)*even)
		}
		if signals > 0 {
			t.add(record.OnSeparator, special, float64(signals)*even)
		}
	}
}

// Random repeated sequences: how many, and how long until they repeat.
const (
	randomTexts  = 8
	randomTokens = 24
)

// induction measures all heads within one text on random tokens that are repeated.
func (s *Session) induction(tallies map[record.Place]*tally) {
	vocab, positions := s.Model.Net.Limits()
	n := min(randomTokens, positions/2-1)
	spelled := func(id int) bool { return len(s.Model.Tokenizer.Bytes(id)) > 0 }
	if n < 2 || !anyID(vocab, spelled) {
		return
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range randomTexts {
		ids := make([]int, 0, n)
		for len(ids) < n {
			if id := rng.IntN(vocab); spelled(id) {
				ids = append(ids, id)
			}
		}
		s.repeated(ids, tallies)
	}
}

// repeated measures induction on tokens that are read twice: of each query of the second time, the weight on the token
// after its first.
func (s *Session) repeated(ids []int, tallies map[record.Place]*tally) {
	encoder, decoder := s.Model.Net.Parts()
	_, _, start := s.Model.Net.Special()
	before, after := around(s.Model)
	n := len(ids)
	t := trial{rows: []int{0}}
	if encoder {
		t.source = slices.Concat(before, ids, ids, after)
	}
	first := 0 // where the sequence begins among what is read
	if decoder {
		first = 1
		t.target = slices.Concat([]int{start}, ids, ids)
	}
	s.states(grad.NewPass(), []trial{t}, attention.Hooks{Map: func(m *attention.Map) {
		begin := first
		if m.Kind == attention.Self {
			begin = len(before)
		} else if m.Kind != attention.Decoder {
			return
		}
		of := tallies[record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head}]
		for i := n; i < 2*n; i++ {
			row := begin + i
			lo, hi := m.Visible(row)
			if at := row - n + 1; at >= lo && at < hi {
				of.add(record.OnInduction, float64(m.Weights.Row(row)[at]), 1/float64(hi-lo))
			}
		}
	}})
}

// around are the special tokens that stand before and after a text that an encoder reads.
func around(m *model.Model) (before, after []int) {
	to := &before
	for _, p := range m.Tokenizer.Encode("a") {
		if !p.Special {
			to = &after
		} else {
			*to = append(*to, p.ID)
		}
	}
	return before, after
}

// anyID says whether one of the ids below n has a property.
func anyID(n int, has func(id int) bool) bool {
	for id := range n {
		if has(id) {
			return true
		}
	}
	return false
}
