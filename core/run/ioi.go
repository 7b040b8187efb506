package run

import (
	"math/rand/v2"
	"strings"

	"heed/core/json"
	"heed/core/model"
	"heed/core/say"
)

// IOI is how a decoder alone fares with indirect objects (Wang et al. 2022, "Interpretability in the Wild", section 2):
// in “When Mary and John went to the store, John gave a drink to”, Mary should follow, not John.
type IOI struct {
	Prompts int
	// Difference is the mean over the prompts of the logit of the indirect object's name minus that of the subject's,
	// and Right the share of prompts in which it is above 0.
	Difference, Right float64
}

// Fields describes the JSON.
func (x *IOI) Fields(o *json.Object) {
	o.Member("prompts").Int(&x.Prompts)
	o.Member("difference").Float(&x.Difference)
	o.Member("right").Float(&x.Right)
}

// What the prompts are made of: of the names those that are one token of a model are taken. In a template IO is the
// indirect object's, S the subject's.
var (
	ioiNames     = []string{"Mary", "John", "Tom", "James", "Anna", "Paul", "Sarah", "Mark", "Tim", "Lily", "Ben", "Sam", "Max", "Lucy", "Jack", "Amy"}
	ioiTemplates = []string{
		"When IO and S went to the store, S gave a drink to",
		"When S and IO went to the store, S gave a drink to",
		"Then, IO and S had a long argument, and afterwards S said to",
		"Then, S and IO had a long argument, and afterwards S said to",
		"After IO and S went to the park, S gave a ball to",
		"After S and IO went to the park, S gave a ball to",
	}
)

// IndirectObjects measures a decoder alone over prompts that are drawn from the templates, as many with either name
// first. progress may be nil; its error ends the work. A model of which fewer than two names are one token is an error.
func IndirectObjects(m *model.Model, prompts int, progress func(done, of int) error) (*IOI, error) {
	if encoder, _ := m.Net.Parts(); encoder {
		return nil, say.Error(m.Name, " ", model.Does(m.About.Task), "; indirect objects are measured of models that write a text on")
	}
	var names []string
	ids := map[string]int{}
	for _, name := range ioiNames {
		if p := m.Tokenizer.EncodePlain(" " + name); len(p) == 1 {
			names, ids[name] = append(names, name), p[0].ID
		}
	}
	if len(names) < 2 {
		return nil, say.Error(m.Name, " has fewer than two of the names as single tokens, so their logits cannot be compared")
	}
	out := &IOI{}
	s := NewSession(m)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range prompts {
		if progress != nil {
			if err := progress(i, prompts); err != nil {
				return nil, err
			}
		}
		a := rng.IntN(len(names))
		b := (a + 1 + rng.IntN(len(names)-1)) % len(names)
		text := ioiPrompt(ioiTemplates[i%len(ioiTemplates)], names[a], names[b])
		if _, err := s.Run(text, Options{}); err != nil {
			return nil, err
		}
		d := float64(s.last.next[ids[names[a]]]) - float64(s.last.next[ids[names[b]]])
		if out.Difference += d; d > 0 {
			out.Right++
		}
		out.Prompts++
	}
	n := float64(max(1, out.Prompts))
	out.Difference, out.Right = out.Difference/n, out.Right/n
	return out, nil
}

// ioiPrompt puts names into a template.
func ioiPrompt(template, indirect, subject string) string {
	words := strings.Fields(template)
	for i, w := range words {
		bare := strings.TrimSuffix(w, ",")
		switch bare {
		case "IO":
			words[i] = indirect + w[len(bare):]
		case "S":
			words[i] = subject + w[len(bare):]
		}
	}
	return strings.Join(words, " ")
}
