package weights

import (
	"encoding/binary"
	"io"
	"math"
	"slices"

	"heed/core/say"
	"heed/core/stable"
)

// Limits of what a GGUF file may hold, far above what public ones have.
const (
	maxTensors  = 1 << 17
	maxKeys     = 1 << 14
	maxElements = 1 << 22 // of all arrays of the metadata together
	maxName     = 1 << 16 // bytes of a key or a name
)

// GGUF is a file of llama.cpp: metadata, which has configuration and tokenizer, and tensors
// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Versions 2 and 3 are read.
type GGUF struct {
	in       *input
	metadata map[string]any // bool, int64, float64, string, []int64, []float32, []string
	tensors  map[string]ggufTensor
}

type ggufTensor struct {
	form       *block
	shape      []int // outermost first
	begin, end int64 // in the file
}

// ParseGGUF reads the header of a file in memory, and checks that every tensor lies in the file and that
// none overlap. The tensors are not copied. An error says in a sentence what is wrong with the file.
func ParseGGUF(data []byte) (*GGUF, error) { return openGGUF(memory(data)) }

// OpenGGUF is ParseGGUF of a file of so many bytes that stays where it is: a tensor is read when it is
// asked for.
func OpenGGUF(r io.ReaderAt, size int64) (*GGUF, error) { return openGGUF(&input{r: r, size: size}) }

func openGGUF(in *input) (*GGUF, error) {
	c := &cursor{in: in}
	if magic := c.take(min(4, in.size)); string(magic) != "GGUF" {
		start, _ := in.bytes(0, min(64, in.size))
		return nil, say.Error("weights: not a GGUF file", guess(start))
	}
	version := c.uint32()
	tensors, keys := c.uint64(), c.uint64()
	switch {
	case c.err != nil:
		return nil, c.err
	case version&0xffff == 0:
		return nil, say.Error("weights: the GGUF file has its numbers in big-endian order, which is not supported")
	case version != 2 && version != 3:
		return nil, say.Error("weights: the GGUF file is of version ", int64(version), "; 2 and 3 are supported")
	case tensors > maxTensors || keys > maxKeys:
		return nil, say.Error("weights: the GGUF file says that it has more than ", maxTensors, " tensors or ", maxKeys, " keys")
	}
	g := &GGUF{in: in, metadata: map[string]any{}, tensors: map[string]ggufTensor{}}
	for range keys {
		key := c.string(maxName, "a key")
		value := c.value(key, c.uint32())
		if _, twice := g.metadata[key]; twice {
			c.fail("duplicate key ", say.Quote(key))
		}
		if c.err != nil {
			return nil, c.err
		}
		g.metadata[key] = value
	}
	align := int64(32)
	if n, ok := g.Int("general.alignment"); ok {
		if n < 1 || n > 1<<20 {
			return nil, say.Error("weights: general.alignment is ", n, "; 1 to ", 1<<20, " are supported")
		}
		align = int64(n)
	}
	spans, err := g.place(c, int(tensors), align)
	if err != nil {
		return nil, err
	}
	stable.Sort(spans, func(a, b span) int { return a.begin - b.begin })
	for i := 1; i < len(spans); i++ {
		if spans[i].begin < spans[i-1].end {
			return nil, say.Error("weights: tensors ", say.Quote(spans[i-1].name), " and ", say.Quote(spans[i].name), " overlap")
		}
	}
	return g, nil
}

// place reads where the tensors are.
func (g *GGUF) place(c *cursor, n int, align int64) ([]span, error) {
	type info struct {
		name  string
		shape []int
		form  *block
		begin uint64
		bytes int64
	}
	var infos []info
	for range n {
		t := info{name: c.string(maxName, "the name of a tensor")}
		dims := c.uint32()
		if dims > maxDims {
			c.fail("tensor ", say.Quote(t.name), " has ", int64(dims), " dimensions; at most ", maxDims, " are read")
			dims = 0
		}
		elements := int64(1)
		for range dims {
			d := c.uint64()
			if d > math.MaxInt32 || d > 0 && elements > math.MaxInt64/int64(d) {
				c.fail("tensor ", say.Quote(t.name), " has an impossible shape")
				d = 0
			}
			t.shape = append(t.shape, int(d))
			elements *= int64(d)
		}
		kind := c.uint32()
		t.begin = c.uint64()
		if c.err != nil {
			return nil, c.err
		}
		if t.form = blocks[kind]; t.form == nil {
			return nil, say.Error("weights: tensor ", say.Quote(t.name), " is stored as type ", int64(kind), ", which is not supported")
		}
		if row := firstOr(t.shape, 1); row%t.form.elements != 0 {
			return nil, say.Error("weights: tensor ", say.Quote(t.name), " has rows of ", row, " elements, which are not blocks of ", t.form.elements, " as ", string(t.form.dtype), " has them")
		}
		if elements > math.MaxInt64/256 {
			return nil, say.Error("weights: tensor ", say.Quote(t.name), " has an impossible shape")
		}
		t.bytes = elements / int64(t.form.elements) * int64(t.form.bytes)
		slices.Reverse(t.shape)
		infos = append(infos, t)
	}
	base := (c.at + align - 1) / align * align
	var spans []span
	for _, t := range infos {
		if _, twice := g.tensors[t.name]; twice {
			return nil, say.Error("weights: duplicate tensor ", say.Quote(t.name))
		}
		if t.begin > uint64(g.in.size) || int64(t.begin)%align != 0 || base+int64(t.begin)+t.bytes > g.in.size {
			return nil, say.Error("weights: the file is cut short, or its header is wrong: tensor ", say.Quote(t.name), " of ", t.bytes, " bytes is not in its ", g.in.size, " bytes")
		}
		begin := base + int64(t.begin)
		g.tensors[t.name] = ggufTensor{t.form, t.shape, begin, begin + t.bytes}
		if t.bytes > 0 {
			spans = append(spans, span{t.name, int(begin), int(begin + t.bytes)})
		}
	}
	return spans, nil
}

func firstOr(list []int, other int) int {
	if len(list) == 0 {
		return other
	}
	return list[0]
}

// Names returns the tensors' names, sorted.
func (g *GGUF) Names() []string {
	names := make([]string, 0, len(g.tensors))
	for name := range g.tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Shape returns the dimensions of a tensor, outermost first (the file has them the other way round),
// and whether the file holds it.
func (g *GGUF) Shape(name string) ([]int, bool) {
	t, ok := g.tensors[name]
	return slices.Clone(t.shape), ok
}

// DType returns the stored type of a tensor, and whether the file holds it.
func (g *GGUF) DType(name string) (DType, bool) {
	t, ok := g.tensors[name]
	if !ok {
		return "", false
	}
	return t.form.dtype, true
}

// Raw returns a tensor as it is stored, which the caller must not change.
func (g *GGUF) Raw(name string) ([]byte, error) {
	t, ok := g.tensors[name]
	if !ok {
		return nil, say.Error("weights: the file has no tensor ", say.Quote(name))
	}
	return g.in.bytes(t.begin, t.end)
}

// Float32 returns a tensor's elements, row-major, in a new slice.
func (g *GGUF) Float32(name string) ([]float32, error) {
	n := int64(0)
	if t, ok := g.tensors[name]; ok && t.form.numbers() {
		n = (t.end - t.begin) / int64(t.form.bytes) * int64(t.form.elements)
	}
	out := make([]float32, n)
	if err := g.Into(out, name); err != nil {
		return nil, err
	}
	return out, nil
}

// Into is Float32 that writes to out, which has the tensor's length, and needs little memory besides.
func (g *GGUF) Into(out []float32, name string) error {
	t, ok := g.tensors[name]
	if !ok {
		return say.Error("weights: the file has no tensor ", say.Quote(name))
	}
	form := t.form
	if !form.numbers() {
		return say.Error("weights: tensor ", say.Quote(name), " is stored as ", string(form.dtype), "; of a GGUF file F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K and Q6_K can be read as numbers")
	}
	return g.in.decode(out, t.begin, t.end, form.elements, form.bytes, form.elementsOf)
}

// Stored says how the header has a matrix: integers of so many bits, in blocks of so many elements with one scale and
// one offset. All are 0 for what is no matrix or has no blocks.
func (g *GGUF) Stored(name string) (bits, block int) {
	t, ok := g.tensors[name]
	if !ok || len(t.shape) != 2 || t.form.split == nil {
		return 0, 0
	}
	return t.form.bits, t.form.part
}

// Blocks is Stored that reads the matrix. split writes the integers, scales and offsets of row i; it is nil where there
// are none.
func (g *GGUF) Blocks(name string) (bits, block int, split func(i int, q []int8, scale, offset []float32), err error) {
	if bits, _ := g.Stored(name); bits == 0 {
		return 0, 0, nil, nil
	}
	t := g.tensors[name]
	raw, err := g.Raw(name)
	if err != nil {
		return 0, 0, nil, err
	}
	form, stride, parts := t.form, t.shape[1]/t.form.elements*t.form.bytes, t.form.elements/t.form.part
	return form.bits, form.part, func(i int, q []int8, scale, offset []float32) {
		row := raw[i*stride : (i+1)*stride]
		for n := range len(q) / form.elements {
			form.split(q[n*form.elements:], scale[n*parts:], offset[n*parts:], row[n*form.bytes:])
		}
	}, nil
}

// Int returns a whole number of the metadata, and whether there is one under that key.
func (g *GGUF) Int(key string) (int, bool) {
	n, ok := g.metadata[key].(int64)
	return int(n), ok
}

// Float returns a number of the metadata, whole or not, and whether there is one under that key.
func (g *GGUF) Float(key string) (float64, bool) {
	if n, ok := g.metadata[key].(int64); ok {
		return float64(n), true
	}
	x, ok := g.metadata[key].(float64)
	return x, ok
}

// Bool returns a truth value of the metadata, and whether there is one under that key.
func (g *GGUF) Bool(key string) (value, ok bool) {
	value, ok = g.metadata[key].(bool)
	return value, ok
}

// String returns a text of the metadata, "" when there is none under that key.
func (g *GGUF) String(key string) string {
	s, _ := g.metadata[key].(string)
	return s
}

// Strings returns an array of texts of the metadata, nil where there is none.
func (g *GGUF) Strings(key string) []string {
	list, _ := g.metadata[key].([]string)
	return list
}

// Ints returns an array of whole numbers of the metadata, nil where there is none.
func (g *GGUF) Ints(key string) []int64 {
	list, _ := g.metadata[key].([]int64)
	return list
}

// Floats returns an array of real numbers of the metadata, nil where there is none.
func (g *GGUF) Floats(key string) []float32 {
	list, _ := g.metadata[key].([]float32)
	return list
}

// cursor reads a header. After an error it gives zeros.
type cursor struct {
	in       *input
	at       int64
	elements uint64 // of the arrays so far
	err      error

	window []byte // what of a file that is not in memory has been read
	from   int64
}

func (c *cursor) fail(parts ...any) {
	if c.err == nil {
		c.err = say.Error(append([]any{"weights: "}, parts...)...)
	}
}

// take returns the next n bytes.
func (c *cursor) take(n int64) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > c.in.size-c.at {
		c.fail("the file is cut short, or its header is wrong: it goes on after its ", c.in.size, " bytes")
		return nil
	}
	begin := c.at
	c.at += n
	if c.in.data != nil {
		return c.in.data[begin:c.at]
	}
	if begin < c.from || c.at > c.from+int64(len(c.window)) {
		size := min(max(n, 1<<16), c.in.size-begin)
		c.window, c.err = c.in.bytes(begin, begin+size)
		c.from = begin
		if c.err != nil {
			return nil
		}
	}
	return c.window[begin-c.from:][:n]
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// string reads a text after its length, which may be at most so long.
func (c *cursor) string(most uint64, what string) string {
	n := c.uint64()
	if n > most {
		c.fail(what, " is said to have more than ", int64(most), " bytes")
		return ""
	}
	return string(c.take(int64(n)))
}

// The types of the metadata.
const (
	ggufString = 8
	ggufArray  = 9
)

// sizes are the bytes of the other types: numbers of 8, 16, 32 bits without and with a sign, float32,
// truth value; numbers of 64 bits, float64.
var sizes = [...]int64{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8}

// value reads a value of the metadata.
func (c *cursor) value(key string, kind uint32) any {
	switch {
	case c.err != nil:
		return nil
	case kind == ggufString:
		return c.string(uint64(c.in.size), "the text of "+say.Quote(key))
	case kind == ggufArray:
		return c.array(key)
	case kind >= uint32(len(sizes)):
		c.fail("the key ", say.Quote(key), " has a value of the unknown type ", int64(kind))
		return nil
	}
	return number(kind, c.take(sizes[kind]))
}

// number decodes a value that is no text and no array.
func number(kind uint32, b []byte) any {
	if len(b) == 0 {
		return nil
	}
	switch kind {
	case 0:
		return int64(b[0])
	case 1:
		return int64(int8(b[0]))
	case 2:
		return int64(binary.LittleEndian.Uint16(b))
	case 3:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(binary.LittleEndian.Uint32(b))
	case 5:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	case 6:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case 7:
		return b[0] != 0
	case 12:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func (c *cursor) array(key string) any {
	kind, n := c.uint32(), c.uint64()
	if c.err != nil {
		return nil
	}
	size := int64(8) // a text has its length at least
	switch {
	case kind < uint32(len(sizes)) && sizes[kind] > 0:
		size = sizes[kind]
	case kind == ggufArray:
		c.fail("the key ", say.Quote(key), " has an array of arrays, which is not supported")
	case kind != ggufString:
		c.fail("the key ", say.Quote(key), " has an array of the unknown type ", int64(kind))
	}
	switch {
	case n > uint64(c.in.size-c.at)/uint64(size):
		c.fail("the array ", say.Quote(key), " says that it has more elements than there are bytes")
	case c.elements+n > maxElements:
		c.fail("the arrays of the header have more than ", maxElements, " elements; ", say.Quote(key), " is one too many")
	}
	c.elements += n
	if c.err != nil {
		return nil
	}
	switch kind {
	case ggufString:
		list := make([]string, 0, n)
		for range n {
			list = append(list, c.string(uint64(c.in.size), "a text of "+say.Quote(key)))
			if c.err != nil {
				return nil
			}
		}
		return list
	case 6, 12:
		list := make([]float32, n)
		for i := range list {
			x, _ := number(kind, c.take(size)).(float64)
			list[i] = float32(x)
		}
		return list
	}
	list := make([]int64, n)
	for i := range list {
		switch x := number(kind, c.take(size)).(type) {
		case int64:
			list[i] = x
		case bool:
			if x {
				list[i] = 1
			}
		}
	}
	return list
}
