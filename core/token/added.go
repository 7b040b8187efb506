package token

import (
	"heed/core/json"
	"heed/core/say"
)

// addedToken is a token that is looked for in the text itself, before it is cut into words.
type addedToken struct {
	ID         int
	Content    string
	SingleWord bool // only where no word goes on before or after it
	LStrip     bool // it takes the white space before it
	RStrip     bool // and after it
	Normalized bool // it is looked for in the normalised text
	Special    bool
}

func (a *addedToken) Fields(o *json.Object) {
	o.Member("id").Int(&a.ID)
	o.Member("content").String(&a.Content)
	o.Member("single_word").Bool(&a.SingleWord)
	o.Member("lstrip").Bool(&a.LStrip)
	o.Member("rstrip").Bool(&a.RStrip)
	o.Member("normalized").Bool(&a.Normalized)
	o.Member("special").Bool(&a.Special)
}

// addedTokens are those that are looked for in a text as it is, and in the normalised text.
type addedTokens [2]struct {
	tokens []*addedToken
	sought prefixes
}

// newAddedTokens has added tokens and what is looked for. Of two for which the same is, a special one comes first, as
// in Hugging Face's library.
func newAddedTokens(added []addedToken, sought []string) *addedTokens {
	out := &addedTokens{}
	for i := range out {
		var list []string
		for _, special := range [...]bool{true, false} {
			for k := range added {
				if a := &added[k]; a.Special == special && a.Normalized == (i == 1) {
					out[i].tokens, list = append(out[i].tokens, a), append(list, sought[k])
				}
			}
		}
		out[i].sought = newPrefixes(list)
	}
	return out
}

// addedAt returns the longest added token with which s begins, and its length; nil if there is none.
func (t *Tokenizer) addedAt(s string, normalized bool) (best *addedToken, length int) {
	in := &t.added[0]
	if normalized {
		in = &t.added[1]
	}
	in.sought.of(s, func(n, i int) { best, length = in.tokens[i], n })
	return best, length
}

// piece returns the id of a piece of the model's own, which an added token need not be: it is read where it is found in
// the text itself, and no model makes one of text.
func (t *Tokenizer) piece(s string) (id int, ok bool) {
	id, ok = t.ids[s]
	return id, ok && !t.beside[id]
}

// add puts the added tokens into the vocabulary.
func (t *Tokenizer) add(added []addedToken) error {
	t.bytes = make([][]byte, len(t.vocab), len(t.vocab)+len(added))
	sought := make([]string, len(added))
	t.beside = make(map[int]bool, len(added))
	var m matcher
	for i := range added {
		a := &added[i]
		if a.Content == "" || a.ID < 0 || a.ID > len(t.vocab)+len(added) {
			return say.Error("added token ", say.Quote(a.Content), " has id ", a.ID, ": it must have a name and follow the vocabulary")
		}
		for a.ID >= len(t.vocab) {
			t.vocab, t.bytes = append(t.vocab, ""), append(t.bytes, nil)
		}
		have := t.vocab[a.ID]
		if _, seen := t.beside[a.ID]; seen || have != "" && have != a.Content {
			return say.Error("added token ", say.Quote(a.Content), ": id ", a.ID, " is ", say.Quote(have), " already")
		}
		t.beside[a.ID] = have == ""
		t.vocab[a.ID] = a.Content
		if a.Special {
			t.special = append(t.special, a.ID)
		} else {
			t.bytes[a.ID] = []byte(a.Content)
		}
		sought[i] = a.Content
		if a.Normalized && t.normalize != nil {
			content := Aligned{Text: a.Content}
			t.normalize.normalize(&content, &m)
			sought[i] = content.Text
		}
	}
	t.added = newAddedTokens(added, sought)
	return nil
}
