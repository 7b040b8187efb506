package token

import "heed/core/say"

// Pieces returns a tokenizer whose tokens are the special ones, which have the first ids, the 256 bytes, and the texts
// given, which are read as one token each wherever they stand. Texts that begin alike share the pieces on the way to
// them: the tokenizer is byte-level byte-pair encoding without a splitter, whose merges spell each text from its first
// byte on; where two texts overlap, the one given first is read. When End is among the special tokens, Encode puts it
// after each text; Surround changes that. The error is that of Train.
func Pieces(special, texts []string) (*Tokenizer, error) {
	t, err := newTokenizer(special)
	if err != nil {
		return nil, err
	}
	level := byteLevel(false)
	t.cutBy(&level)
	b := t.algorithm.(*bpe)
	for _, text := range texts {
		if text == "" {
			return nil, say.Error("token: a piece is empty")
		}
		at := b.bytes[text[0]]
		for i := 1; i < len(text); i++ {
			p := pairOf(at, b.bytes[text[i]])
			if j, ok := b.joins[p]; ok {
				at = j.id
				continue
			}
			next := int32(t.Len())
			t.insert(t.vocab[at]+t.vocab[b.bytes[text[i]]], []byte(text[:i+1]))
			b.add(at, b.bytes[text[i]], next, len(b.merges))
			at = next
		}
	}
	return t, nil
}
