package token

import (
	"strings"

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

	match string // what is looked for
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

// addedTokens are those of a tokenizer by the first byte of what is looked for.
type addedTokens [256][]*addedToken

// addedAt returns the longest added token with which s begins, or nil.
func (t *Tokenizer) addedAt(s string, normalized bool) (best *addedToken) {
	for _, a := range t.added[s[0]] {
		if a.Normalized == normalized && (best == nil || len(a.match) > len(best.match)) && strings.HasPrefix(s, a.match) {
			best = a
		}
	}
	return best
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
	t.added = &addedTokens{}
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
		a.match = a.Content
		if a.Normalized && t.normalize != nil {
			content := Aligned{Text: a.Content}
			t.normalize.normalize(&content, &m)
			a.match = content.Text
		}
		if a.match != "" {
			t.added[a.match[0]] = append(t.added[a.match[0]], a)
		}
	}
	return nil
}
