package main

import (
	"encoding/binary"
	"testing"
)

// What describes a program is found too where its first address begins with zeros, which the linker leaves out.
func TestFindModule(t *testing.T) {
	const address, names = 0x705600, 96
	tables := append(make([]byte, 10), magic...)
	tables = append(tables, make([]byte, 24)...)
	tables = binary.LittleEndian.AppendUint64(tables, names)
	module := make([]byte, 8*(1+3*6+3+15+3))
	binary.LittleEndian.PutUint64(module, address)
	binary.LittleEndian.PutUint64(module[8:], address+names)
	for i := 2; i < len(module)/8; i++ {
		binary.LittleEndian.PutUint64(module[8*i:], uint64(i))
	}
	for _, cut := range []int{0, 1} {
		s := segment{address - 10, tables}
		m, err := findModule([]segment{s, {1 << 24, module[cut:]}}, s)
		if err != nil || m.Tables != address || m.Find != 19 || m.Most != 21 || m.Types != 37 || m.AfterTypes != 39 {
			t.Errorf("without %d zeros: %+v, %v", cut, m, err)
		}
	}
	if _, err := findModule([]segment{{address - 10, tables}}, segment{address - 10, tables}); err == nil {
		t.Error("found in nothing")
	}
}
