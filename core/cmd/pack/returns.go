package main

import (
	"bytes"
)

// What the code of relate is made of.
const (
	getSP   = "\x20\x01"     // local.get SP
	storeAt = "\x37\x03\x00" // i64.store
	base    = 2              // the local variable behind SP
	counter = 1<<16 - 1      // of an address, what counts within its function
)

// relate rewrites the addresses that a function's calls return to. Go stores each as one constant, which begins with
// the number of the function; that part is set once instead, in a local variable, and each call adds its own:
//
//	local.get SP, i64.const FUNCTION<<16 + N, i64.store
//	local.get SP, local.get base, i64.const N, i64.add, i64.store
func relate(body []byte) []byte {
	code := instructions(body)
	locals := reader{data: body[:len(body)-len(code)]}
	groups := locals.unsigned()
	if locals.expect(1, i32Type); locals.wrong {
		return body // it has no SP
	}
	var declared []byte
	if others := locals.data; len(others) == 2*(groups-1) && groups > 1 && others[1] == i64Type {
		declared = append([]byte{byte(groups), 1, i32Type, others[0] + 1}, others[1:]...)
	} else {
		declared = append([]byte{byte(groups + 1), 1, i32Type, 1, i64Type}, others...)
	}
	var out []byte
	function, calls := 0, 0
	for rest := code; len(rest) > 0; {
		n := instruction(rest)
		if n == 0 {
			return body
		}
		switch op := rest[0]; {
		case op == i64Const && bytes.HasSuffix(out, []byte(getSP)) && bytes.HasPrefix(rest[n:], []byte(storeAt)):
			to := signed(rest[1:n])
			if to <= counter || calls > 0 && to>>16 != function {
				break
			}
			function = to >> 16
			calls++
			out = append(appendOffset(append(out, localGet, base, i64Const), to&counter), add64)
			rest = rest[n:]
			continue
		case op >= localGet && op <= localTee && rest[1] >= base:
			if rest[1] >= 0x7f {
				return body // the next number takes two bytes
			}
			out = append(out, op, rest[1]+1)
			rest = rest[n:]
			continue
		}
		out = append(out, rest[:n]...)
		rest = rest[n:]
	}
	if calls == 0 {
		return body
	}
	begin := append(appendOffset(append(declared, i64Const), function<<16), localSet, base)
	return append(begin, out...)
}
