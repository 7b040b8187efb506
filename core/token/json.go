package token

import (
	"errors"
	"strconv"
	"strings"

	"heed/core/json"
	"heed/core/say"
)

// Limits of what is read, far above what public tokenizers have (Gemma 3: 262,144 pieces, 514,906
// merges). They keep a hostile file from making the reader allocate much more than the file is long.
const (
	maxVocab  = 1 << 20
	maxMerges = 1 << 20
	maxAdded  = 1 << 16
	maxAround = 64   // special tokens that go around a text
	maxStages = 64   // parts of a Sequence
	maxLetter = 1000 // characters of a word that WordPiece cuts

	maxGrowth = 10_000 // bytes that normalisers make of one
)

// file is a tokenizer.json, as Hugging Face's tokenizers library writes it.
type file struct {
	Truncation    int
	Added         []addedToken
	Normalizer    normalizing
	Lacks         error // what of the file this program has no code for
	PreTokenizer  *preTokenizer
	PostProcessor *postProcessor
	Decoder       *decoder
	Model         *model
}

func (f *file) Fields(o *json.Object) {
	version := "1.0"
	o.Member("version").String(&version)
	if truncation := o.Member("truncation"); o.Writing() {
		truncation.Null()
	} else {
		truncation.Object(func(o *json.Object) { o.Member("max_length").Int(&f.Truncation) })
	}
	o.Member("padding").Null()
	json.AtMost(o.Member("added_tokens"), &f.Added, maxAdded, "element")
	switch v := o.Member("normalizer"); {
	case o.Writing():
		v.Null()
	case !v.There():
	case foreign != nil:
		f.Normalizer = foreign.normalizer(v)
	default:
		f.Lacks = lacks("the file", "normalizer")
	}
	json.Pointer(o.Member("pre_tokenizer"), &f.PreTokenizer)
	json.Pointer(o.Member("post_processor"), &f.PostProcessor)
	json.Pointer(o.Member("decoder"), &f.Decoder)
	json.Pointer(o.Member("model"), &f.Model)
}

// list is json.AtMost for the parts of a Sequence.
func list[T any, P interface {
	*T
	Fields(*json.Object)
}](v json.Value, parts *[]T) {
	json.AtMost[T, P](v, parts, maxStages, "element")
}

// model is the algorithm and its vocabulary.
type model struct {
	Type         string
	Dropout      float64
	Unk          string
	Prefix       string
	Suffix       string
	FuseUnk      bool
	ByteFallback bool
	IgnoreMerges bool
	MaxLetters   int  // of WordPiece
	UnkID        int  // of Unigram
	bytes        bool // of BPE: it works on bytes
	Vocab        vocab
	Scores       []float64       // of Unigram, by id
	spm          *sentencePieces // of Unigram: what has the scores, in their place
	Merges       mergeList
	Ranks        []int32 // of the merges of a GGUF file, which may share one; nil: their order
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
	if !o.Writing() {
		m.MaxLetters, m.UnkID = 100, -1
		o.Member("max_input_chars_per_word").Int(&m.MaxLetters)
		o.Member("unk_id").Int(&m.UnkID)
	}
	if v := o.Member("vocab"); v.Kind() == '[' {
		m.scored(v)
	} else {
		v.Object(m.Vocab.Fields)
	}
	m.Merges.json(o.Member("merges"))
}

// scored reads the vocabulary of Unigram: [["piece", log-probability], …], in the order of the ids.
func (m *model) scored(v json.Value) {
	v.Array(0, func(i int, e json.Value) {
		if i == maxVocab {
			e.Fail("is one piece too many: at most " + strconv.Itoa(maxVocab) + " are read")
			return
		}
		var piece string
		var score float64
		parts := 0
		e.Array(0, func(i int, part json.Value) {
			switch i {
			case 0:
				part.String(&piece)
			case 1:
				part.Float(&score)
			}
			parts++
		})
		if parts != 2 && !e.Failed() {
			e.Fail("is not a piece and its score")
		}
		m.Vocab = append(m.Vocab, piece)
		m.Scores = append(m.Scores, score)
	})
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
	for s, value := range o.All() {
		id := -1
		if value.Int(&id); id < 0 || id > maxVocab {
			value.Fail("has the id " + strconv.Itoa(id) + "; ids go from 0 to " + strconv.Itoa(maxVocab))
			return
		}
		if id >= len(*v) {
			*v = append(*v, make(vocab, id+1-len(*v))...)
		}
		if other := (*v)[id]; other != "" {
			value.Fail("and " + say.Quote(other) + " share id " + strconv.Itoa(id))
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
		if i == maxMerges {
			merge.Fail("is one merge too many: at most " + strconv.Itoa(maxMerges) + " are read")
			return
		}
		var pair [2]string
		n := 0
		if merge.Kind() == '[' {
			merge.Array(0, func(i int, piece json.Value) {
				if n++; i < 2 {
					piece.String(&pair[i])
				}
			})
		} else {
			var joined string
			merge.String(&joined)
			if left, right, ok := strings.Cut(joined, " "); ok {
				pair, n = [2]string{left, right}, 2
			}
		}
		if n != 2 {
			merge.Fail("is not two pieces")
			return
		}
		*l = append(*l, pair)
	})
}

// JSON returns the tokenizer as a tokenizer.json that Hugging Face's tokenizers library and
// transformers.PreTrainedTokenizerFast open: the file that it was read from, or, of one that Train made,
// a new one. Equal tokenizers give equal bytes. One that was read from other files is an error, and so is one on which
// Surround was called, unless its tokenizer.json is as Train's.
func (t *Tokenizer) JSON() ([]byte, error) {
	if t.source != nil {
		return t.source, nil
	}
	return t.write()
}

// write is JSON of a tokenizer that Train made.
func (t *Tokenizer) write() ([]byte, error) {
	b, ok := t.algorithm.(*bpe)
	if !ok || t.stages == nil {
		return nil, errors.New("token: this tokenizer is not as a tokenizer.json was that it was read from, and cannot be written as one")
	}
	f := file{
		PreTokenizer: t.stages,
		Decoder:      &decoder{Type: "ByteLevel", TrimOffsets: true, NoRegex: true},
		Model:        &model{Type: "BPE", Vocab: t.vocab},
	}
	for _, id := range t.special {
		f.Added = append(f.Added, addedToken{ID: id, Content: t.vocab[id], Special: true})
	}
	for _, p := range b.merges {
		left, right := p.split()
		f.Model.Merges = append(f.Model.Merges, [2]string{t.vocab[left], t.vocab[right]})
	}
	if len(t.before)+len(t.after) > 0 {
		f.PostProcessor = t.template()
	}
	out, err := json.Write(f.Fields)
	return append(out, '\n'), err
}

// Parse reads a tokenizer.json. The error for a file that needs something that this package lacks says
// what that is.
func Parse(data []byte) (*Tokenizer, error) {
	var f file
	if err := json.Read(data, f.Fields); err != nil {
		return nil, say.Error("token: tokenizer.json: ", err)
	}
	t, err := f.tokenizer()
	if err != nil {
		return nil, say.Error("token: tokenizer.json: ", err)
	}
	t.source = data
	return t, nil
}

func (f *file) tokenizer() (*Tokenizer, error) {
	m := f.Model
	if m == nil {
		return nil, errors.New("no model: is this a tokenizer.json?")
	}
	if m.Dropout != 0 {
		return nil, errors.New("model.dropout would make encoding random: set it to null")
	}
	if f.Lacks != nil {
		return nil, f.Lacks
	}
	t := &Tokenizer{vocab: m.Vocab, normalize: f.Normalizer, stages: f.PreTokenizer}
	if f.Normalizer != nil {
		if err := f.Normalizer.prepare(); err != nil {
			return nil, err
		}
	}
	var err error
	if t.split, err = f.PreTokenizer.splitter(); err != nil {
		return nil, err
	}
	m.bytes = f.PreTokenizer.levels()
	if err := t.fill(m, f.Added, f.Decoder); err != nil {
		return nil, err
	}
	t.before, t.after, err = f.PostProcessor.around(t)
	return t, err
}

// fill makes the vocabulary and the algorithm.
func (t *Tokenizer) fill(m *model, added []addedToken, d *decoder) error {
	if err := t.add(added); err != nil {
		return err
	}
	t.ids = make(map[string]int, len(t.vocab))
	for id, s := range t.vocab {
		if s == "" {
			return say.Error("vocab: no token has id ", id)
		}
		if other, ok := t.ids[s]; ok {
			return say.Error("vocab: ", say.Quote(s), " has ids ", other, " and ", id)
		}
		t.ids[s] = id
	}
	if err := t.decode(d); err != nil {
		return err
	}
	kind := m.Type
	if kind == "" { // some files leave it out
		switch {
		case m.Scores != nil:
			kind = "Unigram"
		case m.Merges == nil && m.Prefix != "":
			kind = "WordPiece"
		default:
			kind = "BPE"
		}
	}
	unknown := -1
	if m.Unk != "" {
		id, ok := t.ids[m.Unk]
		if !ok {
			return say.Error("model.unk_token is ", say.Quote(m.Unk), ", which the vocabulary lacks")
		}
		unknown = id
	}
	var err error
	if kind != "Unigram" && m.Scores != nil {
		return say.Error("model.vocab has scores, which ", say.Quote(kind), " does not have")
	}
	switch {
	case kind == "BPE":
		t.uncut = !m.bytes
		t.algorithm, err = t.bpe(m, unknown, d)
	case foreign == nil:
		err = lacks("model type", kind)
	case foreign.algorithms[kind] != nil:
		t.algorithm, err = foreign.algorithms[kind](t, m, unknown)
	default:
		err = say.Error("model type ", say.Quote(m.Type), ": only BPE, WordPiece and Unigram are supported")
	}
	if err == nil && m.bytes && kind != "BPE" {
		return say.Error("pre_tokenizer ByteLevel before the model type ", say.Quote(kind), ": it is supported before BPE alone")
	}
	return err
}

func (t *Tokenizer) bpe(m *model, unknown int, d *decoder) (*bpe, error) {
	b := &bpe{unknown: int32(unknown), prefix: m.Prefix, suffix: m.Suffix, fuse: m.FuseUnk, whole: m.IgnoreMerges}
	switch {
	case m.bytes && (m.Prefix != "" || m.Suffix != ""):
		return nil, errors.New("continuing_subword_prefix and end_of_word_suffix are not supported in byte-level BPE")
	case m.bytes && m.ByteFallback:
		return nil, errors.New("byte_fallback is not supported in byte-level BPE, which needs none")
	case m.bytes && (d == nil || d.Type != "ByteLevel" && d.Type != "Sequence"):
		return nil, errors.New("the decoder is not ByteLevel, but the pre_tokenizer is")
	case m.bytes:
		if err := t.byteLevel(b); err != nil {
			return nil, err
		}
	default:
		if m.ByteFallback {
			b.fallback = t.fallback()
		}
	}
	b.joins = make(map[pair]join, len(m.Merges))
	for i, merge := range m.Merges {
		left, okLeft := t.ids[merge[0]]
		right, okRight := t.ids[merge[1]]
		id, ok := t.ids[b.joined(merge[0], merge[1])]
		if !okLeft || !okRight || !ok {
			return nil, say.Error("merge ", i, ", [", say.Quote(merge[0]), " ", say.Quote(merge[1]), "]: the vocabulary lacks one of its pieces or their sum")
		}
		if !t.IsSpecial(left) && !t.IsSpecial(right) && !t.IsSpecial(id) { // which are never read out of a text
			rank := len(b.merges)
			if m.Ranks != nil {
				rank = int(m.Ranks[i])
			}
			b.add(int32(left), int32(right), int32(id), rank)
		}
	}
	return b, nil
}

// byteLevel finds the pieces of the bytes.
func (t *Tokenizer) byteLevel(b *bpe) error {
	for id, s := range t.vocab {
		if _, added := t.beside[id]; added {
			continue
		}
		if _, ok := unwritten(s); !ok {
			return say.Error("vocab: ", say.Quote(s), " is not written in the alphabet of byte-level BPE")
		}
	}
	b.bytes = &byteIDs{}
	for c, r := range alphabet {
		id, ok := t.piece(string(r))
		switch {
		case ok && !t.IsSpecial(id):
			b.bytes[c] = int32(id)
		case rare(byte(c)):
			b.bytes[c] = -1
		default:
			return say.Error("vocab: no piece for byte 0x", strconv.FormatInt(int64(c), 16), " (", strconv.QuoteRune(r), "): byte-level BPE needs one for every byte of a text, which is no special or added token")
		}
	}
	return nil
}

// rare reports whether a byte is a control character or one that no character's UTF-8 has: some
// vocabularies have no piece for these, and drop them.
func rare(b byte) bool {
	return b < ' ' && b != '\t' && b != '\n' && b != '\r' || b == 0xc0 || b == 0xc1 || b == 0xf1 || b == 0xf2 || b >= 0xf5
}

// fallback returns the pieces <0x00> to <0xFF>.
func (t *Tokenizer) fallback() *byteIDs {
	const hex = "0123456789ABCDEF"
	out := &byteIDs{}
	for b := range out {
		id, ok := t.piece("<0x" + hex[b>>4:b>>4+1] + hex[b&15:b&15+1] + ">")
		if out[b] = int32(id); !ok {
			out[b] = -1
		}
	}
	return out
}

func wordPieces(t *Tokenizer, m *model, unknown int) (algorithm, error) {
	if unknown < 0 {
		return nil, errors.New("model.unk_token is missing: WordPiece needs one")
	}
	if m.MaxLetters < 0 || m.MaxLetters > maxLetter {
		return nil, say.Error("model.max_input_chars_per_word is ", m.MaxLetters, "; 0 to ", maxLetter, " are supported")
	}
	a := &wordPiece{unknown: unknown, prefix: m.Prefix, most: m.MaxLetters}
	for _, s := range t.vocab {
		a.longest = max(a.longest, len(s))
	}
	t.asWritten = true
	return a, nil
}

func unigrams(t *Tokenizer, m *model, _ int) (algorithm, error) {
	if m.spm != nil {
		return m.spm.unigram(t)
	}
	if len(m.Scores) == 0 {
		return nil, errors.New("model.vocab has no scores: Unigram needs a list of pieces with one each")
	}
	if m.UnkID >= len(m.Scores) {
		return nil, say.Error("model.unk_id is ", m.UnkID, ", but the vocabulary has ", len(m.Scores), " pieces")
	}
	u := newUnigram(t.vocab, m.Scores, m.UnkID)
	if m.ByteFallback {
		u.fallback = t.fallback()
	}
	t.uncut = true
	return u, nil
}
