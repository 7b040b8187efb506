package weights

import (
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strconv"

	"heed/core/json"
	"heed/core/say"
)

// Tensor is one named tensor to be written.
type Tensor struct {
	Name  string
	DType DType     // the type to store: F32, F16, BF16 or I8
	Shape []int     // outermost first; an I8 tensor has at least one dimension
	Data  []float32 // row-major, as many as the product of Shape
	// ScaleAxis is the axis of the channels of an I8 tensor: 0 for rows; 1 for the columns of a
	// matrix, as in GPT-2's Conv1D [in, out].
	ScaleAxis int
}

// alignment is that of the first byte after the header, as Hugging Face's library has it.
const alignment = 8

// Write writes a safetensors file. Equal tensors and metadata give equal bytes, whatever the order of tensors: they lie
// by size of element, widest first so that each is aligned, and then by name. F16 and BF16 round to the nearest; an I8
// tensor is quantised, and its NAME.scale is added, and its entry in the metadata where one is due. The metadata gets
// the file's checksum, as crc32. Python's transformers wants the metadata {"format": "pt"}.
//
// A tensor whose shape and data disagree, that cannot be quantised (NaN, infinity), or whose name
// occurs twice is an error.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	meta := map[string]string{}
	for k, v := range metadata {
		meta[k] = v
	}
	var parts []part
	for i := range tensors {
		p, err := encode(&tensors[i])
		if err != nil {
			return err
		}
		parts = append(parts, p...)
		delete(meta, tensors[i].Name+axisSuffix) // what a file read earlier said does not bind this one
		if t := &tensors[i]; t.DType == I8 && t.ScaleAxis == 1 {
			meta[t.Name+axisSuffix] = "1"
		}
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(elementSize[b.dtype]-elementSize[a.dtype], cmp.Compare(a.name, b.name))
	})
	meta[checksumKey] = checksumBlank
	header, err := writeHeader(parts, meta)
	if err != nil {
		return err
	}
	i := 0
	sum, _ := checksum(header, func() ([]byte, error) {
		if i++; i > len(parts) {
			return nil, nil
		}
		return parts[i-1].data, nil
	})
	from, _ := checksumPlace(header)
	copy(header[from:], sum)
	if _, err := w.Write(header); err != nil {
		return say.Error("weights: writing the header: ", err)
	}
	for _, p := range parts {
		if _, err := w.Write(p.data); err != nil {
			return say.Error("weights: writing tensor ", strconv.Quote(p.name), ": ", err)
		}
	}
	return nil
}

// part is one tensor as it will lie in the file.
type part struct {
	name  string
	dtype DType
	shape []int
	data  []byte
}

// writeHeader returns the length, the JSON and the spaces that fill it up to the alignment.
func writeHeader(parts []part, meta map[string]string) ([]byte, error) {
	seen := map[string]bool{metadataKey: true}
	for _, p := range parts {
		if seen[p.name] {
			return nil, say.Error("weights: two tensors would be named ", strconv.Quote(p.name))
		}
		seen[p.name] = true
	}
	header, err := json.Write(func(o *json.Object) {
		o.Member(metadataKey).StringMap(&meta)
		begin := 0
		for _, p := range parts {
			offsets := []int{begin, begin + len(p.data)}
			begin = offsets[1]
			o.Member(p.name).Object(func(o *json.Object) {
				o.Member("dtype").String((*string)(&p.dtype))
				o.Member("shape").Ints(&p.shape)
				o.Member("data_offsets").Ints(&offsets)
			})
		}
	})
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 8), header...)
	for len(b)%alignment != 0 {
		b = append(b, ' ')
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

// encode returns the bytes of a tensor, and its scales' when it is I8.
func encode(t *Tensor) ([]part, error) {
	n := 1
	for _, d := range t.Shape {
		if d < 0 {
			return nil, say.Error("weights: tensor ", strconv.Quote(t.Name), " has the impossible shape ", t.Shape)
		}
		n *= d
	}
	if n != len(t.Data) {
		return nil, say.Error("weights: tensor ", strconv.Quote(t.Name), " of shape ", t.Shape, " needs ", n, " numbers and has ", len(t.Data))
	}
	p := part{t.Name, t.DType, t.Shape, nil}
	switch t.DType {
	case F32:
		p.data = bytesOf(t.Data)
	case F16:
		for _, v := range t.Data {
			p.data = binary.LittleEndian.AppendUint16(p.data, toF16(v))
		}
	case BF16:
		for _, v := range t.Data {
			p.data = binary.LittleEndian.AppendUint16(p.data, toBF16(v))
		}
	case I8:
		return encodeI8(t)
	default:
		return nil, say.Error("weights: tensor ", strconv.Quote(t.Name), " cannot be written as ", strconv.Quote(string(t.DType)), "; expected F32, F16, BF16 or I8")
	}
	return []part{p}, nil
}

func encodeI8(t *Tensor) ([]part, error) {
	if len(t.Shape) == 0 || t.ScaleAxis != 0 && (t.ScaleAxis != 1 || len(t.Shape) != 2) {
		return nil, say.Error("weights: tensor ", strconv.Quote(t.Name), " of shape ", t.Shape, " cannot have scales along axis ", t.ScaleAxis)
	}
	for i, v := range t.Data {
		if v-v != 0 {
			return nil, say.Error("weights: tensor ", strconv.Quote(t.Name), " holds ", v, " at ", i, ", which cannot be quantised; has its training diverged?")
		}
	}
	data, channels := t.Data, t.Shape[t.ScaleAxis]
	rest := 0
	if channels > 0 {
		rest = len(data) / channels
	}
	if t.ScaleAxis == 1 {
		data = transpose(data, rest, channels)
	}
	q, scale := Quantize(data, channels, rest)
	if t.ScaleAxis == 1 {
		q = transpose(q, channels, rest)
	}
	bytes := make([]byte, len(q))
	for i, v := range q {
		bytes[i] = byte(v)
	}
	return []part{
		{t.Name, I8, t.Shape, bytes},
		{t.Name + scaleSuffix, F32, []int{channels}, bytesOf(scale)},
	}, nil
}

func bytesOf(data []float32) []byte {
	b := make([]byte, 0, 4*len(data))
	for _, v := range data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// transpose returns the cols × rows transpose of a rows × cols matrix.
func transpose[T any](data []T, rows, cols int) []T {
	out := make([]T, len(data))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = data[i*cols+j]
		}
	}
	return out
}

// Quantize turns a rows × cols matrix into integers from -127 to 127 and one scale a row, so that
// q × scale is nearest to data:
//
//	scale[r] = max |data[r]| / 127
//	q[r, c]  = round(data[r, c] / scale[r])    halves to even
//
// The scale of a row of zeros is 1. Data must be finite, or the results mean nothing; it panics
// when data has not rows × cols elements.
func Quantize(data []float32, rows, cols int) (q []int8, scale []float32) {
	if len(data) != rows*cols {
		panic("weights: Quantize needs rows × cols numbers")
	}
	q, scale = make([]int8, len(data)), make([]float32, rows)
	for r := range rows {
		row := data[r*cols : (r+1)*cols]
		var top float32
		for _, v := range row {
			top = max(top, v, -v)
		}
		s := top / 127
		if s == 0 { // zeros, or too small for a scale
			s = 1
		}
		scale[r] = s
		for c, v := range row {
			x := math.RoundToEven(float64(v) / float64(s))
			q[r*cols+c] = int8(max(-127, min(127, x)))
		}
	}
	return q, scale
}
