package main

import (
	"bytes"
	"testing"
)

func TestShorten(t *testing.T) {
	const ends = "\x00\x0b\x41\x01\x0b" // unreachable, end, i32.const 1, end
	for _, test := range []struct{ name, code, want string }{
		{"a load", "\x20\x01\xad\x42\xa0\x02\x7c\xa7\x29\x03\x08" + ends, "\x20\x01\x29\x03\xa8\x02" + ends},
		{"a store of a local", "\x20\x01\xad\x42\x08\x7c\xa7\x20\x05\x37\x03\x00" + ends, "\x20\x01\x20\x05\x37\x03\x08" + ends},
		{"a store of a constant", "\x20\x01\xad\x42\x08\x7c\xa7\x42\xff\x00\x37\x03\x10" + ends, "\x20\x01\x42\xff\x00\x37\x03\x18" + ends},
		{"below the stack pointer", "\x20\x01\xad\x42\x78\x7c\xa7\x29\x03\x00" + ends, ""},
		{"another local", "\x20\x02\xad\x42\x08\x7c\xa7\x29\x03\x00" + ends, ""},
		{"an address that is kept", "\x20\x01\xad\x42\x08\x7c\xa7\x21\x05" + ends, ""},
		{"a sum that is stored", "\x20\x01\xad\x42\x08\x7c\xa7\x20\x05\x20\x06\x7c\x37\x03\x00" + ends, ""},
		{"in a constant", "\x44\x20\x01\xad\x42\x08\x7c\xa7\x29" + ends, ""},
		{"leaving when the goroutine stops", "\x03\x40\x10\x07\x0d\x01\x0b" + ends, "\x03\x40\x10\x07\x04\x40\x41\x01\x0f\x0b\x0b" + ends},
		{"leaving an inner block", "\x03\x40\x10\x07\x0d\x00\x0b" + ends, ""},
		{"what Go does not write", "\x06\x40\x20\x01\xad\x42\x08\x7c\xa7\x29\x03\x08" + ends, ""},
	} {
		const locals = "\x01\x0a\x7e\x02\x40" // ten of 64 bits, and the block around it all
		want := test.want
		if want == "" {
			want = test.code
		}
		if got := shorten([]byte(locals + test.code)); !bytes.Equal(got, []byte(locals+want)) {
			t.Errorf("%s: % x, not % x", test.name, got, locals+want)
		}
	}
	// A function without such an end has no such block.
	other := []byte("\x00\x02\x40\x10\x07\x0d\x00\x0b\x41\x00\x0b")
	if got := shorten(other); !bytes.Equal(got, other) {
		t.Errorf("% x, not % x", got, other)
	}
}
