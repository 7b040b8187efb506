package weights

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"heed/core/json"
)

// Errors cut names (%.60q): a hostile file must not make them long.

const (
	maxHeader = 100_000_000 // the limit of Hugging Face's library
	maxDims   = 8
)

// Parse reads the header of a file and checks that every tensor lies where it says, that the
// tensors fill the file without holes or overlaps, and that every I8 tensor has its scales. The
// data itself is not copied. An error says in a sentence what is wrong with the file.
func Parse(data []byte) (*File, error) {
	header, body, err := split(data)
	if err != nil {
		return nil, err
	}
	f, offsets, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	if err := f.place(body, offsets); err != nil {
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

// split returns the JSON header and the bytes after it.
func split(data []byte) (header, body []byte, err error) {
	if len(data) < 9 {
		return nil, nil, fmt.Errorf("weights: not a safetensors file: it has only %d bytes", len(data))
	}
	length := binary.LittleEndian.Uint64(data)
	if length > maxHeader || data[8] != '{' {
		return nil, nil, fmt.Errorf("weights: not a safetensors file%s", guess(data))
	}
	if rest := uint64(len(data) - 8); length > rest {
		return nil, nil, fmt.Errorf("weights: the file is cut short: %d bytes of its header are missing", length-rest)
	}
	return data[8 : 8+length], data[8+length:], nil
}

// guess names what is most often found in place of the file.
func guess(data []byte) string {
	start := strings.ToLower(string(data[:min(len(data), 64)]))
	switch {
	case strings.HasPrefix(start, "version https://git-lfs"):
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
		seen := map[string]bool{}
		for name, v := range o.All() {
			if wrong != nil {
				return
			}
			if seen[name] {
				wrong = fmt.Errorf("weights: the header names %.60q twice", name)
				return
			}
			seen[name] = true
			if name == metadataKey {
				v.StringMap(&f.metadata)
				continue
			}
			var dtype string
			var shape, offsets []int
			v.Object(func(o *json.Object) {
				o.Member("dtype").String(&dtype)
				o.Member("shape").Ints(&shape)
				o.Member("data_offsets").Ints(&offsets)
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
		return nil, nil, fmt.Errorf("weights: the header is not the JSON of a safetensors file: %w", err)
	case wrong != nil:
		return nil, nil, wrong
	}
	return f, spans, nil
}

// newEntry checks that the type is known and that shape × size is what the offsets leave room for.
func newEntry(name string, dtype DType, shape, offsets []int) (*entry, span, error) {
	size, ok := elementSize[dtype]
	if !ok {
		return nil, span{}, fmt.Errorf("weights: tensor %.60q has the unknown type %.60q", name, dtype)
	}
	if len(offsets) != 2 {
		return nil, span{}, fmt.Errorf("weights: tensor %.60q has %d offsets; begin and end are wanted", name, len(offsets))
	}
	if offsets[0] < 0 || offsets[1] < offsets[0] {
		return nil, span{}, fmt.Errorf("weights: tensor %.60q has the offsets %v; 0 ≤ begin ≤ end is wanted", name, offsets)
	}
	if len(shape) > maxDims {
		return nil, span{}, fmt.Errorf("weights: tensor %.60q has %d dimensions; at most %d are read", name, len(shape), maxDims)
	}
	bytes := size
	e := &entry{dtype: dtype, shape: make([]int, len(shape))}
	empty := slices.Contains(shape, 0)
	for i, n := range shape {
		if n < 0 || !empty && bytes > math.MaxInt/n {
			return nil, span{}, fmt.Errorf("weights: tensor %.60q has the impossible shape %v", name, shape)
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
		return nil, span{}, fmt.Errorf("weights: tensor %.60q of type %s and shape %v needs %d bytes, but its offsets span %d", name, dtype, shape, bytes, room)
	}
	return e, span{name, offsets[0], offsets[1]}, nil
}

// place cuts body into the tensors, which must follow each other from its first byte to its last.
func (f *File) place(body []byte, spans []span) error {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var end int
	for i, s := range spans {
		switch {
		case s.begin < end:
			return fmt.Errorf("weights: tensors %.60q and %.60q overlap", spans[i-1].name, s.name)
		case s.begin > end:
			return fmt.Errorf("weights: %d bytes before tensor %.60q belong to no tensor", s.begin-end, s.name)
		}
		end = s.end
	}
	have := len(body)
	switch {
	case end > have:
		return fmt.Errorf("weights: the file is cut short: %d of its %d bytes of weights are missing", end-have, end)
	case end < have:
		return fmt.Errorf("weights: %d bytes after the last tensor belong to no tensor", have-end)
	}
	for _, s := range spans {
		f.entries[s.name].data = body[s.begin:s.end:s.end]
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
		return fmt.Errorf("weights: the metadata gives %.60q as the scale axis of tensor %.60q; 0 or 1 is wanted", v, name)
	}
	if len(e.shape) == 0 || e.axis == 1 && len(e.shape) != 2 {
		return fmt.Errorf("weights: the I8 tensor %.60q has %d dimensions, too few or too many for scales along axis %d", name, len(e.shape), e.axis)
	}
	s, ok := f.entries[name+scaleSuffix]
	if !ok {
		return fmt.Errorf("weights: the I8 tensor %.60q has no scales: tensor %.60q is missing", name, name+scaleSuffix)
	}
	channels := e.shape[e.axis]
	if s.dtype != F32 || len(s.shape) != 1 || s.shape[0] != channels {
		return fmt.Errorf("weights: the scales of tensor %.60q are %s %v; F32 [%d] is wanted", name, s.dtype, s.shape, channels)
	}
	for i := range channels {
		v := float64(math.Float32frombits(binary.LittleEndian.Uint32(s.data[4*i:])))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("weights: scale %d of tensor %.60q is not finite", i, name)
		}
	}
	return nil
}
