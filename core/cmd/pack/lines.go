package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"regexp"
)

// tables is what the runtime's tables of functions begin with: pcHeader in Go's src/runtime/symtab.go.
type tables struct {
	Magic                             [8]byte
	Functions, _, _                   uint64
	Names, Units, Files, Values, List uint64 // offsets from where the tables begin
}

// magic begins the tables since Go 1.20: a number, and the sizes of WebAssembly.
const magic = "\xf1\xff\xff\xff\x00\x00\x01\x08"

// function is _func in src/runtime/runtime2.go. Stack, File and Line are offsets from tables.Values, each
// of a sequence of values along the function; 0 says that there is none. Behind a function stand the
// offsets of its further sequences, and of its data: as many as Sequences and Data say.
type function struct {
	Entry, Name, Args, Defer   uint32
	Stack, File, Line          uint32
	Sequences, Unit, FirstLine uint32
	ID, Flag, _, Data          uint8
}

// How many bytes a function has, and where among them the numbers of its further sequences and data are.
const functionSize, sequencesAt, dataAt = 44, 28, 43

// The further sequences and data that go, from src/internal/abi/symtab.go.
const (
	unsafePoint   = 0 // where a thread must not be interrupted, which WebAssembly cannot do
	liveArguments = 3
	arguments     = 5 // and all data that follow: for stack traces and for tracing
	noData        = 1<<32 - 1
)

// outer is the name of the function that a function stands in: without what is added for the literals and methods in
// it, and for the types that it is made for.
var outer = regexp.MustCompile(`^(.+?)(?:\.(?:func|gowrap|deferwrap)\d|-fm|-range\d|\[|$)`)

// trimLines takes out of a Go program's memory what only stack traces need: files, lines, arguments, and the names of
// functions that are not ours, which are all called Go, or that stand in another, which are called as that is. Zeros
// take their place, as nothing may move. What the garbage collector, defer and recover need stays. It returns the
// names of all functions.
func trimLines(memory []byte) (names []string, err error) {
	defer func() {
		if recover() != nil { // an offset that leads outside
			err = errOther
		}
	}()
	memory = memory[bytes.Index(memory, []byte(magic)):]
	read := func(at uint64, part any) uint64 {
		n, err := binary.Decode(memory[at:], binary.LittleEndian, part)
		if err != nil {
			panic(err)
		}
		return at + uint64(n)
	}
	write := func(at uint64, part any) { binary.Encode(memory[at:], binary.LittleEndian, part) }
	var t tables
	read(0, &t)
	kept, dropped := map[uint32]bool{}, map[uint32]bool{}
	shared := map[string]uint32{} // the names, and where they are
	for i := range t.Functions {
		var entry [2]uint32 // and an offset from the list
		var f function
		read(t.List+8*i, &entry)
		at := t.List + uint64(entry[1])
		behind := read(at, &f)
		if f.Entry != entry[0] {
			panic("another function")
		}
		sequences, data := make([]uint32, f.Sequences), make([]uint32, f.Data)
		behindSequences := read(behind, sequences)
		read(behindSequences, data)

		kept[f.Stack], dropped[f.File], dropped[f.Line] = true, true, true
		f.File, f.Line, f.Unit, f.FirstLine = 0, 0, 0, 0
		name := memory[t.Names+uint64(f.Name):]
		name = name[:bytes.IndexByte(name, 0)]
		names = append(names, string(name))
		shown := "Go"
		if bytes.HasPrefix(name, []byte("heed/")) || bytes.HasPrefix(name, []byte("main.")) {
			shown = outer.FindStringSubmatch(string(name))[1]
		}
		if at, ok := shared[shown]; ok {
			clear(name)
			f.Name = at
		} else {
			clear(name[copy(name, shown):])
			shared[shown] = f.Name
		}
		for k, sequence := range sequences {
			if k == unsafePoint || k == liveArguments {
				dropped[sequence] = true
				sequences[k] = 0
			} else {
				kept[sequence] = true
			}
		}
		for k := arguments; k < len(data); k++ {
			data[k] = noData
		}
		write(at, f)
		write(behind, sequences)
		write(behindSequences, data)
	}
	clear(memory[t.Units:t.Values])
	values := memory[t.Values:t.List]
	goes := make([]bool, len(values))
	mark(goes, values, dropped, true)
	mark(goes, values, kept, false)
	for i := range values {
		if goes[i] {
			values[i] = 0
		}
	}
	return names, nil
}

// mark sets the marks of all bytes of the sequences that begin at those offsets. A sequence is pairs
// of numbers, in LEB128, up to one that begins with zero; the first may.
func mark(marks []bool, values []byte, offsets map[uint32]bool, as bool) {
	for offset := range offsets {
		if offset == 0 {
			continue
		}
		at := int(offset)
		for first := true; first || values[at] != 0; first = false {
			for range 2 {
				_, n := binary.Uvarint(values[at:])
				at += max(n, 1)
			}
		}
		for i := int(offset); i <= at; i++ {
			marks[i] = as
		}
	}
}

// moduleData is the beginning of moduledata in src/runtime/symtab.go: addresses, and slices with their lengths.
type moduleData struct {
	Tables                                       uint64
	Names, Units, Files, Values, Functions, List [3]uint64
	Find, Least, Most                            uint64
	_                                            [15]uint64
	Types, Descriptors, AfterTypes               uint64
}

// findModule finds what describes the program whose tables are in a segment.
func findModule(segments []segment, s segment) (m moduleData, err error) {
	tables := bytes.Index(s.data, []byte(magic))
	begin := binary.LittleEndian.AppendUint64(nil, uint64(s.offset+tables))
	begin = binary.LittleEndian.AppendUint64(begin, uint64(s.offset+tables)+binary.LittleEndian.Uint64(s.data[tables+32:]))
	// The zeros that an address may begin with stand in no segment where more stand before them.
	cut := bytes.TrimLeft(begin, "\x00")
	zeros := begin[:len(begin)-len(cut)]
	for _, other := range segments {
		data := other.data
		if bytes.HasPrefix(data, cut) {
			data = append(bytes.Clone(zeros), data...)
		}
		if at := bytes.Index(data, begin); at >= 0 {
			_, err = binary.Decode(data[at:], binary.LittleEndian, &m)
			return m, err
		}
	}
	return m, errOther
}

// coarsen rewrites the table by which the runtime finds a function: for each 4,096 counters of the program, of which a
// function has 65,536, it has the number of that function, from which the runtime searches on. The number of one that
// comes up to 15 before will do, and is more often the same.
func coarsen(s segment, m moduleData) error {
	const counters, size = 1 << 12, 20 // of an element of the table, and its bytes
	from, n := int(m.Find)-s.offset, int(m.Most-m.Least+counters-1)/counters
	if from < 0 || n < 0 || from+size*n > len(s.data) {
		return errOther
	}
	for table := s.data[from : from+size*n]; len(table) > 0; table = table[size:] {
		binary.LittleEndian.PutUint32(table, binary.LittleEndian.Uint32(table)&^15)
	}
	return nil
}

var errOther = errors.New("the runtime's tables are not as in Go 1.27")
