package main

import (
	"encoding/binary"
	"slices"
)

// structType is what describes a struct to the runtime, abi.StructType in src/internal/abi/type.go: addresses and lengths.
type structType struct {
	Size, Pointers             uint64
	_                          uint32
	Flag, Align, AlignAs, Kind uint8
	_, _                       uint64
	_                          [2]uint32
	_, Fields, Len, Cap        uint64
}

const (
	structKind, kinds = 25, 31 // of the byte Kind, the 24th
	fieldSize         = 24     // an address of its name, one of its type, and where it lies
	uncommonSize      = 16     // may stand between a description and the fields
)

// dropFields takes the fields, and the names that only they have, out of the descriptions of structs. Who reads them is package reflect, which a program that is
// packed has not, and the runtime where it hashes a struct that is a map's key of type any: all of a type then have one
// hash, and are told apart by comparing them. A description is known by where it says that its fields are: right behind it.
func dropFields(s segment, m moduleData) {
	names := map[uint32]int{} // of fields, where they lie in the segment: by their addresses and by their offsets from where the types are
	size := binary.Size(structType{})
	for at := -s.offset & 7; at+size <= len(s.data); at += 8 {
		if s.data[at+23]&kinds != structKind {
			continue
		}
		var d structType
		binary.Decode(s.data[at:], binary.LittleEndian, &d)
		if d.Kind&kinds != structKind || d.Pointers > d.Size || d.Align != d.AlignAs || !slices.Contains([]uint8{1, 2, 4, 8}, d.Align) || d.Len == 0 || d.Len != d.Cap {
			continue
		}
		fields := int(d.Fields) - s.offset
		if fields != at+size && fields != at+size+uncommonSize || d.Len > uint64(len(s.data)-fields)/fieldSize {
			continue
		}
		for field := s.data[fields:][:fieldSize*d.Len]; len(field) > 0; field = field[fieldSize:] {
			name := binary.LittleEndian.Uint32(field)
			names[name], names[name-uint32(m.Types)] = int(name)-s.offset, int(name)-s.offset
			clear(field[:fieldSize])
		}
		clear(s.data[at+size-3*8 : at+size])
	}
	kept := map[int]bool{}
	for at := -s.offset & 3; at+4 <= len(s.data); at += 4 {
		if name, ok := names[binary.LittleEndian.Uint32(s.data[at:])]; ok {
			kept[name] = true
		}
	}
	for _, name := range names {
		if n := int(s.data[name+1]); !kept[name] && n < 0x80 { // a byte that says what it is, its length, and the name
			clear(s.data[name+2:][:n])
		}
	}
}
