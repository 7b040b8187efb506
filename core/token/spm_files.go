package token

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"heed/core/json"
	"heed/core/say"
)

// ParseT5 reads T5's spiece.model, a model of SentencePiece's, as a directory without tokenizer.json has it, beside its
// tokenizer_config.json, which may be nil. A text ends with </s>; behind the pieces come the marks of gaps,
// <extra_id_99> to <extra_id_0>.
func ParseT5(spiece, config []byte) (*Tokenizer, error) {
	const name = "spiece.model"
	s, c, err := readBoth(name, spiece, config)
	if err != nil {
		return nil, err
	}
	gaps := make([]addedToken, c.gaps)
	for i := range gaps {
		gaps[i] = addedToken{ID: len(s.pieces) + c.gaps - 1 - i, Content: "<extra_id_" + strconv.Itoa(i) + ">", Special: true}
	}
	return s.tokenizer(name, c, gaps, nil, []int{s.end})
}

// ParseLlama reads the tokenizer.model of Llama, Mistral and Gemma in the same way. Around a text stands what
// tokenizer_config.json says, or <s> before it.
func ParseLlama(model, config []byte) (*Tokenizer, error) {
	const name = "tokenizer.model"
	s, c, err := readBoth(name, model, config)
	if err != nil {
		return nil, err
	}
	var before, after []int
	if c.begin {
		before = []int{s.begin}
	}
	if c.end {
		after = []int{s.end}
	}
	return s.tokenizer(name, c, nil, before, after)
}

// ParseMarian reads Marian's source.spm, which cuts the texts that are translated, target.spm, which cuts translations,
// and vocab.json, which has the ids of both models' pieces. A text ends with </s>.
func ParseMarian(source, target, vocabJSON, config []byte) (*Tokenizer, error) {
	s, c, err := readBoth("source.spm", source, config)
	if err != nil {
		return nil, err
	}
	to, err := readPieces(target)
	if err != nil {
		return nil, say.Error("token: target.spm ", err)
	}
	if c.separate {
		return nil, say.Error("token: tokenizer_config.json has separate_vocabs, which is not supported: a model must have one vocabulary for both languages")
	}
	f := &file{Model: &model{Type: "Unigram", spm: s}, Decoder: to.decoder()}
	if err := json.Read(vocabJSON, f.Model.Vocab.Fields); err != nil {
		return nil, say.Error("token: vocab.json: ", err)
	}
	for _, special := range []string{"</s>", "<unk>", "<pad>"} {
		if at := f.special(special); at.ID == len(f.Model.Vocab) {
			return nil, say.Error("token: vocab.json lacks ", special, ": is this Marian's vocabulary?")
		}
	}
	f.add(c.added)
	t, err := f.tokenizer()
	if err != nil {
		return nil, say.Error("token: vocab.json: ", err)
	}
	t.after = []int{t.ids["</s>"]}
	t.mark = markLanguage
	into := *t
	t.target = &into
	for _, each := range []struct {
		name string
		s    *sentencePieces
		t    *Tokenizer
	}{{"source.spm", s, t}, {"target.spm", to, t.target}} {
		if each.s.kind != 1 || each.s.byteFallback {
			return nil, say.Error("token: ", each.name, " is of BPE, or falls back on bytes; Marian's are of Unigram without bytes")
		}
		u, err := each.s.unigram(t)
		if err == nil {
			each.t.normalize, err = each.s.normal()
		}
		if err != nil {
			return nil, say.Error("token: ", each.name, " ", err)
		}
		u.names, u.unnamed = t.ids, t.ids["<unk>"]
		each.t.algorithm = u
	}
	return t, nil
}

// markLanguage reads the language that a text is to be translated into, as >>fra<< at its beginning: the first ">>" of
// a line to its last "<<". What of this form begins other lines, or stands within one, is left out, as MarianTokenizer
// does it.
func markLanguage(e *encoder, a Aligned) Aligned {
	var marks []span
	for at := 0; at < len(a.Text); {
		line, _, _ := strings.Cut(a.Text[at:], "\n")
		begin, end := strings.Index(line, ">>"), strings.LastIndex(line, "<<")
		if begin >= 0 && end > begin+len(">>") {
			marks = append(marks, span{int32(at + begin), int32(at + end + len("<<"))})
		}
		at += len(line) + 1
	}
	if len(marks) > 0 && marks[0].start == 0 {
		end := int(marks[0].end)
		id, known := e.t.ids[a.Text[:end]]
		if !known {
			id = e.t.ids["<unk>"]
		}
		w := a.slice(0, end)
		e.add(&w, id, 0, end)
		e.words++
	}
	a.replace(marks, "")
	return a
}

// readBoth reads a model of SentencePiece's and the settings beside it.
func readBoth(name string, data, config []byte) (*sentencePieces, *settings, error) {
	c, err := readSettings(config)
	if err != nil {
		return nil, nil, say.Error("token: tokenizer_config.json: ", err)
	}
	s, err := readPieces(data)
	if err != nil {
		return nil, nil, say.Error("token: ", name, " ", err)
	}
	return s, c, nil
}

// tokenizer makes the tokenizer of a model whose pieces' ids are their places.
func (s *sentencePieces) tokenizer(name string, c *settings, more []addedToken, before, after []int) (*Tokenizer, error) {
	for _, a := range c.added {
		if a.Special && a.ID < len(s.types) {
			s.types[a.ID] = ggufControl
		}
	}
	f, err := s.file()
	var t *Tokenizer
	if err == nil {
		f.add(more)
		f.add(c.added)
		t, err = f.tokenizer()
	}
	var n *spaced
	if err == nil {
		n, err = s.normal()
	}
	if err == nil && s.byteFallback && slices.Contains(t.fallback()[:], -1) {
		err = errors.New("has trainer_spec.byte_fallback, and lacks one of the pieces <0x00> to <0xFF>")
	}
	if err != nil {
		return nil, say.Error("token: ", name, " ", err)
	}
	if t.normalize = n; !c.legacy {
		n.prefix, n.ends = false, false
		t.mark = c.begins
	}
	for _, id := range append(before, after...) {
		if !t.IsSpecial(id) {
			return nil, say.Error("token: ", name, " has the piece ", id, " go around texts, which is no special one")
		}
	}
	t.before, t.after, t.stages = before, after, nil
	return t, nil
}

// settings is what a tokenizer_config.json says to a tokenizer of Python's transformers.
type settings struct {
	begin, end bool // whether <s> and </s> go around a text
	legacy     bool // what follows an added token begins as after a space, and not the whole text alone
	spaced     bool // if not legacy: the text does
	separate   bool // the target has a vocabulary of its own
	gaps       int  // marks of gaps of T5
	added      []addedToken
}

func readSettings(data []byte) (*settings, error) {
	c := &settings{begin: true, legacy: true, spaced: true, gaps: 100}
	if data == nil {
		return c, nil
	}
	err := json.Read(data, func(o *json.Object) {
		o.Member("add_bos_token").Bool(&c.begin)
		o.Member("add_eos_token").Bool(&c.end)
		o.Member("legacy").Bool(&c.legacy)
		o.Member("add_prefix_space").Bool(&c.spaced)
		o.Member("separate_vocabs").Bool(&c.separate)
		o.Member("extra_ids").Int(&c.gaps)
		o.Member("added_tokens_decoder").Object(func(o *json.Object) {
			for name, v := range o.All() {
				id, err := strconv.Atoi(name)
				if err != nil || id < 0 || len(c.added) == maxAdded {
					v.Fail("is not named by the number of a token, or is one too many")
					return
				}
				var a addedToken
				v.Object(a.Fields)
				a.ID, a.Normalized = id, false // which Python's does not ask
				c.added = append(c.added, a)
			}
		})
	})
	if err == nil && (c.gaps < 0 || c.gaps > maxAdded) {
		err = say.Error("extra_ids is ", c.gaps, "; 0 to ", maxAdded, " are supported")
	}
	return c, err
}

// begins puts a space before a text, which has a piece of its own where an added token follows.
func (c *settings) begins(_ *encoder, a Aligned) Aligned {
	a.each(func(r rune) rune {
		if r == '▁' {
			return ' '
		}
		return r
	})
	if c.spaced {
		a.prepend("▁")
	}
	return a
}

// add has a tokenizer know more tokens, in the place of others of their ids.
func (f *file) add(added []addedToken) {
	known := map[int]int{}
	for i := range f.Added {
		known[f.Added[i].ID] = i
	}
	for _, a := range added {
		if i, ok := known[a.ID]; ok {
			f.Added[i] = a
		} else {
			known[a.ID] = len(f.Added)
			f.Added = append(f.Added, a)
		}
	}
}

// spaced is what SentencePiece makes of a text before it cuts it: characters are replaced by rules, and spaces become
// ▁.
type spaced struct {
	rules    charsmap
	own      prefixes // pieces that are left as they are
	prefix   bool     // ▁ is put before the text
	ends     bool     // spaces at its beginning are left out
	collapse bool     // and those at its end, and all but one that follow each other
}

func (n *spaced) prepare() error { return nil }

// first returns what the beginning of a text becomes, and how long that is.
func (n *spaced) first(s string) (to string, length int) {
	if n.own.of(s, func(n, _ int) { length = n }); length > 0 {
		return s[:length], length
	}
	if to, length := n.rules.of(s, true); length > 0 {
		return to, length
	}
	r, length := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && length == 1 {
		return string(r), 1
	}
	return s[:length], length
}

func (n *spaced) normalize(a *Aligned, _ *matcher) {
	const mark = "▁"
	a.align()
	var text []byte
	var spans []span
	put := func(s string, stands span) {
		text = append(text, s...)
		for range len(s) {
			spans = append(spans, stands)
		}
	}
	if n.prefix {
		put(mark, a.at[0])
	}
	after := n.ends // a space
	for at := 0; at < len(a.Text); {
		to, length := n.first(a.Text[at:])
		stands := span{a.at[at].start, a.at[at+length-1].end}
		at += length
		if after {
			to = strings.TrimLeft(to, " ")
		}
		if to != "" {
			put(strings.ReplaceAll(to, " ", mark), stands)
			after = n.collapse && to[len(to)-1] == ' '
		}
	}
	if n.collapse {
		text = []byte(strings.TrimRight(string(text), mark))
		spans = spans[:len(text)]
	}
	if n.prefix && len(text) > len(mark) { // it stands for the character that follows
		for i := range len(mark) {
			spans[i] = spans[len(mark)]
		}
	}
	a.Text, a.at = string(text), spans
}
