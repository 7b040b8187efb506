package record

import (
	"heed/core/json"
	"heed/core/say"
)

// Roles are what the heads of a model do, measured over a corpus.
type Roles struct {
	Corpus string // which, in words
	Pairs  string // what OnTranslation was measured over, in words; "" where it was not
	Heads  []HeadScores
}

// Of returns the scores of a head; nil where it was not measured.
func (r *Roles) Of(kind Kind, layer, head int) *HeadScores {
	for i := range r.Heads {
		if h := &r.Heads[i]; h.Kind == kind && h.Layer == layer && h.Head == head {
			return h
		}
	}
	return nil
}

// Fields are corpus, pairs and heads.
func (r *Roles) Fields(o *json.Object) {
	o.Member("corpus").String(&r.Corpus)
	o.Optional("pairs", r.Pairs != "").String(&r.Pairs)
	json.List(o.Member("heads"), &r.Heads)
}

// HeadScores say what a head does, measured over a corpus: means over all its queries of the weight that goes to
// certain keys, each in [0, 1].
type HeadScores struct {
	Kind        Kind
	Layer, Head int
	Shares
	Chance Shares // the same for a head that looks at all keys alike
}

// What a share of a head's weights goes to: an index of Shares and ShareNames.
const (
	OnPrevious    = iota // the token before the query (of cross-attention: in the place before)
	OnNext               // the token after it
	OnFirst              // the first token
	OnSame               // the query itself (of cross-attention: the same place)
	OnDuplicate          // other occurrences of the query's token, over queries that have one
	OnPunctuation        // tokens without a letter or digit that are not special
	// OnInduction is the prefix-matching score of Olsson et al. 2022, "In-context Learning and Induction
	// Heads": on random tokens that are repeated, the weight on the token after the query's last occurrence.
	OnInduction
	OnSeparator // special tokens behind the first, such as [SEP] (Clark et al. 2019, section 3.2)
	// OnNoun and OnVerb are syntactic relations (Clark et al. 2019, section 4.2), on sentences of templates with other
	// words between the two: of a determiner the weight on its noun, and of a subject the weight on its verb; where a
	// token sees only those before it, of the noun the weight on its determiner, and of the verb the weight on its
	// subject.
	OnNoun
	OnVerb
	// OnTranslation is no mean weight but the part of words, of those that a dictionary knows, where a head of
	// cross-attention looks most at the word that is translated (eval.Align).
	OnTranslation
)

// ShareNames are the names of the shares in files.
var ShareNames = [...]string{
	OnPrevious: "previous", OnNext: "next", OnFirst: "first", OnSame: "same",
	OnDuplicate: "duplicate", OnPunctuation: "punctuation", OnInduction: "induction", OnSeparator: "separator",
	OnNoun: "noun", OnVerb: "verb", OnTranslation: "translation",
}

// Shares are the weights on certain keys. Those that need two texts of one language are 0 for cross-attention, and
// the syntactic ones for all but English texts that a model reads.
//
// OnPrevious, OnDuplicate and OnInduction look at the keys that TransformerLens's head_detector has as
// previous_token_head, duplicate_token_head and induction_head. Its score (error_measure="mul") is the share of all
// weights of a text; here it is the mean over the queries that have such a key, so that a head which always looks there
// has 1. Of a decoder's text of n tokens, with the token that begins it, of which m have such a key, TransformerLens's
// score is m/n times the one here: (n-1)/n of OnPrevious, and of OnInduction, on k random tokens read twice, k/(2k+1),
// where no token occurs twice among the k. What differs else: special tokens ask nothing here, but for TransformerLens
// all do; an encoder's queries have later tokens as duplicates too, which TransformerLens's patterns leave out; and
// induction is measured on random tokens, whatever the texts are. The mean of a diagonal of weights on such tokens,
// which its demonstrations call the induction score, is OnInduction with the one or two queries before the repetition
// counted too.
type Shares [len(ShareNames)]float64

// fields has OnTranslation only where it was measured.
func (s *Shares) fields(o *json.Object, translates bool) {
	for i := range s {
		o.Optional(ShareNames[i], i != OnTranslation || translates).Float(&s[i])
	}
}

// Translates says whether it was measured how often the head looks most at the word that is translated.
func (h *HeadScores) Translates() bool { return h.Chance[OnTranslation] > 0 }

// Fields describes the JSON of one head.
func (h *HeadScores) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&h.Kind))
	o.Member("layer").Int(&h.Layer)
	o.Member("head").Int(&h.Head)
	translates := h.Translates()
	h.Shares.fields(o, translates)
	o.Member("chance").Object(func(o *json.Object) { h.Chance.fields(o, translates) })
}

// Translations are OnTranslation of the heads that have it. They are stored beside a model, because they take pairs of
// both languages, and a dictionary learned from many more.
type Translations struct {
	Pairs  string // what they were measured over, in words
	Chance float64
	Heads  []HeadRate
}

// HeadRate is that of one head.
type HeadRate struct {
	Kind        Kind
	Layer, Head int
	Rate        float64
}

// Fields are pairs, chance and heads.
func (t *Translations) Fields(o *json.Object) {
	o.Member("pairs").String(&t.Pairs)
	o.Member("chance").Float(&t.Chance)
	json.List(o.Member("heads"), &t.Heads)
}

// Fields describes the JSON of one head's.
func (h *HeadRate) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&h.Kind))
	o.Member("layer").Int(&h.Layer)
	o.Member("head").Int(&h.Head)
	o.Member("rate").Float(&h.Rate)
}

// Translate adds what was stored; nil adds nothing.
func (r *Roles) Translate(t *Translations) {
	if t == nil {
		return
	}
	r.Pairs = t.Pairs
	for _, rate := range t.Heads {
		if h := r.Of(rate.Kind, rate.Layer, rate.Head); h != nil {
			h.Shares[OnTranslation], h.Chance[OnTranslation] = rate.Rate, t.Chance
		}
	}
}

// Role is a share, by its index in Shares, how large it is and how large by chance.
type Role struct {
	Which         int
	Share, Chance float64
}

// Role is what a head does most, measured by how far its share is above chance, of all that is above it; ok is false
// where no share is a quarter of the way from chance to all.
func (h *HeadScores) Role() (r Role, ok bool) {
	best := 0.25
	for i, v := range h.Shares {
		chance := h.Chance[i]
		if above := (v - chance) / (1 - chance); chance < 1 && above >= best {
			best, r, ok = above, Role{i, v, chance}, true
		}
	}
	return r, ok
}

func (r *Roles) valid() error {
	if err := atMost("heads", len(r.Heads), maxGrid); err != nil {
		return err
	}
	for i := range r.Heads {
		h := &r.Heads[i]
		for _, s := range []*Shares{&h.Shares, &h.Chance} {
			for _, v := range s {
				if !(v >= 0 && v <= 1.001) {
					return say.Error("record: heads holds a share that is not between 0 and 1")
				}
			}
		}
	}
	return nil
}
