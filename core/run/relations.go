package run

import (
	"strings"

	"heed/core/record"
	"heed/core/say"
)

// relation is two words of a sentence of which one belongs to the other: its first words, from to to, by their places
// in the text.
type relation struct {
	text           string
	which          int // record.OnNoun or record.OnVerb
	first, second  string
	firstAt, after int // bytes before the first word, and before the second one
}

// relations are sentences in which a determiner is before its noun and a subject before its verb, with other words
// between: a head that looks at neighbours does not find them.
func relations() (all []relation) {
	add := func(which int, parts ...string) { // between the two words, which are the second part and the fourth
		r := relation{text: strings.Join(parts, ""), which: which, first: parts[1], second: parts[3], firstAt: len(parts[0])}
		r.after = r.firstAt + len(parts[1]) + len(parts[2])
		all = append(all, r)
	}
	nouns := []string{"car", "dog", "house", "girl", "boy", "bird"}
	for i, noun := range nouns {
		add(record.OnNoun, "I see ", "the", " small ", noun, " again.")
		add(record.OnNoun, "We know ", "a", " very old ", noun, " here.")
		add(record.OnNoun, "Tom likes ", "this", " little red ", noun, " very much.")
		other := nouns[(i+2)%len(nouns)]
		add(record.OnVerb, "The ", noun, " near the "+other+" ", "is", " very small.")
		add(record.OnVerb, "My ", noun, " and I never ", "go", " to the park.")
		add(record.OnVerb, "The ", noun, " that I saw yesterday ", "has", " a name.")
	}
	return all
}

// syntax measures relations of words on sentences of templates, in models that read English.
func (s *Session) syntax(tallies map[record.Place]*tally) error {
	if source := s.Model.About.Source; source != "" && !english(source) {
		return nil
	}
	for _, of := range relations() {
		r, err := s.Run(of.text, Options{})
		if err != nil {
			return err
		}
		word := func(at int, w string) (tokens []int) {
			for i, t := range r.Tokens.Source {
				if !t.Special && t.Start < at+len(w) && t.End > at {
					tokens = append(tokens, i)
				}
			}
			return tokens
		}
		first, second := word(of.firstAt, of.first), word(of.after, of.second)
		if len(first) == 0 || len(second) == 0 {
			return say.Error("the model does not read the word ", of.first, " or ", of.second)
		}
		for j := range r.Maps {
			m := &r.Maps[j]
			if m.Kind != record.Self && (m.Kind != record.Decoder || len(r.Tokens.Target) > 0) {
				continue
			}
			query, keys := first[len(first)-1], second
			if m.Masked(query, second[len(second)-1]) { // it sees only what is before it
				query, keys = second[len(second)-1], first
			}
			visible, weight := 0, 0.0
			for k := range m.Cols {
				if !m.Masked(query, k) {
					visible++
				}
			}
			for _, k := range keys {
				weight += float64(m.At(query, k))
			}
			tallies[record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head}].add(of.which, weight, float64(len(keys))/float64(visible))
		}
	}
	return nil
}
