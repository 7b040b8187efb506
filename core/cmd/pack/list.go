package main

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// listFunctions empties the runtime's list of functions, which has the number of each and where it is described: the
// numbers are consecutive, and the descriptions lie one behind the other, so that the function that starts the program
// can write the list, and the number into each description.
func (p *program) listFunctions(s segment, names []string) (err error) {
	defer func() {
		if recover() != nil { // an offset that leads outside
			err = errOther
		}
	}()
	tablesAt := bytes.Index(s.data, []byte(magic))
	var t tables
	if _, err := binary.Decode(s.data[tablesAt:], binary.LittleEndian, &t); err != nil {
		return err
	}
	list := s.data[tablesAt+int(t.List):]
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(list[at:]) }
	number, first := word(0), int(word(4))
	at := first
	for i := range int(t.Functions) {
		if word(8*i) != number+uint32(i) || int(word(8*i+4)) != at || word(at) != word(8*i) {
			return errOther
		}
		clear(list[8*i : 8*i+8])
		clear(list[at : at+4])
		at += (functionSize + 4*int(word(at+sequencesAt)) + 4*int(list[at+dataAt]) + 7) &^ 7
	}
	start := slices.Index(names, "wasm_export_run")
	if start < 0 {
		return errOther
	}
	const parameters = 2
	p.bodies[start] = lister(p.bodies[start], parameters, s.offset+tablesAt+int(t.List), first, int(number), int(number)+int(t.Functions))
	return nil
}

// lister returns a function that writes the list first, which is at an address in memory: of the functions with numbers
// from one up to another, the first of which is described so far behind the beginning of the list.
func lister(body []byte, parameters, list, first, from, to int) []byte {
	code := instructions(body)
	groups := reader{data: body[:len(body)-len(code)]}
	n := groups.unsigned()
	out := append(binary.AppendUvarint(nil, uint64(n+1)), groups.data...)
	out = append(out, 3, i32Type)
	locals := parameters
	for ; n > 0; n-- {
		locals += groups.unsigned()
		groups.byte()
	}
	element, at, number := byte(locals), byte(locals+1), byte(locals+2)
	constant := func(n int) { out = appendOffset(append(out, i32Const), n) }
	constant(list)
	out = append(out, localSet, element)
	constant(list + first)
	out = append(out, localSet, at)
	constant(from)
	out = append(out, localSet, number, loop, void,
		localGet, element, localGet, number, store32, 2, 0,
		localGet, element, localGet, at)
	constant(list)
	out = append(out, sub32, store32, 2, 4,
		localGet, at, localGet, number, store32, 2, 0,
		localGet, at,
		localGet, at, firstLoad, 2, sequencesAt,
		localGet, at, loadByte, 0, dataAt, add32, i32Const, 2, shift32, i32Const, functionSize+7, add32, i32Const, 0x78, and32, // & -8
		add32, localSet, at,
		localGet, element, i32Const, 8, add32, localSet, element,
		localGet, number, i32Const, 1, add32, localTee, number)
	constant(to)
	return append(append(out, differ32, brIf, 0, end), code...)
}
