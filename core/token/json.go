package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// file is a tokenizer.json, as Hugging Face's tokenizers library writes it.
type file struct {
	Version       string          `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	Added         []addedToken    `json:"added_tokens"`
	Normalizer    *typed          `json:"normalizer"`
	PreTokenizer  *preTokenizer   `json:"pre_tokenizer"`
	PostProcessor *postProcessor  `json:"post_processor"`
	Decoder       *byteLevel      `json:"decoder"`
	Model         *model          `json:"model"`
}

type typed struct {
	Type string `json:"type"`
}

type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type byteLevel struct {
	Type           string `json:"type"`
	AddPrefixSpace bool   `json:"add_prefix_space"`
	TrimOffsets    bool   `json:"trim_offsets"`
	UseRegex       *bool  `json:"use_regex"` // true when absent
}

// preTokenizer is a Sequence, a Split or a ByteLevel.
type preTokenizer struct {
	Type           string         `json:"type"`
	PreTokenizers  []preTokenizer `json:"pretokenizers,omitempty"`
	Pattern        *regex         `json:"pattern,omitempty"`
	Behavior       string         `json:"behavior,omitempty"`
	Invert         *bool          `json:"invert,omitempty"`
	AddPrefixSpace *bool          `json:"add_prefix_space,omitempty"`
	TrimOffsets    *bool          `json:"trim_offsets,omitempty"`
	UseRegex       *bool          `json:"use_regex,omitempty"`
}

type regex struct {
	Regex string `json:"Regex"`
}

// postProcessor is a TemplateProcessing; a ByteLevel one is read too, and changes nothing.
type postProcessor struct {
	Type          string                  `json:"type"`
	Single        []templatePart          `json:"single"`
	Pair          []templatePart          `json:"pair"`
	SpecialTokens map[string]templateItem `json:"special_tokens"`
}

type templatePart struct {
	Sequence     *templateRef `json:"Sequence,omitempty"`
	SpecialToken *templateRef `json:"SpecialToken,omitempty"`
}

type templateRef struct {
	ID     string `json:"id"`
	TypeID int    `json:"type_id"`
}

type templateItem struct {
	ID     string   `json:"id"`
	IDs    []int    `json:"ids"`
	Tokens []string `json:"tokens"`
}

type model struct {
	Type         string    `json:"type"`
	Dropout      *float64  `json:"dropout"`
	Unk          *string   `json:"unk_token"`
	Prefix       *string   `json:"continuing_subword_prefix"`
	Suffix       *string   `json:"end_of_word_suffix"`
	FuseUnk      bool      `json:"fuse_unk"`
	ByteFallback bool      `json:"byte_fallback"`
	IgnoreMerges bool      `json:"ignore_merges"`
	Vocab        vocab     `json:"vocab"`
	Merges       mergeList `json:"merges"`
}

// vocab is written as an object {string: id}, in the order of the ids.
type vocab []string

func (v vocab) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for id, s := range v {
		if id > 0 {
			b = append(b, ',')
		}
		k, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		b = fmt.Appendf(append(b, k...), ":%d", id)
	}
	return append(b, '}'), nil
}

func (v *vocab) UnmarshalJSON(b []byte) error {
	var m map[string]int
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("vocab: %w", err)
	}
	// A hole is left as "": tokens listed only in added_tokens may fill it.
	n := 0
	for s, id := range m {
		if id < 0 || id > 1<<20 {
			return fmt.Errorf("vocab: %q has id %d: ids go from 0 to %d", s, id, 1<<20)
		}
		n = max(n, id+1)
	}
	*v = make(vocab, n)
	for s, id := range m {
		if (*v)[id] != "" {
			return fmt.Errorf("vocab: %q and %q share id %d", (*v)[id], s, id)
		}
		(*v)[id] = s
	}
	return nil
}

// mergeList is written as ["a b", …], which every version of the library reads; newer versions
// write [["a", "b"], …], which is read too. No byte's character is a space.
type mergeList [][2]string

func (l mergeList) MarshalJSON() ([]byte, error) {
	s := make([]string, len(l))
	for i, m := range l {
		s[i] = m[0] + " " + m[1]
	}
	return json.Marshal(s)
}

func (l *mergeList) UnmarshalJSON(b []byte) error {
	var joined []string
	if json.Unmarshal(b, &joined) == nil {
		*l = make(mergeList, len(joined))
		for i, s := range joined {
			left, right, ok := bytes.Cut([]byte(s), []byte{' '})
			if !ok {
				return fmt.Errorf("merges: %q is not two pieces with a space between", s)
			}
			(*l)[i] = [2]string{string(left), string(right)}
		}
		return nil
	}
	var pairs [][]string
	if err := json.Unmarshal(b, &pairs); err != nil {
		return fmt.Errorf("merges: %w", err)
	}
	*l = make(mergeList, len(pairs))
	for i, p := range pairs {
		if len(p) != 2 {
			return fmt.Errorf("merges: entry %d has %d pieces, want 2", i, len(p))
		}
		(*l)[i] = [2]string(p)
	}
	return nil
}

// JSON returns the tokenizer as a tokenizer.json that Hugging Face's tokenizers library and
// transformers.PreTrainedTokenizerFast open. Equal tokenizers give equal bytes.
func (t *Tokenizer) JSON() ([]byte, error) {
	yes, no := true, false
	level := preTokenizer{Type: "ByteLevel", AddPrefixSpace: &no, TrimOffsets: &yes, UseRegex: &no}
	f := file{
		Version:      "1.0",
		PreTokenizer: &level,
		Decoder:      &byteLevel{"ByteLevel", false, true, &no},
		Model:        &model{Type: "BPE", Vocab: t.vocab, Merges: mergeList{}},
	}
	if t.split == splitGPT2 {
		level.UseRegex = &yes
	} else {
		f.PreTokenizer = &preTokenizer{Type: "Sequence", PreTokenizers: []preTokenizer{
			{Type: "Split", Pattern: &regex{patterns[t.split]}, Behavior: "Isolated", Invert: &no},
			level,
		}}
	}
	for _, id := range t.special {
		f.Added = append(f.Added, addedToken{ID: id, Content: t.vocab[id], Special: true})
	}
	for _, p := range t.merges {
		a, b := p.split()
		f.Model.Merges = append(f.Model.Merges, [2]string{t.vocab[a], t.vocab[b]})
	}
	if len(t.before)+len(t.after) > 0 {
		f.PostProcessor = t.template()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// template returns the post-processor for before and after: a pair of texts has after twice.
func (t *Tokenizer) template() *postProcessor {
	p := &postProcessor{Type: "TemplateProcessing", SpecialTokens: map[string]templateItem{}}
	parts := func(ids []int) (out []templatePart) {
		for _, id := range ids {
			s := t.vocab[id]
			p.SpecialTokens[s] = templateItem{s, []int{id}, []string{s}}
			out = append(out, templatePart{SpecialToken: &templateRef{ID: s}})
		}
		return out
	}
	p.Single = append(parts(t.before), templatePart{Sequence: &templateRef{ID: "A"}})
	p.Single = append(p.Single, parts(t.after)...)
	p.Pair = append(p.Pair, p.Single...)
	p.Pair = append(p.Pair, templatePart{Sequence: &templateRef{ID: "B"}})
	p.Pair = append(p.Pair, parts(t.after)...)
	return p
}

// Parse reads a tokenizer.json whose model is byte-level BPE without a normalizer and whose words
// are cut by one of the two expressions that this package knows: GPT-2's, or the one that Train
// uses. The error for any other file says what is not supported. Padding and truncation are not
// read: they are the caller's. Offsets are never trimmed of their leading space.
func Parse(data []byte) (*Tokenizer, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("token: tokenizer.json: %w", err)
	}
	t, err := f.tokenizer()
	if err != nil {
		return nil, fmt.Errorf("token: tokenizer.json: %w", err)
	}
	return t, nil
}

func (f *file) tokenizer() (*Tokenizer, error) {
	m := f.Model
	switch {
	case m == nil:
		return nil, errors.New("no model: is this a tokenizer.json?")
	case m.Type != "BPE" && m.Type != "": // GPT-2's own file leaves it out
		return nil, fmt.Errorf("model type %q: only BPE is supported", m.Type)
	case f.Normalizer != nil:
		return nil, fmt.Errorf("normalizer %q: only files without one are supported", f.Normalizer.Type)
	case m.Dropout != nil && *m.Dropout != 0:
		return nil, errors.New("model.dropout would make encoding random: set it to null")
	case m.Prefix != nil && *m.Prefix != "", m.Suffix != nil && *m.Suffix != "":
		return nil, errors.New("continuing_subword_prefix and end_of_word_suffix are not supported: byte-level BPE has neither")
	case m.ByteFallback:
		return nil, errors.New("byte_fallback is not supported: only byte-level BPE is")
	case m.IgnoreMerges:
		return nil, errors.New("ignore_merges is not supported")
	case f.Decoder == nil || f.Decoder.Type != "ByteLevel":
		return nil, errors.New("the decoder is not ByteLevel: only byte-level BPE is supported")
	}
	t := &Tokenizer{vocab: m.Vocab, joins: make(map[pair]join, len(m.Merges))}
	var err error
	if t.split, err = f.PreTokenizer.splitter(); err != nil {
		return nil, err
	}
	special, err := t.addSpecial(f.Added)
	if err != nil {
		return nil, err
	}
	if err := t.addPieces(special); err != nil {
		return nil, err
	}
	for i, m := range m.Merges {
		if err := t.addMerge(m); err != nil {
			return nil, fmt.Errorf("merge %d, %q: %w", i, m, err)
		}
	}
	t.before, t.after, err = f.PostProcessor.around(t)
	return t, err
}

// addSpecial puts the added tokens into the vocabulary and returns their ids as a set.
func (t *Tokenizer) addSpecial(added []addedToken) (map[int]bool, error) {
	special := map[int]bool{}
	for _, a := range added {
		switch {
		case !a.Special:
			return nil, fmt.Errorf("added token %q is not special: only special ones are supported", a.Content)
		case a.LStrip || a.RStrip || a.SingleWord:
			return nil, fmt.Errorf("added token %q: lstrip, rstrip and single_word are not supported", a.Content)
		case a.Content == "" || a.ID < 0 || a.ID > len(t.vocab)+len(added):
			return nil, fmt.Errorf("added token %q has id %d: it must have a name and follow the vocabulary", a.Content, a.ID)
		}
		for a.ID >= len(t.vocab) {
			t.vocab = append(t.vocab, "")
		}
		if have := t.vocab[a.ID]; have != "" && have != a.Content || special[a.ID] {
			return nil, fmt.Errorf("added token %q: id %d is %q already", a.Content, a.ID, have)
		}
		t.vocab[a.ID] = a.Content
		t.special = append(t.special, a.ID)
		special[a.ID] = true
	}
	return special, nil
}

// addPieces fills ids, bytes and symbols from the vocabulary.
func (t *Tokenizer) addPieces(special map[int]bool) error {
	t.ids = make(map[string]int, len(t.vocab))
	t.bytes = make([][]byte, len(t.vocab))
	for id, s := range t.vocab {
		if s == "" {
			return fmt.Errorf("vocab: no token has id %d", id)
		}
		if other, ok := t.ids[s]; ok {
			return fmt.Errorf("vocab: %q has ids %d and %d", s, other, id)
		}
		t.ids[s] = id
		if special[id] {
			continue
		}
		b, ok := unwritten(s)
		if !ok {
			return fmt.Errorf("vocab: %q is not written in the byte-level alphabet: only byte-level BPE is supported", s)
		}
		t.bytes[id] = b
	}
	for b, r := range alphabet {
		id, ok := t.ids[string(r)]
		if !ok || special[id] {
			return fmt.Errorf("vocab: no piece for byte %#x (%q): only byte-level BPE with all 256 bytes is supported", b, r)
		}
		t.symbols[b] = int32(id)
	}
	return nil
}

func (t *Tokenizer) addMerge(m [2]string) error {
	a, okA := t.ids[m[0]]
	b, okB := t.ids[m[1]]
	id, ok := t.ids[m[0]+m[1]]
	if !okA || !okB || !ok || t.bytes[a] == nil || t.bytes[b] == nil || t.bytes[id] == nil {
		return errors.New("the vocabulary lacks one of its pieces or their sum")
	}
	p := pairOf(int32(a), int32(b))
	t.joins[p] = join{int32(len(t.merges)), int32(id)}
	t.merges = append(t.merges, p)
	return nil
}

// splitter tells which of the known expressions cuts the words.
func (p *preTokenizer) splitter() (splitter, error) {
	if p == nil {
		return 0, errors.New("no pre_tokenizer: a ByteLevel one is needed")
	}
	parts := []preTokenizer{*p}
	if p.Type == "Sequence" {
		parts = p.PreTokenizers
	}
	if len(parts) == 0 || len(parts) > 2 || parts[len(parts)-1].Type != "ByteLevel" {
		return 0, fmt.Errorf("pre_tokenizer %q: only ByteLevel, or a Split by regex before it, is supported", p.Type)
	}
	level := parts[len(parts)-1]
	if level.AddPrefixSpace != nil && *level.AddPrefixSpace {
		return 0, errors.New("pre_tokenizer: add_prefix_space is not supported: set it to false")
	}
	useRegex := level.UseRegex == nil || *level.UseRegex
	if len(parts) == 1 {
		if !useRegex {
			return 0, errors.New("pre_tokenizer: ByteLevel with use_regex false needs a Split before it")
		}
		return splitGPT2, nil
	}
	s := parts[0]
	if s.Type != "Split" || s.Pattern == nil || s.Behavior != "Isolated" || s.Invert != nil && *s.Invert || useRegex {
		return 0, errors.New("pre_tokenizer: before ByteLevel (use_regex false) only a Split by regex, Isolated and not inverted, is supported")
	}
	for i, known := range patterns {
		if s.Pattern.Regex == known {
			return splitter(i), nil
		}
	}
	return 0, fmt.Errorf("pre_tokenizer: the expression %q is not supported: this package knows %q and GPT-2's %q",
		s.Pattern.Regex, patterns[splitHeed], patterns[splitGPT2])
}

// around returns the ids of the special tokens that go before and after a single text.
func (p *postProcessor) around(t *Tokenizer) (before, after []int, err error) {
	if p == nil || p.Type == "ByteLevel" {
		return nil, nil, nil
	}
	if p.Type != "TemplateProcessing" {
		return nil, nil, fmt.Errorf("post_processor %q: only TemplateProcessing is supported", p.Type)
	}
	seen := false
	for _, part := range p.Single {
		switch {
		case part.Sequence != nil && part.Sequence.ID == "A" && !seen:
			seen = true
		case part.SpecialToken != nil:
			item, ok := p.SpecialTokens[part.SpecialToken.ID]
			if !ok {
				return nil, nil, fmt.Errorf("post_processor: special_tokens lacks %q", part.SpecialToken.ID)
			}
			for _, id := range item.IDs {
				if id < 0 || id >= t.Len() || t.bytes[id] != nil {
					return nil, nil, fmt.Errorf("post_processor: id %d of %q is not a special token's", id, item.ID)
				}
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
	return before, after, nil
}
