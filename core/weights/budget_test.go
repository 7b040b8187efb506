package weights

import (
	"encoding/binary"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// spend runs a reader and returns the most memory that was in use meanwhile, above what was before.
func spend(read func()) (bytes uint64, took time.Duration) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, most := make(chan bool), make(chan uint64)
	go func() {
		high := uint64(0)
		for {
			select {
			case <-stop:
				most <- high
				return
			case <-time.After(2 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				high = max(high, m.HeapAlloc-min(m.HeapAlloc, before.HeapAlloc))
			}
		}
	}()
	start := time.Now()
	read()
	took = time.Since(start)
	stop <- true
	return <-most, took
}

// A hostile file is refused, or read, in twice its size and 100 MB, and in seconds.
func TestBudget(t *testing.T) {
	safetensors := func(header string) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	}
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	var names, pairs strings.Builder
	for i := range 500_000 {
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
		{"a shape of zeros", "at most 8 dimensions", safetensors(`{"a":{"dtype":"F32","shape":[` + many(8_000_000, "0") + `],"data_offsets":[0,0]}}`)},
		{"offsets", "at most 2 offsets", safetensors(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[` + many(8_000_000, "0") + `]}}`)},
		{"tensors", "more than 131072 tensors", safetensors(`{` + strings.TrimSuffix(names.String(), ",") + `}`)},
		{"metadata", "more than 16384", safetensors(`{"__metadata__":{` + strings.TrimSuffix(pairs.String(), ",") + `}}`)},
		{"a long name", "unknown type", safetensors(`{"` + strings.Repeat("a", 30_000_000) + `":{"dtype":"X","shape":[0],"data_offsets":[0,0]}}`)},
		{"a long type", "unknown type", safetensors(`{"a":{"dtype":"` + strings.Repeat("a", 30_000_000) + `","shape":[0],"data_offsets":[0,0]}}`)},
		{"a header of 4 GB", "not a safetensors file", append(binary.LittleEndian.AppendUint64(nil, 4<<30), '{')},
		{"GGUF: empty texts", "", texts.Bytes()},
		{"GGUF: more texts", "more than 4194304 elements", more.Bytes()},
		{"GGUF: small numbers", `"c" is one too many`, small.Bytes()},
	} {
		var err error
		memory, took := spend(func() {
			if strings.HasPrefix(c.name, "GGUF") {
				_, err = ParseGGUF(c.data)
			} else {
				_, err = Parse(c.data)
			}
		})
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000) || c.want == "" && err != nil {
			t.Errorf("%s: error %.300v, want one with %q", c.name, err, c.want)
		}
		if most := uint64(2*len(c.data) + 100<<20); memory > most {
			t.Errorf("%s: %d MB for a file of %d", c.name, memory>>20, len(c.data)>>20)
		}
		if took > 20*time.Second { // some ten times what it takes
			t.Errorf("%s: %v", c.name, took)
		}
		t.Logf("%s: %d MB, %v for %d MB", c.name, memory>>20, took.Round(time.Millisecond), len(c.data)>>20)
	}
}
