package token

import (
	"errors"
	"strconv"
	"strings"

	"heed/core/json"
	"heed/core/say"
)

// file is a tokenizer.json, as Hugging Face's tokenizers library writes it.
type file struct {
	Added         []addedToken
	Normalizer    *normalizer
	PreTokenizer  *preTokenizer
	PostProcessor *postProcessor
	Decoder       *preTokenizer // the library has one ByteLevel for both
	Model         *model
}

func (f *file) Fields(o *json.Object) {
	version := "1.0"
	o.Member("version").String(&version)
	o.Member("truncation").Null()
	o.Member("padding").Null()
	json.List(o.Member("added_tokens"), &f.Added)
	json.Pointer(o.Member("normalizer"), &f.Normalizer)
	json.Pointer(o.Member("pre_tokenizer"), &f.PreTokenizer)
	json.Pointer(o.Member("post_processor"), &f.PostProcessor)
	json.Pointer(o.Member("decoder"), &f.Decoder)
	json.Pointer(o.Member("model"), &f.Model)
}

type addedToken struct {
	ID         int
	Content    string
	SingleWord bool
	LStrip     bool
	RStrip     bool
	Normalized bool
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

type normalizer struct{ Type string }

func (n *normalizer) Fields(o *json.Object) { o.Member("type").String(&n.Type) }

// preTokenizer is a Sequence, a Split or a ByteLevel.
type preTokenizer struct {
	Type string

	Parts []preTokenizer // of a Sequence

	Regex    string // of a Split
	Behavior string
	Invert   bool

	AddPrefixSpace bool // of a ByteLevel
	TrimOffsets    bool
	NoRegex        bool
}

func (p *preTokenizer) Fields(o *json.Object) {
	o.Member("type").String(&p.Type)

	json.List(o.Optional("pretokenizers", p.Type == "Sequence"), &p.Parts)

	split := p.Type == "Split"
	o.Optional("pattern", split).Object(func(o *json.Object) { o.Member("Regex").String(&p.Regex) })
	o.Optional("behavior", split).String(&p.Behavior)
	o.Optional("invert", split).Bool(&p.Invert)

	level := p.Type == "ByteLevel"
	o.Optional("add_prefix_space", level).Bool(&p.AddPrefixSpace)
	o.Optional("trim_offsets", level).Bool(&p.TrimOffsets)
	useRegex := !p.NoRegex // true when absent
	o.Optional("use_regex", level).Bool(&useRegex)
	p.NoRegex = !useRegex
}

// postProcessor is a TemplateProcessing; a ByteLevel one is read too, and changes nothing.
type postProcessor struct {
	Type          string
	Single        []templatePart
	Pair          []templatePart
	SpecialTokens map[string]templateItem
}

func (p *postProcessor) Fields(o *json.Object) {
	o.Member("type").String(&p.Type)
	json.List(o.Member("single"), &p.Single)
	json.List(o.Member("pair"), &p.Pair)
	json.Map(o.Member("special_tokens"), &p.SpecialTokens)
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

type model struct {
	Type         string
	Dropout      float64
	Unk          string
	Prefix       string
	Suffix       string
	FuseUnk      bool
	ByteFallback bool
	IgnoreMerges bool
	Vocab        vocab
	Merges       mergeList
}

func (m *model) Fields(o *json.Object) {
	o.Member("type").String(&m.Type)
	o.Nullable("dropout", m.Dropout != 0).Float(&m.Dropout)
	o.Nullable("unk_token", m.Unk != "").String(&m.Unk)
	o.Nullable("continuing_subword_prefix", m.Prefix != "").String(&m.Prefix)
	o.Nullable("end_of_word_suffix", m.Suffix != "").String(&m.Suffix)
	o.Member("fuse_unk").Bool(&m.FuseUnk)
	o.Member("byte_fallback").Bool(&m.ByteFallback)
	o.Member("ignore_merges").Bool(&m.IgnoreMerges)
	o.Member("vocab").Object(m.Vocab.Fields)
	m.Merges.json(o.Member("merges"))
}

// vocab is an object {string: id}, written in the order of the ids.
type vocab []string

func (v *vocab) Fields(o *json.Object) {
	if o.Writing() {
		for id, s := range *v {
			o.Member(s).Int(&id)
		}
		return
	}
	// A hole is left as "": tokens listed only in added_tokens may fill it.
	const most = 1 << 20
	for s, value := range o.All() {
		id := -1
		if value.Int(&id); id < 0 || id > most {
			value.Fail("has the id " + strconv.Itoa(id) + "; ids go from 0 to " + strconv.Itoa(most))
			return
		}
		if id >= len(*v) {
			*v = append(*v, make(vocab, id+1-len(*v))...)
		}
		if other := (*v)[id]; other != "" {
			value.Fail("and " + strconv.Quote(other) + " share id " + strconv.Itoa(id))
			return
		}
		(*v)[id] = s
	}
}

// mergeList is written as ["a b", …], which every version of the library reads; newer versions
// write [["a", "b"], …], which is read too. No byte's character is a space.
type mergeList [][2]string

func (l *mergeList) json(v json.Value) {
	v.Array(len(*l), func(i int, merge json.Value) {
		if v.Writing() {
			joined := (*l)[i][0] + " " + (*l)[i][1]
			merge.String(&joined)
			return
		}
		var pair []string
		if merge.Kind() == '[' {
			merge.Strings(&pair)
		} else {
			var joined string
			merge.String(&joined)
			pair = strings.SplitN(joined, " ", 2)
		}
		if len(pair) != 2 {
			merge.Fail("is not two pieces")
			return
		}
		*l = append(*l, [2]string(pair))
	})
}

// JSON returns the tokenizer as a tokenizer.json that Hugging Face's tokenizers library and
// transformers.PreTrainedTokenizerFast open. Equal tokenizers give equal bytes.
func (t *Tokenizer) JSON() ([]byte, error) {
	level := preTokenizer{Type: "ByteLevel", TrimOffsets: true, NoRegex: true}
	f := file{
		PreTokenizer: &level,
		Decoder:      &preTokenizer{Type: "ByteLevel", TrimOffsets: true, NoRegex: true},
		Model:        &model{Type: "BPE", Vocab: t.vocab},
	}
	if t.split == splitGPT2 {
		level.NoRegex = false
	} else {
		f.PreTokenizer = &preTokenizer{Type: "Sequence", Parts: []preTokenizer{
			{Type: "Split", Regex: patterns[t.split], Behavior: "Isolated"},
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
	b, err := json.Write(f.Fields)
	return append(b, '\n'), err
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

// Parse reads a tokenizer.json whose model is byte-level BPE without a normalizer and whose words
// are cut by one of the two expressions that this package knows: GPT-2's, or the one that Train
// uses. The error for any other file says what is not supported. Padding and truncation are not
// read: they are the caller's. Offsets are never trimmed of their leading space.
func Parse(data []byte) (*Tokenizer, error) {
	var f file
	if err := json.Read(data, f.Fields); err != nil {
		return nil, say.Error("token: tokenizer.json: ", err)
	}
	t, err := f.tokenizer()
	if err != nil {
		return nil, say.Error("token: tokenizer.json: ", err)
	}
	return t, nil
}

func (f *file) tokenizer() (*Tokenizer, error) {
	m := f.Model
	switch {
	case m == nil:
		return nil, errors.New("no model: is this a tokenizer.json?")
	case m.Type != "BPE" && m.Type != "": // GPT-2's own file leaves it out
		return nil, say.Error("model type ", strconv.Quote(m.Type), ": only BPE is supported")
	case f.Normalizer != nil:
		return nil, say.Error("normalizer ", strconv.Quote(f.Normalizer.Type), ": only files without one are supported")
	case m.Dropout != 0:
		return nil, errors.New("model.dropout would make encoding random: set it to null")
	case m.Prefix != "", m.Suffix != "":
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
			return nil, say.Error("merge ", i, ", [", strconv.Quote(m[0]), " ", strconv.Quote(m[1]), "]: ", err)
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
			return nil, say.Error("added token ", strconv.Quote(a.Content), " is not special: only special ones are supported")
		case a.LStrip || a.RStrip || a.SingleWord:
			return nil, say.Error("added token ", strconv.Quote(a.Content), ": lstrip, rstrip and single_word are not supported")
		case a.Content == "" || a.ID < 0 || a.ID > len(t.vocab)+len(added):
			return nil, say.Error("added token ", strconv.Quote(a.Content), " has id ", a.ID, ": it must have a name and follow the vocabulary")
		}
		for a.ID >= len(t.vocab) {
			t.vocab = append(t.vocab, "")
		}
		if have := t.vocab[a.ID]; have != "" && have != a.Content || special[a.ID] {
			return nil, say.Error("added token ", strconv.Quote(a.Content), ": id ", a.ID, " is ", strconv.Quote(have), " already")
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
			return say.Error("vocab: no token has id ", id)
		}
		if other, ok := t.ids[s]; ok {
			return say.Error("vocab: ", strconv.Quote(s), " has ids ", other, " and ", id)
		}
		t.ids[s] = id
		if special[id] {
			continue
		}
		b, ok := unwritten(s)
		if !ok {
			return say.Error("vocab: ", strconv.Quote(s), " is not written in the byte-level alphabet: only byte-level BPE is supported")
		}
		t.bytes[id] = b
	}
	for b, r := range alphabet {
		id, ok := t.ids[string(r)]
		if !ok || special[id] {
			return say.Error("vocab: no piece for byte 0x", strconv.FormatInt(int64(b), 16), " (", strconv.QuoteRune(r), "): only byte-level BPE with all 256 bytes is supported")
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
		parts = p.Parts
	}
	if len(parts) == 0 || len(parts) > 2 || parts[len(parts)-1].Type != "ByteLevel" {
		return 0, say.Error("pre_tokenizer ", strconv.Quote(p.Type), ": only ByteLevel, or a Split by regex before it, is supported")
	}
	level := parts[len(parts)-1]
	if level.AddPrefixSpace {
		return 0, errors.New("pre_tokenizer: add_prefix_space is not supported: set it to false")
	}
	if len(parts) == 1 {
		if level.NoRegex {
			return 0, errors.New("pre_tokenizer: ByteLevel with use_regex false needs a Split before it")
		}
		return splitGPT2, nil
	}
	s := parts[0]
	if s.Type != "Split" || s.Behavior != "Isolated" || s.Invert || !level.NoRegex {
		return 0, errors.New("pre_tokenizer: before ByteLevel (use_regex false) only a Split by regex, Isolated and not inverted, is supported")
	}
	for i, known := range patterns {
		if s.Regex == known {
			return splitter(i), nil
		}
	}
	return 0, say.Error("pre_tokenizer: the expression ", strconv.Quote(s.Regex), " is not supported: this package knows ", strconv.Quote(patterns[splitHeed]), " and GPT-2's ", strconv.Quote(patterns[splitGPT2]))
}

// around returns the ids of the special tokens that go before and after a single text.
func (p *postProcessor) around(t *Tokenizer) (before, after []int, err error) {
	if p == nil || p.Type == "ByteLevel" {
		return nil, nil, nil
	}
	if p.Type != "TemplateProcessing" {
		return nil, nil, say.Error("post_processor ", strconv.Quote(p.Type), ": only TemplateProcessing is supported")
	}
	seen := false
	for _, part := range p.Single {
		switch {
		case part.Sequence == "A" && !seen:
			seen = true
		case part.SpecialToken != "":
			item, ok := p.SpecialTokens[part.SpecialToken]
			if !ok {
				return nil, nil, say.Error("post_processor: special_tokens lacks ", strconv.Quote(part.SpecialToken))
			}
			for _, id := range item.IDs {
				if id < 0 || id >= t.Len() || t.bytes[id] != nil {
					return nil, nil, say.Error("post_processor: id ", id, " of ", strconv.Quote(item.ID), " is not a special token's")
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
