//go:build !js

package weights

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"

	"heed/core/readertest"
)

// Natively only: in WebAssembly memory cannot be watched while a reader runs.
// A hostile file is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	safetensors := func(header string) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	}
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	var names, pairs strings.Builder
	for i := range 140_000 {
		names.WriteString(`"x` + strconv.Itoa(i) + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},`)
		pairs.WriteString(`"x` + strconv.Itoa(i) + `":"",`)
	}
	texts := ggufHeader(0, 1).put("k", uint32(9), uint32(8), uint64(4_000_000))
	texts.Write(make([]byte, 8*4_000_000)) // as many empty ones
	more := ggufHeader(0, 1).put("k", uint32(9), uint32(8), uint64(8_000_000))
	more.Write(make([]byte, 8*8_000_000))
	small := ggufHeader(0, 3)
	for _, key := range []string{"a", "b", "c"} {
		small.put(key, uint32(9), uint32(0), uint64(2_000_000))
		small.Write(make([]byte, 2_000_000))
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"a shape of zeros", "at most 8 dimensions", safetensors(`{"a":{"dtype":"F32","shape":[` + many(2_000_000, "0") + `],"data_offsets":[0,0]}}`)},
		{"offsets", "at most 2 offsets", safetensors(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[` + many(2_000_000, "0") + `]}}`)},
		{"tensors", "more than 131072 tensors", safetensors(`{` + strings.TrimSuffix(names.String(), ",") + `}`)},
		{"metadata", "more than 16384", safetensors(`{"__metadata__":{` + strings.TrimSuffix(pairs.String(), ",") + `}}`)},
		{"a long name", "unknown type", safetensors(`{"` + strings.Repeat("a", 8_000_000) + `":{"dtype":"X","shape":[0],"data_offsets":[0,0]}}`)},
		{"a long type", "unknown type", safetensors(`{"a":{"dtype":"` + strings.Repeat("a", 8_000_000) + `","shape":[0],"data_offsets":[0,0]}}`)},
		{"a header of 4 GB", "not a safetensors file", append(binary.LittleEndian.AppendUint64(nil, 4<<30), '{')},
		{"GGUF: empty texts", "", texts.Bytes()},
		{"GGUF: more texts", "more than 4194304 elements", more.Bytes()},
		{"GGUF: small numbers", `"c" is one too many`, small.Bytes()},
	} {
		readertest.Budget(t, c.name, len(c.data), c.want, func() (err error) {
			if strings.HasPrefix(c.name, "GGUF") {
				_, err = ParseGGUF(c.data)
			} else {
				_, err = Parse(c.data)
			}
			return err
		})
	}
}
