package token

import (
	"errors"

	"heed/core/json"
	"heed/core/say"
)

// postProcessor says what goes around a text: a TemplateProcessing, BertProcessing or
// RobertaProcessing; a ByteLevel only trims spans; a Sequence is several of them.
type postProcessor struct {
	Type          string
	Parts         []postProcessor
	Single        []templatePart
	Pair          []templatePart
	SpecialTokens map[string]templateItem
	Before, After tokenID // of BertProcessing and RobertaProcessing: cls and sep

	TrimOffsets, AddPrefixSpace bool
}

func (p *postProcessor) Fields(o *json.Object) {
	o.Member("type").String(&p.Type)
	list(o.Optional("processors", false), &p.Parts)
	list(o.Member("single"), &p.Single)
	list(o.Member("pair"), &p.Pair)
	json.Map(o.Member("special_tokens"), &p.SpecialTokens)
	if o.Writing() {
		return
	}
	p.Before.read(o.Member("cls"))
	p.After.read(o.Member("sep"))
	p.TrimOffsets, p.AddPrefixSpace = true, true
	o.Member("trim_offsets").Bool(&p.TrimOffsets)
	o.Member("add_prefix_space").Bool(&p.AddPrefixSpace)
}

// tokenID is a token, written as ["</s>", 2].
type tokenID struct {
	name string
	id   int
}

func (t *tokenID) read(v json.Value) {
	v.Array(0, func(i int, e json.Value) {
		switch i {
		case 0:
			e.String(&t.name)
		case 1:
			e.Int(&t.id)
		}
	})
}

// templatePart names one of the two.
type templatePart struct {
	Sequence     string
	SpecialToken string
}

func (p *templatePart) Fields(o *json.Object) {
	id := func(v json.Value, id *string) {
		v.Object(func(o *json.Object) {
			var kind int
			o.Member("id").String(id)
			o.Member("type_id").Int(&kind)
		})
	}
	id(o.Optional("Sequence", p.Sequence != ""), &p.Sequence)
	id(o.Optional("SpecialToken", p.SpecialToken != ""), &p.SpecialToken)
}

type templateItem struct {
	ID     string
	IDs    []int
	Tokens []string
}

func (i *templateItem) Fields(o *json.Object) {
	o.Member("id").String(&i.ID)
	o.Member("ids").Ints(&i.IDs)
	o.Member("tokens").Strings(&i.Tokens)
}

// around returns the ids of the special tokens that go before and after a single text, and notes
// whether spans are trimmed.
func (p *postProcessor) around(t *Tokenizer) (before, after []int, err error) {
	if p == nil {
		return nil, nil, nil
	}
	special := func(ids ...int) error {
		for _, id := range ids {
			if !t.IsSpecial(id) {
				return say.Error("post_processor: id ", id, " is not a special token's")
			}
		}
		return nil
	}
	switch p.Type {
	case "Sequence":
		for i := range p.Parts {
			b, a, err := p.Parts[i].around(t)
			if err != nil {
				return nil, nil, err
			}
			before, after = append(b, before...), append(after, a...)
		}
	case "ByteLevel", "RobertaProcessing":
		if p.TrimOffsets {
			t.trims = append(t.trims, p.AddPrefixSpace)
		}
		if p.Type == "ByteLevel" {
			return nil, nil, nil
		}
		fallthrough
	case "BertProcessing":
		for _, token := range []tokenID{p.Before, p.After} {
			if err := special(token.id); err != nil {
				return nil, nil, err
			}
			if t.vocab[token.id] != token.name {
				return nil, nil, say.Error("post_processor: token ", token.id, " is ", say.Quote(t.vocab[token.id]), ", not ", say.Quote(token.name))
			}
		}
		return []int{p.Before.id}, []int{p.After.id}, nil
	case "TemplateProcessing":
		seen := false
		for _, part := range p.Single {
			switch {
			case part.Sequence == "A" && !seen:
				seen = true
			case part.SpecialToken != "":
				item, ok := p.SpecialTokens[part.SpecialToken]
				if !ok {
					return nil, nil, say.Error("post_processor: special_tokens lacks ", say.Quote(part.SpecialToken))
				}
				if err := special(item.IDs...); err != nil {
					return nil, nil, err
				}
				// A file may name a list of ids many times.
				if len(before)+len(after)+len(item.IDs) > maxAround {
					return nil, nil, say.Error("post_processor: the template puts more than ", maxAround, " special tokens around a text")
				}
				if seen {
					after = append(after, item.IDs...)
				} else {
					before = append(before, item.IDs...)
				}
			default:
				return nil, nil, errors.New("post_processor: the template for a single text must hold $A once, and special tokens")
			}
		}
		if !seen {
			return nil, nil, errors.New("post_processor: the template for a single text lacks $A")
		}
	default:
		return nil, nil, say.Error("post_processor ", say.Quote(p.Type), " is not supported")
	}
	if len(before)+len(after) > maxAround {
		return nil, nil, say.Error("post_processor: more than ", maxAround, " special tokens go around a text")
	}
	return before, after, nil
}

// template returns the post-processor for before and after: a pair of texts has after twice.
func (t *Tokenizer) template() *postProcessor {
	p := &postProcessor{Type: "TemplateProcessing", SpecialTokens: map[string]templateItem{}}
	parts := func(ids []int) (out []templatePart) {
		for _, id := range ids {
			s := t.vocab[id]
			p.SpecialTokens[s] = templateItem{s, []int{id}, []string{s}}
			out = append(out, templatePart{SpecialToken: s})
		}
		return out
	}
	p.Single = append(parts(t.before), templatePart{Sequence: "A"})
	p.Single = append(p.Single, parts(t.after)...)
	p.Pair = append(p.Pair, p.Single...)
	p.Pair = append(p.Pair, templatePart{Sequence: "B"})
	p.Pair = append(p.Pair, parts(t.after)...)
	return p
}
