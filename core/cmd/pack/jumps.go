package main

import "encoding/binary"

const (
	loop = 0x03
	void = 0x40
)

// direct rewrites the jumps of a function. Go has one loop around all that a function does, which begins with a table
// of where to go on; each jump sets a number (local 0) and begins the loop again:
//
//	loop, block, block, …, local.get 0, br_table, end, code, end, code, …, end
//	i32.const NUMBER, local.set 0, br LOOP
//
// A jump to what comes later can leave the blocks up to there instead: that is shorter, and faster. The table stays as
// it is, for jumps back, and for a goroutine that goes on after a call.
func direct(code []byte) []byte {
	at := dispatch(code)
	if at < 0 {
		return code
	}
	r := reader{data: code[at:]}
	blocks := 0
	for r.expect(loop, void); r.data[0] == block; blocks++ {
		r.expect(block, void)
	}
	r.expect(localGet, 0, brTable)
	table := make([]int, r.unsigned()+1)
	for i := range table {
		table[i] = r.unsigned()
	}
	out := append([]byte(nil), code[:len(code)-len(r.data)]...)
	passed, inner := 0, 0 // blocks that have ended; those begun since, which do not count among them
	for rest := r.data; len(rest) > 0; {
		n := instruction(rest)
		if n == 0 {
			return code
		}
		// to returns how far out the target of a jump is.
		to := func(jump []byte, inner int) (depth, size int) {
			number, size := jumpAt(jump, blocks-passed+inner)
			if size == 0 || number >= len(table) || table[number] < passed {
				return 0, 0
			}
			return table[number] - passed + inner, size
		}
		switch rest[0] {
		case block, loop, ifElse:
			if depth, size := to(rest[n:], inner+1); rest[0] == ifElse && rest[1] == void && size > 0 && rest[n+size] == end {
				out = binary.AppendUvarint(append(out, brIf), uint64(depth-1))
				rest = rest[n+size+1:]
				continue
			}
			inner++
		case end:
			switch {
			case inner > 0:
				inner--
			case passed < blocks:
				passed++
			default:
				return append(out, rest...)
			}
		case i32Const:
			if depth, size := to(rest, inner); size > 0 {
				if rest = rest[size:]; depth > 0 || rest[0] != end {
					out = binary.AppendUvarint(append(out, br), uint64(depth))
				}
				continue
			}
		}
		out = append(out, rest[:n]...)
		rest = rest[n:]
	}
	return code
}

// dispatch finds the loop that begins with a table; it is negative where there is none.
func dispatch(code []byte) int {
	for at := 0; at < len(code); {
		if code[at] == loop {
			r := reader{data: code[at:]}
			for r.expect(loop, void); len(r.data) > 0 && r.data[0] == block; {
				r.expect(block, void)
			}
			if r.expect(localGet, 0, brTable); !r.wrong {
				return at
			}
			return -1
		}
		n := instruction(code[at:])
		if n == 0 {
			return -1
		}
		at += n
	}
	return -1
}

// jumpAt reads a jump to the loop, which is so far out. Where there is none, its size is 0.
func jumpAt(code []byte, out int) (number, size int) {
	r := reader{data: code}
	r.expect(i32Const)
	number = r.offset()
	r.expect(localSet, 0, br)
	if r.unsigned() != out || r.wrong {
		return 0, 0
	}
	return number, len(code) - len(r.data)
}
