// Package weights reads files of named tensors: safetensors, one or several with an index, and llama.cpp's
// GGUF. It writes safetensors.
//
// A safetensors file has a JSON header, see https://github.com/huggingface/safetensors. This package reads the
// files of Hugging Face's library as they are, and adds one convention for small models: a tensor NAME of type I8
// is followed by NAME.scale, one positive F32 a channel, and its values are integer × scale, with integers from -127
// to 127. Channels are the rows (axis 0) of the tensor, as in torch.nn.Linear's [out, in]; where they are the
// columns, as in GPT-2's Conv1D [in, out], the header's __metadata__ has "NAME.scale_axis": "1".
package weights

import (
	"bytes"
	"slices"
	"strings"

	"heed/core/say"
	"heed/core/stable"
)

// DType is the stored type of a tensor's elements, by its name in the file.
type DType string

// The types that this package converts to and from float32. A file may hold others (masks and
// position numbers of public models): they are listed, but Float32 refuses them.
const (
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I8   DType = "I8" // with scales, see the package's comment
)

const (
	metadataKey = "__metadata__"
	scaleSuffix = ".scale"
	axisSuffix  = ".scale_axis"
)

// elementSize gives the bytes of one element of every type that the format had in 2024.
var elementSize = map[DType]int{
	"BOOL": 1, "U8": 1, I8: 1, "F8_E5M2": 1, "F8_E4M3": 1,
	"I16": 2, "U16": 2, F16: 2, BF16: 2,
	"I32": 4, "U32": 4, F32: 4,
	"I64": 8, "U64": 8, "F64": 8,
}

// entry is one tensor as it lies in the file.
type entry struct {
	dtype DType
	shape []int

	begin, end int64 // in the file; little-endian, row-major

	axis int // of an I8 tensor: the axis of its channels, 0 or 1
}

// File is a safetensors file. It keeps the bytes or the file that it was read from and must not outlive
// changes to them.
type File struct {
	in       *input
	entries  map[string]*entry
	metadata map[string]string
}

// Names returns the tensors' names, sorted. The scales of I8 tensors are left out.
func (f *File) Names() []string {
	names := make([]string, 0, len(f.entries))
	for name := range f.entries {
		if !f.isScale(name) {
			names = append(names, name)
		}
	}
	stable.Sort(names, strings.Compare)
	return names
}

// isScale tells a scale from a parameter that is just called so: it belongs to an I8 tensor.
func (f *File) isScale(name string) bool {
	n := len(name) - len(scaleSuffix)
	if n < 0 || name[n:] != scaleSuffix {
		return false
	}
	base, ok := f.entries[name[:n]]
	return ok && base.dtype == I8
}

// Shape returns the dimensions of a tensor, outermost first; a scalar has none. The second result
// tells whether the file holds the tensor.
func (f *File) Shape(name string) ([]int, bool) {
	if e, ok := f.entries[name]; ok {
		return slices.Clone(e.shape), true
	}
	return nil, false
}

// DType returns the stored type of a tensor, and whether the file holds it.
func (f *File) DType(name string) (DType, bool) {
	if e, ok := f.entries[name]; ok {
		return e.dtype, true
	}
	return "", false
}

// Metadata returns a copy of the header's __metadata__, empty when there is none.
func (f *File) Metadata() map[string]string {
	m := make(map[string]string, len(f.metadata))
	for k, v := range f.metadata {
		m[k] = v
	}
	return m
}

// Raw returns a tensor as it is stored, which the caller must not change.
func (f *File) Raw(name string) ([]byte, error) {
	e, ok := f.entries[name]
	if !ok {
		return nil, say.Error("weights: the file has no tensor ", say.Quote(name))
	}
	return f.in.bytes(e.begin, e.end)
}

// Float32 returns a tensor's elements, row-major, in a new slice. F16 and BF16 are converted
// exactly, infinities and NaN too; I8 is multiplied by its scales. A tensor that the file does not
// hold, or of another type, is an error.
func (f *File) Float32(name string) ([]float32, error) {
	e, ok := f.entries[name]
	if !ok {
		return nil, say.Error("weights: the file has no tensor ", say.Quote(name))
	}
	size, numbers := int64(elementSize[e.dtype]), e.dtype == F32 || e.dtype == F16 || e.dtype == BF16 || e.dtype == I8
	if !numbers || e.end > f.in.size {
		return nil, f.Into(nil, name) // which says what is wrong
	}
	out := make([]float32, (e.end-e.begin)/size)
	if err := f.Into(out, name); err != nil {
		return nil, err
	}
	return out, nil
}

// Int8 returns the integers of a matrix, row by row, and the scale of each row; nil where it is not stored so, or the
// file does not hold it.
func (f *File) Int8(name string) (q []byte, scale []float32, err error) {
	if e, ok := f.entries[name]; ok && e.dtype == I8 && e.axis == 0 && len(e.shape) == 2 {
		return f.bytes(name)
	}
	return nil, nil, nil
}

// bytes returns an I8 tensor as it is stored, and its scales.
func (f *File) bytes(name string) (d []byte, scale []float32, err error) {
	if d, err = f.Raw(name); err != nil {
		return nil, nil, err
	}
	if scale, err = f.Float32(name + scaleSuffix); err != nil {
		return nil, nil, err
	}
	if bytes.IndexByte(d, 0x80) >= 0 { // which damage makes, and no writer
		return nil, nil, say.Error("weights: tensor ", say.Quote(name), " holds -128, and its integers go from -127 to 127: the file is damaged")
	}
	return d, scale, nil
}

// Into is Float32 that writes to out, which has the tensor's length, and needs little memory besides.
func (f *File) Into(out []float32, name string) error {
	e, ok := f.entries[name]
	if !ok {
		return say.Error("weights: the file has no tensor ", say.Quote(name))
	}
	switch e.dtype {
	case F32:
		return f.in.decode(out, e.begin, e.end, 1, 4, decodeF32)
	case F16:
		return f.in.decode(out, e.begin, e.end, 1, 2, decodeF16)
	case BF16:
		return f.in.decode(out, e.begin, e.end, 1, 2, decodeBF16)
	case I8:
		d, scale, err := f.bytes(name)
		if err != nil {
			return err
		}
		dequantize(out, d, scale, e.axis)
		return nil
	}
	return say.Error("weights: tensor ", say.Quote(name), " is stored as ", string(e.dtype), "; only F32, F16, BF16 and I8 can be read as numbers")
}

// dequantize computes out = int8(q) × scale, one scale a row (axis 0) or a column (axis 1).
func dequantize(out []float32, q []byte, scale []float32, axis int) {
	if len(q) == 0 {
		return
	}
	if axis == 1 {
		cols := len(scale)
		for i := 0; i < len(q); i += cols {
			scaleColumns(out[i:i+cols], q[i:i+cols], scale)
		}
		return
	}
	cols := len(q) / len(scale)
	for r, s := range scale {
		scaleRow(out[r*cols:(r+1)*cols], q[r*cols:(r+1)*cols], s)
	}
}

func scaleRow(out []float32, q []byte, s float32) {
	out = out[:len(q)]
	for i, b := range q {
		out[i] = float32(int8(b)) * s
	}
}

func scaleColumns(out []float32, q []byte, scale []float32) {
	out, scale = out[:len(q)], scale[:len(q)]
	for i, b := range q {
		out[i] = float32(int8(b)) * scale[i]
	}
}
