package token

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"heed/core/say"
)

// sentencePieces is what is read of a model of SentencePiece's (Kudo and Richardson 2018,
// https://arxiv.org/abs/1808.06226): T5's spiece.model, Llama's tokenizer.model, Marian's source.spm and target.spm.
// These are a protocol buffer (https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto) of
// which a dozen fields are needed, so they are read by hand: github.com/eliben/go-sentencepiece 0.6.0, which has BPE
// alone, adds 695 kB to a brotli-compressed WebAssembly program, most of it google.golang.org/protobuf.
type sentencePieces struct {
	pieces []string // by id
	types  []int64  // of each, as in a GGUF file
	scores []float32

	kind            int // 1 Unigram, 2 BPE
	begin, end      int // the ids of <s> and </s>; negative: none
	unknown         int
	byteFallback    bool
	charsmap        []byte
	prefix          bool // a text begins as after a space
	collapse        bool // of spaces that follow each other one is left, and none at the ends
	suffix, escaped bool // spaces belong to the word before; they become ▁
	spelled         bool // texts are changed when they are decoded
}

// Types of pieces that GGUF files have too.
const (
	pieceNormal = 1
	pieceUnused = 5
)

var errCut = errors.New("is cut short, or is no model of SentencePiece's")

// message calls each with the fields of a protocol buffer's message: with their number in it, and with what they hold,
// a number or bytes, which are nil of a number.
func message(data []byte, each func(field, number uint64, bytes []byte) error) error {
	for len(data) > 0 {
		key, size := binary.Uvarint(data)
		if size <= 0 {
			return errCut
		}
		data = data[size:]
		number, size := uint64(0), 0
		var bytes []byte
		switch key & 7 {
		case 0:
			number, size = binary.Uvarint(data)
		case 1:
			size = 8 // of a double, which no field here is
		case 2:
			number, size = binary.Uvarint(data)
			if size <= 0 || number > uint64(len(data)-size) {
				return errCut
			}
			bytes = data[size:][:number]
			size += len(bytes)
		case 5:
			if size = 4; len(data) >= 4 {
				number = uint64(binary.LittleEndian.Uint32(data))
			}
		}
		if size <= 0 || size > len(data) {
			return errCut
		}
		if err := each(key>>3, number, bytes); err != nil {
			return err
		}
		data = data[size:]
	}
	return nil
}

// readPieces reads such a file. The error goes on after its name.
func readPieces(data []byte) (*sentencePieces, error) {
	s := &sentencePieces{kind: 1, begin: 1, end: 2, unknown: -1, prefix: true, collapse: true, escaped: true}
	err := message(data, func(field, _ uint64, bytes []byte) error {
		switch field {
		case 1:
			if err := s.piece(bytes); err != nil {
				return say.Error("pieces[", len(s.pieces), "] ", err)
			}
		case 2:
			if err := message(bytes, s.trainer); err != nil {
				return say.Error("trainer_spec ", err)
			}
		case 3:
			if err := message(bytes, s.normalizer); err != nil {
				return say.Error("normalizer_spec ", err)
			}
		case 5: // denormalizer_spec
			return message(bytes, func(field, _ uint64, bytes []byte) error {
				s.spelled = s.spelled || field == 2 && len(bytes) > 0
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, s.check()
}

// piece reads a piece, its score and its type.
func (s *sentencePieces) piece(data []byte) error {
	piece, score, kind := []byte(nil), float32(0), int64(pieceNormal)
	err := message(data, func(field, number uint64, bytes []byte) error {
		switch field {
		case 1:
			piece = bytes
		case 2:
			score = math.Float32frombits(uint32(number))
		case 3:
			kind = int64(number)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(s.pieces) == maxVocab:
		return say.Error("is one piece too many: at most ", maxVocab, " are read")
	case len(piece) == 0 || !utf8.Valid(piece):
		return say.Error("has the piece ", say.Quote(string(piece)), ", which is empty or not UTF-8")
	case !(math.Abs(float64(score)) <= math.MaxFloat32):
		return errors.New("has a score that is not finite")
	case kind < pieceNormal || kind > 6:
		return say.Error("has the type ", kind, "; 1 to 6 are known")
	case kind == ggufUnknown && s.unknown >= 0:
		return say.Error("is of the type unknown, and so is pieces[", s.unknown, "]")
	case kind == ggufUnknown:
		s.unknown = len(s.pieces)
	}
	s.pieces, s.scores, s.types = append(s.pieces, string(piece)), append(s.scores, score), append(s.types, kind)
	return nil
}

func (s *sentencePieces) trainer(field, number uint64, _ []byte) error {
	switch field {
	case 3:
		s.kind = int(number)
	case 24:
		s.suffix = number != 0
	case 35:
		s.byteFallback = number != 0
	case 41:
		s.begin = int(int32(number))
	case 42:
		s.end = int(int32(number))
	}
	return nil
}

func (s *sentencePieces) normalizer(field, number uint64, bytes []byte) error {
	switch field {
	case 2:
		s.charsmap = bytes
	case 3:
		s.prefix = number != 0
	case 4:
		s.collapse = number != 0
	case 5:
		s.escaped = number != 0
	}
	return nil
}

// check finds what would be read wrongly.
func (s *sentencePieces) check() error {
	switch {
	case len(s.pieces) == 0:
		return errors.New("has no pieces: it is no model of SentencePiece's")
	case s.kind != 1 && s.kind != 2:
		return say.Error("has the trainer_spec.model_type ", s.kind, "; 1 (unigram) and 2 (bpe) are supported")
	case s.unknown < 0:
		return errors.New("has no piece of the type unknown")
	case s.suffix:
		return errors.New("has trainer_spec.treat_whitespace_as_suffix, which is not supported")
	case !s.escaped:
		return errors.New("has normalizer_spec.escape_whitespaces false, which is not supported")
	case s.spelled:
		return errors.New("has a denormalizer_spec.precompiled_charsmap, which is not supported")
	}
	for id, kind := range s.types {
		if kind == pieceUnused && s.kind == 2 {
			return say.Error("has pieces[", id, "] of the type unused, which is not supported in BPE")
		}
	}
	return nil
}

// normal is what such a model makes of a text before it is cut. Pieces that a user defined are left as they are.
func (s *sentencePieces) normal() (*spaced, error) {
	n := &spaced{prefix: s.prefix, ends: s.collapse, collapse: s.collapse}
	if len(s.charsmap) > 0 {
		var err error
		if n.rules, err = parseCharsmap(s.charsmap); err != nil {
			return nil, say.Error("normalizer_spec.", err)
		}
	}
	if own := s.only(ggufUser); own != nil {
		n.own = newPrefixes(own)
	}
	return n, nil
}

// only is the pieces with "" in the place of those that are of none of these types; nil where all are.
func (s *sentencePieces) only(types ...int64) (list []string) {
	for id, piece := range s.pieces {
		for _, kind := range types {
			if s.types[id] == kind {
				if list == nil {
					list = make([]string, len(s.pieces))
				}
				list[id] = piece
			}
		}
	}
	return list
}

// unigram is the algorithm of a model of that kind. It reckons in float32, as SentencePiece does. A piece that a user
// defined has all but the best score that there could be.
func (s *sentencePieces) unigram(t *Tokenizer) (*unigram, error) {
	lowest, highest := math.MaxFloat64, 0.0
	scores := make([]float64, len(s.scores))
	for id, score := range s.scores {
		if scores[id] = float64(score); s.types[id] == pieceNormal {
			lowest, highest = min(lowest, scores[id]), max(highest, scores[id])
		}
	}
	for id, kind := range s.types {
		if kind == ggufUser {
			scores[id] = float64(len(s.pieces[id]))*highest - 0.1
		}
	}
	list := s.only(pieceNormal, ggufUser)
	if list == nil {
		return nil, errors.New("has no piece of the type normal")
	}
	u := newUnigram(list, scores, s.unknown)
	u.penalty, u.narrow = float64(float32(lowest)-10), true
	if s.byteFallback {
		u.fallback = t.fallback()
	}
	t.uncut = true
	return u, nil
}

// file is a tokenizer.json that gives texts the same pieces, but for what changes them first.
func (s *sentencePieces) file() (*file, error) {
	f := &file{Model: &model{Type: "Unigram", Vocab: s.pieces, spm: s}, Decoder: s.decoder()}
	for id, kind := range s.types {
		switch {
		case kind == ggufControl || kind == ggufUnknown:
			f.Added = append(f.Added, addedToken{ID: id, Content: s.pieces[id], Special: true})
		case kind == ggufUser && s.kind == 2: // which no merge touches
			f.Added = append(f.Added, addedToken{ID: id, Content: s.pieces[id], Normalized: true})
		}
		if len(f.Added) > maxAdded {
			return nil, say.Error("has more than ", maxAdded, " pieces of the types unknown, control and user-defined")
		}
	}
	if s.kind == 2 {
		v := &vocabularyGGUF{Tokens: s.pieces, Types: s.types, Scores: s.scores}
		f.Model = &model{Type: "BPE", Vocab: s.pieces, Unk: s.pieces[s.unknown], FuseUnk: true, ByteFallback: s.byteFallback}
		var err error
		if f.Model.Ranks, err = v.ranks(f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (s *sentencePieces) decoder() *decoder {
	d := &decoder{Type: "Sequence", Parts: []decoder{{Type: "Replace", Pattern: textPattern{Literal: "▁"}, Content: " "}}}
	if s.byteFallback {
		d.Parts = append(d.Parts, decoder{Type: "ByteFallback"})
	}
	d.Parts = append(d.Parts, decoder{Type: "Fuse"})
	switch {
	case s.collapse:
		d.Parts = append(d.Parts, decoder{Type: "Strip", Content: " ", Start: 16})
	case s.prefix:
		d.Parts = append(d.Parts, decoder{Type: "Strip", Content: " ", Start: 1})
	}
	return d
}
