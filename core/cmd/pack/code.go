package main

import (
	"encoding/binary"
	"errors"
)

// Instructions, from https://webassembly.github.io/spec/core/binary/instructions.html
const (
	block, ifElse, otherwise = 0x02, 0x04, 0x05
	br, brIf, brTable        = 0x0c, 0x0d, 0x0e
	call, callIndirect       = 0x10, 0x11
	drop, selectOne          = 0x1a, 0x1b
	localGet, localSet       = 0x20, 0x21
	localTee, globalSet      = 0x22, 0x24
	firstLoad, firstStore    = 0x28, 0x36
	loadByte, store32        = 0x2d, 0x36
	lastStore                = 0x3e
	i64Const                 = 0x42
	f32Const, f64Const       = 0x43, 0x44
	differ32                 = 0x47
	add32, sub32             = 0x6a, 0x6b
	and32, shift32           = 0x71, 0x74
	i64Type, add64, i32Type  = 0x7e, 0x7c, 0x7f
	wrap, lastPlain          = 0xa7, 0xc4
	saturating, vector       = 0xfc, 0xfd // begin longer ones
)

// Go's code leaves room for what is shorter, as fast, and more alike:
//
//   - An address in the stack's frame is computed in 64 bits, where a load or a store takes the offset:
//     local.get SP, i64.extend_i32_u, i64.const K, i64.add, i32.wrap_i64.
//   - Behind each call stands br_if with the depth of the block that the function leaves when its goroutine
//     stops, another depth each time: if, i32.const 1, return, end is always the same.
const (
	stackPointer = "\x20\x01\xad\x42"         // local.get 1, i64.extend_i32_u, i64.const
	asAddress    = "\x7c\xa7"                 // i64.add, i32.wrap_i64
	leave        = "\x04\x40\x41\x01\x0f\x0b" // if, i32.const 1, return, end
	unwinding    = "\x0b\x41\x01\x0b"         // how a function ends that has such a block around it
)

// shorten rewrites the body of a function, its locals included.
func shorten(body []byte) []byte {
	code := instructions(body)
	out := append([]byte(nil), body[:len(body)-len(code)]...)
	unwinds := len(body) >= 4 && string(body[len(body)-4:]) == unwinding
	depth := 0
	for code = direct(code); len(code) > 0; {
		n := instruction(code)
		if n == 0 {
			return body // one that Go does not write
		}
		switch op := code[0]; {
		case op >= block && op <= ifElse:
			depth++
		case op == end:
			depth--
		case op == brIf && unwinds:
			if to, _ := binary.Uvarint(code[1:]); depth-int(to) == 1 {
				out = append(out, leave...)
				code = code[n:]
				continue
			}
		case op == localGet:
			if short, from := framed(code); from > 0 {
				out = append(out, short...)
				code = code[from:]
				continue
			}
		}
		out = append(out, code[:n]...)
		code = code[n:]
	}
	return out
}

// instructions returns what a body has behind its locals.
func instructions(body []byte) []byte {
	r := reader{data: body}
	for n := r.unsigned(); n > 0 && !r.wrong; n-- {
		r.unsigned()
		r.byte()
	}
	return r.data
}

// framed returns a load from the stack's frame, or a store to it, with the offset of its own, and how much
// of the code it replaces: nothing where there is none, or where more is computed before it is stored.
func framed(code []byte) (short []byte, from int) {
	offset, rest := frame(code)
	if load(rest) {
		return access(code[:2], rest, offset, code)
	}
	value, rest := stored(rest)
	if len(rest) == 0 || rest[0] < firstStore || rest[0] > lastStore {
		return nil, 0
	}
	return access(append(code[:2:2], value...), rest, offset, code)
}

// frame reads the address of a place in the stack's frame; without one there is no rest.
func frame(code []byte) (offset int, rest []byte) {
	if len(code) < len(stackPointer) || string(code[:len(stackPointer)]) != stackPointer {
		return 0, nil
	}
	r := reader{data: code[len(stackPointer):]}
	offset = r.offset()
	r.expect([]byte(asAddress)...)
	return offset, r.data
}

func load(code []byte) bool { return len(code) > 0 && code[0] >= firstLoad && code[0] < firstStore }

// access returns what was written, and a load or store with that much more of an offset.
func access(written, code []byte, offset int, whole []byte) (short []byte, from int) {
	r := reader{data: code}
	short = append(written[:len(written):len(written)], r.byte())
	short = binary.AppendUvarint(short, uint64(r.unsigned())) // its alignment
	short = binary.AppendUvarint(short, uint64(r.unsigned()+offset))
	if r.wrong {
		return nil, 0
	}
	return short, len(whole) - len(r.data)
}

// stored reads a value: a local variable, a constant, or what lies where one of them or the stack's frame
// says. Without one there is no rest.
func stored(code []byte) (value, rest []byte) {
	if offset, rest := frame(code); load(rest) {
		short, from := access(code[:2], rest, offset, code)
		return short, code[from:]
	}
	n := instruction(code)
	if n == 0 || code[0] != localGet && (code[0] < i32Const || code[0] > f64Const) {
		return nil, nil
	}
	if n < len(code) && code[n] == wrap {
		n++
	}
	if load(code[n:]) {
		n += instruction(code[n:])
	}
	return code[:n], code[n:]
}

// each calls do with every instruction of a body.
func each(body []byte, do func(code []byte)) error {
	for code := instructions(body); len(code) > 0; {
		n := instruction(code)
		if n == 0 {
			return errors.New("has an instruction that Go does not write")
		}
		do(code[:n])
		code = code[n:]
	}
	return nil
}

// instruction returns the length of the first instruction; 0 for one that Go does not write.
func instruction(code []byte) int {
	r := reader{data: code}
	numbers, bytes := 0, 0
	switch op := r.byte(); {
	case op == saturating:
		switch sub := r.unsigned(); {
		case sub < 8: // conversions that saturate
		case sub == 10:
			numbers = 2 // memory.copy
		case sub == 11:
			numbers = 1 // memory.fill
		default:
			return 0
		}
	case op == vector:
		switch sub := r.unsigned(); {
		case sub <= 11 || sub == 92 || sub == 93:
			numbers = 2
		case sub == 12 || sub == 13:
			bytes = 16
		case sub >= 21 && sub <= 34:
			bytes = 1
		case sub >= 84 && sub <= 91:
			numbers, bytes = 2, 1
		}
	case op == brTable:
		numbers = r.unsigned() + 1
	case op == callIndirect || op >= firstLoad && op <= lastStore:
		numbers = 2
	case op >= block && op <= ifElse || op == br || op == brIf || op == call || op >= localGet && op <= globalSet || op > lastStore && op <= i64Const:
		numbers = 1
	case op == f32Const:
		bytes = 4
	case op == f64Const:
		bytes = 8
	case op > lastPlain || op > callIndirect && op < drop || op > selectOne && op < localGet || op > globalSet && op < firstLoad ||
		op > otherwise && op < end:
		return 0
	}
	for ; numbers > 0 && !r.wrong; numbers-- {
		for r.byte()&0x80 != 0 {
		}
	}
	r.bytes(bytes)
	if r.wrong {
		return 0
	}
	return len(code) - len(r.data)
}
