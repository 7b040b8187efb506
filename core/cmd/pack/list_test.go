package main

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// The list is emptied where the program can write it anew, and left alone, with an error, where it is another.
func TestListFunctions(t *testing.T) {
	const list, first, number = 72, 24, 4096
	made := func() []byte {
		b, err := binary.Append(nil, binary.LittleEndian, tables{Magic: [8]byte([]byte(magic)), Functions: 2, List: list})
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, make([]byte, list-len(b))...)
		b, _ = binary.Append(b, binary.LittleEndian, []uint32{number, first, number + 1, first + 56, number + 2, 0})
		for i := range uint32(2) { // the first has two more sequences, which makes 52 bytes, and 4 to the next
			b, _ = binary.Append(b, binary.LittleEndian, function{Entry: number + i, Name: 7, Sequences: 2 * (1 - i)})
			b = append(b, make([]byte, 12*(1-i))...)
		}
		return b
	}
	for _, test := range []struct {
		name  string
		spoil func(b []byte)
		start string
	}{
		{"as the linker writes it", func(b []byte) {}, "wasm_export_run"},
		{"a gap between the numbers", func(b []byte) { b[list+8]++ }, "wasm_export_run"},
		{"a description elsewhere", func(b []byte) { b[list+12]++ }, "wasm_export_run"},
		{"another number in the description", func(b []byte) { b[list+first]++ }, "wasm_export_run"},
		{"nothing that starts the program", func(b []byte) {}, "main.main"},
	} {
		b := made()
		test.spoil(b)
		p := program{bodies: [][]byte{[]byte("\x00\x0b")}}
		err := p.listFunctions(segment{1 << 16, b}, []string{test.start})
		if good := test.name == "as the linker writes it"; good != (err == nil) {
			t.Errorf("%s: %v", test.name, err)
		} else if good && (!bytes.Equal(b[list:list+16], make([]byte, 16)) || b[list+first] != 0 || len(p.bodies[0]) < 50) {
			t.Errorf("%s: % x and % x are left", test.name, b[list:], p.bodies[0])
		}
	}
}
