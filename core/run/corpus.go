package run

import (
	"heed/core/record"
	"heed/core/say"
)

// corpus is what means and roles are taken over that are asked for without a file of texts.
type corpus struct {
	name  string
	texts []string
	means activations   // nil before they were asked for
	roles *record.Roles // nil before they were asked for

	translations *record.Translations // which were stored; nil where there are none
}

// everyday are the texts of a model without examples.
var everyday = []string{"The cat sat on the mat.", "She reads a book in the garden.", "We went to the market and bought some bread.", "It was raining when I left the house.",
	"My brother, who lives in Paris, is a doctor.", "Where did you put the keys?", "The old man and the young woman talked for an hour.", "If it is cold, take a coat."}

// Over has explanations take means and measure roles over the examples of a model; what is stored of its translations
// is added to the roles. Fewer than three texts give too little: those that came with the model are taken then, or
// other sentences.
func (s *Session) Over(texts []string, t *record.Translations) {
	if len(texts) < 3 {
		texts = append([]string{s.Model.About.Example}, s.Model.About.Others...)
	}
	name := say.Text("the ", len(texts), " examples of this model")
	if len(texts) < 3 {
		name, texts = say.Text(len(everyday), " everyday English sentences"), everyday
	}
	if s.corpus.name != name {
		s.corpus = corpus{name: name, texts: texts, translations: t}
	}
}

// over is the corpus, which Over may not have named.
func (s *Session) over() *corpus {
	if s.corpus.texts == nil {
		s.Over(nil, nil)
	}
	return &s.corpus
}

// rolesOver measures all heads over the corpus.
func (s *Session) rolesOver(progress Progress) (*record.Roles, error) {
	c := s.over()
	if c.roles == nil {
		heads, err := Heads(s.Model, c.texts, progress)
		if err != nil {
			return nil, err
		}
		c.roles = &record.Roles{Corpus: c.name, Heads: heads}
		c.roles.Translate(c.translations)
	}
	return c.roles, nil
}
