package main

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// What is not as Go's linker writes it is an error, and no panic.
func TestTrimTypesRefusesOtherDescriptions(t *testing.T) {
	const list, name = descriptorSize + 32 + methodsSize, 248
	data, err := binary.Append(nil, binary.LittleEndian, descriptor{Size: 16, Align: 8, Flag: hasMethods, Kind: interfaceKind, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, make([]byte, name-len(data))...)
	data = append(data, "\x01\x04Name"...)
	binary.LittleEndian.PutUint64(data[descriptorSize+16:], 8) // how many methods it requires
	if err := trimTypes(bytes.Clone(data), 0, nil); err != nil {
		t.Error("one description:", err)
	}
	copy(data[list:], data[:descriptorSize]) // another where these are
	if err := trimTypes(data, 0, nil); err == nil {
		t.Error("one description within another: no error")
	}
}
