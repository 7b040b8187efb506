package main

import (
	"encoding/binary"
	"unicode/utf8"
)

// descriptor is Type in Go's src/internal/abi/type.go. Its name and the type of pointers to it are offsets from where
// all descriptions of types begin.
type descriptor struct {
	Size, Pointed     uint64
	Hash              uint32
	Flag, Align, _    uint8
	Kind              uint8
	Equal, Mask       uint64
	Name, PointerType uint32
}

// What flags and kinds mean, from the same file.
const (
	hasMethods, hasName, maskOnDemand = 1 << 0, 1 << 2, 1 << 4
	lastFlag                          = 1 << 5
	arrayKind                         = 17
	functionKind                      = 19
	interfaceKind                     = 20
	structKind                        = 25
	lastKind                          = 26
)

// kindSize is how much stands behind a descriptor, by kind: from array to slice, and struct.
var kindSize = [lastKind + 1]int{arrayKind: 24, 16, functionKind: 8, interfaceKind: 32, 88, 8, 8, structKind: 32}

// The sizes of a descriptor; of what says where a type's methods are; and of one method, one parameter of a function,
// one method of an interface, and one field of a struct. A method ends with the function that an interface calls, and
// the one that package reflect does.
const descriptorSize, methodsSize, methodSize, parameterSize, requiredSize, fieldSize, called, reflected = 48, 16, 16, 8, 8, 24, 8, 12

// described is a type's description: where it is, its list of parameters, required methods or fields, and its methods.
type described struct {
	descriptor
	at, list, methods, end int
}

// types are the descriptions of types and their names, which begin at an address.
type types struct {
	data  []byte
	begin uint64
}

// trimTypes takes out of the descriptions of types what the program does not need.
func (p *program) trimTypes(m moduleData) error {
	compared := map[uint32]bool{}
	for _, body := range p.bodies {
		if err := each(body, func(code []byte) {
			if code[0] == i32Const || code[0] == i64Const {
				compared[uint32(signed(code[1:]))] = true
			}
		}); err != nil {
			return err
		}
	}
	for _, s := range p.segments {
		if from, to := int(m.Types)-s.offset, int(m.AfterTypes)-s.offset; from >= 0 && from <= to && to <= len(s.data) {
			return trimTypes(s.data[from:to], m.Types, compared)
		}
	}
	return errOther
}

// fewHashes is how many hashes are left: for the runtime's tables of some hundred types that is enough. Of types
// without a name of their own, one like *interface {} is short.
const fewHashes, shortName = 64, 13

// trimTypes takes out of the descriptions of types what only package reflect needs: the fields of structs, the type of
// pointers to a type, methods that no interface has, the functions that it calls for the others, and the names of
// fields, and of types that have no name of their own, but for short ones. A struct in an interface is still the key
// that it was in a map, but a slow one, as all have one hash. A type's hash, which is four bytes at random, becomes a
// small number, unless the code compares it, as a switch does.
func trimTypes(data []byte, begin uint64, compared map[uint32]bool) (err error) {
	defer func() {
		if recover() != nil { // an offset that leads outside
			err = errOther
		}
	}()
	t := types{data, begin}
	all, err := t.all()
	if err != nil {
		return err
	}
	kept := map[uint32]bool{}
	var dropped []uint32
	for i, d := range all {
		keep := func(from, to, size int, name func(at int) uint32) {
			for at := from; at < to; at += size {
				kept[name(at)] = true
			}
		}
		for at := d.methods; at < d.end; at += methodSize {
			if f := t.word(at + called); f == 0 || f == noData { // no interface has it
				dropped = append(dropped, t.word(at))
				clear(data[at : at+methodSize])
			} else {
				kept[t.word(at)] = true
				clear(data[at+reflected : at+methodSize])
			}
		}
		if d.Flag&hasMethods != 0 {
			kept[t.word(d.list-methodsSize)] = true // the package
		}
		if d.Flag&hasName != 0 || len(t.text(d.Name)) <= shortName {
			kept[d.Name] = true
		} else {
			dropped = append(dropped, d.Name)
		}
		switch own := d.at + descriptorSize; {
		case d.Kind == interfaceKind:
			kept[t.name(own)] = true // the package
			keep(d.list, d.methods, requiredSize, t.word)
		case d.Kind == structKind && d.Flag&maskOnDemand != 0: // the garbage collector looks at the fields
			kept[t.name(own)] = true
			keep(d.list, d.methods, fieldSize, t.name)
		case d.Kind == structKind:
			kept[t.name(own)] = true
			for at := d.list; at < d.methods; at += fieldSize {
				dropped = append(dropped, t.name(at))
			}
			clear(data[own+8 : own+32]) // the slice of fields
			clear(data[d.list:d.methods])
		}
		d.PointerType = 0
		if !compared[d.Hash] {
			d.Hash = uint32(i) % fewHashes
		}
		if _, err := binary.Encode(data[d.at:], binary.LittleEndian, d.descriptor); err != nil {
			return err
		}
	}
	for _, name := range dropped {
		if !kept[name] {
			clear(t.text(name))
		}
	}
	return nil
}

// all finds the descriptions, which stand at multiples of eight bytes, with names between them.
func (t types) all() (all []described, err error) {
	end := 0
	for at := 0; at+descriptorSize <= len(t.data); at += 8 {
		if d, ok := t.describe(at); ok {
			if at < end { // what looks like a description is none
				return nil, errOther
			}
			all, end = append(all, d), d.end
		}
	}
	return all, nil
}

// describe reads the description that stands there, if one does.
func (t types) describe(at int) (d described, ok bool) {
	d.at = at
	if _, err := binary.Decode(t.data[at:], binary.LittleEndian, &d.descriptor); err != nil {
		return d, false
	}
	if d.Size >= 1<<31 || d.Pointed > d.Size || d.Align == 0 || d.Align > 8 || d.Kind == 0 || d.Kind > lastKind || d.Flag >= 2*lastFlag {
		return d, false
	}
	if name := t.text(d.Name); len(name) == 0 || !utf8.Valid(name) {
		return d, false
	}
	own := at + descriptorSize
	d.list = own + kindSize[d.Kind]
	if d.list+methodsSize > len(t.data) {
		return d, false
	}
	short := func(at int) int { return int(binary.LittleEndian.Uint16(t.data[at:])) }
	listed, methods := 0, 0
	switch d.Kind {
	case functionKind:
		const variadic = 1 << 15
		listed = parameterSize * (short(own) + short(own+2)&^variadic)
	case interfaceKind:
		listed = requiredSize * int(t.word(own+16))
	case structKind:
		listed = fieldSize * int(t.word(own+16))
	}
	if d.Flag&hasMethods != 0 {
		methods = short(d.list + 4)
		d.list += methodsSize
	}
	d.methods = d.list + listed
	d.end = d.methods + methodSize*methods
	return d, d.end <= len(t.data)
}

func (t types) word(at int) uint32 { return binary.LittleEndian.Uint32(t.data[at:]) }

// name returns the offset of the name whose address stands there; 0 if none does.
func (t types) name(at int) uint32 {
	address := binary.LittleEndian.Uint64(t.data[at:])
	if address == 0 {
		return 0
	}
	return uint32(address - t.begin)
}

// text returns the letters of a name, before which stand a byte of flags and how many they are; none where it is
// not a name.
func (t types) text(name uint32) []byte {
	if name == 0 || int(name) >= len(t.data) {
		return nil
	}
	n, size := binary.Uvarint(t.data[name+1:])
	letters := t.data[int(name)+1+max(size, 0):]
	if size <= 0 || n > uint64(len(letters)) {
		return nil
	}
	return letters[:n:n]
}
