package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

func parseFile(t *testing.T, path string) *File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func numbers(t *testing.T, f *File, name string) []float32 {
	t.Helper()
	v, err := f.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// python.safetensors is written by testdata/python.py with Hugging Face's library.
func TestPythonFile(t *testing.T) {
	f := parseFile(t, "testdata/python.safetensors")
	want := []string{"bf16", "columns", "empty", "f16", "f32", "größe \"q\"", "mask", "norm.scale", "position_ids", "rows", "scalar"}
	slices.Sort(want)
	if got := f.Names(); !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if m := f.Metadata(); m["format"] != "pt" {
		t.Errorf("metadata %v", m)
	}
	ramp := func(n int, step, from float32) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i)*step + from
		}
		return v
	}
	for _, c := range []struct {
		name  string
		dtype DType
		shape []int
		want  []float32
	}{
		{"f32", F32, []int{3, 4}, ramp(12, 1./8, -1)},
		{"f16", F16, []int{2, 5}, ramp(10, 1./4, -1)},
		{"bf16", BF16, []int{5, 2}, ramp(10, 1./2, -2)},
		{"rows", I8, []int{2, 3}, []float32{-1.5, -1, -.5, 0, 2, 4}},
		{"columns", I8, []int{2, 3}, []float32{-1.5, -4, -.25, 0, 2, .5}},
		{"norm.scale", F32, []int{3}, ramp(3, 1, 0)},
		{"scalar", F32, []int{}, []float32{2.5}},
		{"empty", F32, []int{0, 7}, []float32{}},
		{"größe \"q\"", F32, []int{1}, []float32{1}},
	} {
		if got := numbers(t, f, c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, got, c.want)
		}
		shape, ok := f.Shape(c.name)
		if dtype, ok2 := f.DType(c.name); !ok || !ok2 || dtype != c.dtype || !slices.Equal(shape, c.shape) {
			t.Errorf("%s is %s %v, want %s %v", c.name, dtype, shape, c.dtype, c.shape)
		}
	}
	for _, name := range []string{"position_ids", "mask", "absent"} {
		if _, err := f.Float32(name); err == nil {
			t.Errorf("%s was read as numbers", name)
		}
	}
	if _, ok := f.Shape("absent"); ok {
		t.Error("an absent tensor has a shape")
	}
}

func TestMarianFile(t *testing.T) {
	f := parseFile(t, "../transformer/testdata/marian/model.safetensors")
	if shape, _ := f.Shape("model.shared.weight"); !slices.Equal(shape, []int{37, 24}) {
		t.Errorf("model.shared.weight has shape %v", shape)
	}
	if n := len(f.Names()); n != 1+1+2*16+3*26 {
		t.Errorf("%d tensors", n)
	}
	for _, name := range f.Names() {
		var sum float64
		v := numbers(t, f, name)
		for _, x := range v {
			sum += math.Abs(float64(x))
		}
		if mean := sum / float64(len(v)); mean < .05 || mean > 1.3 {
			t.Errorf("%s: the mean size of its numbers is %v", name, mean)
		}
	}
}

func written(t *testing.T, metadata map[string]string, tensors ...Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func normal(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func TestRoundTrip(t *testing.T) {
	data := normal(35, 1)
	tensors := []Tensor{
		{Name: "half", DType: F16, Shape: []int{5, 7}, Data: data},
		{Name: "single", DType: F32, Shape: []int{7, 5}, Data: data},
		{Name: "brain", DType: BF16, Shape: []int{35}, Data: data},
		{Name: "rows", DType: I8, Shape: []int{5, 7}, Data: data},
		{Name: "columns", DType: I8, Shape: []int{5, 7}, Data: data, ScaleAxis: 1},
		{Name: "cube", DType: I8, Shape: []int{5, 1, 7}, Data: data},
		{Name: "none", DType: I8, Shape: []int{0, 3}},
		{Name: "scalar", DType: F32, Data: []float32{3}},
	}
	file := written(t, map[string]string{"format": "pt", "rows.scale_axis": "1"}, tensors...)
	f, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers(t, f, "single"), data) {
		t.Error("F32 changed")
	}
	within := func(name string, relative float64) {
		for i, v := range numbers(t, f, name) {
			if d := math.Abs(float64(v - data[i])); d > relative*math.Abs(float64(data[i])) {
				t.Errorf("%s[%d] = %v, want %v", name, i, v, data[i])
			}
		}
	}
	within("half", 1./2048)
	within("brain", 1./256)
	for _, c := range []struct {
		name string
		axis int
	}{{"rows", 0}, {"columns", 1}, {"cube", 0}} {
		scale := numbers(t, f, c.name+".scale")
		for i, v := range numbers(t, f, c.name) {
			s := scale[[2]int{i / 7, i % 7}[c.axis]]
			if d := math.Abs(float64(v - data[i])); d > float64(s)*.5001 {
				t.Errorf("%s[%d] is off by %v of its scale", c.name, i, d/float64(s))
			}
		}
	}
	if names := f.Names(); len(names) != len(tensors) {
		t.Errorf("names %q", names)
	}

	slices.Reverse(tensors)
	if !bytes.Equal(file, written(t, map[string]string{"format": "pt"}, tensors...)) {
		t.Error("the order of tensors, or an outdated scale axis, changed the bytes")
	}

	// What was dequantised quantises to the same file.
	for i := range tensors {
		tensors[i].Data = numbers(t, f, tensors[i].Name)
	}
	again, err := Parse(written(t, nil, tensors...))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rows", "columns", "cube"} {
		one, err := f.Raw(name)
		two, err2 := again.Raw(name)
		if err != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("%s quantised differently the second time", name)
		}
	}
}

func TestWriteAligns(t *testing.T) {
	for n := range 9 {
		name := strings.Repeat("x", n+1)
		file := written(t, nil, Tensor{Name: name, DType: F32, Shape: []int{1}, Data: []float32{1}})
		if (len(file)-4)%8 != 0 {
			t.Errorf("with a name of %d bytes the data begins at %d", n+1, len(file)-4)
		}
	}
	f, err := Parse(written(t, nil))
	if err != nil || len(f.Names()) != 0 {
		t.Errorf("a file without tensors: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	nan := float32(math.NaN())
	one := []float32{1}
	for _, c := range []struct {
		want    string
		tensors []Tensor
	}{
		{"needs 2 numbers", []Tensor{{Name: "a", DType: F32, Shape: []int{2}, Data: one}}},
		{"impossible shape", []Tensor{{Name: "a", DType: F32, Shape: []int{-1, -1}, Data: one}}},
		{"cannot be written", []Tensor{{Name: "a", DType: "F64", Shape: []int{1}, Data: one}}},
		{"cannot be quantised", []Tensor{{Name: "a", DType: I8, Shape: []int{1}, Data: []float32{nan}}}},
		{"scales along axis", []Tensor{{Name: "a", DType: I8, Data: one}}},
		{"scales along axis", []Tensor{{Name: "a", DType: I8, Shape: []int{1}, Data: one, ScaleAxis: 1}}},
		{"two tensors", []Tensor{{Name: "a", DType: F32, Shape: []int{1}, Data: one}, {Name: "a", DType: F32, Shape: []int{1}, Data: one}}},
		{"two tensors", []Tensor{{Name: "a.scale", DType: F32, Shape: []int{1}, Data: one}, {Name: "a", DType: I8, Shape: []int{1}, Data: one}}},
		{"two tensors", []Tensor{{Name: "__metadata__", DType: F32, Shape: []int{1}, Data: one}}},
	} {
		err := Write(&bytes.Buffer{}, c.tensors, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	broken := errors.New("disk full")
	if err := Write(failing{broken}, []Tensor{{Name: "a", DType: F32, Shape: []int{1}, Data: one}}, nil); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestQuantize(t *testing.T) {
	q, scale := Quantize([]float32{
		0, 0, 0,
		127, 1.5, 2.5, // scale 1: halves go to even
		-254, 3, 5,
		1e-45, 0, 0, // too small for a scale
	}, 4, 3)
	if want := []int8{0, 0, 0, 127, 2, 2, -127, 2, 2, 0, 0, 0}; !slices.Equal(q, want) {
		t.Errorf("q = %v, want %v", q, want)
	}
	if want := []float32{1, 1, 2, 1}; !slices.Equal(scale, want) {
		t.Errorf("scale = %v, want %v", scale, want)
	}
}

// lay builds a file from a header and data.
func lay(header string, data []byte) []byte {
	b := make([]byte, 8, 8+len(header)+len(data))
	for i := range 8 {
		b[i] = byte(uint64(len(header)) >> (8 * i))
	}
	return append(append(b, header...), data...)
}

func TestParseRefuses(t *testing.T) {
	one := `{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	good := lay(`{"a":`+one+`}`, make([]byte, 4))
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	q := func(shape, meta, scale string) []byte {
		header := `{"q":{"dtype":"I8","shape":` + shape + `,"data_offsets":[8,12]}` + meta + scale + `}`
		return lay(header, bytes.Repeat([]byte{0x3f}, 12)) // scales of 0.7
	}
	scale2 := `,"q.scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	if _, err := Parse(q(`[2,2]`, ``, scale2)); err != nil {
		t.Fatal(err)
	}
	infinite := q(`[2,2]`, ``, scale2)
	copy(infinite[len(infinite)-8:], []byte{0, 0, 0x80, 0x7f})
	negative := q(`[2,2]`, ``, scale2)
	negative[len(negative)-5] |= 0x80
	for _, c := range []struct {
		want string
		data []byte
	}{
		{"only 0 bytes", nil},
		{"not positive", negative},
		{"not positive", lay(`{"q":{"dtype":"I8","shape":[2],"data_offsets":[8,10]}`+scale2+`}`, make([]byte, 10))},
		{"only 8 bytes", good[:8]},
		{"not a safetensors file", []byte("just some text of a kind")},
		{"Git LFS", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:12")},
		{"web page", []byte("<!DOCTYPE html><title>404</title>")},
		{"zip", []byte("PK\x03\x04 and what follows")},
		{"3 bytes of its header are missing", good[:len(good)-4-3]},
		{"3 of its 4 bytes of weights are missing", good[:len(good)-3]},
		{"1 bytes after the last tensor", append(slices.Clone(good), 0)},
		{"not the JSON", lay(`{"a":`+one, nil)},
		{"not the JSON", lay(`{"a":`+one+`}]`, make([]byte, 4))},
		{"not the JSON", lay(`{1:2}`, nil)},
		{"a is not an object (line 1, column 6)", lay(`{"a":[]}`, nil)},
		{"a.shape[0] is 1.5", lay(`{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}`, make([]byte, 6))},
		{"out of range", lay(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775808]}}`, nil)},
		{"twice", lay(`{"a":`+one+`,"a":`+one+`}`, make([]byte, 4))},
		{"metadata", lay(`{"__metadata__":{"a":1}}`, nil)},
		{"unknown type", lay(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4))},
		{"offsets", lay(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`, make([]byte, 4))},
		{"offsets", lay(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, make([]byte, 4))},
		{"offsets", lay(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, make([]byte, 4))},
		{"at most 8 dimensions", lay(`{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, make([]byte, 1))},
		{"impossible shape", lay(`{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}`, make([]byte, 4))},
		{"impossible shape", lay(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, nil)},
		{"impossible shape", lay(`{"a":{"dtype":"F32","shape":[0,-1],"data_offsets":[0,0]}}`, nil)},
		{"needs 8 bytes", lay(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, make([]byte, 4))},
		{"overlap", lay(`{"a":`+one+`,"b":`+one+`}`, make([]byte, 4))},
		{"belong to no tensor", lay(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, make([]byte, 3))},
		{"no scales", q(`[4]`, ``, `,"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}`)},
		{"expected F32 [4]", q(`[4]`, ``, scale2)},
		{"expected F32 [1]", q(`[4,1]`, `,"__metadata__":{"q.scale_axis":"1"}`, scale2)},
		{"scale axis", q(`[2,2]`, `,"__metadata__":{"q.scale_axis":"-1"}`, scale2)},
		{"dimensions", q(`[2,2,1]`, `,"__metadata__":{"q.scale_axis":"1"}`, scale2)},
		{"expected F32", q(`[2,2]`, ``, `,"q.scale":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}`)},
		{"not finite", infinite},
	} {
		_, err := Parse(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: error %v, want one with %q", c.data, err, c.want)
		}
	}
}

// An error is shown to people: a hostile header must not make it long.
func TestErrorsStayShort(t *testing.T) {
	shape := strings.Repeat("7,", 100_000) + "7"
	_, err := Parse(lay(`{"a":{"dtype":"F32","shape":[`+shape+`],"data_offsets":[0,4]}}`, make([]byte, 4)))
	if err == nil || len(err.Error()) > 500 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
	_, err = Parse(lay(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,`+strings.ReplaceAll(shape, ",", "")+`]}}`, nil))
	if err == nil || len(err.Error()) > 500 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
	name := strings.Repeat("n", 100_000)
	_, err = Parse(lay(`{"`+name+`":{"dtype":"F31"}}`, nil))
	if err == nil || len(err.Error()) > 500 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

func FuzzParse(f *testing.F) {
	var b bytes.Buffer
	Write(&b, []Tensor{
		{Name: "a", DType: I8, Shape: []int{2, 3}, Data: normal(6, 2), ScaleAxis: 1},
		{Name: "b", DType: F16, Shape: []int{2}, Data: normal(2, 3)},
		{Name: "c", DType: BF16, Shape: []int{2, 0}},
	}, map[string]string{"format": "pt"})
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-3])
	f.Add(bytes.Replace(b.Bytes(), []byte(`"crc32"`), []byte(`"other"`), 1)) // or each change would only be a wrong checksum
	if data, err := os.ReadFile("testdata/python.safetensors"); err == nil {
		f.Add(data)
	}
	f.Add(lay(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		total := 0
		for _, name := range file.Names() {
			v, err := file.Float32(name)
			if err != nil {
				continue
			}
			n := 1
			shape, _ := file.Shape(name)
			for _, d := range shape {
				n *= d
			}
			if n != len(v) {
				t.Errorf("%q: %d numbers for shape %v", name, len(v), shape)
			}
			total += len(v)
		}
		if total > len(data) {
			t.Errorf("%d numbers from %d bytes", total, len(data))
		}
	})
}

// TestChecksum changes files: a checksum binds the header too, that of another file is replaced when it is written
// again, and a file without one is read.
func TestChecksum(t *testing.T) {
	tensor := Tensor{Name: "a", DType: F32, Shape: []int{2}, Data: []float32{1, 2}}
	file := written(t, map[string]string{"b": "c", "crc32": "of another"}, tensor)
	if _, err := Parse(file); err != nil {
		t.Error(err)
	}
	for name, part := range map[string][2]string{"the header": {`"b":"c"`, `"b":"d"`}, "a number": {"\x00\x00\x80\x3f", "\x00\x00\x80\x3e"}} {
		if _, err := Parse(bytes.Replace(file, []byte(part[0]), []byte(part[1]), 1)); err == nil || !strings.Contains(err.Error(), "the file is damaged: its checksum") {
			t.Errorf("%s changed: the error is %v", name, err)
		}
	}
	without := bytes.Replace(file, []byte(`"crc32"`), []byte(`"other"`), 1)
	if _, err := Parse(without); err != nil {
		t.Errorf("without a checksum: %v", err)
	}
	if f, err := Open(bytes.NewReader(file), int64(len(file))); err != nil || !slices.Equal(numbers(t, f, "a"), tensor.Data) {
		t.Errorf("from a file: %v", err)
	}
	q := written(t, nil, Tensor{Name: "q", DType: I8, Shape: []int{1, 2}, Data: []float32{1, -0.5}})
	q = bytes.Replace(q, []byte(`"crc32"`), []byte(`"other"`), 1)
	q[len(q)-1] = 0x80
	f, err := Parse(q)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Float32("q"); err == nil || !strings.Contains(err.Error(), "holds -128") {
		t.Errorf("of -128 the error is %v", err)
	}
}

// The header is what Python's json would read: names and strings are quoted.
func TestHeaderIsJSON(t *testing.T) {
	file := written(t, map[string]string{"a \"b\"": "\n<é>"}, Tensor{Name: "ü\"\\", DType: F32, Shape: []int{1}, Data: []float32{1}})
	var header map[string]json.RawMessage
	if err := json.Unmarshal(file[8:len(file)-4], &header); err != nil {
		t.Fatal(err)
	}
	f, err := Parse(file)
	if err != nil || f.Metadata()["a \"b\""] != "\n<é>" || !slices.Equal(f.Names(), []string{"ü\"\\"}) {
		t.Errorf("%v %v %q", err, f.Metadata(), f.Names())
	}
}

func BenchmarkDequantize(b *testing.B) {
	const rows, cols = 1024, 1024
	for _, axis := range []int{0, 1} {
		var file bytes.Buffer
		if err := Write(&file, []Tensor{{Name: "a", DType: I8, Shape: []int{rows, cols}, Data: normal(rows*cols, 1), ScaleAxis: axis}}, nil); err != nil {
			b.Fatal(err)
		}
		f, err := Parse(file.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		b.Run([]string{"rows", "columns"}[axis], func(b *testing.B) {
			b.SetBytes(rows * cols)
			for b.Loop() {
				if _, err := f.Float32("a"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
