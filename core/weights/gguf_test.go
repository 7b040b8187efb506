package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

var (
	ggufModel  = flag.String("gguf", "", "a GGUF file that is compared with -gguf-want")
	ggufWanted = flag.String("gguf-want", "", "what testdata/gguf_golden.py prints of it")
)

// outline is the twin of describe in gguf_golden.py, sorted.
func outline(t *testing.T, s Source) string {
	t.Helper()
	var lines []string
	for _, name := range s.Names() {
		shape, _ := s.Shape(name)
		dtype, _ := s.DType(name)
		x, err := s.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		var b []byte
		for _, v := range x {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %x\n", name, dtype, strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ","), "[]"), sha256.Sum256(b)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func goldenGGUF(t testing.TB) []byte {
	data, err := os.ReadFile("testdata/golden.gguf")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Every type of block decodes to the numbers, bit for bit, of the gguf package: see testdata/gguf_golden.py.
func TestGGUF(t *testing.T) {
	want, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	data := goldenGGUF(t)
	inMemory, err := ParseGGUF(data)
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := OpenGGUF(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []*GGUF{inMemory, onDisk} {
		if got := outline(t, g); got != string(want) {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		for key, want := range map[string]int{"test.u8": 200, "test.i8": -3, "test.u16": 60000, "test.i16": -300, "test.u32": 4000000000,
			"test.i32": -70000, "test.u64": 1 << 40, "test.i64": -1 << 40} {
			if n, ok := g.Int(key); !ok || n != want {
				t.Errorf("%s is %d, want %d", key, n, want)
			}
		}
		half, _ := g.Float("test.f32")
		tenth, _ := g.Float("test.f64")
		whole, _ := g.Float("test.u8")
		yes, ok := g.Bool("test.bool")
		if half != 0.5 || tenth != 0.1 || whole != 200 || !yes || !ok || g.String("test.string") != "größe" || g.String("test.u8") != "" {
			t.Error("numbers, truth values or texts of the metadata")
		}
		if !slices.Equal(g.Strings("test.strings"), []string{"a", "", "▁b"}) || !slices.Equal(g.Ints("test.ints"), []int64{1, -2, 3}) ||
			!slices.Equal(g.Floats("test.floats"), []float32{0.5, -1.25}) || g.Strings("test.ints") != nil {
			t.Error("arrays of the metadata")
		}
		if _, err := g.Float32("nothing"); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
			t.Errorf("a tensor that is not there: %v", err)
		}
	}
}

// A model of one's own, which is not in the repository:
// python gguf_golden.py M.gguf >M.txt; go test ./core/weights -run GGUFModel -gguf M.gguf -gguf-want M.txt
func TestGGUFModel(t *testing.T) {
	if *ggufModel == "" {
		t.Skip("no -gguf")
	}
	want, err := os.ReadFile(*ggufWanted)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(*ggufModel)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	g, err := OpenGGUF(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	got, lines := strings.SplitAfter(outline(t, g), "\n"), strings.SplitAfter(string(want), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d tensors, want %d", len(got)-1, len(lines)-1)
	}
	for i, line := range lines {
		if got[i] != line {
			t.Errorf("%s, want %s", got[i], line)
		}
	}
	t.Logf("%d tensors are bit for bit those of the gguf package", len(got)-1)
}

// ggufFile builds a file of keys, tensors and data.
type ggufFile struct{ bytes.Buffer }

func (f *ggufFile) put(parts ...any) *ggufFile {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			binary.Write(f, binary.LittleEndian, uint64(len(p)))
			f.WriteString(p)
		case []byte:
			f.Write(p)
		default:
			binary.Write(f, binary.LittleEndian, p)
		}
	}
	return f
}

func ggufHeader(tensors, keys uint64) *ggufFile {
	return new(ggufFile).put([]byte("GGUF"), uint32(3), tensors, keys)
}

// oneTensor is a file with one tensor of 32 × F32, changed by its parts.
func oneTensor(name string, dims []uint64, kind uint32, offset uint64, data int) []byte {
	f := ggufHeader(1, 0).put(name, uint32(len(dims)))
	for _, d := range dims {
		f.put(d)
	}
	f.put(kind, offset)
	for f.Len()%32 != 0 {
		f.WriteByte(0)
	}
	f.Write(make([]byte, data))
	return f.Bytes()
}

func TestGGUFErrors(t *testing.T) {
	if _, err := ParseGGUF(oneTensor("x", []uint64{32}, 0, 0, 128)); err != nil {
		t.Fatal(err)
	}
	twice := ggufHeader(0, 2).put("k", uint32(7), uint8(1), "k", uint32(7), uint8(1)).Bytes()
	overlap := ggufHeader(2, 0).put("a", uint32(1), uint64(32), uint32(0), uint64(0), "b", uint32(1), uint64(8), uint32(0), uint64(32))
	overlap.Write(make([]byte, 256))
	same := ggufHeader(2, 0).put("a", uint32(1), uint64(8), uint32(0), uint64(0), "a", uint32(1), uint64(8), uint32(0), uint64(32))
	same.Write(make([]byte, 256))
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "not a GGUF file"},
		{"short", []byte("GG"), "not a GGUF file"},
		{"other", []byte("version https://git-lfs.github.com/spec/v1\noid"), "Git LFS pointer"},
		{"page", []byte("<!DOCTYPE html>"), "a web page"},
		{"only magic", []byte("GGUF"), "cut short"},
		{"version 1", new(ggufFile).put([]byte("GGUF"), uint32(1), uint64(0), uint64(0)).Bytes(), "of version 1"},
		{"big-endian", new(ggufFile).put([]byte("GGUF"), uint32(3<<24), uint64(0), uint64(0)).Bytes(), "big-endian"},
		{"many tensors", ggufHeader(1<<60, 0).Bytes(), "more than 131072 tensors"},
		{"many keys", ggufHeader(0, 1<<60).Bytes(), "16384 keys"},
		{"a long key", ggufHeader(0, 1).put(uint64(1 << 50)).Bytes(), "a key is said to have more than"},
		{"a cut key", ggufHeader(0, 1).put(uint64(100)).Bytes(), "cut short"},
		{"an unknown type", ggufHeader(0, 1).put("k", uint32(99)).Bytes(), `"k" has a value of the unknown type 99`},
		{"a lying text", ggufHeader(0, 1).put("k", uint32(8), uint64(1<<62)).Bytes(), `"k" is said to have more than`},
		{"a lying array", ggufHeader(0, 1).put("k", uint32(9), uint32(8), uint64(1<<62)).Bytes(), `"k" says that it has more elements`},
		{"an array of arrays", ggufHeader(0, 1).put("k", uint32(9), uint32(9), uint64(1)).Bytes(), "array of arrays"},
		{"a lying text in an array", ggufHeader(0, 1).put("k", uint32(9), uint32(8), uint64(1), uint64(1<<40)).Bytes(), `text of "k"`},
		{"a key twice", twice, `duplicate key "k"`},
		{"alignment 0", ggufHeader(0, 1).put("general.alignment", uint32(4), uint32(0)).Bytes(), "general.alignment is 0"},
		{"many dimensions", oneTensor("x", make([]uint64, 9), 0, 0, 128), "9 dimensions"},
		{"an overflow", oneTensor("x", []uint64{1 << 31, 1 << 31, 1 << 31}, 0, 0, 128), "impossible shape"},
		{"an overflow of bytes", oneTensor("x", []uint64{1<<31 - 1, 1<<31 - 1, 2}, 0, 0, 128), "impossible shape"},
		{"an unknown type of tensor", oneTensor("x", []uint64{32}, 77, 0, 128), `"x" is stored as type 77`},
		{"rows that are no blocks", oneTensor("x", []uint64{33}, 2, 0, 128), "not blocks of 32"},
		{"cut", oneTensor("x", []uint64{32}, 0, 0, 127), `tensor "x" of 128 bytes is not in`},
		{"an offset beyond", oneTensor("x", []uint64{32}, 0, 1<<63, 128), "cut short, or its header is wrong"},
		{"an odd offset", oneTensor("x", []uint64{8}, 0, 16, 128), "cut short, or its header is wrong"},
		{"overlapping", overlap.Bytes(), `"a" and "b" overlap`},
		{"a tensor twice", same.Bytes(), `duplicate tensor "a"`},
		{"a long name", oneTensor(strings.Repeat("x", 1<<16), []uint64{32}, 77, 0, 0), "is stored as type 77"},
	} {
		_, err := ParseGGUF(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 500 {
			t.Errorf("%s: error %.600v, want one with %q", c.name, err, c.want)
		}
		if _, again := OpenGGUF(bytes.NewReader(c.data), int64(len(c.data))); fmt.Sprint(again) != fmt.Sprint(err) {
			t.Errorf("%s: from a reader %v, from memory %v", c.name, again, err)
		}
	}
	for kind, name := range map[uint32]string{26: "I32", 20: "IQ4_NL"} {
		g, err := ParseGGUF(oneTensor("x", []uint64{32}, kind, 0, 128))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Float32("x"); err == nil || !strings.Contains(err.Error(), "stored as "+name) {
			t.Errorf("%s as numbers: %v", name, err)
		}
	}
	golden := goldenGGUF(t)
	for n := range len(golden) { // cut anywhere
		if _, err := ParseGGUF(golden[:n:n]); err == nil {
			t.Fatalf("%d of %d bytes are read", n, len(golden))
		}
	}
}

func FuzzGGUF(f *testing.F) {
	f.Add(goldenGGUF(f))
	f.Add(oneTensor("x", []uint64{32}, 0, 0, 128))
	f.Add(ggufHeader(0, 1).put("k", uint32(9), uint32(8), uint64(1), "text").Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseGGUF(data)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		for _, name := range g.Names() {
			x, err := g.Float32(name)
			shape, ok := g.Shape(name)
			n := 1
			for _, d := range shape {
				n *= d
			}
			if !ok || err == nil && len(x) != n {
				t.Errorf("%q: %d elements of %v", name, len(x), shape)
			}
		}
	})
}
