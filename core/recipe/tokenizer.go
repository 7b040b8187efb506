package recipe

import (
	"fmt"
	"math/rand/v2"

	"heed/core/model"
	"heed/core/token"
)

// TrainTokenizer learns the recipe's vocabulary from both sides of the pairs.
func (r *Recipe) TrainTokenizer(d *Data) (*token.Tokenizer, error) {
	net, err := r.newNet()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(r.Seed, 0x746f6b656e))
	lines := func(yield func(string) bool) {
		for p := range r.texts(rng, d) {
			for _, s := range []string{p.Source, p.Target} {
				// A space in front lets the start of a sentence and its middle share their pieces.
				if s != "" && !(yield(s) && yield(" "+s)) {
					return
				}
			}
		}
	}
	vocab, _ := net.Limits()
	t, err := token.Train(lines, vocab, specials(r.Task, net))
	if err != nil {
		return nil, err
	}
	if t.Len() != vocab {
		return nil, fmt.Errorf("the data gives a vocabulary of %d pieces, but the recipe expects %d", t.Len(), vocab)
	}
	switch r.Task {
	case model.Generation:
		t.Surround([]string{model.EndOfText}, nil)
	case model.Fill:
		t.Surround([]string{model.Class}, []string{model.Separator})
	}
	return t, nil
}

// specials are the special tokens of a task's tokenizer, which have the first ids.
func specials(task string, net model.Net) []string {
	switch task {
	case model.Generation:
		return []string{model.EndOfText}
	case model.Fill:
		return []string{model.Padding, model.Class, model.Separator, model.Mask}
	}
	special := []string{token.End, token.End}
	if pad, _, _ := net.Special(); pad < len(special) {
		special[pad] = "<pad>"
	}
	return special
}
