package main

import (
	"bytes"
	"testing"
)

func TestRelate(t *testing.T) {
	const (
		call1 = "\x20\x01\x42\x81\x80\xc0\x88\x01\x37\x03\x00" // local.get SP, i64.const 0x1110<<16 + 1, i64.store
		call2 = "\x20\x01\x42\x82\x80\xc0\x88\x01\x37\x03\x00"
		far   = "\x20\x01\x42\xff\xff\xc3\x88\x01\x37\x03\x00" // 0x1110<<16 + 0xffff
		other = "\x20\x01\x42\x81\x80\xc4\x88\x01\x37\x03\x00" // 0x1111<<16 + 1
		begin = "\x42\x80\x80\xc0\x88\x01\x21\x02"             // i64.const 0x1110<<16, local.set base
		sum1  = "\x20\x01\x20\x02\x42\x01\x7c\x37\x03\x00"     // local.get SP, local.get base, i64.const 1, i64.add, i64.store
		sum2  = "\x20\x01\x20\x02\x42\x02\x7c\x37\x03\x00"
		sum3  = "\x20\x01\x20\x02\x42\xff\xff\x03\x7c\x37\x03\x00"
		keeps = "\x20\x00\x21\x02\x20\x03\x22\x01" // local.get 0, local.set 2, local.get 3, local.tee 1
		moves = "\x20\x00\x21\x03\x20\x04\x22\x01"
	)
	for _, test := range []struct{ name, body, want string }{
		{"three calls", "\x01\x01\x7f" + call1 + call2 + far + "\x0b", "\x02\x01\x7f\x01\x7e" + begin + sum1 + sum2 + sum3 + "\x0b"},
		{"variables of 64 bits", "\x03\x01\x7f\x05\x7e\x02\x7c" + keeps + call1 + call1 + call2 + "\x0b", "\x03\x01\x7f\x06\x7e\x02\x7c" + begin + moves + sum1 + sum1 + sum2 + "\x0b"},
		{"other variables", "\x02\x01\x7f\x05\x7c" + keeps + call1 + call1 + call2 + "\x0b", "\x03\x01\x7f\x01\x7e\x05\x7c" + begin + moves + sum1 + sum1 + sum2 + "\x0b"},
		{"another function's address", "\x01\x01\x7f" + call1 + call2 + other + call2 + "\x0b", "\x02\x01\x7f\x01\x7e" + begin + sum1 + sum2 + other + sum2 + "\x0b"},
		{"one call", "\x01\x01\x7f" + call2 + "\x0b", "\x02\x01\x7f\x01\x7e" + begin + sum2 + "\x0b"},
		{"no call", "\x02\x01\x7f\x05\x7c" + keeps + "\x0b", ""},
		{"no stack pointer", "\x01\x03\x7e" + call1 + call2 + call2 + "\x0b", ""},
		{"no variables", "\x00" + call1 + call2 + call2 + "\x0b", ""},
		{"small constants", "\x01\x01\x7f" + "\x20\x01\x42\x01\x37\x03\x00\x20\x01\x42\x01\x37\x03\x00\x20\x01\x42\x01\x37\x03\x00\x0b", ""},
		{"too many variables", "\x02\x01\x7f\x7e\x7e\x20\x7f" + call1 + call2 + call2 + "\x0b", ""},
		{"what Go does not write", "\x01\x01\x7f" + call1 + call2 + call2 + "\x06", ""},
	} {
		want := test.want
		if want == "" {
			want = test.body
		}
		if got := relate([]byte(test.body)); !bytes.Equal(got, []byte(want)) {
			t.Errorf("%s: % x, not % x", test.name, got, want)
		}
	}
}
