package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// module returns a WebAssembly module with those segments of data between two other sections.
func module(segments []segment) []byte {
	data := appendSegments(nil, segments)
	m := append([]byte(header), 5, 3, 1, 0, 40) // a memory of 40 pages
	m = append(binary.AppendUvarint(append(m, dataSection), uint64(len(data))), data...)
	return append(m, 0, 3, 2, 'h', 'i')
}

// contents returns what a module puts into its memory, its segments, and its other sections.
func contents(t *testing.T, module []byte) (memory []byte, segments []segment, others []byte) {
	t.Helper()
	memory = make([]byte, 40<<16)
	for r := (reader{data: module[len(header):]}); len(r.data) > 0; {
		id, body := r.byte(), reader{data: r.bytes(r.unsigned())}
		if id != dataSection {
			others = append(append(others, id), body.data...)
			continue
		}
		segments = body.segments()
		for _, s := range segments {
			copy(memory[s.offset:], s.data)
		}
		if r.wrong || body.wrong {
			t.Fatal("the module cannot be read again")
		}
	}
	return memory, segments, others
}

func joined(p *program) error {
	p.segments = join(p.segments)
	return nil
}

func TestSigned(t *testing.T) {
	for data, want := range map[string]int{"\x00": 0, "\x3f": 63, "\x40": -64, "\x7f": -1, "\x80\x01": 128, "\x80\x80\x7c": -65536, "\x80\x80\x80\x80\x01": 0x10000000} {
		if got := signed([]byte(data)); got != want {
			t.Errorf("% x is %d, not %d", data, got, want)
		}
	}
}

func TestJoinKeepsTheMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var segments []segment
		for at := random.IntN(300); at < 2<<20; {
			data := make([]byte, 1+random.IntN(40))
			for i := range data {
				data[i] = byte(random.Uint32())
			}
			segments = append(segments, segment{at, data})
			at += len(data) + random.IntN(1<<random.IntN(18))
		}
		random.Shuffle(len(segments), func(i, j int) { segments[i], segments[j] = segments[j], segments[i] })
		before := module(segments)
		after, err := rewrite(before, joined)
		if err != nil {
			t.Fatal(err)
		}
		memory, _, others := contents(t, before)
		packedMemory, segments, packedOthers := contents(t, after)
		if !bytes.Equal(memory, packedMemory) {
			t.Fatal("the memory is another")
		}
		if !bytes.Equal(others, packedOthers) {
			t.Fatalf("the other sections are %v, were %v", packedOthers, others)
		}
		for i := 1; i < len(segments); i++ {
			if zeros := segments[i].offset - segments[i-1].offset - len(segments[i-1].data); zeros < gap {
				t.Fatalf("segments %d and %d of %d have %d zeros between them", i-1, i, len(segments), zeros)
			}
		}
	}
}

func TestJoinLeavesOverlappingSegments(t *testing.T) {
	m := module([]segment{{100, []byte{1, 2, 3}}, {101, []byte{4}}})
	if got, err := rewrite(m, joined); err != nil || !bytes.Equal(got, m) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestRewriteRefusesWhatItCannotRead(t *testing.T) {
	whole := module([]segment{{100, []byte{1, 2, 3}}, {70000, []byte{4}}})
	passive := append([]byte(header), dataSection, 4, 1, 1, 1, 7)
	negative := append([]byte(header), dataSection, 7, 1, 0, i32Const, 0x7f, end, 1, 7)
	for name, m := range map[string][]byte{
		"empty": nil, "text": []byte("<!doctype html>"), "cut off": whole[:len(whole)-7],
		"passive segment": passive, "negative offset": negative,
	} {
		if _, err := rewrite(m, joined); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
