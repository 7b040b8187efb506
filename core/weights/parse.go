package weights

import (
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"

	"heed/core/json"
	"heed/core/say"
	"heed/core/stable"
)

// Errors cut names (%.60q): a hostile file must not make them long.

const (
	maxHeader = 100_000_000 // the limit of Hugging Face's library
	maxDims   = 8
)

// Parse reads the header of a file and checks that every tensor lies where it says, that the
// tensors fill the file without holes or overlaps, that every I8 tensor has its scales, and that the file is what its
// checksum says, if it has one. The data itself is not copied. An error says in a sentence what is wrong with the file.
func Parse(data []byte) (*File, error) { return open(memory(data)) }

// Open is Parse of a file of so many bytes that stays where it is: a tensor is read when it is asked for.
func Open(r io.ReaderAt, size int64) (*File, error) { return open(&input{r: r, size: size}) }

func open(in *input) (*File, error) {
	header, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	f, offsets, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	f.in = in
	base := int64(8 + len(header))
	if err := f.place(base, offsets); err != nil {
		return nil, err
	}
	if err := f.verify(base); err != nil {
		return nil, err
	}
	for name, e := range f.entries {
		if e.dtype == I8 {
			if err := f.checkScale(name, e); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// readHeader returns the JSON header.
func readHeader(in *input) ([]byte, error) {
	if in.size < 9 {
		return nil, say.Error("weights: not a safetensors file: it has only ", in.size, " bytes")
	}
	start, err := in.bytes(0, min(64, in.size))
	if err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(start)
	if length > maxHeader || start[8] != '{' {
		return nil, say.Error("weights: not a safetensors file", guess(start))
	}
	if rest := uint64(in.size - 8); length > rest {
		return nil, say.Error("weights: the file is cut short: ", int(length-rest), " bytes of its header are missing")
	}
	return in.bytes(8, 8+int64(length))
}

// Pointer reports whether data is what Git has in place of a large file that was not fetched (Git LFS).
func Pointer(data []byte) bool {
	return strings.HasPrefix(string(data[:min(len(data), 64)]), "version https://git-lfs")
}

// guess names what is most often found in place of the file.
func guess(data []byte) string {
	start := strings.ToLower(string(data[:min(len(data), 64)]))
	switch {
	case Pointer(data):
		return ": it is a Git LFS pointer; fetch the file it points to (git lfs pull)"
	case strings.HasPrefix(strings.TrimSpace(start), "<"):
		return ": it is a web page; the address it was fetched from is probably wrong"
	case strings.HasPrefix(start, "pk\x03\x04"):
		return ": it is a zip archive, perhaps a PyTorch checkpoint; save it as safetensors"
	}
	return ""
}

// span is the place of a tensor after the header, in bytes.
type span struct {
	name       string
	begin, end int
}

// parseHeader reads types, shapes and places, and checks each tensor on its own.
func parseHeader(header []byte) (*File, []span, error) {
	f := &File{entries: map[string]*entry{}}
	var spans []span
	var wrong error // in the sense of an entry, not in its JSON
	err := json.Read(header, func(o *json.Object) {
		for name, v := range o.All() {
			if wrong != nil {
				return
			}
			if f.entries[name] != nil || name == metadataKey && f.metadata != nil {
				wrong = say.Error("weights: the header names ", say.Quote(name), " twice")
				return
			}
			if name == metadataKey {
				f.metadata = map[string]string{}
				v.Object(f.readMetadata)
				continue
			}
			if len(spans) == maxTensors {
				wrong = say.Error("weights: the header names more than ", maxTensors, " tensors")
				return
			}
			var dtype string
			var shape, offsets []int
			v.Object(func(o *json.Object) {
				o.Member("dtype").String(&dtype)
				shape = short(o.Member("shape"), maxDims, "dimensions")
				offsets = short(o.Member("data_offsets"), 2, "offsets")
			})
			if v.Failed() {
				return
			}
			var s span
			if f.entries[name], s, wrong = newEntry(name, DType(dtype), shape, offsets); wrong == nil {
				spans = append(spans, s)
			}
		}
	})
	switch {
	case err != nil:
		return nil, nil, say.Error("weights: the header is not the JSON of a safetensors file: ", err)
	case wrong != nil:
		return nil, nil, wrong
	}
	return f, spans, nil
}

// short reads a short list; more than so many are an error before they are read.
func short(v json.Value, most int, what string) (list []int) {
	v.Array(0, func(i int, e json.Value) {
		if i == most {
			e.Fail(say.Text("is one too many: there are at most ", most, " ", what))
			return
		}
		n := 0
		e.Int(&n)
		list = append(list, n)
	})
	return list
}

func (f *File) readMetadata(o *json.Object) {
	for key, v := range o.All() {
		if _, twice := f.metadata[key]; twice || len(f.metadata) == maxKeys {
			v.Fail(say.Text("is a duplicate, or one of more than ", maxKeys))
			return
		}
		var s string
		v.String(&s)
		f.metadata[key] = s
	}
}

// newEntry checks that the type is known and that shape × size is what the offsets leave room for.
func newEntry(name string, dtype DType, shape, offsets []int) (*entry, span, error) {
	size, ok := elementSize[dtype]
	if !ok {
		return nil, span{}, say.Error("weights: tensor ", say.Quote(name), " has the unknown type ", say.Quote(string(dtype)))
	}
	if len(offsets) != 2 {
		return nil, span{}, say.Error("weights: tensor ", say.Quote(name), " has ", len(offsets), " offsets; expected begin and end")
	}
	if offsets[0] < 0 || offsets[1] < offsets[0] {
		return nil, span{}, say.Error("weights: tensor ", say.Quote(name), " has the offsets ", offsets, "; expected 0 ≤ begin ≤ end")
	}
	bytes := size
	e := &entry{dtype: dtype, shape: make([]int, len(shape))}
	empty := slices.Contains(shape, 0)
	for i, n := range shape {
		if n < 0 || !empty && bytes > math.MaxInt/n {
			return nil, span{}, say.Error("weights: tensor ", say.Quote(name), " has the impossible shape ", shape)
		}
		e.shape[i] = n
		if !empty {
			bytes *= n
		}
	}
	if empty {
		bytes = 0
	}
	if room := offsets[1] - offsets[0]; bytes != room {
		return nil, span{}, say.Error("weights: tensor ", say.Quote(name), " of type ", string(dtype), " and shape ", shape, " needs ", bytes, " bytes, but its offsets span ", room)
	}
	return e, span{name, offsets[0], offsets[1]}, nil
}

// place finds the tensors, which must follow each other from the first byte after the header to the last.
func (f *File) place(base int64, spans []span) error {
	stable.Sort(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var end int
	for i, s := range spans {
		switch {
		case s.begin < end:
			return say.Error("weights: tensors ", say.Quote(spans[i-1].name), " and ", say.Quote(s.name), " overlap")
		case s.begin > end:
			return say.Error("weights: ", s.begin-end, " bytes before tensor ", say.Quote(s.name), " belong to no tensor")
		}
		end = s.end
	}
	have := int(f.in.size - base)
	switch {
	case end > have:
		return say.Error("weights: the file is cut short: ", end-have, " of its ", end, " bytes of weights are missing")
	case end < have:
		return say.Error("weights: ", have-end, " bytes after the last tensor belong to no tensor")
	}
	for _, s := range spans {
		e := f.entries[s.name]
		e.begin, e.end = base+int64(s.begin), base+int64(s.end)
	}
	return nil
}

// checkScale looks for the scales of an I8 tensor and notes which way they run.
func (f *File) checkScale(name string, e *entry) error {
	switch v := f.metadata[name+axisSuffix]; v {
	case "", "0":
	case "1":
		e.axis = 1
	default:
		return say.Error("weights: the metadata gives ", say.Quote(v), " as the scale axis of tensor ", say.Quote(name), "; expected 0 or 1")
	}
	if len(e.shape) == 0 || e.axis == 1 && len(e.shape) != 2 {
		return say.Error("weights: the I8 tensor ", say.Quote(name), " has ", len(e.shape), " dimensions, too few or too many for scales along axis ", e.axis)
	}
	s, ok := f.entries[name+scaleSuffix]
	if !ok {
		return say.Error("weights: the I8 tensor ", say.Quote(name), " has no scales: tensor ", say.Quote(name+scaleSuffix), " is missing")
	}
	channels := e.shape[e.axis]
	if s.dtype != F32 || len(s.shape) != 1 || s.shape[0] != channels {
		return say.Error("weights: the scales of tensor ", say.Quote(name), " are ", string(s.dtype), " ", s.shape, "; expected F32 [", channels, "]")
	}
	data, err := f.Raw(name + scaleSuffix)
	if err != nil {
		return err
	}
	for i := range channels {
		v := float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return say.Error("weights: scale ", i, " of tensor ", say.Quote(name), " is not finite")
		case v <= 0:
			return say.Error("weights: scale ", i, " of tensor ", say.Quote(name), " is not positive: the file is damaged")
		}
	}
	return nil
}
