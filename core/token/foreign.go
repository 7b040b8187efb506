package token

import (
	"heed/core/json"
	"heed/core/say"
)

// LinkForeign has tokenizers read that are made otherwise than Heed's own, which are byte-level BPE without a
// normaliser. A program that does not call it, as package heed/core/foreign does, has no code for them, and is smaller
// by that. Parse then returns an error that wraps say.ErrLab.
func LinkForeign() {
	foreign = &stages{
		normalizer: func(v json.Value) normalizing {
			var n *normalizer
			if json.Pointer(v, &n); n == nil {
				return nil
			}
			return n
		},
		algorithms: map[string]func(*Tokenizer, *model, int) (algorithm, error){"WordPiece": wordPieces, "Unigram": unigrams},
		splits:     (*preTokenizer).foreignSteps,
		decoder:    (*decoder).foreignLead,
		decoded:    (*decoder).text,
	}
}

// foreign is nil without LinkForeign.
var foreign *stages

// stages are the parts of tokenizers that Heed's own do not have.
type stages struct {
	normalizer func(v json.Value) normalizing // nil where there is none
	algorithms map[string]func(t *Tokenizer, m *model, unknown int) (algorithm, error)
	splits     func(p *preTokenizer) (splitter, error)
	decoder    func(d *decoder) (lead int, err error)
	decoded    func(d *decoder, piece string, fused *bool) string
}

// lacks is the error of a program without LinkForeign.
func lacks(stage, kind string) error { return say.Error(stage, " ", say.Quote(kind), ": ", say.ErrLab) }
