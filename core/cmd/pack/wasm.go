package main

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// gap is how many zeros it takes for a new segment: with fewer segments no engine gets smaller.
const gap = 1 << 12

// The parts of a module are in https://webassembly.github.io/spec/core/binary/modules.html
const (
	header        = "\x00asm\x01\x00\x00\x00"
	importSection = 2
	codeSection   = 10
	dataSection   = 11
	i32Const      = 0x41
	end           = 0x0b
)

// segment is a part of the memory's first content.
type segment struct {
	offset int
	data   []byte
}

// program is what a module's functions do, and what lies in its memory at first.
type program struct {
	imported int // how many functions it has from outside, which are numbered first
	bodies   [][]byte
	segments []segment
}

// rewrite returns a module with what change makes of its program.
func rewrite(module []byte, change func(*program) error) ([]byte, error) {
	if len(module) < len(header) || string(module[:len(header)]) != header {
		return nil, errors.New("is not a WebAssembly module")
	}
	type section struct {
		id   byte
		body []byte
	}
	var sections []section
	var p program
	for r := (reader{data: module[len(header):]}); len(r.data) > 0; {
		s := section{r.byte(), r.bytes(r.unsigned())}
		switch body := (reader{data: s.body}); s.id {
		case importSection:
			p.imported = body.unsigned()
		case codeSection:
			p.bodies = body.bodies()
			r.wrong = r.wrong || body.wrong
		case dataSection:
			p.segments = body.segments()
			r.wrong = r.wrong || body.wrong
		}
		if r.wrong {
			return nil, errors.New("ends in the middle, or its data are not as Go's linker writes them")
		}
		sections = append(sections, s)
	}
	if err := change(&p); err != nil {
		return nil, err
	}
	out := []byte(header)
	for _, s := range sections {
		switch s.id {
		case codeSection:
			s.body = appendBodies(nil, p.bodies)
		case dataSection:
			s.body = appendSegments(nil, p.segments)
		}
		out = append(binary.AppendUvarint(append(out, s.id), uint64(len(s.body))), s.body...)
	}
	return out, nil
}

// join joins segments with few zeros between them. Of overlapping ones, which no linker writes, it
// leaves all as they are.
func join(segments []segment) []segment {
	sorted := slices.Clone(segments)
	slices.SortStableFunc(sorted, func(a, b segment) int { return cmp.Compare(a.offset, b.offset) })
	var joined []segment
	for _, s := range sorted {
		if len(joined) > 0 {
			last := &joined[len(joined)-1]
			zeros := s.offset - last.offset - len(last.data)
			if zeros < 0 {
				return segments
			}
			if zeros < gap {
				last.data = append(append(last.data, make([]byte, zeros)...), s.data...)
				continue
			}
		}
		joined = append(joined, segment{s.offset, slices.Clone(s.data)})
	}
	return joined
}

// bodies reads a code section.
func (r *reader) bodies() [][]byte {
	var bodies [][]byte
	for n := r.unsigned(); n > 0 && !r.wrong; n-- {
		bodies = append(bodies, r.bytes(r.unsigned()))
	}
	return bodies
}

// appendBodies appends the bodies of functions, shortened.
func appendBodies(out []byte, bodies [][]byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(bodies)))
	for _, body := range bodies {
		body = relate(shorten(body))
		out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
	}
	return out
}

func appendSegments(out []byte, segments []segment) []byte {
	out = binary.AppendUvarint(out, uint64(len(segments)))
	for _, s := range segments {
		out = appendOffset(append(out, 0, i32Const), s.offset)
		out = binary.AppendUvarint(append(out, end), uint64(len(s.data)))
		out = append(out, s.data...)
	}
	return out
}

// appendOffset appends n, which is not negative, as signed LEB128: with a zero where the sign is.
func appendOffset(out []byte, n int) []byte {
	for ; n > 0x3f; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

// reader reads a module. What is not there reads as zero, and is remembered.
type reader struct {
	data  []byte
	wrong bool
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.data, r.wrong = nil, true
		return nil
	}
	read := r.data[:n]
	r.data = r.data[n:]
	return read
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) expect(bytes ...byte) {
	if !slices.Equal(r.bytes(len(bytes)), bytes) {
		r.data, r.wrong = nil, true
	}
}

// unsigned reads a number in unsigned LEB128.
func (r *reader) unsigned() int {
	n, size := binary.Uvarint(r.data)
	if r.bytes(max(size, 1)); r.wrong {
		return 0
	}
	return int(n)
}

// offset reads a number in signed LEB128 that is not negative.
func (r *reader) offset() int {
	before := r.data
	n := r.unsigned()
	if size := len(before) - len(r.data); size > 0 && before[size-1]&0x40 != 0 {
		r.data, r.wrong = nil, true
	}
	return n
}

// signed is a number in signed LEB128.
func signed(data []byte) int {
	n := 0
	for i, b := range data {
		n |= int(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b&0x40 != 0 {
				n -= 1 << (7 * (i + 1))
			}
			break
		}
	}
	return n
}

// segments reads a data section. Segments of another kind than Go's linker writes are wrong.
func (r *reader) segments() []segment {
	var segments []segment
	for n := r.unsigned(); n > 0 && !r.wrong; n-- {
		r.expect(0, i32Const)
		at := r.offset()
		r.expect(end)
		segments = append(segments, segment{at, r.bytes(r.unsigned())})
	}
	r.wrong = r.wrong || len(r.data) > 0
	return segments
}
