package token

import "unicode/utf8"

// alphabet gives each byte the character by which tokenizer.json writes it: printable Latin-1
// characters stand for themselves, the other bytes for U+0100 onwards, in order. From GPT-2:
// https://github.com/openai/gpt-2/blob/master/src/encoder.py (bytes_to_unicode).
var alphabet = func() (a [256]rune) {
	other := rune(256)
	for b := range rune(256) {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xff && b != 0xad {
			a[b] = b
		} else {
			a[b] = other
			other++
		}
	}
	return a
}()

// written returns the name of the piece of some bytes.
func written(bytes string) string {
	name := make([]byte, 0, 2*len(bytes))
	for i := range len(bytes) {
		name = utf8.AppendRune(name, alphabet[bytes[i]])
	}
	return string(name)
}

// unwritten returns the bytes that s stands for; ok is false when it has a character outside the alphabet.
func unwritten(s string) (b []byte, ok bool) {
	b = make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 256 && r < 256+68:
			b = append(b, others[r-256])
		case r < 256 && alphabet[r] == r:
			b = append(b, byte(r))
		default:
			return nil, false
		}
	}
	return b, true
}

// others are the bytes that U+0100 onwards stand for.
var others = func() (o [68]byte) {
	for b, r := range alphabet {
		if r >= 256 {
			o[r-256] = byte(b)
		}
	}
	return o
}()
