package weights

import (
	"io"

	"heed/core/say"
)

// Source is a file of named tensors, or several: what Parse, Open, ParseGGUF, OpenGGUF and Index.Join
// return.
type Source interface {
	// Names returns the tensors' names, sorted.
	Names() []string
	// Shape returns the dimensions of a tensor, outermost first; a scalar has none. The second result
	// tells whether the source holds the tensor.
	Shape(name string) ([]int, bool)
	// DType returns the stored type of a tensor, and whether the source holds it.
	DType(name string) (DType, bool)
	// Float32 returns a tensor's elements, row-major, in a new slice. A tensor that the source does not
	// hold, or of a type that has no such numbers, is an error.
	Float32(name string) ([]float32, error)
	// Into is Float32 that writes to out, which has the tensor's length, and needs little memory besides.
	Into(out []float32, name string) error
	// Raw returns a tensor as it is stored, which the caller must not change. A tensor that the source
	// does not hold is an error.
	Raw(name string) ([]byte, error)
}

// input is a file, in memory or not.
type input struct {
	data []byte // the whole, if it is in memory
	r    io.ReaderAt
	size int64
}

// bytes returns a part of the file. Nothing is allocated for what the file does not have.
func (in *input) bytes(begin, end int64) ([]byte, error) {
	if begin < 0 || end < begin || end > in.size {
		return nil, say.Error("weights: the file is cut short: it has ", in.size, " bytes, and ", end, " are needed")
	}
	if in.data != nil {
		return in.data[begin:end:end], nil
	}
	b := make([]byte, end-begin)
	if n, err := in.r.ReadAt(b, begin); n < len(b) {
		return nil, say.Error("weights: the file cannot be read: ", err)
	}
	return b, nil
}

// decode has the elements of a tensor written to out, elements at a time that take bytes. Of a file that is not in
// memory a part is read at a time, so that a tensor is not there twice.
func (in *input) decode(out []float32, begin, end int64, elements, bytes int, decode func(out []float32, b []byte)) error {
	if in.data != nil || begin < 0 || end < begin || end > in.size {
		b, err := in.bytes(begin, end)
		if err == nil {
			decode(out, b)
		}
		return err
	}
	const most = 1 << 16 // bytes, or one group of elements
	part := max(1, most/bytes)
	buffer := make([]byte, min(int64(part*bytes), end-begin))
	for begin < end {
		b := buffer[:min(int64(len(buffer)), end-begin)]
		if n, err := in.r.ReadAt(b, begin); n < len(b) {
			return say.Error("weights: the file cannot be read: ", err)
		}
		n := len(b) / bytes * elements
		decode(out[:n], b)
		out, begin = out[n:], begin+int64(len(b))
	}
	return nil
}

// memory is a file that is in memory.
func memory(data []byte) *input {
	if data == nil {
		data = []byte{}
	}
	return &input{data: data, size: int64(len(data))}
}
